// Glyphs for the characters that a chosen face lacks: Chinese, Japanese, Korean, symbols, emoji in one colour.
//
// A source of glyphs at the end of a font of Dear ImGui. It has no file of its own. The first time it is asked for a character, it lets fontconfig list the machine's
// faces in the order in which they fit (some milliseconds); a face's file is opened when it is the first of that list to have a character that is drawn. FreeType
// maps files, so that of a face of 20 MB only what is drawn is ever read.
//
// Peers decide which characters are drawn. So a frame draws at most kGlyphsPerFrame new ones (the others are missing in it, and come with the next frames), and a font's
// glyphs are forgotten when there are kMostGlyphs of them; what is still in sight comes back at once.
//
// Thread: frame thread.
#pragma once

#include <imgui.h>

#include <cstddef>

namespace app::ui {

inline constexpr std::size_t kGlyphsPerFrame = 256;
inline constexpr int kMostGlyphs = 8192;

// To the font that was added last. Once for each font, while no frame is being drawn.
void add_fallback_faces(ImFontAtlas& atlas);
// Once for the context, after the fonts.
void watch_fallback_faces(ImGuiContext& context);

// Some characters of the last frame are missing in it and come with the next: draw it.
[[nodiscard]] bool wants_more_glyphs();

}  // namespace app::ui
