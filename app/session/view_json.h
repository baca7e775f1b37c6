// How the view is remembered, as a part of the settings' JSON text (settings.cpp).
//
// Thread: any; pure functions.
#pragma once

#include "app/session/view.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace app::session {

[[nodiscard]] nlohmann::json view_to_json(const ViewSettings& view);
// Unknown keys are ignored, missing ones leave what is in `view`. Empty, or what is wrong: `"mode" is not one of ...`.
[[nodiscard]] std::string view_from_json(const nlohmann::json& tree, ViewSettings& view);

}  // namespace app::session
