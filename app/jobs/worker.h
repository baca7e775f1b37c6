// What the jobs share: a worker thread, requests and results that cross as values without a lock, progress, cancel.
//
// A job's Impl has a Worker as its last member (its thread uses the others) and gives it a function: what to do for a request. That function looks at
// JobControl::should_stop() after each slice of work and says how far it is; what it returns is the frame's, once, by take_result().
//
// Thread: the Worker's functions on the frame thread, JobControl's on the worker. The frame side never waits, but in the destructor: for a slice, which may be a sync of a slow disk (JobEnd).
#pragma once

#include "app/jobs/worker_signal.h"
#include "net/channel/wake_gate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace app::jobs {

// From one thread to another, in order, as many as there are: a person's wishes and what came of them, never a stream of events.
template <typename T>
class Mailbox {
  public:
    Mailbox() = default;
    ~Mailbox() { (void)take(); }
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    void post(T value) {
        Letter* const letter = new Letter{.value = std::move(value),
                                          .before = newest_.load(std::memory_order_relaxed)};
        while (!newest_.compare_exchange_weak(letter->before, letter, std::memory_order_release,
                                              std::memory_order_relaxed)) {
        }
    }
    // All that is there, the oldest first.
    [[nodiscard]] std::deque<T> take() {
        std::deque<T> taken;
        Letter* letter = newest_.exchange(nullptr, std::memory_order_acquire);
        while (letter != nullptr) {
            taken.push_front(std::move(letter->value));
            delete std::exchange(letter, letter->before);
        }
        return taken;
    }

  private:
    struct Letter {
        T value;
        Letter* before;
    };
    std::atomic<Letter*> newest_{nullptr};
};

enum class JobRule : std::uint8_t {
    kEach,  // every request is worked on, in order; at the end of the job the one under way is told to stop
    kLatest,  // a newer request stops the one under way; of those that wait, only the newest counts
    kFinishes,  // as kLatest, but nothing is stopped: what was asked last is done, even at the end of the job
};

// The frame's wake-up, which an abandoned worker must not call any more: whom it would wake may be gone. The lock is the worker's, but for that end.
class RevocableWake {
  public:
    explicit RevocableWake(std::function<void()> wake) : wake_(std::move(wake)) {}
    void operator()() {
        const std::lock_guard lock(mutex_);
        if (wake_) wake_();
    }
    void revoke() {
        const std::lock_guard lock(mutex_);
        wake_ = nullptr;
    }

  private:
    std::mutex mutex_;
    std::function<void()> wake_;
};

enum class JobEnd : std::uint8_t {
    kJoins,     // the destructor waits for the slice under way
    kAbandons,  // it waits for kPatience; a worker that hangs then in a call that does not come back is left to itself. Its Work holds nothing but values
};
inline constexpr std::chrono::milliseconds kPatience{500};

class JobControl {
  public:
    // The worker: give up what is under way.
    [[nodiscard]] bool should_stop() const {
        if (rule_ == JobRule::kFinishes) return false;
        if (is_cancelled_.load(std::memory_order_relaxed)) return true;
        return rule_ == JobRule::kLatest && asked_.load(std::memory_order_relaxed) != taken_;
    }
    // The worker: 0..1. The frame is woken where a progress bar would show the difference.
    void set_progress(double progress) {
        progress_.store(std::clamp(progress, 0.0, 1.0), std::memory_order_relaxed);
        constexpr double kVisible = 0.004;
        if (progress - shown_ < kVisible && progress >= shown_) return;
        shown_ = progress;
        frame_gate_.ring();
    }

  private:
    template <typename Request, typename Result>
    friend class Worker;
    JobControl(std::function<void()> wake_frame, JobRule rule)
        : rule_(rule),
          frame_gate_(std::move(wake_frame)) {}

    const JobRule rule_;
    net::channel::WakeGate frame_gate_;
    std::atomic<bool> is_cancelled_{false};
    std::atomic<double> progress_{0};
    std::atomic<std::uint64_t> asked_{0};
    // The worker only.
    std::uint64_t taken_ = 0;
    double shown_ = 0;
};

template <typename Request, typename Result>
class Worker {
  public:
    // Called on the worker for each request. Nothing returned: nothing to tell.
    using Work = std::function<std::optional<Result>(Request&&, JobControl&)>;

    Worker(std::function<void()> wake_frame,
           Work work,
           JobRule rule = JobRule::kEach,
           JobEnd end = JobEnd::kJoins)
        : end_(end),
          shared_(std::make_shared<Shared>(std::move(wake_frame), std::move(work), rule)),
          thread_([shared = shared_] { shared->run(); }) {}

    ~Worker() {
        cancel();
        shared_->is_ending.store(true, std::memory_order_release);
        shared_->signal.post();
        if (end_ == JobEnd::kJoins || shared_->has_ended.wait_for(kPatience)) {
            thread_.join();
        } else {
            shared_->wake.revoke();
            thread_.detach();
        }
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void ask(Request request) {
        // Counted first: a worker that takes it at once must not see a newer one than there is.
        shared_->control.asked_.fetch_add(1, std::memory_order_relaxed);
        shared_->requests.post(std::move(request));
        shared_->signal.post();
    }
    void cancel() { shared_->control.is_cancelled_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] double progress() const {
        return shared_->control.progress_.load(std::memory_order_relaxed);
    }
    // Once a turn: it also lets the next wake-up through.
    [[nodiscard]] std::optional<Result> take_result() {
        shared_->control.frame_gate_.open();
        for (Result& result : shared_->results.take())
            taken_.push_back(std::move(result));
        if (taken_.empty()) return std::nullopt;
        std::optional<Result> first{std::move(taken_.front())};
        taken_.pop_front();
        return first;
    }

  private:
    // The worker's and the frame's; the last of them to go takes it along.
    struct Shared {
        Shared(std::function<void()> wake_frame, Work work_for, JobRule rule)
            : wake(std::move(wake_frame)),
              control([this] { wake(); }, rule),
              work(std::move(work_for)) {}

        void run() {
            for (;;) {
                signal.wait();
                // Looked at first: what was asked before the end is then in the mailbox.
                const bool is_last = is_ending.load(std::memory_order_acquire);
                std::deque<Request> waiting = requests.take();
                while (!waiting.empty()) {
                    Request request = std::move(waiting.front());
                    waiting.pop_front();
                    ++control.taken_;
                    if (!waiting.empty() && control.rule_ != JobRule::kEach) continue;
                    work_on(std::move(request));
                }
                if (is_last) break;
            }
            has_ended.post();
        }

        void work_on(Request&& request) {
            control.shown_ = 0;
            std::optional<Result> result = work(std::move(request), control);
            if (!result) return;
            results.post(std::move(*result));
            control.frame_gate_.ring();
        }

        Mailbox<Request> requests;
        Mailbox<Result> results;
        WorkerSignal signal;
        WorkerSignal has_ended;
        std::atomic<bool> is_ending{false};
        RevocableWake wake;
        JobControl control;
        const Work work;
    };

    // Frame thread only.
    std::deque<Result> taken_;
    const JobEnd end_;
    const std::shared_ptr<Shared> shared_;
    std::thread thread_;
};

}  // namespace app::jobs
