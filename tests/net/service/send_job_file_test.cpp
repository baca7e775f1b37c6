// Files: all of it to each, at each one's pace, in bounded memory; what is refused, and what is said when it cannot go on.
#include "net/bytes/checksum.h"

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/service/send_job_fixture.h"

namespace service_test {
namespace {

class SendFiles : public SendJobs {
  protected:
    std::string make_file(std::string_view name, std::string_view content) {
        const std::string file = path(name);
        const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        EXPECT_GE(fd, 0);
        EXPECT_EQ(::write(fd, content.data(), content.size()),
                  static_cast<ssize_t>(content.size()));
        ::close(fd);
        return file;
    }
    static std::uint32_t crc32(std::string_view text) {
        return net::bytes::checksum_of(net::bytes::Checksum::kCrc32, octets(text));
    }
    // Reads so much from the peer while the events are drained, for neither waits for the other.
    std::string receive(const Peer& peer, std::size_t size) {
        std::string got;
        while (got.size() < size) {
            const std::string more =
                peer.receive(std::min<std::size_t>(size - got.size(), 1'000'000));
            if (more.empty()) return got;
            got += more;
            drain_some(10'000);
        }
        return got;
    }
};

TEST_F(SendFiles, AreSentWholeWithTheirChecksum) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    const std::string content = pattern(3'456'789);
    post_job(channel::SendFile{.path = make_file("whole", content)}, to(id));
    EXPECT_TRUE(receive(peer, content.size()) == content);
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    EXPECT_EQ(end.bytes, content.size());
    EXPECT_EQ(end.total_bytes, content.size());
    EXPECT_EQ(end.furthest_bytes, content.size());
    EXPECT_EQ(end.crc32, crc32(content));
    EXPECT_TRUE(sent_bytes(id) == content);
}

TEST_F(SendFiles, AnEmptyOneIsDoneAtOnce) {
    start();
    const Peer peer = Peer::to(start_server());
    post_job(channel::SendFile{.path = make_file("empty", "")}, to(expect_opened().connection));
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    EXPECT_EQ(end.bytes, 0U);
    EXPECT_EQ(end.crc32, 0U);
}

TEST_F(SendFiles, GoToEachAtItsOwnPace) {
    start();
    const auto address = start_server();
    const Peer slow = Peer::to(address, 4096);
    const Peer fast = Peer::to(address);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    const std::string content = pattern(std::size_t{12} << 20U, 7);
    post_job(channel::SendFile{.path = make_file("paces", content)}, {.endpoint = EndpointId{1}});
    EXPECT_TRUE(receive(fast, content.size()) == content);
    ASSERT_TRUE(drain_until([&] { return newest().furthest_bytes == content.size(); }));
    EXPECT_EQ(newest().state, SendJobState::kRunning);
    EXPECT_LT(sent(expect_opened(0).connection), content.size() / 2);
    EXPECT_TRUE(receive(slow, content.size()) == content);
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    EXPECT_EQ(end.bytes, 2 * content.size());
    EXPECT_EQ(end.total_bytes, 2 * content.size());
    EXPECT_EQ(end.crc32, crc32(content));
}

TEST_F(SendFiles, GoToManyConnections) {
    start();
    channel::ServerConfig server;
    server.backlog = 200;
    const auto address = start_server(server);
    const std::string content = pattern(500'000, 3);
    std::vector<Peer> peers;
    for (int i = 0; i < 100; ++i)
        peers.push_back(Peer::to(address));
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 100; }));
    post_job(channel::SendFile{.path = make_file("many", content)}, {.is_everyone = true});
    for (const Peer& peer : peers)
        EXPECT_TRUE(receive(peer, content.size()) == content);
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    EXPECT_EQ(end.bytes, 100 * content.size());
    EXPECT_EQ(end.crc32, crc32(content));
}

TEST_F(SendFiles, APeerThatLeavesSaysHowFarItGot) {
    start();
    Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string content = pattern(std::size_t{30} << 20U, 9);
    const std::string file = make_file("cut", content);
    post_job(channel::SendFile{.path = file}, to(id));
    EXPECT_EQ(receive(peer, 1'000'000).size(), 1'000'000U);
    peer.reset();
    const auto failed = expect_failed(Operation::kSendJob);
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kFailed);
    EXPECT_EQ(failed.failure.connection, id);
    EXPECT_EQ(failed.failure.job, kJob);
    EXPECT_EQ(failed.failure.code, "ECONNRESET");
    // To the byte what the kernel had taken, and the checksum of just that.
    const std::uint64_t got = sent(id);
    EXPECT_GE(got, 1'000'000U);
    EXPECT_LT(got, content.size());
    EXPECT_EQ(end.bytes, got);
    EXPECT_EQ(end.furthest_bytes, got);
    EXPECT_EQ(end.crc32, crc32(std::string_view(content).substr(0, got)));
    const std::string words =
        "; " + std::to_string(got) + " of " + std::to_string(content.size()) + " bytes were sent";
    EXPECT_NE(failed.failure.message.find(words), std::string::npos) << failed.failure.message;
    EXPECT_NE(failed.failure.message.find(file + " to 127.0.0.1:"), std::string::npos);
}

TEST_F(SendFiles, OneThatLeavesDoesNotEndItForTheOthers) {
    start();
    const auto address = start_server();
    Peer gone = Peer::to(address, 4096);
    const Peer stays = Peer::to(address);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    const std::string content = pattern(std::size_t{20} << 20U, 5);
    post_job(channel::SendFile{.path = make_file("other", content)}, {.is_everyone = true});
    EXPECT_EQ(receive(gone, 100'000).size(), 100'000U);
    gone.reset();
    EXPECT_TRUE(receive(stays, content.size()) == content);
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kFailed) << "somebody did not get all of it";
    EXPECT_EQ(end.crc32, crc32(content));
    EXPECT_EQ(expect_failed(Operation::kSendJob).failure.connection, expect_opened(0).connection);
}

TEST_F(SendFiles, APeerThatHasEndedItsOwnStreamGetsAllOfIt) {
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string content = pattern(5'000'000);
    post_job(channel::SendFile{.path = make_file("half", content)}, to(id));
    EXPECT_EQ(receive(peer, 10).size(), 10U);
    peer.end();
    expect<channel::PeerEnded>();
    EXPECT_TRUE(receive(peer, content.size() - 10) == content.substr(10));
    EXPECT_EQ(peer.receive_to_end(), "");
    EXPECT_EQ(expect_end().state, SendJobState::kDone);
    EXPECT_EQ(expect_closed(id).reason, CloseReason::kEndOfStream);
}

TEST_F(SendFiles, OtherSendsGoBetweenItsPieces) {
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string content(std::size_t{4} << 20U, 'f');
    post_job(channel::SendFile{.path = make_file("between", content)}, to(id));
    EXPECT_EQ(receive(peer, 10).size(), 10U);
    post_send(id, "HELLO");
    const std::string got = receive(peer, content.size() + 5 - 10);
    EXPECT_NE(got.find("HELLO"), std::string::npos);
    EXPECT_EQ(static_cast<std::size_t>(std::count(got.begin(), got.end(), 'f')),
              content.size() - 10);
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.bytes, content.size());
    EXPECT_EQ(end.crc32, crc32(content));
}

TEST_F(SendFiles, ALimitIsKept) {
    start();
    const Peer peer = Peer::to(start_server());
    const std::string content = pattern(100'000);
    post_job(channel::SendFile{.path = make_file("limited", content), .bytes_per_second = 400'000},
             to(expect_opened().connection));
    EXPECT_TRUE(receive(peer, content.size()) == content);
    const SendJobProgress end = expect_end();
    // All but the last piece have had their time: a limit is never beaten.
    EXPECT_GE(end.elapsed_ns, 200'000'000);
    EXPECT_EQ(end.crc32, crc32(content));
}

TEST_F(SendFiles, PauseAndGoOn) {
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const std::string content = pattern(5'000'000);
    post_job(channel::SendFile{.path = make_file("paused", content)},
             to(expect_opened().connection));
    EXPECT_EQ(receive(peer, 1000), content.substr(0, 1000));
    post(channel::PauseSendJob{.job = kJob, .is_paused = true});
    expect<SendJobProgress>([](const auto& p) { return p.state == SendJobState::kPaused; });
    post(channel::PauseSendJob{.job = kJob, .is_paused = false});
    EXPECT_TRUE(receive(peer, content.size() - 1000) == content.substr(1000));
    EXPECT_EQ(expect_end().state, SendJobState::kDone);
}

TEST_F(SendFiles, StoppedOnesSayWhatWasSentAndTheConnectionStays) {
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    const std::string content = pattern(std::size_t{20} << 20U);
    post_job(channel::SendFile{.path = make_file("stopped", content)}, to(id));
    EXPECT_EQ(receive(peer, 1000), content.substr(0, 1000));
    post(channel::StopSendJob{.job = kJob});
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kStopped);
    EXPECT_LT(end.bytes, content.size());
    EXPECT_EQ(end.crc32, crc32(std::string_view(content).substr(0, end.bytes)));
    // What was queued goes out, and nothing more of it.
    EXPECT_TRUE(receive(peer, end.bytes - 1000) == content.substr(1000, end.bytes - 1000));
    post_send(id, "after");
    EXPECT_EQ(peer.receive(5), "after");
}

TEST_F(SendFiles, OnlyRegularFilesAreOpened) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    const std::string pipe = path("pipe");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    struct Case {
        std::string path;
        std::string code;
        std::string says;
    };
    const Case cases[] = {
        {pipe, "EINVAL", "it is a pipe, and only regular files are sent"},
        {"/dev/zero", "EINVAL", "it is a device, and only regular files are sent"},
        {path("."), "EISDIR", "name a file"},
        {path("nothing"), "ENOENT", "there is no such file"},
    };
    std::uint64_t number = 0;
    for (const Case& c : cases) {
        const SendJobId job{++number};
        post_job(channel::SendFile{.path = c.path}, to(id), job);
        EXPECT_EQ(expect_end(job).state, SendJobState::kFailed);
        const auto failed = expect<channel::Failed>(
            [job](const channel::Failed& f) { return f.failure.job == job; });
        EXPECT_EQ(failed.failure.code, c.code) << c.path;
        EXPECT_NE(failed.failure.message.find("send " + c.path), std::string::npos)
            << failed.failure.message;
        EXPECT_NE(failed.failure.message.find(c.says), std::string::npos) << failed.failure.message;
    }
    EXPECT_EQ(sent(id), 0U);
}

TEST_F(SendFiles, OneThatBecomesShorterIsSaid) {
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const std::string content = pattern(std::size_t{12} << 20U);
    const std::string file = make_file("shrinks", content);
    post_job(channel::SendFile{.path = file}, to(expect_opened().connection));
    EXPECT_EQ(receive(peer, 1000), content.substr(0, 1000));
    // Beyond all that can be queued, read ahead or in the kernel.
    ASSERT_EQ(::truncate(file.c_str(), 8 << 20), 0);
    std::string got = content.substr(0, 1000);
    while (count<channel::Failed>() == 0) {
        const std::string more = peer.receive(100'000);
        ASSERT_FALSE(more.empty());
        got += more;
        drain_some(10'000);
    }
    const auto failed = expect_failed(Operation::kSendJob);
    EXPECT_EQ(failed.failure.code, "ENODATA");
    EXPECT_NE(failed.failure.message.find("it ends at 8388608 of 12582912 bytes"),
              std::string::npos)
        << failed.failure.message;
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kFailed);
    got += receive(peer, end.bytes - got.size());
    EXPECT_TRUE(got == content.substr(0, end.bytes));
    EXPECT_EQ(end.crc32, crc32(got));
}

TEST_F(SendFiles, StoppingTheServiceDoesNotWaitForThem) {
    start();
    const Peer peer = Peer::to(start_server(), 4096);
    const std::string content = pattern(std::size_t{20} << 20U);
    post_job(channel::SendFile{.path = make_file("stopping", content)},
             to(expect_opened().connection));
    EXPECT_EQ(receive(peer, 1000).size(), 1000U);
    EXPECT_EQ(stop().loop_close_result, 0);
    EXPECT_EQ(newest().state, SendJobState::kStopped);
}

}  // namespace
}  // namespace service_test
