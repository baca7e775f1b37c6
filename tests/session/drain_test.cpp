// Draining: in order, within a budget, and how far behind the wire the view is.
#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

class Drain : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        open(1, 1);
    }
    void push(channel::Event event) { ASSERT_TRUE(link.try_push(std::move(event))); }
    void push_read(std::int64_t time_ns) {
        channel::Recorded event = recorded(1, Direction::kReceived, 1);
        event.time_ns = time_ns;
        push(event);
    }
    bool drain_all(std::int64_t now_ns = kNow) {
        return session.drain(link, now_ns, [] { return true; });
    }

    int network_wakes = 0;
    channel::Link link{{.event_capacity = 1024}, [] {}, [this] { ++network_wakes; }};
};

TEST_F(Drain, FoldsInOrderUntilNothingWaits) {
    push(channel::ConnectionOpened{.connection = ConnectionId{2},
                                   .endpoint = EndpointId{1},
                                   .local = loopback(9000),
                                   .peer = loopback(50002)});
    push(recorded(2, Direction::kReceived, 5));
    push(channel::ConnectionClosed{.connection = ConnectionId{2}, .received = 5});
    EXPECT_FALSE(drain_all());
    EXPECT_EQ(connection(2).state, ConnectionState::kClosed);
    EXPECT_EQ(connection(2).received, 5U);
    EXPECT_NE(session.ledger().state, LedgerState::kDisagrees);
}

TEST_F(Drain, StopsWhenTheBudgetIsSpentAndSaysThatEventsAreLeft) {
    constexpr std::size_t kEvents = 10 * app::session::kEventsAQuestion;
    for (std::size_t i = 0; i < kEvents; ++i)
        push_read(kNow);
    EXPECT_TRUE(session.drain(link, kNow, [] { return false; }));
    EXPECT_EQ(session.totals().reads, 0U);
    int questions = 0;
    EXPECT_TRUE(session.drain(link, kNow, [&] { return ++questions <= 3; }));
    EXPECT_EQ(session.totals().reads, 3 * app::session::kEventsAQuestion);
    EXPECT_FALSE(drain_all());
    EXPECT_EQ(session.totals().reads, kEvents);
}

TEST_F(Drain, AFullQueueIsTakenInFramesWithoutLossAndTheNetworkIsWokenAtTheLowMark) {
    channel::Link small(
        {.event_capacity = 64}, [] {}, [this] { ++network_wakes; });
    std::uint64_t told = 0;
    int pauses = 0;
    for (int frame = 0; told < 1000; ++frame) {
        while (told < 1000 && !small.is_above_high_mark()) {
            ASSERT_TRUE(small.try_push(recorded(1, Direction::kReceived, 1)));
            ++told;
        }
        if (small.is_above_high_mark() && small.wait_for_low_mark()) {
            ++pauses;
            const int before = network_wakes;
            while (session.drain(small, kNow, [] { return true; })) {
            }
            EXPECT_EQ(network_wakes, before + 1);
            small.open_network_gate();
        }
        ASSERT_LT(frame, 1000);
    }
    (void)session.drain(small, kNow, [] { return true; });
    EXPECT_GT(pauses, 10);
    EXPECT_EQ(session.totals().received, 1000U);
}

TEST_F(Drain, BehindIsTheAgeOfTheOldestReadInTheWorstFrameOfAnInterval) {
    EXPECT_EQ(session.behind_ns(), 0);
    session.advance(0);
    push_read(kNow - 30'000'000);
    drain_all();
    session.advance(0);  // the interval begins
    push_read(kNow - 5'000'000);
    drain_all();  // before the frame
    session.note_shown(kNow + 2'000'000);
    push_read(kNow - 1'000'000);
    drain_all();
    session.note_shown(kNow);
    EXPECT_EQ(session.behind_ns(), 0) << "the interval goes on";
    session.advance(app::session::kRateIntervalNs);
    EXPECT_EQ(session.behind_ns(), 32'000'000);
    push_read(kNow - 1'000'000);
    drain_all();
    session.note_shown(kNow);
    session.advance(2 * app::session::kRateIntervalNs);
    EXPECT_EQ(session.behind_ns(), 1'000'000);
}

TEST_F(Drain, ShowingAReadAsksForNoFurtherFrame) {
    push_read(kNow - 20'000'000);
    drain_all();
    const std::uint64_t version = session.version();
    session.note_shown(kNow);
    session.note_shown(kNow + 1'000'000);
    EXPECT_EQ(session.version(), version);
}

TEST_F(Drain, OnlyTheFirstReadOfAConnectionChangesWhatThereIsToShow) {
    std::uint64_t shape = session.shape_version();
    push_read(kNow);
    drain_all();
    EXPECT_GT(session.shape_version(), shape);
    shape = session.shape_version();
    const std::uint64_t version = session.version();
    push_read(kNow);
    drain_all();
    EXPECT_GT(session.version(), version);
    EXPECT_EQ(session.shape_version(), shape);
}

TEST_F(Drain, FarBehindIsToldAtOnceAndOnlyWhenItGetsWorse) {
    push_read(kNow - app::session::kBehindToldAtOnceNs);
    push_read(kNow);
    drain_all();
    std::uint64_t version = session.version();
    session.note_shown(kNow);
    EXPECT_EQ(session.behind_ns(), app::session::kBehindToldAtOnceNs);
    EXPECT_GT(session.version(), version);
    push_read(kNow - app::session::kBehindToldAtOnceNs);
    drain_all();
    version = session.version();
    session.note_shown(kNow);
    EXPECT_EQ(session.version(), version);
}

TEST_F(Drain, BehindFallsToZeroWhenNothingCameAndThatIsAChange) {
    push_read(kNow - 1'000'000);
    drain_all();
    session.advance(0);
    session.advance(app::session::kRateIntervalNs);  // before the frame that shows it
    session.note_shown(kNow);
    EXPECT_EQ(session.behind_ns(), 0);
    session.advance(2 * app::session::kRateIntervalNs);
    EXPECT_EQ(session.behind_ns(), 1'000'000);
    const std::uint64_t version = session.version();
    ASSERT_TRUE(session.next_advance_ns().has_value()) << "a figure is not yet zero";
    session.advance(3 * app::session::kRateIntervalNs);
    EXPECT_EQ(session.behind_ns(), 0);
    EXPECT_GT(session.version(), version);
    const std::uint64_t at_rest = session.version();
    EXPECT_FALSE(session.next_advance_ns().has_value());
    drain_all();
    session.note_shown(kNow);
    EXPECT_EQ(session.version(), at_rest);
}

TEST_F(Drain, AReadFromTheFutureIsNotBehind) {
    push_read(kNow + 3600 * kSecond);
    drain_all();
    session.note_shown(kNow);
    EXPECT_EQ(session.behind_ns(), 0);
}

TEST_F(Drain, ASavedCaptureIsBehindNothing) {
    push(channel::CaptureOpened{.file = FileId{1}, .path = "/x", .is_live = false});
    push_read(kNow - 3600 * kSecond);
    drain_all();
    session.note_shown(kNow);
    EXPECT_EQ(session.behind_ns(), 0);
}

}  // namespace
}  // namespace session_test
