// The line under the bytes: whose they are, where the cursor is, what is selected, and how live it is.
#include "app/ui/numbers.h"
#include "app/ui/receive_view_parts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <algorithm>
#include <string>

namespace app::ui {

namespace {

using net::capture::Item;
using net::channel::Direction;
using session::Session;

std::string scope_words(const ViewTurn& turn, const std::vector<ConnectionId>& connections) {
    if (connections.empty()) return "All connections, interleaved";
    if (connections.size() > 1) return counted(connections.size(), "connection") + ", interleaved";
    std::string words = "#" + std::to_string(net::channel::number(connections.front()));
    const session::Connection* const connection = turn.session.connection(connections.front());
    words += connection == nullptr ? std::string(" (cleared from the list)")
                                   : "  " + connection->peer_text;
    return words;
}

std::string stream_words(const Item& item) {
    return "#" + std::to_string(net::channel::number(item.connection)) +
           (item.direction == Direction::kSent ? " sent" : " recv");
}

std::string cursor_words(const ReceiveView& view) {
    const SheetPlace cursor = *view.sheet.selection.cursor();
    const Item item = view.sheet.items().item(cursor.item);
    const std::uint64_t offset = item.stream_offset + cursor.offset;
    return "offset " + std::string(format_offset(offset).view()) + " (" + count_text(offset) +
           ")  " + stream_words(item) + "  " + time_text(item.time_ns, 6);
}

std::string selection_words(const ReceiveView& view) {
    const Sheet& sheet = view.sheet;
    const Item first = sheet.items().item(sheet.selection.begin().item);
    const Item last = sheet.items().item(sheet.selection.last().item);
    std::string words = view.selected.is_whole() ? "" : "counting: ";
    words += counted(view.selected.bytes(), "byte") + " selected";
    if (view.selected.items() > 1) words += " in " + count_text(view.selected.items());
    words +=
        "  from " +
        std::string(format_offset(first.stream_offset + sheet.selection.begin().offset).view()) +
        "  " + time_text(first.time_ns, 6);
    if (last.time_ns != first.time_ns)
        words += "  " + span_text(first.time_ns, last.time_ns, 6) + " s";
    return words;
}

struct LiveWords {
    std::string words;
    Role role = Role::kMuted;
};

LiveWords live_words(const ReceiveView& view) {
    const Sheet& sheet = view.sheet;
    if (view.toolbar.is_paused) return {"paused; capturing goes on", Role::kWarning};
    if (!sheet.is_whole()) return {"reading the index ...", Role::kMuted};
    if (sheet.rows().row_count() == 0) return {};
    if (!sheet.scroll.follows_tail) {
        if (sheet.rows().row_count() <= sheet.rows_in_sight) return {"all in sight", Role::kMuted};
        return {"scrolled up", Role::kWarning};
    }
    return {"following", Role::kMuted};
}

}  // namespace

float status_height() {
    return ImGui::GetTextLineHeight() + px(kSpace1);
}

void draw_status_line(const ViewTurn& turn,
                      ReceiveView& view,
                      const std::vector<ConnectionId>& connections,
                      ImVec2 at,
                      float width) {
    if (width < px(120)) return;
    const LiveWords live = live_words(view);
    ImGui::PushFont(nullptr, kSmallSize);
    const float live_width = text_width(live.words);
    const float y = at.y + px(3);
    const float room = width - live_width - px(kSpace3);
    std::string words = scope_words(turn, connections);
    if (!view.sheet.selection.is_empty())
        words = view.sheet.selection.is_range() ? selection_words(view) : cursor_words(view);
    const bool has_message =
        !view.message.empty() && turn.frame.monotonic_ns < view.message_until_ns;
    if (has_message) words = view.message + "   " + words;
    ImGui::SetCursorScreenPos({at.x, y});
    text_elided(words, has_message ? Role::kText : Role::kMuted, std::max(room, px(40)));
    if (!live.words.empty() && room > px(40)) {
        ImGui::SetCursorScreenPos({at.x + width - live_width, y});
        text(live.words, live.role);
    }
    ImGui::PopFont();
}

}  // namespace app::ui
