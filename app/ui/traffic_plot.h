// Pictures of the traffic: the rate over time each way, in which a span can be chosen to go there, and how long the reads were.
//
// Received goes up from the middle line and is filled; sent goes down and is an outline: the two are told apart without their colours. Drawn from the history's buckets, at most one for each
// two pixels, so a frame costs the width. It moves only with traffic: the right end is the newest read, not the clock.
// Wheel, Up and Down zoom; Page, Home and End move.
//
// Thread: frame thread.
#pragma once

#include "app/session/message_sizes.h"
#include "app/session/session.h"
#include "app/session/traffic_history.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace app::ui {

struct TrafficPlot {
    // What is in sight: the newest `newest_ns` (0: everything), or a span that was zoomed to.
    std::int64_t newest_ns = 0;
    bool is_zoomed = false;
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
    bool only_selected = false;
    // The sizes are those of messages, where the view is split into any; else of reads.
    bool sizes_are_of_messages = false;
    session::MessageSizes messages;
    // Of connections, or of a span finer than the session's history knows.
    session::TrafficScan scan;
    // A frame is wanted although nothing happens: the scan goes on.
    bool is_busy = false;
    // The span being chosen: where it began.
    std::optional<std::int64_t> drag_from_ns;
    float drag_from_px = 0;
    bool has_dragged = false;  // else it is a click
    bool wants_focus = false;
    bool has_focus = false;
};

struct TrafficSpan {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
    std::uint64_t position = 0;  // of the read in it that was recorded first
};

// `selected`: the connections that the table has selected, ascending. `split`: what the view is split into. The span that was chosen by dragging (or a click), where there
// is a read in it.
[[nodiscard]] std::optional<TrafficSpan> draw_traffic_plot(
    const session::Session& session,
    const std::vector<session::ConnectionId>& selected,
    const session::SplitFact& split,
    TrafficPlot& plot);

}  // namespace app::ui
