// Rates move with time that is passed in, cost nothing for the idle, and come to rest.
#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

constexpr std::int64_t kInterval = app::session::kRateIntervalNs;

class Rates : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        open(1, 1);
        open(2, 1);
    }
};

TEST_F(Rates, AreMeansOverTheLastInterval) {
    record(1, Direction::kReceived, 500);
    EXPECT_FALSE(session.advance(10 * kSecond));  // the interval begins
    record(1, Direction::kReceived, 500);
    record(2, Direction::kSent, 250);
    EXPECT_FALSE(session.advance(10 * kSecond + kInterval - 1));
    EXPECT_EQ(session.totals().received_rate, 0);
    EXPECT_TRUE(session.advance(10 * kSecond + kInterval));
    EXPECT_DOUBLE_EQ(connection(1).received_rate, 2000);
    EXPECT_DOUBLE_EQ(connection(1).sent_rate, 0);
    EXPECT_DOUBLE_EQ(connection(2).sent_rate, 500);
    EXPECT_DOUBLE_EQ(session.totals().received_rate, 2000);
    EXPECT_DOUBLE_EQ(session.totals().sent_rate, 500);
}

TEST_F(Rates, ALateCallIsAMeanOverTheRealTime) {
    record(1, Direction::kReceived, 1);
    session.advance(0);
    record(1, Direction::kReceived, 4000 - 1);
    EXPECT_TRUE(session.advance(4 * kSecond));
    EXPECT_DOUBLE_EQ(connection(1).received_rate, 1000);
}

TEST_F(Rates, FallToZeroOneIntervalAfterTrafficEndsAndThenNothingIsAskedForAnyMore) {
    EXPECT_FALSE(session.next_advance_ns().has_value());
    record(1, Direction::kReceived, 500);
    ASSERT_TRUE(session.next_advance_ns().has_value());
    session.advance(kSecond);
    EXPECT_EQ(session.next_advance_ns(), kSecond + kInterval);
    EXPECT_TRUE(session.advance(kSecond + kInterval));
    EXPECT_GT(connection(1).received_rate, 0);
    EXPECT_EQ(session.next_advance_ns(), kSecond + 2 * kInterval);
    const std::uint64_t version = session.version();
    EXPECT_TRUE(session.advance(kSecond + 2 * kInterval));
    EXPECT_GT(session.version(), version);
    EXPECT_EQ(connection(1).received_rate, 0);
    EXPECT_EQ(session.totals().received_rate, 0);
    EXPECT_FALSE(session.next_advance_ns().has_value());
    const std::uint64_t at_rest = session.version();
    EXPECT_FALSE(session.advance(100 * kSecond));
    EXPECT_EQ(session.version(), at_rest);
}

TEST_F(Rates, OneThatFallsSilentWhileAnotherGoesOnFallsToZero) {
    record(1, Direction::kReceived, 500);
    record(2, Direction::kReceived, 500);
    session.advance(0);
    session.advance(kInterval);
    EXPECT_GT(connection(1).received_rate, 0);
    record(2, Direction::kReceived, 500);
    session.advance(2 * kInterval);
    EXPECT_EQ(connection(1).received_rate, 0);
    EXPECT_DOUBLE_EQ(connection(2).received_rate, 1000);
    record(1, Direction::kReceived, 100);
    session.advance(3 * kInterval);
    EXPECT_DOUBLE_EQ(connection(1).received_rate, 200);
}

TEST_F(Rates, AfterARestTheRateIsThatOfTheTrafficNotOfTheRest) {
    record(1, Direction::kReceived, 500);
    session.advance(0);
    session.advance(kInterval);
    session.advance(2 * kInterval);
    record(1, Direction::kReceived, 500);  // an hour later
    session.advance(3600 * kSecond);
    session.advance(3600 * kSecond + kInterval);
    EXPECT_DOUBLE_EQ(connection(1).received_rate, 1000);
}

TEST_F(Rates, ClosedAndClearedConnectionsLeaveNoTrace) {
    record(1, Direction::kReceived, 500);
    record(2, Direction::kReceived, 500);
    session.advance(0);
    close(1);
    want(app::session::ClearClosedIntent{});
    EXPECT_TRUE(session.advance(kInterval));
    EXPECT_DOUBLE_EQ(session.totals().received_rate, 2000);
    EXPECT_DOUBLE_EQ(connection(2).received_rate, 1000);
    EXPECT_TRUE(session.advance(2 * kInterval));
    EXPECT_FALSE(session.next_advance_ns().has_value());
}

TEST_F(Rates, AClosedConnectionsRateFallsToZero) {
    record(1, Direction::kReceived, 500);
    session.advance(0);
    session.advance(kInterval);
    close(1);
    session.advance(2 * kInterval);
    EXPECT_EQ(connection(1).received_rate, 0);
}

TEST_F(Rates, BytesOfAnUnknownConnectionCountInTheTotalAndComeToRestToo) {
    record(99, Direction::kReceived, 500);
    session.advance(0);
    session.advance(kInterval);
    EXPECT_DOUBLE_EQ(session.totals().received_rate, 1000);
    session.advance(2 * kInterval);
    EXPECT_FALSE(session.next_advance_ns().has_value());
}

TEST_F(Rates, ASavedCaptureHasNone) {
    tell(channel::CaptureOpened{.file = FileId{1}, .path = "/x", .is_live = false});
    record(1, Direction::kReceived, 500);
    EXPECT_FALSE(session.next_advance_ns().has_value());
    EXPECT_FALSE(session.advance(kInterval));
    EXPECT_FALSE(session.advance(2 * kInterval));
    EXPECT_EQ(session.totals().received_rate, 0);
}

}  // namespace
}  // namespace session_test
