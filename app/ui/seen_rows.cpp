#include "app/ui/seen_rows.h"

#include <algorithm>
#include <array>

namespace app::ui {

namespace {

using net::bytes::TextEncoding;
using net::capture::Item;
using net::capture::SheetRows;

// Looked at one after the other, where kContextBytes do not do.
constexpr std::array<std::size_t, 2> kFarContexts{512, 8192};

std::uint32_t shown_bytes(const SheetRows::Row& row, const Columns& columns) {
    if (row.is_heading) return 0;
    return std::min(row.bytes, columns.has_hex ? columns.layout.bytes_per_row : kMostShownBytes);
}

// Reads the bytes of the run that has just been found, and decodes them for its rows.
class RunReader {
  public:
    RunReader(const SeenSource& source,
              const net::capture::ItemBytes& item_bytes,
              TextEncoding encoding,
              bool has_grid,
              SeenRows& seen)
        : item_bytes_(item_bytes),
          context_(source.index, source.files),
          encoding_(encoding),
          has_grid_(has_grid),
          seen_(seen) {}

    void read(std::size_t first_row, std::size_t end_row) {
        SeenRun& run = seen_.runs.back();
        const std::size_t at = seen_.bytes.size();
        seen_.bytes.resize(at + kContextBytes + run.size + kAfterBytes);
        run.bytes_at = at + kContextBytes;
        if (run.size == 0) return;
        const std::span<std::uint8_t> own = std::span(seen_.bytes).subspan(run.bytes_at, run.size);
        const std::int64_t got = item_bytes_.read(run.item, run.offset, own);
        run.is_whole = got == static_cast<std::int64_t>(run.size);
        if (!run.is_whole) return read_rows(run, own, first_row, end_row);
        if (needs_context(own)) look_around(run);
        decode(run, 0, run.size, first_row, end_row);
    }

  private:
    // A stretch in the middle cannot be had (a file of a ring that is gone): what follows it can. A row of which a byte could not be read shows none.
    void read_rows(const SeenRun& run,
                   std::span<std::uint8_t> own,
                   std::size_t first_row,
                   std::size_t end_row) {
        std::size_t good = end_row;  // the first of the rows that are decoded together
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        const auto decode_good = [&](std::size_t before) {
            if (good != end_row)
                decode(run, static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin),
                       good, before);
            good = end_row;
        };
        for (std::size_t i = first_row; i < end_row; ++i) {
            SeenRow& row = seen_.rows[i];
            if (row.shown == 0) continue;
            const std::uint64_t at = row.row.offset_in_item - run.offset;
            const std::int64_t got =
                item_bytes_.read(run.item, row.row.offset_in_item,
                                 own.subspan(static_cast<std::size_t>(at), row.shown));
            if (got == static_cast<std::int64_t>(row.shown)) {
                if (good == end_row) {
                    good = i;
                    begin = at;
                }
                end = at + row.shown;
                continue;
            }
            row.error = got;
            row.shown = 0;
            decode_good(i);
        }
        decode_good(end_row);
    }

    // Of plain ASCII nothing around it can change what it is.
    [[nodiscard]] bool needs_context(std::span<const std::uint8_t> own) const {
        if (!has_context(encoding_)) return false;
        if (encoding_ == TextEncoding::kUtf16Le || encoding_ == TextEncoding::kUtf16Be) return true;
        return std::any_of(own.begin(), own.end(),
                           [](std::uint8_t byte) { return byte >= 0x80; }) ||
               // The second half of a double byte may look like a letter.
               (encoding_ != TextEncoding::kUtf8 && own.front() >= 0x30);
    }

    void look_around(SeenRun& run) {
        std::uint8_t* const own = seen_.bytes.data() + run.bytes_at;
        const auto first = item_bytes_.place(run.item, run.offset);
        const auto last = item_bytes_.place(run.item, run.offset + run.size - 1);
        if (!first || !last) return;
        run.before = context_.before(*first, {own - kContextBytes, kContextBytes});
        run.after = context_.after({.position = last->position, .offset = last->offset + 1},
                                   {own + run.size, kAfterBytes});
    }

    // From a place on at which a character surely begins. Chinese text may be long without one.
    [[nodiscard]] std::span<const std::uint8_t> context_of(const SeenRun& run) {
        const std::uint64_t offset = run.item.stream_offset + run.offset;
        const std::span<const std::uint8_t> near{seen_.bytes.data() + run.bytes_at - run.before,
                                                 run.before};
        if (near.size() < kContextBytes || is_sure(near, offset)) return near;
        const auto first = item_bytes_.place(run.item, run.offset);
        if (!first) return near;
        std::span<const std::uint8_t> context = near;
        for (const std::size_t most : kFarContexts) {
            far_.resize(most);
            const std::size_t got = context_.before(*first, far_);
            context = std::span(far_).last(got);
            if (got < most || is_sure(context, offset)) break;
        }
        return context;
    }

    [[nodiscard]] bool is_sure(std::span<const std::uint8_t> before, std::uint64_t offset) const {
        return net::bytes::sure_boundary(encoding_, before, offset - before.size()).has_value();
    }

    // `size` bytes of the run, from `at` in it: those of the rows that show any.
    void decode(const SeenRun& run,
                std::size_t at,
                std::size_t size,
                std::size_t first_row,
                std::size_t end_row) {
        const std::uint8_t* const own = seen_.bytes.data() + run.bytes_at;
        const std::span<const std::uint8_t> before =
            at == 0 ? context_of(run) : std::span<const std::uint8_t>{};
        text_.decode(encoding_, before, {own + at, size}, {own + run.size, run.after},
                     run.item.stream_offset + run.offset + at);
        for (std::size_t i = first_row; i < end_row; ++i) {
            SeenRow& row = seen_.rows[i];
            if (row.shown == 0) continue;
            const std::uint64_t begin = row.row.offset_in_item - run.offset;
            const auto cells = text_.cells(static_cast<std::size_t>(begin) - at, row.shown);
            row.cells.assign(cells.begin(), cells.end());
            for (net::bytes::TextCell& cell : row.cells)
                cell.offset += at;
            if (has_grid_)
                lay_out_grid(row.cells, begin, row.shown, row.text);
            else
                lay_out(row.cells, row.text.line);
        }
    }

    const net::capture::ItemBytes& item_bytes_;
    const StreamContext context_;
    const TextEncoding encoding_;
    const bool has_grid_;
    SeenRows& seen_;
    RowText text_;
    std::vector<std::uint8_t> far_;
};

}  // namespace

std::span<const std::uint8_t> SeenRows::bytes_of(const SeenRow& row) const {
    const SeenRun& run = runs[row.run];
    if (row.shown == 0) return {};
    return std::span(bytes).subspan(
        run.bytes_at + static_cast<std::size_t>(row.row.offset_in_item - run.offset), row.shown);
}

void look_at_rows(const SeenSource& source,
                  std::uint64_t first,
                  std::uint64_t most,
                  const Columns& columns,
                  TextEncoding encoding,
                  SeenRows& seen) {
    seen.runs.clear();
    seen.bytes.clear();
    seen.count = 0;
    const std::uint64_t rows = source.rows.row_count();
    const auto count = static_cast<std::size_t>(std::min(most, rows - std::min(first, rows)));
    if (seen.rows.size() < count) seen.rows.resize(count);
    seen.count = count;
    const net::capture::ItemBytes item_bytes(source.index, source.files);
    RunReader reader(source, item_bytes, encoding, columns.has_hex, seen);
    for (std::size_t begin = 0; begin < count;) {
        SheetRows::Row row = source.rows.row(first + begin);
        SeenRun run;
        run.number = row.item;
        run.item = source.items.item(row.item);
        run.previous_ns =
            row.item == 0 ? run.item.time_ns : source.items.item(row.item - 1).time_ns;
        bool has_bytes = false;
        std::size_t end = begin;
        do {
            SeenRow& seen_row = seen.rows[end];
            seen_row.row = row;
            seen_row.run = seen.runs.size();
            seen_row.shown = run.item.is_gap ? 0 : shown_bytes(row, columns);
            seen_row.error = 0;
            seen_row.cells.clear();
            seen_row.text.dots.clear();
            seen_row.text.invalid.clear();
            lay_out({}, seen_row.text.line);
            if (seen_row.shown != 0) {
                if (!has_bytes) run.offset = row.offset_in_item;
                has_bytes = true;
                run.size =
                    static_cast<std::size_t>(row.offset_in_item - run.offset) + seen_row.shown;
            }
            if (++end < count) row = source.rows.row(first + end);
        } while (end < count && row.item == run.number);
        seen.runs.push_back(run);
        reader.read(begin, end);
        begin = end;
    }
}

RowHit hit(const SeenRows& seen, std::size_t number, const Columns& columns, float x) {
    const SeenRow& row = seen.rows[number];
    RowHit found{.place = std::nullopt,
                 .item = row.row.item,
                 .part = RowPart::kHead,
                 .is_heading = row.row.is_heading};
    if (row.row.is_heading || row.row.bytes == 0) return found;
    const auto at = [&](std::uint64_t offset_in_row) {
        found.place =
            SheetPlace{.item = row.row.item,
                       .offset = row.row.offset_in_item +
                                 std::min<std::uint64_t>(offset_in_row, row.row.bytes - 1)};
    };
    at(0);
    if (x >= columns.text) {
        found.part = RowPart::kText;
        const auto column = static_cast<std::uint32_t>((x - columns.text) / columns.character);
        if (columns.has_hex) {
            at(std::min(column, std::max<std::uint32_t>(row.shown, 1) - 1));
        } else if (const std::size_t cell = row.text.line.cell_at(column);
                   cell < row.cells.size()) {
            const SeenRun& run = seen.run_of(row);
            at(row.cells[cell].offset + run.offset - row.row.offset_in_item);
        } else {
            at(std::max<std::uint32_t>(row.shown, 1) - 1);
        }
    } else if (columns.has_hex && x >= columns.hex - columns.character / 2) {
        found.part = RowPart::kHex;
        at(std::min(columns.layout.byte_at((x - columns.hex) / columns.character),
                    std::max<std::uint32_t>(row.shown, 1) - 1));
    }
    return found;
}

TextSpan text_span(const SeenRows& seen,
                   const SeenRow& row,
                   std::uint32_t begin,
                   std::uint32_t end,
                   bool has_grid) {
    if (has_grid) return {.begin = begin, .end = end};
    // Of a character all columns, if one of its bytes is meant.
    const std::uint64_t base = row.row.offset_in_item - seen.run_of(row).offset;
    TextSpan span{.begin = row.text.line.columns, .end = 0};
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const net::bytes::TextCell& cell = row.cells[i];
        const std::uint64_t from = cell.offset - base;
        if (from >= end) break;
        if (from + cell.bytes <= begin) continue;
        const GlyphCell& glyph = row.text.line.cells[i];
        span.begin = std::min(span.begin, glyph.column);
        span.end = glyph.column + glyph.columns;
    }
    if (span.end == 0) span.begin = 0;
    return span;
}

}  // namespace app::ui
