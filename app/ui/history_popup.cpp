#include "app/ui/history_popup.h"

#include "app/ui/composer.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_stdlib.h>

namespace app::ui {

namespace {

constexpr const char* kPopup = "##history popup";

void look(const session::SendHistory& history, HistoryPopup& popup) {
    const auto& entries = history.entries();
    const std::int64_t newest = entries.empty() ? 0 : entries.back().time_ns;
    if (popup.is_found && popup.found_words == popup.words && popup.found_size == entries.size() &&
        popup.found_newest_ns == newest)
        return;
    popup.found = history.find(popup.words);
    popup.found_words = popup.words;
    popup.found_size = entries.size();
    popup.found_newest_ns = newest;
    popup.is_found = true;
}

void draw_row(const session::SentEntry& entry, std::size_t id, HistoryTurn& turn) {
    push_id(id);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    if (ImGui::Selectable("##sent before")) turn.chosen = entry.what;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const std::string time = time_text(entry.time_ns, 0);
    draw_text(list, at, color_u32(Role::kMuted), time);
    std::string words =
        (entry.what.is_hex ? "hex  " : "") + net::bytes::printable(entry.what.text, 70);
    const std::string options = options_words(entry.what);
    if (!options.empty()) words += "  (" + options + ")";
    ImGui::SetCursorScreenPos({at.x + text_width("00:00:00") + px(kSpace3), at.y});
    text_elided(words);
    ImGui::PopID();
}

void draw_rows(const session::SendHistory& history, const HistoryPopup& popup, HistoryTurn& turn) {
    begin_region("##sent list", {px(520), px(220)}, Role::kField);
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(popup.found.size()));
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const std::size_t place = popup.found[static_cast<std::size_t>(i)];
            draw_row(history.entries()[place], place, turn);
        }
    }
    if (popup.found.empty())
        text(history.entries().empty() ? "Nothing was sent yet" : "Nothing sent has this in it",
             Role::kMuted);
    end_region();
}

}  // namespace

HistoryTurn draw_history(const session::SendHistory& history, HistoryPopup& popup) {
    HistoryTurn turn;
    if (button("History###Sent before")) ImGui::OpenPopup(kPopup);
    hover_text("What was sent before; Up and Down in the box go through it");
    if (!ImGui::BeginPopup(kPopup)) return turn;
    if (ImGui::IsWindowAppearing()) {
        popup.words.clear();
        ImGui::SetKeyboardFocusHere();
    }
    const float forget = button_width("Forget all");
    ImGui::SetNextItemWidth(px(520) - forget - ImGui::GetStyle().ItemSpacing.x);
    ImGui::InputTextWithHint("##History filter", "Find in what was sent", &popup.words);
    ImGui::SameLine();
    if (button("Forget all", ButtonKind::kQuiet,
               history.entries().empty() ? "Nothing was sent yet" : ""))
        turn.forgets_all = true;
    look(history, popup);
    draw_rows(history, popup, turn);
    if (turn.chosen || turn.forgets_all) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
    return turn;
}

}  // namespace app::ui
