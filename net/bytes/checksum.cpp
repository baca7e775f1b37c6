#include "net/bytes/checksum.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace net::bytes {

namespace {

using Bytes = std::span<const std::uint8_t>;

// In the order of their values.
constexpr std::array<std::string_view, kChecksums> kNames{
    "sum-8",         "XOR-8",  "LRC",     "CRC-8",   "CRC-16/MODBUS", "CRC-16/CCITT-FALSE",
    "CRC-16/XMODEM", "CRC-32", "CRC-32C", "Adler-32"};

// ---- CRCs. A table holds what a byte does to the remainder; of those that are reflected, the polynomial is written from its lowest power. ----

using Table = std::array<std::uint32_t, 256>;

constexpr Table reflected_table(std::uint32_t polynomial) {
    Table table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit)
            rest = (rest & 1U) != 0 ? rest >> 1U ^ polynomial : rest >> 1U;
        table[byte] = rest;
    }
    return table;
}

constexpr Table plain_table(unsigned width, std::uint32_t polynomial) {
    Table table{};
    const std::uint32_t top = std::uint32_t{1} << (width - 1);
    const std::uint32_t mask = (top << 1U) - 1;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte << (width - 8);
        for (int bit = 0; bit < 8; ++bit)
            rest = ((rest & top) != 0 ? rest << 1U ^ polynomial : rest << 1U) & mask;
        table[byte] = rest;
    }
    return table;
}

// Eight bytes a step, for whole files: the table at i is what a byte does with i bytes behind it.
using Tables = std::array<Table, 8>;

constexpr Tables reflected_tables(std::uint32_t polynomial) {
    Tables tables{};
    tables[0] = reflected_table(polynomial);
    for (std::size_t i = 1; i < tables.size(); ++i) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[i - 1][byte];
            tables[i][byte] = before >> 8U ^ tables[0][before & 0xFFU];
        }
    }
    return tables;
}

constexpr Table kCrc8Table = plain_table(8, 0x07);
constexpr Table kCcittTable = plain_table(16, 0x1021);
constexpr Table kModbusTable = reflected_table(0xA001);
constexpr Tables kCrc32Tables = reflected_tables(0xEDB88320);
constexpr Tables kCrc32cTables = reflected_tables(0x82F63B78);

std::uint32_t feed_reflected(const Table& table, std::uint32_t rest, Bytes bytes) {
    for (const std::uint8_t byte : bytes)
        rest = rest >> 8U ^ table[(rest ^ byte) & 0xFFU];
    return rest;
}

std::uint32_t feed_ccitt(std::uint32_t rest, Bytes bytes) {
    for (const std::uint8_t byte : bytes)
        rest = (rest << 8U ^ kCcittTable[(rest >> 8U ^ byte) & 0xFFU]) & 0xFFFFU;
    return rest;
}

std::uint32_t feed_crc8(std::uint32_t rest, Bytes bytes) {
    for (const std::uint8_t byte : bytes)
        rest = kCrc8Table[(rest ^ byte) & 0xFFU];
    return rest;
}

std::uint32_t feed_crc32(const Tables& tables, std::uint32_t rest, Bytes bytes) {
    while (bytes.size() >= 8) {
        const auto at = [&](std::size_t i) { return std::uint32_t{bytes[i]}; };
        const std::uint32_t low = rest ^ (at(0) | at(1) << 8U | at(2) << 16U | at(3) << 24U);
        rest = tables[7][low & 0xFFU] ^ tables[6][low >> 8U & 0xFFU] ^
               tables[5][low >> 16U & 0xFFU] ^ tables[4][low >> 24U] ^ tables[3][at(4)] ^
               tables[2][at(5)] ^ tables[1][at(6)] ^ tables[0][at(7)];
        bytes = bytes.subspan(8);
    }
    return feed_reflected(tables[0], rest, bytes);
}

// ---- Adler-32: two sums modulo the largest prime below 65,536; RFC 1950. ----

constexpr std::uint32_t kAdlerModulus = 65'521;
// As many bytes of 255 as 32 bits hold before the modulus has to be taken.
constexpr std::size_t kAdlerBytes = 5552;

std::uint32_t feed_adler(std::uint32_t state, Bytes bytes) {
    std::uint32_t sum = state & 0xFFFFU;
    std::uint32_t sum_of_sums = state >> 16U;
    while (!bytes.empty()) {
        const Bytes some = bytes.first(std::min(bytes.size(), kAdlerBytes));
        bytes = bytes.subspan(some.size());
        for (const std::uint8_t byte : some) {
            sum += byte;
            sum_of_sums += sum;
        }
        sum %= kAdlerModulus;
        sum_of_sums %= kAdlerModulus;
    }
    return sum_of_sums << 16U | sum;
}

std::uint32_t sum_of(std::uint32_t state, Bytes bytes) {
    return std::accumulate(bytes.begin(), bytes.end(), state) & 0xFFU;
}

std::uint32_t initial_state(Checksum kind) {
    switch (kind) {
        case Checksum::kSum8:
        case Checksum::kXor8:
        case Checksum::kLrc:
        case Checksum::kCrc8:
        case Checksum::kCrc16Xmodem: return 0;
        case Checksum::kCrc16Modbus:
        case Checksum::kCrc16CcittFalse: return 0xFFFF;
        case Checksum::kCrc32:
        case Checksum::kCrc32c: return 0xFFFFFFFF;
        case Checksum::kAdler32: return 1;
    }
    return 0;
}

}  // namespace

std::string_view name(Checksum checksum) {
    const auto value = static_cast<std::size_t>(checksum);
    return value < kNames.size() ? kNames[value] : "unknown";
}

std::optional<Checksum> checksum(std::string_view name) {
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<Checksum>(found - kNames.begin());
}

std::size_t width_bytes(Checksum checksum) {
    switch (checksum) {
        case Checksum::kSum8:
        case Checksum::kXor8:
        case Checksum::kLrc:
        case Checksum::kCrc8: return 1;
        case Checksum::kCrc16Modbus:
        case Checksum::kCrc16CcittFalse:
        case Checksum::kCrc16Xmodem: return 2;
        case Checksum::kCrc32:
        case Checksum::kCrc32c:
        case Checksum::kAdler32: return 4;
    }
    return 1;
}

ChecksumState::ChecksumState(Checksum kind) : kind_(kind), state_(initial_state(kind)) {}

void ChecksumState::feed(std::span<const std::uint8_t> bytes) {
    switch (kind_) {
        case Checksum::kSum8:
        case Checksum::kLrc: state_ = sum_of(state_, bytes); break;
        case Checksum::kXor8:
            for (const std::uint8_t byte : bytes)
                state_ ^= byte;
            break;
        case Checksum::kCrc8: state_ = feed_crc8(state_, bytes); break;
        case Checksum::kCrc16Modbus: state_ = feed_reflected(kModbusTable, state_, bytes); break;
        case Checksum::kCrc16CcittFalse:
        case Checksum::kCrc16Xmodem: state_ = feed_ccitt(state_, bytes); break;
        case Checksum::kCrc32: state_ = feed_crc32(kCrc32Tables, state_, bytes); break;
        case Checksum::kCrc32c: state_ = feed_crc32(kCrc32cTables, state_, bytes); break;
        case Checksum::kAdler32: state_ = feed_adler(state_, bytes); break;
    }
}

std::uint32_t ChecksumState::value() const {
    switch (kind_) {
        case Checksum::kLrc: return (0x100U - state_) & 0xFFU;
        case Checksum::kCrc32:
        case Checksum::kCrc32c: return ~state_;
        default: return state_;
    }
}

std::uint32_t checksum_of(Checksum kind, std::span<const std::uint8_t> bytes) {
    ChecksumState state(kind);
    state.feed(bytes);
    return state.value();
}

}  // namespace net::bytes
