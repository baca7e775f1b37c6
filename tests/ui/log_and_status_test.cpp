// Issue point 8: the log and the status bar.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

TEST(LogPanel, SaysWhenWhoseAndWhat) {
    UiDriver ui;
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.connect(server, 50001);
    ui.frames(3);
    const std::string row = ui.row("opened #1");
    EXPECT_NE(row.find("14:02:33."), std::string::npos) << row;
    EXPECT_NE(row.find("127.0.0.1:9000"), std::string::npos);
}

TEST(LogPanel, FollowsTheNewestUntilScrolledUp) {
    UiDriver ui;
    for (int i = 0; i < 200; ++i)
        ui.facts.log(session::Severity::kInfo, "line number " + std::to_string(i) + ".",
                     ui.info.now_ns);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("line number 199."));
    EXPECT_FALSE(ui.sees("line number 5."));
    ui.wheel("Log lines", 5);
    EXPECT_FALSE(ui.sees("line number 199."));
    ui.facts.log(session::Severity::kError, "the newest", ui.info.now_ns);
    ui.frames(3);
    EXPECT_FALSE(ui.sees("the newest"));
    ui.click("Log lines");
    ui.press(ImGuiKey_Home);
    EXPECT_TRUE(ui.sees("line number 0."));
    ui.press(ImGuiKey_End);
    EXPECT_TRUE(ui.sees("the newest"));
}

TEST(LogPanel, WhatIsInSightStaysWhileOldLinesAreDropped) {
    UiDriver ui;
    for (std::size_t i = 0; i < session::kMostLogLines; ++i)
        ui.facts.log(session::Severity::kInfo, "old " + std::to_string(i) + ".", ui.info.now_ns);
    ui.frames(3);
    ui.wheel("Log lines", 50);
    const std::string before = ui.row("old 49");
    ASSERT_FALSE(before.empty());
    for (int i = 0; i < 1000; ++i)
        ui.facts.log(session::Severity::kInfo, "new", ui.info.now_ns);
    ui.frames(3);
    EXPECT_EQ(ui.row("old 49"), before);
    EXPECT_TRUE(ui.sees("older ones dropped"));
}

TEST(LogPanel, CollapsesToItsLastLineAndGivesTheSpaceToTheBytes) {
    UiDriver ui;
    ui.facts.log(session::Severity::kWarning, "look at this", ui.info.now_ns);
    ui.frames(3);
    const float before = ui.find("Bytes")->rect.GetHeight();
    ui.click("Collapse");
    EXPECT_GT(ui.find("Bytes")->rect.GetHeight(), before + 50);
    EXPECT_TRUE(ui.sees("look at this"));
    EXPECT_FALSE(ui.has("Log lines"));
    ui.click("Expand");
    EXPECT_TRUE(ui.has("Log lines"));
}

class StatusBar : public testing::Test {
  protected:
    UiDriver ui{{1600, 900}};
    ConnectionId one{};
    void SetUp() override {
        one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
        ui.bytes(one, Direction::kReceived, std::string(10 * 1024, 'x'));
    }
    void mark() {
        ui.fold(channel::LedgerMark{.received = 10 * 1024,
                                    .reads = 1,
                                    .file = ui.file(),
                                    .end_offset = 10 * 1024,
                                    .time_ns = ui.info.now_ns});
    }
    void audit(std::uint64_t received) {
        const auto request = ui.facts.next_audit();
        ASSERT_TRUE(request);
        net::capture::AuditCounts counts;
        counts.received = received;
        counts.file = request->file;
        counts.offset = request->end_offset;
        ui.facts.fold_audit(counts, ui.info.now_ns);
        ui.frames(3);
    }
};

TEST_F(StatusBar, TheLedgerOfThreeCountsAgrees) {
    ui.frames(3);
    EXPECT_TRUE(ui.sees("nothing read yet"));
    mark();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("read 10.0 KiB, shown 10.0 KiB, counting the file"));
    audit(10 * 1024);
    EXPECT_TRUE(ui.sees("read 10.0 KiB = stored 10.0 KiB = shown 10.0 KiB")) << ui.screen();
}

TEST_F(StatusBar, ADisagreementIsShownAndLogged) {
    mark();
    audit(9 * 1024);
    EXPECT_TRUE(ui.sees("read 10.0 KiB, stored 9.0 KiB, shown 10.0 KiB")) << ui.screen();
    EXPECT_TRUE(ui.sees("the ledger does not agree"));
    EXPECT_FALSE(ui.sees("stored 9.0 KiB ="));
}

TEST_F(StatusBar, RatesOpenConnectionsAndHowFarBehind) {
    ui.facts.advance(1'000'000'000);
    ui.bytes(one, Direction::kReceived, std::string(100 * 1024, 'x'));
    ui.facts.advance(2'000'000'000);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("in 110.0 KiB/s")) << ui.screen();
    EXPECT_TRUE(ui.sees("out 0 B/s"));
    EXPECT_TRUE(ui.sees("1 open"));
    EXPECT_TRUE(ui.sees("ms behind the wire"));
    EXPECT_TRUE(ui.sees("test.pcapng"));
}

TEST_F(StatusBar, APauseIsToldWithItsCause) {
    ui.fold(channel::ReadingPaused{
        .cause = channel::PauseCause::kQueueFull, .pauses = 1, .time_ns = ui.info.now_ns});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("PAUSED: the view is catching up"));
    ui.fold(channel::ReadingResumed{.cause = channel::PauseCause::kQueueFull,
                                    .time_ns = ui.info.now_ns});
    ui.frames(3);
    EXPECT_FALSE(ui.sees("PAUSED"));
    ui.fold(channel::ReadingPaused{
        .cause = channel::PauseCause::kStorage, .pauses = 2, .time_ns = ui.info.now_ns});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("PAUSED: no room for the capture"));
}

TEST(SavedCapture, IsSaidToBeOneAndOffersNothingThatCannotWork) {
    UiDriver ui;
    UiDriver* const driver = &ui;
    driver->fold(channel::CaptureOpened{
        .file = ui.file(), .path = "/captures/old.pcapng", .is_live = false});
    driver->fold(channel::EndpointAdded{.endpoint = EndpointId{9},
                                        .kind = channel::EndpointKind::kServer,
                                        .name = "127.0.0.1:9000"});
    const ConnectionId one = ui.connect(EndpointId{9}, 50001);
    ui.bytes(one, Direction::kReceived, "from long ago");
    ui.frames(4);
    EXPECT_TRUE(ui.sees("Saved capture, not live."));
    EXPECT_TRUE(ui.sees("saved capture, not live"));
    EXPECT_FALSE(ui.has("Start"));
    EXPECT_FALSE(ui.has("Connect"));
    EXPECT_FALSE(ui.is_enabled("Send"));
    ui.click("row", 0);
    EXPECT_FALSE(ui.is_enabled("Close"));
    EXPECT_FALSE(ui.row("from long ago").empty());
    ui.asked.clear();
    ui.press(ImGuiKey_F5);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    EXPECT_TRUE(ui.asked.empty());
}

TEST(SavedCapture, ShowsHowFarTheOpeningIs) {
    UiDriver ui;
    ui.desk_facts.documents[0].opening_progress = 0.43;
    ui.frames(2);
    EXPECT_TRUE(ui.sees("Opening the capture: 43 %"));
}

}  // namespace
}  // namespace tests::ui
