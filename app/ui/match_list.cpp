#include "app/ui/match_list.h"

#include "app/ui/fonts.h"
#include "app/ui/hex_rows.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string>

namespace app::ui {

namespace {

using net::capture::MatchRecord;
using net::channel::Direction;

constexpr std::size_t kBytesShown = 12;

// Where a row's columns begin, in pixels from the left.
struct Columns {
    float number = 0;
    float row = 0;
    float connection = 0;
    float offset = 0;
    float time = 0;
    float bytes = 0;
};

Columns columns_of(const MatchListSource& source, const ImVec2& from) {
    const float digit = text_width("0");
    const float gap = px(kSpace4);
    const auto wide = [&](std::uint64_t count) {
        return text_width(count_text(std::max<std::uint64_t>(count, 1'000))) + gap;
    };
    Columns at;
    at.number = from.x + px(kSpace2);
    at.row = at.number + wide(source.facts.stored);
    at.connection = at.row + (source.row_of ? wide(source.index.size() * 10) : 0);
    at.offset = at.connection + 9 * digit + gap;
    at.time = at.offset + 14 * digit + gap;
    at.bytes = at.time + text_width("00:00:00.000000") + gap;
    return at;
}

void draw_headings(ImDrawList& list, const Columns& at, float y, bool has_row) {
    const ImU32 tint = color_u32(Role::kMuted);
    draw_text(list, {at.number, y}, tint, "Match");
    if (has_row) draw_text(list, {at.row, y}, tint, "Row");
    draw_text(list, {at.connection, y}, tint, "Connection");
    draw_text(list, {at.offset, y}, tint, "Offset");
    draw_text(list, {at.time, y}, tint, "Time");
    draw_text(list, {at.bytes, y}, tint, "Bytes");
}

void draw_bytes(ImDrawList& list,
                const MatchListSource& source,
                const net::capture::ReadEntry& entry,
                const MatchRecord& record,
                ImVec2 at) {
    std::array<std::uint8_t, kBytesShown> bytes{};
    const std::uint32_t in_read =
        entry.size() - std::min(entry.size(), record.offset_in_read);  // the rest is in later reads
    const std::size_t wanted = std::min<std::size_t>({record.bytes, in_read, kBytesShown});
    const std::int64_t n = source.files.read(entry.file(), entry.offset() + record.offset_in_read,
                                             std::span{bytes}.first(wanted));
    if (n < 0) {
        draw_text(list, at, color_u32(Role::kMuted), "not in the file any more");
        return;
    }
    const auto shown = std::span{bytes}.first(static_cast<std::size_t>(n));
    HexRow row;
    format_hex_row({}, shown, row);
    std::string words = row.hex;
    if (record.bytes > wanted) words += " ...";
    words += "   ";
    for (const std::uint8_t byte : shown)
        words += byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '.';
    words += "   ";
    words += counted(record.bytes, "byte");
    draw_text(list, at, color_u32(Role::kText), words);
}

void draw_row(const MatchListSource& source,
              const MatchRecord& record,
              std::uint64_t number,
              const Columns& at,
              float y) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImU32 plain = color_u32(Role::kText);
    draw_text(list, {at.number, y}, color_u32(Role::kMuted), count_text(number + 1));
    if (record.position >= source.index.size()) return;
    const net::capture::PlacedRead read = source.index.at(record.position);
    if (source.row_of)
        draw_text(list, {at.row, y}, plain,
                  count_text(source.row_of(record.position, record.offset_in_read) + 1));
    const bool is_sent = read.entry.direction() == Direction::kSent;
    draw_text(list, {at.connection, y}, color_u32(is_sent ? Role::kSent : Role::kReceived),
              (is_sent ? "> #" : "< #") + std::to_string(net::channel::number(read.connection)));
    draw_text(list, {at.offset, y}, plain,
              format_offset(read.stream_offset + record.offset_in_read).view());
    draw_text(list, {at.time, y}, color_u32(Role::kMuted), time_text(read.entry.time_ns, 6));
    draw_bytes(list, source, read.entry, record, {at.bytes, y});
}

// The chosen row moves with the keys; true: it did.
bool choose_by_keys(MatchList& list,
                    const FocusStop& stop,
                    std::uint64_t rows,
                    std::uint64_t page) {
    if (rows == 0) return false;
    std::uint64_t to = std::min(list.chosen.value_or(0), rows - 1);
    const std::uint64_t before = to;
    const bool had_one = list.chosen.has_value();
    bool is_pressed = true;
    if (key_pressed(stop, ImGuiKey_UpArrow)) {
        to -= std::min<std::uint64_t>(to, 1);
    } else if (key_pressed(stop, ImGuiKey_DownArrow)) {
        to = had_one ? std::min(to + 1, rows - 1) : 0;
    } else if (key_pressed(stop, ImGuiKey_PageUp)) {
        to -= std::min(to, page);
    } else if (key_pressed(stop, ImGuiKey_PageDown)) {
        to = std::min(to + page, rows - 1);
    } else if (key_pressed(stop, ImGuiKey_Home)) {
        to = 0;
    } else if (key_pressed(stop, ImGuiKey_End)) {
        to = rows - 1;
    } else {
        is_pressed = false;
    }
    if (!is_pressed || (had_one && to == before)) return false;
    list.chosen = to;
    return true;
}

void have_in_sight(RowScroll& scroll,
                   std::uint64_t row,
                   std::uint64_t rows,
                   std::uint64_t fitting) {
    if (row < scroll.first_row) {
        scroll.move_to(row, rows, fitting);
    } else if (row >= scroll.first_row + fitting) {
        scroll.move_to(row - fitting + 1, rows, fitting);
    }
    scroll.follows_tail = false;  // a list that grows stays where it is
}

}  // namespace

void show_match(MatchList& list, std::uint64_t number) {
    list.chosen = number;
    list.wants_in_sight = true;
}

std::optional<std::uint64_t> draw_match_list(MatchList& list, const MatchListSource& source) {
    const session::SearchFacts& facts = source.facts;
    if (list.generation != facts.generation) {
        list.generation = facts.generation;
        list.scroll = {.follows_tail = false};
        list.chosen.reset();
    }
    const std::uint64_t rows = facts.matches == nullptr ? 0 : facts.stored;
    if (rows == 0) {
        text(facts.is_running ? "No match yet." : "No match.", Role::kMuted);
        list.has_focus = false;
        return std::nullopt;
    }

    const float row = std::round(ImGui::GetTextLineHeight() + px(3));
    const ImVec2 top = ImGui::GetCursorScreenPos();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float bar = ImGui::GetStyle().ScrollbarSize;
    if (room.y < 2 * row || room.x < 2 * bar) return std::nullopt;
    const Columns at = columns_of(source, top);
    draw_headings(*ImGui::GetWindowDrawList(), at, top.y, static_cast<bool>(source.row_of));
    const ImVec2 from{top.x, top.y + row};
    ImGui::SetCursorScreenPos(from);
    begin_region("##matches", {room.x - bar, room.y - row}, Role::kPanel, false,
                 ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoScrollbar |
                     ImGuiWindowFlags_NoScrollWithMouse);
    const ImRect inner = ImGui::GetCurrentWindow()->InnerRect;
    const auto fitting = static_cast<std::uint64_t>(std::max(inner.GetHeight() / row, 1.0F));
    const FocusStop stop = focus_stop("##Matches", inner.Min, inner.Max, true);
    if (list.wants_focus) {
        take_focus(stop);
        list.wants_focus = false;
    }
    list.has_focus = stop.is_focused;

    std::optional<std::uint64_t> went_to;
    if (choose_by_keys(list, stop, rows, fitting)) {
        list.wants_in_sight = true;
        went_to = list.chosen;
    }
    list.scroll.follows_tail = false;
    list.scroll.settle(rows, fitting);
    if (list.wants_in_sight && list.chosen && *list.chosen < rows)
        have_in_sight(list.scroll, *list.chosen, rows, fitting);
    list.wants_in_sight = false;
    FocusStop wheel_only = stop;
    wheel_only.is_focused = false;  // the keys move the chosen row
    scroll_by_input(list.scroll, wheel_only, rows, fitting);
    if (stop.is_hovered && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
        const float y = ImGui::GetIO().MousePos.y - inner.Min.y;
        const std::uint64_t clicked =
            list.scroll.first_row + static_cast<std::uint64_t>(std::max(y, 0.0F) / row);
        if (clicked < rows) {
            list.chosen = clicked;
            went_to = clicked;
        }
    }

    list.records.resize(static_cast<std::size_t>(
        std::min<std::uint64_t>(fitting + 1, rows - list.scroll.first_row)));
    const std::size_t n = facts.matches->read(list.scroll.first_row, list.records);
    ImDrawList& draw_list = *ImGui::GetWindowDrawList();
    for (std::size_t i = 0; i < n; ++i) {
        const float y = inner.Min.y + row * static_cast<float>(i);
        const std::uint64_t number = list.scroll.first_row + i;
        if (list.chosen == number)
            draw_list.AddRectFilled({inner.Min.x, y}, {inner.Max.x, y + row},
                                    tint_u32(Role::kAccent, 0.35F));
        draw_row(source, list.records[i], number, at, y);
    }
    if (stop.is_focused) ImGui::RenderNavCursor(inner, stop.id, ImGuiNavRenderCursorFlags_Compact);
    end_region();
    scroll_bar("##Matches scrollbar", list.scroll, {from.x + room.x - bar, from.y},
               {from.x + room.x, top.y + room.y}, rows, fitting);
    return went_to;
}

}  // namespace app::ui
