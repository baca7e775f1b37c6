// Times of a capture's interface as nanoseconds since the epoch: any resolution and offset that the format can say, without overflow.
//
// Thread: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace net::capture {

struct InterfaceTime {
    static constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

    std::int64_t offset_s = 0;  // if_tsoffset
    std::uint8_t resolution =
        6;  // if_tsresol as it stands in the file: a power of ten, or with the highest bit, of two

    // pcapng: ticks since the offset. What no 64 bits can hold is the nearest that they can.
    [[nodiscard]] std::int64_t to_ns(std::uint64_t ticks) const {
        constexpr unsigned kMostDigits = 19;  // of 64 bits
        __int128 ns = ticks;
        const unsigned exponent = resolution & 0x7FU;
        if ((resolution & 0x80U) != 0) {
            ns = exponent < 64 ? (ns * kNanosecondsPerSecond) >> exponent : 0;
        } else {
            for (unsigned e = exponent; e < 9; ++e)
                ns *= 10;
            for (unsigned e = 9; e < std::min(exponent, 9 + kMostDigits); ++e)
                ns /= 10;
        }
        return saturated(ns + __int128{offset_s} * kNanosecondsPerSecond);
    }
    // Classic pcap: seconds and a fraction.
    [[nodiscard]] std::int64_t to_ns(std::uint32_t seconds, std::uint32_t fraction) const {
        const std::int64_t unit = resolution == 9 ? 1 : 1000;
        return std::int64_t{seconds} * kNanosecondsPerSecond + std::int64_t{fraction} * unit;
    }

  private:
    static std::int64_t saturated(__int128 value) {
        constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
        constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
        if (value > kMost) return kMost;
        if (value < kLeast) return kLeast;
        return static_cast<std::int64_t>(value);
    }
};

}  // namespace net::capture
