// Layout facts: nothing outside, nothing on top of another, nothing wider than the place it stands in.
#include <functional>
#include <gtest/gtest.h>
#include <map>

#include "tests/ui/desk_scenes.h"
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
            const bool lies_over_others = item.label == "##row" || item.label == "##tab" ||
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
    ui.state().send.composer.typed.text = "wrong \\q";
    ui.state().send.composer.is_read = false;
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

// A panel or a question stands within the window, and everything in it within the panel.
void expect_panel_tidy(const UiDriver& ui, const char* window_name) {
    const ImVec2 window = ImGui::GetIO().DisplaySize;
    int found = 0;
    for (const Item& item : ui.items()) {
        const bool is_its_own = item.window.find(window_name) != std::string::npos &&
                                item.window.find("##files") == std::string::npos &&
                                !item.label.empty() && item.label[0] != '#';
        if (!is_its_own) continue;
        ++found;
        EXPECT_GE(item.rect.Min.x, 0) << item.label;
        EXPECT_GE(item.rect.Min.y, 0) << item.label;
        EXPECT_LE(item.rect.Max.x, window.x) << item.label;
        EXPECT_LE(item.rect.Max.y, window.y) << item.label;
        EXPECT_NEAR(item.visible.GetWidth(), item.rect.GetWidth(), 1.0F) << item.label;
        EXPECT_NEAR(item.visible.GetHeight(), item.rect.GetHeight(), 1.0F) << item.label;
    }
    EXPECT_GE(found, 2) << "nothing of " << window_name << " was found";
    const ImGuiWindow* panel = nullptr;
    for (const ImGuiWindow* one : ImGui::GetCurrentContext()->Windows)
        if (one->WasActive &&
            std::string_view(one->Name).find(window_name) != std::string_view::npos &&
            (one->Flags & ImGuiWindowFlags_ChildWindow) == 0)
            panel = one;
    ASSERT_NE(panel, nullptr) << window_name;
    EXPECT_LE(panel->ContentSize.x, panel->WorkRect.GetWidth() + 1.0F) << window_name;
    EXPECT_FALSE(panel->ScrollbarY) << window_name << " has to be scrolled";
}

TEST_P(Layout, TabsAndStrip) {
    UiDriver ui(GetParam().size, GetParam().scale);
    busy_scene(ui);
    add_saved_document(ui, "a capture with a long name, as they are.pcapng");
    ui.desk_facts.jobs = {
        {.id = session::JobId{1}, .label = "Saving to /x.pcapng", .progress = 0.5}};
    ui.desk_facts.notices = {
        {.id = 1, .severity = session::Severity::kError, .text = std::string(200, 'w')}};
    ui.change_desk();
    ui.frames(4);
    expect_tidy(ui);
    expect_whole(ui, {"Filter", "Send", "Send text", "Cancel"});
}

TEST_P(Layout, FullDisk) {
    UiDriver ui(GetParam().size, GetParam().scale);
    busy_scene(ui);
    ui.fold(net::channel::ReadingPaused{.cause = net::channel::PauseCause::kStorage, .pauses = 3});
    ui.frames(4);
    expect_tidy(ui);
    expect_whole(ui, {"Save elsewhere ...", "Discard the capture and go on ...", "Settings ...",
                      "Filter", "Send", "Send text"});
    ui.click("Discard the capture and go on ...");
    expect_panel_tidy(ui, "Discard the capture and go on?");
}

TEST_P(Layout, Panels) {
    UiDriver ui(GetParam().size, GetParam().scale);
    busy_scene(ui);
    open_chooser(ui, "/captures", usual_files());
    expect_panel_tidy(ui, "###chooser");
    ui.press(ImGuiKey_Escape);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.fill("Name", "one");
    ui.press(ImGuiKey_Enter);
    expect_panel_tidy(ui, "###chooser");
    ui.press(ImGuiKey_Escape);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    ui.click("CSV");
    expect_panel_tidy(ui, "###export");
    ui.press(ImGuiKey_Escape);
    ui.click("Capture");
    ui.click("Settings ...");
    ui.click("Keep only the newest files (a ring)");
    ui.fill("Files", "");
    ui.fill("MiB each", "x");
    expect_panel_tidy(ui, "###settings");
    ui.press(ImGuiKey_Escape);
    ui.desk_facts.left = {{.path = "/state/" + std::string(60, 'w') + ".pcapng",
                           .bytes = 1,
                           .left_over_bytes = 12345}};
    ui.change_desk();
    ui.click("File");
    ui.click("Earlier captures ...");
    expect_panel_tidy(ui, "###earlier");
}

TEST_P(Layout, TheQuestionOfQuitting) {
    UiDriver ui(GetParam().size, GetParam().scale);
    ui.desk_facts.documents[0].has_unsaved = true;
    ui.desk_facts.documents[0].path = "/home/me/" + std::string(150, 'w');
    ui.desk_facts.quit = session::QuitState::kAsking;
    ui.change_desk();
    ui.frames(4);
    expect_panel_tidy(ui, "Save the capture before quitting?");
}

INSTANTIATE_TEST_SUITE_P(Sizes,
                         Layout,
                         testing::Values(Look{"Small", {900, 600}, 1.0F},
                                         Look{"Usual", {1280, 800}, 1.0F},
                                         Look{"Quarter", {1600, 1000}, 1.25F},
                                         Look{"Half", {1350, 900}, 1.5F},
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
