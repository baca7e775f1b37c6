// libuv, as far as this room uses it: the loop, readiness of descriptors, timers, signals. Its streams are not used (DESIGN.md, "Sockets").
//
// The memory of a uv handle must outlive uv_close's callback, so handles live on the heap on their own and free themselves there; their owners
// (Poll, Timer, Signal) may go away at any time, inside a callback too, and hear nothing after that.
// Thread: network thread only, but for Loop's constructor.
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>

namespace net::service {

class Loop {
  public:
    Loop() = default;
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // 0 or an errno value.
    [[nodiscard]] int open();
    // Returns when no handle is left.
    void run();
    // What uv_loop_close said: 0, or UV_EBUSY where a handle was left over, which is a bug.
    [[nodiscard]] int close();
    [[nodiscard]] uv_loop_t* raw() { return &loop_; }

  private:
    uv_loop_t loop_{};
};

class PollHandler {
  public:
    // `status` < 0: the kernel reported an error on the descriptor and libuv (POLLERR, UV_EBADF in 1.44) has stopped watching it: read what is left, then ask SO_ERROR.
    virtual void on_poll(int status, int events) = 0;

  protected:
    ~PollHandler() = default;
};

// Readiness of one descriptor, which it does not own and which must stay open until close().
class Poll {
  public:
    Poll() = default;
    ~Poll() { close(); }
    Poll(const Poll&) = delete;
    Poll& operator=(const Poll&) = delete;

    // 0 or an errno value.
    [[nodiscard]] int open(Loop& loop, int fd, PollHandler& handler);
    [[nodiscard]] bool is_open() const { return handle_ != nullptr; }
    // UV_READABLE | UV_WRITABLE | UV_PRIORITIZED, level-triggered; 0 stops. Costs nothing when unchanged.
    void watch(int events);
    // The descriptor may be closed right after.
    void close();

  private:
    struct Handle;
    Handle* handle_ = nullptr;
};

// Calls back once, `delay_ns` after start(), rounded up to milliseconds.
class Timer {
  public:
    Timer(Loop& loop, std::function<void()> on_time);
    ~Timer() { close(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    void start(std::int64_t delay_ns);  // anew, if it runs
    void stop();
    [[nodiscard]] bool is_running() const;
    void close();

  private:
    struct Handle;
    Handle* handle_ = nullptr;
};

// A process signal, told on the loop's thread.
class Signal {
  public:
    Signal(Loop& loop, int signal, std::function<void(int)> on_signal);
    ~Signal() { close(); }
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    void close();

  private:
    struct Handle;
    Handle* handle_ = nullptr;
};

// Calls `on_turn` before the loop waits and after it has dispatched what was ready; while `has_more` is set the loop does not wait.
class Turns {
  public:
    Turns(Loop& loop, std::function<void()> on_turn);
    ~Turns() { close(); }
    Turns(const Turns&) = delete;
    Turns& operator=(const Turns&) = delete;
    void set_has_more(bool has_more);
    void close();

  private:
    struct Handles;
    Handles* handles_ = nullptr;
};

}  // namespace net::service
