#include "net/channel/link.h"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <random>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/net/channel/sleeper.h"

namespace {

using namespace net::channel;
using Clock = std::chrono::steady_clock;

bool is_long() {
    return std::getenv("WIRELOUPE_LONG") != nullptr;
}

Event numbered(std::uint64_t number) {
    return Recorded{.offset = number};
}
std::uint64_t number_of(const Event& event) {
    return std::get<Recorded>(event).offset;
}

// A link on one thread, with its wake-ups counted.
struct CountedLink {
    explicit CountedLink(std::size_t capacity)
        : link(
              {.event_capacity = capacity, .command_capacity = 2},
              [this] { ++frame_wakes; },
              [this] { ++network_wakes; }) {}
    std::vector<std::uint64_t> drained(int budget, bool* is_left = nullptr) {
        std::vector<std::uint64_t> out;
        const bool left = link.drain([&](Event&& event) { out.push_back(number_of(event)); },
                                     [&] { return budget-- > 0; });
        if (is_left != nullptr) *is_left = left;
        return out;
    }
    int frame_wakes = 0;
    int network_wakes = 0;
    Link link;
};

TEST(LinkTest, WakesOnceForManyEventsUntilTheFrameDrains) {
    CountedLink c(8);
    for (std::uint64_t i = 1; i <= 3; ++i) {
        EXPECT_TRUE(c.link.try_push(numbered(i)));
        c.link.wake_frame();
    }
    EXPECT_EQ(c.frame_wakes, 1);
    EXPECT_EQ(c.drained(100), (std::vector<std::uint64_t>{1, 2, 3}));
    EXPECT_TRUE(c.link.try_push(numbered(4)));
    c.link.wake_frame();
    EXPECT_EQ(c.frame_wakes, 2);
}

TEST(LinkTest, ADrainKeepsItsBudgetAndSaysWhatIsLeft) {
    CountedLink c(8);
    for (std::uint64_t i = 1; i <= 5; ++i)
        EXPECT_TRUE(c.link.try_push(numbered(i)));
    bool is_left = false;
    EXPECT_EQ(c.drained(2, &is_left), (std::vector<std::uint64_t>{1, 2}));
    EXPECT_TRUE(is_left);
    EXPECT_EQ(c.drained(0, &is_left), (std::vector<std::uint64_t>{}));
    EXPECT_TRUE(is_left);
    EXPECT_EQ(c.drained(3, &is_left), (std::vector<std::uint64_t>{3, 4, 5}));
    EXPECT_FALSE(is_left);
    EXPECT_EQ(c.drained(3, &is_left), (std::vector<std::uint64_t>{}));
    EXPECT_FALSE(is_left);
}

TEST(LinkTest, MarksStandAtThreeQuartersAndAQuarter) {
    CountedLink c(8);
    for (std::uint64_t i = 1; i <= 5; ++i)
        EXPECT_TRUE(c.link.try_push(numbered(i)));
    EXPECT_FALSE(c.link.is_above_high_mark());
    EXPECT_TRUE(c.link.try_push(numbered(6)));
    EXPECT_TRUE(c.link.is_above_high_mark());
    EXPECT_TRUE(c.link.try_push(numbered(7)));
    EXPECT_TRUE(c.link.try_push(numbered(8)));
    Event ninth = CaptureOpened{.path = "kept"};
    EXPECT_FALSE(c.link.try_push(std::move(ninth)));
    EXPECT_EQ(std::get<CaptureOpened>(ninth).path, "kept");  // NOLINT(bugprone-use-after-move)

    EXPECT_TRUE(c.link.wait_for_low_mark());
    EXPECT_EQ(c.drained(5).size(), 5U);
    EXPECT_EQ(c.network_wakes, 0) << "three wait, the mark is two";
    EXPECT_EQ(c.drained(1).size(), 1U);
    EXPECT_EQ(c.network_wakes, 1) << "two wait";
    c.link.open_network_gate();
    EXPECT_EQ(c.drained(100).size(), 2U);
    EXPECT_EQ(c.network_wakes, 1) << "one answer for one request";
}

TEST(LinkTest, NobodyWaitsForALowMarkThatIsReached) {
    CountedLink c(8);
    for (std::uint64_t i = 1; i <= 2; ++i)
        EXPECT_TRUE(c.link.try_push(numbered(i)));
    EXPECT_FALSE(c.link.wait_for_low_mark());
    EXPECT_EQ(c.drained(100).size(), 2U);
    EXPECT_EQ(c.network_wakes, 0) << "the request was taken back";
}

TEST(LinkTest, ACommandThatDoesNotFitStaysWithItsSender) {
    CountedLink c(8);
    EXPECT_TRUE(c.link.try_post(StopEndpoint{EndpointId{1}}));
    EXPECT_TRUE(c.link.try_post(StopEndpoint{EndpointId{2}}));
    Command third = Send{.targets = {.connections = {ConnectionId{9}}}, .bytes = {1, 2, 3}};
    EXPECT_FALSE(c.link.try_post(std::move(third)));
    EXPECT_EQ(std::get<Send>(third).bytes.size(), 3U);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(c.network_wakes, 1);
    c.link.open_network_gate();
    Command command;
    EXPECT_TRUE(c.link.try_take(command));
    EXPECT_EQ(std::get<StopEndpoint>(command).endpoint, EndpointId{1});
    EXPECT_TRUE(c.link.try_post(std::move(third)));
    EXPECT_EQ(c.network_wakes, 2);
    EXPECT_TRUE(c.link.try_take(command));
    EXPECT_TRUE(c.link.try_take(command));
    EXPECT_EQ(std::get<Send>(command).targets.connections.front(), ConnectionId{9});
    EXPECT_FALSE(c.link.try_take(command));
}

TEST(LinkTest, KnowsWhetherAnEventWasConsumed) {
    CountedLink c(8);
    EXPECT_TRUE(c.link.try_push(numbered(1)));
    EXPECT_TRUE(c.link.try_push(numbered(2)));
    const std::uint64_t second = c.link.pushed();
    EXPECT_FALSE(c.link.was_consumed(second));
    (void)c.drained(1);
    EXPECT_FALSE(c.link.was_consumed(second));
    (void)c.drained(1);
    EXPECT_TRUE(c.link.was_consumed(second));
}

TEST(LinkTest, ValuesThatCrossHoldNoPointersOfOurs) {
    // Recorded is a million a second; a string in it would be an allocation each.
    static_assert(std::is_trivially_copyable_v<Recorded>);
    static_assert(std::is_trivially_copyable_v<ConnectionStats>);
    static_assert(std::is_nothrow_move_constructible_v<Event>);
    static_assert(std::is_nothrow_move_constructible_v<Command>);
}

// ---- two threads ----

struct Crossing {
    std::uint64_t received = 0;
    std::uint64_t out_of_order = 0;
    std::uint64_t pauses = 0;
    std::uint64_t found_full = 0;  // below the high mark: must not be
};

// The network side as the service does it: above the high mark it reads nothing, and sleeps until it is woken. `frame_delay()` is
// called before each drain.
template <typename Delay>
Crossing cross(std::size_t capacity,
               int budget,
               std::uint64_t most_events,
               Clock::duration most_time,
               Delay frame_delay) {
    sleeper::Sleeper frame;
    sleeper::Sleeper network;
    Link link(
        {.event_capacity = capacity, .command_capacity = 1}, [&] { frame.wake(); },
        [&] { network.wake(); });
    constexpr std::uint64_t kLast = ~std::uint64_t{0};
    Crossing result;
    std::uint64_t sent = 0;
    std::thread producer([&] {
        const Clock::time_point end = Clock::now() + most_time;
        const auto push = [&](std::uint64_t number) {
            while (link.is_above_high_mark()) {
                if (!link.wait_for_low_mark()) continue;
                ++result.pauses;
                network.wait_to_be_woken();
                link.open_network_gate();
            }
            if (!link.try_push(numbered(number))) ++result.found_full;
            link.wake_frame();
        };
        while (sent < most_events && (sent % 256 != 0 || Clock::now() < end))
            push(++sent);
        push(kLast);
    });

    bool is_left = false;
    bool has_ended = false;
    while (!has_ended) {
        if (!is_left) frame.wait_to_be_woken();
        frame_delay();
        int left = budget;
        is_left = link.drain(
            [&](Event&& event) {
                const std::uint64_t number = number_of(event);
                if (number == kLast) {
                    has_ended = true;
                } else if (number != ++result.received) {
                    ++result.out_of_order;
                }
            },
            [&] { return left-- > 0; });
    }
    producer.join();
    EXPECT_EQ(result.received, sent);
    return result;
}

void expect_whole(const Crossing& result) {
    std::cout << result.received << " events, " << result.pauses << " pauses\n";
    EXPECT_EQ(result.out_of_order, 0U);
    EXPECT_EQ(result.found_full, 0U);
    EXPECT_GT(result.pauses, 0U) << "the queue was never full enough: nothing was tested";
}

// A wake-up that is lost leaves both asleep, and the test's time limit ends it.
TEST(LinkThreadsTest, AProducerThatPausesIsAlwaysWoken) {
    const std::uint64_t events = is_long() ? 20'000'000 : 300'000;
    const Clock::duration most = is_long() ? std::chrono::seconds(600) : std::chrono::seconds(5);
    for (const std::size_t capacity : {1U, 2U, 4U, 64U}) {
        expect_whole(cross(capacity, 1'000'000, events, most, [] {}));
        expect_whole(cross(capacity, 1, events, most, [] {}));
    }
}

// RELIABILITY.md, row T36.
TEST(LinkThreadsTest, AFrameThatIsLateAtRandomLosesAndReordersNothing) {
    const std::uint64_t seed = std::random_device{}();
    std::cout << "seed " << seed << "\n";
    std::mt19937_64 random(seed);
    const Clock::duration most = is_long() ? Clock::duration(std::chrono::hours(1))
                                           : Clock::duration(std::chrono::seconds(3));
    expect_whole(cross(64, 1'000'000, ~std::uint64_t{0} - 1, most, [&] {
        // allowed sleep: the injected fault
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
    }));
}

}  // namespace
