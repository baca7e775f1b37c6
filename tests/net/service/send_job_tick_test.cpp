// Repeats and generators with a rate: what is sent, to whom, when it ends, and what happens to those who do not keep up.
#include <ctime>

#include "tests/net/service/send_job_fixture.h"

namespace service_test {
namespace {

class TickedJobs : public SendJobs {};

channel::Repeat every(std::int64_t interval_ns, std::uint64_t count, std::string_view text = "x") {
    return {.what = constant(text), .interval_ns = interval_ns, .count = count};
}

TEST_F(TickedJobs, ARepeatSendsEachTickAsASendOfItsOwnAndEnds) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(every(1'000'000, 20, "tick\n"), to(id));
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    EXPECT_EQ(end.ticks, 20U);
    EXPECT_EQ(end.sends + end.skipped, 20U);
    EXPECT_EQ(end.bytes, end.sends * 5);
    EXPECT_EQ(end.targets, 1U);
    EXPECT_TRUE(drain_until([&] { return sent(id) == end.bytes; }));
    EXPECT_EQ(send_sizes(id), std::vector<std::uint32_t>(end.sends, 5));
    std::string expected;
    for (std::uint64_t i = 0; i < end.sends; ++i)
        expected += "tick\n";
    EXPECT_EQ(peer.receive(expected.size()), expected);
    EXPECT_EQ(sent_bytes(id), expected);
}

TEST_F(TickedJobs, ARepeatIsComposedAnewForEachTick) {
    start();
    const Peer peer = Peer::to(start_server());
    net::bytes::Composition what;
    what.parts.emplace_back(net::bytes::CounterPart{.least_digits = 3});
    what.parts.emplace_back(octets(";"));
    post_job(channel::Repeat{.what = what, .interval_ns = 5'000'000, .count = 4},
             to(expect_opened().connection));
    const SendJobProgress end = expect_end();
    // Ticks that a stalled machine has left out are missing in the count.
    if (end.skipped == 0) {
        EXPECT_EQ(peer.receive(16), "001;002;003;004;");
    }
    EXPECT_EQ(end.sends + end.skipped, 4U);
}

// The time is the clock's: so many ticks, so much time, whatever a single tick cost.
TEST_F(TickedJobs, TicksDoNotDrift) {
    start();
    const Peer peer = Peer::to(start_server());
    const std::int64_t before = now_ns();
    post_job(every(300'000, 1001), to(expect_opened().connection));
    const SendJobProgress end = expect_end();
    // uv timers would make each 0.3 ms a whole millisecond; a tick can never come early.
    EXPECT_GE(now_ns() - before, 300'000'000);
    EXPECT_GE(end.elapsed_ns, 300'000'000);
    EXPECT_EQ(end.ticks, 1001U);
    EXPECT_GE(end.worst_late_ns, end.late_ns);
    EXPECT_FALSE(peer.receive(end.sends).empty());
}

TEST_F(TickedJobs, IntervalsOfMicrosecondsAreServedInBatches) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(every(2'000, 5000), to(id));
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.ticks, 5000U);
    EXPECT_EQ(end.sends + end.skipped, 5000U);
    EXPECT_EQ(peer.receive(end.sends).size(), end.sends);
    EXPECT_TRUE(drain_until([&] { return sent(id) == end.sends; }));
}

TEST_F(TickedJobs, ManyAtOnceAreKeptApart) {
    start();
    const auto address = start_server();
    std::vector<Peer> peers;
    for (int i = 0; i < 20; ++i)
        peers.push_back(Peer::to(address));
    for (std::uint64_t i = 0; i < 20; ++i) {
        const std::string text(1 + i, static_cast<char>('a' + i));
        post_job(every(1'000'000, 30, text), to(expect_opened(i).connection), SendJobId{i + 1});
    }
    for (std::uint64_t i = 0; i < 20; ++i) {
        const SendJobProgress end = expect_end(SendJobId{i + 1});
        EXPECT_EQ(end.state, SendJobState::kDone);
        const ConnectionId id = expect_opened(i).connection;
        EXPECT_TRUE(drain_until([&] { return sent(id) == end.bytes; }));
        EXPECT_EQ(sent_bytes(id), std::string(end.bytes, static_cast<char>('a' + i)));
    }
}

TEST_F(TickedJobs, ToAnEndpointGoesToThoseWhoComeLaterToo) {
    start();
    const auto address = start_server();
    const auto other = start_server({}, EndpointId{2});
    const Peer first = Peer::to(address);
    const Peer stranger = Peer::to(other);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    post_job(every(1'000'000, 0, "e"), {.endpoint = EndpointId{1}});
    EXPECT_EQ(first.receive(3), "eee");
    const Peer late = Peer::to(address);
    EXPECT_EQ(late.receive(3), "eee");
    post(channel::StopSendJob{.job = kJob});
    EXPECT_EQ(expect_end().state, SendJobState::kStopped);
    for (const auto& opened : all<channel::ConnectionOpened>()) {
        if (opened.endpoint == EndpointId{2}) {
            EXPECT_EQ(sent(opened.connection), 0U);
        }
    }
}

TEST_F(TickedJobs, ToEveryoneCrossesEndpoints) {
    start();
    const Peer a = Peer::to(start_server());
    const Peer b = Peer::to(start_server({}, EndpointId{2}));
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    post_job(every(1'000'000, 0, "all"), {.is_everyone = true});
    EXPECT_EQ(a.receive(6), "allall");
    EXPECT_EQ(b.receive(6), "allall");
    post(channel::Send{.targets = {.is_everyone = true}, .bytes = octets("!")});
    post(channel::StopSendJob{.job = kJob});
    expect_end();
    EXPECT_TRUE(drain_until([&] {
        const std::string one = sent_bytes(expect_opened(0).connection);
        const std::string two = sent_bytes(expect_opened(1).connection);
        return one.find('!') != std::string::npos && two.find('!') != std::string::npos;
    }));
}

TEST_F(TickedJobs, EndsWhenTheLastNamedConnectionHasGone) {
    start();
    const auto address = start_server();
    Peer one = Peer::to(address);
    Peer two = Peer::to(address);
    ASSERT_TRUE(drain_until([&] { return count<channel::ConnectionOpened>() == 2; }));
    // Of an hour: nothing but the end of the connections can end it.
    channel::Targets both{
        .connections = {expect_opened(0).connection, expect_opened(1).connection}};
    post_job(every(3'600'000'000'000, 0), both);
    EXPECT_EQ(one.receive(1), "x");
    one.close();
    EXPECT_TRUE(drain_until([&] { return newest().targets == 1; }));
    EXPECT_EQ(newest().state, SendJobState::kRunning);
    two.close();
    EXPECT_EQ(expect_end().state, SendJobState::kGone);
}

TEST_F(TickedJobs, EndsWithItsEndpoint) {
    start();
    const Peer peer = Peer::to(start_server());
    expect_opened();
    post_job(every(3'600'000'000'000, 0), {.endpoint = EndpointId{1}});
    EXPECT_EQ(peer.receive(1), "x");
    post(channel::StopEndpoint{.endpoint = EndpointId{1}});
    peer.end();
    EXPECT_EQ(expect_end().state, SendJobState::kGone);
}

TEST_F(TickedJobs, APeerThatDoesNotReadIsLeftOutAndTheOtherIsNot) {
    config.stats_interval_ns = 20'000'000;
    start();
    const auto address = start_server();
    const Peer stalled = Peer::to(address, 4096);
    const Peer reader = Peer::to(address);
    const ConnectionId slow = expect_opened(0).connection;
    const ConnectionId fast = expect_opened(1).connection;
    const std::string text = pattern(200'000);
    post_job(every(1'000'000, 0, text), {.connections = {slow, fast}});
    std::size_t got = 0;
    const auto is_enough = [&] { return newest().skipped >= 50; };
    while (!is_enough()) {
        got += reader.receive(text.size()).size();
        drain_some(1000);
        ASSERT_LT(got, std::size_t{4} << 30U) << "nobody is ever left out\n" << story();
    }
    post(channel::StopSendJob{.job = kJob});
    const SendJobProgress end = expect_end();
    EXPECT_GT(sent(fast), sent(slow));
    for (const auto& stats : all<channel::ConnectionStats>()) {
        EXPECT_LE(stats.queued_bytes, channel::kMostJobBacklogBytes + text.size());
    }
    EXPECT_EQ(end.state, SendJobState::kStopped);
    EXPECT_EQ(end.ticks * 2, end.sends + end.skipped);
}

TEST_F(TickedJobs, SmallSendsToAPeerThatDoesNotReadAreLimitedInNumber) {
    start();
    const Peer stalled = Peer::to(start_server(), 4096);
    const ConnectionId id = expect_opened().connection;
    constexpr std::uint64_t kSize = 200;
    static_assert(channel::kMostJobBacklogSends * kSize < channel::kMostJobBacklogBytes);
    post_job(every(20'000, 0, std::string(kSize, '.')), to(id));
    ASSERT_TRUE(drain_until([&] { return newest().skipped > 0; }));
    post(channel::StopSendJob{.job = kJob});
    const SendJobProgress end = expect_end();
    post_close(id, channel::CloseHow::kAbort);
    const auto closed = expect_closed(id);
    EXPECT_GT(closed.not_sent, 0U);
    EXPECT_LE(closed.not_sent, channel::kMostJobBacklogSends * kSize);
    EXPECT_EQ(closed.sent + closed.not_sent, end.bytes);
}

TEST_F(TickedJobs, APauseIsNoTimeOfTheJobs) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(every(1'000'000, 0), to(id));
    EXPECT_EQ(peer.receive(2), "xx");
    post(channel::PauseSendJob{.job = kJob, .is_paused = true});
    const auto paused = expect<SendJobProgress>(
        [](const SendJobProgress& p) { return p.state == SendJobState::kPaused; });
    const std::uint64_t sends = paused.sends;
    drain_for(
        600'000'000);  // allowed sleep: ticks that would come in a pause must have the time to
    EXPECT_EQ(newest().sends, sends);
    EXPECT_EQ(newest().elapsed_ns, paused.elapsed_ns);
    post(channel::PauseSendJob{.job = kJob, .is_paused = false});
    ASSERT_TRUE(drain_until([&] { return newest().sends > sends + 3; }));
    post(channel::StopSendJob{.job = kJob});
    const SendJobProgress end = expect_end();
    EXPECT_LT(end.elapsed_ns, now_ns());
    // 600 ms at a tick a millisecond: they were neither made up for nor counted as missed, so ticks and time still agree.
    EXPECT_LE(static_cast<std::int64_t>(end.ticks), end.elapsed_ns / 1'000'000 + 1);
}

TEST_F(TickedJobs, NobodyDrainingHoldsThemUp) {
    config.link.event_capacity = 64;
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(every(1'000'000, 2000), to(id));
    EXPECT_EQ(peer.receive(20).size(), 20U);
    const timespec a_second{.tv_sec = 1, .tv_nsec = 0};
    // allowed sleep: nobody drains meanwhile, so the queue fills and the room pauses; longer than what is made up for
    ::nanosleep(&a_second, nullptr);
    const SendJobProgress end = expect_end();
    EXPECT_GT(count<channel::ReadingPaused>(), 0U);
    EXPECT_EQ(end.ticks, 2000U);
    EXPECT_GT(end.skipped, 0U) << "a pause of a second is made up for in a burst";
    EXPECT_EQ(end.sends + end.skipped, 2000U);
}

TEST_F(TickedJobs, AGeneratorKeepsItsRateInBytes) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    channel::Generate generate{.per_second = 1'000'000,
                               .least_bytes = 100,
                               .most_bytes = 300,
                               .pattern = channel::GeneratePattern::kCounter,
                               .duration_ns = 200'000'000};
    post_job(generate, to(id));
    const SendJobProgress end = expect_end();
    EXPECT_EQ(end.state, SendJobState::kDone);
    if (end.skipped == 0) {
        // 200 ms of it, to the message.
        EXPECT_GE(end.bytes, 200'000U);
        EXPECT_LE(end.bytes, 200'300U);
        const std::string got = peer.receive(end.bytes);
        ASSERT_EQ(got.size(), end.bytes);
        for (std::size_t i = 0; i < got.size(); ++i)
            ASSERT_EQ(static_cast<std::uint8_t>(got[i]), static_cast<std::uint8_t>(i)) << i;
    }
    EXPECT_TRUE(drain_until([&] { return sent(id) == end.bytes; }));
    const auto sizes = send_sizes(id);
    EXPECT_GE(*std::min_element(sizes.begin(), sizes.end()), 100U);
    EXPECT_LE(*std::max_element(sizes.begin(), sizes.end()), 300U);
    EXPECT_GT(*std::max_element(sizes.begin(), sizes.end()), 200U);
}

TEST_F(TickedJobs, TheSameSeedIsTheSameTraffic) {
    start();
    const auto address = start_server();
    const Peer a = Peer::to(address);
    const Peer b = Peer::to(address);
    channel::Generate generate{.per_second = 2000,
                               .counts_messages = true,
                               .least_bytes = 10,
                               .most_bytes = 90,
                               .pattern = channel::GeneratePattern::kRandom,
                               .seed = 42};
    post_job(generate, to(expect_opened(0).connection), SendJobId{1});
    post_job(generate, to(expect_opened(1).connection), SendJobId{2});
    const std::string one = a.receive(2000);
    const std::string two = b.receive(2000);
    EXPECT_EQ(one.size(), 2000U);
    post(channel::StopSendJob{.job = SendJobId{1}});
    post(channel::StopSendJob{.job = SendJobId{2}});
    const auto first = expect_end(SendJobId{1});
    const auto second = expect_end(SendJobId{2});
    if (first.skipped == 0 && second.skipped == 0) {
        EXPECT_TRUE(one == two);
    }
}

TEST_F(TickedJobs, WhatCannotBeDoneIsSaidWithTheJobsNumber) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    const channel::SendJobWhat wrong[] = {
        every(10, 1),
        channel::Repeat{.what = {}, .interval_ns = 1'000'000},
        channel::Generate{.least_bytes = 0},
        channel::Generate{.least_bytes = 10, .most_bytes = 9},
        channel::Generate{.pattern = channel::GeneratePattern::kText, .text = {}},
        channel::SplitTest{.bytes = {}},
        channel::SplitTest{.bytes = octets("ab"), .sizes = {0}},
        channel::SendFile{.path = "relative"},
    };
    std::uint64_t number = 0;
    for (const channel::SendJobWhat& what : wrong) {
        const SendJobId job{++number};
        post_job(what, to(id), job);
        EXPECT_EQ(expect_end(job).state, SendJobState::kFailed) << number;
        const auto failed = expect<channel::Failed>(
            [job](const channel::Failed& f) { return f.failure.job == job; });
        EXPECT_EQ(failed.failure.operation, Operation::kSendJob);
        EXPECT_FALSE(failed.failure.is_final);
        EXPECT_FALSE(failed.failure.code.empty());
    }
    EXPECT_EQ(sent(id), 0U);
}

TEST_F(TickedJobs, ToNobodyFails) {
    start();
    post_job(every(1'000'000, 1), to(ConnectionId{77}), SendJobId{1});
    post_job(every(1'000'000, 1), {.endpoint = EndpointId{77}}, SendJobId{2});
    post_job(every(1'000'000, 1), {}, SendJobId{3});
    for (std::uint64_t i = 1; i <= 3; ++i) {
        EXPECT_EQ(expect_end(SendJobId{i}).state, SendJobState::kFailed);
        const auto failed = expect<channel::Failed>(
            [i](const channel::Failed& f) { return f.failure.job == SendJobId{i}; });
        EXPECT_EQ(failed.failure.code, "ENOTCONN");
    }
}

TEST_F(TickedJobs, ANumberIsUsedOnce) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(every(1'000'000, 0), to(id));
    post_job(every(1'000'000, 0, "other"), to(id));
    EXPECT_EQ(expect_failed(Operation::kSendJob).failure.code, "EEXIST");
    EXPECT_EQ(peer.receive(5), "xxxxx");
    post(channel::StopSendJob{.job = kJob});
    EXPECT_EQ(expect_end().state, SendJobState::kStopped);
}

TEST_F(TickedJobs, StoppingTheServiceEndsThemAndTellsIt) {
    start();
    const Peer peer = Peer::to(start_server());
    const ConnectionId id = expect_opened().connection;
    post_job(every(1'000, 0), to(id), SendJobId{1});
    post_job(every(3'600'000'000'000, 0), {.is_everyone = true}, SendJobId{2});
    post_job(channel::Generate{.per_second = 0, .least_bytes = 5000, .most_bytes = 5000}, to(id),
             SendJobId{3});
    EXPECT_FALSE(peer.receive(1000).empty());
    EXPECT_EQ(stop().loop_close_result, 0);
    for (std::uint64_t i = 1; i <= 3; ++i)
        EXPECT_EQ(newest(SendJobId{i}).state, SendJobState::kStopped) << i;
}

}  // namespace
}  // namespace service_test
