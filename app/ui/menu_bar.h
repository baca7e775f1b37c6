// The menu bar: everything that concerns the window as a whole, with its keys and, where it cannot be done, why.
//
// Thread: frame thread, within the window that has the bar.
#pragma once

#include "app/session/desk.h"
#include "app/session/session.h"
#include "app/ui/desk_actions.h"

#include <optional>
#include <string>

namespace app::ui {

struct MenuPress {
    std::optional<DeskAction> action;
    std::optional<std::string> recent;  // a capture of the list of recent ones
};

// `opens`: the first menu comes down, under the keyboard (F10).
[[nodiscard]] MenuPress draw_menu_bar(const session::DeskFacts& facts,
                                      const session::Session& active,
                                      bool opens);

}  // namespace app::ui
