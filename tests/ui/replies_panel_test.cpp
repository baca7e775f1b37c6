// The editor of automatic replies: from a card, before and while its endpoint runs.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

class RepliesPanel : public testing::Test {
  protected:
    UiDriver ui;
};

TEST_F(RepliesPanel, WhatIsSetBeforeTheStartIsStartedWith) {
    ui.click("Replies ...");
    EXPECT_TRUE(ui.sees("127.0.0.1:9000"));
    EXPECT_TRUE(ui.sees("It holds when the endpoint is started"));
    ui.click("Echo and welcome");
    ui.click("Echo back what arrives", 1);
    ui.fill("Welcome", "hello \\{peer}");
    ui.click("Apply");
    ui.click("close replies");
    EXPECT_TRUE(ui.sees("echo, welcome"));
    ui.click("Start");
    const auto wish = ui.take<session::StartServerIntent>();
    EXPECT_TRUE(wish.config.echoes);
    EXPECT_TRUE(wish.config.replies.echoes);
    EXPECT_EQ(wish.config.replies.welcome.text, "hello \\{peer}");
}

TEST_F(RepliesPanel, TheClassicExchangeIsOneRule) {
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.frames(4);
    ui.click("Replies ...");
    ui.click("reply messages");
    ui.click("Framing kind");
    ui.click("Delimiter");
    ui.fill("Delimiter", "<EOF>");
    ui.click("Rules");
    ui.click("Add a rule");
    EXPECT_FALSE(ui.is_enabled("Apply")) << "nothing to compare with yet";
    ui.type("ask");  // the name has the keyboard
    ui.click("Fits");
    ui.click("Every message");
    ui.fill("Answer", "Server return :");
    ui.click("Insert", 0);
    ui.click("The message");
    ui.click("then close");
    ui.asked.clear();
    ui.click("Apply");
    const auto wish = ui.take<session::SetRepliesIntent>();
    EXPECT_EQ(wish.endpoint, server);
    ASSERT_EQ(wish.replies.rules.size(), 1U);
    const channel::ReplyRule& rule = wish.replies.rules[0];
    EXPECT_EQ(rule.name, "ask");
    EXPECT_EQ(rule.when, channel::ReplyWhen::kEveryMessage);
    EXPECT_EQ(rule.answer.text, "Server return :\\{message}");
    EXPECT_EQ(rule.then, channel::ReplyThen::kClose);
    ASSERT_EQ(wish.replies.framing.delimiters.size(), 1U);
    EXPECT_EQ(wish.replies.framing.delimiters[0],
              (std::vector<std::uint8_t>{'<', 'E', 'O', 'F', '>'}));
    EXPECT_TRUE(ui.sees("Being taken over"));
    ui.fold(channel::RepliesChanged{.endpoint = server, .time_ns = ui.info.now_ns});
    ui.frames(4);
    EXPECT_TRUE(ui.sees("In force"));
}

TEST_F(RepliesPanel, HitsAreCountedInSight) {
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    const ConnectionId one = ui.connect(server, 50001);
    ui.frames(4);
    ui.click("Replies ...");
    ui.click("Add a rule");
    ui.fill("Pattern", "ping");
    ui.fill("Answer", "pong");
    ui.click("Apply");
    ui.fold(channel::RepliesChanged{.endpoint = server});
    ui.fold(channel::ReplyHits{.endpoint = server, .connection = one, .rule = 0, .hits = 12});
    ui.frames(4);
    EXPECT_TRUE(ui.sees("contains ping: pong"));
    EXPECT_TRUE(ui.sees("12 hits")) << ui.screen();
    ui.click("close replies");
    EXPECT_TRUE(ui.sees("1 rule, 12 hits")) << "in the card as well";
}

TEST_F(RepliesPanel, WhatIsWrongIsSaidWhereItIs) {
    ui.click("Replies ...");
    ui.click("Add a rule");
    ui.click("pattern hex");
    ui.fill("Pattern", "4");
    EXPECT_TRUE(ui.sees("Rule 1: "));
    EXPECT_FALSE(ui.is_enabled("Apply"));
    ui.fill("Pattern", "48 ?? 4?");
    EXPECT_TRUE(ui.is_enabled("Apply"));
    ui.fill("Answer", "\\{reason}");
    EXPECT_FALSE(ui.is_enabled("Apply")) << "nobody has left";
    ui.fill("Answer", "ok");
    ui.fill("After (ms)", "soon");
    EXPECT_TRUE(ui.sees("Rule 1: milliseconds, up to an hour"));
}

TEST_F(RepliesPanel, ARefusalOfTheNetworkThreadIsTold) {
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.frames(4);
    ui.click("Replies ...");
    ui.click("Add a rule");
    ui.click("pattern regex");
    ui.fill("Pattern", "(");
    ui.click("Apply");
    channel::Failure failure;
    failure.operation = channel::Operation::kReply;
    failure.endpoint = server;
    failure.is_final = false;
    failure.message = "rule 1: missing closing parenthesis";
    ui.fold(channel::Failed{failure});
    ui.frames(4);
    EXPECT_TRUE(ui.sees("missing closing parenthesis"));
    ui.asked.clear();
    ui.click("Undo changes");
    EXPECT_TRUE(ui.take<session::SetRepliesIntent>().replies.rules.empty()) << "what is in force";
    EXPECT_TRUE(ui.state().replies.form.rules.empty());
}

TEST_F(RepliesPanel, RulesAreOrderedAndRemoved) {
    ui.click("Replies ...");
    for (const char* word : {"one", "two"}) {
        ui.click("Add a rule");
        ui.fill("Pattern", word);
    }
    ui.click("All that fit");
    ui.click("Up", 1);
    ui.click("Apply");
    ui.click("Start");
    auto replies = ui.take<session::StartServerIntent>().config.replies;
    ASSERT_EQ(replies.rules.size(), 2U);
    EXPECT_TRUE(replies.all_that_fit);
    EXPECT_EQ(replies.rules[0].pattern.text, "two");
    ui.click("Remove", 0);
    ui.frames(2);
    EXPECT_EQ(ui.state().replies.form.rules.size(), 1U);
}

TEST_F(RepliesPanel, ARelayIsAServersAndHasItsNotices) {
    ui.click("Replies ...");
    ui.click("Relay");
    ui.click("Relay every message to all other clients (a chat room)");
    ui.fill("When one joins", "\\{peer} joined");
    ui.fill("When one leaves", "\\{peer} left: \\{reason}");
    ui.click("Apply");
    ui.click("close replies");
    ui.click("Start");
    const auto relay = ui.take<session::StartServerIntent>().config.replies.relay;
    EXPECT_TRUE(relay.is_on);
    EXPECT_EQ(relay.message.text, "client \\{peer} says: \\{message}");
    EXPECT_EQ(relay.left.text, "\\{peer} left: \\{reason}");
    ui.click("Replies ...", 1);
    EXPECT_FALSE(ui.has("Relay")) << "a client has nobody to relay to";
}

TEST_F(RepliesPanel, EscLeavesTheFieldThenThePanelAndNothingIsLost) {
    ui.click("Replies ...");
    ui.click("Add a rule");
    ui.fill("Pattern", "typed");
    ui.press(ImGuiKey_Escape);
    EXPECT_TRUE(ui.state().replies.panel.is_open) << "the field is left first";
    EXPECT_EQ(ui.state().replies.form.rules[0].rule.pattern.text, "typed");
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.state().replies.panel.is_open);
    // Those of another card do not get in the way.
    ui.click("Replies ...", 1);
    EXPECT_TRUE(ui.state().replies.form.rules.empty());
    ui.click("close replies");
    ui.click("Replies ...", 0);
    ASSERT_EQ(ui.state().replies.form.rules.size(), 1U);
    EXPECT_EQ(ui.state().replies.form.rules[0].rule.pattern.text, "typed");
    EXPECT_TRUE(ui.sees("Changed, and not applied yet"));
    ui.click("Undo changes");
    EXPECT_TRUE(ui.state().replies.form.rules.empty());
    ui.click("close replies");
    ui.asked.clear();
    ui.click("Start");
    EXPECT_TRUE(ui.take<session::StartServerIntent>().config.replies.rules.empty());
}

}  // namespace
}  // namespace tests::ui
