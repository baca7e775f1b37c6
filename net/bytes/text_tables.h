// What iconv says about the East Asian and the Windows encodings, asked once for each code and kept as tables.
//
// Each is built by the first who asks (some milliseconds) and constant from then on. Thread: any.
#pragma once

#include "net/bytes/text_encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace net::bytes {

// No character. All others of these tables are in the basic plane, and this is half of a surrogate pair.
inline constexpr char16_t kNoCharacter = 0xD800;

// Windows-125x.
struct SingleByteTable {
    std::array<char16_t, 256> characters{};
    bool is_available = false;
};

// GBK, Big5, Shift-JIS, EUC-KR: a byte alone, or a lead byte and one that follows.
struct DoubleByteTable {
    std::array<char16_t, 256> singles{};
    std::array<bool, 256> is_lead{};
    std::vector<char16_t> pairs;  // by (lead - 0x80) * 256 + second
    bool is_available = false;

    [[nodiscard]] char16_t pair(std::uint8_t lead, std::uint8_t second) const {
        return pairs[(lead - std::size_t{0x80}) * 256 + second];
    }
};

// GB18030's codes of four bytes, 81..fe 30..39 81..fe 30..39, counted in their order: first those of the basic plane, and from kFirstBeyond on, without gaps, those beyond it.
inline constexpr std::uint32_t kFourByteCodes = 39'420;
inline constexpr std::uint32_t kFirstBeyond = 189'000;
struct FourByteTable {
    std::vector<char16_t> characters;
};

// For an encoding of that kind only.
[[nodiscard]] const SingleByteTable& single_byte_table(TextEncoding encoding);
[[nodiscard]] const DoubleByteTable& double_byte_table(
    TextEncoding encoding);  // GB18030's two-byte codes as well
[[nodiscard]] const FourByteTable& four_byte_table();

}  // namespace net::bytes
