// A server that sends back what it receives, and what is recorded of it.
#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

class Echo : public ServiceFixture {
  protected:
    channel::ServerConfig echo_server() {
        channel::ServerConfig server;
        server.echoes = true;
        return server;
    }
};

TEST_F(Echo, SendsBackEveryByteAndRecordsBothWays) {
    start();
    const auto address = start_server(echo_server());
    const Peer peer = Peer::to(address);
    const std::string text = "hello, wire\n";
    peer.send(text);
    EXPECT_EQ(peer.receive(text.size()), text);
    const ConnectionId id = expect_opened().connection;
    EXPECT_TRUE(drain_until([&] { return sent(id) == text.size(); }));
    EXPECT_EQ(received_bytes(id), text);
    EXPECT_EQ(sent_bytes(id), text);
}

TEST_F(Echo, TellsTheReadBeforeTheAnswer) {
    start();
    const Peer peer = Peer::to(start_server(echo_server()));
    for (int i = 0; i < 200; ++i) {
        peer.send("x");
        ASSERT_EQ(peer.receive(1), "x");
    }
    const ConnectionId id = expect_opened().connection;
    ASSERT_TRUE(drain_until([&] { return sent(id) == 200; }));
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    for (const auto& event : all<channel::Recorded>()) {
        (event.direction == channel::Direction::kReceived ? in : out) += event.size;
        EXPECT_LE(out, in) << "answered before it was read";
        EXPECT_LE(in, out + 1) << "the peer had not sent this yet: its answer's record came late";
    }
}

TEST_F(Echo, SendsWhatIsQueuedAfterThePeerHasEnded) {
    start();
    const Peer peer = Peer::to(start_server(echo_server()));
    const std::string text = pattern(300'000);
    peer.send(text);
    peer.end();
    EXPECT_TRUE(peer.receive_to_end() == text);
    const ConnectionId id = expect_opened().connection;
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.reason, CloseReason::kEndOfStream);
    EXPECT_EQ(closed.not_sent, 0U);
    EXPECT_EQ(closed.sent, text.size());
    EXPECT_EQ(count<channel::PeerEnded>(), 1U);
}

// RELIABILITY.md T13: the peer sends and never reads. Its own sending is slowed down, nothing is lost, the queue stays small.
TEST_F(Echo, PausesASenderThatDoesNotReadAndLosesNothing) {
    config.stats_interval_ns = 20'000'000;
    start();
    const Peer peer = Peer::to(start_server(echo_server()), 4096);
    const std::string text = pattern(std::size_t{16} << 20);
    std::size_t taken = 0;
    const auto paused = [&] {
        taken += peer.send_without_waiting(std::string_view(text).substr(taken));
        for (const auto& stats : all<channel::ConnectionStats>()) {
            if (stats.is_reading_paused) return true;
        }
        return false;
    };
    const std::int64_t deadline = now_ns() + kPatience_ns;
    while (!paused() && now_ns() < deadline)
        drain_for(5'000'000);
    ASSERT_TRUE(paused()) << "its reading was never paused";
    ASSERT_LT(taken, text.size()) << "the peer was never slowed down";
    for (const auto& stats : all<channel::ConnectionStats>())
        EXPECT_LE(stats.queued_bytes, std::uint64_t{1} << 20);

    std::string back;
    while (back.size() < text.size() && now_ns() < deadline) {
        taken += peer.send_without_waiting(std::string_view(text).substr(taken, 65536));
        const std::size_t outstanding = taken - back.size();
        if (outstanding > 0) back += peer.receive(std::min<std::size_t>(outstanding, 32768));
        drain_some(1000);
    }
    EXPECT_TRUE(back == text);
    for (const auto& stats : all<channel::ConnectionStats>())
        EXPECT_LE(stats.queued_bytes, std::uint64_t{1} << 20);
}

}  // namespace
}  // namespace service_test
