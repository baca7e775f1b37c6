// How long a peer waits for an automatic reply: a server of ours with one rule, a peer that asks and waits, on loopback; beside it the smallest server that answers the same.
//
// bench_replies [ROUNDS]: one JSON object: microseconds at the median and the 99th of a hundred, of ours and of the smallest server, taking turns.
#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/channel/link.h"
#include "net/service/service.h"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <variant>
#include <vector>

namespace {

namespace channel = net::channel;

constexpr int kRoundsATurn = 500;
constexpr std::string_view kQuestion = "value of temperature?\n";
constexpr std::string_view kAnswer = "the value of temperature is 21\n";

int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        std::perror("bench_replies: connect");
        std::exit(1);
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

bool read_exactly(int fd, std::size_t size) {
    char buffer[256];
    while (size > 0) {
        const ssize_t n = ::recv(fd, buffer, std::min(size, sizeof buffer), 0);
        if (n <= 0) return false;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

void ask(int fd, std::vector<double>& microseconds) {
    for (int i = 0; i < kRoundsATurn; ++i) {
        const auto before = std::chrono::steady_clock::now();
        if (::send(fd, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) < 0 ||
            !read_exactly(fd, kAnswer.size())) {
            std::fprintf(stderr, "bench_replies: the answer did not come\n");
            std::exit(1);
        }
        microseconds.push_back(
            std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - before)
                .count());
    }
}

// Reads a question, sends the answer, records nothing.
class SmallestServer {
  public:
    SmallestServer() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
            ::listen(fd_, 1) != 0 ||
            ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            std::perror("bench_replies: listen");
            std::exit(1);
        }
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] {
            const int fd = ::accept(fd_, nullptr, nullptr);
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            while (read_exactly(fd, kQuestion.size()))
                (void)!::send(fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
            ::close(fd);
        });
    }
    ~SmallestServer() {
        thread_.join();
        ::close(fd_);
    }
    SmallestServer(const SmallestServer&) = delete;
    SmallestServer& operator=(const SmallestServer&) = delete;
    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    int fd_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

channel::ServerConfig server_with_a_rule() {
    channel::ServerConfig server;
    server.address.address.family = net::bytes::Family::kIpv4;
    server.address.address.ip = {127, 0, 0, 1};
    server.replies.framing = {.kind = net::bytes::FramingKind::kDelimiter, .delimiters = {{'\n'}}};
    channel::ReplyRule rule;
    rule.when = channel::ReplyWhen::kContains;
    rule.pattern = {.kind = net::bytes::PatternKind::kRegex, .text = "^value of (\\w+)\\?$"};
    rule.answer.text = "the value of \\{1} is 21\\n";
    server.replies.rules = {rule};
    server.replies.most_per_second = 0;
    return server;
}

void print(const char* name, std::vector<double>& times, const char* end) {
    std::sort(times.begin(), times.end());
    std::printf("\"%s_median_us\":%.1f,\"%s_p99_us\":%.1f%s", name, times[times.size() / 2], name,
                times[times.size() * 99 / 100], end);
}

}  // namespace

int main(int argc, char** argv) {
    const int turns = argc > 1 ? std::max(1, std::atoi(argv[1]) / kRoundsATurn) : 20;
    const std::string path = std::filesystem::temp_directory_path().string() + "/bench_replies." +
                             std::to_string(::getpid()) + ".pcapng";
    net::capture::FileTable files;
    net::service::ServiceConfig config;
    config.capture.path = path;
    config.capture.files = &files;
    net::service::Service service(config, [] {});
    channel::Failure failure;
    if (!service.start(failure)) {
        std::fprintf(stderr, "bench_replies: %s\n", failure.message.c_str());
        return 1;
    }
    (void)service.link().try_post(channel::StartServer{
        .endpoint = channel::EndpointId{1}, .name = "bench", .config = server_with_a_rule()});

    // The frame side drains all the while, as the window does.
    std::atomic<std::uint16_t> port{0};
    std::atomic<bool> is_over{false};
    std::thread frame([&] {
        bool has_stopped = false;
        while (!has_stopped) {
            service.link().drain(
                [&](channel::Event&& event) {
                    if (const auto* up = std::get_if<channel::ServerListening>(&event))
                        port = up->local.port;
                    if (std::holds_alternative<channel::ServiceStopped>(event)) has_stopped = true;
                },
                [] { return true; });
            if (is_over.exchange(false)) (void)service.link().try_post(channel::StopService{});
            // allowed sleep: the pace of a window's frames
            std::this_thread::sleep_for(std::chrono::milliseconds(16));
        }
    });
    while (port == 0)
        std::this_thread::yield();
    std::vector<double> ours;
    std::vector<double> smallest;
    {
        SmallestServer other;
        const int to_ours = connect_to(port);
        const int to_smallest = connect_to(other.port());
        for (int i = 0; i < turns; ++i) {
            ask(to_ours, ours);
            ask(to_smallest, smallest);
        }
        ::close(to_ours);
        ::close(to_smallest);
    }
    is_over = true;
    frame.join();
    std::filesystem::remove(path);
    std::printf("{");
    print("reply", ours, ",");
    print("smallest", smallest, "}\n");
    return 0;
}
