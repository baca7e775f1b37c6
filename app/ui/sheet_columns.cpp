#include "app/ui/sheet_columns.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace app::ui {

namespace {

using session::TimeForm;
using session::ViewMode;

struct Form {
    int time_digits;
    bool has_word;
};
constexpr std::array<Form, 4> kForms{{{6, true}, {3, true}, {3, false}, {0, false}}};

// "14:02:33.123456", "+1234.123456"
std::size_t time_characters(TimeForm form, int digits) {
    const std::size_t point = digits == 0 ? 0 : 1 + static_cast<std::size_t>(digits);
    return (form == TimeForm::kAbsolute ? 8 : 6) + point;
}

struct Placed {
    Columns columns;
    std::size_t characters = 0;  // of all
};

Placed place(const ColumnNeeds& needs, const Form& form) {
    Placed placed;
    Columns& columns = placed.columns;
    const bool is_mixed = needs.mode == ViewMode::kMixed;
    columns.character = needs.character;
    columns.time_digits = form.time_digits;
    columns.has_word = form.has_word;
    columns.has_connection = needs.connection_digits != 0;
    columns.has_hex = needs.mode == ViewMode::kHex || is_mixed ||
                      (needs.mode == ViewMode::kMessages && needs.shows_hex);
    columns.has_offset = needs.mode != ViewMode::kText;
    columns.layout = needs.hex;
    std::size_t at = 1;
    const auto put = [&](float& column, std::size_t width, std::size_t gap) {
        column = static_cast<float>(at) * needs.character;
        at += width + gap;
    };
    put(columns.time, time_characters(needs.time_form, form.time_digits), 2);
    put(columns.arrow, 2, 1);
    if (form.has_word) put(columns.word, 4, 2);
    if (columns.has_connection) put(columns.connection, needs.connection_digits + 1, 2);
    if (is_mixed) at = 4;  // what is above stands in the heading's row
    if (columns.has_offset)
        put(columns.offset,
            needs.mode == ViewMode::kMessages ? kSizeCharacters : needs.offset_digits, 2);
    if (columns.has_hex) put(columns.hex, needs.hex.width(), 2);
    put(columns.text, columns.has_hex ? needs.hex.bytes_per_row : 20, 1);
    columns.end = static_cast<float>(at) * needs.character;
    placed.characters = at;
    return placed;
}

}  // namespace

std::uint32_t Columns::text_columns(float room) const {
    const float left = (room - text) / character - 1;
    return left < 1 ? 1 : static_cast<std::uint32_t>(left);
}

Columns arrange(const ColumnNeeds& needs) {
    Columns columns;
    for (const Form& form : kForms) {
        columns = place(needs, form).columns;
        // Of the mixed mode the times stand in rows of their own.
        if (columns.end <= needs.room || needs.mode == ViewMode::kMixed) break;
    }
    return columns;
}

std::uint32_t fitting_bytes(const ColumnNeeds& needs) {
    const auto room = static_cast<std::size_t>(std::max(needs.room / needs.character, 0.0F));
    ColumnNeeds least = needs;
    least.hex.bytes_per_row = 8;
    std::uint32_t fitting = 8;
    // The times may be shorter before the bytes are fewer, but not gone.
    for (const Form& form : {kForms[1], kForms[2]}) {
        const std::size_t taken =
            place(least, form).characters - least.hex.width() - 2 - least.hex.bytes_per_row;
        fitting = bytes_that_fit(needs.hex.grouping, room > taken ? room - taken : 0);
        if (fitting >= 16) break;
    }
    return fitting;
}

}  // namespace app::ui
