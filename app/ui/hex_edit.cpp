// What keys do to the bytes in the editor; nothing is drawn here.
#include "app/ui/hex_editor.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <utility>

namespace app::ui {

namespace {

using Bytes = std::vector<std::uint8_t>;

std::ptrdiff_t signed_size(std::size_t size) {
    return static_cast<std::ptrdiff_t>(size);
}

void remember(HexEditor& editor) {
    editor.undo.push_back({.bytes = editor.bytes, .cursor = editor.cursor});
    if (editor.undo.size() > kMostUndo) editor.undo.erase(editor.undo.begin());
    editor.redo.clear();
}

void place(HexEditor& editor, std::size_t at) {
    editor.cursor = editor.anchor = std::min(at, editor.bytes.size());
    editor.is_second_digit = false;
}

std::pair<std::size_t, std::size_t> selection_of(const HexEditor& editor) {
    const auto [low, high] = std::minmax(editor.cursor, editor.anchor);
    // Both ends are bytes that are selected; behind the last one there is none.
    return {low, std::min(high + 1, editor.bytes.size())};
}

bool has_selection(const HexEditor& editor) {
    return editor.cursor != editor.anchor;
}

void erase(HexEditor& editor, std::size_t begin, std::size_t end) {
    editor.bytes.erase(editor.bytes.begin() + signed_size(begin),
                       editor.bytes.begin() + signed_size(end));
    place(editor, begin);
}

void erase_selection(HexEditor& editor) {
    if (!has_selection(editor)) return;
    const auto [begin, end] = selection_of(editor);
    erase(editor, begin, end);
}

void put_byte(HexEditor& editor, std::uint8_t byte) {
    const auto at = editor.bytes.begin() + signed_size(editor.cursor);
    if (editor.inserts || editor.cursor == editor.bytes.size()) {
        editor.bytes.insert(at, byte);
    } else {
        *at = byte;
    }
}

int hex_value(char32_t character) {
    if (character >= U'0' && character <= U'9') return static_cast<int>(character - U'0');
    if (character >= U'a' && character <= U'f') return static_cast<int>(character - U'a') + 10;
    if (character >= U'A' && character <= U'F') return static_cast<int>(character - U'A') + 10;
    return -1;
}

bool type_digit(HexEditor& editor, char32_t character) {
    const int digit = hex_value(character);
    if (digit < 0) return false;
    if (editor.is_second_digit && editor.cursor < editor.bytes.size()) {
        std::uint8_t& byte = editor.bytes[editor.cursor];
        byte = static_cast<std::uint8_t>((byte & 0xF0U) | static_cast<unsigned>(digit));
        place(editor, editor.cursor + 1);
        return true;
    }
    remember(editor);
    erase_selection(editor);
    const bool is_new = editor.inserts || editor.cursor == editor.bytes.size();
    const unsigned rest = is_new ? 0U : editor.bytes[editor.cursor] & 0x0FU;
    put_byte(editor, static_cast<std::uint8_t>((static_cast<unsigned>(digit) << 4U) | rest));
    editor.anchor = editor.cursor;
    editor.is_second_digit = true;
    return true;
}

bool take_back(HexEditor& editor,
               std::vector<HexEditor::Before>& from,
               std::vector<HexEditor::Before>& to) {
    if (from.empty()) return false;
    to.push_back({.bytes = std::move(editor.bytes), .cursor = editor.cursor});
    editor.bytes = std::move(from.back().bytes);
    const std::size_t cursor = from.back().cursor;
    from.pop_back();
    place(editor, cursor);
    return true;
}

}  // namespace

void set_bytes(HexEditor& editor, Bytes bytes) {
    if (editor.bytes == bytes) return;
    editor.bytes = std::move(bytes);
    editor.undo.clear();
    editor.redo.clear();
    place(editor, editor.cursor);
}

bool type_character(HexEditor& editor, char32_t character) {
    if (!editor.is_in_text) return type_digit(editor, character);
    if (character < 0x20 || character == 0x7F || character > 0x10FFFF) return false;
    std::array<char, 5> utf8{};
    ImTextCharToUtf8(utf8.data(), static_cast<unsigned int>(character));
    remember(editor);
    erase_selection(editor);
    for (const char* c = utf8.data(); *c != 0; ++c) {
        put_byte(editor, static_cast<std::uint8_t>(*c));
        place(editor, editor.cursor + 1);
    }
    return true;
}

void insert_bytes(HexEditor& editor, std::span<const std::uint8_t> bytes) {
    remember(editor);
    erase_selection(editor);
    editor.bytes.insert(editor.bytes.begin() + signed_size(editor.cursor), bytes.begin(),
                        bytes.end());
    place(editor, editor.cursor + bytes.size());
}

void erase_forward(HexEditor& editor) {
    if (!has_selection(editor) && editor.cursor >= editor.bytes.size()) return;
    remember(editor);
    if (has_selection(editor)) return erase_selection(editor);
    erase(editor, editor.cursor, editor.cursor + 1);
}

void erase_backward(HexEditor& editor) {
    if (has_selection(editor) || editor.is_second_digit) return erase_forward(editor);
    if (editor.cursor == 0) return;
    remember(editor);
    erase(editor, editor.cursor - 1, editor.cursor);
}

void move_cursor_to(HexEditor& editor, std::size_t to, bool extends) {
    editor.cursor = std::min(to, editor.bytes.size());
    editor.is_second_digit = false;
    if (!extends) editor.anchor = editor.cursor;
}

bool undo(HexEditor& editor) {
    return take_back(editor, editor.undo, editor.redo);
}

bool redo(HexEditor& editor) {
    return take_back(editor, editor.redo, editor.undo);
}

std::span<const std::uint8_t> selected_bytes(const HexEditor& editor) {
    if (!has_selection(editor)) return {};
    const auto [begin, end] = selection_of(editor);
    return std::span(editor.bytes).subspan(begin, end - begin);
}

}  // namespace app::ui
