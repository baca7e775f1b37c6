#include "app/ui/traffic_plot.h"

#include "app/ui/numbers.h"
#include "app/ui/plot_axis.h"
#include "app/ui/theme.h"
#include "app/ui/traffic_drawing.h"
#include "app/ui/widgets.h"

#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

namespace app::ui {

namespace {

using session::Session;
using session::TrafficHistory;
using session::TrafficSample;
using session::TrafficScan;

constexpr std::int64_t kSecond = 1'000'000'000;
// The shortest that can be in sight, and what a single instant is given.
constexpr long double kLeastSpanNs = 1'000'000;
// Of a scan, in a frame: about a millisecond.
constexpr std::uint64_t kReadsAFrame = 200'000;
constexpr float kPixelsABucket = 2;
constexpr float kClickPixels = 4;
constexpr long double kWheelStep = 1.25L;

struct SpanChoice {
    const char* label;
    std::int64_t ns;
};
constexpr std::array<SpanChoice, 4> kSpans{{{"Everything", 0},
                                            {"10 min", 600 * kSecond},
                                            {"1 min", 60 * kSecond},
                                            {"10 s", 10 * kSecond}}};

struct Window {
    std::int64_t from_ns = 0;
    std::int64_t to_ns = 0;
};

Window window_of(const TrafficPlot& plot, const TrafficHistory& all) {
    Window window{.from_ns = plot.from_ns, .to_ns = plot.to_ns};
    if (!plot.is_zoomed) {
        window = {.from_ns = all.first_ns(), .to_ns = all.last_ns()};
        if (plot.newest_ns > 0)
            window.from_ns = later_ns(window.to_ns, -static_cast<long double>(plot.newest_ns));
    }
    if (span_ns(window.from_ns, window.to_ns) < kLeastSpanNs) {
        window.to_ns = later_ns(window.from_ns, kLeastSpanNs);
        window.from_ns = later_ns(window.to_ns, -kLeastSpanNs);
    }
    return window;
}

void zoom_to(TrafficPlot& plot, const TrafficHistory& all, long double from, long double span) {
    const auto first = static_cast<long double>(all.first_ns());
    const long double whole = span_ns(all.first_ns(), all.last_ns());
    plot.newest_ns = 0;
    plot.is_zoomed = span < whole;
    if (!plot.is_zoomed) return;
    span = std::max(span, kLeastSpanNs);
    from = std::clamp(from, first, std::max(first, first + whole - span));
    plot.from_ns = later_ns(all.first_ns(), from - first);
    plot.to_ns = later_ns(plot.from_ns, span);
}

// About the time that is at `part` of the window, 0..1.
void zoom_by(TrafficPlot& plot,
             const TrafficHistory& all,
             const Window& window,
             long double part,
             long double factor) {
    const long double span = span_ns(window.from_ns, window.to_ns);
    zoom_to(plot, all, static_cast<long double>(window.from_ns) + part * span * (1 - factor),
            span * factor);
}

void draw_choices(const std::vector<session::ConnectionId>& selected, TrafficPlot& plot) {
    if (selected.empty()) plot.only_selected = false;
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("All traffic", !plot.only_selected)) plot.only_selected = false;
    ImGui::SameLine();
    ImGui::BeginDisabled(selected.empty());
    const std::string some = "Selected (" + count_text(selected.size()) + ")###selected traffic";
    if (segment(some.c_str(), plot.only_selected)) plot.only_selected = true;
    ImGui::EndDisabled();
    if (selected.empty()) hover_text("Select connections in the table first");
    ImGui::SameLine(0, px(kSpace4));
    for (const SpanChoice& choice : kSpans) {
        if (choice.ns != kSpans[0].ns) ImGui::SameLine();
        if (segment(choice.label, !plot.is_zoomed && plot.newest_ns == choice.ns)) {
            plot.newest_ns = choice.ns;
            plot.is_zoomed = false;
        }
    }
    ImGui::PopStyleVar();
    if (plot.is_busy) {
        ImGui::SameLine(0, px(kSpace4));
        ImGui::AlignTextToFramePadding();
        text("counting ...", Role::kMuted);
    }
}

// Whose history is drawn: the session's, or what was read off the index for this selection or this span.
const TrafficHistory& chosen_history(const Session& session,
                                     const std::vector<session::ConnectionId>& selected,
                                     TrafficPlot& plot,
                                     const Window& window,
                                     std::size_t most_buckets) {
    TrafficScan::Wish wish;
    if (plot.only_selected) wish.connections = selected;
    // The session's history is coarser the older it is.
    const TrafficHistory& known =
        plot.only_selected && !plot.is_zoomed ? plot.scan.history() : session.traffic();
    bool is_fine = true;
    if (plot.is_zoomed) {
        const TrafficSample sample = known.sample(window.from_ns, window.to_ns, most_buckets);
        is_fine = sample.buckets.size() * 4 >= most_buckets ||
                  sample.shift == TrafficHistory::kFinestShift;
        if (!is_fine || plot.only_selected) {
            wish.from_ns = window.from_ns;
            wish.to_ns = window.to_ns;
        }
    }
    if (!plot.only_selected && is_fine) {
        plot.is_busy = false;
        return session.traffic();
    }
    plot.scan.want(std::move(wish));
    plot.is_busy = !plot.scan.advance(session.reads(), kReadsAFrame);
    // Until it is there whole, what is known of all.
    return plot.is_busy && !plot.only_selected ? session.traffic() : plot.scan.history();
}

const char* items_of(const session::SplitFact& split) {
    return split.spec.lines ? "Lines###sizes of messages" : "Messages###sizes of messages";
}

void draw_size_choice(const session::SplitFact& split,
                      const TrafficAreas& areas,
                      TrafficPlot& plot) {
    const ImVec2 back = ImGui::GetCursorScreenPos();
    ImGui::SetCursorScreenPos(areas.sizes_choice);
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    const bool is_split = split.segments.records != nullptr;
    const bool of_messages = plot.sizes_are_of_messages && is_split;
    if (segment("Reads###sizes of reads", !of_messages)) plot.sizes_are_of_messages = false;
    ImGui::SameLine();
    ImGui::BeginDisabled(!is_split);
    if (segment(items_of(split), of_messages)) plot.sizes_are_of_messages = true;
    ImGui::EndDisabled();
    if (!is_split)
        hover_text(
            "Choose a framing, and Mixed or Messages: then the bytes are split into messages");
    ImGui::PopStyleVar();
    ImGui::SetCursorScreenPos(back);
}

// Of reads, or of what the view is split into.
void draw_chosen_sizes(const Session& session,
                       const std::vector<session::ConnectionId>& selected,
                       const session::SplitFact& split,
                       const TrafficHistory& history,
                       const TrafficAreas& areas,
                       TrafficPlot& plot) {
    draw_size_choice(split, areas, plot);
    if (!plot.sizes_are_of_messages || split.segments.records == nullptr)
        return draw_sizes(history.sizes(), areas);
    const bool is_whole = plot.messages.count(
        split.segments, plot.only_selected ? selected : std::vector<session::ConnectionId>{},
        session.reads(), kReadsAFrame);
    plot.is_busy = plot.is_busy || !is_whole;
    draw_sizes(plot.messages.histogram(), areas);
}

// The keys and the wheel.
void take_input(TrafficPlot& plot,
                const TrafficHistory& all,
                const FocusStop& stop,
                const Window& window,
                long double mouse_part) {
    const long double span = span_ns(window.from_ns, window.to_ns);
    const auto move = [&](long double by) {
        zoom_to(plot, all, static_cast<long double>(window.from_ns) + by * span, span);
    };
    if (const float wheel = ImGui::GetIO().MouseWheel; stop.is_hovered && wheel != 0)
        zoom_by(plot, all, window, mouse_part,
                std::pow(kWheelStep, -static_cast<long double>(wheel)));
    if (key_pressed(stop, ImGuiKey_UpArrow)) zoom_by(plot, all, window, 0.5L, 1 / kWheelStep);
    if (key_pressed(stop, ImGuiKey_DownArrow)) zoom_by(plot, all, window, 0.5L, kWheelStep);
    if (key_pressed(stop, ImGuiKey_PageUp)) move(-0.5L);
    if (key_pressed(stop, ImGuiKey_PageDown)) move(0.5L);
    if (key_pressed(stop, ImGuiKey_Home)) move(-span_ns(all.first_ns(), all.last_ns()) / span);
    if (key_pressed(stop, ImGuiKey_End)) move(span_ns(all.first_ns(), all.last_ns()) / span);
}

// The span that a drag has chosen: while it goes on `now`, once it has ended `done`.
struct Drag {
    std::optional<Window> now;
    std::optional<Window> done;
};

Drag take_drag(TrafficPlot& plot, const FocusStop& stop, const Window& window, const ImRect& area) {
    Drag drag;
    const auto time_at = [&](float x) {
        const float part =
            std::clamp((x - area.Min.x) / std::max(area.GetWidth(), 1.0F), 0.0F, 1.0F);
        return later_ns(window.from_ns,
                        static_cast<long double>(part) * span_ns(window.from_ns, window.to_ns));
    };
    const bool is_held = ImGui::GetActiveID() == stop.id;
    const float mouse = ImGui::GetIO().MousePos.x;
    if (is_held && !plot.drag_from_ns) {
        plot.drag_from_ns = time_at(mouse);
        plot.drag_from_px = mouse;
    }
    if (!plot.drag_from_ns) return drag;
    if (std::abs(mouse - plot.drag_from_px) > kClickPixels) plot.has_dragged = true;
    std::int64_t other = time_at(mouse);
    std::int64_t from = *plot.drag_from_ns;
    if (!plot.has_dragged) {
        // A click means the few pixels around it.
        from = time_at(mouse - kClickPixels / 2);
        other = time_at(mouse + kClickPixels / 2);
    }
    const Window chosen{.from_ns = std::min(from, other), .to_ns = std::max(from, other)};
    if (is_held) {
        if (plot.has_dragged) drag.now = chosen;
        return drag;
    }
    plot.drag_from_ns.reset();
    plot.has_dragged = false;
    // Esc, or a window that came in between: not chosen.
    if (ImGui::IsMouseReleased(ImGuiMouseButton_Left)) drag.done = chosen;
    return drag;
}

}  // namespace

std::optional<TrafficSpan> draw_traffic_plot(const Session& session,
                                             const std::vector<session::ConnectionId>& selected,
                                             const session::SplitFact& split,
                                             TrafficPlot& plot) {
    const TrafficHistory& all = session.traffic();
    draw_choices(selected, plot);
    if (all.is_empty()) {
        plot.is_busy = false;
        text("No bytes have come or gone yet.", Role::kMuted);
        return std::nullopt;
    }
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const TrafficAreas areas = share_traffic_area(from, room);
    if (!areas.is_enough) return std::nullopt;

    Window window = window_of(plot, all);
    const auto most =
        static_cast<std::size_t>(std::max(areas.plot.GetWidth() / px(kPixelsABucket), 2.0F));
    const FocusStop stop =
        focus_stop("##Traffic plot", areas.plot.Min, {areas.plot.Max.x, areas.axis_to_y}, true);
    if (plot.wants_focus) {
        take_focus(stop);
        plot.wants_focus = false;
    }
    plot.has_focus = stop.is_focused;
    const Drag drag = take_drag(plot, stop, window, areas.plot);
    const float mouse_part = std::clamp(
        (ImGui::GetIO().MousePos.x - areas.plot.Min.x) / std::max(areas.plot.GetWidth(), 1.0F),
        0.0F, 1.0F);
    if (!plot.drag_from_ns) {
        take_input(plot, all, stop, window, static_cast<long double>(mouse_part));
        window = window_of(plot, all);
    }

    const TrafficHistory& history = chosen_history(session, selected, plot, window, most);
    const TrafficSample sample = history.sample(window.from_ns, window.to_ns, most);
    const TrafficPicture picture{
        .from_ns = window.from_ns, .to_ns = window.to_ns, .sample = &sample};
    draw_rates(picture, areas);
    if (drag.now) draw_chosen_span(picture, areas, drag.now->from_ns, drag.now->to_ns);
    if (stop.is_hovered && !drag.now) tell_bucket(picture, areas, mouse_part);
    if (stop.is_focused)
        ImGui::RenderNavCursor(areas.plot, stop.id, ImGuiNavRenderCursorFlags_Compact);
    if (areas.has_sizes) draw_chosen_sizes(session, selected, split, history, areas, plot);
    ImGui::SetCursorScreenPos(from);
    ImGui::Dummy(room);

    if (!drag.done) return std::nullopt;
    const std::uint32_t position = history.first_position(drag.done->from_ns, drag.done->to_ns);
    if (position == session::TrafficBucket::kNoPosition) return std::nullopt;
    return TrafficSpan{
        .from_ns = drag.done->from_ns, .to_ns = drag.done->to_ns, .position = position};
}

}  // namespace app::ui
