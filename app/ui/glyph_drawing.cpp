#include "app/ui/glyph_drawing.h"

#include "app/ui/theme.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace app::ui {

namespace {

// Nothing from here on has glyphs worth asking for; the font's index is as long as its last character.
constexpr unsigned int kLastCharacter = 0x3FFFF;

struct Box {
    ImVec2 from;
    ImVec2 to;
};

void draw_missing(ImDrawList& list, const Box& box, ImU32 tint) {
    const float inset = std::max(1.0F, std::round((box.to.y - box.from.y) * 0.14F));
    list.AddRect({box.from.x + 1, box.from.y + inset}, {box.to.x - 1, box.to.y - inset}, tint);
}

// In the middle of its columns, on the line's baseline.
void draw_glyph(ImDrawList& list, const Box& box, unsigned int character, ImU32 tint) {
    ImFontBaked& baked = *ImGui::GetFontBaked();
    const ImFontGlyph* glyph =
        character <= kLastCharacter ? baked.FindGlyph(static_cast<ImWchar>(character)) : nullptr;
    if (glyph == nullptr || glyph->Codepoint != character) {
        draw_missing(list, box, tint);
        return;
    }
    if (!glyph->Visible) return;
    const float width = glyph->X1 - glyph->X0;
    const float room = box.to.x - box.from.x;
    const float scale = width > room ? room / width : 1.0F;
    const float x = std::floor(box.from.x + (room - width * scale) / 2);
    // What is made smaller keeps its middle.
    const float height = (glyph->Y1 - glyph->Y0) * scale;
    const float y = std::floor(box.from.y + (glyph->Y0 + glyph->Y1) / 2 - height / 2);
    list.PrimReserve(6, 4);
    list.PrimRectUV({x, y}, {x + width * scale, y + height}, {glyph->U0, glyph->V0},
                    {glyph->U1, glyph->V1}, tint);
}

void draw_characters(ImDrawList& list, const Box& box, std::string_view text, ImU32 tint) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at < end) {
        unsigned int character = 0;
        at += ImTextCharFromUtf8(&character, at, end);
        draw_glyph(list, box, character, tint);
    }
}

// A mark's letters stand in a box: filled for a character, outlined for a byte that is none.
void draw_marked(
    ImDrawList& list, const Box& box, GlyphRole role, std::string_view text, bool is_ascii) {
    const bool is_invalid = role == GlyphRole::kInvalid;
    const Role of_theme = is_invalid ? Role::kError : Role::kMuted;
    const ImVec2 from{box.from.x, box.from.y + 1};
    const ImVec2 to{box.to.x - 1, box.to.y - 1};
    list.AddRectFilled(from, to, tint_u32(of_theme, 0.16F), px(2));
    if (is_invalid) list.AddRect(from, to, tint_u32(of_theme, 0.7F), px(2));
    if (is_ascii) {
        list.AddText(box.from, color_u32(of_theme), text.data(), text.data() + text.size());
    } else {
        draw_characters(list, box, text, color_u32(of_theme));
    }
}

}  // namespace

void draw_glyph_line(ImDrawList& list, ImVec2 at, float column_px, const GlyphLine& line) {
    const ImVec2 clip_from = list.GetClipRectMin();
    const ImVec2 clip_to = list.GetClipRectMax();
    const float height = ImGui::GetFontSize();
    if (at.y >= clip_to.y || at.y + height <= clip_from.y) return;
    const float hidden = std::max(0.0F, (clip_from.x - at.x) / column_px);
    std::size_t i = line.cell_at(static_cast<std::uint32_t>(hidden));
    while (i < line.cells.size()) {
        const GlyphCell& cell = line.cells[i];
        const float x = at.x + static_cast<float>(cell.column) * column_px;
        if (x >= clip_to.x) break;
        if (cell.is_plain) {
            // One text for a run of plain cells, as far as it is in sight.
            const std::size_t most = i + 1 + static_cast<std::size_t>((clip_to.x - x) / column_px);
            std::size_t end = i + 1;
            while (end < std::min(line.cells.size(), most) && line.cells[end].is_plain)
                ++end;
            const char* const begin = line.text.data() + cell.text_begin;
            list.AddText({x, at.y}, color_u32(Role::kText), begin, begin + (end - i));
            i = end;
            continue;
        }
        const Box box{.from = {x, at.y},
                      .to = {x + static_cast<float>(cell.columns) * column_px, at.y + height}};
        const std::string_view text = line.text_of(cell);
        if (cell.role == GlyphRole::kNormal) {
            draw_characters(list, box, text, color_u32(Role::kText));
        } else {
            draw_marked(list, box, cell.role, text, cell.columns == 2 && text.size() == 2);
        }
        ++i;
    }
}

}  // namespace app::ui
