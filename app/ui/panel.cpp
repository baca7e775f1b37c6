#include "app/ui/panel.h"

#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui_internal.h>

#include <algorithm>

namespace app::ui {

namespace {

constexpr float kQuestionWidth = 480;

ImVec2 most_size() {
    const ImGuiViewport& viewport = *ImGui::GetMainViewport();
    const float margin = 2 * px(kSpace2);
    return {std::max(viewport.WorkSize.x - margin, 1.0F),
            std::max(viewport.WorkSize.y - margin, 1.0F)};
}

// A window that got smaller must not leave a panel outside.
void keep_inside(const char* title) {
    const ImGuiWindow* const window = ImGui::FindWindowByName(title);
    if (window == nullptr || !window->WasActive) return;
    const ImGuiViewport& viewport = *ImGui::GetMainViewport();
    const auto inside = [](float at, float size, float from, float room) {
        return std::max(std::min(at, from + room - size), from);
    };
    const ImVec2 at{inside(window->Pos.x, window->Size.x, viewport.WorkPos.x, viewport.WorkSize.x),
                    inside(window->Pos.y, window->Size.y, viewport.WorkPos.y, viewport.WorkSize.y)};
    if (at.x != window->Pos.x || at.y != window->Pos.y) ImGui::SetNextWindowPos(at);
}

}  // namespace

bool begin_panel(Panel& panel, const PanelLook& look) {
    const ImGuiViewport& viewport = *ImGui::GetMainViewport();
    const ImVec2 most = most_size();
    const float width = std::min(px(look.width), most.x);
    ImGuiWindowFlags flags = ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoCollapse;
    if (look.height == 0) {
        flags |= ImGuiWindowFlags_AlwaysAutoResize;
        ImGui::SetNextWindowSizeConstraints({width, 0}, {width, most.y});
    } else {
        const float height = std::min(px(look.height), most.y);
        ImGui::SetNextWindowSizeConstraints({std::min(px(420), width), std::min(px(300), height)},
                                            most);
        ImGui::SetNextWindowSize({width, height}, ImGuiCond_Appearing);
    }
    ImGui::SetNextWindowPos(viewport.GetCenter(), ImGuiCond_Appearing, {0.5F, 0.5F});
    keep_inside(look.title);
    if (panel.wants_front) ImGui::SetNextWindowFocus();
    ImGui::PushStyleColor(ImGuiCol_WindowBg, color(Role::kPanel));
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(kRounding));
    const bool is_visible = ImGui::Begin(look.title, &panel.is_open, flags);
    ImGui::PopStyleVar(2);
    ImGui::PopStyleColor();
    // Not while a list or a menu of it is open: Esc closes that.
    const ImGuiWindow* const focused = ImGui::GetCurrentContext()->NavWindow;
    const bool is_in_field = look.esc_leaves_fields && ImGui::GetActiveID() != 0;
    if (focused != nullptr && focused->RootWindow == ImGui::GetCurrentWindow() && !is_in_field &&
        ImGui::IsKeyPressed(ImGuiKey_Escape, false))
        panel.is_open = false;
    return is_visible;
}

void end_panel(Panel& panel) {
    panel.wants_front = false;
    ImGui::End();
}

bool begin_question(const char* title, bool is_asked, bool& was_left) {
    if (is_asked && !ImGui::IsPopupOpen(title)) ImGui::OpenPopup(title);
    if (!ImGui::IsPopupOpen(title)) return false;
    const ImVec2 most = most_size();
    const float width = std::min(px(kQuestionWidth), most.x);
    ImGui::SetNextWindowSizeConstraints({width, 0}, {width, most.y});
    ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Always, {0.5F, 0.5F});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2{px(kSpace4), px(kSpace3)});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(kRounding));
    const bool is_visible = ImGui::BeginPopupModal(
        title, nullptr,
        ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings |
            ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove);
    ImGui::PopStyleVar(3);
    if (!is_visible) return false;
    if (!is_asked) {
        ImGui::CloseCurrentPopup();
        ImGui::EndPopup();
        return false;
    }
    // Whoever comes by the mouse shall see as well what Enter would do.
    if (ImGui::IsWindowAppearing()) ImGui::SetNavCursorVisible(true);
    was_left = ImGui::IsKeyPressed(ImGuiKey_Escape, false);
    strong_text(title);
    ImGui::Dummy({0, px(kSpace1)});
    return true;
}

void end_question() {
    ImGui::EndPopup();
}

bool answer(const char* label, bool is_dangerous, Default is_default) {
    const bool is_default_now = is_default == Default::kYes;
    const ButtonKind kind = is_dangerous     ? ButtonKind::kDanger
                            : is_default_now ? ButtonKind::kPrimary
                                             : ButtonKind::kPlain;
    const bool is_pressed = button(label, kind);
    if (is_default_now) ImGui::SetItemDefaultFocus();
    return is_pressed;
}

}  // namespace app::ui
