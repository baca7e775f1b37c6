// The bytes of an item, wherever its reads lie in the capture's files.
//
// Thread: frame thread. The index and the table outlive this.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/index.h"
#include "net/capture/sheet.h"

#include <cstdint>
#include <optional>
#include <span>

namespace net::capture {

class ItemBytes {
  public:
    ItemBytes(const ReadIndex& index, const FileTable& files) : index_(index), files_(files) {}

    // From `offset` on: how many bytes were put into `out`, across the reads of the item's stream, up to the item's end or the first that can't be had. Or, when not even the first can be
    // had, -errno: of pread(2); -ESTALE: the ring has deleted the file; -ENODATA: a gap stands there; -EIO: the file has been cut short.
    // 0 only where `out` is empty or `offset` is not in the item.
    [[nodiscard]] std::int64_t read(const Item& item,
                                    std::uint64_t offset,
                                    std::span<std::uint8_t> out) const;

    // Where that byte of the item is; of one behind its end, or of an item without bytes: nothing but for offset 0, which is its beginning.
    [[nodiscard]] std::optional<BytePlace> place(const Item& item, std::uint64_t offset) const;
    // The byte's offset in the item; nothing: the item does not hold it. Of an item without bytes its beginning is 0.
    [[nodiscard]] std::optional<std::uint64_t> offset(const Item& item, BytePlace place) const;

  private:
    // The read (or gap) with that byte of the item, and the next of its stream that is not empty.
    [[nodiscard]] std::optional<ReadIndex::StreamRead> read_with(const Item& item,
                                                                 std::uint64_t offset) const;
    [[nodiscard]] std::optional<ReadIndex::StreamRead> read_after(
        const Item& item, const ReadIndex::StreamRead& read) const;

    const ReadIndex& index_;
    const FileTable& files_;
};

}  // namespace net::capture
