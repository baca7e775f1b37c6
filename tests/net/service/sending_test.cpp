// What is asked to be sent: to whom, how much, in which order, and what is said when it cannot be.
#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

class Sending : public ServiceFixture {};

TEST_F(Sending, GoesToEachNamedConnection) {
    start();
    const auto address = start_server();
    std::vector<Peer> peers;
    for (int i = 0; i < 3; ++i)
        peers.push_back(Peer::to(address));
    const ConnectionId first = expect_opened(0).connection;
    const ConnectionId third = expect_opened(2).connection;
    post(channel::Send{.targets = {.connections = {first, third}}, .bytes = octets("to you")});
    EXPECT_EQ(peers[0].receive(6), "to you");
    EXPECT_EQ(peers[2].receive(6), "to you");
    EXPECT_TRUE(drain_until([&] { return total_sent() == 12; }));
    EXPECT_EQ(sent(expect_opened(1).connection), 0U);
    EXPECT_EQ(sent_bytes(first), "to you");
}

TEST_F(Sending, GoesToEveryOpenConnectionOfAnEndpoint) {
    start();
    const auto address = start_server();
    const auto other = start_server({}, EndpointId{2});
    std::vector<Peer> peers;
    for (int i = 0; i < 5; ++i)
        peers.push_back(Peer::to(address));
    const Peer stranger = Peer::to(other);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 6; }));
    post(channel::Send{.targets = {.endpoint = EndpointId{1}}, .bytes = octets("all")});
    for (const Peer& peer : peers)
        EXPECT_EQ(peer.receive(3), "all");
    EXPECT_TRUE(drain_until([&] { return total_sent() == 15; }));
    for (const auto& opened : all<channel::ConnectionOpened>()) {
        EXPECT_EQ(sent(opened.connection), opened.endpoint == EndpointId{1} ? 3U : 0U);
    }
}

TEST_F(Sending, KeepsTheOrderOfCommands) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    std::string whole;
    for (int i = 0; i < 500; ++i) {
        const std::string line =
            pattern(1 + static_cast<std::size_t>(i) * 7 % 3000, static_cast<std::uint64_t>(i) + 1);
        post_send(id, line);
        whole += line;
    }
    std::string got;
    while (got.size() < whole.size()) {
        const std::string more =
            peer.receive(std::min<std::size_t>(whole.size() - got.size(), 10'000));
        ASSERT_FALSE(more.empty());
        got += more;
    }
    EXPECT_TRUE(got == whole);
    EXPECT_TRUE(drain_until([&] { return sent(id) == whole.size(); }));
    EXPECT_TRUE(sent_bytes(id) == whole);
}

TEST_F(Sending, IsRefusedWholeOverTheLimitAndTheRestGoesThrough) {
    config.send_queue_limit_bytes = 1'000'000;
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string large = pattern(900'000);
    // The kernel takes some of it; enough of these and the queue is full.
    std::size_t posted = 0;
    while (count<channel::Failed>() == 0) {
        ASSERT_LT(posted, 1000U) << "nothing is ever refused";
        post_send(id, large);
        ++posted;
        drain_for(2'000'000);
    }
    const auto failed = expect_failed(Operation::kSend);
    EXPECT_EQ(failed.failure.code, "ENOBUFS");
    EXPECT_EQ(failed.failure.connection, id);
    EXPECT_EQ(failed.failure.endpoint, EndpointId{1});
    EXPECT_FALSE(failed.failure.is_final);
    drain_for(20'000'000);
    const std::size_t refused = count<channel::Failed>();
    const std::size_t whole = (posted - refused) * large.size();
    std::string got;
    while (got.size() < whole) {
        const std::string more = peer.receive(std::min<std::size_t>(whole - got.size(), 65'536));
        ASSERT_FALSE(more.empty());
        got += more;
        drain_some(1000);
    }
    EXPECT_TRUE(drain_until([&] { return sent(id) == whole; }));
    for (std::size_t i = 0; i < posted - refused; ++i)
        EXPECT_TRUE(got.compare(i * large.size(), large.size(), large) == 0);
}

TEST_F(Sending, ToNobodyIsSaid) {
    start();
    start_server();
    post_send(ConnectionId{77}, "anybody?");
    const auto failed = expect_failed(Operation::kSend);
    EXPECT_EQ(failed.failure.code, "ENOTCONN");
    EXPECT_EQ(failed.failure.connection, ConnectionId{77});
    EXPECT_FALSE(failed.failure.is_final);
}

TEST_F(Sending, WhatIsQueuedGoesOutBeforeAnOrderlyClose) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    const std::string text = pattern(std::size_t{8} << 20);
    post_send(id, text);
    post_close(id);
    post_send(id, "too late");
    EXPECT_TRUE(peer.receive_to_end() == text);
    peer.end();
    const auto closed = expect_closed(id);
    EXPECT_EQ(closed.sent, text.size());
    EXPECT_EQ(closed.not_sent, 0U);
    EXPECT_EQ(expect_failed(Operation::kSend).failure.code, "EPIPE");
}

// RELIABILITY.md T13, without the echo: the queue is ours and has a limit, the kernel's part is told as sent.
TEST_F(Sending, ToAPeerThatDoesNotReadWaitsAndIsShown) {
    config.stats_interval_ns = 20'000'000;
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string text = pattern(std::size_t{8} << 20);
    post_send(id, text);
    const auto stats =
        expect<channel::ConnectionStats>([](const auto& e) { return e.queued_bytes > 0; });
    EXPECT_EQ(stats.connection, id);
    EXPECT_LE(stats.queued_bytes, text.size());
    std::string got;
    while (got.size() < text.size()) {
        const std::string more =
            peer.receive(std::min<std::size_t>(text.size() - got.size(), 65'536));
        ASSERT_FALSE(more.empty());
        got += more;
        drain_some(1000);
    }
    EXPECT_TRUE(got == text);
    EXPECT_TRUE(drain_until([&] { return sent(id) == text.size(); }));
    EXPECT_TRUE(drain_until([&] {
        const auto all_stats = all<channel::ConnectionStats>();
        return all_stats.back().queued_bytes == 0 && all_stats.back().unsent_bytes == 0;
    })) << "the sample never settles";
}

}  // namespace
}  // namespace service_test
