// A disk that is full: nothing is told before it is stored, reading stops, the user learns of it, and it goes on by itself with nothing lost.
#include <atomic>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

// The capture's write(2), as the test wants it. Static because the hook is a plain function; one test runs at a time.
std::atomic<int> write_error{0};
std::atomic<int> writes{0};
std::atomic<bool> writes_half_first{false};

int faulty_write(int fd, const void* data, std::size_t size, std::int64_t* written) {
    ++writes;
    *written = 0;
    const int error = write_error.load();
    if (error != 0) {
        // As a disk that becomes full does: a part first, then the error.
        if (!writes_half_first.exchange(false)) return error;
        size = size / 2;
    }
    const ssize_t n = ::write(fd, data, size);
    if (n < 0) return errno;
    *written = n;
    return 0;
}

class Storage : public ServiceFixture {
  protected:
    Storage() {
        write_error = 0;
        writes = 0;
        writes_half_first = false;
        config.capture.write_hook = faulty_write;
        config.storage_retry_ns = 20'000'000;
    }
    template <typename T>
    [[nodiscard]] std::ptrdiff_t position() const {
        for (std::size_t i = 0; i < events.size(); ++i) {
            if (std::holds_alternative<T>(events[i])) return static_cast<std::ptrdiff_t>(i);
        }
        return -1;
    }
};

TEST_F(Storage, NothingIsToldBeforeItIsStoredAndNothingIsLost) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    peer.send("before");
    expect_received_bytes(id, 6);

    writes_half_first = true;
    write_error = ENOSPC;
    const std::string text = pattern(std::size_t{32} << 20);
    std::size_t taken = 0;
    std::int64_t quiet_since = now_ns();
    while (now_ns() - quiet_since < 300'000'000) {
        const std::size_t n =
            peer.send_without_waiting(std::string_view(text).substr(taken, std::size_t{1} << 20));
        taken += n;
        if (n > 0) quiet_since = now_ns();
        ASSERT_LT(taken, text.size()) << "reading goes on though nothing can be stored";
        drain_some(1000);
    }
    EXPECT_EQ(received(id), 6U) << "told before it was stored";
    const auto failed = expect_failed(Operation::kCapture);
    EXPECT_EQ(failed.failure.code, "ENOSPC");
    EXPECT_FALSE(failed.failure.is_final);
    EXPECT_EQ(expect<channel::ReadingPaused>().cause, PauseCause::kStorage);
    EXPECT_EQ(count<channel::Failed>(), 1U) << "every retry is told";

    write_error = 0;
    EXPECT_EQ(expect<channel::ReadingResumed>().cause, PauseCause::kStorage);
    expect_received_bytes(id, 6 + taken);
    EXPECT_TRUE(received_bytes(id) == "before" + text.substr(0, taken));
}

TEST_F(Storage, NothingIsAnsweredBeforeItIsStored) {
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    const Peer peer = Peer::to(start_server(echo));
    expect_opened();
    write_error = ENOSPC;
    peer.send("question");
    expect<channel::ReadingPaused>();
    drain_for(100'000'000);
    char byte = 0;
    EXPECT_EQ(recv(peer.descriptor(), &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1)
        << "answered before it was stored";
    EXPECT_EQ(errno, EAGAIN);
    write_error = 0;
    EXPECT_EQ(peer.receive(8), "question");
    EXPECT_TRUE(drain_until([&] { return total_sent() == 8; }));
}

TEST_F(Storage, ConnectionsWaitInTheBacklogMeanwhile) {
    start();
    const auto address = start_server();
    const Peer first = Peer::to(address);
    expect_opened(0);
    write_error = EDQUOT;
    first.send("x");
    expect<channel::ReadingPaused>();
    const Peer second = Peer::to(address);
    second.send("y");
    drain_for(100'000'000);
    EXPECT_EQ(count<channel::ConnectionOpened>(), 1U);
    write_error = 0;
    expect_received(expect_opened(1).connection, "y");
}

TEST_F(Storage, ASendIsMadeOnceThereIsRoomAndRecordedInOrder) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    write_error = ENOSPC;
    peer.send("ping");
    expect<channel::ReadingPaused>();
    post_send(id, "pong");
    drain_for(50'000'000);
    EXPECT_EQ(total_sent(), 0U);
    write_error = 0;
    EXPECT_EQ(peer.receive(4), "pong");
    EXPECT_TRUE(drain_until([&] { return sent(id) == 4; }));
    const auto recorded = all<channel::Recorded>();
    ASSERT_EQ(recorded.size(), 2U);
    EXPECT_EQ(recorded[0].direction, channel::Direction::kReceived);
    EXPECT_EQ(recorded[1].direction, channel::Direction::kSent);
}

TEST_F(Storage, AnotherErrorIsToldWhenItChanges) {
    start();
    const Peer peer = Peer::to(start_server());
    expect_opened();
    write_error = ENOSPC;
    peer.send("x");
    expect<channel::ReadingPaused>();
    write_error = EIO;
    const auto failed =
        expect<channel::Failed>([](const auto& e) { return e.failure.code == "EIO"; });
    EXPECT_FALSE(failed.failure.is_final);
    write_error = 0;
    expect<channel::ReadingResumed>();
}

TEST_F(Storage, AStopGetsThroughAndSaysWhatIsNotStored) {
    config.stop_limit_ns = 300'000'000;
    expects_whole_ledger = false;
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    write_error = ENOSPC;
    peer.send("never stored");
    expect<channel::ReadingPaused>();
    const std::int64_t before = now_ns();
    const auto stopped = stop();
    EXPECT_LT(now_ns() - before, 2'000'000'000);
    EXPECT_EQ(stopped.loop_close_result, 0);
    EXPECT_EQ(received(id), 0U);
    const auto failed = expect<channel::Failed>([](const auto& e) { return e.failure.is_final; });
    EXPECT_EQ(failed.failure.operation, Operation::kCapture);
    EXPECT_NE(failed.failure.message.find("12 bytes received"), std::string::npos)
        << failed.failure.message;
    // The mark's own count tells the session that something is missing.
    EXPECT_EQ(all<channel::LedgerMark>().back().received, 12U);
    destroy_and_forget();
}

TEST_F(Storage, AStopWhileTheDiskIsFullStillStoresEverythingIfThereIsRoomInTime) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    write_error = ENOSPC;
    peer.send("stored late");
    expect<channel::ReadingPaused>();
    post(channel::StopService{});
    drain_for(50'000'000);
    write_error = 0;
    peer.end();
    expect<channel::ServiceStopped>();
    EXPECT_EQ(received_bytes(id), "stored late");
    expect_closed(id);
}

TEST_F(Storage, AFullDiskWithNobodyDrainingLetsTheDestructorThrough) {
    start();
    const Peer peer = Peer::to(start_server());
    expect_opened();
    write_error = ENOSPC;
    peer.send("x");
    const std::int64_t before = now_ns();
    destroy_and_forget();
    EXPECT_LT(now_ns() - before, 2'000'000'000);
}

}  // namespace
}  // namespace service_test
