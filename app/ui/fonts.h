// The typefaces of the program: fontconfig says which files, FreeType draws them.
//
// Thread: frame thread, outside a frame for load_fonts() (declared in workspace.h). The fonts live in ImGui's atlas.
//
// The faces that come first have Latin, Greek, Cyrillic and what else their file has. What people type or name beyond that (bytes of peers are
// mapped to ASCII) needs a face with a fallback: tens of megabytes, so it is read when the first such text is to be drawn.
#pragma once

#include <imgui.h>

#include <string_view>

namespace app::ui {

enum class Face { kText = 0, kBytes = 1, kStrong = 2 };

// The face, or the first one there is; never null within a frame.
[[nodiscard]] ImFont* font(Face face);
// The same, or its wide form where `text` has characters from U+0800 on (CJK, most of Asia, symbols). May read a file, once for each face.
[[nodiscard]] ImFont* font_for(Face face, std::string_view text);
// Whether `text` (UTF-8) has such characters. Looks at every byte.
[[nodiscard]] bool needs_wide_face(std::string_view text);

}  // namespace app::ui
