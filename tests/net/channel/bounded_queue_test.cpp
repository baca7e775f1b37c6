#include "net/channel/bounded_queue.h"

#include "net/channel/event.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <utility>

namespace {

using net::channel::BoundedQueue;

TEST(BoundedQueueTest, HoldsExactlyItsCapacityWhateverWasPushedBefore) {
    for (const std::size_t capacity :
         {1U, 2U, 3U, 7U, 64U, 511U, 512U, 513U, 1000U, 4096U, 65536U}) {
        BoundedQueue<std::uint64_t> queue(capacity);
        EXPECT_EQ(queue.capacity(), capacity);
        std::uint64_t pushed = 0;
        std::uint64_t popped = 0;
        // Different fills, so that full falls on every place of the storage's blocks.
        for (std::size_t round = 0; round < 12; ++round) {
            while (queue.try_push(pushed + 1))
                ++pushed;
            ASSERT_EQ(pushed - popped, capacity) << "round " << round;
            ASSERT_EQ(queue.waiting_for_producer(), capacity);
            ASSERT_EQ(queue.waiting_for_consumer(), capacity);
            std::uint64_t value = 0;
            const std::size_t left = capacity * (round % 4) / 4;
            while (queue.waiting_for_consumer() > left) {
                ASSERT_TRUE(queue.try_pop(value));
                ASSERT_EQ(value, ++popped);
            }
            ASSERT_EQ(queue.waiting_for_producer(), left);
        }
        EXPECT_EQ(queue.produced(), pushed);
        EXPECT_EQ(queue.consumed(), popped);
    }
}

TEST(BoundedQueueTest, ACapacityOfNoneIsOne) {
    BoundedQueue<int> queue(0);
    EXPECT_EQ(queue.capacity(), 1U);
    EXPECT_TRUE(queue.try_push(1));
    EXPECT_FALSE(queue.try_push(2));
}

TEST(BoundedQueueTest, FullLeavesTheValueAndEmptyLeavesTheTarget) {
    BoundedQueue<std::string> queue(1);
    std::string first = "a string that is too long for the small buffer";
    std::string second = "another string that is too long for the small buffer";
    EXPECT_TRUE(queue.try_push(std::move(first)));
    EXPECT_FALSE(queue.try_push(std::move(second)));
    EXPECT_EQ(
        second,
        "another string that is too long for the small buffer");  // NOLINT(bugprone-use-after-move)
    std::string taken;
    EXPECT_TRUE(queue.try_pop(taken));
    EXPECT_EQ(taken, "a string that is too long for the small buffer");
    EXPECT_FALSE(queue.try_pop(taken));
    EXPECT_EQ(taken, "a string that is too long for the small buffer");
    EXPECT_TRUE(queue.is_empty_for_consumer());
}

TEST(BoundedQueueTest, CarriesWhatCanOnlyBeMovedAndDestroysWhatIsLeft) {
    const auto counted = std::make_shared<int>(1);
    {
        BoundedQueue<std::shared_ptr<int>> queue(4);
        for (int i = 0; i < 4; ++i)
            EXPECT_TRUE(queue.try_push(std::shared_ptr<int>(counted)));
        std::shared_ptr<int> taken;
        EXPECT_TRUE(queue.try_pop(taken));
    }
    EXPECT_EQ(counted.use_count(), 1);
    BoundedQueue<std::unique_ptr<int>> queue(2);
    EXPECT_TRUE(queue.try_push(std::make_unique<int>(7)));
    std::unique_ptr<int> taken;
    EXPECT_TRUE(queue.try_pop(taken));
    EXPECT_EQ(*taken, 7);
}

// Two threads at full speed, and a bound that is often hit: nothing lost, doubled or reordered, and neither side ever sees a fill that
// cannot be.
TEST(BoundedQueueTest, TwoThreadsSeeOneOrderAndAFillWithinTheBound) {
    for (const std::size_t capacity : {1U, 3U, 64U, 1024U}) {
        constexpr std::uint64_t kValues = 300'000;
        BoundedQueue<net::channel::Event> queue(capacity);
        std::uint64_t refused = 0;
        std::thread producer([&] {
            for (std::uint64_t i = 1; i <= kValues;) {
                net::channel::Event event = net::channel::Recorded{.offset = i};
                if (i % 16 == 0)
                    event = net::channel::CaptureOpened{.path = std::string(40, 'x') +
                                                                std::to_string(i)};
                if (queue.try_push(std::move(event))) {
                    ++i;
                } else {
                    ++refused;
                    std::this_thread::yield();
                }
                ASSERT_LE(queue.waiting_for_producer(), capacity);
            }
        });
        net::channel::Event event;
        for (std::uint64_t i = 1; i <= kValues;) {
            ASSERT_LE(queue.waiting_for_consumer(), capacity);
            if (!queue.try_pop(event)) {
                std::this_thread::yield();
                continue;
            }
            if (i % 16 == 0) {
                ASSERT_EQ(std::get<net::channel::CaptureOpened>(event).path,
                          std::string(40, 'x') + std::to_string(i));
            } else {
                ASSERT_EQ(std::get<net::channel::Recorded>(event).offset, i);
            }
            ++i;
        }
        producer.join();
        EXPECT_TRUE(queue.is_empty_for_consumer());
        EXPECT_EQ(queue.consumed(), kValues);
        EXPECT_GT(refused + capacity / 1024, 0U) << "the bound was never hit";
    }
}

}  // namespace
