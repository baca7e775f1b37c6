// What a captured packet of a foreign (or our own) file carries: a TCP segment or a UDP datagram over IPv4 or IPv6, under one of the link types we know.
//
// Everything is checked against the captured length; nothing is trusted. Thread: any; pure functions.
#pragma once

#include "net/bytes/address.h"
#include "net/channel/event.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace net::capture {

// As many bytes of a packet as parse_packet() ever looks at: link header with VLAN tags, IPv6 with extension headers, TCP with options.
inline constexpr std::size_t kMostPacketHeadBytes = 512;

// Everything but the first two is not understood, and counted by kind.
enum class PacketKind : std::uint8_t {
    kTcp,
    kUdp,
    kFragment,       // of an IP packet: fragments are not put together
    kIcmp,           // also ICMPv6, with neighbour discovery
    kOtherProtocol,  // over IP: SCTP, ESP, tunnels ...
    kArp,
    kNotIp,        // another protocol of the link: LLDP, spanning tree ...
    kUnknownLink,  // of the interface
    kCutShort,     // the headers themselves are not in the capture
    kMalformed,    // lengths that contradict each other
};

struct Segment {
    bytes::SocketAddress from;
    bytes::SocketAddress to;
    std::uint32_t sequence = 0;         // TCP
    std::uint32_t acknowledgement = 0;  // TCP
    std::uint8_t flags = 0;             // TCP
    std::uint32_t payload_at = 0;       // from the packet's first byte
    std::uint32_t payload = 0;          // bytes that are in the capture
    std::uint32_t payload_missing =
        0;  // bytes that were on the wire behind those, cut off by a snapshot length
};

struct Packet {
    PacketKind kind{};
    Segment segment;  // kTcp, kUdp
};

// `head` is the packet's beginning (at least min(captured, kMostPacketHeadBytes) bytes), `captured` its whole captured length, `original` its length on the
// wire. The segment's places lie within `captured`.
[[nodiscard]] Packet parse_packet(std::uint16_t link,
                                  std::span<const std::uint8_t> head,
                                  std::uint32_t captured,
                                  std::uint32_t original);

}  // namespace net::capture
