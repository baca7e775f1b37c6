// The data inspector, by mouse and keyboard.
#include "app/ui/inspector_panel.h"

#include "app/ui/widgets.h"

#include <gtest/gtest.h>
#include <optional>

#include "tests/net/bytes/random_text.h"
#include "tests/ui/ui_driver.h"

namespace tests::ui {
namespace {

class InspectorPanel : public testing::Test {
  protected:
    UiDriver ui{{520, 700}};
    app::ui::InspectorPanel panel;
    std::vector<std::uint8_t> bytes{0x2A, 0x00, 0x01, 0x80, 0xFF, 0xFE};
    std::optional<std::uint32_t> chosen;

    void SetUp() override {
        ui.instead_of_desk = [this] {
            app::ui::begin_whole_window(0);
            if (const auto one = app::ui::draw_inspector_panel(panel, bytes)) chosen = one;
            ImGui::End();
        };
        ui.frames(3);
    }
    static std::string clipboard() { return ImGui::GetClipboardText(); }
};

TEST_F(InspectorPanel, ShowsTheValuesInBothOrders) {
    EXPECT_TRUE(ui.sees("Little endian"));
    EXPECT_TRUE(ui.sees("10752"));       // 2a 00, big endian
    EXPECT_TRUE(ui.sees("2147549226"));  // uint32, little endian
    EXPECT_TRUE(ui.sees("2a:00:01:80:ff:fe"));
    EXPECT_TRUE(ui.sees("0010 1010"));
    EXPECT_TRUE(ui.sees("U+002A *"));
}

TEST_F(InspectorPanel, FollowsTheBytes) {
    bytes = {0x39, 0x30};
    ui.frames(2);
    EXPECT_TRUE(ui.sees("12345"));
    EXPECT_FALSE(ui.sees("2a:00:01:80:ff:fe")) << "six bytes are not there any more";
    bytes.clear();
    ui.frames(2);
    EXPECT_TRUE(ui.sees("Click a byte"));
}

TEST_F(InspectorPanel, AClickOnARowSaysHowManyBytesItCovers) {
    ui.click("uint32");
    EXPECT_EQ(chosen, 4U);
    ui.click("MAC");
    EXPECT_EQ(chosen, 6U);
    chosen.reset();
    ui.click("uint64");
    EXPECT_EQ(chosen, std::nullopt) << "too few bytes for that";
    bytes = {0xE5, 0x8E, 0x26};
    ui.frames(2);
    ui.click("LEB128 unsigned");
    EXPECT_EQ(chosen, 3U);
}

TEST_F(InspectorPanel, TheMenuCopiesAValue) {
    ui.right_click("uint16");
    ui.click("Copy big endian");
    EXPECT_EQ(clipboard(), "10752");
    ui.right_click("MAC");
    ui.click("Copy");
    EXPECT_EQ(clipboard(), "2a:00:01:80:ff:fe");
    ui.right_click("uint64");
    EXPECT_FALSE(ui.is_enabled("Copy big endian"));
}

TEST_F(InspectorPanel, TheKeyboardDoesTheSame) {
    ui.click("uint16");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_C);
    EXPECT_EQ(clipboard(), "42");
    ui.press(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_C);
    EXPECT_EQ(clipboard(), "10752");
}

TEST_F(InspectorPanel, AnyBytesAreDrawnAtAnyWidth) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        bytes = random_text(seed, seed % 20);
        ui.resize({80.0F + static_cast<float>(seed) * 10, 300});
        ui.frames(1);
    }
}

}  // namespace
}  // namespace tests::ui
