// Moments at which something is to be done, in nanoseconds of CLOCK_MONOTONIC, kept as they are: what comes late does not move what comes after it.
//
// uv timers count whole milliseconds from when they were started, so a thousand sends a second would become nine hundred. Here one timerfd stands at the earliest
// moment. What is due is done at the end of a turn (run()), each at most once a turn, so that one that is behind does not hold up the others.
// Thread: network thread only.
#pragma once

#include "net/service/loop.h"
#include "net/service/socket.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

namespace net::service {

class Deadlines;

// One moment. It may set or clear itself and any other in its call, and go away there. Must not outlive its Deadlines.
class Timed {
  public:
    // `now_ns`: when the turn began to look, at or after the moment.
    Timed(Deadlines& deadlines, std::function<void(std::int64_t now_ns)> on_time)
        : deadlines_(deadlines),
          on_time_(std::move(on_time)) {}
    ~Timed() { clear(); }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

    void set(std::int64_t at_ns);  // in place of what was set
    // In the next turn, which then follows at once.
    void set_soon() { set(kSoonNs); }
    void clear();
    [[nodiscard]] bool is_set() const { return list_ != nullptr; }

  private:
    friend class Deadlines;
    static constexpr std::int64_t kSoonNs = 0;  // before all others
    using List = std::multimap<std::int64_t, Timed*>;

    Deadlines& deadlines_;
    const std::function<void(std::int64_t)> on_time_;
    List* list_ = nullptr;  // where it stands; null: not set
    List::iterator place_;
};

class Deadlines final : private PollHandler {
  public:
    explicit Deadlines(Loop& loop);

    // Whether run() would do something now.
    [[nodiscard]] bool is_due() const;
    // Does what is due, at most kMostPerTurn.
    void run();
    // How many are being done in this turn: each has about its part of the turn.
    [[nodiscard]] std::size_t due_count() const { return due_count_; }
    // Something that is due was left for the next turn, which is to follow at once.
    [[nodiscard]] bool has_due() const {
        return !due_.empty() || (!times_.empty() && times_.begin()->first == Timed::kSoonNs);
    }
    // The loop will wake up for the next one. At the end of each turn after which run() may be called.
    void arm();
    void close();

  private:
    friend class Timed;
    static constexpr std::size_t kMostPerTurn = 2048;
    // A hundred repeats of a millisecond, each with its own phase, must not be a hundred thousand wake-ups a second: there is this much time between two.
    static constexpr std::int64_t kLeastSpacingNs = 100'000;

    void on_poll(int status, int events) override;
    // Where the system has no descriptor to spare: late by up to a millisecond, but still without drift.
    void open();

    Loop& loop_;
    UniqueFd fd_;
    Poll poll_;
    Timer coarse_;
    Timed::List times_;
    Timed::List due_;
    std::size_t due_count_ = 0;
    std::int64_t armed_ns_ = 0;  // 0: not
    std::int64_t ran_ns_ = 0;
    bool is_open_ = false;
};

}  // namespace net::service
