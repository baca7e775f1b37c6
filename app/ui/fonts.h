// The typefaces of the program: fontconfig says which files, FreeType draws them.
//
// Thread: frame thread, outside a frame for load_fonts() (declared in workspace.h). The fonts live in ImGui's atlas.
//
// Three files are read at the start. What they lack comes from other faces of the machine, when it is first drawn (fallback_fonts.h).
#pragma once

#include <imgui.h>

namespace app::ui {

enum class Face { kText = 0, kBytes = 1, kStrong = 2 };

// The face, or the first one there is; never null within a frame.
[[nodiscard]] ImFont* font(Face face);

}  // namespace app::ui
