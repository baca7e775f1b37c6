// Clients: names, addresses in turn, limits, cancelling, coming back, and both ends being ours.
#include "net/bytes/address.h"
#include "net/capture/pcapng_format.h"

#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sched.h>
#include <set>
#include <span>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

constexpr EndpointId kClient{2};

channel::ClientConfig client_to(const std::string& host, std::uint16_t port) {
    channel::ClientConfig client;
    client.peer = {.host = host, .port = port};
    return client;
}

class Connecting : public ServiceFixture {
  protected:
    void expect_stopped(std::int64_t patience_ns = kPatience_ns) {
        expect<channel::EndpointStopped>([](const auto& e) { return e.endpoint == kClient; },
                                         patience_ns);
    }
    // A port on which nobody listens.
    static std::uint16_t closed_port() {
        PeerListener listener;
        return listener.address().port;
    }
    // A listener whose queue is full: further SYNs are dropped without an answer (RELIABILITY.md T11).
    struct Hole {
        PeerListener listener{0};
        std::vector<Peer> waiting;
        Hole() {
            for (int i = 0; i < 4; ++i) {
                const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
                sockaddr_in a{};
                a.sin_family = AF_INET;
                a.sin_port = htons(listener.address().port);
                a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
                (void)::connect(fd, reinterpret_cast<const sockaddr*>(&a), sizeof a);
                waiting.emplace_back(fd);
            }
        }
    };
};

TEST_F(Connecting, ALiteralIsConnectedAndTalkedTo) {
    const PeerListener listener;
    start();
    post_client_to(listener.address());
    const Peer peer = listener.accept();
    const auto opened = expect_opened();
    EXPECT_EQ(opened.endpoint, kClient);
    EXPECT_EQ(opened.peer, listener.address());
    EXPECT_EQ(count<channel::ClientResolving>(), 0U);
    EXPECT_EQ(expect<channel::ClientConnecting>().peer, listener.address());
    peer.send("from the peer");
    expect_received(opened.connection, "from the peer");
    post_send(opened.connection, "from here");
    EXPECT_EQ(peer.receive(9), "from here");
    peer.end();
    EXPECT_EQ(expect_closed(opened.connection).reason, CloseReason::kEndOfStream);
    expect_stopped();
}

TEST_F(Connecting, ARefusalNamesTheReason) {
    start();
    post_client_to(loopback(closed_port()));
    const auto failed = expect_failed(Operation::kConnect);
    EXPECT_EQ(failed.failure.code, "ECONNREFUSED");
    EXPECT_TRUE(failed.failure.is_final);
    expect_stopped();
    EXPECT_EQ(count<channel::ConnectionOpened>(), 0U);
    EXPECT_EQ(count<channel::ConnectionClosed>(), 0U);
}

TEST_F(Connecting, AHoleTimesOutWhenItShould) {
    Hole hole;
    start();
    auto client = client_to("127.0.0.1", hole.listener.address().port);
    client.connect_timeout_ns = 300'000'000;
    const std::int64_t before = now_ns();
    post_client(client);
    const auto failed = expect_failed(Operation::kConnect);
    const std::int64_t took = now_ns() - before;
    EXPECT_EQ(failed.failure.code, "ETIMEDOUT");
    EXPECT_GE(took, 290'000'000);
    EXPECT_LT(took, 1'000'000'000);
    expect_stopped();
}

TEST_F(Connecting, AConnectUnderWayIsCancelledAtOnce) {
    Hole hole;
    start();
    post_client(client_to("127.0.0.1", hole.listener.address().port));
    expect<channel::ClientConnecting>();
    const std::int64_t before = now_ns();
    post(channel::StopEndpoint{kClient});
    expect_stopped();
    EXPECT_LT(now_ns() - before, 500'000'000);
    EXPECT_EQ(count<channel::Failed>(), 0U) << "a cancel is no failure";
}

// RELIABILITY.md T25.
TEST_F(Connecting, ALookupThatHangsIsCancelledAtOnceAndDoesNotDelayTheEnd) {
    auto release = std::make_shared<std::atomic<bool>>(false);
    auto done = std::make_shared<std::atomic<int>>(0);
    config.lookup_hook = [release, done](const std::string&, std::vector<bytes::SocketAddress>&) {
        while (!release->load()) {
            timespec pause{.tv_sec = 0, .tv_nsec = 1'000'000};
            nanosleep(&pause, nullptr);  // allowed sleep: the lookup that hangs
        }
        ++*done;
        return EAI_AGAIN;
    };
    const PeerListener listener;
    start();
    post_client(client_to("hangs.example", 80), EndpointId{3});
    post_client(client_to("hangs.example", 80), EndpointId{4});
    ASSERT_TRUE(drain_until([&] { return count<channel::ClientResolving>() == 2; }));
    post_client_to(listener.address());  // a literal still connects
    Peer peer = listener.accept();
    expect_opened();
    std::int64_t before = now_ns();
    post(channel::StopEndpoint{EndpointId{3}});
    expect<channel::EndpointStopped>([](const auto& e) { return e.endpoint == EndpointId{3}; });
    EXPECT_LT(now_ns() - before, 500'000'000);
    peer.close();
    expect_stopped();
    before = now_ns();
    EXPECT_EQ(stop().loop_close_result, 0);
    destroy();
    EXPECT_LT(now_ns() - before, 1'500'000'000);
    // What was abandoned rings a bell that is still there, and only then lets go of it.
    release->store(true);
    const std::int64_t deadline = now_ns() + kPatience_ns;
    while (done->load() < 2 && now_ns() < deadline)
        std::this_thread::yield();
    EXPECT_EQ(done->load(), 2);
    // The mailbox's descriptor goes with the second thread, a moment after its answer.
    while (done.use_count() > 2 && now_ns() < deadline)
        std::this_thread::yield();
}

TEST_F(Connecting, ANameThatIsNotFoundIsSaidToBe) {
    config.lookup_hook = [](const std::string&, std::vector<bytes::SocketAddress>&) {
        return EAI_NONAME;
    };
    start();
    post_client(client_to("nowhere.invalid", 80));
    const auto failed = expect_failed(Operation::kResolve);
    EXPECT_EQ(failed.failure.code, "EAI_NONAME");
    EXPECT_NE(failed.failure.message.find("nowhere.invalid"), std::string::npos);
    EXPECT_TRUE(failed.failure.is_final);
    expect_stopped();
}

TEST_F(Connecting, LocalhostIsResolvedBySystem) {
    const PeerListener listener;
    start();
    post_client(client_to("localhost", listener.address().port));
    const Peer peer = listener.accept();
    EXPECT_EQ(expect_opened().peer, listener.address());
    EXPECT_EQ(count<channel::ClientResolving>(), 1U);
}

TEST_F(Connecting, EveryAddressIsTriedInTurnAndNoneTwice) {
    const PeerListener listener;
    config.lookup_hook = [](const std::string&, std::vector<bytes::SocketAddress>& found) {
        for (const char* host : {"127.0.0.3", "127.0.0.3", "127.0.0.2", "127.0.0.1", "127.0.0.1"})
            found.push_back(*bytes::parse_ip(host, 0));
        return 0;
    };
    start();
    post_client(client_to("several.example", listener.address().port));
    const Peer peer = listener.accept();
    EXPECT_EQ(expect_opened().peer, listener.address());
    const auto tried = all<channel::ClientConnecting>();
    ASSERT_EQ(tried.size(), 3U);
    EXPECT_EQ(host_text(tried[0].peer), "127.0.0.3");
    EXPECT_EQ(host_text(tried[1].peer), "127.0.0.2");
    EXPECT_EQ(tried[2].peer, listener.address());
    ASSERT_EQ(count<channel::Failed>(), 2U);
    for (const auto& failed : all<channel::Failed>())
        EXPECT_FALSE(failed.failure.is_final);
}

TEST_F(Connecting, OnlyTheLastAddressIsFinal) {
    config.lookup_hook = [](const std::string&, std::vector<bytes::SocketAddress>& found) {
        for (const char* host : {"127.0.0.3", "127.0.0.2"})
            found.push_back(*bytes::parse_ip(host, 0));
        return 0;
    };
    start();
    post_client(client_to("several.example", closed_port()));
    expect_stopped();
    const auto failed = all<channel::Failed>();
    ASSERT_EQ(failed.size(), 2U);
    EXPECT_FALSE(failed[0].failure.is_final);
    EXPECT_TRUE(failed[1].failure.is_final);
}

TEST_F(Connecting, ReconnectingBacksOffAndBeginsAgainOnceConnected) {
    start();
    auto client = client_to("127.0.0.1", closed_port());
    client.reconnect = {
        .is_on = true, .first_delay_ns = 20'000'000, .longest_delay_ns = 60'000'000};
    post_client(client);
    ASSERT_TRUE(drain_until([&] { return count<channel::ClientWaiting>() >= 4; }));
    const auto waits = all<channel::ClientWaiting>();
    EXPECT_EQ(waits[0].delay_ns, 20'000'000);
    EXPECT_EQ(waits[0].next_attempt, 2U);
    EXPECT_EQ(waits[1].delay_ns, 40'000'000);
    EXPECT_EQ(waits[2].delay_ns, 60'000'000);
    EXPECT_EQ(waits[3].delay_ns, 60'000'000);
    EXPECT_GE(waits[2].time_ns - waits[1].time_ns, 39'000'000);
    for (const auto& failed : all<channel::Failed>())
        EXPECT_FALSE(failed.failure.is_final);
    EXPECT_EQ(count<channel::EndpointStopped>(), 0U);

    // A server turns up.
    channel::ServerConfig server;
    server.address.address = loopback(client.peer.port);
    start_server(server, EndpointId{1});
    const auto theirs =
        expect<channel::ConnectionOpened>([](const auto& e) { return e.endpoint == kClient; });
    const std::size_t before = count<channel::ClientWaiting>();
    post(channel::StopEndpoint{EndpointId{1}});
    expect_closed(theirs.connection);
    ASSERT_TRUE(drain_until([&] { return count<channel::ClientWaiting>() > before; }))
        << "a lost connection is not tried again";
    EXPECT_EQ(all<channel::ClientWaiting>()[before].delay_ns, 20'000'000);
    post(channel::StopEndpoint{kClient});
    expect_stopped(1'000'000'000);
}

TEST_F(Connecting, AConnectionClosedOnPurposeIsNotTriedAgain) {
    const PeerListener listener;
    start();
    auto client = client_to("127.0.0.1", listener.address().port);
    client.reconnect = {.is_on = true, .first_delay_ns = 1'000'000, .longest_delay_ns = 1'000'000};
    post_client(client);
    const Peer peer = listener.accept();
    const ConnectionId id = expect_opened().connection;
    peer.end();
    post_close(id, channel::CloseHow::kAbort);
    // Whichever came first: one closing, and if ours was first, the end.
    const auto closed = expect_closed(id);
    if (closed.reason == CloseReason::kClosedHere) expect_stopped();
}

TEST_F(Connecting, AGreetingIsSentOnceConnected) {
    const PeerListener listener;
    start();
    auto client = client_to("127.0.0.1", listener.address().port);
    client.greeting = octets("hello, server");
    post_client(client);
    const Peer peer = listener.accept();
    EXPECT_EQ(peer.receive(13), "hello, server");
    const ConnectionId id = expect_opened().connection;
    EXPECT_TRUE(drain_until([&] { return sent(id) == 13; }));
}

// Holds the network thread in the write that stores "connecting", so that the peer is done before anyone looks at the socket.
int slow_write(int fd, const void* data, std::size_t size, std::int64_t* written) {
    timespec pause{.tv_sec = 0, .tv_nsec = 30'000'000};
    // allowed sleep: stands for a slow disk
    nanosleep(&pause, nullptr);
    const ssize_t n = ::write(fd, data, size);
    *written = n < 0 ? 0 : n;
    return n < 0 ? errno : 0;
}

TEST_F(Connecting, AConnectionThatWasResetBeforeItWasLookedAtHasStillBeenOneAndLosesNothing) {
    config.capture.write_hook = slow_write;
    const PeerListener listener;
    std::thread other([&] {
        for (int n = 0; n < 5; ++n) {
            Peer peer = listener.accept();
            peer.send("good bye");
            peer.reset();
        }
    });
    start();
    auto client = client_to("127.0.0.1", listener.address().port);
    client.greeting = octets("never sent");
    for (std::size_t n = 0; n < 5; ++n) {
        post_client(client, EndpointId{10 + n});
        const ConnectionId id = expect_opened(n).connection;
        const auto closed = expect_closed(id);
        EXPECT_EQ(closed.reason, CloseReason::kResetByPeer);
        EXPECT_EQ(closed.code, ECONNRESET);
        EXPECT_EQ(received_bytes(id), "good bye");
    }
    EXPECT_EQ(count<channel::Failed>(), 0U);
    for (const auto& opened : all<channel::ConnectionOpened>())
        EXPECT_EQ(opened.peer, listener.address());
    other.join();
}

// A connect to a port of the ephemeral range may be given that very port as its own, and then it meets itself. In a network namespace with
// one ephemeral port it always does.
TEST_F(Connecting, ASocketThatMeetsItselfIsARefusal) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) _exit(10);
        const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ifreq up{};
        std::memcpy(up.ifr_name, "lo", 3);
        up.ifr_flags = IFF_UP;
        if (ioctl(fd, SIOCSIFFLAGS, &up) != 0) _exit(10);
        close(fd);
        std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
        range << "40000 40000" << std::endl;
        if (!range) _exit(10);
        Peer self;
        if (Peer::try_to(loopback(40000), self) != 0) _exit(11);  // the trap is not there
        self.reset();
        start();
        post_client_to(loopback(40000));
        const auto failed = expect_failed(Operation::kConnect);
        expect_stopped();
        _exit(failed.failure.code == "ECONNREFUSED" && count<channel::ConnectionOpened>() == 0 ? 0
                                                                                               : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 10) GTEST_SKIP() << "no network namespaces here";
    if (WEXITSTATUS(status) == 11)
        GTEST_SKIP() << "this kernel does not connect a socket to itself";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// ---- Both ends ours ----

struct BlockCounts {
    std::size_t packets = 0;
    std::size_t second_side = 0;
    std::uint64_t payload = 0;
    std::uint64_t second_payload = 0;
};

class BothEndsOurs : public Connecting {
  protected:
    // The connections that are recorded as a second side.
    std::set<std::uint64_t> second_sides() {
        second_sides_.clear();
        (void)count_blocks();
        return second_sides_;
    }
    void note_second_side(channel::FileId file, std::uint64_t block) {
        std::uint32_t captured = 0;
        std::uint64_t connection = 0;
        std::vector<std::uint8_t> bytes(8);
        EXPECT_EQ(files.read(file, block + 20, std::span{bytes}.first(4)), 4);
        std::memcpy(&captured, bytes.data(), 4);
        // Behind the flags: 8 bytes, then this option's head.
        EXPECT_EQ(
            files.read(
                file,
                block + capture::format::padded(capture::format::kPacketFixedBytes + captured) + 12,
                bytes),
            8);
        std::memcpy(&connection, bytes.data(), 8);
        second_sides_.insert(connection);
    }

    // Walks the capture's blocks.
    BlockCounts count_blocks() {
        const channel::FileId file = expect<channel::CaptureOpened>().file;
        BlockCounts counts;
        std::uint64_t offset = 0;
        std::vector<std::uint8_t> head(12);
        while (files.read(file, offset, head) == 12) {
            std::uint32_t type = 0;
            std::uint32_t length = 0;
            std::memcpy(&type, head.data(), 4);
            std::memcpy(&length, head.data() + 4, 4);
            EXPECT_GE(length, 12U);
            if (length < 12) break;
            if (type == capture::format::kBlockEnhancedPacket) ++counts.packets;
            if (type == capture::format::kBlockSecondSide) ++counts.second_side;
            if (type == capture::format::kBlockSecondSide) note_second_side(file, offset);
            offset += length;
        }
        return counts;
    }

  private:
    std::set<std::uint64_t> second_sides_;
};

TEST_F(BothEndsOurs, ExactlyOneSideOfEachConnectionIsTheSecond) {
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    const auto address = start_server(echo);
    for (std::uint64_t n = 0; n < 20; ++n) {
        auto client = client_to("127.0.0.1", address.port);
        client.greeting = octets("ping " + std::to_string(n));
        post_client(client, EndpointId{100 + n});
    }
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 40; }));
    std::uint64_t sum = 0;
    for (int n = 0; n < 20; ++n)
        sum += ("ping " + std::to_string(n)).size();
    // Each greeting is sent, received, sent back, received.
    ASSERT_TRUE(
        drain_until([&] { return total_received() == 2 * sum && total_sent() == 2 * sum; }));
    EXPECT_EQ(stop().loop_close_result, 0);
    const BlockCounts counts = count_blocks();
    // SYN, SYN-ACK, ACK, one packet each way, and the closing: the same on both sides.
    EXPECT_GE(counts.packets, 20U * 5);
    EXPECT_GE(counts.second_side, 20U * 5);
}

TEST_F(BothEndsOurs, AClientOfAnotherProgramIsNeverASecondSide) {
    start();
    const auto address = start_server();
    for (std::size_t n = 0; n < 20; ++n) {
        Peer peer = Peer::to(address);
        peer.send("x");
        peer.close();
        expect_closed(expect_opened(n).connection);
    }
    EXPECT_EQ(stop().loop_close_result, 0);
    EXPECT_EQ(count_blocks().second_side, 0U);
}

std::atomic<bool> is_disk_full{false};

TEST_F(BothEndsOurs, AConnectionThatEndedBeforeOurServerAcceptedItHasTwoSidesAllTheSame) {
    is_disk_full = false;
    config.storage_retry_ns = 5'000'000;
    config.capture.write_hook = [](int fd, const void* data, std::size_t size,
                                   std::int64_t* written) {
        if (is_disk_full) return ENOSPC;
        *written = ::write(fd, data, size);
        return *written < 0 ? errno : 0;
    };
    start();
    const auto address = start_server();
    const Peer peer = Peer::to(address);
    ASSERT_EQ(expect_opened(0).connection, ConnectionId{1});
    // During the pause nothing is accepted, but a client connects, and can be aborted.
    is_disk_full = true;
    peer.send("x");
    expect<channel::ReadingPaused>();
    post_client_to(address);
    for (int i = 0; i < 20; ++i) {  // allowed sleep: during the pause nobody says that it is open
        drain_for(10'000'000);
        post_close(ConnectionId{2}, channel::CloseHow::kAbort);
    }
    is_disk_full = false;
    expect_closed(ConnectionId{2});
    EXPECT_EQ(expect_opened(1).endpoint, kClient);
    EXPECT_EQ(expect_opened(2).endpoint, EndpointId{1});
    expect_closed(ConnectionId{3});
    EXPECT_EQ(second_sides(), std::set<std::uint64_t>{3});
    // Whoever comes later on is not taken for it.
    const Peer later = Peer::to(address);
    ASSERT_EQ(expect_opened(3).connection, ConnectionId{4});
    later.send("y");
    expect_received(ConnectionId{4}, "y");
    EXPECT_EQ(second_sides(), std::set<std::uint64_t>{3});
}

TEST_F(BothEndsOurs, AServerAtTheSamePortOfTheOtherFamilyForgetsNothing) {
    is_disk_full = false;
    config.storage_retry_ns = 5'000'000;
    config.capture.write_hook = [](int fd, const void* data, std::size_t size,
                                   std::int64_t* written) {
        if (is_disk_full) return ENOSPC;
        *written = ::write(fd, data, size);
        return *written < 0 ? errno : 0;
    };
    for (const bool is_four_first : {true, false}) {
        SCOPED_TRACE(is_four_first);
        config.capture.path = path(is_four_first ? "a.pcapng" : "b.pcapng");
        start();
        // Whoever is first to accept what came during the pause.
        channel::ServerConfig server;
        server.address.address = is_four_first ? loopback() : *bytes::parse_ip("::1", 0);
        const auto first = start_server(server, EndpointId{1});
        server.address.address =
            is_four_first ? *bytes::parse_ip("::1", first.port) : loopback(first.port);
        const auto second = start_server(server, EndpointId{3});
        const auto& four = is_four_first ? first : second;
        const auto& six = is_four_first ? second : first;
        const Peer peer = Peer::to(four);
        expect_opened(0);
        is_disk_full = true;
        peer.send("x");
        expect<channel::ReadingPaused>();
        post_client_to(four);
        const Peer other = Peer::to(six);
        for (int i = 0; i < 20;
             ++i) {  // allowed sleep: during the pause nobody says that it is open
            drain_for(10'000'000);
            post_close(ConnectionId{2}, channel::CloseHow::kAbort);
        }
        is_disk_full = false;
        expect_closed(ConnectionId{2});
        ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 4; }));
        for (const auto& opened : all<channel::ConnectionOpened>()) {
            const bool is_other_end = number(opened.connection) > 2 && opened.local == four;
            EXPECT_EQ(second_sides().contains(number(opened.connection)), is_other_end)
                << number(opened.connection);
        }
        stop();
        destroy_and_forget();
    }
}

TEST_F(BothEndsOurs, StoppingBothIsQuickAndOrderly) {
    start();
    const auto address = start_server();
    post_client_to(address);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    const std::int64_t before = now_ns();
    EXPECT_EQ(stop().loop_close_result, 0);
    EXPECT_LT(now_ns() - before, 500'000'000)
        << "two ends that are both closed here need not wait for a limit";
    ASSERT_EQ(count<channel::ConnectionClosed>(), 2U);
    for (const auto& closed : all<channel::ConnectionClosed>()) {
        EXPECT_TRUE(closed.reason == CloseReason::kClosedHere ||
                    closed.reason == CloseReason::kEndOfStream);
    }
}

}  // namespace
}  // namespace service_test
