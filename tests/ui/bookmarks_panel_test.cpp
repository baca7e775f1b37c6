// Issue 4, point 9: bookmarks and notes, listed, jumped to, made, edited, deleted.
#include "app/ui/bookmarks_panel.h"

#include <gtest/gtest.h>

#include "tests/ui/ui_driver.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;
using app::ui::BookmarksPanel;
using app::ui::NoteTarget;
using session::NoteKind;

class BookmarksPanelTest : public testing::Test {
  protected:
    void SetUp() override {
        one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
        for (int i = 0; i < 400; ++i)
            ui.bytes(one, i % 2 == 0 ? Direction::kReceived : Direction::kSent, "sixteen bytes it");
        ui.instead_of_desk = [this] {
            session::Intents intents;
            ImGui::SetNextWindowPos({60, 60});
            ImGui::SetNextWindowSize({900, 260});
            ImGui::Begin("Beside", nullptr,
                         ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoDecoration);
            if (const auto went =
                    app::ui::draw_bookmarks_panel(ui.facts, selection, panel, intents))
                gone_to.push_back(*went);
            ImGui::End();
            ui.asked.insert(ui.asked.end(), intents.begin(), intents.end());
            ui.facts.apply(std::move(intents), ui.info.now_ns);
        };
        ui.frames(4);
        ui.asked.clear();
    }
    // What the network thread would answer.
    void answer() {
        channel::Link link(
            {}, [] {}, [] {});
        EXPECT_FALSE(ui.facts.post_to(link));
        channel::Command command;
        while (link.try_take(command)) {
            if (auto* record = std::get_if<channel::RecordNote>(&command))
                ui.fold(channel::NoteRecorded{.note = std::move(record->note)});
            if (const auto* removal = std::get_if<channel::RemoveNote>(&command))
                ui.fold(channel::NoteRemoved{.note = removal->note, .time_ns = ui.info.now_ns});
        }
        ui.frames(4);
    }
    void add(std::uint64_t position,
             std::uint32_t offset,
             std::string text,
             NoteKind kind = NoteKind::kMark) {
        session::Intents intents;
        intents.emplace_back(
            session::AddNoteIntent{.begin = {.position = position, .offset = offset},
                                   .bytes = 3,
                                   .text = std::move(text),
                                   .kind = kind});
        ui.facts.apply(std::move(intents), ui.info.now_ns);
        answer();
    }

    UiDriver ui{{1280, 900}};
    ConnectionId one{};
    BookmarksPanel panel;
    std::optional<NoteTarget> selection;
    std::vector<NoteTarget> gone_to;
};

TEST_F(BookmarksPanelTest, SaysWhatToDoWhereThereAreNone) {
    EXPECT_TRUE(ui.sees("No notes yet"));
    EXPECT_FALSE(ui.is_enabled("add note"));
    EXPECT_FALSE(ui.is_enabled("edit note"));
    EXPECT_FALSE(ui.is_enabled("delete note"));
}

TEST_F(BookmarksPanelTest, ANoteIsWrittenOnTheSelectionAndKept) {
    selection = NoteTarget{.begin = {.position = 2, .offset = 4}, .bytes = 5};
    ui.frames(2);
    ui.click("add note");
    EXPECT_TRUE(ui.sees("#1 received, 5 bytes from 20")) << ui.screen();
    EXPECT_NE(ui.focused().find("Note text"), std::string::npos) << ui.focused();
    ui.type("the length");
    ui.click("Problem");
    ui.click("keep");
    const auto asked = ui.take<session::AddNoteIntent>();
    EXPECT_EQ(asked.begin, (net::capture::BytePlace{.position = 2, .offset = 4}));
    EXPECT_EQ(asked.bytes, 5U);
    EXPECT_EQ(asked.text, "the length");
    EXPECT_EQ(asked.kind, NoteKind::kProblem);
    EXPECT_FALSE(ui.has("Note text"));
    EXPECT_FALSE(ui.sees("the length")) << "not in the capture yet";
    answer();
    EXPECT_TRUE(ui.sees("the length"));
    EXPECT_FALSE(ui.row("#1 received, 5 bytes from 20").empty());
}

TEST_F(BookmarksPanelTest, EnterKeepsAndEscLeaves) {
    app::ui::begin_note(panel, {.begin = {.position = 0, .offset = 0}, .bytes = 1});
    ui.frames(4);
    EXPECT_NE(ui.focused().find("Note text"), std::string::npos) << ui.focused();
    ui.type("by keyboard");
    EXPECT_EQ(panel.text, "by keyboard");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take<session::AddNoteIntent>().text, "by keyboard");
    EXPECT_FALSE(ui.has("Note text"));
    app::ui::begin_note(panel, {.begin = {.position = 0, .offset = 0}, .bytes = 1});
    ui.frames(4);
    ui.type("never mind");
    ui.press(ImGuiKey_Escape);
    EXPECT_TRUE(ui.asked.empty());
    EXPECT_FALSE(ui.has("Note text"));
}

TEST_F(BookmarksPanelTest, AClickGoesToTheBytes) {
    add(7, 2, "seven");
    add(3, 1, "three");
    ui.click("note", 0);
    ASSERT_EQ(gone_to.size(), 1U);
    EXPECT_EQ(gone_to[0].begin, (net::capture::BytePlace{.position = 3, .offset = 1}));
    EXPECT_EQ(gone_to[0].bytes, 3U);
    ui.press(ImGuiKey_DownArrow);
    ui.press(ImGuiKey_Enter);
    ASSERT_EQ(gone_to.size(), 2U);
    EXPECT_EQ(gone_to[1].begin.position, 7U);
}

TEST_F(BookmarksPanelTest, ANoteIsEditedInItsPlace) {
    add(3, 1, "before");
    ui.click("note");
    ui.click("edit note");
    ui.fill("Note text", "after");
    ui.click("Question");
    ui.click("keep");
    const auto edit = ui.take<session::EditNoteIntent>();
    EXPECT_EQ(edit.text, "after");
    EXPECT_EQ(edit.kind, NoteKind::kQuestion);
    answer();
    EXPECT_TRUE(ui.sees("after"));
    EXPECT_FALSE(ui.sees("before"));
}

TEST_F(BookmarksPanelTest, ADeletedNoteCanBeHadBack) {
    add(3, 1, "three");
    add(7, 2, "seven");
    ui.click("note", 0);
    ui.press(ImGuiKey_Delete);
    ui.take<session::RemoveNoteIntent>();
    answer();
    EXPECT_EQ(ui.count("note"), 1);
    EXPECT_TRUE(ui.sees("Deleted"));
    ui.click("undo delete");
    const auto back = ui.take<session::AddNoteIntent>();
    EXPECT_EQ(back.text, "three");
    EXPECT_EQ(back.begin, (net::capture::BytePlace{.position = 3, .offset = 1}));
    EXPECT_EQ(back.bytes, 3U);
    answer();
    EXPECT_EQ(ui.count("note"), 2);
    EXPECT_FALSE(ui.has("undo delete"));
    // The next one down is selected, so that it can be deleted in turn.
    ui.click("note", 0);
    ui.click("delete note");
    ui.take<session::RemoveNoteIntent>();
    answer();
    ui.click("delete note");
    ui.take<session::RemoveNoteIntent>();
    answer();
    EXPECT_EQ(ui.count("note"), 0);
}

TEST_F(BookmarksPanelTest, WhatGoesWhileItIsEditedIsNotEditedAnyMore) {
    add(3, 1, "three");
    ui.click("note");
    ui.click("edit note");
    ui.fold(channel::NoteRemoved{.note = ui.facts.notes().in_order()[0]->note.id});
    ui.frames(3);
    EXPECT_FALSE(ui.has("Note text"));
    EXPECT_FALSE(ui.is_enabled("delete note"));
}

TEST_F(BookmarksPanelTest, ThousandsScrollExactlyAndCostWhatIsInSight) {
    session::Intents intents;
    for (std::uint64_t i = 0; i < 4000; ++i)
        intents.emplace_back(session::AddNoteIntent{
            .begin = {.position = i % 400, .offset = static_cast<std::uint32_t>(i / 400)},
            .text = "n" + std::to_string(i) + "."});
    ui.facts.apply(std::move(intents), ui.info.now_ns);
    answer();
    EXPECT_LT(ui.count("note"), 20);
    EXPECT_TRUE(ui.sees("n0."));
    ui.click("note", 0);
    ui.press(ImGuiKey_End);
    EXPECT_TRUE(ui.sees("n3999."));
    EXPECT_FALSE(ui.sees("n0."));
    ui.press(ImGuiKey_Home);
    EXPECT_TRUE(ui.sees("n0."));
}

// RELIABILITY.md T51.
TEST_F(BookmarksPanelTest, HostileTextIsTextAndNothingElse) {
    for (const char* text : {"%n%s%p", "##hidden", "###id", "\x01\x02 \xFF\xFE", "a\nb", ""})
        add(5, 1, text);
    add(5, 1, std::string("NUL\0inside", 10));
    add(5, 1, std::string(1'000'000, 'W'));
    EXPECT_EQ(ui.count("note"), 8);
    EXPECT_TRUE(ui.sees("%n%s%p"));
    EXPECT_TRUE(ui.sees("##hidden"));
    EXPECT_TRUE(ui.sees("\\x01\\x02 \\xff\\xfe")) << ui.screen();
    EXPECT_TRUE(ui.sees("NUL\\x00inside"));
    EXPECT_TRUE(ui.sees("bookmark"));
    for (int i = 0; i < 8; ++i)
        ui.click("note", i);
    EXPECT_EQ(gone_to.size(), 8U);
}

}  // namespace
}  // namespace tests::ui
