// What is marked in the rows in sight: matches of the search and of the highlight rules; and the marks on the scrollbar.
//
// Thread: frame thread.
#pragma once

#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/seen_rows.h"
#include "app/ui/sheet.h"
#include "app/ui/sheet_drawing.h"
#include "net/capture/byte_pattern.h"
#include "net/capture/match_marks.h"

#include <imgui.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

// Each rule has its own: while one is typed the others are not compiled anew, which may take tens of milliseconds for a regular expression.
struct RuleFinder {
    net::capture::BytePattern pattern;
    std::unique_ptr<net::capture::ByteFinder> finder;  // null: the rule is off, or `wrong`
    std::string wrong;
};

struct ViewMarks {
    std::vector<SeenMark> seen;
    std::vector<SeenTag> tags;

    // Of the highlight rules; SeenMark::rule is a place in both.
    std::vector<session::Highlight> compiled;
    std::vector<RuleFinder> finders;
    std::string wrong;  // what is wrong with the first rule that cannot be used
    std::vector<net::capture::ByteFinder::Found> found;

    // On the scrollbar.
    net::capture::MatchMarks bar;
    std::uint64_t bar_generation = 0;
    std::uint64_t bar_search = 0;
    bool is_bar_done = true;
};

[[nodiscard]] ImU32 highlight_tint(std::uint8_t color, float alpha);

// Finds anew what is marked in `seen`. `current`: the match at which the view stands.
void find_marks(ViewMarks& marks,
                const session::Session& session,
                const SeenRows& seen,
                const session::SearchFacts& search,
                const std::vector<session::Highlight>& highlights,
                std::optional<std::uint64_t> current);

// Over the track of the scrollbar; some steps a frame until all are known.
void draw_bar_marks(ViewMarks& marks,
                    ImDrawList& list,
                    ImVec2 from,
                    ImVec2 to,
                    const Sheet& sheet,
                    const session::SearchFacts& search);

}  // namespace app::ui
