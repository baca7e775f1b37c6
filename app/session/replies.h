// What is known of an endpoint's automatic replies. Made and changed only by Session.
#pragma once

#include "net/channel/replies.h"

#include <cstdint>
#include <string>
#include <vector>

namespace app::session {

struct RuleHits {
    std::uint64_t hits = 0;
    net::channel::ConnectionId last_connection{};  // of the last hit
    std::int64_t last_ns = 0;                      // since the epoch; 0: none yet
};

struct ReplyFacts {
    net::channel::Replies replies = {};  // in force
    std::uint32_t asked = 0;             // SetRepliesIntents that are not answered yet
    std::vector<RuleHits> rules = {};    // as replies.rules
    std::uint64_t left_out = 0;          // by the limit a second
    std::int64_t limited_ns = 0;         // when that was told last; 0: never
    std::string trouble =
        {};  // why the last wish was refused, a whole sentence, printable; empty: it was not
};

}  // namespace app::session
