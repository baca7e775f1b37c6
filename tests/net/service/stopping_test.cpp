// The end: everything closed, the loop's end clean, whatever the peers do, and with nobody draining.
#include <chrono>
#include <csignal>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

class Stopping : public ServiceFixture {};

TEST_F(Stopping, WithNothingOpenIsImmediate) {
    start();
    const std::int64_t before = now_ns();
    const auto stopped = stop();
    EXPECT_LT(now_ns() - before, 500'000'000);
    EXPECT_EQ(stopped.loop_close_result, 0);
    EXPECT_EQ(stopped.connections, 0U);
    EXPECT_TRUE(std::holds_alternative<channel::ServiceStopped>(events.back()));
}

TEST_F(Stopping, AServiceThatNeverStartedGoesAway) {
    const net::service::Service service(config, [] {});
}

TEST_F(Stopping, ACaptureThatCannotBeOpenedIsAFailureAndNothingRuns) {
    config.capture.path = "/nonexistent/folder/capture.pcapng";
    net::service::Service service(config, [] {});
    channel::Failure failure;
    EXPECT_FALSE(service.start(failure));
    EXPECT_EQ(failure.operation, Operation::kCapture);
    EXPECT_EQ(failure.code, "ENOENT");
}

// RELIABILITY.md T53.
TEST_F(Stopping, AThousandOpenSocketsWithWritesPendingAreStoppedInTime) {
    start();
    channel::ServerConfig server;
    server.backlog = 2000;
    const auto address = start_server(server);
    std::vector<Peer> peers;
    for (int i = 0; i < 1000; ++i)
        peers.push_back(Peer::to(address, 4096));
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 1000; }));
    post(channel::Send{.targets = {.endpoint = EndpointId{1}},
                       .bytes = octets(pattern(std::size_t{5} << 20))});
    ASSERT_TRUE(drain_until([&] { return total_sent() > 1'000'000; }));
    const std::int64_t before = now_ns();
    const auto stopped = stop();
    const std::int64_t took = now_ns() - before;
    EXPECT_EQ(stopped.loop_close_result, 0);
    EXPECT_LT(took, 3'000'000'000);
    RecordProperty("stop_ms", static_cast<int>(took / 1'000'000));
    EXPECT_EQ(count<channel::ConnectionClosed>(), 1000U);
    std::uint64_t not_sent = 0;
    for (const auto& closed : all<channel::ConnectionClosed>())
        not_sent += closed.not_sent;
    EXPECT_EQ(not_sent + total_sent(), 1000 * (std::uint64_t{5} << 20));
}

TEST_F(Stopping, PeersThatEndAreWaitedForAndThoseThatDoNotAreReset) {
    config.stop_limit_ns = 400'000'000;
    start();
    const auto address = start_server();
    const Peer polite = Peer::to(address);
    const Peer rude = Peer::to(address);
    const ConnectionId polite_id = expect_opened(0).connection;
    const ConnectionId rude_id = expect_opened(1).connection;
    post(channel::StopService{});
    EXPECT_EQ(polite.receive_to_end(), "");
    polite.send("last words");
    polite.end();
    expect<channel::ServiceStopped>();
    EXPECT_EQ(received_bytes(polite_id), "last words");
    EXPECT_EQ(expect_closed(polite_id).reason, CloseReason::kClosedHere);
    EXPECT_EQ(expect_closed(rude_id).reason, CloseReason::kClosedHere);
    int error = 0;
    (void)rude.receive_to_end(&error);
}

TEST_F(Stopping, CommandsAfterTheStopAreIgnored) {
    start();
    post(channel::StopService{});
    post_server({});
    post_send(ConnectionId{1}, "x");
    expect<channel::ServiceStopped>();
    EXPECT_EQ(count<channel::EndpointAdded>(), 0U);
    // And there is still something to ring when nobody is there.
    post(channel::StopService{});
}

TEST_F(Stopping, WorksBehindAQueueThatIsFull) {
    config.link.event_capacity = 4;
    start();
    const auto address = start_server();
    std::vector<Peer> peers;
    for (int i = 0; i < 50; ++i) {
        peers.push_back(Peer::to(address));
        peers.back().send(pattern(2000));
    }
    drain_some(3);
    post(channel::StopService{});
    expect<channel::ServiceStopped>();
    EXPECT_EQ(count<channel::ConnectionOpened>(), count<channel::ConnectionClosed>());
}

TEST_F(Stopping, TheDestructorNeedsNobodyToDrain) {
    for (const std::size_t capacity : {1U, 4U, 65536U}) {
        config.link.event_capacity = capacity;
        config.capture.path += "." + std::to_string(capacity);
        start();
        const auto address = start_server({}, EndpointId{capacity});
        std::vector<Peer> peers;
        for (int i = 0; i < 100; ++i) {
            Peer peer;
            ASSERT_EQ(Peer::try_to(address, peer), 0);
            (void)peer.send_without_waiting(pattern(3000));
            peers.push_back(std::move(peer));
        }
        const std::int64_t before = now_ns();
        destroy_and_forget();
        EXPECT_LT(now_ns() - before, 3'000'000'000);
    }
}

TEST_F(Stopping, TheDestructorMayComeRightAfterTheStop) {
    start();
    const auto address = start_server();
    const Peer peer = Peer::to(address);
    expect_opened();
    post(channel::StopService{});
    const std::int64_t before = now_ns();
    destroy_and_forget();
    EXPECT_LT(now_ns() - before, 3'000'000'000);
}

TEST_F(Stopping, SignalsAreTold) {
    config.handles_signals = true;
    start();
    start_server();
    // The handler is in place once the loop turns, and it does: it listens.
    ASSERT_EQ(kill(getpid(), SIGTERM), 0);
    EXPECT_EQ(expect<channel::SignalReceived>().signal, SIGTERM);
    ASSERT_EQ(kill(getpid(), SIGHUP), 0);
    EXPECT_EQ(
        expect<channel::SignalReceived>([](const auto& e) { return e.signal == SIGHUP; }).signal,
        SIGHUP);
}

TEST_F(Stopping, AnEndpointCanBeStartedAndStoppedManyTimes) {
    start();
    for (std::uint64_t n = 1; n <= 100; ++n) {
        start_server({}, EndpointId{n});
        post(channel::StopEndpoint{EndpointId{n}});
    }
    ASSERT_TRUE(drain_until([&] { return count<channel::EndpointStopped>() == 100; }));
    EXPECT_EQ(count<channel::Failed>(), 0U);
}

}  // namespace
}  // namespace service_test
