// "Go to": what the user typed, and the byte that is meant.
//
// Thread: frame thread; no drawing. Times of day are in the local time zone.
#pragma once

#include "net/bytes/parsed.h"
#include "net/capture/index.h"
#include "net/capture/sheet.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace app::ui {

enum class GoToKind : std::uint8_t {
    kOffset,  // in a connection's stream of one direction: 4096, 0x1000, 1000h
    kRow,     // of the sheet, from 1
    kRead,    // of what the sheet is about, from 1
    kTime,  // 14:02:33.5 on the day of the first read, 2025-01-31 14:02:33, or +1.5 (seconds after the first read)
};

// The number, or the time since the epoch in nanoseconds. `first_ns`: the first read's.
[[nodiscard]] net::bytes::Parsed<std::uint64_t> parse_go_to(GoToKind kind,
                                                            std::string_view text,
                                                            std::int64_t first_ns);

// The read of `connection` and `direction` that holds byte `offset` of that stream; nothing: it ends before, or a gap holds it.
[[nodiscard]] std::optional<net::capture::BytePlace> find_offset(
    const net::capture::ReadIndex& index,
    net::channel::ConnectionId connection,
    net::channel::Direction direction,
    std::uint64_t offset);

// The first item that is not before `time_ns`, size() where none is. Clocks jump: it is then one at which the time is passed.
[[nodiscard]] std::uint64_t find_time(const net::capture::ItemList& items, std::int64_t time_ns);

}  // namespace app::ui
