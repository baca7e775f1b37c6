// What can be asked for in the menus, by keys and in the strip below them: one list, so that each says the same why it can't be done now.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"
#include "app/session/session.h"

#include <cstdint>
#include <string_view>

namespace app::ui {

enum class DeskAction : std::uint8_t {
    kOpen,
    kEarlier,
    kSave,
    kSaveAs,
    kExport,
    kOpenSession,  // a session file: servers, clients, replies, saved sends
    kSaveSession,
    kNewLive,
    kClose,
    kQuit,
    kMove,  // the capture goes on in another file
    kDrop,  // the capture is deleted and goes on
    kSettings,
};

// The active document; there is always one.
[[nodiscard]] const session::DocumentFact& active_document(const session::DeskFacts& facts);
// Why not, as a sentence with what to do; empty: it can be done.
[[nodiscard]] std::string_view why_not(DeskAction action,
                                       const session::DeskFacts& facts,
                                       const session::Session& active);

}  // namespace app::ui
