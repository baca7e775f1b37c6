// What is under way and what came of it, in a strip below the menu: a capture that cannot grow, captures left by a crash, jobs, notices. Nothing to say: no strip.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"
#include "app/session/session.h"
#include "app/ui/desk_actions.h"

#include <optional>

namespace app::ui {

struct DeskStrip {
    bool has_put_off_left = false;  // "Later" to the captures left by a crash
};

// What was pressed there and is the desk's to do.
[[nodiscard]] std::optional<DeskAction> draw_desk_strip(DeskStrip& strip,
                                                        const session::DeskFacts& facts,
                                                        const session::Session& active,
                                                        session::DeskWishes& wishes);

}  // namespace app::ui
