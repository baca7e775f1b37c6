#include "net/bytes/byte_values.h"

#include "net/bytes/text_encoding.h"
#include "net/bytes/utc_text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>

namespace net::bytes {

namespace {

using Bytes = std::span<const std::uint8_t>;

template <typename Unsigned>
Unsigned read_number(Bytes bytes, bool is_big) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
        value = value << 8U | bytes[is_big ? i : sizeof(Unsigned) - 1 - i];
    return static_cast<Unsigned>(value);
}

template <typename Number>
std::string number_text(Number number) {
    std::array<char, 64> text{};
    const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
    return {text.data(), end};
}

// ---- Half precision ----

double half_value(std::uint16_t bits) {
    const int exponent = bits >> 10U & 0x1F;
    const int fraction = bits & 0x3FF;
    const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
    if (exponent == 0x1F) return fraction == 0 ? sign * INFINITY : std::copysign(NAN, sign);
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
}

// The shortest that lies nearer to this half than to its neighbours: five digits are always enough.
std::string half_text(std::uint16_t bits) {
    const double value = half_value(bits);
    if (!std::isfinite(value) || value == 0) return number_text(value);
    const auto magnitude = static_cast<std::uint16_t>(bits & 0x7FFFU);
    const double least = half_value(static_cast<std::uint16_t>(magnitude - 1));
    const double most =
        magnitude == 0x7BFF ? 65536 : half_value(static_cast<std::uint16_t>(magnitude + 1));
    std::array<char, 64> text{};
    for (int digits = 1; digits <= 5; ++digits) {
        const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value,
                                                std::chars_format::general, digits);
        double read = 0;
        std::from_chars(text.data(), end, read);
        const double distance = std::fabs(std::fabs(read) - std::fabs(value));
        const double room =
            std::fabs(read) < std::fabs(value) ? std::fabs(value) - least : most - std::fabs(value);
        if (distance < room / 2 || digits == 5) return number_text(read);
    }
    return {};
}

// ---- LEB128 ----

struct Leb128 {
    std::uint64_t value = 0;  // two's complement for the signed form
    std::uint32_t bytes = 0;
};

constexpr std::uint32_t kMostLebBytes = 10;  // of 64 bits

std::optional<Leb128> read_leb128(Bytes bytes, bool is_signed) {
    Leb128 leb;
    while (true) {
        if (leb.bytes == bytes.size() || leb.bytes == kMostLebBytes) return std::nullopt;
        const std::uint8_t byte = bytes[leb.bytes];
        const std::uint32_t shift = 7 * leb.bytes++;
        leb.value |= std::uint64_t{byte & 0x7FU} << shift;
        if (leb.bytes == kMostLebBytes) {
            // One bit is left of the 64; the others may only repeat the sign.
            const bool fits = is_signed ? byte == 0 || byte == 0x7F : byte <= 1;
            if (!fits) return std::nullopt;
        }
        if ((byte & 0x80U) != 0) continue;
        const bool is_negative = is_signed && (byte & 0x40U) != 0;
        if (is_negative && shift + 7 < 64) leb.value |= ~std::uint64_t{0} << (shift + 7);
        return leb;
    }
}

// ---- Times ----

constexpr std::int64_t kFiletimeToUnix = 11'644'473'600;  // from 1601 to 1970
constexpr std::uint64_t kFiletimePerSecond = 10'000'000;

std::string unix_time_text(std::int64_t seconds) {
    std::string text = utc_text(seconds);
    return text.empty() ? text : text + "Z";
}

std::string filetime_text(std::uint64_t filetime) {
    std::string text =
        utc_text(static_cast<std::int64_t>(filetime / kFiletimePerSecond) - kFiletimeToUnix);
    if (text.empty()) return text;
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%07dZ",
                  static_cast<int>(filetime % kFiletimePerSecond));
    return text + fraction.data();
}

// ---- Others ----

std::string bits_text(std::uint8_t byte) {
    std::string text;
    for (int bit = 7; bit >= 0; --bit) {
        text += (byte >> bit & 1) != 0 ? '1' : '0';
        if (bit == 4) text += ' ';
    }
    return text;
}

// A glyph of its own that stays where it is drawn: no control, mark, invisible or private character.
bool can_be_shown(char32_t c) {
    struct Range {
        char32_t first;
        char32_t last;
    };
    constexpr std::array<Range, 16> kNot{{{0, 0x1F},
                                          {0x7F, 0x9F},
                                          {0xAD, 0xAD},
                                          {0x300, 0x36F},
                                          {0x61C, 0x61C},
                                          {0x180B, 0x180E},
                                          {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF},
                                          {0x200B, 0x200F},
                                          {0x2028, 0x202E},
                                          {0x2060, 0x206F},
                                          {0x20D0, 0x20FF},
                                          {0xE000, 0xF8FF},
                                          {0xFE00, 0xFE2F},
                                          {0xFEFF, 0xFEFF},
                                          {0xFFF0, 0xFFFB}}};
    if (c >= 0xE0000 || (c & 0xFFFEU) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF)) return false;
    return std::none_of(kNot.begin(), kNot.end(),
                        [c](const Range& range) { return c >= range.first && c <= range.last; });
}

ByteValue utf8_value(Bytes bytes) {
    ByteValue value{.name = "UTF-8"};
    std::vector<TextCell> cells;
    TextDecoder decoder(TextEncoding::kUtf8);
    decoder.decode(bytes.first(std::min<std::size_t>(bytes.size(), 4)), cells);
    if (cells.empty() || !cells.front().is_valid) return value;
    const TextCell& cell = cells.front();
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(cell.code_point));
    value.little = text.data();
    value.bytes = cell.bytes;
    if (!can_be_shown(cell.code_point)) return value;
    value.little += ' ';
    for (std::size_t i = 0; i < cell.bytes; ++i)
        value.little += static_cast<char>(bytes[i]);
    return value;
}

std::string mac_text(Bytes bytes) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1],
                  bytes[2], bytes[3], bytes[4], bytes[5]);
    return text.data();
}

// Microsoft keeps the first three fields as little-endian numbers.
std::string uuid_text(Bytes bytes, bool is_big) {
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                  read_number<std::uint32_t>(bytes, is_big),
                  read_number<std::uint16_t>(bytes.subspan(4), is_big),
                  read_number<std::uint16_t>(bytes.subspan(6), is_big), bytes[8], bytes[9],
                  bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);
    return text.data();
}

std::string address_text(int family, Bytes bytes) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const char* made = ::inet_ntop(family, bytes.data(), text.data(), text.size());
    return made != nullptr ? made : "";
}

class Rows {
  public:
    explicit Rows(Bytes bytes) : bytes_(bytes) {}

    // `make(bytes)` for one reading, `make(bytes, is_big)` for two.
    template <typename Make>
    void one(std::string_view name, std::uint32_t size, Make&& make) {
        ByteValue value{.name = name};
        if (bytes_.size() >= size) value.little = make(bytes_);
        if (!value.little.empty()) value.bytes = size;
        rows_.push_back(std::move(value));
    }
    template <typename Make>
    void two(std::string_view name, std::uint32_t size, Make&& make) {
        ByteValue value{.name = name, .has_orders = true};
        if (bytes_.size() >= size) {
            value.little = make(bytes_, false);
            value.big = make(bytes_, true);
        }
        if (!value.little.empty() || !value.big.empty()) value.bytes = size;
        rows_.push_back(std::move(value));
    }
    template <typename Number, typename Bits>
    void numbers(std::string_view name) {
        two(name, sizeof(Number), [](Bytes bytes, bool is_big) {
            return number_text(std::bit_cast<Number>(read_number<Bits>(bytes, is_big)));
        });
    }
    void leb128(std::string_view name, bool is_signed) {
        ByteValue value{.name = name};
        if (const std::optional<Leb128> leb = read_leb128(bytes_, is_signed)) {
            value.little = is_signed ? number_text(static_cast<std::int64_t>(leb->value))
                                     : number_text(leb->value);
            value.bytes = leb->bytes;
        }
        rows_.push_back(std::move(value));
    }
    void add(ByteValue value) { rows_.push_back(std::move(value)); }
    [[nodiscard]] std::vector<ByteValue> take() { return std::move(rows_); }

  private:
    Bytes bytes_;
    std::vector<ByteValue> rows_;
};

}  // namespace

std::vector<ByteValue> byte_values(Bytes bytes) {
    Rows rows(bytes);
    rows.one("int8", 1, [](Bytes b) { return number_text(int{static_cast<std::int8_t>(b[0])}); });
    rows.one("uint8", 1, [](Bytes b) { return number_text(unsigned{b[0]}); });
    rows.numbers<std::int16_t, std::uint16_t>("int16");
    rows.numbers<std::uint16_t, std::uint16_t>("uint16");
    rows.numbers<std::int32_t, std::uint32_t>("int32");
    rows.numbers<std::uint32_t, std::uint32_t>("uint32");
    rows.numbers<std::int64_t, std::uint64_t>("int64");
    rows.numbers<std::uint64_t, std::uint64_t>("uint64");
    rows.two("float16", 2,
             [](Bytes b, bool is_big) { return half_text(read_number<std::uint16_t>(b, is_big)); });
    rows.numbers<float, std::uint32_t>("float32");
    rows.numbers<double, std::uint64_t>("float64");
    rows.leb128("LEB128 unsigned", false);
    rows.leb128("LEB128 signed", true);
    rows.one("bits", 1, [](Bytes b) { return bits_text(b[0]); });
    rows.add(utf8_value(bytes));
    rows.two("time_t 32", 4, [](Bytes b, bool is_big) {
        return unix_time_text(static_cast<std::int32_t>(read_number<std::uint32_t>(b, is_big)));
    });
    rows.two("time_t 64", 8, [](Bytes b, bool is_big) {
        return unix_time_text(static_cast<std::int64_t>(read_number<std::uint64_t>(b, is_big)));
    });
    rows.two("FILETIME", 8, [](Bytes b, bool is_big) {
        return filetime_text(read_number<std::uint64_t>(b, is_big));
    });
    rows.one("IPv4", 4, [](Bytes b) { return address_text(AF_INET, b); });
    rows.one("IPv6", 16, [](Bytes b) { return address_text(AF_INET6, b); });
    rows.one("MAC", 6, mac_text);
    rows.two("UUID", 16, uuid_text);
    return rows.take();
}

}  // namespace net::bytes
