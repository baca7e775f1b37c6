#include "net/bytes/framing.h"

#include "net/bytes/escapes.h"
#include "net/bytes/framing_plan.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace net::bytes {

namespace {

constexpr std::uint64_t kMostUnseenFrames = 65536;

std::string bytes_text(std::uint64_t bytes) {
    return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

std::optional<std::string> check_delimiters(const Framing& framing) {
    const std::string accepted = "; 1 to " + std::to_string(kMostDelimiters) +
                                 " delimiters of 1 to " + bytes_text(kMostDelimiterBytes) +
                                 " are accepted";
    if (framing.delimiters.empty()) return "no delimiter is given" + accepted;
    if (framing.delimiters.size() > kMostDelimiters)
        return std::to_string(framing.delimiters.size()) + " delimiters are given" + accepted;
    for (const auto& delimiter : framing.delimiters) {
        if (delimiter.empty() || delimiter.size() > kMostDelimiterBytes)
            return "a delimiter of " + bytes_text(delimiter.size()) + " is given" + accepted;
    }
    return std::nullopt;
}

std::optional<std::string> check_lengths(const Framing& framing) {
    if (framing.most_message_bytes == 0 || framing.most_message_bytes > kMostMessageBytes) {
        return "the greatest length is " + std::to_string(framing.most_message_bytes) + "; 1 to " +
               std::to_string(kMostMessageBytes) + " is accepted";
    }
    if (framing.kind == FramingKind::kLeb128) return std::nullopt;
    const std::uint8_t size = framing.length_bytes;
    if (size != 1 && size != 2 && size != 4 && size != 8)
        return "a length of " + bytes_text(size) + " is given; 1, 2, 4 and 8 are accepted";
    if (framing.length_offset > kMostLengthOffset) {
        return "the length stands behind " + bytes_text(framing.length_offset) + "; 0 to " +
               std::to_string(kMostLengthOffset) + " is accepted";
    }
    return std::nullopt;
}

std::string idle_text(std::int64_t ns) {
    constexpr std::int64_t kMicrosecond = 1000;
    constexpr std::int64_t kMillisecond = 1'000'000;
    constexpr std::int64_t kSecond = 1'000'000'000;
    if (ns % kSecond == 0) return std::to_string(ns / kSecond) + " s";
    if (ns % kMillisecond == 0) return std::to_string(ns / kMillisecond) + " ms";
    if (ns % kMicrosecond == 0) return std::to_string(ns / kMicrosecond) + " us";
    return std::to_string(ns) + " ns";
}

std::string delimiters_text(const Framing& framing) {
    std::string text = framing.delimiters.size() == 1 ? "delimiter" : "delimiters";
    for (std::size_t i = 0; i < framing.delimiters.size(); ++i)
        text += (i == 0 ? " " : ", ") + to_hex(framing.delimiters[i]);
    return text;
}

std::string length_text(const Framing& framing) {
    std::string text = "length u" + std::to_string(8 * unsigned{framing.length_bytes});
    if (framing.length_bytes > 1) text += framing.is_big_endian ? " big-endian" : " little-endian";
    text += " at " + std::to_string(framing.length_offset);
    if (framing.counts_itself && framing.counts_before) {
        text += ", counts the whole message";
    } else if (framing.counts_itself) {
        text += ", counts itself";
    } else if (framing.counts_before) {
        text += ", counts what is before it";
    }
    return text;
}

// What an encoding makes of the bytes between header and trailer.
std::vector<std::uint8_t> decode_slip(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> decoded;
    decoded.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::uint8_t byte = bytes[i];
        if (byte == 0xDB && i + 1 < bytes.size()) {
            byte = bytes[++i];
            if (byte == 0xDC)
                byte = 0xC0;
            else if (byte == 0xDD)
                byte = 0xDB;
        }
        decoded.push_back(byte);
    }
    return decoded;
}

std::vector<std::uint8_t> decode_cobs(std::span<const std::uint8_t> bytes) {
    std::vector<std::uint8_t> decoded;
    decoded.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size();) {
        const std::uint8_t code = bytes[i++];
        const std::size_t size = std::min<std::size_t>(code == 0 ? 0 : code - 1U, bytes.size() - i);
        decoded.insert(decoded.end(), bytes.begin() + static_cast<std::ptrdiff_t>(i),
                       bytes.begin() + static_cast<std::ptrdiff_t>(i + size));
        i += size;
        if (code != 0xFF && i < bytes.size()) decoded.push_back(0);
    }
    return decoded;
}

}  // namespace

std::optional<std::string> check(const Framing& framing) {
    switch (framing.kind) {
        case FramingKind::kNone:
        case FramingKind::kSlip:
        case FramingKind::kCobs: return std::nullopt;
        case FramingKind::kDelimiter: return check_delimiters(framing);
        case FramingKind::kFixed:
            if (framing.fixed_bytes > 0 && framing.fixed_bytes <= kMostMessageBytes)
                return std::nullopt;
            return "a fixed length of " + bytes_text(framing.fixed_bytes) + " is given; 1 to " +
                   std::to_string(kMostMessageBytes) + " is accepted";
        case FramingKind::kLengthPrefix:
        case FramingKind::kLeb128: return check_lengths(framing);
        case FramingKind::kIdleGap:
            if (framing.idle_gap_ns > 0 && framing.idle_gap_ns <= kMostIdleGapNs)
                return std::nullopt;
            return "an idle time of " + idle_text(framing.idle_gap_ns) + " is given; 1 ns to " +
                   idle_text(kMostIdleGapNs) + " is accepted";
    }
    return "there is no such framing";
}

std::string describe(const Framing& framing) {
    switch (framing.kind) {
        case FramingKind::kNone: break;
        case FramingKind::kDelimiter: return delimiters_text(framing);
        case FramingKind::kFixed: return "fixed " + bytes_text(framing.fixed_bytes);
        case FramingKind::kLengthPrefix: return length_text(framing);
        case FramingKind::kLeb128: return "length LEB128";
        case FramingKind::kIdleGap: return "idle " + idle_text(framing.idle_gap_ns);
        case FramingKind::kSlip: return "SLIP";
        case FramingKind::kCobs: return "COBS";
    }
    return "each read";
}

std::vector<std::uint8_t> payload(const Framing& framing,
                                  const Frame& frame,
                                  std::span<const std::uint8_t> frame_bytes) {
    const std::uint64_t ends = std::uint64_t{frame.header_bytes} + frame.trailer_bytes;
    if (frame.bytes < ends) return {};
    frame_bytes = frame_bytes.first(
        std::min<std::uint64_t>(frame_bytes.size(), frame.bytes - frame.trailer_bytes));
    frame_bytes =
        frame_bytes.subspan(std::min<std::size_t>(frame_bytes.size(), frame.header_bytes));
    if (framing.kind == FramingKind::kSlip) return decode_slip(frame_bytes);
    if (framing.kind == FramingKind::kCobs) return decode_cobs(frame_bytes);
    return {frame_bytes.begin(), frame_bytes.end()};
}

Framer::Plan::Plan(const Framing& given) : framing(check(given) ? Framing{} : given) {
    if (framing.kind == FramingKind::kDelimiter) {
        longest_first = framing.delimiters;
        std::stable_sort(longest_first.begin(), longest_first.end(),
                         [](const auto& a, const auto& b) { return a.size() > b.size(); });
        for (const auto& delimiter : longest_first) {
            if (std::exchange(is_first_byte[delimiter.front()], true)) continue;
            first_bytes.push_back(delimiter.front());
        }
    }
    header_bytes = framing.length_offset + framing.length_bytes;
    counted_header_bytes = (framing.counts_itself ? framing.length_bytes : std::uint64_t{0}) +
                           (framing.counts_before ? framing.length_offset : std::uint64_t{0});
}

Framer::Framer(const Framing& framing) : plan_(std::make_shared<const Plan>(framing)) {}

std::uint64_t Framer::unseen_bytes() const {
    switch (plan_->framing.kind) {
        case FramingKind::kNone:
        case FramingKind::kIdleGap: return std::numeric_limits<std::uint64_t>::max();
        // As many as one likes, but of tiny frames not more than one wants to be told at once.
        case FramingKind::kFixed:
            return std::max(plan_->framing.fixed_bytes - bytes_, kMostUnseenFrames);
        case FramingKind::kLengthPrefix:
        case FramingKind::kLeb128: return left_;
        case FramingKind::kDelimiter:
        case FramingKind::kSlip:
        case FramingKind::kCobs: break;
    }
    return 0;
}

std::uint64_t Framer::held_bytes() const {
    switch (plan_->framing.kind) {
        case FramingKind::kDelimiter: return held_size_;
        case FramingKind::kLengthPrefix:
        case FramingKind::kLeb128: return left_ > 0 ? 0 : header_bytes_;
        default: return 0;
    }
}

std::optional<Frame> Framer::pending() const {
    if (bytes_ == 0) return std::nullopt;
    if (bad_bytes_ > 0) return Frame{.bytes = bytes_, .status = FrameStatus::kBadLength};
    return Frame{
        .bytes = bytes_, .header_bytes = header_bytes_, .status = FrameStatus::kIncomplete};
}

std::size_t Framer::take(Input& input, std::int64_t time_ns, bool is_first, Batch& batch) {
    switch (plan_->framing.kind) {
        case FramingKind::kNone: break;
        case FramingKind::kDelimiter: return take_delimited(input, batch);
        case FramingKind::kFixed: return take_fixed(input, batch);
        case FramingKind::kLengthPrefix: return take_length_prefixed(input, batch);
        case FramingKind::kLeb128: return take_leb128(input, batch);
        case FramingKind::kIdleGap: return take_idle_gap(input, time_ns, is_first, batch);
        case FramingKind::kSlip: return take_slip(input, batch);
        case FramingKind::kCobs: return take_cobs(input, batch);
    }
    batch[0] = {.bytes = input.size};
    input.drop(input.size);
    return 1;
}

std::size_t Framer::take_fixed(Input& input, Batch& batch) {
    const std::uint64_t whole = plan_->framing.fixed_bytes;
    std::size_t count = 0;
    while (input.size > 0 && count < batch.size()) {
        const std::uint64_t taken = std::min(whole - bytes_, input.size);
        bytes_ += taken;
        input.drop(taken);
        if (bytes_ < whole) break;
        batch[count++] = {.bytes = std::exchange(bytes_, 0)};
    }
    return count;
}

std::size_t Framer::take_idle_gap(Input& input, std::int64_t time_ns, bool is_first, Batch& batch) {
    if (input.size == 0) return 0;
    std::size_t count = 0;
    const auto idle = static_cast<std::uint64_t>(plan_->framing.idle_gap_ns);
    // Clocks are set: a span may be negative, and longer than 64 bits hold.
    const bool is_idle =
        time_ns > last_time_ns_ &&
        static_cast<std::uint64_t>(time_ns) - static_cast<std::uint64_t>(last_time_ns_) >= idle;
    if (is_first && bytes_ > 0 && is_idle) batch[count++] = {.bytes = std::exchange(bytes_, 0)};
    last_time_ns_ = time_ns;
    bytes_ += input.size;
    input.drop(input.size);
    return count;
}

std::size_t Framer::take_rest(FrameStatus status, Batch& batch) {
    std::size_t count = plan_->framing.kind == FramingKind::kDelimiter ? settle_held(batch) : 0;
    if (std::optional<Frame> rest = pending()) {
        const FramingKind kind = plan_->framing.kind;
        const bool is_whole =
            // Nothing follows for however long.
            (kind == FramingKind::kIdleGap && status == FrameStatus::kCutByEnd) ||
            // Nothing had begun.
            ((kind == FramingKind::kSlip || kind == FramingKind::kCobs) && header_bytes_ == bytes_);
        if (rest->status == FrameStatus::kIncomplete)
            rest->status = is_whole ? FrameStatus::kWhole : status;
        batch[count++] = *rest;
    }
    bytes_ = bad_bytes_ = left_ = window_ = 0;
    header_bytes_ = 0;
    held_size_ = 0;
    is_escaped_ = is_bad_ = false;
    return count;
}

}  // namespace net::bytes
