// What a reader is about to tell: the events in order, the ids that are taken, and the sums that stand at the end.
//
// Thread: the reader's.
#pragma once

#include "net/channel/event.h"
#include "net/channel/ids.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
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
            if (!awaiting_.empty()) return tell_with_notes(*recorded);
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

    // A note on the byte at `place` of the file, which the next Recorded that holds it is followed by. False: too many wait.
    [[nodiscard]] bool await_note(std::uint64_t place, channel::Note&& note) {
        if (awaiting_.size() >= kMostAwaiting) return false;
        awaiting_.emplace(place, std::move(note));
        return true;
    }
    // Notes whose bytes were never told: how many. They are forgotten.
    [[nodiscard]] std::size_t drop_awaiting() {
        const std::size_t count = awaiting_.size();
        awaiting_.clear();
        return count;
    }

    [[nodiscard]] channel::ConnectionId new_connection() {
        return channel::ConnectionId{++highest_connection};
    }
    [[nodiscard]] channel::EndpointId new_endpoint() {
        return channel::EndpointId{++highest_endpoint};
    }

    std::uint64_t highest_connection = 0;
    std::uint64_t highest_endpoint = 0;
    std::uint64_t highest_note = 0;
    // Of everything told.
    channel::LedgerMark sums;
    std::uint64_t connections = 0;
    std::uint64_t pauses = 0;
    std::int64_t last_time_ns = 0;  // of the packet or note read last

  private:
    // At 2 KiB of text each: 2 MiB.
    static constexpr std::size_t kMostAwaiting = 1024;

    void tell_with_notes(const channel::Recorded& read) {
        pending_.emplace_back(read);
        auto it = awaiting_.lower_bound(read.offset);
        while (it != awaiting_.end() && it->first - read.offset < read.size) {
            it->second.stream_offset = it->first - read.offset;
            pending_.emplace_back(
                channel::NoteRecorded{.note = std::move(it->second), .is_on_last_read = true});
            it = awaiting_.erase(it);
        }
    }

    std::vector<channel::Event> pending_;
    std::size_t next_ = 0;
    std::multimap<std::uint64_t, channel::Note> awaiting_;  // by the place of the first byte
};

}  // namespace net::capture
