// The search bar and the list of matches over the bytes: find, go on, go back, count, cancel, what is wrong, what is marked.
#include <string>

#include "tests/ui/view_fixture.h"

namespace tests::ui {
namespace {

using net::capture::BytePlace;

class ViewSearch : public ViewScene {
  protected:
    // A server's card has one of that name as well.
    const Item* stop_button() {
        for (const Item& item : ui.items())
            if (item.label == "Stop##search") return &item;
        return nullptr;
    }
    // Three needles, at reads 100, 200 and 300 of 400.
    void hay() {
        for (int i = 0; i < 400; ++i)
            ui.bytes(i % 2 == 0 ? one : two, Direction::kReceived,
                     i % 100 == 0 && i != 0 ? "a needle in it" : "hay, more hay!");
        ui.frames(3);
        ui.click("Bytes");  // who has the keyboard lets go of it
        ui.press(ImGuiMod_Ctrl | ImGuiKey_Home);
    }
};

TEST_F(ViewSearch, AWordThatIsSearchedForIsGoneToAcrossReads) {
    for (int i = 0; i < 300; ++i)
        ui.bytes(one, Direction::kReceived, "hay and more hay");
    ui.bytes(one, Direction::kReceived, "here is a nee");
    ui.bytes(one, Direction::kReceived, "dle across reads");
    for (int i = 0; i < 300; ++i)
        ui.bytes(one, Direction::kReceived, "hay and more hay");
    ui.frames(3);
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Home);
    search("needle");
    EXPECT_EQ(stands_at(), (BytePlace{.position = 300, .offset = 10}));
    EXPECT_EQ(*sheet().byte_place(sheet().selection.last()),
              (BytePlace{.position = 301, .offset = 2}))
        << "all of it is selected, in both reads";
    EXPECT_TRUE(ui.sees("6 bytes selected"));
    EXPECT_FALSE(ui.row("here is a nee").empty());
}

TEST_F(ViewSearch, OfAMatchBetweenWhoseReadsAnothersStandOnlyItsOwnBytesAreSelected) {
    ui.bytes(one, Direction::kReceived, "a nee");
    ui.bytes(two, Direction::kReceived, "of another");
    ui.bytes(one, Direction::kReceived, "dle");
    ui.frames(3);
    search("needle");
    EXPECT_EQ(stands_at(), (BytePlace{.position = 0, .offset = 2}));
    EXPECT_EQ(*sheet().byte_place(sheet().selection.last()),
              (BytePlace{.position = 0, .offset = 4}));
}

TEST_F(ViewSearch, F3GoesOnShiftF3BackAndRoundAndTheyAreCounted) {
    hay();
    search("needle");
    EXPECT_EQ(stands_at().position, 100U);
    EXPECT_TRUE(ui.sees("1 of 3")) << ui.screen();
    ui.press(ImGuiKey_F3);
    EXPECT_EQ(stands_at().position, 200U);
    EXPECT_TRUE(ui.sees("2 of 3"));
    ui.press(ImGuiKey_F3);
    ui.press(ImGuiKey_F3);
    EXPECT_EQ(stands_at().position, 100U) << "round";
    ui.press(ImGuiMod_Shift | ImGuiKey_F3);
    EXPECT_EQ(stands_at().position, 300U);
    EXPECT_TRUE(ui.sees("3 of 3"));
    ui.click("Previous");
    EXPECT_EQ(stands_at().position, 200U);
    ui.click("Next");
    EXPECT_EQ(stands_at().position, 300U);
    // Also with the keyboard elsewhere.
    ui.click("Bytes");
    ui.press(ImGuiKey_F3);
    EXPECT_TRUE(ui.sees("1 of 3"));
}

TEST_F(ViewSearch, WhatComesLaterIsFoundAsWell) {
    hay();
    search("needle");
    EXPECT_TRUE(ui.sees("1 of 3"));
    ui.bytes(one, Direction::kSent, "another needle");
    ui.settle_view();
    EXPECT_TRUE(ui.sees("1 of 4")) << ui.screen();
}

TEST_F(ViewSearch, CapitalsAreTheSameUnlessAskedFor) {
    ui.bytes(one, Direction::kReceived, "Needle needle NEEDLE");
    search("needle");
    EXPECT_TRUE(ui.sees("1 of 3")) << ui.screen();
    ui.click("Aa");
    ui.settle_view();
    EXPECT_TRUE(ui.sees("of 1")) << ui.screen();
}

TEST_F(ViewSearch, HexWithWildcardsAndExpressionsOverBytes) {
    ui.bytes(one, Direction::kReceived, "Hello Hallo Hullo Hxllo");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.click("Hex", 1);
    search("48 ?? 6c 6c");
    EXPECT_TRUE(ui.sees("1 of 4")) << ui.screen();
    ui.click("Regex");
    search("H[ae]llo");
    EXPECT_TRUE(ui.sees("1 of 2")) << ui.screen();
    search("nowhere");
    EXPECT_TRUE(ui.sees("none"));
    EXPECT_FALSE(ui.is_enabled("Next"));
}

TEST_F(ViewSearch, ABadExpressionSaysWhereAndWhy) {
    ui.bytes(one, Direction::kReceived, "some bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.click("Hex", 1);
    ui.fill("Search for", "48 zz");
    EXPECT_TRUE(ui.sees("At byte 4:")) << "while it is typed: " << ui.screen();
    ui.press(ImGuiKey_Enter);
    ui.settle_view();
    EXPECT_EQ(ui.view.facts().search.generation, 0U) << "nothing is searched for";
    ui.fill("Search for", "48 65");
    EXPECT_FALSE(ui.sees("At byte"));
    // What only compiling shows.
    ui.click("Regex");
    search("ab(c");
    ASSERT_TRUE(ui.view.facts().search.error);
    EXPECT_FALSE(ui.row("At byte").empty()) << ui.screen();
    EXPECT_FALSE(ui.is_enabled("Next"));
}

TEST_F(ViewSearch, ASearchIsStoppedAndSaysSo) {
    // 63 GiB: nothing searches these between two frames.
    for (int i = 0; i < 63; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, (1U << 30U) - 1);
    ui.frames(3);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.fill("Search for", "needle");
    ui.press(ImGuiKey_Enter);
    for (int i = 0; i < 1000 && stop_button() == nullptr; ++i)
        ui.frames(1);
    ASSERT_NE(stop_button(), nullptr) << ui.screen();
    EXPECT_TRUE(ui.view.facts().search.is_running);
    ui.click_at(stop_button()->visible.GetCenter());
    ui.settle_view();
    EXPECT_TRUE(ui.sees("Stopped; Enter searches again")) << ui.screen();
    EXPECT_EQ(stop_button(), nullptr);
    EXPECT_FALSE(ui.view.facts().search.is_running);
}

TEST_F(ViewSearch, AllMatchesAreMarkedInSightAndOnTheScrollbar) {
    hay();
    search("needle");
    for (int i = 0; i < 100 && !view().marks.is_bar_done; ++i)
        ui.frames(1);
    ASSERT_TRUE(view().marks.is_bar_done);
    const std::uint64_t bucket = view().marks.bar.rows_a_bucket();
    for (std::uint64_t row = 0; row < 400; row += bucket)
        EXPECT_EQ(view().marks.bar.any_in(row, row + bucket), row % 100 < bucket && row != 0)
            << row;
    ASSERT_EQ(view().marks.seen.size(), 1U);
    EXPECT_EQ(view().marks.seen[0].begin, 2U);
    EXPECT_EQ(view().marks.seen[0].end, 8U);
    EXPECT_TRUE(view().marks.seen[0].is_outlined) << "the view stands at it";
    ui.press(ImGuiKey_Escape);
    ui.settle_view();
    EXPECT_TRUE(view().marks.seen.empty()) << "closed: its marks go";
    EXPECT_FALSE(ui.has("Search for"));
}

TEST_F(ViewSearch, TheListOfMatchesGoesToThem) {
    hay();
    search("needle");
    ui.click("List");
    EXPECT_TRUE(ui.has("Matches")) << ui.screen();
    // The tab, and then the list.
    const Item* list = ui.find("Matches", 1);
    ASSERT_NE(list, nullptr);
    ui.press(ImGuiKey_F3);
    EXPECT_EQ(stands_at().position, 200U);
    ui.click_at({list->rect.Min.x + 20, list->rect.Min.y + 5});
    EXPECT_EQ(stands_at().position, 100U) << "the first row of the list";
    EXPECT_TRUE(ui.sees("1 of 3"));
    ui.press(ImGuiKey_DownArrow);
    EXPECT_EQ(stands_at().position, 200U);
    ui.press(ImGuiKey_Home);
    EXPECT_EQ(stands_at().position, 100U);
    ui.press(ImGuiKey_End);
    EXPECT_EQ(stands_at().position, 300U);
    // The other way round: the list has the match at which the view stands.
    ui.press(ImGuiMod_Shift | ImGuiKey_F3);
    EXPECT_EQ(view().side.matches.chosen, 1U);
}

TEST_F(ViewSearch, OfMessagesThoseAreShownThatHaveAMatchAndNotTheirNeighbours) {
    ui.bytes(one, Direction::kReceived, "left\nneedle\nright\nnee");
    ui.bytes(one, Direction::kReceived, "dle two\nlast\n");
    frame_by_lines();
    EXPECT_EQ(sheet().rows().row_count(), 5U);
    search("needle");
    ui.click("view filter");
    ui.click("Only matches");
    ui.settle_view();
    EXPECT_EQ(sheet().rows().row_count(), 2U) << ui.screen();
    EXPECT_FALSE(ui.row("needle two").empty());
    EXPECT_TRUE(ui.row("right").empty());
    EXPECT_TRUE(ui.row("left").empty());
}

}  // namespace
}  // namespace tests::ui
