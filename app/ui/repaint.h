// Which parts of the window have to be painted anew, and only what paints those.
//
// Software GL pays for every pixel that is painted: a whole window costs it ten milliseconds and more, a line of text next to nothing. So the draw lists of
// a frame are compared with those of the frame before, tile by tile. The picture is the same to the pixel: each pixel of a changed part gets all that lies on
// it, in its order, and of the others nothing has changed.
//
// Pure: no GL. Thread: frame thread. Units: pixels of the framebuffer, from the top left corner.
#pragma once

#include <imgui.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace app::ui {

// Without x1 and y1.
struct PixelRect {
    int x0 = 0;
    int y0 = 0;
    int x1 = 0;
    int y1 = 0;
    [[nodiscard]] bool is_empty() const { return x0 >= x1 || y0 >= y1; }
    [[nodiscard]] std::int64_t area() const {
        return is_empty() ? 0 : std::int64_t{x1 - x0} * (y1 - y0);
    }
    bool operator==(const PixelRect&) const = default;
};
[[nodiscard]] PixelRect common_part(const PixelRect& a, const PixelRect& b);
// The smallest that holds both; of an empty one and another: the other.
[[nodiscard]] PixelRect around(const PixelRect& a, const PixelRect& b);

// A resize reaches X, GLFW and GL one after the other: for so many frames what was painted may have gone.
inline constexpr int kWholeFrames = 3;
// More cost more in commands than they save in pixels.
inline constexpr std::size_t kMostRects = 8;

class Repaint {
  public:
    // What can be seen is not what was painted last (uncovered, resized): the next frames are whole.
    void forget() { whole_frames_ = kWholeFrames; }
    // A texture has other contents: what the draw lists do not say has changed, in the next frame only.
    void forget_once() { whole_frames_ = std::max(whole_frames_, 1); }
    // The parts in which `data` differs from the data of the last call, disjoint; the whole window where that cannot be told. Valid until the next call.
    [[nodiscard]] const std::vector<PixelRect>& changed(const ImDrawData& data);
    // The next frame is painted whole as well: nothing of this one needs to be kept.
    [[nodiscard]] bool is_next_whole() const { return whole_frames_ > 0; }

  private:
    [[nodiscard]] bool read(const ImDrawData& data);
    void read_list(const ImDrawList& list);
    void add_triangle(const PixelRect& part, std::uint64_t hash);
    void find_changed_tiles();
    void add_run(int row, int from, int to);
    void join_to_few();

    int width_ = 0;
    int height_ = 0;
    int columns_ = 0;  // of tiles
    int rows_ = 0;
    int whole_frames_ = kWholeFrames;
    // A hash of all that lies on a tile, in its order.
    std::vector<std::uint64_t> tiles_;
    std::vector<std::uint64_t> last_tiles_;
    std::vector<std::uint64_t> vertices_;  // of the list that is being read
    std::vector<PixelRect> rects_;
};

// Leaves in `data` only what paints `rects`. Not for lists with callbacks: those `changed` wants whole.
void keep_only(ImDrawData& data, const std::vector<PixelRect>& rects);

}  // namespace app::ui
