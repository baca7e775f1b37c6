#include "app/ui/stream_context.h"

#include <algorithm>

namespace app::ui {

using net::capture::BytePlace;
using net::capture::ReadEntry;

std::uint64_t StreamContext::number_of(net::channel::ConnectionId connection,
                                       std::uint64_t position) const {
    std::uint64_t low = 0;
    std::uint64_t high = index_.size(connection);
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (index_.position(connection, middle) < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

std::size_t StreamContext::before(BytePlace place, std::span<std::uint8_t> out) const {
    if (place.position >= index_.size()) return 0;
    const net::capture::PlacedRead read = index_.at(place.position);
    const net::channel::Direction direction = read.entry.direction();
    std::uint64_t number = number_of(read.connection, place.position);
    ReadEntry entry = read.entry;
    std::uint64_t end = place.offset;  // of what is wanted of `entry`
    std::size_t got = 0;
    for (std::size_t looked = 0; looked < kMostReads && got < out.size(); ++looked) {
        if (entry.direction() == direction) {
            if (entry.is_gap()) break;
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(end, out.size() - got));
            const std::span<std::uint8_t> into = out.subspan(out.size() - got - count, count);
            if (count != 0 && files_.read(entry.file(), entry.offset() + end - count, into) !=
                                  static_cast<std::int64_t>(count))
                break;
            got += count;
        }
        if (number == 0) break;
        entry = index_.entry(index_.position(read.connection, --number));
        end = entry.size();
    }
    return got;
}

std::size_t StreamContext::after(BytePlace place, std::span<std::uint8_t> out) const {
    if (place.position >= index_.size()) return 0;
    const net::capture::PlacedRead read = index_.at(place.position);
    const net::channel::Direction direction = read.entry.direction();
    const std::uint64_t reads = index_.size(read.connection);
    std::uint64_t number = number_of(read.connection, place.position);
    ReadEntry entry = read.entry;
    std::uint64_t begin = place.offset;
    std::size_t got = 0;
    for (std::size_t looked = 0; looked < kMostReads && got < out.size(); ++looked) {
        if (entry.direction() == direction) {
            if (entry.is_gap()) break;
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(
                entry.size() - std::min<std::uint64_t>(begin, entry.size()), out.size() - got));
            if (count != 0 &&
                files_.read(entry.file(), entry.offset() + begin, out.subspan(got, count)) !=
                    static_cast<std::int64_t>(count))
                break;
            got += count;
        }
        if (++number >= reads) break;
        entry = index_.entry(index_.position(read.connection, number));
        begin = 0;
    }
    return got;
}

}  // namespace app::ui
