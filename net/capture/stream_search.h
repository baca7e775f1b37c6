// Finds a pattern in many streams at once, whose bytes come read by read, and puts the matches into a store.
//
// Each connection's direction is a stream of its own. A state of the pattern's kind is held for each that has begun; beyond a budget the ones not used for
// longest are compressed, and of compressed ones there may be so many bytes again before the oldest are forgotten (their streams then begin anew, which forgotten() counts).
// Thread: its owner's.
#pragma once

#include "net/capture/byte_pattern.h"
#include "net/capture/index.h"
#include "net/capture/match_store.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace net::capture {

struct StreamSearchLimits {
    std::size_t state_bytes = std::size_t{32} << 20U;       // of streams that are ready
    std::size_t compressed_bytes = std::size_t{32} << 20U;  // of those that are not
};

class StreamSearch {
  public:
    // `index` for the reads in which a match began: its published entries. All outlive this.
    StreamSearch(std::shared_ptr<const StreamPattern> pattern,
                 const ReadIndex& index,
                 MatchStore& matches,
                 StreamSearchLimits limits = {});
    ~StreamSearch();
    StreamSearch(const StreamSearch&) = delete;
    StreamSearch& operator=(const StreamSearch&) = delete;

    // Bytes of the read at `position`, from `offset_in_read` on: every byte of a stream once, in order.
    void feed(std::uint64_t position,
              const ReadEntry& entry,
              std::uint32_t offset_in_read,
              std::span<const std::uint8_t> bytes);
    // The stream of that entry lacks bytes here: a gap, or a read that cannot be read any more. No match spans it.
    void cut(const ReadEntry& entry);

    // Streams whose state was given up because there were too many: a match across the next read of such a one may be missing.
    [[nodiscard]] std::uint64_t forgotten() const;
    [[nodiscard]] std::size_t memory_bytes() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace net::capture
