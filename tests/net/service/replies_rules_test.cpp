// Rules: which messages they fit, what they answer, and what comes after.
#include "tests/net/service/replies_fixture.h"

namespace service_test {
namespace {

class Replies : public RepliesFixture {};

TEST_F(Replies, EveryMessageIsAnswered) {
    start();
    const auto address = start_server(server_of(
        lines_with({rule(When::kEveryMessage, "", "got \\{message}, number \\{count}\\n")})));
    EXPECT_EQ(answers(address, "one\ntwo\n\nthree"),
              "got one, number 1\ngot two, number 2\ngot , number 3\n")
        << "what has not ended is no message";
    EXPECT_TRUE(drain_until([&] { return hits(0) == 3; }));
}

TEST_F(Replies, AMessageThatEqualsIsAnswered) {
    start();
    const auto address =
        start_server(server_of(lines_with({rule(When::kEquals, "ping", "pong\\n")})));
    EXPECT_EQ(answers(address, "ping\npings\n ping\nPING\nping\n"), "pong\npong\n");
}

TEST_F(Replies, CaseCountsOnlyWhereItIsAskedFor) {
    start();
    auto any_case = rule(When::kEquals, "grün", "green\\n");
    any_case.pattern.matches_case = false;
    const auto address = start_server(server_of(lines_with({any_case})));
    EXPECT_EQ(answers(address, "grün\nGRÜN\nGrün\ngrun\n"), "green\ngreen\ngreen\n");
}

TEST_F(Replies, TextAndHexInAMessageAreFound) {
    start();
    const auto address = start_server(
        server_of(lines_with({rule(When::kContains, "err", "bad: \\{0}\\n"),
                              rule(When::kContains, "01 ?? 4?", "[\\{0}]\\n", Kind::kHex)})));
    EXPECT_EQ(answers(address, "an error\n..\x01zA..\nnothing\n"), "bad: err\n[\x01zA]\n");
    // Far into a long message, over the pieces in which it is looked at.
    const std::string far = std::string(4094, 'x') + "err" + std::string(9000, 'x') + "\n";
    EXPECT_EQ(answers(address, far), "bad: err\n");
}

TEST_F(Replies, GroupsOfAnExpressionStandInTheAnswer) {
    start();
    const auto address = start_server(
        server_of(lines_with({rule(When::kContains, "^set (\\w+)=(\\w*)(;(\\w+))?$",
                                   "\\{1}:\\{2}:\\{4}:\\{0} for \\{peer}\\n", Kind::kRegex)})));
    const Peer peer = Peer::to(address);
    peer.send("set a=5\nunset\nset b=;x\n");
    peer.end();
    const std::string who = to_text(peer.local());
    EXPECT_EQ(peer.receive_to_end(),
              "a:5::set a=5 for " + who + "\nb::x:set b=;x for " + who + "\n");
}

TEST_F(Replies, TheFirstThatFitsOrAll) {
    for (const bool all : {false, true}) {
        start();
        auto off = rule(When::kEveryMessage, "", "off ");
        off.is_on = false;
        auto replies =
            lines_with({off, rule(When::kContains, "a", "1 "), rule(When::kContains, "b", "2 "),
                        rule(When::kEveryMessage, "", "3 ")});
        replies.all_that_fit = all;
        const auto address = start_server(server_of(replies));
        EXPECT_EQ(answers(address, "ab\nb\nc\n"), all ? "1 2 3 2 3 3 " : "1 2 3 ");
        stop();
        destroy_and_forget();
        config.capture.path += ".again";
    }
}

TEST_F(Replies, APatternAcrossReadsAndMessagesIsFoundInTheStream) {
    start();
    const auto address = start_server(
        server_of(lines_with({rule(When::kStream, "de\\nad", "found \\{count} "),
                              rule(When::kStream, "x[0-9]+y", "number ", Kind::kRegex)})));
    const Peer peer = Peer::to(address);
    const ConnectionId id = expect_opened().connection;
    std::uint64_t sent_bytes = 0;
    for (const std::string_view piece : {"...d", "e", "\na", "d x1", "2", "3y de\nad"}) {
        peer.send(piece);
        sent_bytes += piece.size();
        ASSERT_TRUE(drain_until([&] { return received(id) == sent_bytes; }));
    }
    peer.end();
    EXPECT_EQ(peer.receive_to_end(), "found 1 number found 2 ");
}

// The exchange that is in every textbook of asynchronous sockets.
TEST_F(Replies, TheClassicExchangeUntilEofIsOneRule) {
    start();
    channel::Replies replies;
    replies.framing = {.kind = bytes::FramingKind::kDelimiter, .delimiters = {octets("<EOF>")}};
    replies.rules = {rule(When::kEveryMessage, "", "Server return :\\{message}")};
    replies.rules[0].then = channel::ReplyThen::kClose;
    const auto address = start_server(server_of(replies));
    const Peer peer = Peer::to(address);
    const ConnectionId id = expect_opened().connection;
    std::uint64_t sent_bytes = 0;
    for (const std::string_view piece : {"This is a ", "test<E", "OF>"}) {
        peer.send(piece);
        sent_bytes += piece.size();
        ASSERT_TRUE(drain_until([&] { return received(id) == sent_bytes; }));
    }
    EXPECT_EQ(peer.receive_to_end(), "Server return :This is a test") << "and then it is closed";
    peer.end();
    EXPECT_EQ(expect_closed(id).reason, CloseReason::kClosedHere);
}

TEST_F(Replies, AResetComesAfterTheAnswer) {
    start();
    auto replies = lines_with({rule(When::kEquals, "bye", "farewell")});
    replies.rules[0].then = channel::ReplyThen::kReset;
    const Peer peer = Peer::to(start_server(server_of(replies)));
    peer.send("bye\n");
    int error = 0;
    EXPECT_EQ(peer.receive_to_end(&error), "farewell");
    EXPECT_EQ(error, ECONNRESET);
    EXPECT_EQ(expect_closed(expect_opened().connection).reason, CloseReason::kClosedHere);
}

TEST_F(Replies, ARuleRestsAfterItsHits) {
    start();
    auto replies =
        lines_with({rule(When::kEveryMessage, "", "1"), rule(When::kEveryMessage, "", "2")});
    replies.rules[0].most_hits = 2;
    const auto address = start_server(server_of(replies));
    EXPECT_EQ(answers(address, "a\nb\nc\nd\n"), "1122");
}

TEST_F(Replies, AnswersAreRepeatedAndDelayedAndStillSentToOneWhoHasEnded) {
    start();
    auto replies =
        lines_with({rule(When::kEquals, "later", "L\\{count} "), rule(When::kEquals, "now", "N "),
                    rule(When::kEquals, "twice", "T ")});
    replies.rules[0].delay_ns = 30'000'000;
    replies.rules[0].times = 3;
    replies.rules[2].times = 2;
    const auto address = start_server(server_of(replies));
    const std::int64_t before = now_ns();
    EXPECT_EQ(answers(address, "later\nnow\ntwice\n"), "N T T L1 L1 L1 ");
    EXPECT_GE(now_ns() - before, 90'000'000) << "it has not waited";
}

TEST_F(Replies, TheWelcomeComesFirstAndOnce) {
    start();
    auto replies = lines_with({rule(When::kEveryMessage, "", "ok\\n")});
    replies.welcome.text = "hello \\{peer}\\n";
    auto server = server_of(replies);
    server.greeting = octets("220 ");
    const Peer peer = Peer::to(start_server(server));
    const std::string hello = "220 hello " + to_text(peer.local()) + "\n";
    EXPECT_EQ(peer.receive(hello.size()), hello);
    peer.send("x\n");
    peer.end();
    EXPECT_EQ(peer.receive_to_end(), "ok\n");
}

TEST_F(Replies, AnIdleGapEndsAMessageByItself) {
    start();
    channel::Replies replies;
    replies.framing = {.kind = bytes::FramingKind::kIdleGap, .idle_gap_ns = 20'000'000};
    replies.rules = {rule(When::kEveryMessage, "", "<\\{message}>")};
    const Peer peer = Peer::to(start_server(server_of(replies)));
    peer.send("frame");
    EXPECT_EQ(peer.receive(7), "<frame>") << "without another read";
    peer.send("last");
    peer.end();
    EXPECT_EQ(peer.receive_to_end(), "<last>");
}

TEST_F(Replies, AClientAnswersToo) {
    start();
    const PeerListener listener;
    channel::ClientConfig client;
    client.peer = {.host = "127.0.0.1", .port = listener.address().port};
    client.replies = lines_with({rule(When::kEquals, "who?", "me\\n")});
    post_client(client);
    const Peer peer = listener.accept();
    peer.send("who?\n");
    EXPECT_EQ(peer.receive(3), "me\n");
}

TEST_F(Replies, EachReadIsAMessageWithoutAFraming) {
    start();
    channel::Replies replies;
    replies.rules = {rule(When::kEquals, "ab", "yes ")};
    const Peer peer = Peer::to(start_server(server_of(replies)));
    const ConnectionId id = expect_opened().connection;
    peer.send("a");
    ASSERT_TRUE(drain_until([&] { return received(id) == 1; }));
    peer.send("ab");
    EXPECT_EQ(peer.receive(4), "yes ");
}

TEST_F(Replies, TheAnswerIsRecordedAfterItsMessage) {
    start();
    const auto address =
        start_server(server_of(lines_with({rule(When::kEveryMessage, "", "pong\\n")})));
    const Peer peer = Peer::to(address);
    // Nobody drains meanwhile: the answers go on.
    for (int i = 0; i < 500; ++i) {
        peer.send("ping\n");
        ASSERT_EQ(peer.receive(5), "pong\n");
    }
    const ConnectionId id = expect_opened().connection;
    ASSERT_TRUE(drain_until([&] { return sent(id) == 2500 && hits(0) == 500; }));
    std::uint64_t in = 0;
    std::uint64_t out = 0;
    for (const auto& event : all<channel::Recorded>()) {
        (event.direction == channel::Direction::kReceived ? in : out) += event.size;
        EXPECT_LE(out, in) << "answered before it was read";
    }
}

}  // namespace
}  // namespace service_test
