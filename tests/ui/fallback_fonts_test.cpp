// Characters beyond the chosen faces: found, drawn in their columns, and bounded in what a peer can make of them.
#include "app/ui/fallback_fonts.h"

#include "app/ui/fonts.h"
#include "app/ui/glyph_drawing.h"
#include "app/ui/theme.h"
#include "net/bytes/text_encoding.h"

#include <fstream>
#include <gtest/gtest.h>

#include "tests/net/bytes/random_text.h"
#include "tests/ui/ui_driver.h"

namespace tests::ui {
namespace {

using app::ui::Face;
using app::ui::GlyphLine;

std::vector<std::uint8_t> bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

GlyphLine line_of(std::span<const std::uint8_t> all) {
    std::vector<net::bytes::TextCell> cells;
    net::bytes::TextDecoder decoder(net::bytes::TextEncoding::kUtf8);
    decoder.decode(all, cells);
    decoder.finish(cells);
    GlyphLine line;
    app::ui::lay_out(cells, line);
    return line;
}

std::string utf8(char32_t first, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        std::array<char, 5> one{};
        ImTextCharToUtf8(one.data(), static_cast<unsigned>(first + i));
        text += one.data();
    }
    return text;
}

// Whether this process has mapped a file of that name.
bool has_mapped(std::string_view name) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.find(name) != std::string::npos) return true;
    }
    return false;
}

// A window in which a line of bytes is drawn, as the sheet would.
class LineWindow : public testing::Test {
  protected:
    UiDriver ui{{1280, 400}};
    std::vector<std::vector<std::uint8_t>> lines;
    int vertices = 0;

    void SetUp() override {
        ui.instead_of_desk = [this] { draw(); };
    }
    void draw() {
        app::ui::begin_whole_window(0);
        ImGui::PushFont(app::ui::font(Face::kBytes), app::ui::kBytesSize);
        ImDrawList& list = *ImGui::GetWindowDrawList();
        const float column = ImGui::CalcTextSize("0").x;
        ImVec2 at = ImGui::GetCursorScreenPos();
        const int before = list.VtxBuffer.Size;
        for (const auto& line : lines) {
            app::ui::draw_glyph_line(list, at, column, line_of(line));
            at.y += ImGui::GetFontSize();
        }
        vertices = list.VtxBuffer.Size - before;
        ImGui::PopFont();
        ImGui::End();
    }
    // Frames until all glyphs have come.
    int settle() {
        int frames = 0;
        do {
            ui.frames(1);
            ++frames;
        } while (app::ui::wants_more_glyphs() && frames < 1000);
        return frames;
    }
    bool is_drawn_by_a_face(char32_t character) {
        bool found = false;
        ui.instead_of_desk = [&] {
            app::ui::begin_whole_window(0);
            ImGui::PushFont(app::ui::font(Face::kBytes), app::ui::kBytesSize);
            found = ImGui::GetFontBaked()->FindGlyph(static_cast<ImWchar>(character))->Codepoint ==
                    character;
            ImGui::PopFont();
            ImGui::End();
        };
        ui.frames(2);
        ui.instead_of_desk = [this] { draw(); };
        return found;
    }
};

TEST_F(LineWindow, NoFaceIsOpenedBeforeItsFirstCharacter) {
    lines = {bytes("plain \xc3\xa9\xd0\xb6\r\n\xff")};
    settle();
    EXPECT_FALSE(has_mapped("wqy-microhei"));
    lines = {bytes("\xe4\xb8\xad")};
    settle();
    EXPECT_TRUE(has_mapped("wqy-microhei"));
}

TEST_F(LineWindow, EastAsianTextAndEmojiHaveGlyphs) {
    // third_party/setup --tests brings the faces.
    for (const char32_t character :
         {U'\u4e2d', U'\u6587', U'\u65e5', U'\u3042', U'\u30a2', U'\ud55c', U'\uae00',
          U'\U0001F600', U'\U0001F680', U'\u25cc'}) {
        EXPECT_TRUE(is_drawn_by_a_face(character)) << std::hex << static_cast<unsigned>(character);
    }
    EXPECT_FALSE(is_drawn_by_a_face(U'\U0003FFF0'));
}

TEST_F(LineWindow, TextOfPanelsHasThemAsWell) {
    ui.instead_of_desk = [] {
        app::ui::begin_whole_window(0);
        app::ui::text("\xe4\xb8\xad");
        ImGui::End();
    };
    ui.frames(2);
    ui.instead_of_desk = [] {
        app::ui::begin_whole_window(0);
        EXPECT_GT(app::ui::text_width("\xe4\xb8\xad"), 10.0F);
        EXPECT_EQ(ImGui::GetFontBaked()->FindGlyph(0x4E2D)->Codepoint, 0x4E2DU);
        ImGui::End();
    };
    ui.frames(1);
}

TEST_F(LineWindow, AMissingGlyphIsABoxOfItsColumns) {
    lines = {bytes(utf8(0x3FFF0, 3))};
    settle();
    EXPECT_GE(vertices, 3 * 4);
    lines = {bytes(utf8(0xFFFF0, 3))};  // private: two letters each
    settle();
    EXPECT_GT(vertices, 3 * 8);
}

TEST_F(LineWindow, LinesOutsideCostNothing) {
    lines = {bytes(std::string(100'000, 'x'))};
    settle();
    EXPECT_LT(vertices, 4 * 400) << "what is right of the window is not drawn";
    lines.assign(1000, bytes("\xff\xff\xe4\xb8\xad"));
    settle();
    EXPECT_LT(vertices, 40 * 3 * 60) << "nor what is below";
}

TEST_F(LineWindow, NewGlyphsComeInSmallPortions) {
    lines.clear();
    for (char32_t row = 0; row < 20; ++row)
        lines.push_back(bytes(utf8(0x4E00 + row * 60, 60)));
    ui.frames(1);
    EXPECT_TRUE(app::ui::wants_more_glyphs());
    const int frames = settle();
    EXPECT_GE(frames, 3);
    EXPECT_LE(frames, 8);
    ui.frames(1);
    EXPECT_FALSE(app::ui::wants_more_glyphs()) << "nothing is late once all are there";
}

// A failed assertion ("Out of texture memory") would abort.
TEST_F(LineWindow, AllOfUnicodeFitsOneTextureAfterAnother) {
    for (const char32_t plane : {0x00000U, 0x10000U, 0x20000U, 0x30000U}) {
        for (char32_t begin = 0; begin < 0x10000; begin += 20 * 128) {
            lines.clear();
            for (char32_t row = 0; row < 20; ++row) {
                const char32_t first = plane + begin + row * 128;
                if (first >= plane + 0x10000 || (first >= 0xD800 && first < 0xE000)) continue;
                lines.push_back(bytes(utf8(first, 128)));
            }
            ASSERT_LT(settle(), 30);
        }
    }
    const ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
    EXPECT_LE(atlas.TexData->Width, 4096);
    EXPECT_LE(atlas.TexData->Height, 4096);
    // After all that, what is in sight has its glyphs.
    lines = {bytes("\xe4\xb8\xad")};
    settle();
    EXPECT_TRUE(is_drawn_by_a_face(U'\u4e2d'));
}

TEST_F(LineWindow, BytesOfAnyKindAreDrawn) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        lines = {random_text(seed, 300), random_text(seed + 1000, 50)};
        ui.frames(1);
    }
}

}  // namespace
}  // namespace tests::ui
