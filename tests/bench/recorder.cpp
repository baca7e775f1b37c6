// The smallest program that receives and records: recv(2), and what it returned goes to a file with write(2).
//
//   bench_recorder one FILE     one connection: a loop of recv and write, 256 KiB at most
//   bench_recorder many FILE    any number: epoll, one recv and one write for each ready socket, 64 KiB at most
//   bench_recorder batch FILE   the same, but what a turn of the loop brought goes to the file with one write
//   bench_recorder sink         one connection, thrown away
//   bench_recorder sinks        any number, thrown away
//
// FILE "-" is standard output. Prints "127.0.0.1:PORT" on standard error once it listens. Runs until it is ended.
#include <arpa/inet.h>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t kOneReadBytes = std::size_t{256} * 1024;
constexpr std::size_t kManyReadBytes = std::size_t{64} * 1024;
constexpr std::size_t kBatchBytes = std::size_t{256} * 1024;

int listen_on_loopback() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::perror("bench_recorder: listen");
        std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
    }
    std::fprintf(stderr, "127.0.0.1:%d\n", ntohs(address.sin_port));
    return fd;
}

void record(int file, const char* data, std::size_t size) {
    while (file >= 0 && size > 0) {
        const ssize_t taken = write(file, data, size);  // a pipe takes less at times
        if (taken <= 0) {
            std::perror("bench_recorder: write");
            std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
        }
        data += taken;
        size -= static_cast<std::size_t>(taken);
    }
}

void serve_one_at_a_time(int listener, int file) {
    std::vector<char> buffer(kOneReadBytes);
    for (;;) {
        const int fd = accept(listener, nullptr, nullptr);
        for (;;) {
            const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
            if (size <= 0) break;
            record(file, buffer.data(), static_cast<std::size_t>(size));
        }
        close(fd);
    }
}

void serve_many(int listener, int file, std::size_t read_bytes, bool in_batches) {
    std::vector<char> buffer(kBatchBytes + read_bytes);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{.events = EPOLLIN, .data = {.fd = listener}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    std::array<epoll_event, 128> events{};
    for (;;) {
        const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        std::size_t batched = 0;
        for (int i = 0; i < count; ++i) {
            const int fd = events.at(static_cast<std::size_t>(i)).data.fd;
            if (fd == listener) {
                event.data.fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
                continue;
            }
            const ssize_t size = recv(fd, buffer.data() + batched, read_bytes, 0);
            if (size <= 0) {
                close(fd);
                continue;
            }
            batched += static_cast<std::size_t>(size);
            if (in_batches && batched < kBatchBytes) continue;
            record(file, buffer.data(), batched);
            batched = 0;
        }
        if (batched > 0) record(file, buffer.data(), batched);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view how = argc > 1 ? argv[1] : "";
    int file = -1;
    if (argc > 2) {
        file = std::string_view(argv[2]) == "-"
                   ? STDOUT_FILENO
                   : open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) {
            std::perror("bench_recorder: open");
            return 1;
        }
    }
    if (how == "one" || how == "sink") {
        serve_one_at_a_time(listen_on_loopback(), file);
    } else if (how == "many" || how == "batch") {
        serve_many(listen_on_loopback(), file, kManyReadBytes, how == "batch");
    } else if (how == "sinks") {
        serve_many(listen_on_loopback(), file, kOneReadBytes, false);
    }
    std::fprintf(stderr, "bench_recorder one|many|batch FILE, or bench_recorder sink|sinks\n");
    return 2;
}
