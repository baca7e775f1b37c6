// The bar over the bytes in which one types what to look for, and which says what was found.
//
// Its host opens it (Ctrl+F), draws it while it is open, and carries out what it returns; it keeps what is typed and what was searched for before. Enter searches,
// and once that search is the present one, Enter and F3 go to the next match, Shift+F3 and Shift+Enter to the one before; Esc closes.
// What was typed is checked while it is typed: what is wrong stands under the field with its place.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/session/byte_search.h"
#include "net/bytes/text_encoding.h"
#include "net/capture/byte_pattern.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

struct SearchBar {
    bool is_open = false;
    bool wants_focus = false;
    bool is_list_open = false;               // the list of matches; drawn by the host: match_list.h
    net::capture::BytePattern pattern = {};  // as it is typed
    // The match at which the view stands: its number in the store. The host's to set when it has gone there, or by a click.
    std::optional<std::uint64_t> current = {};
    std::vector<net::capture::BytePattern> recent = {};  // the last one first, kMostRecent of them

    // The bar's own.
    std::optional<net::capture::BytePattern> searched = {};
    std::optional<net::capture::BytePattern> checked = {};
    std::optional<net::bytes::ParseError> wrong = {};  // what is typed
    double runs_since_s = -1;  // the library's time; negative: it does not run

    static constexpr std::size_t kMostRecent = 20;

    void open() {
        is_open = true;
        wants_focus = true;
    }
};

struct SearchBarEvent {
    enum class Kind : std::uint8_t {
        kNone,
        kSearch,  // for bar.searched
        kCancel,  // the search that is running
        kNext,    // of bar.current, or of where the view stands
        kPrevious,
        kClose,  // the bar is closed: the search and its marks may go
    };
    Kind kind = Kind::kNone;
};

// In the width there is; as high as its contents (one line, and one more for an error or a remark). `encoding`: in which text is looked for.
[[nodiscard]] SearchBarEvent draw_search_bar(SearchBar& bar,
                                             const session::SearchFacts& facts,
                                             net::bytes::TextEncoding encoding);

// F3, Shift+F3 and so on, wherever the focus is: for the host, in the frames in which the bar may be open or closed. kNone: no such key.
[[nodiscard]] SearchBarEvent search_keys(const SearchBar& bar);

}  // namespace app::ui
