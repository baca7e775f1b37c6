// What stands in files of saved sends, for files that hold more than these (session_file.h).
//
// Thread: any; pure functions.
#pragma once

#include "app/session/json_reader.h"
#include "app/session/saved_sends.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace app::session {

[[nodiscard]] nlohmann::json compose_to_json(const net::bytes::ComposeText& text);
void read_compose(const nlohmann::json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  net::bytes::ComposeText& text);
// The list of groups.
[[nodiscard]] nlohmann::json groups_to_json(const SavedSends& sends);
void read_groups(JsonObject& object, std::string_view key, SavedSends& sends);

}  // namespace app::session
