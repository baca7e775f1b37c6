// Session files: what is written is read back, what cannot be is named with its path, what listens beyond this machine is known.
#include "app/session/session_file.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace app::session;
using net::channel::Replies;
using net::channel::ReplyRule;
using net::channel::ReplyThen;
using net::channel::ReplyWhen;

net::bytes::ListenAddress listen_on(std::string_view text) {
    return *net::bytes::parse_listen_argument(text);
}

Replies every_reply() {
    Replies replies{.echoes = true,
                    .welcome = {.text = "hello \\{peer}\\r\\n"},
                    .framing = {},
                    .rules = {},
                    .all_that_fit = true,
                    .relay = {.is_on = true,
                              .message = {.text = "01 \\{message}", .is_hex = true},
                              .joined = {.text = "j"},
                              .left = {.text = "\\{reason}"}},
                    .most_per_second = 7};
    replies.framing.kind = net::bytes::FramingKind::kDelimiter;
    replies.framing.delimiters = {{'<', 'E', 'O', 'F', '>'}, {0}};
    replies.rules.push_back({.name = "end",
                             .is_on = false,
                             .when = ReplyWhen::kContains,
                             .pattern = {.kind = net::bytes::PatternKind::kRegex,
                                         .text = "(a+)中",
                                         .matches_case = true,
                                         .encoding = net::bytes::TextEncoding::kGbk},
                             .answer = {.text = "Server return :\\{message}"},
                             .delay_ns = 5,
                             .times = 3,
                             .most_hits = 9,
                             .then = ReplyThen::kClose});
    replies.rules.push_back({.when = ReplyWhen::kStream,
                             .pattern = {.kind = net::bytes::PatternKind::kHex, .text = "4? ??"},
                             .then = ReplyThen::kReset});
    return replies;
}

SessionFile typical() {
    SessionFile session;
    session.servers.push_back(
        {.name = "*:9000", .config = {.address = listen_on("*:9000"), .greeting = {}}});
    SessionServer server{.name = "mine",
                         .config = {.address = listen_on("[::1]:0"), .greeting = {}}};
    server.config.backlog = 5;
    server.config.most_clients = 3;
    server.config.keeps_half_open = true;
    server.config.greeting = {0, 'h', 0xff};
    server.config.replies = every_reply();
    session.servers.push_back(server);
    SessionClient client{
        .name = "example.org:80",
        .config = {.peer = {.host = "example.org", .port = 80}, .reconnect = {}, .greeting = {}}};
    client.config.connect_timeout_ns = 77;
    client.config.reconnect = {.is_on = true, .first_delay_ns = 1, .longest_delay_ns = 2};
    client.config.replies.welcome.text = "hi";
    session.clients.push_back(client);
    session.sends.add("group", {.name = "ping", .what = {.text = "ping"}, .shortcut = 1});
    session.view.emplace();
    session.view->mode = ViewMode::kText;
    return session;
}

std::string error_of(std::string_view text) {
    const SessionParsed parsed = session_from_json(text);
    EXPECT_TRUE(parsed.error.empty() || parsed.session.servers.empty());
    return parsed.error;
}

TEST(SessionFileTest, WhatIsWrittenIsReadBack) {
    const SessionFile session = typical();
    const SessionParsed parsed = session_from_json(to_json(session));
    ASSERT_EQ(parsed.error, "");
    EXPECT_TRUE(parsed.warnings.empty()) << parsed.warnings.front();
    EXPECT_EQ(to_json(parsed.session), to_json(session));
    ASSERT_EQ(parsed.session.servers.size(), 2U);
    const SessionServer& server = parsed.session.servers[1];
    EXPECT_EQ(server.name, "mine");
    EXPECT_EQ(server.config.address.address, listen_on("[::1]:0").address);
    EXPECT_EQ(server.config.backlog, 5);
    EXPECT_EQ(server.config.most_clients, 3U);
    EXPECT_TRUE(server.config.keeps_half_open);
    EXPECT_EQ(server.config.greeting, (std::vector<std::uint8_t>{0, 'h', 0xff}));
    EXPECT_EQ(server.config.replies, every_reply());
    ASSERT_EQ(parsed.session.clients.size(), 1U);
    const SessionClient& client = parsed.session.clients[0];
    EXPECT_EQ(client.config.peer.host, "example.org");
    EXPECT_EQ(client.config.connect_timeout_ns, 77);
    EXPECT_TRUE(client.config.reconnect.is_on);
    EXPECT_EQ(client.config.reconnect.longest_delay_ns, 2);
    EXPECT_EQ(client.config.replies.welcome.text, "hi");
    EXPECT_EQ(parsed.session.sends, session.sends);
    EXPECT_EQ(parsed.session.view, session.view);
}

TEST(SessionFileTest, AnEchoThatWasAFlagIsOneOfTheReplies) {
    SessionFile session;
    session.servers.push_back(
        {.name = "x", .config = {.address = listen_on("1"), .echoes = true, .greeting = {}}});
    const SessionParsed parsed = session_from_json(to_json(session));
    ASSERT_EQ(parsed.error, "");
    EXPECT_TRUE(parsed.session.servers.at(0).config.replies.echoes);
}

TEST(SessionFileTest, WhatIsWrittenByHandIsShort) {
    const SessionParsed parsed = session_from_json(
        R"({"wireloupe_session": 1, "servers": [{"listen": "9000", "replies": {"rules": [)"
        R"({"when": "contains", "pattern": {"text": "hi"}, "answer": "\\{message}!"}]}}]})");
    ASSERT_EQ(parsed.error, "");
    const SessionServer& server = parsed.session.servers.at(0);
    EXPECT_EQ(server.name, "127.0.0.1:9000");
    EXPECT_EQ(server.config.replies.rules.at(0).answer.text, "\\{message}!");
    EXPECT_FALSE(parsed.session.view.has_value());
}

TEST(SessionFileTest, WhoListensBeyondThisMachineIsKnown) {
    SessionFile session;
    for (const char* address : {"127.0.0.1:1", "*:2", "0.0.0.0:3", "[::1]:4", "[::]:5"})
        session.servers.push_back(
            {.name = "x", .config = {.address = listen_on(address), .greeting = {}}});
    EXPECT_EQ(session.beyond_loopback(), (std::vector<std::string>{"*:2", "0.0.0.0:3", "[::]:5"}));
}

TEST(SessionFileTest, ServersAreStartedBeforeClients) {
    const Intents intents = typical().intents();
    ASSERT_EQ(intents.size(), 3U);
    EXPECT_EQ(std::get<StartServerIntent>(intents[0]).name, "*:9000");
    EXPECT_EQ(std::get<StartServerIntent>(intents[1]).config.replies, every_reply());
    EXPECT_EQ(std::get<StartClientIntent>(intents[2]).name, "example.org:80");
}

TEST(SessionFileTest, AValueThatCannotBeIsNamedWithItsPath) {
    const auto in = [](const std::string& what) {
        return R"({"wireloupe_session": 1, )" + what + "}";
    };
    const auto in_server = [&](const std::string& what) {
        return in(R"("servers": [{"listen": "1"}, {"listen": "2", )" + what + "}]");
    };
    const struct {
        std::string text;
        std::string begins;
    } cases[] = {
        {"{}", "it is no session file (wireloupe_session is missing at its top)"},
        {R"({"wireloupe_session": 2})", "wireloupe_session is not a whole number from 1 to 1"},
        {R"({"wireloupe_sends": 1})", "it is no session file"},
        {in(R"("servers": 1)"), "servers is not a list of at most 256"},
        {in(R"("servers": [{"listen": "nonsense"}])"), "servers[0].listen: "},
        {in(R"("servers": [{}])"), "servers[0].listen: "},
        {in(R"("clients": [{"connect": "127.0.0.1:0"}])"), "clients[0].connect: "},
        {in(R"("clients": [{"connect": "a:1", "reconnect": {"first_delay_ns": 0}}])"),
         "clients[0].reconnect.first_delay_ns is not a whole number from 1"},
        {in_server(R"("backlog": 0)"), "servers[1].backlog is not a whole number from 1"},
        {in_server(R"("greeting": "\\q")"), "servers[1].greeting: \"\\q\" is not an escape"},
        {in_server(R"("replies": [])"), "servers[1].replies is not an object"},
        {in_server(R"("replies": {"rules": [{"when": "never"}]})"),
         "servers[1].replies.rules[0].when is not one of every_message, equals, contains, stream"},
        {in_server(R"("replies": {"rules": [{"pattern": {"text": 1}}]})"),
         "servers[1].replies.rules[0].pattern.text is not text of at most 2048 bytes"},
        {in_server(R"("replies": {"welcome": 1})"),
         "servers[1].replies.welcome is not text of at most 65536 bytes"},
        {in_server(R"("replies": {"framing": {"kind": "fixed", "bytes": 0}})"),
         "servers[1].replies.framing is not one that can be: "},
        {in_server(R"("replies": {"framing": {"kind": "delimiter", "delimiters": ["0a", "0g"]}})"),
         "servers[1].replies.framing.delimiters[1] is not bytes in hex"},
        {in(R"("sends": [{"sends": [{"shortcut": -1}]}])"), "sends[0].sends[0].shortcut is not "},
        {in(R"("view": {"highlights": [{"color": 6}]})"), "view.highlights[0].color is not "},
    };
    for (const auto& one : cases)
        EXPECT_EQ(error_of(one.text).substr(0, one.begins.size()), one.begins) << one.text;
}

TEST(SessionFileTest, UnknownKeysAreWarnedAboutEverywhere) {
    const SessionParsed parsed = session_from_json(
        R"({"wireloupe_session": 1, "colour": 1, "servers": [{"listen": "1", "echo": true, )"
        R"("replies": {"rules": [{"wen": 1}]}}], "view": {"modus": 1}})");
    ASSERT_EQ(parsed.error, "");
    EXPECT_EQ(parsed.warnings,
              (std::vector<std::string>{
                  "servers[0].replies.rules[0].wen is unknown and was left out",
                  "servers[0].echo is unknown and was left out",
                  "view.modus is unknown and was left out", "colour is unknown and was left out"}));
}

}  // namespace
