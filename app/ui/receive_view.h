// The bytes: hex, text, mixed or messages, of the selected connections or of all interleaved, from the first byte to the newest.
//
// The sheet has 64-bit rows; only those in sight are read from the capture and formatted. What takes longer than a frame (splitting, searching, saving) is wished for
// and comes back as facts. Thread: frame thread.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/copying.h"
#include "app/ui/frame_info.h"
#include "app/ui/go_to_bar.h"
#include "app/ui/panel.h"
#include "app/ui/search_bar.h"
#include "app/ui/seen_rows.h"
#include "app/ui/selection.h"
#include "app/ui/sheet.h"
#include "app/ui/sheet_drawing.h"
#include "app/ui/side_panels.h"
#include "app/ui/view_filter.h"
#include "app/ui/view_marks.h"
#include "app/ui/view_toolbar.h"
#include "net/capture/file_table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

struct ReceiveView {
    ToolbarState toolbar;
    ViewFilter filter;
    GoToBar go_to;
    SearchBar search;
    SidePanels side;
    ViewMarks marks;
    Panel highlights;
    // What is searched for now; it follows what is shown.
    std::optional<session::SearchWish> asked_search;
    // The first match of the search after this one (SearchFacts::generation) is gone to, if it is in what there is by then.
    std::optional<std::uint64_t> jumps_after;
    std::optional<SidePanel> opens_panel;
    // Of the table's selection, as of its version.
    std::vector<ConnectionId> selected_connections;
    std::uint64_t selection_version = ~std::uint64_t{0};

    Sheet sheet;
    SelectedBytes selected;
    std::uint64_t selected_generation = 0;  // of the sheet that `selected` is about
    // The bytes there were when the tail was left.
    std::optional<SheetPlace> left_at;
    bool is_left_settled = false;  // it stays that item
    std::optional<net::capture::BytePlace> left_byte;
    SelectedBytes fresh;
    std::uint64_t left_generation = 0;

    // What was drawn last.
    SeenRows seen;
    Columns columns;
    HexRow hex_scratch;
    float row_height = 1;
    bool cursor_is_in_text = false;
    bool is_selecting = false;  // the mouse is held
    std::optional<session::SplitSpec> asked_split;
    std::int64_t split_since_ns = 0;  // it goes on; 0: it does not
    std::optional<net::bytes::TextEncoding> hint;
    std::uint64_t hint_key = 0;  // of what was looked at for it

    std::string copy_refusal;
    bool offers_saving = false;
    // The file is to be chosen for what is selected: the desk's.
    bool wants_to_save = false;
    std::string message;  // what came of the last copying
    std::int64_t message_until_ns = 0;

    float bars_height = 0;  // of the filter, go to, search and so on, pixels
    bool is_catching_up = false;
    bool wants_focus = false;
    bool has_focus = false;
};

// All that one frame of the view is about.
struct ViewTurn {
    const session::Session& session;
    const net::capture::FileTable& files;
    const session::ViewFacts& facts;
    const session::ViewSettings& settings;
    const Selection& selection;
    const FrameInfo& frame;
    session::Intents& intents;
    session::ViewWishes& wishes;
};

void draw_receive_view(const ViewTurn& turn, ReceiveView& view);

// The rows in sight of the last frame are behind the index, or a count goes on: draw another frame.
[[nodiscard]] bool is_catching_up(const ReceiveView& view);
// Ctrl+F, Ctrl+G, F3 and so on, wherever in the window the focus is.
void take_view_keys(const ViewTurn& turn, ReceiveView& view);
// What is to be saved when a file was chosen. Nothing: nothing is selected any more.
[[nodiscard]] std::optional<session::SaveSelectionWish> save_wish(const ReceiveView& view);

}  // namespace app::ui
