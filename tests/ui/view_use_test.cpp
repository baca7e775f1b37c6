// Selecting, copying, going to places, filtering, pausing: what people do with the bytes.
#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "tests/ui/view_fixture.h"

namespace tests::ui {
namespace {

class ViewUse : public ViewScene {
  protected:
    std::string copied(const char* format) {
        ImGui::SetClipboardText("");
        ui.click_at(at(0, 1), ImGuiMouseButton_Right);
        ui.click("Copy as");
        ui.click(std::string("copy ") + format);
        return ImGui::GetClipboardText();
    }
};

TEST_F(ViewUse, DraggingSelectsAcrossReadsAndCtrlCCopiesTheColumnItIsIn) {
    ui.bytes(one, Direction::kReceived, "Hello");
    ui.bytes(two, Direction::kSent, "World");
    ui.frames(3);
    ui.drag(at(0, 1), at(1, 2));
    EXPECT_TRUE(ui.sees("7 bytes selected")) << ui.screen();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_STREQ(ImGui::GetClipboardText(), "65 6c 6c 6f 57 6f 72");
    ui.drag(at(0, 0, true), at(0, 4, true));
    ui.press(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_STREQ(ImGui::GetClipboardText(), "Hello");
    EXPECT_TRUE(ui.sees("copied 5 bytes as Text"));
}

TEST_F(ViewUse, ShiftAndTheArrowsExtendAndCtrlATakesAll) {
    ui.bytes(one, Direction::kReceived, "abcdefghijklmnopqrstuvwxyz");
    ui.frames(3);
    ui.click_at(at(0, 2));
    EXPECT_TRUE(ui.sees("offset 00000002 (2)")) << ui.screen();
    ui.press(ImGuiMod_Shift | ImGuiKey_RightArrow);
    ui.press(ImGuiMod_Shift | ImGuiKey_DownArrow);
    EXPECT_TRUE(ui.sees("18 bytes selected")) << ui.screen();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    EXPECT_TRUE(ui.sees("26 bytes selected"));
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.sees("selected  from"));
    ui.click_at(at(0, 2));
    ui.click_at(at(1, 1), ImGuiMouseButton_Left, ImGuiMod_Shift);
    EXPECT_TRUE(ui.sees("16 bytes selected"));
}

TEST_F(ViewUse, TheMenuLetsGoOfTheSelection) {
    ui.bytes(one, Direction::kReceived, "bytes");
    ui.frames(3);
    ui.click_at(at(0, 1));
    ui.click_at(at(0, 1), ImGuiMouseButton_Right);
    EXPECT_TRUE(ui.has("Only connection #1")) << ui.screen();
    ui.click("Select nothing");
    EXPECT_TRUE(sheet().selection.is_empty());
}

TEST_F(ViewUse, BytesAreCopiedInEveryForm) {
    ui.bytes(one, Direction::kReceived, std::string("A\0\n", 3));
    ui.frames(3);
    ui.click_at(at(0, 0));
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    EXPECT_EQ(copied("Hex"), "41 00 0a");
    EXPECT_NE(copied("C array").find("0x41, 0x00, 0x0a"), std::string::npos);
    EXPECT_EQ(copied("Base64"), "QQAK");
    EXPECT_EQ(copied("Escaped string"), "A\\0\\n");
}

TEST_F(ViewUse, WhatIsTooLargeForAClipboardIsRefusedAndSavingIsOffered) {
    for (int i = 0; i < 64; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 1 << 20);
    ui.frames(3);
    ImGui::SetClipboardText("untouched");
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_TRUE(ui.sees("are too much for a clipboard")) << ui.screen();
    EXPECT_STREQ(ImGui::GetClipboardText(), "untouched") << "nothing is cut silently";
    ui.click("save refused");
    EXPECT_TRUE(ui.sees("Save the selection as")) << ui.screen();
}

TEST_F(ViewUse, GoToFindsOffsetsRowsReadsAndTimes) {
    for (int i = 0; i < 100; ++i) {
        ui.bytes(one, Direction::kReceived, std::string(10, static_cast<char>('a' + i % 26)));
        ui.bytes(one, Direction::kSent, "answer");
        ui.frames(1);
    }
    ui.click("Bytes");
    const auto go = [&](const char* kind, const char* where) {
        ui.press(ImGuiMod_Ctrl | ImGuiKey_G);
        ui.click(kind);
        ui.fill("Go to place", where);
        ui.press(ImGuiKey_Enter);
        ui.frames(3);
    };
    go("goto row", "1");
    EXPECT_EQ(sheet().scroll.first_row, 0U);
    go("goto offset", "0x1f4");  // 500 of what was received: the 51st read
    ASSERT_FALSE(sheet().selection.is_empty());
    EXPECT_EQ(sheet().byte_place(*sheet().selection.cursor()),
              (net::capture::BytePlace{.position = 100, .offset = 0}));
    go("goto read", "150");
    EXPECT_EQ(sheet().byte_place(*sheet().selection.cursor())->position, 149U);
    go("goto offset", "99999");
    EXPECT_TRUE(ui.sees("no byte at that offset")) << ui.screen();
    go("goto row", "0");
    EXPECT_TRUE(ui.sees("rows are counted from 1"));
    go("goto time", "+99999");
    EXPECT_TRUE(ui.sees("nothing came at that time or later"));
}

TEST_F(ViewUse, APausedViewStandsStillWhileCapturingGoesOn) {
    ui.bytes(one, Direction::kReceived, "before");
    ui.frames(3);
    ui.click("pause");
    ui.bytes(one, Direction::kReceived, "MEANWHILE");
    ui.frames(3);
    EXPECT_TRUE(ui.row("4d 45 41 4e").empty());
    EXPECT_TRUE(ui.sees("paused; capturing goes on"));
    EXPECT_EQ(ui.facts.reads().size(), 2U) << "it is captured all the same";
    ui.click("pause");
    EXPECT_FALSE(ui.row("4d 45 41 4e").empty());
}

TEST_F(ViewUse, AFilterShowsOnlyWhatPassesAndItsChipTakesItAway) {
    ui.bytes(one, Direction::kReceived, "received small");
    ui.bytes(one, Direction::kSent, "sent small");
    ui.bytes(two, Direction::kReceived, std::string(120, 'L'));
    ui.frames(3);
    ui.click("view filter");
    ui.click("filter sent");
    EXPECT_TRUE(ui.row("73 65 6e 74").empty()) << ui.screen();
    EXPECT_FALSE(ui.row("72 65 63").empty());
    ui.fill("Filter size", "> 100");
    EXPECT_TRUE(ui.row("72 65 63").empty());
    EXPECT_FALSE(ui.row("4c 4c 4c").empty());
    EXPECT_EQ(ui.facts.reads().size(), 3U) << "display only";
    ui.click("chip size");
    EXPECT_FALSE(ui.row("72 65 63").empty());
    ui.click("chip direction");
    EXPECT_FALSE(ui.row("73 65 6e 74").empty());
}

TEST_F(ViewUse, AHighlightIsRememberedAndMarksWhatIsInSight) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    session::ViewSettings settings = ui.view_settings();
    app::session::Highlight rule;
    rule.pattern.text = "ERROR";
    rule.label = "bad";
    settings.highlights.push_back(rule);
    ui.set_view(settings);
    ASSERT_EQ(ui.state().bytes.marks.seen.size(), 1U);
    EXPECT_EQ(ui.state().bytes.marks.seen[0].begin, 3U);
    EXPECT_EQ(ui.state().bytes.marks.seen[0].end, 8U);
}

TEST_F(ViewUse, ACopyIsOfWhatIsSelectedByThenHoweverMuchThatIs) {
    for (int i = 0; i < 64; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 1 << 20);
    ui.frames(3);
    ui.click("Bytes");
    ui.click_at(at(0, 0));
    ImGui::SetClipboardText("untouched");
    // Both before the next frame, as a quick hand or a script has it.
    app::ui::select_all(sheet().selection, sheet().places());
    ui.press(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_TRUE(ui.sees("are too much for a clipboard")) << ui.screen();
    EXPECT_STREQ(ImGui::GetClipboardText(), "untouched");
}

TEST_F(ViewUse, ASelectionOfTooManyReadsIsRefusedAsThatAndNotAsASize) {
    for (int i = 0; i < 50'001; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 1);
    ui.settle_view();
    ImGui::SetClipboardText("untouched");
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_TRUE(ui.sees("50,000 at most")) << ui.screen();
    EXPECT_TRUE(ui.sees("reads or messages is too much for a clipboard")) << ui.screen();
    EXPECT_STREQ(ImGui::GetClipboardText(), "untouched");
}

TEST_F(ViewUse, ACopyMakesNoCharacterOfTheBytesOfTwoConnections) {
    ui.bytes(one, Direction::kReceived, "x\xE4\xBD");
    ui.bytes(two, Direction::kReceived, "\xA0y");
    ui.bytes(two, Direction::kReceived, "\xE4\xBD");
    ui.bytes(two, Direction::kReceived, "\xA0z");
    ui.frames(3);
    ui.click_at(at(0, 0));
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    EXPECT_EQ(copied("Text"), "x\\xe4\\xbd\\xa0y\xE4\xBD\xA0z");
}

TEST_F(ViewUse, NothingIsDrawnForAPanelThatIsOutOfSight) {
    ui.bytes(one, Direction::kReceived, "bytes");
    session::ViewSettings settings = ui.view_settings();
    settings.has_side = true;
    settings.side_panel = "Inspector";
    ui.set_view(settings);
    ui.state().bytes.side.traffic.is_busy = true;  // it was left for another in mid-count
    ui.frames(3);
    EXPECT_FALSE(is_catching_up(ui.state().bytes));
}

TEST_F(ViewUse, ATimeOfAFileMayBeAnything) {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    app::ui::SeenRun run;
    run.item.time_ns = kMost;
    run.previous_ns = kLeast;
    app::ui::SheetLook look;
    look.first_ns = kLeast;
    for (const auto form : {app::session::TimeForm::kRelative, app::session::TimeForm::kDelta}) {
        look.time_form = form;
        EXPECT_EQ(item_time_text(run, look, 6), "+18446744073.709551");
    }
    run.item.time_ns = kLeast;
    look.first_ns = run.previous_ns = kMost;
    EXPECT_EQ(item_time_text(run, look, 6), "-18446744073.709551");
}

}  // namespace
}  // namespace tests::ui
