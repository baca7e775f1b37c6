#include "net/capture/segment_items.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace net::capture {

namespace {

// On what has begun and not ended, in each call: as long as so many plain records take.
constexpr std::uint64_t kMostSpentOnPending = 200'000;

BytePlace begin_of(const SegmentRecord& record) {
    return {.position = record.position(), .offset = record.offset_in_read()};
}

}  // namespace

SegmentItems::SegmentItems(const ReadIndex& index,
                           const RecordFile<SegmentRecord>& records,
                           const SegmentMarks* marks,
                           ReadFilter filter,
                           ReadPredicate::EndpointOf endpoint_of)
    : index_(index),
      records_(records),
      marks_(marks),
      predicate_(index, std::move(filter), std::move(endpoint_of)),
      is_filtered_(!predicate_.filter().connections.empty() ||
                   predicate_.filter().has_conditions()) {}

void SegmentItems::set_pending(std::uint64_t segments, std::vector<SegmentRecord> pending) {
    pending_as_of_ = segments;
    pending_ = std::move(pending);
    std::sort(pending_.begin(), pending_.end(), [](const SegmentRecord& a, const SegmentRecord& b) {
        return begin_of(a) < begin_of(b);
    });
}

bool SegmentItems::advance(std::uint64_t most) {
    const std::uint64_t all = records_.size();
    // What was pending then may have ended since: either is shown, never both.
    const bool is_pending_true =
        pending_as_of_ >= examined_ && pending_as_of_ <= all && all - pending_as_of_ <= kMostBehind;
    const std::uint64_t target = is_pending_true ? pending_as_of_ : all;
    std::uint64_t spent = 0;
    matches_.clear();
    if (!is_filtered_) {
        examined_ = target;
    } else {
        while (examined_ < target && spent < most) {
            const std::span<const SegmentRecord> records = records_from(examined_);
            if (records.empty()) return true;  // it cannot be read
            for (const SegmentRecord& record : records) {
                if (examined_ == target || spent >= most) break;
                if (passes(record)) {
                    const Content content = content_of(record, spent);
                    // What waits for the search is no reason for another frame.
                    if (content == Content::kNotSearched) return true;
                    if (content == Content::kHasMatch) keep(examined_);
                }
                ++examined_;
                ++spent;
            }
        }
    }
    tail_.clear();
    if (is_pending_true && examined_ == target) {
        std::uint64_t spent_on_pending = 0;
        std::copy_if(pending_.begin(), pending_.end(), std::back_inserter(tail_),
                     [&](const SegmentRecord& record) {
                         if (!passes(record)) return false;
                         // With each call anew, and whole: those for which nothing is left to spend are shown.
                         return spent_on_pending >= kMostSpentOnPending ||
                                content_of(record, spent_on_pending) == Content::kHasMatch;
                     });
    }
    return examined_ == target;
}

void SegmentItems::keep(std::uint64_t number) {
    while (upper_begins_.size() < number >> 32U)
        upper_begins_.push_back(passing_.size());
    passing_.push_back(static_cast<std::uint32_t>(number));
}

bool SegmentItems::passes(const SegmentRecord& record) {
    return record.position() < index_.size() &&
           predicate_.passes(index_.entry(record.position()), record.bytes());
}

SegmentItems::Content SegmentItems::content_of(const SegmentRecord& record,
                                               std::uint64_t& spent) const {
    const MatchStore* const matches = predicate_.filter().matches.get();
    if (matches == nullptr) return Content::kHasMatch;
    const std::uint64_t first_position = record.position();
    const ReadEntry& first = index_.entry(first_position);
    std::uint64_t last_position = first_position;
    if (record.bytes() > first.size() - std::min(first.size(), record.offset_in_read())) {
        spent += kCostOfEnd;
        const std::uint64_t begin =
            index_.at(first_position).stream_offset + record.offset_in_read();
        const std::optional<ReadIndex::StreamRead> last = index_.find_in_stream(
            first.connection_slot, first.direction(), begin + record.bytes() - 1);
        if (!last) return Content::kNoMatch;
        last_position = last->position;
    }
    if (last_position >= predicate_.decided_reads()) return Content::kNotSearched;
    spent += (last_position - first_position) / kMarkedReadsARecord;
    if (matches->reads().next(first_position, last_position + 1) > last_position)
        return Content::kNoMatch;
    spent += kCostOfLook;
    return has_match_inside(record, last_position, spent) ? Content::kHasMatch : Content::kNoMatch;
}

bool SegmentItems::has_match_inside(const SegmentRecord& record,
                                    std::uint64_t last_position,
                                    std::uint64_t& spent) const {
    const std::uint64_t stream_begin =
        index_.at(record.position()).stream_offset + record.offset_in_read();
    const ReadEntry& entry = index_.entry(record.position());
    std::uint64_t number = first_match_ending_at(record.position());
    const std::uint64_t end = number + kMostMatchesAsked;
    while (number < end) {
        const std::span<const MatchRecord> matches = matches_from(number);
        if (matches.empty()) {
            const MatchStore& store = *predicate_.filter().matches;
            return store.counted() > store.stored();
        }
        for (const MatchRecord& match : matches) {
            if (match.position > last_position) return false;
            ++number;
            spent += kCostOfMatch;
            if (match.position >= index_.size()) continue;
            const PlacedRead read = index_.at(match.position);
            if (read.entry.connection_slot != entry.connection_slot ||
                read.entry.direction() != entry.direction())
                continue;
            const std::uint64_t begin = read.stream_offset + match.offset_in_read;
            if (begin >= stream_begin && begin - stream_begin <= record.bytes() &&
                match.bytes <= record.bytes() - (begin - stream_begin))
                return true;
        }
    }
    return true;
}

std::span<const MatchRecord> SegmentItems::matches_from(std::uint64_t number) const {
    if (number < matches_from_ || number - matches_from_ >= matches_.size()) {
        matches_from_ = number;
        matches_.resize(kCachedRecords);
        matches_.resize(predicate_.filter().matches->read(number, matches_));
    }
    return std::span{matches_}.subspan(
        std::min(matches_.size(), static_cast<std::size_t>(number - matches_from_)));
}

// They lie in the order of the reads in which they first ended; one that has grown ends later than its neighbours, which only makes this begin earlier.
std::uint64_t SegmentItems::first_match_ending_at(std::uint64_t position) const {
    const auto ends_before = [position](const MatchRecord& match) {
        return match.end_position < position;
    };
    // Neighbours are asked for one after the other.
    if (!matches_.empty() && ends_before(matches_.front()) && !ends_before(matches_.back())) {
        const auto found = std::partition_point(matches_.begin(), matches_.end(), ends_before);
        return matches_from_ + static_cast<std::uint64_t>(found - matches_.begin());
    }
    const MatchStore& store = *predicate_.filter().matches;
    std::uint64_t low = 0;
    std::uint64_t high = store.stored();
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        MatchRecord match;
        if (store.read(middle, std::span{&match, 1}) == 1 && ends_before(match)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    // With the one before, so that it is known later that nothing lies between.
    if (low > 0) static_cast<void>(matches_from(low - 1));
    return low;
}

std::uint64_t SegmentItems::size() const {
    return stable_size() + tail_.size();
}

std::uint64_t SegmentItems::stable_size() const {
    return is_filtered_ ? passing_.size() : examined_;
}

std::uint64_t SegmentItems::record_number(std::uint64_t k) const {
    if (!is_filtered_) return k;
    const auto upper = static_cast<std::uint64_t>(
        std::upper_bound(upper_begins_.begin(), upper_begins_.end(), k) - upper_begins_.begin());
    return upper << 32U | passing_[k];
}

std::span<const SegmentRecord> SegmentItems::records_from(std::uint64_t first) const {
    if (first < cached_from_ || first - cached_from_ >= cached_.size()) {
        cached_from_ = first - first % kCachedRecords;
        cached_.resize(kCachedRecords);
        cached_.resize(records_.read(cached_from_, cached_));
    }
    const std::uint64_t at = first - cached_from_;
    return at < cached_.size() ? std::span{cached_}.subspan(static_cast<std::size_t>(at))
                               : std::span<const SegmentRecord>{};
}

SegmentRecord SegmentItems::segment(std::uint64_t k) const {
    if (k >= stable_size()) return tail_[k - stable_size()];
    const std::span<const SegmentRecord> records = records_from(record_number(k));
    return records.empty() ? SegmentRecord{} : records.front();
}

Item SegmentItems::item(std::uint64_t k) const {
    const SegmentRecord record = segment(k);
    if (record.position() >= index_.size()) return {};
    const PlacedRead read = index_.at(record.position());
    return {.begin = begin_of(record),
            .bytes = record.bytes(),
            .connection = read.connection,
            .direction = read.entry.direction(),
            .time_ns = read.entry.time_ns,
            .stream_offset = read.stream_offset + record.offset_in_read(),
            .is_gap = read.entry.is_gap(),
            .gap_bytes = read.entry.gap_bytes(),
            .status = record.status(),
            .header_bytes = record.header_bytes(),
            .trailer_bytes = record.trailer_bytes()};
}

void SegmentItems::sizes(std::uint64_t first, std::span<std::uint64_t> bytes) const {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = segment(first + i).bytes();
}

bool SegmentItems::holds(const SegmentRecord& record, BytePlace place) const {
    if (begin_of(record) == place) return true;
    const std::uint64_t begin =
        index_.at(record.position()).stream_offset + record.offset_in_read();
    return index_.at(place.position).stream_offset + place.offset - begin < record.bytes();
}

std::uint64_t SegmentItems::find(BytePlace place) const {
    if (place.position >= index_.size()) return size();
    const ReadEntry& entry = index_.entry(place.position);
    for (std::size_t i = 0; i < tail_.size(); ++i) {
        if (is_of_stream(tail_[i], entry) && begin_of(tail_[i]) <= place) return stable_size() + i;
    }
    const std::uint64_t number = find_record(place);
    if (!is_filtered_) return number;
    std::uint64_t low = 0;
    std::uint64_t high = passing_.size();
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (record_number(middle) < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool SegmentItems::is_of_stream(const SegmentRecord& record, const ReadEntry& entry) const {
    if (record.position() >= index_.size()) return false;
    const ReadEntry& other = index_.entry(record.position());
    return other.connection_slot == entry.connection_slot && other.direction() == entry.direction();
}

std::uint64_t SegmentItems::find_record(BytePlace place) const {
    const ReadEntry& entry = index_.entry(place.position);
    std::optional<std::uint64_t> after;   // the first that begins at the place or behind it
    std::optional<std::uint64_t> before;  // the last of the stream that begins before it
    SegmentRecord last_before;
    std::uint64_t position = place.position;
    std::uint64_t scanned = 0;
    for (int i = 0; i < kMostStretches && scanned < examined_; ++i) {
        const SegmentMarks::Stretch stretch =
            marks_ == nullptr ? SegmentMarks::Stretch{} : marks_->decided_at(position);
        const std::uint64_t end = std::min(stretch.end, examined_);
        scanned = std::max(scanned, stretch.begin);
        while (scanned < end) {
            const std::span<const SegmentRecord> records = records_from(scanned);
            if (records.empty()) return after.value_or(examined_);
            for (const SegmentRecord& record : records) {
                if (scanned == end) break;
                if (!after && begin_of(record) >= place) after = scanned;
                if (is_of_stream(record, entry)) {
                    if (begin_of(record) > place)
                        return before && holds(last_before, place) ? *before : scanned;
                    before = scanned;
                    last_before = record;
                }
                ++scanned;
            }
        }
        if (before && holds(last_before, place)) return *before;
        position = next_read(entry, stretch.end_position);
    }
    return after.value_or(examined_);
}

// Of that stream, at or behind `position`; without one `position` itself: a message may have been decided after its stream's last read.
std::uint64_t SegmentItems::next_read(const ReadEntry& entry, std::uint64_t position) const {
    const std::uint32_t slot = entry.connection_slot;
    const std::uint64_t reads = index_.size_of_slot(slot);
    std::uint64_t low = 0;
    std::uint64_t high = reads;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (index_.position_of_slot(slot, middle) < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < reads; ++low) {
        const std::uint64_t found = index_.position_of_slot(slot, low);
        if (index_.entry(found).direction() == entry.direction()) return found;
    }
    return position;
}

std::uint64_t SegmentItems::memory_bytes() const {
    return sizeof *this + passing_.heap_bytes() + upper_begins_.capacity() * sizeof(std::uint64_t) +
           (pending_.capacity() + tail_.capacity() + cached_.capacity()) * sizeof(SegmentRecord);
}

}  // namespace net::capture
