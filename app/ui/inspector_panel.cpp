#include "app/ui/inspector_panel.h"

#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using net::bytes::ByteValue;

void copy(const std::string& value) {
    ImGui::SetClipboardText(value.c_str());
}

void draw_menu(const ByteValue& value) {
    if (!ImGui::BeginPopupContextItem("value")) return;
    if (!value.has_orders) {
        if (ImGui::MenuItem("Copy", "Ctrl+C", false, !value.little.empty())) copy(value.little);
    } else {
        if (ImGui::MenuItem("Copy little endian", "Ctrl+C", false, !value.little.empty()))
            copy(value.little);
        if (ImGui::MenuItem("Copy big endian", "Ctrl+Shift+C", false, !value.big.empty()))
            copy(value.big);
    }
    ImGui::EndPopup();
}

void copy_by_key(const ByteValue& value) {
    if (!ImGui::IsItemFocused()) return;
    if (ImGui::Shortcut(ImGuiMod_Ctrl | ImGuiKey_C) && !value.little.empty()) copy(value.little);
    if (ImGui::Shortcut(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_C) && !value.big.empty())
        copy(value.big);
}

// A value on one line; `right_px` is how far it may go.
void draw_value(const std::string& value, float right_px) {
    if (value.empty()) {
        text("-", Role::kFaint);
        return;
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    ImGui::PushClipRect(at, {right_px, at.y + ImGui::GetTextLineHeightWithSpacing()}, false);
    text_elided(value, Role::kText, right_px - at.x);
    ImGui::PopClipRect();
}

// True: chosen.
bool draw_row(const ByteValue& value, float right_px) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    const bool is_there = value.bytes != 0;
    ImGui::PushStyleColor(ImGuiCol_Text, color(is_there ? Role::kMuted : Role::kFaint));
    // The names are literals of net/bytes.
    const bool is_chosen =
        ImGui::Selectable(value.name.data(), false,
                          ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowOverlap);
    ImGui::PopStyleColor();
    draw_menu(value);
    copy_by_key(value);
    ImGui::TableNextColumn();
    if (!value.has_orders) {
        draw_value(value.little, right_px);
    } else {
        const ImVec2 at = ImGui::GetCursorScreenPos();
        draw_value(value.little, at.x + ImGui::GetContentRegionAvail().x);
        ImGui::TableNextColumn();
        draw_value(value.big, right_px);
    }
    return is_chosen && is_there;
}

}  // namespace

std::optional<std::uint32_t> draw_inspector_panel(InspectorPanel& panel,
                                                  std::span<const std::uint8_t> bytes_at_cursor) {
    const auto bytes =
        bytes_at_cursor.first(std::min(bytes_at_cursor.size(), net::bytes::kMostValueBytes));
    if (!panel.is_made ||
        !std::equal(bytes.begin(), bytes.end(), panel.bytes.begin(), panel.bytes.end())) {
        panel.bytes.assign(bytes.begin(), bytes.end());
        panel.values = net::bytes::byte_values(panel.bytes);
        panel.is_made = true;
    }
    if (panel.bytes.empty()) {
        wrapped_text("Click a byte to see what it and the bytes after it could stand for",
                     Role::kMuted);
        return std::nullopt;
    }
    std::optional<std::uint32_t> chosen;
    constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_Resizable | ImGuiTableFlags_ScrollY |
                                       ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersInnerV |
                                       ImGuiTableFlags_NoSavedSettings;
    const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
    if (!ImGui::BeginTable("##Data inspector", 3, kFlags)) return chosen;
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("Name", ImGuiTableColumnFlags_WidthFixed,
                            text_width("LEB128 unsigned") + px(kSpace1));
    ImGui::TableSetupColumn("Little endian", ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableSetupColumn("Big endian", ImGuiTableColumnFlags_WidthStretch);
    ImGui::TableHeadersRow();
    const float bar = ImGui::GetScrollMaxY() > 0 ? ImGui::GetStyle().ScrollbarSize : 0;
    for (std::size_t row = 0; row < panel.values.size(); ++row) {
        push_id(row);
        if (draw_row(panel.values[row], right - bar)) chosen = panel.values[row].bytes;
        ImGui::PopID();
    }
    ImGui::EndTable();
    return chosen;
}

}  // namespace app::ui
