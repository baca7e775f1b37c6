// A sheet is right at 1 byte and at 100 GiB: reads without files behind them, so that only arithmetic is asked.

#include "net/capture/segment_items.h"
#include "net/capture/sheet_items.h"
#include "net/capture/sheet_rows.h"

#include <gtest/gtest.h>
#include <random>

#include "tests/net/capture/capture_fixture.h"

namespace {

using net::capture::Item;
using net::capture::ItemList;
using net::capture::ReadFilter;
using net::capture::ReadIndex;
using net::capture::ReadItems;
using net::capture::RecordFile;
using net::capture::RowShape;
using net::capture::SegmentItems;
using net::capture::SegmentRecord;
using net::capture::SheetRows;
using net::channel::ConnectionId;
using net::channel::FileId;

constexpr std::uint64_t kGib = std::uint64_t{1} << 30U;
constexpr std::uint32_t kReadBytes = 65'495;  // the largest IPv4 packet's

// At least `bytes` of one stream.
std::uint64_t fill(ReadIndex& index, std::uint64_t bytes) {
    std::uint64_t sum = 0;
    for (; sum < bytes; sum += kReadBytes)
        index.append(net::channel::Recorded{
            .connection = ConnectionId{1}, .size = kReadBytes, .file = FileId{1}});
    return sum;
}

// A hundred rows from `from` on: each is the one after the last, byte by byte, and its place leads back to it.
void expect_steps(const ItemList& list, const SheetRows& rows, std::uint64_t from) {
    std::uint64_t expected = 0;
    for (std::uint64_t r = from; r < std::min(from + 100, rows.row_count()); ++r) {
        const SheetRows::Row row = rows.row(r);
        ASSERT_LT(row.item, rows.item_count());
        const Item item = list.item(row.item);
        if (!row.is_heading) {
            const std::uint64_t at = item.stream_offset + row.offset_in_item;
            if (r != from && expected != 0) {
                ASSERT_EQ(at, expected) << r;
            }
            expected = at + row.bytes;
            ASSERT_EQ(rows.row_of(row.item, row.offset_in_item), r);
        } else {
            ASSERT_EQ(rows.first_row(row.item), r);
        }
        ASSERT_LE(row.offset_in_item + row.bytes, item.bytes);
    }
}

void expect_steps_everywhere(const ItemList& list, const SheetRows& rows, std::uint64_t bytes) {
    std::mt19937_64 random(7);
    expect_steps(list, rows, 0);
    expect_steps(list, rows, rows.row_count() - 100);
    for (int i = 0; i < 50; ++i)
        expect_steps(list, rows, random() % rows.row_count());
    // Around what 32 bits and a float can count.
    for (const std::uint64_t r :
         {std::uint64_t{1} << 24U, (std::uint64_t{1} << 31U) - 50, (std::uint64_t{1} << 32U) - 50})
        expect_steps(list, rows, r);
    const SheetRows::Row last = rows.row(rows.row_count() - 1);
    const Item item = list.item(last.item);
    EXPECT_EQ(item.stream_offset + last.offset_in_item + last.bytes, bytes);
    EXPECT_EQ(last.item + 1, list.size());
}

class SheetSize : public testing::Test {
  public:
    // Filled once for all of the tests that one process runs.
    static void SetUpTestSuite() {
        index_ = new ReadIndex;
        bytes_ = fill(*index_, 100 * kGib);
    }
    static void TearDownTestSuite() {
        delete index_;
        index_ = nullptr;
    }

  protected:
    static ReadIndex* index_;
    static std::uint64_t bytes_;
};
ReadIndex* SheetSize::index_ = nullptr;
std::uint64_t SheetSize::bytes_ = 0;

TEST_F(SheetSize, EveryRowOf100GibOfReadsIsReached) {
    for (const RowShape shape :
         {RowShape{.bytes_per_row = 16}, RowShape{.bytes_per_row = 17, .has_heading_rows = true}}) {
        ReadItems list(*index_, {}, {}, false);
        SheetRows rows(list, shape);
        while (!rows.advance(200'000)) {
        }
        const std::uint64_t rows_a_read =
            (kReadBytes + shape.bytes_per_row - 1) / shape.bytes_per_row +
            (shape.has_heading_rows ? 1 : 0);
        EXPECT_EQ(rows.row_count(), index_->size() * rows_a_read);
        expect_steps_everywhere(list, rows, bytes_);
    }
}

TEST_F(SheetSize, EveryRowOf100GibInOneRunIsReached) {
    ReadItems list(*index_, {}, {}, true);
    SheetRows rows(list, {.bytes_per_row = 16});
    while (!rows.advance(200'000)) {
    }
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list.item(0).bytes, bytes_);
    EXPECT_EQ(rows.row_count(), (bytes_ + 15) / 16) << "6.7e9";
    expect_steps_everywhere(list, rows, bytes_);
    EXPECT_LE(list.memory_bytes() + rows.memory_bytes(), index_->size() / 4 + 40'000);
}

TEST_F(SheetSize, EveryRowOfMessagesOfAnySizeIsReached) {
    const tests::TemporaryDirectory directory;
    net::channel::Failure failure;
    const auto records = RecordFile<SegmentRecord>::create(directory.path(""), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    // Each begins where the one before ends; the first has 40 GiB.
    std::mt19937_64 random(3);
    std::uint64_t at = 0;
    std::vector<SegmentRecord> some;
    while (at < bytes_) {
        const std::uint64_t wanted = at == 0 ? 40 * kGib : 1 + random() % (2 * kGib);
        const std::uint64_t size = std::min(wanted, bytes_ - at);
        some.emplace_back(static_cast<std::uint32_t>(at / kReadBytes),
                          static_cast<std::uint32_t>(at % kReadBytes), size,
                          net::bytes::FrameStatus::kWhole);
        at += size;
    }
    ASSERT_TRUE(records->append(some));
    SegmentItems list(*index_, *records, nullptr, {}, {});
    SheetRows rows(list, {.bytes_per_row = 16});
    EXPECT_TRUE(rows.advance(200'000));
    expect_steps_everywhere(list, rows, bytes_);
    for (int i = 0; i < 1000; ++i) {
        const std::uint64_t byte = random() % bytes_;
        const std::uint64_t k =
            list.find({.position = byte / kReadBytes,
                       .offset = static_cast<std::uint32_t>(byte % kReadBytes)});
        ASSERT_LT(k, list.size());
        ASSERT_LT(byte - list.item(k).stream_offset, list.item(k).bytes);
    }
}

TEST(SheetOfOneByte, HasOneRow) {
    for (const bool is_merged : {false, true}) {
        ReadIndex index;
        ReadItems list(index, {}, {}, is_merged);
        SheetRows rows(list, {.bytes_per_row = 16});
        EXPECT_TRUE(rows.advance(1));
        EXPECT_EQ(rows.row_count(), 0U);
        index.append(
            net::channel::Recorded{.connection = ConnectionId{1}, .size = 1, .file = FileId{1}});
        EXPECT_TRUE(rows.advance(1));
        ASSERT_EQ(rows.row_count(), 1U);
        EXPECT_EQ(rows.row(0), (SheetRows::Row{.item = 0, .offset_in_item = 0, .bytes = 1}));
        EXPECT_EQ(rows.first_row(1), 1U);
    }
}

// More messages than any disk holds: one row each is counted without walking them.
TEST(SheetOfTwoToTheFortyMessages, IsAsQuickAsAnyOther) {
    class Many : public ItemList {
      public:
        bool advance(std::uint64_t) override { return true; }
        std::uint64_t size() const override { return std::uint64_t{1} << 40U; }
        std::uint64_t stable_size() const override { return size(); }
        Item item(std::uint64_t) const override { return {}; }
        void sizes(std::uint64_t first, std::span<std::uint64_t> bytes) const override {
            for (std::uint64_t& size : bytes)
                size = first++;
        }
        std::uint64_t find(net::capture::BytePlace) const override { return 0; }
    };
    Many list;
    SheetRows rows(list, {.is_one_row_an_item = true});
    EXPECT_TRUE(rows.advance(1));
    EXPECT_EQ(rows.row_count(), std::uint64_t{1} << 40U);
    EXPECT_EQ(rows.row(rows.row_count() - 1).item, rows.row_count() - 1);
    EXPECT_EQ(rows.row(7).bytes, 7U);
    EXPECT_EQ(rows.row(std::uint64_t{1} << 33U).bytes, UINT32_MAX) << "cut to what fits";
    EXPECT_EQ(rows.row_of(std::uint64_t{1} << 39U, 5), std::uint64_t{1} << 39U);
}

}  // namespace
