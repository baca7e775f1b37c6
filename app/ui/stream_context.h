// The bytes that stand before and after a place in its stream (one connection, one direction), whatever lies between them in the capture.
//
// Thread: frame thread; preads recorded bytes.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/index.h"
#include "net/capture/sheet.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace app::ui {

class StreamContext {
  public:
    // Both outlive this.
    StreamContext(const net::capture::ReadIndex& index, const net::capture::FileTable& files)
        : index_(index),
          files_(files) {}

    // The last bytes before `place`, at most out.size(), at the end of `out`: how many. Fewer where the stream begins, bytes are missing, or the reads are small.
    [[nodiscard]] std::size_t before(net::capture::BytePlace place,
                                     std::span<std::uint8_t> out) const;
    // The bytes from `place` on; of a place at the end of its read those of the next. How many.
    [[nodiscard]] std::size_t after(net::capture::BytePlace place,
                                    std::span<std::uint8_t> out) const;

  private:
    // How many reads of the connection, of either direction, are looked through.
    static constexpr std::size_t kMostReads = 32;

    // Which read of its connection it is.
    [[nodiscard]] std::uint64_t number_of(net::channel::ConnectionId connection,
                                          std::uint64_t position) const;

    const net::capture::ReadIndex& index_;
    const net::capture::FileTable& files_;
};

}  // namespace app::ui
