// What an automatic reply says: bytes with places to fill in, as a person types them and as they are sent.
//
// As typed: text with the escapes of the send box, in UTF-8, or hex (as in the send box); in both \{message}, \{0} to \{9}, \{peer}, \{count}, \{time}, \{reason}. What they
// stand for is inserted as it is: \{message} and groups are bytes, the others ASCII text, in hex too.
//
// Thread: any; pure functions.
#pragma once

#include "net/bytes/parsed.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace net::bytes {

struct ReplyText {
    std::string text = {};
    bool is_hex = false;

    bool operator==(const ReplyText&) const = default;
};
inline constexpr std::size_t kMostReplyTextBytes = std::size_t{64} * 1024;  // as typed

enum class ReplyPlace : std::uint8_t {
    kMessage,  // the payload of the message
    kGroup,    // of the regular expression; 0: all that was found
    kPeer,     // host:port
    kCount,    // the so-manieth hit of the rule, from 1
    kTime,     // RFC 3339, UTC, milliseconds: 2026-01-31T23:59:59.123Z
    kReason,   // why a connection has ended, in the words of the log
};
struct ReplyHole {
    ReplyPlace place{};
    std::uint8_t group = 0;  // of kGroup

    bool operator==(const ReplyHole&) const = default;
};
using ReplyPart = std::variant<std::vector<std::uint8_t>, ReplyHole>;
using ReplyParts = std::vector<ReplyPart>;

inline constexpr std::size_t kReplyGroups = 10;

// What there is to fill in where this text is used; anything else in it is an error that says why.
struct ReplyPlaces {
    bool has_message = false;
    std::uint32_t groups = 0;  // \{0} to \{groups - 1}; 0: none
    bool has_count = false;
    bool has_reason = false;
};
inline constexpr ReplyPlaces kPlacesOfWelcome{};
inline constexpr ReplyPlaces kPlacesOfRelay{.has_message = true};
inline constexpr ReplyPlaces kPlacesOfJoined{};
inline constexpr ReplyPlaces kPlacesOfLeft{.has_reason = true};

[[nodiscard]] Parsed<ReplyParts> parse(const ReplyText& text, const ReplyPlaces& places);

// No place in it: the bytes are always the same.
[[nodiscard]] bool is_constant(const ReplyParts& parts);

struct ReplyValues {
    std::span<const std::uint8_t> message = {};
    std::array<std::span<const std::uint8_t>, kReplyGroups> groups = {};
    std::string_view peer = {};
    std::string_view reason = {};
    std::uint64_t count = 0;
    std::int64_t time_ns = 0;  // since the epoch
};
// Appends to `out`.
void fill(const ReplyParts& parts, const ReplyValues& values, std::vector<std::uint8_t>& out);

}  // namespace net::bytes
