// What is to be sent, made from what a person typed: text or hex with placeholders, a line ending, a length before it, a checksum behind it. Each sending makes its
// bytes anew (compose()), because counter, time and random bytes are of that moment.
//
// Text is UTF-8 with the escapes of the send box (escapes.h), written in an encoding: characters, and \r \n \t \0 \\, become what the encoding has for them, \xNN stays that
// byte. Hex is that of parse_hex(). Placeholders, in both:
//   \{counter}        1, 2, 3 ... in decimal; \{counter:08} at least so many digits (01 to 20); \{counter:x}, \{counter:08x} hexadecimal;
//                     \{counter:u16le} as bytes (u8, u16, u32, u64, le or be), modulo what they hold
//   \{time}           RFC 3339, UTC, milliseconds; \{time:s}, \{time:ms}, \{time:ns} decimal since the epoch; \{time:u32be} ... as bytes (u32, u64: seconds)
//   \{random:N}       N random bytes (1 to 65,536)
// Placeholders that are text, and the ending, are written in the encoding as well; also where the text is hex, so that going from one to the other changes no byte.
// The order on the wire is: length, text, ending, checksum. The length counts text, ending and checksum, and itself where it is asked to.
//
// Thread: any; pure, but for the random source that the caller owns.
#pragma once

#include "net/bytes/checksum.h"
#include "net/bytes/parsed.h"
#include "net/bytes/text_encoding.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace net::bytes {

// ---- As typed: what is remembered and saved. ----

inline constexpr std::uint32_t kToTheEnd = UINT32_MAX;

enum class LineEnding : std::uint8_t { kNone, kCr, kLf, kCrLf, kNul, kOwn };

enum class LengthKind : std::uint8_t { kNone, kU8, kU16, kU32, kU64, kLeb128 };

struct ComposeText {
    bool is_hex = false;
    std::string text = {};
    TextEncoding encoding = TextEncoding::kUtf8;
    LineEnding ending = LineEnding::kNone;
    std::string own_ending = {};  // kOwn: text like the above, such as `<EOF>` or `\r\n\r\n`
    LengthKind length = LengthKind::kNone;
    bool length_is_big_endian = true;
    bool length_counts_itself = false;
    bool has_checksum = false;
    Checksum checksum = Checksum::kCrc16Modbus;
    bool checksum_is_big_endian = false;
    // Over which of the bytes before it (length, text, ending), counted from 0, both ends included; to the end where last_byte is kToTheEnd. A range that lies beyond
    // them is cut, to nothing where it begins beyond them.
    std::uint32_t checksum_first_byte = 0;
    std::uint32_t checksum_last_byte = kToTheEnd;

    bool operator==(const ComposeText&) const = default;
};

inline constexpr std::size_t kMostComposeTextBytes = std::size_t{1} << 20U;  // text, own_ending
inline constexpr std::size_t kMostComposedBytes = std::size_t{4} << 20U;     // of a sending
inline constexpr std::uint32_t kMostRandomBytes = 65'536;

// ---- As values: what is sent. ----

enum class NumberForm : std::uint8_t { kDecimal, kHex, kU8, kU16, kU32, kU64 };

struct CounterPart {
    NumberForm form = NumberForm::kDecimal;
    std::uint8_t least_digits = 1;
    bool is_big_endian = true;                    // of those that are bytes
    TextEncoding encoding = TextEncoding::kUtf8;  // of those that are text
    bool operator==(const CounterPart&) const = default;
};
enum class TimeText : std::uint8_t { kRfc3339, kSeconds, kMilliseconds, kNanoseconds, kU32, kU64 };
struct TimePart {
    TimeText form = TimeText::kRfc3339;
    bool is_big_endian = true;
    TextEncoding encoding = TextEncoding::kUtf8;
    bool operator==(const TimePart&) const = default;
};
struct RandomPart {
    std::uint32_t bytes = 1;
    bool operator==(const RandomPart&) const = default;
};
using Part = std::variant<std::vector<std::uint8_t>, CounterPart, TimePart, RandomPart>;

struct Composition {
    std::vector<Part> parts = {};  // text and ending
    LengthKind length = LengthKind::kNone;
    bool length_is_big_endian = true;
    bool length_counts_itself = false;
    bool has_checksum = false;
    Checksum checksum = Checksum::kCrc16Modbus;
    bool checksum_is_big_endian = false;
    std::uint32_t checksum_first_byte = 0;
    std::uint32_t checksum_last_byte = kToTheEnd;

    bool operator==(const Composition&) const = default;
    // Every sending has the same bytes.
    [[nodiscard]] bool is_constant() const;
};

struct ComposeMoment {
    std::uint64_t count = 1;            // this is the so-manieth sending
    std::int64_t time_ns = 0;           // since the epoch
    std::mt19937_64* random = nullptr;  // null: zeros (a preview)
};

// The error's place is in `text.text`, or in own_ending where it says so; of a checksum's range that ends before it begins there is none (offset and length 0).
struct ComposeParsed {
    Parsed<Composition> composition;
    bool error_is_in_ending = false;
};
[[nodiscard]] ComposeParsed parse(const ComposeText& text);

// Empty with `error` set (a sentence without a full stop) where it cannot be: a length that does not fit its prefix. Otherwise `error` becomes empty.
[[nodiscard]] std::vector<std::uint8_t> compose(const Composition& composition,
                                                const ComposeMoment& moment,
                                                std::string& error);

// Text to hex and back without losing what was typed: `text.text` in the other way of writing, the same bytes; placeholders stay as they were typed. Nullopt: it is not
// right (parse() says what), or so long in the other way that it could not be.
[[nodiscard]] std::optional<std::string> rewritten(const ComposeText& text, bool as_hex);

}  // namespace net::bytes
