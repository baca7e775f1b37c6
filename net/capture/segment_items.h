// Messages or lines as the items of a sheet: records that a job appends to a file, and behind them those that have begun and not ended.
//
// They stand in the order in which their ends were found, so the beginnings of different streams' messages are not in order.
// Memory: unfiltered none but the pending ones; filtered 4 bytes each that passes. The records stay in their file, some 16 KiB of them are at hand.
// Thread: frame thread. The index, the records and the marks outlive this, and may grow meanwhile.
#pragma once

#include "net/capture/index.h"
#include "net/capture/read_filter.h"
#include "net/capture/record_file.h"
#include "net/capture/segment_marks.h"
#include "net/capture/sheet.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace net::capture {

// By content those are shown in which a match lies whole, as the search has it: one that is cut by a message's edge counts for none. Of matches that are only counted (MatchStore) nobody knows
// the place: then those whose reads have a part of one.
class SegmentItems final : public ItemList {
  public:
    // `marks` may be null: then find() looks through the records from the first, as far as its patience goes.
    SegmentItems(const ReadIndex& index,
                 const RecordFile<SegmentRecord>& records,
                 const SegmentMarks* marks,
                 ReadFilter filter,
                 ReadPredicate::EndpointOf endpoint_of);

    // What has begun and not ended as of when there were `segments` records. From the next advance() on; when there are many more records by then, it is out of date
    // and left out, else the later records wait for the next call, so that nothing is shown twice.
    void set_pending(std::uint64_t segments, std::vector<SegmentRecord> pending);

    bool advance(std::uint64_t most) override;
    [[nodiscard]] std::uint64_t size() const override;
    [[nodiscard]] std::uint64_t stable_size() const override;
    [[nodiscard]] Item item(std::uint64_t k) const override;
    void sizes(std::uint64_t first, std::span<std::uint64_t> bytes) const override;
    // Of a byte whose connection was not walked, or whose message is longer than kMostStretches: some item near it.
    [[nodiscard]] std::uint64_t find(BytePlace place) const override;

    [[nodiscard]] std::uint64_t memory_bytes() const;

  private:
    // A message may lie over so many stretches of SegmentMarks, of a thousand reads each.
    static constexpr int kMostStretches = 1000;

    // Of `pending`: so many records may have come since.
    static constexpr std::uint64_t kMostBehind = 4096;

    [[nodiscard]] bool passes(const SegmentRecord& record);
    // Whether a match lies inside. One that would have to look at more than kMostMatchesAsked for it counts as having one.
    enum class Content : std::uint8_t { kHasMatch, kNoMatch, kNotSearched };
    static constexpr std::uint64_t kMostMatchesAsked = 4096;
    // What takes longer than a plain record does, in such: to find the read in which one ends, to find the first match that may be inside, to look at one match, and
    // to look over the marks of so many reads.
    static constexpr std::uint64_t kCostOfEnd = 8;
    static constexpr std::uint64_t kCostOfLook = 64;
    static constexpr std::uint64_t kCostOfMatch = 4;
    static constexpr std::uint64_t kMarkedReadsARecord = 1024;
    // `spent`: counted up by these.
    [[nodiscard]] Content content_of(const SegmentRecord& record, std::uint64_t& spent) const;
    [[nodiscard]] bool has_match_inside(const SegmentRecord& record,
                                        std::uint64_t last_position,
                                        std::uint64_t& spent) const;
    // Of the `number`-th match on, one or more; none: there are no more.
    [[nodiscard]] std::span<const MatchRecord> matches_from(std::uint64_t number) const;
    // The first match that may have ended in the read at `position` or later.
    [[nodiscard]] std::uint64_t first_match_ending_at(std::uint64_t position) const;
    void keep(std::uint64_t number);
    // Of the k-th that passes.
    [[nodiscard]] std::uint64_t record_number(std::uint64_t k) const;
    // Of the records from `first` on, one or more; none: they cannot be read.
    [[nodiscard]] std::span<const SegmentRecord> records_from(std::uint64_t first) const;
    [[nodiscard]] SegmentRecord segment(std::uint64_t k) const;
    [[nodiscard]] bool holds(const SegmentRecord& record, BytePlace place) const;
    [[nodiscard]] bool is_of_stream(const SegmentRecord& record, const ReadEntry& entry) const;
    [[nodiscard]] std::uint64_t next_read(const ReadEntry& entry, std::uint64_t position) const;
    // The number of the record that holds the byte; else of one near it.
    [[nodiscard]] std::uint64_t find_record(BytePlace place) const;

    const ReadIndex& index_;
    const RecordFile<SegmentRecord>& records_;
    const SegmentMarks* const marks_;
    ReadPredicate predicate_;
    const bool is_filtered_;
    std::uint64_t pending_as_of_ = UINT64_MAX;  // so many records
    std::vector<SegmentRecord> pending_;        // in the order of their beginnings
    std::uint64_t examined_ = 0;                // records
    // Filtered: the numbers of those that pass, their lower 32 bits, and at which of them the upper ones become one more.
    BlockArray<std::uint32_t, 4096> passing_;
    std::vector<std::uint64_t> upper_begins_;
    std::vector<SegmentRecord> tail_;  // of pending_, those that pass

    // Neighbours are asked for one after the other.
    static constexpr std::size_t kCachedRecords = 1024;
    mutable std::vector<SegmentRecord> cached_;
    mutable std::uint64_t cached_from_ = 0;
    // Of one advance(): a match may grow meanwhile.
    mutable std::vector<MatchRecord> matches_;
    mutable std::uint64_t matches_from_ = 0;
};

}  // namespace net::capture
