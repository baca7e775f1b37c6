// When the window is drawn: only when something changed, and at most 60 times in any second.
//
// One turn a slot of a 60th of a second. Time that the loop has slept beyond its slot lets it come early later, by half a slot at most: what
// arrives just after a lone frame (a count, a rate that falls to zero) is seen sooner. The sixty-first turn of any second waits for its end.
//
// Pure: the clock is an argument (CLOCK_MONOTONIC, nanoseconds). Thread: the frame thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace app {

inline constexpr std::int64_t kNeverNs = std::numeric_limits<std::int64_t>::max();

// Our own limit: a software GL ignores the swap interval and would draw thousands of frames a second.
inline constexpr std::int64_t kFrameNs = 1'000'000'000 / 60 + 1;
// Dear ImGui shows the full effect of an input only frames later (a click is released, a layout settles, a popup opens).
inline constexpr int kSettlingFrames = 3;

class Pacing {
  public:
    // The user did something.
    void note_input() { settling_frames_ = kSettlingFrames; }
    // A key or button is down: it repeats or drags, so every slot is drawn.
    void set_held(bool is_held) { is_held_ = is_held; }
    // Something visible changed: draw in the next slot.
    void request_frame() { is_requested_ = true; }
    // Nothing is drawn while the window cannot be seen; what was asked for is kept until it can.
    void set_visible(bool is_visible) { is_visible_ = is_visible; }

    // Before this, neither drain nor draw.
    [[nodiscard]] std::int64_t next_slot_ns() const {
        return std::max(full_slot_ns_ - early_ns_, began_ns_[oldest_] + kSecondNs);
    }
    // When a frame is due that no further event will announce; kNeverNs: none.
    [[nodiscard]] std::int64_t next_frame_ns() const;
    [[nodiscard]] bool wants_frame(std::int64_t now_ns) const { return next_frame_ns() <= now_ns; }
    // The same if the window could be seen: worth asking the display whether it can.
    [[nodiscard]] bool would_want_frame(std::int64_t now_ns) const {
        return next_change_ns() <= now_ns;
    }

    // A turn of the loop (drained, perhaps drawn) is over: from `began_ns` to `ended_ns`.
    void end_turn(std::int64_t began_ns, std::int64_t ended_ns, bool has_drawn);

  private:
    static constexpr std::int64_t kSecondNs = 1'000'000'000;
    static constexpr std::int64_t kMostEarlyNs = kFrameNs / 2;

    static constexpr std::array<std::int64_t, 60> none_began() {
        std::array<std::int64_t, 60> began{};
        began.fill(-kSecondNs);
        return began;
    }
    [[nodiscard]] std::int64_t next_change_ns() const;
    void take_slot(std::int64_t began_ns);

    std::int64_t full_slot_ns_ = 0;     // a slot after the last turn's beginning
    std::int64_t ended_ns_ = kNeverNs;  // the last turn; the first follows no sleep
    std::int64_t early_ns_ = 0;         // what was slept and not used yet, kMostEarlyNs at most
    std::array<std::int64_t, 60> began_ns_ = none_began();  // the last turns, from `oldest_` on
    std::size_t oldest_ = 0;
    int settling_frames_ = 0;
    bool is_requested_ = true;  // the first one
    bool is_held_ = false;
    bool is_visible_ = true;
};

}  // namespace app
