#include "app/ui/traffic_drawing.h"

#include "app/ui/numbers.h"
#include "app/ui/plot_axis.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

using session::SizeHistogram;
using session::TrafficBucket;
using session::TrafficSample;

constexpr std::size_t kReceived = 0;
constexpr std::size_t kSent = 1;
// Of the height, that a direction without traffic keeps.
constexpr float kLeastShare = 0.15F;

ImVec2 size_of(std::string_view words) {
    return ImGui::CalcTextSize(words.data(), words.data() + words.size());
}

class Small {
  public:
    Small() { ImGui::PushFont(nullptr, kSmallSize); }
    ~Small() { ImGui::PopFont(); }
    Small(const Small&) = delete;
    Small& operator=(const Small&) = delete;
};

// Both directions have one scale, and share the height by what they need.
struct Scale {
    double most = 1;     // the rate (or count) at the upper end of the longer side
    float middle_y = 0;  // where both begin
    float px_per_one = 0;
};

Scale share_height(const ImRect& area, double most_received, double most_sent, double nice) {
    const double longest = std::max({most_received, most_sent, 1e-9});
    const auto share = [&](double most) {
        return std::max(static_cast<float>(most / longest), kLeastShare);
    };
    const float up = share(most_received);
    const float down = share(most_sent);
    const float height = area.GetHeight();
    Scale scale{.most = nice};
    scale.middle_y = std::round(area.Min.y + height * up / (up + down));
    scale.px_per_one = static_cast<float>((height / (up + down)) / std::max(nice, longest));
    return scale;
}

// Received: filled, up. Sent: an outline over a tint, down.
void draw_bars(
    ImDrawList& list, const Scale& scale, float x0, float x1, double received, double sent) {
    const auto length = [&](double value) {
        return value > 0 ? std::max(1.0F, static_cast<float>(value) * scale.px_per_one) : 0.0F;
    };
    const float y = scale.middle_y;
    if (const float up = length(received); up > 0)
        list.AddRectFilled({x0, y - up}, {x1, y}, color_u32(Role::kReceived));
    if (const float down = length(sent); down > 0) {
        list.AddRectFilled({x0, y + 1}, {x1, y + 1 + down}, tint_u32(Role::kSent, 0.35F));
        list.AddRectFilled({x0, y + down - px(1)}, {x1, y + 1 + down}, color_u32(Role::kSent));
    }
}

double rate(std::uint64_t bytes, const TrafficSample& sample) {
    return static_cast<double>(static_cast<long double>(bytes) * 1e9L / sample.bucket_ns());
}

// Of a time, or of a bucket's beginning, which may lie before what is in sight.
class Across {
  public:
    Across(const TrafficPicture& picture, const ImRect& area)
        : picture_(picture),
          left_(area.Min.x),
          right_(area.Max.x),
          px_per_ns_(static_cast<long double>(area.GetWidth()) /
                     std::max(span_ns(picture.from_ns, picture.to_ns), 1.0L)) {}

    [[nodiscard]] float x(std::int64_t time_ns) const {
        return at(span_ns(picture_.from_ns, time_ns));
    }
    [[nodiscard]] float x_of_bucket(std::size_t i) const {
        const TrafficSample& sample = *picture_.sample;
        const long double first =
            std::ldexp(static_cast<long double>(sample.first), static_cast<int>(sample.shift));
        return at(first - static_cast<long double>(picture_.from_ns) + sample.offset_ns(i));
    }

  private:
    [[nodiscard]] float at(long double offset_ns) const {
        const auto x = static_cast<float>(static_cast<long double>(left_) + offset_ns * px_per_ns_);
        return std::clamp(x, left_, right_);
    }

    const TrafficPicture& picture_;
    float left_;
    float right_;
    long double px_per_ns_;
};

void draw_rate_axis(ImDrawList& list, const Scale& scale, const ImRect& area) {
    const Small small;
    const float line = ImGui::GetTextLineHeight();
    const auto mark = [&](double value, float y) {
        if (y < area.Min.y - 1 || y > area.Max.y + 1) return;
        list.AddLine({area.Min.x, y}, {area.Max.x, y}, color_u32(Role::kBorder));
        const std::string words = rate_text(value);
        draw_text(list, {area.Min.x - size_of(words).x - px(kSpace1), std::round(y - line / 2)},
                  color_u32(Role::kMuted), words);
    };
    for (const double part : {1.0, 0.5}) {
        const float length = static_cast<float>(scale.most * part) * scale.px_per_one;
        if (length < line * 1.2F) continue;
        mark(scale.most * part, scale.middle_y - length);
        mark(scale.most * part, scale.middle_y + length);
    }
    list.AddLine({area.Min.x, scale.middle_y}, {area.Max.x, scale.middle_y},
                 color_u32(Role::kMuted));
}

void draw_time_axis(ImDrawList& list,
                    const TrafficPicture& picture,
                    const ImRect& area,
                    const Across& across) {
    const Small small;
    const float label = size_of("00:00:00.000000").x + px(kSpace4);
    const auto most = static_cast<std::size_t>(std::max(area.GetWidth() / label, 1.0F));
    for (const TimeTick& tick : time_ticks(picture.from_ns, picture.to_ns, most)) {
        const float x = std::round(across.x(tick.time_ns));
        list.AddLine({x, area.Min.y}, {x, area.Max.y + px(3)}, color_u32(Role::kBorder));
        const float width = size_of(tick.label).x;
        const float at = std::clamp(x - width / 2, area.Min.x, area.Max.x - width);
        draw_text(list, {std::round(at), area.Max.y + px(3)}, color_u32(Role::kMuted), tick.label);
    }
}

// In the corners of the halves: which is which.
void draw_legend(ImDrawList& list,
                 const ImRect& area,
                 std::string_view received,
                 std::string_view sent) {
    const Small small;
    const float size = std::round(ImGui::GetTextLineHeight() * 0.6F);
    const auto say = [&](float y, std::string_view words, Role role, bool points_right) {
        const ImVec2 at{area.Min.x + px(kSpace2), y};
        const float width = size + px(kSpace1) + size_of(words).x;
        list.AddRectFilled({at.x - px(2), at.y},
                           {at.x + width + px(2), at.y + ImGui::GetTextLineHeight()},
                           tint_u32(Role::kPanel, 0.8F), px(2));
        arrow_shape(list, {at.x, at.y + std::round((ImGui::GetTextLineHeight() - size) / 2)}, size,
                    points_right, color_u32(role));
        draw_text(list, {at.x + size + px(kSpace1), at.y}, color_u32(role), words);
    };
    say(area.Min.y + px(2), received, Role::kReceived, false);
    say(area.Max.y - ImGui::GetTextLineHeight() - px(2), sent, Role::kSent, true);
}

std::string size_label(std::uint64_t bytes) {
    static constexpr std::array<const char*, 4> kUnits{" B", " KiB", " MiB", " GiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < kUnits.size()) {
        bytes /= 1024;
        ++unit;
    }
    return std::to_string(bytes) + kUnits[unit];
}

std::string size_range(std::size_t bucket) {
    if (bucket == 0) return "0 B";
    const std::uint64_t least = SizeHistogram::least_bytes(bucket);
    const std::uint64_t most = SizeHistogram::most_bytes(bucket);
    if (least == most) return count_text(least) + " B";
    if (bucket + 1 == SizeHistogram::kBuckets) return count_text(least) + " B and more";
    return count_text(least) + " to " + count_text(most) + " B";
}

void tooltip(std::initializer_list<std::pair<std::string, Role>> lines) {
    if (!ImGui::BeginTooltip()) return;
    for (const auto& [words, role] : lines)
        text(words, role);
    ImGui::EndTooltip();
}

}  // namespace

TrafficAreas share_traffic_area(ImVec2 from, ImVec2 room) {
    const Small small;
    TrafficAreas areas;
    const float line = ImGui::GetTextLineHeight();
    const float rates = size_of("1023.9 MiB/s").x + px(kSpace2);
    const float axis = line + px(kSpace1);
    // Beside each other where it is wide, else one above the other.
    const bool is_wide = room.x >= px(560);
    const float choice = ImGui::GetFrameHeight() + px(kSpace1);
    const float sizes = std::round(std::clamp(room.x * 0.28F, px(180), px(420)));
    const float right = is_wide ? room.x - sizes - px(kSpace3) : room.x;
    const float whole = room.y - axis;
    const float below = std::round(room.y * 0.6F);
    areas.has_sizes = is_wide || whole - below - choice >= 4 * line;
    const float bottom = areas.has_sizes && !is_wide ? below - axis : whole;
    areas.is_enough = right - rates >= px(80) && bottom >= 3 * line;
    areas.plot = {{from.x + rates, from.y + line / 2}, {from.x + right, from.y + bottom}};
    areas.axis_to_y = from.y + bottom + axis;
    const ImVec2 second = is_wide ? ImVec2{from.x + room.x - sizes, from.y}
                                  : ImVec2{from.x, from.y + below + px(kSpace1)};
    areas.sizes_choice = second;
    areas.sizes = {{second.x, second.y + choice}, {from.x + room.x, from.y + whole}};
    return areas;
}

void draw_rates(const TrafficPicture& picture, const TrafficAreas& areas) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const TrafficSample& sample = *picture.sample;
    std::array<std::uint64_t, 2> most{};
    std::array<std::uint64_t, 2> sums{};
    for (const TrafficBucket& bucket : sample.buckets) {
        for (const std::size_t side : {kReceived, kSent}) {
            most[side] = std::max(most[side], bucket.bytes[side]);
            sums[side] += bucket.bytes[side];
        }
    }
    const double most_received = rate(most[kReceived], sample);
    const double most_sent = rate(most[kSent], sample);
    const Scale scale = share_height(areas.plot, most_received, most_sent,
                                     nice_rate(std::max(most_received, most_sent)));
    const Across across{picture, areas.plot};
    list.AddRectFilled(areas.plot.Min, areas.plot.Max, color_u32(Role::kField), px(2));
    draw_time_axis(list, picture, areas.plot, across);
    draw_rate_axis(list, scale, areas.plot);
    list.PushClipRect(areas.plot.Min, areas.plot.Max, true);
    for (std::size_t i = 0; i < sample.buckets.size(); ++i) {
        const TrafficBucket& bucket = sample.buckets[i];
        if (bucket.is_empty()) continue;
        const float x0 = across.x_of_bucket(i);
        const float x1 = std::max(across.x_of_bucket(i + 1), x0 + 1);
        draw_bars(list, scale, x0, x1, rate(bucket.bytes[kReceived], sample),
                  rate(bucket.bytes[kSent], sample));
    }
    list.PopClipRect();
    draw_legend(list, areas.plot, "received " + size_text(sums[kReceived]),
                "sent " + size_text(sums[kSent]));
}

void draw_chosen_span(const TrafficPicture& picture,
                      const TrafficAreas& areas,
                      std::int64_t from_ns,
                      std::int64_t to_ns) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const Across across{picture, areas.plot};
    const float x0 = across.x(from_ns);
    const float x1 = std::max(across.x(to_ns), x0 + 1);
    list.AddRectFilled({x0, areas.plot.Min.y}, {x1, areas.plot.Max.y},
                       tint_u32(Role::kAccent, 0.3F));
    list.AddLine({x0, areas.plot.Min.y}, {x0, areas.plot.Max.y}, color_u32(Role::kAccent));
    list.AddLine({x1, areas.plot.Min.y}, {x1, areas.plot.Max.y}, color_u32(Role::kAccent));
    const Small small;
    const std::string words = time_text(from_ns, 3) + " to " + time_text(to_ns, 3);
    const float width = size_of(words).x;
    const float at = std::clamp((x0 + x1 - width) / 2, areas.plot.Min.x,
                                std::max(areas.plot.Min.x, areas.plot.Max.x - width));
    const float y = areas.plot.Min.y + px(2);
    list.AddRectFilled({at - px(2), y}, {at + width + px(2), y + ImGui::GetTextLineHeight()},
                       color_u32(Role::kRaised), px(2));
    draw_text(list, {std::round(at), y}, color_u32(Role::kText), words);
}

void tell_bucket(const TrafficPicture& picture, const TrafficAreas& areas, float part) {
    const TrafficSample& sample = *picture.sample;
    const Across across{picture, areas.plot};
    const float x = areas.plot.Min.x + part * areas.plot.GetWidth();
    // Few enough to look through.
    std::size_t i = 0;
    while (i + 1 < sample.buckets.size() && across.x_of_bucket(i + 1) <= x)
        ++i;
    const TrafficBucket& bucket = sample.buckets[i];
    ImGui::GetWindowDrawList()->AddLine({x, areas.plot.Min.y}, {x, areas.plot.Max.y},
                                        color_u32(Role::kMuted));
    const std::int64_t begin = later_ns(
        picture.from_ns, static_cast<long double>(part) * span_ns(picture.from_ns, picture.to_ns));
    const auto line = [&](std::size_t side, const char* what) {
        return std::string(what) + " " + size_text(bucket.bytes[side]) + " in " +
               counted(bucket.reads[side], side == kSent ? "send" : "read") + ", " +
               rate_text(rate(bucket.bytes[side], sample));
    };
    constexpr long double kLongest = 9e18L;
    const auto length = static_cast<std::int64_t>(std::min(sample.bucket_ns(), kLongest));
    tooltip({{date_time_text(begin) + ", in " + duration_text(length), Role::kText},
             {line(kReceived, "received"), Role::kReceived},
             {line(kSent, "sent"), Role::kSent},
             {"Click or drag to go there", Role::kMuted}});
}

void draw_sizes(const SizeHistogram& sizes, const TrafficAreas& areas) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImRect& area = areas.sizes;
    std::size_t first = SizeHistogram::kBuckets;
    std::size_t last = 0;
    std::array<std::uint64_t, 2> most{};
    for (std::size_t i = 0; i < SizeHistogram::kBuckets; ++i) {
        if (sizes.counts[kReceived][i] + sizes.counts[kSent][i] == 0) continue;
        first = std::min(first, i);
        last = i;
        for (const std::size_t side : {kReceived, kSent})
            most[side] = std::max(most[side], sizes.counts[side][i]);
    }
    if (first == SizeHistogram::kBuckets) return;
    list.AddRectFilled(area.Min, area.Max, color_u32(Role::kField), px(2));
    const std::uint64_t nice = nice_count(std::max(most[kReceived], most[kSent]));
    const Scale scale = share_height(area, static_cast<double>(most[kReceived]),
                                     static_cast<double>(most[kSent]), static_cast<double>(nice));
    list.AddLine({area.Min.x, scale.middle_y}, {area.Max.x, scale.middle_y},
                 color_u32(Role::kMuted));
    const float width = std::min(area.GetWidth() / static_cast<float>(last - first + 1), px(48));
    const Small small;
    float free_x = area.Min.x;
    std::size_t hovered = SizeHistogram::kBuckets;
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    const bool is_hovered = ImGui::IsWindowHovered() && area.Contains(mouse);
    for (std::size_t i = first; i <= last; ++i) {
        const float x0 = area.Min.x + width * static_cast<float>(i - first);
        draw_bars(list, scale, x0 + px(1), std::max(x0 + width - px(1), x0 + px(1) + 1),
                  static_cast<double>(sizes.counts[kReceived][i]),
                  static_cast<double>(sizes.counts[kSent][i]));
        if (is_hovered && mouse.x >= x0 && mouse.x < x0 + width) hovered = i;
        const std::string label = size_label(SizeHistogram::least_bytes(i));
        if (x0 < free_x || x0 + size_of(label).x > area.Max.x) continue;
        draw_text(list, {std::round(x0), area.Max.y + px(3)}, color_u32(Role::kMuted), label);
        free_x = x0 + size_of(label).x + px(kSpace2);
    }
    const std::string title = "Sizes, up to " + count_text(nice) + " each";
    const float at = std::max(area.Min.x, area.Max.x - size_of(title).x - px(kSpace1));
    draw_text(list, {at, area.Min.y + px(2)}, color_u32(Role::kMuted), title);
    if (hovered == SizeHistogram::kBuckets) return;
    tooltip({{size_range(hovered), Role::kText},
             {"received " + count_text(sizes.counts[kReceived][hovered]), Role::kReceived},
             {"sent " + count_text(sizes.counts[kSent][hovered]), Role::kSent}});
}

}  // namespace app::ui
