#include <random>
#include <set>

#include "tests/net/bytes/composition_fixture.h"

namespace {

using namespace net::bytes;
using namespace std::string_view_literals;
using tests::Bytes;
using tests::bytes_of;
using tests::composed;
using tests::hex;
using tests::hex_of;
using tests::text;

constexpr std::int64_t kTime = 1'700'000'000'123'456'789;  // 2023-11-14T22:13:20Z and something

ComposeText in(TextEncoding encoding, ComposeText typed) {
    typed.encoding = encoding;
    return typed;
}

// ---- Text, hex and endings ----

TEST(Compose, TextIsItsBytesAndEscapesAreTheirs) {
    EXPECT_EQ(composed(text("Hi\\r\\n\\x00\\\\")), "48 69 0d 0a 00 5c");
    EXPECT_EQ(composed(text("")), "");
    EXPECT_EQ(composed(text("中")), "e4 b8 ad");
    EXPECT_EQ(composed(hex("48 69,0x0A0d")), "48 69 0a 0d");
}

TEST(Compose, TextIsWrittenInItsEncoding) {
    EXPECT_EQ(composed(in(TextEncoding::kGbk, text("中文a"))), "d6 d0 ce c4 61");
    EXPECT_EQ(composed(in(TextEncoding::kBig5, text("中文"))), "a4 a4 a4 e5");
    EXPECT_EQ(composed(in(TextEncoding::kUtf16Le, text("a\\n😀"))), "61 00 0a 00 3d d8 00 de");
    EXPECT_EQ(composed(in(TextEncoding::kUtf16Be, text("a\\xff中"))), "00 61 ff 4e 2d");
    EXPECT_EQ(composed(in(TextEncoding::kLatin1, text("é"))), "e9");
    EXPECT_EQ(composed(in(TextEncoding::kGbk, hex("d6 d0"))), "d6 d0");
}

TEST(Compose, EndingsAreWrittenInTheEncodingOfTheText) {
    const auto ended = [](LineEnding ending, TextEncoding encoding) {
        ComposeText typed = in(encoding, text("a"));
        typed.ending = ending;
        typed.own_ending = "<EOF>\\x7f";
        return composed(typed);
    };
    EXPECT_EQ(ended(LineEnding::kNone, TextEncoding::kUtf8), "61");
    EXPECT_EQ(ended(LineEnding::kCr, TextEncoding::kUtf8), "61 0d");
    EXPECT_EQ(ended(LineEnding::kLf, TextEncoding::kUtf8), "61 0a");
    EXPECT_EQ(ended(LineEnding::kCrLf, TextEncoding::kUtf8), "61 0d 0a");
    EXPECT_EQ(ended(LineEnding::kNul, TextEncoding::kUtf8), "61 00");
    EXPECT_EQ(ended(LineEnding::kOwn, TextEncoding::kUtf8), "61 " + hex_of("<EOF>\x7f"));
    EXPECT_EQ(ended(LineEnding::kCrLf, TextEncoding::kUtf16Le), "61 00 0d 00 0a 00");
    EXPECT_EQ(ended(LineEnding::kNul, TextEncoding::kUtf16Be), "00 61 00 00");
}

TEST(Compose, AllBytesRoundTripThroughEscapesAndHexInEveryEncoding) {
    for (std::size_t encoding = 0; encoding < kTextEncodings; ++encoding) {
        for (unsigned first = 0; first < 256; ++first) {
            // Each with every other behind it, and a space (of UTF-16 none) after the two.
            Bytes bytes;
            for (unsigned second = 0; second < 256; ++second) {
                for (const unsigned byte : {first, second, 0x20U, 0x20U})
                    bytes.push_back(static_cast<std::uint8_t>(byte));
            }
            const ComposeText typed = in(static_cast<TextEncoding>(encoding), hex(to_hex(bytes)));
            const auto as_text = rewritten(typed, false);
            ASSERT_TRUE(as_text) << name(typed.encoding) << first;
            ComposeText other = typed;
            other.is_hex = false;
            other.text = *as_text;
            ASSERT_EQ(composed(other), typed.text) << name(typed.encoding) << *as_text;
            ASSERT_EQ(rewritten(other, true), typed.text) << name(typed.encoding) << *as_text;
        }
    }
}

// ---- Placeholders ----

TEST(Compose, TheCounterIsTheSoManiethSending) {
    const ComposeMoment moment{.count = 0x1234};
    EXPECT_EQ(composed(text("\\{counter}"), moment), hex_of("4660"));
    EXPECT_EQ(composed(text("<\\{counter:08}>"), moment), hex_of("<00004660>"));
    EXPECT_EQ(composed(text("\\{counter:02}"), moment), hex_of("4660"));
    EXPECT_EQ(composed(text("\\{counter:020}"), {.count = UINT64_MAX}),
              hex_of("18446744073709551615"));
    EXPECT_EQ(composed(text("\\{counter:x}"), {.count = 0xbeef}), hex_of("beef"));
    EXPECT_EQ(composed(text("\\{counter:06x}"), {.count = 0xbeef}), hex_of("00beef"));
    EXPECT_EQ(composed(text("\\{counter:u8}"), moment), "34") << "modulo what it holds";
    EXPECT_EQ(composed(text("\\{counter:u16le}"), moment), "34 12");
    EXPECT_EQ(composed(text("\\{counter:u16be}"), moment), "12 34");
    EXPECT_EQ(composed(text("\\{counter:u32le}"), moment), "34 12 00 00");
    EXPECT_EQ(composed(text("\\{counter:u32be}"), moment), "00 00 12 34");
    EXPECT_EQ(composed(text("\\{counter:u64le}"), moment), "34 12 00 00 00 00 00 00");
    EXPECT_EQ(composed(text("\\{counter:u64be}"), moment), "00 00 00 00 00 00 12 34");
}

TEST(Compose, TheTimeIsThatOfTheSending) {
    const ComposeMoment moment{.time_ns = kTime};
    EXPECT_EQ(composed(text("\\{time}"), moment), hex_of("2023-11-14T22:13:20.123Z"));
    EXPECT_EQ(composed(text("\\{time:s}"), moment), hex_of("1700000000"));
    EXPECT_EQ(composed(text("\\{time:ms}"), moment), hex_of("1700000000123"));
    EXPECT_EQ(composed(text("\\{time:ns}"), moment), hex_of("1700000000123456789"));
    EXPECT_EQ(composed(text("\\{time:u32be}"), moment), "65 53 f1 00");
    EXPECT_EQ(composed(text("\\{time:u32le}"), moment), "00 f1 53 65");
    EXPECT_EQ(composed(text("\\{time:u64be}"), moment), "00 00 00 00 65 53 f1 00");
    EXPECT_EQ(composed(text("\\{time:u64le}"), moment), "00 f1 53 65 00 00 00 00");
    EXPECT_EQ(composed(text("\\{time}"), {.time_ns = -1}), hex_of("1969-12-31T23:59:59.999Z"));
    EXPECT_EQ(composed(text("\\{time:s}"), {.time_ns = -1}), hex_of("-1"));
    EXPECT_EQ(composed(text("\\{time}"), {.time_ns = INT64_MIN}),
              hex_of("1677-09-21T00:12:43.145Z"));
    EXPECT_EQ(composed(text("\\{time}"), {.time_ns = INT64_MAX}),
              hex_of("2262-04-11T23:47:16.854Z"));
}

TEST(Compose, RandomBytesAreNewEachTimeAndZerosInAPreview) {
    EXPECT_EQ(composed(text("a\\{random:3}b")), "61 00 00 00 62");
    std::mt19937_64 random(7);
    std::mt19937_64 same(7);
    const ComposeMoment moment{.random = &random};
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i)
        seen.insert(composed(text("\\{random:16}"), moment));
    EXPECT_EQ(seen.size(), 100U);
    EXPECT_TRUE(seen.contains(composed(text("\\{random:16}"), {.random = &same})))
        << "the same seed, the same bytes";
    EXPECT_EQ(composed(text("\\{random:65536}")).size(), 65'536U * 3 - 1);
}

TEST(Compose, PlaceholdersStandInHexAndInTheEncodingToo) {
    const ComposeMoment moment{.count = 5};
    EXPECT_EQ(composed(hex("02 \\{counter:02} 03"), moment), "02 30 35 03");
    EXPECT_EQ(composed(hex("02\\{counter:u8}03"), moment), "02 05 03");
    EXPECT_EQ(composed(in(TextEncoding::kUtf16Le, text("n\\{counter}")), moment), "6e 00 35 00");
    EXPECT_EQ(composed(in(TextEncoding::kUtf16Be, text("\\{counter:u16le}")), moment), "05 00");
    EXPECT_EQ(composed(text("\\\\{counter}"), moment), hex_of("\\{counter}"))
        << "an escaped backslash begins no placeholder";
    ComposeText ended = text("a");
    ended.ending = LineEnding::kOwn;
    ended.own_ending = "#\\{counter}";
    EXPECT_EQ(composed(ended, moment), hex_of("a#5"));
}

TEST(Compose, OnlyPlaceholdersMakeASendingChange) {
    const auto is_constant = [](const ComposeText& typed) {
        return parse(typed).composition->is_constant();
    };
    ComposeText framed = text("abc");
    framed.length = LengthKind::kU32;
    framed.has_checksum = true;
    EXPECT_TRUE(is_constant(framed));
    EXPECT_TRUE(is_constant(text("")));
    for (const char* typed : {"a\\{counter}", "\\{time}", "\\{random:1}b"})
        EXPECT_FALSE(is_constant(text(typed))) << typed;
    EXPECT_EQ(parse(hex("01 02")).composition.value, parse(text("\\x01\\x02")).composition.value);
}

// ---- Errors ----

struct Wrong {
    std::string_view typed;
    std::size_t offset;
    std::size_t length;
    std::string_view says;
};

void expect_wrong(const ComposeText& typed, const Wrong& wrong, bool is_in_ending = false) {
    const ComposeParsed parsed = parse(typed);
    ASSERT_FALSE(parsed.composition) << wrong.typed;
    EXPECT_EQ(parsed.composition.error.offset, wrong.offset) << wrong.typed;
    EXPECT_EQ(parsed.composition.error.length, wrong.length) << wrong.typed;
    EXPECT_NE(parsed.composition.error.message.find(wrong.says), std::string::npos)
        << wrong.typed << ": " << parsed.composition.error.message;
    EXPECT_EQ(parsed.error_is_in_ending, is_in_ending);
}

TEST(Compose, WhatIsWrongInTextIsNamedAtItsPlace) {
    const Wrong cases[] = {
        {"ab\\q", 2, 2, "is not an escape"},
        {"中\\{counter}\\q", 13, 2, "is not an escape"},
        {"a\\{count}b", 1, 8, "\"\\{count}\" is no placeholder; the placeholders are"},
        {"\\{}", 0, 3, "is no placeholder"},
        {"\\{counter:}", 0, 11, "is no placeholder"},
        {"\\{counter:8}", 0, 12, "(01 to 20 digits)"},
        {"\\{counter:00}", 0, 13, "(01 to 20 digits)"},
        {"\\{counter:021}", 0, 14, "(01 to 20 digits)"},
        {"\\{counter:0020}", 0, 15, "(01 to 20 digits)"},
        {"\\{counter:u16}", 0, 14, "u16le"},
        {"\\{counter:X}", 0, 12, "is no placeholder"},
        {"\\{time:u8}", 0, 10, "\\{time:ms}"},
        {"\\{time:us}", 0, 10, "\\{time:ms}"},
        {"\\{random}", 0, 9, "N from 1 to 65536"},
        {"\\{random:0}", 0, 11, "N from 1 to 65536"},
        {"\\{random:65537}", 0, 15, "N from 1 to 65536"},
        {"\\{random:-1}", 0, 12, "N from 1 to 65536"},
        {"\\{random:99999999999999999999}", 0, 30, "N from 1 to 65536"},
        {"ab\\{counter", 2, 9, "ends with }"},
        {"ab\xff", 2, 1, "no UTF-8"},
    };
    for (const Wrong& wrong : cases)
        expect_wrong(text(wrong.typed), wrong);
    expect_wrong(text("\\{\x1b[2J}"), {"escape", 0, 7, "\\x1b[2J"});
}

TEST(Compose, WhatIsWrongInHexIsNamedAtItsPlace) {
    const Wrong cases[] = {
        {"48 6", 3, 1, "second hex digit"},         {"48 \\{counter} 4g", 15, 1, "not a hex digit"},
        {"4\\{counter}", 0, 1, "second hex digit"}, {"48 \\n", 3, 1, "not a hex digit"},
        {"48 \\{tim}", 3, 6, "no placeholder"},
    };
    for (const Wrong& wrong : cases)
        expect_wrong(hex(wrong.typed), wrong);
}

TEST(Compose, ACharacterThatTheEncodingDoesNotHaveIsNamed) {
    expect_wrong(in(TextEncoding::kLatin1, text("aé中")), {"", 3, 3, "Latin-1 has no \"中\""});
    expect_wrong(in(TextEncoding::kShiftJis, text("\\{counter}é")),
                 {"", 10, 2, "Shift-JIS has no \"é\""});
}

TEST(Compose, WhatIsWrongInTheEndingIsSaidOfTheEnding) {
    ComposeText typed = text("abc");
    typed.own_ending = "12\\q";
    EXPECT_EQ(composed(typed), hex_of("abc")) << "an ending that is not chosen is not read";
    typed.ending = LineEnding::kOwn;
    expect_wrong(typed, {"ending", 2, 2, "is not an escape"}, true);
}

TEST(Compose, SizesAreBounded) {
    const std::string most(kMostComposeTextBytes, 'a');
    EXPECT_EQ(composed(text(most)).size(), most.size() * 3 - 1);
    expect_wrong(text(most + "bc"), {"long", kMostComposeTextBytes, 2, "1 MiB"});
    std::string many;
    while (many.size() < 70 * 15)
        many += "\\{random:65536}";
    // 64 of them are 4 MiB.
    expect_wrong(text(many), {"random", 64 * 15, 15, "4 MiB"});
    EXPECT_EQ(composed(text(many.substr(0, 64 * 15))).size(), kMostComposedBytes * 3 - 1);
}

// ---- Length and checksum ----

ComposeText with_length(ComposeText typed,
                        LengthKind kind,
                        bool is_big_endian = true,
                        bool counts_itself = false) {
    typed.length = kind;
    typed.length_is_big_endian = is_big_endian;
    typed.length_counts_itself = counts_itself;
    return typed;
}

TEST(Compose, TheLengthStandsBeforeTheText) {
    EXPECT_EQ(composed(with_length(text("abc"), LengthKind::kU8)), "03 61 62 63");
    EXPECT_EQ(composed(with_length(text("abc"), LengthKind::kU16)), "00 03 61 62 63");
    EXPECT_EQ(composed(with_length(text("abc"), LengthKind::kU16, false)), "03 00 61 62 63");
    EXPECT_EQ(composed(with_length(text("a"), LengthKind::kU32, true)), "00 00 00 01 61");
    EXPECT_EQ(composed(with_length(text("a"), LengthKind::kU64, false)),
              "01 00 00 00 00 00 00 00 61");
    EXPECT_EQ(composed(with_length(text("abc"), LengthKind::kU16, true, true)), "00 05 61 62 63");
    EXPECT_EQ(composed(with_length(text(""), LengthKind::kU8)), "00");
}

TEST(Compose, TheLengthCountsEndingAndChecksum) {
    ComposeText typed = with_length(text("abc"), LengthKind::kU8);
    typed.ending = LineEnding::kCrLf;
    typed.has_checksum = true;
    typed.checksum = Checksum::kXor8;
    EXPECT_EQ(composed(typed), "06 61 62 63 0d 0a 61");  // 06^61^62^63^0d^0a
}

TEST(Compose, ALengthThatDoesNotFitItsPrefixIsNotSent) {
    const auto sized = [](std::size_t size, LengthKind kind, bool counts_itself) {
        return composed(with_length(text(std::string(size, 'a')), kind, true, counts_itself));
    };
    EXPECT_EQ(sized(255, LengthKind::kU8, false).substr(0, 5), "ff 61");
    EXPECT_EQ(sized(256, LengthKind::kU8, false),
              "error: the length is 256, and a prefix of 1 byte holds at most 255; choose a longer "
              "prefix or send less");
    EXPECT_EQ(sized(254, LengthKind::kU8, true).substr(0, 5), "ff 61");
    EXPECT_EQ(sized(255, LengthKind::kU8, true).substr(0, 28), "error: the length is 256, an");
    EXPECT_EQ(sized(65'535, LengthKind::kU16, false).substr(0, 8), "ff ff 61");
    EXPECT_EQ(sized(65'534, LengthKind::kU16, true).substr(0, 8), "error: t");
}

TEST(Compose, Leb128IsWhatDotNetWrites) {
    const auto prefix = [](std::size_t size, bool counts_itself) {
        const std::string all =
            composed(with_length(text(std::string(size, '\\') + std::string(size, '\\')),
                                 LengthKind::kLeb128, true, counts_itself));
        return all.substr(0, all.find(" 5c"));
    };
    EXPECT_EQ(prefix(1, false), "01");
    EXPECT_EQ(prefix(127, false), "7f");
    EXPECT_EQ(prefix(128, false), "80 01");
    EXPECT_EQ(prefix(300, false), "ac 02");
    EXPECT_EQ(prefix(16'383, false), "ff 7f");
    EXPECT_EQ(prefix(16'384, false), "80 80 01");
    // Counting itself may need one byte more for itself.
    EXPECT_EQ(prefix(126, true), "7f");
    EXPECT_EQ(prefix(127, true), "81 01");
    EXPECT_EQ(prefix(16'381, true), "ff 7f");
    EXPECT_EQ(prefix(16'382, true), "81 80 01");
}

ComposeText with_checksum(ComposeText typed, Checksum checksum, bool is_big_endian) {
    typed.has_checksum = true;
    typed.checksum = checksum;
    typed.checksum_is_big_endian = is_big_endian;
    return typed;
}

TEST(Compose, TheChecksumStandsBehindTheText) {
    const ComposeText digits = text("123456789");
    const std::string sent = hex_of("123456789");
    EXPECT_EQ(composed(with_checksum(digits, Checksum::kCrc16Modbus, false)), sent + " 37 4b");
    EXPECT_EQ(composed(with_checksum(digits, Checksum::kCrc16Modbus, true)), sent + " 4b 37");
    EXPECT_EQ(composed(with_checksum(digits, Checksum::kCrc32, true)), sent + " cb f4 39 26");
    EXPECT_EQ(composed(with_checksum(digits, Checksum::kLrc, false)), sent + " 23");
}

TEST(Compose, TheChecksumIsOverTheChosenRange) {
    const auto sum_of = [](std::uint32_t first, std::uint32_t last) {
        ComposeText typed = with_checksum(hex("01 02 04 08"), Checksum::kSum8, false);
        typed.checksum_first_byte = first;
        typed.checksum_last_byte = last;
        const std::string all = composed(typed);
        return all.starts_with("wrong") ? all : all.substr(all.size() - 2);
    };
    EXPECT_EQ(sum_of(0, kToTheEnd), "0f");
    EXPECT_EQ(sum_of(1, 2), "06");
    EXPECT_EQ(sum_of(3, 3), "08");
    EXPECT_EQ(sum_of(2, 100), "0c");
    EXPECT_EQ(sum_of(4, kToTheEnd), "00");
    EXPECT_EQ(sum_of(100, 200), "00");
    EXPECT_EQ(sum_of(0, kToTheEnd - 1), "0f");
    EXPECT_EQ(sum_of(2, 1),
              "wrong: the checksum's range ends before it begins (from byte 2 to byte 1)");
}

// ---- Rewriting ----

TEST(Compose, TextBecomesHexAndComesBackAsItWasTyped) {
    const auto hex_form = [](const ComposeText& typed) { return rewritten(typed, true); };
    EXPECT_EQ(hex_form(text("Hi 中\\r\\n")), "48 69 20 e4 b8 ad 0d 0a");
    EXPECT_EQ(hex_form(text("a\\{counter:08}b\\{time}")), "61 \\{counter:08} 62 \\{time}");
    EXPECT_EQ(hex_form(text("")), "");
    EXPECT_EQ(hex_form(in(TextEncoding::kGbk, text("中"))), "d6 d0");
    const auto text_form = [](ComposeText typed) { return rewritten(typed, false); };
    EXPECT_EQ(text_form(hex("48 69 20 e4 b8 ad 0d 0a 00 5c")), "Hi 中\\r\\n\\0\\\\");
    EXPECT_EQ(text_form(hex("61 \\{counter:08} , 62\\{time}")), "a\\{counter:08}b\\{time}");
    EXPECT_EQ(text_form(hex("5c \\{counter}")), "\\\\\\{counter}");
    EXPECT_EQ(text_form(hex("5c 7b 63 7d")), "\\\\{c}") << "no placeholder";
    EXPECT_EQ(text_form(hex("e4 b8 ff 1b e2 80 ae")), "\\xe4\\xb8\\xff\\x1b\\xe2\\x80\\xae");
    EXPECT_EQ(text_form(in(TextEncoding::kUtf16Le, hex("61 00 0a 00 2d 4e 00"))), "a\\n中\\x00");
    EXPECT_EQ(text_form(in(TextEncoding::kShiftJis, hex("93 fa 5c"))), "日\\\\");
    // What is written so already stays as it was typed.
    EXPECT_EQ(text_form(text("\\x41\\{counter}")), "\\x41\\{counter}");
    EXPECT_EQ(hex_form(hex("0x41,42")), "0x41,42");
}

TEST(Compose, WhatIsNotRightIsNotRewritten) {
    for (const char* typed : {"\\q", "a\\{count}", "\\{counter", "\xff"}) {
        EXPECT_FALSE(rewritten(text(typed), true)) << typed;
        EXPECT_FALSE(rewritten(text(typed), false)) << typed;
    }
    EXPECT_FALSE(rewritten(hex("4g"), false));
    EXPECT_FALSE(rewritten(text(std::string(kMostComposeTextBytes, 'a')), true))
        << "three times as long";
}

}  // namespace
