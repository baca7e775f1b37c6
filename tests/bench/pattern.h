// The bytes that bench_load sends and bench_check looks for.
//
// A thousand and some kilobytes of hash values, over and over; its length is a prime, so that bytes which are lost, repeated or out of
// order do not look right at any distance but that one. Each connection begins at another place of it, so that two that are mixed up
// do not look right either.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace bench {

inline constexpr std::size_t kPatternBytes = 1'048'573;
// One send at most; the pattern goes on this far behind its end.
inline constexpr std::size_t kBlockBytes = std::size_t{256} * 1024;
inline constexpr std::size_t kMostConnections = 4096;

// Where connection `number` of a load begins.
inline std::size_t pattern_start(std::size_t number) {
    return number * 7919 % kPatternBytes;
}

inline std::vector<char> make_pattern() {
    std::vector<char> pattern(kPatternBytes + kBlockBytes + 8);
    std::uint64_t state = 0x9E3779B97F4A7C15U;
    for (std::size_t i = 0; i < kPatternBytes; i += 8) {
        state += 0x9E3779B97F4A7C15U;  // splitmix64
        std::uint64_t word = state;
        word = (word ^ (word >> 30U)) * 0xBF58476D1CE4E5B9U;
        word = (word ^ (word >> 27U)) * 0x94D049BB133111EBU;
        word ^= word >> 31U;
        std::memcpy(&pattern[i], &word, sizeof word);
    }
    std::memcpy(&pattern[kPatternBytes], pattern.data(), kBlockBytes + 8);
    return pattern;
}

// Whether `bytes` are what stands `position` bytes behind a connection's start.
inline bool matches(const std::vector<char>& pattern,
                    std::size_t start,
                    std::uint64_t position,
                    const char* bytes,
                    std::size_t size) {
    while (size > 0) {
        const auto at = static_cast<std::size_t>((start + position) % kPatternBytes);
        const std::size_t piece = size < kBlockBytes ? size : kBlockBytes;
        if (std::memcmp(&pattern[at], bytes, piece) != 0) return false;
        bytes += piece;
        position += piece;
        size -= piece;
    }
    return true;
}

}  // namespace bench
