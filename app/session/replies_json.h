// What an endpoint replies, as a part of a session file.
//
// Thread: any; pure functions.
#pragma once

#include "app/session/json_reader.h"
#include "net/channel/replies.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace app::session {

[[nodiscard]] nlohmann::json replies_to_json(const net::channel::Replies& replies);
void read_replies(const nlohmann::json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  net::channel::Replies& replies);

}  // namespace app::session
