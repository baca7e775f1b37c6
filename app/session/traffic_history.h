// How much went over the wire when: bytes and reads each way in buckets of time, and how long the reads were. For all reads (the session's fold), or for some (TrafficScan).
//
// Memory is bounded whatever the times are. Level k has buckets of 2^(20+k) ns (from 1.05 ms on) and holds its newest 1,024; there are as many levels as the topmost needs to hold
// everything, so the newest second is known to the millisecond and the whole to a thousandth of it: 40 KiB a level, 12 levels for an hour, 35 for any 64-bit times.
// What is in a bucket does not depend on the order of adding: a clock that is set back (RELIABILITY.md, T54) puts later reads into earlier buckets, never into a
// negative span. add() costs a few nanoseconds; a bucket's end a few more for each level.
//
// Thread: the frame thread. Plain values.
#pragma once

#include "net/capture/index.h"
#include "net/channel/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace app::session {

using net::channel::ConnectionId;
using net::channel::Direction;

// How many reads (or messages) have a size of 2^(i-1) up to 2^i - 1 bytes; the first: of none.
struct SizeHistogram {
    static constexpr std::size_t kBuckets = 33;
    std::array<std::array<std::uint64_t, kBuckets>, 2> counts{};  // by Direction

    void add(Direction direction, std::uint64_t bytes);
    // The sizes that a bucket stands for.
    [[nodiscard]] static std::uint64_t least_bytes(std::size_t bucket);
    [[nodiscard]] static std::uint64_t most_bytes(
        std::size_t bucket);  // of the last: all larger ones
    bool operator==(const SizeHistogram&) const = default;
};

struct TrafficBucket {
    std::array<std::uint64_t, 2> bytes{};  // by Direction
    std::array<std::uint32_t, 2> reads{};
    std::uint32_t first_position = kNoPosition;  // of its reads, the one that was recorded first

    static constexpr std::uint32_t kNoPosition = 0xFFFFFFFF;
    [[nodiscard]] bool is_empty() const { return first_position == kNoPosition; }
    bool operator==(const TrafficBucket&) const = default;
};

// Buckets side by side, empty ones too: that of number `first` begins at first << shift nanoseconds since the epoch and is 2^shift long.
struct TrafficSample {
    unsigned shift = 0;
    std::int64_t first = 0;
    std::vector<TrafficBucket> buckets;

    // Nanoseconds from the beginning of the first bucket to the beginning of number i; i may be buckets.size().
    [[nodiscard]] long double offset_ns(std::size_t i) const;
    [[nodiscard]] long double bucket_ns() const { return offset_ns(1); }
};

class TrafficHistory {
  public:
    static constexpr unsigned kFinestShift = 20;
    static constexpr std::size_t kLevelBuckets = 1024;

    // `position`: in the index of reads.
    void add(std::uint64_t position,
             std::int64_t time_ns,
             Direction direction,
             std::uint32_t bytes);

    [[nodiscard]] bool is_empty() const { return reads_ == 0; }
    [[nodiscard]] std::uint64_t reads() const { return reads_; }
    // Of all reads; 0 while there are none.
    [[nodiscard]] std::int64_t first_ns() const { return is_empty() ? 0 : least_ns_; }
    [[nodiscard]] std::int64_t last_ns() const { return is_empty() ? 0 : most_ns_; }
    [[nodiscard]] const SizeHistogram& sizes() const { return sizes_; }

    // The buckets that [from_ns, to_ns] touches: the shortest that are known for all of it, and no more than `most` (2 or more). from_ns <= to_ns.
    [[nodiscard]] TrafficSample sample(std::int64_t from_ns,
                                       std::int64_t to_ns,
                                       std::size_t most) const;
    // The read in [from_ns, to_ns], buckets rounded outwards, that was recorded first; kNoPosition: none.
    [[nodiscard]] std::uint32_t first_position(std::int64_t from_ns, std::int64_t to_ns) const;

    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    struct Slot {
        std::int64_t number = 0;
        TrafficBucket bucket;  // empty: the slot is
    };
    using Level = std::array<Slot, kLevelBuckets>;

    void flush();
    void add_to(Level& level, std::int64_t number, const TrafficBucket& bucket);
    [[nodiscard]] unsigned top_shift() const {
        return kFinestShift + static_cast<unsigned>(levels_.size()) - 1;
    }

    // The bucket being filled; in the levels once another one begins.
    Slot open_;
    std::vector<std::unique_ptr<Level>> levels_;
    std::int64_t least_stored_ns_ = 0;  // of what is in the levels
    std::int64_t most_stored_ns_ = 0;
    std::int64_t least_ns_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t most_ns_ = std::numeric_limits<std::int64_t>::min();
    std::uint64_t reads_ = 0;
    SizeHistogram sizes_;
};

// The history of some connections, or of a span of time alone (then as fine as a thousandth of it), read off the index a budget at a time: about 5 ns a read of a chosen connection where they
// are few (kMostListed), else 5 ns a read of any. Goes on with what is recorded later.
class TrafficScan {
  public:
    static constexpr std::size_t kMostListed = 64;

    struct Wish {
        std::vector<ConnectionId> connections;  // ascending; empty: all
        std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
        std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();

        bool operator==(const Wish&) const = default;
    };
    // Another wish begins anew.
    void want(Wish wish);
    [[nodiscard]] const Wish& wish() const { return wish_; }
    // True: everything that is in the index was taken in. Else call it in the next frame.
    bool advance(const net::capture::ReadIndex& reads, std::uint64_t most_reads);
    [[nodiscard]] const TrafficHistory& history() const { return history_; }

  private:
    [[nodiscard]] bool advance_listed(const net::capture::ReadIndex& reads, std::uint64_t most);
    [[nodiscard]] bool advance_all(const net::capture::ReadIndex& reads, std::uint64_t most);
    void take(std::uint64_t position, const net::capture::ReadEntry& entry);
    [[nodiscard]] bool is_chosen(const net::capture::ReadIndex& reads, std::uint32_t slot);

    Wish wish_;
    TrafficHistory history_;
    std::uint64_t next_ = 0;            // of all reads
    std::vector<std::uint64_t> nexts_;  // of each listed connection's
    std::vector<std::uint8_t> slots_;   // by the index's slot: not known yet, chosen, not chosen
};

}  // namespace app::session
