// Captures that earlier runs have left in the default folder: to look at, or to throw away.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"
#include "app/ui/panel.h"

#include <string>

namespace app::ui {

struct LeftPanel {
    Panel panel;
};

void open_left(LeftPanel& panel, session::DeskWishes& wishes);
// The path of the one that is to be discarded: ask first. Empty: none.
[[nodiscard]] std::string draw_left_panel(LeftPanel& panel,
                                          const session::DeskFacts& facts,
                                          session::DeskWishes& wishes);

}  // namespace app::ui
