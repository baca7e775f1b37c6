// Streams of bytes for tests of decoders: pieces of text, of broken text and of noise, so that every kind of boundary comes about.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace tests {

inline std::vector<std::uint8_t> random_text(std::uint64_t seed, std::size_t size) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t limit) { return random() % limit; };
    std::vector<std::uint8_t> bytes;
    const auto put = [&](std::uint64_t byte) { bytes.push_back(static_cast<std::uint8_t>(byte)); };
    while (bytes.size() < size) {
        const std::uint64_t count = 1 + below(6);
        switch (below(8)) {
            case 0:  // long enough for runs of eight
                for (std::uint64_t i = 0; i < count * 5; ++i)
                    put(0x20 + below(0x5F));
                break;
            case 1:
                for (std::uint64_t i = 0; i < count; ++i)
                    put(below(256));
                break;
            case 2:
                for (std::uint64_t i = 0; i < count * 2; ++i)
                    put(0x81 + below(0x7E));
                break;
            case 3:
                for (std::uint64_t i = 0; i < count; ++i)
                    put(0xA1 + below(0x5E)), put(0x40 + below(0xBF));
                break;
            case 4:  // four bytes of GB18030, and nearly
                for (std::uint64_t i = 0; i < count; ++i)
                    put(0x81 + below(0x20)), put(0x30 + below(11)), put(0x81 + below(0x7E)),
                        put(0x30 + below(11));
                break;
            case 5: {  // UTF-8, and nearly
                constexpr std::string_view kPieces[] = {
                    "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "\xc3\xa9",     "\xed\xa0\x80",
                    "\xf4\x90\x80", "\xe0\x80\x80",     "\xf0\x9f\x98", "\xe4\xb8"};
                for (std::uint64_t i = 0; i < count; ++i) {
                    for (const char c : kPieces[below(8)])
                        put(static_cast<std::uint8_t>(c));
                }
                break;
            }
            case 6:  // halves of surrogate pairs in both byte orders
                for (std::uint64_t i = 0; i < count; ++i)
                    put(0xD8 + below(8)), put(below(256));
                if (below(2) == 0) put(0xD8 + below(8));
                break;
            default:
                for (std::uint64_t i = 0; i < count; ++i)
                    put(below(0x40));
                break;
        }
    }
    bytes.resize(size);
    return bytes;
}

}  // namespace tests
