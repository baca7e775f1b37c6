#include "app/headless.h"

#include "app/headless_lines.h"
#include "net/channel/event.h"
#include "net/channel/ids.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <unordered_set>
#include <utility>
#include <variant>

namespace app {
namespace {

using net::channel::number;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNsPerMs = 1'000'000;

// After a drain that brought something the next one waits this long, so that a flood costs one wake-up for thousands of events; the
// queue holds sixteen times what a million reads a second bring meanwhile. What comes alone is printed at once.
constexpr std::int64_t kDrainPauseNs = 4 * kNsPerMs;
// Between two looks at signals and clocks.
constexpr std::size_t kMostEventsADrain = 32768;
// Lines that wait for a slow reader. Above it nothing is drained, and the queue's high mark does the rest: reading pauses, nothing is lost.
constexpr std::size_t kMostPendingBytes = std::size_t{1} << 20;
// Once we are to stop, a reader that takes nothing for this long is taken to be gone.
constexpr std::int64_t kStalledReaderNs = 2'000 * kNsPerMs;
// The service stops within one second whatever the peers do, and its last events wait for nobody but us.
constexpr std::int64_t kStopLimitNs = 10'000 * kNsPerMs;
// The count reads about a gigabyte a second and has gone round all along: what is left at the end is little. A signal ends it earlier.
constexpr std::int64_t kAuditLimitNs = 60'000 * kNsPerMs;

// Lines on their way to a descriptor that may be slow, closed, or both in turn. Never blocks.
class Output {
  public:
    explicit Output(int descriptor) : descriptor_(descriptor) {}

    [[nodiscard]] int descriptor() const { return descriptor_; }
    // Append lines here, then write_some().
    [[nodiscard]] std::string& text() { return text_; }
    [[nodiscard]] std::size_t pending() const { return text_.size() - written_; }
    [[nodiscard]] bool is_closed() const { return is_closed_; }
    // CLOCK_MONOTONIC of the last write that took something.
    [[nodiscard]] std::int64_t last_progress_ns() const { return last_progress_ns_; }

    void close() { is_closed_ = true; }

    // Writes what the descriptor takes without blocking. A pipe that polls writable has room for PIPE_BUF bytes (pipe(7)), so a piece of that
    // size never blocks, without O_NONBLOCK on a descriptor that we share with others.
    void write_some() {
        constexpr std::size_t kPiece = 4096;
        while (!is_closed_ && written_ < text_.size()) {
            pollfd ready{.fd = descriptor_, .events = POLLOUT, .revents = 0};
            const int count = poll(&ready, 1, 0);
            if (count == 0 || (count < 0 && errno == EINTR)) return;
            const std::size_t size = std::min(kPiece, text_.size() - written_);
            const ssize_t taken = write(descriptor_, text_.data() + written_, size);
            if (taken < 0) {
                if (errno == EINTR || errno == EAGAIN) return;
                close();
                return;
            }
            written_ += static_cast<std::size_t>(taken);
            last_progress_ns_ = monotonic_ns();
        }
        text_.clear();
        written_ = 0;
    }

  private:
    int descriptor_;
    std::string text_;
    std::size_t written_ = 0;
    std::int64_t last_progress_ns_ = 0;
    bool is_closed_ = false;
};

// One run: what is waited for, and why it ends.
class Run {
  public:
    Run(FrameSide& side, const Options& options, int wake_descriptor, int signal_descriptor)
        : side_(side),
          lines_(options.is_verbose),
          output_(options.write_path == "-" ? STDERR_FILENO : STDOUT_FILENO),
          wake_descriptor_(wake_descriptor),
          signal_descriptor_(signal_descriptor),
          ends_ns_(options.stop_after_ns ? monotonic_ns() + *options.stop_after_ns : kNever),
          is_capture_piped_(options.write_path == "-"),
          asked_for_(side.session) {}

    [[nodiscard]] int run() {
        turn_once(monotonic_ns());
        for (const auto id : side_.session.endpoints())
            unfinished_.insert(number(id));
        while (!side_.session.is_stopped()) {
            wait();
            const std::int64_t now = monotonic_ns();
            if (now >= ends_ns_) stop(now);
            drain(now);
            turn_once(now);
            output_.write_some();
            if (unfinished_.empty()) stop(now);
            if (output_.is_closed() || is_standard_output_closed_) stop(now);
            if (is_stopping_ && now >= stop_limit_ns_) break;
        }
        return finish();
    }

  private:
    void stop(std::int64_t now) {
        if (is_stopping_) return;
        is_stopping_ = true;
        stop_limit_ns_ = now + kStopLimitNs;
        side_.session.stop();
        has_commands_ = side_.session.post_to(side_.link);
    }

    void turn_once(std::int64_t now) {
        has_commands_ = turn(side_, realtime_ns(), now);
        release_dropped(side_.files, side_.session);
    }

    // Until there may be something to do. Notes signals and closed outputs.
    void wait() {
        const std::int64_t now = monotonic_ns();
        const bool has_lines = output_.pending() > 0 && !output_.is_closed();
        const bool takes_events = !has_lines || output_.pending() < kMostPendingBytes;
        const bool is_pausing = now < next_drain_ns_;
        std::int64_t until = is_stopping_ ? stop_limit_ns_ : ends_ns_;
        if (is_stopping_ && has_lines) until = std::min(until, stalled_ns());
        if (side_.demo != nullptr) until = std::min(until, side_.demo->next_step_ns());
        if (takes_events && is_pausing) until = std::min(until, next_drain_ns_);
        if (takes_events && !is_pausing && is_left_) until = now;
        if (has_commands_) until = std::min(until, now + kDrainPauseNs);

        std::array<pollfd, 4> watched{{
            {.fd = signal_descriptor_, .events = POLLIN, .revents = 0},
            // Also when it carries the capture. POLLERR and POLLHUP come unasked, and for ever: looked for only until they have come.
            {.fd = is_standard_output_closed_ ? -1 : STDOUT_FILENO, .events = 0, .revents = 0},
            {.fd = output_.is_closed() ? -1 : output_.descriptor(),
             .events = static_cast<short>(has_lines ? POLLOUT : 0),
             .revents = 0},
            {.fd = takes_events && !is_pausing ? wake_descriptor_ : -1,
             .events = POLLIN,
             .revents = 0},
        }};
        timespec timeout{};
        const timespec* limit = nullptr;
        if (until != kNever) {
            const std::int64_t left = std::max<std::int64_t>(until - now, 0);
            timeout = {.tv_sec = left / 1'000'000'000, .tv_nsec = left % 1'000'000'000};
            limit = &timeout;
        }
        if (ppoll(watched.data(), watched.size(), limit, nullptr) <= 0) return;

        if (watched[0].revents != 0) {
            static_cast<void>(take_signals());
            stop(monotonic_ns());
        }
        constexpr short kGone = POLLERR | POLLHUP | POLLNVAL;
        if ((watched[1].revents & kGone) != 0) is_standard_output_closed_ = true;
        if ((watched[2].revents & kGone) != 0) output_.close();
        if (watched[3].revents != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const ssize_t size = read(wake_descriptor_, &count, sizeof count);
        }
    }

    // True: there was one since the last call.
    [[nodiscard]] bool take_signals() const {
        signalfd_siginfo signal{};
        bool has_come = false;
        while (read(signal_descriptor_, &signal, sizeof signal) == ssize_t{sizeof signal})
            has_come = true;
        return has_come;
    }

    // While stopping: when a reader that takes nothing counts as gone.
    [[nodiscard]] std::int64_t stalled_ns() const {
        return std::max(output_.last_progress_ns(), stop_limit_ns_ - kStopLimitNs) +
               kStalledReaderNs;
    }

    void drain(std::int64_t now) {
        if (now < next_drain_ns_) return;
        if (is_stopping_ && output_.pending() > 0 && now >= stalled_ns()) output_.close();
        const std::int64_t now_ns = realtime_ns();
        std::size_t events = 0;
        is_left_ = side_.link.drain(
            [&](net::channel::Event&& event) {
                ++events;
                note(event);
                if (!output_.is_closed()) lines_.append(event, output_.text());
                side_.session.fold(std::move(event), now_ns);
            },
            [&] {
                return events < kMostEventsADrain &&
                       (output_.is_closed() || output_.pending() < kMostPendingBytes);
            });
        next_drain_ns_ = events > 0 && !is_left_ ? now + kDrainPauseNs : 0;
    }

    // Keeps count of who may still do something.
    void note(const net::channel::Event& event) {
        if (const auto* added = std::get_if<net::channel::EndpointAdded>(&event)) {
            unfinished_.insert(number(added->endpoint));
        } else if (const auto* stopped = std::get_if<net::channel::EndpointStopped>(&event)) {
            unfinished_.erase(number(stopped->endpoint));
        } else if (const auto* closed = std::get_if<net::channel::ConnectionClosed>(&event)) {
            const session::Connection* connection = side_.session.connection(closed->connection);
            if (connection != nullptr && connection->was_opened_here) {
                unfinished_.erase(number(connection->endpoint));
            }
        }
    }

    [[nodiscard]] int finish() {
        const session::Session& session = side_.session;
        const bool has_stopped = session.is_stopped();
        bool has_failed = session.has_failed();
        const auto complain = [&](const std::string& what) {
            has_failed = true;
            std::fprintf(stderr, "wireloupe: %s\n", what.c_str());
        };
        if (!has_stopped) {
            complain("the network thread has not stopped; the capture may lack what came last");
        }
        // Once the capture's reader has gone, what came up can no longer be told.
        const bool is_reader_gone = is_capture_piped_ && is_standard_output_closed_;
        asked_for_.look(session, side_.demo);
        has_failed |= asked_for_.has_failed();
        if (!is_reader_gone) {
            for (const std::string& line : asked_for_.never_up())
                complain(line);
        }
        if (session.loop_close_result() != 0) {
            complain("the event loop was not empty at its end (uv_loop_close: " +
                     std::to_string(session.loop_close_result()) + ")");
        }

        const session::Totals& totals = session.totals();
        const std::uint64_t shown = totals.received + totals.sent;
        std::uint64_t stored =
            shown;  // of a pipe: told only after write(2) took it, and nothing can be counted afterwards
        if (has_stopped && side_.audit != nullptr) {
            const bool is_counted =
                finish_audit(side_, kAuditLimitNs, [&] { return take_signals(); });
            const session::Ledger& ledger = session.ledger();
            stored = ledger.stored;
            if (!is_counted) {
                std::fprintf(stderr,
                             "wireloupe: the capture was not counted to its end: %llu of %llu "
                             "bytes\n",
                             static_cast<unsigned long long>(stored),
                             static_cast<unsigned long long>(shown));
            } else if (ledger.state == session::LedgerState::kDisagrees) {
                complain("the ledger disagrees: " + ledger.trouble);
            } else if (stored != shown) {
                complain("the ledger disagrees: shown " + std::to_string(shown) +
                         " bytes, stored " + std::to_string(stored));
            }
        }
        lines_.append(RunSummary{.time_ns = realtime_ns(),
                                 .received = totals.received,
                                 .sent = totals.sent,
                                 .stored = stored,
                                 .connections = totals.connections,
                                 .read_pauses = totals.read_pauses,
                                 .datagrams_dropped = totals.datagrams_dropped,
                                 .capture = session.capture_path()},
                      output_.text());
        write_the_rest();
        return has_failed ? kExitFailed : kExitDone;
    }

    void write_the_rest() {
        while (output_.pending() > 0 && !output_.is_closed()) {
            pollfd ready{.fd = output_.descriptor(), .events = POLLOUT, .revents = 0};
            const int count = poll(&ready, 1, static_cast<int>(kStalledReaderNs / kNsPerMs));
            if (count == 0) return;
            output_.write_some();
        }
    }

    FrameSide& side_;
    HeadlessLines lines_;
    Output output_;
    const int wake_descriptor_;
    const int signal_descriptor_;
    const std::int64_t ends_ns_;  // CLOCK_MONOTONIC, as all below
    const bool is_capture_piped_;
    AskedFor asked_for_;
    std::int64_t next_drain_ns_ = 0;
    std::int64_t stop_limit_ns_ = kNever;
    bool is_stopping_ = false;
    bool is_standard_output_closed_ = false;
    bool is_left_ = false;                          // the last drain ended before the queue did
    bool has_commands_ = false;                     // some did not fit into the command queue
    std::unordered_set<std::uint64_t> unfinished_;  // endpoints that may still do something
};

}  // namespace

Headless::Headless(const Options& options) : options_(options) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    signal_descriptor_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    wake_descriptor_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

Headless::~Headless() {
    close(wake_descriptor_);
    close(signal_descriptor_);
}

void Headless::wake() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t size = write(wake_descriptor_, &one, sizeof one);
}

int Headless::run(FrameSide& side) {
    return Run(side, options_, wake_descriptor_, signal_descriptor_).run();
}

}  // namespace app
