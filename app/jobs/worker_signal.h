// Wakes a job's worker: a counter that one thread raises without ever waiting and the other sleeps on.
//
// sem_post(3) rather than a condition variable: the frame side takes no lock. Posts may be more than needed; a woken worker looks, it never counts.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <semaphore.h>

namespace app::jobs {

class WorkerSignal {
  public:
    WorkerSignal() { ::sem_init(&semaphore_, 0, 0); }
    ~WorkerSignal() { ::sem_destroy(&semaphore_); }
    WorkerSignal(const WorkerSignal&) = delete;
    WorkerSignal& operator=(const WorkerSignal&) = delete;

    // Any thread; never blocks. (EOVERFLOW after 2^31 posts that nobody took: then the worker is awake anyway.)
    void post() { ::sem_post(&semaphore_); }
    // The worker.
    void wait() {
        while (::sem_wait(&semaphore_) != 0 && errno == EINTR) {
        }
    }
    // False: it was not posted within that time.
    [[nodiscard]] bool wait_for(std::chrono::milliseconds most) {
        timespec until{};
        ::clock_gettime(CLOCK_MONOTONIC, &until);
        const std::int64_t ns = until.tv_nsec + std::int64_t{most.count()} * 1'000'000;
        until.tv_sec += static_cast<std::time_t>(ns / 1'000'000'000);
        until.tv_nsec = static_cast<long>(ns % 1'000'000'000);
        int error = 0;
        while ((error = ::sem_clockwait(&semaphore_, CLOCK_MONOTONIC, &until) == 0 ? 0 : errno) ==
               EINTR) {
        }
        return error == 0;
    }

  private:
    sem_t semaphore_{};
};

}  // namespace app::jobs
