// The send box: what to send, to whom.
//
// Thread: frame thread. The text is read again only when it changed.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/frame_info.h"
#include "app/ui/open_selection.h"
#include "app/ui/selection.h"
#include "net/bytes/parsed.h"

#include <cstdint>
#include <string>
#include <vector>

namespace app::ui {

struct SendPanel {
    enum class Mode : std::uint8_t { kText, kHex };
    std::string text;
    Mode mode = Mode::kText;

    // To whom. Until one is chosen: the selection, or, with nothing open in it, the only endpoint that has open connections.
    bool is_target_chosen = false;
    session::EndpointId target{};  // kNone: the selected connections

    // What `text` means in `mode`; kept until either changes.
    net::bytes::Parsed<std::vector<std::uint8_t>> parsed{};
    bool is_parsed = false;

    std::string last_sent;  // "Queued 12 bytes for 1 connection at 14:02:33"
    bool wants_focus = false;
    bool has_focus = false;
};

void draw_send_panel(const session::Session& session,
                     SendPanel& panel,
                     const Selection& selection,
                     const OpenSelection& open_selection,
                     const FrameInfo& frame,
                     session::Intents& intents);

}  // namespace app::ui
