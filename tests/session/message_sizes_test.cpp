// Sizes of messages: counted as they are found, by direction, of all or of some connections.
#include "app/session/message_sizes.h"

#include "net/bytes/framing.h"

#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace {

using app::session::MessageSizes;
using app::session::Segments;
using app::session::SizeHistogram;
using net::bytes::FrameStatus;
using net::capture::RecordFile;
using net::capture::SegmentRecord;
using net::channel::ConnectionId;
using net::channel::Direction;

class MessageSizesTest : public testing::Test {
  protected:
    void SetUp() override {
        net::channel::Failure failure;
        records = RecordFile<SegmentRecord>::create(testing::TempDir(), failure);
        ASSERT_NE(records, nullptr) << failure.message;
        // Of two connections in turn, every third one sent.
        for (std::uint32_t i = 0; i < 30; ++i)
            reads.append(net::channel::Recorded{
                .connection = ConnectionId{1 + i % 2},
                .size = 1000,
                .direction = i % 3 == 0 ? Direction::kSent : Direction::kReceived});
    }
    void add(std::uint32_t position,
             std::uint64_t bytes,
             FrameStatus status = FrameStatus::kWhole) {
        const SegmentRecord record(position, 0, bytes, status);
        ASSERT_TRUE(records->append({&record, 1}));
        if (status == FrameStatus::kBadLength) return;
        const auto entry = reads.entry(position);
        all.add(entry.direction(), bytes);
        if (position % 2 == 0) first.add(entry.direction(), bytes);
    }
    [[nodiscard]] Segments segments() const {
        return {.keeper = keeper, .records = records.get(), .marks = nullptr};
    }

    net::capture::ReadIndex reads;
    std::unique_ptr<RecordFile<SegmentRecord>> records;
    std::shared_ptr<const void> keeper = std::make_shared<int>();
    SizeHistogram all;
    SizeHistogram first;
    MessageSizes sizes;
};

TEST_F(MessageSizesTest, CountsWhatIsThereAndGoesOn) {
    for (std::uint32_t i = 0; i < 30; ++i)
        add(i, 1U << (i % 12U));
    EXPECT_TRUE(sizes.count(segments(), {}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), all);
    add(7, 0);
    add(8, 99, FrameStatus::kCutByEnd);
    add(9, 5, FrameStatus::kBadLength);
    EXPECT_TRUE(sizes.count(segments(), {}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), all) << "what can be no message is none";
}

TEST_F(MessageSizesTest, KeepsToItsBudget) {
    for (std::uint32_t i = 0; i < 25; ++i)
        add(i, 10);
    EXPECT_FALSE(sizes.count(segments(), {}, reads, 10));
    EXPECT_FALSE(sizes.count(segments(), {}, reads, 10));
    EXPECT_TRUE(sizes.count(segments(), {}, reads, 10));
    EXPECT_EQ(sizes.histogram(), all);
}

TEST_F(MessageSizesTest, OfSomeConnectionsAndOfAnotherSplittingItBeginsAnew) {
    for (std::uint32_t i = 0; i < 30; ++i)
        add(i, 100 + i);
    EXPECT_TRUE(sizes.count(segments(), {ConnectionId{1}}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), first);
    EXPECT_TRUE(sizes.count(segments(), {}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), all);
    keeper = std::make_shared<int>();
    EXPECT_TRUE(sizes.count(segments(), {}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), all) << "not twice";
    EXPECT_TRUE(sizes.count({}, {}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), SizeHistogram{});
}

TEST_F(MessageSizesTest, GapsAndRecordsOfNoReadAreNotCounted) {
    reads.append(net::channel::StreamGap{.connection = ConnectionId{1}, .bytes = 77});
    const SegmentRecord gap(30, 0, 0, FrameStatus::kCutByGap);
    const SegmentRecord wild(4000, 0, 9, FrameStatus::kWhole);
    ASSERT_TRUE(records->append({&gap, 1}));
    ASSERT_TRUE(records->append({&wild, 1}));
    EXPECT_TRUE(sizes.count(segments(), {}, reads, 1000));
    EXPECT_EQ(sizes.histogram(), SizeHistogram{});
}

}  // namespace
