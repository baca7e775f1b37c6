// Draws the rows in sight: times, directions, offsets, digits, text, headings, gaps, what is marked and what is selected.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/byte_selection.h"
#include "app/ui/hex_rows.h"
#include "app/ui/seen_rows.h"
#include "app/ui/sheet_columns.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

// Bytes of a run that are marked, counted from its first one.
struct SeenMark {
    std::size_t run = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    ImU32 tint = 0;
    bool is_outlined = false;    // the match at which the view stands
    std::size_t rule = kNoRule;  // of the highlights that are in force

    static constexpr std::size_t kNoRule = static_cast<std::size_t>(-1);
};

// The label of a highlight, drawn behind a row in which a match of it begins.
struct SeenTag {
    ImRect rect;  // pixels of the screen
    std::size_t rule = 0;
};

struct SheetLook {
    session::ViewMode mode{};
    session::TimeForm time_form{};
    // When the capture's first read was: what "+1.5" counts from in Go to and the filter as well.
    std::int64_t first_ns = 0;
    float line = 0;   // a row's height, pixels
    float width = 0;  // a row's
    float right = 0;  // where what is in sight ends, pixels of the screen
    bool has_focus = false;
    bool cursor_is_in_text = false;
};

void draw_sheet_heading(ImDrawList& list, ImVec2 at, const Columns& columns, const SheetLook& look);

// `at`: the upper left corner of the first row. `rules`: SeenMark::rule is a place in it; `tags` becomes those that are drawn.
void draw_seen_rows(ImDrawList& list,
                    ImVec2 at,
                    const session::Session& session,
                    const SeenRows& seen,
                    const Columns& columns,
                    const SheetLook& look,
                    const ByteSelection& selection,
                    const std::vector<SeenMark>& marks,
                    const std::vector<session::Highlight>& rules,
                    std::vector<SeenTag>& tags,
                    HexRow& scratch);

// "+0.000123", "-1.5": what has passed between two times, in seconds; digits after the point as asked for. Times of a file may be any.
[[nodiscard]] std::string span_text(std::int64_t from_ns, std::int64_t to_ns, int digits);
// The time of an item in the form that is chosen.
[[nodiscard]] std::string item_time_text(const SeenRun& run, const SheetLook& look, int digits);

}  // namespace app::ui
