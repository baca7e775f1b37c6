// The panels beside the bytes (below them where the window is narrow), one in sight at a time: inspector, matches, notes, traffic.
//
// Thread: frame thread.
#pragma once

#include "app/ui/bookmarks_panel.h"
#include "app/ui/inspector_panel.h"
#include "app/ui/match_list.h"
#include "app/ui/traffic_plot.h"

#include <cstdint>

namespace app::ui {

enum class SidePanel : std::uint8_t { kInspector, kMatches, kNotes, kTraffic };

struct SidePanels {
    InspectorPanel inspector;
    MatchList matches;
    BookmarksPanel notes;
    TrafficPlot traffic;
    // At scale 1.
    float width = 330;
    float height = 180;
};

}  // namespace app::ui
