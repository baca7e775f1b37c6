#include "app/ui/fallback_fonts.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fontconfig/fontconfig.h>
#include <freetype/freetype.h>
#include <ft2build.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace app::ui {

namespace {

// Of the size of the text, for the square in which a face draws: a Chinese character is then a little narrower than two columns of bytes.
constexpr float kSquare = 0.94F;
constexpr std::size_t kMostFaces = 64;
// Of the largest texture. The rest is for the faces that were chosen, which would fail an assertion where no room is left.
constexpr double kTexturePart = 0.6;
// Controls and Latin come from the chosen face or not at all, so that nothing is listed for them.
constexpr ImWchar kFirstCharacter = 0xA0;

struct CharSetDelete {
    void operator()(FcCharSet* set) const { FcCharSetDestroy(set); }
};
struct PatternDelete {
    void operator()(FcPattern* pattern) const { FcPatternDestroy(pattern); }
};
struct FontSetDelete {
    void operator()(FcFontSet* set) const { FcFontSetDestroy(set); }
};
struct ConfigDelete {
    void operator()(FcConfig* config) const { FcConfigDestroy(config); }
};
struct FaceDelete {
    void operator()(FT_Face face) const { FT_Done_Face(face); }
};
struct LibraryDelete {
    void operator()(FT_Library library) const { FT_Done_FreeType(library); }
};

struct FallbackFace {
    std::string path;
    FT_Long number = 0;  // within a collection
    std::unique_ptr<FcCharSet, CharSetDelete> characters{};
    std::unique_ptr<FT_FaceRec_, FaceDelete> face{};
    bool is_broken = false;
    float square_px = 0;  // for which the face is set
};

// A glyph that the budget of its frame had no room for.
struct LateGlyph {
    ImGuiID baked = 0;
    ImWchar character = 0;
};

// One for all fonts of an atlas.
struct Fallbacks {
    int users = 0;
    bool is_listed = false;
    std::unique_ptr<FT_LibraryRec_, LibraryDelete> library{};
    std::vector<FallbackFace> faces{};  // closed before the library
    std::size_t loaded = 0;             // in this frame
    std::vector<LateGlyph> late{};
};

bool is_usable(FcPattern* pattern) {
    FcBool is_outline = FcFalse;
    FcBool is_color = FcFalse;
    if (FcPatternGetBool(pattern, FC_OUTLINE, 0, &is_outline) != FcResultMatch) return false;
    if (FcPatternGetBool(pattern, FC_COLOR, 0, &is_color) != FcResultMatch) is_color = FcFalse;
    return is_outline == FcTrue && is_color == FcFalse;
}

// Where the user's language is none of these, Chinese comes first: of the characters that they share, it has the most.
bool has_east_asian_language() {
    const std::unique_ptr<FcStrSet, decltype(&FcStrSetDestroy)> languages(FcGetDefaultLangs(),
                                                                          &FcStrSetDestroy);
    const std::unique_ptr<FcStrList, decltype(&FcStrListDone)> list(
        FcStrListCreate(languages.get()), &FcStrListDone);
    while (const FcChar8* one = FcStrListNext(list.get())) {
        const std::string_view language = reinterpret_cast<const char*>(one);
        for (const std::string_view known : {"zh", "ja", "ko"}) {
            if (language.substr(0, 2) == known) return true;
        }
    }
    return false;
}

void list_faces(Fallbacks& fallbacks) {
    fallbacks.is_listed = true;
    FT_Library library = nullptr;
    if (FT_Init_FreeType(&library) != 0) return;
    fallbacks.library.reset(library);
    // Of our own, gone after the search, as in fonts.cpp.
    const std::unique_ptr<FcConfig, ConfigDelete> config(FcInitLoadConfigAndFonts());
    if (!config) return;
    const char* const wanted = has_east_asian_language() ? "sans-serif" : "sans-serif:lang=zh-cn";
    const std::unique_ptr<FcPattern, PatternDelete> pattern(
        FcNameParse(reinterpret_cast<const FcChar8*>(wanted)));
    if (!pattern) return;
    FcConfigSubstitute(config.get(), pattern.get(), FcMatchPattern);
    FcDefaultSubstitute(pattern.get());
    FcResult result = FcResultNoMatch;
    const std::unique_ptr<FcFontSet, FontSetDelete> sorted(
        FcFontSort(config.get(), pattern.get(), FcTrue, nullptr, &result));
    if (!sorted) return;
    for (int i = 0; i < sorted->nfont && fallbacks.faces.size() < kMostFaces; ++i) {
        FcPattern* const one = sorted->fonts[i];
        FcChar8* path = nullptr;
        FcCharSet* characters = nullptr;
        int number = 0;
        if (!is_usable(one) || FcPatternGetString(one, FC_FILE, 0, &path) != FcResultMatch ||
            FcPatternGetCharSet(one, FC_CHARSET, 0, &characters) != FcResultMatch)
            continue;
        if (FcPatternGetInteger(one, FC_INDEX, 0, &number) != FcResultMatch) number = 0;
        fallbacks.faces.push_back({.path = reinterpret_cast<const char*>(path), .number = number});
        fallbacks.faces.back().characters.reset(FcCharSetCopy(characters));
    }
}

bool open(Fallbacks& fallbacks, FallbackFace& one) {
    if (one.face || one.is_broken) return !one.is_broken;
    FT_Face face = nullptr;
    one.is_broken = FT_New_Face(fallbacks.library.get(), one.path.c_str(), one.number, &face) != 0;
    if (one.is_broken) return false;
    one.face.reset(face);
    one.is_broken = FT_Select_Charmap(face, FT_ENCODING_UNICODE) != 0;
    return !one.is_broken;
}

// The glyph in the face's slot, as an outline of that size; null: no face has the character.
FT_GlyphSlot load_outline(Fallbacks& fallbacks, ImWchar character, float square_px) {
    if (!fallbacks.is_listed) list_faces(fallbacks);
    for (FallbackFace& one : fallbacks.faces) {
        if (FcCharSetHasChar(one.characters.get(), character) == FcFalse) continue;
        if (!open(fallbacks, one)) continue;
        FT_Face face = one.face.get();
        if (one.square_px != square_px) {
            FT_Size_RequestRec request{};
            request.type = FT_SIZE_REQUEST_TYPE_NOMINAL;
            request.height = static_cast<FT_Long>(square_px * 64);
            if (FT_Request_Size(face, &request) != 0) continue;
            one.square_px = square_px;
        }
        const FT_UInt glyph = FT_Get_Char_Index(face, character);
        if (glyph == 0) continue;
        // Hinting a Chinese character takes several times as long as drawing it.
        if (FT_Load_Glyph(face, glyph, FT_LOAD_NO_BITMAP | FT_LOAD_NO_HINTING) != 0) continue;
        if (face->glyph->format == FT_GLYPH_FORMAT_OUTLINE) return face->glyph;
    }
    return nullptr;
}

Fallbacks& data_of(const ImFontConfig& source) {
    return *static_cast<Fallbacks*>(source.FontLoaderData);
}

// ---- What Dear ImGui calls ----

const ImFontLoader* fallback_loader();

bool init_source(ImFontAtlas* atlas, ImFontConfig* source) {
    Fallbacks* data = nullptr;
    for (const ImFontConfig& other : atlas->Sources) {
        if (other.FontLoader == fallback_loader() && other.FontLoaderData != nullptr)
            data = &data_of(other);
    }
    source->FontLoaderData =
        data != nullptr ? data : new Fallbacks;  // destroy_source() of the last one deletes it
    ++data_of(*source).users;
    return true;
}

void destroy_source(ImFontAtlas* /*atlas*/, ImFontConfig* source) {
    auto* const data = static_cast<Fallbacks*>(source->FontLoaderData);
    source->FontLoaderData = nullptr;
    if (data != nullptr && --data->users == 0) delete data;  // the atlas asks more than once
}

bool has_room(const ImFontAtlas& atlas) {
    const ImFontAtlasBuilder& builder = *atlas.Builder;
    const double most = double{kTexturePart} * atlas.TexMaxWidth * atlas.TexMaxHeight;
    return builder.RectsPackedSurface - builder.RectsDiscardedSurface < most;
}

// Into the atlas, as coverage of white.
void put_bitmap(ImFontAtlas& atlas,
                ImFontConfig& source,
                ImFontBaked& baked,
                const FT_Bitmap& bitmap,
                ImFontAtlasRectId place,
                ImFontGlyph& glyph) {
    std::vector<ImU32> pixels(std::size_t{bitmap.width} * bitmap.rows);
    for (unsigned int y = 0; y < bitmap.rows; ++y) {
        const std::uint8_t* const row =
            bitmap.buffer + static_cast<std::ptrdiff_t>(y) * bitmap.pitch;
        for (unsigned int x = 0; x < bitmap.width; ++x)
            pixels[std::size_t{y} * bitmap.width + x] = IM_COL32(255, 255, 255, row[x]);
    }
    ImTextureRect* const rect = ImFontAtlasPackGetRect(&atlas, place);
    ImFontAtlasBakedSetFontGlyphBitmap(&atlas, &baked, &source, &glyph, rect,
                                       reinterpret_cast<const unsigned char*>(pixels.data()),
                                       ImTextureFormat_RGBA32,
                                       static_cast<int>(bitmap.width * sizeof(ImU32)));
}

bool load_glyph(ImFontAtlas* atlas,
                ImFontConfig* source,
                ImFontBaked* baked,
                void* /*data*/,
                ImWchar character,
                ImFontGlyph* glyph,
                float* advance_only) {
    if (character < kFirstCharacter) return false;
    Fallbacks& fallbacks = data_of(*source);
    if (fallbacks.loaded >= kGlyphsPerFrame) {
        fallbacks.late.push_back({.baked = baked->BakedId, .character = character});
        return false;
    }
    if (baked->Glyphs.Size > 2 * kMostGlyphs || !has_room(*atlas)) return false;
    ++fallbacks.loaded;  // a search in vain takes its time as well
    const float density = source->RasterizerDensity * baked->RasterizerDensity;
    const FT_GlyphSlot slot =
        load_outline(fallbacks, character, std::round(baked->Size * kSquare * density));
    if (slot == nullptr) return false;
    const float advance = static_cast<float>(slot->advance.x) / 64.0F / density;
    if (advance_only != nullptr) {
        *advance_only = advance;
        return true;
    }
    if (FT_Render_Glyph(slot, FT_RENDER_MODE_NORMAL) != 0) return false;
    const FT_Bitmap& bitmap = slot->bitmap;
    glyph->Codepoint = character & 0x3FFFFFFU;  // its width there
    glyph->AdvanceX = advance;
    if (bitmap.width == 0 || bitmap.rows == 0) return true;
    if (bitmap.pixel_mode != FT_PIXEL_MODE_GRAY) return false;
    const ImFontAtlasRectId place = ImFontAtlasPackAddRect(atlas, static_cast<int>(bitmap.width),
                                                           static_cast<int>(bitmap.rows));
    if (place == ImFontAtlasRectId_Invalid) return false;
    glyph->X0 = static_cast<float>(slot->bitmap_left) / density;
    glyph->Y0 = static_cast<float>(-slot->bitmap_top) / density + baked->Ascent;
    glyph->X1 = glyph->X0 + static_cast<float>(bitmap.width) / density;
    glyph->Y1 = glyph->Y0 + static_cast<float>(bitmap.rows) / density;
    glyph->Visible = true;
    glyph->PackId = place;
    put_bitmap(*atlas, *source, *baked, bitmap, place, *glyph);
    return true;
}

const ImFontLoader* fallback_loader() {
    static const ImFontLoader loader = [] {
        ImFontLoader made;
        made.Name = "fallback faces";
        made.FontSrcInit = init_source;
        made.FontSrcDestroy = destroy_source;
        made.FontBakedLoadGlyph = load_glyph;
        return made;
    }();
    return &loader;
}

Fallbacks* find_fallbacks(const ImFontAtlas& atlas) {
    for (const ImFontConfig& source : atlas.Sources) {
        if (source.FontLoader == fallback_loader())
            return static_cast<Fallbacks*>(source.FontLoaderData);
    }
    return nullptr;
}

// ---- Between two frames ----

// How the library marks a character that it has not looked for, in ImFontBaked::IndexLookup.
constexpr ImU16 kNotAskedFor = 0xFFFF;

// It has noted that the character is missing: let it ask again.
void forget_lateness(ImFontAtlas& atlas, const LateGlyph& late) {
    const auto character = static_cast<int>(late.character);
    for (int i = 0; i < atlas.Builder->BakedPool.Size; ++i) {
        ImFontBaked& baked = atlas.Builder->BakedPool[i];
        if (baked.BakedId != late.baked || baked.WantDestroy) continue;
        if (character >= baked.IndexLookup.Size) continue;
        if (baked.IsGlyphLoaded(late.character)) continue;
        baked.IndexLookup[character] = kNotAskedFor;
        baked.IndexAdvanceX[character] = -1.0F;
    }
}

void before_frame(ImGuiContext* context, ImGuiContextHook* /*hook*/) {
    ImFontAtlas* const atlas = context->IO.Fonts;
    if (atlas == nullptr || atlas->Builder == nullptr) return;
    Fallbacks* const fallbacks = find_fallbacks(*atlas);
    if (fallbacks == nullptr) return;
    fallbacks->loaded = 0;
    for (const LateGlyph& late : fallbacks->late)
        forget_lateness(*atlas, late);
    fallbacks->late.clear();
    const int most = has_room(*atlas) ? kMostGlyphs : kMostGlyphs / 8;
    for (int i = 0; i < atlas->Builder->BakedPool.Size; ++i) {
        ImFontBaked& baked = atlas->Builder->BakedPool[i];
        if (baked.WantDestroy || baked.Glyphs.Size <= most) continue;
        ImFontAtlasBakedDiscard(atlas, baked.ContainerFont, &baked);
    }
}

}  // namespace

void add_fallback_faces(ImFontAtlas& atlas) {
    ImFontConfig config;
    config.MergeMode = true;
    config.FontLoader = fallback_loader();
    config.PixelSnapH = true;
    ImFormatString(config.Name, IM_ARRAYSIZE(config.Name), "fallback");
    atlas.AddFont(&config);
}

void watch_fallback_faces(ImGuiContext& context) {
    ImGuiContextHook hook;
    hook.Type = ImGuiContextHookType_NewFramePre;
    hook.Callback = before_frame;
    ImGui::AddContextHook(&context, &hook);
}

bool wants_more_glyphs() {
    const Fallbacks* const fallbacks = find_fallbacks(*ImGui::GetIO().Fonts);
    return fallbacks != nullptr && !fallbacks->late.empty();
}

}  // namespace app::ui
