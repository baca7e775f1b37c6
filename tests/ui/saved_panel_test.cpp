// What is kept of the sending: the library of saved sends, and the history in the send box.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

std::string text_of(const session::SendIntent& wish) {
    return {wish.bytes.begin(), wish.bytes.end()};
}

session::SavedSend saved(const char* name, const char* text) {
    return {.name = name, .what = {.text = text}};
}

class Saved : public testing::Test {
  protected:
    UiDriver ui;
    void SetUp() override {
        ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
        ui.frames(3);
        ui.click("saved tab");
    }
    // As the program does.
    void take_over() {
        ui.desk_facts.sends = ui.take_wish<session::ChangeSavedSendsWish>().sends;
        ui.change_desk();
        ui.frames(4);
    }
    void have(std::vector<session::SendGroup> groups) {
        ui.desk_facts.sends.groups = std::move(groups);
        ui.change_desk();
        ui.frames(4);
        ui.asked.clear();
        ui.wished.clear();
    }
    [[nodiscard]] std::vector<std::string> names(std::size_t group = 0) const {
        std::vector<std::string> names;
        for (const session::SavedSend& send : ui.desk_facts.sends.groups[group].sends)
            names.push_back(send.name);
        return names;
    }
};

TEST_F(Saved, WhatStandsInTheBoxIsKeptAndSentByItsButton) {
    ui.fill("Send text", "PING\\r\\n");
    ui.fill("Name", "Ping");
    ui.fill("Group", "Chat");
    ui.click("Keep what is in the box");
    take_over();
    ASSERT_EQ(ui.desk_facts.sends.groups.size(), 1U);
    EXPECT_EQ(ui.desk_facts.sends.groups[0].name, "Chat");
    EXPECT_TRUE(ui.sees("Ping"));
    ui.fill("Send text", "something else");
    ui.asked.clear();
    ui.click("saved send");
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "PING\r\n");
    EXPECT_EQ(ui.state().send.composer.typed.text, "something else") << "the box keeps its text";
    EXPECT_TRUE(ui.sees("Queued 6 bytes for 1 connection"));
}

TEST_F(Saved, NothingInTheBoxIsNotKept) {
    EXPECT_FALSE(ui.is_enabled("Keep what is in the box"));
    EXPECT_TRUE(ui.sees("What is kept here is one press away"));
    EXPECT_FALSE(ui.is_enabled("Export ..."));
}

TEST_F(Saved, AShortcutSendsFromAnywhere) {
    have({{.name = "Chat", .sends = {saved("a", "A"), saved("b", "B")}}});
    ui.click("more", 1);
    ui.click("Shortcut");
    ui.click("Ctrl+3");
    take_over();
    ui.click("Send text");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_3);
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "B");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_4);
    EXPECT_TRUE(ui.asked.empty());
}

TEST_F(Saved, TheOrderIsTheUsers) {
    have({{.name = "Chat", .sends = {saved("a", "A"), saved("b", "B"), saved("c", "C")}}});
    ui.click("more", 0);
    ui.click("Move down");
    take_over();
    EXPECT_EQ(names(), (std::vector<std::string>{"b", "a", "c"}));
    // By keyboard: with the button in focus.
    ui.click("saved send", 2);
    ui.wished.clear();
    ui.press(ImGuiMod_Alt | ImGuiKey_UpArrow);
    take_over();
    EXPECT_EQ(names(), (std::vector<std::string>{"b", "c", "a"}));
}

TEST_F(Saved, GroupsAreFoldedRenamedAndMovedTo) {
    have({{.name = "One", .sends = {saved("a", "A")}}, {.name = "Two", .sends = {}}});
    ui.click("more");
    ui.click("Move to");
    ui.click("group to move to");
    take_over();
    EXPECT_EQ(names(1), std::vector<std::string>{"a"});
    EXPECT_TRUE(ui.has("saved send"));
    ui.click("fold", 1);
    EXPECT_FALSE(ui.has("saved send"));
    ui.click("group menu", 0);
    ui.click("Rename the group");
    ui.type("First");
    ui.press(ImGuiKey_Enter);
    take_over();
    EXPECT_EQ(ui.desk_facts.sends.groups[0].name, "First");
}

TEST_F(Saved, OfThousandsThoseInSightAreDrawnAndTheKeyboardReachesAll) {
    session::SendGroup group{.name = "Many"};
    for (int i = 0; i < 2000; ++i)
        group.sends.push_back(saved(("send " + std::to_string(i)).c_str(), "x"));
    have({group});
    EXPECT_LT(ui.count("saved send"), 100);
    EXPECT_TRUE(ui.sees("send 3"));
    ui.wheel("saved send", -10'000);
    ui.frames(4);
    EXPECT_TRUE(ui.sees("send 1999")) << ui.screen();
    ui.wheel("saved send", 10'000);
    ui.frames(4);
    ui.click("saved send", 0);
    for (int i = 0; i < 60; ++i)
        ui.press(ImGuiKey_DownArrow);
    EXPECT_TRUE(ui.sees("send 60")) << ui.screen();
}

TEST_F(Saved, RemovingIsTakenBack) {
    have({{.name = "Chat", .sends = {saved("a", "A"), saved("b", "B")}}});
    ui.click("more", 0);
    ui.click("Remove");
    take_over();
    EXPECT_EQ(names(), std::vector<std::string>{"b"});
    ui.click("undo removal");
    take_over();
    EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Saved, IsRenamedReplacedAndPutIntoTheBox) {
    have({{.name = "Chat", .sends = {saved("a", "A")}}});
    ui.click("more");
    ui.click("Rename");
    ui.type("Alpha");
    ui.press(ImGuiKey_Enter);
    take_over();
    EXPECT_EQ(names(), std::vector<std::string>{"Alpha"});
    ui.click("more");
    ui.click("Put into the box");
    EXPECT_EQ(ui.state().send.composer.typed.text, "A");
    ui.fill("Send text", "AA");
    ui.click("more");
    ui.click("Replace by what is in the box");
    take_over();
    EXPECT_EQ(ui.desk_facts.sends.groups[0].sends[0].what.text, "AA");
}

TEST_F(Saved, OneThatIsRepeatedStartsAJob) {
    have({{.name = "Chat", .sends = {saved("beat", "x")}}});
    ui.click("more");
    ui.click("repeat it");
    take_over();
    EXPECT_TRUE(ui.sees("every 1.0 s") || ui.sees("every 1 s")) << ui.screen();
    ui.click("saved send");
    const auto wish = ui.take<session::StartSendJobIntent>();
    EXPECT_EQ(std::get<net::channel::Repeat>(wish.what).interval_ns, 1'000'000'000);
}

TEST_F(Saved, WhatCannotBeSentSaysWhy) {
    have({{.name = "Chat", .sends = {saved("bad", "\\q")}}});
    ui.click("saved send");
    EXPECT_TRUE(ui.asked.empty());
    EXPECT_TRUE(ui.sees("bad is not right: "));
}

TEST_F(Saved, NamesFromAFileAreTextAndNothingElse) {
    have({{.name = "100%s###x", .sends = {saved("%n##saved send\x1b[31m", "A")}}});
    EXPECT_TRUE(ui.sees("100%s###x"));
    EXPECT_TRUE(ui.sees("%n##saved send\\x1b[31m")) << ui.screen();
}

TEST_F(Saved, ImportAndExportChooseAFile) {
    have({{.name = "Chat", .sends = {saved("a", "A")}}});
    ui.click("Import ...");
    EXPECT_EQ(ui.desk_state().chooser_use, app::ui::ChooserUse::kImportSends);
    ui.press(ImGuiKey_Escape);
    ui.click("Export ...");
    EXPECT_EQ(ui.desk_state().chooser_use, app::ui::ChooserUse::kExportSends);
}

class History : public Saved {
  protected:
    void SetUp() override {
        Saved::SetUp();
        for (const char* text : {"first", "second", "third one"})
            ui.desk_facts.history.add({.what = {.text = text}, .time_ns = ++time_});
        ui.change_desk();
        ui.frames(4);
        ui.wished.clear();
    }
    const std::string& typed() { return ui.state().send.composer.typed.text; }
    std::int64_t time_ = 0;
};

TEST_F(History, UpAndDownInTheBoxGoThroughWhatWasSent) {
    ui.fill("Send text", "being typed");
    ui.press(ImGuiKey_UpArrow);
    EXPECT_EQ(typed(), "third one");
    ui.press(ImGuiKey_UpArrow);
    EXPECT_EQ(typed(), "second");
    ui.press(ImGuiKey_DownArrow);
    EXPECT_EQ(typed(), "third one");
    ui.press(ImGuiKey_DownArrow);
    EXPECT_EQ(typed(), "being typed") << "nothing is lost";
    ui.press(ImGuiKey_UpArrow);
    ui.type("!");
    EXPECT_EQ(typed(), "third one!") << "it goes on being typed at its end";
    ui.asked.clear();
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(text_of(ui.take<session::SendIntent>()), "third one!");
}

TEST_F(History, InATextOfSeveralLinesTheArrowsMoveTheCursorFirst) {
    ui.click("Send text");
    ui.type("one");
    ui.press(ImGuiMod_Shift | ImGuiKey_Enter);
    ui.type("two");
    ui.press(ImGuiKey_UpArrow);
    EXPECT_EQ(typed(), "one\ntwo");
    ui.press(ImGuiKey_UpArrow);
    EXPECT_EQ(typed(), "third one");
}

TEST_F(History, WhatIsSentIsRememberedAsItWasTyped) {
    ui.fill("Send text", "a\\{counter}");
    ui.click("Send");
    const auto wish = ui.take_wish<session::RememberSentWish>();
    EXPECT_EQ(wish.what.text, "a\\{counter}");
}

TEST_F(History, TheListIsSearchedAndPutsWhatIsChosenIntoTheBox) {
    ui.click("Sent before");
    EXPECT_EQ(ui.count("sent before"), 3);
    ui.type("SECOND");
    EXPECT_EQ(ui.count("sent before"), 1);
    ui.click("sent before");
    EXPECT_EQ(typed(), "second");
    EXPECT_FALSE(ui.has("sent before"));
    ui.click("Sent before");
    ui.type("nowhere");
    EXPECT_TRUE(ui.sees("Nothing sent has this in it"));
    ui.click("Forget all");
    ui.take_wish<session::ForgetSentWish>();
}

}  // namespace
}  // namespace tests::ui
