// Reads as a sheet, apart or merged, filtered or not: items, rows and ways back against a model that walks everything from the front each time.

#include "net/capture/sheet_items.h"

#include "net/capture/sheet_rows.h"

#include <gtest/gtest.h>
#include <memory>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/sheet_model.h"

namespace {

using net::capture::BytePlace;
using net::capture::MatchStore;
using net::capture::ReadFilter;
using net::capture::ReadIndex;
using net::capture::ReadItems;
using net::capture::RowShape;
using net::capture::SheetRows;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::FileId;
using tests::ModelItem;
using tests::Traffic;

RowShape random_shape(std::mt19937_64& random) {
    constexpr std::array<std::uint32_t, 8> kWidths{1, 8, 16, 17, 24, 32, 64, 100'000};
    return {.bytes_per_row = kWidths[random() % kWidths.size()],
            .has_heading_rows = random() % 2 == 0,
            .is_one_row_an_item = random() % 5 == 0};
}

// Every read, whether it is shown or not.
void expect_finds(const ReadItems& list,
                  const Traffic& traffic,
                  const std::vector<ModelItem>& items) {
    // The item of the last shown read at or after each position.
    std::uint64_t k = 0;
    std::size_t i = 0;
    for (std::uint64_t position = 0; position < traffic.reads().size(); ++position) {
        while (k < items.size() && items[k].positions[i] < position) {
            if (++i == items[k].positions.size()) {
                i = 0;
                ++k;
            }
        }
        ASSERT_EQ(list.find({.position = position, .offset = 0}), k) << position;
        ASSERT_EQ(list.find({.position = position, .offset = 50}), k) << position;
    }
    ASSERT_EQ(list.find({.position = traffic.reads().size(), .offset = 0}), items.size());
}

void catch_up(SheetRows& rows, std::mt19937_64& random) {
    while (!rows.advance(1 + random() % 200)) {
    }
}

TEST(ReadItems, AgreeWithTheModelWhateverIsShown) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        Traffic traffic({.connections = 1 + seed % 7, .gap_in = seed % 3 == 0 ? 0U : 20U}, seed);
        std::mt19937_64& random = traffic.random();
        traffic.add(static_cast<int>(random() % 400));
        const ReadFilter filter = seed % 4 == 0 ? ReadFilter{} : random_filter(traffic, random);
        const bool is_merged = random() % 2 == 0;
        ReadItems list(traffic.index(), filter, Traffic::endpoint_of, is_merged);
        SheetRows rows(list, random_shape(random));
        // It grows while it is looked at.
        for (int round = 0; round < 3; ++round) {
            catch_up(rows, random);
            const std::vector<ModelItem> items = model_items(traffic, filter, is_merged);
            expect_rows(list, rows, items);
            expect_finds(list, traffic, items);
            if (HasFatalFailure()) return;
            traffic.add(static_cast<int>(random() % 300));
        }
    }
}

TEST(ReadItems, WhatIsStableStaysWhateverComes) {
    Traffic traffic({}, 4);
    ReadItems list(traffic.index(), {}, {}, true);
    std::vector<std::string> kept;
    for (int i = 0; i < 300; ++i) {
        traffic.add(1);
        list.advance(UINT64_MAX);
        for (std::uint64_t k = 0; k < kept.size(); ++k)
            ASSERT_EQ(tests::to_line(list.item(k)), kept[k]);
        while (kept.size() < list.stable_size())
            kept.push_back(tests::to_line(list.item(kept.size())));
    }
    EXPECT_GT(kept.size(), 50U);
}

TEST(ReadItems, ARunOfManyReadsIsOneItem) {
    ReadIndex index;
    std::uint64_t bytes = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        index.append(net::channel::Recorded{.connection = ConnectionId{1},
                                            .size = 100 + static_cast<std::uint32_t>(i),
                                            .file = FileId{1}});
        bytes += 100 + i;
    }
    index.append(net::channel::Recorded{.connection = ConnectionId{1},
                                        .size = 7,
                                        .file = FileId{1},
                                        .direction = Direction::kSent});
    for (std::uint64_t i = 0; i < 1000; ++i)
        index.append(
            net::channel::Recorded{.connection = ConnectionId{1}, .size = 1, .file = FileId{1}});
    ReadItems list(index, {}, {}, true);
    SheetRows rows(list, {.bytes_per_row = 16});
    EXPECT_TRUE(rows.advance(10'000));
    ASSERT_EQ(list.size(), 3U);
    EXPECT_EQ(list.item(0).bytes, bytes);
    EXPECT_EQ(list.item(1).bytes, 7U);
    EXPECT_EQ(list.item(2).bytes, 1000U);
    EXPECT_EQ(list.item(2).stream_offset, bytes);
    EXPECT_EQ(list.find({.position = 999, .offset = 3}), 0U);
    EXPECT_EQ(list.find({.position = 1000, .offset = 3}), 1U);
    EXPECT_EQ(list.find({.position = 2000, .offset = 0}), 2U);
    EXPECT_EQ(rows.row_count(), (bytes + 15) / 16 + 1 + 63);
}

TEST(ReadItems, TheOrderIsThatOfWhatHappenedWhateverTheClockSays) {
    ReadIndex index;
    for (const std::int64_t time_ns : {5000L, 3000L, -4'000'000'000L, 9000L, 9000L, 2'000'000'000L})
        index.append(net::channel::Recorded{
            .connection = ConnectionId{1}, .time_ns = time_ns, .size = 4, .file = FileId{1}});
    ReadItems list(index, {}, {}, false);
    list.advance(100);
    for (std::uint64_t k = 0; k < 6; ++k)
        EXPECT_EQ(list.item(k).begin.position, k);
    EXPECT_EQ(list.item(2).time_ns, -4'000'000'000);
}

TEST(ReadItems, ByContentOnlyReadsWithAMatchPassAndTheRestWaitsForTheSearch) {
    const tests::TemporaryDirectory directory;
    net::channel::Failure failure;
    const std::shared_ptr<MatchStore> matches = MatchStore::create(directory.path(""), failure);
    ASSERT_NE(matches, nullptr) << failure.message;
    Traffic traffic({.gap_in = 0}, 11);
    traffic.add(500);
    const ReadFilter filter{.connections = {}, .endpoints = {}, .matches = matches};
    ReadItems list(traffic.index(), filter, {}, false);
    SheetRows rows(list, {});
    EXPECT_TRUE(rows.advance(1000)) << "waiting is no reason to draw";
    EXPECT_EQ(list.size(), 0U);
    for (std::uint64_t position = 0; position < 500; position += 7)
        matches->mark(position);
    ASSERT_EQ(matches->publish(100), 0);
    EXPECT_TRUE(rows.advance(1000));
    EXPECT_EQ(list.size(), 15U) << "0, 7, ... 98";
    ASSERT_EQ(matches->publish(500), 0);
    EXPECT_FALSE(rows.advance(150));
    catch_up(rows, traffic.random());
    expect_rows(list, rows, model_items(traffic, filter, false));
}

TEST(ReadItems, TakeFourBytesAReadThatPassesAndNextToNothingElse) {
    ReadIndex index;
    constexpr std::uint64_t kReads = 1'000'000;
    for (std::uint64_t i = 0; i < kReads; ++i)
        index.append(net::channel::Recorded{.connection = ConnectionId{1 + i % 2},
                                            .size = static_cast<std::uint32_t>(i % 10),
                                            .file = FileId{1}});
    const auto memory = [&](const ReadFilter& filter, bool is_merged) {
        ReadItems list(index, filter, {}, is_merged);
        SheetRows rows(list, {});
        rows.advance(UINT64_MAX);
        rows.advance(UINT64_MAX);
        return list.memory_bytes() + rows.memory_bytes();
    };
    ReadFilter tenth;
    tenth.least_bytes = 9;
    ReadFilter one;
    one.connections = {ConnectionId{1}};
    constexpr std::uint64_t kSmall = 40'000;
    EXPECT_LE(memory({}, false), kReads / 8 + kSmall) << "8 bytes each 64 reads";
    EXPECT_LE(memory({}, true), kReads / 4 + kReads / 8 + kSmall);
    EXPECT_LE(memory(one, true), kReads / 2 / 4 + kReads / 2 / 8 + kSmall);
    EXPECT_LE(memory(tenth, false), kReads / 10 * 4 + kReads / 10 / 8 + kSmall);
}

}  // namespace
