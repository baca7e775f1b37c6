#include "app/pacing.h"

#include <algorithm>

namespace app {

void Pacing::note_input(std::int64_t now_ns) {
    settling_frames_ = kSettlingFrames;
    hover_ends_ns_ = now_ns + kHoverNs;
    next_hover_ns_ = now_ns;
}

std::int64_t Pacing::next_frame_ns() const {
    return is_visible_ ? next_change_ns() : kNeverNs;
}

std::int64_t Pacing::next_change_ns() const {
    if (is_requested_ || is_held_ || settling_frames_ > 0) return next_slot_ns_;
    if (next_hover_ns_ < hover_ends_ns_) return std::max(next_slot_ns_, next_hover_ns_);
    return kNeverNs;
}

void Pacing::end_turn(std::int64_t began_ns, bool has_drawn) {
    next_slot_ns_ = began_ns + kFrameNs;
    if (!has_drawn) return;
    is_requested_ = false;
    if (settling_frames_ > 0) --settling_frames_;
    next_hover_ns_ = began_ns + kHoverStepNs;
}

}  // namespace app
