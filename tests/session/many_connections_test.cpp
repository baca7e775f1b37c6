// 10,000 clients: counts agree everywhere, and the cost of an event does not depend on how many are idle.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <gtest/gtest.h>
#include <random>

#include "tests/session/fold.h"

namespace session_test {
namespace {

constexpr std::uint64_t kConnections = 10'000;

// Of this thread: other programs on the machine do not count.
std::int64_t cpu_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<std::int64_t>(now.tv_sec) * kSecond + now.tv_nsec;
}

// A sanitizer's own cost says nothing about ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsMeasured = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kIsMeasured = false;
#else
constexpr bool kIsMeasured = true;
#endif
#else
constexpr bool kIsMeasured = true;
#endif

class Many : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        listening(1);
        for (std::uint64_t id = 1; id <= kConnections; ++id)
            open(id, 1);
    }
};

TEST_F(Many, HalfLeaveByResetAndHalfInOrderAndAllCountsAgree) {
    for (std::uint64_t id = 1; id <= kConnections; ++id)
        record(id, Direction::kReceived, 100);
    EXPECT_EQ(session.totals().open_connections, kConnections);
    EXPECT_EQ(endpoint(1).open_connections, kConnections);
    mark(100 * kConnections, 0);
    for (std::uint64_t id = 1; id <= kConnections; ++id) {
        close(id, id % 2 == 0 ? CloseReason::kResetByPeer : CloseReason::kEndOfStream);
    }
    EXPECT_EQ(session.totals().open_connections, 0U);
    EXPECT_EQ(session.totals().connections, kConnections);
    EXPECT_EQ(session.totals().received, 100 * kConnections);
    EXPECT_EQ(endpoint(1).connections, kConnections);
    EXPECT_EQ(endpoint(1).open_connections, 0U);
    EXPECT_EQ(lines_with("reset by peer (received 100 B"), kConnections / 2);
    EXPECT_EQ(lines_with("end of stream (received 100 B"), kConnections / 2);
    EXPECT_EQ(session.connections().size(), kConnections);
    EXPECT_EQ(session.reads().size(), kConnections);
    EXPECT_EQ(session.ledger().state, LedgerState::kCounting);
    want(app::session::ClearClosedIntent{});
    EXPECT_TRUE(session.connections().empty());
}

TEST_F(Many, IdleConnectionsCostTheRatesNothing) {
    // Everybody has spoken once and fallen silent; then one goes on.
    for (std::uint64_t id = 1; id <= kConnections; ++id)
        record(id, Direction::kReceived, 1);
    std::int64_t now = 0;
    session.advance(now);
    for (int i = 0; i < 2; ++i)
        session.advance(now += app::session::kRateIntervalNs);
    ASSERT_FALSE(session.next_advance_ns().has_value());
    constexpr int kTicks = 1000;
    const std::int64_t before = cpu_ns();
    for (int i = 0; i < kTicks; ++i) {
        record(7, Direction::kReceived, 1);
        session.advance(now += app::session::kRateIntervalNs);
    }
    const double tick_ns = static_cast<double>(cpu_ns() - before) / kTicks;
    std::printf("one rate tick beside %d idle connections: %.0f ns\n",
                static_cast<int>(kConnections), tick_ns);
    // A loop over all of them would be 10,000 ns at the very least.
    if (kIsMeasured) {
        EXPECT_LT(tick_ns, 8'000);
    }
}

TEST_F(Many, FoldingAReadCostsAboutAHundredNanoseconds) {
    enum Pattern { kOneStream, kInTurn, kAtRandom };
    constexpr std::array<const char*, 3> kNames = {"one stream", "in turn", "at random"};
    constexpr std::size_t kReads = 65'536;
    std::mt19937_64 random(1);
    double one_stream_ns = 0;
    for (const Pattern pattern : {kOneStream, kInTurn, kAtRandom}) {
        std::array<double, 9> fold_ns{};
        for (double& sample : fold_ns) {
            channel::Link link(
                {}, [] {}, [] {});
            for (std::size_t i = 0; i < kReads; ++i) {
                const std::uint64_t id = pattern == kOneStream ? 1
                                         : pattern == kInTurn  ? 1 + i % kConnections
                                                               : 1 + random() % kConnections;
                ASSERT_TRUE(link.try_push(recorded(id, Direction::kReceived, 64)));
            }
            const std::int64_t before = cpu_ns();
            (void)session.drain(link, kNow, [] { return true; });
            sample = static_cast<double>(cpu_ns() - before) / static_cast<double>(kReads);
        }
        std::nth_element(fold_ns.begin(), fold_ns.begin() + fold_ns.size() / 2, fold_ns.end());
        const double median_ns = fold_ns[fold_ns.size() / 2];
        std::printf("a read drained and folded, %d connections, %s: %.1f ns\n",
                    static_cast<int>(kConnections), kNames[pattern], median_ns);
        // About 100 is the aim (the printed figure is the measurement). In turn it was 2 times one stream; at random, where each read finds its
        // connection out of the cache, 12 to 14 times, and 25 beside neighbours that use the cache. A linear lookup would make it hundreds.
        if (pattern == kOneStream) one_stream_ns = median_ns;
        if (kIsMeasured) {
            EXPECT_LT(median_ns, (pattern == kAtRandom ? 40 : 10) * one_stream_ns)
                << kNames[pattern];
        }
    }
    EXPECT_EQ(session.totals().reads, 3 * 9 * kReads);
}

TEST_F(Many, AConnectionsRecordIsSmall) {
    std::printf("a Connection: %zu bytes\n", sizeof(Connection));
    EXPECT_LE(sizeof(Connection), 400U);
}

}  // namespace
}  // namespace session_test
