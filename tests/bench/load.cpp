// Makes the traffic of the benchmarks, and says how long it took: seconds, and what was sent.
//
//   bench_load streams PORT COUNT BYTES         COUNT connections, BYTES in all, 256 KiB a send, in turn; done when the server has closed all
//   bench_load messages PORT CLIENTS EACH SIZE  EACH messages of SIZE bytes from each of CLIENTS, one send a message, in turn
//   bench_load connects PORT COUNT              COUNT connections, 64 at a time: connect, end, read the server's end
//   bench_load trickle PORT                     256 bytes every 5 ms, until it is ended: something to draw in every frame
//   bench_load hold PORT COUNT                  COUNT connections that have sent 100 bytes each and stay, until it is ended; says so in a line
//   bench_load awake CORE                       keeps a core from sleeping, until it is ended: see awake()
//
// What is sent can be told apart from what is not: pattern.h, bench_check.
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "tests/bench/pattern.h"

namespace {

using bench::kBlockBytes;
using bench::kPatternBytes;

constexpr int kAtATime =
    64;  // below any backlog, else a dropped handshake's second would be measured

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "bench_load: %s: %s\n", what,
                 std::strerror(errno));  // NOLINT(concurrency-mt-unsafe): one thread
    std::exit(1);                        // NOLINT(concurrency-mt-unsafe)
}

double now_seconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// `source`: 0 lets the kernel choose; else the last three bytes of 127.x.y.z.
int open_connection(std::uint16_t port, int flags, std::uint32_t source = 0) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (source != 0) {
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        address.sin_addr.s_addr = htonl((std::uint32_t{127} << 24U) | source);
        if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            fail("bind");
    }
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
        fail("connect");
    return fd;
}

void wait_for_end(int fd) {
    char byte = 0;
    if (recv(fd, &byte, 1, 0) != 0) fail("waiting for the server's end");
    close(fd);
}

void report(double started, std::uint64_t count) {
    std::printf("%.6f %llu\n", now_seconds() - started, static_cast<unsigned long long>(count));
}

void send_all(int fd, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t taken = send(fd, bytes, size, MSG_NOSIGNAL);
        if (taken < 0) fail("send");
        bytes += taken;
        size -= static_cast<std::size_t>(taken);
    }
}

// Connections that send the pattern in turn, `size` bytes of it a time, until each has sent `each`.
void in_turn(std::uint16_t port, std::size_t count, std::uint64_t each, std::size_t size) {
    const std::vector<char> pattern = bench::make_pattern();
    struct Sender {
        int fd = -1;
        std::size_t at = 0;
    };
    std::vector<Sender> senders;
    for (std::size_t i = 0; i < count; ++i)
        senders.push_back({.fd = open_connection(port, 0), .at = bench::pattern_start(i)});
    const double started = now_seconds();
    for (std::uint64_t sent = 0; sent < each; sent += size) {
        const std::size_t piece = each - sent < size ? static_cast<std::size_t>(each - sent) : size;
        for (Sender& sender : senders) {
            send_all(sender.fd, &pattern[sender.at], piece);
            sender.at += piece;
            if (sender.at >= kPatternBytes) sender.at -= kPatternBytes;
        }
    }
    for (const Sender& sender : senders)
        shutdown(sender.fd, SHUT_WR);
    for (const Sender& sender : senders)
        wait_for_end(sender.fd);
    report(started, each * count);
}

[[noreturn]] void hold(std::uint16_t port, std::uint64_t count) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const std::vector<char> pattern = bench::make_pattern();
    for (std::uint64_t i = 0; i < count; ++i)
        send_all(open_connection(port, 0), pattern.data(), 100);
    std::printf("%llu\n", static_cast<unsigned long long>(count));
    std::fflush(stdout);
    for (;;)
        pause();
}

[[noreturn]] void trickle(std::uint16_t port) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const std::vector<char> pattern = bench::make_pattern();
    const int fd = open_connection(port, 0);
    const timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
    for (std::size_t at = 0;; at = (at + 256) % kPatternBytes) {
        send_all(fd, &pattern[at], 256);
        nanosleep(&pause, nullptr);  // allowed sleep: the rate of the trickle
    }
}

// A core of a virtual machine that has nothing to do is given back to the host, and comes back late: who of two programs sleeps now and then
// would be measured by that. What runs here at the idle class gives way to everything else at once, and keeps the core ours.
[[noreturn]] void awake(int core) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    const sched_param none{};
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) fail("sched_setaffinity");
    if (sched_setscheduler(0, SCHED_IDLE, &none) != 0) fail("sched_setscheduler");
    for (;;) {
        // Nothing to the core's other half, where it has one.
#if defined(__x86_64__) || defined(__i386__)
        __builtin_ia32_pause();
#else
        __asm__ volatile("");
#endif
    }
}

void connects(std::uint16_t port, std::uint64_t total) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    std::uint64_t opened = 0;
    std::uint64_t ended = 0;
    const auto open_one = [&] {
        // An address of its own for each: else the kernel looks for a port among those in TIME_WAIT, which lie on the side that
        // ended first, and that search (three quarters of the whole run) would be what is measured.
        const int fd =
            open_connection(port, SOCK_NONBLOCK, 0x010000U + static_cast<std::uint32_t>(opened));
        epoll_event event{.events = EPOLLOUT, .data = {.fd = fd}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        ++opened;
    };
    const double started = now_seconds();
    while (opened < total && opened < kAtATime)
        open_one();
    std::array<epoll_event, kAtATime> events{};
    while (ended < total) {
        const int count = epoll_wait(epoll, events.data(), kAtATime, 10'000);
        if (count <= 0) fail("waiting");
        for (int i = 0; i < count; ++i) {
            epoll_event& event = events.at(static_cast<std::size_t>(i));
            const int fd = event.data.fd;
            if ((event.events & EPOLLOUT) != 0) {
                shutdown(fd, SHUT_WR);
                event.events = EPOLLIN;
                epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
                continue;
            }
            close(fd);
            ++ended;
            if (opened < total) open_one();
        }
    }
    report(started, total);
}

std::uint64_t number(const char* text) {
    return std::strtoull(text, nullptr, 10);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 2 ? argv[1] : "";
    const auto port = static_cast<std::uint16_t>(argc > 2 ? number(argv[2]) : 0);
    if (what == "streams" && argc == 5) {
        const std::uint64_t count = number(argv[3]);
        in_turn(port, count, number(argv[4]) / count, kBlockBytes);
    } else if (what == "messages" && argc == 6) {
        in_turn(port, number(argv[3]), number(argv[4]) * number(argv[5]), number(argv[5]));
    } else if (what == "trickle" && argc == 3) {
        trickle(port);
    } else if (what == "hold" && argc == 4) {
        hold(port, number(argv[3]));
    } else if (what == "awake" && argc == 3) {
        awake(static_cast<int>(number(argv[2])));
    } else if (what == "connects" && argc == 4) {
        connects(port, number(argv[3]));
    } else {
        std::fprintf(stderr,
                     "bench_load streams PORT COUNT BYTES | messages PORT CLIENTS EACH SIZE | "
                     "connects PORT COUNT | trickle PORT | hold PORT COUNT | awake CORE\n");
        return 2;
    }
    return 0;
}
