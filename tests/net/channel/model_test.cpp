// The checker itself: the litmus tests of the memory model come out as the literature says. Without this, "clean" would mean nothing.
#include "tests/net/channel/model.h"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace {

using model::Machine;
using model::Verdict;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr auto kAcquire = std::memory_order_acquire;
constexpr auto kRelease = std::memory_order_release;
constexpr auto kSeqCst = std::memory_order_seq_cst;

// Store buffering: each thread stores its own flag, then loads the other's. Can both read 0?
struct StoreBuffering : model::Scenario {
    StoreBuffering(std::memory_order store, std::memory_order load, bool has_fences)
        : store_order(store),
          load_order(load),
          fences(has_fences) {}
    [[nodiscard]] int threads() const override { return 2; }
    void run(int thread) override {
        model::Atomic<int>& mine = thread == 0 ? x : y;
        model::Atomic<int>& other = thread == 0 ? y : x;
        model::Atomic<int>& seen = thread == 0 ? seen_by_0 : seen_by_1;
        mine.store(1, store_order);
        if (fences) model::fence(kSeqCst);
        seen.store(other.load(load_order), kRelaxed);
    }
    void after() override {
        model::check(seen_by_0.load(kRelaxed) + seen_by_1.load(kRelaxed) > 0, "both read 0");
    }
    std::memory_order store_order;
    std::memory_order load_order;
    bool fences;
    model::Atomic<int> x{0}, y{0}, seen_by_0{0}, seen_by_1{0};
};

// Message passing: the data is stored before the flag. Can the flag be seen and the data not?
struct MessagePassing : model::Scenario {
    enum class How { kAtomics, kFences, kCell };
    MessagePassing(std::memory_order store, std::memory_order load, How how_passed)
        : store_order(store),
          load_order(load),
          how(how_passed) {}
    [[nodiscard]] int threads() const override { return 2; }
    void run(int thread) override {
        if (thread == 0) {
            if (how == How::kCell) {
                cell.set(1);
            } else {
                data.store(1, kRelaxed);
            }
            if (how == How::kFences) model::fence(kRelease);
            flag.store(1, store_order);
        } else {
            if (flag.load(load_order) == 0) return;
            if (how == How::kFences) model::fence(kAcquire);
            model::check((how == How::kCell ? cell.get() : data.load(kRelaxed)) == 1, "stale data");
        }
    }
    std::memory_order store_order;
    std::memory_order load_order;
    How how;
    model::Atomic<int> data{0}, flag{0};
    model::Cell cell;
};

// A store released by one thread stays visible through another's relaxed read-modify-write (a release sequence).
struct ReleaseSequence : model::Scenario {
    [[nodiscard]] int threads() const override { return 3; }
    void run(int thread) override {
        if (thread == 0) {
            cell.set(7);
            flag.fetch_add(1, kRelease);
        } else if (thread == 1) {
            flag.fetch_add(2, kRelaxed);
        } else {
            const int seen = flag.load(kAcquire);
            if (seen == 1 || seen == 3) model::check(cell.get() == 7, "stale data");
        }
    }
    model::Atomic<int> flag{0};
    model::Cell cell;
};

// Two loads of one location never go back in time.
struct Coherence : model::Scenario {
    [[nodiscard]] int threads() const override { return 2; }
    void run(int thread) override {
        if (thread == 0) {
            for (int i = 1; i <= 3; ++i)
                x.store(i, kRelaxed);
        } else {
            const int first = x.load(kRelaxed);
            const int second = x.load(kRelaxed);
            model::check(second >= first, "back in time");
        }
    }
    model::Atomic<int> x{0};
};

// Independent reads of independent writes: with acquire only, C++ lets two readers disagree; x86 does not.
struct IndependentReads : model::Scenario {
    [[nodiscard]] int threads() const override { return 3; }
    void run(int thread) override {
        if (thread == 0) {
            x.store(1, kRelease);
            const int seen = y.load(kAcquire);
            reader_0.store(seen, kRelaxed);
        } else if (thread == 1) {
            y.store(1, kRelease);
        } else {
            const int seen_y = y.load(kAcquire);
            const int seen_x = x.load(kAcquire);
            reader_1.store(seen_y == 1 && seen_x == 0 ? 1 : 0, kRelaxed);
        }
    }
    void after() override {
        // x before y for thread 0 (which stored x itself and did not see y), y before x for thread 2.
        model::check(!(reader_0.load(kRelaxed) == 0 && reader_1.load(kRelaxed) == 1),
                     "readers disagree");
    }
    model::Atomic<int> x{0}, y{0}, reader_0{0}, reader_1{0};
};

struct Increments : model::Scenario {
    explicit Increments(bool is_atomic) : atomic(is_atomic) {}
    [[nodiscard]] int threads() const override { return 2; }
    void run(int) override {
        if (atomic) {
            x.fetch_add(1, kRelaxed);
        } else {
            x.store(x.load(kSeqCst) + 1, kSeqCst);
        }
    }
    void after() override { model::check(x.load(kRelaxed) == 2, "an increment was lost"); }
    bool atomic;
    model::Atomic<int> x{0};
};

struct WaitsForEver : model::Scenario {
    [[nodiscard]] int threads() const override { return 1; }
    void run(int) override { x.load_other_than(0, kAcquire); }
    model::Atomic<int> x{0};
};

template <typename Scenario, typename... Arguments>
Verdict verdict(Machine machine, Arguments... arguments) {
    const model::Result result =
        model::explore(machine, [=] { return std::make_unique<Scenario>(arguments...); });
    return result.verdict;
}

TEST(ModelTest, StoreBufferingIsSeenOnBothMachinesUnlessFenced) {
    EXPECT_EQ(verdict<StoreBuffering>(Machine::kCpp, kRelease, kAcquire, false),
              Verdict::kCheckFailed);
    EXPECT_EQ(verdict<StoreBuffering>(Machine::kTso, kRelease, kAcquire, false),
              Verdict::kCheckFailed);
    EXPECT_EQ(verdict<StoreBuffering>(Machine::kCpp, kRelaxed, kRelaxed, true), Verdict::kClean);
    EXPECT_EQ(verdict<StoreBuffering>(Machine::kTso, kRelaxed, kRelaxed, true), Verdict::kClean);
    EXPECT_EQ(verdict<StoreBuffering>(Machine::kTso, kSeqCst, kRelaxed, false), Verdict::kClean);
}

TEST(ModelTest, MessagePassingNeedsReleaseAndAcquireInCppAndNothingOnX86) {
    using How = MessagePassing::How;
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelease, kAcquire, How::kAtomics),
              Verdict::kClean);
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelaxed, kAcquire, How::kAtomics),
              Verdict::kCheckFailed);
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelease, kRelaxed, How::kAtomics),
              Verdict::kCheckFailed);
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelaxed, kRelaxed, How::kFences),
              Verdict::kClean);
    EXPECT_EQ(verdict<MessagePassing>(Machine::kTso, kRelaxed, kRelaxed, How::kAtomics),
              Verdict::kClean);
}

TEST(ModelTest, AnUnorderedAccessToACellIsADataRace) {
    using How = MessagePassing::How;
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelease, kAcquire, How::kCell),
              Verdict::kClean);
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelaxed, kAcquire, How::kCell),
              Verdict::kDataRace);
    EXPECT_EQ(verdict<MessagePassing>(Machine::kCpp, kRelease, kRelaxed, How::kCell),
              Verdict::kDataRace);
}

TEST(ModelTest, AReleaseSequenceGoesOnThroughARelaxedReadModifyWrite) {
    EXPECT_EQ(verdict<ReleaseSequence>(Machine::kCpp), Verdict::kClean);
}

TEST(ModelTest, LoadsOfOneLocationNeverGoBack) {
    EXPECT_EQ(verdict<Coherence>(Machine::kCpp), Verdict::kClean);
    EXPECT_EQ(verdict<Coherence>(Machine::kTso), Verdict::kClean);
}

TEST(ModelTest, ReadersMayDisagreeAboutIndependentStores) {
    EXPECT_EQ(verdict<IndependentReads>(Machine::kCpp), Verdict::kCheckFailed);
    EXPECT_EQ(verdict<IndependentReads>(Machine::kTso),
              Verdict::kCheckFailed);  // its own store, early
}

TEST(ModelTest, AReadModifyWriteIsIndivisibleAndALoadWithAStoreIsNot) {
    EXPECT_EQ(verdict<Increments>(Machine::kCpp, true), Verdict::kClean);
    EXPECT_EQ(verdict<Increments>(Machine::kTso, true), Verdict::kClean);
    EXPECT_EQ(verdict<Increments>(Machine::kCpp, false), Verdict::kCheckFailed);
    EXPECT_EQ(verdict<Increments>(Machine::kTso, false), Verdict::kCheckFailed);
}

TEST(ModelTest, WaitingForWhatNobodyStoresIsReportedWithItsSteps) {
    for (const Machine machine : {Machine::kCpp, Machine::kTso}) {
        EXPECT_EQ(verdict<WaitsForEver>(machine), Verdict::kNobodyCanGoOn);
    }
    const model::Result result = model::explore(
        Machine::kCpp, [] { return std::make_unique<StoreBuffering>(kRelaxed, kRelaxed, false); });
    ASSERT_EQ(result.verdict, Verdict::kCheckFailed);
    EXPECT_EQ(result.what, "both read 0");
    EXPECT_GE(result.steps.size(), 6U);
}

TEST(ModelTest, AScenarioThatTheModelCannotExhaustIsRefused) {
    struct TwoWriters : model::Scenario {
        [[nodiscard]] int threads() const override { return 2; }
        void run(int thread) override { x.store(thread, kRelaxed); }
        model::Atomic<int> x{0};
    };
    struct NeverEnds : model::Scenario {
        [[nodiscard]] int threads() const override { return 1; }
        void run(int) override {
            for (;;)
                x.load(kRelaxed);
        }
        model::Atomic<int> x{0};
    };
    EXPECT_EQ(verdict<TwoWriters>(Machine::kCpp), Verdict::kOutOfBounds);
    EXPECT_EQ(model::explore(
                  Machine::kCpp, [] { return std::make_unique<NeverEnds>(); }, 300)
                  .verdict,
              Verdict::kOutOfBounds);
}

}  // namespace
