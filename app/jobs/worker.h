// What the jobs share: a worker thread, requests and results that cross as values without a lock, progress, cancel.
//
// A job's Impl has a Worker as its last member (its thread uses the others) and gives it a function: what to do for a request. That function looks at
// JobControl::should_stop() after each slice of work and says how far it is; what it returns is the frame's, once, by take_result().
//
// Thread: the Worker's functions on the frame thread, JobControl's on the worker. The frame side never waits, but in the destructor, for a slice.
#pragma once

#include "app/jobs/worker_signal.h"
#include "net/channel/wake_gate.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
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

    Worker(std::function<void()> wake_frame, Work work, JobRule rule = JobRule::kEach)
        : control_(std::move(wake_frame), rule),
          work_(std::move(work)),
          thread_([this] { run(); }) {}

    ~Worker() {
        cancel();
        is_ending_.store(true, std::memory_order_release);
        signal_.post();
        thread_.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void ask(Request request) {
        // Counted first: a worker that takes it at once must not see a newer one than there is.
        control_.asked_.fetch_add(1, std::memory_order_relaxed);
        requests_.post(std::move(request));
        signal_.post();
    }
    void cancel() { control_.is_cancelled_.store(true, std::memory_order_relaxed); }
    [[nodiscard]] double progress() const {
        return control_.progress_.load(std::memory_order_relaxed);
    }
    // Once a turn: it also lets the next wake-up through.
    [[nodiscard]] std::optional<Result> take_result() {
        control_.frame_gate_.open();
        for (Result& result : results_.take())
            taken_.push_back(std::move(result));
        if (taken_.empty()) return std::nullopt;
        std::optional<Result> first{std::move(taken_.front())};
        taken_.pop_front();
        return first;
    }

  private:
    void run() {
        for (;;) {
            signal_.wait();
            // Looked at first: what was asked before the end is then in the mailbox.
            const bool is_ending = is_ending_.load(std::memory_order_acquire);
            std::deque<Request> requests = requests_.take();
            while (!requests.empty()) {
                Request request = std::move(requests.front());
                requests.pop_front();
                ++control_.taken_;
                if (!requests.empty() && control_.rule_ != JobRule::kEach) continue;
                work_on(std::move(request));
            }
            if (is_ending) return;
        }
    }

    void work_on(Request&& request) {
        control_.shown_ = 0;
        std::optional<Result> result = work_(std::move(request), control_);
        if (!result) return;
        results_.post(std::move(*result));
        control_.frame_gate_.ring();
    }

    // Frame thread only.
    std::deque<Result> taken_;
    // Between the two.
    Mailbox<Request> requests_;
    Mailbox<Result> results_;
    WorkerSignal signal_;
    std::atomic<bool> is_ending_{false};
    JobControl control_;
    const Work work_;
    // Last: it uses all of the above.
    std::thread thread_;
};

}  // namespace app::jobs
