#include "net/capture/packet_parse.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>

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
constexpr std::uint16_t kTypeIpv6 = 0x86DD;

bool is_vlan(std::uint16_t type) {
    return type == 0x8100 || type == 0x88A8 || type == 0x9100;
}

// Where the IP header begins; nothing where there is none.
std::optional<std::size_t> find_ip(std::uint16_t link, std::span<const std::uint8_t> head) {
    std::uint16_t type = 0;
    std::size_t at = 0;
    switch (link) {
        case kLinkRaw:
        case kLinkIpv4:
        case kLinkIpv6: return 0;
        // The address family before the packet has another number on each system; the packet's own first bits say the same.
        case kLinkNull:
        case kLinkLoop: return kNullBytes;
        case kLinkEthernet:
            at = kEthernetBytes;
            if (head.size() < at) return std::nullopt;
            type = load16_network(&head[12]);
            for (int i = 0; i < kMostVlans && is_vlan(type); ++i) {
                if (head.size() < at + kVlanBytes) return std::nullopt;
                type = load16_network(&head[at + 2]);
                at += kVlanBytes;
            }
            break;
        case kLinkLinuxCooked:
            at = kCookedBytes;
            if (head.size() < at) return std::nullopt;
            type = load16_network(&head[14]);
            break;
        case kLinkLinuxCooked2:
            at = kCooked2Bytes;
            if (head.size() < at) return std::nullopt;
            type = load16_network(&head[0]);
            break;
        default: return std::nullopt;
    }
    if (type != kTypeIpv4 && type != kTypeIpv6) return std::nullopt;
    return at;
}

// The IP header's answer: where TCP begins, and how long the packet claims to be from there.
struct Inner {
    std::size_t at = 0;
    std::size_t bytes = 0;
};

std::optional<Inner> parse_ipv4(std::span<const std::uint8_t> ip,
                                std::size_t captured,
                                Segment& segment) {
    if (ip.size() < kIpv4HeaderBytes) return std::nullopt;
    const std::size_t header = std::size_t{ip[0] & 0x0FU} * 4;
    std::size_t total = load16_network(&ip[2]);
    if (total == 0)
        total = captured;  // a segmentation offload's packet, longer than the field can say
    constexpr std::uint16_t kFragmentBits = 0x3FFF;  // more fragments, or not the first
    if (header < kIpv4HeaderBytes || total < header || ip.size() < header) return std::nullopt;
    if ((load16_network(&ip[6]) & kFragmentBits) != 0 || ip[9] != kProtocolTcp) return std::nullopt;
    segment.from.family = segment.to.family = bytes::Family::kIpv4;
    std::copy_n(ip.begin() + 12, 4, segment.from.ip.begin());
    std::copy_n(ip.begin() + 16, 4, segment.to.ip.begin());
    return Inner{.at = header, .bytes = total - header};
}

std::optional<Inner> parse_ipv6(std::span<const std::uint8_t> ip,
                                std::size_t captured,
                                Segment& segment) {
    if (ip.size() < kIpv6HeaderBytes) return std::nullopt;
    std::size_t total = load16_network(&ip[4]) + kIpv6HeaderBytes;
    if (total == kIpv6HeaderBytes) total = captured;  // as above, or a jumbogram
    std::uint8_t next = ip[6];
    std::size_t at = kIpv6HeaderBytes;
    for (int i = 0; i < kMostExtensions && next != kProtocolTcp; ++i) {
        constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51,
                               kDestination = 60, kMobility = 135;
        if (ip.size() < at + 8) return std::nullopt;
        std::size_t size = 0;
        switch (next) {
            case kHopByHop:
            case kRouting:
            case kDestination:
            case kMobility: size = (std::size_t{ip[at + 1]} + 1) * 8; break;
            case kAuthentication: size = (std::size_t{ip[at + 1]} + 2) * 4; break;
            case kFragment: {
                constexpr std::uint16_t kOffsetAndMore = 0xFFF9;
                if ((load16_network(&ip[at + 2]) & kOffsetAndMore) != 0) return std::nullopt;
                size = 8;
                break;
            }
            default: return std::nullopt;
        }
        next = ip[at];
        at += size;
    }
    if (next != kProtocolTcp || total < at || ip.size() < at) return std::nullopt;
    segment.from.family = segment.to.family = bytes::Family::kIpv6;
    std::copy_n(ip.begin() + 8, 16, segment.from.ip.begin());
    std::copy_n(ip.begin() + 24, 16, segment.to.ip.begin());
    return Inner{.at = at, .bytes = total - at};
}

}  // namespace

bool is_known_link(std::uint16_t link) {
    switch (link) {
        case kLinkNull:
        case kLinkEthernet:
        case kLinkRaw:
        case kLinkLoop:
        case kLinkLinuxCooked:
        case kLinkIpv4:
        case kLinkIpv6:
        case kLinkLinuxCooked2: return true;
        default: return false;
    }
}

std::optional<Segment> parse_packet(std::uint16_t link,
                                    std::span<const std::uint8_t> head,
                                    std::uint32_t captured) {
    head = head.first(std::min<std::size_t>(head.size(), captured));
    const std::optional<std::size_t> ip_at = find_ip(link, head);
    if (!ip_at || *ip_at >= head.size()) return std::nullopt;
    const auto ip = head.subspan(*ip_at);
    const std::size_t ip_captured = captured - *ip_at;

    Segment segment;
    std::optional<Inner> inner;
    switch (ip[0] >> 4U) {
        case 4: inner = parse_ipv4(ip, ip_captured, segment); break;
        case 6: inner = parse_ipv6(ip, ip_captured, segment); break;
        default: break;
    }
    if (!inner || ip.size() < inner->at + kTcpHeaderBytes) return std::nullopt;
    const auto tcp = ip.subspan(inner->at);
    const std::size_t header = std::size_t{tcp[12]} / 16 * 4;
    if (header < kTcpHeaderBytes || inner->bytes < header) return std::nullopt;
    segment.from.port = load16_network(&tcp[0]);
    segment.to.port = load16_network(&tcp[2]);
    segment.sequence = load32_network(&tcp[4]);
    segment.acknowledgement = load32_network(&tcp[8]);
    segment.flags = tcp[13];
    const std::size_t payload = inner->bytes - header;
    const std::size_t payload_at = inner->at + header;
    const std::size_t there =
        ip_captured > payload_at ? std::min(payload, ip_captured - payload_at) : 0;
    segment.payload_at = static_cast<std::uint32_t>(*ip_at + payload_at);
    segment.payload = static_cast<std::uint32_t>(there);
    segment.payload_missing = static_cast<std::uint32_t>(payload - there);
    return segment;
}

}  // namespace net::capture
