// The modes of the receive view over the same bytes, switched without losing the place; framing, encodings, times.
#include <gtest/gtest.h>
#include <string>

#include "tests/ui/view_fixture.h"

namespace tests::ui {
namespace {

using app::session::TimeForm;
using app::session::ViewMode;
using app::session::ViewSettings;
using net::bytes::Framing;
using net::bytes::FramingKind;
using net::bytes::TextEncoding;

class ViewModes : public ViewScene {};

TEST_F(ViewModes, HexRowsHaveTheBytesAndTheGroupingThatAreChosen) {
    ui.bytes(one, Direction::kReceived, "0123456789abcdefghijklmnopqrstuv");
    ui.frames(3);
    EXPECT_TRUE(ui.sees("30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66"));
    ui.click("Layout");
    ui.click("row 8");
    EXPECT_TRUE(ui.sees("30 31 32 33 34 35 36 37"));
    EXPECT_FALSE(ui.sees("36 37  38 39"));
    ui.click("group 4");
    EXPECT_TRUE(ui.sees("30313233 34353637"));
    ui.click("row 32");
    EXPECT_TRUE(
        ui.sees("30313233 34353637  38396162 63646566  6768696a 6b6c6d6e  6f707172 73747576"));
    ui.press(ImGuiKey_Escape);
}

TEST_F(ViewModes, MergedReadsOfOneStreamRunOn) {
    ui.bytes(one, Direction::kReceived, "abc");
    ui.bytes(one, Direction::kReceived, "def");
    ui.bytes(two, Direction::kReceived, "xyz");
    ui.bytes(one, Direction::kSent, "uvw");
    ui.frames(3);
    EXPECT_EQ(sheet().rows().row_count(), 4U);
    ui.click("Layout");
    ui.click("Merged");
    EXPECT_TRUE(ui.sees("61 62 63 64 65 66"));
    EXPECT_EQ(sheet().rows().row_count(), 3U)
        << "neither another connection nor the other direction";
}

TEST_F(ViewModes, MixedHasAHeadingForEachRead) {
    ui.bytes(one, Direction::kReceived, "ping");
    ui.bytes(two, Direction::kSent, "pongpong");
    ui.click("Mixed");
    const std::string first = ui.row("4 bytes");
    EXPECT_NE(first.find("recv"), std::string::npos) << ui.screen();
    EXPECT_NE(first.find("#1"), std::string::npos);
    EXPECT_NE(ui.row("8 bytes").find("sent"), std::string::npos);
    EXPECT_TRUE(ui.sees("70 69 6e 67"));
}

TEST_F(ViewModes, MessagesAreRowsByDelimiterAcrossReads) {
    ui.bytes(one, Direction::kReceived, "alpha\nbe");
    ui.bytes(two, Direction::kReceived, "other\n");
    ui.bytes(one, Direction::kReceived, "ta\ngamma");
    frame_by_lines();
    EXPECT_EQ(sheet().rows().row_count(), 4U) << ui.screen();
    EXPECT_FALSE(ui.row("beta").empty()) << "a message that spans two reads";
    EXPECT_FALSE(ui.row("incomplete so far").empty()) << "what has not ended is said so";
    ui.bytes(one, Direction::kReceived, "!\n");
    ui.settle_view();
    EXPECT_FALSE(ui.row("gamma!").empty());
    EXPECT_TRUE(ui.row("incomplete so far").empty());
}

TEST_F(ViewModes, TheLastUnfinishedMessageOfAClosedConnectionIsCutByTheEnd) {
    frame_by_lines();
    ui.bytes(one, Direction::kReceived, "whole\nrest of o");
    ui.bytes(two, Direction::kReceived, "rest of two");
    ui.settle_view();
    EXPECT_FALSE(ui.row("rest of o").empty());
    EXPECT_TRUE(ui.row("cut: the stream ended").empty()) << ui.screen();
    // The read and the closing in one turn.
    ui.bytes(one, Direction::kReceived, "ne");
    ui.close(one, net::channel::CloseReason::kEndOfStream);
    ui.settle_view();
    EXPECT_NE(ui.row("rest of one").find("cut: the stream ended"), std::string::npos)
        << ui.screen();
    EXPECT_NE(ui.row("rest of two").find("incomplete so far"), std::string::npos);
    EXPECT_EQ(sheet().rows().row_count(), 3U);
    // The closing alone.
    ui.close(two, net::channel::CloseReason::kResetByPeer);
    ui.settle_view();
    EXPECT_NE(ui.row("rest of two").find("cut: the stream ended"), std::string::npos);
    EXPECT_TRUE(ui.row("incomplete so far").empty());
    // Split anew, when all of them were closed long ago.
    Framing other;
    other.kind = FramingKind::kDelimiter;
    other.delimiters = {{'w'}};
    frame_by(other);
    EXPECT_TRUE(ui.row("incomplete so far").empty()) << ui.screen();
    EXPECT_FALSE(ui.row("cut: the stream ended").empty());
}

TEST_F(ViewModes, ALengthThatCannotBeIsAnErrorAtItsPlace) {
    using namespace std::string_literals;
    ui.bytes(one, Direction::kReceived, "\x00\x03"s + "abc" + "\xff\xff" + "\x00\x02"s + "de");
    ui.click("Messages");
    Framing framing;
    framing.kind = FramingKind::kLengthPrefix;
    framing.length_bytes = 2;
    framing.most_message_bytes = 100;
    frame_by(framing);
    EXPECT_FALSE(ui.row("no length that can be").empty()) << ui.screen();
    EXPECT_FALSE(ui.row("de").empty()) << "and it goes on behind it";
}

TEST_F(ViewModes, TextIsLinesInTheChosenEncoding) {
    ui.bytes(one, Direction::kReceived, "caf\xC3\xA9\nsecond line\n");
    ui.click("text mode");
    ui.settle_view();
    EXPECT_FALSE(ui.row("caf\xC3\xA9").empty()) << ui.screen();
    EXPECT_FALSE(ui.row("second line").empty());
    EXPECT_EQ(ui.row("second line").find("caf"), std::string::npos);
    encode(TextEncoding::kLatin1);
    EXPECT_FALSE(ui.row("caf\xC3\x83\xC2\xA9").empty()) << "the same bytes, read another way";
}

TEST_F(ViewModes, SwitchingKeepsTheByteAtTheTopAndTheCursor) {
    for (int i = 0; i < 400; ++i)
        ui.bytes(i % 3 == 0 ? two : one, i % 5 == 0 ? Direction::kSent : Direction::kReceived,
                 "read number " + std::to_string(i) + "\nand its second line\n");
    ui.frames(3);
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Home);
    for (int i = 0; i < 12; ++i)
        ui.press(ImGuiKey_PageDown);
    const auto cursor = sheet().byte_place(*sheet().selection.cursor());
    const auto top_of = [&] {
        const auto row = sheet().rows().row(sheet().scroll.first_row);
        return sheet().byte_place({.item = row.item, .offset = row.offset_in_item})->position;
    };
    const std::uint64_t top = top_of();
    for (const char* const mode : {"mixed mode", "messages mode", "text mode", "hex mode"}) {
        ui.click(mode);
        ui.settle_view();
        EXPECT_EQ(sheet().byte_place(*sheet().selection.cursor()), cursor) << mode;
        EXPECT_EQ(top_of(), top) << mode;
        EXPECT_FALSE(sheet().scroll.follows_tail) << mode;
    }
}

TEST_F(ViewModes, TimesAreAbsoluteSinceTheFirstOrDeltas) {
    ui.bytes(one, Direction::kReceived, "first");
    ui.frames(60);
    ui.bytes(one, Direction::kReceived, "later");
    ViewSettings view = ui.view_settings();
    view.time_form = TimeForm::kRelative;
    ui.set_view(view);
    EXPECT_NE(ui.row("66 69 72 73 74").find("+0.000000"), std::string::npos) << ui.screen();
    EXPECT_NE(ui.row("6c 61 74 65 72").find("+1.0000"), std::string::npos) << ui.screen();
    view.time_form = TimeForm::kDelta;
    ui.set_view(view);
    EXPECT_NE(ui.row("6c 61 74 65 72").find("+1.0000"), std::string::npos);
}

TEST_F(ViewModes, ATimeSinceTheFirstIsSinceTheCapturesFirstReadWhateverIsShown) {
    ui.bytes(one, Direction::kReceived, "first");
    ui.frames(60);
    ui.bytes(two, Direction::kReceived, "later");
    ui.state().selection.click(two, app::ui::Selection::How::kOnly, {});
    change_view([](session::ViewSettings& settings) { settings.time_form = TimeForm::kRelative; });
    EXPECT_TRUE(ui.row("66 69 72 73 74").empty());
    EXPECT_NE(ui.row("6c 61 74 65 72").find("+1.0000"), std::string::npos) << ui.screen();
}

TEST_F(ViewModes, ASelectionInWhatHasNotEndedStaysOnItsBytes) {
    ui.bytes(one, Direction::kReceived, "alpha");
    ui.bytes(two, Direction::kReceived, "be");
    frame_by_lines();
    ASSERT_EQ(sheet().items().size(), 2U) << ui.screen();
    sheet().selection.select({.item = 0, .offset = 1}, {.item = 0, .offset = 4});
    ui.frames(2);
    ui.bytes(two, Direction::kReceived, "ta\n");  // ends first, and so stands first from now on
    ui.settle_view();
    ASSERT_FALSE(sheet().selection.is_empty());
    EXPECT_EQ(sheet().byte_place(*sheet().selection.anchor()),
              (net::capture::BytePlace{.position = 0, .offset = 1}));
    EXPECT_EQ(sheet().byte_place(*sheet().selection.cursor()),
              (net::capture::BytePlace{.position = 0, .offset = 4}));
    EXPECT_TRUE(ui.sees("4 bytes selected")) << ui.screen();
}

TEST_F(ViewModes, WhatHasNotEndedIsFoundByItsSavingWhenItHas) {
    ui.bytes(one, Direction::kReceived, "alpha");
    ui.bytes(two, Direction::kReceived, "be");
    frame_by_lines();
    ASSERT_EQ(sheet().items().size(), 2U) << ui.screen();
    sheet().selection.select({.item = 1, .offset = 0}, {.item = 1, .offset = 1});
    const auto wish = save_wish(ui.state().bytes);
    ASSERT_TRUE(wish);
    EXPECT_EQ(wish->first_item, 0U) << "it may end before the one that stands before it";
    EXPECT_EQ(wish->begin_item.position, 1U);
}

TEST_F(ViewModes, ASelectionGoesWithAMessageThatNoLongerPassesTheFilter) {
    ui.bytes(one, Direction::kReceived, "alpha");
    frame_by_lines();
    ui.state().bytes.filter.size = "< 8";
    ui.settle_view();
    ASSERT_EQ(sheet().items().size(), 1U) << ui.screen();
    sheet().selection.select({.item = 0, .offset = 1}, {.item = 0, .offset = 4});
    ui.frames(2);
    ui.bytes(one, Direction::kReceived, "beta");
    ui.settle_view();
    EXPECT_EQ(sheet().items().size(), 0U);
    EXPECT_TRUE(sheet().selection.is_empty());
}

TEST_F(ViewModes, TheSizeOfASelectionIsThatOfItsMessagesAsTheyGrow) {
    ui.bytes(one, Direction::kReceived, "done\n");
    ui.bytes(one, Direction::kReceived, "grows");
    ui.bytes(two, Direction::kReceived, "end");
    frame_by_lines();
    ASSERT_EQ(sheet().items().size(), 3U) << ui.screen();
    sheet().selection.select({.item = 0, .offset = 0}, {.item = 2, .offset = 2});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("13 bytes selected")) << ui.screen();
    ui.bytes(one, Direction::kReceived, "+++");
    ui.settle_view();
    EXPECT_TRUE(ui.sees("16 bytes selected")) << ui.screen();
}

TEST_F(ViewModes, APausedViewIsWholeInAnotherMode) {
    ui.bytes(one, Direction::kReceived, "first line\nsecond line\n");
    ui.frames(3);
    ui.click("pause");
    ui.click("text mode");
    ui.settle_view();
    EXPECT_FALSE(ui.row("second line").empty()) << ui.screen();
    ui.bytes(one, Direction::kReceived, "meanwhile\n");
    ui.settle_view();
    EXPECT_TRUE(ui.row("meanwhile").empty()) << "and then it stands still again";
}

TEST_F(ViewModes, UnfinishedLinesThatAreTooManyAreSaid) {
    for (std::uint16_t i = 0; i < 1100; ++i)
        ui.bytes(ui.connect(server, static_cast<std::uint16_t>(51000 + i)), Direction::kReceived,
                 "no end");
    ui.click("text mode");
    ui.settle_view();
    EXPECT_EQ(sheet().rows().row_count(), 1000U);
    EXPECT_TRUE(ui.sees("100 more are not")) << ui.screen();
}

TEST_F(ViewModes, WhatIsNewIsCountedFromTheByteThatWasTheLastThoughLinesEndBeforeItsOwn) {
    ui.bytes(one, Direction::kReceived, "begin");
    ui.click("text mode");
    ui.settle_view();
    ui.click("Bytes");
    sheet().scroll.follows_tail = false;
    ui.frames(3);
    EXPECT_TRUE(ui.has("Jump to newest")) << ui.screen();
    ui.bytes(two, Direction::kReceived, "a line of another\n");
    ui.bytes(one, Direction::kReceived, "end\n");
    ui.settle_view();
    EXPECT_TRUE(ui.sees(" 4 B new")) << ui.screen();
}

TEST_F(ViewModes, TheProgressOfSplittingGoesOn) {
    // However slow this thread is: a large one is looked at until it was caught at its work.
    std::vector<double> seen;
    for (int i = 0; i < 64; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 1U << 20U);
    for (int attempt = 0; attempt < 20 && seen.size() < 3; ++attempt) {
        session::SplitWish wish;
        wish.is_wanted = true;
        wish.spec.lines = net::bytes::LineSplit{};
        ui.view.carry_out(std::move(wish));
        seen.clear();
        while (ui.view.is_at_work()) {
            const double progress = ui.view.facts().split.progress;
            if (progress > 0 && progress < 1 && (seen.empty() || seen.back() < progress))
                seen.push_back(progress);
            ui.view.turn();
        }
    }
    EXPECT_GE(seen.size(), 3U);
    EXPECT_EQ(ui.view.facts().split.progress, 1);
}

TEST_F(ViewModes, LinesThatComeMoveNothingAbove) {
    ui.bytes(one, Direction::kReceived, "first line\n");
    ui.click("text mode");
    ui.settle_view();
    for (int i = 0; i < 50; ++i) {
        ui.bytes(one, Direction::kReceived, "another line\n");
        ui.frames(1);
        EXPECT_FALSE(ui.sees("Splitting")) << i;
        EXPECT_FALSE(ui.sees("reading the index")) << i;
    }
}

TEST_F(ViewModes, AFramingOfManyBytesLeavesTheToolbarAsItIs) {
    ui.bytes(one, Direction::kReceived, "bytes");
    Framing framing;
    framing.kind = FramingKind::kDelimiter;
    framing.delimiters.assign(16, std::vector<std::uint8_t>(64, 'x'));
    frame_by(framing);
    const Item* const button = ui.find("Framing");
    ASSERT_NE(button, nullptr) << ui.screen();
    EXPECT_LT(button->rect.GetWidth(), 400.0F);
    EXPECT_TRUE(ui.has("Layout"));
}

TEST_F(ViewModes, ALongTextWithoutAsciiIsReadFromACharactersBeginning) {
    std::string text = "x";
    for (int i = 0; i < 2000; ++i)
        text += "\xC4\xE3";
    ui.bytes(one, Direction::kReceived, text);
    encode(TextEncoding::kGbk);
    for (const std::uint64_t row : {20U, 100U, 200U}) {
        sheet().scroll = {.first_row = row, .follows_tail = false};
        ui.frames(2);
        EXPECT_TRUE(ui.sees("\xE4\xBD\xA0")) << row << '\n' << ui.screen();
    }
}

}  // namespace
}  // namespace tests::ui
