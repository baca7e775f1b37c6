// The matches of a search as a list: which connection, where in its stream, when, and the first bytes.
//
// 64-bit rows of its own (row_scroll.h): a frame reads the matches in sight and the first bytes of each, however many there are.
// Thread: frame thread, within a frame.
#pragma once

#include "app/session/byte_search.h"
#include "app/ui/row_scroll.h"
#include "net/capture/file_table.h"
#include "net/capture/index.h"
#include "net/capture/match_store.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace app::ui {

struct MatchList {
    RowScroll scroll = {.follows_tail = false};
    std::optional<std::uint64_t> chosen = {};  // the row that is marked
    std::uint64_t generation = 0;              // of the search that it lists
    bool wants_in_sight = false;               // the chosen row
    bool wants_focus = false;
    bool has_focus = false;
    std::vector<net::capture::MatchRecord> records = {};  // scratch: those in sight
};

struct MatchListSource {
    const session::SearchFacts& facts;
    const net::capture::ReadIndex& index;
    const net::capture::FileTable& files;
    // The sheet's row of a byte (position of its read, offset in it); empty: the column is left out.
    std::function<std::uint64_t(std::uint64_t, std::uint32_t)> row_of = {};
};

// In all the space there is. The number of a match that was clicked, or chosen with the keys: go there.
[[nodiscard]] std::optional<std::uint64_t> draw_match_list(MatchList& list,
                                                           const MatchListSource& source);
// Marks match `number` and has it in sight: the view has gone there.
void show_match(MatchList& list, std::uint64_t number);

}  // namespace app::ui
