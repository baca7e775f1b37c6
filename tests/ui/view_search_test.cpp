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

TEST_F(ViewSearch, AMatchInOneOfFewRowsIsOneMarkOnTheScrollbar) {
    ui.bytes(one, Direction::kReceived, "a needle");
    ui.frames(3);
    ui.click("Bytes");
    search("needle");
    const auto marks = [&] {
        ImDrawList list(ImGui::GetDrawListSharedData());
        list._ResetForNewFrame();
        list.PushClipRect({0, 0}, {10, 400});
        do {
            list.VtxBuffer.resize(0);
            draw_bar_marks(view().marks, list, {0, 0}, {10, 400}, sheet(), ui.view.facts().search);
        } while (!view().marks.is_bar_done);
        std::vector<float> at;
        for (int i = 0; i < list.VtxBuffer.Size; i += 4)
            at.push_back(list.VtxBuffer[i].pos.y);
        return at;
    };
    EXPECT_EQ(marks(), std::vector<float>{0});
    ui.bytes(one, Direction::kReceived, "hay");
    ui.bytes(one, Direction::kReceived, "a needle");
    ui.bytes(one, Direction::kReceived, "hay");
    ui.settle_view();
    EXPECT_EQ(marks(), (std::vector<float>{0, 200}));
}

TEST_F(ViewSearch, WhatTheFindButtonSaysDoesNotCoverTheBarThatItOpens) {
    ui.bytes(one, Direction::kReceived, "a needle");
    ui.hover("Find");
    ui.frames(60);
    EXPECT_TRUE(ui.sees("Search in the bytes")) << ui.screen();
    ui.click("Find");
    ui.frames(60);
    ASSERT_TRUE(view().search.is_open);
    EXPECT_FALSE(ui.sees("Search in the bytes")) << ui.screen();
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

// ---- What a search is about ----

TEST_F(ViewSearch, TextIsSearchedForInTheEncodingOfTheView) {
    ui.bytes(one, Direction::kReceived, "\xE4\xBD\xA0 in UTF-8, \xC4\xE3 in GBK");
    encode(net::bytes::TextEncoding::kGbk);
    ui.click("Bytes");
    search("\xE4\xBD\xA0");  // the character, as it is typed
    EXPECT_EQ(stands_at(), (BytePlace{.position = 0, .offset = 14}));
}

TEST_F(ViewSearch, ItGoesWithTheConnectionsAndDirectionsThatAreShown) {
    using How = app::ui::Selection::How;
    ui.bytes(one, Direction::kReceived, "hay");
    ui.bytes(two, Direction::kReceived, "a needle");
    ui.state().selection.click(one, How::kOnly, {});
    ui.frames(3);
    ui.click("Bytes");
    search("needle");
    EXPECT_EQ(ui.view.facts().search.counted, 0U);
    ui.state().selection.click(two, How::kOnly, {});
    ui.settle_view();
    EXPECT_EQ(ui.view.facts().search.counted, 1U) << "what is said is about what is shown";
    view().filter.shows_received = false;
    ui.settle_view();
    EXPECT_EQ(ui.view.facts().search.counted, 0U);
}

TEST_F(ViewSearch, ALateFirstMatchDoesNotTakeTheViewAwayFromTheNewestByte) {
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "hay and more hay");
    ui.frames(3);
    ui.click("Bytes");
    sheet().selection.clear();
    sheet().scroll.follows_tail = true;
    search("needle");
    ui.bytes(one, Direction::kReceived, "a needle at last");
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "hay and more hay");
    ui.settle_view();
    EXPECT_EQ(ui.view.facts().search.counted, 1U);
    EXPECT_TRUE(sheet().scroll.follows_tail);
    EXPECT_TRUE(sheet().selection.is_empty());
}

TEST_F(ViewSearch, ItsMatchesGoWithItsBarHoweverThatIsClosed) {
    ui.bytes(one, Direction::kReceived, "a needle");
    ui.frames(3);
    ui.click("Bytes");
    search("needle");
    EXPECT_FALSE(view().marks.seen.empty());
    ui.click("Find");
    EXPECT_FALSE(view().search.is_open);
    EXPECT_TRUE(view().marks.seen.empty());
}

TEST_F(ViewSearch, MatchesAreMarkedFarInsideALongItem) {
    for (int i = 0; i < 2000; ++i)
        ui.bytes(one, Direction::kReceived, "hit and 16 bytes");
    change_view([](session::ViewSettings& settings) { settings.is_merged = true; });
    ui.click("Bytes");
    search("hit");
    sheet().scroll.follows_tail = true;
    ui.frames(3);
    EXPECT_EQ(sheet().rows().item_count(), 1U);
    EXPECT_EQ(view().marks.seen.size(), view().seen.count) << "one in each row";
}

TEST_F(ViewSearch, MatchesAreMarkedInReadsThatOthersLieBetween) {
    using How = app::ui::Selection::How;
    ui.bytes(one, Direction::kReceived, "hit 1");
    for (int i = 0; i < 200; ++i)
        ui.bytes(two, Direction::kReceived, "hay");
    ui.bytes(one, Direction::kReceived, "hit 2");
    ui.state().selection.click(one, How::kOnly, {});
    change_view([](session::ViewSettings& settings) { settings.is_merged = true; });
    ui.click("Bytes");
    search("hit");
    EXPECT_EQ(view().marks.seen.size(), 2U) << ui.screen();
}

TEST_F(ViewSearch, AMatchThatEndsBehindThoseOfOthersIsMarkedWhereItBegins) {
    ui.bytes(one, Direction::kReceived, "nee");
    for (int i = 0; i < 5; ++i)
        ui.bytes(two, Direction::kReceived, "needle");
    ui.bytes(one, Direction::kReceived, "dle");
    ui.frames(3);
    ui.click("Bytes");
    search("needle");
    ASSERT_EQ(view().marks.seen.size(), 7U) << ui.screen();
    EXPECT_EQ(view().marks.seen[0].run, 0U);
    EXPECT_EQ(view().marks.seen[0].end, 3U);
}

TEST_F(ViewSearch, WhatHasJustComeIsSearchedWithoutAnythingMovingInTheBar) {
    ui.bytes(one, Direction::kReceived, "a needle");
    ui.frames(3);
    ui.click("Bytes");
    search("needle");
    for (int i = 0; i < 20; ++i) {
        ui.bytes(one, Direction::kReceived, "and more");
        ui.frames(1);
        EXPECT_EQ(stop_button(), nullptr) << i;
        ui.settle_view();
    }
}

TEST_F(ViewSearch, WhatIsGoneToIsInSightInALowWindow) {
    ui.resize({1400, 640});
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, i == 7 ? "the needle" : "hay and more hay");
    ui.frames(3);
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.type("needle");
    ui.frames(3);
    sheet().scroll = {.first_row = 0, .follows_tail = false};
    ui.press(ImGuiKey_Enter);
    ui.settle_view();
    ASSERT_LT(sheet().rows_in_sight, 8U) << "the window is not low enough for this test";
    EXPECT_LT(7U, sheet().scroll.first_row + sheet().rows_in_sight) << ui.screen();
}

}  // namespace
}  // namespace tests::ui
