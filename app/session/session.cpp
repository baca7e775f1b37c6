#include "app/session/session.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace app::session {
namespace {

// A line is read by a person; a name or message longer than this is an attack or a mistake.
constexpr std::size_t kMostLineBytes = 2048;

}  // namespace

Session::Session() = default;

bool Session::drain(net::channel::Link& link,
                    std::int64_t now_ns,
                    const std::function<bool()>& go_on) {
    std::size_t until_question = 0;
    return link.drain([&](net::channel::Event&& event) { fold(std::move(event), now_ns); },
                      [&] {
                          if (until_question == 0) {
                              if (!go_on()) return false;
                              until_question = kEventsAQuestion;
                          }
                          --until_question;
                          return true;
                      });
}

void Session::note_shown(std::int64_t now_ns) {
    // Clocks get set: a read from the future is not behind. A saved capture is behind nothing.
    const std::int64_t behind_ns =
        oldest_read_ns_ && is_live_ ? std::max<std::int64_t>(0, now_ns - *oldest_read_ns_) : 0;
    oldest_read_ns_.reset();
    worst_behind_ns_ = std::max(worst_behind_ns_, behind_ns);
    // A figure that moved with every frame would ask for the next frame itself, and nobody could read it.
    if (behind_ns < kBehindToldAtOnceNs || behind_ns <= behind_ns_) return;
    behind_ns_ = behind_ns;
    moved();
}

void Session::fold(net::channel::Event&& event, std::int64_t now_ns) {
    std::visit([&](const auto& what) { on(what, now_ns); }, event);
}

bool Session::post_to(net::channel::Link& link) {
    if (is_stopped_) outbox_.clear();
    while (!outbox_.empty()) {
        if (!link.try_post(std::move(outbox_.front()))) return true;
        outbox_.pop_front();
    }
    return false;
}

void Session::log(Severity severity, std::string_view text, std::int64_t now_ns) {
    add_line(severity, text, now_ns);
}

void Session::stop() {
    if (was_stop_asked_ || is_stopped_) return;
    was_stop_asked_ = true;
    outbox_.emplace_back(net::channel::StopService{});
}

std::optional<Session::AuditRequest> Session::next_audit() {
    const std::optional<net::channel::LedgerMark> mark = ledger_.next_audit();
    if (!mark) return std::nullopt;
    return AuditRequest{.file = mark->file, .end_offset = mark->end_offset};
}

void Session::fold_audit(const net::capture::AuditCounts& counts, std::int64_t now_ns) {
    if (ledger_.fold_counts(counts)) report_ledger(now_ns);
    release_counted_files();
}

void Session::release_counted_files() {
    std::erase_if(dropped_files_, [this](net::channel::FileId file) {
        if (ledger_.needs(file)) return false;
        released_files_.push_back(file);
        return true;
    });
}

void Session::report_ledger(std::int64_t time_ns) {
    moved();
    if (ledger().state == LedgerState::kDisagrees && !was_trouble_told_) {
        was_trouble_told_ = true;
        add_line(Severity::kError, "the ledger does not agree: " + ledger().trouble, time_ns);
    }
}

const Endpoint* Session::endpoint(EndpointId id) const {
    const auto it = endpoints_.find(net::channel::number(id));
    return it == endpoints_.end() ? nullptr : &it->second;
}

const Connection* Session::connection(ConnectionId id) const {
    const auto it = connections_.find(net::channel::number(id));
    return it == connections_.end() ? nullptr : &it->second;
}

std::optional<EndpointId> Session::endpoint_of_card(std::uint64_t card) const {
    const auto it = cards_.find(card);
    if (it == cards_.end()) return std::nullopt;
    return it->second;
}

Connection* Session::find_connection(ConnectionId id) {
    if (last_connection_ != nullptr && last_connection_->id == id) return last_connection_;
    const auto it = connections_.find(net::channel::number(id));
    if (it == connections_.end()) return nullptr;
    last_connection_ = &it->second;
    return last_connection_;
}

Connection* Session::known_connection(ConnectionId id, const char* event, std::int64_t now_ns) {
    Connection* const connection = find_connection(id);
    if (connection == nullptr && !has_warned_of_connection_) {
        has_warned_of_connection_ = true;
        add_line(Severity::kWarning,
                 std::string(event) + " of an unknown connection (#" +
                     std::to_string(net::channel::number(id)) + "); said once",
                 now_ns, {}, id);
    }
    return connection;
}

Endpoint* Session::known_endpoint(EndpointId id, const char* event, std::int64_t now_ns) {
    const auto it = endpoints_.find(net::channel::number(id));
    if (it != endpoints_.end()) return &it->second;
    if (!has_warned_of_endpoint_) {
        has_warned_of_endpoint_ = true;
        add_line(Severity::kWarning,
                 std::string(event) + " of an unknown endpoint (" +
                     std::to_string(net::channel::number(id)) + "); said once",
                 now_ns, id);
    }
    return nullptr;
}

void Session::change_state(Connection& connection, ConnectionState state) {
    if (connection.state == state) return;
    connection.state = state;
    ++connections_version_;
    changed();
}

void Session::add_line(Severity severity,
                       std::string_view text,
                       std::int64_t time_ns,
                       EndpointId endpoint,
                       ConnectionId connection) {
    // One place makes every line safe, whoever's name or message went into it.
    log_.push_back(LogLine{.time_ns = time_ns,
                           .severity = severity,
                           .endpoint = endpoint,
                           .connection = connection,
                           .text = net::bytes::printable(text, kMostLineBytes)});
    if (log_.size() > kMostLogLines) {
        log_.pop_front();
        ++log_dropped_;
    }
    changed();
}

}  // namespace app::session
