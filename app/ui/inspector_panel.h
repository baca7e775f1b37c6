// The data inspector: what the bytes at the cursor could stand for, in both byte orders.
//
// Thread: frame thread, within a frame.
#pragma once

#include "net/bytes/byte_values.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace app::ui {

struct InspectorPanel {
    // Of the bytes drawn last; made anew only when they change.
    std::vector<std::uint8_t> bytes;
    std::vector<net::bytes::ByteValue> values;
    bool is_made = false;
};

// Fills the region in which it is drawn. `bytes_at_cursor` are those from the cursor on, as many as there are (kMostValueBytes or more are enough); empty: there is no
// cursor, and it says so. A click on a row (or Enter) returns how many bytes its value covers, for the selection. A row's menu copies its values; so do, in the row that has
// the focus, Ctrl+C (the only one, or little endian) and Ctrl+Shift+C (big endian).
[[nodiscard]] std::optional<std::uint32_t> draw_inspector_panel(
    InspectorPanel& panel, std::span<const std::uint8_t> bytes_at_cursor);

}  // namespace app::ui
