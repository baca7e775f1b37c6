#include "app/ui/desk_strip.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace app::ui {

namespace {

using session::DeskFacts;
using session::Severity;

// What there is more of is scrolled to: a part of the window's height, and never what the workspace needs; but a row or two in any case.
constexpr float kMostPart = 0.3F;
constexpr float kWorkspaceNeeds = 480;
constexpr float kLeastHeight = 92;
constexpr float kProgressWidth = 150;
// Words narrower than this are not read; the buttons then go below them.
constexpr float kLeastWords = 300;
constexpr float kPad = 5;

struct StripButton {
    const char* label = "";
    ButtonKind kind = ButtonKind::kPlain;
    const char* meaning = "";
    std::function<void()> press{};
};

struct StripRow {
    std::uint64_t id = 0;
    Severity severity = Severity::kInfo;
    std::string words{};
    double progress = -1;
    std::vector<StripButton> buttons{};
};

// Of each kind, so that no two rows share an id.
enum Kind : std::uint64_t { kTrouble, kLeft, kJob, kNotice, kKinds };

std::uint64_t row_id(Kind kind, std::uint64_t id) {
    return id * kKinds + kind;
}

StripRow trouble_row(const session::Session& active, std::optional<DeskAction>& pressed) {
    StripRow row{.id = row_id(kTrouble, 0), .severity = Severity::kWarning};
    row.words = active.storage_trouble().empty() ? std::string("There is no room for the capture.")
                                                 : active.storage_trouble();
    if (!active.is_live()) {
        // Standard input: where it is kept cannot be changed.
        row.words +=
            " Reading standard input is paused and nothing is lost: whoever writes there waits. It "
            "goes on by itself when there is space on the disk.";
        return row;
    }
    row.words +=
        " Reading is paused and nothing is lost: the peers' own TCP slows them down. It goes on by "
        "itself when there is space.";
    row.buttons.push_back({"Save elsewhere ...", ButtonKind::kPrimary,
                           "The capture goes on in a file of your choice, on another disk",
                           [&] { pressed = DeskAction::kMove; }});
    row.buttons.push_back({"Discard the capture and go on ...", ButtonKind::kDanger,
                           "Deletes what was captured so far; asks first",
                           [&] { pressed = DeskAction::kDrop; }});
    row.buttons.push_back({"Settings ...", ButtonKind::kPlain,
                           "How much space is to stay free, and whether only the newest is kept",
                           [&] { pressed = DeskAction::kSettings; }});
    return row;
}

StripRow left_row(DeskStrip& strip,
                  std::uint64_t count,
                  session::DeskWishes& wishes,
                  std::optional<DeskAction>& pressed) {
    StripRow row{.id = row_id(kLeft, 0), .severity = Severity::kWarning};
    row.words = counted(count, "capture") + (count == 1 ? " was" : " were") +
                " left by a crash, with everything that was shown.";
    row.buttons.push_back({"Look ...", ButtonKind::kPrimary, "Lists them, to open or to discard",
                           [&] { pressed = DeskAction::kEarlier; }});
    row.buttons.push_back(
        {"Keep", ButtonKind::kPlain,
         "They stay where they are and are not offered again: Earlier captures in the File menu",
         [&] { wishes.emplace_back(session::KeepLeftWish{}); }});
    row.buttons.push_back({"Later", ButtonKind::kPlain, "Asks again at the next start",
                           [&] { strip.has_put_off_left = true; }});
    return row;
}

std::vector<StripRow> rows_of(DeskStrip& strip,
                              const DeskFacts& facts,
                              const session::Session& active,
                              session::DeskWishes& wishes,
                              std::optional<DeskAction>& pressed) {
    std::vector<StripRow> rows;
    const session::Totals& totals = active.totals();
    const bool is_paused_by_storage =
        totals.is_paused && totals.pause_cause == net::channel::PauseCause::kStorage;
    const bool has_trouble = is_paused_by_storage || !active.storage_trouble().empty();
    if (has_trouble && (active.is_live() || active_document(facts).is_arriving))
        rows.push_back(trouble_row(active, pressed));
    if (facts.offered_left != 0 && !strip.has_put_off_left)
        rows.push_back(left_row(strip, facts.offered_left, wishes, pressed));
    for (const session::JobFact& job : facts.jobs) {
        StripRow row{.id = row_id(kJob, static_cast<std::uint64_t>(job.id)), .words = job.label};
        row.progress = std::isfinite(job.progress) ? std::clamp(job.progress, 0.0, 1.0) : 0.0;
        row.buttons.push_back(
            {"Cancel", ButtonKind::kPlain, "Nothing is left behind",
             [&wishes, id = job.id] { wishes.emplace_back(session::CancelJobWish{.id = id}); }});
        rows.push_back(std::move(row));
    }
    // The newest first: it is the answer to what was just asked for.
    for (auto notice = facts.notices.rbegin(); notice != facts.notices.rend(); ++notice) {
        StripRow row{
            .id = row_id(kNotice, notice->id), .severity = notice->severity, .words = notice->text};
        row.buttons.push_back({"Dismiss", ButtonKind::kQuiet, "It stands in the log as well",
                               [&wishes, id = notice->id] {
                                   wishes.emplace_back(session::DismissNoticeWish{.id = id});
                               }});
        rows.push_back(std::move(row));
    }
    return rows;
}

// ---- One row ----

struct RowSize {
    float words = 0;    // their width
    float buttons = 0;  // all of them and the progress bar, side by side
    float text_height = 0;
    float height = 0;
    bool is_stacked = false;  // the buttons are below the words
};

float mark_width() {
    return px(8) + px(kSpace2);
}

RowSize measure(const StripRow& row, float room) {
    RowSize size;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    for (const StripButton& one : row.buttons)
        size.buttons += button_width(one.label) + spacing;
    if (row.progress >= 0) size.buttons += px(kProgressWidth) + spacing;
    const float all = room - mark_width();
    size.is_stacked = all - size.buttons < px(kLeastWords);
    size.words = std::max(size.is_stacked ? all : all - size.buttons, px(60));
    size.text_height =
        std::max(ImGui::CalcTextSize(row.words.data(), row.words.data() + row.words.size(), false,
                                     size.words)
                     .y,
                 ImGui::GetTextLineHeight());
    const float frame = ImGui::GetFrameHeight();
    const float inner = size.is_stacked ? size.text_height + ImGui::GetStyle().ItemSpacing.y + frame
                                        : std::max(size.text_height, frame);
    size.height = std::round(inner + 2 * px(kPad));
    return size;
}

Role role_of(Severity severity) {
    switch (severity) {
        case Severity::kInfo: return Role::kGood;
        case Severity::kWarning: return Role::kWarning;
        case Severity::kError: return Role::kError;
    }
    return Role::kText;
}

// As in the log: a dot, a triangle, a square.
void draw_mark(ImVec2 center, const StripRow& row) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float r = px(4);
    const ImU32 tint = color_u32(row.progress >= 0 ? Role::kAccent : role_of(row.severity));
    switch (row.severity) {
        case Severity::kInfo: list.AddCircleFilled(center, px(3), tint); break;
        case Severity::kWarning:
            list.AddTriangleFilled({center.x, center.y - r}, {center.x + r, center.y + r * 0.8F},
                                   {center.x - r, center.y + r * 0.8F}, tint);
            break;
        case Severity::kError:
            list.AddRectFilled({center.x - r, center.y - r}, {center.x + r, center.y + r}, tint,
                               px(1));
            break;
    }
}

void draw_row(const StripRow& row, const RowSize& size, ImVec2 at, float room) {
    push_id(row.id);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 end{at.x + room, at.y + size.height};
    if (row.severity != Severity::kInfo)
        list.AddRectFilled({at.x - px(kSpace3), at.y}, {end.x + px(kSpace3), end.y},
                           tint_u32(role_of(row.severity), 0.10F));
    const float frame = ImGui::GetFrameHeight();
    const float top = at.y + px(kPad);
    const float inner = size.height - 2 * px(kPad);
    const float text_top = size.is_stacked ? top : top + std::round((inner - size.text_height) / 2);
    draw_mark({at.x + px(4), text_top + ImGui::GetTextLineHeight() / 2}, row);
    ImGui::SetCursorScreenPos({at.x + mark_width(), text_top});
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + size.words);
    text(row.words);
    ImGui::PopTextWrapPos();

    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    ImVec2 place{size.is_stacked ? at.x + mark_width() : end.x - size.buttons + spacing,
                 size.is_stacked ? top + size.text_height + ImGui::GetStyle().ItemSpacing.y
                                 : top + std::round((inner - frame) / 2)};
    if (row.progress >= 0) {
        ImGui::SetCursorScreenPos(place);
        std::array<char, 16> words{};
        std::snprintf(words.data(), words.size(), "%.0f %%", row.progress * 100);
        ImGui::ProgressBar(static_cast<float>(row.progress), {px(kProgressWidth), frame},
                           words.data());
        place.x += px(kProgressWidth) + spacing;
    }
    for (const StripButton& one : row.buttons) {
        ImGui::SetCursorScreenPos(place);
        if (button(one.label, one.kind)) one.press();
        hover_text(one.meaning);
        place.x += button_width(one.label) + spacing;
    }
    ImGui::PopID();
}

}  // namespace

std::optional<DeskAction> draw_desk_strip(DeskStrip& strip,
                                          const DeskFacts& facts,
                                          const session::Session& active,
                                          session::DeskWishes& wishes) {
    std::optional<DeskAction> pressed;
    if (facts.offered_left == 0) strip.has_put_off_left = false;
    const std::vector<StripRow> rows = rows_of(strip, facts, active, wishes, pressed);
    if (rows.empty()) return pressed;

    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    float inside = room.x - 2 * px(kSpace3);
    std::vector<RowSize> sizes;
    const auto measure_all = [&] {
        sizes.clear();
        float height = 0;
        for (const StripRow& row : rows) {
            sizes.push_back(measure(row, inside));
            height += sizes.back().height;
        }
        return height;
    };
    float whole = measure_all();
    const float most = std::round(
        std::max(std::min(room.y * kMostPart, room.y - px(kWorkspaceNeeds)), px(kLeastHeight)));
    const bool has_more = whole > most;
    if (has_more) {
        inside -= ImGui::GetStyle().ScrollbarSize;
        whole = measure_all();
    }
    const float height = std::min(whole, most);
    ImGui::PushStyleVar(ImGuiStyleVar_ChildRounding, 0.0F);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2{px(kSpace3), 0});
    begin_region("##strip", {room.x, height}, Role::kRaised, true,
                 has_more ? 0 : ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
    ImVec2 row_at = ImGui::GetCursorScreenPos();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        draw_row(rows[i], sizes[i], row_at, inside);
        row_at.y += sizes[i].height;
        if (i + 1 < rows.size())
            ImGui::GetWindowDrawList()->AddLine({row_at.x, row_at.y - 1},
                                                {row_at.x + inside, row_at.y - 1},
                                                tint_u32(Role::kBorder, 0.6F));
    }
    ImGui::SetCursorScreenPos(row_at);
    ImGui::Dummy({0, 0});
    end_region();
    ImGui::PopStyleVar(2);
    ImGui::SetCursorScreenPos({at.x, at.y + height + px(2)});
    return pressed;
}

}  // namespace app::ui
