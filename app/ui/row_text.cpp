#include "app/ui/row_text.h"

#include <algorithm>
#include <string>
#include <utility>

namespace app::ui {

using net::bytes::TextCell;
using net::bytes::TextEncoding;

bool has_context(TextEncoding encoding) {
    switch (encoding) {
        case TextEncoding::kUtf8:
        case TextEncoding::kGb18030:
        case TextEncoding::kGbk:
        case TextEncoding::kBig5:
        case TextEncoding::kShiftJis:
        case TextEncoding::kEucKr:
        case TextEncoding::kUtf16Le:
        case TextEncoding::kUtf16Be: return true;
        default: return false;
    }
}

void RowText::decode(TextEncoding encoding,
                     std::span<const std::uint8_t> before,
                     std::span<const std::uint8_t> bytes,
                     std::span<const std::uint8_t> after,
                     std::uint64_t stream_offset) {
    cells_.clear();
    scratch_.clear();
    const std::uint64_t before_offset = stream_offset - before.size();
    const std::size_t sure = net::bytes::sure_boundary(encoding, before, before_offset).value_or(0);
    net::bytes::TextDecoder decoder(encoding);
    decoder.reset(before_offset + sure);
    decoder.decode(before.subspan(sure), scratch_);
    decoder.decode(bytes, scratch_);
    decoder.decode(after, scratch_);
    decoder.finish(scratch_);
    for (TextCell& cell : scratch_) {
        if (cell.offset < stream_offset) continue;
        cell.offset -= stream_offset;
        if (cell.offset >= bytes.size()) break;
        cells_.push_back(cell);
    }
}

std::span<const TextCell> RowText::cells(std::size_t begin, std::size_t count) const {
    const auto at = [this](std::uint64_t offset) {
        return std::lower_bound(
            cells_.begin(), cells_.end(), offset,
            [](const TextCell& cell, std::uint64_t wanted) { return cell.offset < wanted; });
    };
    const auto from = at(begin);
    const auto to = at(begin + count);
    return {from, to};
}

void lay_out_grid(std::span<const TextCell> cells,
                  std::uint64_t begin,
                  std::uint32_t bytes,
                  GridText& grid) {
    GlyphLine& line = grid.line;
    lay_out(cells, line);
    line.columns = bytes;
    grid.dots.clear();
    grid.invalid.clear();
    const auto dot = [](std::string& dots, std::size_t column) {
        if (dots.size() <= column) dots.resize(column + 1, ' ');
        dots[column] = '.';
    };
    // What is shown stays, in order: the letters of plain cells side by side are drawn at one go.
    std::string text;
    text.reserve(line.text.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
        GlyphCell glyph = line.cells[i];
        const auto column = static_cast<std::uint32_t>(cells[i].offset - begin);
        // Two letters, or two columns of a character of one byte, have no room here.
        if (glyph.role == GlyphRole::kInvalid) {
            dot(grid.invalid, column);
        } else if (glyph.role != GlyphRole::kNormal || glyph.columns > cells[i].bytes) {
            dot(grid.dots, column);
        } else {
            const auto at = static_cast<std::uint32_t>(text.size());
            text += line.text_of(glyph);
            glyph.text_begin = at;
            glyph.column = column;
            // Of two bytes: the next one does not stand beside it.
            glyph.is_plain = glyph.is_plain && cells[i].bytes == 1;
            // A run ends where columns are left out.
            if (kept != 0 && glyph.is_plain && line.cells[kept - 1].is_plain &&
                line.cells[kept - 1].column + 1 != column)
                glyph.is_plain = false;
            line.cells[kept++] = glyph;
        }
    }
    line.cells.resize(kept);
    line.text = std::move(text);
}

}  // namespace app::ui
