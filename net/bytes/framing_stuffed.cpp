// SLIP and COBS: encodings that keep one byte value for the end of a frame.
#include "net/bytes/framing_plan.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace net::bytes {

namespace {

// RFC 1055.
constexpr std::uint8_t kSlipEnd = 0xC0;
constexpr std::uint8_t kSlipEsc = 0xDB;
constexpr std::uint8_t kSlipEscEnd = 0xDC;
constexpr std::uint8_t kSlipEscEsc = 0xDD;

constexpr std::uint8_t kCobsEnd = 0;

bool is_escapable(std::uint8_t byte) {
    return byte == kSlipEscEnd || byte == kSlipEscEsc;
}

}  // namespace

// The ends of frames that stand before the next one's data. True: data follows in the input.
bool Framer::take_leading(Input& input, std::uint8_t end, Batch& batch, std::size_t& count) {
    if (bytes_ != header_bytes_) return true;
    while (input.size > 0 && *input.data == end) {
        if (header_bytes_ == kMostLeadingBytes) {
            if (count == batch.size()) return false;
            batch[count++] = {.bytes = kMostLeadingBytes, .header_bytes = kMostLeadingBytes};
            bytes_ = header_bytes_ = 0;
        }
        ++bytes_;
        ++header_bytes_;
        input.drop(1);
    }
    return input.size > 0;
}

// Takes data up to and with its `end`; `look` is shown it, and whether the end is there.
template <typename Look>
std::size_t Framer::take_stuffed(Input& input, std::uint8_t end, Batch& batch, Look&& look) {
    std::size_t count = 0;
    while (input.size > 0 && take_leading(input, end, batch, count) && count < batch.size()) {
        const void* const found = std::memchr(input.data, end, input.size);
        const std::uint64_t size =
            found == nullptr
                ? input.size
                : static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(found) - input.data);
        look(input.data, input.data + size, found != nullptr);
        bytes_ += size;
        input.drop(size);
        if (found == nullptr) break;
        input.drop(1);
        batch[count++] = {.bytes = std::exchange(bytes_, 0) + 1,
                          .header_bytes = std::exchange(header_bytes_, 0),
                          .trailer_bytes = 1,
                          .status = std::exchange(is_bad_, false) ? FrameStatus::kBadEscape
                                                                  : FrameStatus::kWhole};
    }
    return count;
}

std::size_t Framer::take_slip(Input& input, Batch& batch) {
    const auto look = [this](const std::uint8_t* at, const std::uint8_t* end, bool has_ended) {
        while (at != end) {
            if (is_escaped_) {
                is_bad_ = is_bad_ || !is_escapable(*at);
                ++at;
            }
            const void* const found = std::memchr(at, kSlipEsc, static_cast<std::size_t>(end - at));
            is_escaped_ = found != nullptr;
            at = found == nullptr ? end : static_cast<const std::uint8_t*>(found) + 1;
        }
        if (has_ended) is_bad_ = std::exchange(is_escaped_, false) || is_bad_;
    };
    return take_stuffed(input, kSlipEnd, batch, look);
}

std::size_t Framer::take_cobs(Input& input, Batch& batch) {
    const auto look = [this](const std::uint8_t* at, const std::uint8_t* end, bool has_ended) {
        while (at != end) {
            const std::uint64_t skipped = std::min(left_, static_cast<std::uint64_t>(end - at));
            at += skipped;
            left_ -= skipped;
            if (at != end) left_ = *at++ - 1U;
        }
        if (has_ended) is_bad_ = std::exchange(left_, 0) != 0;
    };
    return take_stuffed(input, kCobsEnd, batch, look);
}

}  // namespace net::bytes
