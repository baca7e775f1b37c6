// Reads as the items of a sheet: apart, or merged while connection and direction stay the same. (Messages and lines: segment_items.h.)
//
// Memory: apart and unfiltered none; merged a quarter of a byte a read; filtered 4 bytes each that passes.
// Thread: frame thread. The index outlives this.
#pragma once

#include "net/capture/index.h"
#include "net/capture/read_filter.h"
#include "net/capture/sheet.h"

#include <cstdint>
#include <span>

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
    [[nodiscard]] std::uint64_t source_size();
    [[nodiscard]] std::uint64_t source_position(std::uint64_t i) const;
    [[nodiscard]] std::uint64_t shown_size() const;
    [[nodiscard]] std::uint64_t shown_position(std::uint64_t i) const;
    void take(std::uint64_t position, const ReadEntry& entry);
    void begin_or_extend(const ReadEntry& entry);
    // The shown reads of the k-th run: from its first to behind its last.
    [[nodiscard]] std::uint64_t run_begin(std::uint64_t k) const;
    [[nodiscard]] std::uint64_t run_end(std::uint64_t k, std::uint64_t begin) const;
    [[nodiscard]] std::uint64_t run_bytes(std::uint64_t begin, std::uint64_t end) const;

    const ReadIndex& index_;
    ReadPredicate predicate_;
    const bool is_merged_;
    const bool is_filtered_;                        // some of the source's reads may not pass
    const channel::ConnectionId only_;              // the only connection; kNone: all
    std::uint32_t only_slot_ = ReadIndex::kNoSlot;  // once it has a read
    std::uint64_t taken_ = 0;                       // of the source
    BlockArray<std::uint32_t, 4096> passing_;       // positions

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

}  // namespace net::capture
