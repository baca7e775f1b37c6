// A bounded queue for one producing and one consuming thread, for life.
//
// moodycamel::ReaderWriterQueue carries the values; two counters add what it lacks: an exact bound and an exact fill on either side.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <readerwriterqueue/readerwriterqueue.h>
#include <utility>

namespace net::channel {

inline constexpr std::size_t kCacheLineBytes = 64;

template <typename T>
using QueueStorage = moodycamel::ReaderWriterQueue<T>;

// `Atomic` and `Storage` are what the defaults say; tests/net/channel puts its own in to check this very code in every order that the
// memory model allows.
template <typename T,
          template <typename> class Atomic = std::atomic,
          template <typename> class Storage = QueueStorage>
class BoundedQueue {
  public:
    // `capacity` values at most, at least 1; memory for all of them is taken here and never again.
    explicit BoundedQueue(std::size_t capacity)
        : capacity_(std::max<std::size_t>(capacity, 1)),
          storage_(capacity_) {}

    // Any thread.
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // Producer only. False, with `value` untouched, when the queue is full.
    [[nodiscard]] bool try_push(T&& value) {
        if (kSanitizerNeedsEdges || produced_here_ - consumed_seen_ >= capacity_) {
            consumed_seen_ = consumed_.load(std::memory_order_acquire);
            if (produced_here_ - consumed_seen_ >= capacity_) return false;
        }
        // Room for `capacity_` was taken at construction, so this cannot fail while the counters say there is room.
        if (!storage_.try_enqueue(std::move(value))) return false;
        produced_.store(++produced_here_, std::memory_order_release);
        return true;
    }

    // Producer only: how many values wait; exact or too large by what the consumer takes meanwhile.
    [[nodiscard]] std::size_t waiting_for_producer() {
        consumed_seen_ = consumed_.load(std::memory_order_acquire);
        return static_cast<std::size_t>(produced_here_ - consumed_seen_);
    }

    // Producer only: how many values were ever pushed. A value pushed as number n has been consumed once consumed() >= n.
    [[nodiscard]] std::uint64_t produced() const { return produced_here_; }

    // Any thread: how many values were ever popped.
    [[nodiscard]] std::uint64_t consumed() const {
        return consumed_.load(std::memory_order_acquire);
    }

    // Consumer only. False, with `value` untouched, when nothing waits.
    [[nodiscard]] bool try_pop(T& value) {
        if (consumed_here_ == produced_seen_) {
            produced_seen_ = produced_.load(std::memory_order_acquire);
            if (consumed_here_ == produced_seen_) return false;
        }
        if (!storage_.try_dequeue(value))
            return false;  // cannot be: produced_ counts what is in it
        consumed_.store(++consumed_here_, std::memory_order_release);
        return true;
    }

    // Consumer only: nothing waits at this moment.
    [[nodiscard]] bool is_empty_for_consumer() const { return waiting_for_consumer() == 0; }
    // Consumer only: how many values wait; exact or too small by what the producer pushes meanwhile.
    [[nodiscard]] std::size_t waiting_for_consumer() const {
        return static_cast<std::size_t>(produced_.load(std::memory_order_acquire) - consumed_here_);
    }

  private:
    // moodycamel hands slots back with fences, which gcc's thread sanitizer does not know ("atomic_thread_fence is not supported"): it would
    // report a race in each slot that is used again. Under it the producer looks at consumed_ each time and not only when it seems full,
    // which shows it the same order by an edge it knows. The way to the consumer is ordered by produced_ in every build.
#if defined(__SANITIZE_THREAD__)
    static constexpr bool kSanitizerNeedsEdges = true;
#else
    static constexpr bool kSanitizerNeedsEdges = false;
#endif

    const std::size_t capacity_;
    Storage<T> storage_;
    // Producer only; the atomic is read by the consumer.
    alignas(kCacheLineBytes) std::uint64_t produced_here_ = 0;
    std::uint64_t consumed_seen_ = 0;
    Atomic<std::uint64_t> produced_{0};
    // Consumer only; the atomic is read by the producer.
    alignas(kCacheLineBytes) std::uint64_t consumed_here_ = 0;
    std::uint64_t produced_seen_ = 0;
    Atomic<std::uint64_t> consumed_{0};
};

}  // namespace net::channel
