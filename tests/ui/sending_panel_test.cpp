// What is sent by itself: started from the forms, watched and stopped in the list.
#include "app/session/send_jobs.h"

#include <gtest/gtest.h>

#include "tests/ui/desk_scenes.h"
#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

class SendingPanel : public testing::Test {
  protected:
    UiDriver ui;
    EndpointId server{};
    void SetUp() override {
        server = ui.start_server("127.0.0.1:9000");
        ui.connect(server, 50001);
        ui.fill("Send text", "ping");
        ui.click("sending tab");
        ui.asked.clear();
    }
    template <typename T>
    T started() {
        ui.asked.clear();
        ui.click("start job");
        const auto wish = ui.take<session::StartSendJobIntent>();
        EXPECT_EQ(wish.targets.endpoint, server);
        const T* const what = std::get_if<T>(&wish.what);
        EXPECT_NE(what, nullptr);
        return what == nullptr ? T{} : *what;
    }
    void tell(channel::SendJobProgress progress) {
        progress.job = ui.facts.send_jobs().back().id;
        progress.time_ns = ui.info.now_ns;
        ui.fold(progress);
        ui.frames(4);
    }
};

TEST_F(SendingPanel, RepeatsWhatStandsInTheBox) {
    EXPECT_TRUE(ui.sees("Repeats \"ping\", 4 bytes"));
    ui.fill("Every", "250");
    ui.click("Unit");
    ui.click("us");
    ui.fill("How many times", "1000");
    const auto repeat = started<channel::Repeat>();
    EXPECT_EQ(repeat.interval_ns, 250'000);
    EXPECT_EQ(repeat.count, 1000U);
    ASSERT_EQ(repeat.what.parts.size(), 1U);
    EXPECT_EQ(std::get<std::vector<std::uint8_t>>(repeat.what.parts[0]),
              (std::vector<std::uint8_t>{'p', 'i', 'n', 'g'}));
}

TEST_F(SendingPanel, ByKeyboardAlone) {
    ui.click("Every");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    ui.type("2");
    for (int i = 0; i < 8 && ui.focused().find("start job") == std::string::npos; ++i)
        ui.press(ImGuiKey_Tab);
    ui.asked.clear();
    ui.press(ImGuiKey_Space);
    const auto wish = ui.take<session::StartSendJobIntent>();
    EXPECT_EQ(std::get<channel::Repeat>(wish.what).interval_ns, 2'000'000'000);
    EXPECT_EQ(std::get<channel::Repeat>(wish.what).count, 0U) << "until stopped";
}

TEST_F(SendingPanel, AWrongFieldIsSaidAndNothingStarts) {
    ui.fill("Every", "0.5");
    ui.click("Unit");
    ui.click("us");
    EXPECT_TRUE(ui.sees("a time from 1 us to 24 h"));
    EXPECT_FALSE(ui.is_enabled("start job"));
    ui.fill("Every", "1");
    EXPECT_TRUE(ui.is_enabled("start job"));
    ui.fill("Send text", "\\q");
    EXPECT_TRUE(ui.sees("What stands in the send box is not right yet"));
    EXPECT_FALSE(ui.is_enabled("start job"));
}

TEST_F(SendingPanel, GeneratesTrafficWithItsPattern) {
    ui.click("Generate");
    ui.fill("Rate (a second)", "2000");
    ui.click("Counted in");
    ui.click("messages");
    ui.fill("Bytes of a message", "10");
    ui.fill("to", "20");
    ui.click("Random");
    ui.fill("Seed", "7");
    ui.fill("Duration (s)", "1.5");
    const auto generate = started<channel::Generate>();
    EXPECT_EQ(generate.per_second, 2000U);
    EXPECT_TRUE(generate.counts_messages);
    EXPECT_EQ(generate.least_bytes, 10U);
    EXPECT_EQ(generate.most_bytes, 20U);
    EXPECT_EQ(generate.pattern, channel::GeneratePattern::kRandom);
    EXPECT_EQ(generate.seed, 7U);
    EXPECT_EQ(generate.duration_ns, 1'500'000'000);
    ui.fill("to", "9");
    EXPECT_FALSE(ui.is_enabled("start job")) << "from 10 to 9";
    ui.fill("to", "");
    ui.fill("Rate (a second)", "");
    const auto fastest = started<channel::Generate>();
    EXPECT_EQ(fastest.per_second, 0U);
    EXPECT_EQ(fastest.most_bytes, 10U);
}

TEST_F(SendingPanel, AFileIsTypedOrChosenOrDropped) {
    ui.click("job file");
    EXPECT_FALSE(ui.is_enabled("start job")) << "no file yet";
    ui.fill("Path", "/data/one.bin");
    ui.fill("Limit (KiB a second)", "64");
    const auto typed = started<channel::SendFile>();
    EXPECT_EQ(typed.path, "/data/one.bin");
    EXPECT_EQ(typed.bytes_per_second, 65536U);
    app::ui::drop_files(ui.desk, {"/data/dropped.bin"});
    ui.state().tab = app::ui::SidebarTab::kEndpoints;
    ui.frames(4);
    EXPECT_EQ(ui.state().tab, app::ui::SidebarTab::kSending);
    EXPECT_EQ(started<channel::SendFile>().path, "/data/dropped.bin");
    ui.wished.clear();
    ui.click("Choose a file ...");
    EXPECT_EQ(ui.take_wish<session::ListFolderWish>().path, "/data");
    answer_listing(ui, "/data", "/data", {{.name = "two.bin", .bytes = 5}});
    EXPECT_TRUE(ui.sees("two.bin")) << "not captures only";
    ui.double_click("file", 0);
    EXPECT_EQ(started<channel::SendFile>().path, "/data/two.bin");
}

TEST_F(SendingPanel, ASplitTestCutsWhatStandsInTheBox) {
    ui.click("job split");
    const auto all = started<channel::SplitTest>();
    EXPECT_EQ(all.bytes, (std::vector<std::uint8_t>{'p', 'i', 'n', 'g'}));
    EXPECT_TRUE(all.sizes.empty());
    ui.fill("In pieces of", "1, 2,3");
    ui.fill("Pause (ms)", "0.5");
    const auto some = started<channel::SplitTest>();
    EXPECT_EQ(some.sizes, (std::vector<std::uint32_t>{1, 2, 3}));
    EXPECT_EQ(some.pause_ns, 500'000);
    ui.fill("In pieces of", "0");
    EXPECT_FALSE(ui.is_enabled("start job"));
}

TEST_F(SendingPanel, RateJitterAndWhatWasSkippedAreInSight) {
    ui.click("start job");
    tell({.targets = 1,
          .ticks = 1000,
          .sends = 1000,
          .bytes = 4000,
          .skipped = 7,
          .late_ns = 21'000,
          .worst_late_ns = 340'000,
          .elapsed_ns = 1'000'000'000});
    tell({.targets = 1,
          .ticks = 2000,
          .sends = 2000,
          .bytes = 8000,
          .skipped = 7,
          .late_ns = 21'000,
          .worst_late_ns = 340'000,
          .elapsed_ns = 2'000'000'000});
    EXPECT_TRUE(ui.sees("running"));
    EXPECT_TRUE(ui.sees("2,000 messages")) << ui.screen();
    EXPECT_TRUE(ui.sees("1000.0 a second"));
    EXPECT_TRUE(ui.sees("late by 0.021 ms, at worst 0.340 ms"));
    EXPECT_TRUE(ui.sees("skipped 7"));
    EXPECT_TRUE(ui.sees("Sending (1)")) << "the tab counts what is under way";
}

TEST_F(SendingPanel, IsPausedGoesOnAndIsStopped) {
    ui.click("start job");
    const channel::SendJobId id = ui.facts.send_jobs().back().id;
    tell({.targets = 1, .ticks = 1, .sends = 1, .bytes = 4});
    ui.asked.clear();
    ui.click("pause");
    auto pause = ui.take<session::PauseSendJobIntent>();
    EXPECT_EQ(pause.job, id);
    EXPECT_TRUE(pause.is_paused);
    EXPECT_TRUE(ui.sees("paused"));
    ui.click("pause");
    EXPECT_FALSE(ui.take<session::PauseSendJobIntent>().is_paused);
    ui.click("stop job");
    EXPECT_EQ(ui.take<session::StopSendJobIntent>().job, id);
    tell({.state = channel::SendJobState::kStopped, .ticks = 1, .sends = 1, .bytes = 4});
    EXPECT_TRUE(ui.sees("stopped"));
    EXPECT_FALSE(ui.has("stop job"));
    ui.click("Again");
    EXPECT_TRUE(
        std::holds_alternative<channel::Repeat>(ui.take<session::StartSendJobIntent>().what));
    ui.click("Remove");
    EXPECT_EQ(ui.take<session::ForgetSendJobIntent>().job, id);
}

TEST_F(SendingPanel, AFileTellsHowFarItIsAndItsChecksum) {
    ui.state().sending.form.kind = app::ui::SendJobKind::kFile;
    ui.state().sending.form.path = "/data/one.bin";
    ui.frames(4);
    ui.click("start job");
    for (const std::uint64_t part : {1U, 2U, 3U})
        tell({.targets = 1,
              .crc32 = 0x0cbf4392,
              .bytes = part << 20U,
              .total_bytes = 10U << 20U,
              .furthest_bytes = part << 20U,
              .elapsed_ns = static_cast<std::int64_t>(part) * 1'000'000'000});
    EXPECT_TRUE(ui.sees("30 %, ")) << ui.screen();
    EXPECT_TRUE(ui.sees(" left"));
    EXPECT_TRUE(ui.sees("1.0 MiB/s"));
    EXPECT_TRUE(ui.sees("CRC-32 0cbf4392 of 3,145,728 bytes"));
}

TEST_F(SendingPanel, NobodyToSendToIsSaid) {
    UiDriver other;
    other.click("sending tab");
    EXPECT_TRUE(other.sees("Nobody is connected. Start a server or connect a client"));
    EXPECT_FALSE(other.is_enabled("start job"));
}

}  // namespace
}  // namespace tests::ui
