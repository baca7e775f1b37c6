// What is done to the text before it is sent, and the bytes themselves: by mouse and by keyboard.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

std::string text_of(const session::SendIntent& wish) {
    return {wish.bytes.begin(), wish.bytes.end()};
}

class Compose : public testing::Test {
  protected:
    UiDriver ui;
    EndpointId server{};
    void SetUp() override {
        server = ui.start_server("127.0.0.1:9000");
        ui.connect(server, 50001);
        ui.frames(3);
    }
    std::string sent() {
        ui.asked.clear();
        ui.click("Send");
        return text_of(ui.take<session::SendIntent>());
    }
    void open_options() {
        ui.click("Options");
        ASSERT_TRUE(ui.has("Ending"));
    }
};

TEST_F(Compose, TheOptionsAreFoldedAwayUntilTheyAreWanted) {
    EXPECT_FALSE(ui.has("Ending"));
    ui.click("Options");
    for (const char* label : {"Send encoding", "Ending", "Length", "Checksum", "Insert"})
        EXPECT_TRUE(ui.has(label)) << label;
    ui.click("Options");
    EXPECT_FALSE(ui.has("Ending"));
}

TEST_F(Compose, TheExactBytesAndTheirCountAreInSightBeforeTheyAreSent) {
    ui.fill("Send text", "Hi");
    EXPECT_TRUE(ui.sees("2 bytes")) << ui.screen();
    EXPECT_TRUE(ui.sees("48 69"));
    open_options();
    ui.click("Ending");
    ui.click("CR LF (\\r\\n)");
    ui.press(ImGuiKey_Escape);
    EXPECT_TRUE(ui.sees("4 bytes (CR LF)"));
    EXPECT_TRUE(ui.sees("48 69 0d 0a"));
    EXPECT_EQ(sent(), "Hi\r\n");
}

TEST_F(Compose, AnEndingOfOnesOwnIsTypedWhereItIsChosen) {
    ui.fill("Send text", "Hi");
    open_options();
    ui.click("Ending");
    ui.click("Another");
    EXPECT_EQ(ui.focused(), "##Own ending") << "it can be typed at once";
    ui.type("<EOF>");
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(ui.state().send.composer.typed.own_ending, "<EOF>") << "Esc loses nothing";
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(sent(), "Hi<EOF>");
    ui.click("Ending");
    ui.fill("Own ending", "\\q");
    EXPECT_TRUE(ui.sees("The ending:")) << "it is said what is wrong";
    EXPECT_FALSE(ui.is_enabled("Send"));
}

TEST_F(Compose, ALengthGoesInFront) {
    ui.fill("Send text", "Hi");
    open_options();
    ui.click("Length");
    ui.click("2 bytes");
    EXPECT_TRUE(ui.sees("00 02"));
    ui.click("length little");
    ui.click("It counts its own bytes");
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(sent(), std::string("\x04\0Hi", 4));
    ui.click("Length");
    ui.click("1 byte");
    ui.press(ImGuiKey_Escape);
    ui.fill("Send text", std::string(256, 'x'));
    EXPECT_FALSE(ui.is_enabled("Send")) << "256 bytes do not fit";
    EXPECT_TRUE(ui.sees("This can't be sent: "));
}

TEST_F(Compose, AChecksumGoesBehindOverAChosenRange) {
    ui.fill("Send text", "123456789");
    open_options();
    ui.click("Checksum");
    ui.click("CRC-16/MODBUS");
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(sent(), "123456789\x37\x4b");
    ui.click("Checksum");
    ui.click("checksum big");
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(sent(), "123456789\x4b\x37");
    ui.fill("Send text", "x123456789y");
    ui.click("Checksum");
    ui.fill("From byte", "1");
    ui.fill("To byte", "9");
    ui.press(ImGuiKey_Enter);
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(sent(), "x123456789y\x4b\x37");
}

TEST_F(Compose, PlaceholdersAreMadeAnewForEachSending) {
    ui.fill("Send text", "n=");
    open_options();
    ui.click("Insert");
    ui.click("Counter: 1, 2, 3");
    EXPECT_EQ(ui.state().send.composer.typed.text, "n=\\{counter}");
    EXPECT_EQ(sent(), "n=1");
    EXPECT_TRUE(ui.sees("6e 3d 32")) << "the preview is of the next one";
    EXPECT_EQ(sent(), "n=2");
    ui.click("Insert");
    ui.click("count again");
    EXPECT_EQ(sent(), "n=1");
    ui.fill("Send text", "\\{random:16}");
    const std::string one = sent();
    EXPECT_EQ(one.size(), 16U);
    EXPECT_NE(sent(), one);
}

TEST_F(Compose, AnEncodingIsThatOfTheText) {
    ui.fill("Send text", "\xe4\xb8\xad");
    open_options();
    ui.click("Send encoding");
    ui.click("GBK");
    EXPECT_EQ(sent(), "\xd6\xd0");
    EXPECT_TRUE(ui.sees("2 bytes (GBK)"));
}

TEST_F(Compose, TheBytesThemselvesAreTypedOver) {
    ui.fill("Send text", "Hello");
    ui.click("send byte mode");
    EXPECT_EQ(ui.focused(), "##Bytes to send");
    ui.type("4a");
    EXPECT_EQ(sent(), "Jello");
    ui.click("Bytes to send");  // somewhere behind them: the cursor appends
    ui.press(ImGuiMod_Ctrl | ImGuiKey_End);
    ui.type("210a");
    EXPECT_EQ(sent(), "Jello!\n");
    ui.click("send text mode");
    EXPECT_EQ(ui.state().send.composer.typed.text, "Jello!\\n");
}

TEST_F(Compose, BytesAreInsertedDeletedAndTakenBack) {
    ui.fill("Send text", "abcd");
    ui.click("send byte mode");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Home);
    ui.press(ImGuiKey_Insert);
    ui.type("7a");
    EXPECT_EQ(ui.state().send.composer.typed.text, "7a 61 62 63 64");
    ui.press(ImGuiKey_Delete);
    EXPECT_EQ(ui.state().send.composer.typed.text, "7a 62 63 64");
    ui.press(ImGuiKey_Backspace);
    EXPECT_EQ(ui.state().send.composer.typed.text, "62 63 64");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Z);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Z);
    EXPECT_EQ(ui.state().send.composer.typed.text, "7a 61 62 63 64");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Y);
    EXPECT_EQ(ui.state().send.composer.typed.text, "7a 62 63 64");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    ui.press(ImGuiKey_Delete);
    EXPECT_EQ(ui.state().send.composer.typed.text, "");
    EXPECT_FALSE(ui.is_enabled("Send"));
}

TEST_F(Compose, EnterSendsFromTheBytesAsWell) {
    ui.fill("Send text", "ab");
    ui.click("send byte mode");
    ui.asked.clear();
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "ab");
}

TEST_F(Compose, PlaceholdersAreNoBytesToBeTypedOver) {
    ui.fill("Send text", "a\\{counter}");
    ui.click("send byte mode");
    EXPECT_FALSE(ui.has("Bytes to send"));
    EXPECT_TRUE(ui.sees("Placeholders stand for bytes that are made when it is sent"));
    EXPECT_EQ(sent(), "a1");
}

TEST_F(Compose, EveryOpenConnectionIsATarget) {
    const EndpointId other = ui.start_server("127.0.0.1:9001");
    ui.connect(other, 50002);
    ui.fill("Send text", "x");
    ui.click("Target");
    ui.click("choice", 3);
    EXPECT_TRUE(ui.sees("Every open connection (2)"));
    ui.asked.clear();
    ui.click("Send");
    const auto wish = ui.take<session::SendIntent>();
    EXPECT_TRUE(wish.targets.is_everyone);
    EXPECT_TRUE(wish.targets.connections.empty());
}

TEST_F(Compose, OnePeerIsNamedByItsAddress) {
    const ConnectionId two = ui.connect(server, 50002);
    ui.fill("Send text", "x");
    ui.click("Target");
    ui.click("choice", 3);
    EXPECT_FALSE(ui.is_enabled("Send"));
    EXPECT_TRUE(ui.sees("Type the peer's address as the table shows it"));
    ui.fill("Peer address", "127.0.0.1:50003");
    EXPECT_TRUE(ui.sees("No open connection has this peer."));
    ui.fill("Peer address", "127.0.0.1:50002");
    ui.asked.clear();
    ui.click("Send");
    EXPECT_EQ(ui.take<session::SendIntent>().targets.connections, std::vector{two});
    ui.close(two, net::channel::CloseReason::kEndOfStream);
    ui.frames(30);
    EXPECT_FALSE(ui.is_enabled("Send")) << "it has gone";
}

TEST_F(Compose, TheChecksumOfTheCatalogueIsWhatIsDrawn) {
    ui.fill("Send text", "123456789");
    open_options();
    ui.click("Checksum");
    ui.click("CRC-32");
    EXPECT_TRUE(ui.sees("26 39 f4 cb"));
    ui.click("checksum big");
    EXPECT_TRUE(ui.sees("cb f4 39 26"));
}

}  // namespace
}  // namespace tests::ui
