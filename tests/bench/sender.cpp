// What send jobs are measured with: a service of ours that sends, and peers that only read.
//
//   bench_sender repeats CAPTURE COUNT HZ SECONDS  COUNT connections, a repeat of HZ to each for so long: rates (least, most), skipped, lateness (mean, worst) in us
//   bench_sender file CAPTURE PATH PORT            sends the file to 127.0.0.1:PORT and ends: seconds, bytes, peak resident KiB
//   bench_sender receive COUNT                     says its port in a line, reads COUNT connections one after the other, until their ends
#include "net/bytes/address.h"
#include "net/capture/file_table.h"
#include "net/channel/link.h"
#include "net/service/service.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <netinet/in.h>
#include <semaphore>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

namespace channel = net::channel;
using channel::SendJobId;
using channel::SendJobProgress;

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "bench_sender: %s\n", what.c_str());
    std::_Exit(1);
}

double now_seconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::uint64_t number(const char* text) {
    return std::strtoull(text, nullptr, 10);
}

// ---- The service, drained on main. ----

class Sender {
  public:
    explicit Sender(const std::string& capture) {
        net::service::ServiceConfig config;
        config.capture.files = &files_;
        config.capture.path = capture;
        config.capture.may_overwrite = true;
        service_ = std::make_unique<net::service::Service>(config, [this] { rung_.release(); });
        channel::Failure failure;
        if (!service_->start(failure)) fail(failure.message);
    }
    void post(channel::Command command) {
        while (!service_->link().try_post(std::move(command)))
            drain();
    }
    // Until `is_so`.
    template <typename IsSo>
    void wait(IsSo&& is_so) {
        while (!is_so()) {
            rung_.acquire();
            drain();
        }
    }
    void stop() {
        post(channel::StopService{});
        wait([this] { return has_stopped; });
    }

    std::vector<channel::ConnectionId> opened;
    std::vector<SendJobProgress> ends;
    std::uint16_t port = 0;
    std::uint64_t closed = 0;
    bool has_stopped = false;

  private:
    void drain() {
        const auto fold = [this](const channel::Event& event) {
            if (const auto* open = std::get_if<channel::ConnectionOpened>(&event)) {
                opened.push_back(open->connection);
            } else if (const auto* listening = std::get_if<channel::ServerListening>(&event)) {
                port = listening->local.port;
            } else if (const auto* job = std::get_if<SendJobProgress>(&event)) {
                if (is_end(job->state)) ends.push_back(*job);
            } else if (const auto* failed = std::get_if<channel::Failed>(&event)) {
                fail(failed->failure.message);
            } else if (std::holds_alternative<channel::ConnectionClosed>(event)) {
                ++closed;
            } else if (std::holds_alternative<channel::ServiceStopped>(event)) {
                has_stopped = true;
            }
        };
        while (service_->link().drain(fold, [] { return true; })) {
        }
    }

    net::capture::FileTable files_;
    std::counting_semaphore<> rung_{0};
    std::unique_ptr<net::service::Service> service_;
};

// ---- Peers ----

int connect_to(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
    return fd;
}

// Reads whatever comes on all, until all have ended.
void read_all(const std::vector<int>& fds) {
    const int poll = epoll_create1(EPOLL_CLOEXEC);
    for (const int fd : fds) {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = fd;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    }
    std::vector<char> room(kReadBytes);
    std::vector<epoll_event> ready(fds.size());
    for (std::size_t left = fds.size(); left > 0;) {
        const int count = epoll_wait(poll, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = ready[static_cast<std::size_t>(i)].data.fd;
            if (recv(fd, room.data(), room.size(), 0) > 0) continue;
            close(fd);
            --left;
        }
    }
    close(poll);
}

int repeats(const std::string& capture, std::uint64_t count, std::uint64_t hz, std::uint64_t s) {
    Sender sender(capture);
    channel::ServerConfig server;
    server.address = *net::bytes::parse_listen_argument("127.0.0.1:0");
    server.backlog = static_cast<int>(count);
    sender.post(channel::StartServer{
        .endpoint = channel::EndpointId{1}, .name = "bench", .config = server});
    sender.wait([&] { return sender.port != 0; });
    std::vector<int> fds;
    for (std::uint64_t i = 0; i < count; ++i)
        fds.push_back(connect_to(sender.port));
    std::thread peers([&] { read_all(fds); });
    sender.wait([&] { return sender.opened.size() == count; });
    net::bytes::Composition what;
    what.parts.emplace_back(std::vector<std::uint8_t>(64, 'x'));
    for (std::uint64_t i = 0; i < count; ++i) {
        sender.post(channel::StartSendJob{
            .job = SendJobId{i + 1},
            .targets = {.connections = {sender.opened[i]}},
            .what = channel::Repeat{.what = what,
                                    .interval_ns = static_cast<std::int64_t>(1'000'000'000 / hz),
                                    .count = hz * s}});
    }
    sender.wait([&] { return sender.ends.size() == count; });
    double least = 1e300;
    double most = 0;
    std::uint64_t skipped = 0;
    std::int64_t late = 0;
    std::int64_t worst = 0;
    for (const SendJobProgress& end : sender.ends) {
        // The first was sent at once, so there is one interval less than sends.
        const double rate = static_cast<double>(end.sends - 1) * 1e9 /
                            static_cast<double>(std::max<std::int64_t>(end.elapsed_ns, 1));
        least = std::min(least, rate);
        most = std::max(most, rate);
        skipped += end.skipped;
        late += end.late_ns / static_cast<std::int64_t>(count);
        worst = std::max(worst, end.worst_late_ns);
    }
    sender.stop();
    peers.join();
    std::printf("%.3f %.3f %llu %.1f %.1f\n", least, most, static_cast<unsigned long long>(skipped),
                static_cast<double>(late) / 1e3, static_cast<double>(worst) / 1e3);
    return 0;
}

int file(const std::string& capture, const std::string& path, std::uint16_t port) {
    Sender sender(capture);
    channel::ClientConfig client;
    client.peer = {.host = "127.0.0.1", .port = port};
    sender.post(channel::StartClient{
        .endpoint = channel::EndpointId{1}, .name = "bench", .config = client});
    sender.wait([&] { return sender.opened.size() == 1; });
    const double started = now_seconds();
    sender.post(channel::StartSendJob{.job = SendJobId{1},
                                      .targets = {.connections = sender.opened},
                                      .what = channel::SendFile{.path = path}});
    sender.wait([&] { return sender.ends.size() == 1; });
    // The peer has read all of it once it has ended in turn.
    sender.post(channel::CloseConnections{.connections = sender.opened, .how = {}});
    sender.wait([&] { return sender.closed == 1; });
    const double took = now_seconds() - started;
    sender.stop();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%.6f %llu %ld\n", took, static_cast<unsigned long long>(sender.ends[0].bytes),
                usage.ru_maxrss);
    return sender.ends[0].state == channel::SendJobState::kDone ? 0 : 1;
}

int receive(std::uint64_t count) {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        listen(listener, 8) != 0 ||
        getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        fail("listen");
    std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
    std::fflush(stdout);
    for (std::uint64_t i = 0; i < count; ++i) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) fail("accept");
        read_all({fd});
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 1 ? argv[1] : "";
    if (what == "repeats" && argc == 6)
        return repeats(argv[2], number(argv[3]), number(argv[4]), number(argv[5]));
    if (what == "file" && argc == 5)
        return file(argv[2], argv[3], static_cast<std::uint16_t>(number(argv[4])));
    if (what == "receive" && argc == 3) return receive(number(argv[2]));
    std::fprintf(stderr, "bench_sender: see the top of tests/bench/sender.cpp\n");
    return 2;
}
