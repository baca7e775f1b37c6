#include "net/bytes/framing_plan.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace net::bytes {

namespace {

// With more different first bytes than this a look-up for each byte is quicker than a search for each of them.
constexpr std::size_t kMostSearches = 4;
// Several bytes are searched for in stretches: what one search finds early, the others need not look beyond.
constexpr std::size_t kStretchBytes = 1024;

const std::uint8_t* find(const std::uint8_t* begin, const std::uint8_t* end, std::uint8_t byte) {
    const void* const found = std::memchr(begin, byte, static_cast<std::size_t>(end - begin));
    return found == nullptr ? end : static_cast<const std::uint8_t*>(found);
}

}  // namespace

const std::uint8_t* Framer::Plan::candidate(const std::uint8_t* begin,
                                            const std::uint8_t* end) const {
    if (begin == end || is_first_byte[*begin]) return begin;
    if (first_bytes.size() == 1) return find(begin, end, first_bytes.front());
    if (first_bytes.size() > kMostSearches)
        return std::find_if(begin, end, [this](std::uint8_t byte) { return is_first_byte[byte]; });
    while (begin != end) {
        const std::uint8_t* const stretch =
            begin + std::min<std::ptrdiff_t>(end - begin, kStretchBytes);
        const std::uint8_t* nearest = stretch;
        for (const std::uint8_t byte : first_bytes)
            nearest = find(begin, nearest, byte);
        if (nearest != stretch) return nearest;
        begin = stretch;
    }
    return end;
}

std::size_t Framer::Plan::match(const std::uint8_t* at,
                                std::size_t size,
                                Follows what_follows) const {
    for (const auto& delimiter : longest_first) {
        const std::size_t compared = std::min(delimiter.size(), size);
        if (std::memcmp(delimiter.data(), at, compared) != 0) continue;
        if (compared == delimiter.size()) return compared;
        if (what_follows == Follows::kMore) return kNeedsMore;
    }
    return 0;
}

std::size_t Framer::take_delimited(Input& input, Batch& batch) {
    std::size_t count = held_size_ > 0 ? take_held_delimiter(input, batch) : 0;
    if (input.size == 0) return count;
    const std::uint8_t* begin = input.data;  // of the frame, or of its part in this input
    const std::uint8_t* const end = begin + input.size;
    const std::uint8_t* at = begin;
    while (count < batch.size()) {
        at = plan_->candidate(at, end);
        const auto left = static_cast<std::size_t>(end - at);
        const std::size_t size = left == 0 ? 0 : plan_->match(at, left, Plan::Follows::kMore);
        if (left == 0 || size == Plan::kNeedsMore) {
            held_size_ = static_cast<std::uint8_t>(left);
            std::copy(at, end, held_.begin());
            bytes_ += static_cast<std::uint64_t>(end - begin);
            input.drop(input.size);
            return count;
        }
        if (size == 0) {
            ++at;
            continue;
        }
        at += size;
        batch[count++] = {.bytes = bytes_ + static_cast<std::uint64_t>(at - begin),
                          .trailer_bytes = static_cast<std::uint32_t>(size)};
        bytes_ = 0;
        begin = at;
    }
    input.drop(input.size - static_cast<std::uint64_t>(end - begin));
    return count;
}

// Goes on at the held bytes, with as much of the input as decides about them. At most one frame a held byte, so the batch has room.
std::size_t Framer::take_held_delimiter(Input& input, Batch& batch) {
    static_assert(kMostDelimiterBytes <= std::tuple_size_v<Batch>);
    std::array<std::uint8_t, 2 * kMostDelimiterBytes> joined;
    const std::size_t held = held_size_;
    const std::size_t added = std::min<std::size_t>(input.size, kMostDelimiterBytes);
    std::copy_n(held_.begin(), held, joined.begin());
    std::copy_n(input.data, added, joined.begin() + held);
    const std::size_t size = held + added;

    std::size_t count = 0;
    std::uint64_t before = bytes_ - held;  // of the frame, before joined[begin]
    std::size_t begin = 0;
    std::size_t at = 0;
    while (at < held) {
        const std::size_t found = plan_->match(joined.data() + at, size - at, Plan::Follows::kMore);
        if (found == Plan::kNeedsMore) {
            // Then all of the input is among the joined.
            std::copy(joined.begin() + at, joined.begin() + size, held_.begin());
            held_size_ = static_cast<std::uint8_t>(size - at);
            bytes_ = before + (size - begin);
            input.drop(added);
            return count;
        }
        if (found == 0) {
            ++at;
            continue;
        }
        at += found;
        batch[count++] = {.bytes = before + (at - begin),
                          .trailer_bytes = static_cast<std::uint32_t>(found)};
        before = 0;
        begin = at;
    }
    held_size_ = 0;
    bytes_ = before + (at - begin);
    input.drop(at - held);
    return count;
}

// Nothing follows: what fits of the held bytes, fits.
std::size_t Framer::settle_held(Batch& batch) {
    std::size_t count = 0;
    std::uint64_t before = bytes_ - held_size_;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < held_size_;) {
        const std::size_t found =
            plan_->match(held_.data() + at, held_size_ - at, Plan::Follows::kNothing);
        if (found == 0) {
            ++at;
            continue;
        }
        at += found;
        batch[count++] = {.bytes = before + (at - begin),
                          .trailer_bytes = static_cast<std::uint32_t>(found)};
        before = 0;
        begin = at;
    }
    bytes_ = before + (held_size_ - begin);
    held_size_ = 0;
    return count;
}

}  // namespace net::bytes
