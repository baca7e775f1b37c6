// The bytes that evil_peer sends: a pseudo-random stream for each connection, the same for the same seed, readable from any
// offset, so that a receiver (or a capture) can be checked without keeping what was sent. And the checksum it reports.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tests {

class ByteStream {
  public:
    ByteStream(std::uint64_t seed, std::uint64_t connection);

    // Fills `out` with the stream's bytes from `offset` on.
    void fill(std::uint64_t offset, std::span<std::uint8_t> out) const;

  private:
    std::uint64_t base_;
};

// A number below 2^64 for (seed, connection, what): for choices that are the same in each run.
[[nodiscard]] std::uint64_t choice(std::uint64_t seed,
                                   std::uint64_t connection,
                                   std::uint64_t what);

// CRC-32 as in zlib, so that python's zlib.crc32 gives the same. `so_far` is 0 at the start.
[[nodiscard]] std::uint32_t crc32(std::uint32_t so_far, std::span<const std::uint8_t> bytes);

}  // namespace tests
