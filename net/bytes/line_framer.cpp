#include "net/bytes/line_framer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace net::bytes {

namespace {

// Cells that one byte may complete, and lines that a cell may end.
constexpr std::size_t kMostFramesAByte = 8;
// A line feed is looked for so far, and so much is left behind at once; below the least it is not worth it.
constexpr std::size_t kQuickBytes = 4096;
constexpr std::size_t kLeastQuickBytes = 64;
// Where a sure boundary is looked for.
constexpr std::size_t kBoundaryBytes = 256;

bool is_utf16(TextEncoding encoding) {
    return encoding == TextEncoding::kUtf16Le || encoding == TextEncoding::kUtf16Be;
}

std::size_t unit_bytes(TextEncoding encoding) {
    return is_utf16(encoding) ? 2 : 1;
}

// Whether the unit at `at`, where a character begins, is this control character. None of the encodings has these bytes inside another character.
bool is_control(TextEncoding encoding, const std::uint8_t* at, std::uint8_t control) {
    if (encoding == TextEncoding::kUtf16Le) return at[0] == control && at[1] == 0;
    if (encoding == TextEncoding::kUtf16Be) return at[0] == 0 && at[1] == control;
    return at[0] == control;
}

// Where the first LF is, from a character's beginning on; bytes.size(): nowhere.
std::size_t find_line_feed(TextEncoding encoding, std::span<const std::uint8_t> bytes) {
    const std::size_t unit = unit_bytes(encoding);
    for (std::size_t at = 0; at < bytes.size();) {
        const void* const found = std::memchr(bytes.data() + at, '\n', bytes.size() - at);
        if (found == nullptr) break;
        const auto place =
            static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
        const std::size_t begin = place - place % unit;
        if (begin + unit <= bytes.size() && is_control(encoding, bytes.data() + begin, '\n'))
            return begin;
        at = place + 1;
    }
    return bytes.size();
}

std::uint32_t most_of(const LineSplit& split) {
    const std::uint32_t most = std::clamp(split.most_line_bytes, kLeastLineBytes, kMostLineBytes);
    // Then no line ends between the two bytes of a unit.
    return is_utf16(split.encoding) ? most & ~1U : most;
}

}  // namespace

LineFramer::LineFramer(const LineSplit& split)
    : decoder_(split.encoding),
      most_line_bytes_(most_of(split)) {}

std::uint64_t LineFramer::held_bytes() const {
    return decoder_.waiting_bytes() + over_bytes_;
}

std::optional<Frame> LineFramer::pending() const {
    const std::uint64_t bytes = line_bytes_ + held_bytes();
    if (bytes == 0) return std::nullopt;
    return Frame{.bytes = bytes, .status = FrameStatus::kIncomplete};
}

void LineFramer::end_line(std::uint32_t break_bytes, Batch& batch, std::size_t& count) {
    batch[count++] = {.bytes = std::exchange(line_bytes_, 0), .trailer_bytes = break_bytes};
    cr_bytes_ = 0;
}

void LineFramer::take_cell(const TextCell& cell, Batch& batch, std::size_t& count) {
    const bool is_line_feed = cell.is_valid && cell.code_point == U'\n';
    const bool is_return = cell.is_valid && cell.code_point == U'\r';
    if (over_bytes_ > 0) {
        const std::uint8_t over = std::exchange(over_bytes_, 0);
        if (!is_line_feed) end_line(0, batch, count);
        line_bytes_ += over;
        cr_bytes_ = over;
    }
    if (is_line_feed) {
        line_bytes_ += cell.bytes;
        end_line(cr_bytes_ + std::uint32_t{cell.bytes}, batch, count);
        return;
    }
    if (line_bytes_ + cell.bytes > most_line_bytes_) {
        if (is_return) {
            over_bytes_ = cell.bytes;
            return;
        }
        end_line(0, batch, count);
    }
    line_bytes_ += cell.bytes;
    cr_bytes_ = is_return ? cell.bytes : 0;
}

// From a character's beginning: up to a line break, or to a place where surely a character begins. False: that is not so easy here.
bool LineFramer::take_quickly(std::span<const std::uint8_t>& bytes,
                              Batch& batch,
                              std::size_t& count) {
    const TextEncoding encoding = decoder_.encoding();
    const std::size_t unit = unit_bytes(encoding);
    const std::size_t room = std::min<std::size_t>(
        most_line_bytes_ - std::min(line_bytes_, most_line_bytes_), kQuickBytes);
    const auto near = bytes.first(std::min(bytes.size(), room + 2 * unit));
    if (const std::size_t line_feed = find_line_feed(encoding, near); line_feed != near.size()) {
        std::size_t cr = line_feed == 0 ? cr_bytes_ : 0;
        if (line_feed >= unit && is_control(encoding, bytes.data() + line_feed - unit, '\r'))
            cr = unit;
        if (line_feed > room + (line_feed == 0 ? 0 : cr)) return false;
        line_bytes_ += static_cast<std::uint32_t>(line_feed + unit);
        end_line(static_cast<std::uint32_t>(cr + unit), batch, count);
        bytes = bytes.subspan(line_feed + unit);
        return true;
    }
    const std::size_t size = std::min(bytes.size(), room);
    if (size < kLeastQuickBytes) return false;
    const std::size_t skipped = size - std::min(size, kBoundaryBytes);
    const auto boundary = sure_boundary(encoding, bytes.subspan(skipped, size - skipped), skipped);
    if (!boundary || skipped + *boundary == 0) return false;
    const std::size_t taken = skipped + *boundary;
    const bool ends_with_return =
        taken >= unit && is_control(encoding, bytes.data() + taken - unit, '\r');
    line_bytes_ += static_cast<std::uint32_t>(taken);
    cr_bytes_ = static_cast<std::uint8_t>(ends_with_return ? unit : 0);
    bytes = bytes.subspan(taken);
    return true;
}

std::size_t LineFramer::take(std::span<const std::uint8_t>& bytes, Batch& batch) {
    std::size_t count = 0;
    std::vector<TextCell> cells;
    while (!bytes.empty() && count + kMostFramesAByte <= batch.size()) {
        if (held_bytes() == 0 && take_quickly(bytes, batch, count)) continue;
        for (std::size_t i = 0;
             i < kLeastQuickBytes && !bytes.empty() && count + kMostFramesAByte <= batch.size();
             ++i) {
            cells.clear();
            decoder_.decode(bytes.first(1), cells);
            bytes = bytes.subspan(1);
            for (const TextCell& cell : cells)
                take_cell(cell, batch, count);
        }
    }
    return count;
}

std::size_t LineFramer::take_rest(FrameStatus status, Batch& batch) {
    std::size_t count = 0;
    std::vector<TextCell> cells;
    decoder_.finish(cells);
    decoder_.reset();
    for (const TextCell& cell : cells)
        take_cell(cell, batch, count);
    if (over_bytes_ > 0) {
        end_line(0, batch, count);
        line_bytes_ = std::exchange(over_bytes_, 0);
    }
    if (line_bytes_ > 0) {
        end_line(0, batch, count);
        batch[count - 1].status = status;
    }
    return count;
}

}  // namespace net::bytes
