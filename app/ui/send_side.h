// What of the sending is kept between runs, as the panels read it, and what they ask for about it in a frame.
//
// Thread: frame thread.
#pragma once

#include "app/session/saved_sends.h"
#include "app/session/send_history.h"

#include <optional>
#include <vector>

namespace app::ui {

struct SendAsked {
    std::vector<net::bytes::ComposeText> sent;  // to be remembered
    bool forgets_history = false;               // all of it
    std::optional<session::SavedSends> saved;   // the library from now on
    bool wants_import = false;                  // a file is to be chosen: the desk's
    bool wants_export = false;

    [[nodiscard]] bool is_any() const {
        return !sent.empty() || forgets_history || saved || wants_import || wants_export;
    }
};

struct SendSide {
    const session::SavedSends& saved;
    const session::SendHistory& history;
    SendAsked& asked;
};

}  // namespace app::ui
