#include "app/ui/file_rows.h"

#include "app/ui/file_chooser.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

namespace app::ui {

namespace {

using session::FolderContents;
using session::FolderEntry;

// A pause after which what is typed begins a new name.
constexpr std::int64_t kAheadNs = 1'000'000'000;
constexpr float kMostChoiceWidth = 560;

void draw_kind(const FolderEntry& entry) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float size = std::round(ImGui::GetTextLineHeight() * 0.75F);
    const ImVec2 at{
        ImGui::GetCursorScreenPos().x,
        ImGui::GetCursorScreenPos().y + std::round((ImGui::GetTextLineHeight() - size) / 2)};
    if (entry.is_folder) {
        const float tab = std::round(size * 0.25F);
        list.AddRectFilled({at.x, at.y}, {at.x + size * 0.5F, at.y + tab * 2},
                           color_u32(Role::kMuted), px(1));
        list.AddRectFilled({at.x, at.y + tab}, {at.x + size, at.y + size}, color_u32(Role::kMuted),
                           px(1));
    } else if (looks_like_capture(entry.name)) {
        list.AddRect({at.x + px(1), at.y}, {at.x + size - px(1), at.y + size},
                     color_u32(Role::kReceived), px(1), 0, std::max(px(1), 1.0F));
    }
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + size + px(6));
}

void draw_entry(const FolderEntry& entry) {
    ImGui::TableSetColumnIndex(0);
    draw_kind(entry);
    text_elided(net::bytes::printable(entry.name), Role::kText);
    ImGui::TableSetColumnIndex(1);
    if (entry.is_folder) {
        text_right("folder", Role::kMuted);
    } else {
        text_right(size_text(entry.bytes), Role::kText);
    }
    ImGui::TableSetColumnIndex(2);
    text(minute_text(entry.modified_ns), Role::kMuted);
}

// ---- Keys ----

void move_cursor(FileChooser& chooser, std::int64_t by, RowPress& press) {
    const auto count = static_cast<std::int64_t>(chooser.order.shown.size());
    if (count == 0) return;
    const std::int64_t here = chooser.cursor ? static_cast<std::int64_t>(*chooser.cursor)
                              : by > 0       ? -1
                                             : count;
    // A step too far stays; from nowhere, a page is the first or the last row.
    const std::int64_t there = std::clamp<std::int64_t>(
        here + std::clamp<std::int64_t>(by, -count - 1, count + 1), 0, count - 1);
    chooser.cursor = static_cast<std::size_t>(there);
    chooser.wants_cursor_in_sight = true;
    press.picked = chooser.cursor;
}

void take_typed(FileChooser& chooser,
                const FolderContents& contents,
                const FrameInfo& frame,
                RowPress& press) {
    std::string typed;
    for (const ImWchar character : ImGui::GetIO().InputQueueCharacters) {
        if (character < 0x20 || character == 0x7F) continue;
        std::array<char, 5> utf8{};
        ImTextCharToUtf8(utf8.data(), character);
        typed += utf8.data();
    }
    if (typed.empty()) return;
    if (frame.monotonic_ns - chooser.ahead_ns > kAheadNs) chooser.ahead.clear();
    chooser.ahead_ns = frame.monotonic_ns;
    chooser.ahead += typed;
    // One letter again and again goes on to the next such name; a longer beginning may stay where it is.
    const bool is_first = chooser.ahead.size() == typed.size();
    const std::size_t from = chooser.cursor ? *chooser.cursor + (is_first ? 1 : 0) : 0;
    const auto found = find_by_prefix(contents.entries, chooser.order.shown, from, chooser.ahead);
    if (!found) return;
    chooser.cursor = found;
    chooser.wants_cursor_in_sight = true;
    press.picked = found;
}

void take_keys(FileChooser& chooser,
               const FolderContents& contents,
               const FocusStop& stop,
               std::int64_t page,
               const FrameInfo& frame,
               RowPress& press) {
    constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();
    const std::array<std::pair<ImGuiKey, std::int64_t>, 6> moves{{{ImGuiKey_UpArrow, -1},
                                                                  {ImGuiKey_DownArrow, 1},
                                                                  {ImGuiKey_PageUp, -page},
                                                                  {ImGuiKey_PageDown, page},
                                                                  {ImGuiKey_Home, -kFar},
                                                                  {ImGuiKey_End, kFar}}};
    for (const auto& [key, rows] : moves)
        if (key_pressed(stop, key)) move_cursor(chooser, rows, press);
    if (!stop.is_focused) return;
    const ImGuiIO& io = ImGui::GetIO();
    if (io.KeyCtrl || io.KeyAlt) return;
    if (ImGui::IsKeyPressed(ImGuiKey_Backspace, false)) press.goes_up = true;
    if (ImGui::IsKeyPressed(ImGuiKey_F5, false)) press.lists_again = true;
    const bool is_entered = ImGui::IsKeyPressed(ImGuiKey_Enter, false) ||
                            ImGui::IsKeyPressed(ImGuiKey_KeypadEnter, false);
    if (is_entered && chooser.cursor) press.activated = chooser.cursor;
    take_typed(chooser, contents, frame, press);
}

// ---- The table ----

void take_sorting(FileChooser& chooser) {
    ImGuiTableSortSpecs* const specs = ImGui::TableGetSortSpecs();
    if (specs == nullptr || !specs->SpecsDirty) return;
    if (specs->SpecsCount > 0) {
        chooser.query.sort = static_cast<FileColumn>(specs->Specs[0].ColumnIndex);
        chooser.query.is_descending =
            specs->Specs[0].SortDirection == ImGuiSortDirection_Descending;
    }
    specs->SpecsDirty = false;
}

void bring_cursor_in_sight(const FileChooser& chooser, float row_height, float header_height) {
    const float top = static_cast<float>(*chooser.cursor) * row_height;
    const float view = ImGui::GetCurrentWindow()->InnerRect.GetHeight() - header_height;
    if (top < ImGui::GetScrollY()) ImGui::SetScrollY(top);
    if (top + row_height > ImGui::GetScrollY() + view) ImGui::SetScrollY(top + row_height - view);
}

// True: it was pressed, so the keyboard belongs to the list.
bool draw_row(FileChooser& chooser, const FolderEntry& entry, std::size_t place, RowPress& press) {
    push_id(place);
    ImGui::TableNextRow();
    ImGui::TableSetColumnIndex(0);
    const ImVec2 at = ImGui::GetCursorPos();
    ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
    const bool is_clicked =
        ImGui::Selectable("##file", chooser.cursor == place,
                          ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowOverlap |
                              ImGuiSelectableFlags_AllowDoubleClick);
    ImGui::PopItemFlag();
    const bool is_pressed = is_clicked || ImGui::IsItemActivated();
    if (is_clicked) {
        chooser.cursor = place;
        press.picked = place;
        if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) press.activated = place;
    }
    ImGui::SetCursorPos(at);
    draw_entry(entry);
    ImGui::PopID();
    return is_pressed;
}

bool draw_table(FileChooser& chooser,
                const FolderContents& contents,
                ImVec2 size,
                float row_height,
                RowPress& press) {
    bool is_taken = false;
    constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_ScrollY | ImGuiTableFlags_Sortable |
                                       ImGuiTableFlags_RowBg | ImGuiTableFlags_BordersOuterH |
                                       ImGuiTableFlags_NoSavedSettings;
    ImGuiContext& context = *ImGui::GetCurrentContext();
    context.NextWindowData.HasFlags |= ImGuiNextWindowDataFlags_HasChildFlags;
    context.NextWindowData.ChildFlags = ImGuiChildFlags_NavFlattened;
    if (!ImGui::BeginTable("##files", 3, kFlags, size)) return false;
    ImGui::TableSetupScrollFreeze(0, 1);
    ImGui::TableSetupColumn("File",
                            ImGuiTableColumnFlags_WidthStretch | ImGuiTableColumnFlags_DefaultSort);
    ImGui::TableSetupColumn(
        "Size", ImGuiTableColumnFlags_WidthFixed | ImGuiTableColumnFlags_PreferSortDescending,
        px(80));
    ImGui::TableSetupColumn(
        "Modified", ImGuiTableColumnFlags_WidthFixed | ImGuiTableColumnFlags_PreferSortDescending,
        text_width("2000-00-00 00:00") + px(kSpace2));
    ImGui::PushStyleColor(ImGuiCol_Text, color(Role::kMuted));
    ImGui::TableHeadersRow();
    ImGui::PopStyleColor();
    take_sorting(chooser);
    const ImGuiTable& table = *ImGui::GetCurrentTable();
    const float header_height = table.RowPosY2 - table.RowPosY1;
    if (chooser.wants_cursor_in_sight && chooser.cursor)
        bring_cursor_in_sight(chooser, row_height, header_height);
    chooser.wants_cursor_in_sight = false;
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(chooser.order.shown.size()), row_height);
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const auto place = static_cast<std::size_t>(i);
            const FolderEntry& entry = contents.entries[chooser.order.shown[place]];
            const bool is_pressed = draw_row(chooser, entry, place, press);
            is_taken = is_taken || is_pressed;
        }
    }
    ImGui::EndTable();
    return is_taken;
}

void draw_nothing(FileChooser& chooser, const FolderContents* contents, ImVec2 from, ImVec2 size) {
    std::string words = "Reading the folder ...";
    Role role = Role::kMuted;
    if (contents != nullptr && !contents->error.empty()) {
        words = contents->error;
        role = Role::kError;
    } else if (contents != nullptr) {
        words = chooser.order.others + chooser.order.hidden == 0 ? "This folder is empty."
                : chooser.order.others != 0 ? "There are no captures in this folder."
                                            : "There are only hidden files in this folder.";
    }
    const float room = size.x - 2 * px(kSpace3);
    const float width = std::min(text_width(words), room);
    ImGui::SetCursorScreenPos({from.x + std::max((size.x - width) / 2, px(kSpace3)),
                               from.y + size.y / 2 - ImGui::GetTextLineHeight()});
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + room);
    text(words, role);
    ImGui::PopTextWrapPos();
}

}  // namespace

RowPress draw_file_rows(FileChooser& chooser,
                        const FolderContents* contents,
                        float height,
                        const FrameInfo& frame) {
    RowPress press;
    ImGuiWindow* const window = ImGui::GetCurrentWindow();
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const ImVec2 size{ImGui::GetContentRegionAvail().x, height};
    const ImVec2 to{from.x + size.x, from.y + size.y};
    const FocusStop stop = focus_stop("##Files", from, to, false);
    // Not in the panel's first frame, in which the library looks for something to focus itself.
    if (chooser.wants_list_focus && !ImGui::IsWindowAppearing()) {
        take_focus(stop);
        chooser.wants_list_focus = false;
    }
    const float row_height = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
    const auto page = std::max<std::int64_t>(static_cast<std::int64_t>(height / row_height) - 2, 1);
    const bool is_readable = contents != nullptr && contents->error.empty();
    if (is_readable) take_keys(chooser, *contents, stop, page, frame, press);

    const bool has_rows = is_readable && !chooser.order.shown.empty();
    if (has_rows) {
        if (draw_table(chooser, *contents, size, row_height, press)) {
            ImGui::FocusWindow(window);
            ImGui::SetFocusID(stop.id, window);
        }
    } else {
        ImGui::GetWindowDrawList()->AddRect(from, to, color_u32(Role::kBorder));
        draw_nothing(chooser, contents, from, size);
    }
    if (stop.is_focused) ImGui::RenderNavCursor(ImRect(from, to), stop.id);
    ImGui::SetCursorScreenPos({from.x, to.y + ImGui::GetStyle().ItemSpacing.y});
    return press;
}

bool path_choice(std::uint64_t id, const std::string& path) {
    push_id(id);
    const ImVec2 at = ImGui::GetCursorPos();
    const std::string name = net::bytes::printable(base_name(path));
    const std::string folder = net::bytes::printable(parent_of(path));
    const float gap = px(kSpace3);
    const float name_width = std::min(text_width(name), px(kMostChoiceWidth) * 0.6F);
    const float folder_width =
        std::min(text_width(folder) + 1, px(kMostChoiceWidth) - name_width - gap);
    const bool is_pressed = ImGui::Selectable("##path", false, ImGuiSelectableFlags_SpanAvailWidth,
                                              {name_width + gap + folder_width, 0});
    ImGui::SetCursorPos(at);
    text_elided(name, Role::kText, name_width + 1);
    ImGui::SameLine(0, gap);
    text_elided(folder, Role::kMuted, folder_width);
    ImGui::PopID();
    return is_pressed;
}

std::string minute_text(std::int64_t time_ns) {
    return date_time_text(time_ns).substr(0, sizeof "2025-01-31 14:02" - 1);
}

}  // namespace app::ui
