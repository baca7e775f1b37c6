// What several panels draw: text that came from anywhere, fields that say what is wrong, buttons that say why not, splitters, focus stops.
//
// Text is never a format string. Text from outside is never a label or an id: labels here are literals of ours, ids are numbers (push_id).
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/theme.h"

#include <imgui.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace app::ui {

// ImGui has no 64-bit PushID(); pairs with ImGui::PopID().
void push_id(std::uint64_t id);

// ---- Words ----

void text(std::string_view words, Role role = Role::kText);
void small_text(std::string_view words, Role role = Role::kMuted);
void wrapped_text(std::string_view words, Role role = Role::kText);
void small_wrapped_text(std::string_view words, Role role = Role::kMuted);
// Against the right edge of the cell or region in which the cursor is.
void text_right(std::string_view words, Role role = Role::kText);
// On one line of the width that is left (or `width`), its end as "..." where it does not fit; then whole on hover, or `on_hover` always.
void text_elided(std::string_view words,
                 Role role = Role::kText,
                 float width = 0,
                 std::string_view on_hover = {});
void strong_text(std::string_view words, Role role = Role::kText);
// In a box with a coloured edge, wrapped.
void notice(std::string_view words, Role role);
// Over the last item, after the usual delay; also over disabled ones. Empty: nothing.
void hover_text(std::string_view words);
[[nodiscard]] float text_width(std::string_view words);

// ---- Fields and buttons ----

struct FieldLook {
    const char* hint = "";
    std::string_view error =
        {};  // outlined while there is one; the words are the caller's to place: field_error()
    bool is_read_only = false;
    float width = 0;  // 0: all that is left
};
// A caption over an input of one line. `label` is the caption and, as "##label", the input's id. True: edited.
bool text_field(const char* label, std::string& value, const FieldLook& look);
// A caption over something else of that width (0: all that is left), at the height of text_field()'s. Pairs with end_captioned().
void begin_captioned(const char* caption, float width = 0);
void end_captioned();
// Before an input of this id: Esc leaves it as any other key that does. ImGui would throw away what was typed.
void keep_typed_on_escape(const char* id);
// What is wrong, in words, under the field. Empty: nothing is drawn.
void field_error(std::string_view words);

enum class ButtonKind { kPlain, kPrimary, kQuiet, kDanger };
// `why_not` empty: enabled; else greyed, and the words are told on hover.
bool button(const char* label,
            ButtonKind kind = ButtonKind::kPlain,
            std::string_view why_not = {},
            ImVec2 size = {0, 0});
// Buttons side by side of which one holds.
bool segment(const char* label, bool is_on);
[[nodiscard]] float button_width(const char* label);

// ---- Regions ----

// The window that fills the display; pairs with ImGui::End() whatever it returns. False: nothing of it can be seen.
bool begin_whole_window(ImGuiWindowFlags flags);
// The keyboard belongs to the window being drawn: no panel above it has it, and no question waits.
[[nodiscard]] bool has_keyboard();
// Ctrl+Enter sends, wherever the focus is. To ImGui it is an Enter like any other, which presses the focused button; before anything has been
// submitted in a frame, that can still be taken back.
void keep_ctrl_enter_off_buttons();

// A child region that shares the keyboard's Tab order with its parent. Pairs with end_region() whatever it returns.
bool begin_region(const char* id,
                  ImVec2 size,
                  Role background,
                  bool has_padding = true,
                  ImGuiWindowFlags flags = 0);
void end_region();
// A raised box as high as its contents.
bool begin_card(const char* id);
void end_card();

enum class Split { kSideBySide, kStacked };
// Two neighbours share a length; the gap between them can be dragged. `first` and `second` are in pixels and change.
void splitter(const char* id,
              const ImVec2& from,
              const ImVec2& to,
              Split split,
              float* first,
              float* second,
              float least_first,
              float least_second);

// An area that takes the keyboard focus as a whole and, while it has it, the arrow, page, Home and End keys (ImGui's own navigation would
// move on to the next widget). `area` is drawn over by others later; with `takes_mouse` a click focuses it.
struct FocusStop {
    ImGuiID id = 0;
    bool is_focused = false;
    bool is_hovered = false;  // only with takes_mouse
};
FocusStop focus_stop(const char* id, const ImVec2& from, const ImVec2& to, bool takes_mouse);
// Gives `stop`, submitted just now in this window, the keyboard; what was being typed elsewhere ends.
void take_focus(const FocusStop& stop);
// Before SetKeyboardFocusHere() for something else: ImGui drops such a request when the item that has the focus is submitted after it, in another window.
void let_go_of_focus();
// Pressed or repeating while `stop` is focused.
[[nodiscard]] bool key_pressed(const FocusStop& stop, ImGuiKey key);

// A name by which a test finds the item submitted last, where ImGui gives it none (combos, table headings). Nothing in the program.
void name_last_item(const char* name);

// ---- Shapes that need no font ----

void arrow_shape(ImDrawList& list, ImVec2 at, float size, bool points_right, ImU32 tint);

// Text put straight into a draw list at a place (rows of our own). ImGui's text log gets it as well, as from a widget.
void draw_text(ImDrawList& list, ImVec2 at, ImU32 tint, std::string_view words);
// Only the log's share of that.
void log_text(ImVec2 at, std::string_view words);

}  // namespace app::ui
