#include "net/bytes/escapes.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace net::bytes;
using namespace std::string_view_literals;

using Bytes = std::vector<std::uint8_t>;

Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

struct WrongPlace {
    std::string_view text;
    std::size_t offset;
    std::size_t length;
};

TEST(EscapesTest, EachEscapeIsItsByte) {
    EXPECT_EQ(*parse_escaped("a\\r\\n\\t\\0\\\\\\x00\\xFf\\x7eb"), bytes("a\r\n\t\0\\\0\xff\x7e"
                                                                         "b"sv));
    EXPECT_EQ(*parse_escaped(""), Bytes{});
    EXPECT_EQ(*parse_escaped("\\x414"), bytes("A4"));
    EXPECT_EQ(*parse_escaped("\\01"), bytes("\0"
                                            "1"sv));
}

TEST(EscapesTest, EverythingElseStandsForItsOwnBytes) {
    EXPECT_EQ(*parse_escaped("zwei\nZeilen \xc3\xbc \xff \0."sv),
              bytes("zwei\nZeilen \xc3\xbc \xff \0."sv));
}

TEST(EscapesTest, ABadEscapeIsNamedAtItsPlace) {
    const WrongPlace cases[] = {
        {"abc\\", 3, 1},
        {"\\q", 0, 2},
        {"ab\\qcd", 2, 2},
        {"\\x", 0, 2},
        {"\\x4", 0, 3},
        {"\\x4g", 0, 4},
        {"\\xg4", 0, 3},
        {"\\n\\r\\x 1", 4, 3},
        {"\\R", 0, 2},
        {"\\1", 0, 2},
        {"\\\xc3\xbc", 0, 3},
        {"\\x\xe2\x82\xac", 0, 5},
        {"\\x4\xe2\x82\xac", 0, 6},
        {"\\\xff", 0, 2},
        {"\\\\\\", 2, 1},
        {"\\\0"sv, 0, 2},
        {"\\X41", 0, 2},
    };
    for (const WrongPlace& c : cases) {
        const auto parsed = parse_escaped(c.text);
        ASSERT_FALSE(parsed) << printable(c.text);
        EXPECT_EQ(parsed.error.offset, c.offset) << printable(c.text);
        EXPECT_EQ(parsed.error.length, c.length) << printable(c.text);
        EXPECT_FALSE(parsed.error.message.empty());
        EXPECT_EQ(printable(parsed.error.message), parsed.error.message);
    }
    EXPECT_EQ(parse_escaped("\\q").error.message,
              "\"\\q\" is not an escape; there are \\r \\n \\t \\0 \\\\ and \\xNN");
}

TEST(EscapesTest, HexIsReadWithWhatPeoplePutBetween) {
    EXPECT_EQ(*parse_hex("48 65,0x6c6C"), bytes("Hell"));
    EXPECT_EQ(*parse_hex(""), Bytes{});
    EXPECT_EQ(*parse_hex(" ,\t\r\n\v\f"), Bytes{});
    EXPECT_EQ(*parse_hex("0X00,0xfF\n0a"), bytes("\0\xff\n"sv));
    EXPECT_EQ(*parse_hex("000x11"), bytes("\0\x11"sv));
    EXPECT_EQ(*parse_hex("0x000x01"), bytes("\0\1"sv));
    EXPECT_EQ(*parse_hex("00ff"), bytes("\0\xff"sv));
}

TEST(EscapesTest, BadHexIsNamedAtItsPlace) {
    const WrongPlace cases[] = {
        {"4", 0, 1},     {"48 6", 3, 1},     {"48 6 5", 3, 1},    {"4g", 1, 1},     {"g4", 0, 1},
        {"48 zz", 3, 1}, {"0x", 0, 2},       {"48 0x 65", 3, 2},  {"0xg1", 2, 1},   {"0x4", 2, 1},
        {"48:65", 2, 1}, {"\xc3\xbc", 0, 2}, {"4\xc3\xbc", 1, 2}, {"48\0"sv, 2, 1}, {"00x1", 2, 1},
        {"-1", 0, 1},    {"\xff", 0, 1},     {"0x0x41", 3, 1},
    };
    for (const WrongPlace& c : cases) {
        const auto parsed = parse_hex(c.text);
        ASSERT_FALSE(parsed) << printable(c.text);
        EXPECT_EQ(parsed.error.offset, c.offset) << printable(c.text);
        EXPECT_EQ(parsed.error.length, c.length) << printable(c.text);
        EXPECT_FALSE(parsed.error.message.empty());
        EXPECT_EQ(printable(parsed.error.message), parsed.error.message);
    }
}

TEST(EscapesTest, EveryByteAndEveryPairOfBytesComesBack) {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const Bytes pair{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
            const std::string text = escape(pair);
            ASSERT_EQ(*parse_escaped(text), pair) << text;
            ASSERT_EQ(printable(text), text) << "an escaped text is safe to print";
            ASSERT_EQ(*parse_hex(to_hex(pair)), pair);
        }
    }
    EXPECT_EQ(escape(bytes("a\r\n\t\0\\\x1b\x7f\xc3\xbc~ "sv)),
              "a\\r\\n\\t\\0\\\\\\x1b\\x7f\\xc3\\xbc~ ");
    EXPECT_EQ(to_hex(bytes("Hel\xff")), "48 65 6c ff");
    EXPECT_EQ(to_hex({}), "");
}

void random_bytes_come_back(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; ++round) {
        Bytes sample(random() % 300);
        for (std::uint8_t& byte : sample)
            byte = static_cast<std::uint8_t>(random());
        ASSERT_EQ(*parse_escaped(escape(sample)), sample);
        ASSERT_EQ(*parse_hex(to_hex(sample)), sample);

        // Read as text, anything is either bytes or an error inside of it, and printing it is safe and final.
        const std::string text(sample.begin(), sample.end());
        for (const auto& parsed : {parse_escaped(text), parse_hex(text)}) {
            if (parsed) continue;
            ASSERT_LT(parsed.error.offset, text.size());
            ASSERT_GE(parsed.error.length, 1U);
            ASSERT_LE(parsed.error.offset + parsed.error.length, text.size());
        }
        const std::size_t most = random() % 400;
        const std::string safe = printable(text, most);
        ASSERT_EQ(printable(safe, safe.size()), safe);
        ASSERT_LE(safe.size(), most + 3);
        for (const char c : safe)
            ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
}

TEST(EscapesTest, RandomBytesComeBack) {
    random_bytes_come_back(1);
    const std::uint64_t seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    random_bytes_come_back(seed);
}

TEST(PrintableTest, KeepsTextAndShowsWhatWouldActOnATerminal) {
    struct Case {
        std::string_view text;
        std::string_view printed;
    };
    const Case cases[] = {
        {"", ""},
        {"plain \\ \"text\" ##%n%s", "plain \\ \"text\" ##%n%s"},
        {"\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80", "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\x1b[2J\x1b]0;t\x07", "\\x1b[2J\\x1b]0;t\\x07"},
        {"a\nb\r\tc\0d"sv, "a\\x0ab\\x0d\\x09c\\x00d"},
        {"\x7f", "\\x7f"},
        {"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u{0080}\\u{009b}\\u{009f}\xc2\xa0"},
        {"\x9b", "\\x9b"},
        {"\xe2\x80\xaa\xe2\x80\xae", "\\u{202a}\\u{202e}"},
        {"\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}"},
        {"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\u{200e}\\u{200f}\\u{061c}"},
        {"\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}"},
        {"\xff\xfe", "\\xff\\xfe"},
        {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong
        {"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},           // overlong
        {"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},  // overlong
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // surrogate
        {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above U+10FFFF
        {"\xe2\x82", "\\xe2\\x82"},                    // cut short
        {"\xe2\x82\x41", "\\xe2\\x82\x41"},
        {"\xc3", "\\xc3"},
        {"\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf", "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"},
    };
    for (const Case& c : cases)
        EXPECT_EQ(printable(c.text), c.printed);
}

TEST(PrintableTest, CutsBetweenCharactersAndEscapesOnly) {
    EXPECT_EQ(printable("abcdef", 6), "abcdef");
    EXPECT_EQ(printable("abcdef", 5), "abcde...");
    EXPECT_EQ(printable("abc", 0), "...");
    EXPECT_EQ(printable("", 0), "");
    EXPECT_EQ(printable("ab\xe2\x82\xac", 5), "ab\xe2\x82\xac");
    EXPECT_EQ(printable("ab\xe2\x82\xac", 4), "ab...");
    EXPECT_EQ(printable("ab\xe2\x82\xac", 3), "ab...");
    EXPECT_EQ(printable("a\x1b", 4), "a...");
    EXPECT_EQ(printable("a\x1b", 5), "a\\x1b");
    EXPECT_EQ(printable("\xe2\x80\xaex", 7), "...");
    EXPECT_EQ(printable(std::string(1000, 'x')), std::string(512, 'x') + "...");
}

}  // namespace
