// The line between the threads: `net_to_ui` carries events, `ui_to_net` carries commands, and two gates wake the other side.
//
// A Link is made by the service (which knows how to wake its loop) and used by exactly two threads: the network side calls the functions of
// the first group, the frame side those of the second. It must outlive both. A full queue is never an error and never a loss:
// the network side stops reading (is_above_high_mark, wait_for_low_mark) and keeps what cannot wait in an ordered overflow of its own;
// the frame side keeps commands that do not fit in the session's outbox.
#pragma once

#include "net/channel/bounded_queue.h"
#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/channel/low_mark.h"
#include "net/channel/wake_gate.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace net::channel {

// 65,536 events of up to 128 bytes: 8 MiB, and 60 ms of a million reads a second, which is four frames.
inline constexpr std::size_t kEventQueueCapacity = 65536;
// A person makes tens of commands; a script of repeats thousands. What does not fit waits in the outbox.
inline constexpr std::size_t kCommandQueueCapacity = 4096;

struct LinkTraits {
    using Event = channel::Event;
    using Command = channel::Command;
    template <typename T>
    using Atomic = std::atomic<T>;
    template <typename T>
    using Storage = QueueStorage<T>;
};

// The code of Link (below), for any values, atomics and storage: tests/net/channel checks it in every order that the memory model allows.
template <typename Traits>
class BasicLink {
  public:
    using Event = typename Traits::Event;
    using Command = typename Traits::Command;

    struct Config {
        std::size_t event_capacity = kEventQueueCapacity;
        std::size_t command_capacity = kCommandQueueCapacity;
    };

    // `wake_frame` is called on the network thread, `wake_network` on the frame thread; both coalesce.
    BasicLink(const Config& config,
              std::function<void()> wake_frame,
              std::function<void()> wake_network)
        : net_to_ui_(config.event_capacity),
          ui_to_net_(config.command_capacity),
          high_mark_(net_to_ui_.capacity() - net_to_ui_.capacity() / 4),
          low_mark_(net_to_ui_.capacity() / 4),
          frame_gate_(std::move(wake_frame)),
          network_gate_(std::move(wake_network)) {}

    // ---- Network thread only. ----

    // False, with `event` untouched, when the queue is full. Does not wake: call wake_frame() once after a batch.
    [[nodiscard]] bool try_push(Event&& event) { return net_to_ui_.try_push(std::move(event)); }
    void wake_frame() { frame_gate_.ring(); }

    // At three quarters: stop reading. Between here and full there is room for what the current loop turn still has to say.
    [[nodiscard]] bool is_above_high_mark() {
        return net_to_ui_.waiting_for_producer() >= high_mark_;
    }

    // Asks the frame side to wake this thread once at most a quarter waits. False: it is already so, go on at once. Call wake_frame() for
    // what was pushed first: a frame side that sleeps takes nothing.
    [[nodiscard]] bool wait_for_low_mark() {
        return low_mark_.request([this] { return net_to_ui_.waiting_for_producer(); });
    }

    // For latest-wins events: the number of the event pushed last, and whether that one has been consumed.
    [[nodiscard]] std::uint64_t pushed() const { return net_to_ui_.produced(); }
    [[nodiscard]] bool was_consumed(std::uint64_t number) const {
        return net_to_ui_.consumed() >= number;
    }

    // First thing on waking, before draining commands.
    void open_network_gate() { network_gate_.open(); }
    [[nodiscard]] bool try_take(Command& command) { return ui_to_net_.try_pop(command); }

    // ---- Frame thread only (headless: main). ----

    // Calls `fold(Event&&)` for each waiting event in order, until none waits or `go_on()` says false (asked before each event). Returns whether events are
    // left: then the caller asks for another frame itself, because the network side may not ring again.
    template <typename Fold, typename GoOn>
    bool drain(Fold&& fold, GoOn&& go_on) {
        frame_gate_.open();
        Event event{};
        bool is_empty = false;
        while (go_on()) {
            if (!net_to_ui_.try_pop(event)) {
                is_empty = true;
                break;
            }
            fold(std::move(event));
        }
        if (low_mark_.take_request(net_to_ui_.waiting_for_consumer())) network_gate_.ring();
        return !is_empty && !net_to_ui_.is_empty_for_consumer();
    }

    // False, with `command` untouched, when the queue is full: keep it in the outbox and try again next frame.
    [[nodiscard]] bool try_post(Command&& command) {
        if (!ui_to_net_.try_push(std::move(command))) return false;
        network_gate_.ring();
        return true;
    }

  private:
    BoundedQueue<Event, Traits::template Atomic, Traits::template Storage> net_to_ui_;
    BoundedQueue<Command, Traits::template Atomic, Traits::template Storage> ui_to_net_;
    const std::size_t high_mark_;
    BasicLowMark<Traits::template Atomic> low_mark_;
    BasicWakeGate<Traits::template Atomic> frame_gate_;
    BasicWakeGate<Traits::template Atomic> network_gate_;
};

class Link : public BasicLink<LinkTraits> {
  public:
    using BasicLink::BasicLink;
};

}  // namespace net::channel
