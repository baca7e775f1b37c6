#include "app/ui/receive_view.h"

#include "app/ui/fonts.h"
#include "app/ui/hex_rows.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/channel/failure.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using net::capture::PlacedRead;
using net::capture::RowMap;
using net::channel::Direction;
using session::Session;

// Of a sheet that is opened late: about a millisecond a frame, a million reads in a twelfth of a second.
constexpr std::uint64_t kReadsPerFrame = 200'000;

// ---- Which sheet ----

Sheet& sheet_in_sight(ReceiveView& view, const Selection& selection) {
    switch (view.scope) {
        case ReceiveView::Scope::kAll: return view.all;
        case ReceiveView::Scope::kPinned:
            if (view.one.connection != view.pinned) view.one = Sheet{.connection = view.pinned};
            return view.one;
        case ReceiveView::Scope::kFollowSelection: break;
    }
    if (selection.cursor() == ConnectionId::kNone) return view.all;
    if (view.one.connection != selection.cursor())
        view.one = Sheet{.connection = selection.cursor()};
    return view.one;
}

void catch_up(const Session& session, ReceiveView& view, Sheet& sheet) {
    if (view.index != &session.reads()) {  // another session
        view.index = &session.reads();
        view.all = Sheet{};
        view.one = Sheet{.connection = view.one.connection};
    }
    if (!sheet.rows)
        sheet.rows = std::make_unique<RowMap>(*view.index, sheet.connection, kBytesPerRow);
    sheet.is_up_to_date = sheet.rows->advance(kReadsPerFrame);
}

// ---- The line above ----

std::string scope_words(const Session& session,
                        const Sheet& sheet,
                        const Selection& selection,
                        const ReceiveView& view) {
    if (sheet.connection == ConnectionId::kNone) return "All connections, interleaved";
    std::string words = "#" + std::to_string(net::channel::number(sheet.connection));
    const session::Connection* connection = session.connection(sheet.connection);
    words += connection == nullptr ? std::string(" (cleared from the list)")
                                   : "  " + connection->peer_text;
    if (view.scope == ReceiveView::Scope::kFollowSelection && selection.size() > 1) {
        words += "  (last of " + count_text(selection.size()) + " selected)";
    }
    return words;
}

void draw_toolbar(const Session& session,
                  ReceiveView& view,
                  const Sheet& sheet,
                  const Selection& selection) {
    using Scope = ReceiveView::Scope;
    ImGui::AlignTextToFramePadding();
    strong_text("Bytes");
    ImGui::SameLine(0, px(kSpace3));
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("Selected", view.scope == Scope::kFollowSelection))
        view.scope = Scope::kFollowSelection;
    hover_text("Shows the connection that is selected above, or all while none is");
    ImGui::SameLine();
    if (segment("All", view.scope == Scope::kAll)) view.scope = Scope::kAll;
    hover_text("Shows all connections, interleaved in the order in which things happened");
    if (view.pinned != ConnectionId::kNone) {
        const std::string label =
            "Only #" + std::to_string(net::channel::number(view.pinned)) + "###pinned";
        ImGui::SameLine();
        if (segment(label.c_str(), view.scope == Scope::kPinned)) view.scope = Scope::kPinned;
        hover_text("Stays on this connection, whatever is selected");
    }
    ImGui::PopStyleVar();
    ImGui::SameLine(0, px(kSpace3));
    const float left = ImGui::GetCursorPosX();
    const float right = left + ImGui::GetContentRegionAvail().x;

    std::string state;
    if (!sheet.is_up_to_date) {
        state = "reading the index ...";
    } else if (sheet.rows->read_count() != 0) {
        state = sheet.scroll.follows_tail ? "following" : "scrolled up";
    }
    const float state_width = text_width(state);
    text_elided(scope_words(session, sheet, selection, view), Role::kMuted,
                std::max(right - left - state_width - px(kSpace3), px(20)));
    if (state.empty() || right - state_width < left + px(40)) return;
    ImGui::SameLine();
    ImGui::SetCursorPosX(right - state_width);
    text(state, sheet.scroll.follows_tail ? Role::kMuted : Role::kWarning);
}

// ---- The rows ----

// Where each column begins, in pixels from the left of a row; narrower forms where the room is short.
struct Columns {
    float character = 0;
    float arrow = 0;
    float word = 0;
    float connection = 0;
    float offset = 0;
    float hex = 0;
    float text = 0;
    float end = 0;
    int time_digits = 6;
    bool has_word = true;
    bool has_connection = false;
    std::size_t connection_digits = 0;
    std::size_t offset_digits = 8;
};

Columns arrange(float character,
                float room,
                std::size_t connection_digits,
                std::size_t offset_digits) {
    Columns columns{.character = character,
                    .has_connection = connection_digits != 0,
                    .connection_digits = connection_digits,
                    .offset_digits = offset_digits};
    struct Form {
        int time_digits;
        bool has_word;
    };
    constexpr std::array<Form, 4> kForms{{{6, true}, {3, true}, {3, false}, {0, false}}};
    for (const Form& form : kForms) {
        columns.time_digits = form.time_digits;
        columns.has_word = form.has_word;
        const std::size_t time =
            form.time_digits == 0 ? 8 : 9 + static_cast<std::size_t>(form.time_digits);
        std::size_t at = 1 + time + 2;
        const auto place = [&](float& column, std::size_t width, std::size_t gap) {
            column = static_cast<float>(at) * character;
            at += width + gap;
        };
        place(columns.arrow, 2, 1);
        if (form.has_word) place(columns.word, 4, 2);
        if (connection_digits != 0) place(columns.connection, connection_digits + 1, 2);
        place(columns.offset, offset_digits, 2);
        place(columns.hex, kHexColumns, 2);
        place(columns.text, kBytesPerRow, 1);
        columns.end = static_cast<float>(at) * character;
        if (columns.end <= room) break;
    }
    return columns;
}

std::size_t digits_of(std::uint64_t number) {
    return std::to_string(number).size();
}

struct VisibleRow {
    RowMap::Row row;
    PlacedRead read;
};

// The rows in sight, with what they belong to. One look-up a read, not a row.
std::vector<VisibleRow> rows_in_sight(const net::capture::ReadIndex& index,
                                      const Sheet& sheet,
                                      std::uint64_t count) {
    std::vector<VisibleRow> rows;
    const std::uint64_t end = std::min(sheet.scroll.first_row + count, sheet.rows->row_count());
    rows.reserve(static_cast<std::size_t>(end - std::min(end, sheet.scroll.first_row)));
    for (std::uint64_t row = sheet.scroll.first_row; row < end; ++row) {
        VisibleRow visible{.row = sheet.rows->row(row), .read = {}};
        const bool is_same_read = !rows.empty() && rows.back().row.position == visible.row.position;
        visible.read = is_same_read ? rows.back().read : index.at(visible.row.position);
        rows.push_back(visible);
    }
    return rows;
}

void draw_heading(ImDrawList& list, ImVec2 at, const Columns& columns, bool is_interleaved) {
    const ImU32 tint = color_u32(Role::kMuted);
    draw_text(list, {at.x + columns.character, at.y}, tint, "Time");
    if (is_interleaved) draw_text(list, {at.x + columns.connection, at.y}, tint, "#");
    draw_text(list, {at.x + columns.offset, at.y}, tint, "Offset");
    draw_text(list, {at.x + columns.hex, at.y}, tint,
              "00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f");
    draw_text(list, {at.x + columns.text, at.y}, tint, "Text");
}

void draw_row_head(ImDrawList& list,
                   ImVec2 at,
                   float line,
                   float width,
                   const VisibleRow& visible,
                   const Columns& columns,
                   bool is_top) {
    const bool is_sent = visible.read.entry.direction() == Direction::kSent;
    const Role role = is_sent ? Role::kSent : Role::kReceived;
    const bool is_first = visible.row.offset_in_read == 0;
    if (is_first && !is_top)
        list.AddLine({at.x, at.y}, {at.x + width, at.y}, tint_u32(Role::kBorder, 0.55F), 1.0F);
    list.AddRectFilled(at, {at.x + width, at.y + line}, tint_u32(role, is_sent ? 0.055F : 0.03F));
    list.AddRectFilled(at, {at.x + px(3), at.y + line}, color_u32(role));
    if (is_first || is_top) {  // the topmost row says whose it is even in mid-read
        draw_text(list, {at.x + columns.character, at.y},
                  is_first ? color_u32(Role::kMuted) : tint_u32(Role::kMuted, 0.6F),
                  time_text(visible.read.entry.time_ns, columns.time_digits));
        if (columns.has_word)
            draw_text(list, {at.x + columns.word, at.y}, color_u32(role),
                      is_sent ? "sent" : "recv");
    }
    const float size = std::round(line * 0.62F);
    arrow_shape(list, {at.x + columns.arrow, at.y + std::round((line - size) / 2)}, size, is_sent,
                is_first || is_top ? color_u32(role) : mix_u32(Role::kField, role, 0.5F));
    if (columns.has_connection && (is_first || is_top)) {
        draw_text(list, {at.x + columns.connection, at.y}, color_u32(Role::kText),
                  "#" + std::to_string(net::channel::number(visible.read.connection)));
    }
    draw_text(list, {at.x + columns.offset, at.y}, color_u32(Role::kMuted),
              format_offset(visible.read.stream_offset + visible.row.offset_in_read).view());
}

void draw_row_bytes(ImDrawList& list,
                    ImVec2 at,
                    const Columns& columns,
                    std::span<const std::uint8_t> bytes) {
    const HexRow row = format_hex_row(bytes);
    const ImVec2 hex_at{at.x + columns.hex, at.y};
    const ImVec2 text_at{at.x + columns.text, at.y};
    const auto draw = [&](ImVec2 where, Role role, std::string_view words) {
        list.AddText(where, color_u32(role), words.data(), words.data() + words.size());
    };
    draw(hex_at, Role::kText, row.view(row.hex_strong));
    if (row.has_faint_hex) draw(hex_at, Role::kMuted, row.view(row.hex_faint));
    draw(text_at, Role::kText, row.view(row.text_strong));
    if (row.has_faint_text) draw(text_at, Role::kMuted, row.view(row.text_faint));
    log_text(hex_at, row.view(row.hex));
    log_text(text_at, row.view(row.text));
}

// What stands in a row in place of bytes, so that it cannot be taken for any.
void draw_row_words(ImDrawList& list,
                    ImVec2 at,
                    float line,
                    float width,
                    const Columns& columns,
                    std::string_view words,
                    Role role) {
    list.AddRectFilled({at.x + columns.hex - px(4), at.y}, {at.x + width, at.y + line},
                       tint_u32(role, 0.10F));
    draw_text(list, {at.x + columns.hex, at.y}, color_u32(role), words);
}

// Bytes that were there and are not in what is read. Those before all others were sent before the capture began, or stand in a file before this one.
std::string gap_words(const Session& session, const PlacedRead& gap) {
    const session::Connection* const connection = session.connection(gap.connection);
    const bool is_before =
        gap.stream_offset == 0 && connection != nullptr && connection->is_continued;
    const std::string count = counted(gap.entry.gap_bytes(), "byte");
    return count + (is_before ? " before this are not in this capture" : " missing: not captured");
}

// Of a read whose bytes can't be had: pread's answer in words.
std::string unreadable_words(std::int64_t got) {
    // FileTable::read of a file that was dropped.
    if (got == -ESTALE) return "no longer kept: the ring has deleted the file with these bytes";
    if (got < 0) return "cannot be read: " + net::channel::errno_text(static_cast<int>(-got));
    return "cannot be read: the capture file has been cut short";
}

// Rows of one read that follow one another are one pread(2).
void draw_rows(ImDrawList& list,
               ImVec2 at,
               float line,
               float width,
               const Session& session,
               const net::capture::FileTable& files,
               ReceiveView& view,
               const std::vector<VisibleRow>& rows,
               const Columns& columns) {
    for (std::size_t begin = 0; begin < rows.size();) {
        std::size_t end = begin + 1;
        std::size_t size = rows[begin].row.size;
        while (end < rows.size() && rows[end].row.position == rows[begin].row.position)
            size += rows[end++].row.size;
        const net::capture::ReadEntry& entry = rows[begin].read.entry;
        view.bytes.resize(size);
        const std::int64_t got =
            size == 0 ? 0
                      : files.read(entry.file(), entry.offset() + rows[begin].row.offset_in_read,
                                   view.bytes);
        std::size_t used = 0;
        for (std::size_t i = begin; i < end; ++i) {
            const ImVec2 row_at{at.x, at.y + line * static_cast<float>(i)};
            draw_row_head(list, row_at, line, width, rows[i], columns, i == 0);
            const std::size_t row_size = rows[i].row.size;
            if (entry.is_gap()) {
                draw_row_words(list, row_at, line, width, columns, gap_words(session, rows[i].read),
                               Role::kWarning);
            } else if (got >= 0 && used + row_size <= static_cast<std::size_t>(got)) {
                draw_row_bytes(list, row_at, columns,
                               std::span(view.bytes).subspan(used, row_size));
            } else if (i == begin || i == 0) {
                draw_row_words(list, row_at, line, width, columns, unreadable_words(got),
                               got == -ESTALE ? Role::kMuted : Role::kError);
            }
            used += row_size;
        }
        begin = end;
    }
}

void draw_nothing(const Session& session, const Sheet& sheet, ImVec2 from, ImVec2 size) {
    std::string_view first = "Nothing has been received or sent yet.";
    std::string_view second =
        "Start a server or connect a client on the left; every byte shows up here as it comes.";
    if (!session.is_live()) {
        second = "This capture holds no bytes here.";
    } else if (sheet.connection != ConnectionId::kNone) {
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

void draw_jump_button(Sheet& sheet, ImVec2 from, ImVec2 to) {
    RowScroll& scroll = sheet.scroll;
    if (scroll.follows_tail) return;
    const std::uint64_t fresh =
        sheet.rows->read_count() - std::min(sheet.reads_when_left, sheet.rows->read_count());
    std::string label = "Jump to newest";
    if (fresh != 0) label += " (" + count_text(fresh) + " new)";
    label += "###Jump to newest";
    const float width = button_width(label.c_str());
    ImGui::SetCursorScreenPos(
        {std::round((from.x + to.x - width) / 2), to.y - ImGui::GetFrameHeight() - px(kSpace2)});
    if (button(label.c_str(), ButtonKind::kPrimary)) scroll.follows_tail = true;
}

void draw_sheet(const Session& session,
                const net::capture::FileTable& files,
                ReceiveView& view,
                Sheet& sheet) {
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float bar = ImGui::GetStyle().ScrollbarSize;
    if (room.y < px(40) || room.x < px(80)) return;

    ImGui::PushFont(font(Face::kBytes), kBytesSize);
    const float character = ImGui::CalcTextSize("0").x;
    const float line = std::round(ImGui::GetTextLineHeight() + px(3));
    const bool is_interleaved = sheet.connection == ConnectionId::kNone;
    const std::size_t connection_digits =
        is_interleaved ? digits_of(std::max<std::uint64_t>(session.totals().connections, 99)) : 0;

    constexpr ImGuiWindowFlags kFlags =
        ImGuiWindowFlags_HorizontalScrollbar | ImGuiWindowFlags_NoScrollWithMouse;
    begin_region("##sheet", {room.x - bar, room.y}, Role::kField, false, kFlags);
    ImGuiWindow* const window = ImGui::GetCurrentWindow();
    const ImRect inner = window->InnerRect;
    const ImVec2 body{inner.Min.x, inner.Min.y + line};
    const auto fitting =
        static_cast<std::uint64_t>(std::max((inner.GetHeight() - line) / line, 1.0F));
    const FocusStop stop = focus_stop("##Bytes", inner.Min, inner.Max, true);
    if (view.wants_focus) {
        take_focus(stop);
        view.wants_focus = false;
    }
    view.has_focus = stop.is_focused;

    const bool was_following = sheet.scroll.follows_tail;
    sheet.scroll.settle(sheet.rows->row_count(), fitting);
    scroll_by_input(sheet.scroll, stop, sheet.rows->row_count(), fitting);
    if (stop.is_hovered) {
        const ImGuiIO& io = ImGui::GetIO();
        const float sideways = io.MouseWheelH + (io.KeyShift ? io.MouseWheel : 0.0F);
        if (sideways != 0.0F) ImGui::SetScrollX(ImGui::GetScrollX() - sideways * character * 5);
    }

    const std::vector<VisibleRow> rows = rows_in_sight(session.reads(), sheet, fitting + 1);
    std::size_t offset_digits = 8;
    for (const VisibleRow& row : rows) {
        offset_digits = std::max(
            offset_digits, format_offset(row.read.stream_offset + row.row.offset_in_read).size);
    }
    const Columns columns = arrange(character, inner.GetWidth(), connection_digits, offset_digits);
    ImGui::SetCursorPos({0, 0});
    if (sheet.rows->row_count() != 0) ImGui::Dummy({columns.end, 1});
    if (sheet.rows->row_count() != 0) {
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const float shift = ImGui::GetScrollX();
        const float width = std::max(columns.end, inner.GetWidth());
        draw_heading(list, {inner.Min.x - shift, inner.Min.y + px(1)}, columns, is_interleaved);
        draw_rows(list, {body.x - shift, body.y}, line, width, session, files, view, rows, columns);
    }
    if (stop.is_focused) ImGui::RenderNavCursor(inner, stop.id, ImGuiNavRenderCursorFlags_Compact);
    ImGui::PopFont();
    if (sheet.rows->row_count() == 0) draw_nothing(session, sheet, inner.Min, inner.GetSize());
    draw_jump_button(sheet, inner.Min, inner.Max);
    end_region();

    ImGui::SetCursorScreenPos({from.x + room.x - bar, from.y});
    scroll_bar("##Bytes scrollbar", sheet.scroll, {from.x + room.x - bar, body.y},
               {from.x + room.x, inner.Max.y}, sheet.rows->row_count(), fitting);
    if (was_following && !sheet.scroll.follows_tail)
        sheet.reads_when_left = sheet.rows->read_count();
}

}  // namespace

void draw_receive_view(const session::Session& session,
                       const net::capture::FileTable& files,
                       ReceiveView& view,
                       const Selection& selection,
                       const FrameInfo& /*frame*/) {
    Sheet& sheet = sheet_in_sight(view, selection);
    catch_up(session, view, sheet);
    view.is_catching_up = !sheet.is_up_to_date;
    draw_toolbar(session, view, sheet, selection);
    draw_sheet(session, files, view, sheet);
}

bool is_catching_up(const ReceiveView& view) {
    return view.is_catching_up;
}

}  // namespace app::ui
