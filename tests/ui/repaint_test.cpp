// What is painted in parts is the picture that would be painted whole (app/ui/repaint.h), against a small painter of our own.
#include "app/ui/repaint.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <random>
#include <vector>

namespace app::ui {
namespace {

constexpr int kWidth = 330;
constexpr int kHeight = 205;

struct Quad {
    ImVec2 from;
    ImVec2 to;
    ImU32 colour = 0;
    bool is_slanted = false;  // its upper left half
};
struct Command {
    ImVec4 clip;
    ImTextureID texture = 1;
    std::vector<Quad> quads;
};
using List = std::vector<Command>;

// The draw data of a frame, made anew for each, as Dear ImGui does.
class Frame {
  public:
    explicit Frame(const std::vector<List>& lists) {
        data_.DisplaySize = {kWidth, kHeight};
        data_.FramebufferScale = {1, 1};
        for (const List& list : lists)
            add(list);
    }
    ImDrawData& data() { return data_; }
    ImDrawList& list(std::size_t at) { return *lists_[at]; }

  private:
    void add(const List& list) {
        auto& made = *lists_.emplace_back(std::make_unique<ImDrawList>(nullptr));
        for (const Command& command : list) {
            ImDrawCmd one;
            one.ClipRect = command.clip;
            one.TexRef = ImTextureRef(command.texture);
            one.IdxOffset = static_cast<unsigned>(made.IdxBuffer.Size);
            for (const Quad& quad : command.quads)
                add(made, quad);
            one.ElemCount = static_cast<unsigned>(made.IdxBuffer.Size) - one.IdxOffset;
            made.CmdBuffer.push_back(one);
        }
        data_.CmdLists.push_back(&made);
    }
    static void add(ImDrawList& list, const Quad& quad) {
        const int first = list.VtxBuffer.Size;
        for (const ImVec2& corner :
             {quad.from, ImVec2(quad.to.x, quad.from.y), ImVec2(quad.from.x, quad.to.y), quad.to})
            list.VtxBuffer.push_back({corner, {0, 0}, quad.colour});
        const int corners[] = {0, 1, 2, 1, 3, 2};
        for (int at = 0; at < (quad.is_slanted ? 3 : 6); ++at)
            list.IdxBuffer.push_back(static_cast<ImDrawIdx>(first + corners[at]));
    }

    ImDrawData data_;
    std::vector<std::unique_ptr<ImDrawList>> lists_;
};

// Each pixel tells what lies on it, in its order.
class Canvas {
  public:
    Canvas() : pixels_(static_cast<std::size_t>(kWidth) * kHeight) {}

    void clear(const PixelRect& part) {
        for (int y = part.y0; y < part.y1; ++y) {
            for (int x = part.x0; x < part.x1; ++x)
                pixel(x, y) = 1;
        }
    }
    void paint(const ImDrawData& data) {
        for (const ImDrawList* const list : data.CmdLists) {
            for (const ImDrawCmd& command : list->CmdBuffer) {
                for (unsigned at = 0; at < command.ElemCount; at += 3)
                    paint(*list, command, list->IdxBuffer.Data + command.IdxOffset + at);
            }
        }
    }
    bool operator==(const Canvas&) const = default;

  private:
    std::uint64_t& pixel(int x, int y) {
        return pixels_[static_cast<std::size_t>(y) * kWidth + static_cast<std::size_t>(x)];
    }
    static float side(const ImVec2& a, const ImVec2& b, float x, float y) {
        return (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x);
    }
    void paint(const ImDrawList& list, const ImDrawCmd& command, const ImDrawIdx* corners) {
        const ImVec4& clip = command.ClipRect;
        if (clip.z <= clip.x || clip.w <= clip.y) return;
        // As imgui_impl_opengl3.cpp calls glScissor; y from the bottom there.
        const int left = static_cast<int>(clip.x);
        const int bottom = static_cast<int>(static_cast<float>(kHeight) - clip.w);
        const int right = left + static_cast<int>(clip.z - clip.x);
        const int top = bottom + static_cast<int>(clip.w - clip.y);
        const ImDrawVert& a = list.VtxBuffer[corners[0]];
        const ImDrawVert& b = list.VtxBuffer[corners[1]];
        const ImDrawVert& c = list.VtxBuffer[corners[2]];
        if (side(a.pos, b.pos, c.pos.x, c.pos.y) <= 0) return;
        const auto [least_x, most_x] = std::minmax({a.pos.x, b.pos.x, c.pos.x});
        const auto [least_y, most_y] = std::minmax({a.pos.y, b.pos.y, c.pos.y});
        const int from_y = std::max({kHeight - top, 0, static_cast<int>(least_y) - 1});
        const int to_y = std::min({kHeight - bottom, kHeight, static_cast<int>(most_y) + 1});
        const int from_x = std::max({left, 0, static_cast<int>(least_x) - 1});
        const int to_x = std::min({right, kWidth, static_cast<int>(most_x) + 1});
        for (int y = from_y; y < to_y; ++y) {
            for (int x = from_x; x < to_x; ++x) {
                const float middle_x = static_cast<float>(x) + 0.5F;
                const float middle_y = static_cast<float>(y) + 0.5F;
                if (side(a.pos, b.pos, middle_x, middle_y) < 0 ||
                    side(b.pos, c.pos, middle_x, middle_y) < 0 ||
                    side(c.pos, a.pos, middle_x, middle_y) < 0)
                    continue;
                std::uint64_t& what = pixel(x, y);
                what = (what ^ a.col ^ (command.GetTexID() << 32U)) * 0x100000001b3;
            }
        }
    }

    std::vector<std::uint64_t> pixels_;
};

// Two canvases, one painted in parts and one whole.
class Screen {
  public:
    const std::vector<PixelRect>& show(const std::vector<List>& lists) {
        Frame whole(lists);
        Canvas canvas;
        canvas.clear({0, 0, kWidth, kHeight});
        canvas.paint(whole.data());

        Frame parts(lists);
        const std::vector<PixelRect>& rects = repaint.changed(parts.data());
        keep_only(parts.data(), rects);
        for (const PixelRect& rect : rects)
            in_parts_.clear(rect);
        in_parts_.paint(parts.data());
        EXPECT_TRUE(in_parts_ == canvas) << "the parts are another picture";
        return rects;
    }
    void show_until_known(const std::vector<List>& lists) {
        for (int left = kWholeFrames - 1; left >= 0; --left) {
            EXPECT_EQ(show(lists), kWhole);
            EXPECT_EQ(repaint.is_next_whole(), left > 0);
        }
        EXPECT_TRUE(show(lists).empty());
    }
    static inline const std::vector<PixelRect> kWhole{{0, 0, kWidth, kHeight}};
    Repaint repaint;

  private:
    Canvas in_parts_;
};

const ImVec4 kAll{0, 0, kWidth, kHeight};
const Quad kBackground{.from = {0, 0}, .to = {kWidth, kHeight}, .colour = 7};

class Dice {
  public:
    explicit Dice(unsigned seed) : random_(seed) {}
    int upto(int most) { return static_cast<int>(random_() % (static_cast<unsigned>(most) + 1)); }
    float place(int most) {
        // Now and then off the window, and between the pixels.
        return static_cast<float>(upto(most + 60) - 30) + static_cast<float>(upto(3)) / 4;
    }
    Quad quad() {
        const ImVec2 from{place(kWidth), place(kHeight)};
        const ImVec2 size{static_cast<float>(upto(upto(9) == 0 ? kWidth : 30)),
                          static_cast<float>(upto(upto(9) == 0 ? kHeight : 20))};
        return {.from = from,
                .to = {from.x + size.x, from.y + size.y},
                .colour = static_cast<ImU32>(upto(999)),
                .is_slanted = upto(2) == 0};
    }
    Command command() {
        Command made{.clip = kAll, .quads = {}};
        if (upto(1) == 0) {
            made.clip.x = place(kWidth);
            made.clip.y = place(kHeight);
            made.clip.z = place(kWidth);
            made.clip.w = place(kHeight);
        }
        for (int count = upto(6); count > 0; --count)
            made.quads.push_back(quad());
        return made;
    }
    std::vector<List> lists() {
        std::vector<List> made(static_cast<std::size_t>(1 + upto(3)));
        for (List& list : made) {
            for (int count = upto(4); count > 0; --count)
                list.push_back(command());
        }
        made[0].insert(made[0].begin(), {.clip = kAll, .quads = {kBackground}});
        return made;
    }
    void change(std::vector<List>& lists) {
        if (upto(20) == 0) lists = this->lists();
        List& list = lists[static_cast<std::size_t>(upto(static_cast<int>(lists.size()) - 1))];
        if (list.empty()) return list.push_back(command());
        Command& one = list[static_cast<std::size_t>(upto(static_cast<int>(list.size()) - 1))];
        switch (upto(5)) {
            case 0: one.texture ^= 2; break;
            case 1: one.clip.x += 3; break;
            case 2: std::reverse(one.quads.begin(), one.quads.end()); break;
            case 3: one.quads.push_back(quad()); break;
            default:
                if (!one.quads.empty())
                    one.quads[static_cast<std::size_t>(
                                  upto(static_cast<int>(one.quads.size()) - 1))]
                        .colour += 1;
        }
    }

  private:
    std::mt19937 random_;
};

TEST(Repaint, PartsAreThePictureThatWouldBePaintedWhole) {
    std::int64_t painted = 0;
    std::int64_t frames = 0;
    for (unsigned seed = 0; seed < 30; ++seed) {
        Dice dice(seed);
        Screen screen;
        std::vector<List> lists = dice.lists();
        screen.show_until_known(lists);
        for (int frame = 0; frame < 30; ++frame, ++frames) {
            for (int changes = dice.upto(3); changes > 0; --changes)
                dice.change(lists);
            const std::vector<PixelRect>& rects = screen.show(lists);
            ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << " frame " << frame;
            EXPECT_LE(rects.size(), kMostRects);
            for (std::size_t a = 0; a < rects.size(); ++a) {
                painted += rects[a].area();
                for (std::size_t b = a + 1; b < rects.size(); ++b)
                    EXPECT_TRUE(common_part(rects[a], rects[b]).is_empty());
            }
        }
    }
    EXPECT_LT(painted, frames * kWidth * kHeight / 2) << "it mostly paints all";
}

TEST(Repaint, AChangedNumberPaintsOnlyWhereItIs) {
    Screen screen;
    std::vector<List> lists{
        {{.clip = kAll, .quads = {kBackground, {.from = {40, 40}, .to = {60, 50}, .colour = 1}}}}};
    screen.show_until_known(lists);
    lists[0][0].quads[1].colour = 2;
    EXPECT_EQ(screen.show(lists), (std::vector<PixelRect>{{32, 32, 64, 64}}));
    EXPECT_TRUE(screen.show(lists).empty());
}

TEST(Repaint, WhatMovesIsPaintedWhereItWasAndWhereItIs) {
    Screen screen;
    std::vector<List> lists{
        {{.clip = kAll, .quads = {kBackground, {.from = {2, 2}, .to = {9, 9}, .colour = 1}}}}};
    screen.show_until_known(lists);
    lists[0][0].quads[1] = {.from = {300, 170}, .to = {309, 180}, .colour = 1};
    EXPECT_EQ(screen.show(lists), (std::vector<PixelRect>{{0, 0, 32, 32}, {288, 160, 320, 192}}));
    lists[0][0].quads.pop_back();
    EXPECT_EQ(screen.show(lists), (std::vector<PixelRect>{{288, 160, 320, 192}}));
}

TEST(Repaint, AWindowInMotionIsPaintedInFewRectangles) {
    Screen screen;
    std::vector<List> lists{{{.clip = kAll, .quads = {kBackground}}}};
    for (int row = 0; row < 6; ++row) {
        // A chequered pattern: as many separate tiles as there can be.
        for (int column = row % 2 * 4; column < 10; column += 8) {
            const ImVec2 at{static_cast<float>(column * 32 + 4), static_cast<float>(row * 32 + 4)};
            lists[0][0].quads.push_back({.from = at, .to = {at.x + 8, at.y + 8}, .colour = 1});
        }
    }
    screen.show_until_known(lists);
    for (Quad& quad : lists[0][0].quads)
        quad.colour = quad.colour == 1 ? 2 : quad.colour;
    EXPECT_LE(screen.show(lists).size(), kMostRects);
}

TEST(Repaint, WhatCannotBeToldIsPaintedWhole) {
    Screen screen;
    const std::vector<List> lists{{{.clip = kAll, .quads = {kBackground}}}};
    screen.show_until_known(lists);
    screen.repaint.forget();
    screen.show_until_known(lists);
    screen.repaint.forget_once();
    EXPECT_EQ(screen.show(lists), Screen::kWhole);
    EXPECT_FALSE(screen.repaint.is_next_whole());
    EXPECT_TRUE(screen.show(lists).empty());

    Frame called(lists);
    called.list(0).CmdBuffer[0].UserCallback = [](const ImDrawList*, const ImDrawCmd*) {};
    EXPECT_EQ(screen.repaint.changed(called.data()), Screen::kWhole);
    EXPECT_EQ(screen.show(lists), Screen::kWhole) << "what was called painted anything";
    EXPECT_TRUE(screen.show(lists).empty());

    Frame doubled(lists);
    doubled.data().FramebufferScale = {2, 2};
    EXPECT_EQ(screen.repaint.changed(doubled.data()),
              (std::vector<PixelRect>{{0, 0, 2 * kWidth, 2 * kHeight}}));
    Frame smaller(lists);
    smaller.data().DisplaySize = {100, 100};
    EXPECT_EQ(screen.repaint.changed(smaller.data()), (std::vector<PixelRect>{{0, 0, 100, 100}}));
}

}  // namespace
}  // namespace app::ui
