// libFuzzer's target for framers: every byte is in one frame, wherever the stream was cut, whatever need not be seen; gaps and ends leave nothing; a payload is no longer
// than its frame. The first bytes choose the framing and the cuts, the others are the stream.
#include "net/bytes/framing.h"
#include "net/bytes/line_framer.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <vector>

namespace {

using namespace net::bytes;
using Bytes = std::span<const std::uint8_t>;

void check(bool is_so, const char* what) {
    if (is_so) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// Bytes off the front as choices; zeros when there are none left.
class Choices {
  public:
    explicit Choices(Bytes& bytes) : bytes_(bytes) {}
    std::uint8_t next() {
        if (bytes_.empty()) return 0;
        const std::uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }

  private:
    Bytes& bytes_;
};

Framing chosen_framing(Choices& choices) {
    Framing framing;
    framing.kind = static_cast<FramingKind>(choices.next() % 9);  // one more than there are
    switch (framing.kind) {
        case FramingKind::kDelimiter:
            framing.delimiters.resize(choices.next() % (kMostDelimiters + 2));
            for (auto& delimiter : framing.delimiters) {
                delimiter.resize(choices.next() % 6 == 5
                                     ? choices.next() % (kMostDelimiterBytes + 2)
                                     : choices.next() % 5);
                for (std::uint8_t& byte : delimiter)
                    byte = choices.next();
            }
            break;
        case FramingKind::kFixed: framing.fixed_bytes = choices.next() % 100; break;
        case FramingKind::kLengthPrefix:
        case FramingKind::kLeb128: {
            framing.length_bytes = choices.next() % 10;
            const std::uint8_t bits = choices.next();
            framing.is_big_endian = (bits & 1U) != 0;
            framing.counts_itself = (bits & 2U) != 0;
            framing.counts_before = (bits & 4U) != 0;
            framing.length_offset = (bits & 8U) != 0 ? choices.next() * 5U : choices.next() % 4U;
            framing.most_message_bytes = std::uint64_t{1} << choices.next() % 42;
            break;
        }
        default: break;
    }
    return framing;
}

struct Found {
    std::vector<Frame> frames;
    std::optional<Frame> pending;
    bool operator==(const Found&) const = default;
};

// The stream in pieces of the sizes that `sizes` names in turn.
Found find(const Framing& framing, Bytes stream, Bytes sizes) {
    Framer framer(framing);
    Found found;
    std::uint64_t fed = 0;
    std::uint64_t told = 0;
    std::uint64_t decided = 0;
    const auto keep = [&](const Frame& frame) {
        told += frame.bytes;
        check(told >= decided && told <= fed, "a frame ends where it may");
        check(std::uint64_t{frame.header_bytes} + frame.trailer_bytes <= frame.bytes,
              "header and trailer are of the frame");
        check(frame.header_bytes < 1024 && frame.trailer_bytes < 1024, "they fit a record");
        check(frame.status != FrameStatus::kIncomplete, "a frame that is told has ended");
        found.frames.push_back(frame);
    };
    for (std::size_t i = 0; !stream.empty(); ++i) {
        std::size_t size = sizes.empty() ? stream.size() : sizes[i % sizes.size()];
        size = std::min(stream.size(), std::max<std::size_t>(size, 1));
        fed += size;
        if (framer.unseen_bytes() >= size) {
            framer.feed_unseen(size, 0, keep);
        } else {
            framer.feed(stream.first(size), 0, keep);
        }
        stream = stream.subspan(size);
        found.pending = framer.pending();
        check(told + (found.pending ? found.pending->bytes : 0) == fed, "no byte is lost");
        check(framer.held_bytes() <= (found.pending ? found.pending->bytes : 0),
              "what is held is pending");
        decided = fed - framer.held_bytes();
    }
    const std::size_t frames = found.frames.size();
    fed % 2 == 0 ? framer.gap(keep) : framer.end(keep);
    check(told == fed && !framer.pending() && framer.held_bytes() == 0, "a cut leaves nothing");
    found.frames.resize(frames);
    return found;
}

void check_payloads(const Framing& framing, const Found& found, Bytes stream) {
    for (const Frame& frame : found.frames) {
        const Bytes bytes = stream.first(static_cast<std::size_t>(frame.bytes));
        stream = stream.subspan(bytes.size());
        check(payload(framing, frame, bytes).size() <= bytes.size(), "a payload is no longer");
        check(payload(framing, frame, bytes.first(bytes.size() / 2)).size() <= bytes.size() / 2,
              "nor is that of a part");
    }
}

void check_lines(TextEncoding encoding, std::uint32_t most, Bytes stream, Bytes sizes) {
    const LineSplit split{.encoding = encoding, .most_line_bytes = most};
    const auto lines = [&](Bytes pieces) {
        LineFramer framer(split);
        Found found;
        std::uint64_t told = 0;
        const auto keep = [&](const Frame& frame) {
            told += frame.bytes;
            check(frame.trailer_bytes <= 4 && frame.trailer_bytes <= frame.bytes, "a line break");
            check(frame.bytes - frame.trailer_bytes <=
                      std::clamp(most, kLeastLineBytes, kMostLineBytes),
                  "a line is not too long");
            found.frames.push_back(frame);
        };
        Bytes left = stream;
        for (std::size_t i = 0; !left.empty(); ++i) {
            const std::size_t size = pieces.empty() ? left.size() : pieces[i % pieces.size()];
            const Bytes piece = left.first(std::min(left.size(), std::max<std::size_t>(size, 1)));
            left = left.subspan(piece.size());
            framer.feed(piece, keep);
        }
        framer.end(keep);
        check(told == stream.size() && !framer.pending(), "no byte of a line is lost");
        return found;
    };
    check(lines({}) == lines(sizes), "lines are the same however the stream was cut");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes bytes(data, size);
    Choices choices(bytes);
    const Framing framing = chosen_framing(choices);
    const std::uint8_t text = choices.next();
    const std::size_t cuts = std::min<std::size_t>(choices.next() % 16, bytes.size());
    const Bytes sizes = bytes.first(cuts);
    const Bytes stream = bytes.subspan(cuts);

    check(!describe(framing).empty(), "there are words for it");
    const bool is_about_reads = check(framing).has_value() || framing.kind == FramingKind::kNone ||
                                framing.kind == FramingKind::kIdleGap;
    const Found found = find(framing, stream, {});
    check_payloads(framing, found, stream);
    const Found cut = find(framing, stream, sizes);
    if (!is_about_reads) check(found == cut, "frames are the same however the stream was cut");
    check_lines(static_cast<TextEncoding>(text % kTextEncodings), 16U + text % 64U, stream, sizes);
    return 0;
}
