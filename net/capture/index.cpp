#include "net/capture/index.h"

#include <algorithm>

namespace net::capture {

namespace {

using channel::Direction;

}  // namespace

void ReadIndex::append(const channel::Recorded& read) {
    const std::uint32_t size = std::min(read.size, kMostEntrySize);
    append(read.connection,
           ReadEntry{
               .time_ns = read.time_ns,
               .place = (std::uint64_t{channel::number(read.file)} << kEntryOffsetBits) |
                        (read.offset & kMostEntryOffset),
               .size_and_kind = (size << 2U) | (read.direction == Direction::kSent ? 1U : 0U),
           });
}

void ReadIndex::append(const channel::StreamGap& gap) {
    append(gap.connection, ReadEntry{
                               .time_ns = gap.time_ns,
                               .place = gap.bytes,
                               .size_and_kind = gap.direction == Direction::kSent ? 3U : 2U,
                           });
}

void ReadIndex::append(channel::ConnectionId id, ReadEntry entry) {
    const auto [found, is_new] =
        slots_.try_emplace(channel::number(id), static_cast<std::uint32_t>(connections_.size()));
    const std::uint32_t slot = found->second;
    if (is_new) {
        connections_.push_back(PerConnection{});
        connections_[slot].connection = id;
    }
    PerConnection& connection = connections_[slot];

    const std::size_t k = connection.positions.size();
    if (k > 0 && k % kCheckpointReads == 0) {
        if (!connection.checkpoints) {
            connection.checkpoints = std::make_unique<SmallBlockArray<Checkpoint, 1>>();
            connection_bytes_ += sizeof(*connection.checkpoints);
        }
        connection_bytes_ -= connection.checkpoints->heap_bytes();
        connection.checkpoints->push_back(connection.total);
        connection_bytes_ += connection.checkpoints->heap_bytes();
    }
    // Blocks are taken at multiples of 4 only, so three of four appends need not ask.
    if (k % 4 == 0) connection_bytes_ -= connection.positions.heap_bytes();
    connection.positions.push_back(static_cast<std::uint32_t>(entries_.size()));
    if (k % 4 == 0) connection_bytes_ += connection.positions.heap_bytes();

    (entry.direction() == Direction::kSent ? connection.total.sent : connection.total.received) +=
        entry.stream_bytes();
    entry.connection_slot = slot;
    entries_.push_back(entry);
    published_.store(entries_.size(), std::memory_order_release);
}

std::uint64_t ReadIndex::size() const {
    return entries_.size();
}

std::uint64_t ReadIndex::number_in_connection(std::uint64_t position) const {
    const PerConnection& connection = connections_[entries_[position].connection_slot];
    std::size_t low = 0;
    std::size_t high = connection.positions.size();
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (connection.positions[middle] < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

PlacedRead ReadIndex::at(std::uint64_t position) const {
    const ReadEntry& entry = entries_[position];
    const PerConnection& connection = connections_[entry.connection_slot];
    const std::uint64_t number = number_in_connection(position);
    const std::uint64_t checkpoint = number / kCheckpointReads;
    std::uint64_t offset = bytes_before(connection, entry.direction(), checkpoint);
    for (std::size_t k = checkpoint * kCheckpointReads; k < number; ++k) {
        const ReadEntry& earlier = entries_[connection.positions[k]];
        if (earlier.direction() == entry.direction()) offset += earlier.stream_bytes();
    }
    return {.entry = entry, .connection = connection.connection, .stream_offset = offset};
}

std::uint64_t ReadIndex::bytes_before(const PerConnection& connection,
                                      Direction direction,
                                      std::uint64_t checkpoint) {
    if (checkpoint == 0) return 0;
    const Checkpoint& before = (*connection.checkpoints)[checkpoint - 1];
    return direction == Direction::kSent ? before.sent : before.received;
}

std::optional<ReadIndex::StreamRead> ReadIndex::find_in_stream(std::uint32_t slot,
                                                               Direction direction,
                                                               std::uint64_t stream_offset) const {
    const PerConnection& connection = connections_[slot];
    const std::uint64_t reads = connection.positions.size();
    // The last checkpoint at or before the byte.
    std::uint64_t low = 0;
    std::uint64_t high = (reads + kCheckpointReads - 1) / kCheckpointReads;
    while (high - low > 1) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (bytes_before(connection, direction, middle) <= stream_offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    std::uint64_t offset = bytes_before(connection, direction, low);
    for (std::uint64_t k = low * kCheckpointReads; k < reads; ++k) {
        const std::uint64_t position = connection.positions[k];
        const ReadEntry& entry = entries_[position];
        if (entry.direction() != direction) continue;
        if (stream_offset - offset < entry.stream_bytes())
            return StreamRead{.position = position, .number = k, .stream_offset = offset};
        offset += entry.stream_bytes();
    }
    return std::nullopt;
}

std::uint64_t ReadIndex::size(channel::ConnectionId connection) const {
    const std::uint32_t slot = slot_of(connection);
    return slot == kNoSlot ? 0 : connections_[slot].positions.size();
}

std::uint64_t ReadIndex::position(channel::ConnectionId connection, std::uint64_t k) const {
    return connections_[slot_of(connection)].positions[k];
}

std::optional<std::uint64_t> ReadIndex::find(channel::ConnectionId id,
                                             Direction direction,
                                             std::uint64_t stream_offset) const {
    const std::uint32_t slot = slot_of(id);
    if (slot == kNoSlot) return std::nullopt;
    const std::optional<StreamRead> found = find_in_stream(slot, direction, stream_offset);
    return found ? std::optional{found->position} : std::nullopt;
}

std::uint64_t ReadIndex::stream_bytes(std::uint32_t slot,
                                      Direction direction,
                                      std::uint64_t reads) const {
    const PerConnection& connection = connections_[slot];
    const std::uint64_t checkpoint =
        std::min<std::uint64_t>(reads,
                                std::max<std::uint64_t>(connection.positions.size(), 1) - 1) /
        kCheckpointReads;
    std::uint64_t bytes = bytes_before(connection, direction, checkpoint);
    for (std::uint64_t k = checkpoint * kCheckpointReads; k < reads; ++k) {
        const ReadEntry& entry = entries_[connection.positions[k]];
        if (entry.direction() == direction) bytes += entry.stream_bytes();
    }
    return bytes;
}

std::uint64_t ReadIndex::memory_bytes() const {
    // A node of the map is its value, the link and the heap's own head; a bucket is a pointer.
    constexpr std::uint64_t kNodeBytes =
        sizeof(void*) + sizeof(std::pair<std::uint64_t, std::uint32_t>) + 8;
    return sizeof(*this) + entries_.heap_bytes() + connections_.heap_bytes() + connection_bytes_ +
           slots_.size() * kNodeBytes + slots_.bucket_count() * sizeof(void*);
}

std::uint32_t ReadIndex::slot_of(channel::ConnectionId connection) const {
    const auto found = slots_.find(channel::number(connection));
    return found == slots_.end() ? kNoSlot : found->second;
}

}  // namespace net::capture
