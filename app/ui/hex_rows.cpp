#include "app/ui/hex_rows.h"

#include <algorithm>

namespace app::ui {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

constexpr bool is_printable(std::uint8_t byte) {
    return byte >= 0x20 && byte < 0x7F;
}

}  // namespace

HexRow format_hex_row(std::span<const std::uint8_t> bytes) {
    static_assert(hex_column(kBytesPerRow - 1) + 2 <= kHexColumns);
    HexRow row;
    for (auto* columns : {&row.hex, &row.hex_strong, &row.hex_faint})
        columns->fill(' ');
    for (auto* columns : {&row.text, &row.text_strong, &row.text_faint})
        columns->fill(' ');
    row.size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), kBytesPerRow));
    for (std::size_t i = 0; i < row.size; ++i) {
        const std::uint8_t byte = bytes[i];
        const std::size_t column = hex_column(i);
        const bool is_zero = byte == 0;
        for (auto* hex : {&row.hex, is_zero ? &row.hex_faint : &row.hex_strong}) {
            (*hex)[column] = kDigits[byte >> 4U];
            (*hex)[column + 1] = kDigits[byte & 0x0FU];
        }
        const bool is_shown = is_printable(byte);
        for (auto* text : {&row.text, is_shown ? &row.text_strong : &row.text_faint})
            (*text)[i] = is_shown ? static_cast<char>(byte) : '.';
        row.has_faint_hex = row.has_faint_hex || is_zero;
        row.has_faint_text = row.has_faint_text || !is_shown;
    }
    return row;
}

OffsetText format_offset(std::uint64_t offset) {
    OffsetText text;
    text.size = 8;
    while (text.size < 16 && (offset >> (4 * text.size)) != 0)
        ++text.size;
    for (std::size_t i = 0; i < text.size; ++i)
        text.digits[i] = kDigits[(offset >> (4 * (text.size - 1 - i))) & 0xFU];
    return text;
}

}  // namespace app::ui
