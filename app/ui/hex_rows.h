// One row of the hex sheet as text: pure formatting, no drawing.
//
// Every byte becomes glyphs of a fixed table (0-9 a-f, printable ASCII, one dot), so nothing a peer sends can be taken for a control character, a
// label, a format, or make the font atlas grow. Text is split into what stands out and what steps back (zero bytes, dots): two strings of
// the same width with spaces in each other's places, so two draw calls give two colours.
//
// Thread: any; pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace app::ui {

inline constexpr std::uint32_t kBytesPerRow = 16;
// "00 11 22 33 44 55 66 77  88 99 aa bb cc dd ee ff"
inline constexpr std::size_t kHexColumns = kBytesPerRow * 3;

struct HexRow {
    std::array<char, kHexColumns> hex{};         // all bytes
    std::array<char, kHexColumns> hex_strong{};  // all but 00
    std::array<char, kHexColumns> hex_faint{};   // 00
    std::array<char, kBytesPerRow> text{};       // printable ASCII, a dot for the others
    std::array<char, kBytesPerRow> text_strong{};
    std::array<char, kBytesPerRow> text_faint{};  // the dots
    std::uint32_t size = 0;                       // bytes in the row
    bool has_faint_hex = false;
    bool has_faint_text = false;

    // As long as its bytes need.
    [[nodiscard]] std::string_view view(const std::array<char, kHexColumns>& columns) const {
        return {columns.data(),
                size == 0 ? 0 : (size - 1) * 3 + (size > kBytesPerRow / 2 ? 1 : 0) + 2};
    }
    [[nodiscard]] std::string_view view(const std::array<char, kBytesPerRow>& columns) const {
        return {columns.data(), size};
    }
};

// At most kBytesPerRow bytes; more are ignored.
[[nodiscard]] HexRow format_hex_row(std::span<const std::uint8_t> bytes);

// Where the n-th byte's two digits begin, in characters from the first: a gap of one more after the eighth.
[[nodiscard]] constexpr std::size_t hex_column(std::size_t n) {
    return n * 3 + (n >= kBytesPerRow / 2 ? 1 : 0);
}

// A 64-bit offset in hex, at least eight digits: "0000002a", "1000000000".
struct OffsetText {
    std::array<char, 16> digits{};
    std::size_t size = 0;
    [[nodiscard]] std::string_view view() const { return {digits.data(), size}; }
};
[[nodiscard]] OffsetText format_offset(std::uint64_t offset);

}  // namespace app::ui
