// From what a person types to the expression that Vectorscan gets: expression_of() of byte_pattern.h.
#include "net/bytes/encoded_text.h"
#include "net/bytes/escapes.h"
#include "net/capture/byte_pattern.h"
#include "net/capture/expression_cost.h"

#include <algorithm>
#include <array>
#include <hs/hs.h>
#include <optional>
#include <string_view>

namespace net::capture {

namespace {

using bytes::ParseError;
using bytes::TextEncoder;
using Bytes = std::vector<std::uint8_t>;
using Result = bytes::Parsed<PatternExpression>;

// Characters, classes and groups with their repeats written out. Compiling costs up to the square of it.
constexpr std::uint64_t kMostPositions = 1000;

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool is_plain(std::uint8_t byte) {
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

std::string quoted(std::uint8_t byte) {
    if (is_plain(byte)) return {static_cast<char>(byte)};
    return {'\\', 'x', kHexDigits[byte >> 4U], kHexDigits[byte & 15U]};
}

std::string quoted(const Bytes& bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes)
        out += quoted(byte);
    return out;
}

std::string encoding_name(const BytePattern& pattern) {
    return std::string(bytes::name(pattern.encoding));
}

ParseError no_such_character(const BytePattern& pattern, std::size_t at, std::size_t size) {
    return {at, size,
            bytes::is_available(pattern.encoding)
                ? encoding_name(pattern) + " has no \"" +
                      bytes::printable(pattern.text.substr(at, size)) +
                      "\"; choose another encoding, or write its bytes as \\xNN"
                : "the C library of this machine does not know " + encoding_name(pattern) +
                      "; write the bytes as \\xNN"};
}

class Builder {
  public:
    explicit Builder(const BytePattern& pattern) : pattern_(pattern), encoder_(pattern.encoding) {}

    Result text() {
        if (const auto parsed = bytes::parse_escaped(pattern_.text); !parsed)
            return Result::fail(parsed.error);
        const std::string_view typed = pattern_.text;
        for (std::size_t at = 0; at < typed.size();) {
            const std::string_view rest = typed.substr(at);
            if (rest[0] == '\\' && rest[1] == 'x') {
                const auto byte = bytes::parse_hex(rest.substr(2, 2));
                add_one(*byte, at);
                at += 4;
                continue;
            }
            bytes::Utf8Character character = bytes::first_character(rest);
            if (character.size == 0)
                return Result::fail({at, 1, "this byte is no UTF-8 text; write it as \\xNN"});
            if (rest[0] == '\\') {
                constexpr std::string_view kLetters = "rnt0\\";
                constexpr std::string_view kMeant{"\r\n\t\0\\", 5};
                character = {static_cast<char32_t>(kMeant[kLetters.find(rest[1])]), 2};
            }
            if (!add_character(character.value, at))
                return Result::fail(no_such_character(pattern_, at, character.size));
            at += character.size;
        }
        return finished(HS_FLAG_DOTALL);
    }

    Result hex() {
        constexpr std::string_view kBetween = " \t\r\n\v\f,";
        const std::string_view typed = pattern_.text;
        std::size_t at = 0;
        while ((at = typed.find_first_not_of(kBetween, at)) != std::string_view::npos) {
            if (typed.substr(at, 2) == "0x" || typed.substr(at, 2) == "0X") at += 2;
            std::array<int, 2> digits{};
            for (std::size_t i = 0; i < 2; ++i) {
                if (at + i >= typed.size() ||
                    (i == 1 && kBetween.find(typed[at + i]) != std::string_view::npos)) {
                    return Result::fail({at, std::min<std::size_t>(i, typed.size() - at),
                                         "a byte has two digits, as in 0a, 4? or ??"});
                }
                const int digit = hex_digit(typed[at + i]);
                if (digit == kNoDigit) {
                    const std::size_t size =
                        std::max<std::size_t>(bytes::first_character(typed.substr(at + i)).size, 1);
                    return Result::fail({at + i, size,
                                         "\"" + bytes::printable(typed.substr(at + i, size)) +
                                             "\" is no hex digit; there are 0 to 9, a to f, and ? "
                                             "for any"});
                }
                digits[i] = digit;
            }
            add_expression(wildcard(digits[0], digits[1]), at);
            grow(1, 1);
            at += 2;
        }
        return finished(HS_FLAG_DOTALL);
    }

    Result regex() {
        const std::string_view typed = pattern_.text;
        bool is_in_class = false;
        bool is_quoted = false;
        for (std::size_t at = 0; at < typed.size();) {
            const char c = typed[at];
            if (c == '\0') return Result::fail({at, 1, "write \\x00 for a zero byte"});
            if ((static_cast<unsigned char>(c) & 0x80U) != 0) {
                const bytes::Utf8Character character = bytes::first_character(typed.substr(at));
                if (character.size == 0)
                    return Result::fail({at, 1, "this byte is no UTF-8 text; write it as \\xNN"});
                if (is_in_class) {
                    return Result::fail(
                        {at, character.size,
                         "between [ and ] stand single bytes; write (?:a|b) to choose between "
                         "characters beyond ASCII"});
                }
                if (!add_group(character.value, at, is_quoted))
                    return Result::fail(no_such_character(pattern_, at, character.size));
                at += character.size;
                continue;
            }
            const std::string_view two = typed.substr(at, 2);
            std::size_t size = 1;
            if (is_quoted || two == "\\Q" || two == "\\E") {
                if (two == "\\Q" || two == "\\E") {
                    is_quoted = two == "\\Q";
                    size = 2;
                }
            } else if (c == '\\') {
                size = two.size();
                if (size == 2 && (static_cast<unsigned char>(two[1]) & 0x80U) != 0) size = 1;
            } else if (c == '[' && !is_in_class) {
                is_in_class = true;
                // A bracket that comes first stands for itself.
                if (typed.substr(at + 1, 1) == "^") ++size;
                if (typed.substr(at + size, 1) == "]") ++size;
            } else if (two == "[:") {
                size = std::max<std::size_t>(named_class_bytes(typed.substr(at)), 1);
            } else if (c == ']') {
                is_in_class = false;
            }
            for (std::size_t i = 0; i < size; ++i)
                add_expression(typed.substr(at + i, 1), at + i);
            at += size;
        }
        made_.least_bytes = made_.most_bytes = 0;  // Vectorscan will say
        const ExpressionCost cost = cost_of(made_.expression);
        if (cost.extended_at < made_.expression.size()) {
            return Result::fail({place(cost.extended_at), 1,
                                 "the flag x (comments and spacing) is not for expressions of one "
                                 "line; leave it out"});
        }
        if (cost.positions > kMostPositions) {
            const std::size_t from = place(cost.costliest);
            const std::size_t end = place(cost.costliest_end);
            return Result::fail(
                {from, end - from,
                 "the expression is too large: its repeats come to " +
                     (cost.positions >= 1'000'000 ? std::string("over a million")
                                                  : std::to_string(cost.positions)) +
                     " bytes, and " + std::to_string(kMostPositions) + " are the most"});
        }
        return finished(HS_FLAG_MULTILINE | (pattern_.matches_case ? 0U : HS_FLAG_CASELESS));
    }

  private:
    static constexpr int kNoDigit = -2;
    static constexpr int kAnyDigit = -1;

    static int hex_digit(char c) {
        if (c == '?') return kAnyDigit;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        const std::size_t digit = kHexDigits.find(c);
        return digit == std::string_view::npos ? kNoDigit : static_cast<int>(digit);
    }

    // Of "[:alpha:]" at the start; 0: it is no such.
    static std::size_t named_class_bytes(std::string_view text) {
        const std::size_t end = text.find_first_not_of("^abcdefghijklmnopqrstuvwxyz", 2);
        return end != std::string_view::npos && text.substr(end, 2) == ":]" ? end + 2 : 0;
    }

    static std::string wildcard(int high, int low) {
        const auto byte = [](int h, int l) { return static_cast<std::uint8_t>(h * 16 + l); };
        if (high == kAnyDigit && low == kAnyDigit) return ".";
        if (low == kAnyDigit)
            return "[" + quoted(byte(high, 0)) + "-" + quoted(byte(high, 15)) + "]";
        if (high != kAnyDigit) return quoted(byte(high, low));
        std::string out = "[";
        for (int h = 0; h < 16; ++h)
            out += quoted(byte(h, low));
        return out + "]";
    }

    void add_expression(std::string_view piece, std::size_t at) {
        made_.expression += piece;
        made_.places.resize(made_.expression.size(), static_cast<std::uint32_t>(at));
    }
    void grow(std::size_t least, std::size_t most) {
        made_.least_bytes += static_cast<std::uint32_t>(least);
        made_.most_bytes += static_cast<std::uint32_t>(most);
    }
    void add_one(const Bytes& bytes, std::size_t at) {
        add_expression(quoted(bytes), at);
        grow(bytes.size(), bytes.size());
    }

    // The letter's other case in this encoding; empty: there is none.
    Bytes other_case_of(char32_t character) {
        const char32_t other = pattern_.matches_case ? 0 : bytes::other_case(character);
        return other == 0 ? Bytes{} : encoder_.encode(other);
    }

    bool add_character(char32_t character, std::size_t at) {
        const Bytes bytes = encoder_.encode(character);
        if (bytes.empty()) return false;
        const Bytes other = other_case_of(character);
        if (other.empty()) {
            add_one(bytes, at);
            return true;
        }
        const std::string one = quoted(bytes);
        const std::string two = quoted(other);
        const bool is_one_byte = bytes.size() == 1 && other.size() == 1;
        add_expression(is_one_byte ? "[" + one + two + "]" : "(?:" + one + "|" + two + ")", at);
        grow(std::min(bytes.size(), other.size()), std::max(bytes.size(), other.size()));
        return true;
    }

    // One item, so that a repeat behind it repeats the character.
    bool add_group(char32_t character, std::size_t at, bool is_quoted) {
        const Bytes bytes = encoder_.encode(character);
        if (bytes.empty()) return false;
        const Bytes other = other_case_of(character);
        // The second byte of a character may look like a letter: no other case of that.
        const std::string group = std::string(pattern_.matches_case ? "(?:" : "(?-i:") +
                                  quoted(bytes) + (other.empty() ? "" : "|" + quoted(other)) + ")";
        add_expression(is_quoted ? "\\E" + group + "\\Q" : group, at);
        return true;
    }

    [[nodiscard]] std::size_t place(std::size_t in_expression) const {
        return in_expression < made_.places.size() ? made_.places[in_expression]
                                                   : pattern_.text.size();
    }

    Result finished(unsigned flags) {
        if (made_.expression.empty())
            return Result::fail({0, 0, "there is nothing to look for; type something"});
        if (made_.least_bytes > kMostPatternBytes) {
            return Result::fail({0, pattern_.text.size(),
                                 "this is too long; " + std::to_string(kMostPatternBytes) +
                                     " bytes are the most that can be looked for"});
        }
        made_.flags = flags;
        return Result::ok(std::move(made_));
    }

    const BytePattern& pattern_;
    TextEncoder encoder_;
    PatternExpression made_;
};

}  // namespace

bytes::Parsed<PatternExpression> expression_of(const BytePattern& pattern) {
    // Digits and spaces are more than the bytes they stand for.
    const std::size_t most =
        pattern.kind == PatternKind::kHex ? 4 * kMostPatternBytes : kMostPatternBytes;
    if (pattern.text.size() > most) {
        return Result::fail(
            {most, pattern.text.size() - most,
             "the expression is too long; " + std::to_string(most) + " bytes are the most"});
    }
    Builder builder(pattern);
    switch (pattern.kind) {
        case PatternKind::kText: return builder.text();
        case PatternKind::kHex: return builder.hex();
        case PatternKind::kRegex: return builder.regex();
    }
    return builder.text();
}

}  // namespace net::capture
