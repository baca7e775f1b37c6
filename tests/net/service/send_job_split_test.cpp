// Split tests: every cut is a send of its own, and a peer that leaves says where. And generators that send as much as is taken.
#include <sys/socket.h>

#include "tests/net/service/send_job_fixture.h"

namespace service_test {
namespace {

class SplitTests : public SendJobs {};

TEST_F(SplitTests, CutsAtEveryBoundaryInTurn) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(channel::SplitTest{.bytes = octets("abcd"), .pause_ns = 1'000'000}, to(id));
    EXPECT_EQ(peer.receive(12), "abcdabcdabcd");
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    EXPECT_EQ(end.sends, 6U);
    EXPECT_EQ(end.bytes, 12U);
    EXPECT_EQ(end.total_bytes, 12U);
    EXPECT_EQ(send_sizes(id), (std::vector<std::uint32_t>{1, 3, 2, 2, 3, 1}));
}

// The pause is between two pieces: with TCP_NODELAY a cut is then a segment of its own, and the peer's reads see it.
TEST_F(SplitTests, APieceIsReadBeforeTheNextIsSent) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(
        channel::SplitTest{
            .bytes = octets("abc"), .sizes = {2}, .pause_ns = channel::kMostSplitPauseNs},
        to(id));
    EXPECT_EQ(peer.receive(2), "ab");
    ASSERT_TRUE(drain_until([&] { return sent(id) == 2; }));
    char more = 0;
    EXPECT_EQ(::recv(peer.descriptor(), &more, 1, MSG_DONTWAIT), -1);
    post(channel::StopSendJob{.job = kJob});
    EXPECT_EQ(expect_end().sends, 1U);
    EXPECT_EQ(send_sizes(id), std::vector<std::uint32_t>{2});
}

TEST_F(SplitTests, ChosenSizesAreEachAWay) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(channel::SplitTest{.bytes = octets("abcde"), .sizes = {1, 2, 9}, .pause_ns = 0},
             to(id));
    EXPECT_EQ(peer.receive(15), "abcdeabcdeabcde");
    EXPECT_EQ(expect_end().state, SendJobState::kDone);
    EXPECT_EQ(send_sizes(id), (std::vector<std::uint32_t>{1, 1, 1, 1, 1, 2, 2, 1, 5}));
}

TEST_F(SplitTests, EachConnectionIsTestedForItself) {
    start();
    const auto address = start_server();
    const Peer a = Peer::to(address);
    const Peer b = Peer::to(address);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    post_job(channel::SplitTest{.bytes = octets("xyz"), .pause_ns = 1'000'000},
             {.endpoint = EndpointId{1}});
    EXPECT_EQ(a.receive(6), "xyzxyz");
    EXPECT_EQ(b.receive(6), "xyzxyz");
    EXPECT_EQ(expect_end().bytes, 12U);
}

TEST_F(SplitTests, APeerThatLeavesSaysAtWhichCut) {
    start();
    Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    // The pause outlasts the test: however late the peer leaves, the second piece has not gone.
    post_job(channel::SplitTest{.bytes = octets("abcdef"), .pause_ns = channel::kMostSplitPauseNs},
             to(id));
    EXPECT_EQ(peer.receive(1), "a");
    peer.reset();
    const auto failed = expect_failed(Operation::kSendJob);
    EXPECT_EQ(failed.failure.connection, id);
    EXPECT_EQ(failed.failure.job, kJob);
    EXPECT_NE(failed.failure.message.find("in way 1 of 5 (1 bytes first), after 1 of 6 bytes"),
              std::string::npos)
        << failed.failure.message;
    EXPECT_EQ(expect_end().state, SendJobState::kFailed);
    EXPECT_EQ(newest().bytes, 1U);
}

TEST_F(SplitTests, APeerThatHasEndedItsOwnStreamGetsAllOfIt) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(channel::SplitTest{.bytes = octets("abcdef"), .pause_ns = 5'000'000}, to(id));
    EXPECT_EQ(peer.receive(1), "a");
    peer.end();
    EXPECT_EQ(peer.receive_to_end(), "bcdefabcdefabcdefabcdefabcdef");
    EXPECT_EQ(expect_end().state, SendJobState::kDone);
    EXPECT_EQ(expect_closed(id).reason, CloseReason::kEndOfStream);
}

TEST_F(SplitTests, PausesAndGoesOn) {
    start();
    const Peer peer = Peer::to(start_server());
    // One way of two pieces, with time enough to pause it between them.
    post_job(channel::SplitTest{.bytes = octets("ab"), .pause_ns = 2'000'000'000},
             to(expect_opened().connection));
    EXPECT_EQ(peer.receive(1), "a");
    post(channel::PauseSendJob{.job = kJob, .is_paused = true});
    expect<SendJobProgress>([](const auto& p) { return p.state == SendJobState::kPaused; });
    post(channel::PauseSendJob{.job = kJob, .is_paused = false});
    EXPECT_EQ(peer.receive(1), "b");
    EXPECT_EQ(expect_end().state, SendJobState::kDone);
}

class Floods : public SendJobs {};

TEST_F(Floods, GiveEachConnectionWhatItTakes) {
    start();
    const auto address = start_server();
    const Peer stalled = Peer::to(address, 4096);
    const Peer reader = Peer::to(address);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    post_job(channel::Generate{.per_second = 0,
                               .least_bytes = 1000,
                               .most_bytes = 1000,
                               .pattern = channel::GeneratePattern::kText,
                               .text = octets("0123456789")},
             {.endpoint = EndpointId{1}});
    std::size_t got = 0;
    while (got < std::size_t{50} << 20U) {
        const std::string more = reader.receive(1'000'000);
        ASSERT_EQ(more.size(), 1'000'000U);
        ASSERT_EQ(more.substr(0, 10), "0123456789");
        got += more.size();
        drain_some(10'000);
    }
    post(channel::StopSendJob{.job = kJob});
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.skipped, 0U);
    EXPECT_EQ(end.bytes, end.sends * 1000);
    // The stalled one has what its kernel buffers take and a little queue, and the other was not held up by it.
    EXPECT_LT(sent(expect_opened(0).connection), got / 2);
}

TEST_F(Floods, EndWithTheirTimeOrTheirLastConnection) {
    start();
    const auto address = start_server();
    Peer one = Peer::to(address);
    const channel::Generate flood{.per_second = 0, .least_bytes = 10, .most_bytes = 20};
    post_job(flood, to(expect_opened(0).connection), SendJobId{1});
    EXPECT_EQ(one.receive(10'000).size(), 10'000U);
    one.reset();
    EXPECT_EQ(expect_end(SendJobId{1}).state, SendJobState::kGone);
    const Peer two = Peer::to(address, 4096);
    channel::Generate brief = flood;
    brief.duration_ns = 50'000'000;
    post_job(brief, to(expect_opened(1).connection), SendJobId{2});
    EXPECT_EQ(expect_end(SendJobId{2}).state, SendJobState::kDone);
    EXPECT_GE(newest(SendJobId{2}).elapsed_ns, brief.duration_ns);
}

}  // namespace
}  // namespace service_test
