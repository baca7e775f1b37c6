// Wakes a job's worker: a counter that one thread raises without ever waiting and the other sleeps on.
//
// sem_post(3) rather than a condition variable: the frame side takes no lock. Posts may be more than needed; a woken worker looks, it never counts.
#pragma once

#include <cerrno>
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

  private:
    sem_t semaphore_{};
};

}  // namespace app::jobs
