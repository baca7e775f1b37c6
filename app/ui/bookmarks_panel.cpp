#include "app/ui/bookmarks_panel.h"

#include "app/ui/numbers.h"
#include "app/ui/widgets.h"

#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <string_view>

namespace app::ui {

namespace {

using net::channel::Direction;
using session::Intents;
using session::Note;
using session::NoteFact;
using session::NoteId;
using session::NoteKind;
using session::Session;

struct KindLook {
    NoteKind kind;
    const char* label;
    Role role;
};
constexpr std::array<KindLook, net::channel::kNoteKinds> kKinds{{
    {NoteKind::kMark, "Mark##kind", Role::kAccent},
    {NoteKind::kQuestion, "Question##kind", Role::kWarning},
    {NoteKind::kProblem, "Problem##kind", Role::kError},
    {NoteKind::kGood, "Good##kind", Role::kGood},
}};

std::string place_words(std::uint64_t connection,
                        Direction direction,
                        std::uint64_t offset,
                        std::uint64_t bytes) {
    std::string words = "#" + std::to_string(connection);
    words += direction == Direction::kSent ? " sent" : " received";
    words += ", " + counted(bytes, "byte") + " from " + count_text(offset);
    return words;
}

std::string place_words(const Note& note) {
    return place_words(net::channel::number(note.connection), note.direction, note.stream_offset,
                       note.bytes);
}

std::string place_words(const Session& session, const NoteTarget& target) {
    if (target.begin.position >= session.reads().size()) return {};
    const net::capture::PlacedRead read = session.reads().at(target.begin.position);
    return place_words(net::channel::number(read.connection), read.entry.direction(),
                       read.stream_offset + target.begin.offset, target.bytes);
}

void begin_edit(BookmarksPanel& panel, const NoteFact& fact) {
    panel.is_writing = true;
    panel.edited = fact.note.id;
    panel.text = fact.note.text;
    panel.kind = fact.note.kind;
    panel.wants_text_focus = true;
}

void remove(BookmarksPanel& panel,
            const std::span<const NoteFact* const> notes,
            const NoteFact& fact,
            Intents& intents) {
    panel.deleted = session::AddNoteIntent{.begin = fact.begin,
                                           .bytes = fact.note.bytes,
                                           .text = fact.note.text,
                                           .kind = fact.note.kind};
    intents.emplace_back(session::RemoveNoteIntent{.note = fact.note.id});
    // The one below it takes its place in the list, so that several can be deleted one after the other.
    const auto at = std::find(notes.begin(), notes.end(), &fact);
    if (at == notes.end()) return;
    if (at + 1 != notes.end()) {
        panel.selected = (*(at + 1))->note.id;
    } else if (at != notes.begin()) {
        panel.selected = (*(at - 1))->note.id;
    }
}

void keep(BookmarksPanel& panel, Intents& intents) {
    if (panel.edited == NoteId::kNone) {
        intents.emplace_back(session::AddNoteIntent{.begin = panel.target.begin,
                                                    .bytes = panel.target.bytes,
                                                    .text = panel.text,
                                                    .kind = panel.kind});
    } else {
        intents.emplace_back(
            session::EditNoteIntent{.note = panel.edited, .text = panel.text, .kind = panel.kind});
    }
    panel.is_writing = false;
}

void draw_writing(const Session& session, BookmarksPanel& panel, Intents& intents) {
    const NoteFact* const edited = session.notes().find(panel.edited);
    if (panel.edited != NoteId::kNone && edited == nullptr) {
        // It has gone with its bytes.
        panel.is_writing = false;
        return;
    }
    ImGui::PushID("writing");
    text_elided(edited != nullptr ? place_words(edited->note) : place_words(session, panel.target),
                Role::kMuted);
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    const char* const done = edited != nullptr ? "Change###keep" : "Add note###keep";
    const float buttons = button_width(done) + gap + button_width("Cancel") + gap;
    if (panel.wants_text_focus) {
        let_go_of_focus();  // it is mostly the list's, in which F2 was pressed
        ImGui::SetKeyboardFocusHere();
        panel.wants_text_focus = false;
    }
    ImGui::SetNextItemWidth(std::max(px(80), right - ImGui::GetCursorPosX() - buttons));
    const bool is_entered =
        ImGui::InputTextWithHint("##Note text", "What is it? Empty: a bookmark", &panel.text,
                                 ImGuiInputTextFlags_EnterReturnsTrue);
    const bool is_left = ImGui::IsItemDeactivated() && ImGui::IsKeyPressed(ImGuiKey_Escape);
    ImGui::SameLine();
    const bool is_kept = button(done, ButtonKind::kPrimary);
    ImGui::SameLine();
    const bool is_cancelled = button("Cancel");
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    for (const KindLook& look : kKinds) {
        if (look.kind != kKinds[0].kind) ImGui::SameLine();
        if (segment(look.label, panel.kind == look.kind)) panel.kind = look.kind;
    }
    ImGui::PopStyleVar();
    if (panel.text.size() > Note::kMostTextBytes)
        field_error("This is longer than " + count_text(Note::kMostTextBytes) +
                    " bytes: the end will be cut off");
    ImGui::PopID();
    if (is_entered || is_kept) {
        keep(panel, intents);
        panel.wants_focus = true;
    } else if (is_left || is_cancelled) {
        panel.is_writing = false;
    }
}

void draw_heading(const Session& session,
                  const std::optional<NoteTarget>& selection,
                  const NoteFact* selected,
                  BookmarksPanel& panel,
                  Intents& intents) {
    const std::span<const NoteFact* const> notes = session.notes().in_order();
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    ImGui::AlignTextToFramePadding();
    strong_text("Notes");
    ImGui::SameLine();
    text(count_text(notes.size()), Role::kMuted);
    const float gap = ImGui::GetStyle().ItemSpacing.x;
    const float buttons =
        button_width("Add ...") + button_width("Edit ...") + button_width("Delete") + 2 * gap;
    ImGui::SameLine();
    ImGui::SetCursorPosX(std::max(ImGui::GetCursorPosX(), right - buttons));
    const std::string_view why_no_more =
        session.notes().is_full() ? "There are as many notes as there may be" : "";
    if (button("Add ...###add note", ButtonKind::kPlain,
               selection ? why_no_more : "Select bytes first: the note is on them") &&
        selection)
        begin_note(panel, *selection);
    if (selection && why_no_more.empty()) hover_text("A note on the selected bytes (Ctrl+B)");
    const std::string_view why_not = selected == nullptr ? "Select a note in the list first" : "";
    ImGui::SameLine();
    if (button("Edit ...###edit note", ButtonKind::kPlain, why_not) && selected != nullptr)
        begin_edit(panel, *selected);
    ImGui::SameLine();
    if (button("Delete###delete note", ButtonKind::kPlain, why_not) && selected != nullptr)
        remove(panel, notes, *selected, intents);
}

void draw_undo(BookmarksPanel& panel, Intents& intents) {
    if (!panel.deleted) return;
    ImGui::AlignTextToFramePadding();
    small_text("Deleted");
    ImGui::SameLine();
    if (button("Undo###undo delete", ButtonKind::kQuiet)) {
        intents.emplace_back(*panel.deleted);
        panel.deleted.reset();
        return;
    }
    if (panel.deleted->text.empty()) return;
    ImGui::SameLine();
    text_elided(panel.deleted->text, Role::kMuted);
}

struct Columns {
    float place = 0;
    float time = 0;
    float words = 0;
};

void draw_row(
    const Session& session, const NoteFact& fact, ImVec2 at, float height, const Columns& columns) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    note_shape(list, {at.x + px(kSpace2), at.y + std::round(height / 2)}, px(4), fact.note.kind);
    const float y = at.y + std::round((height - ImGui::GetTextLineHeight()) / 2);
    ImGui::SetCursorScreenPos({at.x + columns.place, y});
    text_elided(place_words(fact.note),
                fact.note.direction == Direction::kSent ? Role::kSent : Role::kReceived,
                columns.time - columns.place - px(kSpace2));
    ImGui::SetCursorScreenPos({at.x + columns.time, y});
    text(time_text(session.reads().entry(fact.begin.position).time_ns, 3), Role::kMuted);
    ImGui::SetCursorScreenPos({at.x + columns.words, y});
    if (fact.note.text.empty()) {
        text("bookmark", Role::kMuted);
    } else {
        text_elided(fact.note.text);
    }
}

// Moves the selection by rows; the list has some.
void select_by_keys(const FocusStop& stop,
                    BookmarksPanel& panel,
                    std::span<const NoteFact* const> notes,
                    std::size_t selected,
                    std::uint64_t in_sight) {
    const std::size_t last = notes.size() - 1;
    const std::size_t page = std::max<std::size_t>(in_sight, 2) - 1;
    std::size_t next = selected;
    const bool has_one = selected < notes.size();
    if (key_pressed(stop, ImGuiKey_UpArrow))
        next = has_one ? selected - (selected > 0 ? 1 : 0) : last;
    if (key_pressed(stop, ImGuiKey_DownArrow)) next = has_one ? std::min(selected + 1, last) : 0;
    if (key_pressed(stop, ImGuiKey_PageUp))
        next = has_one ? selected - std::min(selected, page) : 0;
    if (key_pressed(stop, ImGuiKey_PageDown))
        next = has_one ? std::min(selected + page, last) : last;
    if (key_pressed(stop, ImGuiKey_Home)) next = 0;
    if (key_pressed(stop, ImGuiKey_End)) next = last;
    if (next == selected || next > last) return;
    panel.selected = notes[next]->note.id;
    if (next < panel.scroll.first_row) panel.scroll.move_to(next, notes.size(), in_sight);
    if (next >= panel.scroll.first_row + in_sight)
        panel.scroll.move_to(next + 1 - in_sight, notes.size(), in_sight);
}

std::optional<NoteTarget> draw_list(const Session& session,
                                    BookmarksPanel& panel,
                                    Intents& intents) {
    const std::span<const NoteFact* const> notes = session.notes().in_order();
    std::optional<NoteTarget> go_to;
    const float row = std::round(ImGui::GetTextLineHeight() + px(6));
    const ImVec2 from = ImGui::GetCursorScreenPos();
    const ImVec2 room = ImGui::GetContentRegionAvail();
    const float bar = ImGui::GetStyle().ScrollbarSize;
    if (room.y < row) return go_to;
    begin_region("##notes", {room.x - bar, room.y}, Role::kPanel, false,
                 ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoScrollbar |
                     ImGuiWindowFlags_NoScrollWithMouse);
    const ImRect inner = ImGui::GetCurrentWindow()->InnerRect;
    const auto fitting = static_cast<std::uint64_t>(std::max(inner.GetHeight() / row, 1.0F));
    const FocusStop stop = focus_stop("##Notes list", inner.Min, inner.Max, true);
    if (panel.wants_focus) {
        take_focus(stop);
        panel.wants_focus = false;
    }
    panel.has_focus = stop.is_focused;
    panel.scroll.follows_tail = false;
    panel.scroll.settle(notes.size(), fitting);
    const auto at_selected = static_cast<std::size_t>(
        std::find_if(notes.begin(), notes.end(),
                     [&](const NoteFact* fact) { return fact->note.id == panel.selected; }) -
        notes.begin());
    // The wheel moves the list, the keys move the selection.
    const FocusStop wheel{
        .id = stop.id, .is_focused = false, .is_hovered = ImGui::IsWindowHovered()};
    scroll_by_input(panel.scroll, wheel, notes.size(), fitting);
    if (!notes.empty()) select_by_keys(stop, panel, notes, at_selected, fitting);

    const auto go = [&](const NoteFact& fact) {
        go_to = NoteTarget{.begin = fact.begin, .bytes = fact.note.bytes};
    };
    const Columns columns{
        .place = px(kSpace4) + px(kSpace1),
        .time = std::round(
            px(kSpace4) + std::min(inner.GetWidth() * 0.4F,
                                   text_width("#10000 received, 65,536 bytes from 1,234,567,890"))),
        .words = 0};
    Columns all = columns;
    all.words = columns.time + text_width("00:00:00.000") + px(kSpace4);
    const std::uint64_t end =
        std::min<std::uint64_t>(panel.scroll.first_row + fitting + 1, notes.size());
    for (std::uint64_t i = panel.scroll.first_row; i < end; ++i) {
        const NoteFact& fact = *notes[static_cast<std::size_t>(i)];
        const ImVec2 at{inner.Min.x,
                        inner.Min.y + row * static_cast<float>(i - panel.scroll.first_row)};
        push_id(net::channel::number(fact.note.id));
        ImGui::SetCursorScreenPos(at);
        ImGui::PushItemFlag(ImGuiItemFlags_NoNav, true);
        if (ImGui::Selectable("##note", panel.selected == fact.note.id,
                              ImGuiSelectableFlags_AllowOverlap,
                              {inner.GetWidth(), row - ImGui::GetStyle().ItemSpacing.y})) {
            panel.selected = fact.note.id;
            panel.wants_focus = true;
            go(fact);
        }
        ImGui::PopItemFlag();
        draw_row(session, fact, at, row, all);
        ImGui::PopID();
    }
    const NoteFact* const selected = session.notes().find(panel.selected);
    if (stop.is_focused && selected != nullptr) {
        if (key_pressed(stop, ImGuiKey_Enter) || key_pressed(stop, ImGuiKey_KeypadEnter))
            go(*selected);
        if (ImGui::IsKeyPressed(ImGuiKey_F2, false)) begin_edit(panel, *selected);
        if (ImGui::IsKeyPressed(ImGuiKey_Delete, false)) remove(panel, notes, *selected, intents);
    }
    if (notes.empty()) {
        ImGui::SetCursorScreenPos(inner.Min);
        wrapped_text(
            "No notes yet. Select bytes and press Ctrl+B: the note is kept in the capture, "
            "and a saved copy shows it in Wireshark as well.",
            Role::kMuted);
    }
    if (stop.is_focused) ImGui::RenderNavCursor(inner, stop.id, ImGuiNavRenderCursorFlags_Compact);
    end_region();
    scroll_bar("##Notes scrollbar", panel.scroll, {from.x + room.x - bar, from.y},
               {from.x + room.x, from.y + room.y}, notes.size(), fitting);
    return go_to;
}

}  // namespace

void begin_note(BookmarksPanel& panel, const NoteTarget& target) {
    panel.is_writing = true;
    panel.edited = NoteId::kNone;
    panel.target = target;
    panel.text.clear();
    panel.kind = NoteKind::kMark;
    panel.wants_text_focus = true;
}

std::optional<NoteTarget> draw_bookmarks_panel(const Session& session,
                                               const std::optional<NoteTarget>& selection,
                                               BookmarksPanel& panel,
                                               Intents& intents) {
    const NoteFact* const selected = session.notes().find(panel.selected);
    draw_heading(session, selection, selected, panel, intents);
    if (panel.is_writing) draw_writing(session, panel, intents);
    draw_undo(panel, intents);
    return draw_list(session, panel, intents);
}

Role role_of(NoteKind kind) {
    return kKinds[static_cast<std::size_t>(kind)].role;
}

void note_shape(ImDrawList& list, ImVec2 center, float radius, NoteKind kind) {
    const ImU32 tint = color_u32(role_of(kind));
    const float r = radius;
    switch (kind) {
        case NoteKind::kMark: list.AddCircleFilled(center, r * 0.8F, tint); break;
        case NoteKind::kQuestion:
            list.AddQuadFilled({center.x, center.y - r}, {center.x + r, center.y},
                               {center.x, center.y + r}, {center.x - r, center.y}, tint);
            break;
        case NoteKind::kProblem:
            list.AddTriangleFilled({center.x, center.y - r}, {center.x + r, center.y + r * 0.8F},
                                   {center.x - r, center.y + r * 0.8F}, tint);
            break;
        case NoteKind::kGood:
            list.AddRectFilled({center.x - r * 0.8F, center.y - r * 0.8F},
                               {center.x + r * 0.8F, center.y + r * 0.8F}, tint, px(1));
            break;
    }
}

}  // namespace app::ui
