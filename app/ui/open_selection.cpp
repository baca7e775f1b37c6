#include "app/ui/open_selection.h"

namespace app::ui {

namespace {

constexpr std::int64_t kLeastIntervalNs = 250'000'000;
constexpr std::size_t kFew = 500;

}  // namespace

bool takes_bytes(const session::Connection* connection) {
    return connection != nullptr && (connection->state == session::ConnectionState::kOpen ||
                                     connection->state == session::ConnectionState::kPeerEnded);
}

void OpenSelection::update(const session::Session& session,
                           Selection& selection,
                           std::int64_t monotonic_ns) {
    const bool is_asked = selection_version_ != selection.version();
    const bool is_stale = connections_version_ != session.connections_version();
    is_behind_ = false;
    if (!is_asked && !is_stale) return;
    if (!is_asked && selection.size() > kFew && monotonic_ns - updated_ns_ < kLeastIntervalNs) {
        is_behind_ = true;
        return;
    }
    // Sorted once a change: of thousands that is as dear as looking them up.
    if (is_asked) ids_ = selection.ids();
    connections_version_ = session.connections_version();
    updated_ns_ = monotonic_ns;
    open_.clear();
    sendable_.clear();
    bool has_gone = false;
    for (const ConnectionId id : ids_) {
        const session::Connection* connection = session.connection(id);
        has_gone = has_gone || connection == nullptr;
        if (connection != nullptr && connection->is_open()) open_.push_back(id);
        if (takes_bytes(connection)) sendable_.push_back(id);
    }
    if (has_gone) {
        selection.keep([&](ConnectionId id) { return session.connection(id) != nullptr; });
        ids_ = selection.ids();
    }
    selection_version_ = selection.version();
}

}  // namespace app::ui
