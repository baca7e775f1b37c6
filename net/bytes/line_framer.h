// Text as lines, for a view that breaks it into rows: a line ends after its LF (CR LF stays together), or, where it gets too long, at a character's end.
//
// Fed and asked like a Framer (framing.h), with the same promise: every byte belongs to exactly one line, wherever reads were cut. A line break is the frame's
// trailer; a line that was broken for its length has none and is kWhole as well.
//
// Thread: any; a LineFramer belongs to one at a time.
#pragma once

#include "net/bytes/framing.h"
#include "net/bytes/text_encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace net::bytes {

struct LineSplit {
    TextEncoding encoding = TextEncoding::kUtf8;
    // A line's text is at most so long, kLeastLineBytes to kMostLineBytes (others count as the nearest); its line break comes on top.
    std::uint32_t most_line_bytes = 4096;

    bool operator==(const LineSplit&) const = default;
};
inline constexpr std::uint32_t kLeastLineBytes = 16;
inline constexpr std::uint32_t kMostLineBytes = 1U << 20U;

class LineFramer {
  public:
    explicit LineFramer(const LineSplit& split);

    template <typename Sink>
    void feed(std::span<const std::uint8_t> bytes, Sink&& sink) {
        Batch batch;
        while (!bytes.empty()) {
            const std::size_t count = take(bytes, batch);
            for (std::size_t i = 0; i < count; ++i)
                sink(static_cast<const Frame&>(batch[i]));
        }
    }
    // Bytes are missing here, or the stream has ended: what is pending ends, kCutByGap or kCutByEnd.
    template <typename Sink>
    void gap(Sink&& sink) {
        cut(FrameStatus::kCutByGap, sink);
    }
    template <typename Sink>
    void end(Sink&& sink) {
        cut(FrameStatus::kCutByEnd, sink);
    }
    [[nodiscard]] std::optional<Frame> pending() const;
    [[nodiscard]] std::uint64_t held_bytes() const;

  private:
    using Batch = std::array<Frame, 64>;

    template <typename Sink>
    void cut(FrameStatus status, Sink&& sink) {
        Batch batch;
        const std::size_t count = take_rest(status, batch);
        for (std::size_t i = 0; i < count; ++i)
            sink(static_cast<const Frame&>(batch[i]));
    }

    // Takes bytes off the front until there are none or the batch is full; how many frames.
    std::size_t take(std::span<const std::uint8_t>& bytes, Batch& batch);
    bool take_quickly(std::span<const std::uint8_t>& bytes, Batch& batch, std::size_t& count);
    void take_cell(const TextCell& cell, Batch& batch, std::size_t& count);
    void end_line(std::uint32_t break_bytes, Batch& batch, std::size_t& count);
    std::size_t take_rest(FrameStatus status, Batch& batch);

    TextDecoder decoder_;  // what waits in it comes behind all that is counted below
    std::uint32_t most_line_bytes_;
    std::uint32_t line_bytes_ = 0;  // characters of the line so far
    std::uint8_t cr_bytes_ = 0;     // of these, the last so many are a CR
    std::uint8_t over_bytes_ = 0;   // a CR behind a full line: a line break if LF follows
};

}  // namespace net::bytes
