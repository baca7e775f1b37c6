#include "tests/support/evil_bytes.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace tests {
namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

// splitmix64's finisher.
constexpr std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

// Eight tables: eight bytes a step. One byte a step is 0.4 GB/s, slower than what is to be tested.
using CrcTables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr CrcTables make_crc_tables() {
    CrcTables tables{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
        tables[0][i] = crc;
    }
    for (std::uint32_t i = 0; i < 256; ++i) {
        for (std::size_t k = 1; k < 8; ++k) {
            const std::uint32_t previous = tables[k - 1][i];
            tables[k][i] = (previous >> 8U) ^ tables[0][previous & 0xFFU];
        }
    }
    return tables;
}

constexpr CrcTables kCrc = make_crc_tables();

}  // namespace

ByteStream::ByteStream(std::uint64_t seed, std::uint64_t connection)
    : base_(mixed(mixed(seed + kGolden) ^ (connection * kGolden + 1))) {}

void ByteStream::fill(std::uint64_t offset, std::span<std::uint8_t> out) const {
    while (!out.empty()) {
        const std::uint64_t word = mixed(base_ + (offset / 8) * kGolden);
        const std::size_t first = offset % 8;
        const std::size_t size = std::min<std::size_t>(8 - first, out.size());
        std::array<std::uint8_t, 8> bytes{};
        std::memcpy(bytes.data(), &word, 8);
        std::memcpy(out.data(), bytes.data() + first, size);
        offset += size;
        out = out.subspan(size);
    }
}

std::uint64_t choice(std::uint64_t seed, std::uint64_t connection, std::uint64_t what) {
    return mixed(mixed(mixed(seed + kGolden) + connection) ^ (what * kGolden));
}

std::uint32_t crc32(std::uint32_t so_far, std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = ~so_far;
    while (bytes.size() >= 8) {
        std::uint32_t low = 0;
        std::uint32_t high = 0;
        std::memcpy(&low, bytes.data(), 4);
        std::memcpy(&high, bytes.data() + 4, 4);
        low ^= crc;
        crc = kCrc[7][low & 0xFFU] ^ kCrc[6][(low >> 8U) & 0xFFU] ^ kCrc[5][(low >> 16U) & 0xFFU] ^
              kCrc[4][low >> 24U] ^ kCrc[3][high & 0xFFU] ^ kCrc[2][(high >> 8U) & 0xFFU] ^
              kCrc[1][(high >> 16U) & 0xFFU] ^ kCrc[0][high >> 24U];
        bytes = bytes.subspan(8);
    }
    for (const std::uint8_t byte : bytes)
        crc = (crc >> 8U) ^ kCrc[0][(crc ^ byte) & 0xFFU];
    return ~crc;
}

}  // namespace tests
