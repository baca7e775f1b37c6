#include "app/ui/theme.h"

#include "app/ui/workspace.h"

#include <imgui.h>

#include <array>
#include <cmath>
#include <cstddef>

namespace app::ui {

namespace {

constexpr std::size_t kRoles = static_cast<std::size_t>(Role::kError) + 1;

constexpr ImVec4 rgb(unsigned int value) {
    return {static_cast<float>((value >> 16U) & 0xFFU) / 255.0F,
            static_cast<float>((value >> 8U) & 0xFFU) / 255.0F,
            static_cast<float>(value & 0xFFU) / 255.0F, 1.0F};
}

// Text on kPanel, kRaised and kField has a contrast of at least 4.5:1 in every role used for words. Received and sent are blue and
// orange, which every common colour blindness tells apart; each also has its own arrow.
constexpr std::array<ImVec4, kRoles> kDark{
    rgb(0x101318),  // kSurface
    rgb(0x171B21),  // kPanel
    rgb(0x1F252D),  // kRaised
    rgb(0x0F1217),  // kField
    rgb(0x323A45),  // kBorder
    rgb(0xE4E8ED),  // kText
    rgb(0x98A3B0),  // kMuted
    rgb(0x4A5461),  // kFaint
    rgb(0x2F6FE0),  // kAccent
    rgb(0xFFFFFF),  // kAccentText
    rgb(0x63B9F5),  // kReceived
    rgb(0xF0A35E),  // kSent
    rgb(0x57C998),  // kGood
    rgb(0xE8C95A),  // kWarning
    rgb(0xFF7B72),  // kError
};

ImVec4 mix(Role from, Role to, float part) {
    const ImVec4 a = color(from);
    const ImVec4 b = color(to);
    return {a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part, a.z + (b.z - a.z) * part, 1.0F};
}

ImVec4 with_alpha(Role role, float alpha) {
    ImVec4 c = color(role);
    c.w = alpha;
    return c;
}

void set_colors(ImGuiStyle& style) {
    ImVec4* colors = style.Colors;
    const ImVec4 none{0, 0, 0, 0};
    colors[ImGuiCol_Text] = color(Role::kText);
    colors[ImGuiCol_TextDisabled] = color(Role::kMuted);
    colors[ImGuiCol_WindowBg] = color(Role::kPanel);  // and what a frame is cleared with
    colors[ImGuiCol_ChildBg] = none;
    colors[ImGuiCol_PopupBg] = color(Role::kRaised);
    colors[ImGuiCol_MenuBarBg] = color(Role::kSurface);
    colors[ImGuiCol_TitleBg] = color(Role::kRaised);
    colors[ImGuiCol_TitleBgActive] = color(Role::kRaised);
    colors[ImGuiCol_TitleBgCollapsed] = color(Role::kRaised);
    colors[ImGuiCol_Border] = color(Role::kBorder);
    colors[ImGuiCol_BorderShadow] = none;
    colors[ImGuiCol_FrameBg] = color(Role::kField);
    colors[ImGuiCol_FrameBgHovered] = mix(Role::kField, Role::kBorder, 0.35F);
    colors[ImGuiCol_FrameBgActive] = mix(Role::kField, Role::kBorder, 0.35F);
    colors[ImGuiCol_ScrollbarBg] = none;
    colors[ImGuiCol_ScrollbarGrab] = mix(Role::kPanel, Role::kMuted, 0.35F);
    colors[ImGuiCol_ScrollbarGrabHovered] = mix(Role::kPanel, Role::kMuted, 0.6F);
    colors[ImGuiCol_ScrollbarGrabActive] = mix(Role::kPanel, Role::kMuted, 0.8F);
    colors[ImGuiCol_CheckMark] = color(Role::kText);
    colors[ImGuiCol_Button] = mix(Role::kRaised, Role::kBorder, 0.7F);
    colors[ImGuiCol_ButtonHovered] = mix(Role::kBorder, Role::kMuted, 0.2F);
    colors[ImGuiCol_ButtonActive] = mix(Role::kBorder, Role::kMuted, 0.35F);
    colors[ImGuiCol_Header] = with_alpha(Role::kAccent, 0.42F);
    colors[ImGuiCol_HeaderHovered] = with_alpha(Role::kAccent, 0.26F);
    colors[ImGuiCol_HeaderActive] = with_alpha(Role::kAccent, 0.5F);
    colors[ImGuiCol_Separator] = color(Role::kBorder);
    colors[ImGuiCol_SeparatorHovered] = color(Role::kAccent);
    colors[ImGuiCol_SeparatorActive] = color(Role::kAccent);
    colors[ImGuiCol_ResizeGrip] = none;
    colors[ImGuiCol_InputTextCursor] = color(Role::kText);
    colors[ImGuiCol_PlotHistogram] = color(Role::kAccent);
    colors[ImGuiCol_TableHeaderBg] = color(Role::kRaised);
    colors[ImGuiCol_TableBorderStrong] = color(Role::kBorder);
    colors[ImGuiCol_TableBorderLight] = mix(Role::kPanel, Role::kBorder, 0.5F);
    colors[ImGuiCol_TableRowBg] = none;
    colors[ImGuiCol_TableRowBgAlt] = {1.0F, 1.0F, 1.0F, 0.018F};
    colors[ImGuiCol_TextSelectedBg] = with_alpha(Role::kAccent, 0.55F);
    colors[ImGuiCol_NavCursor] = color(Role::kReceived);
    colors[ImGuiCol_ModalWindowDimBg] = {0, 0, 0, 0.5F};
}

}  // namespace

ImVec4 color(Role role) {
    return kDark[static_cast<std::size_t>(role)];
}

ImU32 color_u32(Role role) {
    return ImGui::GetColorU32(color(role));
}

ImU32 tint_u32(Role role, float alpha) {
    return ImGui::GetColorU32(with_alpha(role, alpha));
}

ImU32 mix_u32(Role from, Role to, float part) {
    return ImGui::GetColorU32(mix(from, to, part));
}

float px(float length) {
    return std::round(length * ImGui::GetStyle().FontScaleDpi);
}

void apply_theme(float scale) {
    ImGuiStyle style;
    set_colors(style);
    style.WindowPadding = {kSpace3, kSpace2};
    style.FramePadding = {kSpace2, kSpace1};
    style.ItemSpacing = {kSpace2, kSpace2};
    style.ItemInnerSpacing = {kSpace2, kSpace1};
    style.CellPadding = {6.0F, 3.0F};
    style.ScrollbarSize = 12.0F;
    style.ScrollbarRounding = kRounding;
    style.GrabMinSize = 20.0F;
    style.WindowRounding = 0.0F;
    style.ChildRounding = kRounding;
    style.PopupRounding = kRounding;
    style.FrameRounding = kRounding;
    style.GrabRounding = kRounding;
    style.WindowBorderSize = 0.0F;
    style.ChildBorderSize = 1.0F;
    style.FrameBorderSize = 1.0F;
    style.PopupBorderSize = 1.0F;
    style.DisabledAlpha = 0.5F;
    style.HoverDelayShort = 0.3F;
    style.ScaleAllSizes(scale);
    style.FontSizeBase = kTextSize;
    style.FontScaleDpi = scale;
    ImGui::GetStyle() = style;

    ImGuiIO& io = ImGui::GetIO();
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    io.ConfigInputTextCursorBlink = false;  // a blink is a frame: idle draws none
    io.ConfigWindowsMoveFromTitleBarOnly = true;
    io.ConfigScrollbarScrollByPage = true;
}

}  // namespace app::ui
