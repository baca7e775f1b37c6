// What the file chooser is opened for, and what becomes of what was chosen in it; files that were dropped on the window. Only desk.cpp includes this.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"
#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/desk_actions.h"
#include "app/ui/desk_state.h"
#include "app/ui/send_side.h"
#include "app/ui/workspace.h"

namespace app::ui {

// All that one frame of the desk is about.
struct DeskTurn {
    const session::DeskFacts& facts;
    const session::Session& active;
    const session::ViewFacts& view_facts;
    Workspace& workspace;
    Desk::State& state;
    session::Intents& intents;
    session::ViewWishes& view_wishes;
    session::DeskWishes& wishes;

    [[nodiscard]] const session::DocumentFact& document() const { return active_document(facts); }
};

void choose_capture(DeskTurn& turn);
void choose_session(DeskTurn& turn);
void choose_where_to_save_session(DeskTurn& turn);
void choose_where_to_save(DeskTurn& turn, ChooserUse use, const session::DocumentFact& document);
void choose_where_to_move(DeskTurn& turn);
void choose_where_to_export(DeskTurn& turn);
// Where a panel has asked for it in this frame.
void choose_where_to_save_selection(DeskTurn& turn);
void choose_file_to_send(DeskTurn& turn);
void take_send_asked(DeskTurn& turn, SendAsked&& asked);
// The last of several: one is sent at a time. On a capture that is only shown there is nobody to send to, so it is opened.
void take_dropped(DeskTurn& turn);
void take_chosen(DeskTurn& turn, Chosen chosen);
// The capture that moves is the active document's, or will be in a moment.
void move_waiting(DeskTurn& turn);

}  // namespace app::ui
