// The send box: what to send, to whom. One line and Enter is all it needs; the rest is folded away.
//
// Thread: frame thread. The text is read again only when it changed.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/composer.h"
#include "app/ui/frame_info.h"
#include "app/ui/hex_editor.h"
#include "app/ui/history_popup.h"
#include "app/ui/open_selection.h"
#include "app/ui/selection.h"
#include "app/ui/send_side.h"
#include "app/ui/send_target.h"

#include <string>
#include <string_view>

namespace app::ui {

struct SendPanel {
    Composer composer;
    SendTarget target;
    bool shows_options = false;
    bool edits_bytes = false;  // the bytes themselves, instead of the hex text that stands for them
    HexEditor editor;
    HistoryPopup history;
    session::HistoryWalk walk;

    std::string last_sent;  // "Queued 12 bytes for 1 connection at 14:02:33"
    std::string refusal;    // why the last press sent nothing; empty: it did
    bool wants_focus = false;
    bool has_focus = false;
};

void draw_send_panel(const session::Session& session,
                     SendPanel& panel,
                     const Selection& selection,
                     const OpenSelection& open_selection,
                     const FrameInfo& frame,
                     const SendSide& side,
                     session::Intents& intents);

// A saved send, at once and to whom the box sends; the box keeps what stands in it. Repeated where it is to be.
void send_saved(const session::Session& session,
                SendPanel& panel,
                const session::SavedSend& saved,
                const Selection& selection,
                const OpenSelection& open_selection,
                const FrameInfo& frame,
                const SendSide& side,
                session::Intents& intents);

// What stands in the box changes from outside (history, a saved send), also while it is being edited.
void put_into_box(SendPanel& panel, net::bytes::ComposeText typed);

}  // namespace app::ui
