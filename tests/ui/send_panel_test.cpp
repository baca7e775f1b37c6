// Issue point 7: the send box.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

std::string text_of(const session::SendIntent& wish) {
    return {wish.bytes.begin(), wish.bytes.end()};
}

class SendPanel : public testing::Test {
  protected:
    UiDriver ui;
    EndpointId server{};
    void SetUp() override { server = ui.start_server("127.0.0.1:9000"); }
};

TEST_F(SendPanel, SendsTextWithEscapesToTheOnlyEndpointThatHasConnections) {
    ui.connect(server, 50001);
    ui.connect(server, 50002);
    ui.fill("Send text", "a\\r\\n\\t\\0\\\\\\x7F");
    EXPECT_TRUE(ui.sees("7 bytes"));
    ui.click("Send");
    const auto wish = ui.take<session::SendIntent>();
    EXPECT_EQ(text_of(wish), std::string("a\r\n\t\0\\\x7f", 7));
    EXPECT_EQ(wish.targets.endpoint, server);
    EXPECT_TRUE(wish.targets.connections.empty());
    EXPECT_TRUE(ui.sees("Queued 7 bytes for 2 connections at 14:02:3"));
    EXPECT_FALSE(ui.state().send.composer.typed.text.empty()) << "the text stays, to be sent again";
}

TEST_F(SendPanel, SendsHexWithSpacesCommasAndPrefixes) {
    ui.connect(server, 50001);
    ui.click("Hex", 1);  // the first is the mode of the bytes
    ui.fill("Send text", "48 65,0x6c 6C\n6f");
    ui.click("Send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "Hello");
}

TEST_F(SendPanel, ALineBreakIsSentAsItIs) {
    ui.connect(server, 50001);
    ui.click("Send text");
    ui.type("one");
    ui.press(ImGuiMod_Shift | ImGuiKey_Enter);
    ui.type("two");
    ui.click("Send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "one\ntwo");
}

TEST_F(SendPanel, BadInputIsShownWhereItIsWrongAndCannotBeSent) {
    ui.connect(server, 50001);
    ui.click("Send text");
    ui.type("fine");
    ui.press(ImGuiMod_Shift | ImGuiKey_Enter);
    ui.type("ab\\q");
    EXPECT_TRUE(ui.sees("Line 2, column 3:")) << ui.screen();
    EXPECT_FALSE(ui.is_enabled("Send"));
    ui.click("Send");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    EXPECT_TRUE(ui.asked.empty());
    ui.fill("Send text", "\\");
    EXPECT_TRUE(ui.sees("Line 1, column 1:"));
    ui.click("Hex", 1);  // the first is the mode of the bytes
    ui.fill("Send text", "4");
    EXPECT_FALSE(ui.is_enabled("Send"));
    ui.fill("Send text", "xy");
    EXPECT_TRUE(ui.sees("Line 1, column 1:"));
    ui.fill("Send text", "78 79");
    EXPECT_TRUE(ui.is_enabled("Send"));
}

TEST_F(SendPanel, ColumnsCountCharactersNotBytes) {
    ui.fill("Send text", "\xc3\xa4\xc3\xb6\\q");
    EXPECT_TRUE(ui.sees("Line 1, column 3:"));
}

TEST_F(SendPanel, TextAndHexAreTwoWaysOfWritingTheSameBytes) {
    ui.connect(server, 50001);
    ui.fill("Send text", "Hi\\r\\n\xc3\xa4");
    ui.click("send hex mode");
    EXPECT_EQ(ui.state().send.composer.typed.text, "48 69 0d 0a c3 a4");
    ui.click("Send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "Hi\r\n\xc3\xa4");
    ui.click("send text mode");
    EXPECT_EQ(ui.state().send.composer.typed.text, "Hi\\r\\n\xc3\xa4") << "as it was typed";
}

TEST_F(SendPanel, WhatWasEditedAsHexIsThereAsText) {
    ui.connect(server, 50001);
    ui.fill("Send text", "\\x48i");
    ui.click("send hex mode");
    ui.fill("Send text", "48 6f 00");
    ui.click("send text mode");
    EXPECT_EQ(ui.state().send.composer.typed.text, "Ho\\0");
    ui.click("Send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), std::string("Ho\0", 3));
}

TEST_F(SendPanel, WhatIsNotRightStaysAsItWasTypedWhenTheModeChanges) {
    ui.fill("Send text", "wrong \\q");
    ui.click("send hex mode");
    EXPECT_EQ(ui.state().send.composer.typed.text, "wrong \\q");
    EXPECT_FALSE(ui.is_enabled("Send"));
    ui.click("send text mode");
    EXPECT_EQ(ui.state().send.composer.typed.text, "wrong \\q");
}

TEST_F(SendPanel, EnterSendsWhatWasTypedAndTheBoxKeepsTheKeyboard) {
    ui.connect(server, 50001);
    ui.fill("Send text", "ping");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "ping");
    EXPECT_EQ(ui.state().send.composer.typed.text, "ping") << "no line break was typed";
    ui.type("!");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "ping!");
}

TEST_F(SendPanel, CtrlEnterSendsAndTheBoxKeepsTheKeyboard) {
    ui.connect(server, 50001);
    ui.fill("Send text", "ping");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "ping");
    ui.type("!");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    const std::string second = text_of(ui.take<session::SendIntent>());
    EXPECT_EQ(second, "ping!");
}

TEST_F(SendPanel, WithNobodyToSendToItSaysSoAndWhatToDo) {
    ui.fill("Send text", "x");
    EXPECT_FALSE(ui.is_enabled("Send"));
    EXPECT_TRUE(ui.sees("Nobody is connected yet. Wait for a client to connect to the server"));
    UiDriver without;
    EXPECT_TRUE(
        without.sees("Nobody is connected. Start a server or connect a client on the left."));
    const EndpointId other = ui.start_server("127.0.0.1:9001");
    ui.connect(server, 50001);
    ui.connect(other, 50002);
    ui.frames(3);
    EXPECT_TRUE(
        ui.sees("No connection is selected. Select one in the table above, or choose a server or "
                "client here."));
    EXPECT_FALSE(ui.is_enabled("Send"));
}

TEST_F(SendPanel, GoesToTheSelectedConnections) {
    const ConnectionId one = ui.connect(server, 50001);
    ui.connect(server, 50002);
    const ConnectionId three = ui.connect(server, 50003);
    ui.fill("Send text", "x");
    ui.click("row", 0);
    ui.click("row", 2, ImGuiMod_Ctrl);
    EXPECT_TRUE(ui.sees("Selected connections (2 open)"));
    ui.asked.clear();
    ui.click("Send");
    EXPECT_EQ(ui.take<session::SendIntent>().targets.connections, (std::vector{one, three}));
}

TEST_F(SendPanel, AClosedSelectionNeverBecomesEverybody) {
    const ConnectionId one = ui.connect(server, 50001);
    ui.connect(server, 50002);
    ui.fill("Send text", "x");
    ui.click("row", 0);
    ui.close(one, channel::CloseReason::kEndOfStream);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("The selected connections are closed."));
    EXPECT_FALSE(ui.is_enabled("Send"));
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    EXPECT_TRUE(ui.asked.empty());
}

TEST_F(SendPanel, TheTargetCanBeChosenAndStays) {
    const EndpointId other = ui.start_server("127.0.0.1:9001");
    ui.connect(server, 50001);
    ui.connect(other, 50002);
    ui.connect(other, 50003);
    ui.fill("Send text", "x");
    ui.click("Target");
    ui.click("choice", 2);
    EXPECT_TRUE(ui.sees("Server 127.0.0.1:9001 (2 open)"));
    ui.asked.clear();
    ui.click("row", 0);
    ui.click("Send");
    const auto wish = ui.take<session::SendIntent>();
    EXPECT_EQ(wish.targets.endpoint, other);
    EXPECT_TRUE(wish.targets.connections.empty());
}

TEST_F(SendPanel, WhatTheSystemHasNotTakenIsTold) {
    const ConnectionId one = ui.connect(server, 50001);
    ui.fold(channel::ConnectionStats{.connection = one, .queued_bytes = 3'400'000});
    ui.fill("Send text", "x");
    EXPECT_TRUE(ui.sees("3.2 MiB queued, not yet taken by the system"));
}

TEST_F(SendPanel, NothingIsNotSent) {
    ui.connect(server, 50001);
    ui.frames(3);
    EXPECT_FALSE(ui.is_enabled("Send"));
    ui.hover("Send");
    EXPECT_TRUE(ui.sees("Type something to send"));
}

TEST_F(SendPanel, AMebibyteOfTextIsCountedAndSent) {
    ui.connect(server, 50001);
    ui.state().send.composer.typed.text.assign(1 << 20, 'x');
    ui.state().send.composer.is_read = false;
    ui.frames(3);
    EXPECT_TRUE(ui.sees("1,048,576 bytes"));
    ui.click("Send");
    EXPECT_EQ(ui.take<session::SendIntent>().bytes.size(), 1U << 20);
}

TEST_F(SendPanel, CharactersBeyondTheFirstPlaneArriveAsTyped) {
    ui.connect(server, 50001);
    ui.fill("Send text", "\xf0\x9f\x98\x80\xe4\xb8\xad");
    ui.click("Send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "\xf0\x9f\x98\x80\xe4\xb8\xad");
}

TEST_F(SendPanel, AChosenServerStaysTheTargetWhenItIsStartedAgain) {
    const EndpointId other = ui.start_server("127.0.0.1:9001");
    ui.connect(server, 50001);
    ui.connect(other, 50002);
    ui.fill("Send text", "x");
    ui.click("Target");
    ui.click("choice", 2);
    EndpointId now = other;
    for (int i = 0; i < 2; ++i) {
        ui.fold(channel::EndpointStopped{.endpoint = now});
        session::Intents intents;
        intents.emplace_back(
            session::StartServerIntent{.name = "127.0.0.1:9001", .config = {}, .replaces = now});
        ui.facts.apply(std::move(intents), ui.info.now_ns);
        now = ui.facts.endpoints().back();
        ui.fold(channel::ServerListening{.endpoint = now,
                                         .local = *net::bytes::parse_ip("127.0.0.1", 9001)});
    }
    ASSERT_NE(now, other);
    ui.connect(now, 50003);
    ui.frames(3);
    ui.asked.clear();
    ui.click("Send");
    EXPECT_EQ(ui.take<session::SendIntent>().targets.endpoint, now);
}

TEST_F(SendPanel, EscLeavesTheBoxAndKeepsWhatWasTyped) {
    ui.connect(server, 50001);
    ui.fill("Send text", "first");
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(ui.state().send.composer.typed.text, "first");
    EXPECT_EQ(ImGui::GetActiveID(), 0U);
    ui.click("Send text");
    ui.press(ImGuiKey_End);
    ui.type(" and second");
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(ui.state().send.composer.typed.text, "first and second");
    ui.click("Send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "first and second");
}

}  // namespace
}  // namespace tests::ui
