#include "net/bytes/encoded_text.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iconv.h>

namespace net::bytes {

namespace {

// What iconv calls them; the same code pages as of text_encoding.h. Null: converted here.
const char* converter_name(TextEncoding encoding) {
    switch (encoding) {
        case TextEncoding::kUtf8:
        case TextEncoding::kUtf16Le:
        case TextEncoding::kUtf16Be:
        case TextEncoding::kLatin1: return nullptr;
        case TextEncoding::kGb18030: return "GB18030";
        case TextEncoding::kGbk: return "CP936";
        case TextEncoding::kBig5: return "BIG5";
        case TextEncoding::kShiftJis: return "CP932";
        case TextEncoding::kEucKr: return "CP949";
        case TextEncoding::kWindows1250: return "CP1250";
        case TextEncoding::kWindows1251: return "CP1251";
        case TextEncoding::kWindows1252: return "CP1252";
        case TextEncoding::kWindows1253: return "CP1253";
        case TextEncoding::kWindows1254: return "CP1254";
        case TextEncoding::kWindows1255: return "CP1255";
        case TextEncoding::kWindows1256: return "CP1256";
        case TextEncoding::kWindows1257: return "CP1257";
        case TextEncoding::kWindows1258: return "CP1258";
    }
    return nullptr;
}

// iconv_open(3)'s answer when it knows no such encoding.
iconv_t no_converter() {
    return reinterpret_cast<iconv_t>(-1);
}

std::uint8_t byte(std::uint32_t value) {
    return static_cast<std::uint8_t>(value & 0xFFU);
}

std::vector<std::uint8_t> utf8(std::uint32_t c) {
    const auto rest = [c](unsigned shift) { return byte(0x80U | ((c >> shift) & 0x3FU)); };
    if (c < 0x80) return {byte(c)};
    if (c < 0x800) return {byte(0xC0U | c >> 6U), rest(0)};
    if (c < 0x10000) return {byte(0xE0U | c >> 12U), rest(6), rest(0)};
    return {byte(0xF0U | c >> 18U), rest(12), rest(6), rest(0)};
}

std::vector<std::uint8_t> utf16(std::uint32_t c, bool is_big_endian) {
    std::vector<std::uint8_t> out;
    const auto add = [&](std::uint32_t unit) {
        out.push_back(byte(is_big_endian ? unit >> 8U : unit));
        out.push_back(byte(is_big_endian ? unit : unit >> 8U));
    };
    if (c < 0x10000) {
        add(c);
    } else {
        add(0xD800U + ((c - 0x10000U) >> 10U));
        add(0xDC00U + ((c - 0x10000U) & 0x3FFU));
    }
    return out;
}

// Ranges of letters and how far their other case is; or neighbours in pairs, the first of which is the capital.
struct CaseRange {
    char32_t first;
    char32_t last;
    std::int32_t to_small;  // 0: pairs
};
constexpr std::array<CaseRange, 27> kCapitals{{
    {U'A', U'Z', 32},     {0x00C0, 0x00D6, 32}, {0x00D8, 0x00DE, 32}, {0x0100, 0x012F, 0},
    {0x0132, 0x0137, 0},  {0x0139, 0x0148, 0},  {0x014A, 0x0177, 0},  {0x0178, 0x0178, -121},
    {0x0179, 0x017E, 0},  {0x01CD, 0x01DC, 0},  {0x01DE, 0x01EF, 0},  {0x01F8, 0x021F, 0},
    {0x0222, 0x0233, 0},  {0x0386, 0x0386, 38}, {0x0388, 0x038A, 37}, {0x038C, 0x038C, 64},
    {0x038E, 0x038F, 63}, {0x0391, 0x03A1, 32}, {0x03A3, 0x03AB, 32}, {0x0400, 0x040F, 80},
    {0x0410, 0x042F, 32}, {0x0460, 0x0481, 0},  {0x048A, 0x04BF, 0},  {0x04D0, 0x052F, 0},
    {0x0531, 0x0556, 48}, {0x1E00, 0x1E95, 0},  {0x1EA0, 0x1EFF, 0},
}};
constexpr CaseRange kFullWidth{0xFF21, 0xFF3A, 32};

char32_t other_case_in(const CaseRange& range, char32_t letter) {
    if (range.to_small == 0) {
        if (letter < range.first || letter > range.last) return 0;
        return (letter - range.first) % 2 == 0 ? letter + 1 : letter - 1;
    }
    const auto at = static_cast<std::int64_t>(letter);
    if (letter >= range.first && letter <= range.last)
        return static_cast<char32_t>(at + range.to_small);
    const std::int64_t capital = at - range.to_small;
    return capital >= range.first && capital <= range.last ? static_cast<char32_t>(capital) : 0;
}

}  // namespace

TextEncoder::TextEncoder(TextEncoding encoding)
    : encoding_(encoding),
      converter_(converter_name(encoding) == nullptr
                     ? no_converter()
                     : ::iconv_open(converter_name(encoding), "UTF-32LE")) {}

TextEncoder::~TextEncoder() {
    if (converter_ != no_converter()) ::iconv_close(converter_);
}

std::vector<std::uint8_t> TextEncoder::encode(char32_t character) {
    const auto c = static_cast<std::uint32_t>(character);
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return {};
    switch (encoding_) {
        case TextEncoding::kUtf8: return utf8(c);
        case TextEncoding::kUtf16Le: return utf16(c, false);
        case TextEncoding::kUtf16Be: return utf16(c, true);
        case TextEncoding::kLatin1:
            return c < 0x100 ? std::vector<std::uint8_t>{byte(c)} : std::vector<std::uint8_t>{};
        default: break;
    }
    if (c < 0x80) return {byte(c)};
    if (encoding_ == TextEncoding::kGbk && c == 0x20AC) return {0x80};  // code page 936's
    if (converter_ == no_converter()) return {};
    std::array<char, 4> in{static_cast<char>(byte(c)), static_cast<char>(byte(c >> 8U)),
                           static_cast<char>(byte(c >> 16U)), 0};
    std::array<char, 16> out{};
    char* from = in.data();
    char* to = out.data();
    std::size_t left = in.size();
    std::size_t room = out.size();
    ::iconv(converter_, nullptr, nullptr, nullptr, nullptr);
    // A positive answer is a character that was replaced by a similar one; the second call writes out what is still held back (a base letter in CP1258).
    if (::iconv(converter_, &from, &left, &to, &room) != 0 ||
        ::iconv(converter_, nullptr, nullptr, &to, &room) != 0) {
        return {};
    }
    const auto size = out.size() - room;
    std::vector<std::uint8_t> encoded(size);
    std::transform(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size), encoded.begin(),
                   [](char one) { return static_cast<std::uint8_t>(one); });
    return encoded;
}

Utf8Character first_character(std::string_view text) {
    if (text.empty()) return {};
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = at(0);
    if (lead < 0x80) return {.value = lead, .size = 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return {};
    char32_t value = lead & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) return {};
        value = value << 6U | (at(i) & 0x3FU);
    }
    // Neither longer than it need be, nor half a pair, nor beyond the last.
    const bool is_short = (size == 3 && value < 0x800) || (size == 4 && value < 0x10000);
    if (is_short || (value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF) return {};
    return {.value = value, .size = size};
}

char32_t other_case(char32_t letter) {
    for (const CaseRange& range : kCapitals)
        if (const char32_t other = other_case_in(range, letter); other != 0) return other;
    return other_case_in(kFullWidth, letter);
}

}  // namespace net::bytes
