#include "app/ui/workspace.h"

#include "app/ui/sidebar.h"
#include "app/ui/status_bar.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "app/ui/workspace_state.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>

namespace app::ui {

namespace {

using session::Session;

// Lengths at scale 1.
constexpr float kGap = 6;  // between panels, and where the splitters are
constexpr float kLeastSidebar = 240;
constexpr float kMostSidebar = 0.29F;  // of the window
constexpr float kLeastCentre = 420;
constexpr float kLeastTable = 110;
constexpr float kLeastBytes = 214;
constexpr float kLeastSend = 108;
constexpr float kLeastLog = 92;

// ---- Keys of the whole window; README.md lists them. ----

enum class Panel { kServers, kClients, kTable, kBytes, kSend, kLog };
constexpr int kPanels = 6;

Panel panel_in_focus(const Workspace::State& state) {
    if (state.log.has_focus) return Panel::kLog;
    if (state.send.has_focus) return Panel::kSend;
    if (state.bytes.has_focus) return Panel::kBytes;
    if (state.table.has_focus) return Panel::kTable;
    if (state.clients.has_focus) return Panel::kClients;
    return Panel::kServers;
}

void focus(Workspace::State& state, Panel panel) {
    let_go_of_focus();
    switch (panel) {
        case Panel::kServers:
            state.tab = SidebarTab::kEndpoints;
            state.servers.wants_focus = true;
            break;
        case Panel::kClients:
            state.tab = SidebarTab::kEndpoints;
            state.clients.wants_focus = true;
            break;
        case Panel::kTable: state.table.wants_focus = true; break;
        case Panel::kBytes: state.bytes.wants_focus = true; break;
        case Panel::kSend: state.send.wants_focus = true; break;
        case Panel::kLog:
            state.log.is_collapsed = false;
            state.log.wants_focus = true;
            break;
    }
    ImGui::SetNavCursorVisible(true);
}

// `step` panels on, and on again past those in which nothing can take the focus: a saved capture has no fields to fill.
Panel next_panel(const Session& session, const Workspace::State& state, int step) {
    int panel = static_cast<int>(panel_in_focus(state));
    do {
        panel = (panel + step) % kPanels;
    } while (!session.is_live() && (static_cast<Panel>(panel) == Panel::kServers ||
                                    static_cast<Panel>(panel) == Panel::kClients));
    return static_cast<Panel>(panel);
}

void take_keys(const Session& session, Workspace::State& state, session::Intents& intents) {
    if (ImGui::IsKeyChordPressed(ImGuiKey_F5)) {
        if (state.card_used_last == session::EndpointKind::kClient)
            press_client_button(session, state.clients, intents);
        else
            press_server_button(session, state.servers, intents);
    }
    if (ImGui::IsKeyChordPressed(ImGuiKey_F6)) focus(state, next_panel(session, state, 1));
    if (ImGui::IsKeyChordPressed(ImGuiMod_Shift | ImGuiKey_F6))
        focus(state, next_panel(session, state, kPanels - 1));
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_F)) {
        let_go_of_focus();
        state.table.wants_filter_focus = true;
    }
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_L)) focus(state, Panel::kLog);
}

// ---- The space ----

// In pixels, each at least what it needs to be of use; the bytes get what is left.
struct Sizes {
    float sidebar = 0;
    float centre = 0;
    float table = 0;
    float bytes = 0;
    float send = 0;
    float log = 0;
    float upper = 0;  // all but log and status
};

Sizes share_out(ImVec2 room, const Workspace::State& state) {
    const Layout& layout = state.layout;
    const float gap = px(kGap);
    Sizes sizes;
    // In a small window everything gives way to the bytes.
    sizes.sidebar = std::clamp(px(layout.sidebar_width), px(kLeastSidebar),
                               std::max(room.x * kMostSidebar, px(kLeastSidebar)));
    sizes.centre = std::max(room.x - sizes.sidebar - gap, px(120));
    const float collapsed = ImGui::GetFrameHeight() + 2 * px(kSpace2);
    sizes.log = state.log.is_collapsed ? collapsed : std::max(px(layout.log_height), px(kLeastLog));
    // The options have a line of their own.
    const float least_send =
        px(kLeastSend) + (state.send.shows_options
                              ? ImGui::GetFrameHeight() + ImGui::GetStyle().ItemSpacing.y
                              : 0.0F);
    sizes.send = std::max(px(layout.send_height), least_send);
    sizes.table = std::max(px(layout.table_height), px(kLeastTable));
    const auto bytes_left = [&] { return room.y - sizes.log - sizes.send - sizes.table - 3 * gap; };
    const auto give_way = [&](float& height, float least) {
        if (bytes_left() < px(kLeastBytes))
            height = std::max(height - (px(kLeastBytes) - bytes_left()), std::min(least, height));
    };
    give_way(sizes.log, px(kLeastLog));
    give_way(sizes.send, least_send);
    give_way(sizes.table, px(kLeastTable));
    sizes.bytes = std::max(bytes_left(), px(60));
    sizes.upper = sizes.table + sizes.bytes + sizes.send + 2 * gap;
    return sizes;
}

float at_scale_one(float pixels) {
    return pixels / ImGui::GetStyle().FontScaleDpi;
}

// The frame is cleared with the panels' colour, so that what is painted are the gaps between them and not the panels: nearly every pixel of the
// window, once less, is a third of what software GL needs for a frame.
void paint_gaps(ImVec2 at, ImVec2 room, const Sizes& sizes) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float gap = px(kGap);
    const float left = at.x + sizes.sidebar;
    const float right = at.x + room.x;
    const auto paint = [&](ImVec2 from, ImVec2 to) {
        list.AddRectFilled(from, to, color_u32(Role::kSurface));
    };
    paint({left, at.y}, {left + gap, at.y + sizes.upper});
    float y = at.y + sizes.table;
    paint({left + gap, y}, {right, y + gap});
    y += gap + sizes.bytes;
    paint({left + gap, y}, {right, y + gap});
    y = at.y + sizes.upper;
    paint({at.x, y}, {right, y + gap});
}

void draw_splitters(ImVec2 at, ImVec2 room, const Sizes& sizes, Workspace::State& state) {
    const float gap = px(kGap);
    Layout& layout = state.layout;
    float first = sizes.sidebar;
    float second = sizes.centre;
    splitter("##sidebar splitter", {at.x + first, at.y}, {at.x + first + gap, at.y + sizes.upper},
             Split::kSideBySide, &first, &second, px(kLeastSidebar), px(kLeastCentre));
    if (first != sizes.sidebar) layout.sidebar_width = at_scale_one(first);

    const float left = at.x + sizes.sidebar + gap;
    const float right = at.x + room.x;
    float y = at.y + sizes.table;
    first = sizes.table;
    second = sizes.bytes;
    splitter("##table splitter", {left, y}, {right, y + gap}, Split::kStacked, &first, &second,
             px(kLeastTable), px(kLeastBytes));
    if (first != sizes.table) layout.table_height = at_scale_one(first);

    y += gap + sizes.bytes;
    first = sizes.bytes;
    second = sizes.send;
    splitter("##send splitter", {left, y}, {right, y + gap}, Split::kStacked, &first, &second,
             px(kLeastBytes), px(kLeastSend));
    if (second != sizes.send) layout.send_height = at_scale_one(second);

    if (state.log.is_collapsed) return;
    y = at.y + sizes.upper;
    first = sizes.bytes;
    second = sizes.log;
    splitter("##log splitter", {at.x, y}, {right, y + gap}, Split::kStacked, &first, &second,
             px(kLeastBytes), px(kLeastLog));
    if (second != sizes.log) layout.log_height = at_scale_one(second);
}

ViewTurn view_turn(const Session& session,
                   const net::capture::FileTable& files,
                   const Workspace::State& state,
                   const FrameInfo& frame,
                   const ViewSide& view,
                   session::Intents& intents) {
    return {.session = session,
            .files = files,
            .facts = view.facts,
            .settings = view.settings,
            .selection = state.selection,
            .frame = frame,
            .intents = intents,
            .wishes = view.wishes};
}

// Ctrl+1 to Ctrl+9, wherever in the window the focus is.
void take_send_keys(const Session& session,
                    Workspace::State& state,
                    const FrameInfo& frame,
                    const SendSide& sending,
                    session::Intents& intents) {
    for (std::uint8_t i = 1; i <= session::kMostShortcut; ++i) {
        if (!ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | (ImGuiKey_0 + i))) continue;
        if (const session::SavedSend* const saved = sending.saved.find(i))
            send_saved(session, state.send, *saved, state.selection, state.open_selection, frame,
                       sending, intents);
    }
}

void draw_panels(const Session& session,
                 const net::capture::FileTable& files,
                 Workspace::State& state,
                 const FrameInfo& frame,
                 const ViewSide& view,
                 const SendSide& sending,
                 session::Intents& intents) {
    const float gap = px(kGap);
    const float status_height = ImGui::GetTextLineHeight() + 2 * px(5);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImVec2 room{ImGui::GetContentRegionAvail().x,
                      ImGui::GetContentRegionAvail().y - status_height};
    const Sizes sizes = share_out(room, state);
    constexpr ImGuiWindowFlags kStill =
        ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse;

    paint_gaps(at, room, sizes);
    ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, 0.0F);
    const auto region = [&](const char* id, ImVec2 from, ImVec2 size, ImGuiWindowFlags flags,
                            const auto& draw) {
        ImGui::SetCursorScreenPos(from);
        begin_region(id, size, Role::kPanel, true, flags | ImGuiWindowFlags_NoBackground);
        ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, px(kRounding));
        draw();
        ImGui::PopStyleVar();
        end_region();
    };
    region("##sidebar", at, {sizes.sidebar, sizes.upper}, kStill,
           [&] { draw_sidebar(session, state, frame, sending, intents); });
    const float left = at.x + sizes.sidebar + gap;
    float y = at.y;
    region("##connections panel", {left, y}, {sizes.centre, sizes.table}, kStill, [&] {
        if (const auto pinned = draw_connection_table(session, state.table, state.selection,
                                                      state.open_selection, frame, intents)) {
            state.bytes.toolbar.pinned = *pinned;
            state.bytes.toolbar.scope = ViewScope::kPinned;
        }
    });
    y += sizes.table + gap;
    region("##bytes panel", {left, y}, {sizes.centre, sizes.bytes}, kStill, [&] {
        draw_receive_view(view_turn(session, files, state, frame, view, intents), state.bytes);
    });
    y += sizes.bytes + gap;
    region("##send panel", {left, y}, {sizes.centre, sizes.send}, kStill, [&] {
        draw_send_panel(session, state.send, state.selection, state.open_selection, frame, sending,
                        intents);
    });
    y = at.y + sizes.upper + gap;
    region("##log panel", {at.x, y}, {room.x, sizes.log}, kStill,
           [&] { draw_log_panel(session, state.log); });
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2{px(kSpace3), px(5)});
    ImGui::SetCursorScreenPos({at.x, at.y + room.y});
    begin_region("##status", {room.x, status_height}, Role::kSurface, true, kStill);
    draw_status_bar(session, frame);
    end_region();
    ImGui::PopStyleVar(2);
    draw_splitters(at, room, sizes, state);
}

// Tooltips come after a rest of the mouse: frames are needed to see the time go by.
bool is_waiting_for_hover() {
    const ImGuiContext& context = *ImGui::GetCurrentContext();
    return context.HoverItemDelayId != 0 &&
           (context.HoverItemDelayTimer < context.Style.HoverDelayNormal ||
            context.MouseStationaryTimer < context.Style.HoverStationaryDelay);
}

}  // namespace

Workspace::Workspace() : state_(std::make_unique<State>()) {}
Workspace::~Workspace() = default;

void draw_workspace_here(const session::Session& session,
                         const net::capture::FileTable& files,
                         Workspace& workspace,
                         const FrameInfo& frame,
                         const ViewSide& view,
                         const SendSide& sending,
                         session::Intents& intents) {
    Workspace::State& state = workspace.state();
    const bool has_input = !ImGui::GetCurrentContext()->InputEventsTrail.empty();
    const std::size_t wishes = intents.size() + view.wishes.size();
    state.frames_to_settle = std::max(state.frames_to_settle - 1, 0);
    if (has_input || state.drawn_shape_version != session.shape_version() ||
        state.drawn_view_version != view.facts.version)
        state.frames_to_settle = 2;
    state.drawn_shape_version = session.shape_version();
    state.drawn_view_version = view.facts.version;

    match_server_cards(session, state.servers, state.next_card);
    match_client_cards(session, state.clients, state.next_card);
    state.open_selection.update(session, state.selection, frame.monotonic_ns);
    if (has_keyboard()) {
        keep_ctrl_enter_off_buttons();
        take_keys(session, state, intents);
        if (session.is_live()) take_send_keys(session, state, frame, sending, intents);
        take_view_keys(view_turn(session, files, state, frame, view, intents), state.bytes);
    }
    draw_panels(session, files, state, frame, view, sending, intents);
    if (session.is_live()) draw_replies(session, state, intents);

    if (intents.size() + view.wishes.size() != wishes || sending.asked.is_any())
        state.frames_to_settle = 2;
    state.is_waiting_for_hover = is_waiting_for_hover();
}

bool wants_another_frame(const Workspace& workspace) {
    const Workspace::State& state = workspace.state();
    return state.frames_to_settle > 0 || state.is_waiting_for_hover ||
           is_catching_up(state.bytes) || state.table.order.is_behind() ||
           state.open_selection.is_behind() || state.send.target.is_behind;
}

}  // namespace app::ui
