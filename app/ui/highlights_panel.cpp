// The rules by which matches are marked with a colour and a label wherever they are in sight.
#include "app/ui/panel.h"
#include "app/ui/receive_view_parts.h"
#include "app/ui/theme.h"
#include "app/ui/view_marks.h"
#include "app/ui/widgets.h"

#include <imgui_stdlib.h>

#include <array>
#include <optional>
#include <utility>

namespace app::ui {

namespace {

using net::capture::PatternKind;
using session::Highlight;

void draw_color(Highlight& rule) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float size = ImGui::GetFrameHeight();
    if (ImGui::InvisibleButton("##color", {size, size}))
        rule.color = static_cast<std::uint8_t>((rule.color + 1) % session::kHighlightColors);
    name_last_item("Highlight color");
    hover_text("Another colour");
    ImGui::GetWindowDrawList()->AddRectFilled({at.x + px(3), at.y + px(3)},
                                              {at.x + size - px(3), at.y + size - px(3)},
                                              highlight_tint(rule.color, 1), px(3));
}

void draw_kind(Highlight& rule) {
    constexpr std::array<std::pair<PatternKind, const char*>, 3> kKinds{
        {{PatternKind::kText, "Text"}, {PatternKind::kHex, "Hex"}, {PatternKind::kRegex, "Regex"}}};
    const auto* name = "";
    for (const auto& [kind, label] : kKinds)
        if (kind == rule.pattern.kind) name = label;
    ImGui::SetNextItemWidth(px(84));
    if (!ImGui::BeginCombo("##kind", name)) return;
    for (const auto& [kind, label] : kKinds)
        if (ImGui::Selectable(label, kind == rule.pattern.kind)) rule.pattern.kind = kind;
    ImGui::EndCombo();
}

// False: it is to go.
bool draw_rule(Highlight& rule) {
    bool stays = true;
    ImGui::Checkbox("##on", &rule.is_on);
    hover_text("On or off");
    ImGui::SameLine();
    draw_color(rule);
    ImGui::SameLine();
    draw_kind(rule);
    ImGui::SameLine();
    const auto parsed = net::capture::expression_of(rule.pattern);
    const bool is_wrong = !rule.pattern.text.empty() && !parsed;
    if (is_wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    ImGui::SetNextItemWidth(px(200));
    ImGui::InputTextWithHint("##Highlight pattern", "what to mark", &rule.pattern.text);
    if (is_wrong) ImGui::PopStyleColor();
    if (rule.pattern.text.size() > net::capture::kMostPatternBytes)
        rule.pattern.text.resize(net::capture::kMostPatternBytes);
    ImGui::SameLine();
    ImGui::SetNextItemWidth(px(110));
    ImGui::InputTextWithHint("##Highlight label", "label", &rule.label);
    if (rule.label.size() > session::kMostLabelBytes) rule.label.resize(session::kMostLabelBytes);
    ImGui::SameLine();
    if (button("Remove", ButtonKind::kQuiet)) stays = false;
    if (is_wrong) field_error(parsed.error.message);
    return stays;
}

}  // namespace

void open_highlights(ReceiveView& view, const session::ViewSettings& settings) {
    view.highlights.open();
    static_cast<void>(settings);
}

void draw_highlights_panel(ReceiveView& view, session::ViewSettings& settings) {
    if (!view.highlights.is_open) return;
    if (begin_panel(view.highlights, {.title = "Highlights###highlights", .width = 640})) {
        wrapped_text("Matches in sight are marked. The rules are remembered.", Role::kMuted);
        std::optional<std::size_t> removed;
        for (std::size_t i = 0; i < settings.highlights.size(); ++i) {
            push_id(i);
            if (!draw_rule(settings.highlights[i])) removed = i;
            ImGui::PopID();
        }
        if (removed)
            settings.highlights.erase(settings.highlights.begin() +
                                      static_cast<std::ptrdiff_t>(*removed));
        const bool is_full = settings.highlights.size() >= session::kMostHighlights;
        if (view.highlights.wants_front) ImGui::SetKeyboardFocusHere();
        if (button("Add a rule", ButtonKind::kPlain,
                   is_full ? "There are as many as there can be" : "")) {
            Highlight rule;
            rule.color =
                static_cast<std::uint8_t>(settings.highlights.size() % session::kHighlightColors);
            rule.pattern.encoding = settings.encoding;
            settings.highlights.push_back(std::move(rule));
        }
        field_error(view.marks.wrong);
    }
    end_panel(view.highlights);
}

}  // namespace app::ui
