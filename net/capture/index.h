// Which reads there are, in order: all of them interleaved, and those of each connection. 28 bytes a read, appended, never moved, never freed before the end.
//
// A view finds its rows through this: positions are 64-bit, each lookup costs a binary search over checkpoints and a scan of at most kCheckpointReads.
// Thread: the frame thread, which appends. Jobs on other threads walk what is published (published_...) while it grows, without a lock or a copy; the index outlives them.
#pragma once

#include "net/channel/event.h"
#include "net/channel/ids.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace net::capture {

// An entry's place: 22 bits of file (a ring of 4,194,303 files) and 42 of offset (4 TiB a file).
inline constexpr unsigned kEntryOffsetBits = 42;
inline constexpr unsigned kEntryFileBits = 64 - kEntryOffsetBits;
inline constexpr std::uint64_t kMostEntryOffset = (std::uint64_t{1} << kEntryOffsetBits) - 1;
// One read or datagram is at most 64 KiB; what a file claims beyond this is cut.
inline constexpr std::uint32_t kMostEntrySize = (std::uint32_t{1} << 30U) - 1;

// One read or accepted send: where its bytes are and what they belong to. Or a gap: bytes that were there and are not in what is read; it has no bytes,
// no place and one row. 24 bytes.
struct ReadEntry {
    std::int64_t time_ns = 0;
    std::uint64_t place = 0;  // file: upper kEntryFileBits, offset: the rest; of a gap: its bytes
    std::uint32_t connection_slot = 0;  // ReadIndex's own dense number
    std::uint32_t size_and_kind = 0;    // size: upper 30 bits, a gap: bit 1, sent: bit 0

    // Then file() is kNone, offset() and size() are 0.
    [[nodiscard]] bool is_gap() const { return (size_and_kind & 2U) != 0; }
    [[nodiscard]] std::uint64_t gap_bytes() const { return is_gap() ? place : 0; }
    [[nodiscard]] channel::FileId file() const {
        return is_gap() ? channel::FileId::kNone
                        : static_cast<channel::FileId>(place >> kEntryOffsetBits);
    }
    [[nodiscard]] std::uint64_t offset() const { return is_gap() ? 0 : place & kMostEntryOffset; }
    [[nodiscard]] std::uint32_t size() const { return size_and_kind >> 2U; }
    // By how much it moves its stream's offset on.
    [[nodiscard]] std::uint64_t stream_bytes() const { return is_gap() ? place : size(); }
    [[nodiscard]] channel::Direction direction() const {
        return (size_and_kind & 1U) != 0 ? channel::Direction::kSent
                                         : channel::Direction::kReceived;
    }
};
static_assert(sizeof(ReadEntry) == 24);

inline constexpr std::size_t kCheckpointReads = 64;

// A growing array in blocks that never move and never double: an entry's reference stays good, and memory is the entries plus at most one block.
//
// Nor does the directory of the blocks move: its k-th part names 2^k blocks. So another thread may read entry i while this one appends, once it has been told
// (by an atomic of the owner's) that the array is longer than i: nothing that it then touches is written again, but by the owner's operator[].
template <typename T, std::size_t kBlockEntries = 16384>
class BlockArray {
  public:
    void push_back(T value) {
        if (size_ % kBlockEntries == 0) add_block(size_ / kBlockEntries);
        (*this)[size_] = std::move(value);
        ++size_;
    }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        return block(i / kBlockEntries)[i % kBlockEntries];
    }
    [[nodiscard]] T& operator[](std::size_t i) {
        return block(i / kBlockEntries)[i % kBlockEntries];
    }
    // Those from `i` on that lie side by side, one or more.
    [[nodiscard]] std::span<const T> run(std::size_t i) const {
        const std::size_t in_block = i % kBlockEntries;
        return {block(i / kBlockEntries) + in_block, std::min(size_ - i, kBlockEntries - in_block)};
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::size_t heap_bytes() const {
        const std::size_t blocks = (size_ + kBlockEntries - 1) / kBlockEntries;
        const std::size_t names = blocks == 0 ? 0 : 2 * std::bit_floor(blocks) - 1;
        return names * sizeof(Block) + blocks * kBlockEntries * sizeof(T);
    }

  private:
    using Block = std::unique_ptr<T[]>;
    static constexpr std::size_t kParts = 40;  // 2^40 blocks

    [[nodiscard]] T* block(std::size_t number) const {
        const auto part = static_cast<std::size_t>(std::bit_width(number + 1)) - 1;
        return parts_[part][number + 1 - (std::size_t{1} << part)].get();
    }
    void add_block(std::size_t number) {
        const auto part = static_cast<std::size_t>(std::bit_width(number + 1)) - 1;
        const std::size_t names = std::size_t{1} << part;
        if (number + 1 == names) parts_[part] = std::make_unique<Block[]>(names);
        parts_[part][number + 1 - names] = std::make_unique<T[]>(kBlockEntries);
    }

    std::array<std::unique_ptr<Block[]>, kParts> parts_;
    std::size_t size_ = 0;
};

// The same for the many small ones, one a connection: the first kInline values lie in the object itself, then come blocks of 16, 32, ... 1024
// values, then of 1024 each. So 10,000 connections with one read each cost no allocation, and one with a million wastes at most 4 KiB.
template <typename T, std::size_t kInline>
class SmallBlockArray {
  public:
    void push_back(const T& value) {
        if (size_ < kInline) {
            inline_[size_++] = value;
            return;
        }
        const Place place = place_of(size_ - kInline);
        if (place.block == blocks_.size())
            blocks_.push_back(std::make_unique<T[]>(entries_of(place.block)));
        blocks_[place.block][place.at] = value;
        ++size_;
    }
    [[nodiscard]] const T& operator[](std::size_t i) const {
        if (i < kInline) return inline_[i];
        const Place place = place_of(i - kInline);
        return blocks_[place.block][place.at];
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    // Beyond sizeof(*this).
    [[nodiscard]] std::size_t heap_bytes() const {
        const std::size_t blocks = blocks_.size();
        const std::size_t entries = blocks <= kDoublings
                                        ? kFirstEntries * ((std::size_t{1} << blocks) - 1)
                                        : kDoublingEntries + (blocks - kDoublings) * kMostEntries;
        return blocks_.capacity() * sizeof(blocks_[0]) + entries * sizeof(T);
    }

  private:
    static constexpr std::size_t kFirstEntries = 16;
    static constexpr std::size_t kDoublings = 6;  // 16 << 6 is 1024
    static constexpr std::size_t kMostEntries = kFirstEntries << kDoublings;
    static constexpr std::size_t kDoublingEntries =
        kFirstEntries * ((std::size_t{1} << kDoublings) - 1);

    struct Place {
        std::size_t block = 0;
        std::size_t at = 0;
    };
    static constexpr Place place_of(std::size_t i) {
        if (i >= kDoublingEntries) {
            i -= kDoublingEntries;
            return {.block = kDoublings + i / kMostEntries, .at = i % kMostEntries};
        }
        const auto block = static_cast<std::size_t>(std::bit_width(i / kFirstEntries + 1)) - 1;
        return {.block = block, .at = i - kFirstEntries * ((std::size_t{1} << block) - 1)};
    }
    static constexpr std::size_t entries_of(std::size_t block) {
        return block < kDoublings ? kFirstEntries << block : kMostEntries;
    }

    std::array<T, kInline> inline_{};
    std::vector<std::unique_ptr<T[]>> blocks_;
    std::size_t size_ = 0;
};

// A read (or gap) with its place in its connection's stream of that direction.
struct PlacedRead {
    ReadEntry entry;
    channel::ConnectionId connection{};
    std::uint64_t stream_offset =
        0;  // bytes of the same connection and direction before this read, gaps counted
};

class ReadIndex {
  public:
    // Appends; reads of one connection and direction must come in stream order (events do).
    void append(const channel::Recorded& read);
    // A gap in a connection's stream: an entry without bytes (is_gap()), which moves stream_offset on and fills one row.
    void append(const channel::StreamGap& gap);

    // All reads, in the order in which they happened.
    [[nodiscard]] std::uint64_t size() const;
    // `position` < size().
    [[nodiscard]] PlacedRead at(std::uint64_t position) const;
    [[nodiscard]] const ReadEntry& entry(std::uint64_t position) const {
        return entries_[position];
    }
    // It and those after it that lie side by side with it, for going through many.
    [[nodiscard]] std::span<const ReadEntry> entries_from(std::uint64_t position) const {
        return entries_.run(position);
    }

    // The reads of one connection: how many, and the position among all of its k-th (k < size(connection)).
    [[nodiscard]] std::uint64_t size(channel::ConnectionId connection) const;
    [[nodiscard]] std::uint64_t position(channel::ConnectionId connection, std::uint64_t k) const;

    // The same by slot (ReadEntry::connection_slot), without a search for the connection; kNoSlot: it has no read yet.
    static constexpr std::uint32_t kNoSlot = 0xFFFFFFFFU;
    [[nodiscard]] std::uint32_t slot_of(channel::ConnectionId connection) const;
    [[nodiscard]] std::uint64_t size_of_slot(std::uint32_t slot) const {
        return connections_[slot].positions.size();
    }
    [[nodiscard]] std::uint64_t position_of_slot(std::uint32_t slot, std::uint64_t k) const {
        return connections_[slot].positions[k];
    }
    // So many connections have a read: their slots are 0 to one below, in the order of their first reads.
    [[nodiscard]] std::uint32_t slot_count() const {
        return static_cast<std::uint32_t>(connections_.size());
    }
    // The bytes of that direction in the first `reads` of the connection's, gaps counted; at most size_of_slot().
    [[nodiscard]] std::uint64_t stream_bytes(std::uint32_t slot,
                                             channel::Direction direction,
                                             std::uint64_t reads) const;
    // Which read of its connection the one at `position` is.
    [[nodiscard]] std::uint64_t number_in_connection(std::uint64_t position) const;

    // The read of that stream which holds the byte at `stream_offset`, or the gap in which it is missing; nothing: the stream is not that long.
    struct StreamRead {
        std::uint64_t position = 0;
        std::uint64_t number = 0;         // in its connection
        std::uint64_t stream_offset = 0;  // of its first byte
    };
    [[nodiscard]] std::optional<StreamRead> find_in_stream(std::uint32_t slot,
                                                           channel::Direction direction,
                                                           std::uint64_t stream_offset) const;

    // For other threads, while this one appends. Entries below published_size(), which only grows, never change; each names a connection that is there too.
    [[nodiscard]] std::uint64_t published_size() const {
        return published_.load(std::memory_order_acquire);
    }
    [[nodiscard]] const ReadEntry& published_entry(std::uint64_t position) const {
        return entries_[position];
    }
    [[nodiscard]] channel::ConnectionId connection_of_slot(std::uint32_t slot) const {
        return connections_[slot].connection;
    }

    // The position of the read (or gap) that holds byte `stream_offset` of a stream.
    [[nodiscard]] std::optional<std::uint64_t> find(channel::ConnectionId connection,
                                                    channel::Direction direction,
                                                    std::uint64_t stream_offset) const;

    // Memory held, in bytes (for the figure of 32 bytes a read).
    [[nodiscard]] std::uint64_t memory_bytes() const;

  private:
    // Before the read of each kCheckpointReads-th number: bytes so far, gaps counted, each direction.
    struct Checkpoint {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
    };
    struct PerConnection {
        channel::ConnectionId connection{};
        Checkpoint total;
        SmallBlockArray<std::uint32_t, 4> positions;  // ascending; of 2^32 reads at most
        std::unique_ptr<SmallBlockArray<Checkpoint, 1>>
            checkpoints;  // from the kCheckpointReads-th read on
    };

    // Of the stream before the checkpoint's read.
    [[nodiscard]] static std::uint64_t bytes_before(const PerConnection& connection,
                                                    channel::Direction direction,
                                                    std::uint64_t checkpoint);
    // `entry` without its slot.
    void append(channel::ConnectionId connection, ReadEntry entry);

    BlockArray<ReadEntry> entries_;
    std::atomic<std::uint64_t> published_{0};     // entries_.size(), for other threads
    BlockArray<PerConnection, 256> connections_;  // by slot
    std::unordered_map<std::uint64_t, std::uint32_t> slots_;
    std::uint64_t connection_bytes_ =
        0;  // heap memory of all of connections_, kept up to date by append()
};

}  // namespace net::capture
