// What a reader is about to tell: the events in order, the ids that are taken, and the sums that stand at the end.
//
// Thread: the reader's.
#pragma once

#include "net/channel/event.h"
#include "net/channel/ids.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

namespace net::capture {

class ReaderEvents {
  public:
    void tell(channel::Event&& event) {
        if (const auto* recorded = std::get_if<channel::Recorded>(&event)) {
            (recorded->direction == channel::Direction::kSent ? sums.sent : sums.received) +=
                recorded->size;
            ++sums.reads;
        } else if (std::holds_alternative<channel::ConnectionOpened>(event)) {
            ++connections;
        } else if (const auto* paused = std::get_if<channel::ReadingPaused>(&event)) {
            pauses = paused->pauses;
        }
        pending_.push_back(std::move(event));
    }
    // False: nothing is waiting (any more).
    [[nodiscard]] bool take(channel::Event& event) {
        if (next_ == pending_.size()) return false;
        event = std::move(pending_[next_]);
        if (++next_ == pending_.size()) {
            pending_.clear();
            next_ = 0;
        }
        return true;
    }

    [[nodiscard]] channel::ConnectionId new_connection() {
        return channel::ConnectionId{++highest_connection};
    }
    [[nodiscard]] channel::EndpointId new_endpoint() {
        return channel::EndpointId{++highest_endpoint};
    }

    std::uint64_t highest_connection = 0;
    std::uint64_t highest_endpoint = 0;
    // Of everything told.
    channel::LedgerMark sums;
    std::uint64_t connections = 0;
    std::uint64_t pauses = 0;
    std::int64_t last_time_ns = 0;  // of the packet or note read last

  private:
    std::vector<channel::Event> pending_;
    std::size_t next_ = 0;
};

}  // namespace net::capture
