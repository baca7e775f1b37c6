// Builds the blocks of a connection's packets in memory: head in front of a payload that is there already, tail behind it.
//
// On the hot path (one packet per read): no allocation, no loop over the payload, about a hundred bytes stored.
//
// Thread: any; functions over memory the caller owns.
#pragma once

#include "net/capture/pcapng_format.h"
#include "net/capture/pcapng_writer.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace net::capture {

[[nodiscard]] constexpr Direction opposite(Direction direction) {
    return direction == Direction::kSent ? Direction::kReceived : Direction::kSent;
}

[[nodiscard]] inline bool is_ipv6(const Flow& flow) {
    return flow.local.family == bytes::Family::kIpv6 || flow.peer.family == bytes::Family::kIpv6;
}

// Bytes from the block's first to the payload's.
[[nodiscard]] inline std::size_t head_bytes(const Flow& flow) {
    return format::kPacketFixedBytes +
           (is_ipv6(flow) ? format::kIpv6HeaderBytes : format::kIpv4HeaderBytes) +
           format::kTcpHeaderBytes;
}
// A data packet's whole block, and a pure acknowledgement's.
[[nodiscard]] inline std::size_t block_bytes(const Flow& flow, std::size_t payload) {
    return format::padded(head_bytes(flow) + payload) + format::kPacketOptionBytes +
           format::kBlockTrailerBytes;
}

// The sum of both addresses' 16-bit words, not folded: for the checksums of IPv4 and of the pseudo header.
[[nodiscard]] std::uint32_t address_sum(const bytes::SocketAddress& a,
                                        const bytes::SocketAddress& b);

// The number of the next byte of `direction`, and what the other side acknowledges.
[[nodiscard]] inline std::uint32_t next_sequence(const Flow& flow, Direction direction) {
    if (direction == Direction::kSent) {
        return flow.initial_sent_seq + 1 + static_cast<std::uint32_t>(flow.sent) +
               (flow.has_fin_sent ? 1U : 0U);
    }
    return flow.initial_received_seq + 1 + static_cast<std::uint32_t>(flow.received) +
           (flow.has_fin_received ? 1U : 0U);
}

struct Packet {
    Direction direction{};
    std::uint8_t tcp_flags = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;  // 0 without kTcpAck
    std::int64_t time_ns = 0;
    std::size_t payload = 0;                   // bytes, already behind the head
    std::span<const std::uint8_t> event = {};  // kOptionEvent; at most kEventClosedBytes
    std::string_view comment = {};             // at most kMostCommentBytes
};
inline constexpr std::size_t kMostCommentBytes = 4400;  // an endpoint's name and a few words

// Room that a packet's block needs, SYN or not.
[[nodiscard]] std::size_t block_bytes(const Flow& flow, const Packet& packet);

// Builds the block at `block` around packet.payload bytes at block + head_bytes(flow) (SYNs carry none). Returns its size.
std::size_t build_packet(std::uint8_t* block, const Flow& flow, const Packet& packet);

// Appends one option; returns where the next one goes.
std::uint8_t* put_option(std::uint8_t* at, std::uint16_t code, std::span<const std::uint8_t> value);

}  // namespace net::capture
