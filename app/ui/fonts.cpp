#include "app/ui/fonts.h"

#include "app/ui/workspace.h"

#include <imgui.h>

#include <array>
#include <fontconfig/fontconfig.h>
#include <memory>
#include <misc/freetype/imgui_freetype.h>
#include <optional>
#include <string>

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

bool add(const FontFile& file, bool is_merged) {
    ImFontConfig config;
    config.FontNo = file.face;
    config.MergeMode = is_merged;
    config.FontLoaderFlags = ImGuiFreeTypeLoaderFlags_LightHinting;
    return ImGui::GetIO().Fonts->AddFontFromFileTTF(file.path.c_str(), 0.0F, &config) != nullptr;
}

}  // namespace

ImFont* font(Face face) {
    const ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    const int index = static_cast<int>(face);
    return atlas.Fonts[index < atlas.Fonts.Size ? index : 0];
}

void load_fonts() {
    ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    // A peer or a pasted text can ask for many glyphs; the library's own limit of 8192 squared would be 64 MiB of texture.
    atlas.TexMaxWidth = 4096;
    atlas.TexMaxHeight = 4096;

    // In the order of Face. Only what people type or name can be outside Latin, Greek and Cyrillic (bytes are mapped to ASCII), so one
    // fallback is enough here: the text face of the system for Chinese, which with Noto and most others also has kana and hangul.
    const std::array<const char*, 3> wanted{"sans-serif", "monospace:spacing=mono",
                                            "sans-serif:bold"};
    const Config config(FcInitLoadConfigAndFonts());
    const std::optional<FontFile> fallback =
        config ? find_font(*config, "sans-serif:lang=zh-cn") : std::nullopt;
    for (const char* name : wanted) {
        const std::optional<FontFile> file = config ? find_font(*config, name) : std::nullopt;
        if (!file || !add(*file, false)) {
            atlas.AddFontDefault();  // its own bitmap-like face: legible, ASCII
            continue;
        }
        const bool is_bold = name == wanted[2];  // never used for text of others
        if (fallback && !is_bold && fallback->path != file->path) add(*fallback, true);
    }
}

}  // namespace app::ui
