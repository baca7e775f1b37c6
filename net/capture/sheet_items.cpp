#include "net/capture/sheet_items.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace net::capture {

namespace {

constexpr std::uint64_t kWordBits = 64;
// Of the words' counts, the last that is at most `value`; the first is 0.
template <typename Array>
std::size_t last_at_most(const Array& counts, std::uint64_t value) {
    std::size_t low = 0;
    std::size_t high = counts.size();
    while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        if (counts[middle] <= value) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace

ReadItems::ReadItems(const ReadIndex& index,
                     ReadFilter filter,
                     ReadPredicate::EndpointOf endpoint_of,
                     bool is_merged)
    : index_(index),
      predicate_(index, std::move(filter), std::move(endpoint_of)),
      is_merged_(is_merged),
      is_filtered_(predicate_.filter().connections.size() > 1 ||
                   predicate_.filter().has_conditions()),
      only_(predicate_.filter().connections.size() == 1 ? predicate_.filter().connections.front()
                                                        : channel::ConnectionId::kNone) {}

std::uint64_t ReadItems::source_size() {
    if (only_ == channel::ConnectionId::kNone) return index_.size();
    if (only_slot_ == ReadIndex::kNoSlot) only_slot_ = index_.slot_of(only_);
    return only_slot_ == ReadIndex::kNoSlot ? 0 : index_.size_of_slot(only_slot_);
}

std::uint64_t ReadItems::source_position(std::uint64_t i) const {
    return only_ == channel::ConnectionId::kNone ? i : index_.position_of_slot(only_slot_, i);
}

std::uint64_t ReadItems::shown_size() const {
    return is_filtered_ ? passing_.size() : taken_;
}

std::uint64_t ReadItems::shown_position(std::uint64_t i) const {
    return is_filtered_ ? passing_[i] : source_position(i);
}

bool ReadItems::advance(std::uint64_t most) {
    const std::uint64_t all = source_size();
    if (!is_filtered_ && !is_merged_) {
        taken_ = all;
        return true;
    }
    const std::uint64_t end = taken_ + std::min(most, all - taken_);
    const std::uint64_t decided = predicate_.decided_reads();
    // What waits for the search is no reason for another frame: the search calls for that.
    if (only_ != channel::ConnectionId::kNone) {
        for (; taken_ < end; ++taken_) {
            const std::uint64_t position = index_.position_of_slot(only_slot_, taken_);
            if (position >= decided) return true;
            take(position, index_.entry(position));
        }
    } else {
        while (taken_ < std::min(end, decided)) {
            std::span<const ReadEntry> entries = index_.entries_from(taken_);
            const std::uint64_t most_here = std::min(end, decided) - taken_;
            if (entries.size() > most_here)
                entries = entries.first(static_cast<std::size_t>(most_here));
            for (const ReadEntry& entry : entries)
                take(taken_++, entry);
        }
        if (taken_ >= decided) return true;
    }
    return taken_ == all;
}

void ReadItems::take(std::uint64_t position, const ReadEntry& entry) {
    if (is_filtered_ && !(predicate_.passes(entry) && predicate_.passes_content(position))) {
        // Something is missing in the stream of the run.
        if (entry.connection_slot == run_stream_.slot && entry.direction() == run_stream_.direction)
            run_stream_.slot = ReadIndex::kNoSlot;
        return;
    }
    if (is_filtered_) passing_.push_back(static_cast<std::uint32_t>(position));
    if (is_merged_) begin_or_extend(entry);
}

void ReadItems::begin_or_extend(const ReadEntry& entry) {
    const std::uint64_t bit = run_reads_ % kWordBits;
    if (bit == 0) {
        run_bits_.push_back(0);
        runs_before_.push_back(runs_);
    }
    const bool goes_on = entry.connection_slot == run_stream_.slot &&
                         entry.direction() == run_stream_.direction && !entry.is_gap();
    if (!goes_on) {
        run_bits_[run_reads_ / kWordBits] |= std::uint64_t{1} << bit;
        ++runs_;
        run_stream_ = {.slot = entry.is_gap() ? ReadIndex::kNoSlot : entry.connection_slot,
                       .direction = entry.direction()};
    }
    ++run_reads_;
}

std::uint64_t ReadItems::size() const {
    return is_merged_ ? runs_ : shown_size();
}

std::uint64_t ReadItems::stable_size() const {
    return is_merged_ && runs_ > 0 ? runs_ - 1 : size();
}

std::uint64_t ReadItems::run_begin(std::uint64_t k) const {
    const std::size_t word = last_at_most(runs_before_, k);
    std::uint64_t bits = run_bits_[word];
    for (std::uint64_t before = runs_before_[word]; before < k; ++before)
        bits &= bits - 1;
    return word * kWordBits + static_cast<std::uint64_t>(std::countr_zero(bits));
}

std::uint64_t ReadItems::run_end(std::uint64_t k, std::uint64_t begin) const {
    if (k + 1 == runs_) return run_reads_;
    std::uint64_t word = (begin + 1) / kWordBits;
    std::uint64_t bits = run_bits_[word] & (~std::uint64_t{0} << (begin + 1) % kWordBits);
    while (bits == 0)
        bits = run_bits_[++word];
    return word * kWordBits + static_cast<std::uint64_t>(std::countr_zero(bits));
}

std::uint64_t ReadItems::run_bytes(std::uint64_t begin, std::uint64_t end) const {
    if (end - begin <= kCheckpointReads) {
        std::uint64_t bytes = 0;
        for (std::uint64_t i = begin; i < end; ++i)
            bytes += index_.entry(shown_position(i)).size();
        return bytes;
    }
    // Nothing is missing in between, so the places in the stream say it.
    const PlacedRead last = index_.at(shown_position(end - 1));
    return last.stream_offset + last.entry.size() - index_.at(shown_position(begin)).stream_offset;
}

Item ReadItems::item(std::uint64_t k) const {
    const std::uint64_t begin = is_merged_ ? run_begin(k) : k;
    const std::uint64_t position = shown_position(begin);
    const PlacedRead read = index_.at(position);
    return {.begin = {.position = position, .offset = 0},
            .bytes = is_merged_ ? run_bytes(begin, run_end(k, begin)) : read.entry.size(),
            .connection = read.connection,
            .direction = read.entry.direction(),
            .time_ns = read.entry.time_ns,
            .stream_offset = read.stream_offset,
            .is_gap = read.entry.is_gap(),
            .gap_bytes = read.entry.gap_bytes()};
}

void ReadItems::sizes(std::uint64_t first, std::span<std::uint64_t> bytes) const {
    if (bytes.empty()) return;
    if (!is_merged_ && !is_filtered_ && only_ == channel::ConnectionId::kNone) {
        while (!bytes.empty()) {
            const std::span<const ReadEntry> entries = index_.entries_from(first);
            const std::size_t count = std::min(entries.size(), bytes.size());
            for (std::size_t i = 0; i < count; ++i)
                bytes[i] = entries[i].size();
            first += count;
            bytes = bytes.subspan(count);
        }
        return;
    }
    if (!is_merged_) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = index_.entry(shown_position(first + i)).size();
        return;
    }
    std::uint64_t begin = run_begin(first);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::uint64_t end = run_end(first + i, begin);
        bytes[i] = run_bytes(begin, end);
        begin = end;
    }
}

std::uint64_t ReadItems::find(BytePlace place) const {
    std::uint64_t low = 0;
    std::uint64_t high = shown_size();
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (shown_position(middle) < place.position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (!is_merged_ || low == shown_size()) return low == shown_size() ? size() : low;
    const std::size_t word = low / kWordBits;
    const std::uint64_t upto = ~std::uint64_t{0} >> (kWordBits - 1 - low % kWordBits);
    return runs_before_[word] + static_cast<std::uint64_t>(std::popcount(run_bits_[word] & upto)) -
           1;
}

std::uint64_t ReadItems::memory_bytes() const {
    return sizeof *this + passing_.heap_bytes() + run_bits_.heap_bytes() +
           runs_before_.heap_bytes();
}

}  // namespace net::capture
