// What tests of framing share: streams fed in pieces, and a slow, obvious model that sees the whole stream at once.
#pragma once

#include "net/bytes/framing.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <ostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace net::bytes {

inline void PrintTo(const Frame& frame, std::ostream* out) {
    *out << frame.header_bytes << "+" << frame.bytes << "+" << frame.trailer_bytes << " status "
         << static_cast<int>(frame.status);
}

}  // namespace net::bytes

namespace framing_test {

using namespace net::bytes;
using Bytes = std::vector<std::uint8_t>;

inline Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

struct Framed {
    std::vector<Frame> frames;
    std::optional<Frame> pending;

    bool operator==(const Framed&) const = default;
};

inline void PrintTo(const Framed& framed, std::ostream* out) {
    for (const Frame& frame : framed.frames) {
        PrintTo(frame, out);
        *out << "; ";
    }
    if (framed.pending) {
        *out << "pending ";
        PrintTo(*framed.pending, out);
    }
}

// The stream in pieces that end at `cuts` (ascending, within the stream), all at one time.
inline Framed framed_in_pieces(const Framing& framing,
                               const Bytes& stream,
                               const std::vector<std::size_t>& cuts) {
    Framer framer(framing);
    Framed framed;
    const auto keep = [&](const Frame& frame) { framed.frames.push_back(frame); };
    std::size_t begin = 0;
    for (const std::size_t cut : cuts) {
        framer.feed(std::span(stream).subspan(begin, cut - begin), 0, keep);
        begin = cut;
    }
    framer.feed(std::span(stream).subspan(begin), 0, keep);
    framed.pending = framer.pending();
    return framed;
}

inline Framed framed(const Framing& framing, const Bytes& stream) {
    return framed_in_pieces(framing, stream, {});
}

inline std::vector<std::size_t> random_cuts(std::size_t size,
                                            std::size_t most,
                                            std::mt19937_64& random) {
    std::vector<std::size_t> cuts(random() % (most + 1));
    for (std::size_t& cut : cuts)
        cut = random() % (size + 1);
    std::sort(cuts.begin(), cuts.end());
    return cuts;
}

inline std::vector<std::size_t> every_cut(std::size_t size) {
    std::vector<std::size_t> cuts;
    for (std::size_t cut = 1; cut < size; ++cut)
        cuts.push_back(cut);
    return cuts;
}

inline std::uint64_t total_bytes(const Framed& framed) {
    std::uint64_t total = framed.pending ? framed.pending->bytes : 0;
    for (const Frame& frame : framed.frames)
        total += frame.bytes;
    return total;
}

// The model.

inline Framed model_delimited(const Framing& framing, const Bytes& stream) {
    const auto begins_with = [&](std::size_t at, const Bytes& delimiter) {
        return stream.size() - at >= delimiter.size() &&
               std::equal(delimiter.begin(), delimiter.end(),
                          stream.begin() + static_cast<std::ptrdiff_t>(at));
    };
    // All of the rest of the stream is the beginning of this delimiter, and not all of it.
    const auto may_begin = [&](std::size_t at, const Bytes& delimiter) {
        return stream.size() - at < delimiter.size() &&
               std::equal(stream.begin() + static_cast<std::ptrdiff_t>(at), stream.end(),
                          delimiter.begin());
    };
    Framed framed;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < stream.size();) {
        std::size_t longest = 0;
        bool is_open = false;
        for (const Bytes& delimiter : framing.delimiters) {
            if (begins_with(at, delimiter)) longest = std::max(longest, delimiter.size());
            is_open = is_open || may_begin(at, delimiter);
        }
        // Another one, which is longer than what is left, may begin here.
        if (is_open) break;
        if (longest == 0) {
            ++at;
            continue;
        }
        at += longest;
        framed.frames.push_back(
            {.bytes = at - begin, .trailer_bytes = static_cast<std::uint32_t>(longest)});
        begin = at;
    }
    if (begin < stream.size())
        framed.pending = Frame{.bytes = stream.size() - begin, .status = FrameStatus::kIncomplete};
    return framed;
}

inline Framed model_fixed(const Framing& framing, const Bytes& stream) {
    Framed framed;
    std::uint64_t left = stream.size();
    for (; left >= framing.fixed_bytes; left -= framing.fixed_bytes)
        framed.frames.push_back({.bytes = framing.fixed_bytes});
    if (left > 0) framed.pending = Frame{.bytes = left, .status = FrameStatus::kIncomplete};
    return framed;
}

// A header as it stands at a place.
struct Header {
    enum class Kind { kCutOff, kBad, kGood } kind;
    std::size_t bytes = 0;
    std::uint64_t body = 0;
};

inline Header length_at(const Framing& framing, const Bytes& stream, std::size_t at) {
    if (framing.kind == FramingKind::kLeb128) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            if (at + i == stream.size()) return {.kind = Header::Kind::kCutOff, .bytes = i};
            const std::uint64_t byte = stream[at + i];
            if (i == 4 && byte > 15) break;
            value += (byte % 128) << (7 * i);
            if (byte < 128) {
                if (value > framing.most_message_bytes) break;
                return {.kind = Header::Kind::kGood, .bytes = i + 1, .body = value};
            }
        }
        return {.kind = Header::Kind::kBad};
    }
    const std::size_t size = framing.length_offset + framing.length_bytes;
    if (stream.size() - at < size)
        return {.kind = Header::Kind::kCutOff, .bytes = stream.size() - at};
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < framing.length_bytes; ++i) {
        const std::size_t k = framing.is_big_endian ? i : framing.length_bytes - 1U - i;
        value = value * 256 + stream[at + framing.length_offset + k];
    }
    const std::uint64_t counted = (framing.counts_itself ? framing.length_bytes : 0U) +
                                  (framing.counts_before ? framing.length_offset : 0U);
    if (value > framing.most_message_bytes || value < counted) return {.kind = Header::Kind::kBad};
    return {.kind = Header::Kind::kGood, .bytes = size, .body = value - counted};
}

inline Framed model_with_lengths(const Framing& framing, const Bytes& stream) {
    Framed framed;
    std::size_t begin = 0;
    std::size_t at = 0;
    while (at < stream.size()) {
        const Header header = length_at(framing, stream, at);
        if (header.kind == Header::Kind::kBad) {
            ++at;
            continue;
        }
        if (header.kind == Header::Kind::kCutOff) break;
        if (at > begin)
            framed.frames.push_back({.bytes = at - begin, .status = FrameStatus::kBadLength});
        begin = at;
        if (stream.size() - at - header.bytes < header.body) {
            framed.pending = Frame{.bytes = stream.size() - at,
                                   .header_bytes = static_cast<std::uint32_t>(header.bytes),
                                   .status = FrameStatus::kIncomplete};
            return framed;
        }
        framed.frames.push_back({.bytes = header.bytes + header.body,
                                 .header_bytes = static_cast<std::uint32_t>(header.bytes)});
        at += header.bytes + header.body;
        begin = at;
    }
    if (at > begin) {
        framed.pending = Frame{.bytes = stream.size() - begin, .status = FrameStatus::kBadLength};
    } else if (begin < stream.size()) {
        framed.pending = Frame{.bytes = stream.size() - begin,
                               .header_bytes = static_cast<std::uint32_t>(stream.size() - begin),
                               .status = FrameStatus::kIncomplete};
    }
    return framed;
}

// The text between two ENDs as RFC 1055's own receiver would take it: is it as it should be?
inline bool is_good_slip(std::span<const std::uint8_t> data) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (data[i] != 0xDB) continue;
        ++i;
        if (i == data.size() || (data[i] != 0xDC && data[i] != 0xDD)) return false;
    }
    return true;
}

inline bool is_good_cobs(std::span<const std::uint8_t> data) {
    std::size_t at = 0;
    while (at < data.size())
        at += data[at];
    return at == data.size();
}

inline Framed model_stuffed(const Framing& framing, const Bytes& stream) {
    const std::uint8_t end = framing.kind == FramingKind::kSlip ? 0xC0 : 0;
    Framed framed;
    std::size_t begin = 0;
    while (begin < stream.size()) {
        std::size_t leading = 0;
        while (begin + leading < stream.size() && stream[begin + leading] == end)
            ++leading;
        for (; leading > kMostLeadingBytes; leading -= kMostLeadingBytes) {
            framed.frames.push_back(
                {.bytes = kMostLeadingBytes, .header_bytes = kMostLeadingBytes});
            begin += kMostLeadingBytes;
        }
        const std::size_t data = begin + leading;
        std::size_t data_end = data;
        while (data_end < stream.size() && stream[data_end] != end)
            ++data_end;
        Frame frame{.bytes = data_end - begin,
                    .header_bytes = static_cast<std::uint32_t>(leading),
                    .status = FrameStatus::kIncomplete};
        if (data_end == stream.size()) {
            framed.pending = frame;
            break;
        }
        const auto inside = std::span(stream).subspan(data, data_end - data);
        const bool is_good =
            framing.kind == FramingKind::kSlip ? is_good_slip(inside) : is_good_cobs(inside);
        frame.bytes += 1;
        frame.trailer_bytes = 1;
        frame.status = is_good ? FrameStatus::kWhole : FrameStatus::kBadEscape;
        framed.frames.push_back(frame);
        begin = data_end + 1;
    }
    return framed;
}

inline Framed model(const Framing& framing, const Bytes& stream) {
    switch (framing.kind) {
        case FramingKind::kDelimiter: return model_delimited(framing, stream);
        case FramingKind::kFixed: return model_fixed(framing, stream);
        case FramingKind::kLengthPrefix:
        case FramingKind::kLeb128: return model_with_lengths(framing, stream);
        case FramingKind::kSlip:
        case FramingKind::kCobs: return model_stuffed(framing, stream);
        case FramingKind::kNone:
        case FramingKind::kIdleGap: break;  // these are about reads
    }
    ADD_FAILURE() << "no model";
    return {};
}

}  // namespace framing_test
