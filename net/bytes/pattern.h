// What is looked for in bytes, as a person types it. What it means, and how it is found, is net/capture/byte_pattern.h's.
//
// Thread: any; values.
#pragma once

#include "net/bytes/text_encoding.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace net::bytes {

enum class PatternKind : std::uint8_t { kText, kHex, kRegex };

struct BytePattern {
    PatternKind kind = PatternKind::kText;
    std::string text =
        {};  // as typed: text with the escapes of the send box; `48 ?? 6c 4?`; regular expression
    bool matches_case = false;                    // of hex: no meaning
    TextEncoding encoding = TextEncoding::kUtf8;  // of hex: no meaning

    bool operator==(const BytePattern&) const = default;
};

inline constexpr std::size_t kMostPatternBytes = 2048;

}  // namespace net::bytes
