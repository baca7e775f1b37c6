#include "app/ui/menu_bar.h"

#include "app/ui/file_rows.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>

namespace app::ui {

namespace {

struct Bar {
    const session::DeskFacts& facts;
    const session::Session& active;
    MenuPress press{};

    void item(const char* label, const char* key, DeskAction action) {
        const std::string_view why = why_not(action, facts, active);
        if (ImGui::MenuItem(label, key, false, why.empty())) press.action = action;
        hover_text(why);
    }
};

void draw_recent(Bar& bar) {
    const std::vector<std::string>& recent = bar.facts.settings.recent;
    if (!ImGui::BeginMenu("Open recent", !recent.empty())) return;
    for (std::size_t i = 0; i < recent.size(); ++i)
        if (path_choice(i, recent[i])) bar.press.recent = recent[i];
    ImGui::EndMenu();
}

void draw_file_menu(Bar& bar) {
    bar.item("Open ...", "Ctrl+O", DeskAction::kOpen);
    draw_recent(bar);
    bar.item("Earlier captures ...", nullptr, DeskAction::kEarlier);
    ImGui::Separator();
    bar.item("Save", "Ctrl+S", DeskAction::kSave);
    bar.item("Save as ...", "Ctrl+Shift+S", DeskAction::kSaveAs);
    bar.item("Export ...", "Ctrl+E", DeskAction::kExport);
    ImGui::Separator();
    bar.item("Open session file ...", nullptr, DeskAction::kOpenSession);
    bar.item("Save session file ...", nullptr, DeskAction::kSaveSession);
    ImGui::Separator();
    if (why_not(DeskAction::kNewLive, bar.facts, bar.active).empty())
        bar.item("New live session", nullptr, DeskAction::kNewLive);
    bar.item("Close", "Ctrl+W", DeskAction::kClose);
    bar.item("Quit", "Ctrl+Q", DeskAction::kQuit);
}

void draw_capture_menu(Bar& bar) {
    bar.item("Continue in another file ...", nullptr, DeskAction::kMove);
    bar.item("Discard and go on ...", nullptr, DeskAction::kDrop);
    ImGui::Separator();
    bar.item("Settings ...", nullptr, DeskAction::kSettings);
}

// At the right: which capture this is, where there are no tabs to say so.
void draw_document_words(const session::DeskFacts& facts) {
    if (facts.documents.size() != 1) return;
    const session::DocumentFact& document = active_document(facts);
    std::string words = document.title;
    if (document.has_unsaved) words += ", not saved";
    const float room = ImGui::GetContentRegionAvail().x - px(kSpace3);
    const float whole = text_width(words);
    const float width = std::min(whole, room - px(kSpace4));
    if (width < std::min(whole, px(60))) return;
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room - width);
    text_elided(words, Role::kMuted, width + 1, document.path);
}

}  // namespace

MenuPress draw_menu_bar(const session::DeskFacts& facts,
                        const session::Session& active,
                        bool opens) {
    Bar bar{.facts = facts, .active = active};
    if (!ImGui::BeginMenuBar()) return bar.press;
    if (opens) {
        // The keyboard comes from there when an arrow goes on to the next menu.
        ImGui::SetNavID(ImGui::GetID("File"), ImGuiNavLayer_Menu, 0, ImRect());
        ImGui::SetNavCursorVisible(true);
        ImGui::OpenPopup("File");
    }
    if (ImGui::BeginMenu("File")) {
        draw_file_menu(bar);
        ImGui::EndMenu();
    }
    if (ImGui::BeginMenu("Capture")) {
        draw_capture_menu(bar);
        ImGui::EndMenu();
    }
    draw_document_words(facts);
    ImGui::EndMenuBar();
    return bar.press;
}

}  // namespace app::ui
