// What a captured packet carries, from the outside in: link, IP, TCP or UDP. Each layer says where the next one begins, or what the packet is instead.
#include "net/capture/packet_parse.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <optional>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kVlanBytes = 4;
constexpr std::size_t kCookedBytes = 16;
constexpr std::size_t kCooked2Bytes = 20;
constexpr std::size_t kNullBytes = 4;
constexpr int kMostVlans = 4;
constexpr int kMostExtensions = 16;

constexpr std::uint16_t kTypeIpv4 = 0x0800;
constexpr std::uint16_t kTypeArp = 0x0806;
constexpr std::uint16_t kTypeIpv6 = 0x86DD;

bool is_vlan(std::uint16_t type) {
    return type == 0x8100 || type == 0x88A8 || type == 0x9100;
}

// AF_INET, and AF_INET6 as the systems number it (Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS), in the byte order of the machine that
// captured (NULL) or of the network (LOOP): whichever, a family is a small number.
bool is_ip_family(std::uint32_t family) {
    if (family > 0xFFFFU) family = __builtin_bswap32(family);
    switch (family) {
        case 2:
        case 10:
        case 23:
        case 24:
        case 28:
        case 30: return true;
        default: return false;
    }
}

// Where the next layer begins, or what the packet is where there is none that we know.
struct Layer {
    std::size_t at = 0;
    std::optional<PacketKind> otherwise{};
};

Layer find_ip(std::uint16_t link, std::span<const std::uint8_t> head) {
    std::size_t type_at = 0;
    std::size_t at = 0;
    switch (link) {
        case kLinkRaw:
        case kLinkRawOld:
        case kLinkRawOpenBsd:
        case kLinkIpv4:
        case kLinkIpv6: return {};
        case kLinkNull:
        case kLinkLoop:
            if (head.size() < kNullBytes) return {.otherwise = PacketKind::kCutShort};
            if (!is_ip_family(load32(head.data()))) return {.otherwise = PacketKind::kNotIp};
            return {.at = kNullBytes};
        case kLinkEthernet: type_at = 12, at = kEthernetBytes; break;
        case kLinkLinuxCooked: type_at = 14, at = kCookedBytes; break;
        case kLinkLinuxCooked2: type_at = 0, at = kCooked2Bytes; break;
        default: return {.otherwise = PacketKind::kUnknownLink};
    }
    if (head.size() < at) return {.otherwise = PacketKind::kCutShort};
    std::uint16_t type = load16_network(&head[type_at]);
    for (int i = 0; i < kMostVlans && is_vlan(type); ++i) {
        if (head.size() < at + kVlanBytes) return {.otherwise = PacketKind::kCutShort};
        type = load16_network(&head[at + 2]);
        at += kVlanBytes;
    }
    if (type == kTypeArp) return {.otherwise = PacketKind::kArp};
    if (type != kTypeIpv4 && type != kTypeIpv6) return {.otherwise = PacketKind::kNotIp};
    return {.at = at};
}

PacketKind kind_of(std::uint8_t protocol) {
    constexpr std::uint8_t kIcmp = 1, kIcmpv6 = 58;
    switch (protocol) {
        case kProtocolTcp: return PacketKind::kTcp;
        case kProtocolUdp: return PacketKind::kUdp;
        case kIcmp:
        case kIcmpv6: return PacketKind::kIcmp;
        default: return PacketKind::kOtherProtocol;
    }
}

// The IP header's answer: what is inside, where it begins, and how long the packet claims to be from there.
struct Inner {
    PacketKind kind{};
    std::size_t at = 0;
    std::size_t bytes = 0;
};

Inner parse_ipv4(std::span<const std::uint8_t> ip, std::size_t original, Segment& segment) {
    if (ip.size() < kIpv4HeaderBytes) return {.kind = PacketKind::kCutShort};
    const std::size_t header = std::size_t{ip[0] & 0x0FU} * 4;
    std::size_t total = load16_network(&ip[2]);
    if (total == 0)
        total = original;  // a segmentation offload's packet, longer than the field can say
    constexpr std::uint16_t kFragmentBits = 0x3FFF;  // more fragments, or not the first
    if (header < kIpv4HeaderBytes || total < header) return {.kind = PacketKind::kMalformed};
    if (ip.size() < header) return {.kind = PacketKind::kCutShort};
    if ((load16_network(&ip[6]) & kFragmentBits) != 0) return {.kind = PacketKind::kFragment};
    segment.from.family = segment.to.family = bytes::Family::kIpv4;
    std::copy_n(ip.begin() + 12, 4, segment.from.ip.begin());
    std::copy_n(ip.begin() + 16, 4, segment.to.ip.begin());
    return {.kind = kind_of(ip[9]), .at = header, .bytes = total - header};
}

Inner parse_ipv6(std::span<const std::uint8_t> ip, std::size_t original, Segment& segment) {
    if (ip.size() < kIpv6HeaderBytes) return {.kind = PacketKind::kCutShort};
    std::size_t total = load16_network(&ip[4]) + kIpv6HeaderBytes;
    if (total == kIpv6HeaderBytes) total = original;  // as above, or a jumbogram
    std::uint8_t next = ip[6];
    std::size_t at = kIpv6HeaderBytes;
    for (int i = 0; i < kMostExtensions; ++i) {
        constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51,
                               kDestination = 60, kMobility = 135, kHostIdentity = 139,
                               kShim6 = 140;
        const bool is_extension = next == kHopByHop || next == kRouting || next == kFragment ||
                                  next == kAuthentication || next == kDestination ||
                                  next == kMobility || next == kHostIdentity || next == kShim6;
        if (!is_extension) break;
        if (ip.size() < at + 8) return {.kind = PacketKind::kCutShort};
        std::size_t size = (std::size_t{ip[at + 1]} + 1) * 8;
        if (next == kAuthentication) size = (std::size_t{ip[at + 1]} + 2) * 4;
        if (next == kFragment) {
            constexpr std::uint16_t kOffsetAndMore = 0xFFF9;
            if ((load16_network(&ip[at + 2]) & kOffsetAndMore) != 0)
                return {.kind = PacketKind::kFragment};
            size = 8;
        }
        next = ip[at];
        at += size;
    }
    if (total < at) return {.kind = PacketKind::kMalformed};
    if (ip.size() < at) return {.kind = PacketKind::kCutShort};
    segment.from.family = segment.to.family = bytes::Family::kIpv6;
    std::copy_n(ip.begin() + 8, 16, segment.from.ip.begin());
    std::copy_n(ip.begin() + 24, 16, segment.to.ip.begin());
    return {.kind = kind_of(next), .at = at, .bytes = total - at};
}

// The transport header: its length, and how many bytes of payload the datagram claims.
struct Transport {
    PacketKind kind{};
    std::size_t header = 0;
    std::size_t payload = 0;
};

Transport parse_tcp(std::span<const std::uint8_t> tcp, std::size_t bytes, Segment& segment) {
    if (tcp.size() < kTcpHeaderBytes) return {.kind = PacketKind::kCutShort};
    const std::size_t header = std::size_t{tcp[12]} / 16 * 4;
    if (header < kTcpHeaderBytes || bytes < header) return {.kind = PacketKind::kMalformed};
    segment.sequence = load32_network(&tcp[4]);
    segment.acknowledgement = load32_network(&tcp[8]);
    segment.flags = tcp[13];
    return {.kind = PacketKind::kTcp, .header = header, .payload = bytes - header};
}

Transport parse_udp(std::span<const std::uint8_t> udp, std::size_t bytes) {
    if (udp.size() < kUdpHeaderBytes) return {.kind = PacketKind::kCutShort};
    std::size_t length = load16_network(&udp[4]);
    if (length == 0) length = bytes;  // segmentation offload, or a jumbogram
    if (length < kUdpHeaderBytes || length > bytes) return {.kind = PacketKind::kMalformed};
    return {
        .kind = PacketKind::kUdp, .header = kUdpHeaderBytes, .payload = length - kUdpHeaderBytes};
}

}  // namespace

Packet parse_packet(std::uint16_t link,
                    std::span<const std::uint8_t> head,
                    std::uint32_t captured,
                    std::uint32_t original) {
    head = head.first(std::min<std::size_t>(head.size(), captured));
    const Layer network = find_ip(link, head);
    if (network.otherwise) return {.kind = *network.otherwise, .segment = {}};
    if (network.at >= head.size()) return {.kind = PacketKind::kCutShort, .segment = {}};
    const auto ip = head.subspan(network.at);
    const std::size_t ip_captured = captured - network.at;
    const std::size_t ip_original = std::max(captured, original) - network.at;

    Packet packet;
    Segment& segment = packet.segment;
    Inner inner{.kind = PacketKind::kMalformed};
    switch (ip[0] >> 4U) {
        case 4: inner = parse_ipv4(ip, ip_original, segment); break;
        case 6: inner = parse_ipv6(ip, ip_original, segment); break;
        default: break;
    }
    packet.kind = inner.kind;
    if (inner.kind != PacketKind::kTcp && inner.kind != PacketKind::kUdp) return packet;
    const auto body = ip.subspan(inner.at);
    const Transport transport = inner.kind == PacketKind::kTcp
                                    ? parse_tcp(body, inner.bytes, segment)
                                    : parse_udp(body, inner.bytes);
    packet.kind = transport.kind;
    if (transport.header == 0) return packet;
    segment.from.port = load16_network(&body[0]);
    segment.to.port = load16_network(&body[2]);
    const std::size_t payload_at = inner.at + transport.header;
    const std::size_t there =
        ip_captured > payload_at ? std::min(transport.payload, ip_captured - payload_at) : 0;
    // Where even the transport header's options are cut off, nothing of the payload is there.
    segment.payload_at = static_cast<std::uint32_t>(network.at + std::min(payload_at, ip_captured));
    segment.payload = static_cast<std::uint32_t>(there);
    segment.payload_missing = static_cast<std::uint32_t>(transport.payload - there);
    return packet;
}

}  // namespace net::capture
