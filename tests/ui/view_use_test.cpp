// Selecting, copying, going to places, filtering, pausing: what people do with the bytes.
#include "app/ui/go_to.h"
#include "app/ui/view_filter.h"

#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "tests/ui/view_fixture.h"

namespace tests::ui {
namespace {

using app::ui::GoToKind;
using app::ui::parse_go_to;
using app::ui::parse_size_range;
using app::ui::parse_time_range;

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

TEST_F(ViewUse, TextIsSearchedForInTheEncodingOfTheView) {
    ui.bytes(one, Direction::kReceived, "\xE4\xBD\xA0 in UTF-8, \xC4\xE3 in GBK");
    session::ViewSettings settings = ui.view_settings();
    settings.encoding = net::bytes::TextEncoding::kGbk;
    ui.set_view(settings);
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.type("\xE4\xBD\xA0");  // the character, as it is typed
    ui.press(ImGuiKey_Enter);
    ui.settle_view();
    ASSERT_FALSE(sheet().selection.is_empty()) << ui.screen();
    EXPECT_EQ(sheet().byte_place(sheet().selection.begin()),
              (net::capture::BytePlace{.position = 0, .offset = 14}));
}

TEST_F(ViewUse, ALateFirstMatchDoesNotTakeTheViewAwayFromTheNewestByte) {
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "hay and more hay");
    ui.frames(3);
    ui.click("Bytes");
    sheet().selection.clear();
    sheet().scroll.follows_tail = true;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.type("needle");
    ui.press(ImGuiKey_Enter);
    ui.settle_view();
    ui.bytes(one, Direction::kReceived, "a needle at last");
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "hay and more hay");
    ui.settle_view();
    EXPECT_EQ(ui.view.facts().search.counted, 1U);
    EXPECT_TRUE(sheet().scroll.follows_tail);
    EXPECT_TRUE(sheet().selection.is_empty());
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

// ---- What is typed ----

TEST(GoToText, IsReadOrSaidToBeWrong) {
    const std::int64_t first = 1'738'332'153'000'000'000;  // 14:02:33 UTC
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, " 4096 ", first).value, 4096U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "0x1000", first).value, 4096U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "1000h", first).value, 4096U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "1,234,567", first).value, 1'234'567U);
    EXPECT_EQ(parse_go_to(GoToKind::kOffset, "0xffffffffffffffff", first).value, ~0ULL);
    for (const char* const wrong : {"", "-1", "0x", "12g", "0x1ffffffffffffffff", "1.5"})
        EXPECT_FALSE(parse_go_to(GoToKind::kOffset, wrong, first)) << wrong;
    EXPECT_FALSE(parse_go_to(GoToKind::kRow, "0", first));
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(parse_go_to(GoToKind::kTime, "14:02:33.5", first).value, first + 500'000'000);
    EXPECT_EQ(parse_go_to(GoToKind::kTime, "+1.000000001", first).value, first + 1'000'000'001);
    EXPECT_EQ(parse_go_to(GoToKind::kTime, "2025-01-31 14:02:33", first).value, first);
    for (const char* const wrong : {"25:00", "14:60", "+", "+-1", "2025-13-01 10:00", "soon"})
        EXPECT_FALSE(parse_go_to(GoToKind::kTime, wrong, first)) << wrong;
}

TEST(FilterText, IsARangeOrSaidToBeWrong) {
    EXPECT_EQ(parse_size_range("10-200")->least, 10U);
    EXPECT_EQ(parse_size_range("10-200")->most, 200U);
    EXPECT_EQ(parse_size_range("> 100")->least, 101U);
    EXPECT_EQ(parse_size_range("<= 4 KiB")->most, 4096U);
    EXPECT_EQ(parse_size_range("64")->least, 64U);
    EXPECT_EQ(parse_size_range("64")->most, 64U);
    EXPECT_EQ(parse_size_range("")->least, 0U);
    for (const char* const wrong : {">", "5-1", "x", "< 0", "99999999999999999999", "1 X"})
        EXPECT_FALSE(parse_size_range(wrong)) << wrong;
    const std::int64_t first = 1'738'332'153'000'000'000;
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(parse_time_range("14:02:33-14:03", first)->from_ns, first);
    EXPECT_EQ(parse_time_range("14:02:33-", first)->to_ns, INT64_MAX);
    EXPECT_EQ(parse_time_range("-+2", first)->to_ns, first + 2'000'000'000);
    EXPECT_EQ(parse_time_range("2025-01-31 14:02:33-", first)->from_ns, first);
    EXPECT_FALSE(parse_time_range("14:02", first));
    EXPECT_FALSE(parse_time_range("+3-+1", first));
}

}  // namespace
}  // namespace tests::ui
