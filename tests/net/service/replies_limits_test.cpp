// What keeps replies from running away: wrong rules are refused, a second has an end, memory has bounds, no expression hangs the thread.
#include <algorithm>
#include <thread>

#include "tests/net/service/replies_fixture.h"

namespace service_test {
namespace {

class ReplyLimits : public RepliesFixture {
  protected:
    void set(channel::Replies replies, EndpointId endpoint = EndpointId{1}) {
        post(channel::SetReplies{.endpoint = endpoint, .replies = std::move(replies)});
    }
};

TEST_F(ReplyLimits, RepliesOfARunningServerAreChanged) {
    start();
    const auto address =
        start_server(server_of(lines_with({rule(When::kEveryMessage, "", "old\\n")})));
    const Peer peer = Peer::to(address);
    peer.send("a\nhalf of ");
    EXPECT_EQ(peer.receive(4), "old\n");
    ASSERT_TRUE(drain_until([&] { return hits(0) == 1; }));
    expect_received(expect_opened().connection, "a\nhalf of ");
    set(lines_with({rule(When::kEveryMessage, "", "new \\{count} \\{message}\\n")}));
    expect<channel::RepliesChanged>();
    peer.send("this\n");
    EXPECT_EQ(peer.receive(11), "new 1 this\n") << "a message begins with what is read from now on";
    channel::Replies echo;
    echo.echoes = true;
    set(echo);
    ASSERT_TRUE(drain_until([&] { return count<channel::RepliesChanged>() == 2; }));
    peer.send("xyz");
    EXPECT_EQ(peer.receive(3), "xyz");
    set({});
    ASSERT_TRUE(drain_until([&] { return count<channel::RepliesChanged>() == 3; }));
    peer.send("silence");
    peer.end();
    EXPECT_EQ(peer.receive_to_end(), "");
}

TEST_F(ReplyLimits, AWrongRuleIsRefusedByNameAndPlaceAndNothingChanges) {
    start();
    const auto address =
        start_server(server_of(lines_with({rule(When::kEveryMessage, "", "still\\n")})));
    struct Case {
        channel::Replies replies;
        std::vector<std::string_view> words;
    };
    const auto second = [&](channel::ReplyRule wrong) {
        wrong.name = "the wrong one";
        return lines_with({rule(When::kEquals, "a", "b"), wrong});
    };
    auto slow = rule(When::kEveryMessage, "", "x");
    slow.delay_ns = -1;
    auto never = rule(When::kEveryMessage, "", "x");
    never.times = 0;
    channel::Replies framing;
    framing.framing.kind = bytes::FramingKind::kFixed;
    channel::Replies welcome;
    welcome.welcome.text = "\\{message}";
    channel::Replies relay;
    relay.relay = {.is_on = true, .message = {.text = "\\x"}};
    channel::Replies many;
    many.rules.resize(channel::kMostRules + 1);
    const Case cases[] = {
        {second(rule(When::kContains, "a(b", "x", Kind::kRegex)),
         {"rule 2 \"the wrong one\"", "looks for", "at byte 3", "parenthes"}},
        {second(rule(When::kEquals, "4", "x", Kind::kHex)), {"rule 2", "two digits"}},
        {second(rule(When::kStream, "(a)\\1", "x", Kind::kRegex)), {"rule 2", "looks for"}},
        {second(rule(When::kStream, "ab", "\\{message}")), {"rule 2", "answer", "at byte 0"}},
        {second(rule(When::kContains, "(a)", "\\{2}", Kind::kRegex)), {"rule 2", "1 group"}},
        {second(slow), {"rule 2", "delay", "-1", "an hour"}},
        {second(never), {"rule 2", "0 times"}},
        {framing, {"messages", "fixed length"}},
        {welcome, {"welcome", "no message"}},
        {relay, {"relayed message", "at byte"}},
        {many, {"257 rules", "256"}},
    };
    std::size_t failures = 0;
    for (const Case& c : cases) {
        set(c.replies);
        ++failures;
        ASSERT_TRUE(drain_until([&] { return count<channel::Failed>() == failures; })) << story();
        const channel::Failure failure = all<channel::Failed>().back().failure;
        EXPECT_EQ(failure.operation, Operation::kReply);
        EXPECT_EQ(failure.endpoint, EndpointId{1});
        EXPECT_FALSE(failure.is_final);
        EXPECT_TRUE(failure.message.starts_with("reply of server 1: ")) << failure.message;
        for (const std::string_view words : c.words)
            EXPECT_NE(failure.message.find(words), std::string::npos)
                << words << " in " << failure.message;
    }
    EXPECT_EQ(count<channel::RepliesChanged>(), 0U);
    EXPECT_EQ(answers(address, "x\n"), "still\n");
    set({}, EndpointId{99});
    ASSERT_TRUE(drain_until([&] { return count<channel::Failed>() == failures + 1; }));
}

TEST_F(ReplyLimits, AServerWithWrongRulesDoesNotStart) {
    start();
    post_server(server_of(lines_with({rule(When::kContains, "(", "x", Kind::kRegex)})));
    const auto failed = expect_failed(Operation::kReply);
    EXPECT_TRUE(failed.failure.is_final);
    expect<channel::EndpointStopped>();
    EXPECT_EQ(count<channel::ServerListening>(), 0U);
}

TEST_F(ReplyLimits, TwoOfOursThatAnswerEachOtherAreLimitedAndThatIsTold) {
    start();
    auto replies = lines_with({rule(When::kEveryMessage, "", "ball\\n")});
    replies.most_per_second = 20;
    const auto address = start_server(server_of(replies));
    channel::ClientConfig client;
    client.peer = {.host = "127.0.0.1", .port = address.port};
    client.replies = replies;
    client.greeting = octets("ball\nball\nball\n");
    post_client(client);
    const auto limited = expect<channel::RepliesLimited>();
    EXPECT_GE(limited.left_out, 1U);
    EXPECT_TRUE(limited.endpoint == EndpointId{1} || limited.endpoint == EndpointId{2});
}

TEST_F(ReplyLimits, BeyondTheLimitNothingIsAnsweredAndEverythingIsCounted) {
    start();
    auto replies = lines_with({rule(When::kEveryMessage, "", "a")});
    replies.most_per_second = 5;
    const auto address = start_server(server_of(replies));
    std::string text;
    for (int i = 0; i < 5000; ++i)
        text += "\n";
    const std::size_t answered = answers(address, text).size();
    EXPECT_GE(answered, 5U);
    EXPECT_LT(answered, 5000U);
    EXPECT_TRUE(drain_until([&] {
        const auto told = all<channel::RepliesLimited>();
        return !told.empty() && told.back().left_out + answered == 5000;
    })) << story();
    EXPECT_TRUE(drain_until([&] { return hits(0) == 5000; })) << "they are hits all the same";
}

TEST_F(ReplyLimits, AMessageThatIsTooLongIsNoHitAndSaidOnce) {
    start();
    const auto address =
        start_server(server_of(lines_with({rule(When::kEveryMessage, "", "\\{message}\\n")})));
    const std::string longest(channel::kMostReplyMessageBytes - 1, 'm');
    const std::string longer(channel::kMostReplyMessageBytes + 100'000, 'x');
    EXPECT_EQ(answers(address, "a\n" + longer + "\nb\n" + longer + "\nc\n"), "a\nb\nc\n");
    EXPECT_TRUE(answers(address, longest + "\n") == longest + "\n");
    drain_for(1'000'000);
    const auto failed = expect_failed(Operation::kReply);
    EXPECT_NE(failed.failure.message.find("longer than"), std::string::npos);
    EXPECT_NE(failed.failure.connection, ConnectionId::kNone);
    EXPECT_EQ(count<channel::Failed>(), 1U);
}

TEST_F(ReplyLimits, AnExpressionThatCostsTooMuchIsNoHitAndHangsNothing) {
    start();
    auto costly = rule(When::kContains, "(a+)+(a+)+(a+)+[bc]", "never ", Kind::kRegex);
    costly.name = "costly";
    auto replies =
        lines_with({costly, rule(When::kContains, "([a-z]*+ )*x", "never ", Kind::kRegex),
                    rule(When::kEveryMessage, "", "on ")});
    const auto address = start_server(server_of(replies));
    const std::string letters(500'000, 'a');
    std::string text = letters + "\n";
    for (int i = 0; i < 200; ++i)
        text += std::string(60, 'a') + "\n";
    text += "end\n";
    std::string expected;
    for (int i = 0; i < 202; ++i)
        expected += "on ";
    // Without limits the first of them alone takes longer than the universe has lasted.
    EXPECT_EQ(answers(address, text), expected);
    const auto failed = expect_failed(Operation::kReply);
    EXPECT_NE(failed.failure.message.find("rule 1 \"costly\""), std::string::npos);
    EXPECT_NE(failed.failure.message.find("costs too much"), std::string::npos);
}

// As an echo's: the peer that asks and never reads is slowed down, nothing is lost, what waits stays small.
TEST_F(ReplyLimits, AQuestionerThatDoesNotReadIsPausedAndGetsEveryAnswerInTheEnd) {
    config.stats_interval_ns = 20'000'000;
    start();
    auto replies =
        lines_with({rule(When::kEveryMessage, "", std::string(60, '.') + "\\{count}\\n")});
    replies.most_per_second = 0;
    const Peer peer = Peer::to(start_server(server_of(replies)), 4096);
    std::string text;
    while (text.size() < std::size_t{16} << 20U)
        text += std::string(63, 'q') + "\n";
    std::size_t taken = 0;
    const auto is_paused = [&] {
        taken += peer.send_without_waiting(std::string_view(text).substr(taken));
        const auto stats = all<channel::ConnectionStats>();
        return std::any_of(stats.begin(), stats.end(),
                           [](const auto& one) { return one.is_reading_paused; });
    };
    const std::int64_t deadline = now_ns() + kPatience_ns;
    while (!is_paused() && now_ns() < deadline)
        drain_for(5'000'000);
    ASSERT_TRUE(is_paused()) << "its reading was never paused";
    ASSERT_LT(taken, text.size()) << "the peer was never slowed down";
    peer.end();
    std::string back;
    std::thread reader([&] { back = peer.receive_to_end(); });
    EXPECT_TRUE(drain_until([&] { return count<channel::ConnectionClosed>() == 1; }));
    reader.join();
    std::size_t n = 0;
    for (std::size_t at = 0; at < back.size();) {
        const std::string line = std::string(60, '.') + std::to_string(++n) + "\n";
        ASSERT_EQ(back.substr(at, line.size()), line);
        at += line.size();
    }
    EXPECT_EQ(n, taken / 64);
    for (const auto& stats : all<channel::ConnectionStats>())
        EXPECT_LE(stats.queued_bytes, std::uint64_t{1} << 20U);
}

// A single question with answers without end: they are made as they are read, not before.
TEST_F(ReplyLimits, AnswersThatAreToBeSentOftenWaitUntilTheyAreRead) {
    config.stats_interval_ns = 20'000'000;
    start();
    auto replies = lines_with({rule(When::kEveryMessage, "", std::string(1000, 'z'))});
    replies.rules[0].times = 4'000'000'000;
    replies.most_per_second = 0;
    Peer peer = Peer::to(start_server(server_of(replies)), 4096);
    peer.send("go\n");
    EXPECT_EQ(peer.receive(5'000'000), std::string(5'000'000, 'z'));
    peer.reset();
    (void)expect_closed(expect_opened().connection);
    for (const auto& stats : all<channel::ConnectionStats>())
        EXPECT_LE(stats.queued_bytes, std::uint64_t{1} << 20U);
}

}  // namespace
}  // namespace service_test
