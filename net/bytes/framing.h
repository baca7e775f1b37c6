// Where messages begin and end in a stream of bytes: framing, as a view over bytes that are there already.
//
// A Framer is fed the bytes of one stream (one connection, one direction) in any pieces and tells frames. Frames follow each other without holes: every byte belongs
// to exactly one, whatever the bytes are. Where reads were cut does not matter, but for kNone and kIdleGap, which are about reads.
//
// The kinds, and how each finds its way back:
// - kDelimiter: a message ends with the first delimiter; of several that fit at a place the longest. Its bytes are the frame's trailer.
// - kLengthPrefix, kLeb128: a length that cannot be begins a bad frame; the next byte is tried as the beginning of a message, and so on, and the bad frame ends where
//   a length can be. So garbage of any size is one bad frame, and a stream that is joined in the middle of a message is in step again at the next header, however it lies.
//   LEB128 is what .NET's BinaryWriter.Write(string) puts before a string (Write7BitEncodedInt): 7 bits a byte, the lowest first, at most 5 bytes, the fifth at
//   most 0x0F (32 bits), as BinaryReader.Read7BitEncodedInt has it; longer ways to write a small number count as that number.
// - kSlip (RFC 1055): frames end with END (C0). ENDs before the first byte of data are the frame's header, at most kMostLeadingBytes of them: that many are
//   a frame of their own, without payload. ESC (DB) before anything but DC and DD makes the frame kBadEscape; payload() then leaves the byte alone, as the RFC advises.
// - kCobs (Cheshire and Baker, "Consistent Overhead Byte Stuffing", IEEE/ACM Transactions on Networking 7(2), 1999): frames end with 00, leading zeros as SLIP's ENDs.
//   A frame whose codes point beyond its end is kBadEscape.
// - kIdleGap: a message ends when the next read comes `idle_gap_ns` or more after the one before (and never when the clock was set back).
//
// Thread: any; a Framer belongs to one at a time. Errors: check() says what is wrong with a Framing; a Framer of one that check() refuses frames as kNone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace net::bytes {

enum class FramingKind : std::uint8_t {
    kNone,  // each read is a message
    kDelimiter,
    kFixed,
    kLengthPrefix,
    kLeb128,
    kIdleGap,
    kSlip,
    kCobs,
};

struct Framing {
    FramingKind kind = FramingKind::kNone;
    std::vector<std::vector<std::uint8_t>> delimiters{};  // kDelimiter
    std::uint64_t fixed_bytes = 0;                        // kFixed
    // kLengthPrefix. A message is `length_offset` bytes, the length, and what follows. The length counts what follows; with counts_itself its own bytes too, with
    // counts_before those before it (both: the whole message, as in TPKT; only the first: PostgreSQL's messages after their type).
    std::uint8_t length_bytes = 4;  // 1, 2, 4 or 8
    bool is_big_endian = true;
    bool counts_itself = false;
    bool counts_before = false;
    std::uint32_t length_offset = 0;
    // kLengthPrefix, kLeb128: a length, as it stands there, above this cannot be.
    std::uint64_t most_message_bytes = std::uint64_t{16} << 20U;
    std::int64_t idle_gap_ns = 20'000'000;  // kIdleGap

    bool operator==(const Framing&) const = default;
};

inline constexpr std::size_t kMostDelimiters = 16;
inline constexpr std::size_t kMostDelimiterBytes = 64;
inline constexpr std::uint32_t kMostLengthOffset = 1000;  // a frame's header is below 1,024 bytes
inline constexpr std::uint64_t kMostMessageBytes = std::uint64_t{1} << 40U;
inline constexpr std::int64_t kMostIdleGapNs = 3'600'000'000'000;
inline constexpr std::uint32_t kMostLeadingBytes = 255;

// A sentence without a full stop: what is wrong and what is accepted.
[[nodiscard]] std::optional<std::string> check(const Framing& framing);
// A few words: "delimiter 0d 0a", "length u16 big-endian at 2", "idle 20 ms", "each read".
[[nodiscard]] std::string describe(const Framing& framing);

enum class FrameStatus : std::uint8_t {
    kWhole,
    kIncomplete,  // only of Framer::pending(): it has begun and not ended
    kBadLength,   // bytes that are no message: no length that can be stands at any of them
    kBadEscape,   // SLIP, COBS: it has ended, but its inside is not what the encoding allows
    kCutByGap,    // bytes are missing behind it
    kCutByEnd,    // the stream has ended in it
};

struct Frame {
    std::uint64_t bytes = 0;  // all of it
    std::uint32_t header_bytes = 0;
    std::uint32_t trailer_bytes = 0;
    FrameStatus status = FrameStatus::kWhole;

    bool operator==(const Frame&) const = default;
};

// The message in a frame: without header, trailer and escapes. `frame_bytes` may be only a first part of the frame (what is in sight): then the payload of that part.
[[nodiscard]] std::vector<std::uint8_t> payload(const Framing& framing,
                                                const Frame& frame,
                                                std::span<const std::uint8_t> frame_bytes);

// Copies share what is made of the Framing, and a copy of one that was not fed begins afresh: for many streams make one and copy it (200 bytes, no allocation).
class Framer {
  public:
    explicit Framer(const Framing& framing);

    // Bytes that follow, of a read at `time_ns`. Calls sink(const Frame&) for each frame that ends in them; the last held_bytes() of what was fed before may
    // belong to frames after it.
    template <typename Sink>
    void feed(std::span<const std::uint8_t> bytes, std::int64_t time_ns, Sink&& sink) {
        run({.data = bytes.data(), .size = bytes.size()}, time_ns, sink);
    }
    // The next so many bytes decide nothing: they need not be read, feed_unseen() takes at most so many at once.
    [[nodiscard]] std::uint64_t unseen_bytes() const;
    template <typename Sink>
    void feed_unseen(std::uint64_t bytes, std::int64_t time_ns, Sink&& sink) {
        run({.data = nullptr, .size = bytes}, time_ns, sink);
    }

    // Bytes are missing here: what is pending ends, kCutByGap (but for what is known to be bad, or is whole as it stands).
    template <typename Sink>
    void gap(Sink&& sink) {
        cut(FrameStatus::kCutByGap, sink);
    }
    // The stream has ended: the same, kCutByEnd.
    template <typename Sink>
    void end(Sink&& sink) {
        cut(FrameStatus::kCutByEnd, sink);
    }

    // What has begun and not ended: kIncomplete, or kBadLength.
    [[nodiscard]] std::optional<Frame> pending() const;
    // A frame may yet end within so many of the last bytes that were fed; before those everything is decided.
    [[nodiscard]] std::uint64_t held_bytes() const;

  private:
    struct Plan;
    // Without data for feed_unseen().
    struct Input {
        const std::uint8_t* data = nullptr;
        std::uint64_t size = 0;
        void drop(std::uint64_t bytes) {
            if (data != nullptr) data += bytes;
            size -= bytes;
        }
    };
    // Frames are handed over in small batches, so that the sink is inlined and nothing is called a byte.
    using Batch = std::array<Frame, 64>;

    template <typename Sink>
    void run(Input input, std::int64_t time_ns, Sink&& sink) {
        Batch batch;
        std::size_t count = 0;
        bool is_first = true;
        do {
            count = take(input, time_ns, is_first, batch);
            is_first = false;
            for (std::size_t i = 0; i < count; ++i)
                sink(static_cast<const Frame&>(batch[i]));
        } while (count > 0 && input.size > 0);
    }
    template <typename Sink>
    void cut(FrameStatus status, Sink&& sink) {
        Batch batch;
        const std::size_t count = take_rest(status, batch);
        for (std::size_t i = 0; i < count; ++i)
            sink(static_cast<const Frame&>(batch[i]));
    }

    // Takes bytes off `input` until it is empty or the batch is full; how many frames.
    std::size_t take(Input& input, std::int64_t time_ns, bool is_first, Batch& batch);
    std::size_t take_fixed(Input& input, Batch& batch);
    std::size_t take_idle_gap(Input& input, std::int64_t time_ns, bool is_first, Batch& batch);
    std::size_t take_delimited(Input& input, Batch& batch);
    std::size_t take_held_delimiter(Input& input, Batch& batch);
    std::size_t take_length_prefixed(Input& input, Batch& batch);
    std::size_t take_leb128(Input& input, Batch& batch);
    std::size_t take_slip(Input& input, Batch& batch);
    std::size_t take_cobs(Input& input, Batch& batch);
    template <typename Look>
    std::size_t take_stuffed(Input& input, std::uint8_t end, Batch& batch, Look&& look);
    bool take_leading(Input& input, std::uint8_t end, Batch& batch, std::size_t& count);
    bool take_body(Input& input, Batch& batch, std::size_t& count);
    void accept_header(std::uint64_t body_bytes, Batch& batch, std::size_t& count);
    std::size_t take_rest(FrameStatus status, Batch& batch);
    std::size_t settle_held(Batch& batch);

    std::shared_ptr<const Plan> plan_;
    std::uint64_t bytes_ = 0;      // fed and in no frame yet
    std::uint64_t bad_bytes_ = 0;  // of these, the first so many are a bad frame
    std::uint64_t left_ = 0;       // until the message ends; COBS: until the next code
    std::uint64_t window_ = 0;     // the last bytes before here, where a length may stand
    std::int64_t last_time_ns_ = 0;
    std::uint32_t header_bytes_ = 0;  // so far; with lengths: after the bad ones
    std::uint8_t held_size_ = 0;
    bool is_escaped_ = false;
    bool is_bad_ = false;
    // kDelimiter: the last bytes, at each of which a delimiter may begin; kLeb128: the length's bytes.
    std::array<std::uint8_t, kMostDelimiterBytes> held_{};
};

}  // namespace net::bytes
