#include "net/bytes/escapes.h"

#include <algorithm>
#include <optional>

namespace net::bytes {

namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<std::uint8_t> hex_value(char c) {
    if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
    return std::nullopt;
}

void append_hex(std::string& out, std::uint8_t byte) {
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
}

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t size = 0;  // bytes; 0: not valid UTF-8
};

// The code point at the start of `text`, by the table of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint first_code_point(std::string_view text) {
    if (text.empty()) return {};
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = at(0);
    if (lead < 0x80) return {.value = lead, .size = 1};
    std::size_t size = 0;
    std::uint32_t value = 0;
    std::uint32_t least = 0;
    if (lead >= 0xc2 && lead <= 0xdf) {
        size = 2, value = lead & 0x1fU, least = 0x80;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        size = 3, value = lead & 0x0fU, least = 0x800;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        size = 4, value = lead & 0x07U, least = 0x10000;
    } else {
        return {};
    }
    if (text.size() < size) return {};
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xc0U) != 0x80U) return {};
        value = (value << 6) | (at(i) & 0x3fU);
    }
    const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < least || value > 0x10ffff || is_surrogate) return {};
    return {.value = value, .size = size};
}

// Bytes of the character at `text`'s start, so that a marked place never cuts one in half; 1 for an invalid byte, 0 at the end.
std::size_t character_size(std::string_view text) {
    return text.empty() ? 0 : std::max<std::size_t>(first_code_point(text).size, 1);
}

// Code points that move the cursor, drive a terminal, break a line or reorder what stands around them.
bool must_be_escaped(std::uint32_t c) {
    if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) return true;       // C0, DEL, C1
    if (c == 0x061c || c == 0x200e || c == 0x200f) return true;  // ALM, LRM, RLM
    if (c == 0x2028 || c == 0x2029) return true;                 // line and paragraph separator
    return (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);  // embeddings, overrides, isolates
}

std::string escaped_code_point(std::uint32_t c) {
    std::string out;
    if (c < 0x80) {
        out = "\\x";
        append_hex(out, static_cast<std::uint8_t>(c));
        return out;
    }
    out = "\\u{";
    append_hex(out, static_cast<std::uint8_t>(
                        c >> 8));  // everything that must be escaped is below U+10000
    append_hex(out, static_cast<std::uint8_t>(c));
    return out + "}";
}

}  // namespace

Parsed<std::vector<std::uint8_t>> parse_escaped(std::string_view text) {
    using Result = Parsed<std::vector<std::uint8_t>>;
    std::vector<std::uint8_t> out;
    out.reserve(text.size());
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] != '\\') {
            out.push_back(static_cast<std::uint8_t>(text[at++]));
            continue;
        }
        const std::string_view rest = text.substr(at + 1);
        if (rest.empty()) {
            return Result::fail(
                {at, 1, "a single backslash ends the text; write \\\\ for a backslash"});
        }
        switch (rest[0]) {
            case 'r': out.push_back('\r'); break;
            case 'n': out.push_back('\n'); break;
            case 't': out.push_back('\t'); break;
            case '0': out.push_back(0); break;
            case '\\': out.push_back('\\'); break;
            case 'x': {
                const std::optional<std::uint8_t> high =
                    rest.size() > 1 ? hex_value(rest[1]) : std::nullopt;
                const std::optional<std::uint8_t> low =
                    high && rest.size() > 2 ? hex_value(rest[2]) : std::nullopt;
                if (!low) {
                    // Marked: "\x", the digit that was right, and the character that is not one.
                    const std::size_t right = high ? 2 : 1;
                    const std::size_t length =
                        1 + right + character_size(rest.substr(std::min(right, rest.size())));
                    return Result::fail(
                        {at, length,
                         "\"" + printable(text.substr(at, length)) +
                             "\" is not a byte; \\x needs two hex digits, as in \\x0a"});
                }
                out.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
                at += 2;
                break;
            }
            default: {
                const std::size_t length = 1 + character_size(rest);
                return Result::fail(
                    {at, length,
                     "\"" + printable(text.substr(at, length)) +
                         "\" is not an escape; there are \\r \\n \\t \\0 \\\\ and \\xNN"});
            }
        }
        at += 2;
    }
    return Result::ok(std::move(out));
}

Parsed<std::vector<std::uint8_t>> parse_hex(std::string_view text) {
    using Result = Parsed<std::vector<std::uint8_t>>;
    constexpr std::string_view kBetween = " \t\r\n\v\f,";
    std::vector<std::uint8_t> out;
    out.reserve(text.size() / 2);
    std::size_t at = 0;
    while (at < text.size()) {
        if (kBetween.find(text[at]) != std::string_view::npos) {
            ++at;
            continue;
        }
        const std::size_t begin = at;
        if (text[at] == '0' && at + 1 < text.size() &&
            (text[at + 1] == 'x' || text[at + 1] == 'X')) {
            at += 2;
            if (at == text.size() || kBetween.find(text[at]) != std::string_view::npos) {
                return Result::fail({begin, 2, "two hex digits are missing after 0x"});
            }
        }
        const std::optional<std::uint8_t> high = hex_value(text[at]);
        if (!high) {
            const std::size_t length = character_size(text.substr(at));
            return Result::fail(
                {at, length,
                 "\"" + printable(text.substr(at, length)) +
                     "\" is not a hex digit; 0 to 9, a to f, spaces, commas and 0x are accepted"});
        }
        const std::optional<std::uint8_t> low =
            at + 1 < text.size() ? hex_value(text[at + 1]) : std::nullopt;
        if (!low) {
            const bool is_followed =
                at + 1 < text.size() && kBetween.find(text[at + 1]) == std::string_view::npos;
            if (is_followed) {
                const std::size_t length = character_size(text.substr(at + 1));
                return Result::fail({at + 1, length,
                                     "\"" + printable(text.substr(at + 1, length)) +
                                         "\" is not a hex digit; 0 to 9, a to f, spaces, commas "
                                         "and 0x are accepted"});
            }
            return Result::fail(
                {at, 1,
                 "the second hex digit of this byte is missing; a byte is two digits, as in 0a"});
        }
        out.push_back(static_cast<std::uint8_t>(*high << 4 | *low));
        at += 2;
    }
    return Result::ok(std::move(out));
}

std::string escape(std::span<const std::uint8_t> bytes) {
    std::string out;
    out.reserve(bytes.size());
    for (const std::uint8_t byte : bytes) {
        switch (byte) {
            case '\r': out += "\\r"; break;
            case '\n': out += "\\n"; break;
            case '\t': out += "\\t"; break;
            case '\0': out += "\\0"; break;
            case '\\': out += "\\\\"; break;
            default:
                if (byte >= 0x20 && byte < 0x7f) {
                    out += static_cast<char>(byte);
                } else {
                    out += "\\x";
                    append_hex(out, byte);
                }
        }
    }
    return out;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
    std::string out;
    if (bytes.empty()) return out;
    out.reserve(bytes.size() * 3 - 1);
    for (const std::uint8_t byte : bytes) {
        if (!out.empty()) out += ' ';
        append_hex(out, byte);
    }
    return out;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    std::string out;
    out.reserve(std::min(text.size(), max_bytes) + 3);
    while (!text.empty()) {
        // Nearly everything is plain: names, addresses, the log's own sentences.
        const auto plain =
            static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(),
                                                      [](char c) { return c >= ' ' && c <= '~'; }) -
                                     text.begin());
        if (plain > 0) {
            const std::size_t fitting = std::min(plain, max_bytes - out.size());
            out += text.substr(0, fitting);
            if (fitting < plain) return out + "...";
            text.remove_prefix(plain);
            continue;
        }
        const CodePoint c = first_code_point(text);
        std::string unit;
        std::size_t taken = c.size;
        if (c.size == 0) {
            unit = "\\x";
            append_hex(unit, static_cast<std::uint8_t>(text.front()));
            taken = 1;
        } else if (must_be_escaped(c.value)) {
            unit = escaped_code_point(c.value);
        } else {
            unit = text.substr(0, c.size);
        }
        if (out.size() + unit.size() > max_bytes) return out + "...";
        out += unit;
        text.remove_prefix(taken);
    }
    return out;
}

}  // namespace net::bytes
