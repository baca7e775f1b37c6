// The line in which "Go to" is typed (Ctrl+G): which kind of place, the number or time, and what is wrong with it.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/go_to.h"

#include <cstdint>
#include <optional>
#include <string>

namespace app::ui {

struct GoToBar {
    bool is_open = false;
    bool wants_focus = false;
    GoToKind kind = GoToKind::kOffset;
    std::string typed;
    std::string error;  // of what was asked for last

    void open() {
        is_open = true;
        wants_focus = true;
        error.clear();
    }
};

// What was asked for by Enter; the host goes there, and puts into `error` why it can't.
[[nodiscard]] std::optional<std::uint64_t> draw_go_to_bar(GoToBar& bar, std::int64_t first_ns);

}  // namespace app::ui
