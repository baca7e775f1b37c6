// Panels that float above the workspace without blocking it, and questions that do block it.
//
// Thread: frame thread, within a frame.
#pragma once

#include <imgui.h>

#include <string_view>

namespace app::ui {

struct Panel {
    bool is_open = false;
    bool wants_front = false;  // opened, or asked for again: it gets the keyboard

    void open() {
        is_open = true;
        wants_front = true;
    }
};

struct PanelLook {
    const char* title = "";          // a literal of ours; also its id
    float width = 0;                 // at scale 1, less where the window is smaller
    float height = 0;                // 0: as high as its contents
    bool esc_leaves_fields = false;  // first; where there is much to type
};
// True: it is in sight, and this is its first frame when `panel.wants_front` still holds; pairs with end_panel() whatever it returns. Esc and
// the cross close it.
[[nodiscard]] bool begin_panel(Panel& panel, const PanelLook& look);
void end_panel(Panel& panel);

// A question that waits for its answer above everything. Call in every frame with whether it is asked now; true: draw what is in it, then end_question().
// `title` is a literal of ours and is drawn; Esc sets `was_left`.
[[nodiscard]] bool begin_question(const char* title, bool is_asked, bool& was_left);
void end_question();
// In a question: a button at the left end of its last line, the others follow by ImGui::SameLine(). The one under the keyboard when it comes up.
enum class Default { kNo, kYes };
bool answer(const char* label, bool is_dangerous, Default is_default);

}  // namespace app::ui
