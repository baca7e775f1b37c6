// Addresses of IP sockets as values, and their text.
//
// Thread: any; everything here is a pure function over values.
// Text forms follow RFC 3986 (host in brackets for IPv6) and RFC 5952 (how an IPv6 address is written); zones follow RFC 4007 ("fe80::1%2").
#pragma once

#include "net/bytes/parsed.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net::bytes {

enum class Family : std::uint8_t { kNone, kIpv4, kIpv6 };

// An IP address and a port. Trivially copyable; equal when every field is.
struct SocketAddress {
    std::array<std::uint8_t, 16> ip{};  // network byte order; an IPv4 address uses the first four
    std::uint32_t scope_id = 0;         // IPv6 zone (interface index); 0 where there is none
    std::uint16_t port = 0;             // host byte order
    Family family = Family::kNone;

    auto operator<=>(const SocketAddress&) const = default;
};

// "127.0.0.1:9000", "[::1]:9000", "[fe80::1%2]:9000"; "none" for Family::kNone.
[[nodiscard]] std::string to_text(const SocketAddress& address);
// The same without port and brackets: "127.0.0.1", "::1".
[[nodiscard]] std::string host_text(const SocketAddress& address);

// Decided on the binary address, never on text: 127.0.0.0/8, ::1, and ::ffff:127.0.0.0/104.
[[nodiscard]] bool is_loopback(const SocketAddress& address);
// 0.0.0.0, :: and ::ffff:0.0.0.0: every interface.
[[nodiscard]] bool is_unspecified(const SocketAddress& address);

// An IPv4 literal in dotted-quad form or an IPv6 literal, brackets optional, through inet_pton(3); nullopt for anything else
// (so "127.1", "0" and names are not literals). A zone is an interface's number or name ("fe80::1%2", "fe80::1%lo", looked up by
// if_nametoindex(3)) and stands only where it means something: after a link-local address.
[[nodiscard]] std::optional<SocketAddress> parse_ip(std::string_view host, std::uint16_t port);

// "0" to "65535", decimal digits only; the error says in words what is wrong and what is accepted.
[[nodiscard]] Parsed<std::uint16_t> parse_port(std::string_view text);
// The same for the port of a peer, where 0 means nothing: "1" to "65535".
[[nodiscard]] Parsed<std::uint16_t> parse_peer_port(std::string_view text);

// Where a server is to listen.
struct ListenAddress {
    bool all_interfaces = false;  // "*": IPv4 and IPv6, as two sockets on one port (`address.port`)
    SocketAddress address;        // unless all_interfaces
};

// The host field of a server: an IP literal, "localhost" (127.0.0.1) or "*" (all interfaces); the error is words for the field.
[[nodiscard]] Parsed<ListenAddress> parse_listen_host(std::string_view host, std::uint16_t port);

// Whom a client is to connect to: an IP literal or a host name (RFC 1123 letters, digits, hyphens, dots, underscore; 253 characters at
// most, checked here because resolvers have cut longer names and resolved the rest, CVE-2024-24806). A name that ends in a number
// ("127.1", "0x7f.1") is refused: resolvers read it as an address that it does not look like.
struct PeerName {
    std::string host;  // without brackets
    std::uint16_t port = 0;
};
[[nodiscard]] Parsed<PeerName> parse_peer_host(std::string_view host, std::uint16_t port);

// ADDRESS of the command line: `[tcp://]HOST:PORT`, `PORT` (127.0.0.1), `*:PORT` (listen only), `[::1]:PORT`.
// The error names the value and what is accepted.
[[nodiscard]] Parsed<ListenAddress> parse_listen_argument(std::string_view text);
[[nodiscard]] Parsed<PeerName> parse_peer_argument(std::string_view text);

}  // namespace net::bytes
