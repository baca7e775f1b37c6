// One row of the hex sheet as text, at any width and grouping: pure formatting, no drawing.
//
// Every byte becomes two glyphs of a fixed table, so nothing a peer sends can be taken for a control character, a label, a format, or make the font
// atlas grow. The digits are split into what stands out and what steps back (zero bytes): two strings of the same width with spaces in each other's
// places, so two draw calls give two colours.
//
// Thread: any; pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace app::ui {

inline constexpr std::uint32_t kMostBytesPerRow = 512;

// Where the digits stand: `grouping` bytes (1, 2, 4, 8) without a space between them, and one more space after each eight.
struct HexLayout {
    std::uint32_t bytes_per_row = 16;
    std::uint32_t grouping = 1;

    bool operator==(const HexLayout&) const = default;

    // Where the n-th byte's two digits begin, in characters from the first.
    [[nodiscard]] constexpr std::size_t column(std::size_t n) const {
        return n * 2 + n / grouping + (grouping < 8 ? n / 8 : 0);
    }
    // Of a full row, in characters.
    [[nodiscard]] constexpr std::size_t width() const {
        return bytes_per_row == 0 ? 0 : column(bytes_per_row - 1) + 2;
    }
    // The byte whose digits, or the space after them, are `characters` from the left; before the first: 0, after the last: the last.
    [[nodiscard]] std::uint32_t byte_at(float characters) const;
};

// The widest of these layouts whose digits and text (one character a byte, two between them) take at most `characters`: a multiple of eight, at least eight.
[[nodiscard]] std::uint32_t bytes_that_fit(std::uint32_t grouping, std::size_t characters);

struct HexRow {
    std::string hex;         // all bytes
    std::string hex_strong;  // all but 00
    std::string hex_faint;   // 00
    bool has_faint = false;
};

// At most layout.bytes_per_row bytes; more are ignored. `row` keeps its memory for the next one.
void format_hex_row(const HexLayout& layout, std::span<const std::uint8_t> bytes, HexRow& row);
// "00 01 02 ..." over the columns.
[[nodiscard]] std::string hex_heading(const HexLayout& layout);

// A 64-bit offset in hex, at least eight digits: "0000002a", "1000000000".
struct OffsetText {
    std::array<char, 16> digits{};
    std::size_t size = 0;
    [[nodiscard]] std::string_view view() const { return {digits.data(), size}; }
};
[[nodiscard]] OffsetText format_offset(std::uint64_t offset);

}  // namespace app::ui
