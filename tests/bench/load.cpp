// Makes the traffic of the benchmarks, and says how long it took: seconds, and what was sent.
//
//   bench_load stream PORT BYTES                one connection, 256 KiB a send; done when the server has closed after our end
//   bench_load messages PORT CLIENTS EACH SIZE  EACH messages of SIZE bytes from each of CLIENTS, one send a message, in turn
//   bench_load connects PORT COUNT              COUNT connections, 64 at a time: connect, end, read the server's end
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;
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

void stream(std::uint16_t port, std::uint64_t total) {
    std::vector<char> block(kBlockBytes);
    for (std::size_t i = 0; i < block.size(); ++i)
        block[i] = static_cast<char>(i * 131 + 7);
    const int fd = open_connection(port, 0);
    const double started = now_seconds();
    for (std::uint64_t sent = 0; sent < total;) {
        const std::size_t size =
            total - sent < block.size() ? static_cast<std::size_t>(total - sent) : block.size();
        const ssize_t taken = send(fd, block.data(), size, MSG_NOSIGNAL);
        if (taken < 0) fail("send");
        sent += static_cast<std::uint64_t>(taken);
    }
    shutdown(fd, SHUT_WR);
    wait_for_end(fd);
    report(started, total);
}

void messages(std::uint16_t port, int clients, std::uint64_t each, std::size_t size) {
    std::vector<int> sockets;
    for (int i = 0; i < clients; ++i)
        sockets.push_back(open_connection(port, 0));
    const std::vector<char> message(size, 'm');
    const double started = now_seconds();
    for (std::uint64_t i = 0; i < each; ++i) {
        for (const int fd : sockets) {
            if (send(fd, message.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size))
                fail("send");
        }
    }
    for (const int fd : sockets)
        shutdown(fd, SHUT_WR);
    for (const int fd : sockets)
        wait_for_end(fd);
    report(started, each * static_cast<std::uint64_t>(clients));
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
    if (what == "stream" && argc == 4) {
        stream(port, number(argv[3]));
    } else if (what == "messages" && argc == 6) {
        messages(port, static_cast<int>(number(argv[3])), number(argv[4]), number(argv[5]));
    } else if (what == "connects" && argc == 4) {
        connects(port, number(argv[3]));
    } else {
        std::fprintf(stderr,
                     "bench_load stream PORT BYTES | messages PORT CLIENTS EACH SIZE | connects "
                     "PORT COUNT\n");
        return 2;
    }
    return 0;
}
