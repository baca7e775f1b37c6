// What the window tells the panels about the frame being drawn.
#pragma once

#include <cstdint>

namespace app::ui {

struct FrameInfo {
    std::int64_t now_ns = 0;  // CLOCK_REALTIME
    std::int64_t monotonic_ns = 0;
    float scale = 1.0F;            // of the display: 1, 1.25, 2 ...
    double opening_progress = -1;  // 0..1 while a saved capture is being opened, else negative
    bool is_stream = false;        // what is shown comes from standard input ...
    bool is_arriving = false;      // ... and has not ended
};

}  // namespace app::ui
