// The parts that need no drawing: numbers, hex rows, row arithmetic, selection, order.
#include "app/ui/connection_order.h"
#include "app/ui/endpoint_form.h"
#include "app/ui/hex_rows.h"
#include "app/ui/numbers.h"
#include "app/ui/row_scroll.h"
#include "app/ui/selection.h"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <random>

namespace app::ui {
namespace {

TEST(Numbers, SizesHaveThreeDigitsAndAUnit) {
    EXPECT_EQ(size_text(0), "0 B");
    EXPECT_EQ(size_text(1023), "1023 B");
    EXPECT_EQ(size_text(1024), "1.0 KiB");
    EXPECT_EQ(size_text(1234), "1.2 KiB");
    EXPECT_EQ(size_text(1024 * 1024 - 1), "1.0 MiB");
    EXPECT_EQ(size_text(10ULL << 20U), "10.0 MiB");
    EXPECT_EQ(size_text(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
    EXPECT_EQ(rate_text(3.4 * 1024 * 1024), "3.4 MiB/s");
    EXPECT_EQ(rate_text(-1), "0 B/s");
    EXPECT_EQ(rate_text(std::numeric_limits<double>::quiet_NaN()), "0 B/s");
}

TEST(Numbers, CountsHaveCommasAndPlurals) {
    EXPECT_EQ(count_text(0), "0");
    EXPECT_EQ(count_text(999), "999");
    EXPECT_EQ(count_text(1000), "1,000");
    EXPECT_EQ(count_text(1234567), "1,234,567");
    EXPECT_EQ(counted(1, "byte"), "1 byte");
    EXPECT_EQ(counted(0, "byte"), "0 bytes");
}

TEST(Numbers, TimesAreReadable) {
    setenv("TZ", "UTC", 1);
    EXPECT_EQ(duration_text(-5), "0 ms");
    EXPECT_EQ(duration_text(999'999'999), "999 ms");
    EXPECT_EQ(duration_text(59'999'000'000), "59.9 s");
    EXPECT_EQ(duration_text(61'000'000'000), "1 min 01 s");
    EXPECT_EQ(duration_text(3'600'000'000'000), "1 h 00 min");
    EXPECT_EQ(duration_text(90'000'000'000'000), "1 d 01 h");
    EXPECT_EQ(seconds_text(500'000'000), "0.5 s");
    EXPECT_EQ(seconds_text(3'990'000'000), "4 s");
    EXPECT_EQ(microseconds_text(42), "0.042 ms");
    EXPECT_EQ(microseconds_text(12345), "12.3 ms");
    EXPECT_EQ(time_text(1'738'332'153'123'456'789, 6), "14:02:33.123456");
    EXPECT_EQ(time_text(1'738'332'153'123'456'789, 3), "14:02:33.123");
    EXPECT_EQ(time_text(-1, 6), "23:59:59.999999");
    EXPECT_EQ(date_time_text(1'738'332'153'123'456'789), "2025-01-31 14:02:33.123456");
}

TEST(HexRows, EveryByteHasItsPlaceInEveryLayout) {
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < 16; ++i)
        bytes.push_back(static_cast<std::uint8_t>(i * 16 + 1));
    HexRow row;
    format_hex_row({}, bytes, row);
    EXPECT_EQ(row.hex, "01 11 21 31 41 51 61 71  81 91 a1 b1 c1 d1 e1 f1");
    format_hex_row({.bytes_per_row = 16, .grouping = 2}, bytes, row);
    EXPECT_EQ(row.hex, "0111 2131 4151 6171  8191 a1b1 c1d1 e1f1");
    format_hex_row({.bytes_per_row = 16, .grouping = 4}, bytes, row);
    EXPECT_EQ(row.hex, "01112131 41516171  8191a1b1 c1d1e1f1");
    format_hex_row({.bytes_per_row = 16, .grouping = 8}, bytes, row);
    EXPECT_EQ(row.hex, "0111213141516171 8191a1b1c1d1e1f1");
    format_hex_row({.bytes_per_row = 8}, bytes, row);
    EXPECT_EQ(row.hex, "01 11 21 31 41 51 61 71") << "what is beyond the row is ignored";
}

TEST(HexRows, APixelOverAByteIsThatByteInEveryLayout) {
    for (const std::uint32_t bytes : {8U, 16U, 24U, 32U}) {
        for (const std::uint32_t grouping : {1U, 2U, 4U, 8U}) {
            const HexLayout layout{.bytes_per_row = bytes, .grouping = grouping};
            for (std::uint32_t i = 0; i < bytes; ++i) {
                const auto column = static_cast<float>(layout.column(i));
                EXPECT_EQ(layout.byte_at(column + 0.1F), i);
                EXPECT_EQ(layout.byte_at(column + 1.9F), i);
            }
            EXPECT_EQ(layout.byte_at(-5), 0U);
            EXPECT_EQ(layout.byte_at(1e6F), bytes - 1);
        }
    }
}

TEST(HexRows, AsManyBytesAsFitAreAMultipleOfEight) {
    EXPECT_EQ(bytes_that_fit(1, 0), 8U);
    for (std::size_t characters = 60; characters < 2000; characters += 13) {
        const std::uint32_t bytes = bytes_that_fit(1, characters);
        const HexLayout layout{.bytes_per_row = bytes};
        EXPECT_EQ(bytes % 8, 0U);
        EXPECT_LE(layout.width() + 2 + bytes, characters);
    }
}

TEST(HexRows, ShortRowsEndWithTheirLastByteAndZerosStepBack) {
    const std::vector<std::uint8_t> bytes{0xde, 0xad, 0};
    HexRow row;
    format_hex_row({}, bytes, row);
    EXPECT_EQ(row.hex, "de ad 00");
    EXPECT_EQ(row.hex_strong, "de ad   ");
    EXPECT_EQ(row.hex_faint, "      00");
    format_hex_row({}, {}, row);
    EXPECT_EQ(row.hex, "");
}

TEST(HexRows, OffsetsHaveAtLeastEightDigitsAndAllTheyNeed) {
    EXPECT_EQ(format_offset(0).view(), "00000000");
    EXPECT_EQ(format_offset(0xffffffff).view(), "ffffffff");
    EXPECT_EQ(format_offset(0x100000000).view(), "100000000");
    EXPECT_EQ(format_offset(~std::uint64_t{0}).view(), "ffffffffffffffff");
}

constexpr std::uint64_t kHuge = (std::uint64_t{1} << 62U) + 12345;

TEST(RowScroll, StepsAreExactAtAnyHeight) {
    RowScroll scroll;
    scroll.settle(kHuge, 40);
    EXPECT_EQ(scroll.first_row, kHuge - 40);
    for (std::uint64_t i = 1; i <= 100; ++i) {
        scroll.move_by(-1, kHuge, 40);
        ASSERT_EQ(scroll.first_row, kHuge - 40 - i);
    }
    EXPECT_FALSE(scroll.follows_tail);
    scroll.move_by(100, kHuge, 40);
    EXPECT_TRUE(scroll.follows_tail);
}

TEST(RowScroll, NeverLeavesTheSheet) {
    RowScroll scroll;
    scroll.move_by(std::numeric_limits<std::int64_t>::min(), 100, 10);
    EXPECT_EQ(scroll.first_row, 0U);
    scroll.move_by(std::numeric_limits<std::int64_t>::max(), 100, 10);
    EXPECT_EQ(scroll.first_row, 90U);
    scroll.move_to(~std::uint64_t{0}, 5, 10);
    EXPECT_EQ(scroll.first_row, 0U);
    scroll.follows_tail = false;
    scroll.first_row = 50;
    scroll.settle(20, 10);
    EXPECT_EQ(scroll.first_row, 10U) << "a sheet that became shorter";
}

TEST(RowScroll, TheEndsOfTheTrackAreTheEndsOfTheSheet) {
    EXPECT_EQ(row_at(0, kHuge), 0U);
    EXPECT_EQ(row_at(-1, kHuge), 0U);
    EXPECT_EQ(row_at(1, kHuge), kHuge);
    EXPECT_EQ(row_at(2, kHuge), kHuge);
    EXPECT_EQ(row_at(0.5L, 10), 5U);
    EXPECT_EQ(row_at(std::numeric_limits<long double>::quiet_NaN(), 10), 0U);
}

std::vector<ConnectionId> rows(std::initializer_list<std::uint64_t> numbers) {
    std::vector<ConnectionId> ids;
    for (const std::uint64_t number : numbers)
        ids.push_back(ConnectionId{number});
    return ids;
}

TEST(SelectionOfRows, ARangeFollowsTheOrderOnTheScreen) {
    Selection selection;
    const auto order = rows({5, 3, 9, 1, 7});
    selection.click(ConnectionId{3}, Selection::How::kOnly, order);
    selection.click(ConnectionId{1}, Selection::How::kRange, order);
    EXPECT_EQ(selection.ids(), rows({1, 3, 9}));
    selection.click(ConnectionId{5}, Selection::How::kRange, order);
    EXPECT_EQ(selection.ids(), rows({3, 5})) << "from the anchor the other way";
}

TEST(SelectionOfRows, TogglingTheLastOneOffLeavesNone) {
    Selection selection;
    const auto order = rows({1, 2});
    selection.click(ConnectionId{1}, Selection::How::kToggle, order);
    selection.click(ConnectionId{1}, Selection::How::kToggle, order);
    EXPECT_TRUE(selection.is_empty());
    EXPECT_EQ(selection.cursor(), ConnectionId::kNone);
}

TEST(SelectionOfRows, WhatIsGoneIsForgottenAndTheCursorStaysValid) {
    Selection selection;
    const auto order = rows({1, 2, 3});
    selection.select_all(order);
    selection.click(ConnectionId{3}, Selection::How::kRange, order);
    selection.keep([](ConnectionId id) { return id != ConnectionId{3}; });
    EXPECT_TRUE(selection.contains(selection.cursor()));
    selection.keep([](ConnectionId) { return false; });
    EXPECT_EQ(selection.cursor(), ConnectionId::kNone);
    selection.move(1, false, order);
    EXPECT_EQ(selection.ids(), rows({1}));
}

TEST(SelectionOfRows, AnAnchorThatIsFilteredAwayDoesNoHarm) {
    Selection selection;
    selection.click(ConnectionId{1}, Selection::How::kOnly, rows({1, 2, 3}));
    selection.click(ConnectionId{3}, Selection::How::kRange, rows({2, 3}));
    EXPECT_EQ(selection.ids(), rows({3}));
    selection.move(std::numeric_limits<std::int64_t>::max() / 2, true, rows({2, 3}));
    selection.move(-std::numeric_limits<std::int64_t>::max() / 2, false, rows({2, 3}));
    EXPECT_EQ(selection.ids(), rows({2}));
}

class Order : public testing::Test {
  protected:
    session::Session session;
    ConnectionOrder order;
    TableQuery query;
    std::int64_t now = 1'000'000'000;

    void open(std::uint64_t id, std::uint16_t port) {
        session.fold(
            net::channel::ConnectionOpened{.connection = ConnectionId{id},
                                           .endpoint = session::EndpointId{1},
                                           .local = *net::bytes::parse_ip("127.0.0.1", 9000),
                                           .peer = *net::bytes::parse_ip("127.0.0.1", port),
                                           .time_ns = static_cast<std::int64_t>(id)},
            now);
    }
    void receive(std::uint64_t id, std::uint32_t size) {
        session.fold(
            net::channel::Recorded{
                .connection = ConnectionId{id}, .size = size, .file = net::channel::FileId{1}},
            now);
    }
    bool update() { return order.update(session, query, now, now); }
    void SetUp() override {
        session.fold(
            net::channel::EndpointAdded{.endpoint = session::EndpointId{1}, .name = "here"}, 0);
    }
};

TEST_F(Order, IsDoneAgainOnlyWhenSomethingThatMattersChanged) {
    open(1, 10);
    EXPECT_TRUE(update());
    EXPECT_FALSE(update());
    receive(1, 100);
    EXPECT_FALSE(update()) << "bytes do not move a table sorted by number";
    open(2, 20);
    EXPECT_TRUE(update()) << "few rows: at once";
}

TEST_F(Order, ALiveColumnIsSortedAtMostFourTimesASecond) {
    for (std::uint64_t id = 1; id <= 20; ++id)
        open(id, static_cast<std::uint16_t>(id));
    query.sort = Column::kReceived;
    ASSERT_TRUE(update());
    int times = 0;
    for (int frame = 0; frame < 60; ++frame) {
        receive(1 + static_cast<std::uint64_t>(frame) % 20, 100);
        now += 16'666'667;
        if (update()) {
            ++times;
        } else {
            EXPECT_TRUE(order.is_behind()) << "it asks for the frame in which it will catch up";
        }
    }
    EXPECT_GE(times, 3);
    EXPECT_LE(times, 4);
}

TEST_F(Order, EqualOnesKeepTheOrderOfTheirOpeningBothWays) {
    for (std::uint64_t id = 1; id <= 6; ++id)
        open(id, 77);
    receive(3, 10);
    query.sort = Column::kReceived;
    update();
    EXPECT_EQ(order.ids(), rows({1, 2, 4, 5, 6, 3}));
    query.is_descending = true;
    update();
    EXPECT_EQ(order.ids(), rows({3, 1, 2, 4, 5, 6}));
}

TEST_F(Order, SortsByTheWholeOf64Bits) {
    open(1, 1);
    open(2, 2);
    for (int i = 0; i < 3; ++i)
        receive(1, 1U << 31U);
    for (int i = 0; i < 2; ++i)
        receive(2, (1U << 31U) + 5);
    query.sort = Column::kReceived;
    update();
    EXPECT_EQ(order.ids(), rows({2, 1}));
}

TEST_F(Order, AddressesSortAsNumbers) {
    open(1, 10000);
    open(2, 9);
    open(3, 999);
    query.sort = Column::kPeer;
    update();
    EXPECT_EQ(order.ids(), rows({2, 3, 1}));
}

TEST_F(Order, EveryColumnSortsWithoutLosingARow) {
    std::mt19937 random(1);
    for (std::uint64_t id = 1; id <= 300; ++id) {
        open(id, static_cast<std::uint16_t>(random()));
        receive(id, static_cast<std::uint32_t>(random() % 1000));
    }
    for (int column = 0; column < kColumns; ++column) {
        for (const bool is_descending : {false, true}) {
            query.sort = static_cast<Column>(column);
            query.is_descending = is_descending;
            ASSERT_TRUE(update());
            auto ids = order.ids();
            ASSERT_EQ(ids.size(), 300U);
            std::sort(ids.begin(), ids.end());
            EXPECT_EQ(std::unique(ids.begin(), ids.end()), ids.end());
        }
    }
}

TEST(EndpointForm, NamesPutIpv6InBrackets) {
    EXPECT_EQ(endpoint_name("127.0.0.1", "80"), "127.0.0.1:80");
    EXPECT_EQ(endpoint_name("::1", "80"), "[::1]:80");
    EXPECT_EQ(endpoint_name("[::1]", "80"), "[::1]:80");
    EXPECT_EQ(endpoint_name("*", "80"), "*:80");
}

TEST(EndpointForm, NumbersAreDigitsWithinTheirLimits) {
    EXPECT_EQ(parse_number("128", 1, 1000, std::nullopt).value, 128);
    EXPECT_EQ(parse_number("", 0, 1000, 0).value, 0);
    for (const char* bad :
         {"", "-1", "+1", " 1", "1 ", "0", "1001", "99999999999999999999999999", "1.5", "0x10"}) {
        const NumberField field = parse_number(bad, 1, 1000, std::nullopt);
        EXPECT_FALSE(field.value) << bad;
        EXPECT_FALSE(field.error.empty()) << bad;
    }
}

}  // namespace
}  // namespace app::ui
