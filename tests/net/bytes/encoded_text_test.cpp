// A character's bytes are those that are read back as that character; letters and their other case.
#include "net/bytes/encoded_text.h"

#include <gtest/gtest.h>
#include <string>

namespace {

using namespace net::bytes;

TEST(EncodedText, EveryCharacterThatIsEncodedIsDecodedAsItself) {
    for (std::size_t i = 0; i < kTextEncodings; ++i) {
        const auto encoding = static_cast<TextEncoding>(i);
        if (!is_available(encoding)) continue;
        TextEncoder encoder(encoding);
        std::size_t encoded = 0;
        std::size_t otherwise = 0;
        std::vector<TextCell> cells;
        for (char32_t c = 0; c < 0x11000; ++c) {
            const auto bytes = encoder.encode(c);
            if (bytes.empty()) continue;
            ++encoded;
            cells.clear();
            TextDecoder decoder(encoding);
            decoder.decode(bytes, cells);
            decoder.finish(cells);
            if (cells.size() != 1 || !cells[0].is_valid || cells[0].code_point != c) ++otherwise;
        }
        EXPECT_TRUE(encoder.encode(0xD800).empty());
        EXPECT_TRUE(encoder.encode(0x110000).empty());
        EXPECT_GE(encoded, 128U) << name(encoding);
        // A few signs have two codes, of which iconv takes one and the decoder another.
        // These two take letters with marks apart.
        if (encoding == TextEncoding::kWindows1255 || encoding == TextEncoding::kWindows1258)
            continue;
        EXPECT_LE(otherwise, encoded / 200) << name(encoding);
    }
}

TEST(EncodedText, CharactersOfUtf8AreThoseOfTheirBytes) {
    TextEncoder encoder(TextEncoding::kUtf8);
    for (char32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 97) {
        const auto bytes = encoder.encode(c);
        if (c >= 0xD800 && c <= 0xDFFF) continue;
        const std::string text(bytes.begin(), bytes.end());
        ASSERT_EQ(first_character(text + "x").value, c);
        ASSERT_EQ(first_character(text).size, bytes.size());
        if (text.size() > 1) {
            ASSERT_EQ(first_character(text.substr(0, text.size() - 1)).size, 0U);
        }
    }
    for (const char* wrong :
         {"", "\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
        EXPECT_EQ(first_character(wrong).size, 0U);
}

TEST(EncodedText, TheOtherCaseOfTheOtherCaseIsTheLetter) {
    EXPECT_EQ(other_case(U'a'), U'A');
    EXPECT_EQ(other_case(U'Z'), U'z');
    EXPECT_EQ(other_case(U'ä'), U'Ä');
    EXPECT_EQ(other_case(U'Ÿ'), U'ÿ');
    EXPECT_EQ(other_case(U'ж'), U'Ж');
    EXPECT_EQ(other_case(U'ё'), U'Ё');
    EXPECT_EQ(other_case(U'σ'), U'Σ');
    EXPECT_EQ(other_case(U'ő'), U'Ő');
    EXPECT_EQ(other_case(U'ž'), U'Ž');
    EXPECT_EQ(other_case(U'ａ'), U'Ａ');
    for (const char32_t none : {U'1', U'@', U'[', U'`', U'×', U'÷', U'ß', U'漢', U'ı', U'İ', U'ς'})
        EXPECT_EQ(other_case(none), U'\0') << static_cast<std::uint32_t>(none);
    for (char32_t c = 0; c < 0x11000; ++c) {
        if (other_case(c) != 0) {
            ASSERT_EQ(other_case(other_case(c)), c) << static_cast<std::uint32_t>(c);
        }
    }
}

}  // namespace
