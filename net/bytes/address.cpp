#include "net/bytes/address.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <net/if.h>
#include <utility>

namespace net::bytes {

namespace {

constexpr std::size_t kLongestHostName =
    253;  // RFC 1035's 255 octets of a name on the wire, as text
constexpr std::size_t kLongestLabel = 63;
constexpr std::string_view kAcceptedArguments =
    "HOST:PORT, PORT (means 127.0.0.1:PORT), *:PORT (all interfaces) and [::1]:PORT are accepted";
constexpr std::string_view kAcceptedPeers =
    "HOST:PORT, PORT (means 127.0.0.1:PORT) and [::1]:PORT are accepted";
constexpr std::string_view kAcceptedListenHosts =
    "an IP address of this machine (127.0.0.1, ::1), localhost, or * for all interfaces is "
    "accepted";
constexpr std::string_view kAcceptedPeerHosts =
    "a host name or an IP address (127.0.0.1, ::1) is accepted";

// ASCII only: the locale must not decide what an address is.
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool all_of(std::string_view text, bool (*holds)(char)) {
    return std::all_of(text.begin(), text.end(), holds);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) { return lower(a) == b; });
}

std::string quoted(std::string_view text) {
    constexpr std::size_t kMostQuoted = 80;  // the sentence must stay readable in a form field
    return "\"" + printable(text, kMostQuoted) + "\"";
}

std::string sentence(std::string_view value,
                     std::string_view what_is_wrong,
                     std::string_view accepted) {
    std::string out = quoted(value);
    out += ' ';
    out += what_is_wrong;
    out += "; ";
    out += accepted;
    return out;
}

bool is_ipv4_mapped(const SocketAddress& address) {
    constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return address.family == Family::kIpv6 &&
           std::equal(kPrefix.begin(), kPrefix.end(), address.ip.begin());
}

// Only link-local unicast and link-local or interface-local multicast addresses are ambiguous without a zone (RFC 4007);
// the kernel ignores it on any other.
bool may_have_zone(const std::array<std::uint8_t, 16>& ip) {
    const bool is_link_local = ip[0] == 0xfe && (ip[1] & 0xc0U) == 0x80;
    const bool is_local_multicast = ip[0] == 0xff && ((ip[1] & 0x0fU) == 1 || (ip[1] & 0x0fU) == 2);
    return is_link_local || is_local_multicast;
}

// An interface's index or name as its index; 0 for anything that is neither.
std::uint32_t parse_zone(std::string_view zone) {
    if (zone.empty() || zone.size() >= IF_NAMESIZE || zone.find('\0') != std::string_view::npos)
        return 0;
    if (all_of(zone, is_digit)) {
        std::uint32_t index = 0;
        const auto [end, error] = std::from_chars(zone.data(), zone.data() + zone.size(), index);
        return error == std::errc{} && end == zone.data() + zone.size() ? index : 0;
    }
    return if_nametoindex(std::string(zone).c_str());
}

std::optional<SocketAddress> parse_ipv4(std::string_view host, std::uint16_t port) {
    SocketAddress address{.ip = {}, .scope_id = 0, .port = port, .family = Family::kIpv4};
    if (inet_pton(AF_INET, std::string(host).c_str(), address.ip.data()) != 1) return std::nullopt;
    return address;
}

std::optional<SocketAddress> parse_ipv6(std::string_view host, std::uint16_t port) {
    SocketAddress address{.ip = {}, .scope_id = 0, .port = port, .family = Family::kIpv6};
    const std::size_t percent = host.find('%');
    if (inet_pton(AF_INET6, std::string(host.substr(0, percent)).c_str(), address.ip.data()) != 1)
        return std::nullopt;
    if (percent == std::string_view::npos) return address;
    if (!may_have_zone(address.ip)) return std::nullopt;
    address.scope_id = parse_zone(host.substr(percent + 1));
    if (address.scope_id == 0) return std::nullopt;
    return address;
}

// Text that can only have been meant as an IP literal gets a sentence about IP literals. nullopt: it may be a name.
std::optional<ParseError> explain_bad_literal(std::string_view host) {
    const auto error = [&](std::string_view what, std::string_view accepted) {
        return ParseError{
            .offset = 0, .length = host.size(), .message = sentence(host, what, accepted)};
    };
    if (host.find_first_of("[]") != std::string_view::npos) {
        return error("is not an IPv6 address in brackets", "write it as in [::1]");
    }
    if (const std::size_t percent = host.find('%'); percent != std::string_view::npos) {
        const std::optional<SocketAddress> bare = parse_ip(host.substr(0, percent), 0);
        if (bare && bare->family == Family::kIpv6) {
            const std::string_view zone = host.substr(percent + 1);
            if (!may_have_zone(bare->ip))
                return error("has a zone (%) although it is not a link-local address",
                             "leave the zone out");
            if (zone.empty())
                return error(
                    "has an empty zone",
                    "after % stands the name or the number of an interface, as in fe80::1%lo");
            return ParseError{
                .offset = percent + 1,
                .length = zone.size(),
                .message =
                    sentence(zone, "is not an interface of this machine",
                             "after % stands the name or the number of one, as in fe80::1%lo")};
        }
    }
    if (host.find(':') != std::string_view::npos) {
        return error("is not an IPv6 address",
                     "a host has no colon otherwise, and the port stands apart");
    }
    // A last label that is a number: inet_aton(3), and with it getaddrinfo(3), would take "127.1", "0" and "0x7f.1" for addresses that
    // look like something else. No top-level domain is a number (RFC 1123, 2.1), so nothing is lost by refusing.
    std::string_view last = host;
    if (last.ends_with('.')) last.remove_suffix(1);
    if (const std::size_t dot = last.rfind('.'); dot != std::string_view::npos)
        last.remove_prefix(dot + 1);
    const bool is_decimal = !last.empty() && all_of(last, is_digit);
    const bool is_hex = last.size() >= 2 && last[0] == '0' && lower(last[1]) == 'x' &&
                        all_of(last.substr(2), is_hex_digit);
    if (is_decimal || is_hex) {
        return error("is not an IPv4 address",
                     "write four numbers from 0 to 255 without leading zeros, as in 127.0.0.1");
    }
    return std::nullopt;
}

std::optional<ParseError> explain_bad_host_name(std::string_view host) {
    if (host.size() > kLongestHostName + (host.ends_with('.') ? 1 : 0)) {
        return ParseError{.offset = 0,
                          .length = host.size(),
                          .message = sentence(host, "is too long for a host name",
                                              "253 characters at most are accepted")};
    }
    std::size_t label_begin = 0;
    for (std::size_t at = 0; at <= host.size(); ++at) {
        const bool is_end = at == host.size();
        if (!is_end && host[at] != '.') {
            const char c = host[at];
            if (is_letter(c) || is_digit(c) || c == '-' || c == '_') continue;
            std::size_t length = 1;  // the whole character, where it is UTF-8
            while (at + length < host.size() &&
                   (static_cast<std::uint8_t>(host[at + length]) & 0xc0U) == 0x80)
                ++length;
            return ParseError{
                .offset = at,
                .length = length,
                .message =
                    sentence(host.substr(at, length), "cannot be part of a host name",
                             "letters a to z, digits, hyphens, dots and underscores are accepted")};
        }
        const std::string_view label = host.substr(label_begin, at - label_begin);
        const bool is_root =
            is_end && label.empty() && label_begin > 0;  // one dot at the end is the root
        if (is_root && host.size() > 1) break;
        const auto error = [&](std::string_view what, std::string_view accepted) {
            return ParseError{.offset = label_begin,
                              .length = std::max<std::size_t>(label.size(), is_end ? 0 : 1),
                              .message = sentence(host, what, accepted)};
        };
        if (label.empty())
            return error("is not a host name", "between two dots there must be something");
        if (label.size() > kLongestLabel)
            return error("is not a host name",
                         "between two dots 63 characters at most are accepted");
        if (label.front() == '-' || label.back() == '-')
            return error("is not a host name", "no part of it begins or ends with a hyphen");
        label_begin = at + 1;
    }
    return std::nullopt;
}

Parsed<std::uint16_t> parse_port_from(std::string_view text,
                                      std::uint16_t least,
                                      std::string_view accepted) {
    using Result = Parsed<std::uint16_t>;
    if (text.empty()) return Result::fail({0, 0, "the port is missing; " + std::string(accepted)});
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!is_digit(text[at]))
            return Result::fail({at, text.size() - at, sentence(text, "is not a port", accepted)});
    }
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value > 65535 || value < least) {
        return Result::fail({0, text.size(), sentence(text, "is not a port", accepted)});
    }
    return Result::ok(static_cast<std::uint16_t>(value));
}

constexpr std::string_view kAcceptedPorts =
    "0 to 65535 is accepted, in digits only (0 asks the system for a free one)";
constexpr std::string_view kAcceptedPeerPorts = "1 to 65535 is accepted, in digits only";

// ADDRESS taken apart; offsets are of the whole text.
struct Argument {
    std::string_view host;
    std::size_t host_offset = 0;
    std::string_view port;
    std::size_t port_offset = 0;
};

Parsed<Argument> split_argument(std::string_view text, std::string_view accepted) {
    using Result = Parsed<Argument>;
    constexpr std::string_view kScheme = "tcp";
    constexpr std::string_view kSchemeEnd = "://";
    const auto fail = [&](std::size_t offset, std::size_t length, std::string_view what) {
        return Result::fail({offset, length, sentence(text, what, accepted)});
    };

    if (text.empty())
        return Result::fail({0, 0, "the address is missing; " + std::string(accepted)});
    std::size_t begin = 0;
    if (const std::size_t scheme_end = text.find(kSchemeEnd);
        scheme_end != std::string_view::npos) {
        if (!equals_ignoring_case(text.substr(0, scheme_end), kScheme)) {
            return fail(0, scheme_end, "has a scheme other than tcp://");
        }
        begin = scheme_end + kSchemeEnd.size();
    }
    const std::string_view rest = text.substr(begin);
    if (rest.empty()) return fail(begin, 0, "has neither host nor port");

    if (rest.front() == '[') {
        const std::size_t close = rest.find(']');
        if (close == std::string_view::npos)
            return fail(begin, rest.size(), "has an opening bracket and no closing one");
        if (close + 1 == rest.size()) return fail(text.size(), 0, "has no port");
        if (rest[close + 1] != ':')
            return fail(begin + close + 1, rest.size() - close - 1,
                        "has something other than a colon and a port after the bracket");
        return Result::ok({.host = rest.substr(0, close + 1),
                           .host_offset = begin,
                           .port = rest.substr(close + 2),
                           .port_offset = begin + close + 2});
    }

    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) {
        // Digits, and what a slip makes of them ("-1", " 80", "8o8o" is a name), are a port alone; anything else is a host without one.
        const bool looks_like_port =
            rest.find_first_not_of("0123456789+- ") == std::string_view::npos;
        if (!looks_like_port) return fail(text.size(), 0, "has no port");
        return Result::ok(
            {.host = "127.0.0.1", .host_offset = begin, .port = rest, .port_offset = begin});
    }
    if (rest.find(':', colon + 1) != std::string_view::npos) {
        // "::1:9000" is both ::1 with port 9000 and the address ::1:9000.
        return fail(begin, rest.size(),
                    "has more than one colon: an IPv6 address stands in brackets before its port");
    }
    if (colon == 0) return fail(begin, 0, "has no host");
    if (colon + 1 == rest.size()) return fail(text.size(), 0, "has no port after the colon");
    return Result::ok({.host = rest.substr(0, colon),
                       .host_offset = begin,
                       .port = rest.substr(colon + 1),
                       .port_offset = begin + colon + 1});
}

// An error in a part, told about the whole: the place moves, and the sentence names the value as it was given.
ParseError within(std::string_view text, std::size_t offset, ParseError error) {
    const bool is_part = error.message.find(quoted(text)) == std::string::npos;
    error.offset += offset;
    if (is_part) error.message += " (in " + quoted(text) + ")";
    return error;
}

}  // namespace

std::string host_text(const SocketAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    switch (address.family) {
        case Family::kNone: return "none";
        case Family::kIpv4: {
            // Not inet_ntop, which goes through sprintf: of all that a connection's opening costs the frame side, that was a quarter.
            char* at = buffer.data();
            for (std::size_t i = 0; i < 4; ++i) {
                if (i > 0) *at++ = '.';
                at = std::to_chars(at, buffer.data() + buffer.size(), address.ip[i]).ptr;
            }
            return {buffer.data(), at};
        }
        case Family::kIpv6: break;
    }
    std::string text = inet_ntop(AF_INET6, address.ip.data(), buffer.data(), buffer.size());
    if (address.scope_id != 0) text += "%" + std::to_string(address.scope_id);
    return text;
}

std::string to_text(const SocketAddress& address) {
    switch (address.family) {
        case Family::kNone: return "none";
        case Family::kIpv4: return host_text(address) + ":" + std::to_string(address.port);
        case Family::kIpv6: break;
    }
    return "[" + host_text(address) + "]:" + std::to_string(address.port);
}

bool is_loopback(const SocketAddress& address) {
    switch (address.family) {
        case Family::kNone: return false;
        case Family::kIpv4: return address.ip[0] == 127;
        case Family::kIpv6: break;
    }
    if (is_ipv4_mapped(address)) return address.ip[12] == 127;
    constexpr std::array<std::uint8_t, 16> kLoopback{0, 0, 0, 0, 0, 0, 0, 0,
                                                     0, 0, 0, 0, 0, 0, 0, 1};
    return address.ip == kLoopback;
}

bool is_unspecified(const SocketAddress& address) {
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    switch (address.family) {
        case Family::kNone: return false;
        case Family::kIpv4: return std::all_of(address.ip.begin(), address.ip.begin() + 4, is_zero);
        case Family::kIpv6: break;
    }
    if (is_ipv4_mapped(address))
        return std::all_of(address.ip.begin() + 12, address.ip.end(), is_zero);
    return std::all_of(address.ip.begin(), address.ip.end(), is_zero);
}

std::optional<SocketAddress> parse_ip(std::string_view host, std::uint16_t port) {
    // inet_pton reads to the first NUL and would say yes to "127.0.0.1\0.example".
    if (host.find('\0') != std::string_view::npos) return std::nullopt;
    if (host.size() > INET6_ADDRSTRLEN + IF_NAMESIZE + 3) return std::nullopt;
    if (host.starts_with('[') && host.ends_with(']'))
        return parse_ipv6(host.substr(1, host.size() - 2), port);
    if (std::optional<SocketAddress> address = parse_ipv4(host, port)) return address;
    return parse_ipv6(host, port);
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
    return parse_port_from(text, 0, kAcceptedPorts);
}

Parsed<std::uint16_t> parse_peer_port(std::string_view text) {
    return parse_port_from(text, 1, kAcceptedPeerPorts);
}

Parsed<ListenAddress> parse_listen_host(std::string_view host, std::uint16_t port) {
    using Result = Parsed<ListenAddress>;
    if (host.empty())
        return Result::fail({0, 0, "the address is missing; " + std::string(kAcceptedListenHosts)});
    if (host == "*") {
        return Result::ok(
            {.all_interfaces = true,
             .address = {.ip = {}, .scope_id = 0, .port = port, .family = Family::kNone}});
    }
    const std::string_view literal = equals_ignoring_case(host, "localhost") ? "127.0.0.1" : host;
    if (const std::optional<SocketAddress> address = parse_ip(literal, port)) {
        return Result::ok({.all_interfaces = false, .address = *address});
    }
    if (std::optional<ParseError> error = explain_bad_literal(host))
        return Result::fail(std::move(*error));
    return Result::fail(
        {0, host.size(), sentence(host, "is not an address to listen on", kAcceptedListenHosts)});
}

Parsed<PeerName> parse_peer_host(std::string_view host, std::uint16_t port) {
    using Result = Parsed<PeerName>;
    if (host.empty())
        return Result::fail({0, 0, "the host is missing; " + std::string(kAcceptedPeerHosts)});
    if (host == "*") {
        return Result::fail({0, 1,
                             sentence(host, "stands for all interfaces and is only for listening",
                                      kAcceptedPeerHosts)});
    }
    if (parse_ip(host, port)) {
        if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
        return Result::ok({.host = std::string(host), .port = port});
    }
    if (std::optional<ParseError> error = explain_bad_literal(host))
        return Result::fail(std::move(*error));
    if (std::optional<ParseError> error = explain_bad_host_name(host))
        return Result::fail(std::move(*error));
    return Result::ok({.host = std::string(host), .port = port});
}

Parsed<ListenAddress> parse_listen_argument(std::string_view text) {
    using Result = Parsed<ListenAddress>;
    const Parsed<Argument> parts = split_argument(text, kAcceptedArguments);
    if (!parts) return Result::fail(parts.error);
    const Parsed<std::uint16_t> port = parse_port(parts->port);
    if (!port) return Result::fail(within(text, parts->port_offset, port.error));
    Result result = parse_listen_host(parts->host, *port);
    if (!result) return Result::fail(within(text, parts->host_offset, std::move(result.error)));
    return result;
}

Parsed<PeerName> parse_peer_argument(std::string_view text) {
    using Result = Parsed<PeerName>;
    const Parsed<Argument> parts = split_argument(text, kAcceptedPeers);
    if (!parts) return Result::fail(parts.error);
    const Parsed<std::uint16_t> port = parse_peer_port(parts->port);
    if (!port) return Result::fail(within(text, parts->port_offset, port.error));
    Result result = parse_peer_host(parts->host, *port);
    if (!result) return Result::fail(within(text, parts->host_offset, std::move(result.error)));
    return result;
}

}  // namespace net::bytes
