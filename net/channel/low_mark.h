// How a producer that found its queue too full learns that there is room again: a request and one answer.
#pragma once

#include <atomic>
#include <cstddef>

namespace net::channel {

// Exchanges on both sides, for the same reason as in the wake-up gate: either the consumer sees the request, or the producer, looking again
// after it has placed it, sees what the consumer took. With a plain store and a plain load each can miss the other, and both wait for ever.
template <template <typename> class Atomic>
class BasicLowMark {
  public:
    // In values that wait in the queue.
    explicit BasicLowMark(std::size_t mark) : mark_(mark) {}

    [[nodiscard]] std::size_t mark() const { return mark_; }

    // Producer. True: the consumer will answer once no more than mark() wait. False: it is already so. `waiting_now()` is how many wait; it
    // is asked after the request is placed.
    template <typename WaitingNow>
    [[nodiscard]] bool request(WaitingNow&& waiting_now) {
        is_wanted_.exchange(true, std::memory_order_acq_rel);
        if (waiting_now() > mark_) return true;
        is_wanted_.exchange(false, std::memory_order_acq_rel);
        return false;
    }

    // Consumer, each time it has taken values: whether the producer is to be woken now, because it asked and no more than mark() of the
    // `waiting` are left. Says so once for a request; once too often where the producer has just seen the room by itself.
    [[nodiscard]] bool take_request(std::size_t waiting) {
        return waiting <= mark_ && is_wanted_.exchange(false, std::memory_order_acq_rel);
    }

  private:
    const std::size_t mark_;
    Atomic<bool> is_wanted_{false};
};

using LowMark = BasicLowMark<std::atomic>;

}  // namespace net::channel
