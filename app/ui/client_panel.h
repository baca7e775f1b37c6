// The clients: a card for each, with whom it connects to and one button that says what it will do.
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

struct ClientCard {
    std::uint64_t number = 0;
    std::string host = "127.0.0.1";
    std::string port = "9000";
    std::string timeout = "10";  // seconds
    bool reconnects = false;
    net::channel::Replies replies{};
    bool is_touched = false;
    session::EndpointId endpoint{};
    // How long the wait under way was when it was first seen: told in words that stay true while no frame is drawn.
    std::uint32_t wait_attempt = 0;
    std::int64_t wait_until_ns = 0;
    std::int64_t wait_ns = 0;
};

using ClientPanel = CardPanel<ClientCard>;

void draw_client_panel(const session::Session& session,
                       ClientPanel& panel,
                       std::uint64_t& next_card,
                       const FrameInfo& frame,
                       session::Intents& intents);
bool press_client_button(const session::Session& session,
                         const ClientPanel& panel,
                         session::Intents& intents);
void match_client_cards(const session::Session& session,
                        ClientPanel& panel,
                        std::uint64_t& next_card);

}  // namespace app::ui
