// To whom bytes go: the choice that the send box and what is sent by itself have in common.
//
// Thread: frame thread. Names of endpoints and peers are text, never labels.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/open_selection.h"
#include "app/ui/selection.h"
#include "net/channel/sending.h"

#include <cstdint>
#include <string>
#include <vector>

namespace app::ui {

enum class TargetKind : std::uint8_t {
    // Until one is chosen: the selection, or, with nothing open in it, the only endpoint that has open connections.
    kAutomatic,
    kSelected,
    kEndpoint,
    kEveryone,
    kPeer,  // the open connections with one peer, named by its host:port
};

struct SendTarget {
    TargetKind kind{};
    session::EndpointId endpoint{};
    std::string peer;  // as typed
    bool wants_peer_focus = false;

    // What `peer` was found to mean; looked for again when it or the connections changed, at most four times a second.
    std::vector<session::ConnectionId> found{};
    std::string found_peer{};
    std::uint64_t found_version = ~std::uint64_t{0};
    std::int64_t found_ns = 0;
    bool is_behind = false;  // another frame will find out
};

// As of this frame.
struct Recipients {
    net::channel::Targets targets;
    std::uint64_t count = 0;
    std::string name;      // for the list: "Selected connections (2 open)"
    std::string why_none;  // in words, with what to do, where count is 0
};

[[nodiscard]] Recipients find_recipients(const session::Session& session,
                                         SendTarget& target,
                                         const Selection& selection,
                                         const OpenSelection& open_selection,
                                         std::int64_t monotonic_ns);

// The list, and a field for the peer's name where that is chosen. `width`: of both, in pixels.
void draw_target(const session::Session& session,
                 SendTarget& target,
                 const Recipients& to,
                 const OpenSelection& open_selection,
                 float width);

// Those named who do not take bytes any more are taken out; false: nobody is left. Nobody named must never become everybody.
[[nodiscard]] bool keep_who_takes_bytes(const session::Session& session, Recipients& to);

// What sends by itself, to those of them who take bytes; nothing where nobody is left.
void start_job(const session::Session& session,
               Recipients to,
               net::channel::SendJobWhat what,
               session::Intents& intents);

}  // namespace app::ui
