#include "app/ui/fonts.h"

#include "app/ui/fallback_fonts.h"
#include "app/ui/workspace.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fontconfig/fontconfig.h>
#include <memory>
#include <misc/freetype/imgui_freetype.h>
#include <optional>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

struct FontFile {
    std::string path;
    unsigned int face = 0;  // within a collection (.ttc)
};

struct PatternDelete {
    void operator()(FcPattern* pattern) const { FcPatternDestroy(pattern); }
};
using Pattern = std::unique_ptr<FcPattern, PatternDelete>;

struct ConfigDelete {
    void operator()(FcConfig* config) const { FcConfigDestroy(config); }
};
// Of our own, gone after the search: the library's global one would hold the whole list of fonts for the rest of the run.
using Config = std::unique_ptr<FcConfig, ConfigDelete>;

// What fontconfig thinks fits a pattern best ("sans-serif:bold", "monospace", ":lang=zh-cn"), where it is a scalable file.
std::optional<FontFile> find_font(FcConfig& config, const char* wanted) {
    const Pattern pattern(FcNameParse(reinterpret_cast<const FcChar8*>(wanted)));
    if (!pattern) return std::nullopt;
    FcPatternAddBool(pattern.get(), FC_SCALABLE, FcTrue);
    FcConfigSubstitute(&config, pattern.get(), FcMatchPattern);
    FcDefaultSubstitute(pattern.get());
    FcResult result = FcResultNoMatch;
    const Pattern match(FcFontMatch(&config, pattern.get(), &result));
    FcChar8* path = nullptr;
    FcBool is_scalable = FcFalse;
    int face = 0;
    if (!match || FcPatternGetString(match.get(), FC_FILE, 0, &path) != FcResultMatch)
        return std::nullopt;
    if (FcPatternGetBool(match.get(), FC_SCALABLE, 0, &is_scalable) != FcResultMatch ||
        is_scalable == FcFalse)
        return std::nullopt;
    if (FcPatternGetInteger(match.get(), FC_INDEX, 0, &face) != FcResultMatch) face = 0;
    return FontFile{.path = reinterpret_cast<const char*>(path),
                    .face = static_cast<unsigned int>(face) & 0xFFFFU};
}

// Of sizes given where text is drawn, only the ratio to this one counts.
constexpr float kReferenceSize = 16.0F;

// `name` is how the face is found again.
bool add(const FontFile& file, const char* name) {
    ImFontConfig config;
    config.FontNo = file.face;
    config.SizePixels = kReferenceSize;
    config.FontLoaderFlags = ImGuiFreeTypeLoaderFlags_LightHinting;
    // Every glyph begins at a whole pixel, so that its texels are the screen's pixels: sharp, and the window need not filter (load_fonts).
    config.PixelSnapH = true;
    std::snprintf(config.Name, sizeof(config.Name), "%s", name);
    return ImGui::GetIO().Fonts->AddFontFromFileTTF(file.path.c_str(), 0.0F, &config) != nullptr;
}

// In the order of Face.
struct FaceFiles {
    const char* wanted;  // of fontconfig
    const char* name;
};
constexpr std::array<FaceFiles, 3> kFaces{
    {{"sans-serif", "text"}, {"monospace:spacing=mono", "bytes"}, {"sans-serif:bold", "strong"}}};

void add_face(FcConfig* config, const FaceFiles& face) {
    const std::optional<FontFile> file =
        config != nullptr ? find_font(*config, face.wanted) : std::nullopt;
    if (!file || !add(*file, face.name)) {
        ImFontConfig own;  // the library's: legible, ASCII
        std::snprintf(own.Name, sizeof(own.Name), "%s", face.name);
        ImGui::GetIO().Fonts->AddFontDefault(&own);
    }
    add_fallback_faces(*ImGui::GetIO().Fonts);
}

}  // namespace

ImFont* font(Face face) {
    const std::string_view name = kFaces[static_cast<std::size_t>(face)].name;
    ImVector<ImFont*>& fonts = ImGui::GetIO().Fonts->Fonts;
    ImFont** const found = std::find_if(fonts.begin(), fonts.end(), [name](const ImFont* one) {
        return one->Sources.Size != 0 && name == one->Sources[0]->Name;
    });
    return found != fonts.end() ? *found : fonts[0];
}

void load_fonts() {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    // A peer or a pasted text can ask for many glyphs; the library's own limit of 8192 squared would be 64 MiB of texture.
    atlas.TexMaxWidth = 4096;
    atlas.TexMaxHeight = 4096;
    // Lines are made of triangles, not of a texture that has to be filtered: the window samples without, which software GL does in two thirds of the
    // time. Nothing else in the atlas is drawn at another size than its own.
    atlas.Flags |= ImFontAtlasFlags_NoBakedLines;
    const Config config(FcInitLoadConfigAndFonts());
    for (const FaceFiles& face : kFaces)
        add_face(config.get(), face);
    watch_fallback_faces(*ImGui::GetCurrentContext());
}

}  // namespace app::ui
