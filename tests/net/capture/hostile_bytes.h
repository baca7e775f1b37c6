// Files block by block and packets field by field, in either byte order: what a hostile capture is made of. Nothing is checked.
#pragma once

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tests/net/capture/capture_fixture.h"

namespace tests::hostile {

using namespace net::capture::
    format;  // NOLINT(google-build-using-namespace): these headers are about the format

// A file in one byte order.
class Out {
  public:
    explicit Out(bool is_swapped = false) : is_swapped_(is_swapped) {}

    template <typename T>
    static void put(Bytes& to, T value, bool is_swapped) {
        std::uint8_t raw[sizeof(T)];
        std::memcpy(raw, &value, sizeof(T));
        if (is_swapped) std::reverse(raw, raw + sizeof(T));
        to.insert(to.end(), raw, raw + sizeof(T));
    }
    template <typename T>
    void add(T value) {
        put(bytes, value, is_swapped_);
    }
    void block(std::uint32_t type, const Bytes& body) {
        const auto size = static_cast<std::uint32_t>((body.size() + 3) / 4 * 4);
        add(type);
        add(size + 12);
        bytes.insert(bytes.end(), body.begin(), body.end());
        bytes.resize(bytes.size() + size - body.size());
        add(size + 12);
    }
    void section(const Bytes& options = {}, std::uint64_t length = ~std::uint64_t{0}) {
        Bytes body;
        put(body, kByteOrderMagic, is_swapped_);
        put<std::uint16_t>(body, 1, is_swapped_);
        put<std::uint16_t>(body, 0, is_swapped_);
        put(body, length, is_swapped_);
        body.insert(body.end(), options.begin(), options.end());
        block(kBlockSection, body);
    }
    void own_section(std::uint8_t run, std::uint32_t number) {
        Bytes options;
        option(options, kOptionSignature, {kSignature, kSignature + 8});
        Bytes part(kRunIdBytes, run);
        put(part, number, is_swapped_);
        option(options, kOptionRun, part);
        section(options);
    }
    void interface(std::uint16_t link = kLinkIpv4, const Bytes& options = {}) {
        Bytes body;
        put(body, link, is_swapped_);
        put<std::uint16_t>(body, 0, is_swapped_);
        put<std::uint32_t>(body, 0, is_swapped_);
        body.insert(body.end(), options.begin(), options.end());
        block(kBlockInterface, body);
    }
    void own_interface(std::uint64_t endpoint) {
        Bytes value;
        put(value, endpoint, is_swapped_);
        value.push_back(0);
        Bytes options;
        option(options, kOptionEndpoint, value);
        interface(kLinkRaw, options);
    }
    void option(Bytes& to, std::uint16_t code, const Bytes& value) const {
        put(to, code, is_swapped_);
        put(to, static_cast<std::uint16_t>(value.size()), is_swapped_);
        to.insert(to.end(), value.begin(), value.end());
        to.resize(to.size() + (4 - value.size() % 4) % 4);
    }
    void enhanced(const Bytes& packet,
                  std::uint32_t interface = 0,
                  std::uint32_t original = 0,
                  const Bytes& options = {},
                  std::uint32_t type = kBlockEnhancedPacket) {
        Bytes body;
        put(body, interface, is_swapped_);
        put<std::uint64_t>(body, 0, is_swapped_);
        put(body, static_cast<std::uint32_t>(packet.size()), is_swapped_);
        put(body, original == 0 ? static_cast<std::uint32_t>(packet.size()) : original,
            is_swapped_);
        body.insert(body.end(), packet.begin(), packet.end());
        body.resize((body.size() + 3) / 4 * 4);
        body.insert(body.end(), options.begin(), options.end());
        block(type, body);
    }
    void pcap(std::uint32_t link = kLinkIpv4) {
        add(kPcapMagicMicroseconds);
        add<std::uint16_t>(2), add<std::uint16_t>(4);
        add<std::uint64_t>(0);
        add<std::uint32_t>(65535), add(link);
    }
    void record(const Bytes& packet, std::uint32_t original = 0) {
        add<std::uint32_t>(++seconds_), add<std::uint32_t>(0);
        add(static_cast<std::uint32_t>(packet.size()));
        add(original == 0 ? static_cast<std::uint32_t>(packet.size()) : original);
        bytes.insert(bytes.end(), packet.begin(), packet.end());
    }

    Bytes bytes;

  private:
    bool is_swapped_;
    std::uint32_t seconds_ = 0;
};

struct Tcp {
    std::uint32_t from = 0x0A000001;
    std::uint32_t to = 0x0A000002;
    std::uint32_t from_port = 1000;
    std::uint32_t to_port = 80;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint8_t flags = kTcpAck;
    std::size_t size = 0;
};

// IPv4 packets.
[[nodiscard]] Bytes tcp(const Tcp& segment);
[[nodiscard]] Bytes udp(std::uint32_t from, std::uint32_t port, std::size_t size);
// The n-th address and port of many.
[[nodiscard]] Tcp of(std::uint32_t n, Tcp segment = {});

// The body of a note of ours: a connection that goes on.
[[nodiscard]] Bytes continued(std::uint64_t connection, std::uint64_t received = 0);

// Small honest captures: of ours, with everything in it; of others, as pcapng and as pcap.
[[nodiscard]] Bytes ours();
[[nodiscard]] Bytes theirs(bool is_swapped);
[[nodiscard]] Bytes theirs_in_pcap();

}  // namespace tests::hostile
