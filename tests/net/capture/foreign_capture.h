// Captures as other programs write them, made of packets one can read off: link type, byte order, resolution are choices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tests/net/capture/capture_fixture.h"

namespace tests {

enum class Container { kPcapMicroseconds, kPcapNanoseconds, kPcapng };

class ForeignCapture {
  public:
    ForeignCapture(Container container, std::uint16_t link, bool is_swapped = false);

    // One TCP segment between two addresses. `captured`: as much of the packet as was kept.
    struct Tcp {
        net::bytes::SocketAddress from;
        net::bytes::SocketAddress to;
        std::uint32_t sequence = 0;
        std::uint32_t acknowledgement = 0;
        std::uint8_t flags = 0;
        Bytes payload;
        std::size_t captured = SIZE_MAX;
        int vlans = 0;               // 802.1Q tags (Ethernet)
        bool has_extension = false;  // an IPv6 destination options header
        std::size_t trailer = 0;     // Ethernet's padding
    };
    void add(const Tcp& tcp);
    // A packet of any kind.
    void add_packet(const Bytes& packet);
    // pcapng only: an unknown block, a new section in the other byte order, an interface with its own resolution and name.
    void add_block(std::uint32_t type, const Bytes& body);
    void add_section(bool is_swapped);
    void add_interface(std::uint16_t link, std::uint8_t resolution, std::string_view name);

    [[nodiscard]] const Bytes& bytes() const { return bytes_; }
    // Of the packet added last, as it should come back.
    [[nodiscard]] std::int64_t time_ns() const { return time_ns_; }

  private:
    void put16(Bytes& to, std::uint32_t value) const;
    void put32(Bytes& to, std::uint64_t value) const;
    void put_block(std::uint32_t type, const Bytes& body);

    Container container_;
    std::uint16_t link_;
    bool is_swapped_;
    std::uint8_t resolution_ = 6;
    std::uint32_t interface_ = 0;
    std::int64_t time_ns_ = 1'700'000'000'000'000'000;
    Bytes bytes_;
};

}  // namespace tests
