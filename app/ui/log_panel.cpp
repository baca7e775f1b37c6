#include "app/ui/log_panel.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using session::LogLine;
using session::Session;
using session::Severity;

Role role_of(Severity severity) {
    switch (severity) {
        case Severity::kInfo: return Role::kText;
        case Severity::kWarning: return Role::kWarning;
        case Severity::kError: return Role::kError;
    }
    return Role::kText;
}

// A shape besides the colour: nothing, a triangle, a square.
void draw_severity(ImDrawList& list, ImVec2 center, Severity severity) {
    const float r = px(4);
    switch (severity) {
        case Severity::kInfo: list.AddCircleFilled(center, px(2), color_u32(Role::kFaint)); break;
        case Severity::kWarning:
            list.AddTriangleFilled({center.x, center.y - r}, {center.x + r, center.y + r * 0.8F},
                                   {center.x - r, center.y + r * 0.8F}, color_u32(Role::kWarning));
            break;
        case Severity::kError:
            list.AddRectFilled({center.x - r, center.y - r}, {center.x + r, center.y + r},
                               color_u32(Role::kError), px(1));
            break;
    }
}

void draw_line(const Session& session, const LogLine& line) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float time_width = text_width("00:00:00.000");
    text(time_text(line.time_ns, 3), Role::kMuted);
    draw_severity(list, {at.x + time_width + px(kSpace4), at.y + ImGui::GetTextLineHeight() / 2},
                  line.severity);
    ImGui::SameLine(time_width + px(kSpace4) * 2);
    const session::Endpoint* endpoint = session.endpoint(line.endpoint);
    // Most sentences of the session begin with the endpoint's name; the others get it here.
    if (endpoint != nullptr && !endpoint->name.empty() &&
        line.text.find(endpoint->name) == std::string::npos) {
        text_elided(endpoint->name, Role::kMuted,
                    std::min(text_width(endpoint->name) + 1, ImGui::GetContentRegionAvail().x / 3));
        ImGui::SameLine();
    }
    text_elided(line.text, role_of(line.severity));
}

}  // namespace

void draw_log_panel(const Session& session, LogPanel& panel) {
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    ImGui::AlignTextToFramePadding();
    strong_text("Log");
    ImGui::SameLine();
    const auto& lines = session.log_lines();
    std::string count = counted(lines.size(), "line");
    if (session.log_lines_dropped() != 0)
        count += ", " + count_text(session.log_lines_dropped()) + " older ones dropped";
    text(count, Role::kMuted);
    if (panel.is_collapsed && !lines.empty()) {
        ImGui::SameLine(0, px(kSpace4));
        const float room = right - ImGui::GetCursorPosX() - button_width("Collapse") - px(kSpace4);
        text_elided(lines.back().text,
                    lines.back().severity == Severity::kInfo ? Role::kMuted
                                                             : role_of(lines.back().severity),
                    room);
    }
    ImGui::SameLine();
    const char* fold = panel.is_collapsed ? "Expand##fold" : "Collapse##fold";
    ImGui::SetCursorPosX(right - button_width(fold));
    if (button(fold, ButtonKind::kQuiet)) panel.is_collapsed = !panel.is_collapsed;
    if (panel.is_collapsed) return;

    // Lines that have left the log above: what is in sight stays in sight.
    const std::uint64_t gone =
        session.log_lines_dropped() - std::min(panel.dropped, session.log_lines_dropped());
    panel.dropped = session.log_lines_dropped();
    panel.scroll.first_row -= std::min(panel.scroll.first_row, gone);

    const float row = std::round(ImGui::GetTextLineHeight() + px(3));
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float bar = ImGui::GetStyle().ScrollbarSize;
    if (room.y < row) return;
    begin_region("##lines", {room.x - bar, room.y}, Role::kPanel, false,
                 ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoScrollbar |
                     ImGuiWindowFlags_NoScrollWithMouse);
    ImGuiWindow* const window = ImGui::GetCurrentWindow();
    const ImRect inner = window->InnerRect;
    const auto fitting = static_cast<std::uint64_t>(std::max(inner.GetHeight() / row, 1.0F));
    const FocusStop stop = focus_stop("##Log lines", inner.Min, inner.Max, true);
    if (panel.wants_focus) {
        take_focus(stop);
        panel.wants_focus = false;
    }
    panel.has_focus = stop.is_focused;
    panel.scroll.settle(lines.size(), fitting);
    scroll_by_input(panel.scroll, stop, lines.size(), fitting);
    const std::uint64_t end =
        std::min<std::uint64_t>(panel.scroll.first_row + fitting + 1, lines.size());
    for (std::uint64_t i = panel.scroll.first_row; i < end; ++i) {
        ImGui::SetCursorScreenPos(
            {inner.Min.x, inner.Min.y + row * static_cast<float>(i - panel.scroll.first_row)});
        push_id(i + session.log_lines_dropped());
        draw_line(session, lines[static_cast<std::size_t>(i)]);
        ImGui::PopID();
    }
    if (lines.empty()) text("Nothing has happened yet.", Role::kMuted);
    if (stop.is_focused) ImGui::RenderNavCursor(inner, stop.id, ImGuiNavRenderCursorFlags_Compact);
    end_region();
    scroll_bar("##Log scrollbar", panel.scroll, {from.x + room.x - bar, from.y},
               {from.x + room.x, from.y + room.y}, lines.size(), fitting);
}

}  // namespace app::ui
