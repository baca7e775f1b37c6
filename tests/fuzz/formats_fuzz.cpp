// libFuzzer's target for what is copied out of the window: no control characters, read back to the same bytes, within the bound, wherever the bytes are cut; and for the
// values of the data inspector. The first byte chooses the encoding of the text, the second where to cut.
#include "net/bytes/byte_formats.h"
#include "net/bytes/byte_values.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace net::bytes;
using Bytes = std::vector<std::uint8_t>;

void check(bool is_so, const char* what) {
    if (is_so) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

std::string formatted(ByteFormat format,
                      TextEncoding encoding,
                      std::span<const std::uint8_t> bytes,
                      std::size_t piece) {
    ByteFormatter formatter(format, encoding);
    std::string out;
    while (!bytes.empty()) {
        const auto some = bytes.first(std::min(bytes.size(), piece));
        formatter.add(some, out);
        bytes = bytes.subspan(some.size());
    }
    formatter.finish(out);
    return out;
}

unsigned hex_digit(char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
}

Bytes read_dump(std::string_view text) {
    Bytes bytes;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + 1);
        for (std::size_t i = 0; i < 16 && line.size() > 8; ++i) {
            const std::size_t at = 10 + 3 * i + (i >= 8 ? 1 : 0);
            if (line[at] != ' ')
                bytes.push_back(
                    static_cast<std::uint8_t>(hex_digit(line[at]) << 4U | hex_digit(line[at + 1])));
        }
    }
    return bytes;
}

Bytes read_array(std::string_view text) {
    Bytes bytes;
    for (std::size_t at = text.find("0x"); at != std::string_view::npos;
         at = text.find("0x", at + 1))
        bytes.push_back(
            static_cast<std::uint8_t>(hex_digit(text[at + 2]) << 4U | hex_digit(text[at + 3])));
    return bytes;
}

// The literals' contents, without what joins them.
Bytes read_python(std::string_view text) {
    Bytes bytes;
    bool is_inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            is_inside = !is_inside;
        } else if (is_inside && c == '\\') {
            const char kind = text[++i];
            if (kind == 'x') {
                bytes.push_back(static_cast<std::uint8_t>(hex_digit(text[i + 1]) << 4U |
                                                          hex_digit(text[i + 2])));
                i += 2;
            } else {
                bytes.push_back(static_cast<std::uint8_t>(kind == 'n'   ? '\n'
                                                          : kind == 'r' ? '\r'
                                                          : kind == 't' ? '\t'
                                                                        : kind));
            }
        } else if (is_inside) {
            bytes.push_back(static_cast<std::uint8_t>(c));
        }
    }
    check(!is_inside, "a literal ends");
    return bytes;
}

Bytes read_base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Bytes bytes;
    check(text.size() % 4 == 0, "groups of four");
    for (; !text.empty(); text.remove_prefix(4)) {
        std::uint32_t bits = 0;
        std::size_t digits = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const std::size_t digit = kDigits.find(text[i]);
            bits = bits << 6U |
                   static_cast<std::uint32_t>(digit == std::string_view::npos ? 0 : digit);
            digits += digit == std::string_view::npos ? 0 : 1;
        }
        for (std::size_t i = 0; i + 1 < digits; ++i)
            bytes.push_back(static_cast<std::uint8_t>(bits >> (16 - 8 * i)));
    }
    return bytes;
}

Bytes read_back(ByteFormat format, const std::string& text) {
    switch (format) {
        case ByteFormat::kHex: return *parse_hex(text);
        case ByteFormat::kHexDump: return read_dump(text);
        case ByteFormat::kCArray: return read_array(text);
        case ByteFormat::kPythonBytes: return read_python(text);
        case ByteFormat::kEscaped: return *parse_escaped(text);
        case ByteFormat::kBase64: return read_base64(text);
        case ByteFormat::kText: break;
    }
    return {};
}

// printable() would leave it as it is, but for the newline and, in text, the tab.
bool is_harmless(std::string text, bool may_have_tabs) {
    for (char& c : text) {
        if (c == '\n' || (c == '\t' && may_have_tabs)) c = ' ';
    }
    return printable(text, text.size() + 1) == text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto encoding = static_cast<TextEncoding>(data[0] % kTextEncodings);
    const std::size_t cut = std::size_t{data[1]} + 1;
    const Bytes bytes(data + 2, data + size);
    for (std::size_t i = 0; i < kByteFormats; ++i) {
        const auto format = static_cast<ByteFormat>(i);
        const std::string whole = formatted(format, encoding, bytes, bytes.size() + 1);
        check(is_harmless(whole, format == ByteFormat::kText), "no control characters");
        check(whole.size() <= formatted_bytes(format, bytes.size(), encoding), "within the bound");
        check(formatted(format, encoding, bytes, cut) == whole, "no cut changes it");
        if (format != ByteFormat::kText)
            check(read_back(format, whole) == bytes, "it reads back to the same bytes");
    }
    for (const ByteValue& value : byte_values(bytes)) {
        check(value.bytes <= bytes.size(), "a value covers bytes that are there");
        check((value.bytes == 0) == (value.little.empty() && value.big.empty()),
              "a value has a length");
        check(is_harmless(value.little + value.big, false), "a value is harmless");
    }
    return 0;
}
