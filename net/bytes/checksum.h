// Checksums as devices and protocols append them.
//
// Names and check values of the CRCs are those of the catalogue of parametrised CRC algorithms (reveng.sourceforge.io/crc-catalogue): the check value is that of the nine
// ASCII bytes "123456789". Adler-32: RFC 1950. LRC: ISO 1155, the two's complement of the sum of all bytes (as MODBUS ASCII has it).
//
// Thread: any; a ChecksumState belongs to one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace net::bytes {

enum class Checksum : std::uint8_t {
    kSum8,             // sum modulo 256
    kXor8,             // XOR of all bytes (BCC)
    kLrc,              // two's complement of kSum8
    kCrc8,             // CRC-8/SMBUS, check f4
    kCrc16Modbus,      // check 4b37
    kCrc16CcittFalse,  // CRC-16/IBM-3740, check 29b1
    kCrc16Xmodem,      // check 31c3
    kCrc32,            // CRC-32/ISO-HDLC, check cbf43926
    kCrc32c,           // CRC-32/ISCSI, check e3069283
    kAdler32,          // check 091e01de
};
inline constexpr std::size_t kChecksums = 10;  // their values are 0 to 9

// "CRC-16/MODBUS", "sum-8": for menus and session files.
[[nodiscard]] std::string_view name(Checksum checksum);
[[nodiscard]] std::optional<Checksum> checksum(std::string_view name);
// 1, 2 or 4.
[[nodiscard]] std::size_t width_bytes(Checksum checksum);

// Fed in any pieces.
class ChecksumState {
  public:
    explicit ChecksumState(Checksum kind);
    void feed(std::span<const std::uint8_t> bytes);
    // Of all that was fed.
    [[nodiscard]] std::uint32_t value() const;

  private:
    Checksum kind_;
    std::uint32_t state_ = 0;
};

[[nodiscard]] std::uint32_t checksum_of(Checksum kind, std::span<const std::uint8_t> bytes);

}  // namespace net::bytes
