// Dear ImGui's user configuration (IMGUI_USER_CONFIG), the same for every translation unit that
// includes imgui.h. Ours, not a copy of imconfig.h: only what differs from its defaults stands here.
#pragma once

// 32 bit: a panel of hex can pass 65,536 vertices, and without ImDrawCmd::VtxOffset (GL below 3.2)
// 16-bit indices then end in an assertion.
#define ImDrawIdx unsigned int

// Characters beyond U+FFFF: with 16 bit, an emoji typed into the send box would become U+FFFD, and
// other bytes would go out than the user typed.
#define IMGUI_USE_WCHAR32

#define IMGUI_ENABLE_FREETYPE
#define IMGUI_DISABLE_OBSOLETE_FUNCTIONS
#define IMGUI_DISABLE_DEMO_WINDOWS

// The library's own IM_ASSERT is assert(), which vanishes with NDEBUG; what it guards is then memory
// corruption. Ours always checks. `third_party/wireloupe_imassert.cpp` says what happens on a breach.
// Any thread; returns only where the program shall go on.
void wireloupe_imgui_assert_failed(const char* expression, const char* file, int line);

#define IM_ASSERT(_EXPR) \
    ((_EXPR) ? (void)0 : wireloupe_imgui_assert_failed(#_EXPR, __FILE__, __LINE__))
