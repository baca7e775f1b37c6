#include "app/ui/glyph_cells.h"

#include "app/ui/glyph_ranges.h"

#include <algorithm>
#include <array>

namespace app::ui {

namespace {

using net::bytes::TextCell;

// Characters that would show nothing, something else, or elsewhere. In order.
struct Marked {
    char32_t first;
    char32_t last;
    std::string_view letters;  // two
    std::string_view meaning;
};

constexpr std::array<std::string_view, 33> kControlNames{"null",
                                                         "start of heading",
                                                         "start of text",
                                                         "end of text",
                                                         "end of transmission",
                                                         "enquiry",
                                                         "acknowledge",
                                                         "bell",
                                                         "backspace",
                                                         "tab",
                                                         "line feed",
                                                         "vertical tab",
                                                         "form feed",
                                                         "carriage return",
                                                         "shift out",
                                                         "shift in",
                                                         "data link escape",
                                                         "device control 1 (XON)",
                                                         "device control 2",
                                                         "device control 3 (XOFF)",
                                                         "device control 4",
                                                         "negative acknowledge",
                                                         "synchronous idle",
                                                         "end of transmission block",
                                                         "cancel",
                                                         "end of medium",
                                                         "substitute",
                                                         "escape",
                                                         "file separator",
                                                         "group separator",
                                                         "record separator",
                                                         "unit separator",
                                                         "delete"};

// RFC 1345, for 00 to 1f, 7f, and 80 to 9f.
constexpr std::string_view kControlLetters =
    "NUSHSXEXETEQAKBLBSHTLFVTFFCRSOSIDLD1D2D3D4NKSYEBCNEMSBECFSGSRSUSDT";
constexpr std::string_view kC1Letters =
    "PAHOBHNHINNLSAESHSHJVSPDPURIS2S3DCP1P2TSCCMWSGEGSSGCSCCISTOCPMAC";

constexpr std::array kMarkedOnes = std::to_array<Marked>({
    {0xA0, 0xA0, "NS", "no-break space"},
    {0xAD, 0xAD, "SH", "soft hyphen"},
    {0x034F, 0x034F, "CG", "combining grapheme joiner"},
    {0x0600, 0x0605, "FM", "format character"},
    {0x061C, 0x061C, "AM", "Arabic letter mark"},
    {0x06DD, 0x06DD, "FM", "format character"},
    {0x070F, 0x070F, "FM", "format character"},
    {0x0890, 0x0891, "FM", "format character"},
    {0x08E2, 0x08E2, "FM", "format character"},
    {0x115F, 0x1160, "HF", "hangul filler"},
    {0x1680, 0x1680, "SP", "space of another width"},
    {0x17B4, 0x17B5, "IV", "invisible vowel"},
    {0x180B, 0x180F, "VR", "variation selector"},
    {0x2000, 0x200A, "SP", "space of another width"},
    {0x200B, 0x200B, "ZS", "zero-width space"},
    {0x200C, 0x200C, "ZN", "zero-width non-joiner"},
    {0x200D, 0x200D, "ZJ", "zero-width joiner"},
    {0x200E, 0x200E, "LR", "left-to-right mark"},
    {0x200F, 0x200F, "RL", "right-to-left mark"},
    {0x2028, 0x2028, "LS", "line separator"},
    {0x2029, 0x2029, "PS", "paragraph separator"},
    {0x202A, 0x202A, "LE", "left-to-right embedding"},
    {0x202B, 0x202B, "RE", "right-to-left embedding"},
    {0x202C, 0x202C, "PF", "pop directional formatting"},
    {0x202D, 0x202D, "LO", "left-to-right override"},
    {0x202E, 0x202E, "RO", "right-to-left override"},
    {0x202F, 0x202F, "SP", "space of another width"},
    {0x205F, 0x205F, "SP", "space of another width"},
    {0x2060, 0x2060, "WJ", "word joiner"},
    {0x2061, 0x2065, "IO", "invisible operator"},
    {0x2066, 0x2066, "LI", "left-to-right isolate"},
    {0x2067, 0x2067, "RI", "right-to-left isolate"},
    {0x2068, 0x2068, "FI", "first strong isolate"},
    {0x2069, 0x2069, "PI", "pop directional isolate"},
    {0x206A, 0x206F, "FM", "format character"},
    {0x2800, 0x2800, "BB", "blank of Braille"},
    {0x3164, 0x3164, "HF", "hangul filler"},
    {0xD800, 0xDFFF, "SU", "surrogate"},
    {0xE000, 0xF8FF, "PR", "private use"},
    {0xFDD0, 0xFDEF, "NC", "not a character"},
    {0xFE00, 0xFE0F, "VR", "variation selector"},
    {0xFEFF, 0xFEFF, "BM", "byte order mark"},
    {0xFFA0, 0xFFA0, "HF", "hangul filler"},
    {0xFFF0, 0xFFFB, "FM", "format character"},
    {0x110BD, 0x110BD, "FM", "format character"},
    {0x110CD, 0x110CD, "FM", "format character"},
    {0x13430, 0x1343F, "FM", "format character"},
    {0x16FE4, 0x16FE4, "FM", "format character"},
    {0x1BCA0, 0x1BCA3, "FM", "format character"},
    {0x1D159, 0x1D159, "FM", "format character"},
    {0x1D173, 0x1D17A, "FM", "format character"},
    {0xE0000, 0xE007F, "TG", "tag"},
    {0xE0080, 0xE00FF, "TG", "tag"},
    {0xE0100, 0xE01EF, "VR", "variation selector"},
    {0xE01F0, 0xEFFFF, "TG", "tag"},
    {0xF0000, 0x10FFFF, "PR", "private use"},
});

constexpr std::string_view kNotACharacter = "NC";
constexpr std::string_view kDottedCircle = "\xe2\x97\x8c";
constexpr std::string_view kDigits = "0123456789abcdef";

const Marked* find_marked(char32_t c) {
    const auto* const found = std::partition_point(kMarkedOnes.begin(), kMarkedOnes.end(),
                                                   [c](const Marked& one) { return one.last < c; });
    return found != kMarkedOnes.end() && found->first <= c ? found : nullptr;
}

constexpr bool is_noncharacter(char32_t c) {
    return (c & 0xFFFEU) == 0xFFFE || c > 0x10FFFF;
}

// The two letters of a character that is not drawn as itself; empty: it is.
std::string_view letters_of(char32_t c) {
    if (c >= 0x20 && c < 0x7F) return {};
    if (c < 0x20) return kControlLetters.substr(2 * c, 2);
    if (c == 0x7F) return kControlLetters.substr(64, 2);
    if (c < 0xA0) return kC1Letters.substr(2 * (c - 0x80), 2);
    if (is_noncharacter(c)) return kNotACharacter;
    const Marked* marked = find_marked(c);
    return marked == nullptr ? std::string_view() : marked->letters;
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x800) {
        put(0xC0U | c >> 6U), put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
        put(0xE0U | c >> 12U), put(0x80U | (c >> 6U & 0x3FU)), put(0x80U | (c & 0x3FU));
    } else {
        put(0xF0U | c >> 18U), put(0x80U | (c >> 12U & 0x3FU));
        put(0x80U | (c >> 6U & 0x3FU)), put(0x80U | (c & 0x3FU));
    }
}

bool is_plain(const TextCell& cell) {
    return cell.is_valid && cell.code_point >= 0x20 && cell.code_point < 0x7F;
}

}  // namespace

std::uint32_t columns_of(const TextCell& cell) {
    if (is_plain(cell)) return 1;
    if (!cell.is_valid || !letters_of(cell.code_point).empty()) return 2;
    return is_wide(cell.code_point) ? 2 : 1;
}

void lay_out(std::span<const TextCell> cells, GlyphLine& line) {
    line.text.clear();
    line.cells.clear();
    line.columns = 0;
    for (const TextCell& cell : cells) {
        const auto begin = static_cast<std::uint32_t>(line.text.size());
        GlyphCell glyph{.column = line.columns, .text_begin = begin};
        if (is_plain(cell)) {
            glyph.is_plain = true;
            line.text += static_cast<char>(cell.code_point);
        } else if (!cell.is_valid) {
            glyph.role = GlyphRole::kInvalid;
            glyph.columns = 2;
            line.text += kDigits[cell.code_point >> 4U & 0xFU];
            line.text += kDigits[cell.code_point & 0xFU];
        } else if (const std::string_view letters = letters_of(cell.code_point); !letters.empty()) {
            glyph.role = GlyphRole::kControl;
            glyph.columns = 2;
            line.text += letters;
        } else {
            if (is_mark(cell.code_point)) {
                glyph.role = GlyphRole::kControl;
                line.text += kDottedCircle;
            }
            glyph.columns = is_wide(cell.code_point) ? 2 : 1;
            append_utf8(line.text, cell.code_point);
        }
        glyph.text_bytes = static_cast<std::uint8_t>(line.text.size() - begin);
        line.columns += glyph.columns;
        line.cells.push_back(glyph);
    }
}

std::size_t GlyphLine::cell_at(std::uint32_t column) const {
    const auto found = std::partition_point(
        cells.begin(), cells.end(),
        [column](const GlyphCell& cell) { return cell.column + cell.columns <= column; });
    return static_cast<std::size_t>(found - cells.begin());
}

std::string_view meaning(const TextCell& cell) {
    const char32_t c = cell.code_point;
    if (!cell.is_valid) return "no character in this encoding";
    if (c < 0x20) return kControlNames[c];
    if (c < 0x7F) return {};
    if (c == 0x7F) return kControlNames.back();
    if (c < 0xA0) return "control character";
    if (is_noncharacter(c)) return "not a character";
    if (const Marked* marked = find_marked(c)) return marked->meaning;
    return is_mark(c) ? "combining mark" : std::string_view();
}

}  // namespace app::ui
