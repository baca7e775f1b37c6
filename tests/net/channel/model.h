// A small exhaustive model checker for lock-free protocols of two or three threads.
//
// A Scenario is ordinary code over model::Atomic and model::Cell; product code that takes its atomics as a template parameter runs in it as
// it is. explore() runs every interleaving on one of two machines and reports a lost wake-up (nobody can go on), a data race, or a failed
// check(), with the steps that lead there.
//
// How: a thread's own state is a function of what its operations returned. So the checker keeps these results, in a tree, and finds the
// next operation by running the thread's code again from its start over a fresh scenario, answering from the results, until it asks for one
// more. Each place of the tree is run once; exploring is then a walk over small values, with a set of the states already seen.
//
// The machines:
//  - kCpp: the C++20 memory model in its operational form. Each location has its stores in modification order, each thread a view (the
//    oldest store it may still read of each location), each store the view it publishes; a load may return any store that is not older
//    than the thread's view. Release, acquire, acq_rel, relaxed, release sequences through read-modify-writes, and fences, seq_cst ones
//    included. Left out: values out of thin air and load buffering (as in RC11), and the total order of seq_cst operations that are not
//    fences, which count as acquire-release; both err towards finding too much. Stores are appended in the order of execution, which is
//    complete as long as plain stores to a location come from one thread only or are its only kind; a scenario that breaks this is refused.
//  - kTso: x86. Each thread has a store buffer, first in first out; its loads look there first; read-modify-writes and seq_cst fences drain it.
// Cells are plain memory: on kCpp an unordered pair of accesses is a data race.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace model {

// Sanitizers make the search, which has one thread, ten to thirty times slower and find nothing more in a larger one.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kIsSlowBuild = true;
#else
inline constexpr bool kIsSlowBuild = false;
#endif

enum class Machine : std::uint8_t { kCpp, kTso };

// Every value in the model fits a byte; a larger one ends the exploration with kOutOfBounds.
using Value = std::uint8_t;

enum class OpKind : std::uint8_t {
    kLoad,
    kLoadOtherThan,  // waits until there is another value: a loop of loads without its turns
    kStore,
    kExchange,
    kExchangeIfNotZero,  // waits: an eventfd read
    kFetchAdd,
    kFence,
    kCellRead,
    kCellWrite,
    kChoose,
    kFinished,
    kViolated,
};

struct Op {
    OpKind kind = OpKind::kFinished;
    std::uint8_t location = 0;
    Value operand = 0;
    std::memory_order order = std::memory_order_relaxed;
    std::string violation;
};

// ---- What scenario code calls; meaningful only inside explore(). ----

std::uint8_t new_location(std::uint64_t initial);
Value perform(Op op);
Value narrow(std::uint64_t value);
// A violation unless `holds`.
void check(bool holds, const std::string& what);
// 0 to n - 1, each of them explored.
int choose(int n);
void fence(std::memory_order order);
// The thread says that `state` is all it knows at this place: whatever else it holds is the same each time, or is overwritten before it is
// read. Histories that lead to the same state are then one. A saying that is wrong makes the exploration incomplete, so say why it is right.
void checkpoint(int state);

template <typename T>
class Atomic {
  public:
    Atomic(T initial = T{})  // NOLINT(google-explicit-constructor): as std::atomic
        : location_(new_location(static_cast<std::uint64_t>(initial))) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(std::memory_order order) const { return run(OpKind::kLoad, T{}, order); }
    void store(T value, std::memory_order order) { run(OpKind::kStore, value, order); }
    T exchange(T value, std::memory_order order) { return run(OpKind::kExchange, value, order); }
    T fetch_add(T value, std::memory_order order) { return run(OpKind::kFetchAdd, value, order); }
    // `while ((v = load(order)) == old) {}`
    T load_other_than(T old, std::memory_order order) const {
        return run(OpKind::kLoadOtherThan, old, order);
    }
    // Waits until it is not 0, then takes it and leaves `value`.
    T exchange_if_not_zero(T value, std::memory_order order) {
        return run(OpKind::kExchangeIfNotZero, value, order);
    }

  private:
    T run(OpKind kind, T operand, std::memory_order order) const {
        return static_cast<T>(perform({.kind = kind,
                                       .location = location_,
                                       .operand = narrow(static_cast<std::uint64_t>(operand)),
                                       .order = order,
                                       .violation = {}}));
    }
    std::uint8_t location_;
};

// An atomic whose exchange is a load and a store: what a gate "without exchange" would be made of. The planted bug.
template <typename T>
class TornAtomic : public Atomic<T> {
  public:
    using Atomic<T>::Atomic;
    T exchange(T value, std::memory_order) {
        const T old = this->load(std::memory_order_acquire);
        this->store(value, std::memory_order_release);
        return old;
    }
};

// Plain memory that is shared.
class Cell {
  public:
    Cell() : location_(new_location(0)) { new_location(0); }  // the second counts its reads
    Cell(const Cell&) = delete;
    Cell& operator=(const Cell&) = delete;
    int get() const {
        return perform({.kind = OpKind::kCellRead, .location = location_, .violation = {}});
    }
    void set(int value) {
        perform({.kind = OpKind::kCellWrite,
                 .location = location_,
                 .operand = narrow(static_cast<std::uint64_t>(value)),
                 .violation = {}});
    }

  private:
    std::uint8_t location_;
};

// Storage for net::channel::BoundedQueue: as many cells as were asked for, handed over by indices with acquire and release, and a
// violation where moodycamel's would have had no room.
template <typename T>
class Ring {
  public:
    explicit Ring(std::size_t capacity) : cells_(capacity) {}
    bool try_enqueue(T&& value) {
        if (tail_here_ - head_.load(std::memory_order_acquire) == cells_.size()) {
            check(false, "the storage was full although the counters said that there is room");
            return false;
        }
        cells_[tail_here_ % cells_.size()].set(value);
        tail_.store(++tail_here_, std::memory_order_release);
        return true;
    }
    bool try_dequeue(T& value) {
        if (tail_.load(std::memory_order_acquire) == head_here_) {
            check(false, "the storage was empty although the counters said that something waits");
            return false;
        }
        value = cells_[head_here_ % cells_.size()].get();
        head_.store(++head_here_, std::memory_order_release);
        return true;
    }

  private:
    std::vector<Cell> cells_;
    std::size_t tail_here_ = 0;
    std::size_t head_here_ = 0;
    Atomic<std::size_t> head_{0};
    Atomic<std::size_t> tail_{0};
};

// ---- The checker. ----

// Made anew for every run of a thread: members that are not Atomic or Cell belong to the one thread that uses them.
class Scenario {
  public:
    virtual ~Scenario() = default;
    [[nodiscard]] virtual int threads() const = 0;
    virtual void run(int thread) = 0;
    // Once all have finished, with everything they did in sight.
    virtual void after() {}
};

enum class Verdict : std::uint8_t { kClean, kNobodyCanGoOn, kDataRace, kCheckFailed, kOutOfBounds };

struct Result {
    Verdict verdict = Verdict::kClean;
    std::string what;
    std::vector<std::string> steps;  // to the violation
    std::uint64_t states = 0;        // different ones
    std::uint64_t transitions = 0;
};

std::string to_text(Verdict verdict);
std::string to_text(const Result& result);

Result explore(Machine machine,
               const std::function<std::unique_ptr<Scenario>()>& make,
               std::uint64_t most_states = 20'000'000);

}  // namespace model
