// How connections end: an orderly end and a reset are told apart, and nothing that came before either is lost.
#include <cerrno>
#include <functional>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

class Endings : public ServiceFixture {
  protected:
    // Until the other side's kernel has everything: then a reset cannot overtake it on loopback.
    static void wait_until_acknowledged(const Peer& peer) {
        const std::int64_t deadline = now_ns() + kPatience_ns;
        int unsent = 1;
        while (unsent > 0 && now_ns() < deadline)
            ASSERT_EQ(ioctl(peer.descriptor(), SIOCOUTQ, &unsent), 0);
    }
};

TEST_F(Endings, AnOrderlyEndIsToldAsSuch) {
    start();
    Peer peer = Peer::to(start_server());
    peer.send("good bye");
    peer.close();
    const ConnectionId id = expect_opened().connection;
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.reason, CloseReason::kEndOfStream);
    EXPECT_EQ(closed.code, 0);
    EXPECT_EQ(closed.received, 8U);
    expect_received(id, "good bye");
    ASSERT_EQ(count<channel::PeerEnded>(), 1U);
}

TEST_F(Endings, AResetIsToldAsSuch) {
    start();
    Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    peer.reset();
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.reason, CloseReason::kResetByPeer);
    EXPECT_EQ(closed.code, ECONNRESET);
    EXPECT_EQ(count<channel::PeerEnded>(), 0U);
}

// RELIABILITY.md T1, shortened; libuv's streams call these a clean end (F2).
TEST_F(Endings, AResetRightAfterDataLosesNoneOfIt) {
    start();
    const auto address = start_server();
    const std::string text = pattern(std::size_t{1} << 20);
    std::uint64_t whole = 0;
    for (std::size_t n = 0; n < 300; ++n) {
        const std::size_t size = std::size_t{1} << (n % 17);
        Peer peer = Peer::to(address);
        peer.send(std::string_view(text).substr(0, size));
        wait_until_acknowledged(peer);
        peer.reset();
        const ConnectionId id = expect_opened(n).connection;
        const auto closed = expect_closed(id);
        ASSERT_EQ(closed.reason, CloseReason::kResetByPeer)
            << "connection " << n << ", " << size << " bytes";
        ASSERT_EQ(closed.received, size) << "connection " << n;
        whole += size;
    }
    EXPECT_EQ(total_received(), whole);
}

// RELIABILITY.md T2, F1: libuv 1.44 loses half of this.
TEST_F(Endings, AnUrgentByteThenDataThenAResetAreAllRead) {
    start();
    const auto address = start_server();
    const std::string half = pattern(1000);
    for (std::size_t n = 0; n < 100; ++n) {
        Peer peer = Peer::to(address);
        peer.send(half);
        peer.send_urgent('!');
        peer.send(half);
        wait_until_acknowledged(peer);
        peer.reset();
        const auto closed = expect_closed(expect_opened(n).connection);
        ASSERT_EQ(closed.received, 2001U);
        ASSERT_EQ(closed.reason, CloseReason::kResetByPeer);
    }
    EXPECT_EQ(received_bytes(expect_opened(0).connection), half + "!" + half);
}

TEST_F(Endings, AnUrgentByteThenDataThenAnEndAfterOurShutdownAreAllRead) {
    start();
    const auto address = start_server();
    const std::string half = pattern(1000);
    for (std::size_t n = 0; n < 100; ++n) {
        Peer peer = Peer::to(address);
        const ConnectionId id = expect_opened(n).connection;
        post_close(id);
        EXPECT_EQ(peer.receive_to_end(), "");
        peer.send(half);
        peer.send_urgent('!');
        peer.send(half);
        peer.close();
        const auto closed = expect_closed(id);
        ASSERT_EQ(closed.received, 2001U);
        ASSERT_EQ(closed.reason, CloseReason::kClosedHere);
    }
}

// RELIABILITY.md T4.
TEST_F(Endings, APeerThatHasEndedStillReceivesWhatIsSent) {
    start();
    channel::ServerConfig server;
    server.keeps_half_open = true;
    const Peer peer = Peer::to(start_server(server));
    peer.send("request");
    peer.end();
    const ConnectionId id = expect_opened().connection;
    expect<channel::PeerEnded>();
    const std::string answer = pattern(std::size_t{10} << 20);
    post_send(id, answer);
    std::string got;
    while (got.size() < answer.size()) {
        got += peer.receive(std::min<std::size_t>(answer.size() - got.size(), 65536));
        drain_some(10'000);
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_TRUE(got == answer);
    post_close(id);
    EXPECT_EQ(peer.receive_to_end(), "");
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.reason, CloseReason::kClosedHere);
    EXPECT_EQ(closed.sent, answer.size());
    EXPECT_EQ(closed.not_sent, 0U);
}

TEST_F(Endings, AHalfOpenConnectionCostsNothingWhileNothingHappens) {
    start();
    channel::ServerConfig server;
    server.keeps_half_open = true;
    const Peer peer = Peer::to(start_server(server));
    peer.end();
    expect<channel::PeerEnded>();
    drain_for(1'500'000'000);  // the samples settle
    const std::int64_t before = cpu_time_ns();
    drain_for(500'000'000);
    EXPECT_LT(cpu_time_ns() - before, 100'000'000)
        << "the end of the stream is reported without end";
    EXPECT_EQ(count<channel::ConnectionClosed>(), 0U);
}

TEST_F(Endings, AResetOfAHalfOpenConnectionIsNoticed) {
    start();
    channel::ServerConfig server;
    server.keeps_half_open = true;
    Peer peer = Peer::to(start_server(server));
    peer.end();
    expect<channel::PeerEnded>();
    peer.reset();
    const auto closed = expect_closed(expect_opened().connection);
    EXPECT_EQ(closed.reason, CloseReason::kResetByPeer);
}

TEST_F(Endings, OurOwnEndStillReadsAllThatThePeerSends) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_close(id);
    EXPECT_EQ(peer.receive_to_end(), "");  // our FIN
    const std::string text = pattern(std::size_t{10} << 20);
    peer.send(text);
    peer.end();
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.reason, CloseReason::kClosedHere);
    EXPECT_EQ(closed.received, text.size());
    EXPECT_TRUE(received_bytes(id) == text);
}

TEST_F(Endings, BothEndingAtOnceIsAnOrderlyEnd) {
    start();
    const auto address = start_server();
    for (std::size_t n = 0; n < 50; ++n) {
        const Peer peer = Peer::to(address);
        const ConnectionId id = expect_opened(n).connection;
        post_close(id);
        peer.end();
        EXPECT_EQ(peer.receive_to_end(), "");
        const auto closed = expect_closed(id);
        EXPECT_TRUE(closed.reason == CloseReason::kClosedHere ||
                    closed.reason == CloseReason::kEndOfStream);
    }
}

TEST_F(Endings, APeerThatNeverEndsIsResetAfterTheLimit) {
    config.close_limit_ns = 200'000'000;
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    const std::int64_t before = now_ns();
    post_close(id);
    const auto closed = expect_closed(id);
    EXPECT_GE(now_ns() - before, 150'000'000);
    EXPECT_EQ(closed.reason, CloseReason::kClosedHere);
    int error = 0;
    EXPECT_EQ(peer.receive_to_end(&error), "");
}

TEST_F(Endings, AnAbortIsAResetAtOnce) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_close(id, channel::CloseHow::kAbort);
    EXPECT_EQ(expect_closed(id).reason, CloseReason::kClosedHere);
    int error = 0;
    (void)peer.receive_to_end(&error);
    EXPECT_EQ(error, ECONNRESET);
}

TEST_F(Endings, BytesThatWereQueuedAndNeverSentAreCounted) {
    start();
    Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string text = pattern(std::size_t{12} << 20);
    post_send(id, text);
    ASSERT_TRUE(drain_until([&] { return sent(id) > 0; }));
    peer.reset();
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.reason, CloseReason::kResetByPeer);
    EXPECT_GT(closed.not_sent, 0U);
    EXPECT_EQ(closed.sent + closed.not_sent, text.size());
}

// A send that fails takes the reset's errno away from recv(2); the data before it is still read, and the end is still a reset.
TEST_F(Endings, AResetFoundBySendingStillReadsWhatCameBefore) {
    start();
    const auto address = start_server();
    for (std::size_t n = 0; n < 100; ++n) {
        Peer peer = Peer::to(address);
        const ConnectionId id = expect_opened(n).connection;
        post_send(id, "x");
        peer.send("last words");
        wait_until_acknowledged(peer);
        peer.reset();  // unread "x" or not, it is a reset
        post_send(id, "too late?");
        const auto closed = expect_closed(id);
        ASSERT_EQ(closed.reason, CloseReason::kResetByPeer);
        ASSERT_EQ(closed.received, 10U);
    }
}

TEST_F(Endings, APeerMayComeBackAnyNumberOfTimes) {
    start();
    const auto address = start_server();
    for (std::size_t n = 0; n < 50; ++n) {
        Peer peer = Peer::to(address);
        peer.send("again");
        if (n % 2 == 0) {
            peer.close();
        } else {
            wait_until_acknowledged(peer);
            peer.reset();
        }
        const auto closed = expect_closed(expect_opened(n).connection);
        EXPECT_EQ(closed.reason,
                  n % 2 == 0 ? CloseReason::kEndOfStream : CloseReason::kResetByPeer);
        EXPECT_EQ(closed.received, 5U);
    }
}

}  // namespace
}  // namespace service_test
