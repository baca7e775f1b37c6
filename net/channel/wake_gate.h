// One pending wake-up at most, and none lost.
//
// Why not a plain wake: uv_async_send in libuv before 1.53 and any "push, then wake if nobody did" with relaxed checks can lose a wake-up
// (RELIABILITY.md F5: 182 in 0.87 million rounds; a full exchange on both sides: 0 in 2.4 million, and model-checked). The exchange
// orders the producer's push before the consumer's drain or the consumer's reset before the producer's wake; one of the two always holds.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

namespace net::channel {

// `Atomic` is std::atomic; tests/net/channel checks this very code with atomics of its own, in every order that the memory model allows.
template <template <typename> class Atomic>
class BasicWakeGate {
  public:
    // `wake` is called on the producer's thread, at most once between two calls of open(); it must be safe to call there.
    explicit BasicWakeGate(std::function<void()> wake) : wake_(std::move(wake)) {}

    // Producer, after its push.
    void ring() {
        if (rung_.exchange(1, std::memory_order_acq_rel) == 0) wake_();
    }

    // Consumer, first thing on waking and before it drains. A handler drains, it never counts: wake-ups coalesce.
    void open() { rung_.exchange(0, std::memory_order_acq_rel); }

  private:
    Atomic<int> rung_{0};
    const std::function<void()> wake_;
};

using WakeGate = BasicWakeGate<std::atomic>;

}  // namespace net::channel
