// Issue 4, point 11: the rate over time as a plot in which a span can be chosen, sizes as a histogram; nothing moves without traffic.
#include "app/ui/traffic_plot.h"

#include "app/ui/plot_axis.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

#include "tests/ui/ui_driver.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;
using app::ui::TrafficPlot;
using app::ui::TrafficSpan;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'738'332'000 * kSecond;  // 14:00:00

class TrafficPlotTest : public testing::Test {
  protected:
    void SetUp() override {
        const EndpointId server = ui.start_server("127.0.0.1:9000");
        one = ui.connect(server, 50001);
        two = ui.connect(server, 50002);
        ui.instead_of_desk = [this] {
            ImGui::SetNextWindowPos({60, 60});
            ImGui::SetNextWindowSize({1000, 300});
            ImGui::Begin("Beside", nullptr,
                         ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoDecoration);
            if (const auto span = app::ui::draw_traffic_plot(ui.facts, selected, {}, plot))
                chosen.push_back(*span);
            ImGui::End();
        };
        ui.frames(4);
    }
    void read(ConnectionId connection,
              Direction direction,
              std::int64_t time_ns,
              std::uint32_t size) {
        ui.fold(channel::Recorded{.connection = connection,
                                  .time_ns = time_ns,
                                  .offset = 0,
                                  .size = size,
                                  .file = ui.file(),
                                  .direction = direction});
    }
    // A read each second for ten minutes, and a few answers.
    void ten_minutes() {
        for (int i = 0; i < 600; ++i) {
            read(i % 3 == 0 ? two : one, Direction::kReceived, kBegin + i * kSecond, 1000);
            if (i % 10 == 0) read(one, Direction::kSent, kBegin + i * kSecond, 64);
        }
        ui.frames(4);
    }
    [[nodiscard]] ImVec2 at(float part) const {
        const Item* item = ui.find("Traffic plot");
        EXPECT_NE(item, nullptr);
        if (item == nullptr) return {};
        return {item->rect.Min.x + part * item->rect.GetWidth(), item->rect.GetCenter().y};
    }

    UiDriver ui{{1280, 900}};
    ConnectionId one{};
    ConnectionId two{};
    std::vector<ConnectionId> selected;
    TrafficPlot plot;
    std::vector<TrafficSpan> chosen;
};

TEST_F(TrafficPlotTest, SaysSoWhereThereIsNoTraffic) {
    EXPECT_TRUE(ui.sees("No bytes have come or gone yet"));
}

TEST_F(TrafficPlotTest, HasItsSumsRatesAndTimesInWords) {
    ten_minutes();
    EXPECT_TRUE(ui.sees("received 585.9 KiB")) << ui.screen();
    EXPECT_TRUE(ui.sees("sent 3.8 KiB"));
    EXPECT_TRUE(ui.sees("14:05:00"));
    EXPECT_TRUE(ui.sees("B/s"));
    EXPECT_TRUE(ui.sees("Sizes, up to"));
    EXPECT_TRUE(ui.sees("64 B"));
    EXPECT_TRUE(ui.sees("512 B"));
}

TEST_F(TrafficPlotTest, ASpanIsChosenByDraggingAndAClickIsAShortOne) {
    ten_minutes();
    ui.drag(at(0.25F), at(0.5F));
    ASSERT_EQ(chosen.size(), 1U);
    const auto seconds = [&](std::int64_t time_ns) {
        return static_cast<double>(time_ns - kBegin) / 1e9;
    };
    EXPECT_NEAR(seconds(chosen[0].from_ns), 150, 5);
    EXPECT_NEAR(seconds(chosen[0].to_ns), 300, 5);
    EXPECT_NEAR(static_cast<double>(chosen[0].position), 165, 6);
    // Backwards is the same.
    ui.drag(at(0.5F), at(0.25F));
    ASSERT_EQ(chosen.size(), 2U);
    EXPECT_EQ(chosen[1].from_ns, chosen[0].from_ns);
    EXPECT_LT(chosen[1].from_ns, chosen[1].to_ns);
    ui.click_at(at(0.5F));
    ASSERT_EQ(chosen.size(), 3U);
    EXPECT_NEAR(seconds(chosen[2].from_ns), 300, 5);
    EXPECT_LT(chosen[2].to_ns - chosen[2].from_ns, 8 * kSecond);
}

TEST_F(TrafficPlotTest, WhereNothingCameThereIsNothingToGoTo) {
    read(one, Direction::kReceived, kBegin, 10);
    read(one, Direction::kReceived, kBegin + 3600 * kSecond, 10);
    ui.frames(4);
    ui.drag(at(0.3F), at(0.6F));
    EXPECT_TRUE(chosen.empty());
    ui.drag(at(0.3F), at(1.0F));
    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_EQ(chosen[0].position, 1U);
}

TEST_F(TrafficPlotTest, ZoomsWithTheWheelAndShowsMoreOfLess) {
    ten_minutes();
    const ImVec2 middle = at(0.5F);
    ImGui::GetIO().AddMousePosEvent(middle.x, middle.y);
    ui.frames(2);
    for (int i = 0; i < 10; ++i) {
        ImGui::GetIO().AddMouseWheelEvent(0, 1);
        ui.frames(2);
    }
    ui.frames(10);
    EXPECT_TRUE(plot.is_zoomed);
    EXPECT_NEAR(static_cast<double>(plot.to_ns - plot.from_ns) / 1e9, 600 / std::pow(1.25, 10), 1);
    EXPECT_NEAR(static_cast<double>(plot.from_ns / 2 + plot.to_ns / 2 - kBegin) / 1e9, 300, 5);
    ui.drag(at(0.0F), at(1.0F));
    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_GE(chosen[0].from_ns, plot.from_ns);
    EXPECT_LE(chosen[0].to_ns, plot.to_ns);
    ui.click("Everything");
    EXPECT_FALSE(plot.is_zoomed);
    ui.click("1 min");
    ui.drag(at(0.0F), at(1.0F));
    ASSERT_EQ(chosen.size(), 2U);
    EXPECT_NEAR(static_cast<double>(chosen[1].to_ns - chosen[1].from_ns) / 1e9, 60, 1);
    EXPECT_NEAR(static_cast<double>(chosen[1].to_ns - kBegin) / 1e9, 599, 1);
}

TEST_F(TrafficPlotTest, IsUsedByKeyboard) {
    ten_minutes();
    plot.wants_focus = true;
    ui.frames(2);
    EXPECT_TRUE(plot.has_focus);
    for (int i = 0; i < 6; ++i)
        ui.press(ImGuiKey_UpArrow);
    ASSERT_TRUE(plot.is_zoomed);
    const std::int64_t before = plot.from_ns;
    ui.press(ImGuiKey_PageUp);
    EXPECT_LT(plot.from_ns, before);
    ui.press(ImGuiKey_Home);
    EXPECT_EQ(plot.from_ns, kBegin);
    ui.press(ImGuiKey_End);
    EXPECT_NEAR(static_cast<double>(plot.to_ns - kBegin) / 1e9, 599, 0.1);
    for (int i = 0; i < 10; ++i)
        ui.press(ImGuiKey_DownArrow);
    EXPECT_FALSE(plot.is_zoomed);
}

TEST_F(TrafficPlotTest, OfTheSelectedConnectionsAlone) {
    ten_minutes();
    EXPECT_FALSE(ui.is_enabled("selected traffic"));
    selected = {two};
    ui.frames(2);
    ui.click("selected traffic");
    EXPECT_TRUE(ui.sees("received 195.3 KiB")) << ui.screen();
    EXPECT_TRUE(ui.sees("sent 0 B"));
    read(two, Direction::kSent, kBegin + 600 * kSecond, 77);
    ui.frames(2);
    EXPECT_TRUE(ui.sees("sent 77 B")) << "it goes on with what comes";
    ui.drag(at(0.0F), at(1.0F));
    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_EQ(ui.facts.reads().at(chosen[0].position).connection, two);
    selected.clear();
    ui.frames(2);
    EXPECT_TRUE(ui.sees("sent 3.8 KiB")) << "of all again";
}

TEST_F(TrafficPlotTest, NothingMovesWithoutTraffic) {
    ten_minutes();
    ui.frames(10);
    EXPECT_FALSE(plot.is_busy);
    const std::string before = ui.screen();
    ui.frames(120);
    EXPECT_EQ(ui.screen(), before) << "the right end is the newest read, not the clock";
}

// A scan of many reads takes several frames, each of them short, and ends.
TEST_F(TrafficPlotTest, CountingGoesOnForSomeFramesAndEnds) {
    for (int i = 0; i < 900'000; ++i)
        read(i % 2 == 0 ? one : two, Direction::kReceived, kBegin + i * 1'000'000LL, 100);
    selected = {one};
    plot.only_selected = true;
    ui.frames(1);
    EXPECT_TRUE(plot.is_busy);
    for (int i = 0; i < 20 && plot.is_busy; ++i)
        ui.frames(1);
    EXPECT_FALSE(plot.is_busy);
    EXPECT_TRUE(ui.sees("received 42.9 MiB")) << ui.screen();
}

// RELIABILITY.md T54, and files that say anything.
TEST_F(TrafficPlotTest, AnyTimesAreDrawn) {
    read(one, Direction::kReceived, std::numeric_limits<std::int64_t>::min(), 10);
    ui.frames(2);
    read(one, Direction::kReceived, std::numeric_limits<std::int64_t>::max(), 10);
    ui.frames(2);
    read(one, Direction::kSent, kBegin, 0xFFFFFFFF);
    read(one, Direction::kSent, kBegin - 3600 * kSecond, 1);
    ui.frames(2);
    for (int i = 0; i < 30; ++i) {
        const ImVec2 where = at(0.9F);
        ImGui::GetIO().AddMousePosEvent(where.x, where.y);
        ImGui::GetIO().AddMouseWheelEvent(0, i < 20 ? 3.0F : -3.0F);
        ui.frames(2);
    }
    for (const char* choice : {"10 s", "1 min", "10 min", "Everything"})
        ui.click(choice);
    ui.drag(at(0.0F), at(1.0F));
    ASSERT_FALSE(chosen.empty());
    EXPECT_LE(chosen.back().from_ns, chosen.back().to_ns);
}

TEST(PlotAxis, NumbersAreNice) {
    using app::ui::nice_count;
    using app::ui::nice_rate;
    EXPECT_EQ(nice_rate(0), 1);
    EXPECT_EQ(nice_rate(std::nan("")), 1);
    EXPECT_EQ(nice_rate(3), 5);
    EXPECT_EQ(nice_rate(500), 500);
    EXPECT_EQ(nice_rate(501), 1024);
    EXPECT_EQ(nice_rate(3 * 1024.0 * 1024), 5 * 1024.0 * 1024);
    for (double value = 1; value < 1e20; value *= 1.37)
        EXPECT_GE(nice_rate(value), value);
    EXPECT_EQ(nice_count(0), 1U);
    EXPECT_EQ(nice_count(201), 500U);
    EXPECT_GE(nice_count(std::numeric_limits<std::uint64_t>::max()),
              std::numeric_limits<std::uint64_t>::max());
}

TEST(PlotAxis, TimesStandAtMultiplesOfTheirStep) {
    setenv("TZ", "UTC", 1);
    const auto labels = [](std::int64_t from, std::int64_t to, std::size_t most) {
        std::string all;
        for (const auto& tick : app::ui::time_ticks(from, to, most))
            all += (all.empty() ? "" : " ") + tick.label;
        return all;
    };
    EXPECT_EQ(labels(kBegin, kBegin + 600 * kSecond, 6),
              "14:00:00 14:02:00 14:04:00 14:06:00 14:08:00 14:10:00");
    EXPECT_EQ(labels(kBegin + 1, kBegin + kSecond / 10, 5),
              "14:00:00.020 14:00:00.040 14:00:00.060 14:00:00.080 14:00:00.100");
    EXPECT_EQ(labels(kBegin - 3 * 86400 * kSecond, kBegin, 4), "2025-01-29 2025-01-30 2025-01-31");
    for (const std::size_t most : {0U, 1U, 3U, 10U}) {
        const auto ticks = app::ui::time_ticks(std::numeric_limits<std::int64_t>::min(),
                                               std::numeric_limits<std::int64_t>::max(), most);
        EXPECT_LE(ticks.size(), most + 1);
    }
}

}  // namespace
}  // namespace tests::ui
