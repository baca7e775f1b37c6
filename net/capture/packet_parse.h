// What a captured packet of a foreign (or our own) file carries: a TCP segment over IPv4 or IPv6, under one of the link types we know.
//
// Everything is checked against the captured length; nothing is trusted. Thread: any; pure functions.
#pragma once

#include "net/bytes/address.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace net::capture {

// As many bytes of a packet as parse_packet() ever looks at: link header with VLAN tags, IPv6 with extension headers, TCP with options.
inline constexpr std::size_t kMostPacketHeadBytes = 512;

struct Segment {
    bytes::SocketAddress from;
    bytes::SocketAddress to;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint8_t flags = 0;
    std::uint32_t payload_at = 0;  // from the packet's first byte
    std::uint32_t payload = 0;     // bytes that are in the capture
    std::uint32_t payload_missing =
        0;  // bytes that were on the wire behind those, cut off by a snapshot length
};

[[nodiscard]] bool is_known_link(std::uint16_t link);

// `head` is the packet's beginning (at least min(captured, kMostPacketHeadBytes) bytes), `captured` its whole captured length. Nothing where it is not a TCP segment
// that can be understood: other protocols, fragments, headers cut off.
[[nodiscard]] std::optional<Segment> parse_packet(std::uint16_t link,
                                                  std::span<const std::uint8_t> head,
                                                  std::uint32_t captured);

}  // namespace net::capture
