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
class BoundedQueue {
  public:
    // `capacity` values at most, at least 1; memory for all of them is taken here and never again.
    explicit BoundedQueue(std::size_t capacity)
        : capacity_(std::max<std::size_t>(capacity, 1)),
          queue_(capacity_) {}

    // Any thread.
    [[nodiscard]] std::size_t capacity() const { return capacity_; }

    // Producer only. False, with `value` untouched, when the queue is full.
    [[nodiscard]] bool try_push(T&& value) {
        if (produced_here_ - consumed_seen_ >= capacity_) {
            consumed_seen_ = consumed_.load(std::memory_order_acquire);
            if (produced_here_ - consumed_seen_ >= capacity_) return false;
        }
        // Room for `capacity_` was taken at construction, so this cannot fail while the counters say there is room.
        if (!queue_.try_enqueue(std::move(value))) return false;
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

    // Consumer only.
    [[nodiscard]] bool try_pop(T& value) {
        if (!queue_.try_dequeue(value)) return false;
        consumed_.store(++consumed_here_, std::memory_order_release);
        return true;
    }

    // Consumer only: nothing waits at this moment.
    [[nodiscard]] bool is_empty_for_consumer() const { return queue_.peek() == nullptr; }
    // Consumer only: how many values wait; exact or too small by what the producer pushes meanwhile.
    [[nodiscard]] std::size_t waiting_for_consumer() const {
        const std::uint64_t produced = produced_.load(std::memory_order_acquire);
        return produced > consumed_here_ ? static_cast<std::size_t>(produced - consumed_here_) : 0;
    }

  private:
    const std::size_t capacity_;
    moodycamel::ReaderWriterQueue<T> queue_;
    // Producer only; the atomic is read by the consumer.
    alignas(kCacheLineBytes) std::uint64_t produced_here_ = 0;
    std::uint64_t consumed_seen_ = 0;
    std::atomic<std::uint64_t> produced_{0};
    // Consumer only; the atomic is read by the producer.
    alignas(kCacheLineBytes) std::uint64_t consumed_here_ = 0;
    std::atomic<std::uint64_t> consumed_{0};
};

}  // namespace net::channel
