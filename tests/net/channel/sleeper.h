// A thread that sleeps until it is woken through an eventfd, as a libuv loop or a frame loop does, and can be proven to sleep for ever.
#pragma once

#include <atomic>
#include <cstdint>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <unistd.h>

namespace sleeper {

class Sleeper {
  public:
    Sleeper() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (descriptor_ < 0) throw std::runtime_error("eventfd");
    }
    ~Sleeper() { close(descriptor_); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    // The other thread.
    void wake() {
        const std::uint64_t one = 1;
        if (write(descriptor_, &one, sizeof one) != sizeof one)
            throw std::runtime_error("write to eventfd");
    }

    // The sleeping thread.
    void wait_to_be_woken() {
        const std::uint64_t turn = falling_asleep_.load(std::memory_order_relaxed) + 1;
        falling_asleep_.store(turn, std::memory_order_release);
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        while (poll(&waiting, 1, -1) != 1) {
        }
        awake_.store(turn, std::memory_order_release);
        std::uint64_t count = 0;
        if (read(descriptor_, &count, sizeof count) != sizeof count)
            throw std::runtime_error("read from eventfd");
    }

    // The other thread, as long as only it wakes: true if the sleeper sleeps, and nothing but a new wake() will end that. No time is involved:
    // the descriptor is empty while the sleeper is between its two stores, before it takes anything from the descriptor.
    [[nodiscard]] bool sleeps_for_ever() const {
        const std::uint64_t awake = awake_.load(std::memory_order_acquire);
        const std::uint64_t asleep = falling_asleep_.load(std::memory_order_acquire);
        if (asleep != awake + 1) return false;
        pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
        if (poll(&waiting, 1, 0) != 0) return false;
        return awake_.load(std::memory_order_acquire) == awake;
    }

  private:
    const int descriptor_;
    alignas(64) std::atomic<std::uint64_t> falling_asleep_{0};
    std::atomic<std::uint64_t> awake_{0};
};

}  // namespace sleeper
