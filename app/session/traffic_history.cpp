#include "app/session/traffic_history.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace app::session {
namespace {

using net::capture::ReadEntry;
using net::capture::ReadIndex;

// Bits of a time to begin with; a bucket's number at any shift fits in 64.
constexpr unsigned kMostShift = 63;

constexpr std::uint8_t kNotKnown = 0;
constexpr std::uint8_t kChosen = 1;
constexpr std::uint8_t kNotChosen = 2;

void add_up(TrafficBucket& to, const TrafficBucket& from) {
    for (const std::size_t side : {0U, 1U}) {
        to.bytes[side] += from.bytes[side];
        to.reads[side] += from.reads[side];
    }
    to.first_position = std::min(to.first_position, from.first_position);
}

std::size_t index_of(Direction direction) {
    return direction == Direction::kSent ? 1 : 0;
}

// How far `to` lies behind `from`, which it never precedes: the difference of two 64-bit times may need all 64 bits.
std::uint64_t distance(std::int64_t from, std::int64_t to) {
    return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::size_t slot_of(std::int64_t number) {
    return static_cast<std::uint64_t>(number) % TrafficHistory::kLevelBuckets;
}

}  // namespace

// ---- sizes ---------------------------------------------------------------------------------------

void SizeHistogram::add(Direction direction, std::uint64_t bytes) {
    const auto bucket = static_cast<std::size_t>(std::bit_width(bytes));
    ++counts[index_of(direction)][std::min(bucket, kBuckets - 1)];
}

std::uint64_t SizeHistogram::least_bytes(std::size_t bucket) {
    return bucket == 0 ? 0 : std::uint64_t{1} << (bucket - 1);
}

std::uint64_t SizeHistogram::most_bytes(std::size_t bucket) {
    if (bucket + 1 >= kBuckets) return ~std::uint64_t{0};
    return (std::uint64_t{1} << bucket) - 1;
}

long double TrafficSample::offset_ns(std::size_t i) const {
    return std::ldexp(static_cast<long double>(i), static_cast<int>(shift));
}

// ---- the history -----------------------------------------------------------------------------------

void TrafficHistory::add(std::uint64_t position,
                         std::int64_t time_ns,
                         Direction direction,
                         std::uint32_t bytes) {
    const std::int64_t number = time_ns >> kFinestShift;
    if (number != open_.number || open_.bucket.is_empty()) {
        flush();
        open_.number = number;
    }
    const std::size_t side = index_of(direction);
    open_.bucket.bytes[side] += bytes;
    ++open_.bucket.reads[side];
    open_.bucket.first_position =
        std::min(open_.bucket.first_position, static_cast<std::uint32_t>(position));
    least_ns_ = std::min(least_ns_, time_ns);
    most_ns_ = std::max(most_ns_, time_ns);
    ++reads_;
    sizes_.add(direction, bytes);
}

void TrafficHistory::flush() {
    if (open_.bucket.is_empty()) return;
    const std::int64_t time_ns = open_.number * (std::int64_t{1} << kFinestShift);
    if (levels_.empty()) {
        levels_.push_back(std::make_unique<Level>());
        least_stored_ns_ = most_stored_ns_ = time_ns;
    }
    least_stored_ns_ = std::min(least_stored_ns_, time_ns);
    most_stored_ns_ = std::max(most_stored_ns_, time_ns);
    // What the topmost level has is everything so far: the one above it is made from it.
    while (distance(least_stored_ns_ >> top_shift(), most_stored_ns_ >> top_shift()) >=
           kLevelBuckets) {
        auto above = std::make_unique<Level>();
        for (const Slot& slot : *levels_.back()) {
            if (!slot.bucket.is_empty()) add_to(*above, slot.number >> 1U, slot.bucket);
        }
        levels_.push_back(std::move(above));
    }
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        const unsigned shift = kFinestShift + static_cast<unsigned>(level);
        const std::int64_t newest = most_stored_ns_ >> shift;
        const std::int64_t number = time_ns >> shift;
        if (distance(number, newest) < kLevelBuckets) add_to(*levels_[level], number, open_.bucket);
    }
    open_.bucket = {};
}

// Older ones that had the slot are out of the level's reach.
void TrafficHistory::add_to(Level& level, std::int64_t number, const TrafficBucket& bucket) {
    Slot& slot = level[slot_of(number)];
    if (slot.number != number) slot = {.number = number, .bucket = {}};
    add_up(slot.bucket, bucket);
}

TrafficSample TrafficHistory::sample(std::int64_t from_ns,
                                     std::int64_t to_ns,
                                     std::size_t most) const {
    TrafficSample sample;
    to_ns = std::max(from_ns, to_ns);
    const auto count_at = [&](unsigned shift) {
        return distance(from_ns >> shift, to_ns >> shift) + 1;
    };
    unsigned shift = kFinestShift;
    while (shift < kMostShift && count_at(shift) > std::max<std::size_t>(most, 2))
        ++shift;
    // Only the newest of a level is known; before the first read there is nothing to know.
    const auto is_known = [&](unsigned at) {
        if (levels_.empty() || at >= top_shift()) return true;
        const std::int64_t newest = most_stored_ns_ >> at;
        const std::int64_t needed = std::max(from_ns, least_stored_ns_) >> at;
        return needed > newest || distance(needed, newest) < kLevelBuckets;
    };
    while (!is_known(shift))
        ++shift;

    sample.shift = shift;
    sample.first = from_ns >> shift;
    sample.buckets.resize(static_cast<std::size_t>(count_at(shift)));
    const auto put = [&](std::int64_t number, const TrafficBucket& bucket) {
        if (bucket.is_empty() || number < sample.first) return;
        const std::uint64_t i = distance(sample.first, number);
        if (i < sample.buckets.size()) add_up(sample.buckets[i], bucket);
    };
    if (!levels_.empty()) {
        const unsigned stored = std::min(shift, top_shift());
        const std::int64_t newest = most_stored_ns_ >> stored;
        for (const Slot& slot : *levels_[stored - kFinestShift]) {
            if (slot.number <= newest && distance(slot.number, newest) < kLevelBuckets)
                put(slot.number >> (shift - stored), slot.bucket);
        }
    }
    put(open_.number >> (shift - kFinestShift), open_.bucket);
    return sample;
}

std::uint32_t TrafficHistory::first_position(std::int64_t from_ns, std::int64_t to_ns) const {
    std::uint32_t first = TrafficBucket::kNoPosition;
    for (const TrafficBucket& bucket : sample(from_ns, to_ns, kLevelBuckets).buckets)
        first = std::min(first, bucket.first_position);
    return first;
}

std::size_t TrafficHistory::memory_bytes() const {
    return sizeof(*this) + levels_.capacity() * sizeof(levels_[0]) + levels_.size() * sizeof(Level);
}

// ---- some of it --------------------------------------------------------------------------------------

void TrafficScan::want(Wish wish) {
    if (wish == wish_) return;
    wish_ = std::move(wish);
    history_ = {};
    next_ = 0;
    nexts_.clear();
    slots_.clear();
}

bool TrafficScan::advance(const ReadIndex& reads, std::uint64_t most_reads) {
    const bool is_listed = !wish_.connections.empty() && wish_.connections.size() <= kMostListed;
    return is_listed ? advance_listed(reads, most_reads) : advance_all(reads, most_reads);
}

void TrafficScan::take(std::uint64_t position, const ReadEntry& entry) {
    if (entry.is_gap() || entry.time_ns < wish_.from_ns || entry.time_ns > wish_.to_ns) return;
    history_.add(position, entry.time_ns, entry.direction(), entry.size());
}

bool TrafficScan::advance_listed(const ReadIndex& reads, std::uint64_t most) {
    nexts_.resize(wish_.connections.size());
    for (std::size_t i = 0; i < nexts_.size(); ++i) {
        const ConnectionId connection = wish_.connections[i];
        const std::uint64_t end = reads.size(connection);
        for (; nexts_[i] < end; ++nexts_[i]) {
            if (most-- == 0) return false;
            const std::uint64_t position = reads.position(connection, nexts_[i]);
            take(position, reads.entry(position));
        }
    }
    return true;
}

bool TrafficScan::advance_all(const ReadIndex& reads, std::uint64_t most) {
    for (const std::uint64_t end = reads.size(); next_ < end; ++next_) {
        if (most-- == 0) return false;
        const ReadEntry& entry = reads.entry(next_);
        if (!wish_.connections.empty() && !is_chosen(reads, entry.connection_slot)) continue;
        take(next_, entry);
    }
    return true;
}

// The list is searched once for each connection, not for each read.
bool TrafficScan::is_chosen(const ReadIndex& reads, std::uint32_t slot) {
    if (slot >= slots_.size()) slots_.resize(std::size_t{slot} + 1, kNotKnown);
    if (slots_[slot] == kNotKnown) {
        const bool is_there = std::binary_search(wish_.connections.begin(), wish_.connections.end(),
                                                 reads.connection_of_slot(slot));
        slots_[slot] = is_there ? kChosen : kNotChosen;
    }
    return slots_[slot] == kChosen;
}

}  // namespace app::session
