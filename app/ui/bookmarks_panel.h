// Bookmarks and notes: a list in the order of the bytes, one of which is jumped to, edited or deleted; and a line for a new one on what is selected.
//
// Thread: frame thread. Only the rows in sight cost anything. Texts are anybody's: they are never a label or a format.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/row_scroll.h"
#include "app/ui/theme.h"
#include "net/capture/sheet.h"

#include <imgui.h>

#include <cstdint>
#include <optional>
#include <string>

namespace app::ui {

// Bytes of one stream (session::stream_bytes_up_to() of a selection).
struct NoteTarget {
    net::capture::BytePlace begin;
    std::uint64_t bytes = 1;
};

struct BookmarksPanel {
    RowScroll scroll{.first_row = 0, .follows_tail = false};
    session::NoteId selected{};
    // What is being written: a new note, or another text for `edited`.
    bool is_writing = false;
    session::NoteId edited{};  // kNone: a new one
    NoteTarget target;         // of a new one
    std::string text;
    session::NoteKind kind{};
    bool wants_text_focus = false;
    // What "Undo" puts back.
    std::optional<session::AddNoteIntent> deleted;
    bool wants_focus = false;  // of the list
    bool has_focus = false;
};

// Ctrl+B: the line for a note on `target` comes up and gets the keyboard; Enter puts it into the capture, Esc leaves it.
void begin_note(BookmarksPanel& panel, const NoteTarget& target);

// `selection`: what "Add" would note; none: it says why not. What it returns is to be shown and selected.
[[nodiscard]] std::optional<NoteTarget> draw_bookmarks_panel(
    const session::Session& session,
    const std::optional<NoteTarget>& selection,
    BookmarksPanel& panel,
    session::Intents& intents);

// The colour of a note's kind, and its shape (centre, half its size), wherever it is drawn: in the list, in a row of bytes, on the scrollbar.
[[nodiscard]] Role role_of(session::NoteKind kind);
void note_shape(ImDrawList& list, ImVec2 center, float radius, session::NoteKind kind);

}  // namespace app::ui
