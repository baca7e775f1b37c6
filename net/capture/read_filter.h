// Which reads a sheet shows: a display filter. It never touches what is captured.
//
// ReadFilter is a value, as a panel makes it; ReadPredicate is the same made ready for asking of millions of reads, a few nanoseconds each.
// Thread: frame thread.
#pragma once

#include "net/capture/index.h"
#include "net/capture/match_store.h"
#include "net/channel/ids.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace net::capture {

struct ReadFilter {
    // Empty: every one. A connection must pass both.
    std::vector<channel::ConnectionId> connections;
    std::vector<channel::EndpointId> endpoints;
    bool shows_received = true;
    bool shows_sent = true;
    // Of a read; of a message or line: of its frame. While there are limits, gaps don't pass.
    std::uint64_t least_bytes = 0;
    std::uint64_t most_bytes = std::numeric_limits<std::uint64_t>::max();
    // Both included; of a message: the read in which it begins.
    std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
    std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();
    // Only what has a part of a match of this search; what it has not searched yet waits. Null: any content.
    std::shared_ptr<const MatchStore> matches;

    bool operator==(const ReadFilter&) const = default;

    // Something else than `connections` may keep a read out.
    [[nodiscard]] bool has_conditions() const;
};

class ReadPredicate {
  public:
    // Asked once a connection, when its first read comes; kNone (not known any more) passes no filter by endpoints. Null: as if all were kNone.
    using EndpointOf = std::function<channel::EndpointId(channel::ConnectionId)>;

    // The index outlives this.
    ReadPredicate(const ReadIndex& index, ReadFilter filter, EndpointOf endpoint_of);

    // By connection, endpoint and direction; `slot` is the index's.
    [[nodiscard]] bool passes_stream(std::uint32_t slot, channel::Direction direction) {
        if (!(direction == channel::Direction::kSent ? filter_.shows_sent : filter_.shows_received))
            return false;
        if (!asks_connections_) return true;
        const Answer known = slot < slots_.size() ? slots_[slot] : Answer::kNotAsked;
        return known == Answer::kNotAsked ? ask(slot) : known == Answer::kPasses;
    }
    // By all but content: the read itself, or a message or line of `bytes` that begins in it.
    [[nodiscard]] bool passes(const ReadEntry& entry) { return passes(entry, entry.size()); }
    [[nodiscard]] bool passes(const ReadEntry& entry, std::uint64_t bytes) {
        if (!passes_stream(entry.connection_slot, entry.direction())) return false;
        if (entry.time_ns < filter_.from_ns || entry.time_ns > filter_.to_ns) return false;
        if (entry.is_gap()) return !has_size_limits_;
        return bytes >= filter_.least_bytes && bytes <= filter_.most_bytes;
    }

    // Reads below it can be asked about content.
    [[nodiscard]] std::uint64_t decided_reads() const;
    [[nodiscard]] bool passes_content(std::uint64_t position) const {
        return filter_.matches == nullptr || filter_.matches->reads().has(position);
    }

    [[nodiscard]] const ReadFilter& filter() const { return filter_; }

  private:
    enum class Answer : std::uint8_t { kNotAsked, kPasses, kFails };
    [[nodiscard]] bool ask(std::uint32_t slot);
    [[nodiscard]] bool passes_connection(channel::ConnectionId connection) const;

    const ReadIndex& index_;
    const ReadFilter filter_;  // connections and endpoints ascending
    const EndpointOf endpoint_of_;
    const bool asks_connections_;
    const bool has_size_limits_;
    std::vector<Answer> slots_;  // by slot
};

}  // namespace net::capture
