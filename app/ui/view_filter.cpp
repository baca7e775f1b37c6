#include "app/ui/view_filter.h"

#include "app/ui/go_to.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace app::ui {

namespace {

using net::bytes::Parsed;
using net::bytes::ParseError;
using net::channel::EndpointId;
using session::Session;

constexpr std::string_view kSizeHelp = "not a size: 64, 10-200, > 100, <= 4 KiB";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "100", "4 KiB", "1m"
std::optional<std::uint64_t> size_of(std::string_view text) {
    text = trimmed(text);
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, 10);
    if (error != std::errc{}) return std::nullopt;
    std::string unit;
    for (const char c : trimmed(text.substr(static_cast<std::size_t>(stop - text.data()))))
        unit += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    struct Unit {
        std::string_view name;
        unsigned shift;
    };
    constexpr std::array<Unit, 8> kUnits{{{"", 0},
                                          {"b", 0},
                                          {"k", 10},
                                          {"kib", 10},
                                          {"m", 20},
                                          {"mib", 20},
                                          {"g", 30},
                                          {"gib", 30}}};
    for (const Unit& one : kUnits) {
        if (unit != one.name) continue;
        if (number > (UINT64_MAX >> one.shift)) return std::nullopt;
        return number << one.shift;
    }
    return std::nullopt;
}

Parsed<SizeRange> fail_size() {
    return Parsed<SizeRange>::fail(ParseError{.message = std::string(kSizeHelp)});
}

// "server 127.0.0.1:9000"
std::string endpoint_words(const Session& session, EndpointId id) {
    const session::Endpoint* const endpoint = session.endpoint(id);
    return endpoint == nullptr ? "endpoint " + std::to_string(net::channel::number(id))
                               : endpoint->name;
}

// A button that takes its condition away. The words are ours or a printable name.
bool chip(const char* id, const std::string& words) {
    ImGui::PushStyleVar(ImGuiStyleVar_FrameRounding, px(10));
    ImGui::PushStyleColor(ImGuiCol_Button, tint_u32(Role::kAccent, 0.22F));
    const std::string label = words + "  \xC3\x97###" + id;
    const bool is_pressed = ImGui::Button(label.c_str());
    ImGui::PopStyleColor();
    ImGui::PopStyleVar();
    hover_text("Takes this condition away");
    return is_pressed;
}

void next_chip(bool& is_first) {
    if (!is_first) ImGui::SameLine(0, px(kSpace1));
    is_first = false;
}

void draw_chips(ViewFilter& view,
                const Session& session,
                const session::SearchFacts& search,
                std::int64_t first_ns) {
    bool is_first = true;
    ImGui::AlignTextToFramePadding();
    text("Only", Role::kMuted);
    is_first = false;
    if (!view.shows_sent || !view.shows_received) {
        next_chip(is_first);
        const std::string words = view.shows_received ? "received"
                                  : view.shows_sent   ? "sent"
                                                      : "neither direction";
        if (chip("chip direction", words)) view.shows_sent = view.shows_received = true;
    }
    if (!view.endpoints.empty()) {
        next_chip(is_first);
        std::string words = endpoint_words(session, view.endpoints.front());
        if (view.endpoints.size() > 1)
            words += " and " + std::to_string(view.endpoints.size() - 1) + " more";
        // A name may have what ImGui takes for the end of a label.
        for (std::size_t at = 0; (at = words.find("##", at)) != std::string::npos;)
            words.insert(at + 1, " ");
        if (chip("chip endpoint", words)) view.endpoints.clear();
    }
    if (!trimmed(view.size).empty() && parse_size_range(view.size)) {
        next_chip(is_first);
        if (chip("chip size", "size " + std::string(trimmed(view.size)))) view.size.clear();
    }
    if (!trimmed(view.time).empty() && parse_time_range(view.time, first_ns)) {
        next_chip(is_first);
        if (chip("chip time", "time " + std::string(trimmed(view.time)))) view.time.clear();
    }
    if (view.only_matches) {
        next_chip(is_first);
        if (chip("chip content", search.matches ? "what the search has found"
                                                : "what the search finds (none is made)"))
            view.only_matches = false;
    }
    ImGui::SameLine(0, px(kSpace2));
    if (button("Clear###clear filter", ButtonKind::kQuiet)) {
        const bool is_open = view.is_open;
        view = ViewFilter{};
        view.is_open = is_open;
    }
}

void draw_endpoints(ViewFilter& view, const Session& session) {
    const std::string words = view.endpoints.empty() ? std::string("All endpoints")
                              : view.endpoints.size() == 1
                                  ? endpoint_words(session, view.endpoints.front())
                                  : std::to_string(view.endpoints.size()) + " endpoints";
    ImGui::SetNextItemWidth(px(150));
    if (ImGui::BeginCombo("##filter endpoints", words.c_str())) {
        std::uint64_t row = 0;
        for (const EndpointId id : session.endpoints()) {
            const auto at = std::lower_bound(view.endpoints.begin(), view.endpoints.end(), id);
            bool is_on = at != view.endpoints.end() && *at == id;
            push_id(row++);
            if (ImGui::Checkbox("##endpoint", &is_on)) {
                if (is_on)
                    view.endpoints.insert(at, id);
                else
                    view.endpoints.erase(at);
            }
            ImGui::SameLine();
            text(endpoint_words(session, id));
            ImGui::PopID();
        }
        ImGui::EndCombo();
    }
    name_last_item("Filter endpoints");
}

template <typename Range>
void draw_range(const char* label,
                const char* hint,
                std::string& value,
                const Parsed<Range>& parsed,
                float width) {
    const bool is_wrong = !parsed;
    if (is_wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    ImGui::SetNextItemWidth(px(width));
    ImGui::InputTextWithHint(label, hint, &value);
    if (is_wrong) ImGui::PopStyleColor();
    if (is_wrong) hover_text(parsed.error.message);
}

}  // namespace

Parsed<SizeRange> parse_size_range(std::string_view typed) {
    const std::string_view text = trimmed(typed);
    SizeRange range;
    if (text.empty()) return Parsed<SizeRange>::ok(range);
    const bool is_more = text.front() == '>';
    if (is_more || text.front() == '<') {
        const bool is_included = text.size() > 1 && text[1] == '=';
        const auto bound = size_of(text.substr(is_included ? 2 : 1));
        if (!bound || (!is_included && *bound == (is_more ? UINT64_MAX : 0))) return fail_size();
        if (is_more)
            range.least = is_included ? *bound : *bound + 1;
        else
            range.most = is_included ? *bound : *bound - 1;
        return Parsed<SizeRange>::ok(range);
    }
    const std::size_t dash = text.find('-');
    const auto least = size_of(text.substr(0, dash));
    const auto most = dash == std::string_view::npos ? least : size_of(text.substr(dash + 1));
    if (!least || !most || *least > *most) return fail_size();
    range.least = *least;
    range.most = *most;
    return Parsed<SizeRange>::ok(range);
}

Parsed<TimeRange> parse_time_range(std::string_view typed, std::int64_t first_ns) {
    const std::string_view text = trimmed(typed);
    TimeRange range;
    if (text.empty()) return Parsed<TimeRange>::ok(range);
    const auto fail = [](std::string message) {
        return Parsed<TimeRange>::fail(ParseError{.message = std::move(message)});
    };
    // The dash that is not part of a date.
    std::size_t dash = std::string_view::npos;
    for (std::size_t at = 0; (at = text.find('-', at)) != std::string_view::npos; ++at) {
        const bool is_in_date =
            at + 3 <= text.size() && at >= 4 && text.size() > at + 2 &&
            (text.substr(at - 4, 4).find_first_not_of("0123456789") == std::string_view::npos ||
             (at >= 7 && text[at - 3] == '-'));
        if (!is_in_date) {
            dash = at;
            break;
        }
    }
    if (dash == std::string_view::npos)
        return fail("not a span: 14:02:30-14:03, +1.5-+3, or one end alone as 14:02-");
    const std::string_view from = trimmed(text.substr(0, dash));
    const std::string_view to = trimmed(text.substr(dash + 1));
    if (!from.empty()) {
        const auto parsed = parse_go_to(GoToKind::kTime, from, first_ns);
        if (!parsed) return fail(parsed.error.message);
        range.from_ns = static_cast<std::int64_t>(*parsed);
    }
    if (!to.empty()) {
        const auto parsed = parse_go_to(GoToKind::kTime, to, first_ns);
        if (!parsed) return fail(parsed.error.message);
        range.to_ns = static_cast<std::int64_t>(*parsed);
    }
    if (range.from_ns > range.to_ns) return fail("the span ends before it begins");
    return Parsed<TimeRange>::ok(range);
}

void apply_filter(const ViewFilter& view,
                  const session::SearchFacts& search,
                  std::int64_t first_ns,
                  net::capture::ReadFilter& filter) {
    filter.endpoints = view.endpoints;
    filter.shows_received = view.shows_received;
    filter.shows_sent = view.shows_sent;
    if (const auto size = parse_size_range(view.size)) {
        filter.least_bytes = size->least;
        filter.most_bytes = size->most;
    }
    if (const auto time = parse_time_range(view.time, first_ns)) {
        filter.from_ns = time->from_ns;
        filter.to_ns = time->to_ns;
    }
    if (view.only_matches) filter.matches = search.matches;
}

bool is_any(const ViewFilter& view) {
    return !view.endpoints.empty() || !view.shows_received || !view.shows_sent ||
           !trimmed(view.size).empty() || !trimmed(view.time).empty() || view.only_matches;
}

void draw_filter_strip(ViewFilter& view,
                       const Session& session,
                       const session::SearchFacts& search,
                       std::int64_t first_ns) {
    if (view.is_open) {
        ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
        if (segment("Received###filter received", view.shows_received))
            view.shows_received = !view.shows_received;
        ImGui::SameLine();
        if (segment("Sent###filter sent", view.shows_sent)) view.shows_sent = !view.shows_sent;
        ImGui::PopStyleVar();
        ImGui::SameLine(0, px(kSpace2));
        draw_endpoints(view, session);
        ImGui::SameLine(0, px(kSpace2));
        if (view.wants_focus) ImGui::SetKeyboardFocusHere();
        view.wants_focus = false;
        draw_range("##Filter size", "Size: 10-200, > 1 KiB", view.size, parse_size_range(view.size),
                   150);
        ImGui::SameLine(0, px(kSpace2));
        draw_range("##Filter time", "Time: 14:02-14:03, +1.5-+3", view.time,
                   parse_time_range(view.time, first_ns), 190);
        ImGui::SameLine(0, px(kSpace2));
        ImGui::BeginDisabled(!search.matches && !view.only_matches);
        ImGui::Checkbox("Only matches", &view.only_matches);
        ImGui::EndDisabled();
        if (!search.matches) hover_text("Search for something first: Ctrl+F");
    }
    if (is_any(view)) draw_chips(view, session, search, first_ns);
}

}  // namespace app::ui
