// Draws a line of glyph cells, each in its columns, whatever face has its character.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/ui/glyph_cells.h"

#include <imgui.h>

namespace app::ui {

// With its left end at `at`, in the face and size of the bytes (fonts.h: Face::kBytes), which must be the current one; `column_px` is the width of a column, one
// character of that face. A glyph of a fallback face is centred in its cell, and made smaller where it is wider. A character that no face has is a box. Cells
// outside the list's clip rectangle cost nothing.
void draw_glyph_line(ImDrawList& list, ImVec2 at, float column_px, const GlyphLine& line);

}  // namespace app::ui
