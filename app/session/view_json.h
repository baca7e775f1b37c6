// How the view is remembered, as a part of the settings' JSON text (settings.cpp).
//
// Thread: any; pure functions.
#pragma once

#include "app/session/view.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace app::session {

struct JsonProblems;

[[nodiscard]] nlohmann::json view_to_json(const ViewSettings& view);
// Of the settings: unknown keys are ignored, missing ones have their defaults. Empty, or what is wrong: `view.mode is not one of ...`; then `view` is as it was.
[[nodiscard]] std::string view_from_json(const nlohmann::json& tree, ViewSettings& view);

// ---- Parts, for session files (json_reader.h). ----

void read_view(const nlohmann::json& tree,
               const std::string& path,
               JsonProblems& problems,
               ViewSettings& view);
[[nodiscard]] nlohmann::json framing_to_json(const net::bytes::Framing& framing);
void read_framing(const nlohmann::json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  net::bytes::Framing& framing);

}  // namespace app::session
