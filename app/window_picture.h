// The picture of --screenshot.
//
// Thread: the frame thread, with the context current.
#pragma once

#include <string>

namespace app {

// Writes the frame that was just rendered, before it is swapped away, as PNG. 0, or an errno value.
[[nodiscard]] int write_picture(const std::string& path, int width, int height);

}  // namespace app
