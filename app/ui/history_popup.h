// The list of what was sent, searched: what is chosen goes into the send box.
//
// Thread: frame thread. Only the rows in sight cost anything; it is searched again when the words or the history changed.
#pragma once

#include "app/session/send_history.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

struct HistoryPopup {
    std::string words;
    std::vector<std::size_t> found{};  // places, the newest first
    std::string found_words{};
    std::size_t found_size = 0;
    std::int64_t found_newest_ns = 0;
    bool is_found = false;
};

struct HistoryTurn {
    std::optional<net::bytes::ComposeText> chosen;
    bool forgets_all = false;
};

// Draws the button that opens it as well.
[[nodiscard]] HistoryTurn draw_history(const session::SendHistory& history, HistoryPopup& popup);

}  // namespace app::ui
