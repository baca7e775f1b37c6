#include "app/ui/receive_view.h"

#include "app/ui/numbers.h"
#include "app/ui/receive_view_parts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace app::ui {

namespace {

using net::bytes::Framing;
using net::bytes::FramingKind;
using net::channel::EndpointId;
using session::Session;
using session::SplitSpec;
using session::ViewMode;
using session::ViewSettings;

// What takes no longer has no progress bar.
constexpr std::int64_t kBlinkNs = 150'000'000;

// ---- What is shown ----

std::vector<ConnectionId> connections_in_scope(const ReceiveView& view) {
    switch (view.toolbar.scope) {
        case ViewScope::kAll: return {};
        case ViewScope::kPinned: return {view.toolbar.pinned};
        case ViewScope::kFollowSelection: break;
    }
    return view.selected_connections;
}

std::vector<EndpointId> endpoints_in_scope(const Session& session,
                                           const std::vector<ConnectionId>& connections) {
    if (connections.empty()) return session.endpoints();
    std::vector<EndpointId> endpoints;
    for (const ConnectionId id : connections) {
        const session::Connection* const connection = session.connection(id);
        if (connection != nullptr) endpoints.push_back(connection->endpoint);
        // Enough to choose from; they are mostly the same.
        if (endpoints.size() >= 1024) break;
    }
    std::sort(endpoints.begin(), endpoints.end());
    endpoints.erase(std::unique(endpoints.begin(), endpoints.end()), endpoints.end());
    return endpoints;
}

// How what is shown has to be split; nothing: as the reads are.
std::optional<SplitSpec> wanted_split(const ViewSettings& settings,
                                      const Session& session,
                                      const std::vector<ConnectionId>& connections,
                                      const std::vector<EndpointId>& endpoints) {
    SplitSpec spec;
    spec.connections = connections;
    if (settings.mode == ViewMode::kText) {
        spec.lines = net::bytes::LineSplit{.encoding = settings.encoding,
                                           .most_line_bytes = kMostShownBytes};
        return spec;
    }
    if (settings.mode == ViewMode::kHex) return std::nullopt;
    for (const EndpointId id : endpoints) {
        Framing framing = framing_of(settings, session, id);
        if (framing.kind != FramingKind::kNone) spec.framings.emplace_back(id, std::move(framing));
    }
    if (spec.framings.empty()) return std::nullopt;
    return spec;
}

void ask_for_split(const ViewTurn& turn,
                   ReceiveView& view,
                   const std::optional<SplitSpec>& wanted) {
    if (view.asked_split == wanted) return;
    view.asked_split = wanted;
    session::SplitWish wish;
    if (wanted) {
        wish.is_wanted = true;
        wish.spec = *wanted;
    }
    turn.wishes.emplace_back(std::move(wish));
}

ColumnNeeds needs_of(const ViewTurn& turn, const ViewSettings& settings, float room) {
    ColumnNeeds needs;
    needs.character = ImGui::CalcTextSize("0").x;
    needs.room = room;
    needs.mode = settings.mode;
    needs.time_form = settings.time_form;
    needs.shows_hex = settings.messages_are_hex;
    needs.hex.grouping = settings.grouping;
    needs.hex.bytes_per_row = settings.bytes_per_row;
    needs.connection_digits =
        std::to_string(std::max<std::uint64_t>(turn.session.totals().connections, 99)).size();
    return needs;
}

SheetSpec spec_of(const ViewTurn& turn,
                  const ReceiveView& view,
                  const std::vector<ConnectionId>& connections,
                  const std::optional<SplitSpec>& split,
                  const ColumnNeeds& needs) {
    const ViewSettings& settings = turn.settings;
    SheetSpec spec;
    spec.filter.connections = connections;
    apply_filter(view.filter, turn.facts.search, first_read_ns(turn.session), spec.filter);
    spec.is_merged = settings.is_merged;
    if (split && turn.facts.split.spec == *split) spec.segments = turn.facts.split.segments;
    spec.shape.bytes_per_row = needs.hex.bytes_per_row;
    switch (settings.mode) {
        case ViewMode::kHex: break;
        case ViewMode::kText: {
            // Never more than the room has columns: no character is narrower than a column and shorter than a byte.
            const Columns columns = arrange(needs);
            spec.shape.bytes_per_row =
                std::clamp<std::uint32_t>(columns.text_columns(needs.room), 16, kMostShownBytes);
            break;
        }
        case ViewMode::kMixed: spec.shape.has_heading_rows = true; break;
        case ViewMode::kMessages: spec.shape.is_one_row_an_item = true; break;
    }
    return spec;
}

// ---- The lines above ----

// Of what there was when the splitting was chosen; what comes later is there before one could read of it.
void draw_split_line(const ViewTurn& turn, ReceiveView& view) {
    const session::SplitFact& split = turn.facts.split;
    if (!split.trouble.empty()) notice(split.trouble, Role::kWarning);
    if (split.pending_left_off != 0)
        notice("Of what has begun and not ended only the newest are shown; " +
                   count_text(split.pending_left_off) + " more are not, until they end.",
               Role::kWarning);
    if (split.is_up_to_date || split.reads != 0) {
        view.split_since_ns = 0;
        return;
    }
    if (view.split_since_ns == 0) view.split_since_ns = turn.frame.monotonic_ns;
    if (turn.frame.monotonic_ns - view.split_since_ns < kBlinkNs) return;
    std::array<char, 32> words{};
    std::snprintf(words.data(), words.size(), "Splitting: %.0f %%", split.progress * 100);
    ImGui::ProgressBar(static_cast<float>(split.progress), {-FLT_MIN, px(16)}, words.data());
}

void go_to(const ViewTurn& turn, ReceiveView& view, std::uint64_t number) {
    Sheet& sheet = view.sheet;
    GoToBar& bar = view.go_to;
    if (!sheet.is_shown() || sheet.rows().row_count() == 0) {
        bar.error = "there are no bytes yet";
        return;
    }
    const net::capture::SheetRows& rows = sheet.rows();
    const auto go_to_item = [&](std::uint64_t item) {
        const auto place = sheet.byte_place({.item = item, .offset = 0});
        if (place) sheet.go_to(*place, true);
    };
    switch (bar.kind) {
        case GoToKind::kRow:
            if (number > rows.row_count()) {
                bar.error = "there are " + counted(rows.row_count(), "row");
                return;
            }
            if (const auto place = sheet.places().near(number - 1, 0)) {
                if (const auto byte = sheet.byte_place(*place)) sheet.go_to(*byte, true);
            }
            return;
        case GoToKind::kRead:
            if (number > rows.item_count()) {
                bar.error = "there are " + counted(rows.item_count(), "item");
                return;
            }
            return go_to_item(number - 1);
        case GoToKind::kTime: {
            const std::uint64_t item = find_time(sheet.items(), static_cast<std::int64_t>(number));
            if (item >= rows.item_count()) {
                bar.error = "nothing came at that time or later";
                return;
            }
            return go_to_item(item);
        }
        case GoToKind::kOffset: break;
    }
    // In the stream of the cursor, else of what stands at the top.
    const std::uint64_t top = std::min(sheet.scroll.first_row, rows.row_count() - 1);
    const std::uint64_t in =
        sheet.selection.is_empty() ? rows.row(top).item : sheet.selection.cursor()->item;
    const net::capture::Item item = sheet.items().item(in);
    const auto place = find_offset(turn.session.reads(), item.connection, item.direction, number);
    if (!place) {
        bar.error =
            "#" + std::to_string(net::channel::number(item.connection)) +
            (item.direction == net::channel::Direction::kSent ? " has sent" : " has received") +
            " no byte at that offset";
        return;
    }
    if (!sheet.sheet_place(*place) && sheet.is_up_to_date()) {
        bar.error = "that byte is filtered out";
        return;
    }
    sheet.go_to(*place, true);
}

// Lines of rows (with their heading) that the bars leave to the bytes.
constexpr float kLeastRows = 4;

// The bars scroll where they would take the room of the bytes and of the line under them.
void draw_bars(const ViewTurn& turn, ReceiveView& view) {
    const float room = ImGui::GetContentRegionAvail().y - status_height() -
                       kLeastRows * ImGui::GetTextLineHeightWithSpacing();
    const bool scrolls = view.bars_height > std::max(room, 0.0F);
    if (scrolls)
        begin_region("##bars", {0, std::max(room, ImGui::GetFrameHeightWithSpacing())},
                     Role::kPanel, false);
    const float from = ImGui::GetCursorPosY();
    draw_filter_strip(view.filter, turn.session, turn.facts.search, first_read_ns(turn.session));
    if (const auto number = draw_go_to_bar(view.go_to, first_read_ns(turn.session)))
        go_to(turn, view, *number);
    draw_search_line(turn, view);
    draw_split_line(turn, view);
    view.bars_height = ImGui::GetCursorPosY() - from;
    if (scrolls) end_region();
}

}  // namespace

std::int64_t first_read_ns(const Session& session) {
    return session.reads().size() == 0 ? 0 : session.reads().entry(0).time_ns;
}

void draw_receive_view(const ViewTurn& turn, ReceiveView& view) {
    ViewSettings settings = turn.settings;
    if (view.selection_version != turn.selection.version()) {
        view.selection_version = turn.selection.version();
        view.selected_connections = turn.selection.ids();
    }
    open_panel(view, settings);
    const std::vector<ConnectionId> connections = connections_in_scope(view);
    const std::vector<EndpointId> endpoints = endpoints_in_scope(turn.session, connections);
    const ToolbarFacts toolbar{.endpoints = endpoints,
                               .is_live = turn.session.is_live(),
                               .hint = view.hint,
                               .is_filter_open = view.filter.is_open,
                               .is_filtered = is_any(view.filter),
                               .is_search_open = view.search.is_open,
                               .is_side_open = settings.has_side};
    switch (draw_view_toolbar(view.toolbar, settings, turn.session, toolbar)) {
        case ToolbarPress::kNone: break;
        case ToolbarPress::kFilter:
            view.filter.is_open = !view.filter.is_open;
            view.filter.wants_focus = view.filter.is_open;
            break;
        case ToolbarPress::kSearch:
            if (view.search.is_open)
                take_search_event(turn, view, {SearchBarEvent::Kind::kClose});
            else
                view.search.open();
            break;
        case ToolbarPress::kGoTo: view.go_to.open(); break;
        case ToolbarPress::kSide: settings.has_side = !settings.has_side; break;
        case ToolbarPress::kHighlights: open_highlights(view, settings); break;
    }
    draw_highlights_panel(view, settings);
    draw_bars(turn, view);

    const std::optional<SplitSpec> split =
        wanted_split(turn.settings, turn.session, connections, endpoints);
    ask_for_split(turn, view, split);

    const Room room = share_room(view.side, settings.has_side);
    ImGui::PushFont(font(Face::kBytes), kBytesSize);
    ColumnNeeds needs =
        needs_of(turn, turn.settings, room.bytes.x - ImGui::GetStyle().ScrollbarSize);
    if (connections.size() == 1) needs.connection_digits = 0;
    if (needs.hex.bytes_per_row == session::kFitsWidth)
        needs.hex.bytes_per_row = fitting_bytes(needs);
    ImGui::PopFont();
    view.sheet.show(turn.session, turn.files, spec_of(turn, view, connections, split, needs),
                    turn.facts.split, view.toolbar.is_paused);
    look_at_encoding(turn, view);

    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_sheet(turn, view, needs, room.bytes);
    if (room.status > 0)
        draw_status_line(turn, view, connections, {at.x, at.y + room.bytes.y}, room.bytes.x);
    if (settings.has_side) draw_side(turn, view, settings, at, room);

    if (!(settings == turn.settings))
        turn.wishes.emplace_back(session::ChangeViewSettingsWish{.settings = settings});
    view.is_catching_up =
        ((!view.toolbar.is_paused || !view.sheet.is_whole()) && !view.sheet.is_up_to_date()) ||
        !view.selected.is_whole() || !view.fresh.is_whole() || !view.marks.is_bar_done ||
        view.is_selecting || (settings.has_side && view.side.traffic.is_busy);
}

bool is_catching_up(const ReceiveView& view) {
    return view.is_catching_up;
}

void take_view_keys(const ViewTurn& turn, ReceiveView& view) {
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_F)) {
        let_go_of_focus();
        view.search.open();
    }
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_G)) {
        let_go_of_focus();
        view.go_to.open();
    }
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_B)) {
        let_go_of_focus();
        note_selection(turn, view);
    }
    take_search_event(turn, view, search_keys(view.search));
}

}  // namespace app::ui
