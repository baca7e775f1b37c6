#include "app/ui/repaint.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

namespace app::ui {

namespace {

// Small, so that a changed number repaints little; not smaller, because the window's background lies on all of them.
constexpr int kTilePixels = 32;
// Unchanged tiles within a row of changed ones: cheaper painted than kept apart.
constexpr int kMostGap = 2;
// Which of them to join is tried by pairs. Where there are more, all of the window is in motion.
constexpr std::size_t kMostToJoin = 32;

// Odd, half of their bits set; from the digits of pi.
constexpr std::uint64_t kFirstKey = 0x243f6a8885a308d3;
constexpr std::uint64_t kSecondKey = 0x13198a2e03707345;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a ^ kFirstKey) * (b ^ kSecondKey);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t hash_of(const ImDrawVert& vertex) {
    std::uint64_t place = 0;
    std::uint64_t texel = 0;
    static_assert(sizeof vertex.pos == sizeof place && sizeof vertex.uv == sizeof texel);
    std::memcpy(&place, &vertex.pos, sizeof place);
    std::memcpy(&texel, &vertex.uv, sizeof texel);
    return mix(mix(place, texel), vertex.col);
}

// Whatever comes of a peer's numbers in the end, also what is none, is a place.
int to_pixel(float value) {
    constexpr int kFarthest = std::numeric_limits<std::int16_t>::max();
    if (!(value > -kFarthest)) return -kFarthest;
    return value < kFarthest ? static_cast<int>(value) : kFarthest;
}

// The scissor that Dear ImGui's GL backend makes of a command's clip rectangle: it drops fractions, and y from the bottom.
PixelRect scissor_of(const ImDrawCmd& command, int width, int height) {
    const ImVec4& clip = command.ClipRect;
    if (!(clip.z > clip.x) || !(clip.w > clip.y)) return {};
    const int x0 = to_pixel(clip.x);
    const int y1 = height - to_pixel(static_cast<float>(height) - clip.w);
    return common_part({.x0 = x0,
                        .y0 = y1 - to_pixel(clip.w - clip.y),
                        .x1 = x0 + to_pixel(clip.z - clip.x),
                        .y1 = y1},
                       {.x0 = 0, .y0 = 0, .x1 = width, .y1 = height});
}

// What the triangle that begins at `first` lies in.
PixelRect part_of(const ImDrawList& list, const ImDrawCmd& command, const ImDrawIdx* first) {
    const ImDrawVert* const vertices = list.VtxBuffer.Data + command.VtxOffset;
    const ImVec2& a = vertices[first[0]].pos;
    const ImVec2& b = vertices[first[1]].pos;
    const ImVec2& c = vertices[first[2]].pos;
    return {.x0 = to_pixel(std::floor(std::min({a.x, b.x, c.x}))),
            .y0 = to_pixel(std::floor(std::min({a.y, b.y, c.y}))),
            .x1 = to_pixel(std::ceil(std::max({a.x, b.x, c.x}))),
            .y1 = to_pixel(std::ceil(std::max({a.y, b.y, c.y})))};
}

bool is_plain(const ImDrawData& data) {
    return data.DisplayPos.x == 0 && data.DisplayPos.y == 0 && data.FramebufferScale.x == 1 &&
           data.FramebufferScale.y == 1;
}

}  // namespace

PixelRect common_part(const PixelRect& a, const PixelRect& b) {
    return {.x0 = std::max(a.x0, b.x0),
            .y0 = std::max(a.y0, b.y0),
            .x1 = std::min(a.x1, b.x1),
            .y1 = std::min(a.y1, b.y1)};
}

PixelRect around(const PixelRect& a, const PixelRect& b) {
    if (a.is_empty()) return b;
    if (b.is_empty()) return a;
    return {.x0 = std::min(a.x0, b.x0),
            .y0 = std::min(a.y0, b.y0),
            .x1 = std::max(a.x1, b.x1),
            .y1 = std::max(a.y1, b.y1)};
}

// ---- What has changed -----------------------------------------------------------------------------

const std::vector<PixelRect>& Repaint::changed(const ImDrawData& data) {
    const int width = static_cast<int>(data.DisplaySize.x * data.FramebufferScale.x);
    const int height = static_cast<int>(data.DisplaySize.y * data.FramebufferScale.y);
    if (width != width_ || height != height_) {
        width_ = width;
        height_ = height;
        columns_ = (width + kTilePixels - 1) / kTilePixels;
        rows_ = (height + kTilePixels - 1) / kTilePixels;
        forget();
    }
    std::swap(tiles_, last_tiles_);
    tiles_.assign(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_), 0);
    // This one, and the next, for which there is nothing to compare it with.
    if (!read(data)) whole_frames_ = std::max(whole_frames_, 2);
    rects_.clear();
    if (whole_frames_ > 0) {
        --whole_frames_;
        rects_.push_back({.x0 = 0, .y0 = 0, .x1 = width_, .y1 = height_});
    } else {
        find_changed_tiles();
        join_to_few();
    }
    return rects_;
}

// False: something in it paints what cannot be seen from here.
bool Repaint::read(const ImDrawData& data) {
    if (!is_plain(data)) return false;
    for (const ImDrawList* const list : data.CmdLists) {
        for (const ImDrawCmd& command : list->CmdBuffer) {
            if (command.UserCallback != nullptr) return false;
        }
        read_list(*list);
    }
    return true;
}

void Repaint::read_list(const ImDrawList& list) {
    vertices_.clear();
    for (const ImDrawVert& vertex : list.VtxBuffer)
        vertices_.push_back(hash_of(vertex));
    for (const ImDrawCmd& command : list.CmdBuffer) {
        const PixelRect scissor = scissor_of(command, width_, height_);
        if (scissor.is_empty()) continue;
        // Where it is cut off only matters where it is: that is in the part, below.
        const std::uint64_t texture = command.GetTexID();
        const ImDrawIdx* const indices = list.IdxBuffer.Data + command.IdxOffset;
        for (unsigned at = 0; at + 2 < command.ElemCount; at += 3) {
            const ImDrawIdx* const first = indices + at;
            const PixelRect part = common_part(part_of(list, command, first), scissor);
            if (part.is_empty()) continue;
            const std::uint64_t* const vertices = vertices_.data() + command.VtxOffset;
            std::uint64_t hash = mix(vertices[first[0]] ^ texture,
                                     std::rotl(vertices[first[1]], 21) + vertices[first[2]]);
            hash = mix(hash, (std::uint64_t{static_cast<std::uint32_t>(part.x0)} << 48U) ^
                                 (std::uint64_t{static_cast<std::uint32_t>(part.y0)} << 32U) ^
                                 (std::uint64_t{static_cast<std::uint32_t>(part.x1)} << 16U) ^
                                 static_cast<std::uint32_t>(part.y1));
            add_triangle(part, hash);
        }
    }
}

void Repaint::add_triangle(const PixelRect& part, std::uint64_t hash) {
    for (int row = part.y0 / kTilePixels; row <= (part.y1 - 1) / kTilePixels; ++row) {
        for (int column = part.x0 / kTilePixels; column <= (part.x1 - 1) / kTilePixels; ++column) {
            std::uint64_t& tile = tiles_[static_cast<std::size_t>(row * columns_ + column)];
            tile = mix(tile, hash);
        }
    }
}

void Repaint::find_changed_tiles() {
    for (int row = 0; row < rows_; ++row) {
        const auto has_changed = [&](int column) {
            const auto tile = static_cast<std::size_t>(row * columns_ + column);
            return tiles_[tile] != last_tiles_[tile];
        };
        for (int from = 0; from < columns_; ++from) {
            if (!has_changed(from)) continue;
            int to = from + 1;
            for (int next = to; next < columns_ && next <= to + kMostGap; ++next) {
                if (has_changed(next)) to = next + 1;
            }
            add_run(row, from, to);
            from = to;
        }
    }
}

// Changed tiles beside each other; they lengthen a rectangle of the same width that ends above.
void Repaint::add_run(int row, int from, int to) {
    const PixelRect run{.x0 = from * kTilePixels,
                        .y0 = row * kTilePixels,
                        .x1 = std::min(to * kTilePixels, width_),
                        .y1 = std::min((row + 1) * kTilePixels, height_)};
    for (PixelRect& rect : rects_) {
        if (rect.y1 == run.y0 && rect.x0 == run.x0 && rect.x1 == run.x1) {
            rect.y1 = run.y1;
            return;
        }
    }
    rects_.push_back(run);
}

// Joins the two that cost the fewest unchanged pixels, again and again; and what overlaps then, which would be painted twice over itself.
void Repaint::join_to_few() {
    const auto join = [&](std::size_t a, std::size_t b) {
        rects_[a] = around(rects_[a], rects_[b]);
        rects_.erase(rects_.begin() + static_cast<std::ptrdiff_t>(b));
    };
    if (rects_.size() > kMostToJoin) {
        PixelRect all;
        for (const PixelRect& rect : rects_)
            all = around(all, rect);
        rects_.assign(1, all);
    }
    while (rects_.size() > 1) {
        std::int64_t least = std::numeric_limits<std::int64_t>::max();
        std::size_t best_a = 0;
        std::size_t best_b = 0;
        bool overlaps = false;
        for (std::size_t a = 0; a < rects_.size() && !overlaps; ++a) {
            for (std::size_t b = a + 1; b < rects_.size() && !overlaps; ++b) {
                overlaps = !common_part(rects_[a], rects_[b]).is_empty();
                const std::int64_t added =
                    around(rects_[a], rects_[b]).area() - rects_[a].area() - rects_[b].area();
                if (!overlaps && added >= least) continue;
                least = added;
                best_a = a;
                best_b = b;
            }
        }
        if (!overlaps && rects_.size() <= kMostRects && least > 0) return;
        join(best_a, best_b);
    }
}

// ---- What paints it -------------------------------------------------------------------------------

namespace {

// `kept` and `indices`: what `list` will have instead.
void keep_command(const ImDrawList& list,
                  const ImDrawCmd& command,
                  const PixelRect& part,
                  ImVector<ImDrawCmd>& kept,
                  ImVector<ImDrawIdx>& indices) {
    ImDrawCmd one = command;
    one.ClipRect = {static_cast<float>(part.x0), static_cast<float>(part.y0),
                    static_cast<float>(part.x1), static_cast<float>(part.y1)};
    one.IdxOffset = static_cast<unsigned>(indices.Size);
    const ImDrawIdx* const all = list.IdxBuffer.Data + command.IdxOffset;
    for (unsigned at = 0; at + 2 < command.ElemCount; at += 3) {
        if (common_part(part_of(list, command, all + at), part).is_empty()) continue;
        for (unsigned corner = 0; corner < 3; ++corner)
            indices.push_back(all[at + corner]);
    }
    one.ElemCount = static_cast<unsigned>(indices.Size) - one.IdxOffset;
    if (one.ElemCount > 0) kept.push_back(one);
}

}  // namespace

void keep_only(ImDrawData& data, const std::vector<PixelRect>& rects) {
    const int width = static_cast<int>(data.DisplaySize.x);
    const int height = static_cast<int>(data.DisplaySize.y);
    ImVector<ImDrawCmd> kept;
    ImVector<ImDrawIdx> indices;
    data.TotalIdxCount = 0;
    for (ImDrawList* const list : data.CmdLists) {
        kept.resize(0);
        indices.resize(0);
        for (const ImDrawCmd& command : list->CmdBuffer) {
            const PixelRect scissor = scissor_of(command, width, height);
            for (const PixelRect& rect : rects) {
                const PixelRect part = common_part(scissor, rect);
                if (!part.is_empty()) keep_command(*list, command, part, kept, indices);
            }
        }
        list->CmdBuffer.swap(kept);
        list->IdxBuffer.swap(indices);
        // GL is given all of it.
        if (list->CmdBuffer.empty()) list->VtxBuffer.resize(0);
        data.TotalIdxCount += list->IdxBuffer.Size;
    }
}

}  // namespace app::ui
