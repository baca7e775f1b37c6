// Which rows the items of a sheet fill.
//
// Memory: 8 bytes each kCheckpointItems items, and 8 for each that may still change; one row an item: none. A look-up is a binary search and at most
// kCheckpointItems sizes; neighbouring rows share them.
// Thread: frame thread. The list outlives this.
#pragma once

#include "net/capture/index.h"
#include "net/capture/sheet.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace net::capture {

struct RowShape {
    std::uint32_t bytes_per_row = 16;  // at least 1
    bool has_heading_rows =
        false;  // a row without bytes before each item's; an item without bytes has no other
    bool is_one_row_an_item = false;  // whatever its size; then the two above mean nothing

    bool operator==(const RowShape&) const = default;
};

class SheetRows {
  public:
    static constexpr std::size_t kCheckpointItems = 64;

    SheetRows(ItemList& items, RowShape shape);

    // Takes in what is new, of the list as well, at most `most_items`; true: it is up to date. Call once a frame.
    bool advance(std::uint64_t most_items);

    // The items that have rows: of the list's, those that were taken in.
    [[nodiscard]] std::uint64_t item_count() const;
    [[nodiscard]] std::uint64_t row_count() const;

    struct Row {
        std::uint64_t item = 0;
        std::uint64_t offset_in_item = 0;  // of its first byte; a multiple of bytes_per_row
        std::uint32_t bytes =
            0;  // in this row; of one row an item: of the item, at most UINT32_MAX
        bool is_heading = false;

        bool operator==(const Row&) const = default;
    };
    // `row` < row_count().
    [[nodiscard]] Row row(std::uint64_t row) const;
    // The item's first row: its heading where it has one. `item` < item_count(); or item_count(), for row_count().
    [[nodiscard]] std::uint64_t first_row(std::uint64_t item) const;
    // The row with that byte of the item; behind its end: its last row.
    [[nodiscard]] std::uint64_t row_of(std::uint64_t item, std::uint64_t offset_in_item) const;

    [[nodiscard]] const RowShape& shape() const { return shape_; }
    [[nodiscard]] std::uint64_t memory_bytes() const;

  private:
    [[nodiscard]] std::uint64_t rows_of(std::uint64_t bytes) const;
    // Of the items of a checkpoint's block: the row behind each, counted from the checkpoint's.
    struct Block {
        std::uint64_t number = UINT64_MAX;
        std::size_t count = 0;
        std::array<std::uint64_t, kCheckpointItems> sizes{};
        std::array<std::uint64_t, kCheckpointItems> ends{};
    };
    [[nodiscard]] const Block& block_of(std::uint64_t item) const;
    [[nodiscard]] Row row_in(std::uint64_t item, std::uint64_t bytes, std::uint64_t row) const;

    ItemList& items_;
    const RowShape shape_;
    std::uint64_t taken_ = 0;                      // items that never change
    std::uint64_t rows_ = 0;                       // theirs
    BlockArray<std::uint64_t, 1024> checkpoints_;  // first row of each kCheckpointItems-th
    // Of the items that may change: their sizes, and the row behind each.
    std::vector<std::uint64_t> tail_sizes_;
    std::vector<std::uint64_t> tail_ends_;
    mutable Block block_;  // the one that was looked up last
};

}  // namespace net::capture
