// What the bytes at a place could stand for.
#include "net/bytes/byte_values.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>

#include "tests/net/bytes/random_text.h"

namespace {

using namespace net::bytes;

using Bytes = std::vector<std::uint8_t>;

ByteValue value(std::string_view name, const Bytes& bytes) {
    for (ByteValue& one : byte_values(bytes)) {
        if (one.name == name) return std::move(one);
    }
    ADD_FAILURE() << "no row " << name;
    return {};
}

Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

template <typename Number>
Bytes big_endian(Number number) {
    Bytes all(sizeof(Number));
    for (std::size_t i = 0; i < sizeof(Number); ++i)
        all[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >>
                                           (8 * (sizeof(Number) - 1 - i)));
    return all;
}

TEST(ByteValues, IntegersInBothOrders) {
    const Bytes all{0xFE, 0xFF, 0x00, 0x80, 0x01, 0x02, 0x03, 0x84};
    EXPECT_EQ(value("int8", all).little, "-2");
    EXPECT_EQ(value("uint8", all).little, "254");
    EXPECT_FALSE(value("uint8", all).has_orders);
    EXPECT_EQ(value("int16", all).little, "-2");
    EXPECT_EQ(value("int16", all).big, "-257");
    EXPECT_EQ(value("uint16", all).little, "65534");
    EXPECT_EQ(value("uint16", all).big, "65279");
    EXPECT_EQ(value("int32", all).little, "-2147418114");
    EXPECT_EQ(value("uint32", all).big, "4278124672");
    EXPECT_EQ(value("int64", all).little,
              std::to_string(static_cast<std::int64_t>(0x840302018000FFFEULL)));
    EXPECT_EQ(value("uint64", all).little, std::to_string(0x840302018000FFFEULL));
    EXPECT_EQ(value("uint64", all).big, std::to_string(0xFEFF008001020384ULL));
    EXPECT_EQ(value("uint64", all).bytes, 8U);
}

TEST(ByteValues, FloatingPoint) {
    EXPECT_EQ(value("float64", big_endian(std::bit_cast<std::uint64_t>(0.1))).big, "0.1");
    EXPECT_EQ(value("float32", big_endian(std::bit_cast<std::uint32_t>(0.1F))).big, "0.1");
    EXPECT_EQ(value("float32", big_endian(0x7F800000U)).big, "inf");
    EXPECT_EQ(value("float32", big_endian(0xFF800000U)).big, "-inf");
    EXPECT_EQ(value("float32", big_endian(0x7FC00000U)).big, "nan");
    const auto half = [](std::uint16_t bits) { return value("float16", big_endian(bits)).big; };
    EXPECT_EQ(half(0x3C00), "1");
    EXPECT_EQ(half(0xC000), "-2");
    EXPECT_EQ(half(0x2E66), "0.1");
    EXPECT_EQ(half(0x7BFF), "65500");  // its neighbours are 65472 and infinity
    EXPECT_EQ(half(0x0001), "6e-08");
    EXPECT_EQ(half(0x0000), "0");
    EXPECT_EQ(half(0x8000), "-0");
    EXPECT_EQ(half(0x7C00), "inf");
    EXPECT_EQ(half(0x7E00), "nan");
    EXPECT_EQ(value("float16", {0x00, 0x3C}).little, "1");
}

TEST(ByteValues, EveryHalfIsToldFromItsNeighbours) {
    double before = -1;
    for (unsigned bits = 0; bits < 0x7C00; ++bits) {
        const std::string text = value("float16", big_endian(static_cast<std::uint16_t>(bits))).big;
        const double read = std::strtod(text.c_str(), nullptr);
        ASSERT_GT(read, before) << text;
        before = read;
    }
}

TEST(ByteValues, Leb128WithItsLength) {
    struct Case {
        Bytes bytes;
        std::string_view is_unsigned;
        std::string_view is_signed;
        std::uint32_t length;
    };
    for (const Case& one : std::initializer_list<Case>{
             {{0x00}, "0", "0", 1},
             {{0x7F, 0xFF}, "127", "-1", 1},
             {{0xE5, 0x8E, 0x26}, "624485", "624485", 3},
             {{0xC0, 0xBB, 0x78}, "1973696", "-123456", 3},
             {{0x80, 0x80, 0x00}, "0", "0", 3},
             {{0x80}, "", "", 0},
             {{}, "", "", 0},
             {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01},
              "18446744073709551615",
              "",
              10},
             {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00},
              "9223372036854775807",
              "9223372036854775807",
              10},
             {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F},
              "",
              "-9223372036854775808",
              10},
             {{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, "", "", 0}}) {
        const ByteValue is_unsigned = value("LEB128 unsigned", one.bytes);
        const ByteValue is_signed = value("LEB128 signed", one.bytes);
        EXPECT_EQ(is_unsigned.little, one.is_unsigned);
        EXPECT_EQ(is_signed.little, one.is_signed);
        EXPECT_EQ(is_unsigned.bytes, one.is_unsigned.empty() ? 0 : one.length);
        EXPECT_EQ(is_signed.bytes, one.is_signed.empty() ? 0 : one.length);
    }
}

TEST(ByteValues, BitsAndCharacters) {
    EXPECT_EQ(value("bits", {0xA5}).little, "1010 0101");
    EXPECT_EQ(value("UTF-8", bytes("A")).little, "U+0041 A");
    EXPECT_EQ(value("UTF-8", bytes("\xe4\xb8\xad-")).little, "U+4E2D \xe4\xb8\xad");
    EXPECT_EQ(value("UTF-8", bytes("\xf0\x9f\x98\x80")).little, "U+1F600 \xf0\x9f\x98\x80");
    EXPECT_EQ(value("UTF-8", bytes("\xf0\x9f\x98\x80")).bytes, 4U);
    EXPECT_EQ(value("UTF-8", bytes("\x1b")).little, "U+001B");
    EXPECT_EQ(value("UTF-8", bytes("\xe2\x80\xae")).little, "U+202E");
    EXPECT_EQ(value("UTF-8", bytes("\xe2\x80\xae")).bytes, 3U);
    EXPECT_EQ(value("UTF-8", bytes("\xff")).little, "");
    EXPECT_EQ(value("UTF-8", bytes("\xe4\xb8")).little, "");
    EXPECT_EQ(value("UTF-8", bytes("\xe4\xb8")).bytes, 0U);
}

TEST(ByteValues, TimesAreUtcAndWithinTheYears) {
    const auto time = [](std::int64_t seconds) {
        return value("time_t 64", big_endian(seconds)).big;
    };
    EXPECT_EQ(time(0), "1970-01-01T00:00:00Z");
    EXPECT_EQ(time(1'738'332'153), "2025-01-31T14:02:33Z");
    EXPECT_EQ(time(951'782'400), "2000-02-29T00:00:00Z");
    EXPECT_EQ(time(-1), "1969-12-31T23:59:59Z");
    EXPECT_EQ(time(-2'203'891'201), "1900-02-28T23:59:59Z");
    EXPECT_EQ(time(-2'203'891'200), "1900-03-01T00:00:00Z");
    EXPECT_EQ(time(253'402'300'799), "9999-12-31T23:59:59Z");
    EXPECT_EQ(time(253'402'300'800), "");
    EXPECT_EQ(time(-62'135'596'800), "0001-01-01T00:00:00Z");
    EXPECT_EQ(time(-62'135'596'801), "");
    EXPECT_EQ(time(std::numeric_limits<std::int64_t>::min()), "");
    EXPECT_EQ(value("time_t 32", big_endian(0x7FFFFFFFU)).big, "2038-01-19T03:14:07Z");
    EXPECT_EQ(value("time_t 32", big_endian(0x80000000U)).big, "1901-12-13T20:45:52Z");
    EXPECT_EQ(value("time_t 32", {0x01, 0, 0, 0}).little, "1970-01-01T00:00:01Z");
    const auto filetime = [](std::uint64_t ticks) {
        return value("FILETIME", big_endian(ticks)).big;
    };
    EXPECT_EQ(filetime(0), "1601-01-01T00:00:00.0000000Z");
    EXPECT_EQ(filetime(116'444'736'000'000'000), "1970-01-01T00:00:00.0000000Z");
    EXPECT_EQ(filetime(133'828'057'531'234'567), "2025-01-31T14:02:33.1234567Z");
    EXPECT_EQ(filetime(std::numeric_limits<std::uint64_t>::max()), "");
}

TEST(ByteValues, EveryDayOfFourCenturiesFollowsTheOneBefore) {
    // A calendar counted up day by day.
    int year = 1900;
    int month = 1;
    int day = 1;
    for (std::int64_t seconds = -2'208'988'800; year < 2301; seconds += 86'400) {
        std::array<char, 64> expected{};
        std::snprintf(expected.data(), expected.size(), "%04d-%02d-%02dT00:00:00Z", year, month,
                      day);
        ASSERT_EQ(value("time_t 64", big_endian(seconds)).big, expected.data());
        constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if (++day <= kDays[month - 1] + (month == 2 && is_leap ? 1 : 0)) continue;
        day = 1;
        if (++month <= 12) continue;
        month = 1;
        ++year;
    }
}

TEST(ByteValues, Addresses) {
    const Bytes all{0xC0, 0xA8, 0x00, 0x01, 0x0A, 0x0B, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};
    EXPECT_EQ(value("IPv4", all).little, "192.168.0.1");
    EXPECT_EQ(value("IPv6", all).little, "c0a8:1:a0b::1");
    EXPECT_EQ(value("IPv6", Bytes(16)).little, "::");
    EXPECT_EQ(value("MAC", all).little, "c0:a8:00:01:0a:0b");
    EXPECT_EQ(value("MAC", all).bytes, 6U);
    const Bytes uuid{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                     0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF};
    EXPECT_EQ(value("UUID", uuid).big, "00112233-4455-6677-8899-aabbccddeeff");
    EXPECT_EQ(value("UUID", uuid).little, "33221100-5544-7766-8899-aabbccddeeff");
}

TEST(ByteValues, TooFewBytesAreNoValueAndTheRowsStayTheSame) {
    const std::vector<ByteValue> full = byte_values(Bytes(64));
    for (std::size_t size = 0; size <= kMostValueBytes; ++size) {
        for (std::uint64_t seed = 0; seed < 50; ++seed) {
            const std::vector<ByteValue> values = byte_values(tests::random_text(seed, size));
            ASSERT_EQ(values.size(), full.size());
            for (std::size_t i = 0; i < values.size(); ++i) {
                const ByteValue& one = values[i];
                ASSERT_EQ(one.name, full[i].name);
                ASSERT_EQ(one.has_orders, full[i].has_orders);
                ASSERT_LE(one.bytes, size);
                ASSERT_EQ(one.bytes == 0, one.little.empty() && one.big.empty()) << one.name;
                ASSERT_TRUE(one.has_orders || one.big.empty());
            }
        }
    }
    // More than it needs changes nothing.
    const Bytes all = tests::random_text(3, 64);
    const std::vector<ByteValue> some = byte_values(std::span(all).first(kMostValueBytes));
    const std::vector<ByteValue> more = byte_values(all);
    for (std::size_t i = 0; i < some.size(); ++i)
        EXPECT_EQ(some[i].little, more[i].little);
}

}  // namespace
