// A sheet of bytes: items (reads, runs of reads, messages, lines), one below the other, each filling some rows.
//
// A byte place names a byte for good, whatever the mode; an item's number is good as long as its list is. Everything is 64-bit.
// Items stand in the order in which things happened, never in that of their times: a clock may have been set back, so times may go back from item to item.
// Thread: frame thread. Lifetimes: what a list or a sheet was made of outlives it.
#pragma once

#include "net/bytes/framing.h"
#include "net/channel/ids.h"

#include <compare>
#include <cstdint>
#include <span>

namespace net::capture {

// A byte: the position of its read in the ReadIndex, and the offset in that read.
struct BytePlace {
    std::uint64_t position = 0;
    std::uint32_t offset = 0;

    auto operator<=>(const BytePlace&) const = default;
};

struct Item {
    BytePlace begin;          // its first byte; of an item without bytes: where that would be
    std::uint64_t bytes = 0;  // in the stream of that connection and direction, from `begin` on
    channel::ConnectionId connection{};
    channel::Direction direction{};
    std::int64_t time_ns = 0;         // of the read in which it begins
    std::uint64_t stream_offset = 0;  // of `begin`, gaps counted
    bool is_gap = false;              // bytes that are not in the capture; then `bytes` is 0
    std::uint64_t gap_bytes = 0;
    // Of messages and lines; of reads kWhole, 0 and 0.
    bytes::FrameStatus status{};
    std::uint32_t header_bytes = 0;
    std::uint32_t trailer_bytes = 0;
};

class ItemList {
  public:
    ItemList() = default;
    virtual ~ItemList() = default;
    ItemList(const ItemList&) = delete;
    ItemList& operator=(const ItemList&) = delete;

    // Takes in what is new, at most `most` of what it is made of; true: it is up to date. Call once a frame (SheetRows::advance() does).
    // Nothing else changes what the functions below say.
    virtual bool advance(std::uint64_t most) = 0;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    // So many of them, from the front, never change; the others (a run of reads that may go on, messages that have not ended) may be others after advance().
    [[nodiscard]] virtual std::uint64_t stable_size() const = 0;
    // `k` < size().
    [[nodiscard]] virtual Item item(std::uint64_t k) const = 0;
    // Item::bytes of those from `first` on, which all exist: cheaper than item().
    virtual void sizes(std::uint64_t first, std::span<std::uint64_t> bytes) const = 0;
    // The item that holds the byte; else the next after it; else size().
    [[nodiscard]] virtual std::uint64_t find(BytePlace place) const = 0;
};

}  // namespace net::capture
