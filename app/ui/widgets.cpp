#include "app/ui/widgets.h"

#include "app/ui/fonts.h"
#include "net/bytes/escapes.h"

#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace app::ui {

namespace {

// One line on a screen; what is longer is cut before it is measured.
constexpr std::size_t kMostLineBytes = 2048;

class Small {
  public:
    Small() { ImGui::PushFont(nullptr, kSmallSize); }
    ~Small() { ImGui::PopFont(); }
    Small(const Small&) = delete;
    Small& operator=(const Small&) = delete;
};

void unformatted(std::string_view words) {
    ImGui::TextUnformatted(words.data(), words.data() + words.size());
}

void colored(std::string_view words, Role role) {
    ImGui::PushStyleColor(ImGuiCol_Text, color(role));
    unformatted(words);
    ImGui::PopStyleColor();
}

ImVec4 lighter(ImVec4 c, float by) {
    return {c.x + (1 - c.x) * by, c.y + (1 - c.y) * by, c.z + (1 - c.z) * by, c.w};
}

constexpr std::array<ImGuiKey, 6> kMovingKeys{ImGuiKey_UpArrow, ImGuiKey_DownArrow,
                                              ImGuiKey_PageUp,  ImGuiKey_PageDown,
                                              ImGuiKey_Home,    ImGuiKey_End};

}  // namespace

void push_id(std::uint64_t id) {
    // As hex digits: in raw bytes three '#' would restart ImGui's hash.
    std::array<char, 16> digits{};
    for (std::size_t i = 0; i < digits.size(); ++i)
        digits[i] = "0123456789abcdef"[(id >> (4 * i)) & 0xFU];
    ImGui::PushID(digits.data(), digits.data() + digits.size());
}

void text(std::string_view words, Role role) {
    colored(words, role);
}

void small_text(std::string_view words, Role role) {
    const Small small;
    colored(words, role);
}

void wrapped_text(std::string_view words, Role role) {
    ImGui::PushTextWrapPos(0.0F);
    colored(words, role);
    ImGui::PopTextWrapPos();
}

void small_wrapped_text(std::string_view words, Role role) {
    const Small small;
    wrapped_text(words, role);
}

float text_width(std::string_view words) {
    return ImGui::CalcTextSize(words.data(), words.data() + words.size()).x;
}

void text_right(std::string_view words, Role role) {
    const float free = ImGui::GetContentRegionAvail().x - text_width(words);
    if (free > 0) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + free);
    colored(words, role);
}

void text_elided(std::string_view words, Role role, float width, std::string_view on_hover) {
    const std::string_view line = words.substr(0, kMostLineBytes);
    const float room = std::max(width > 0 ? width : ImGui::GetContentRegionAvail().x, 1.0F);
    const ImVec2 size = ImGui::CalcTextSize(line.data(), line.data() + line.size());
    if (size.x <= room && line.size() == words.size()) {
        colored(line, role);
        hover_text(on_hover);
        return;
    }
    const ImVec2 at = {
        ImGui::GetCursorScreenPos().x,
        ImGui::GetCursorScreenPos().y + ImGui::GetCurrentWindow()->DC.CurrLineTextBaseOffset};
    ImGui::Dummy({room, ImGui::GetTextLineHeight()});
    ImGui::PushStyleColor(ImGuiCol_Text, color(role));
    ImGui::RenderTextEllipsis(ImGui::GetWindowDrawList(), at,
                              {at.x + room, at.y + ImGui::GetTextLineHeight()}, at.x + room,
                              line.data(), line.data() + line.size(), &size);
    ImGui::PopStyleColor();
    hover_text(on_hover.empty() ? words : on_hover);
}

void strong_text(std::string_view words, Role role) {
    ImGui::PushFont(font(Face::kStrong), kTitleSize);
    colored(words, role);
    ImGui::PopFont();
}

void notice(std::string_view words, Role role) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float room = ImGui::GetContentRegionAvail().x;
    const float inset = px(kSpace2);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::PushFont(nullptr, kSmallSize);
    const ImVec2 size = ImGui::CalcTextSize(words.data(), words.data() + words.size(), false,
                                            room - 2 * inset - px(3));
    const ImVec2 end{at.x + room, at.y + size.y + 2 * px(6)};
    list.AddRectFilled(at, end, tint_u32(role, 0.12F), px(kRounding));
    list.AddRectFilled(at, {at.x + px(3), end.y}, color_u32(role), px(kRounding),
                       ImDrawFlags_RoundCornersLeft);
    ImGui::SetCursorScreenPos({at.x + px(3) + inset, at.y + px(6)});
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + room - 2 * inset - px(3));
    colored(words, Role::kText);
    ImGui::PopTextWrapPos();
    ImGui::PopFont();
    ImGui::SetCursorScreenPos(at);
    ImGui::Dummy({room, end.y - at.y});
}

void hover_text(std::string_view words) {
    if (words.empty()) return;
    if (!ImGui::IsItemHovered(ImGuiHoveredFlags_ForTooltip | ImGuiHoveredFlags_AllowWhenDisabled))
        return;
    if (!ImGui::BeginTooltip()) return;
    ImGui::PushTextWrapPos(px(480));
    colored(words.substr(0, kMostLineBytes), Role::kText);
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

void begin_captioned(const char* caption, float width) {
    if (width <= 0) width = ImGui::GetContentRegionAvail().x;
    ImGui::GetCurrentWindow()->DC.CurrLineTextBaseOffset =
        0;  // beside another field, captions stand at one height
    ImGui::BeginGroup();
    ImGui::PushStyleVarY(ImGuiStyleVar_ItemSpacing, px(2));
    small_text(caption);
    ImGui::PopStyleVar();
    ImGui::SetNextItemWidth(width);
}

void end_captioned() {
    ImGui::EndGroup();
}

void keep_typed_on_escape(const char* id) {
    if (ImGui::IsKeyPressed(ImGuiKey_Escape) && ImGui::GetActiveID() == ImGui::GetID(id))
        ImGui::ClearActiveID();
}

bool text_field(const char* label, std::string& value, const FieldLook& look) {
    std::array<char, 48> id{};
    std::snprintf(id.data(), id.size(), "##%s", label);
    begin_captioned(label, look.width);
    keep_typed_on_escape(id.data());
    const bool is_wrong = !look.error.empty();
    if (is_wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    if (look.is_read_only) {
        ImGui::PushStyleColor(ImGuiCol_FrameBg, color(Role::kRaised));
        ImGui::PushStyleColor(ImGuiCol_Text, color(Role::kMuted));
    }
    const ImGuiInputTextFlags flags =
        look.is_read_only ? ImGuiInputTextFlags_ReadOnly : ImGuiInputTextFlags_None;
    const bool is_edited = ImGui::InputTextWithHint(id.data(), look.hint, &value, flags);
    if (look.is_read_only) {
        // A read-only field in focus has no text of its own in the library; once it may be edited again, what was edited last, elsewhere, would
        // appear in it.
        if (ImGuiInputTextState* state = ImGui::GetInputTextState(ImGui::GetItemID())) {
            state->TextA.resize(static_cast<int>(value.size()) + 1);
            std::memcpy(state->TextA.Data, value.c_str(), value.size() + 1);
        }
        ImGui::PopStyleColor(2);
    }
    if (is_wrong) ImGui::PopStyleColor();
    end_captioned();
    return is_edited;
}

void field_error(std::string_view words) {
    if (words.empty()) return;
    small_wrapped_text(words, Role::kError);
}

float button_width(const char* label) {
    return ImGui::CalcTextSize(label, nullptr, true).x + 2 * ImGui::GetStyle().FramePadding.x;
}

bool button(const char* label, ButtonKind kind, std::string_view why_not, ImVec2 size) {
    int colors = 0;
    const auto push = [&](ImGuiCol slot, ImVec4 value) {
        ImGui::PushStyleColor(slot, value);
        ++colors;
    };
    if (kind == ButtonKind::kPrimary && why_not.empty()) {
        push(ImGuiCol_Button, color(Role::kAccent));
        push(ImGuiCol_ButtonHovered, lighter(color(Role::kAccent), 0.12F));
        push(ImGuiCol_ButtonActive, lighter(color(Role::kAccent), 0.22F));
        push(ImGuiCol_Border, color(Role::kAccent));
        push(ImGuiCol_Text, color(Role::kAccentText));
    } else if (kind == ButtonKind::kQuiet) {
        push(ImGuiCol_Button, {0, 0, 0, 0});
        push(ImGuiCol_Border, {0, 0, 0, 0});
        push(ImGuiCol_Text, color(Role::kMuted));
    } else if (kind == ButtonKind::kDanger && why_not.empty()) {
        push(ImGuiCol_Text, color(Role::kError));
    }
    ImGui::BeginDisabled(!why_not.empty());
    const bool is_pressed = ImGui::Button(label, size);
    ImGui::EndDisabled();
    ImGui::PopStyleColor(colors);
    hover_text(why_not);
    return is_pressed;
}

bool segment(const char* label, bool is_on) {
    ImGui::PushStyleColor(ImGuiCol_Button, is_on ? color(Role::kAccent) : color(Role::kField));
    ImGui::PushStyleColor(ImGuiCol_ButtonHovered,
                          is_on ? color(Role::kAccent) : color(Role::kBorder));
    ImGui::PushStyleColor(ImGuiCol_Text, is_on ? color(Role::kAccentText) : color(Role::kMuted));
    const bool is_pressed = ImGui::Button(label);
    ImGui::PopStyleColor(3);
    return is_pressed;
}

bool begin_whole_window(ImGuiWindowFlags flags) {
    const ImGuiViewport* viewport = ImGui::GetMainViewport();
    ImGui::SetNextWindowPos(viewport->WorkPos);
    ImGui::SetNextWindowSize(viewport->WorkSize);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2{0, 0});
    // Whoever draws the frame clears it with this window's colour: painting it again would be a third of all pixels that software GL fills.
    constexpr ImGuiWindowFlags kFlags =
        ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
        ImGuiWindowFlags_NoScrollWithMouse;
    const bool is_visible = ImGui::Begin("Wireloupe", nullptr, kFlags | flags);
    ImGui::PopStyleVar();
    return is_visible;
}

bool has_keyboard() {
    if (ImGui::GetTopMostPopupModal() != nullptr) return false;
    ImGuiWindow* const focused = ImGui::GetCurrentContext()->NavWindow;
    return focused == nullptr ||
           ImGui::IsWindowChildOf(focused, ImGui::GetCurrentWindow()->RootWindow, true);
}

void keep_ctrl_enter_off_buttons() {
    if (!ImGui::GetIO().KeyCtrl) return;
    if (!ImGui::IsKeyDown(ImGuiKey_Enter) && !ImGui::IsKeyDown(ImGuiKey_KeypadEnter)) return;
    ImGuiContext& context = *ImGui::GetCurrentContext();
    context.NavActivateId = 0;
    context.NavActivateDownId = 0;
    context.NavActivatePressedId = 0;
    context.NavHighlightActivatedId = 0;
}

bool begin_region(
    const char* id, ImVec2 size, Role background, bool has_padding, ImGuiWindowFlags flags) {
    ImGui::PushStyleColor(ImGuiCol_ChildBg, color(background));
    if (!has_padding) ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2{0, 0});
    const bool is_visible = ImGui::BeginChild(
        id, size, ImGuiChildFlags_NavFlattened | ImGuiChildFlags_AlwaysUseWindowPadding,
        flags | ImGuiWindowFlags_NoSavedSettings);
    if (!has_padding) ImGui::PopStyleVar();
    ImGui::PopStyleColor();
    return is_visible;
}

void end_region() {
    ImGui::EndChild();
}

bool begin_card(const char* id) {
    ImGui::PushStyleColor(ImGuiCol_ChildBg, color(Role::kRaised));
    const bool is_visible = ImGui::BeginChild(
        id, {0, 0},
        ImGuiChildFlags_NavFlattened | ImGuiChildFlags_Borders | ImGuiChildFlags_AutoResizeY,
        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoScrollbar |
            ImGuiWindowFlags_NoScrollWithMouse);
    ImGui::PopStyleColor();
    return is_visible;
}

void end_card() {
    ImGui::EndChild();
}

void splitter(const char* id,
              const ImVec2& from,
              const ImVec2& to,
              Split split,
              float* first,
              float* second,
              float least_first,
              float least_second) {
    const ImRect rect(from, to);
    const ImGuiID item = ImGui::GetID(id);
    ImGui::PushStyleColor(ImGuiCol_Separator, ImVec4{0, 0, 0, 0});
    ImGui::SplitterBehavior(rect, item, split == Split::kSideBySide ? ImGuiAxis_X : ImGuiAxis_Y,
                            first, second, least_first, least_second, px(1), 0.06F);
    ImGui::PopStyleColor();
}

FocusStop focus_stop(const char* id, const ImVec2& from, const ImVec2& to, bool takes_mouse) {
    const ImRect rect(from, to);
    FocusStop stop{.id = ImGui::GetID(id), .is_focused = false, .is_hovered = false};
    if (takes_mouse) ImGui::SetNextItemAllowOverlap();
    if (!ImGui::ItemAdd(rect, stop.id)) return stop;
    [[maybe_unused]] ImGuiContext& g = *ImGui::GetCurrentContext();  // for the macro
    IMGUI_TEST_ENGINE_ITEM_INFO(stop.id, id, ImGui::GetItemStatusFlags());
    if (takes_mouse) {
        bool is_held = false;
        ImGui::ButtonBehavior(rect, stop.id, &stop.is_hovered, &is_held,
                              ImGuiButtonFlags_PressedOnClick);
    }
    stop.is_focused = ImGui::IsItemFocused();
    if (stop.is_focused) {
        // Claimed in this frame, so ImGui's navigation finds an owner in the next one.
        for (const ImGuiKey key : kMovingKeys)
            ImGui::SetKeyOwner(key, stop.id);
    }
    return stop;
}

void take_focus(const FocusStop& stop) {
    ImGuiWindow* const window = ImGui::GetCurrentWindow();
    ImGui::ClearActiveID();
    ImGui::FocusWindow(window);
    ImGui::SetFocusID(stop.id, window);
    ImGui::SetNavCursorVisible(true);
}

void let_go_of_focus() {
    ImGui::ClearActiveID();
    ImGui::GetCurrentContext()->NavId = 0;
}

bool key_pressed(const FocusStop& stop, ImGuiKey key) {
    return stop.is_focused && ImGui::IsKeyPressed(key, ImGuiInputFlags_Repeat, stop.id);
}

void name_last_item([[maybe_unused]] const char* name) {
    [[maybe_unused]] ImGuiContext& g = *ImGui::GetCurrentContext();  // for the macro
    IMGUI_TEST_ENGINE_ITEM_INFO(ImGui::GetItemID(), name, ImGui::GetItemStatusFlags());
}

void arrow_shape(ImDrawList& list, ImVec2 at, float size, bool points_right, ImU32 tint) {
    const float half = size * 0.5F;
    const float head = std::round(size * 0.36F);
    const float tip = points_right ? at.x + size : at.x;
    const float tail = points_right ? at.x : at.x + size;
    const float back = points_right ? tip - head : tip + head;
    const float y = at.y + half;
    list.AddLine({tail, y}, {back, y}, tint, std::max(1.0F, std::round(size / 8)));
    if (points_right) {
        list.AddTriangleFilled({tip, y}, {back, y - head * 0.8F}, {back, y + head * 0.8F}, tint);
    } else {
        list.AddTriangleFilled({tip, y}, {back, y + head * 0.8F}, {back, y - head * 0.8F}, tint);
    }
}

void draw_text(ImDrawList& list, ImVec2 at, ImU32 tint, std::string_view words) {
    if (words.empty()) return;
    list.AddText(at, tint, words.data(), words.data() + words.size());
    log_text(at, words);
}

void log_text(ImVec2 at, std::string_view words) {
    if (!ImGui::GetCurrentContext()->LogEnabled) return;
    ImGui::LogRenderedText(&at, words.data(), words.data() + words.size());
}

}  // namespace app::ui
