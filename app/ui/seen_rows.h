// The rows in sight with their bytes: read once a frame, then drawn, hit by the mouse, and asked by the inspector.
//
// Rows that follow each other in one item are a run: one look-up, one pread, one decoding. Thread: frame thread; no drawing.
#pragma once

#include "app/ui/glyph_cells.h"
#include "app/ui/row_text.h"
#include "app/ui/sheet_columns.h"
#include "app/ui/sheet_places.h"
#include "app/ui/stream_context.h"
#include "net/bytes/text_encoding.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"
#include "net/capture/item_bytes.h"
#include "net/capture/sheet.h"
#include "net/capture/sheet_rows.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace app::ui {

// A line of text shows at most so many bytes: more than any window has columns.
inline constexpr std::uint32_t kMostShownBytes = 4096;

struct SeenRun {
    net::capture::Item item;
    std::uint64_t number = 0;      // of the item in the sheet
    std::int64_t previous_ns = 0;  // when the item before it was
    std::uint64_t offset = 0;      // in the item, of the first byte here
    std::size_t bytes_at =
        0;                   // in SeenRows::bytes, of that byte; before and after it stands context
    std::size_t before = 0;  // bytes of context
    std::size_t size = 0;    // of the rows' bytes
    std::size_t after = 0;
    bool is_whole = true;  // all bytes could be read
};

struct SeenRow {
    net::capture::SheetRows::Row row;
    std::size_t run = 0;
    std::uint32_t shown = 0;  // bytes of the row that are drawn; 0 where they could not be read
    std::int64_t error = 0;   // then: how many could, or -errno
    GridText text;            // laid out as the mode has it; in lines, its `line` alone
    std::vector<net::bytes::TextCell> cells;  // of `text`; offsets from the run's first byte
};

struct SeenRows {
    std::vector<SeenRow> rows;
    std::vector<SeenRun> runs;
    std::vector<std::uint8_t> bytes;
    std::size_t count = 0;  // of rows that are valid; the others are kept for their memory

    [[nodiscard]] const SeenRun& run_of(const SeenRow& row) const { return runs[row.run]; }
    [[nodiscard]] std::span<const std::uint8_t> bytes_of(const SeenRow& row) const;
};

struct SeenSource {
    const net::capture::ReadIndex& index;
    const net::capture::FileTable& files;
    const net::capture::ItemList& items;
    const net::capture::SheetRows& rows;
};

// `first` and `most`: which rows. `has_grid`: the text stands beside hex digits; else in lines.
void look_at_rows(const SeenSource& source,
                  std::uint64_t first,
                  std::uint64_t most,
                  const Columns& columns,
                  net::bytes::TextEncoding encoding,
                  SeenRows& seen);

// Which part of a row is meant.
enum class RowPart : std::uint8_t { kHead, kHex, kText };
struct RowHit {
    std::optional<SheetPlace> place;  // nothing: a row without bytes
    std::uint64_t item = 0;
    RowPart part{};
    bool is_heading = false;
};
// `x`: pixels from the row's left.
[[nodiscard]] RowHit hit(const SeenRows& seen, std::size_t row, const Columns& columns, float x);

// Which columns of a row's text the bytes [begin, end) of it take (offsets in the row): first and one past the last.
struct TextSpan {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
};
[[nodiscard]] TextSpan text_span(const SeenRows& seen,
                                 const SeenRow& row,
                                 std::uint32_t begin,
                                 std::uint32_t end,
                                 bool has_grid);

}  // namespace app::ui
