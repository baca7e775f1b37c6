#include "tests/support/evil_engine.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <linux/sockios.h>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <set>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

#include "tests/support/evil_bytes.h"

namespace tests {
namespace {

constexpr std::size_t kChunkBytes = 65536;
constexpr int kChunksATurn = 4;  // one connection, one turn: the others want theirs
constexpr int kSlicesATurn = 64;
constexpr std::int64_t kDrainedPollMs = 2;
constexpr std::uint64_t kListenerTag = UINT64_MAX;
constexpr std::uint64_t kInputTag = UINT64_MAX - 1;

struct Connection {
    Connection(std::uint64_t seed, std::uint64_t number, const std::vector<Step>& its_script)
        : index(number),
          script(its_script),
          stream(seed, number) {}

    const std::uint64_t index;
    const std::vector<Step>& script;
    const ByteStream stream;
    EvilOutcome outcome;
    int fd = -1;
    bool is_connecting = false;
    std::size_t at = 0;  // in script
    std::uint64_t step_sent = 0;
    std::uint64_t step_received = 0;
    std::uint64_t holds_passed = 0;
    std::int64_t step_until_ms = -1;  // kWait, kDrip
    std::int64_t timer_ms = -1;       // under which it stands in the engine's timers
    std::uint32_t interest = 0;       // in the epoll set
    bool is_watched = false;          // is in the epoll set
    bool is_over = false;             // both ways ended in order: EPOLLHUP would come for ever
    std::vector<std::uint8_t> echo;   // read, not sent back yet

    [[nodiscard]] bool has_ended() const { return !outcome.end.empty(); }
    [[nodiscard]] const Step& step() const { return script[at]; }
};

// What a connection waits for after a turn.
struct Wants {
    std::uint32_t events = 0;
    std::int64_t until_ms = -1;
};

class Engine {
  public:
    Engine(const EvilOptions& options, const Scripts& scripts)
        : options_(options),
          scripts_(scripts) {}
    ~Engine() {
        for (const auto& connection : connections_) {
            if (connection->fd >= 0) close(connection->fd);
        }
        if (listener_ >= 0) close(listener_);
        if (epoll_ >= 0) close(epoll_);
    }
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    bool run();

  private:
    bool listen_here();
    void watch_input();
    void start_more();
    void accept_more();
    void adopt(int fd);
    void take_input();
    void prepare(int fd) const;
    void handle(Connection& connection, std::uint32_t events);
    void turn(Connection& connection);
    bool do_step(Connection& connection, Wants& wants);  // true: done, go on with the next
    bool send_some(Connection& connection, std::uint64_t size, bool in_slices, Wants& wants);
    bool send_one(Connection& connection, int flags, Wants& wants);
    bool read_some(Connection& connection, std::uint64_t size, Wants& wants);
    bool echo_some(Connection& connection, Wants& wants);
    void fail(Connection& connection, int code);
    void end(Connection& connection, std::string how);
    void set_interest(Connection& connection, const Wants& wants);
    void report_holding();
    void report_summary();

    const EvilOptions& options_;
    const Scripts& scripts_;
    const std::int64_t started_ms_ = monotonic_ms();
    int epoll_ = -1;
    int listener_ = -1;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::set<std::pair<std::int64_t, std::uint64_t>> timers_;  // (when, index)
    std::uint64_t ended_ = 0;
    std::uint64_t connecting_ = 0;
    std::uint64_t holding_ = 0;
    std::uint64_t holds_opened_ = 0;
    std::uint64_t hold_reported_ = 0;
    std::array<std::uint8_t, kChunkBytes> scratch_{};
};

bool Engine::run() {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (options_.is_server && !listen_here()) return false;
    watch_input();
    const std::int64_t end_ms = started_ms_ + options_.limit_ms;
    while (ended_ < options_.connections && monotonic_ms() < end_ms) {
        start_more();
        report_holding();
        std::int64_t until_ms = end_ms;
        if (!timers_.empty()) until_ms = std::min(until_ms, timers_.begin()->first);
        if (options_.rate != 0 && connections_.size() < options_.connections)
            until_ms = std::min(until_ms, monotonic_ms() + 1);
        std::array<epoll_event, 256> events{};
        const int timeout_ms =
            static_cast<int>(std::clamp<std::int64_t>(until_ms - monotonic_ms(), 0, 1000));
        const int count =
            epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events.at(static_cast<std::size_t>(i));
            if (event.data.u64 == kListenerTag) {
                accept_more();
            } else if (event.data.u64 == kInputTag) {
                take_input();
            } else {
                handle(*connections_[event.data.u64], event.events);
            }
        }
        const std::int64_t now_ms = monotonic_ms();
        while (!timers_.empty() && timers_.begin()->first <= now_ms) {
            Connection& connection = *connections_[timers_.begin()->second];
            timers_.erase(timers_.begin());
            connection.timer_ms = -1;
            turn(connection);
        }
    }
    const bool is_whole = ended_ == options_.connections;
    for (const auto& connection : connections_) {
        if (!connection->has_ended()) end(*connection, "time limit");
    }
    report_summary();
    return is_whole;
}

bool Engine::listen_here() {
    listener_ = socket(options_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    prepare(listener_);  // a receive buffer counts for the window only if set before the handshake
    sockaddr_storage local{};
    socklen_t size = sizeof local;
    if (bind(listener_, reinterpret_cast<const sockaddr*>(&options_.address),
             options_.address_size) != 0 ||
        listen(listener_, 4096) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&local), &size) != 0) {
        std::fprintf(stderr, "evil_peer: listen on %s: %s\n", to_text(options_.address).c_str(),
                     strerrordesc_np(errno));
        return false;
    }
    epoll_event event{.events = EPOLLIN, .data = {.u64 = kListenerTag}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
    std::fprintf(options_.report, "{\"event\": \"listening\", \"local\": \"%s\"}\n",
                 to_text(local).c_str());
    std::fflush(options_.report);
    return true;
}

void Engine::watch_input() {
    const bool has_hold = std::any_of(scripts_.begin(), scripts_.end(), [](const auto& script) {
        return std::any_of(script.begin(), script.end(), [](const Step& step) {
            return step.action == Action::kHold || step.action == Action::kChatter;
        });
    });
    if (!has_hold) return;
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = kInputTag}};
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
        holds_opened_ = UINT64_MAX;  // a file: nothing to wait for
}

void Engine::start_more() {
    if (options_.is_server) return;
    const auto due =
        options_.rate == 0
            ? UINT64_MAX
            : 1 + static_cast<std::uint64_t>(monotonic_ms() - started_ms_) * options_.rate / 1000;
    while (connections_.size() < std::min(options_.connections, due) &&
           connecting_ < options_.connecting && connections_.size() - ended_ < options_.parallel) {
        const int fd =
            socket(options_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const std::uint64_t index = connections_.size();
        connections_.push_back(
            std::make_unique<Connection>(options_.seed, index, scripts_[index % scripts_.size()]));
        Connection& connection = *connections_.back();
        connection.fd = fd;
        connection.outcome.peer = to_text(options_.address);
        if (fd < 0) {
            fail(connection, errno);
            continue;
        }
        prepare(fd);
        connection.is_connecting = true;
        ++connecting_;
        if (connect(fd, reinterpret_cast<const sockaddr*>(&options_.address),
                    options_.address_size) != 0 &&
            errno != EINPROGRESS) {
            fail(connection, errno);
            continue;
        }
        set_interest(connection, Wants{.events = EPOLLOUT});
    }
}

void Engine::accept_more() {
    while (connections_.size() < options_.connections) {
        const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        adopt(fd);
    }
    close(listener_);
    listener_ = -1;
}

void Engine::adopt(int fd) {
    const std::uint64_t index = connections_.size();
    connections_.push_back(
        std::make_unique<Connection>(options_.seed, index, scripts_[index % scripts_.size()]));
    Connection& connection = *connections_.back();
    connection.fd = fd;
    prepare(fd);
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0)
        connection.outcome.local = to_text(address);
    size = sizeof address;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0)
        connection.outcome.peer = to_text(address);
    turn(connection);
}

// Each line opens the next hold; the end of input opens all.
void Engine::take_input() {
    std::array<char, 256> text{};
    for (;;) {
        const ssize_t size = read(STDIN_FILENO, text.data(), text.size());
        if (size < 0) break;
        if (size == 0) {
            holds_opened_ = UINT64_MAX;
            epoll_ctl(epoll_, EPOLL_CTL_DEL, STDIN_FILENO, nullptr);
            break;
        }
        holds_opened_ +=
            static_cast<std::uint64_t>(std::count(text.begin(), text.begin() + size, '\n'));
    }
    for (std::size_t i = 0; i < connections_.size(); ++i) {
        Connection& connection = *connections_[i];
        if (connection.has_ended() || connection.is_connecting) continue;
        const Action action = connection.step().action;
        if (action == Action::kHold || action == Action::kChatter) turn(connection);
    }
}

void Engine::prepare(int fd) const {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (options_.receive_buffer_bytes > 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options_.receive_buffer_bytes, sizeof(int));
    }
    if (options_.send_buffer_bytes > 0) {
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &options_.send_buffer_bytes, sizeof(int));
    }
}

void Engine::handle(Connection& connection, std::uint32_t events) {
    if (connection.has_ended()) return;
    if (connection.is_connecting) {
        connection.is_connecting = false;
        --connecting_;
        int code = 0;
        socklen_t size = sizeof code;
        getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &code, &size);
        if (code != 0) return fail(connection, code);
        sockaddr_storage address{};
        size = sizeof address;
        if (getsockname(connection.fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
            connection.outcome.local = to_text(address);
        }
    } else if ((events & (EPOLLERR | EPOLLHUP)) != 0 && (connection.interest & EPOLLIN) == 0) {
        // Nothing is read in this step, so this is the only place where the connection's end is seen.
        int code = 0;
        socklen_t size = sizeof code;
        getsockopt(connection.fd, SOL_SOCKET, SO_ERROR, &code, &size);
        if (code != 0) return fail(connection, code);
        epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.fd, nullptr);
        connection.is_watched = false;
        connection.is_over = true;
    }
    turn(connection);
}

// Runs steps until one has to wait.
void Engine::turn(Connection& connection) {
    Wants wants;
    while (!connection.has_ended() && do_step(connection, wants)) {
        ++connection.at;
        connection.step_sent = 0;
        connection.step_received = 0;
        connection.step_until_ms = -1;
        wants = Wants{};
    }
    if (!connection.has_ended()) set_interest(connection, wants);
}

bool Engine::do_step(Connection& connection, Wants& wants) {
    const Step& step = connection.step();
    const std::uint64_t size = step.size(options_.seed, connection.index);
    const std::int64_t now_ms = monotonic_ms();
    switch (step.action) {
        case Action::kSend: return send_some(connection, size, false, wants);
        case Action::kSlice: return send_some(connection, size, true, wants);
        case Action::kTrade: {
            const bool has_sent = send_some(connection, size, false, wants);
            return !connection.has_ended() && read_some(connection, size, wants) && has_sent;
        }
        case Action::kDrip:
            while (connection.step_sent < size) {
                if (now_ms < connection.step_until_ms) {
                    wants.until_ms = connection.step_until_ms;
                    return false;
                }
                if (!send_one(connection, 0, wants)) return false;
                connection.step_until_ms = now_ms + step.delay_ms;
            }
            return true;
        case Action::kUrgent: return send_one(connection, MSG_OOB, wants);
        case Action::kDrained: {
            int waiting = 0;
            if (ioctl(connection.fd, SIOCOUTQ, &waiting) != 0 || waiting == 0) return true;
            wants.until_ms = now_ms + kDrainedPollMs;
            return false;
        }
        case Action::kStuff: {
            const std::uint64_t before = connection.step_sent;
            if (send_some(connection, size, false, wants)) return true;
            if (connection.step_sent != before || connection.step_until_ms < 0) {
                connection.step_until_ms = now_ms + step.delay_ms;
            }
            if (!connection.has_ended() && now_ms >= connection.step_until_ms) return true;
            wants.until_ms = connection.step_until_ms;
            return false;
        }
        case Action::kSettle: {
            const std::uint64_t before = connection.outcome.received - connection.step_received;
            return read_some(connection, connection.outcome.sent - before, wants);
        }
        case Action::kRead: return read_some(connection, size, wants);
        case Action::kReadEnd: return read_some(connection, UINT64_MAX, wants);
        case Action::kEcho: return echo_some(connection, wants);
        case Action::kShutdown:
            if (shutdown(connection.fd, SHUT_WR) != 0) fail(connection, errno);
            return true;
        case Action::kWait:
            if (connection.step_until_ms < 0) connection.step_until_ms = now_ms + step.delay_ms;
            if (now_ms >= connection.step_until_ms) return true;
            wants.until_ms = connection.step_until_ms;
            return false;
        case Action::kHold:
            if (connection.step_sent == 0) {  // here for the first time
                connection.step_sent = 1;
                ++holding_;
            }
            if (connection.holds_passed >= holds_opened_) return false;
            ++connection.holds_passed;
            --holding_;
            return true;
        case Action::kChatter:
            if (connection.holds_passed < holds_opened_) return ++connection.holds_passed, true;
            return send_some(connection, UINT64_MAX, true, wants);
        case Action::kReset: {
            const linger now{.l_onoff = 1, .l_linger = 0};
            setsockopt(connection.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            end(connection, "reset");
            return false;
        }
        case Action::kClose: end(connection, "closed"); return false;
    }
    return true;
}

bool Engine::send_some(Connection& connection, std::uint64_t size, bool in_slices, Wants& wants) {
    for (int i = 0; connection.step_sent < size; ++i) {
        if (i >= (in_slices ? kSlicesATurn : kChunksATurn)) {
            wants.events |= EPOLLOUT;
            return false;
        }
        std::uint64_t want = std::min<std::uint64_t>(size - connection.step_sent, kChunkBytes);
        if (in_slices)
            want = std::min<std::uint64_t>(
                want, 1 + choice(options_.seed, connection.index, connection.outcome.sent) % 7);
        const std::span<std::uint8_t> bytes(scratch_.data(), want);
        connection.stream.fill(connection.outcome.sent, bytes);
        const ssize_t taken = send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (taken < 0) {
            if (errno != EAGAIN) return fail(connection, errno), false;
            wants.events |= EPOLLOUT;
            return false;
        }
        const auto count = static_cast<std::size_t>(taken);
        connection.outcome.sent_crc = crc32(connection.outcome.sent_crc, bytes.first(count));
        connection.outcome.sent += count;
        connection.step_sent += count;
    }
    return true;
}

bool Engine::send_one(Connection& connection, int flags, Wants& wants) {
    std::uint8_t byte = 0;
    connection.stream.fill(connection.outcome.sent, {&byte, 1});
    if (send(connection.fd, &byte, 1, MSG_NOSIGNAL | flags) == 1) {
        connection.outcome.sent_crc = crc32(connection.outcome.sent_crc, {&byte, 1});
        ++connection.outcome.sent;
        ++connection.step_sent;
        return true;
    }
    if (errno == EAGAIN) {
        wants.events |= EPOLLOUT;
    } else {
        fail(connection, errno);
    }
    return false;
}

// To UINT64_MAX: until the peer's end.
bool Engine::read_some(Connection& connection, std::uint64_t size, Wants& wants) {
    for (int i = 0; connection.step_received < size; ++i) {
        if (i >= kChunksATurn) {
            wants.events |= EPOLLIN;
            return false;
        }
        const std::size_t want =
            std::min<std::uint64_t>(size - connection.step_received, kChunkBytes);
        const ssize_t got = recv(connection.fd, scratch_.data(), want, 0);
        if (got < 0) {
            if (errno != EAGAIN) return fail(connection, errno), false;
            wants.events |= EPOLLIN;
            return false;
        }
        if (got == 0) {
            connection.outcome.has_peer_ended = true;
            if (size != UINT64_MAX) end(connection, "closed by peer");
            return size == UINT64_MAX;
        }
        const auto count = static_cast<std::size_t>(got);
        connection.outcome.received_crc =
            crc32(connection.outcome.received_crc, std::span(scratch_).first(count));
        connection.outcome.received += count;
        connection.step_received += count;
    }
    return true;
}

bool Engine::echo_some(Connection& connection, Wants& wants) {
    for (int i = 0; i < kChunksATurn; ++i) {
        if (connection.echo.empty()) {
            const ssize_t got = recv(connection.fd, scratch_.data(), scratch_.size(), 0);
            if (got == 0) {
                connection.outcome.has_peer_ended = true;
                return true;
            }
            if (got < 0) {
                if (errno != EAGAIN) return fail(connection, errno), false;
                wants.events |= EPOLLIN;
                return false;
            }
            connection.echo.assign(scratch_.begin(), scratch_.begin() + got);
            connection.outcome.received_crc =
                crc32(connection.outcome.received_crc, connection.echo);
            connection.outcome.received += connection.echo.size();
        }
        const ssize_t taken =
            send(connection.fd, connection.echo.data(), connection.echo.size(), MSG_NOSIGNAL);
        if (taken < 0) {
            if (errno != EAGAIN) return fail(connection, errno), false;
            wants.events |= EPOLLOUT;
            return false;
        }
        const auto count = static_cast<std::size_t>(taken);
        connection.outcome.sent_crc =
            crc32(connection.outcome.sent_crc, std::span(connection.echo).first(count));
        connection.outcome.sent += count;
        connection.echo.erase(connection.echo.begin(), connection.echo.begin() + taken);
    }
    wants.events |= connection.echo.empty() ? EPOLLIN : EPOLLOUT;
    return false;
}

void Engine::fail(Connection& connection, int code) {
    end(connection, code == ECONNRESET || code == EPIPE ? "reset by peer" : strerrorname_np(code));
}

void Engine::end(Connection& connection, std::string how) {
    if (connection.is_connecting) --connecting_;
    if (connection.step().action == Action::kHold && connection.step_sent != 0) --holding_;
    if (connection.timer_ms >= 0) timers_.erase({connection.timer_ms, connection.index});
    if (connection.fd >= 0) close(connection.fd);
    connection.fd = -1;
    connection.outcome.end = std::move(how);
    ++ended_;
}

void Engine::set_interest(Connection& connection, const Wants& wants) {
    if (wants.until_ms != connection.timer_ms) {
        if (connection.timer_ms >= 0) timers_.erase({connection.timer_ms, connection.index});
        if (wants.until_ms >= 0) timers_.insert({wants.until_ms, connection.index});
        connection.timer_ms = wants.until_ms;
    }
    // EPOLLERR and EPOLLHUP always come.
    epoll_event event{.events = wants.events, .data = {.u64 = connection.index}};
    if (connection.is_watched || !connection.is_over || wants.events != 0) {
        epoll_ctl(epoll_, connection.is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection.fd,
                  &event);
        connection.is_watched = true;
    }
    connection.interest = wants.events;
}

// Once for each hold: every connection that has not ended waits there.
void Engine::report_holding() {
    if (holding_ == 0 || holds_opened_ == UINT64_MAX ||
        connections_.size() < options_.connections || holding_ + ended_ < options_.connections ||
        hold_reported_ > holds_opened_) {
        return;
    }
    hold_reported_ = holds_opened_ + 1;
    std::fprintf(
        options_.report, "{\"event\": \"holding\", \"hold\": %llu, \"connections\": %llu}\n",
        static_cast<unsigned long long>(hold_reported_), static_cast<unsigned long long>(holding_));
    std::fflush(options_.report);
}

void Engine::report_summary() {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    for (const auto& connection : connections_) {
        sent += connection->outcome.sent;
        received += connection->outcome.received;
    }
    std::fprintf(options_.report,
                 "{\"event\": \"summary\", \"milliseconds\": %lld, \"sent\": %llu, \"received\": "
                 "%llu, \"connections\": [",
                 static_cast<long long>(monotonic_ms() - started_ms_),
                 static_cast<unsigned long long>(sent), static_cast<unsigned long long>(received));
    const char* separator = "";
    for (const auto& connection : connections_) {
        const EvilOutcome& outcome = connection->outcome;
        std::fprintf(options_.report,
                     "%s{\"local\": \"%s\", \"peer\": \"%s\", \"sent\": %llu, \"sent_crc\": %u, "
                     "\"received\": %llu, "
                     "\"received_crc\": %u, \"peer_ended\": %s, \"end\": \"%s\"}",
                     separator, outcome.local.c_str(), outcome.peer.c_str(),
                     static_cast<unsigned long long>(outcome.sent), outcome.sent_crc,
                     static_cast<unsigned long long>(outcome.received), outcome.received_crc,
                     outcome.has_peer_ended ? "true" : "false", outcome.end.c_str());
        separator = ", ";
    }
    std::fprintf(options_.report, "]}\n");
    std::fflush(options_.report);
}

}  // namespace

bool run_evil_peer(const EvilOptions& options, const Scripts& scripts) {
    return Engine(options, scripts).run();
}

std::string to_text(const sockaddr_storage& address) {
    std::array<char, INET6_ADDRSTRLEN> host{};
    if (address.ss_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
        inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
        return std::string(host.data()) + ":" + std::to_string(ntohs(v4.sin_port));
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
    return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

std::int64_t monotonic_ms() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace tests
