#include "app/ui/row_text.h"

#include <algorithm>

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
                  GlyphLine& line) {
    lay_out(cells, line);
    line.columns = bytes;
    std::size_t i = 0;
    const auto dot_at = static_cast<std::uint32_t>(line.text.size());
    line.text += '.';
    for (GlyphCell& glyph : line.cells) {
        glyph.column = static_cast<std::uint32_t>(cells[i].offset - begin);
        // Two letters, or two columns of a character of one byte, have no room here.
        const bool is_dot = glyph.role != GlyphRole::kNormal || glyph.columns > cells[i].bytes;
        if (is_dot) {
            if (glyph.role == GlyphRole::kNormal) glyph.role = GlyphRole::kControl;
            glyph.columns = 1;
            glyph.text_begin = dot_at;
            glyph.text_bytes = 1;
            glyph.is_plain = true;
        }
        ++i;
    }
}

}  // namespace app::ui
