#include "tests/net/capture/hostile_bytes.h"

#include "net/capture/note_codec.h"

namespace tests::hostile {

namespace {

void network16(Bytes& to, std::uint32_t value) {
    Out::put(to, static_cast<std::uint16_t>(value), true);
}
void network32(Bytes& to, std::uint32_t value) {
    Out::put(to, value, true);
}

Bytes ip(std::uint32_t from, std::uint32_t to, std::uint8_t protocol, std::size_t size) {
    Bytes packet{0x45, 0};
    network16(packet, static_cast<std::uint32_t>(20 + size));
    network32(packet, 0);
    packet.push_back(64);
    packet.push_back(protocol);
    network16(packet, 0);
    network32(packet, from);
    network32(packet, to);
    return packet;
}

}  // namespace

Bytes tcp(const Tcp& segment) {
    Bytes packet = ip(segment.from, segment.to, kProtocolTcp, 20 + segment.size);
    network16(packet, segment.from_port);
    network16(packet, segment.to_port);
    network32(packet, segment.sequence);
    network32(packet, segment.acknowledgement);
    packet.push_back(0x50);
    packet.push_back(segment.flags);
    packet.resize(packet.size() + 6 + segment.size, 'x');
    return packet;
}

Bytes udp(std::uint32_t from, std::uint32_t port, std::size_t size) {
    Bytes packet = ip(from, 0x0A000002, kProtocolUdp, 8 + size);
    network16(packet, port);
    network16(packet, 53);
    network16(packet, static_cast<std::uint32_t>(8 + size));
    packet.resize(packet.size() + 2 + size, 'x');
    return packet;
}

Tcp of(std::uint32_t n, Tcp segment) {
    segment.from = 0x0B000000 + n / 60'000;
    segment.from_port = 1000 + n % 60'000;
    return segment;
}

Bytes continued(std::uint64_t connection, std::uint64_t received) {
    Bytes body;
    net::capture::encode_continued({.connection = ConnectionId{connection},
                                    .endpoint = EndpointId{1},
                                    .local = ipv6(80),
                                    .peer = ipv6(1, 2),
                                    .received = received,
                                    .sent = received},
                                   body);
    return body;
}

Bytes ours() {
    static const Bytes bytes = [] {
        const TemporaryDirectory directory;
        net::capture::FileTable files;
        Recording recording = Recording::at(files, directory.path("x"));
        recording.endpoint(1);
        Flow& flow = recording.open(1, 1, ipv4(9000), ipv6(1));
        recording.receive(flow, random_bytes(300, 1));
        recording.send(flow, random_bytes(100, 2));
        recording.note(
            net::channel::ServerListening{.endpoint = EndpointId{1}, .local = ipv4(9000)});
        recording.note(net::channel::Failed{
            net::channel::make_failure(net::channel::Operation::kSend, EndpointId{1}, "x", 5, 7)});
        recording.peer_ends(flow);
        recording.close(flow, net::channel::CloseReason::kEndOfStream);
        recording.finish();
        return read_file(directory.path("x"));
    }();
    return bytes;
}

Bytes theirs(bool is_swapped) {
    Out out(is_swapped);
    out.section();
    out.interface();
    for (std::uint32_t i = 0; i < 10; ++i)
        out.enhanced(tcp({.sequence = i * 50, .size = 50}));
    return out.bytes;
}

Bytes theirs_in_pcap() {
    Out out;
    out.pcap();
    for (std::uint32_t i = 0; i < 10; ++i)
        out.record(tcp({.sequence = i * 50, .size = 50}));
    return out.bytes;
}

}  // namespace tests::hostile
