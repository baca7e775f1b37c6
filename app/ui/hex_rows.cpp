#include "app/ui/hex_rows.h"

#include <algorithm>

namespace app::ui {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

constexpr bool is_printable(std::uint8_t byte) {
    return byte >= 0x20 && byte < 0x7F;
}

// In characters: the end of the last byte's digits.
std::size_t width_of(std::uint32_t size) {
    return size == 0 ? 0 : hex_column(size - 1) + 2;
}

}  // namespace

std::string_view HexRow::hex_view() const {
    return {hex.data(), width_of(size)};
}
std::string_view HexRow::hex_faint_view() const {
    return {hex_faint.data(), width_of(size)};
}

HexRow format_hex_row(std::span<const std::uint8_t> bytes) {
    static_assert(hex_column(kBytesPerRow - 1) + 2 <= kHexColumns);
    HexRow row;
    row.hex.fill(' ');
    row.hex_faint.fill(' ');
    row.text.fill(' ');
    row.text_faint.fill(' ');
    row.size = static_cast<std::uint32_t>(std::min<std::size_t>(bytes.size(), kBytesPerRow));
    for (std::size_t i = 0; i < row.size; ++i) {
        const std::uint8_t byte = bytes[i];
        const std::size_t column = hex_column(i);
        auto& hex = byte == 0 ? row.hex_faint : row.hex;
        hex[column] = kDigits[byte >> 4U];
        hex[column + 1] = kDigits[byte & 0x0FU];
        row.has_faint_hex = row.has_faint_hex || byte == 0;
        if (is_printable(byte)) {
            row.text[i] = static_cast<char>(byte);
        } else {
            row.text_faint[i] = '.';
            row.has_faint_text = true;
        }
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
