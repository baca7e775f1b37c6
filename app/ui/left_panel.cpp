#include "app/ui/left_panel.h"

#include "app/ui/file_rows.h"
#include "app/ui/numbers.h"
#include "app/ui/paths.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace app::ui {

namespace {

using session::LeftCapture;

// A triangle for what a crash has left, a ring for what ended in order.
void draw_mark(bool ended_in_order) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float r = px(4);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImVec2 center{at.x + r, at.y + ImGui::GetCurrentWindow()->DC.CurrLineTextBaseOffset +
                                      ImGui::GetTextLineHeight() / 2};
    if (ended_in_order) {
        list.AddCircle(center, r, color_u32(Role::kMuted), 0, px(1));
    } else {
        list.AddTriangleFilled({center.x, center.y - r}, {center.x + r, center.y + r * 0.8F},
                               {center.x - r, center.y + r * 0.8F}, color_u32(Role::kWarning));
    }
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + 2 * r + px(6));
}

std::string end_words(const LeftCapture& capture) {
    std::string words = capture.ended_in_order ? "ended in order" : "left by a crash";
    if (capture.left_over_bytes != 0)
        words += ", " + counted(capture.left_over_bytes, "byte") + " left over";
    return words;
}

void draw_row(const LeftCapture& capture,
              LeftPanel& panel,
              std::string& discarded,
              session::DeskWishes& wishes) {
    ImGui::TableNextRow();
    ImGui::TableSetColumnIndex(0);
    ImGui::AlignTextToFramePadding();
    draw_mark(capture.ended_in_order);
    text_elided(net::bytes::printable(base_name(capture.path)), Role::kText, 0,
                net::bytes::printable(capture.path, 4096));
    ImGui::TableSetColumnIndex(1);
    ImGui::AlignTextToFramePadding();
    text_right(size_text(capture.bytes));
    ImGui::TableSetColumnIndex(2);
    ImGui::AlignTextToFramePadding();
    text(minute_text(capture.modified_ns), Role::kMuted);
    ImGui::TableSetColumnIndex(3);
    ImGui::AlignTextToFramePadding();
    text_elided(end_words(capture), capture.ended_in_order ? Role::kMuted : Role::kWarning, 0,
                capture.left_over_bytes == 0
                    ? ""
                    : "What comes after the last whole block is kept beside the capture when it "
                      "is opened");
    ImGui::TableSetColumnIndex(4);
    if (button("Open")) {
        wishes.emplace_back(session::OpenCaptureWish{.path = capture.path});
        panel.panel.is_open = false;
    }
    ImGui::SameLine();
    if (button("Discard ...", ButtonKind::kDanger)) discarded = capture.path;
    hover_text("Deletes the file; asks first");
}

void draw_rows(const std::vector<LeftCapture>& left,
               float height,
               LeftPanel& panel,
               std::string& discarded,
               session::DeskWishes& wishes) {
    ImGuiContext& context = *ImGui::GetCurrentContext();
    context.NextWindowData.HasFlags |= ImGuiNextWindowDataFlags_HasChildFlags;
    context.NextWindowData.ChildFlags = ImGuiChildFlags_NavFlattened;
    constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg |
                                       ImGuiTableFlags_BordersOuterH |
                                       ImGuiTableFlags_NoSavedSettings;
    if (!ImGui::BeginTable("##left captures", 5, kFlags, {0, height})) return;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("Capture", ImGuiTableColumnFlags_WidthStretch, 1.0F);
    ImGui::TableSetupColumn("Size", ImGuiTableColumnFlags_WidthFixed, px(72));
    ImGui::TableSetupColumn("Last written", ImGuiTableColumnFlags_WidthFixed,
                            text_width("2000-00-00 00:00"));
    ImGui::TableSetupColumn("How it ended", ImGuiTableColumnFlags_WidthStretch, 1.15F);
    ImGui::TableSetupColumn("##do", ImGuiTableColumnFlags_WidthFixed,
                            button_width("Open") + spacing + button_width("Discard ..."));
    ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
    ImGui::PushStyleColor(ImGuiCol_Text, color(Role::kMuted));
    ImGui::TableHeadersRow();
    ImGui::PopStyleColor();
    ImGui::PopItemFlag();
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(left.size()));
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            push_id(static_cast<std::uint64_t>(i));
            draw_row(left[static_cast<std::size_t>(i)], panel, discarded, wishes);
            ImGui::PopID();
        }
    }
    ImGui::EndTable();
}

}  // namespace

void open_left(LeftPanel& panel, session::DeskWishes& wishes) {
    panel.panel.open();
    wishes.emplace_back(session::LookForLeftWish{});
}

std::string draw_left_panel(LeftPanel& panel,
                            const session::DeskFacts& facts,
                            session::DeskWishes& wishes) {
    std::string discarded;
    if (!panel.panel.is_open) return discarded;
    if (begin_panel(panel.panel,
                    {.title = "Earlier captures###earlier", .width = 920, .height = 400})) {
        wrapped_text(
            "What earlier runs have left in the default folder. A capture that a crash has left "
            "holds everything that was shown.",
            Role::kMuted);
        const float below = ImGui::GetFrameHeight() + ImGui::GetStyle().ItemSpacing.y;
        const float height = std::max(ImGui::GetContentRegionAvail().y - below, px(60));
        if (facts.left.empty()) {
            const float top = ImGui::GetCursorPosY();
            text("There are none.");
            ImGui::SetCursorPosY(top + height + ImGui::GetStyle().ItemSpacing.y);
        } else {
            draw_rows(facts.left, height, panel, discarded, wishes);
        }
        if (panel.panel.wants_front) ImGui::SetKeyboardFocusHere();
        if (button("Close")) panel.panel.is_open = false;
        ImGui::SameLine();
        if (button("Look again", ButtonKind::kQuiet))
            wishes.emplace_back(session::LookForLeftWish{});
    }
    end_panel(panel.panel);
    return discarded;
}

}  // namespace app::ui
