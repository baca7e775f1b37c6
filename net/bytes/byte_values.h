// What the bytes at a place could stand for: the rows of the data inspector.
//
// Thread: any; pure functions. The texts are ASCII, but for the character of the row "UTF-8".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net::bytes {

// As many bytes as any row looks at.
inline constexpr std::size_t kMostValueBytes = 16;

struct ByteValue {
    std::string_view name;    // "uint32", a literal
    std::string little{};     // empty: not available (too few bytes, or not such a value)
    std::string big{};        // empty as well where byte order makes no difference
    std::uint32_t bytes = 0;  // that it covers; 0: not available
    bool has_orders = false;  // little and big are two readings; else `little` is the only one
};

// All rows, always the same ones in the same order, of the value that begins with the first of `bytes`. UUID: "big" is RFC 4122's order, "little" that of Microsoft's
// structures. Floating point: as many digits as tell it from its neighbours. Times: RFC 3339, UTC; years 1 to 9999 only.
[[nodiscard]] std::vector<ByteValue> byte_values(std::span<const std::uint8_t> bytes);

}  // namespace net::bytes
