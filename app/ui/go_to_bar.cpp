#include "app/ui/go_to_bar.h"

#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <array>
#include <utility>

namespace app::ui {

namespace {

struct KindLook {
    GoToKind kind;
    const char* name;
    const char* hint;
};
constexpr std::array<KindLook, 4> kKinds{
    {{GoToKind::kOffset, "Offset###goto offset", "4096, 0x1000"},
     {GoToKind::kRow, "Row###goto row", "1"},
     {GoToKind::kRead, "Read###goto read", "1"},
     {GoToKind::kTime, "Time###goto time", "14:02:33.5, +1.5"}}};

}  // namespace

std::optional<std::uint64_t> draw_go_to_bar(GoToBar& bar, std::int64_t first_ns) {
    if (!bar.is_open) return std::nullopt;
    std::optional<std::uint64_t> asked;
    ImGui::AlignTextToFramePadding();
    text("Go to", Role::kMuted);
    const char* hint = "";
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    for (const KindLook& look : kKinds) {
        ImGui::SameLine();
        if (segment(look.name, bar.kind == look.kind)) {
            bar.kind = look.kind;
            bar.wants_focus = true;
            bar.error.clear();
        }
        if (bar.kind == look.kind) hint = look.hint;
    }
    ImGui::PopStyleVar();
    ImGui::SameLine(0, px(kSpace2));
    ImGui::SetNextItemWidth(px(220));
    if (std::exchange(bar.wants_focus, false)) ImGui::SetKeyboardFocusHere();
    const bool is_wrong = !bar.error.empty();
    if (is_wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    const bool is_entered = ImGui::InputTextWithHint(
        "##Go to place", hint, &bar.typed,
        ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    if (is_wrong) ImGui::PopStyleColor();
    const bool is_escaped = ImGui::IsItemFocused() && ImGui::IsKeyPressed(ImGuiKey_Escape, false);
    ImGui::SameLine(0, px(kSpace2));
    if (button("Go###go") || is_entered) {
        bar.error.clear();
        const auto parsed = parse_go_to(bar.kind, bar.typed, first_ns);
        if (parsed)
            asked = *parsed;
        else
            bar.error = parsed.error.message;
        if (is_entered && !parsed) bar.wants_focus = true;
    }
    ImGui::SameLine();
    if (button("Close###close go to", ButtonKind::kQuiet) || is_escaped) bar.is_open = false;
    if (!bar.error.empty()) {
        ImGui::SameLine(0, px(kSpace2));
        text_elided(bar.error, Role::kError);
    }
    return asked;
}

}  // namespace app::ui
