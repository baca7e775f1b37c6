// The hint: what bytes look like. The samples are the first article of the Universal Declaration of Human Rights, written here in UTF-8 and put into the encoding
// by way of its own table.
#include "net/bytes/text_encoding.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

#include "tests/net/bytes/random_text.h"

namespace {

using namespace net::bytes;

using Bytes = std::vector<std::uint8_t>;

constexpr std::string_view kChinese =
    "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。";
constexpr std::string_view kTraditional =
    "人人生而自由,在尊嚴和權利上一律平等。他們賦有理性和良心,並應以兄弟關係的精神相對待。";
constexpr std::string_view kJapanese =
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理"
    "性と良心とを授けられており、"
    "互いに同胞の精神をもって行動しなければならない。";
constexpr std::string_view kKorean =
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 "
    "양심을 부여받았으며 서로 형제애의 "
    "정신으로 행동하여야 한다.";
constexpr std::string_view kRussian =
    "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом.";
constexpr std::string_view kEnglish =
    "All human beings are born free and equal in dignity and rights. They are endowed with "
    "reason.\n";

std::vector<TextCell> cells_of(TextEncoding encoding, std::span<const std::uint8_t> all) {
    TextDecoder decoder(encoding);
    std::vector<TextCell> cells;
    decoder.decode(all, cells);
    decoder.finish(cells);
    return cells;
}

// UTF-8 into another encoding, by asking its decoder what each code of one and two bytes is.
Bytes encode(TextEncoding encoding, std::string_view text) {
    const Bytes utf8(text.begin(), text.end());
    Bytes out;
    if (encoding == TextEncoding::kUtf8) return utf8;
    std::map<char32_t, Bytes> codes;
    const bool is_utf16 = encoding == TextEncoding::kUtf16Le || encoding == TextEncoding::kUtf16Be;
    for (unsigned first = 0; first < 0x100 && !is_utf16; ++first) {
        for (unsigned second = 0; second < 0x100; ++second) {
            const Bytes code{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
            const TextCell cell = cells_of(encoding, code).front();
            if (cell.is_valid)
                codes.try_emplace(cell.code_point, code.begin(), code.begin() + cell.bytes);
        }
    }
    for (const TextCell& cell : cells_of(TextEncoding::kUtf8, utf8)) {
        if (is_utf16) {
            const auto low = static_cast<std::uint8_t>(cell.code_point);
            const auto high = static_cast<std::uint8_t>(cell.code_point >> 8U);
            const bool is_little = encoding == TextEncoding::kUtf16Le;
            out.push_back(is_little ? low : high);
            out.push_back(is_little ? high : low);
            continue;
        }
        const auto found = codes.find(cell.code_point);
        EXPECT_NE(found, codes.end()) << std::hex << static_cast<unsigned>(cell.code_point);
        if (found != codes.end()) out.insert(out.end(), found->second.begin(), found->second.end());
    }
    return out;
}

struct Written {
    TextEncoding encoding;
    std::string_view text;
};

TEST(EncodingHint, NamesWhatTheTextWasWrittenIn) {
    using E = TextEncoding;
    for (const Written& one : {Written{E::kGb18030, kChinese}, Written{E::kBig5, kTraditional},
                               Written{E::kShiftJis, kJapanese}, Written{E::kEucKr, kKorean},
                               Written{E::kUtf16Le, kEnglish}, Written{E::kUtf16Be, kEnglish}}) {
        SCOPED_TRACE(name(one.encoding));
        const Bytes sample = encode(one.encoding, one.text);
        EXPECT_EQ(likely_encoding(sample, E::kUtf8), one.encoding);
        EXPECT_EQ(likely_encoding(sample, one.encoding), std::nullopt) << "it is the present one";
        // Wherever the sample ends.
        for (std::size_t cut = 1; cut < 4; ++cut) {
            EXPECT_EQ(likely_encoding(std::span(sample).first(sample.size() - cut), E::kUtf8),
                      one.encoding);
        }
    }
}

TEST(EncodingHint, KnowsUtf8BehindAnEncodingThatLeavesGaps) {
    for (const std::string_view text : {kChinese, kTraditional, kJapanese, kKorean, kRussian}) {
        const Bytes sample(text.begin(), text.end());
        EXPECT_EQ(likely_encoding(sample, TextEncoding::kLatin1), TextEncoding::kUtf8);
        EXPECT_EQ(likely_encoding(sample, TextEncoding::kUtf8), std::nullopt);
    }
}

TEST(EncodingHint, AMarkTellsUtf16) {
    Bytes sample = encode(TextEncoding::kUtf16Be, kChinese);
    EXPECT_EQ(likely_encoding(sample, TextEncoding::kUtf8), std::nullopt)
        << "nothing Latin in it, and no mark: not clear enough";
    sample.insert(sample.begin(), {0xFE, 0xFF});
    EXPECT_EQ(likely_encoding(sample, TextEncoding::kUtf8), TextEncoding::kUtf16Be);
}

TEST(EncodingHint, SaysNothingWhereTheCaseIsNotClear) {
    using E = TextEncoding;
    const auto hint = [](std::string_view text, E now) {
        return likely_encoding(Bytes(text.begin(), text.end()), now);
    };
    EXPECT_EQ(hint(kEnglish, E::kUtf8), std::nullopt) << "there is nothing wrong with it";
    EXPECT_EQ(hint(kEnglish, E::kUtf16Le), std::nullopt);
    EXPECT_EQ(hint("\xd6\xd0\xce\xc4\xd6\xd0\xce\xc4\xd6\xd0", E::kUtf8), std::nullopt)
        << "too little of it";
    EXPECT_EQ(hint(std::string(kEnglish) + "caf\xe9", E::kUtf8), std::nullopt) << "a stray byte";
    EXPECT_EQ(hint("", E::kUtf8), std::nullopt);
    // Every byte is a character of Windows-1251, so Russian in it cannot be told from other one-byte sets, nor from nonsense.
    EXPECT_EQ(likely_encoding(encode(E::kWindows1251, kRussian), E::kUtf8), std::nullopt);
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        EXPECT_EQ(likely_encoding(tests::random_text(seed, 400), E::kUtf8), std::nullopt) << seed;
        std::mt19937_64 random(seed);
        Bytes noise(400);
        for (std::uint8_t& byte : noise)
            byte = static_cast<std::uint8_t>(random());
        for (std::size_t now = 0; now < kTextEncodings; ++now)
            EXPECT_EQ(likely_encoding(noise, static_cast<E>(now)), std::nullopt) << seed;
    }
}

TEST(EncodingHint, AMillionZerosAreNoText) {
    const Bytes zeros(1'000'000);
    EXPECT_EQ(likely_encoding(zeros, TextEncoding::kUtf8), std::nullopt);
    EXPECT_EQ(likely_encoding(zeros, TextEncoding::kUtf16Le), std::nullopt);
}

}  // namespace
