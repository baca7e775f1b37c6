// The log: when, whose, what, newest below.
//
// Thread: frame thread. Only the lines in sight cost anything.
#pragma once

#include "app/session/session.h"
#include "app/ui/frame_info.h"
#include "app/ui/row_scroll.h"

#include <cstdint>

namespace app::ui {

struct LogPanel {
    bool is_collapsed = false;
    RowScroll scroll;
    std::uint64_t dropped = 0;  // lines that had left the log when `scroll` was last set
    bool wants_focus = false;
    bool has_focus = false;
};

void draw_log_panel(const session::Session& session, LogPanel& panel);

}  // namespace app::ui
