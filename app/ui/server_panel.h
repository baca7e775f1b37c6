// The servers: a card for each, with what it listens on and one button that says what it will do.
//
// Thread: frame thread.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/cards.h"
#include "app/ui/frame_info.h"
#include "net/channel/replies.h"

#include <cstdint>
#include <string>

namespace app::ui {

struct ServerCard {
    std::uint64_t number = 0;  // asks the session for its endpoint: Session::endpoint_of_card()
    std::string host = "127.0.0.1";
    std::string port = "9000";
    std::string backlog = "128";
    std::string most_clients{};  // empty or 0: no limit
    bool echoes = false;
    net::channel::Replies replies{};
    bool is_touched = false;         // the user has typed in it
    session::EndpointId endpoint{};  // what it shows; kNone: never started
};

using ServerPanel = CardPanel<ServerCard>;

// `next_card` counts cards of servers and clients alike.
void draw_server_panel(const session::Session& session,
                       ServerPanel& panel,
                       std::uint64_t& next_card,
                       const FrameInfo& frame,
                       session::Intents& intents);
// What F5 does: presses the button of the card used last, or of the first when none was. False: there is nothing it could do.
bool press_server_button(const session::Session& session,
                         const ServerPanel& panel,
                         session::Intents& intents);

// Gives every endpoint of the session a card, and every panel at least one. Called before drawing.
void match_server_cards(const session::Session& session,
                        ServerPanel& panel,
                        std::uint64_t& next_card);

}  // namespace app::ui
