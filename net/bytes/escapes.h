// What a person types into the send box, as bytes, and bytes as text that is safe to print.
//
// Thread: any; pure functions.
#pragma once

#include "net/bytes/parsed.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net::bytes {

// UTF-8 text with the escapes \r \n \t \0 \\ and \xNN (two hex digits). Everything else stands for its own bytes, line breaks included.
// A backslash before anything else, or at the end, is an error at its place.
[[nodiscard]] Parsed<std::vector<std::uint8_t>> parse_escaped(std::string_view text);

// Pairs of hex digits; white space and commas between bytes and "0x"/"0X" before one are ignored. "48 65,0x6c6C" is four bytes.
// An odd digit or another character is an error at its place.
[[nodiscard]] Parsed<std::vector<std::uint8_t>> parse_hex(std::string_view text);

// The inverse of parse_escaped for any bytes: printable ASCII as it is, the rest as escapes. parse_escaped(escape(b)) == b.
[[nodiscard]] std::string escape(std::span<const std::uint8_t> bytes);
// "48 65 6c"; parse_hex(to_hex(b)) == b.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

// Text from outside made safe for a terminal, a log line or a label, on one line: valid UTF-8 stays; C0 and C1 controls, DEL, invalid bytes,
// the line and paragraph separators and the bidirectional marks (U+061C, U+200E..200F, U+202A..202E, U+2066..2069) become \xNN or
// \u{NNNN}. At most `max_bytes` of that, never a part of a character or an escape, and "..." where something was cut off.
[[nodiscard]] std::string printable(std::string_view text, std::size_t max_bytes = 512);

}  // namespace net::bytes
