// The row of what is done to the text before it is sent: encoding, ending, length, checksum, and what can be put into it.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/composer.h"

#include <string_view>

namespace app::ui {

// What is to be put where the cursor was in the text, a literal of ours; empty: nothing. Marks the composer as changed where something was.
[[nodiscard]] std::string_view draw_compose_options(Composer& composer);

}  // namespace app::ui
