#include "app/ui/send_box.h"

#include "app/ui/fonts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <string>

namespace app::ui {

namespace {

constexpr const char* kBox = "##Send text";

struct Place {
    std::size_t line = 0;  // from 0
    std::size_t line_begin = 0;
};

Place place_of(std::string_view text, std::size_t offset) {
    Place place;
    for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
        if (text[i] != '\n') continue;
        ++place.line;
        place.line_begin = i + 1;
    }
    return place;
}

// The text area of the input drawn last: a child window of its own, which scrolls.
ImGuiWindow* text_area() {
    ImGuiWindow* const panel = ImGui::GetCurrentWindow();
    return panel->DC.ChildWindows.empty() ? nullptr : panel->DC.ChildWindows.back();
}

// InputTextMultiline() has no hint of its own.
void draw_hint(std::string_view words) {
    ImGuiWindow* const area = text_area();
    if (area == nullptr) return;
    const ImVec2 padding = ImGui::GetStyle().FramePadding;
    area->DrawList->PushClipRect(area->InnerClipRect.Min, area->InnerClipRect.Max, true);
    draw_text(*area->DrawList,
              {area->InnerRect.Min.x + padding.x, area->InnerRect.Min.y + padding.y},
              color_u32(Role::kMuted), words);
    area->DrawList->PopClipRect();
}

// A mark under the wrong part, inside the input.
void mark_error(std::string_view text, const net::bytes::ParseError& error) {
    ImGuiWindow* const area = text_area();
    if (area == nullptr) return;
    const std::size_t offset = std::min(error.offset, text.size());
    const Place place = place_of(text, offset);
    const std::string_view before = text.substr(place.line_begin, offset - place.line_begin);
    std::string_view wrong = text.substr(offset, std::max<std::size_t>(error.length, 1));
    wrong = wrong.substr(0, wrong.find('\n'));
    const ImVec2 padding = ImGui::GetStyle().FramePadding;
    const float line = ImGui::GetFontSize();
    const float x = area->InnerRect.Min.x + padding.x - area->Scroll.x + text_width(before);
    const float y =
        area->InnerRect.Min.y + padding.y - area->Scroll.y + line * static_cast<float>(place.line);
    const float width = std::max(wrong.empty() ? 0.0F : text_width(wrong), px(6));
    area->DrawList->PushClipRect(area->InnerClipRect.Min, area->InnerClipRect.Max, true);
    area->DrawList->AddRectFilled({x, y}, {x + width, y + line}, tint_u32(Role::kError, 0.28F),
                                  px(2));
    area->DrawList->AddRectFilled({x, y + line - px(2)}, {x + width, y + line},
                                  color_u32(Role::kError));
    area->DrawList->PopClipRect();
}

// Null while it is not being edited.
ImGuiInputTextState* editing(ImGuiID id) {
    return ImGui::GetActiveID() == id ? ImGui::GetInputTextState(id) : nullptr;
}

void take_history_keys(std::string_view text, const ImGuiInputTextState& state, BoxTurn& turn) {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.KeyShift || io.KeyCtrl || io.KeyAlt) return;
    const std::size_t at =
        std::min(static_cast<std::size_t>(std::max(state.GetCursorPos(), 0)), text.size());
    turn.wants_older = ImGui::IsKeyPressed(ImGuiKey_UpArrow) &&
                       text.substr(0, at).find('\n') == std::string_view::npos;
    turn.wants_newer = ImGui::IsKeyPressed(ImGuiKey_DownArrow) &&
                       text.substr(at).find('\n') == std::string_view::npos;
}

}  // namespace

BoxTurn draw_send_box(Composer& composer, float height, bool takes_focus) {
    BoxTurn turn;
    if (takes_focus) ImGui::SetKeyboardFocusHere();
    const ImGuiID id = ImGui::GetID(kBox);
    const ImGuiIO& io = ImGui::GetIO();
    // Esc leaves the box as any other key that does; ImGui would throw away what was typed.
    if (ImGui::IsKeyPressed(ImGuiKey_Escape) && ImGui::GetActiveID() == id) ImGui::ClearActiveID();
    if (const ImGuiInputTextState* const state = editing(id)) {
        const bool is_enter = ImGui::IsKeyPressed(ImGuiKey_Enter, false) ||
                              ImGui::IsKeyPressed(ImGuiKey_KeypadEnter, false);
        turn.is_entered = is_enter && !io.KeyShift && !io.KeyCtrl && !io.KeyAlt;
        take_history_keys(composer.typed.text, *state, turn);
    }
    ImGui::PushFont(font(Face::kBytes), kBytesSize);
    const bool was_wrong =
        composer.is_read && !composer.parsed.composition && !composer.parsed.error_is_in_ending;
    if (was_wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    // Enter sends, with Shift it is a line break; the library knows only the one with Ctrl.
    const ImGuiInputTextFlags flags = io.KeyShift || io.KeyCtrl
                                          ? ImGuiInputTextFlags_None
                                          : ImGuiInputTextFlags_CtrlEnterForNewLine;
    turn.is_edited =
        ImGui::InputTextMultiline(kBox, &composer.typed.text, {-FLT_MIN, height}, flags);
    if (turn.is_edited) composer.is_read = false;
    turn.has_focus = ImGui::IsItemFocused() || ImGui::IsItemActive();
    if (was_wrong) ImGui::PopStyleColor();
    if (composer.typed.text.empty() && !ImGui::IsItemActive())
        draw_hint(composer.typed.is_hex
                      ? "Pairs of hex digits to send, as in 48 65 6c 6c 6f"
                      : "Text to send; \\r \\n \\t \\0 \\\\ and \\xNN are escapes");
    if (was_wrong && composer.is_read)
        mark_error(composer.typed.text, composer.parsed.composition.error);
    ImGui::PopFont();
    return turn;
}

void insert_into_box(Composer& composer, std::string_view text) {
    std::string& typed = composer.typed.text;
    std::size_t at = typed.size();
    if (const ImGuiInputTextState* const state = ImGui::GetInputTextState(ImGui::GetID(kBox)))
        at = std::min(static_cast<std::size_t>(std::max(state->GetCursorPos(), 0)), typed.size());
    // The text may be another one since: never into the middle of a character.
    while (at > 0 && at < typed.size() && (static_cast<unsigned char>(typed[at]) & 0xC0U) == 0x80U)
        --at;
    typed.insert(at, text);
    composer.is_read = false;
}

void reload_box() {
    if (ImGuiInputTextState* const state = editing(ImGui::GetID(kBox)))
        state->ReloadUserBufAndMoveToEnd();
}

}  // namespace app::ui
