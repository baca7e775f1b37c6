// When a frame is drawn (app/pacing.h).
#include "app/pacing.h"

#include <cstdint>
#include <gtest/gtest.h>

namespace {

using app::kFrameNs;
using app::kNeverNs;
using app::Pacing;

// A loop as the window's: a turn in every slot from `now` on, for one second; how many frames it draws.
int frames_in_a_second(Pacing& pacing, std::int64_t now, auto&& before_each_turn) {
    int frames = 0;
    const std::int64_t end = now + 1'000'000'000;
    for (; now < end; now = pacing.next_slot_ns()) {
        before_each_turn();
        const bool draws = pacing.wants_frame(now);
        frames += draws ? 1 : 0;
        pacing.end_turn(now, draws);
    }
    return frames;
}

TEST(Pacing, FirstFrameIsDueAtOnceAndThenNone) {
    Pacing pacing;
    EXPECT_TRUE(pacing.wants_frame(1));
    pacing.end_turn(1, true);
    EXPECT_EQ(pacing.next_frame_ns(), kNeverNs);
    EXPECT_EQ(frames_in_a_second(pacing, kFrameNs + 1, [] {}), 0);
}

TEST(Pacing, ConstantChangeIsDrawnSixtyTimesASecond) {
    Pacing pacing;
    const int frames = frames_in_a_second(pacing, 1, [&] { pacing.request_frame(); });
    EXPECT_GE(frames, 59);
    EXPECT_LE(frames, 60);
}

TEST(Pacing, ChangeWaitsForItsSlot) {
    Pacing pacing;
    pacing.end_turn(1'000, true);
    pacing.request_frame();
    EXPECT_FALSE(pacing.wants_frame(1'000 + kFrameNs - 1));
    EXPECT_TRUE(pacing.wants_frame(1'000 + kFrameNs));
    EXPECT_EQ(pacing.next_frame_ns(), 1'000 + kFrameNs);
}

TEST(Pacing, ATurnWithoutDrawingTakesItsSlotToo) {
    Pacing pacing;
    pacing.end_turn(1, true);
    pacing.end_turn(5 * kFrameNs, false);
    EXPECT_EQ(pacing.next_slot_ns(), 6 * kFrameNs);
    EXPECT_EQ(pacing.next_frame_ns(), kNeverNs);
}

TEST(Pacing, InputSettlesInAFewFrames) {
    Pacing pacing;
    pacing.end_turn(1, true);
    pacing.note_input();
    EXPECT_EQ(frames_in_a_second(pacing, kFrameNs + 1, [] {}), app::kSettlingFrames);
}

TEST(Pacing, AHeldKeyIsDrawnUntilItIsReleased) {
    Pacing pacing;
    pacing.end_turn(1, true);
    pacing.set_held(true);
    EXPECT_GE(frames_in_a_second(pacing, kFrameNs + 1, [] {}), 59);
    pacing.set_held(false);
    EXPECT_EQ(frames_in_a_second(pacing, pacing.next_slot_ns(), [] {}), 0);
}

TEST(Pacing, NothingIsDrawnUnseenAndNothingIsForgotten) {
    Pacing pacing;
    pacing.set_visible(false);
    EXPECT_EQ(frames_in_a_second(pacing, 1, [&] { pacing.request_frame(); }), 0);
    EXPECT_EQ(pacing.next_frame_ns(), kNeverNs);
    EXPECT_TRUE(pacing.would_want_frame(pacing.next_slot_ns()));
    pacing.set_visible(true);
    EXPECT_TRUE(pacing.wants_frame(pacing.next_slot_ns()));
}

}  // namespace
