#include "app/ui/connection_table.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using session::Connection;
using session::ConnectionState;
using session::Session;

struct ColumnLook {
    Column column;
    const char* name;
    float width;  // at scale 1
    bool is_number;
};

// In the order of Column.
constexpr std::array<ColumnLook, kColumns> kLooks{{
    {Column::kNumber, "#", 44, true},
    {Column::kState, "State", 172, false},
    {Column::kPeer, "Peer", 132, false},
    {Column::kEndpoint, "Server or client", 124, false},
    {Column::kReceived, "Received", 76, true},
    {Column::kSent, "Sent", 76, true},
    {Column::kReceivedRate, "Rate in", 88, true},
    {Column::kSentRate, "Rate out", 88, true},
    {Column::kQueued, "Queued", 72, true},
    {Column::kRoundTrip, "Round trip", 80, true},
    {Column::kRetransmits, "Resent", 60, true},
    {Column::kOpened, "Opened at", 100, true},
    {Column::kDuration, "Duration", 96, true},
    {Column::kReason, "Why closed", 220, false},
    {Column::kOpenedBy, "Opened by", 80, false},
    {Column::kLocal, "Local", 132, false},
}};

constexpr const char* kMenu = "##connection menu";

// ---- The line above the table ----

struct Reasons {
    std::string_view close;  // why it can't be closed; empty: it can
    std::string_view clear;
};

Reasons why_not(const Session& session,
                const Selection& selection,
                const OpenSelection& open_selection) {
    Reasons reasons;
    if (!session.is_live()) {
        reasons.close = "This capture is only shown here: its connections are not this program's";
    } else if (selection.is_empty()) {
        reasons.close = "Select a connection first";
    } else if (open_selection.open().empty()) {
        reasons.close = "What is selected is closed already";
    }
    if (session.totals().open_connections >= session.connections().size())
        reasons.clear = "No connection in the list is closed";
    return reasons;
}

void ask_to_close(const OpenSelection& open_selection,
                  net::channel::CloseHow how,
                  session::Intents& intents) {
    intents.emplace_back(session::CloseIntent{.connections = open_selection.open(), .how = how});
}

void draw_toolbar(const Session& session,
                  ConnectionTable& table,
                  const Selection& selection,
                  const OpenSelection& open_selection,
                  session::Intents& intents) {
    const Reasons reasons = why_not(session, selection, open_selection);
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    const float buttons =
        button_width("Close") + button_width("Abort") + button_width("Clear closed") + 2 * spacing;
    const float choice = px(92);

    ImGui::AlignTextToFramePadding();
    strong_text("Connections");
    const std::uint64_t open = session.totals().open_connections;
    const std::uint64_t listed = session.connections().size();
    std::string counts = count_text(open) + " open";
    if (listed > open) counts += ", " + count_text(listed - open) + " closed";
    if (selection.size() > 1) counts += ", " + count_text(selection.size()) + " selected";
    ImGui::SameLine();
    const float room = right - ImGui::GetCursorPosX() - buttons - choice - 2 * spacing;
    const float filter = std::clamp(room - text_width(counts) - spacing, px(80), px(220));
    if (room - filter - spacing >= text_width(counts)) {
        text(counts, Role::kMuted);
        ImGui::SameLine();
    }

    ImGui::SetCursorPosX(right - buttons - choice - filter - 2 * spacing);
    ImGui::SetNextItemWidth(filter);
    if (table.wants_filter_focus) {
        ImGui::SetKeyboardFocusHere();
        table.wants_filter_focus = false;
    }
    ImGui::InputTextWithHint("##Filter", "Filter", &table.query.filter,
                             ImGuiInputTextFlags_EscapeClearsAll);
    hover_text(
        "Shows the connections whose endpoint, address, state or reason contains this text "
        "(Ctrl+Shift+F)");
    ImGui::SameLine();
    ImGui::SetNextItemWidth(choice);
    int state = static_cast<int>(table.query.state);
    if (ImGui::Combo("##Which connections", &state, "All\0Open\0Closed\0"))
        table.query.state = static_cast<StateChoice>(state);
    name_last_item("##Which connections");
    ImGui::SameLine();
    if (button("Close", ButtonKind::kPlain, reasons.close))
        ask_to_close(open_selection, net::channel::CloseHow::kInOrder, intents);
    if (reasons.close.empty())
        hover_text("Sends what is queued, ends the stream, waits for the peer's end");
    ImGui::SameLine();
    if (button("Abort", ButtonKind::kDanger, reasons.close))
        ask_to_close(open_selection, net::channel::CloseHow::kAbort, intents);
    if (reasons.close.empty()) hover_text("Resets at once (RST): what is queued is lost");
    ImGui::SameLine();
    if (button("Clear closed", ButtonKind::kPlain, reasons.clear))
        intents.emplace_back(session::ClearClosedIntent{});
    if (reasons.clear.empty())
        hover_text("Takes the closed ones off the list; their bytes stay in the capture");
}

// ---- The menu of the rows ----

std::optional<ConnectionId> draw_menu(const Session& session,
                                      ConnectionTable& table,
                                      Selection& selection,
                                      const OpenSelection& open_selection,
                                      session::Intents& intents) {
    std::optional<ConnectionId> pinned;
    if (!ImGui::BeginPopup(kMenu)) return pinned;
    const Reasons reasons = why_not(session, selection, open_selection);
    if (ImGui::MenuItem("Show only this in the view", nullptr, false,
                        selection.cursor() != ConnectionId::kNone))
        pinned = selection.cursor();
    if (ImGui::MenuItem("Select all", "Ctrl+A")) selection.select_all(table.order.ids());
    ImGui::Separator();
    if (ImGui::MenuItem("Close in order", nullptr, false, reasons.close.empty())) {
        ask_to_close(open_selection, net::channel::CloseHow::kInOrder, intents);
    }
    if (ImGui::MenuItem("Abort (RST)", nullptr, false, reasons.close.empty())) {
        ask_to_close(open_selection, net::channel::CloseHow::kAbort, intents);
    }
    ImGui::Separator();
    if (ImGui::BeginMenu("Sort by")) {
        for (const ColumnLook& look : kLooks) {
            const bool is_sorted = table.query.sort == look.column;
            if (ImGui::MenuItem(look.name,
                                is_sorted ? (table.query.is_descending ? "down" : "up") : nullptr,
                                is_sorted)) {
                table.wanted_sort = look.column;
            }
        }
        ImGui::EndMenu();
    }
    if (ImGui::MenuItem("Clear closed", nullptr, false, reasons.clear.empty()))
        intents.emplace_back(session::ClearClosedIntent{});
    ImGui::EndPopup();
    return pinned;
}

// ---- The rows ----

std::string state_words(const Connection& connection) {
    std::string words;
    if (connection.protocol == net::channel::Protocol::kUdp) {
        words = "UDP";  // which opens and closes nothing
    } else if (connection.is_open()) {
        words = session::to_text(connection.state);
    } else {  // the reason is what one looks for; the exact one has a column of its own
        words = "closed: " + session::reason_text(connection.reason, connection.code);
    }
    return connection.is_continued ? words + ", began earlier" : words;
}

void draw_state(const Connection& connection, Role role) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float size = ImGui::GetTextLineHeight();
    const float radius = px(4);
    const ImVec2 center{at.x + radius, at.y + size / 2};
    switch (connection.state) {  // told apart by shape as well
        case ConnectionState::kOpen:
            list.AddCircleFilled(center, radius, color_u32(Role::kGood));
            break;
        case ConnectionState::kPeerEnded:
            list.PathArcTo(center, radius, IM_PI / 2, IM_PI * 3 / 2);
            list.PathFillConvex(color_u32(Role::kWarning));
            list.AddCircle(center, radius, color_u32(Role::kWarning), 0, px(1));
            break;
        case ConnectionState::kClosing:
            list.AddCircle(center, radius, color_u32(Role::kWarning), 0, px(2));
            break;
        case ConnectionState::kClosed:
            list.AddCircle(center, radius - px(1) * 0.5F, color_u32(Role::kMuted), 0, px(1));
            break;
    }
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + radius * 2 + px(6));
    text_elided(state_words(connection), role);
}

std::string reason_of(const Connection& connection) {
    if (connection.is_open())
        return connection.is_reading_paused ? "reading paused: its end is unknown" : "";
    std::string reason = session::reason_text(connection.reason, connection.code);
    if (connection.not_sent != 0) reason += ", " + size_text(connection.not_sent) + " not sent";
    return reason;
}

// What a row has no room for. Empty: nothing is out of the ordinary.
std::string row_hint(const Connection& connection) {
    std::string words;
    const auto add = [&](const std::string& line) {
        if (!words.empty()) words += '\n';
        words += line;
    };
    if (connection.is_continued) add("It began before what this capture holds.");
    const auto missing = [&](net::channel::Direction direction, const char* word) {
        const std::uint64_t bytes =
            connection.missing_bytes[direction == net::channel::Direction::kSent ? 1 : 0];
        if (bytes != 0)
            add(counted(bytes, "byte") + std::string(" ") + word + " are missing here.");
    };
    missing(net::channel::Direction::kReceived, "received");
    missing(net::channel::Direction::kSent, "sent");
    return words;
}

void draw_cell(const Session& session,
               const Connection& connection,
               Column column,
               bool is_selected,
               const FrameInfo& frame) {
    // Grey on the selection's colour could not be read.
    const Role role = connection.is_open() || is_selected ? Role::kText : Role::kMuted;
    const auto amount = [&](std::uint64_t bytes) {
        text_right(size_text(bytes), bytes == 0 ? Role::kMuted : role);
    };
    const auto rate = [&](double value) {
        text_right(rate_text(value), value < 0.5 ? Role::kMuted : role);
    };
    switch (column) {
        case Column::kNumber:
            text_right(std::to_string(net::channel::number(connection.id)), Role::kMuted);
            break;
        case Column::kState: draw_state(connection, role); break;
        case Column::kPeer: text_elided(connection.peer_text, role); break;
        case Column::kEndpoint: {
            const session::Endpoint* endpoint = session.endpoint(connection.endpoint);
            text_elided(endpoint == nullptr ? std::string_view{} : std::string_view{endpoint->name},
                        role);
            break;
        }
        case Column::kReceived: amount(connection.received); break;
        case Column::kSent: amount(connection.sent); break;
        case Column::kReceivedRate: rate(connection.received_rate); break;
        case Column::kSentRate: rate(connection.sent_rate); break;
        case Column::kReason: text_elided(reason_of(connection), role); break;
        case Column::kQueued: amount(connection.queued_bytes); break;
        case Column::kRoundTrip:
            if (connection.has_stats) text_right(microseconds_text(connection.rtt_us), role);
            break;
        case Column::kRetransmits:
            if (connection.has_stats) {
                text_right(count_text(connection.retransmits),
                           connection.retransmits == 0 ? Role::kMuted : role);
            }
            break;
        case Column::kOpened: text_right(time_text(connection.opened_ns, 3), role); break;
        case Column::kDuration:
            text_right(duration_text((connection.is_open() ? frame.now_ns : connection.closed_ns) -
                                     connection.opened_ns),
                       role);
            break;
        case Column::kOpenedBy: text(connection.was_opened_here ? "us" : "peer", role); break;
        case Column::kLocal: text_elided(connection.local_text, role); break;
    }
}

// As TableHeadersRow() draws them, but with numbers' headings above the numbers: at the right.
void draw_headings() {
    ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
    for (const ColumnLook& look : kLooks) {
        if (!ImGui::TableSetColumnIndex(static_cast<int>(look.column))) continue;
        ImGui::PushID(static_cast<int>(look.column));
        if (look.is_number) {
            const ImVec2 at = ImGui::GetCursorScreenPos();
            const float room = ImGui::GetContentRegionAvail().x;
            const bool is_sorted =
                (ImGui::TableGetColumnFlags() & ImGuiTableColumnFlags_IsSorted) != 0;
            const float arrow =
                is_sorted ? ImGui::GetFontSize() : 0;  // which stands at the right edge
            ImGui::TableHeader("##heading");
            name_last_item(look.name);
            draw_text(*ImGui::GetWindowDrawList(),
                      {at.x + std::max(room - text_width(look.name) - arrow, 0.0F), at.y},
                      color_u32(Role::kMuted), look.name);
        } else {
            ImGui::TableHeader(look.name);
            name_last_item(look.name);
        }
        ImGui::PopID();
    }
}

void take_sorting(ConnectionTable& table) {
    if (table.wanted_sort) {
        const bool is_same = *table.wanted_sort == table.query.sort;
        const bool is_descending = is_same && !table.query.is_descending;
        ImGui::TableSetColumnSortDirection(
            static_cast<int>(*table.wanted_sort),
            is_descending ? ImGuiSortDirection_Descending : ImGuiSortDirection_Ascending, false);
        table.wanted_sort.reset();
    }
    ImGuiTableSortSpecs* specs = ImGui::TableGetSortSpecs();
    if (specs == nullptr || !specs->SpecsDirty) return;
    if (specs->SpecsCount > 0) {
        table.query.sort = static_cast<Column>(specs->Specs[0].ColumnUserID);
        table.query.is_descending = specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    }
    specs->SpecsDirty = false;
}

void move_by_keys(const FocusStop& stop,
                  ConnectionTable& table,
                  Selection& selection,
                  std::int64_t page) {
    constexpr std::int64_t kFar = std::numeric_limits<std::int64_t>::max() / 2;
    const std::array<std::pair<ImGuiKey, std::int64_t>, 6> moves{{{ImGuiKey_UpArrow, -1},
                                                                  {ImGuiKey_DownArrow, 1},
                                                                  {ImGuiKey_PageUp, -page},
                                                                  {ImGuiKey_PageDown, page},
                                                                  {ImGuiKey_Home, -kFar},
                                                                  {ImGuiKey_End, kFar}}};
    for (const auto& [key, rows] : moves) {
        if (!key_pressed(stop, key)) continue;
        selection.move(rows, ImGui::GetIO().KeyShift, table.order.ids());
        table.wants_cursor_in_sight = true;
    }
    if (!stop.is_focused) return;
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_A))
        selection.select_all(table.order.ids());
    if (ImGui::IsKeyPressed(ImGuiKey_Menu) ||
        ImGui::IsKeyChordPressed(ImGuiMod_Shift | ImGuiKey_F10))
        ImGui::OpenPopup(kMenu);
}

// Scrolls so that the cursor's row is in sight. Within the table.
void bring_cursor_in_sight(const ConnectionTable& table,
                           const Selection& selection,
                           float row_height,
                           float header_height) {
    const std::vector<ConnectionId>& ids = table.order.ids();
    const auto here = std::find(ids.begin(), ids.end(), selection.cursor());
    if (here == ids.end()) return;
    const float top = static_cast<float>(here - ids.begin()) * row_height;
    const float view = ImGui::GetCurrentWindow()->InnerRect.GetHeight() - header_height;
    const float scroll = ImGui::GetScrollY();
    if (top < scroll) ImGui::SetScrollY(top);
    if (top + row_height > scroll + view) ImGui::SetScrollY(top + row_height - view);
}

// True: a row was pressed, so the keyboard belongs to the table.
bool draw_row(const Session& session,
              const Connection& connection,
              const ConnectionTable& table,
              Selection& selection,
              const FrameInfo& frame) {
    bool is_pressed = false;
    push_id(net::channel::number(connection.id));
    ImGui::TableNextRow();
    for (const ColumnLook& look : kLooks) {
        const bool is_in_sight = ImGui::TableSetColumnIndex(static_cast<int>(look.column));
        if (look.column == Column::kNumber) {
            const ImVec2 at = ImGui::GetCursorPos();
            ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
            const bool is_clicked = ImGui::Selectable(
                "##row", selection.contains(connection.id),
                ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowOverlap);
            ImGui::PopItemFlag();
            const bool is_right_clicked = ImGui::IsItemClicked(ImGuiMouseButton_Right);
            hover_text(row_hint(connection));
            is_pressed = is_clicked || is_right_clicked || ImGui::IsItemActivated();
            if (is_clicked) {
                const ImGuiIO& io = ImGui::GetIO();
                const Selection::How how = io.KeyShift  ? Selection::How::kRange
                                           : io.KeyCtrl ? Selection::How::kToggle
                                                        : Selection::How::kOnly;
                selection.click(connection.id, how, table.order.ids());
            }
            if (is_right_clicked) {
                if (!selection.contains(connection.id))
                    selection.click(connection.id, Selection::How::kOnly, table.order.ids());
            }
            ImGui::SetCursorPos(at);
        }
        if (is_in_sight)
            draw_cell(session, connection, look.column, selection.contains(connection.id), frame);
    }
    ImGui::PopID();
    return is_pressed;
}

void draw_nothing(const Session& session, ConnectionTable& table, ImVec2 from, ImVec2 size) {
    const bool is_filtered = !session.connections().empty();
    const std::string_view words =
        is_filtered         ? "No connection fits the filter."
        : session.is_live() ? "No connections yet. Start a server or connect a client on the left."
                            : "No connections in this capture.";
    const float width = std::min(text_width(words), size.x);
    ImGui::SetCursorScreenPos({from.x + std::max((size.x - width) / 2, 0.0F), from.y + size.y / 2});
    wrapped_text(words, Role::kMuted);
    if (!is_filtered) return;
    ImGui::SetCursorScreenPos(
        {from.x + (size.x - button_width("Clear filter")) / 2, ImGui::GetCursorScreenPos().y});
    if (button("Clear filter")) {
        table.query.filter.clear();
        table.query.state = StateChoice::kAll;
    }
}

}  // namespace

std::optional<ConnectionId> draw_connection_table(const Session& session,
                                                  ConnectionTable& table,
                                                  Selection& selection,
                                                  const OpenSelection& open_selection,
                                                  const FrameInfo& frame,
                                                  session::Intents& intents) {
    draw_toolbar(session, table, selection, open_selection, intents);
    table.order.update(session, table.query, frame.now_ns, frame.monotonic_ns);

    ImGuiWindow* const panel = ImGui::GetCurrentWindow();
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const ImVec2 size = ImGui::GetContentRegionAvail();
    if (size.y < px(30)) return std::nullopt;
    const ImVec2 to{from.x + size.x, from.y + size.y};
    const FocusStop stop = focus_stop("##Connection rows", from, to, false);
    bool is_taken = false;
    if (table.wants_focus) take_focus(stop);
    table.wants_focus = false;
    table.has_focus = stop.is_focused;
    const float row_height = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
    move_by_keys(stop, table, selection,
                 std::max<std::int64_t>(static_cast<std::int64_t>(size.y / row_height) - 3, 1));
    bool wants_menu = false;

    // Shares the Tab order with the panel; headers are reached by mouse, and by "Sort by" of the menu.
    ImGuiContext& context = *ImGui::GetCurrentContext();
    context.NextWindowData.HasFlags |= ImGuiNextWindowDataFlags_HasChildFlags;
    context.NextWindowData.ChildFlags = ImGuiChildFlags_NavFlattened;
    constexpr ImGuiTableFlags kFlags =
        ImGuiTableFlags_ScrollX | ImGuiTableFlags_ScrollY | ImGuiTableFlags_Resizable |
        ImGuiTableFlags_Reorderable | ImGuiTableFlags_Hideable | ImGuiTableFlags_Sortable |
        ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerV | ImGuiTableFlags_BordersOuterH |
        ImGuiTableFlags_SizingFixedFit | ImGuiTableFlags_NoSavedSettings;
    ImGui::PushStyleColor(ImGuiCol_TableBorderLight, ImVec4{0, 0, 0, 0});
    // Without rows only the headings: the region of the rows would lie over the words and the button below.
    const bool is_empty = table.order.ids().empty();
    const float headings = row_height + ImGui::GetStyle().ScrollbarSize;
    if (ImGui::BeginTable("##connections", kColumns, kFlags,
                          {size.x, is_empty ? headings : size.y})) {
        ImGui::TableSetupScrollFreeze(1, 1);
        for (const ColumnLook& look : kLooks) {
            ImGuiTableColumnFlags flags = ImGuiTableColumnFlags_WidthFixed;
            if (look.column == Column::kNumber)
                flags |= ImGuiTableColumnFlags_DefaultSort | ImGuiTableColumnFlags_NoHide;
            if (look.is_number && look.column != Column::kNumber &&
                look.column != Column::kOpened) {
                flags |= ImGuiTableColumnFlags_PreferSortDescending;
            }
            ImGui::TableSetupColumn(look.name, flags, px(look.width),
                                    static_cast<ImGuiID>(look.column));
        }
        ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
        ImGui::PushStyleColor(ImGuiCol_Text, color(Role::kMuted));
        draw_headings();
        ImGui::PopStyleColor();
        ImGui::PopItemFlag();
        take_sorting(table);
        const float header_height =
            ImGui::GetCurrentTable()->RowPosY2 - ImGui::GetCurrentTable()->RowPosY1;
        if (table.wants_cursor_in_sight)
            bring_cursor_in_sight(table, selection, row_height, header_height);
        table.wants_cursor_in_sight = false;

        ImGuiListClipper clipper;
        clipper.Begin(static_cast<int>(table.order.ids().size()), row_height);
        while (clipper.Step()) {
            for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
                const Connection* connection =
                    session.connection(table.order.ids()[static_cast<std::size_t>(i)]);
                if (connection == nullptr) {  // cleared since the order was made
                    ImGui::TableNextRow(ImGuiTableRowFlags_None, row_height);
                    continue;
                }
                const bool is_pressed = draw_row(session, *connection, table, selection, frame);
                is_taken = is_taken || is_pressed;
                wants_menu =
                    wants_menu || (is_pressed && ImGui::IsMouseClicked(ImGuiMouseButton_Right));
            }
        }
        ImGui::EndTable();
    }
    ImGui::PopStyleColor();
    if (is_taken) {
        ImGui::FocusWindow(panel);
        ImGui::SetFocusID(stop.id, panel);
    }
    if (stop.is_focused) ImGui::RenderNavCursor(ImRect(from, to), stop.id);
    if (wants_menu) ImGui::OpenPopup(kMenu);
    if (is_empty)
        draw_nothing(session, table, {from.x, from.y + headings}, {size.x, size.y - 2 * headings});
    return draw_menu(session, table, selection, open_selection, intents);
}

}  // namespace app::ui
