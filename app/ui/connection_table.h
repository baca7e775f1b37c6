// The table of all connections, open and closed: sort, filter, select, close.
//
// Thread: frame thread. Cost of a frame: the rows in sight; ConnectionOrder keeps the rest.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/connection_order.h"
#include "app/ui/frame_info.h"
#include "app/ui/open_selection.h"
#include "app/ui/selection.h"

#include <cstdint>
#include <optional>

namespace app::ui {

struct ConnectionTable {
    TableQuery query;
    ConnectionOrder order;
    // Asked for by the menu, done in the table.
    std::optional<Column> wanted_sort;
    bool wants_focus = false;         // F6
    bool wants_filter_focus = false;  // Ctrl+F
    bool has_focus = false;           // had it in the last frame
    bool wants_cursor_in_sight = false;
};

// The connection to which the receive view shall be pinned, if the user asked for that in this frame.
std::optional<ConnectionId> draw_connection_table(const session::Session& session,
                                                  ConnectionTable& table,
                                                  Selection& selection,
                                                  const OpenSelection& open_selection,
                                                  const FrameInfo& frame,
                                                  session::Intents& intents);

}  // namespace app::ui
