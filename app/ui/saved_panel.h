// The library of saved sends: a button each, in groups, one press away; kept from what stands in the send box.
//
// Thread: frame thread. Names come from files and are anybody's: never a label, an id or a format.
#pragma once

#include "app/session/saved_sends.h"
#include "app/ui/composer.h"
#include "app/ui/send_job_form.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace app::ui {

struct SavedPanel {
    std::string name;  // of what is to be kept
    std::string group;
    std::set<std::string> folded{};  // groups
    // Whose name is being typed.
    std::optional<session::SendPlace> renamed{};
    std::optional<std::size_t> renamed_group{};
    std::string new_name{};
    bool wants_name_focus = false;
    std::string problem{};  // why the last press did nothing
    // What "Undo" puts back after something was removed.
    std::optional<session::SavedSends> before_removal{};
};

// What was asked for in a frame.
struct SavedTurn {
    std::optional<session::SavedSends> changed{};  // the library from now on
    std::optional<session::SavedSend> sent{};      // at once, to whom the box sends
    std::optional<session::SavedSend> put{};       // into the box
    bool wants_import = false;
    bool wants_export = false;
};

// `box`: what would be kept. `repeat`: how a send is repeated where that is asked for, from the form of repeats; nothing: it is not right.
[[nodiscard]] SavedTurn draw_saved_panel(const session::SavedSends& saved,
                                         SavedPanel& panel,
                                         const Composer& box,
                                         const std::optional<RepeatTimes>& repeat);

}  // namespace app::ui
