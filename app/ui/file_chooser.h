// Chooses a file to open, or a name to save under, in a panel that blocks nothing.
//
// It reads no folder itself: it asks by ListFolderWish and draws DeskFacts::folder when it comes. Names are bytes; what is drawn of them is made printable, what is
// answered is the bytes. "~" at the beginning of a typed path is left to the listing.
//
// Thread: frame thread. A frame costs the rows in sight; the entries are put in order again only when they or the query changed.
#pragma once

#include "app/session/desk.h"
#include "app/ui/frame_info.h"
#include "app/ui/panel.h"
#include "app/ui/paths.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

struct ChooserRequest {
    const char* title = "";    // literals of ours
    const char* confirm = "";  // what the button says: "Open", "Save"
    bool is_saving = false;
    bool is_for_captures = true;  // opening: those alone are listed, until one wants all files
    std::string note{};           // a line about what is being done; empty: none
    std::string folder{};         // where to begin; empty: where it was last
    std::string name{};           // saving: the name to begin with
    std::string extension{};      // saving: added where the name has none
    // What the program appends to the chosen name, each a file that may be there already.
    std::vector<std::string> suffixes{""};
};

struct Chosen {
    std::string path;  // absolute
    bool may_overwrite = false;
};

struct FileChooser {
    Panel panel{};
    ChooserRequest request{};

    // The folder shown, and its entries in order.
    std::string folder;
    std::uint64_t seen_version = 0;  // of the facts
    std::uint64_t listing = 0;       // fingerprint of what is shown; 0: nothing yet
    FileQuery query;
    FileQuery arranged_query;
    FileOrder order;
    std::optional<std::size_t> cursor;  // in order.shown
    std::string came_from;              // the entry to stand on after going up

    // What is asked of the listing and has not come.
    std::string asked;
    bool is_waiting = false;
    bool wants_typed_file = false;  // `asked` was typed and may be a file
    bool wants_save = false;  // a whole path was typed as the name: save once its folder is listed

    std::string path_text;
    std::string name_text;
    std::string
        raw_name;  // the bytes that name_text was made from, where it was picked from the list
    std::string picked_text;
    std::string problem;  // why the last press did nothing
    bool asks_to_replace = false;

    std::string ahead;  // typed in the list: the beginning of a name
    std::int64_t ahead_ns = 0;
    bool wants_list_focus = false;
    bool wants_name_focus = false;
    bool wants_cancel_focus = false;
    bool wants_cursor_in_sight = false;
    bool is_path_edited = false;
};

void open_chooser(FileChooser& chooser, ChooserRequest request, session::DeskWishes& wishes);

// What was chosen, in the frame in which it was; the panel is then closed.
[[nodiscard]] std::optional<Chosen> draw_file_chooser(FileChooser& chooser,
                                                      const session::DeskFacts& facts,
                                                      const FrameInfo& frame,
                                                      session::DeskWishes& wishes);

}  // namespace app::ui
