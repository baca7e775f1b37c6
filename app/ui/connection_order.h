// Which connections the table shows, in which order: filter and sort, kept until they must be done again.
//
// Thread: frame thread; no drawing. Cost: nothing in most frames. It is done again when the query changed, when connections came, went or
// changed state, and, where the sort key moves with traffic, when anything changed; then at most four times a second once there are many.
#pragma once

#include "app/session/session.h"

#include <cstdint>
#include <string>
#include <vector>

namespace app::ui {

using session::ConnectionId;

enum class Column : std::uint8_t {
    kNumber,
    kState,
    kPeer,
    kEndpoint,
    kReceived,
    kSent,
    kReceivedRate,
    kSentRate,
    kQueued,
    kRoundTrip,
    kRetransmits,
    kOpened,
    kDuration,
    kReason,
    kOpenedBy,
    kLocal,
};
inline constexpr int kColumns = static_cast<int>(Column::kLocal) + 1;

enum class StateChoice : std::uint8_t { kAll, kOpen, kClosed };

struct TableQuery {
    std::string filter;  // ASCII letters match either case; empty: all
    StateChoice state = StateChoice::kAll;
    Column sort = Column::kNumber;
    bool is_descending = false;

    bool operator==(const TableQuery&) const = default;
};

class ConnectionOrder {
  public:
    // True: done again. `now_ns`: CLOCK_REALTIME, for durations.
    bool update(const session::Session& session,
                const TableQuery& query,
                std::int64_t now_ns,
                std::int64_t monotonic_ns);

    [[nodiscard]] const std::vector<ConnectionId>& ids() const { return ids_; }
    // Something has changed that is not in it yet, because it was done too short a time ago: another frame will be needed.
    [[nodiscard]] bool is_behind() const { return is_behind_; }

  private:
    void rebuild(const session::Session& session, const TableQuery& query, std::int64_t now_ns);

    std::vector<ConnectionId> ids_;
    TableQuery query_;
    bool is_built_ = false;
    bool is_behind_ = false;
    std::uint64_t connections_version_ = 0;
    std::uint64_t version_ = 0;
    std::int64_t built_ns_ = 0;
};

}  // namespace app::ui
