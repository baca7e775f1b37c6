// The rows of the receive view, and what the mouse and the keyboard do in them.
#include "app/ui/numbers.h"
#include "app/ui/receive_view_parts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using net::channel::Direction;
using session::Session;

// Of a selection or of what has come since: a few milliseconds a frame at the most.
constexpr std::uint64_t kCountedPerFrame = 200'000;
// A person looks at so much for an encoding as well.
constexpr std::size_t kSampleBytes = 4096;

void draw_nothing(const ViewTurn& turn, const ReceiveView& view, ImVec2 from, ImVec2 size) {
    const Session& session = turn.session;
    std::string_view first = "Nothing has been received or sent yet.";
    std::string_view second =
        "Start a server or connect a client on the left; every byte shows up here as it comes.";
    if (is_any(view.filter) && session.reads().size() != 0) {
        first = "Nothing passes the filter.";
        second = "Take conditions away above; everything is in the capture all the same.";
    } else if (!session.is_live()) {
        second = "This capture holds no bytes here.";
    } else if (!view.sheet.spec().filter.connections.empty()) {
        first = "Nothing on this connection yet.";
        second = "Type something in the send box below, or let the peer begin.";
    } else if (session.totals().open_connections != 0) {
        second = "Type something in the send box below, or let a peer begin.";
    }
    const float top = from.y + std::max((size.y - 3 * ImGui::GetTextLineHeight()) / 2, 0.0F);
    const auto centered = [&](std::string_view words, float y, Role role) {
        ImGui::SetCursorScreenPos(
            {from.x + std::max((size.x - text_width(words)) / 2, px(kSpace2)), y});
        wrapped_text(words, role);
    };
    centered(first, top, Role::kText);
    centered(second, top + ImGui::GetTextLineHeightWithSpacing(), Role::kMuted);
}

// ---- What has come since the tail was left ----

void count_fresh(ReceiveView& view) {
    Sheet& sheet = view.sheet;
    const SheetPlaces places = sheet.places();
    if (sheet.scroll.follows_tail && !view.toolbar.is_paused) {
        view.left_at.reset();
        view.fresh.forget();
        return;
    }
    const bool are_others = view.left_generation != sheet.generation();
    if (are_others || (view.left_at && !view.is_left_settled)) {
        // The place that is remembered is one of other items, or may have become one.
        const auto byte = view.left_byte;
        view.left_at = byte ? sheet.sheet_place(*byte) : std::nullopt;
        if (are_others) view.fresh.forget();
        view.left_generation = sheet.generation();
    }
    if (!view.left_at) {
        view.left_at = places.last();
        view.left_byte = view.left_at ? sheet.byte_place(*view.left_at) : std::nullopt;
        if (!view.left_at) return;
    }
    view.is_left_settled = view.left_at->item < sheet.items().stable_size();
    const auto last = places.last();
    if (!last) return;
    ByteSelection since;
    since.select(*view.left_at, *last);
    static_cast<void>(view.fresh.update(sheet.items(), since, kCountedPerFrame));
}

// Bytes behind the last one that was there when the tail was left.
std::uint64_t fresh_bytes(const ReceiveView& view) {
    return view.left_at ? view.fresh.bytes() - std::min<std::uint64_t>(view.fresh.bytes(), 1) : 0;
}

void draw_jump_button(ReceiveView& view, ImVec2 to) {
    RowScroll& scroll = view.sheet.scroll;
    if (scroll.follows_tail) return;
    const std::uint64_t fresh = fresh_bytes(view);
    std::string label = "\xE2\x86\x93 ";
    label += fresh == 0 ? std::string("Newest") : size_text(fresh) + " new";
    label += "###Jump to newest";
    const float width = button_width(label.c_str());
    ImGui::SetCursorScreenPos(
        {std::round(to.x - width - px(kSpace2)), to.y - ImGui::GetFrameHeight() - px(kSpace2)});
    if (button(label.c_str(), ButtonKind::kPrimary)) {
        scroll.follows_tail = true;
        view.toolbar.is_paused = false;
    }
    hover_text("Goes to the newest byte and stays there as more come");
}

// ---- The mouse ----

// The row under the mouse, or the nearest in sight; nothing: there are no rows.
std::optional<RowHit> hit_at(const ReceiveView& view, ImVec2 body, ImVec2 mouse) {
    if (view.seen.count == 0) return std::nullopt;
    const float row = (mouse.y - body.y) / view.row_height;
    const auto last = static_cast<float>(view.seen.count - 1);
    return hit(view.seen, static_cast<std::size_t>(std::clamp(row, 0.0F, last)), view.columns,
               mouse.x - body.x);
}

void select_item(ReceiveView& view, std::uint64_t item) {
    const std::uint64_t bytes = view.sheet.items().item(item).bytes;
    if (bytes == 0) return;
    view.sheet.selection.select({.item = item, .offset = bytes - 1}, {.item = item, .offset = 0});
}

void press_mouse(ReceiveView& view, const RowHit& hit, bool is_message_mode) {
    ByteSelection& selection = view.sheet.selection;
    const bool extends = ImGui::GetIO().KeyShift;
    view.sheet.scroll.follows_tail =
        view.sheet.scroll.follows_tail && view.sheet.rows().row_count() <= view.sheet.rows_in_sight;
    const bool is_whole = hit.is_heading || (is_message_mode && hit.part == RowPart::kHead);
    if (is_whole && !extends) return select_item(view, hit.item);
    if (!hit.place) {
        if (!extends) selection.clear();
        return;
    }
    view.cursor_is_in_text = hit.part == RowPart::kText;
    selection.move_to(*hit.place, extends);
    selection.want_column(view.sheet.places().column_of(*hit.place));
    view.is_selecting = true;
}

void drag_mouse(ReceiveView& view, ImVec2 body, ImVec2 end) {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const std::uint64_t rows = view.sheet.rows().row_count();
    // Beyond the edge it goes on by itself, the faster the farther away.
    const float above = body.y - mouse.y;
    const float below = mouse.y - end.y;
    if (above > 0)
        view.sheet.scroll.move_by(-1 - static_cast<std::int64_t>(above / view.row_height), rows,
                                  view.sheet.rows_in_sight);
    if (below > 0)
        view.sheet.scroll.move_by(1 + static_cast<std::int64_t>(below / view.row_height), rows,
                                  view.sheet.rows_in_sight);
    if (above > 0 || below > 0) view.sheet.scroll.follows_tail = false;
    const auto hit = hit_at(view, body, mouse);
    if (hit && hit->place && *hit->place != *view.sheet.selection.cursor())
        view.sheet.selection.move_to(*hit->place, true);
}

void take_mouse(
    const ViewTurn& turn, ReceiveView& view, const FocusStop& stop, ImVec2 body, ImVec2 end) {
    const bool is_message_mode = turn.settings.mode == session::ViewMode::kMessages;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool is_over = stop.is_hovered && mouse.y >= body.y;
    if (is_over && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) {
        if (const auto hit = hit_at(view, body, mouse)) press_mouse(view, *hit, is_message_mode);
    }
    if (is_over && ImGui::IsMouseClicked(ImGuiMouseButton_Right)) {
        const auto hit = hit_at(view, body, mouse);
        if (hit && hit->place && !view.sheet.selection.contains(*hit->place)) {
            view.cursor_is_in_text = hit->part == RowPart::kText;
            view.sheet.selection.move_to(*hit->place, false);
        }
        ImGui::OpenPopup("##bytes menu");
    }
    if (!ImGui::IsMouseDown(ImGuiMouseButton_Left)) view.is_selecting = false;
    if (view.is_selecting && !view.sheet.selection.is_empty()) drag_mouse(view, body, end);
}

// ---- The keyboard ----

struct MoveKey {
    ImGuiKey key;
    CursorMove plain;
    CursorMove with_ctrl;
};
constexpr std::array<MoveKey, 8> kMoveKeys{{
    {ImGuiKey_LeftArrow, CursorMove::kLeft, CursorMove::kLeft},
    {ImGuiKey_RightArrow, CursorMove::kRight, CursorMove::kRight},
    {ImGuiKey_UpArrow, CursorMove::kUp, CursorMove::kUp},
    {ImGuiKey_DownArrow, CursorMove::kDown, CursorMove::kDown},
    {ImGuiKey_PageUp, CursorMove::kPageUp, CursorMove::kPageUp},
    {ImGuiKey_PageDown, CursorMove::kPageDown, CursorMove::kPageDown},
    {ImGuiKey_Home, CursorMove::kRowBegin, CursorMove::kFirst},
    {ImGuiKey_End, CursorMove::kRowEnd, CursorMove::kLast},
}};

void take_cursor_keys(ReceiveView& view, const FocusStop& stop) {
    const ImGuiIO& io = ImGui::GetIO();
    Sheet& sheet = view.sheet;
    for (const MoveKey& key : kMoveKeys) {
        if (!key_pressed(stop, key.key)) continue;
        const std::uint64_t version = sheet.selection.version();
        move_cursor(sheet.selection, sheet.places(), io.KeyCtrl ? key.with_ctrl : key.plain,
                    io.KeyShift, view.sheet.rows_in_sight);
        if (sheet.selection.version() == version || sheet.selection.is_empty()) continue;
        const bool is_last = io.KeyCtrl && key.with_ctrl == CursorMove::kLast;
        sheet.reveal(sheet.places().row_of(*sheet.selection.cursor()), view.sheet.rows_in_sight);
        if (is_last) sheet.scroll.follows_tail = true;
    }
}

void take_keys(const ViewTurn& turn, ReceiveView& view, const FocusStop& stop) {
    Sheet& sheet = view.sheet;
    if (!stop.is_focused) return;
    for (const ImGuiKey key : {ImGuiKey_LeftArrow, ImGuiKey_RightArrow})
        ImGui::SetKeyOwner(key, stop.id);
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_A))
        select_all(sheet.selection, sheet.places());
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_C))
        copy_as(turn, view,
                view.cursor_is_in_text || !view.columns.has_hex ? net::bytes::ByteFormat::kText
                                                                : net::bytes::ByteFormat::kHex);
    if (sheet.selection.is_empty()) return;
    // Else the library would let go of the focus as well.
    ImGui::SetKeyOwner(ImGuiKey_Escape, stop.id);
    take_cursor_keys(view, stop);
    if (key_pressed(stop, ImGuiKey_Escape)) sheet.selection.clear();
}

void scroll_sideways(const FocusStop& stop, float character) {
    if (!stop.is_hovered) return;
    const ImGuiIO& io = ImGui::GetIO();
    const float sideways = io.MouseWheelH + (io.KeyShift ? io.MouseWheel : 0.0F);
    if (sideways != 0.0F) ImGui::SetScrollX(ImGui::GetScrollX() - sideways * character * 5);
}

// Without a cursor the arrows move the rows; with one they move it, and the wheel alone moves the rows.
void scroll_rows(ReceiveView& view, FocusStop stop) {
    Sheet& sheet = view.sheet;
    if (!sheet.selection.is_empty()) stop.is_focused = false;
    scroll_by_input(sheet.scroll, stop, sheet.rows().row_count(), view.sheet.rows_in_sight);
}

// Of the highlight whose label is under the mouse.
void tell_tag(const ViewMarks& marks) {
    for (const SeenTag& tag : marks.tags) {
        if (!tag.rect.Contains(ImGui::GetIO().MousePos) || !ImGui::BeginTooltip()) continue;
        const session::Highlight& rule = marks.compiled[tag.rule];
        constexpr std::array<std::string_view, 3> kKinds{"text  ", "hex  ", "regular expression  "};
        constexpr std::size_t kMostPattern = 200;
        ImGui::PushFont(font(Face::kText), kTextSize);
        text(net::bytes::printable(rule.label));
        text(std::string(kKinds[static_cast<std::size_t>(rule.pattern.kind)]) +
                 net::bytes::printable(rule.pattern.text, kMostPattern),
             Role::kMuted);
        ImGui::PopFont();
        ImGui::EndTooltip();
        return;
    }
}

std::size_t offset_digits_of(const ReceiveView& view) {
    std::size_t digits = 8;
    for (std::size_t i = 0; i < view.seen.count; ++i) {
        const SeenRow& row = view.seen.rows[i];
        digits = std::max(
            digits,
            format_offset(view.seen.run_of(row).item.stream_offset + row.row.offset_in_item).size);
    }
    return digits;
}

// A line of text may have more columns than bytes: what is no character takes two.
float content_end(const ReceiveView& view) {
    std::uint32_t columns = 0;
    if (!view.columns.has_hex)
        for (std::size_t i = 0; i < view.seen.count; ++i)
            columns = std::max(columns, view.seen.rows[i].text.line.columns);
    return std::max(view.columns.end,
                    view.columns.text + static_cast<float>(columns + 1) * view.columns.character);
}

}  // namespace

void draw_sheet(const ViewTurn& turn, ReceiveView& view, ColumnNeeds needs, ImVec2 room) {
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const float bar = ImGui::GetStyle().ScrollbarSize;
    if (room.y < px(40) || room.x < px(80)) return;
    Sheet& sheet = view.sheet;

    ImGui::PushFont(font(Face::kBytes), kBytesSize);
    const float line = std::round(ImGui::GetTextLineHeight() + px(3));
    view.row_height = line;
    constexpr ImGuiWindowFlags kFlags =
        ImGuiWindowFlags_HorizontalScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
    begin_region("##sheet", {room.x - bar, room.y}, Role::kField, false, kFlags);
    const ImRect inner = ImGui::GetCurrentWindow()->InnerRect;
    const ImVec2 body{inner.Min.x, inner.Min.y + line};
    sheet.rows_in_sight =
        static_cast<std::uint64_t>(std::max((inner.GetHeight() - line) / line, 1.0F));
    const FocusStop stop = focus_stop("##Bytes", inner.Min, inner.Max, true);
    if (view.wants_focus) take_focus(stop);
    view.wants_focus = false;
    view.has_focus = stop.is_focused;

    const std::uint64_t row_count = sheet.rows().row_count();
    sheet.scroll.settle(row_count, view.sheet.rows_in_sight);
    scroll_rows(view, stop);
    take_keys(turn, view, stop);
    scroll_sideways(stop, needs.character);
    count_fresh(view);
    static_cast<void>(count_selected(view, kCountedPerFrame));

    const float shift = ImGui::GetScrollX();
    needs.room = inner.GetWidth();
    needs.offset_digits = offset_digits_of(view);  // of the last frame: they hardly change
    view.columns = arrange(needs);
    look_at_rows({.index = turn.session.reads(),
                  .files = turn.files,
                  .items = sheet.items(),
                  .rows = sheet.rows()},
                 sheet.scroll.first_row, view.sheet.rows_in_sight + 1, view.columns,
                 turn.settings.encoding, view.seen);
    if (needs.offset_digits < offset_digits_of(view)) {
        needs.offset_digits = offset_digits_of(view);
        view.columns = arrange(needs);
    }
    ImGui::SetCursorPos({0, 0});
    SheetLook look{.mode = needs.mode,
                   .time_form = needs.time_form,
                   .first_ns = first_read_ns(turn.session),
                   .line = line,
                   .width = std::max(view.columns.end, inner.GetWidth()),
                   .right = inner.Max.x,
                   .has_focus = stop.is_focused,
                   .cursor_is_in_text = view.cursor_is_in_text};
    if (row_count != 0) {
        const float end = content_end(view);
        look.width = std::max(end, look.width);
        ImGui::Dummy({end, 1});
        ImDrawList& list = *ImGui::GetWindowDrawList();
        take_mouse(turn, view, stop, {body.x - shift, body.y}, inner.Max);
        find_marks(view.marks, turn.session, view.seen, turn.facts.search, turn.settings.highlights,
                   view.search.current);
        draw_sheet_heading(list, {inner.Min.x - shift, inner.Min.y + px(1)}, view.columns, look);
        draw_seen_rows(list, {body.x - shift, body.y}, turn.session, view.seen, view.columns, look,
                       sheet.selection, view.marks.seen, view.marks.compiled, view.marks.tags,
                       view.hex_scratch);
        if (stop.is_hovered && !view.is_selecting) tell_tag(view.marks);
    }
    if (stop.is_focused) ImGui::RenderNavCursor(inner, stop.id, ImGuiNavRenderCursorFlags_Compact);
    ImGui::PopFont();
    if (row_count == 0) draw_nothing(turn, view, inner.Min, inner.GetSize());
    draw_bytes_menu(turn, view);
    draw_jump_button(view, inner.Max);
    end_region();

    const ImVec2 bar_from{from.x + room.x - bar, body.y};
    const ImVec2 bar_to{from.x + room.x, inner.Max.y};
    ImGui::SetCursorScreenPos({from.x + room.x - bar, from.y});
    scroll_bar("##Bytes scrollbar", sheet.scroll, bar_from, bar_to, row_count,
               view.sheet.rows_in_sight);
    draw_bar_marks(view.marks, *ImGui::GetWindowDrawList(), bar_from, bar_to, sheet,
                   turn.facts.search);
    draw_refusal(view);
}

// Of the connection that stands at the top, from its beginning: what a protocol says first.
void look_at_encoding(const ViewTurn& turn, ReceiveView& view) {
    if (view.seen.count == 0) {
        view.hint.reset();
        return;
    }
    const net::capture::ReadIndex& reads = turn.session.reads();
    const ConnectionId connection = view.seen.runs.front().item.connection;
    const session::Connection* const facts = turn.session.connection(connection);
    const std::uint64_t bytes = facts == nullptr ? 0 : facts->received + facts->sent;
    // Looked at again while the sample still grows, in steps.
    const std::uint64_t steps = std::min<std::uint64_t>(bytes, kSampleBytes) / 256;
    const std::uint64_t key =
        net::channel::number(connection) * 64 + steps +
        (std::uint64_t{static_cast<std::uint8_t>(turn.settings.encoding)} << 56U);
    if (view.hint_key == key) return;
    view.hint_key = key;
    view.hint.reset();
    std::array<std::uint8_t, kSampleBytes> sample{};
    const StreamContext context(reads, turn.files);
    for (std::uint64_t k = 0; k < std::min<std::uint64_t>(reads.size(connection), 64); ++k) {
        const std::uint64_t position = reads.position(connection, k);
        if (reads.entry(position).is_gap()) continue;
        const std::size_t got = context.after({.position = position, .offset = 0}, sample);
        if (got < 16) continue;
        view.hint =
            net::bytes::likely_encoding(std::span(sample).first(got), turn.settings.encoding);
        return;
    }
}

}  // namespace app::ui
