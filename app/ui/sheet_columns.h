// Where each column of the sheet begins, in pixels from the left of a row; narrower forms where the room is short.
//
// Thread: frame thread; plain arithmetic.
#pragma once

#include "app/session/view.h"
#include "app/ui/hex_rows.h"

#include <cstddef>
#include <cstdint>

namespace app::ui {

struct ColumnNeeds {
    float character = 8;  // width of one, pixels
    float room = 0;       // pixels in sight
    session::ViewMode mode{};
    session::TimeForm time_form{};
    bool shows_hex = true;              // kMessages: hex instead of text
    HexLayout hex;                      // of what has hex
    std::size_t connection_digits = 0;  // 0: no such column
    std::size_t offset_digits = 8;
};

struct Columns {
    float character = 0;
    float time = 0;
    float arrow = 0;
    float word = 0;
    float connection = 0;
    float offset = 0;  // kMessages, kText: the size
    float hex = 0;
    float text = 0;
    float end = 0;
    int time_digits = 6;  // after the point
    bool has_word = true;
    bool has_connection = false;
    bool has_offset = true;
    bool has_hex = true;
    HexLayout layout;

    // Characters from `text` to the right edge of a row as wide as `room`.
    [[nodiscard]] std::uint32_t text_columns(float room) const;
};

[[nodiscard]] Columns arrange(const ColumnNeeds& needs);

// How many bytes a row has where the user wants as many as fit.
[[nodiscard]] std::uint32_t fitting_bytes(const ColumnNeeds& needs);

inline constexpr std::size_t kSizeCharacters = 10;  // "1023.9 KiB"

}  // namespace app::ui
