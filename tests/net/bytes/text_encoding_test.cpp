#include "net/bytes/text_encoding.h"

#include <algorithm>
#include <cstdio>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "tests/net/bytes/random_text.h"

namespace net::bytes {

void PrintTo(const TextCell& cell, std::ostream* out) {
    *out << cell.offset << "+" << int{cell.bytes} << ":" << std::hex
         << static_cast<std::uint32_t>(cell.code_point) << std::dec
         << (cell.is_valid ? "" : " invalid");
}

}  // namespace net::bytes

namespace {

using namespace net::bytes;
using namespace std::string_view_literals;

using Bytes = std::vector<std::uint8_t>;
using Cells = std::vector<TextCell>;

Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

std::vector<TextEncoding> all_encodings() {
    std::vector<TextEncoding> all;
    for (std::size_t i = 0; i < kTextEncodings; ++i)
        all.push_back(static_cast<TextEncoding>(i));
    return all;
}

Cells decode(TextEncoding encoding, std::span<const std::uint8_t> all) {
    TextDecoder decoder(encoding);
    Cells cells;
    decoder.decode(all, cells);
    decoder.finish(cells);
    return cells;
}

// "A 4e2d !e4": code points, and invalid bytes after a mark.
std::string told(const Cells& cells) {
    std::string text;
    for (const TextCell& cell : cells) {
        std::array<char, 16> one{};
        std::snprintf(one.data(), one.size(), "%s%x", cell.is_valid ? "" : "!",
                      static_cast<unsigned>(cell.code_point));
        text += (text.empty() ? "" : " ") + std::string(one.data());
    }
    return text;
}

void expect_covered(const Cells& cells, std::span<const std::uint8_t> all, std::uint64_t begin) {
    std::uint64_t next = begin;
    for (const TextCell& cell : cells) {
        ASSERT_EQ(cell.offset, next);
        ASSERT_GE(cell.bytes, 1);
        ASSERT_LE(cell.bytes, 4);
        if (!cell.is_valid) {
            ASSERT_EQ(cell.bytes, 1);
            ASSERT_EQ(cell.code_point, all[cell.offset - begin]);
        } else {
            ASSERT_TRUE(cell.code_point < 0xD800 ||
                        (cell.code_point >= 0xE000 && cell.code_point < 0x110000));
        }
        next += cell.bytes;
    }
    ASSERT_EQ(next, begin + all.size());
}

TEST(TextEncodings, HaveNamesThatAreFoundAgain) {
    for (const TextEncoding encoding : all_encodings()) {
        EXPECT_EQ(text_encoding(name(encoding)), encoding);
        EXPECT_TRUE(is_available(encoding)) << name(encoding);
    }
    EXPECT_EQ(text_encoding("EBCDIC"), std::nullopt);
    EXPECT_EQ(name(TextEncoding::kWindows1258), "Windows-1258");
}

TEST(TextDecoding, KnownAnswers) {
    struct Case {
        TextEncoding encoding;
        std::string_view bytes;
        std::string_view told;
    };
    using E = TextEncoding;
    for (const Case& one : std::initializer_list<Case>{
             {E::kUtf8, "A\xe4\xb8\xad\xf0\x9f\x98\x80\xc3\xa9", "41 4e2d 1f600 e9"},
             {E::kUtf8, "\0\x7f"sv, "0 7f"},
             {E::kGb18030, "\xd6\xd0\xce\xc4", "4e2d 6587"},
             {E::kGb18030, "\x81\x30\x81\x30\x94\x39\xda\x33\xe3\x32\x9a\x35", "80 1f4a9 10ffff"},
             {E::kGb18030, "\x81\x30\x81\x41", "!81 30 4e04"},
             {E::kGb18030, "\xe3\x32\x9a\x36", "!e3 32 !9a 36"},
             {E::kGbk, "\xd6\xd0\xce\xc4\x80", "4e2d 6587 20ac"},
             {E::kBig5, "\xa4\xa4\xa4\xe5", "4e2d 6587"},
             {E::kShiftJis, "\x93\xfa\x96\x7b\xb1\x5c", "65e5 672c ff71 5c"},
             {E::kShiftJis, "\x81\x20", "!81 20"},
             {E::kEucKr, "\xc7\xd1\xb1\xdb", "d55c ae00"},
             {E::kEucKr, "\x8c\x63", "b620"},  // of code page 949 alone
             {E::kUtf16Le, "A\0-N\x3d\xd8\x00\xde"sv, "41 4e2d 1f600"},
             {E::kUtf16Be, "\0AN-\xd8\x3d\xde\x00"sv, "41 4e2d 1f600"},
             {E::kLatin1, "\x80\xe9\xff", "80 e9 ff"},
             {E::kWindows1250, "\x9e\xf9", "17e 16f"},
             {E::kWindows1251, "\xcf\xf0", "41f 440"},
             {E::kWindows1252, "\x80\x81\x93", "20ac !81 201c"},
             {E::kWindows1253, "\xe1\xff", "3b1 !ff"},
             {E::kWindows1254, "\xfe\xf0", "15f 11f"},
             {E::kWindows1255, "\xe0\xcc\xd9", "5d0 5bc !d9"},  // a letter and its mark are two
             {E::kWindows1256, "\xc7\xfd", "627 200e"},
             {E::kWindows1257, "\xe0", "105"},
             {E::kWindows1258, "\xd5\xec\xfe", "1a0 301 20ab"}}) {
        EXPECT_EQ(told(decode(one.encoding, bytes(one.bytes))), one.told) << name(one.encoding);
    }
}

TEST(TextDecoding, AnInvalidByteIsACellOfItsOwnAndWhatFollowsIsReadAfresh) {
    struct Case {
        std::string_view bytes;
        std::string_view told;
    };
    for (const Case& one : std::initializer_list<Case>{{"\xe4"
                                                        "A",
                                                        "!e4 41"},
                                                       {"\xe4\xb8"
                                                        "A",
                                                        "!e4 !b8 41"},
                                                       {"\xe4\xb8\xe4\xb8\xad", "!e4 !b8 4e2d"},
                                                       {"\x80\xbf", "!80 !bf"},
                                                       {"\xc0\x80\xc1\xbf", "!c0 !80 !c1 !bf"},
                                                       {"\xe0\x9f\xbf", "!e0 !9f !bf"},
                                                       {"\xed\xa0\x80", "!ed !a0 !80"},
                                                       {"\xf0\x8f\xbf\xbf", "!f0 !8f !bf !bf"},
                                                       {"\xf4\x90\x80\x80", "!f4 !90 !80 !80"},
                                                       {"\xf5\xff\xfe", "!f5 !ff !fe"},
                                                       {"\xf0\x9f\x98", "!f0 !9f !98"},
                                                       {"\xef\xbf\xbf\xef\xbb\xbf", "ffff feff"}}) {
        EXPECT_EQ(told(decode(TextEncoding::kUtf8, bytes(one.bytes))), one.told);
    }
}

TEST(TextDecoding, HalfAPairOfUtf16CostsItsOwnUnitAlone) {
    EXPECT_EQ(told(decode(TextEncoding::kUtf16Le, bytes("\x3d\xd8"
                                                        "A\0"sv))),
              "!3d !d8 41");
    EXPECT_EQ(told(decode(TextEncoding::kUtf16Le, bytes("\x00\xde"
                                                        "A\0"sv))),
              "!0 !de 41");
    EXPECT_EQ(told(decode(TextEncoding::kUtf16Be, bytes("\xd8\x3d\xd8\x3d\xde\x00"sv))),
              "!d8 !3d 1f600");
    EXPECT_EQ(told(decode(TextEncoding::kUtf16Be, bytes("\xd8\x3d\xde"sv))), "!d8 !3d !de");
    EXPECT_EQ(told(decode(TextEncoding::kUtf16Be, bytes("\0A\0"sv))), "41 !0");
}

// COMTool #188, WindTerm #264: a character that two reads share lost its first half.
TEST(TextDecoding, NoCutChangesACell) {
    for (const TextEncoding encoding : all_encodings()) {
        SCOPED_TRACE(name(encoding));
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            const Bytes all = tests::random_text(seed, 10 + seed * 5);
            const Cells whole = decode(encoding, all);
            ASSERT_NO_FATAL_FAILURE(expect_covered(whole, all, 0));
            for (std::size_t cut = 0; cut <= all.size(); ++cut) {
                TextDecoder decoder(encoding);
                Cells cells;
                decoder.decode(std::span(all).first(cut), cells);
                ASSERT_LE(decoder.waiting_bytes(), 3U);
                ASSERT_EQ((cells.empty() ? 0 : cells.back().offset + cells.back().bytes) +
                              decoder.waiting_bytes(),
                          cut);
                decoder.decode(std::span(all).subspan(cut), cells);
                decoder.finish(cells);
                ASSERT_EQ(cells, whole) << "seed " << seed << ", cut at " << cut;
            }
            TextDecoder decoder(encoding);
            Cells cells;
            for (const std::uint8_t& byte : all)
                decoder.decode({&byte, 1}, cells);
            decoder.finish(cells);
            ASSERT_EQ(cells, whole) << "seed " << seed << ", a byte at a time";
        }
    }
}

TEST(TextDecoding, OffsetsCountFromWhereTheStreamWasReset) {
    TextDecoder decoder(TextEncoding::kUtf8);
    Cells cells;
    decoder.decode(bytes("x\xe4\xb8"), cells);
    EXPECT_EQ(decoder.waiting_bytes(), 2U);
    cells.clear();
    decoder.reset(std::uint64_t{1} << 40U);
    EXPECT_EQ(decoder.waiting_bytes(), 0U);
    decoder.decode(bytes("\xad"
                         "a\xc3"),
                   cells);
    decoder.decode(bytes("\xa9"), cells);
    const std::uint64_t begin = std::uint64_t{1} << 40U;
    EXPECT_EQ(
        cells,
        (Cells{{begin, 0xAD, 1, false}, {begin + 1, 'a', 1, true}, {begin + 2, 0xE9, 2, true}}));
}

TEST(SureBoundary, DecodingFromThereGivesTheCellsOfTheWhole) {
    for (const TextEncoding encoding : all_encodings()) {
        SCOPED_TRACE(name(encoding));
        std::mt19937_64 random(7);
        std::size_t found = 0;
        std::size_t asked = 0;
        for (std::uint64_t seed = 100; seed < 140; ++seed) {
            const Bytes all = tests::random_text(seed, 300);
            const Cells whole = decode(encoding, all);
            for (int i = 0; i < 40; ++i) {
                const std::size_t end = random() % (all.size() + 1);
                const std::size_t begin = end - std::min<std::size_t>(end, random() % 40);
                const auto sure =
                    sure_boundary(encoding, std::span(all).subspan(begin, end - begin), begin);
                ++asked;
                if (!sure) continue;
                ++found;
                ASSERT_LE(*sure, end - begin);
                TextDecoder decoder(encoding);
                decoder.reset(begin + *sure);
                Cells cells;
                decoder.decode(std::span(all).subspan(begin + *sure), cells);
                decoder.finish(cells);
                const auto from = std::find_if(
                    whole.begin(), whole.end(),
                    [&](const TextCell& cell) { return cell.offset >= begin + *sure; });
                ASSERT_EQ(cells, Cells(from, whole.end()))
                    << "seed " << seed << ", " << begin << " to " << end << ", sure " << *sure;
            }
        }
        EXPECT_GT(found * 10, asked * 6) << "of " << asked;
    }
}

TEST(SureBoundary, IsNearTheEnd) {
    const auto sure = [](TextEncoding encoding, std::string_view before) {
        return sure_boundary(encoding, bytes(before), 1'000'000);
    };
    EXPECT_EQ(sure(TextEncoding::kUtf8, "ab\xe4\xb8"), 2U);
    EXPECT_EQ(sure(TextEncoding::kUtf8, "ab\xe4\xb8\xad"), 5U);
    EXPECT_EQ(sure(TextEncoding::kUtf8, "\xb8\xad"), std::nullopt);
    EXPECT_EQ(sure(TextEncoding::kUtf8, "\xb8\xad\xad\xad"), 4U);
    EXPECT_EQ(sure(TextEncoding::kUtf8, ""), std::nullopt);
    EXPECT_EQ(sure(TextEncoding::kGbk, " \xd6\xd0\xce\xc4\xd6"), 5U);
    EXPECT_EQ(sure(TextEncoding::kGbk, "\xd6\xd0\xce\xc4"), std::nullopt);
    EXPECT_EQ(sure_boundary(TextEncoding::kGbk, bytes("\xd6\xd0\xce\xc4"), 0), 4U);
    EXPECT_EQ(sure(TextEncoding::kGb18030, " \x81\x30\x81"), 1U);
    EXPECT_EQ(sure(TextEncoding::kUtf16Le, "A\0B\0C"sv), 4U);
    EXPECT_EQ(sure_boundary(TextEncoding::kUtf16Le, bytes("\0B\0C\0"sv), 1'000'001), 5U);
    EXPECT_EQ(sure(TextEncoding::kUtf16Le, "A\0\x3d\xd8"sv), 2U);
    EXPECT_EQ(sure(TextEncoding::kLatin1, "abc"), 3U);
}

// ---- Beside python's decoders ----

struct PythonCodec {
    TextEncoding encoding;
    const char* codec;
    const char* left_out = "";  // bytes of which the two are of different minds
};

class BesidePython : public testing::TestWithParam<PythonCodec> {};

Bytes from_hex(std::string_view hex) {
    Bytes all;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        all.push_back(
            static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
    return all;
}

// Python has GB18030 of the year 2000. Since then some codes that were private have got characters, which had other codes before.
bool is_moved(char32_t c) {
    return (c >= 0xE78D && c <= 0xE864) || (c >= 0x9FB4 && c <= 0x9FBB) ||
           (c >= 0xFE10 && c <= 0xFE19);
}

TEST_P(BesidePython, TheSameCodesAreTheSameCharacters) {
    const auto& [encoding, codec, left_out] = GetParam();
    const std::string command = "python3 tests/net/bytes/python_text.py '" +
                                std::string(name(encoding)) + "' " + codec + " " + left_out;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    ASSERT_TRUE(pipe);
    std::array<char, 4096> line{};
    std::size_t codes = 0;
    std::size_t texts = 0;
    while (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) != nullptr) {
        std::istringstream words(line.data());
        std::string kind;
        std::string hex;
        std::string expected;
        words >> kind >> hex >> expected;
        const Bytes all = from_hex(hex);
        const Cells cells = decode(encoding, all);
        if (kind == "code") {
            ++codes;
            const auto code_point = static_cast<char32_t>(std::stoul(expected, nullptr, 16));
            ASSERT_FALSE(cells.empty()) << hex;
            if (encoding == TextEncoding::kGb18030 &&
                (is_moved(code_point) || is_moved(cells.front().code_point)))
                continue;
            ASSERT_EQ(cells, (Cells{{0, code_point, static_cast<std::uint8_t>(all.size()), true}}))
                << hex;
            continue;
        }
        ++texts;
        if (encoding == TextEncoding::kGb18030)
            continue;  // it gives up four bytes where we give up one
        std::string ours;
        for (const TextCell& cell : cells) {
            std::array<char, 16> one{};
            std::snprintf(one.data(), one.size(), "%s%x", ours.empty() ? "" : ",",
                          static_cast<unsigned>(cell.code_point) + (cell.is_valid ? 0U : 0xDC00U));
            ours += one.data();
        }
        ASSERT_EQ(ours, expected) << hex;
    }
    EXPECT_GT(codes, 120U);
    EXPECT_EQ(texts, 500U);
}

INSTANTIATE_TEST_SUITE_P(
    All,
    BesidePython,
    testing::Values(PythonCodec{TextEncoding::kUtf8, "utf-8"},
                    PythonCodec{TextEncoding::kGb18030, "gb18030"},
                    PythonCodec{TextEncoding::kGbk, "gbk", "80"},
                    // User-defined characters, where Microsoft's table has kana.
                    PythonCodec{TextEncoding::kBig5, "cp950", "80c6c7c8"},
                    PythonCodec{TextEncoding::kShiftJis, "cp932", "80a0fdfeff"},
                    PythonCodec{TextEncoding::kEucKr, "cp949"},
                    PythonCodec{TextEncoding::kUtf16Le, "utf-16-le"},
                    PythonCodec{TextEncoding::kUtf16Be, "utf-16-be"},
                    PythonCodec{TextEncoding::kLatin1, "latin-1"},
                    PythonCodec{TextEncoding::kWindows1250, "cp1250"},
                    PythonCodec{TextEncoding::kWindows1251, "cp1251"},
                    PythonCodec{TextEncoding::kWindows1252, "cp1252"},
                    PythonCodec{TextEncoding::kWindows1253, "cp1253"},
                    PythonCodec{TextEncoding::kWindows1254, "cp1254"},
                    PythonCodec{TextEncoding::kWindows1255, "cp1255"},
                    PythonCodec{TextEncoding::kWindows1256, "cp1256"},
                    PythonCodec{TextEncoding::kWindows1257, "cp1257"},
                    PythonCodec{TextEncoding::kWindows1258, "cp1258"}),
    [](const auto& one) {
        std::string text(name(one.param.encoding));
        std::erase_if(text, [](char c) { return c == '-' || c == ' '; });
        return text;
    });

}  // namespace
