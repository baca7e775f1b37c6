#include "net/capture/packet_builder.h"

#include <algorithm>
#include <cstring>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

constexpr std::uint8_t kTimeToLive = 64;
constexpr std::uint16_t kDontFragment = 0x4000;
// With the window scale of the SYNs: a window of nearly 1 GiB, so that no stream of ours ever looks as if it had filled it.
constexpr std::uint16_t kWindow = 65535;
constexpr std::uint8_t kWindowScale = 14;

void put_ipv4(std::uint8_t* at,
              const bytes::SocketAddress& from,
              const bytes::SocketAddress& to,
              std::size_t tcp_bytes,
              std::uint32_t addresses) {
    const auto total = static_cast<std::uint16_t>(kIpv4HeaderBytes + tcp_bytes);
    constexpr std::uint16_t kVersionAndLength = 0x4500;
    constexpr std::uint16_t kTtlAndProtocol = (kTimeToLive << 8U) | kProtocolTcp;
    const std::uint32_t sum =
        std::uint32_t{kVersionAndLength} + total + kDontFragment + kTtlAndProtocol + addresses;
    store16_network(at, kVersionAndLength);
    store16_network(at + 2, total);
    store16_network(at + 4, 0);  // identification: meaningless with DF (RFC 6864)
    store16_network(at + 6, kDontFragment);
    store16_network(at + 8, kTtlAndProtocol);
    store16_network(at + 10, static_cast<std::uint16_t>(~folded(sum)));
    std::memcpy(at + 12, from.ip.data(), 4);
    std::memcpy(at + 16, to.ip.data(), 4);
}

void put_ipv6(std::uint8_t* at,
              const bytes::SocketAddress& from,
              const bytes::SocketAddress& to,
              std::size_t tcp_bytes) {
    store32_network(at, 0x60000000);
    store16_network(at + 4, static_cast<std::uint16_t>(tcp_bytes));
    at[6] = kProtocolTcp;
    at[7] = kTimeToLive;
    std::memcpy(at + 8, from.ip.data(), 16);
    std::memcpy(at + 24, to.ip.data(), 16);
}

std::size_t syn_bytes(const Packet& packet) {
    return (packet.tcp_flags & kTcpSyn) != 0 ? kSynOptionBytes : 0;
}

}  // namespace

std::uint32_t address_sum(const bytes::SocketAddress& a, const bytes::SocketAddress& b) {
    std::uint32_t sum = 0;
    const bool is_long = a.family == bytes::Family::kIpv6 || b.family == bytes::Family::kIpv6;
    for (std::size_t i = 0; i < (is_long ? 16U : 4U); i += 2) {
        sum += load16_network(&a.ip[i]);
        sum += load16_network(&b.ip[i]);
    }
    return sum;
}

std::size_t block_bytes(const Flow& flow, const Packet& packet) {
    std::size_t bytes = block_bytes(flow, packet.payload + syn_bytes(packet));
    if (!packet.event.empty()) bytes += 4 + padded(packet.event.size());
    if (!packet.comment.empty())
        bytes += 4 + padded(std::min(packet.comment.size(), kMostCommentBytes));
    return bytes;
}

std::uint8_t* put_option(std::uint8_t* at,
                         std::uint16_t code,
                         std::span<const std::uint8_t> value) {
    store16(at, code);
    store16(at + 2, static_cast<std::uint16_t>(value.size()));
    const std::size_t whole = padded(value.size());
    if (whole != value.size()) store32(at + 4 + whole - 4, 0);
    std::copy(value.begin(), value.end(), at + 4);
    return at + 4 + whole;
}

std::size_t build_packet(std::uint8_t* block, const Flow& flow, const Packet& packet) {
    const bool is_sent = packet.direction == Direction::kSent;
    const bytes::SocketAddress& from = is_sent ? flow.local : flow.peer;
    const bytes::SocketAddress& to = is_sent ? flow.peer : flow.local;
    const std::size_t ip_bytes = is_ipv6(flow) ? kIpv6HeaderBytes : kIpv4HeaderBytes;
    const std::size_t tcp_header_bytes = kTcpHeaderBytes + syn_bytes(packet);
    const std::size_t tcp_bytes = tcp_header_bytes + packet.payload;
    const auto captured = static_cast<std::uint32_t>(ip_bytes + tcp_bytes);
    const auto block_size = static_cast<std::uint32_t>(block_bytes(flow, packet));

    store32(block, flow.is_second_side ? kBlockSecondSide : kBlockEnhancedPacket);
    store32(block + 4, block_size);
    store32(block + 8, flow.interface);
    store32(block + 12,
            static_cast<std::uint32_t>(static_cast<std::uint64_t>(packet.time_ns) >> 32U));
    store32(block + 16, static_cast<std::uint32_t>(packet.time_ns));
    store32(block + 20, captured);
    store32(block + 24, captured);

    std::uint8_t* ip = block + kPacketFixedBytes;
    if (is_ipv6(flow)) {
        put_ipv6(ip, from, to, tcp_bytes);
    } else {
        put_ipv4(ip, from, to, tcp_bytes, flow.address_sum);
    }

    std::uint8_t* tcp = ip + ip_bytes;
    store16_network(tcp, from.port);
    store16_network(tcp + 2, to.port);
    store32_network(tcp + 4, packet.sequence);
    store32_network(tcp + 8, packet.acknowledgement);
    tcp[12] = static_cast<std::uint8_t>((tcp_header_bytes / 4) << 4U);
    tcp[13] = packet.tcp_flags;
    store16_network(tcp + 14, kWindow);
    store16_network(
        tcp + 16, folded(flow.address_sum + kProtocolTcp + static_cast<std::uint32_t>(tcp_bytes)));
    store16_network(tcp + 18, 0);
    if (syn_bytes(packet) != 0) {
        // Maximum segment size 65495, no-operation, window scale.
        constexpr std::uint8_t kSynOptions[kSynOptionBytes] = {
            2, 4, kMostReadBytes >> 8U, kMostReadBytes & 0xFFU, 1, 3, 3, kWindowScale};
        std::memcpy(tcp + kTcpHeaderBytes, kSynOptions, kSynOptionBytes);
    }

    // At most three bytes of padding.
    std::uint8_t* at = ip + captured;
    std::uint8_t* options = ip + padded(captured);
    while (at < options)
        *at++ = 0;

    store16(at, kOptionPacketFlags);
    store16(at + 2, 4);
    store32(at + 4, is_sent ? kFlagsOutbound : kFlagsInbound);
    store16(at + 8, kOptionConnection);
    store16(at + 10, 8);
    store64(at + 12, channel::number(flow.connection));
    at += 20;
    if (!packet.event.empty()) at = put_option(at, kOptionEvent, packet.event);
    if (!packet.comment.empty()) {
        const std::string_view comment = packet.comment.substr(0, kMostCommentBytes);
        at = put_option(at, kOptionComment,
                        {reinterpret_cast<const std::uint8_t*>(comment.data()), comment.size()});
    }
    store32(at, kOptionEnd);
    store32(at + 4, block_size);
    return block_size;
}

}  // namespace net::capture
