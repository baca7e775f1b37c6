// What the users of other programs complain about (PEERS.md, part 2), as far as it is about the view: each by its number.
//
// Elsewhere: 1 (a fast sender) in tests/peers and tests/window/frames_test.py, 4 (memory) in tests/bench, 7 (long lists) also in receive_view_test.cpp, 9 in tests/net/capture.
#include "app/ui/theme.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "tests/ui/view_fixture.h"

namespace tests::ui {
namespace {

using app::session::ViewMode;
using net::bytes::TextEncoding;

class Complaints : public ViewScene {};

TEST_F(Complaints, Nr2ACharacterCutByTwoReadsIsWhole) {
    ui.bytes(one, Direction::kReceived, "x\xE4\xBD");
    ui.bytes(one, Direction::kReceived, "\xA0y");
    ui.frames(3);
    EXPECT_FALSE(ui.row("x\xE4\xBD\xA0").empty()) << "decoded in its stream, not read by read";
    ui.click("text mode");
    ui.settle_view();
    EXPECT_FALSE(ui.row("x\xE4\xBD\xA0y").empty()) << ui.screen();
}

TEST_F(Complaints, Nr2AnInvalidByteIsMarkedAndNeverDropped) {
    ui.bytes(one, Direction::kReceived,
             "a\xE4"
             "b\xFF"
             "c");
    ui.click("text mode");
    ui.settle_view();
    const std::string row = ui.row("a");
    EXPECT_TRUE(ui.sees("aE4bFFc") || ui.sees("ae4bffc")) << ui.screen();
}

TEST_F(Complaints, Nr3TheHexViewIsOfTheBytesAndNotOfTheirText) {
    ui.bytes(one, Direction::kReceived, "line\r\nend\r\n");
    ui.frames(3);
    EXPECT_TRUE(ui.sees("6c 69 6e 65 0d 0a 65 6e  64 0d 0a")) << "every 0d is there";
}

TEST_F(Complaints, Nr5NothingIsEverClearedByALimit) {
    for (int i = 0; i < 20'000; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 100'000);
    ui.frames(4);
    EXPECT_EQ(sheet().rows().item_count(), 20'000U);
    EXPECT_EQ(sheet().rows().row_count(), 20'000U * 6250);
}

TEST_F(Complaints, Nr12SentAndReceivedAreTwoColours) {
    EXPECT_NE(app::ui::color_u32(app::ui::Role::kSent),
              app::ui::color_u32(app::ui::Role::kReceived));
    ui.bytes(one, Direction::kReceived, "in");
    ui.bytes(one, Direction::kSent, "out");
    ui.frames(3);
    EXPECT_NE(ui.row("69 6e").find("recv"), std::string::npos) << "and said in words";
    EXPECT_NE(ui.row("6f 75 74").find("sent"), std::string::npos);
}

TEST_F(Complaints, Nr8GarbageOfAllBytesIsDrawnInEveryModeAndEncoding) {
    std::string garbage;
    for (int i = 0; i < 1024; ++i)
        garbage += static_cast<char>(i * 167 + i / 7);
    ui.bytes(one, Direction::kReceived, garbage);
    for (std::size_t i = 0; i < net::bytes::kTextEncodings; ++i) {
        encode(static_cast<TextEncoding>(i));
        for (const char* const mode : {"hex mode", "text mode", "mixed mode", "messages mode"}) {
            ui.click(mode);
            ui.settle_view();
            EXPECT_GT(sheet().rows().row_count(), 0U);
        }
    }
}

// "The window shows the past": text flows minutes after unplugging, and nothing says so.
TEST_F(Complaints, Nr6WhatIsOldIsSaidToBe) {
    constexpr std::int64_t kLate = 3'000'000'000;
    const std::int64_t read_at = ui.info.now_ns;
    ui.bytes(one, Direction::kReceived, "from the wire");
    ui.info.now_ns += kLate;
    ui.frames(2);
    // What the window's loop does once the frame is on the screen.
    ui.facts.note_shown(ui.info.now_ns);
    EXPECT_GE(ui.facts.behind_ns(), kLate);
    EXPECT_EQ(ui.facts.behind_ns(), ui.info.now_ns - read_at);
    EXPECT_TRUE(ui.sees("view 3,0")) << ui.screen();
    EXPECT_TRUE(ui.sees("ms behind the wire"));
    for (int i = 0; i < 3; ++i)
        ui.facts.advance(i * app::session::kRateIntervalNs);
    EXPECT_TRUE(ui.sees("view 0 ms behind the wire")) << "nothing new: nothing old";
}

TEST_F(Complaints, Nr6AReadIsWholeInTheNextFrameWhichAsksForNoOther) {
    for (int i = 0; i < 300; ++i)
        ui.bytes(one, Direction::kReceived, "line " + std::to_string(i));
    ui.frames(10);
    ASSERT_FALSE(ui.wants_another_frame());
    for (int i = 0; i < 20; ++i) {
        ui.bytes(one, Direction::kReceived, "then " + std::to_string(1000 + i));
        EXPECT_TRUE(ui.sees("then " + std::to_string(1000 + i))) << "followed, in one frame";
        EXPECT_FALSE(ui.wants_another_frame()) << "its slot is the next read's";
    }
}

TEST_F(Complaints, Nr6ATimeIsThatOfTheReadAndNotOfTheFrame) {
    ui.bytes(one, Direction::kReceived, "first");
    ui.info.now_ns += 5'000'000'000;
    ui.frames(3);
    // 14:02:33 is when the driver's clock begins.
    EXPECT_NE(ui.row("66 69 72 73 74").find("14:02:33"), std::string::npos) << ui.screen();
}

TEST_F(Complaints, Nr6AViewThatIsNotLiveSaysSo) {
    for (int i = 0; i < 300; ++i)
        ui.bytes(one, Direction::kReceived, "line " + std::to_string(i));
    ui.frames(3);
    EXPECT_TRUE(ui.sees("following"));
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Home);
    EXPECT_TRUE(ui.sees("scrolled up"));
    EXPECT_FALSE(ui.sees("following"));
    ui.bytes(one, Direction::kReceived, std::string(2048, 'n'));
    ui.frames(3);
    EXPECT_TRUE(ui.has("Jump to newest"));
    EXPECT_NE(std::find_if(ui.items().begin(), ui.items().end(),
                           [](const Item& item) {
                               return item.label.find("2.0 KiB new") != std::string::npos;
                           }),
              ui.items().end())
        << "how much has come since";
    ui.click("pause");
    EXPECT_TRUE(ui.sees("paused; capturing goes on"));
    ui.click("Jump to newest");
    EXPECT_TRUE(ui.sees("following"));
}

TEST_F(Complaints, Nr7TheLastRowsOfALongListAreReachedOneByOne) {
    for (int i = 0; i < 200; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 1U << 29U);
    ui.frames(3);
    const std::uint64_t rows = sheet().rows().row_count();
    EXPECT_EQ(rows, 200ULL << 25U) << "far more than a float can count";
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_End);
    for (int i = 1; i <= 50; ++i) {
        ui.press(ImGuiKey_UpArrow);
        EXPECT_EQ(sheet().places().row_of(*sheet().selection.cursor()), rows - 1 - i);
    }
}

TEST_F(Complaints, Nr12WhatCameInIsSearchedAndFiltered) {
    ui.bytes(one, Direction::kReceived, "hay\nneedle\nhay");
    ui.bytes(two, Direction::kSent, "straw");
    ui.frames(3);
    search("needle");
    EXPECT_EQ(stands_at(), (net::capture::BytePlace{.position = 0, .offset = 4}));
    ui.click("view filter");
    ui.click("Only matches");
    ui.settle_view();
    EXPECT_EQ(sheet().rows().item_count(), 1U);
    EXPECT_TRUE(ui.row("73 74 72 61 77").empty());
}

TEST(ComplaintsOfSize, Nr13TheBytesGrowWithTheDisplaysDensity) {
    float small = 0;
    {
        UiDriver ui({1280, 800}, 1.0F);
        ui.frames(3);
        small = ui.state().bytes.row_height;
    }
    UiDriver ui({2560, 1600}, 2.0F);
    ui.frames(3);
    EXPECT_NEAR(ui.state().bytes.row_height / small, 2.0F, 0.1F);
}

}  // namespace
}  // namespace tests::ui
