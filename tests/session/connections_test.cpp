// Connections: facts, counts, closings, and events that name what is not there.
#include <cerrno>
#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

class Connections : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        listening(1);
        open(12, 1);
    }
};

TEST_F(Connections, OpeningIsListedCountedAndLogged) {
    EXPECT_EQ(session.connections(), std::vector<ConnectionId>{ConnectionId{12}});
    EXPECT_EQ(connection(12).state, ConnectionState::kOpen);
    EXPECT_FALSE(connection(12).was_opened_here);
    EXPECT_EQ(connection(12).local_text, "127.0.0.1:9000");
    EXPECT_EQ(connection(12).peer_text, "127.0.0.1:50012");
    EXPECT_EQ(connection(12).opened_ns, kNow);
    EXPECT_EQ(endpoint(1).open_connections, 1U);
    EXPECT_EQ(endpoint(1).connections, 1U);
    EXPECT_EQ(session.totals().open_connections, 1U);
    EXPECT_EQ(last_line().text, "opened #12 from 127.0.0.1:50012");
    EXPECT_EQ(last_line().connection, ConnectionId{12});
    EXPECT_EQ(last_line().endpoint, EndpointId{1});
}

TEST_F(Connections, ReadsAndSendsAddUpEachOnItsSide) {
    record(12, Direction::kReceived, 1000);
    record(12, Direction::kReceived, 24);
    record(12, Direction::kSent, 7);
    EXPECT_EQ(connection(12).received, 1024U);
    EXPECT_EQ(connection(12).sent, 7U);
    EXPECT_EQ(session.totals().received, 1024U);
    EXPECT_EQ(session.totals().sent, 7U);
    EXPECT_EQ(session.totals().reads, 3U);
    ASSERT_EQ(session.reads().size(), 3U);
    EXPECT_EQ(session.reads().at(1).connection, ConnectionId{12});
    EXPECT_EQ(session.reads().at(1).stream_offset, 1000U);
    EXPECT_EQ(session.reads().at(2).entry.direction(), Direction::kSent);
}

TEST_F(Connections, AGapIsNotReadButMovesTheStreamOnAndIsLogged) {
    record(12, Direction::kReceived, 100);
    tell(channel::StreamGap{.connection = ConnectionId{12},
                            .time_ns = kNow,
                            .bytes = 1234,
                            .direction = Direction::kReceived,
                            .cause = channel::GapCause::kNotCaptured});
    EXPECT_EQ(last_line().text, "#12: 1,234 received bytes are missing here (not captured)");
    EXPECT_EQ(last_line().severity, Severity::kWarning);
    EXPECT_EQ(last_line().connection, ConnectionId{12});
    tell(channel::StreamGap{.connection = ConnectionId{12},
                            .time_ns = kNow,
                            .bytes = 1,
                            .direction = Direction::kSent,
                            .cause = channel::GapCause::kEarlierFile});
    EXPECT_EQ(last_line().text, "#12: 1 sent byte is in an earlier file of this capture");
    record(12, Direction::kReceived, 10);
    EXPECT_EQ(connection(12).received, 110U);
    EXPECT_EQ(connection(12).missing_bytes[0], 1234U);
    EXPECT_EQ(connection(12).missing_bytes[1], 1U);
    EXPECT_EQ(session.totals().received, 110U);
    EXPECT_EQ(session.totals().reads, 2U);
    ASSERT_EQ(session.reads().size(), 4U);
    EXPECT_TRUE(session.reads().entry(1).is_gap());
    EXPECT_EQ(session.reads().at(3).stream_offset, 1334U);
    // The books of a closing are the whole stream's.
    mark(110, 0);
    tell(channel::ConnectionClosed{
        .connection = ConnectionId{12}, .time_ns = kNow, .received = 1344, .sent = 1});
    EXPECT_NE(session.ledger().state, LedgerState::kDisagrees) << session.ledger().trouble;
}

TEST_F(Connections, AGapThatTheClosingDoesNotCountBreaksTheLedger) {
    record(12, Direction::kReceived, 100);
    tell(channel::StreamGap{
        .connection = ConnectionId{12}, .bytes = 50, .direction = Direction::kReceived});
    tell(channel::ConnectionClosed{
        .connection = ConnectionId{12}, .time_ns = kNow, .received = 100, .sent = 0});
    EXPECT_EQ(session.ledger().state, LedgerState::kDisagrees);
}

TEST_F(Connections, ThatGoOnOrAreDatagramsAreKnownAsSuch) {
    channel::ConnectionOpened opened{.connection = ConnectionId{13},
                                     .endpoint = EndpointId{1},
                                     .local = loopback(9000),
                                     .peer = loopback(50013),
                                     .time_ns = kNow,
                                     .is_continued = true};
    tell(opened);
    EXPECT_TRUE(connection(13).is_continued);
    EXPECT_EQ(last_line().text,
              "#13 from 127.0.0.1:50013 was open already where this capture begins");
    opened.connection = ConnectionId{14};
    opened.is_continued = false;
    opened.protocol = channel::Protocol::kUdp;
    tell(opened);
    EXPECT_EQ(connection(14).protocol, channel::Protocol::kUdp);
    EXPECT_EQ(last_line().text, "first datagram of #14 from 127.0.0.1:50013");
}

TEST_F(Connections, ResetAndEndOfStreamAreToldApartInWords) {
    record(12, Direction::kReceived, 1024);
    close(12, CloseReason::kResetByPeer, ECONNRESET);
    EXPECT_EQ(last_line().text, "closed #12: reset by peer (received 1,024 B, sent 0 B)");
    EXPECT_FALSE(session.has_failed());
    EXPECT_EQ(connection(12).state, ConnectionState::kClosed);
    EXPECT_EQ(connection(12).closed_ns, kNow + kSecond);
    EXPECT_EQ(endpoint(1).open_connections, 0U);
    EXPECT_EQ(endpoint(1).connections, 1U);
    EXPECT_EQ(session.totals().open_connections, 0U);
    EXPECT_EQ(session.totals().connections, 1U);
    open(13, 1);
    close(13);
    EXPECT_EQ(last_line().text, "closed #13: end of stream (received 0 B, sent 0 B)");
}

TEST_F(Connections, ReasonsAreTheWordsOfTheCommandLineContract) {
    using app::session::reason_text;
    EXPECT_EQ(reason_text(CloseReason::kEndOfStream, 0), "end of stream");
    EXPECT_EQ(reason_text(CloseReason::kResetByPeer, ECONNRESET), "reset by peer");
    EXPECT_EQ(reason_text(CloseReason::kClosedHere, 0), "closed here");
    EXPECT_EQ(reason_text(CloseReason::kTimedOut, ETIMEDOUT), "timed out");
    EXPECT_EQ(reason_text(CloseReason::kError, ENETDOWN), "network is down");
}

TEST_F(Connections, BytesThatNeverLeftAreNamedAtTheClose) {
    tell(channel::ConnectionClosed{.connection = ConnectionId{12},
                                   .reason = CloseReason::kResetByPeer,
                                   .time_ns = kNow,
                                   .not_sent = 5000});
    EXPECT_EQ(last_line().text,
              "closed #12: reset by peer (received 0 B, sent 0 B, never sent 5,000 B)");
    EXPECT_EQ(connection(12).not_sent, 5000U);
}

TEST_F(Connections, PeersEndIsAStateOfItsOwnUnlessWeAreClosing) {
    tell(channel::PeerEnded{.connection = ConnectionId{12}, .time_ns = kNow});
    EXPECT_EQ(connection(12).state, ConnectionState::kPeerEnded);
    EXPECT_TRUE(connection(12).is_open());
    EXPECT_EQ(last_line().text, "#12: the peer ended its stream");

    open(13, 1);
    want(app::session::CloseIntent{.connections = {ConnectionId{13}},
                                   .how = channel::CloseHow::kInOrder});
    tell(channel::PeerEnded{.connection = ConnectionId{13}, .time_ns = kNow});
    EXPECT_EQ(connection(13).state, ConnectionState::kClosing);
}

TEST_F(Connections, StatsAreTakenOverWhileOpenAndClearedAtTheClose) {
    const channel::ConnectionStats stats{.connection = ConnectionId{12},
                                         .rtt_us = 150,
                                         .rtt_variation_us = 20,
                                         .retransmits = 3,
                                         .is_reading_paused = true,
                                         .queued_bytes = 4096,
                                         .unsent_bytes = 100};
    tell(stats);
    EXPECT_TRUE(connection(12).has_stats);
    EXPECT_EQ(connection(12).rtt_us, 150U);
    EXPECT_EQ(connection(12).rtt_variation_us, 20U);
    EXPECT_EQ(connection(12).retransmits, 3U);
    EXPECT_EQ(connection(12).queued_bytes, 4096U);
    EXPECT_EQ(connection(12).unsent_bytes, 100U);
    EXPECT_TRUE(connection(12).is_reading_paused);
    close(12);
    EXPECT_EQ(connection(12).queued_bytes, 0U);
    EXPECT_FALSE(connection(12).is_reading_paused);
    EXPECT_EQ(connection(12).rtt_us, 150U);  // what it was at the last look stays
    tell(stats);
    EXPECT_EQ(connection(12).queued_bytes, 0U);
}

TEST_F(Connections, VersionOfTheListChangesWithItsRowsAndStatesOnly) {
    const std::uint64_t before = session.connections_version();
    record(12, Direction::kReceived, 10);
    tell(channel::ConnectionStats{.connection = ConnectionId{12}, .rtt_us = 1});
    EXPECT_EQ(session.connections_version(), before);
    open(13, 1);
    const std::uint64_t opened = session.connections_version();
    EXPECT_NE(opened, before);
    close(12);
    const std::uint64_t closed = session.connections_version();
    EXPECT_NE(closed, opened);
    want(app::session::ClearClosedIntent{});
    EXPECT_NE(session.connections_version(), closed);
}

TEST_F(Connections, ClearingTakesClosedOnesOutAndKeepsTheirReads) {
    open(13, 1);
    record(12, Direction::kReceived, 10);
    record(13, Direction::kReceived, 20);
    close(12);
    want(app::session::ClearClosedIntent{});
    EXPECT_EQ(session.connections(), std::vector<ConnectionId>{ConnectionId{13}});
    EXPECT_EQ(session.connection(ConnectionId{12}), nullptr);
    EXPECT_EQ(session.reads().size(), 2U);
    EXPECT_EQ(session.reads().at(0).connection, ConnectionId{12});
    EXPECT_EQ(session.totals().received, 30U);
    // Nothing left to clear: nothing changes.
    const std::uint64_t version = session.version();
    want(app::session::ClearClosedIntent{});
    EXPECT_EQ(session.version(), version);
    // What was last looked up may have been cleared: the next read must not find its ghost.
    record(13, Direction::kReceived, 5);
    EXPECT_EQ(connection(13).received, 25U);
}

TEST_F(Connections, UnknownIdsAreToleratedAndSaidOnce) {
    for (int i = 0; i < 3; ++i) {
        record(99, Direction::kReceived, 5);
        tell(channel::PeerEnded{.connection = ConnectionId{99}, .time_ns = kNow});
        tell(channel::ConnectionClosed{.connection = ConnectionId{98}, .time_ns = kNow});
        tell(channel::ConnectionStats{.connection = ConnectionId{99}, .rtt_us = 1});
        listening(77);
        stopped(77);
        failed(channel::Operation::kConnect, 78, false, "a failure of nobody");
        tell(channel::ClientResolving{.endpoint = EndpointId{79}});
        tell(channel::ClientConnecting{.endpoint = EndpointId{79}, .peer = loopback(1)});
        tell(channel::ClientWaiting{.endpoint = EndpointId{79}});
    }
    EXPECT_EQ(lines_with("unknown connection"), 1);
    EXPECT_EQ(lines_with("unknown endpoint"), 1);
    EXPECT_EQ(lines_with("a failure of nobody"), 3);
    // The bytes were folded all the same: the ledger must see them.
    EXPECT_EQ(session.totals().received, 15U);
    EXPECT_EQ(session.reads().size(), 3U);
}

TEST_F(Connections, OpeningUnderAnUnknownEndpointIsShownAllTheSame) {
    open(20, 55);
    EXPECT_EQ(connection(20).endpoint, EndpointId{55});
    close(20);
    EXPECT_EQ(session.totals().open_connections, 1U);
    EXPECT_EQ(lines_with("unknown endpoint"), 1);
}

TEST_F(Connections, OpeningOrClosingTwiceCountsOnce) {
    record(12, Direction::kReceived, 5);
    open(12, 1);
    EXPECT_EQ(session.totals().open_connections, 1U);
    EXPECT_EQ(connection(12).received, 5U);
    EXPECT_EQ(lines_with("opened twice"), 1);
    close(12);
    close(12, CloseReason::kResetByPeer);
    EXPECT_EQ(session.totals().open_connections, 0U);
    EXPECT_EQ(endpoint(1).open_connections, 0U);
    EXPECT_EQ(connection(12).reason, CloseReason::kEndOfStream);
}

TEST_F(Connections, HostileNamesAndMessagesAppearPrintable) {
    server(2, "evil\x1b[31m##%n%s\r\nname\xff");
    EXPECT_EQ(endpoint(2).name.find('\x1b'), std::string::npos);
    listening(2, loopback(1));
    failed(channel::Operation::kListen, 2, true, std::string("no\x1b]0;\0pwned\x07\n##%n", 18));
    session.log(Severity::kInfo, "job\x1b[2J", kNow);
    tell(channel::CaptureOpened{.file = FileId{1}, .path = "/tmp/\x1b[1m\n", .is_live = true});
    EXPECT_NE(lines_with("##%n"), 0);
    for (const LogLine& line : session.log_lines()) {
        for (const char c : line.text) {
            EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << line.text;
        }
    }
    EXPECT_EQ(endpoint(2).last_failure.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace session_test
