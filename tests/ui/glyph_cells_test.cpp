// Characters of a peer on a grid: nothing hides, nothing moves what stands beside it.
#include "app/ui/glyph_cells.h"

#include "app/ui/glyph_ranges.h"
#include "net/bytes/text_encoding.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "tests/net/bytes/random_text.h"

namespace app::ui {
namespace {

using net::bytes::TextCell;
using net::bytes::TextDecoder;
using net::bytes::TextEncoding;

std::vector<TextCell> decode(TextEncoding encoding, std::span<const std::uint8_t> bytes) {
    std::vector<TextCell> cells;
    TextDecoder decoder(encoding);
    decoder.decode(bytes, cells);
    decoder.finish(cells);
    return cells;
}

std::vector<TextCell> decode(std::string_view text) {
    return decode(TextEncoding::kUtf8, std::vector<std::uint8_t>(text.begin(), text.end()));
}

GlyphLine line_of(std::string_view text) {
    GlyphLine line;
    lay_out(decode(text), line);
    return line;
}

// "a [LF] <e4> ": plain, control and invalid cells, in that order of brackets.
std::string told(const GlyphLine& line) {
    std::string text;
    for (const GlyphCell& cell : line.cells) {
        constexpr std::string_view kBegin[] = {"", "[", "<"};
        constexpr std::string_view kEnd[] = {"", "]", ">"};
        const auto role = static_cast<std::size_t>(cell.role);
        text +=
            std::string(kBegin[role]) + std::string(line.text_of(cell)) + std::string(kEnd[role]);
    }
    return text;
}

TextCell cell_of(char32_t c) {
    return {.offset = 0, .code_point = c, .bytes = 1, .is_valid = true};
}

TEST(GlyphCells, ControlCharactersAreTwoLettersAndInvalidBytesTwoDigits) {
    EXPECT_EQ(told(line_of("GET /\r\n\t")), "GET /[CR][LF][HT]");
    EXPECT_EQ(told(line_of(std::string_view("\0\x1b\x7f", 3))), "[NU][EC][DT]");
    EXPECT_EQ(told(line_of("\xff"
                           "a\xe4\xb8")),
              "<ff>a<e4><b8>");
    EXPECT_EQ(told(line_of("\xc2\x80\xc2\x85\xc2\x9f")), "[PA][NL][AC]");
}

TEST(GlyphCells, WhatHidesOrReordersIsMarked) {
    EXPECT_EQ(told(line_of("a\xe2\x80\xae"
                           "b")),
              "a[RO]b");
    EXPECT_EQ(told(line_of("\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf\xe2\x80\xa8")),
              "[ZS][ZJ][BM][LS]");
    EXPECT_EQ(told(line_of("e\xcc\x81")), "e[\xe2\x97\x8c\xcc\x81]");
    EXPECT_EQ(told(line_of("\xee\x80\x80\xf3\xa0\x84\x80\xef\xb8\x8f")), "[PR][VR][VR]");
    EXPECT_EQ(told(line_of("\xef\xbf\xbf\xf4\x8f\xbf\xbf")), "[NC][NC]");
    EXPECT_EQ(told(line_of("a\xc2\xa0"
                           "b")),
              "a[NS]b");
    EXPECT_EQ(told(line_of("%n%s##")), "%n%s##");
}

TEST(GlyphCells, EastAsianCharactersAndEmojiAreTwoColumnsWide) {
    const GlyphLine line = line_of("a\xe4\xb8\xad\xed\x95\x9c\xe3\x81\x82\xf0\x9f\x98\x80\xc3\xa9");
    ASSERT_EQ(line.cells.size(), 6U);
    EXPECT_EQ(line.columns, 10U);
    EXPECT_EQ(line.cells[5].column, 9U);
    EXPECT_EQ(line.cell_at(0), 0U);
    EXPECT_EQ(line.cell_at(1), 1U);
    EXPECT_EQ(line.cell_at(2), 1U);
    EXPECT_EQ(line.cell_at(9), 5U);
    EXPECT_EQ(line.cell_at(10), 6U);
    EXPECT_EQ(columns_of(cell_of(0xFF71)), 1U) << "half-width katakana";
    EXPECT_EQ(columns_of(cell_of(0x3000)), 2U);
}

TEST(GlyphCells, EveryCharacterOfUnicodeShowsSomethingAndIsItself) {
    GlyphLine line;
    for (char32_t c = 0; c < 0x110000; ++c) {
        if (c >= 0xD800 && c < 0xE000) continue;
        const TextCell cell = cell_of(c);
        lay_out({&cell, 1}, line);
        ASSERT_EQ(line.cells.size(), 1U);
        ASSERT_EQ(line.columns, columns_of(cell));
        ASSERT_TRUE(line.columns == 1 || line.columns == 2);
        const std::vector<TextCell> shown = decode(line.text);
        ASSERT_FALSE(shown.empty());
        for (const TextCell& one : shown) {
            ASSERT_TRUE(one.is_valid);
            ASSERT_GE(one.code_point, 0x20U);
        }
        if (line.cells[0].role == GlyphRole::kNormal) {
            ASSERT_EQ(shown.size(), 1U);
            ASSERT_EQ(shown[0].code_point, c);
            ASSERT_FALSE(is_mark(c));
            ASSERT_TRUE(meaning(cell).empty());
        } else {
            ASSERT_FALSE(meaning(cell).empty()) << static_cast<unsigned>(c);
        }
    }
}

TEST(GlyphCells, TheWidthIsTheSumOfTheCellsWhateverTheBytesAre) {
    GlyphLine line;
    for (std::size_t encoding = 0; encoding < net::bytes::kTextEncodings; ++encoding) {
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            const auto cells =
                decode(static_cast<TextEncoding>(encoding), tests::random_text(seed, 200));
            lay_out(cells, line);
            ASSERT_EQ(line.cells.size(), cells.size());
            std::uint32_t column = 0;
            std::uint32_t text = 0;
            for (std::size_t i = 0; i < cells.size(); ++i) {
                ASSERT_EQ(line.cells[i].column, column);
                ASSERT_EQ(line.cells[i].text_begin, text);
                for (std::uint32_t k = 0; k < line.cells[i].columns; ++k)
                    ASSERT_EQ(line.cell_at(column + k), i);
                column += columns_of(cells[i]);
                text += line.cells[i].text_bytes;
            }
            ASSERT_EQ(line.columns, column);
            ASSERT_EQ(line.text.size(), text);
        }
    }
}

}  // namespace
}  // namespace app::ui
