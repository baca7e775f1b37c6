// The box in which text or hex is typed: its hint, the mark under what is wrong, and what keys do in it.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/composer.h"

#include <imgui.h>

#include <string_view>

namespace app::ui {

struct BoxTurn {
    bool is_edited = false;
    bool is_entered = false;   // Enter, with nothing held: to be sent
    bool wants_older = false;  // Up in the first line, Down in the last
    bool wants_newer = false;
    bool has_focus = false;
};

// `takes_focus`: it gets the keyboard.
[[nodiscard]] BoxTurn draw_send_box(Composer& composer, float height, bool takes_focus);
// Where the cursor was last; at the end where there was none. The box shows it when it is drawn next.
void insert_into_box(Composer& composer, std::string_view text);
// The composer's text is another one now; what is being edited is that one from the next frame on, the cursor at its end.
void reload_box();

}  // namespace app::ui
