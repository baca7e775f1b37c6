// Counts what a program has kept of a load's bytes, by the file that it left. Shares nothing with the program but the meaning of pcapng.
//
//   bench_check raw FILE             one stream, as it is
//   bench_check dump FILE            a hex dump by ncat or socat: counted only
//   bench_check capture FILE PORT    a capture: TCP to PORT over Ethernet or raw IPv4
//
// Prints "KEPT WRONG REPEATED CONNECTIONS PACKETS": payload bytes that are there, those of them that are not what was sent at that place, those that are
// there twice, how many connections
// they are of, and how many packets hold them.
#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unordered_map>

#include "tests/bench/pattern.h"

namespace {

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "bench_check: %s\n", what.c_str());
    std::exit(1);  // NOLINT(concurrency-mt-unsafe): one thread
}

struct Counts {
    std::uint64_t kept = 0;
    std::uint64_t wrong = 0;
    std::uint64_t repeated = 0;
    std::uint64_t connections = 0;
    std::uint64_t packets = 0;
};

template <typename T>
T load(const char* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
}

std::uint16_t network16(const char* at) {
    return ntohs(load<std::uint16_t>(at));
}

// ---- Plain and dumped ----

Counts count_raw(std::string_view file) {
    const std::vector<char> pattern = bench::make_pattern();
    Counts counts{.kept = file.size(), .connections = 1};
    for (std::size_t at = 0; at < file.size(); at += bench::kBlockBytes) {
        const std::size_t size = std::min(file.size() - at, bench::kBlockBytes);
        if (!bench::matches(pattern, 0, at, file.data() + at, size)) counts.wrong += size;
    }
    return counts;
}

// ncat: "0010   57 69 ... 6c  6f ...  Wi..."; socat: "> 2026/11/21 12:09:41.000138026  length=40 from=0 to=39", then the bytes.
Counts count_dump(std::string_view file) {
    constexpr std::string_view kLength = " length=";
    constexpr std::size_t kHexColumns = 49;
    Counts counts{.connections = 1};
    while (!file.empty()) {
        const std::string_view line = file.substr(0, file.find('\n'));
        file.remove_prefix(std::min(file.size(), line.size() + 1));
        // Anywhere: several processes that write to one file begin their lines in the midst of others'.
        std::size_t at = line.find(kLength);
        if (at != std::string_view::npos) {
            for (; at != std::string_view::npos; at = line.find(kLength, at + 1)) {
                std::uint64_t length = 0;
                std::from_chars(line.data() + at + kLength.size(), line.data() + line.size(),
                                length);
                counts.kept += length;
            }
            continue;
        }
        const std::size_t gap = line.find("   ");
        if (gap == 0 || gap == std::string_view::npos) continue;
        const std::string_view hex = line.substr(gap + 3, kHexColumns);
        const auto digits = std::count_if(hex.begin(), hex.end(),
                                          [](unsigned char c) { return std::isxdigit(c) != 0; });
        counts.kept += static_cast<std::uint64_t>(digits) / 2;
    }
    return counts;
}

// ---- Captures ----

struct Stream {
    std::uint32_t next = 0;  // sequence number behind what was seen
    std::uint64_t position = 0;
    bool has_begun = false;            // its SYN was seen: positions are known
    std::optional<std::size_t> start;  // in the pattern, from its first payload
};

class CaptureCount {
  public:
    CaptureCount(std::string_view file, std::uint16_t port) : port_(port) {
        constexpr std::uint32_t kSection = 0x0A0D0D0A;
        constexpr std::uint32_t kInterface = 1;
        constexpr std::uint32_t kEnhancedPacket = 6;
        std::uint16_t link = 0;
        while (file.size() >= 12) {
            const auto type = load<std::uint32_t>(file.data());
            const auto length = load<std::uint32_t>(file.data() + 4);
            if (length < 12 || length > file.size()) fail("a block of a wrong length");
            if (type == kSection && load<std::uint32_t>(file.data() + 8) != 0x1A2B3C4D)
                fail("another machine's byte order");
            if (type == kInterface) link = load<std::uint16_t>(file.data() + 8);
            if (type == kEnhancedPacket && length >= 32) {
                const auto captured = load<std::uint32_t>(file.data() + 20);
                if (captured > length - 32) fail("a packet longer than its block");
                packet(file.substr(28, captured), link);
            }
            file.remove_prefix(length);
        }
        if (!file.empty()) fail("ends within a block");
    }

    [[nodiscard]] const Counts& counts() const { return counts_; }

  private:
    void packet(std::string_view bytes, std::uint16_t link) {
        constexpr std::uint16_t kEthernet = 1;
        constexpr std::size_t kEthernetBytes = 14;
        if (link == kEthernet) bytes.remove_prefix(std::min(bytes.size(), kEthernetBytes));
        if (bytes.size() < 20 || (static_cast<std::uint8_t>(bytes[0]) >> 4U) != 4 || bytes[9] != 6)
            return;
        const std::size_t ip = (static_cast<std::uint8_t>(bytes[0]) & 15U) * 4U;
        // 0: longer than the field holds, as a segment that the kernel never cut (loopback) may be.
        const std::size_t total =
            network16(bytes.data() + 2) == 0 ? bytes.size() : network16(bytes.data() + 2);
        if (total > bytes.size() || total < ip + 20) fail("a packet that was cut");
        const char* const tcp = bytes.data() + ip;
        if (network16(tcp + 2) != port_) return;
        const std::size_t head = (static_cast<std::uint8_t>(tcp[12]) >> 4U) * 4U;
        segment(load<std::uint32_t>(bytes.data() + 12), network16(tcp),
                ntohl(load<std::uint32_t>(tcp + 4)), (tcp[13] & 2) != 0,
                bytes.substr(ip + head, total - ip - head));
    }

    void segment(std::uint32_t address,
                 std::uint16_t port,
                 std::uint32_t sequence,
                 bool is_syn,
                 std::string_view payload) {
        Stream& stream = streams_[(std::uint64_t{address} << 16U) | port];
        if (is_syn) {
            stream = Stream{};
            stream.next = sequence + 1;
            stream.has_begun = true;
            ++counts_.connections;
            return;
        }
        if (payload.empty()) return;
        counts_.kept += payload.size();
        ++counts_.packets;
        if (!stream.has_begun) return;  // a sniffer came too late: counted, not compared
        const auto step = static_cast<std::int32_t>(sequence - stream.next);
        if (step < 0) {
            counts_.repeated += payload.size();
            return;
        }
        stream.position += static_cast<std::uint32_t>(step);
        stream.next = sequence + static_cast<std::uint32_t>(payload.size());
        if (!stream.start) stream.start = find_start(stream.position, payload);
        if (!stream.start || !bench::matches(pattern_, *stream.start, stream.position,
                                             payload.data(), payload.size()))
            counts_.wrong += payload.size();
        stream.position += payload.size();
    }

    [[nodiscard]] std::optional<std::size_t> find_start(std::uint64_t position,
                                                        std::string_view payload) const {
        for (std::size_t i = 0; i < bench::kMostConnections; ++i) {
            const std::size_t start = bench::pattern_start(i);
            if (bench::matches(pattern_, start, position, payload.data(), payload.size()))
                return start;
        }
        return std::nullopt;
    }

    const std::vector<char> pattern_ = bench::make_pattern();
    const std::uint16_t port_;
    std::unordered_map<std::uint64_t, Stream> streams_;
    Counts counts_;
};

// The file as memory; a file of the benchmark's own, that nobody cuts meanwhile.
std::string_view mapped(const char* path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || fstat(fd, &status) != 0)
        fail(std::string(path) + ": " + std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size == 0) return {};
    void* const at = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) fail("mmap");
    close(fd);
    return {static_cast<const char*>(at), size};
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view what = argc > 2 ? argv[1] : "";
    Counts counts;
    if (what == "raw" && argc == 3) {
        counts = count_raw(mapped(argv[2]));
    } else if (what == "dump" && argc == 3) {
        counts = count_dump(mapped(argv[2]));
    } else if (what == "capture" && argc == 4) {
        const auto port = static_cast<std::uint16_t>(std::strtoul(argv[3], nullptr, 10));
        counts = CaptureCount(mapped(argv[2]), port).counts();
    } else {
        std::fprintf(stderr, "bench_check raw FILE | dump FILE | capture FILE PORT\n");
        return 2;
    }
    std::printf("%llu %llu %llu %llu %llu\n", static_cast<unsigned long long>(counts.kept),
                static_cast<unsigned long long>(counts.wrong),
                static_cast<unsigned long long>(counts.repeated),
                static_cast<unsigned long long>(counts.connections),
                static_cast<unsigned long long>(counts.packets));
    return 0;
}
