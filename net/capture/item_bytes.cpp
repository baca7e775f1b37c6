#include "net/capture/item_bytes.h"

#include <algorithm>
#include <cerrno>

namespace net::capture {

namespace {

// Reads of the other direction that may lie between two of one, before a search is quicker than going on.
constexpr std::uint64_t kMostSteps = 64;

}  // namespace

std::optional<ReadIndex::StreamRead> ItemBytes::read_with(const Item& item,
                                                          std::uint64_t offset) const {
    if (item.begin.position >= index_.size()) return std::nullopt;
    const ReadEntry& first = index_.entry(item.begin.position);
    if (item.begin.offset + offset < first.size()) {
        return ReadIndex::StreamRead{.position = item.begin.position,
                                     .number = index_.number_in_connection(item.begin.position),
                                     .stream_offset = item.stream_offset - item.begin.offset};
    }
    return index_.find_in_stream(first.connection_slot, item.direction,
                                 item.stream_offset + offset);
}

std::optional<ReadIndex::StreamRead> ItemBytes::read_after(
    const Item& item, const ReadIndex::StreamRead& read) const {
    const ReadEntry& entry = index_.entry(read.position);
    const std::uint64_t stream_offset = read.stream_offset + entry.stream_bytes();
    const std::uint64_t reads = index_.size_of_slot(entry.connection_slot);
    const std::uint64_t end = std::min(reads, read.number + kMostSteps);
    for (std::uint64_t number = read.number + 1; number < end; ++number) {
        const std::uint64_t position = index_.position_of_slot(entry.connection_slot, number);
        const ReadEntry& next = index_.entry(position);
        if (next.direction() == item.direction && next.stream_bytes() > 0)
            return ReadIndex::StreamRead{
                .position = position, .number = number, .stream_offset = stream_offset};
    }
    return index_.find_in_stream(entry.connection_slot, item.direction, stream_offset);
}

std::int64_t ItemBytes::read(const Item& item,
                             std::uint64_t offset,
                             std::span<std::uint8_t> out) const {
    if (offset >= item.bytes) return 0;
    out = out.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), item.bytes - offset)));
    std::size_t done = 0;
    int error = 0;
    for (std::optional<ReadIndex::StreamRead> read = read_with(item, offset);
         done < out.size() && error == 0; read = read_after(item, *read)) {
        if (!read || index_.entry(read->position).is_gap()) {
            error = ENODATA;
            break;
        }
        const ReadEntry& entry = index_.entry(read->position);
        const std::uint64_t begin = item.stream_offset + offset + done - read->stream_offset;
        const auto wanted = static_cast<std::size_t>(
            std::min<std::uint64_t>(out.size() - done, entry.size() - begin));
        const std::int64_t n =
            files_.read(entry.file(), entry.offset() + begin, out.subspan(done, wanted));
        if (n > 0) done += static_cast<std::size_t>(n);
        if (n < 0) error = static_cast<int>(-n);
        if (n >= 0 && static_cast<std::size_t>(n) < wanted) error = EIO;
        if (done == out.size()) break;
    }
    return done > 0 ? static_cast<std::int64_t>(done) : -error;
}

std::optional<BytePlace> ItemBytes::place(const Item& item, std::uint64_t offset) const {
    if (offset == 0) return item.begin;
    if (offset >= item.bytes) return std::nullopt;
    const std::optional<ReadIndex::StreamRead> read = read_with(item, offset);
    if (!read || index_.entry(read->position).is_gap()) return std::nullopt;
    return BytePlace{
        .position = read->position,
        .offset = static_cast<std::uint32_t>(item.stream_offset + offset - read->stream_offset)};
}

std::optional<std::uint64_t> ItemBytes::offset(const Item& item, BytePlace place) const {
    if (place == item.begin) return 0;
    if (place.position >= index_.size() || item.begin.position >= index_.size() ||
        place.position < item.begin.position) {
        return std::nullopt;
    }
    const ReadEntry& entry = index_.entry(place.position);
    const ReadEntry& first = index_.entry(item.begin.position);
    if (entry.connection_slot != first.connection_slot || entry.direction() != first.direction() ||
        place.offset >= entry.size()) {
        return std::nullopt;
    }
    const std::uint64_t offset =
        index_.at(place.position).stream_offset + place.offset - item.stream_offset;
    return offset < item.bytes ? std::optional{offset} : std::nullopt;
}

}  // namespace net::capture
