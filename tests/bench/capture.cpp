// Makes a capture as ours are: bench_capture FILE READS SIZE, of 100 connections that take turns.
#include "net/bytes/address.h"
#include "net/capture/file_table.h"
#include "net/capture/pcapng_writer.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "tests/bench/pattern.h"

namespace {

using net::capture::Flow;
using net::capture::Writer;
namespace channel = net::channel;

constexpr std::uint64_t kConnections = 100;
constexpr channel::EndpointId kServer{1};
constexpr std::int64_t kBeganNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kStepNs = 10'000;

net::bytes::SocketAddress loopback(std::uint16_t port) {
    net::bytes::SocketAddress address;
    address.family = net::bytes::Family::kIpv4;
    address.ip[0] = 127;
    address.ip[3] = 1;
    address.port = port;
    return address;
}

bool write(Writer& writer, std::uint64_t reads, std::size_t size) {
    const std::vector<char> pattern = bench::make_pattern();
    std::vector<Flow> flows(kConnections);
    writer.add_endpoint(kServer, channel::EndpointKind::kServer, "127.0.0.1:9000");
    std::int64_t now = kBeganNs;
    for (std::uint64_t i = 0; i < kConnections; ++i) {
        flows[i].connection = channel::ConnectionId{i + 1};
        flows[i].endpoint = kServer;
        flows[i].local = loopback(9000);
        flows[i].peer = loopback(static_cast<std::uint16_t>(40'000 + i));
        writer.opened(flows[i], now += kStepNs);
    }
    for (std::uint64_t i = 0; i < reads; ++i) {
        Flow& flow = flows[i % kConnections];
        auto room = writer.reserve(flow, size);
        if (room.size() < size) {
            if (writer.flush().error != 0) return false;
            room = writer.reserve(flow, size);
        }
        const std::size_t at =
            (bench::pattern_start(i % kConnections) + flow.received) % bench::kPatternBytes;
        std::memcpy(room.data(), &pattern[at], size);
        writer.commit(flow, size, now += kStepNs);
    }
    for (Flow& flow : flows) {
        writer.ended(flow, channel::Direction::kReceived, now += kStepNs);
        writer.closed(flow, channel::ConnectionClosed{.connection = flow.connection,
                                                      .reason = channel::CloseReason::kEndOfStream,
                                                      .time_ns = now,
                                                      .received = flow.received});
    }
    return writer.flush().error == 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "bench_capture FILE READS SIZE\n");
        return 2;
    }
    net::capture::FileTable files;
    int error = 0;
    std::string tried;
    net::capture::WriterConfig config;
    config.files = &files;
    config.path = argv[1];
    const auto writer = Writer::open(config, error, tried);
    if (!writer ||
        !write(*writer, std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10))) {
        std::fprintf(stderr, "bench_capture: cannot write %s\n", argv[1]);
        return 1;
    }
    return 0;
}
