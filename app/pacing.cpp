#include "app/pacing.h"

namespace app {

std::int64_t Pacing::next_frame_ns() const {
    return is_visible_ ? next_change_ns() : kNeverNs;
}

std::int64_t Pacing::next_change_ns() const {
    return is_requested_ || is_held_ || settling_frames_ > 0 ? next_slot_ns_ : kNeverNs;
}

void Pacing::end_turn(std::int64_t began_ns, bool has_drawn) {
    next_slot_ns_ = began_ns + kFrameNs;
    if (!has_drawn) return;
    is_requested_ = false;
    if (settling_frames_ > 0) --settling_frames_;
}

}  // namespace app
