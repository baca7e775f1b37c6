// What a sheet shows one below the other: reads (apart, or merged while connection and direction stay the same), or messages and lines that a job has found.
//
// Memory: reads apart and unfiltered none; merged a quarter of a byte a read; filtered 4 bytes each that passes. Messages and lines stay in their file.
// Thread: frame thread. What they are made of outlives them; nothing is held back from the jobs that append meanwhile.
#pragma once

#include "net/capture/index.h"
#include "net/capture/read_filter.h"
#include "net/capture/record_file.h"
#include "net/capture/segment_marks.h"
#include "net/capture/sheet.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace net::capture {

// Each read an item, or each run of reads that follow one another in the sheet and in their stream without anything missing between them. A gap is an item of its own.
class ReadItems final : public ItemList {
  public:
    ReadItems(const ReadIndex& index,
              ReadFilter filter,
              ReadPredicate::EndpointOf endpoint_of,
              bool is_merged);

    bool advance(std::uint64_t most) override;
    [[nodiscard]] std::uint64_t size() const override;
    [[nodiscard]] std::uint64_t stable_size() const override;
    [[nodiscard]] Item item(std::uint64_t k) const override;
    void sizes(std::uint64_t first, std::span<std::uint64_t> bytes) const override;
    [[nodiscard]] std::uint64_t find(BytePlace place) const override;

    [[nodiscard]] std::uint64_t memory_bytes() const;

  private:
    // Reads are counted three ways: the source's (all, or those of the only connection), the shown ones (that pass), and the items.
    [[nodiscard]] std::uint64_t source_size() const;
    [[nodiscard]] std::uint64_t source_position(std::uint64_t i) const;
    [[nodiscard]] std::uint64_t shown_size() const;
    [[nodiscard]] std::uint64_t shown_position(std::uint64_t i) const;
    void take(std::uint64_t i);
    void begin_or_extend(const ReadEntry& entry);
    // Of the k-th run: the number of its first shown read. Of the one behind the last: shown_size().
    [[nodiscard]] std::uint64_t run_begin(std::uint64_t k) const;
    [[nodiscard]] std::uint64_t run_of(std::uint64_t shown) const;
    [[nodiscard]] std::uint64_t run_bytes(std::uint64_t begin, std::uint64_t end) const;

    const ReadIndex& index_;
    ReadPredicate predicate_;
    const bool is_merged_;
    const bool is_filtered_;            // some of the source's reads may not pass
    const channel::ConnectionId only_;  // the only connection; kNone: all
    mutable std::uint32_t only_slot_ = ReadIndex::kNoSlot;  // once it has a read
    std::uint64_t taken_ = 0;                               // of the source
    BlockArray<std::uint32_t, 4096> passing_;               // positions

    // Merged: a bit a shown read, set where a run begins, and of each word the runs that begin before it.
    BlockArray<std::uint64_t, 1024> run_bits_;
    BlockArray<std::uint64_t, 1024> runs_before_;
    std::uint64_t runs_ = 0;
    std::uint64_t run_reads_ = 0;  // shown ones that the bits are about
    struct Stream {
        std::uint32_t slot = ReadIndex::kNoSlot;
        channel::Direction direction{};
    };
    Stream run_stream_;  // of the last run; without a slot: it can't go on
};

// Messages or lines as a job records them, and behind them those that have begun and not ended. Of a filter, `matches` is not asked.
class SegmentItems final : public ItemList {
  public:
    // `marks` may be null: then find() looks through the records from the first, as far as its patience goes.
    SegmentItems(const ReadIndex& index,
                 const RecordFile<SegmentRecord>& records,
                 const SegmentMarks* marks,
                 ReadFilter filter,
                 ReadPredicate::EndpointOf endpoint_of);

    // What has begun and not ended as of when there were `segments` records; later records are not shown before the next call. From the next advance() on.
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

    [[nodiscard]] bool passes(const SegmentRecord& record);
    // Of the k-th that passes.
    [[nodiscard]] std::uint64_t record_number(std::uint64_t k) const;
    // Of the records from `first` on, one or more.
    [[nodiscard]] std::span<const SegmentRecord> records_from(std::uint64_t first) const;
    [[nodiscard]] SegmentRecord segment(std::uint64_t k) const;
    [[nodiscard]] bool holds(const SegmentRecord& record, BytePlace place) const;
    // The number of the record that holds the byte; else of one near it.
    [[nodiscard]] std::uint64_t find_record(BytePlace place) const;

    const ReadIndex& index_;
    const RecordFile<SegmentRecord>& records_;
    const SegmentMarks* const marks_;
    ReadPredicate predicate_;
    const bool is_filtered_;
    std::uint64_t limit_ = UINT64_MAX;    // records there were when pending_ was told
    std::vector<SegmentRecord> pending_;  // in the order of their beginnings
    std::uint64_t examined_ = 0;          // records
    // Filtered: the numbers of those that pass, their lower 32 bits, and at which of them the upper ones become one more.
    BlockArray<std::uint32_t, 4096> passing_;
    std::vector<std::uint64_t> upper_begins_;
    std::vector<SegmentRecord> tail_;  // of pending_, those that pass

    // Neighbours are asked for one after the other.
    static constexpr std::size_t kCachedRecords = 1024;
    mutable std::vector<SegmentRecord> cached_;
    mutable std::uint64_t cached_from_ = 0;
};

}  // namespace net::capture
