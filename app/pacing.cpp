#include "app/pacing.h"

#include <algorithm>

namespace app {

std::int64_t Pacing::next_frame_ns() const {
    return is_visible_ ? next_change_ns() : kNeverNs;
}

std::int64_t Pacing::next_change_ns() const {
    return is_requested_ || is_held_ || settling_frames_ > 0 ? next_slot_ns() : kNeverNs;
}

void Pacing::end_turn(std::int64_t began_ns, std::int64_t ended_ns, bool has_drawn) {
    take_slot(began_ns);
    ended_ns_ = ended_ns;
    if (!has_drawn) return;
    is_requested_ = false;
    if (settling_frames_ > 0) --settling_frames_;
}

void Pacing::take_slot(std::int64_t began_ns) {
    // Neither a turn that took long nor the wait for the second's end is sleep: a flood keeps to its slots.
    const std::int64_t slept_ns =
        began_ns - std::max({full_slot_ns_, ended_ns_, began_ns_[oldest_] + kSecondNs});
    const std::int64_t used_ns = std::max<std::int64_t>(full_slot_ns_ - began_ns, 0);
    early_ns_ = std::clamp<std::int64_t>(early_ns_ - used_ns + std::max<std::int64_t>(slept_ns, 0),
                                         0, kMostEarlyNs);
    full_slot_ns_ = began_ns + kFrameNs;
    began_ns_[oldest_] = began_ns;
    oldest_ = (oldest_ + 1) % began_ns_.size();
}

}  // namespace app
