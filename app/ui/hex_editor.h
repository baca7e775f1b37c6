// An editor of bytes: rows of hex digits and text, a cursor in one of them, typed over or inserted.
//
// Thread: frame thread. A frame costs the rows in sight; an edit costs the bytes.
#pragma once

#include "app/ui/hex_rows.h"
#include "app/ui/row_scroll.h"

#include <imgui.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace app::ui {

inline constexpr std::size_t kMostUndo = 100;

struct HexEditor {
    std::vector<std::uint8_t> bytes;
    std::size_t cursor = 0;  // up to bytes.size(): behind the last one, where typing appends
    std::size_t anchor = 0;  // the other end of the selection; the cursor where there is none
    bool is_second_digit = false;
    bool is_in_text = false;  // the cursor is in the column of text: letters are typed, not digits
    bool inserts = false;     // else typed over

    struct Before {
        std::vector<std::uint8_t> bytes;
        std::size_t cursor = 0;
    };
    std::vector<Before> undo{};
    std::vector<Before> redo{};

    RowScroll scroll{.first_row = 0, .follows_tail = false};
    HexRow scratch{};
    std::uint32_t bytes_per_row = 16;
    std::uint64_t rows_in_sight = 1;
    bool is_selecting = false;
    bool wants_focus = false;
    bool has_focus = false;
};

// ---- What keys do; each that changes bytes can be undone. ----

// Other bytes from outside: cursor and undo stay where they can.
void set_bytes(HexEditor& editor, std::vector<std::uint8_t> bytes);
// A hex digit, or, in the column of text, a character (its UTF-8). False: it is none.
bool type_character(HexEditor& editor, char32_t character);
// In place of the selection, else at the cursor.
void insert_bytes(HexEditor& editor, std::span<const std::uint8_t> bytes);
void erase_forward(HexEditor& editor);
void erase_backward(HexEditor& editor);
void move_cursor_to(HexEditor& editor, std::size_t place, bool extends);
bool undo(HexEditor& editor);
bool redo(HexEditor& editor);
// Empty: nothing is selected.
[[nodiscard]] std::span<const std::uint8_t> selected_bytes(const HexEditor& editor);

// True: edited.
bool draw_hex_editor(HexEditor& editor, ImVec2 size);

}  // namespace app::ui
