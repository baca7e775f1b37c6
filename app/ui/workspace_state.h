// What only the view knows, one struct a panel. Frame thread.
#pragma once

#include "app/ui/client_panel.h"
#include "app/ui/connection_table.h"
#include "app/ui/log_panel.h"
#include "app/ui/open_selection.h"
#include "app/ui/receive_view.h"
#include "app/ui/replies_panel.h"
#include "app/ui/saved_panel.h"
#include "app/ui/selection.h"
#include "app/ui/send_panel.h"
#include "app/ui/sending_panel.h"
#include "app/ui/server_panel.h"
#include "app/ui/workspace.h"

#include <cstdint>

namespace app::ui {

// How the space is shared, in lengths at scale 1.
struct Layout {
    float sidebar_width = 300;
    float table_height = 200;
    float send_height = 138;
    float log_height = 132;
};

// What stands on the left, one in sight at a time.
enum class SidebarTab : std::uint8_t { kEndpoints, kSaved, kSending };

struct Workspace::State {
    SidebarTab tab{};
    ServerPanel servers;
    ClientPanel clients;
    std::uint64_t next_card = 1;
    // Whose `focused_card` F5 presses; it stays when the focus goes to another panel.
    session::EndpointKind card_used_last = session::EndpointKind::kServer;
    ConnectionTable table;
    Selection selection;
    OpenSelection open_selection;
    ReceiveView bytes;
    SendPanel send;
    SavedPanel saved;
    SendingPanel sending;
    RepliesPanel replies;
    LogPanel log;
    Layout layout;

    // Frames that are still to be drawn after a change: boxes as high as their contents, and focus, take one or two to settle. A read more has no such effect: with
    // frames of its own to settle, each would take the slots in which the next one is to be shown.
    int frames_to_settle = 2;
    std::uint64_t drawn_shape_version = 0;
    std::uint64_t drawn_view_version = 0;
    bool is_waiting_for_hover = false;
};

}  // namespace app::ui
