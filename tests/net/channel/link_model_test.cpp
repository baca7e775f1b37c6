// Link as it is, both directions, with its high and low mark, in every order that C++ and x86 allow.
//
// The network side produces more events than the queue holds, pauses above the high mark and sleeps until it is woken; the frame side
// sleeps until it is woken, and drains a budget. A pause that nobody ends, or a command or an event that nobody fetches, is a state in which
// nobody can go on.
#include "net/channel/link.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <iostream>
#include <memory>

#include "tests/net/channel/model.h"

namespace {

using model::Machine;
using model::Verdict;

constexpr auto kAcqRel = std::memory_order_acq_rel;

bool is_long() {
    return std::getenv("WIRELOUPE_LONG") != nullptr;
}

struct ModelTraits {
    using Event = int;
    using Command = int;
    template <typename T>
    using Atomic = model::Atomic<T>;
    template <typename T>
    using Storage = model::Ring<T>;
};

struct TornTraits : ModelTraits {
    template <typename T>
    using Atomic = model::TornAtomic<T>;
};

struct Descriptor {
    void write() { count.fetch_add(1, kAcqRel); }
    void read() { count.exchange_if_not_zero(0, kAcqRel); }
    model::Atomic<int> count{0};
};

template <typename Traits>
struct Pausing : model::Scenario {
    Pausing(std::size_t queue_capacity, int event_count, int frame_budget)
        : capacity(queue_capacity),
          events(event_count),
          budget(frame_budget) {}
    [[nodiscard]] int threads() const override { return 2; }

    void run(int thread) override {
        if (thread == 0) {
            produce();
        } else {
            consume();
        }
    }

    void produce() {
        int told = 0;
        while (told < events) {
            // The link's own count is `told`, and what it remembers of the consumer's is_above_high_mark() looks up anew.
            model::checkpoint(told);
            if (link.is_above_high_mark()) {
                if (link.wait_for_low_mark()) {
                    network.read();
                    link.open_network_gate();
                }
                continue;
            }
            model::check(link.try_push(told + 1), "full below the high mark");
            ++told;
            link.wake_frame();
        }
    }

    void consume() {
        int folded = 0;
        bool is_left = false;
        while (folded < events) {
            if (!is_left) {
                // Nothing was left, so what the link remembers of the producer's count is `folded`, as its own.
                model::checkpoint(folded);
                frame.read();
            }
            int left = budget;
            is_left =
                link.drain([&](int event) { model::check(event == ++folded, "out of order"); },
                           [&] { return left-- > 0; });
        }
    }

    std::size_t capacity;
    int events;
    int budget;
    Descriptor frame, network;
    net::channel::BasicLink<Traits> link{{.event_capacity = capacity, .command_capacity = 1},
                                         [this] { frame.write(); },
                                         [this] { network.write(); }};
};

// Commands: what does not fit waits in the outbox and is tried again at the next frame, which the network side's answer brings.
struct Commands : model::Scenario {
    explicit Commands(int command_count) : commands(command_count) {}
    [[nodiscard]] int threads() const override { return 2; }
    void run(int thread) override {
        if (thread == 0) {
            int taken = 0;
            while (taken < commands) {
                network.read();
                link.open_network_gate();
                int command = 0;
                while (link.try_take(command)) {
                    model::check(command == ++taken, "out of order");
                    model::check(link.try_push(int{command}), "no room for the answer");
                }
                link.wake_frame();
            }
            return;
        }
        int posted = 0;
        int answered = 0;
        while (answered < commands) {
            while (posted < commands && link.try_post(posted + 1))
                ++posted;
            if (posted > answered) frame.read();
            link.drain([&](int event) { model::check(event == ++answered, "out of order"); },
                       [] { return true; });
        }
    }
    int commands;
    Descriptor frame, network;
    net::channel::BasicLink<ModelTraits> link{{.event_capacity = 4, .command_capacity = 1},
                                              [this] { frame.write(); },
                                              [this] { network.write(); }};
};

template <typename Scenario, typename... Arguments>
model::Result explored(Machine machine, Arguments... arguments) {
    model::Result result = model::explore(
        machine, [=] { return std::make_unique<Scenario>(arguments...); }, 200'000'000);
    std::cout << (machine == Machine::kCpp ? "C++: " : "x86: ") << model::to_text(result) << "\n";
    return result;
}

TEST(LinkModelTest, AProducerThatPausesIsAlwaysWokenAndNothingIsLostOrReordered) {
    const int events = model::kIsSlowBuild ? 2 : is_long() ? 5 : 4;
    for (const Machine machine : {Machine::kCpp, Machine::kTso}) {
        EXPECT_EQ(explored<Pausing<ModelTraits>>(machine, 1, events, 1).verdict, Verdict::kClean);
        EXPECT_EQ(explored<Pausing<ModelTraits>>(machine, 2, events, 1).verdict, Verdict::kClean);
        EXPECT_EQ(explored<Pausing<ModelTraits>>(machine, 2, events, 9).verdict, Verdict::kClean);
    }
}

TEST(LinkModelTest, AMarkAboveZeroIsAnsweredWhileEventsStillWait) {
    if (model::kIsSlowBuild) GTEST_SKIP() << "the search is too large for a sanitized build";
    const int events = is_long() ? 5 : 4;  // capacity 4: the high mark is 3, the low mark 1
    EXPECT_EQ(explored<Pausing<ModelTraits>>(Machine::kCpp, 4, events, 2).verdict, Verdict::kClean);
    EXPECT_EQ(explored<Pausing<ModelTraits>>(Machine::kTso, 4, events, 2).verdict, Verdict::kClean);
}

TEST(LinkModelTest, ALinkWithoutExchangesIsFoundToSleepForEver) {
    EXPECT_EQ(explored<Pausing<TornTraits>>(Machine::kCpp, 1, 3, 1).verdict,
              Verdict::kNobodyCanGoOn);
    EXPECT_EQ(explored<Pausing<TornTraits>>(Machine::kTso, 1, 3, 1).verdict,
              Verdict::kNobodyCanGoOn);
}

TEST(LinkModelTest, EveryCommandIsTakenAndAnsweredInOrder) {
    const int commands = is_long() ? 4 : 2;
    EXPECT_EQ(explored<Commands>(Machine::kCpp, commands).verdict, Verdict::kClean);
    EXPECT_EQ(explored<Commands>(Machine::kTso, commands).verdict, Verdict::kClean);
}

}  // namespace
