// evil_peer: does to a TCP port of this machine what badly behaved programs do, the same way each time.
//
//   evil_peer connect HOST:PORT [OPTIONS] STEP...   opens connections; each runs the steps
//   evil_peer listen HOST:PORT [OPTIONS] STEP...    takes connections; each runs the steps
//   evil_peer storm HOST:PORT [--seconds S]         connects and resets, as fast as it goes
//   evil_peer ping HOST:PORT [--seconds S]          a byte every 10 ms to a server that sends it back: how long each took
//   evil_peer bytes INDEX SIZE [--seed S]           what connection INDEX of a run with that seed sends, on standard output
//   evil_peer prefixes                              for each line "SEED INDEX SIZE" of standard input: the CRC-32 of that many such bytes
//
// Steps, one argument each, in evil_steps.h. "or" separates scripts that connections take in turn. Options:
//   --connections N (1)  --parallel N (all)  --rate A_SECOND (any)  --seed S (1)  --receive-buffer BYTES  --send-buffer BYTES  --seconds S (30)
//
// HOST is a literal of this machine. What happened is one JSON object a line on standard output, the last one a summary with
// each connection's bytes and their CRC-32. Exit status: 0 done, 1 the time was not enough, 2 bad usage.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "tests/support/evil_bytes.h"
#include "tests/support/evil_engine.h"
#include "tests/support/evil_steps.h"

namespace {

using tests::EvilOptions;

int bad_usage(const std::string& what) {
    std::fprintf(stderr, "evil_peer: %s; see the head of evil_peer.cpp\n", what.c_str());
    return 2;
}

template <typename Number>
bool parse(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

// Loopback only: this program must not be turned on anybody else.
bool parse_address(std::string_view text, EvilOptions& options) {
    const std::size_t colon = text.rfind(':');
    std::uint16_t port = 0;
    if (colon == std::string_view::npos || !parse(text.substr(colon + 1), port)) return false;
    std::string host(text.substr(0, colon));
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    auto& v4 = reinterpret_cast<sockaddr_in&>(options.address);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(options.address);
    if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        options.address_size = sizeof v4;
        return (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
    }
    if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        options.address_size = sizeof v6;
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return false;
}

int connect_blocking(const EvilOptions& options) {
    const int fd = socket(options.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&options.address), options.address_size) == 0)
        return fd;
    const int code = errno;
    close(fd);
    return -code;
}

// A handshake that the server has no room for would take its second SYN, a second later: it is given up at once instead, or the storm
// would be one of waiting.
int storm(const EvilOptions& options) {
    constexpr int kPatienceMs = 2;
    std::uint64_t opened = 0;
    std::uint64_t failed = 0;
    const linger now{.l_onoff = 1, .l_linger = 0};
    for (const std::int64_t end_ms = tests::monotonic_ms() + options.limit_ms;
         tests::monotonic_ms() < end_ms;) {
        const int fd =
            socket(options.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        const auto* const address = reinterpret_cast<const sockaddr*>(&options.address);
        if (connect(fd, address, options.address_size) != 0 && errno == EINPROGRESS) {
            pollfd connecting{.fd = fd, .events = POLLOUT, .revents = 0};
            poll(&connecting, 1, kPatienceMs);
        }
        sockaddr_storage peer{};
        socklen_t size = sizeof peer;
        ++(getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 ? opened : failed);
        close(fd);
    }
    std::printf("{\"event\": \"summary\", \"opened\": %llu, \"failed\": %llu}\n",
                static_cast<unsigned long long>(opened), static_cast<unsigned long long>(failed));
    return 0;
}

std::int64_t monotonic_us() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

// A server's heartbeat as seen from outside. The next byte goes when the previous one is back and 10 ms have passed, so
// a server that stands still is one long time and not many.
int ping(const EvilOptions& options) {
    constexpr int kIntervalMs = 10;
    const int fd = connect_blocking(options);
    if (fd < 0) {
        std::fprintf(stderr, "evil_peer: connect: %s\n", strerrordesc_np(-fd));
        return 1;
    }
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::vector<std::int64_t> times_us;
    bool is_lost = false;
    for (const std::int64_t end_ms = tests::monotonic_ms() + options.limit_ms;
         tests::monotonic_ms() < end_ms;) {
        char byte = static_cast<char>(times_us.size());
        const std::int64_t from_us = monotonic_us();
        if (send(fd, &byte, 1, MSG_NOSIGNAL) != 1 || recv(fd, &byte, 1, 0) != 1) {
            is_lost = true;
            break;
        }
        times_us.push_back(monotonic_us() - from_us);
        poll(nullptr, 0, kIntervalMs);
    }
    close(fd);
    std::sort(times_us.begin(), times_us.end());
    const auto at = [&](double part) {
        return times_us.empty() ? -1LL
                                : static_cast<long long>(times_us[static_cast<std::size_t>(
                                      part * static_cast<double>(times_us.size() - 1))]);
    };
    std::printf(
        "{\"event\": \"summary\", \"count\": %zu, \"median_us\": %lld, \"p99_us\": %lld, "
        "\"most_us\": %lld, \"lost\": %s}\n",
        times_us.size(), at(0.5), at(0.99), at(1.0), is_lost ? "true" : "false");
    return is_lost ? 1 : 0;
}

int print_bytes(std::uint64_t seed, std::uint64_t index, std::uint64_t size) {
    const tests::ByteStream stream(seed, index);
    std::array<std::uint8_t, 65536> buffer{};
    for (std::uint64_t offset = 0; offset < size;) {
        const std::size_t count = std::min<std::uint64_t>(buffer.size(), size - offset);
        stream.fill(offset, std::span(buffer).first(count));
        if (std::fwrite(buffer.data(), 1, count, stdout) != count) return 1;
        offset += count;
    }
    return std::fflush(stdout) == 0 ? 0 : 1;
}

// One that stays for a whole test: a kill leaves 64 prefixes to check, and starting a program for each costs more than the kill.
int print_prefixes() {
    std::vector<std::uint8_t> buffer(65536);
    unsigned long long seed = 0;
    unsigned long long index = 0;
    unsigned long long size = 0;
    while (std::scanf("%llu %llu %llu", &seed, &index, &size) == 3) {
        const tests::ByteStream stream(seed, index);
        std::uint32_t crc = 0;
        for (std::uint64_t offset = 0; offset < size;) {
            const std::size_t count = std::min<std::uint64_t>(buffer.size(), size - offset);
            stream.fill(offset, std::span(buffer).first(count));
            crc = tests::crc32(crc, std::span(buffer).first(count));
            offset += count;
        }
        std::printf("%u\n", crc);
        if (std::fflush(stdout) != 0) return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    // 10,000 connections: as many descriptors as we may have.
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }

    EvilOptions options;
    std::vector<std::string_view> words;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word.substr(0, 2) != "--") {
            words.push_back(word);
            continue;
        }
        double seconds = 0;
        bool is_good = ++i < argc;
        const std::string_view value = is_good ? argv[i] : "";
        if (word == "--connections")
            is_good = is_good && parse(value, options.connections);
        else if (word == "--parallel")
            is_good = is_good && parse(value, options.parallel);
        else if (word == "--rate")
            is_good = is_good && parse(value, options.rate);
        else if (word == "--seed")
            is_good = is_good && parse(value, options.seed);
        else if (word == "--receive-buffer")
            is_good = is_good && parse(value, options.receive_buffer_bytes);
        else if (word == "--send-buffer")
            is_good = is_good && parse(value, options.send_buffer_bytes);
        else if (word == "--seconds") {
            is_good = is_good && parse(value, seconds);
            options.limit_ms = static_cast<std::int64_t>(seconds * 1000);
        } else
            is_good = false;
        if (!is_good)
            return bad_usage(std::string(word) + " " + std::string(value) + ": not understood");
    }
    if (words.size() == 1 && words[0] == "prefixes") return print_prefixes();
    if (words.size() < 2) return bad_usage("what to do, and where, is missing");

    if (words[0] == "bytes") {
        std::uint64_t index = 0;
        std::uint64_t size = 0;
        if (words.size() != 3 || !parse(words[1], index) || !parse(words[2], size))
            return bad_usage("bytes: INDEX SIZE");
        return print_bytes(options.seed, index, size);
    }
    if (!parse_address(words[1], options)) {
        return bad_usage(std::string(words[1]) + ": not a literal loopback HOST:PORT");
    }
    if (words[0] == "storm") return storm(options);
    if (words[0] == "ping") return ping(options);
    if (words[0] != "connect" && words[0] != "listen")
        return bad_usage(std::string(words[0]) + ": unknown");
    options.is_server = words[0] == "listen";
    std::string trouble;
    const auto scripts = tests::parse_scripts({words.begin() + 2, words.end()}, trouble);
    if (!scripts) return bad_usage(trouble);
    return tests::run_evil_peer(options, *scripts) ? 0 : 1;
}
