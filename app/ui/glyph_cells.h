// Characters of a peer as cells on a grid of columns: each cell is one or two columns wide, and each shows something.
//
// Nothing can hide, move the pen or reorder: control characters, spaces that look like others, bidirectional and zero-width characters, private use and separators become
// two letters each (RFC 1345's for controls: "CR", "LF", "NU"), an invalid byte its two hex digits, a combining mark stands on a dotted circle of its own. What a cell is
// tells its role, not its letters, so that the letters of a peer cannot pass for a control character.
//
// Pure; drawing is in glyph_drawing.h. Thread: any.
#pragma once

#include "net/bytes/text_encoding.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace app::ui {

enum class GlyphRole : std::uint8_t {
    kNormal,
    kControl,  // stands for a character that has no glyph, or none to be trusted
    kInvalid,  // a byte that is no character: two hex digits
};

struct GlyphCell {
    std::uint32_t column = 0;  // from the line's first
    std::uint8_t columns = 1;  // 1 or 2
    GlyphRole role = GlyphRole::kNormal;
    std::uint8_t text_bytes = 0;   // 1 to 8
    bool is_plain = false;         // printable ASCII: the face of the bytes has it, one column wide
    std::uint32_t text_begin = 0;  // in GlyphLine::text
};

// One row of text. The n-th glyph cell is that of the n-th character cell.
struct GlyphLine {
    std::string text;  // valid UTF-8, no control characters
    std::vector<GlyphCell> cells;
    std::uint32_t columns = 0;  // the sum of the cells'

    [[nodiscard]] std::string_view text_of(const GlyphCell& cell) const {
        return std::string_view(text).substr(cell.text_begin, cell.text_bytes);
    }
    // The cell that covers `column`; cells.size() beyond the end.
    [[nodiscard]] std::size_t cell_at(std::uint32_t column) const;
};

// Into `line`, whose memory is used again.
void lay_out(std::span<const net::bytes::TextCell> cells, GlyphLine& line);

// As lay_out() will give it: 1 or 2. For breaking lines to a width.
[[nodiscard]] std::uint32_t columns_of(const net::bytes::TextCell& cell);

// What a marked cell stands for, in words: "carriage return", "right-to-left override", "not a character". A literal; empty for normal characters.
[[nodiscard]] std::string_view meaning(const net::bytes::TextCell& cell);

}  // namespace app::ui
