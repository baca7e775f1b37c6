// What concerns the run as a whole: pauses, the capture, signals, the end, the log's bound, versions.
#include <csignal>
#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using channel::PauseCause;

TEST(Service, APauseIsOneLineWhenItBeginsAndOneWhenItEnds) {
    Fold fold;
    for (std::uint64_t n = 1; n <= 3; ++n) {
        fold.tell(
            channel::ReadingPaused{.cause = PauseCause::kQueueFull, .pauses = n, .time_ns = kNow});
    }
    EXPECT_TRUE(fold.session.totals().is_paused);
    EXPECT_EQ(fold.session.totals().pause_cause, PauseCause::kQueueFull);
    EXPECT_EQ(fold.session.totals().read_pauses, 3U);
    EXPECT_EQ(fold.lines_with("reading paused"), 1);
    fold.tell(channel::ReadingResumed{.cause = PauseCause::kQueueFull, .time_ns = kNow});
    fold.tell(channel::ReadingResumed{.cause = PauseCause::kQueueFull, .time_ns = kNow});
    EXPECT_FALSE(fold.session.totals().is_paused);
    EXPECT_EQ(fold.lines_with("reading resumed"), 1);
}

TEST(Service, TwoCausesOfAPauseEndEachOnItsOwn) {
    Fold fold;
    fold.tell(channel::ReadingPaused{.cause = PauseCause::kStorage, .pauses = 1, .time_ns = kNow});
    fold.tell(
        channel::ReadingPaused{.cause = PauseCause::kQueueFull, .pauses = 2, .time_ns = kNow});
    fold.tell(channel::ReadingResumed{.cause = PauseCause::kQueueFull, .time_ns = kNow});
    EXPECT_TRUE(fold.session.totals().is_paused);
    EXPECT_EQ(fold.session.totals().pause_cause, PauseCause::kStorage);
    fold.tell(channel::ReadingResumed{.cause = PauseCause::kStorage, .time_ns = kNow});
    EXPECT_FALSE(fold.session.totals().is_paused);
}

TEST(Service, CaptureIsNamedAndSaidToBeLiveOrSaved) {
    Fold live;
    live.tell(channel::CaptureOpened{.file = FileId{1}, .path = "/x/a.pcapng", .is_live = true});
    EXPECT_EQ(live.session.capture_path(), "/x/a.pcapng");
    EXPECT_TRUE(live.session.is_live());
    EXPECT_EQ(live.last_line().text, "capturing to /x/a.pcapng");
    Fold saved;
    saved.tell(channel::CaptureOpened{.file = FileId{1}, .path = "/x/a.pcapng", .is_live = false});
    EXPECT_FALSE(saved.session.is_live());
    EXPECT_EQ(saved.last_line().text, "opened /x/a.pcapng");
}

TEST(Service, SignalIsKept) {
    Fold fold;
    EXPECT_FALSE(fold.session.signal().has_value());
    fold.tell(channel::SignalReceived{.signal = SIGTERM});
    EXPECT_EQ(fold.session.signal(), SIGTERM);
    EXPECT_EQ(fold.last_line().text, "SIGTERM received");
}

TEST(Service, StoppingEndsEverything) {
    Fold fold;
    fold.server(1);
    fold.listening(1);
    fold.server(2, "127.0.0.1:1");
    fold.failed(channel::Operation::kListen, 2, true, "no");
    EXPECT_FALSE(fold.session.is_stopped());
    fold.tell(channel::ServiceStopped{.connections = 0,
                                      .read_pauses = 4,
                                      .datagrams_dropped = 5,
                                      .loop_close_result = 0,
                                      .time_ns = kNow});
    EXPECT_TRUE(fold.session.is_stopped());
    EXPECT_EQ(fold.session.loop_close_result(), 0);
    EXPECT_EQ(fold.session.totals().read_pauses, 4U);
    EXPECT_EQ(fold.session.totals().datagrams_dropped, 5U);
    EXPECT_EQ(fold.endpoint(1).state, EndpointState::kStopped);
    EXPECT_EQ(fold.endpoint(2).state, EndpointState::kFailed);
    EXPECT_EQ(fold.last_line().text, "stopped");
}

TEST(Service, ALoopThatDidNotCloseIsAnError) {
    Fold fold;
    fold.tell(channel::ServiceStopped{.loop_close_result = -16, .time_ns = kNow});
    EXPECT_EQ(fold.session.loop_close_result(), -16);
    EXPECT_EQ(fold.lines_with("the network loop did not close cleanly: EBUSY"), 1);
}

TEST(Service, LogIsBoundedAndCountsWhatItDropped) {
    Fold fold;
    fold.server(1);
    const std::size_t churned = app::session::kMostLogLines;  // two lines each
    for (std::uint64_t id = 1; id <= churned; ++id) {
        fold.open(id, 1);
        fold.close(id);
        if (id % 1000 == 0) fold.want(app::session::ClearClosedIntent{});
    }
    EXPECT_EQ(fold.session.log_lines().size(), app::session::kMostLogLines);
    EXPECT_EQ(fold.session.log_lines_dropped(), churned);
    EXPECT_NE(fold.last_line().text.find("closed #50000"), std::string::npos);
}

TEST(Service, AnOverlongLineIsCut) {
    Fold fold;
    fold.session.log(Severity::kInfo, std::string(1 << 20, 'x'), kNow);
    EXPECT_LT(fold.last_line().text.size(), 4096U);
}

TEST(Service, VersionStandsStillWhenNothingVisibleChanges) {
    Fold fold;
    fold.server(1);
    const std::uint64_t version = fold.session.version();
    fold.mark(0, 0);
    fold.tell(channel::ReadingResumed{.cause = PauseCause::kStorage, .time_ns = kNow});
    EXPECT_FALSE(fold.session.advance(kSecond));
    channel::Link link(
        {}, [] {}, [] {});
    EXPECT_FALSE(fold.session.drain(link, kNow, [] { return true; }));
    fold.session.apply({}, kNow);
    EXPECT_FALSE(fold.session.post_to(link));
    EXPECT_EQ(fold.session.version(), version);
}

TEST(Service, EveryKindOfEventMovesTheVersion) {
    Fold fold;
    fold.server(1);
    std::uint64_t version = fold.session.version();
    const auto expect_moved = [&](const char* what) {
        EXPECT_NE(fold.session.version(), version) << what;
        version = fold.session.version();
    };
    fold.listening(1);
    expect_moved("listening");
    fold.open(1, 1);
    expect_moved("opened");
    fold.record(1, Direction::kReceived, 1);
    expect_moved("recorded");
    fold.mark(1, 0);
    expect_moved("mark");
    fold.tell(channel::ConnectionStats{.connection = ConnectionId{1}, .rtt_us = 1});
    expect_moved("stats");
    fold.tell(channel::PeerEnded{.connection = ConnectionId{1}});
    expect_moved("peer ended");
    fold.close(1);
    expect_moved("closed");
    fold.tell(channel::ReadingPaused{.cause = PauseCause::kStorage, .pauses = 1});
    expect_moved("paused");
    fold.tell(channel::ReadingResumed{.cause = PauseCause::kStorage});
    expect_moved("resumed");
    fold.failed(channel::Operation::kAccept, 1, false, "x");
    expect_moved("failed");
    fold.stopped(1);
    expect_moved("stopped");
    fold.tell(channel::CaptureOpened{.file = FileId{2}, .path = "/y"});
    expect_moved("capture");
    fold.tell(channel::SignalReceived{.signal = 2});
    expect_moved("signal");
    fold.tell(channel::ServiceStopped{});
    expect_moved("service stopped");
}

}  // namespace
}  // namespace session_test
