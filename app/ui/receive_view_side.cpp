// Search over the bytes, and the panels beside them.
#include "app/ui/receive_view_parts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace app::ui {

namespace {

using net::capture::BytePlace;
using net::capture::MatchRecord;
using session::SearchFacts;
using session::ViewSettings;

// Lengths at scale 1.
constexpr float kLeastSide = 220;
constexpr float kLeastBytesWidth = 420;
constexpr float kLeastHeight = 90;
constexpr float kGap = 6;
constexpr float kLeastBytesHeight = 60;
constexpr float kNarrow = 760;         // below this the panels stand under the bytes ...
constexpr float kLow = 240;            // ... unless there is no height for that, and at least
constexpr float kLeastLowWidth = 380;  // is left to the bytes

struct PanelName {
    SidePanel panel;
    const char* name;  // also how it is remembered
};
constexpr std::array<PanelName, 4> kPanels{{{SidePanel::kInspector, "Inspector"},
                                            {SidePanel::kMatches, "Matches"},
                                            {SidePanel::kNotes, "Notes"},
                                            {SidePanel::kTraffic, "Traffic"}}};

SidePanel chosen_panel(const ViewSettings& settings) {
    for (const PanelName& one : kPanels)
        if (settings.side_panel == one.name) return one.panel;
    return kPanels.front().panel;
}

// ---- Search ----

void go_to_match(const ViewTurn& turn, ReceiveView& view, std::uint64_t number) {
    std::array<MatchRecord, 1> record{};
    const SearchFacts& search = turn.facts.search;
    if (!search.matches || search.matches->read(number, record) == 0) return;
    view.search.current = number;
    show_match(view.side.matches, number);
    view.sheet.go_to({.position = record[0].position, .offset = record[0].offset_in_read}, true,
                     record[0].bytes);
}

// From the match at which the view stands, else from the cursor, else from the top.
void step(const ViewTurn& turn, ReceiveView& view, bool is_forward) {
    const SearchFacts& search = turn.facts.search;
    if (!search.matches || search.matches->stored() == 0) return;
    const std::uint64_t count = search.matches->stored();
    std::uint64_t number = 0;
    if (view.search.current) {
        number = is_forward ? *view.search.current + 1 : *view.search.current + count - 1;
    } else {
        const Sheet& sheet = view.sheet;
        SheetPlace from;
        if (!sheet.selection.is_empty()) {
            from = *sheet.selection.cursor();
        } else if (sheet.rows().row_count() != 0) {
            const auto row =
                sheet.rows().row(std::min(sheet.scroll.first_row, sheet.rows().row_count() - 1));
            from = {.item = row.item, .offset = row.offset_in_item};
        }
        const BytePlace place = sheet.byte_place(from).value_or(BytePlace{});
        number = search.matches->first_from(place.position, place.offset);
        if (!is_forward) number += count - 1;
    }
    go_to_match(turn, view, number % count);
}

session::SearchWish search_wish(const ReceiveView& view) {
    session::SearchWish wish;
    wish.pattern = *view.search.searched;
    wish.connections = view.sheet.spec().filter.connections;
    wish.wants_received = view.filter.shows_received;
    wish.wants_sent = view.filter.shows_sent;
    return wish;
}

void ask_for_search(const ViewTurn& turn, ReceiveView& view) {
    view.asked_search = search_wish(view);
    turn.wishes.emplace_back(*view.asked_search);
    view.search.current.reset();
}

// Other connections or another direction are shown than were searched: what the bar says is about what is shown.
void follow_scope(const ViewTurn& turn, ReceiveView& view) {
    const SearchFacts& search = turn.facts.search;
    if (!view.asked_search || !view.sheet.is_shown() || search.was_cancelled || search.error)
        return;
    if (search_wish(view) != *view.asked_search) ask_for_search(turn, view);
}

void go_to_first_match(const ViewTurn& turn, ReceiveView& view) {
    const SearchFacts& search = turn.facts.search;
    if (!view.jumps_after || search.generation == 0 || search.generation == *view.jumps_after)
        return;
    if (search.matches && search.matches->stored() != 0) {
        view.jumps_after.reset();
        step(turn, view, true);
    } else if (!search.is_running) {
        // What comes later takes nobody away from where he is.
        view.jumps_after.reset();
    }
}

// ---- The panels ----

void draw_inspector(const ViewTurn& turn, ReceiveView& view) {
    std::array<std::uint8_t, net::bytes::kMostValueBytes> bytes{};
    std::size_t got = 0;
    const Sheet& sheet = view.sheet;
    const auto place =
        sheet.selection.is_empty() ? std::nullopt : sheet.byte_place(sheet.selection.begin());
    if (place) got = StreamContext(turn.session.reads(), turn.files).after(*place, bytes);
    const auto chosen = draw_inspector_panel(view.side.inspector, std::span(bytes).first(got));
    if (!chosen || !place || *chosen == 0) return;
    SheetPlace last = sheet.selection.begin();
    for (std::uint32_t i = 1; i < *chosen; ++i)
        last = sheet.places().next(last).value_or(last);
    view.sheet.selection.select(last, sheet.selection.begin());
}

void draw_matches(const ViewTurn& turn, ReceiveView& view) {
    const Sheet& sheet = view.sheet;
    const auto row_of = [&sheet](std::uint64_t position, std::uint32_t offset) {
        const auto place = sheet.nearest({.position = position, .offset = offset});
        return place ? sheet.rows().row_of(place->item, place->offset) : 0;
    };
    const auto chosen = draw_match_list(view.side.matches, {.facts = turn.facts.search,
                                                            .index = turn.session.reads(),
                                                            .files = turn.files,
                                                            .row_of = row_of});
    if (chosen) go_to_match(turn, view, *chosen);
}

std::optional<NoteTarget> note_target(const ViewTurn& turn, const ReceiveView& view) {
    const Sheet& sheet = view.sheet;
    if (!sheet.is_shown() || sheet.selection.is_empty()) return std::nullopt;
    const auto begin = sheet.byte_place(sheet.selection.begin());
    const auto last = sheet.byte_place(sheet.selection.last());
    if (!begin || !last) return std::nullopt;
    return NoteTarget{.begin = *begin,
                      .bytes = session::stream_bytes_up_to(turn.session.reads(), *begin, *last)};
}

void draw_notes(const ViewTurn& turn, ReceiveView& view) {
    const auto chosen =
        draw_bookmarks_panel(turn.session, note_target(turn, view), view.side.notes, turn.intents);
    if (chosen) view.sheet.go_to(chosen->begin, true, chosen->bytes);
}

void draw_traffic(const ViewTurn& turn, ReceiveView& view) {
    const auto span = draw_traffic_plot(turn.session, view.selected_connections, turn.facts.split,
                                        view.side.traffic);
    if (span) view.sheet.go_to({.position = span->position, .offset = 0}, true);
}

}  // namespace

void open_panel(ReceiveView& view, ViewSettings& settings) {
    if (!view.opens_panel) return;
    settings.has_side = true;
    for (const PanelName& one : kPanels)
        if (one.panel == *view.opens_panel) settings.side_panel = one.name;
    view.opens_panel.reset();
}

void note_selection(const ViewTurn& turn, ReceiveView& view) {
    const auto target = note_target(turn, view);
    view.opens_panel = SidePanel::kNotes;
    if (target) begin_note(view.side.notes, *target);
}

void take_search_event(const ViewTurn& turn, ReceiveView& view, SearchBarEvent event) {
    switch (event.kind) {
        case SearchBarEvent::Kind::kNone: break;
        case SearchBarEvent::Kind::kSearch:
            ask_for_search(turn, view);
            view.jumps_after = turn.facts.search.generation;
            break;
        case SearchBarEvent::Kind::kCancel:
            turn.wishes.emplace_back(session::CancelSearchWish{});
            break;
        case SearchBarEvent::Kind::kNext: step(turn, view, true); break;
        case SearchBarEvent::Kind::kPrevious: step(turn, view, false); break;
        case SearchBarEvent::Kind::kClose:
            view.search.is_open = false;
            view.search.current.reset();
            view.asked_search.reset();
            view.jumps_after.reset();
            turn.wishes.emplace_back(session::ClearSearchWish{});
            view.wants_focus = true;
            break;
    }
}

void draw_search_line(const ViewTurn& turn, ReceiveView& view) {
    if (!view.search.is_open) return;
    const bool was_list_open = view.search.is_list_open;
    take_search_event(turn, view,
                      draw_search_bar(view.search, turn.facts.search, turn.settings.encoding));
    if (view.search.is_list_open && !was_list_open) view.opens_panel = SidePanel::kMatches;
    follow_scope(turn, view);
    go_to_first_match(turn, view);
}

Room share_room(const SidePanels& side, bool has_side) {
    const ImVec2 free = ImGui::GetContentRegionAvail();
    const float status = free.y < px(kLeastBytesHeight) + status_height() ? 0 : status_height();
    const ImVec2 all{free.x, free.y - status};
    Room room{.bytes = all, .side = {0, 0}, .status = status, .is_below = false};
    if (!has_side) return room;
    const bool fits_beside = all.x >= px(kLeastLowWidth) + px(kGap) + px(kLeastSide);
    room.is_below = all.x < px(kNarrow) && !(fits_beside && all.y < px(kLow));
    if (room.is_below) {
        const float height =
            std::clamp(px(side.height), px(kLeastHeight), std::max(all.y / 2, px(kLeastHeight)));
        room.bytes.y = std::max(all.y - height - px(kGap), px(kLeastBytesHeight));
        room.side = {all.x, height};
    } else {
        const float width =
            std::clamp(px(side.width), px(kLeastSide),
                       std::max(all.x - px(kLeastBytesWidth) - px(kGap), px(kLeastSide)));
        room.bytes.x = all.x - width - px(kGap);
        room.side = {width, all.y + status};
    }
    return room;
}

void draw_side(
    const ViewTurn& turn, ReceiveView& view, ViewSettings& settings, ImVec2 at, const Room& room) {
    const float gap = px(kGap);
    const ImVec2 from = room.is_below ? ImVec2{at.x, at.y + room.bytes.y + room.status + gap}
                                      : ImVec2{at.x + room.bytes.x + gap, at.y};
    const float scale = ImGui::GetStyle().FontScaleDpi;
    float first = room.is_below ? room.bytes.y : room.bytes.x;
    float second = room.is_below ? room.side.y : room.side.x;
    const float before = second;
    if (room.is_below)
        splitter("##side splitter", {from.x, from.y - gap}, {from.x + room.side.x, from.y},
                 Split::kStacked, &first, &second, px(60), px(kLeastHeight));
    else
        splitter("##side splitter", {from.x - gap, from.y}, {from.x, from.y + room.side.y},
                 Split::kSideBySide, &first, &second, px(kLeastBytesWidth), px(kLeastSide));
    if (second != before) (room.is_below ? view.side.height : view.side.width) = second / scale;

    ImGui::SetCursorScreenPos(from);
    begin_region("##side", room.side, Role::kPanel, false,
                 ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    const SidePanel chosen = chosen_panel(settings);
    // It counts only while it is drawn.
    if (chosen != SidePanel::kTraffic) view.side.traffic.is_busy = false;
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    bool is_first = true;
    for (const PanelName& one : kPanels) {
        if (!is_first) ImGui::SameLine();
        is_first = false;
        if (segment(one.name, one.panel == chosen)) settings.side_panel = one.name;
    }
    ImGui::PopStyleVar();
    begin_region("##side panel", ImGui::GetContentRegionAvail(), Role::kField, false);
    switch (chosen) {
        case SidePanel::kInspector: draw_inspector(turn, view); break;
        case SidePanel::kMatches: draw_matches(turn, view); break;
        case SidePanel::kNotes: draw_notes(turn, view); break;
        case SidePanel::kTraffic: draw_traffic(turn, view); break;
    }
    end_region();
    end_region();
}

}  // namespace app::ui
