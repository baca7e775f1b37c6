// The editor of an endpoint's automatic replies: echo, welcome, rules with their hits, relay.
//
// What is edited holds from Apply on: at once where the endpoint runs, else when it is started.
// Thread: frame thread.
#pragma once

#include "app/session/session.h"
#include "app/ui/panel.h"
#include "app/ui/replies_form.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace app::ui {

enum class RepliesTab : std::uint8_t { kRules, kMessages, kWelcome, kRelay };

struct RepliesPanel {
    Panel panel;
    std::uint64_t card = 0;  // whose
    std::string name;        // of the endpoint, printable
    bool is_client = false;  // nobody to relay to
    RepliesForm form;
    RepliesTab tab{};
    std::size_t selected = 0;
    bool wants_name_focus = false;
    bool was_edited = false;          // since it was opened or applied
    net::channel::Replies applied{};  // what the form began with
    // What was edited and neither applied nor undone, of other cards.
    std::map<std::uint64_t, RepliesForm> drafts{};
};

void open_replies(RepliesPanel& panel,
                  std::uint64_t card,
                  std::string name,
                  bool is_client,
                  const net::channel::Replies& replies);

// `facts`: of the endpoint while it runs; null: it doesn't. What it returns is to hold from now on.
[[nodiscard]] std::optional<net::channel::Replies> draw_replies_panel(
    RepliesPanel& panel, const session::ReplyFacts* facts);

// The line in a card: what is replied, and the button that opens the editor. True: pressed.
[[nodiscard]] bool draw_replies_line(const net::channel::Replies& replies,
                                     const session::ReplyFacts* facts);

}  // namespace app::ui
