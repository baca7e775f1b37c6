#include "app/ui/saved_panel.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

using session::SavedSend;
using session::SavedSends;
using session::SendGroup;
using session::SendPlace;

constexpr const char* kSendMenu = "##saved send menu";
constexpr const char* kGroupMenu = "##group menu";
constexpr const char* kFirstGroup = "Saved";
constexpr std::array<const char*, 10> kShortcuts{"None",   "Ctrl+1", "Ctrl+2", "Ctrl+3", "Ctrl+4",
                                                 "Ctrl+5", "Ctrl+6", "Ctrl+7", "Ctrl+8", "Ctrl+9"};

std::string name_of(const SavedSend& send) {
    return net::bytes::printable(send.name.empty() ? send.what.text : send.name, 80);
}

std::string interval_words(std::int64_t ns) {
    return ns < 1'000'000 ? count_text(static_cast<std::uint64_t>(ns / 1000)) + " us"
                          : duration_text(ns);
}

std::string hover_words(const SavedSend& send) {
    std::string words =
        (send.what.is_hex ? "hex " : "") + net::bytes::printable(send.what.text, 300);
    const std::string options = options_words(send.what);
    if (!options.empty()) words += " (" + options + ")";
    if (send.repeat_ns != 0) words += ", every " + interval_words(send.repeat_ns);
    if (send.repeat_count != 0) words += ", " + counted(send.repeat_count, "time");
    return words;
}

// ---- Keeping what stands in the box ----

void keep(const SavedSends& saved, SavedPanel& panel, const Composer& box, SavedTurn& turn) {
    SavedSend send{.name = panel.name, .what = box.typed};
    panel.problem = saved.why_not(send);
    if (!panel.problem.empty()) return;
    SavedSends changed = saved;
    if (!changed.add(panel.group.empty() ? kFirstGroup : panel.group, std::move(send))) {
        panel.problem = "It can't be kept under this name and group";
        return;
    }
    panel.name.clear();
    turn.changed = std::move(changed);
}

void draw_keeping(const SavedSends& saved,
                  SavedPanel& panel,
                  const Composer& box,
                  SavedTurn& turn) {
    begin_card("##keep");
    std::string_view why_not;
    if (box.typed.text.empty()) why_not = "Type in the send box what is to be kept";
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float half = std::floor((ImGui::GetContentRegionAvail().x - spacing) / 2);
    text_field("Name", panel.name, {.hint = "its text", .width = half});
    ImGui::SameLine();
    text_field("Group", panel.group, {.hint = kFirstGroup, .width = half});
    if (button("Keep what is in the box", ButtonKind::kPlain, why_not,
               {ImGui::GetContentRegionAvail().x, 0}))
        keep(saved, panel, box, turn);
    field_error(panel.problem);
    end_card();
}

// ---- The list ----

void remove(const SavedSends& saved, SavedPanel& panel, SavedSends changed, SavedTurn& turn) {
    panel.before_removal = saved;
    turn.changed = std::move(changed);
}

void draw_shortcuts(const SavedSends& saved, SendPlace place, SavedTurn& turn) {
    if (!ImGui::BeginMenu("Shortcut")) return;
    const std::uint8_t now = saved.groups[place.group].sends[place.send].shortcut;
    for (std::uint8_t i = 0; i <= session::kMostShortcut; ++i) {
        if (!ImGui::MenuItem(kShortcuts[i], nullptr, now == i)) continue;
        turn.changed = saved;
        turn.changed->set_shortcut(place, i);
    }
    ImGui::EndMenu();
}

void draw_groups_to_move_to(const SavedSends& saved, SendPlace place, SavedTurn& turn) {
    if (!ImGui::BeginMenu("Move to", saved.groups.size() > 1)) return;
    for (std::size_t i = 0; i < saved.groups.size(); ++i) {
        if (i == place.group) continue;
        push_id(i);
        const ImVec2 at = ImGui::GetCursorScreenPos();
        if (ImGui::Selectable("##group to move to", false, 0,
                              {px(160), ImGui::GetTextLineHeight()})) {
            turn.changed = saved;
            turn.changed->move(place, {.group = i, .send = saved.groups[i].sends.size()});
        }
        draw_text(*ImGui::GetWindowDrawList(), at, color_u32(Role::kText),
                  net::bytes::printable(saved.groups[i].name, 40));
        ImGui::PopID();
    }
    ImGui::EndMenu();
}

void draw_repeat(const SavedSends& saved,
                 SendPlace place,
                 const std::optional<RepeatTimes>& repeat,
                 SavedTurn& turn) {
    const SavedSend& send = saved.groups[place.group].sends[place.send];
    const auto set = [&](std::int64_t interval_ns, std::uint64_t count) {
        turn.changed = saved;
        SavedSend& changed = turn.changed->groups[place.group].sends[place.send];
        changed.repeat_ns = interval_ns;
        changed.repeat_count = count;
    };
    if (send.repeat_ns != 0) {
        if (ImGui::MenuItem("Send it once, not repeated")) set(0, 0);
        return;
    }
    const std::string label =
        repeat ? "Repeat it every " + interval_words(repeat->interval_ns) + "###repeat it"
               : std::string("Repeat it###repeat it");
    if (ImGui::MenuItem(label.c_str(), nullptr, false, repeat.has_value()))
        set(repeat->interval_ns, repeat->count);
    hover_text("As the form of repeats says, under Sending");
}

void draw_send_menu(const SavedSends& saved,
                    SavedPanel& panel,
                    SendPlace place,
                    const Composer& box,
                    const std::optional<RepeatTimes>& repeat,
                    SavedTurn& turn) {
    if (!ImGui::BeginPopup(kSendMenu)) return;
    const SendGroup& group = saved.groups[place.group];
    const SavedSend& send = group.sends[place.send];
    const auto move_to = [&](std::size_t to) {
        turn.changed = saved;
        turn.changed->move(place, {.group = place.group, .send = to});
    };
    if (ImGui::MenuItem("Put into the box")) turn.put = send;
    if (ImGui::MenuItem("Replace by what is in the box", nullptr, false, !box.typed.text.empty())) {
        turn.changed = saved;
        turn.changed->groups[place.group].sends[place.send].what = box.typed;
    }
    if (ImGui::MenuItem("Rename")) {
        panel.renamed = place;
        panel.new_name = send.name;
        panel.wants_name_focus = true;
    }
    draw_shortcuts(saved, place, turn);
    draw_repeat(saved, place, repeat, turn);
    ImGui::Separator();
    if (ImGui::MenuItem("Move up", "Alt+Up", false, place.send > 0)) move_to(place.send - 1);
    if (ImGui::MenuItem("Move down", "Alt+Down", false, place.send + 1 < group.sends.size()))
        move_to(place.send + 2);
    draw_groups_to_move_to(saved, place, turn);
    ImGui::Separator();
    if (ImGui::MenuItem("Remove")) {
        SavedSends changed = saved;
        changed.remove(place);
        remove(saved, panel, std::move(changed), turn);
    }
    ImGui::EndPopup();
}

// True: it is to be taken over. Esc leaves it as it was.
bool draw_renaming(SavedPanel& panel, const char* id, bool& is_over) {
    ImGui::SetNextItemWidth(-FLT_MIN);
    if (std::exchange(panel.wants_name_focus, false)) ImGui::SetKeyboardFocusHere();
    const bool is_entered =
        ImGui::InputText(id, &panel.new_name,
                         ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
    is_over = is_entered || ImGui::IsItemDeactivated();
    return is_over && !ImGui::IsKeyPressed(ImGuiKey_Escape, false);
}

void rename(const SavedSends& saved, SavedPanel& panel, SendPlace place, SavedTurn& turn) {
    SavedSend renamed = saved.groups[place.group].sends[place.send];
    if (panel.new_name.size() > session::kMostSendNameBytes) {
        panel.problem = "A name has at most " + counted(session::kMostSendNameBytes, "byte");
        return;
    }
    renamed.name = panel.new_name;
    turn.changed = saved;
    turn.changed->groups[place.group].sends[place.send] = std::move(renamed);
}

void move_by_keys(const SavedSends& saved, SendPlace place, SavedTurn& turn) {
    if (!ImGui::IsItemFocused()) return;
    const std::size_t count = saved.groups[place.group].sends.size();
    const auto move_to = [&](std::size_t to) {
        turn.changed = saved;
        turn.changed->move(place, {.group = place.group, .send = to});
    };
    if (ImGui::IsKeyChordPressed(ImGuiMod_Alt | ImGuiKey_UpArrow) && place.send > 0)
        move_to(place.send - 1);
    if (ImGui::IsKeyChordPressed(ImGuiMod_Alt | ImGuiKey_DownArrow) && place.send + 1 < count)
        move_to(place.send + 2);
}

// More than a windowful above or below what is in sight: of thousands, few are drawn, and the keyboard still goes on from one to the next.
bool is_far() {
    const ImGuiWindow& window = *ImGui::GetCurrentWindow();
    const float y = ImGui::GetCursorScreenPos().y;
    const float windowful = window.InnerRect.GetHeight();
    return y < window.InnerRect.Min.y - windowful || y > window.InnerRect.Max.y + windowful;
}

void draw_send(const SavedSends& saved,
               SavedPanel& panel,
               SendPlace place,
               const Composer& box,
               const std::optional<RepeatTimes>& repeat,
               SavedTurn& turn) {
    const SavedSend& send = saved.groups[place.group].sends[place.send];
    if (is_far() && panel.renamed != place) {
        ImGui::Dummy({0, ImGui::GetFrameHeight()});
        return;
    }
    push_id(place.send);
    if (panel.renamed == place) {
        bool is_over = false;
        if (draw_renaming(panel, "##new name", is_over)) rename(saved, panel, place, turn);
        if (is_over) panel.renamed.reset();
        ImGui::PopID();
        return;
    }
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float more = button_width("...");
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImVec2 padding = ImGui::GetStyle().FramePadding;
    const float width = std::max(ImGui::GetContentRegionAvail().x - more - spacing, px(60));
    if (ImGui::Button("##saved send", {width, 0})) turn.sent = send;
    hover_text(hover_words(send));
    move_by_keys(saved, place, turn);
    bool opens_menu = ImGui::IsItemClicked(ImGuiMouseButton_Right);
    const std::string side = send.shortcut != 0    ? kShortcuts[send.shortcut]
                             : send.repeat_ns != 0 ? "every " + interval_words(send.repeat_ns)
                                                   : std::string{};
    const float side_width = side.empty() ? 0 : text_width(side) + px(kSpace2);
    ImGui::SetCursorScreenPos({at.x + padding.x, at.y + padding.y});
    text_elided(name_of(send), Role::kText, std::max(width - 2 * padding.x - side_width, px(20)));
    if (!side.empty())
        draw_text(*ImGui::GetWindowDrawList(),
                  {at.x + width - padding.x - side_width + px(kSpace2), at.y + padding.y},
                  color_u32(Role::kMuted), side);
    ImGui::SetCursorScreenPos({at.x + width + spacing, at.y});
    opens_menu |= button("...###more", ButtonKind::kQuiet);
    if (opens_menu) ImGui::OpenPopup(kSendMenu);
    draw_send_menu(saved, panel, place, box, repeat, turn);
    ImGui::SetCursorScreenPos({at.x, at.y + ImGui::GetFrameHeight()});
    ImGui::Dummy({0, 0});
    ImGui::PopID();
}

void draw_group_menu(const SavedSends& saved, SavedPanel& panel, std::size_t at, SavedTurn& turn) {
    if (!ImGui::BeginPopup(kGroupMenu)) return;
    const auto move_to = [&](std::size_t to) {
        turn.changed = saved;
        turn.changed->move_group(at, to);
    };
    if (ImGui::MenuItem("Rename the group")) {
        panel.renamed_group = at;
        panel.new_name = saved.groups[at].name;
        panel.wants_name_focus = true;
    }
    if (ImGui::MenuItem("Move the group up", nullptr, false, at > 0)) move_to(at - 1);
    if (ImGui::MenuItem("Move the group down", nullptr, false, at + 1 < saved.groups.size()))
        move_to(at + 2);
    if (ImGui::MenuItem("Remove the group and what is in it")) {
        SavedSends changed = saved;
        changed.groups.erase(changed.groups.begin() + static_cast<std::ptrdiff_t>(at));
        remove(saved, panel, std::move(changed), turn);
    }
    ImGui::EndPopup();
}

// True: what is in it is to be seen.
bool draw_group_line(const SavedSends& saved, SavedPanel& panel, std::size_t at, SavedTurn& turn) {
    const SendGroup& group = saved.groups[at];
    const bool is_folded = panel.folded.contains(group.name);
    if (panel.renamed_group == at) {
        bool is_over = false;
        if (draw_renaming(panel, "##new group name", is_over) && !panel.new_name.empty()) {
            turn.changed = saved;
            turn.changed->groups[at].name = panel.new_name;
        }
        if (is_over) panel.renamed_group.reset();
        return !is_folded;
    }
    const float more = button_width("...");
    if (ImGui::ArrowButton("##fold", is_folded ? ImGuiDir_Right : ImGuiDir_Down)) {
        if (is_folded)
            panel.folded.erase(group.name);
        else
            panel.folded.insert(group.name);
    }
    ImGui::SameLine();
    ImGui::AlignTextToFramePadding();
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    text_elided(net::bytes::printable(group.name, 80), Role::kMuted,
                std::max(ImGui::GetContentRegionAvail().x - more - px(kSpace2), px(40)));
    ImGui::SameLine();
    ImGui::SetCursorPosX(right - more);
    if (button("...###group menu", ButtonKind::kQuiet)) ImGui::OpenPopup(kGroupMenu);
    draw_group_menu(saved, panel, at, turn);
    return !is_folded;
}

}  // namespace

SavedTurn draw_saved_panel(const SavedSends& saved,
                           SavedPanel& panel,
                           const Composer& box,
                           const std::optional<RepeatTimes>& repeat) {
    SavedTurn turn;
    draw_keeping(saved, panel, box, turn);
    if (button("Import ...", ButtonKind::kQuiet)) turn.wants_import = true;
    hover_text("Adds what is in a file of saved sends; what is here stays");
    ImGui::SameLine();
    if (button("Export ...", ButtonKind::kQuiet,
               saved.size() == 0 ? "There is nothing to export yet" : ""))
        turn.wants_export = true;
    if (panel.before_removal) {
        ImGui::SameLine();
        if (button("Undo###undo removal")) turn.changed = std::exchange(panel.before_removal, {});
        hover_text("Puts back what was removed last");
    }
    if (saved.size() == 0)
        wrapped_text("What is kept here is one press away, also after the next start.",
                     Role::kMuted);
    for (std::size_t i = 0; i < saved.groups.size(); ++i) {
        push_id(i);
        const bool shows = draw_group_line(saved, panel, i, turn);
        for (std::size_t k = 0; shows && k < saved.groups[i].sends.size(); ++k)
            draw_send(saved, panel, {.group = i, .send = k}, box, repeat, turn);
        ImGui::PopID();
    }
    return turn;
}

}  // namespace app::ui
