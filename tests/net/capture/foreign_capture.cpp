#include "tests/net/capture/foreign_capture.h"

#include <algorithm>

namespace tests {

namespace {

void put16_network(Bytes& to, std::uint32_t value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8U));
    to.push_back(static_cast<std::uint8_t>(value));
}
void put32_network(Bytes& to, std::uint32_t value) {
    put16_network(to, value >> 16U);
    put16_network(to, value & 0xFFFFU);
}
void append(Bytes& to, const Bytes& bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

Bytes link_header(std::uint16_t link, bool is_ipv6, int vlans) {
    const std::uint32_t type = is_ipv6 ? 0x86DD : 0x0800;
    Bytes head;
    switch (link) {
        case 0: head = is_ipv6 ? Bytes{24, 0, 0, 0} : Bytes{2, 0, 0, 0}; break;
        case 108: head = is_ipv6 ? Bytes{0, 0, 0, 24} : Bytes{0, 0, 0, 2}; break;
        case 1:
            head = Bytes(12, 0xAA);
            for (int i = 0; i < vlans; ++i) {
                put16_network(head, i + 1 < vlans ? 0x88A8 : 0x8100);
                put16_network(head, 42);
            }
            put16_network(head, type);
            break;
        case 113:
            head = Bytes(14, 0);
            put16_network(head, type);
            break;
        case 276:
            put16_network(head, type);
            head.resize(20);
            break;
        default: break;
    }
    return head;
}

}  // namespace

ForeignCapture::ForeignCapture(Container container, std::uint16_t link, bool is_swapped)
    : container_(container),
      link_(link),
      is_swapped_(is_swapped) {
    if (container == Container::kPcapng) {
        add_section(is_swapped);
        add_interface(link, 6, "");
        return;
    }
    resolution_ = container == Container::kPcapNanoseconds ? 9 : 6;
    put32(bytes_, container == Container::kPcapNanoseconds ? 0xA1B23C4D : 0xA1B2C3D4);
    put16(bytes_, 2);
    put16(bytes_, 4);
    put32(bytes_, 0);
    put32(bytes_, 0);
    put32(bytes_, 262144);
    put32(bytes_, link);
}

void ForeignCapture::add(const Tcp& tcp) {
    const bool is_ipv6 = tcp.from.family == net::bytes::Family::kIpv6;
    Bytes segment;
    put16_network(segment, tcp.from.port);
    put16_network(segment, tcp.to.port);
    put32_network(segment, tcp.sequence);
    put32_network(segment, tcp.acknowledgement);
    segment.push_back(0x80);  // 32 bytes, as with timestamps
    segment.push_back(tcp.flags);
    segment.resize(32);
    append(segment, tcp.payload);

    Bytes packet = link_header(link_, is_ipv6, tcp.vlans);
    if (is_ipv6) {
        const std::size_t extension = tcp.has_extension ? 16 : 0;
        put32_network(packet, 0x60000000);
        put16_network(packet, static_cast<std::uint32_t>(segment.size() + extension));
        packet.push_back(tcp.has_extension ? 60 : 6);
        packet.push_back(64);
        packet.insert(packet.end(), tcp.from.ip.begin(), tcp.from.ip.end());
        packet.insert(packet.end(), tcp.to.ip.begin(), tcp.to.ip.end());
        if (tcp.has_extension)
            append(packet, Bytes{6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    } else {
        put16_network(packet, 0x4600);  // with four bytes of options
        put16_network(packet, static_cast<std::uint32_t>(segment.size() + 24));
        put32_network(packet, 0x12344000);
        put32_network(packet, 0x40060000);
        packet.insert(packet.end(), tcp.from.ip.begin(), tcp.from.ip.begin() + 4);
        packet.insert(packet.end(), tcp.to.ip.begin(), tcp.to.ip.begin() + 4);
        put32_network(packet, 0x01010100);
    }
    append(packet, segment);
    packet.resize(std::min(packet.size(), tcp.captured));
    packet.resize(packet.size() + tcp.trailer, 0xEE);
    add_packet(packet);
}

void ForeignCapture::add_packet(const Bytes& packet) {
    const std::int64_t unit = resolution_ == 9 ? 1 : 1000;
    time_ns_ += 1'000'003 * unit;
    const auto ticks = static_cast<std::uint64_t>(time_ns_ / unit);
    const auto size = static_cast<std::uint32_t>(packet.size());
    Bytes body;
    if (container_ == Container::kPcapng) {
        put32(body, interface_);
        put32(body, ticks >> 32U);
        put32(body, ticks);
        put32(body, size);
        put32(body, size);
        append(body, packet);
        put_block(6, body);
        return;
    }
    put32(bytes_, static_cast<std::uint64_t>(time_ns_ / 1'000'000'000));
    put32(bytes_, static_cast<std::uint64_t>(time_ns_ % 1'000'000'000 / unit));
    put32(bytes_, size);
    put32(bytes_, size);
    append(bytes_, packet);
}

void ForeignCapture::add_block(std::uint32_t type, const Bytes& body) {
    put_block(type, body);
}

void ForeignCapture::add_section(bool is_swapped) {
    is_swapped_ = is_swapped;
    interface_ = UINT32_MAX;
    Bytes body;
    put32(body, 0x1A2B3C4D);
    put16(body, 1);
    put16(body, 0);
    put32(body, 0xFFFFFFFF);
    put32(body, 0xFFFFFFFF);
    put_block(0x0A0D0D0A, body);
}

void ForeignCapture::add_interface(std::uint16_t link,
                                   std::uint8_t resolution,
                                   std::string_view name) {
    ++interface_;
    link_ = link;
    resolution_ = resolution;
    Bytes body;
    put16(body, link);
    put16(body, 0);
    put32(body, 262144);
    if (!name.empty()) {
        put16(body, 2);
        put16(body, static_cast<std::uint32_t>(name.size()));
        body.insert(body.end(), name.begin(), name.end());
        while (body.size() % 4 != 0)
            body.push_back(0);
    }
    put16(body, 9);
    put16(body, 1);
    append(body, Bytes{resolution, 0, 0, 0});
    put32(body, 0);
    put_block(1, body);
}

void ForeignCapture::put16(Bytes& to, std::uint32_t value) const {
    const auto low = static_cast<std::uint8_t>(value);
    const auto high = static_cast<std::uint8_t>(value >> 8U);
    to.push_back(is_swapped_ ? high : low);
    to.push_back(is_swapped_ ? low : high);
}

void ForeignCapture::put32(Bytes& to, std::uint64_t value) const {
    const auto low = static_cast<std::uint32_t>(value & 0xFFFFU);
    const auto high = static_cast<std::uint32_t>(value >> 16U) & 0xFFFFU;
    put16(to, is_swapped_ ? high : low);
    put16(to, is_swapped_ ? low : high);
}

void ForeignCapture::put_block(std::uint32_t type, const Bytes& body) {
    const std::size_t padded = (body.size() + 3) / 4 * 4;
    put32(bytes_, type);
    put32(bytes_, padded + 12);
    append(bytes_, body);
    bytes_.resize(bytes_.size() + padded - body.size());
    put32(bytes_, padded + 12);
}

}  // namespace tests
