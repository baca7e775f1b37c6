// The hand-over and the wake-up, in every order that C++ and x86 allow (RELIABILITY.md, section 5 and row T37).
//
// A loop thread sleeps in an eventfd; a producer publishes and wakes it through a handle that works as uv_async_t does in libuv 1.44: a cheap
// relaxed look, an exchange, a write to the eventfd. A lost wake-up is a state in which nobody can go on.
#include "net/channel/bounded_queue.h"
#include "net/channel/wake_gate.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <memory>
#include <string>

#include "tests/net/channel/model.h"

namespace {

using model::Machine;
using model::Verdict;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kSeqCst = std::memory_order_seq_cst;

bool is_long() {
    return std::getenv("WIRELOUPE_LONG") != nullptr;
}

template <typename Scenario, typename... Arguments>
model::Result explored(Machine machine, Arguments... arguments) {
    model::Result result = model::explore(
        machine, [=] { return std::make_unique<Scenario>(arguments...); }, 200'000'000);
    std::cout << (machine == Machine::kCpp ? "C++: " : "x86: ") << model::to_text(result) << "\n";
    return result;
}

// ---- the ring ----

struct SpscRing : model::Scenario {
    SpscRing(int items, std::memory_order publish_order) : count(items), publish(publish_order) {}
    [[nodiscard]] int threads() const override { return 2; }
    void run(int thread) override {
        for (int i = 0; i < count; ++i) {
            model::Cell& cell = cells[i % kCapacity];
            if (thread == 0) {
                if (i >= kCapacity) head.load_other_than(i - kCapacity, kAcquire);
                cell.set(i + 1);
                tail.store(i + 1, publish);
            } else {
                tail.load_other_than(i, kAcquire);
                model::check(cell.get() == i + 1, "another value than was pushed");
                head.store(i + 1, kRelease);
            }
        }
    }
    static constexpr int kCapacity = 2;
    int count;
    std::memory_order publish;
    model::Cell cells[kCapacity];
    model::Atomic<int> head{0}, tail{0};
};

// Our own counters around a storage: exact bound, order, and never a storage that is full or empty against what the counters say.
struct CountedQueue : model::Scenario {
    CountedQueue(int pushes, int pops) : most_pushes(pushes), most_pops(pops) {}
    [[nodiscard]] int threads() const override { return 2; }
    void run(int thread) override {
        if (thread == 0) {
            int pushed = 0;
            for (int i = 0; i < most_pushes; ++i) {
                if (queue.try_push(pushed + 1)) ++pushed;
                model::check(queue.waiting_for_producer() <= 2, "more than the capacity waits");
            }
        } else {
            int popped = 0;
            for (int i = 0; i < most_pops; ++i) {
                int value = 0;
                model::check(queue.waiting_for_consumer() <= 2, "more than the capacity waits");
                if (!queue.try_pop(value)) continue;
                model::check(value == ++popped, "out of order");
            }
        }
    }
    int most_pushes;
    int most_pops;
    net::channel::BoundedQueue<int, model::Atomic, model::Ring> queue{2};
};

// ---- the wake-up ----

struct AsyncHandle {
    void send() {
        if (pending.load(kRelaxed) != 0) return;
        if (pending.exchange(1, kSeqCst) == 0) descriptor.fetch_add(1, kSeqCst);
    }
    // Sleeps until it was sent; false: woken for nothing.
    bool wait() {
        descriptor.exchange_if_not_zero(0, kSeqCst);
        return pending.exchange(0, kSeqCst) != 0;
    }
    model::Atomic<int> pending{0}, descriptor{0};
};

enum class Guard {
    kNone,                 // publish, then send
    kFenceAtProducer,      // a seq_cst fence between the two
    kFencesAtBoth,         // and one in the handler before it drains
    kGate,                 // net::channel::WakeGate
    kGateOpenedTooLate,    // after the drain
    kGateWithoutExchange,  // its exchange torn into a load and a store
};

template <template <typename> class GateAtomic>
struct WakeUp : model::Scenario {
    WakeUp(Guard how, int items) : guard(how), count(items) {}
    [[nodiscard]] int threads() const override { return 2; }
    [[nodiscard]] bool has_gate() const {
        return guard == Guard::kGate || guard == Guard::kGateOpenedTooLate ||
               guard == Guard::kGateWithoutExchange;
    }
    void run(int thread) override {
        if (thread == 0) {
            for (int i = 1; i <= count; ++i) {
                model::checkpoint(i);
                item.store(i, kRelease);
                if (guard == Guard::kFenceAtProducer || guard == Guard::kFencesAtBoth)
                    model::fence(kSeqCst);
                if (has_gate()) {
                    gate.ring();
                } else {
                    handle.send();
                }
            }
            return;
        }
        int seen = 0;
        while (seen < count) {
            model::checkpoint(seen);
            if (!handle.wait()) continue;
            if (has_gate() && guard != Guard::kGateOpenedTooLate) gate.open();
            if (guard == Guard::kFencesAtBoth) model::fence(kSeqCst);
            seen = item.load(kAcquire);
            if (guard == Guard::kGateOpenedTooLate) gate.open();
        }
    }
    Guard guard;
    int count;
    model::Atomic<int> item{0};
    AsyncHandle handle;
    net::channel::BasicWakeGate<GateAtomic> gate{[this] { handle.send(); }};
};

TEST(WakeUpModelTest, RingHandedOverWithAcquireAndReleaseIsClean) {
    const int items = is_long() && !model::kIsSlowBuild ? 12 : 6;
    EXPECT_EQ(explored<SpscRing>(Machine::kCpp, items, kRelease).verdict, Verdict::kClean);
    EXPECT_EQ(explored<SpscRing>(Machine::kTso, items, kRelease).verdict, Verdict::kClean);
}

TEST(WakeUpModelTest, RelaxedPublishIsFound) {
    EXPECT_EQ(explored<SpscRing>(Machine::kCpp, 3, kRelaxed).verdict, Verdict::kDataRace);
}

TEST(WakeUpModelTest, SendWithoutAGuardIsFoundToLoseWakeUps) {
    using Plain = WakeUp<model::Atomic>;
    EXPECT_EQ(explored<Plain>(Machine::kCpp, Guard::kNone, 2).verdict, Verdict::kNobodyCanGoOn);
    EXPECT_EQ(explored<Plain>(Machine::kTso, Guard::kNone, 2).verdict, Verdict::kNobodyCanGoOn);
}

TEST(WakeUpModelTest, FenceAtTheProducerOnlyIsEnoughForX86AndNotForCpp) {
    using Fenced = WakeUp<model::Atomic>;
    const int items = is_long() && !model::kIsSlowBuild ? 12 : 5;
    EXPECT_EQ(explored<Fenced>(Machine::kTso, Guard::kFenceAtProducer, items).verdict,
              Verdict::kClean);
    EXPECT_EQ(explored<Fenced>(Machine::kCpp, Guard::kFenceAtProducer, 2).verdict,
              Verdict::kNobodyCanGoOn);
}

TEST(WakeUpModelTest, FencesAtBothAreClean) {
    using Fenced = WakeUp<model::Atomic>;
    const int items = is_long() && !model::kIsSlowBuild ? 12 : 5;
    EXPECT_EQ(explored<Fenced>(Machine::kCpp, Guard::kFencesAtBoth, items).verdict,
              Verdict::kClean);
    EXPECT_EQ(explored<Fenced>(Machine::kTso, Guard::kFencesAtBoth, items).verdict,
              Verdict::kClean);
}

TEST(WakeUpModelTest, OurGateIsClean) {
    using Gated = WakeUp<model::Atomic>;
    const int items = is_long() && !model::kIsSlowBuild ? 12 : 5;
    EXPECT_EQ(explored<Gated>(Machine::kCpp, Guard::kGate, items).verdict, Verdict::kClean);
    EXPECT_EQ(explored<Gated>(Machine::kTso, Guard::kGate, items).verdict, Verdict::kClean);
}

TEST(WakeUpModelTest, GateOpenedAfterTheDrainIsFound) {
    using Gated = WakeUp<model::Atomic>;
    EXPECT_EQ(explored<Gated>(Machine::kCpp, Guard::kGateOpenedTooLate, 2).verdict,
              Verdict::kNobodyCanGoOn);
    EXPECT_EQ(explored<Gated>(Machine::kTso, Guard::kGateOpenedTooLate, 2).verdict,
              Verdict::kNobodyCanGoOn);
}

TEST(WakeUpModelTest, GateWithoutAnExchangeIsFound) {
    using Torn = WakeUp<model::TornAtomic>;
    EXPECT_EQ(explored<Torn>(Machine::kCpp, Guard::kGateWithoutExchange, 2).verdict,
              Verdict::kNobodyCanGoOn);
    EXPECT_EQ(explored<Torn>(Machine::kTso, Guard::kGateWithoutExchange, 2).verdict,
              Verdict::kNobodyCanGoOn);
}

TEST(WakeUpModelTest, OurQueueKeepsItsBoundAndItsOrder) {
    const int pushes = model::kIsSlowBuild ? 2 : is_long() ? 4 : 3;
    EXPECT_EQ(explored<CountedQueue>(Machine::kCpp, pushes, pushes).verdict, Verdict::kClean);
    EXPECT_EQ(explored<CountedQueue>(Machine::kTso, pushes, pushes).verdict, Verdict::kClean);
}

}  // namespace
