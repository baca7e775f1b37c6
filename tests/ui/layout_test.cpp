// Layout facts: nothing outside, nothing on top of another, nothing wider than the place it stands in.
#include <functional>
#include <gtest/gtest.h>
#include <map>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

struct Look {
    const char* name;
    ImVec2 size;
    float scale;
};

class Layout : public testing::TestWithParam<Look> {
  protected:
    // Everything that can be pressed stands within the window and on nothing else of the same region.
    static void expect_tidy(const UiDriver& ui) {
        const ImVec2 window = ImGui::GetIO().DisplaySize;
        std::map<std::string, std::vector<const Item*>> regions;
        for (const Item& item : ui.items()) {
            const bool is_of_ours = item.window.starts_with("Wireloupe") && !item.label.empty();
            const bool lies_over_others = item.label == "##row" ||
                                          item.label.find("Jump to newest") != std::string::npos ||
                                          item.label == "##Bytes" || item.label == "##Log lines" ||
                                          item.label == "##Connection rows" ||
                                          item.window.find("##connections_") != std::string::npos;
            if (!is_of_ours || lies_over_others) continue;
            EXPECT_GE(item.rect.Min.x, 0) << item.label;
            EXPECT_LE(item.rect.Max.x, window.x) << item.label;
            EXPECT_NEAR(item.visible.GetWidth(), item.rect.GetWidth(), 1.0F)
                << item.label << " is clipped at a side";
            regions[item.window].push_back(&item);
        }
        for (const auto& [name, items] : regions) {
            for (std::size_t i = 0; i < items.size(); ++i) {
                for (std::size_t k = i + 1; k < items.size(); ++k) {
                    ImRect overlap = items[i]->rect;
                    overlap.ClipWith(items[k]->rect);
                    const bool is_empty = overlap.GetWidth() <= 0.5F || overlap.GetHeight() <= 0.5F;
                    EXPECT_TRUE(is_empty)
                        << items[i]->label << " and " << items[k]->label << " in " << name;
                }
            }
        }
        // Text has no items: a region whose contents are wider than it is cuts something off, unless it scrolls sideways.
        for (const ImGuiWindow* region : ImGui::GetCurrentContext()->Windows) {
            const bool may_scroll =
                (region->Flags & ImGuiWindowFlags_HorizontalScrollbar) != 0 ||
                (region->Flags & ImGuiWindowFlags_Tooltip) != 0 ||
                std::string_view(region->Name).find("##Send text") != std::string_view::npos;
            if (!region->WasActive || region->SkipItems || may_scroll ||
                !std::string_view(region->Name).starts_with("Wireloupe/"))
                continue;
            EXPECT_LE(region->ContentSize.x, region->WorkRect.GetWidth() + 1.0F) << region->Name;
        }
    }

    static void expect_whole(const UiDriver& ui, std::initializer_list<const char*> labels) {
        for (const char* label : labels) {
            const Item* item = ui.find(label);
            ASSERT_NE(item, nullptr) << label;
            EXPECT_NEAR(item->visible.GetHeight(), item->rect.GetHeight(), 1.0F)
                << label << " is cut";
        }
    }
};

TEST_P(Layout, FirstStart) {
    UiDriver ui(GetParam().size, GetParam().scale);
    expect_tidy(ui);
    expect_whole(ui, {"Address", "Port", "Start", "Filter", "Close", "Abort", "Clear closed",
                      "Send", "Send text", "Collapse", "Target"});
}

TEST_P(Layout, BusyAndWrong) {
    UiDriver ui(GetParam().size, GetParam().scale);
    busy_scene(ui);
    ui.state().send.text = "wrong \\q";
    ui.state().send.is_parsed = false;
    ui.state().clients.cards.back().timeout = "soon";
    ui.frames(4);
    expect_tidy(ui);
    expect_whole(ui, {"Filter", "Close", "Clear closed", "Send", "Send text", "Collapse"});
}

TEST_P(Layout, LedgerTroubleAndPause) {
    UiDriver ui(GetParam().size, GetParam().scale);
    busy_scene(ui);
    ui.fold(net::channel::ReadingPaused{.cause = net::channel::PauseCause::kStorage, .pauses = 3});
    ui.frames(4);
    expect_tidy(ui);
}

TEST_P(Layout, TheBytesHaveRoom) {
    UiDriver ui(GetParam().size, GetParam().scale);
    busy_scene(ui);
    EXPECT_GE(ui.find("Bytes")->rect.GetHeight() / GetParam().scale, 130);
}

INSTANTIATE_TEST_SUITE_P(Sizes,
                         Layout,
                         testing::Values(Look{"Small", {900, 600}, 1.0F},
                                         Look{"Usual", {1280, 800}, 1.0F},
                                         Look{"Quarter", {1600, 1000}, 1.25F},
                                         Look{"Wide", {3840, 2160}, 1.0F},
                                         Look{"Double", {2560, 1440}, 2.0F}),
                         [](const auto& one) { return one.param.name; });

TEST(Layout, SplittersShareTheSpaceAndKeepTheLeast) {
    UiDriver ui;
    const float before = ui.find("Bytes")->rect.Min.x;
    ui.drag({303, 300}, {343, 300});
    EXPECT_NEAR(ui.find("Bytes")->rect.Min.x, before + 40, 4);
    ui.drag({343, 300}, {3, 300});
    EXPECT_NEAR(ui.state().layout.sidebar_width, 240, 1);
    const float log = ui.find("Log lines")->rect.GetHeight();
    ui.drag({700, 639}, {700, 599});
    EXPECT_NEAR(ui.find("Log lines")->rect.GetHeight(), log + 40, 4);
}

TEST(Layout, SurvivesAWindowOfAnySize) {
    UiDriver ui;
    busy_scene(ui);
    for (const ImVec2 size : {ImVec2{1, 1}, ImVec2{50, 30}, ImVec2{200, 900}, ImVec2{2000, 120},
                              ImVec2{640, 400}, ImVec2{7680, 4320}})
        ui.resize(size);
    ui.resize({1280, 800});
    EXPECT_TRUE(ui.has("Send"));
}

}  // namespace
}  // namespace tests::ui
