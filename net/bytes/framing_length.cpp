#include "net/bytes/framing_plan.h"

#include <algorithm>
#include <utility>

namespace net::bytes {

namespace {

// .NET's Read7BitEncodedInt: 32 bits in at most five bytes, so of the fifth only four bits may be set.
constexpr std::uint32_t kMostLeb128Bytes = 5;
constexpr std::uint8_t kMostFifthByte = 0x0F;

}  // namespace

// The body of a message whose length is known. True: there is none (any more).
bool Framer::take_body(Input& input, Batch& batch, std::size_t& count) {
    if (left_ == 0) return true;
    const std::uint64_t taken = std::min(left_, input.size);
    bytes_ += taken;
    left_ -= taken;
    input.drop(taken);
    if (left_ > 0) return false;
    batch[count++] = {.bytes = std::exchange(bytes_, 0),
                      .header_bytes = std::exchange(header_bytes_, 0)};
    return true;
}

// The last header_bytes_ are the header of a message; what stood before them is none.
void Framer::accept_header(std::uint64_t body_bytes, Batch& batch, std::size_t& count) {
    if (bad_bytes_ > 0) {
        batch[count++] = {.bytes = bad_bytes_, .status = FrameStatus::kBadLength};
        bytes_ -= std::exchange(bad_bytes_, 0);
    }
    left_ = body_bytes;
    if (left_ > 0) return;
    batch[count++] = {.bytes = std::exchange(bytes_, 0),
                      .header_bytes = std::exchange(header_bytes_, 0)};
}

std::size_t Framer::take_length_prefixed(Input& input, Batch& batch) {
    const Framing& framing = plan_->framing;
    const unsigned unused_bits = 64 - 8U * framing.length_bytes;
    std::size_t count = 0;
    // A turn tells three frames at most: a message that ends, a bad one, and a message without body.
    while (input.size > 0 && count + 3 <= batch.size()) {
        if (!take_body(input, batch, count)) break;
        if (header_bytes_ < framing.length_offset) {
            const auto taken = static_cast<std::uint32_t>(
                std::min<std::uint64_t>(framing.length_offset - header_bytes_, input.size));
            header_bytes_ += taken;
            bytes_ += taken;
            input.drop(taken);
        }
        for (; input.size > 0; input.drop(1)) {
            const std::uint64_t byte = *input.data;
            window_ = framing.is_big_endian ? window_ << 8U | byte : window_ >> 8U | byte << 56U;
            ++header_bytes_;
            ++bytes_;
            if (header_bytes_ < plan_->header_bytes) continue;
            const std::uint64_t length = framing.is_big_endian
                                             ? window_ << unused_bits >> unused_bits
                                             : window_ >> unused_bits;
            if (length <= framing.most_message_bytes && length >= plan_->counted_header_bytes) {
                input.drop(1);
                accept_header(length - plan_->counted_header_bytes, batch, count);
                break;
            }
            ++bad_bytes_;
            --header_bytes_;
        }
    }
    return count;
}

std::size_t Framer::take_leb128(Input& input, Batch& batch) {
    std::size_t count = 0;
    while (input.size > 0 && count + 3 <= batch.size()) {
        if (!take_body(input, batch, count)) break;
        if (input.size == 0) break;
        const std::uint8_t byte = *input.data;
        input.drop(1);
        held_[header_bytes_++] = byte;
        ++bytes_;
        const bool goes_on = (byte & 0x80U) != 0;
        // All but the last go on, so what is left when the first one is dropped ends at the same byte.
        while (header_bytes_ > 0) {
            const bool is_too_long = header_bytes_ == kMostLeb128Bytes && byte > kMostFifthByte;
            if (goes_on && !is_too_long) break;
            std::uint64_t length = 0;
            for (std::uint32_t i = header_bytes_; i-- > 0;)
                length = length << 7U | (held_[i] & 0x7FU);
            if (!is_too_long && length <= plan_->framing.most_message_bytes) {
                accept_header(length, batch, count);
                break;
            }
            ++bad_bytes_;
            --header_bytes_;
            std::copy_n(held_.begin() + 1, header_bytes_, held_.begin());
        }
    }
    return count;
}

}  // namespace net::bytes
