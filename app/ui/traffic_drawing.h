// The lines, bars and words of the traffic's pictures (traffic_plot.h).
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/session/traffic_history.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <cstdint>

namespace app::ui {

// How the room is shared; in pixels of the screen.
struct TrafficAreas {
    bool is_enough = false;  // else nothing can be drawn
    ImRect plot;             // the bars
    float axis_to_y = 0;     // the lower end of the times under them
    bool has_sizes = false;
    ImVec2 sizes_choice;  // of what: above them
    ImRect sizes;
};
[[nodiscard]] TrafficAreas share_traffic_area(ImVec2 from, ImVec2 room);

struct TrafficPicture {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
    const session::TrafficSample* sample = nullptr;
};

void draw_rates(const TrafficPicture& picture, const TrafficAreas& areas);
// While it is being chosen.
void draw_chosen_span(const TrafficPicture& picture,
                      const TrafficAreas& areas,
                      std::int64_t from_ns,
                      std::int64_t to_ns);
// A line and a tooltip about the bucket at `part` (0..1) of the width.
void tell_bucket(const TrafficPicture& picture, const TrafficAreas& areas, float part);

void draw_sizes(const session::SizeHistogram& sizes, const TrafficAreas& areas);

}  // namespace app::ui
