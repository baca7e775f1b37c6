// Two addresses in an order of their own, as a key: both directions of a connection have the same.
//
// Thread: values.
#pragma once

#include "net/bytes/address.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace net::capture {

struct AddressPair {
    bytes::SocketAddress low;
    bytes::SocketAddress high;
    bool operator==(const AddressPair&) const = default;

    [[nodiscard]] static AddressPair of(const bytes::SocketAddress& a,
                                        const bytes::SocketAddress& b) {
        return a < b ? AddressPair{.low = a, .high = b} : AddressPair{.low = b, .high = a};
    }
};

struct AddressPairHash {
    // Hostile files may choose addresses that collide; what is kept by this key is bounded, and so is what that costs.
    [[nodiscard]] std::size_t operator()(const AddressPair& pair) const {
        std::uint64_t mixed = 0xCBF29CE484222325ULL;
        const auto mix = [&mixed](const bytes::SocketAddress& address) {
            std::uint64_t halves[2];
            std::memcpy(halves, address.ip.data(), sizeof halves);
            for (const std::uint64_t word : {halves[0], halves[1], std::uint64_t{address.port}}) {
                mixed = (mixed ^ word) * 0x9E3779B97F4A7C15ULL;
                mixed ^= mixed >> 29U;
            }
        };
        mix(pair.low);
        mix(pair.high);
        return mixed;
    }
};

}  // namespace net::capture
