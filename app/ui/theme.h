// Colours by what they say, and the spacing scale. A panel names a role, never a colour, so that another theme is another table.
//
// Thread: frame thread. Lengths are given at scale 1 and multiplied by px(): `px(kSpace2)`.
#pragma once

#include <imgui.h>

namespace app::ui {

enum class Role {
    kSurface,  // behind everything, the gaps between panels
    kPanel,    // a panel
    kRaised,   // a card in a panel, a header row
    kField,    // where something can be typed or chosen
    kBorder,
    kText,
    kMuted,       // labels, units, what is not the point
    kFaint,       // marks between bytes, gaps: never words
    kAccent,      // what can be done, what is selected
    kAccentText,  // on kAccent
    kReceived,
    kSent,
    kGood,
    kWarning,
    kError,
};

[[nodiscard]] ImVec4 color(Role role);
[[nodiscard]] ImU32 color_u32(Role role);
// The same, `alpha` 0..1 of it: for tints behind text.
[[nodiscard]] ImU32 tint_u32(Role role, float alpha);

// The spacing scale, at scale 1.
inline constexpr float kSpace1 = 4.0F;
inline constexpr float kSpace2 = 8.0F;
inline constexpr float kSpace3 = 12.0F;
inline constexpr float kSpace4 = 16.0F;
inline constexpr float kRounding = 4.0F;

// Font sizes at scale 1, for ImGui::PushFont().
inline constexpr float kTextSize = 16.0F;
inline constexpr float kSmallSize = 14.0F;
inline constexpr float kTitleSize = 16.0F;
inline constexpr float kBytesSize = 15.0F;

// Between two roles, opaque: `part` 0 is `from`, 1 is `to`. For shapes whose parts overlap.
[[nodiscard]] ImU32 mix_u32(Role from, Role to, float part);

// A length at scale 1 in pixels of this frame, whole.
[[nodiscard]] float px(float length);

}  // namespace app::ui
