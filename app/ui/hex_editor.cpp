#include "app/ui/hex_editor.h"

#include "app/ui/fonts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

using Bytes = std::vector<std::uint8_t>;

// ---- The keyboard ----

void reveal_cursor(HexEditor& editor) {
    const std::uint64_t row = editor.cursor / editor.bytes_per_row;
    if (row < editor.scroll.first_row) editor.scroll.first_row = row;
    if (row >= editor.scroll.first_row + editor.rows_in_sight)
        editor.scroll.first_row = row - editor.rows_in_sight + 1;
}

void take_moving_keys(HexEditor& editor, const FocusStop& stop) {
    const ImGuiIO& io = ImGui::GetIO();
    const std::size_t row = editor.bytes_per_row;
    const std::size_t end = editor.bytes.size();
    const std::size_t at = editor.cursor;
    const std::size_t page = row * std::max<std::size_t>(editor.rows_in_sight, 1);
    const auto go = [&](ImGuiKey key, std::size_t to) {
        if (!key_pressed(stop, key)) return;
        move_cursor_to(editor, to, io.KeyShift);
        reveal_cursor(editor);
    };
    go(ImGuiKey_LeftArrow, editor.is_second_digit ? at : at - std::min<std::size_t>(at, 1));
    go(ImGuiKey_RightArrow, at + 1);
    go(ImGuiKey_UpArrow, at >= row ? at - row : at);
    go(ImGuiKey_DownArrow, at + row);
    go(ImGuiKey_PageUp, at >= page ? at - page : at % row);
    go(ImGuiKey_PageDown, at + page);
    go(ImGuiKey_Home, io.KeyCtrl ? 0 : at - at % row);
    go(ImGuiKey_End, io.KeyCtrl ? end : at - at % row + row - 1);
}

void copy(const HexEditor& editor) {
    const auto chosen = selected_bytes(editor);
    if (chosen.empty()) return;
    const std::string text =
        editor.is_in_text ? net::bytes::escape(chosen) : net::bytes::to_hex(chosen);
    ImGui::SetClipboardText(text.c_str());
}

// Hex digits in the column of digits where they are such, else the text itself.
bool paste(HexEditor& editor) {
    const char* const pasted = ImGui::GetClipboardText();
    const std::string_view text = pasted == nullptr ? "" : pasted;
    if (text.empty()) return false;
    if (!editor.is_in_text) {
        const auto hex = net::bytes::parse_hex(text);
        if (!hex) return false;
        insert_bytes(editor, *hex);
        return true;
    }
    insert_bytes(editor, Bytes(text.begin(), text.end()));
    return true;
}

bool take_editing_keys(HexEditor& editor) {
    const auto pressed = [](ImGuiKeyChord chord) {
        return ImGui::IsKeyChordPressed(chord, ImGuiInputFlags_Repeat);
    };
    if (ImGui::IsKeyPressed(ImGuiKey_Insert, false)) editor.inserts = !editor.inserts;
    if (pressed(ImGuiMod_Ctrl | ImGuiKey_A)) {
        move_cursor_to(editor, editor.bytes.size(), false);
        editor.anchor = 0;
    }
    if (pressed(ImGuiMod_Ctrl | ImGuiKey_C)) copy(editor);
    if (pressed(ImGuiMod_Ctrl | ImGuiKey_Z)) return undo(editor);
    if (pressed(ImGuiMod_Ctrl | ImGuiKey_Y)) return redo(editor);
    if (pressed(ImGuiMod_Ctrl | ImGuiKey_V)) return paste(editor);
    if (pressed(ImGuiMod_Ctrl | ImGuiKey_X) && !selected_bytes(editor).empty()) {
        copy(editor);
        erase_forward(editor);
        return true;
    }
    const std::size_t before = editor.bytes.size();
    if (pressed(ImGuiKey_Delete)) erase_forward(editor);
    if (pressed(ImGuiKey_Backspace)) erase_backward(editor);
    return editor.bytes.size() != before;
}

bool take_characters(HexEditor& editor) {
    ImGuiIO& io = ImGui::GetIO();
    if (io.KeyCtrl || io.KeyAlt) return false;
    bool is_edited = false;
    for (const ImWchar character : io.InputQueueCharacters)
        is_edited |= type_character(editor, static_cast<char32_t>(character));
    io.InputQueueCharacters.resize(0);
    return is_edited;
}

bool take_keys(HexEditor& editor, const FocusStop& stop) {
    if (!stop.is_focused) return false;
    for (const ImGuiKey key : {ImGuiKey_LeftArrow, ImGuiKey_RightArrow, ImGuiKey_Space})
        ImGui::SetKeyOwner(key, stop.id);
    ImGui::SetNextFrameWantCaptureKeyboard(true);
    take_moving_keys(editor, stop);
    bool is_edited = take_editing_keys(editor);
    is_edited |= take_characters(editor);
    if (is_edited) reveal_cursor(editor);
    return is_edited;
}

// ---- The rows ----

struct Grid {
    ImVec2 at;
    float line = 0;
    float character = 0;
    HexLayout layout;
    float hex = 0;   // from the left, in pixels
    float text = 0;  // the same
};

Grid grid_of(const HexEditor& editor, ImVec2 at) {
    Grid grid;
    grid.at = at;
    grid.line = std::round(ImGui::GetTextLineHeight() + px(3));
    grid.character = ImGui::CalcTextSize("0").x;
    grid.layout = {.bytes_per_row = editor.bytes_per_row, .grouping = 1};
    grid.hex = px(6) + 10 * grid.character;
    grid.text = grid.hex + (static_cast<float>(grid.layout.width()) + 2) * grid.character;
    return grid;
}

struct Cell {
    float from = 0;
    float to = 0;
};

Cell cell_of(const Grid& grid, std::size_t column, bool is_text) {
    if (is_text) {
        const float x = grid.at.x + grid.text + static_cast<float>(column) * grid.character;
        return {x, x + grid.character};
    }
    const float x =
        grid.at.x + grid.hex + static_cast<float>(grid.layout.column(column)) * grid.character;
    return {x, x + 2 * grid.character};
}

void draw_cursor(const HexEditor& editor, const Grid& grid, bool is_focused) {
    const std::size_t row = editor.cursor / editor.bytes_per_row;
    if (row < editor.scroll.first_row) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float y = grid.at.y + static_cast<float>(row - editor.scroll.first_row) * grid.line;
    const std::size_t column = editor.cursor % editor.bytes_per_row;
    for (const bool is_text : {false, true}) {
        Cell cell = cell_of(grid, column, is_text);
        const bool is_here = is_text == editor.is_in_text;
        if (!is_text && editor.is_second_digit) cell.from += grid.character;
        if (!is_here || !is_focused) {
            list.AddRect({cell.from - px(1), y}, {cell.to + px(1), y + grid.line},
                         color_u32(Role::kMuted));
        } else if (editor.inserts) {
            list.AddRectFilled({cell.from - px(1), y}, {cell.from + px(1), y + grid.line},
                               color_u32(Role::kText));
        } else {
            list.AddRectFilled({cell.from - px(1), y}, {cell.to + px(1), y + grid.line},
                               tint_u32(Role::kAccent, 0.75F));
        }
    }
}

void draw_row(HexEditor& editor, const Grid& grid, std::uint64_t row) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const std::size_t begin = static_cast<std::size_t>(row) * editor.bytes_per_row;
    if (begin > editor.bytes.size()) return;
    const std::size_t count =
        std::min<std::size_t>(editor.bytes_per_row, editor.bytes.size() - begin);
    const float y = grid.at.y + static_cast<float>(row - editor.scroll.first_row) * grid.line;
    const auto bytes = std::span(editor.bytes).subspan(begin, count);
    if (const auto chosen = selected_bytes(editor); !chosen.empty()) {
        const std::size_t from = std::min(editor.cursor, editor.anchor);
        const std::size_t to = from + chosen.size();
        for (std::size_t i = std::max(from, begin); i < std::min(to, begin + count); ++i) {
            for (const bool is_text : {false, true}) {
                const Cell cell = cell_of(grid, i - begin, is_text);
                const float more = is_text ? 0 : grid.character;
                list.AddRectFilled({cell.from, y}, {cell.to + more, y + grid.line},
                                   tint_u32(Role::kAccent, 0.4F));
            }
        }
    }
    const float text_y = y + px(1);
    draw_text(list, {grid.at.x + px(6), text_y}, color_u32(Role::kMuted),
              format_offset(begin).view());
    format_hex_row(grid.layout, bytes, editor.scratch);
    draw_text(list, {grid.at.x + grid.hex, text_y}, color_u32(Role::kText), editor.scratch.hex);
    std::string letters(count, '.');
    for (std::size_t i = 0; i < count; ++i)
        if (bytes[i] >= 0x20 && bytes[i] < 0x7F) letters[i] = static_cast<char>(bytes[i]);
    draw_text(list, {grid.at.x + grid.text, text_y}, color_u32(Role::kMuted), letters);
}

// ---- The mouse ----

void take_mouse(HexEditor& editor, const Grid& grid, const FocusStop& stop) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) editor.is_selecting = false;
    const bool is_pressed = stop.is_hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Left);
    if (!is_pressed && !editor.is_selecting) return;
    const float row = std::floor((mouse.y - grid.at.y) / grid.line);
    const float x = mouse.x - grid.at.x;
    if (is_pressed) editor.is_in_text = x >= grid.text - grid.character / 2;
    const std::size_t column =
        editor.is_in_text
            ? static_cast<std::size_t>(std::clamp((x - grid.text) / grid.character, 0.0F,
                                                  static_cast<float>(editor.bytes_per_row - 1)))
            : grid.layout.byte_at((x - grid.hex) / grid.character);
    const std::size_t at = static_cast<std::size_t>(std::max(row, 0.0F) +
                                                    static_cast<float>(editor.scroll.first_row)) *
                               editor.bytes_per_row +
                           column;
    move_cursor_to(editor, at, editor.is_selecting || (is_pressed && ImGui::GetIO().KeyShift));
    if (is_pressed) editor.is_selecting = true;
}

}  // namespace

bool draw_hex_editor(HexEditor& editor, ImVec2 size) {
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float bar = ImGui::GetStyle().ScrollbarSize;
    ImGui::PushFont(font(Face::kBytes), kBytesSize);
    begin_region("##hex editor", {size.x - bar, size.y}, Role::kField, false,
                 ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    const ImRect inner = ImGui::GetCurrentWindow()->InnerRect;
    const float character = ImGui::CalcTextSize("0").x;
    const float columns = (inner.GetWidth() - 2 * px(6)) / character - 10;
    editor.bytes_per_row = std::min<std::uint32_t>(
        bytes_that_fit(1, static_cast<std::size_t>(std::max(columns, 1.0F))), 32);
    const Grid grid = grid_of(editor, {inner.Min.x, inner.Min.y + px(2)});
    editor.rows_in_sight =
        static_cast<std::uint64_t>(std::max((inner.GetHeight() - px(2)) / grid.line, 1.0F));
    const FocusStop stop = focus_stop("##Bytes to send", inner.Min, inner.Max, true);
    if (std::exchange(editor.wants_focus, false)) take_focus(stop);
    editor.has_focus = stop.is_focused;
    // One more row where the last is full: there is a place behind the last byte.
    const auto rows = [&] { return editor.bytes.size() / editor.bytes_per_row + 1; };
    const bool is_edited = take_keys(editor, stop);
    editor.scroll.settle(rows(), editor.rows_in_sight);
    const FocusStop wheel{.id = stop.id, .is_focused = false, .is_hovered = stop.is_hovered};
    scroll_by_input(editor.scroll, wheel, rows(), editor.rows_in_sight);
    take_mouse(editor, grid, stop);
    const std::uint64_t last =
        std::min<std::uint64_t>(editor.scroll.first_row + editor.rows_in_sight + 1, rows());
    draw_cursor(editor, grid, stop.is_focused);
    for (std::uint64_t row = editor.scroll.first_row; row < last; ++row)
        draw_row(editor, grid, row);
    if (stop.is_focused) ImGui::RenderNavCursor(inner, stop.id, ImGuiNavRenderCursorFlags_Compact);
    end_region();
    ImGui::PopFont();
    scroll_bar("##Bytes to send scrollbar", editor.scroll, {from.x + size.x - bar, from.y},
               {from.x + size.x, from.y + size.y}, rows(), editor.rows_in_sight);
    ImGui::SetCursorScreenPos(from);
    ImGui::Dummy(size);
    return is_edited;
}

}  // namespace app::ui
