// Where a sheet of rows stands: 64-bit row arithmetic, following the tail, a scrollbar that is exact at any length.
//
// ImGui's own scrolling is in floats: at ten million rows the last cannot be reached. Here the first row in sight is an integer, ImGui gets only the
// rows in sight, and the scrollbar works in long double: holding it still moves nothing, its ends are the first and the last row.
//
// Thread: frame thread. The moving functions are plain arithmetic.
#pragma once

#include "app/ui/widgets.h"

#include <imgui.h>

#include <cstdint>

namespace app::ui {

struct RowScroll {
    std::uint64_t first_row = 0;  // the topmost in sight
    bool follows_tail = true;     // the newest row stays in sight as rows are added

    // Call once a frame before use: the sheet has `rows` rows, `in_sight` of them fit whole.
    void settle(std::uint64_t rows, std::uint64_t in_sight);
    // Up (negative) or down. Leaving the end stops following, reaching it starts again.
    void move_by(std::int64_t delta, std::uint64_t rows, std::uint64_t in_sight);
    void move_to(std::uint64_t row, std::uint64_t rows, std::uint64_t in_sight);

    // Of the scrollbar and the wheel.
    float wheel_rest = 0;
    float grabbed_at = 0;  // pixels from the grab's upper end
    float pressed_at = 0;  // mouse position when pressed
    bool is_dragging = false;
};

// The last value of first_row: 0 when everything is in sight.
[[nodiscard]] std::uint64_t last_first_row(std::uint64_t rows, std::uint64_t in_sight);
// `part` 0..1 of the way to the last first row; exactly 0 and exactly the last at the ends.
[[nodiscard]] std::uint64_t row_at(long double part, std::uint64_t last);

// Wheel (while `stop` is hovered) and keys (while focused): arrows, page, Home, End.
void scroll_by_input(RowScroll& scroll,
                     const FocusStop& stop,
                     std::uint64_t rows,
                     std::uint64_t in_sight);

void scroll_bar(const char* id,
                RowScroll& scroll,
                ImVec2 from,
                ImVec2 to,
                std::uint64_t rows,
                std::uint64_t in_sight);

}  // namespace app::ui
