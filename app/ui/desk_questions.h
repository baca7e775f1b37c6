// The questions that block: only those whose answer can lose data, or open this machine to others.
//
// Thread: frame thread, within the window that fills the display.
#pragma once

#include "app/session/desk.h"
#include "app/session/intents.h"
#include "app/session/session.h"

#include <cstdint>
#include <string>

namespace app::ui {

struct DeskQuestions {
    bool asks_drop = false;                   // the live capture
    std::string left_to_discard{};            // a capture of an earlier run; empty: none
    session::DocumentId document_to_close{};  // which has something unsaved; kNone: none
    // The file chooser is open to answer the question of quitting, which waits behind it.
    bool is_choosing_for_quit = false;
};

// True: the capture is to be saved before quitting, and where has to be chosen.
[[nodiscard]] bool draw_desk_questions(DeskQuestions& questions,
                                       const session::DeskFacts& facts,
                                       const session::Session& active,
                                       session::Intents& intents,
                                       session::DeskWishes& wishes);

// The one the question of quitting is about; null: none.
[[nodiscard]] const session::DocumentFact* unsaved_document(const session::DeskFacts& facts);

}  // namespace app::ui
