// One stream (a connection, a direction) on its way through a framer: which bytes of which reads become which records.
//
// A frame's end may be decided reads later than its last byte came, so the places of the bytes that are not decided yet (Framer::held_bytes) are kept: none, mostly.
// Thread: one. Memory: about 300 bytes a stream.
#pragma once

#include "net/bytes/framing.h"
#include "net/bytes/line_framer.h"
#include "net/capture/record_file.h"

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace app::jobs {

using AnyFramer = std::variant<net::bytes::Framer, net::bytes::LineFramer>;

class StreamSegments {
  public:
    using Records = std::vector<net::capture::SegmentRecord>;

    explicit StreamSegments(AnyFramer fresh) : framer_(std::move(fresh)) {}

    // So many of the next bytes need not be read.
    [[nodiscard]] std::uint64_t unseen_bytes() const;

    // What follows in the stream: bytes of the read at `position`, from `offset` in it. Ends are appended to `records`.
    struct Place {
        std::uint32_t position = 0;
        std::uint32_t offset = 0;
    };
    void feed(Place place,
              std::span<const std::uint8_t> bytes,
              std::int64_t time_ns,
              Records& records);
    void feed_unseen(Place place, std::uint64_t bytes, std::int64_t time_ns, Records& records);
    // Bytes that should be there and cannot be read: a record of their own, as far as they follow each other.
    void lost(Place place, std::uint64_t bytes, Records& records);
    // A gap of the index.
    void gap(std::uint32_t position, Records& records);
    // Nothing follows.
    void end(Records& records);

    // What has begun and not ended.
    [[nodiscard]] std::optional<net::capture::SegmentRecord> pending() const;

  private:
    // Bytes of a read, as they lie in the stream.
    struct Piece {
        Place place{};
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
    };
    void begin_piece(Place place, std::uint64_t bytes, Records& records);
    void end_piece();
    void tell(const net::bytes::Frame& frame, Records& records);
    // What is pending ends, `as_end` or as by a gap; so do lost bytes.
    void cut(bool as_end, Records& records);

    AnyFramer framer_;
    std::uint64_t fed_ = 0;   // of the stream, with the current piece
    std::uint64_t told_ = 0;  // of these in records
    Place begin_;             // of the byte at told_, unless that is fed_
    Piece current_;
    std::vector<Piece> held_;  // the pieces before the current one in which a frame may yet end
    std::uint64_t lost_bytes_ = 0;
    Place lost_begin_;
};

}  // namespace app::jobs
