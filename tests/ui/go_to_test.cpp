// What is typed into "Go to" and the filter, and the byte that is meant.
#include "app/ui/go_to.h"

#include "app/ui/view_filter.h"

#include <gtest/gtest.h>
#include <random>

#include "tests/support/least_time.h"

namespace tests::ui {
namespace {

using app::ui::find_offset;
using app::ui::GoToKind;
using app::ui::parse_go_to;
using app::ui::parse_size_range;
using app::ui::parse_time_range;
using net::capture::BytePlace;
using net::capture::ReadIndex;
using net::channel::ConnectionId;
using net::channel::Direction;

constexpr ConnectionId kOne{1};

void add_read(ReadIndex& index, ConnectionId connection, Direction direction, std::uint32_t size) {
    index.append(net::channel::Recorded{.connection = connection,
                                        .size = size,
                                        .file = net::channel::FileId{1},
                                        .direction = direction});
}

TEST(GoToOffset, IsTheByteThatALinearLookFinds) {
    std::mt19937_64 random(3);
    ReadIndex index;
    std::vector<std::optional<BytePlace>> received;  // of kOne, byte by byte; nothing: missing
    for (std::uint64_t position = 0; position < 1000; ++position) {
        const ConnectionId id{1 + random() % 2};
        const auto direction = random() % 4 == 0 ? Direction::kReceived : Direction::kSent;
        const auto size = static_cast<std::uint32_t>(random() % 5);
        const bool is_gap = random() % 30 == 0;
        if (is_gap)
            index.append(
                net::channel::StreamGap{.connection = id, .bytes = size, .direction = direction});
        else
            add_read(index, id, direction, size);
        if (id != kOne || direction != Direction::kReceived) continue;
        for (std::uint32_t offset = 0; offset < size; ++offset)
            received.push_back(
                is_gap ? std::nullopt
                       : std::optional{BytePlace{.position = position, .offset = offset}});
    }
    ASSERT_GT(received.size(), 100U);
    for (std::uint64_t offset = 0; offset < received.size(); ++offset)
        ASSERT_EQ(find_offset(index, kOne, Direction::kReceived, offset), received[offset])
            << offset;
    EXPECT_FALSE(find_offset(index, kOne, Direction::kReceived, received.size()));
    EXPECT_FALSE(find_offset(index, ConnectionId{77}, Direction::kReceived, 0));
}

TEST(GoToOffset, IsFoundWithoutAWalkOverTheOtherDirection) {
    ReadIndex index;
    add_read(index, kOne, Direction::kReceived, 10);
    constexpr std::uint64_t kOthers = 100'000;
    for (std::uint64_t i = 0; i < kOthers; ++i)
        add_read(index, kOne, Direction::kSent, 1);
    add_read(index, kOne, Direction::kReceived, 10);
    const std::int64_t found = tests::least_time_ns([&] {
        EXPECT_EQ(find_offset(index, kOne, Direction::kReceived, 14),
                  (BytePlace{.position = kOthers + 1, .offset = 4}));
    });
    std::uint64_t walked = 0;
    const std::int64_t walk = tests::least_time_ns([&] {
        for (std::uint64_t k = 0; k < index.size(); ++k)
            walked += index.entry(k).direction() == Direction::kSent ? 1 : 0;
    });
    EXPECT_NE(walked, 0U);
    EXPECT_LT(found * 5, walk) << "ns; a walk over " << kOthers << " reads takes " << walk;
}

TEST(GoToText, IsReadOrSaidToBeWrong) {
    const std::int64_t first = 1'738'332'153'000'000'000;  // 14:02:33 UTC
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, " 4096 ", first).value, 4096U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "0x1000", first).value, 4096U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "1000h", first).value, 4096U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "1,234,567", first).value, 1'234'567U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "0xffffffffffffffff", first).value, ~0ULL);
    for (const char* const wrong : {"", "-1", "0x", "12g", "0x1ffffffffffffffff", "1.5"})
        EXPECT_FALSE(parse_go_to(GoToKind::kOffset, wrong, first)) << wrong;
    EXPECT_FALSE(parse_go_to(GoToKind::kRow, "0", first));
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(parse_go_to(GoToKind::kTime, "14:02:33.5", first).value, first + 500'000'000);
    EXPECT_EQ(parse_go_to(GoToKind::kTime, "+1.000000001", first).value, first + 1'000'000'001);
    EXPECT_EQ(parse_go_to(GoToKind::kTime, "2025-01-31 14:02:33", first).value, first);
    for (const char* const wrong : {"25:00", "14:60", "+", "+-1", "2025-13-01 10:00", "soon"})
        EXPECT_FALSE(parse_go_to(GoToKind::kTime, wrong, first)) << wrong;
}

TEST(FilterText, IsARangeOrSaidToBeWrong) {
    EXPECT_EQ(parse_size_range("10-200")->least, 10U);
    EXPECT_EQ(parse_size_range("10-200")->most, 200U);
    EXPECT_EQ(parse_size_range("> 100")->least, 101U);
    EXPECT_EQ(parse_size_range("<= 4 KiB")->most, 4096U);
    EXPECT_EQ(parse_size_range("64")->least, 64U);
    EXPECT_EQ(parse_size_range("64")->most, 64U);
    EXPECT_EQ(parse_size_range("")->least, 0U);
    for (const char* const wrong : {">", "5-1", "x", "< 0", "99999999999999999999", "1 X"})
        EXPECT_FALSE(parse_size_range(wrong)) << wrong;
    const std::int64_t first = 1'738'332'153'000'000'000;
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(parse_time_range("14:02:33-14:03", first)->from_ns, first);
    EXPECT_EQ(parse_time_range("14:02:33-", first)->to_ns, INT64_MAX);
    EXPECT_EQ(parse_time_range("-+2", first)->to_ns, first + 2'000'000'000);
    EXPECT_EQ(parse_time_range("2025-01-31 14:02:33-", first)->from_ns, first);
    EXPECT_FALSE(parse_time_range("14:02", first));
    EXPECT_FALSE(parse_time_range("+3-+1", first));
}

}  // namespace
}  // namespace tests::ui
