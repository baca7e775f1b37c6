// When a frame is drawn (app/pacing.h).
#include "app/pacing.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <vector>

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
        pacing.end_turn(now, now, draws);
    }
    return frames;
}

TEST(Pacing, FirstFrameIsDueAtOnceAndThenNone) {
    Pacing pacing;
    EXPECT_TRUE(pacing.wants_frame(1));
    pacing.end_turn(1, 1, true);
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
    pacing.end_turn(1'000, 1'000, true);
    pacing.request_frame();
    EXPECT_FALSE(pacing.wants_frame(1'000 + kFrameNs - 1));
    EXPECT_TRUE(pacing.wants_frame(1'000 + kFrameNs));
    EXPECT_EQ(pacing.next_frame_ns(), 1'000 + kFrameNs);
}

TEST(Pacing, ATurnWithoutDrawingTakesItsSlotToo) {
    Pacing pacing;
    pacing.end_turn(1, 5 * kFrameNs, true);
    pacing.end_turn(5 * kFrameNs, 5 * kFrameNs, false);
    EXPECT_EQ(pacing.next_slot_ns(), 6 * kFrameNs);
    EXPECT_EQ(pacing.next_frame_ns(), kNeverNs);
}

TEST(Pacing, WhatWasSleptMakesALaterTurnEarlyByHalfASlotAtMost) {
    Pacing pacing;
    pacing.end_turn(1, 2, true);
    const std::int64_t woken = 9 * kFrameNs;
    pacing.end_turn(woken, woken, true);
    EXPECT_EQ(pacing.next_slot_ns(), woken + kFrameNs - kFrameNs / 2);
    const std::int64_t early = woken + kFrameNs - 1'000'000;
    pacing.end_turn(early, early, true);
    EXPECT_EQ(pacing.next_slot_ns(), early + kFrameNs - (kFrameNs / 2 - 1'000'000))
        << "the rest of it";
    pacing.end_turn(pacing.next_slot_ns(), pacing.next_slot_ns(), true);
    const std::int64_t last = pacing.next_slot_ns();
    pacing.end_turn(last, last, true);
    EXPECT_EQ(pacing.next_slot_ns(), last + kFrameNs) << "it is used up";
}

TEST(Pacing, TheSixtyFirstTurnOfASecondWaitsForItsEnd) {
    Pacing pacing;
    pacing.end_turn(1, 2, true);
    const std::int64_t woken = 9 * kFrameNs;
    std::int64_t now = woken;
    for (int turn = 0; turn < 60; ++turn, now = pacing.next_slot_ns())
        pacing.end_turn(now, now, true);
    EXPECT_EQ(now, woken + 1'000'000'000) << "though half a slot was gained";
    pacing.end_turn(now, now, true);
    EXPECT_EQ(pacing.next_slot_ns(), now + kFrameNs) << "once";
}

TEST(Pacing, AFrameThatTookLongIsNoSleep) {
    Pacing pacing;
    pacing.end_turn(1, 3 * kFrameNs, true);
    pacing.end_turn(3 * kFrameNs, 3 * kFrameNs, true);
    EXPECT_EQ(pacing.next_slot_ns(), 4 * kFrameNs);
}

TEST(Pacing, NoSecondHoldsMoreThanSixtyFramesWhateverTheyWaitFor) {
    std::mt19937_64 random(20261122);
    for (int run = 0; run < 50; ++run) {
        Pacing pacing;
        std::vector<std::int64_t> began;
        std::int64_t now = 1;
        for (int turn = 0; turn < 2'000; ++turn) {
            pacing.request_frame();
            now = std::max(now, pacing.next_slot_ns());
            // Mostly at once, at times after a sleep of up to three slots.
            if (random() % 4 == 0) now += static_cast<std::int64_t>(random() % (3 * kFrameNs));
            ASSERT_TRUE(pacing.wants_frame(now));
            const std::int64_t ended =
                now + static_cast<std::int64_t>(random() % (run % 2 == 0 ? 1'000 : 2 * kFrameNs));
            pacing.end_turn(now, ended, true);
            began.push_back(now);
            now = ended;
            if (began.size() <= 60) continue;
            ASSERT_GE(began.back() - began[began.size() - 61], 1'000'000'000) << turn;
        }
    }
}

TEST(Pacing, InputSettlesInAFewFrames) {
    Pacing pacing;
    pacing.end_turn(1, 1, true);
    pacing.note_input();
    EXPECT_EQ(frames_in_a_second(pacing, kFrameNs + 1, [] {}), app::kSettlingFrames);
}

TEST(Pacing, AHeldKeyIsDrawnUntilItIsReleased) {
    Pacing pacing;
    pacing.end_turn(1, 1, true);
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
