// A frame side that is slow, or asleep: reading stops, the peers are slowed down, nothing is lost and nothing changes its order.
#include <algorithm>
#include <ctime>
#include <fstream>
#include <unistd.h>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

class BackPressure : public ServiceFixture {
  protected:
    void expect_pauses_alternate() {
        bool is_paused = false;
        for (const channel::Event& event : events) {
            if (std::holds_alternative<channel::ReadingPaused>(event)) {
                EXPECT_FALSE(is_paused) << "paused twice";
                is_paused = true;
            } else if (std::holds_alternative<channel::ReadingResumed>(event)) {
                EXPECT_TRUE(is_paused) << "resumed without a pause";
                is_paused = false;
            }
        }
    }
};

TEST_F(BackPressure, AFullQueuePausesReadingAndLosesNothing) {
    config.link.event_capacity = 8;
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    // Nobody drains: the peer must come to a stop though it never has before.
    const std::string text = pattern(std::size_t{64} << 20);
    std::size_t taken = 0;
    std::int64_t quiet_since = now_ns();
    while (now_ns() - quiet_since < 300'000'000) {
        const std::size_t n =
            peer.send_without_waiting(std::string_view(text).substr(taken, std::size_t{1} << 20));
        taken += n;
        if (n > 0) quiet_since = now_ns();
        ASSERT_LT(taken, text.size()) << "the peer was never slowed down";
    }
    expect_received_bytes(id, taken);
    EXPECT_TRUE(received_bytes(id) == text.substr(0, taken));
    EXPECT_GE(count<channel::ReadingPaused>(), 1U);
    expect_pauses_alternate();
    const auto stopped = stop();
    EXPECT_EQ(stopped.read_pauses, count<channel::ReadingPaused>());
}

// RELIABILITY.md T36: small queues, a slow and uneven frame, several peers.
TEST_F(BackPressure, ASlowFrameLosesAndReordersNothing) {
    for (const std::size_t capacity : {1U, 2U, 3U, 5U, 64U}) {
        SCOPED_TRACE(capacity);
        config.link.event_capacity = capacity;
        config.capture.path += "." + std::to_string(capacity);
        events.clear();
        start();
        const auto address = start_server({}, EndpointId{capacity});
        std::vector<Peer> peers;
        const std::string text = pattern(20'000, capacity);
        for (int i = 0; i < 5; ++i) {
            peers.push_back(Peer::to(address));
            for (std::size_t at = 0; at < text.size(); at += 100)
                peers.back().send(std::string_view(text).substr(at, 100));
        }
        for (Peer& peer : peers)
            peer.close();
        const std::int64_t deadline = now_ns() + kPatience_ns;
        std::size_t most = 1;
        while (count<channel::ConnectionClosed>() < peers.size() && now_ns() < deadline) {
            drain_some(most++ % 7);
            if (most % 5 == 0) drain_for(1'000'000);
        }
        for (const auto& opened : all<channel::ConnectionOpened>()) {
            EXPECT_TRUE(received_bytes(opened.connection) == text);
            EXPECT_EQ(expect_closed(opened.connection).reason, CloseReason::kEndOfStream);
        }
        if (capacity < 64) {
            EXPECT_GE(count<channel::ReadingPaused>(), 1U);
        }
        expect_pauses_alternate();
        EXPECT_EQ(stop().loop_close_result, 0);
        destroy_and_forget();
    }
}

// RELIABILITY.md T5.
TEST_F(BackPressure, AResetWhileReadingIsPausedLosesNothingThatHadArrived) {
    config.link.event_capacity = 4;
    start();
    const auto address = start_server();
    Peer noisy = Peer::to(address);
    Peer quiet = Peer::to(address);
    const ConnectionId quiet_id = expect_opened(1).connection;
    // Fill the queue while nobody drains.
    const std::string noise = pattern(std::size_t{64} << 20);
    std::size_t taken = 0;
    std::int64_t quiet_since = now_ns();
    while (now_ns() - quiet_since < 200'000'000) {
        const std::size_t n =
            noisy.send_without_waiting(std::string_view(noise).substr(taken, std::size_t{1} << 20));
        taken += n;
        if (n > 0) quiet_since = now_ns();
    }
    const std::string text = pattern(100'000, 7);
    const std::size_t quiet_taken = quiet.send_without_waiting(text);
    ASSERT_GT(quiet_taken, 1000U);
    quiet.reset();
    noisy.close();
    const auto closed = expect_closed(quiet_id);
    EXPECT_EQ(closed.reason, CloseReason::kResetByPeer);
    // What the kernel had not passed on to our side's buffer died with the reset; what it had is read, and is a prefix.
    EXPECT_GT(closed.received, 0U);
    EXPECT_TRUE(text.starts_with(received_bytes(quiet_id)));
    const ConnectionId noisy_id = expect_opened(0).connection;
    EXPECT_EQ(expect_closed(noisy_id).reason, CloseReason::kEndOfStream);
    EXPECT_TRUE(received_bytes(noisy_id) == noise.substr(0, taken));
    EXPECT_GE(count<channel::ReadingPaused>(), 1U);
}

// RELIABILITY.md T6, shortened: 1 to 7 bytes a write.
TEST_F(BackPressure, SlicedBytesArriveWholeAndInOrder) {
    start();
    Peer peer = Peer::to(start_server());
    const std::string text = pattern(200'000);
    std::size_t at = 0;
    std::size_t n = 0;
    while (at < text.size()) {
        const std::size_t size = std::min(text.size() - at, 1 + n++ % 7);
        peer.send(std::string_view(text).substr(at, size));
        at += size;
    }
    peer.close();
    expect_received(expect_opened().connection, text);
}

TEST_F(BackPressure, SendsWaitForTheQueueTooAndAreAllMade) {
    config.link.event_capacity = 4;
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    std::string text;
    for (int i = 0; i < 300; ++i) {
        const std::string line = "line " + std::to_string(i) + "\n";
        post_send(id, line);
        text += line;
    }
    EXPECT_TRUE(drain_until([&] { return sent(id) == text.size(); }));
    EXPECT_EQ(peer.receive(text.size()), text);
    EXPECT_EQ(sent_bytes(id), text);
}

TEST_F(BackPressure, APauseCostsNothingThoughSocketsAreReady) {
    config.link.event_capacity = 8;
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    const auto address = start_server(echo);
    const auto plain = start_server({}, EndpointId{3});
    // One that has bytes to read, one that waits to be written to, one that has left.
    const Peer reader = Peer::to(plain, 4096);
    const ConnectionId id = expect_opened(0).connection;
    post_send(id, pattern(std::size_t{4} << 20));
    ASSERT_TRUE(drain_until([&] { return sent(id) > 0; }));
    const Peer talker = Peer::to(address);
    expect_opened(1);
    Peer leaver = Peer::to(address);
    expect_opened(2);
    for (int i = 0; i < 200; ++i) {
        (void)talker.send_without_waiting("fill the queue");
        timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
        // allowed sleep: a steady trickle of traffic while nobody drains
        nanosleep(&pause, nullptr);
    }
    leaver.reset();
    // Room arises for what waits: the kernel's buffers are read empty, and nobody drains.
    std::string got = reader.receive(20'000);
    const std::int64_t before = cpu_time_ns();
    timespec pause{.tv_sec = 0, .tv_nsec = 500'000'000};
    // allowed sleep: the span over which the CPU time of a pause is measured
    nanosleep(&pause, nullptr);
    EXPECT_LT(cpu_time_ns() - before, 50'000'000) << "the loop spins during a pause";
    const std::size_t whole = std::size_t{4} << 20U;
    while (got.size() < whole) {
        drain_some(1000);
        const std::string more = reader.receive(std::min<std::size_t>(whole - got.size(), 1000));
        ASSERT_FALSE(more.empty());
        got += more;
    }
    EXPECT_TRUE(got == pattern(whole));
    EXPECT_GE(count<channel::ReadingPaused>(), 1U);
}

// The echo's pause is lifted by an orderly close: what the peer still sends is read, what was echoed before is delivered.
TEST_F(BackPressure, AnEchoThatIsClosedInOrderLosesNothingThatWasQueued) {
    config.close_limit_ns = 10'000'000'000;
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    const Peer peer = Peer::to(start_server(echo), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string text = pattern(std::size_t{16} << 20);
    std::size_t taken = 0;
    // Until both directions are full: the echo's queue is above its mark, and its reading has stopped.
    for (std::int64_t quiet_since = now_ns(); now_ns() - quiet_since < 300'000'000;) {
        const std::size_t n = peer.send_without_waiting(std::string_view(text).substr(taken));
        taken += n;
        if (n > 0) quiet_since = now_ns();
        drain_some(1'000'000);
    }
    ASSERT_LT(taken, text.size()) << "the machine's buffers swallow everything";
    post(channel::CloseConnections{.connections = {id}, .how = channel::CloseHow::kInOrder});
    // Everything that the peer had sent is read, without the peer taking a byte of the echo.
    EXPECT_TRUE(drain_until([&] { return received(id) == taken; }));
    const auto queued_before = sent(id);
    const std::string echoed = peer.receive(queued_before);
    EXPECT_TRUE(text.starts_with(echoed));
}

TEST_F(BackPressure, SamplesAreToldOnlyAfterTheLastOneWasTaken) {
    config.stats_interval_ns = 5'000'000;
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    const Peer peer = Peer::to(start_server(echo));
    const ConnectionId id = expect_opened().connection;
    // Answers change the round-trip time all the while, for many intervals during which nothing is drained.
    const auto exchange = [&](std::int64_t duration_ns) {
        const std::int64_t until = now_ns() + duration_ns;
        std::uint64_t bytes_sent = 0;
        while (now_ns() < until) {
            peer.send("tick");
            EXPECT_EQ(peer.receive(4), "tick");
            bytes_sent += 4;
            timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
            // allowed sleep: a steady trickle, so that samples differ
            nanosleep(&pause, nullptr);
        }
        return bytes_sent;
    };
    // While the frame takes nothing one sample waits, and no other is told. A drain takes it, so for as long as it lasts more may come.
    const auto most_told = [&] {
        const std::int64_t before = now_ns();
        drain_some(1'000'000);
        return static_cast<std::size_t>(2 + (now_ns() - before) / config.stats_interval_ns);
    };
    std::uint64_t bytes_sent = exchange(600'000'000);
    const std::size_t most = most_told();
    const std::size_t told = count<channel::ConnectionStats>();
    EXPECT_GE(told, 1U);
    EXPECT_LE(told, most) << "samples pile up behind a slow frame";
    // Once it was taken the next one comes.
    bytes_sent += exchange(200'000'000);
    drain_some(1'000'000);
    EXPECT_GT(count<channel::ConnectionStats>(), told);
    expect_received_bytes(id, bytes_sent);
}

TEST_F(BackPressure, SamplesSettleAfterTheTrafficAndThenNothingIsTold) {
    config.stats_interval_ns = 50'000'000;
    start();
    const auto address = start_server();
    std::vector<Peer> peers;
    for (int i = 0; i < 200; ++i) {
        peers.push_back(Peer::to(address));
        peers.back().send("hello");
    }
    ASSERT_TRUE(drain_until([&] { return total_received() == 1000; }));
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionStats>() >= 200; }));
    drain_for(500'000'000);
    const std::size_t told = events.size();
    const std::int64_t cpu = cpu_time_ns();
    drain_for(1'000'000'000);
    EXPECT_EQ(events.size(), told) << story();
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr std::int64_t kMostNs =
        250'000'000;  // the sanitizer has a thread of its own; a loop that spins would take a second
#else
    constexpr std::int64_t kMostNs = 5'000'000;
#endif
    EXPECT_LT(cpu_time_ns() - cpu, kMostNs) << "idle costs more than 0.5 % of a core";
    for (const auto& mark : all<channel::LedgerMark>())
        EXPECT_LE(mark.received, 1000U);
    EXPECT_EQ(all<channel::LedgerMark>().back().received, 1000U)
        << "the last bytes were never marked";
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST_F(BackPressure, AConnectionCostsAtMostFourKibibytes) {
    start();
    channel::ServerConfig server;
    server.backlog = 4096;
    const auto address = start_server(server);
    constexpr std::size_t kPeers = 3000;
    std::vector<Peer> peers;
    peers.reserve(kPeers);
    events.reserve(kPeers * 8);
    for (int i = 0; i < 100; ++i)
        peers.push_back(Peer::to(address));  // what is taken once
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 100; }));
    const std::size_t before = resident_bytes();
    while (peers.size() < kPeers) {
        peers.push_back(Peer::to(address));
        peers.back().send(pattern(100));
    }
    ASSERT_TRUE(drain_until([&] { return total_received() == (kPeers - 100) * 100; }));
    const std::size_t each = (resident_bytes() - before) / (kPeers - 100);
    RecordProperty("bytes_a_connection", static_cast<int>(each));
    EXPECT_LE(each, 4096U) << "the test's own share included";
}
#endif

}  // namespace
}  // namespace service_test
