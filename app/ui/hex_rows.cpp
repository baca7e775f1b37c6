#include "app/ui/hex_rows.h"

#include <algorithm>

namespace app::ui {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::uint32_t HexLayout::byte_at(float characters) const {
    if (!(characters > 0) || bytes_per_row == 0) return 0;
    // Rows are a few hundred bytes at most, and this is asked once a frame.
    std::uint32_t byte = 0;
    while (byte + 1 < bytes_per_row && static_cast<float>(column(byte + 1)) <= characters)
        ++byte;
    return byte;
}

std::uint32_t bytes_that_fit(std::uint32_t grouping, std::size_t characters) {
    HexLayout layout{.bytes_per_row = 8, .grouping = grouping};
    while (layout.bytes_per_row + 8 <= kMostBytesPerRow) {
        const HexLayout wider{.bytes_per_row = layout.bytes_per_row + 8, .grouping = grouping};
        if (wider.width() + 2 + wider.bytes_per_row > characters) break;
        layout = wider;
    }
    return layout.bytes_per_row;
}

void format_hex_row(const HexLayout& layout, std::span<const std::uint8_t> bytes, HexRow& row) {
    const std::size_t count = std::min<std::size_t>(bytes.size(), layout.bytes_per_row);
    const std::size_t width = count == 0 ? 0 : layout.column(count - 1) + 2;
    for (std::string* text : {&row.hex, &row.hex_strong, &row.hex_faint})
        text->assign(width, ' ');
    row.has_faint = false;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t byte = bytes[i];
        const std::size_t column = layout.column(i);
        const bool is_zero = byte == 0;
        for (std::string* text : {&row.hex, is_zero ? &row.hex_faint : &row.hex_strong}) {
            (*text)[column] = kDigits[byte >> 4U];
            (*text)[column + 1] = kDigits[byte & 0x0FU];
        }
        row.has_faint = row.has_faint || is_zero;
    }
}

std::string hex_heading(const HexLayout& layout) {
    std::string heading(layout.width(), ' ');
    for (std::uint32_t i = 0; i < layout.bytes_per_row; ++i) {
        const std::size_t column = layout.column(i);
        heading[column] = kDigits[(i >> 4U) & 0x0FU];
        heading[column + 1] = kDigits[i & 0x0FU];
    }
    return heading;
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
