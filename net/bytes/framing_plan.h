// What a Framer's copies share: the framing as it was given, and what is made of it once. Only for framing*.cpp.
#pragma once

#include "net/bytes/framing.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace net::bytes {

struct Framer::Plan {
    explicit Plan(const Framing& given);

    // The first place from `begin` at which a delimiter may begin; `end`: none.
    [[nodiscard]] const std::uint8_t* candidate(const std::uint8_t* begin,
                                                const std::uint8_t* end) const;
    // Of the delimiters at the beginning of these bytes the longest: its size; 0: none is there; kNeedsMore: a longer one may begin here, its end is not in sight.
    static constexpr std::size_t kNeedsMore = static_cast<std::size_t>(-1);
    enum class Follows : std::uint8_t { kMore, kNothing };
    [[nodiscard]] std::size_t match(const std::uint8_t* at,
                                    std::size_t size,
                                    Follows what_follows) const;

    Framing framing;  // one that check() accepts
    // kDelimiter
    std::vector<std::vector<std::uint8_t>> longest_first;
    std::vector<std::uint8_t> first_bytes;  // each once
    std::array<bool, 256> is_first_byte{};
    // kLengthPrefix
    std::uint32_t header_bytes = 0;
    std::uint64_t counted_header_bytes = 0;  // that a length counts too
};

}  // namespace net::bytes
