// Two addresses as a key.
//
// Thread: values; the hash's secret is made once, by whoever comes first.
#pragma once

#include "net/bytes/address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>

namespace net::capture {

struct AddressPair {
    bytes::SocketAddress first;
    bytes::SocketAddress second;
    bool operator==(const AddressPair&) const = default;

    // The lower one first: both directions of a connection have the same.
    [[nodiscard]] static AddressPair unordered(const bytes::SocketAddress& a,
                                               const bytes::SocketAddress& b) {
        return a < b ? AddressPair{.first = a, .second = b} : AddressPair{.first = b, .second = a};
    }
};

// Of hostile files and peers that choose their addresses: which of them collide is a secret of this process.
struct AddressPairHash {
    [[nodiscard]] std::size_t operator()(const AddressPair& pair) const {
        static const std::array<std::uint64_t, 2> secret = [] {
            std::random_device random;
            const auto word = [&] { return (std::uint64_t{random()} << 32U) | random(); };
            return std::array{word(), word() | 1U};
        }();
        std::uint64_t mixed = secret[0];
        const auto mix = [&mixed](const bytes::SocketAddress& address) {
            std::uint64_t halves[2];
            std::memcpy(halves, address.ip.data(), sizeof halves);
            for (const std::uint64_t word : {halves[0], halves[1], std::uint64_t{address.port}}) {
                // Both halves of the product: the low one alone would let the highest bits through as they are, whatever the secret.
                __extension__ using Wide = unsigned __int128;
                const Wide product = Wide{mixed ^ word} * secret[1];
                mixed = static_cast<std::uint64_t>(product) ^
                        static_cast<std::uint64_t>(product >> 64U);
                mixed ^= secret[0];
            }
        };
        mix(pair.first);
        mix(pair.second);
        return mixed;
    }
};

}  // namespace net::capture
