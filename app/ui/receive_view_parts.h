// The parts of the receive view among themselves: who draws which region. Only receive_view*.cpp includes this.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/fonts.h"
#include "app/ui/receive_view.h"

#include <imgui.h>

#include <cstdint>
#include <vector>

namespace app::ui {

// How the space below the toolbar is shared; a status line stands under the bytes.
struct Room {
    ImVec2 bytes;
    ImVec2 side;            // 0: there is none
    float status = 0;       // the height of the line under the bytes
    bool is_below = false;  // the side panels stand under the bytes, not beside them
};

[[nodiscard]] Room share_room(const SidePanels& side, bool has_side);
[[nodiscard]] float status_height();
[[nodiscard]] std::int64_t first_read_ns(const session::Session& session);

// ---- receive_view_sheet.cpp: the rows, the mouse and the keyboard ----
void draw_sheet(const ViewTurn& turn, ReceiveView& view, ColumnNeeds needs, ImVec2 room);
void look_at_encoding(const ViewTurn& turn, ReceiveView& view);

// ---- receive_view_copy.cpp: what can be done with the selection ----
// Brings `selected` up to what is selected now, at most so many items; true: it is.
bool count_selected(ReceiveView& view, std::uint64_t most);
void copy_as(const ViewTurn& turn, ReceiveView& view, net::bytes::ByteFormat format);
void draw_bytes_menu(const ViewTurn& turn, ReceiveView& view);
void draw_refusal(ReceiveView& view);

// ---- receive_view_status.cpp ----
void draw_status_line(const ViewTurn& turn,
                      ReceiveView& view,
                      const std::vector<ConnectionId>& connections,
                      ImVec2 at,
                      float width);

// ---- receive_view_side.cpp: search and the panels beside the bytes ----
// Beside the bytes from now on.
void open_panel(ReceiveView& view, session::ViewSettings& settings);
void note_selection(const ViewTurn& turn, ReceiveView& view);
void draw_search_line(const ViewTurn& turn, ReceiveView& view);
void take_search_event(const ViewTurn& turn, ReceiveView& view, SearchBarEvent event);
void draw_side(const ViewTurn& turn,
               ReceiveView& view,
               session::ViewSettings& settings,
               ImVec2 at,
               const Room& room);

// ---- highlights_panel.cpp ----
void open_highlights(ReceiveView& view, const session::ViewSettings& settings);
void draw_highlights_panel(ReceiveView& view, session::ViewSettings& settings);

}  // namespace app::ui
