#include "app/ui/document_tabs.h"

#include "app/ui/desk_actions.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace app::ui {

namespace {

using session::DeskFacts;
using session::DocumentFact;

constexpr float kMostWidth = 240;
constexpr float kLeastWidth = 120;

float mark_size() {
    return std::round(ImGui::GetTextLineHeight() * 0.55F);
}

// The live one has a filled circle, a saved one an outlined sheet.
void draw_mark(ImDrawList& list, ImVec2 at, bool is_live) {
    const float size = mark_size();
    if (is_live) {
        list.AddCircleFilled({at.x + size / 2, at.y + size / 2}, size / 2, color_u32(Role::kGood));
    } else {
        list.AddRect({at.x + px(1), at.y}, {at.x + size - px(1), at.y + size},
                     color_u32(Role::kMuted), px(1), 0, std::max(px(1), 1.0F));
    }
}

std::string hover_words(const DocumentFact& document) {
    std::string words = document.path;
    if (document.has_unsaved) words += "\nNot saved yet";
    return words;
}

// True: its cross was pressed.
bool draw_tab(const DocumentFact& document,
              bool is_active,
              ImVec2 size,
              DocumentTabs& tabs,
              session::DeskWishes& wishes) {
    push_id(static_cast<std::uint64_t>(document.id));
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImVec2 end{at.x + size.x, at.y + size.y};
    const bool can_close = !document.is_live;
    const float cross = can_close ? ImGui::GetFrameHeight() * 0.8F : 0;

    ImGui::PushStyleColor(ImGuiCol_Button, is_active ? color(Role::kPanel) : color(Role::kSurface));
    ImGui::PushStyleColor(ImGuiCol_ButtonHovered, color(Role::kRaised));
    ImGui::PushStyleColor(ImGuiCol_ButtonActive, color(Role::kRaised));
    ImGui::PushStyleColor(ImGuiCol_Border, ImVec4{0, 0, 0, 0});
    ImGui::SetNextItemAllowOverlap();
    if (ImGui::Button("##tab", size))
        wishes.emplace_back(session::ActivateDocumentWish{.id = document.id});
    ImGui::PopStyleColor(4);
    if (is_active && tabs.shown != document.id) {
        tabs.shown = document.id;
        ImGui::SetScrollHereX();
    }
    hover_text(hover_words(document));
    if (is_active) list.AddRectFilled(at, {end.x, at.y + px(2)}, color_u32(Role::kAccent));

    const float line = ImGui::GetTextLineHeight();
    float x = at.x + px(kSpace2);
    draw_mark(list, {x, at.y + std::round((size.y - mark_size()) / 2)}, document.is_live);
    x += mark_size() + px(6);
    std::string words = document.title;
    if (document.has_unsaved) words += " *";  // as everywhere: not saved
    const float text_end = end.x - px(kSpace2) - cross;
    const ImVec2 text_at{x, at.y + std::round((size.y - line) / 2)};
    const ImVec4 tint = color(is_active ? Role::kText : Role::kMuted);
    ImGui::PushStyleColor(ImGuiCol_Text, tint);
    ImGui::RenderTextEllipsis(&list, text_at, {text_end, text_at.y + line}, text_end, words.data(),
                              words.data() + words.size(), nullptr);
    ImGui::PopStyleColor();

    bool is_closing = false;
    if (can_close) {
        ImGui::SetCursorScreenPos({end.x - cross - px(4), at.y + std::round((size.y - cross) / 2)});
        ImGui::PushStyleColor(ImGuiCol_Button, ImVec4{0, 0, 0, 0});
        ImGui::PushStyleColor(ImGuiCol_Border, ImVec4{0, 0, 0, 0});
        is_closing = ImGui::Button("##Close tab", {cross, cross});
        ImGui::PopStyleColor(2);
        const ImVec2 middle{(ImGui::GetItemRectMin().x + ImGui::GetItemRectMax().x) / 2,
                            (ImGui::GetItemRectMin().y + ImGui::GetItemRectMax().y) / 2};
        const float r = std::round(cross * 0.2F);
        const ImU32 ink = color_u32(ImGui::IsItemHovered() ? Role::kText : Role::kMuted);
        const float thick = std::max(px(1), 1.0F);
        list.AddLine({middle.x - r, middle.y - r}, {middle.x + r, middle.y + r}, ink, thick);
        list.AddLine({middle.x - r, middle.y + r}, {middle.x + r, middle.y - r}, ink, thick);
        hover_text("Closes this capture (Ctrl+W); its file stays");
    }
    ImGui::PopID();
    return is_closing;
}

}  // namespace

std::optional<session::DocumentId> draw_document_tabs(DocumentTabs& tabs,
                                                      const DeskFacts& facts,
                                                      session::DeskWishes& wishes) {
    std::optional<session::DocumentId> closing;
    if (facts.documents.size() < 2) return closing;
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float room = ImGui::GetContentRegionAvail().x;
    const float height = ImGui::GetFrameHeight() + px(4);
    const auto count = static_cast<float>(facts.documents.size());
    const float gap = px(2);
    const float width =
        std::clamp(std::floor((room - gap) / count - gap), px(kLeastWidth), px(kMostWidth));
    ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, 0.0F);
    begin_region("##tabs", {room, height}, Role::kSurface, false,
                 ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_HorizontalScrollbar |
                     ImGuiWindowFlags_NoScrollWithMouse);
    ImGui::PopStyleVar();
    if (ImGui::IsWindowHovered() && ImGui::GetIO().MouseWheel + ImGui::GetIO().MouseWheelH != 0)
        ImGui::SetScrollX(ImGui::GetScrollX() -
                          (ImGui::GetIO().MouseWheel + ImGui::GetIO().MouseWheelH) * width / 2);
    const session::DocumentId active = active_document(facts).id;
    ImVec2 place = ImGui::GetCursorScreenPos();
    for (const DocumentFact& document : facts.documents) {
        ImGui::SetCursorScreenPos(place);
        if (draw_tab(document, document.id == active, {width, height}, tabs, wishes))
            closing = document.id;
        place.x += width + gap;
    }
    end_region();
    ImGui::SetCursorScreenPos({at.x, at.y + height});
    return closing;
}

}  // namespace app::ui
