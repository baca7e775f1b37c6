// libFuzzer's target for bytes as text: every byte is in one cell, wherever the stream is cut; a sure boundary is one; every cell shows something, and a line is as wide as
// its cells. The first byte chooses the encoding, the second where to cut.
#include "app/ui/glyph_cells.h"
#include "net/bytes/text_encoding.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace net::bytes;
using Bytes = std::span<const std::uint8_t>;
using Cells = std::vector<TextCell>;

void check(bool is_so, const char* what) {
    if (is_so) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

Cells decode(TextEncoding encoding, Bytes bytes, std::size_t piece, std::uint64_t begin) {
    TextDecoder decoder(encoding);
    decoder.reset(begin);
    Cells cells;
    while (!bytes.empty()) {
        const Bytes some = bytes.first(std::min(bytes.size(), piece));
        decoder.decode(some, cells);
        bytes = bytes.subspan(some.size());
    }
    decoder.finish(cells);
    return cells;
}

void check_cells(const Cells& cells, Bytes bytes) {
    std::uint64_t next = 0;
    for (const TextCell& cell : cells) {
        check(cell.offset == next && cell.bytes >= 1 && cell.bytes <= 4, "cells follow each other");
        check(cell.is_valid || (cell.bytes == 1 && cell.code_point == bytes[next]),
              "an invalid byte is a cell of its own");
        check(cell.code_point < 0x110000 && (cell.code_point < 0xD800 || cell.code_point > 0xDFFF),
              "a character is one of Unicode");
        next += cell.bytes;
    }
    check(next == bytes.size(), "every byte is in a cell");
}

void check_boundary(TextEncoding encoding, const Cells& whole, Bytes bytes, std::size_t cut) {
    const std::size_t end = std::min(bytes.size(), cut * 3);
    const std::size_t begin = end - std::min(end, cut);
    const auto sure = sure_boundary(encoding, bytes.subspan(begin, end - begin), begin);
    if (!sure) return;
    check(*sure <= end - begin, "a boundary is within the bytes");
    const Cells cells = decode(encoding, bytes.subspan(begin + *sure), 64, begin + *sure);
    const auto from = std::find_if(whole.begin(), whole.end(), [&](const TextCell& cell) {
        return cell.offset >= begin + *sure;
    });
    check(std::equal(cells.begin(), cells.end(), from, whole.end()), "a sure boundary is one");
}

void check_glyphs(const Cells& cells) {
    app::ui::GlyphLine line;
    app::ui::lay_out(cells, line);
    check(line.cells.size() == cells.size(), "a glyph for each cell");
    std::uint32_t column = 0;
    std::uint32_t text = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const app::ui::GlyphCell& glyph = line.cells[i];
        check(glyph.column == column && glyph.text_begin == text, "glyphs follow each other");
        check(glyph.columns == app::ui::columns_of(cells[i]) &&
                  (glyph.columns == 1 || glyph.columns == 2),
              "one or two columns");
        check(glyph.text_bytes > 0, "a cell shows something");
        check((glyph.role == app::ui::GlyphRole::kInvalid) == !cells[i].is_valid,
              "invalid bytes are marked");
        column += glyph.columns;
        text += glyph.text_bytes;
    }
    check(line.columns == column && line.text.size() == text, "a line is the sum of its cells");
    const std::vector<std::uint8_t> shown(line.text.begin(), line.text.end());
    for (const TextCell& cell : decode(TextEncoding::kUtf8, shown, 4096, 0))
        check(cell.is_valid && cell.code_point >= 0x20 && cell.code_point != 0x7F, "safe UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto encoding = static_cast<TextEncoding>(data[0] % kTextEncodings);
    const std::size_t cut = std::size_t{data[1]} + 1;
    const Bytes bytes(data + 2, size - 2);
    const Cells whole = decode(encoding, bytes, bytes.size() + 1, 0);
    check_cells(whole, bytes);
    check(decode(encoding, bytes, cut, 0) == whole, "no cut changes a cell");
    check(decode(encoding, bytes, 1, 0) == whole, "nor do cuts everywhere");
    check_boundary(encoding, whole, bytes, cut);
    check_glyphs(whole);
    if (const auto likely = likely_encoding(bytes, encoding))
        check(*likely != encoding, "a hint names another encoding");
    return 0;
}
