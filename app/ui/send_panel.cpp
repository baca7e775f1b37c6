#include "app/ui/send_panel.h"

#include "app/ui/compose_options.h"
#include "app/ui/fonts.h"
#include "app/ui/numbers.h"
#include "app/ui/send_box.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <span>
#include <utility>

namespace app::ui {

namespace {

using session::EndpointId;
using session::Session;

// Asking each of ten thousand connections how much it has queued, in every frame, is not worth a number in a corner.
constexpr std::size_t kMostAsked = 500;
// Of the preview: what a wide window can show.
constexpr std::size_t kMostPreviewBytes = 256;
constexpr float kLeastPreview = 200;  // at scale 1: some eight bytes

std::uint64_t queued_bytes(const Session& session, const Recipients& to) {
    std::uint64_t queued = 0;
    const auto add = [&](session::ConnectionId id) {
        const session::Connection* connection = session.connection(id);
        if (connection != nullptr) queued += connection->queued_bytes;
    };
    const net::channel::Targets& targets = to.targets;
    if (!targets.connections.empty()) {
        if (targets.connections.size() <= kMostAsked)
            std::for_each(targets.connections.begin(), targets.connections.end(), add);
        return queued;
    }
    if (to.count == 0 || session.connections().size() > kMostAsked) return 0;
    for (const session::ConnectionId id : session.connections()) {
        const session::Connection* connection = session.connection(id);
        if (connection == nullptr) continue;
        if (targets.is_everyone || connection->endpoint == targets.endpoint) add(id);
    }
    return queued;
}

std::string why_not_send(const Session& session, const SendPanel& panel, const Recipients& to) {
    const Composer& composer = panel.composer;
    if (!session.is_live()) return to.why_none;
    if (!composer.parsed.composition) return error_words(composer);
    if (!composer.trouble.empty()) return "This can't be sent: " + composer.trouble;
    if (to.count == 0) return to.why_none;
    if (composer.preview.empty()) return "Type something to send";
    return {};
}

void send(const Session& session,
          SendPanel& panel,
          Composer& composer,
          Recipients to,
          const FrameInfo& frame,
          const SendSide& side,
          session::Intents& intents) {
    // What was open a moment ago; and nobody named must never become everybody.
    if (!keep_who_takes_bytes(session, to)) return;
    std::vector<std::uint8_t> bytes = make_bytes(composer, frame.now_ns, panel.refusal);
    if (bytes.empty()) return;
    panel.last_sent = "Queued " + counted(bytes.size(), "byte") + " for " +
                      counted(to.count, "connection") + " at " + time_text(frame.now_ns, 0);
    side.asked.sent.push_back(composer.typed);
    panel.walk.reset();
    intents.emplace_back(
        session::SendIntent{.targets = std::move(to.targets), .bytes = std::move(bytes)});
}

// ---- The line above ----

void choose_mode(SendPanel& panel, bool is_hex, bool edits_bytes) {
    write_as(panel.composer, is_hex);
    panel.edits_bytes = edits_bytes;
    if (edits_bytes) panel.editor.wants_focus = true;
}

void draw_modes(SendPanel& panel) {
    const bool is_hex = panel.composer.typed.is_hex;
    const bool edits = panel.edits_bytes;
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("Text###send text mode", !is_hex)) choose_mode(panel, false, false);
    hover_text(
        "Text with the escapes \\r \\n \\t \\0 \\\\ \\xNN; Shift+Enter is a line break, sent as "
        "\\n");
    ImGui::SameLine();
    if (segment("Hex###send hex mode", is_hex && !edits)) choose_mode(panel, true, false);
    hover_text("Pairs of hex digits; spaces, commas and 0x are ignored");
    ImGui::SameLine();
    if (segment("Bytes###send byte mode", is_hex && edits)) choose_mode(panel, true, true);
    hover_text("The bytes themselves: type over digits or letters, Insert switches to inserting");
    ImGui::PopStyleVar();
}

void draw_history_button(SendPanel& panel, const SendSide& side) {
    HistoryTurn turn = draw_history(side.history, panel.history);
    if (turn.forgets_all) side.asked.forgets_history = true;
    if (!turn.chosen) return;
    put_into_box(panel, std::move(*turn.chosen));
    panel.wants_focus = true;
}

bool draw_heading(const Session& session,
                  SendPanel& panel,
                  const Recipients& to,
                  const OpenSelection& open_selection,
                  const std::string& why_not,
                  const SendSide& side) {
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    ImGui::AlignTextToFramePadding();
    strong_text("Send");
    ImGui::SameLine(0, px(kSpace3));
    draw_modes(panel);
    ImGui::SameLine(0, px(kSpace2));
    if (segment("Options", panel.shows_options)) panel.shows_options = !panel.shows_options;
    const std::string options = options_words(panel.composer.typed);
    hover_text(options.empty() ? "Encoding, ending, length, checksum, placeholders" : options);
    ImGui::SameLine(0, px(2));
    draw_history_button(panel, side);
    ImGui::SameLine(0, px(kSpace2));
    text("to", Role::kMuted);
    ImGui::SameLine();
    const float send_width = std::max(px(88), button_width("Send"));
    ImGui::BeginDisabled(!session.is_live());
    draw_target(session, panel.target, to, open_selection,
                std::max(right - ImGui::GetCursorPosX() - send_width - px(kSpace2), px(80)));
    ImGui::EndDisabled();
    ImGui::SameLine();
    ImGui::SetCursorPosX(right - send_width);
    const bool is_pressed = button("Send", ButtonKind::kPrimary, why_not, {send_width, 0});
    if (why_not.empty()) hover_text("Enter in the box, Ctrl+Enter from anywhere");
    return is_pressed;
}

// ---- The line below ----

// More of them than the line has room for.
void hover_bytes(const std::vector<std::uint8_t>& bytes) {
    constexpr std::size_t kRow = 16;
    const auto shown = std::span(bytes).first(std::min(bytes.size(), kMostPreviewBytes));
    std::string rows;
    for (std::size_t at = 0; at < shown.size(); at += kRow)
        rows += (at == 0 ? "" : "\n") +
                net::bytes::to_hex(shown.subspan(at, std::min(kRow, shown.size() - at)));
    if (shown.size() < bytes.size())
        rows += "\nand " + counted(bytes.size() - shown.size(), "more byte");
    hover_text(rows);
}

// The exact bytes, in parts that are told apart; as many as there is room for.
void draw_preview(const Composer& composer, float room) {
    ImGui::PushFont(font(Face::kBytes), kSmallSize);
    const float character = ImGui::CalcTextSize("0").x;
    const auto fitting = static_cast<std::size_t>(std::max(room / (3 * character) - 1, 0.0F));
    const std::size_t size = composer.preview.size();
    const std::size_t shown = std::min({size, fitting, kMostPreviewBytes});
    const auto bytes = std::span(composer.preview).first(shown);
    const std::size_t length = std::min(composer.parts.length, shown);
    const std::size_t checksum = std::min(size - composer.parts.checksum, shown);
    const auto part = [&](std::size_t from, std::size_t to, Role role) {
        if (to <= from) return;
        ImGui::SameLine(0, from == 0 ? px(kSpace3) : character);
        text(net::bytes::to_hex(bytes.subspan(from, to - from)), role);
    };
    part(0, length, Role::kAccentText);
    if (length > 0) hover_text("The length");
    part(length, std::max(checksum, length), Role::kMuted);
    part(std::max(checksum, length), shown, Role::kSent);
    if (checksum < shown) hover_text("The checksum");
    if (shown < size) {
        ImGui::SameLine(0, character);
        text("...", Role::kMuted);
        if (ImGui::IsItemHovered(ImGuiHoveredFlags_ForTooltip)) hover_bytes(composer.preview);
    }
    ImGui::PopFont();
}

std::string count_words(const Composer& composer) {
    std::string words = counted(composer.preview.size(), "byte");
    const std::string options = options_words(composer.typed);
    if (!options.empty()) words += " (" + options + ")";
    return words;
}

void draw_outcome(const Session& session,
                  const SendPanel& panel,
                  const Recipients& to,
                  const std::string& why_not) {
    const Composer& composer = panel.composer;
    const bool is_wrong = !composer.parsed.composition || !composer.trouble.empty();
    if (is_wrong) {
        small_wrapped_text(why_not, Role::kError);
        return;
    }
    if (!to.why_none.empty()) {
        const Role role = composer.typed.text.empty() ? Role::kMuted : Role::kWarning;
        if (composer.preview.empty()) return small_wrapped_text(to.why_none, role);
        // What would be sent is worth seeing before somebody is there to get it.
        small_text(count_words(composer));
        ImGui::SameLine(0, px(kSpace2));
        ImGui::PushFont(nullptr, kSmallSize);
        text_elided(to.why_none, role);
        ImGui::PopFont();
        return;
    }
    ImGui::PushFont(nullptr, kSmallSize);
    std::string after = panel.refusal.empty() ? panel.last_sent : panel.refusal;
    const std::uint64_t queued = queued_bytes(session, to);
    if (queued != 0)
        after = size_text(queued) + " queued, not yet taken by the system" +
                (after.empty() ? "" : "  -  " + after);
    const float all = ImGui::GetContentRegionAvail().x;
    const float right = ImGui::GetCursorPosX() + all;
    const float after_width = text_width(after);
    std::string count = count_words(composer);
    // The bytes come before the words about them.
    if (text_width(count) + after_width + px(kLeastPreview) > all)
        count = counted(composer.preview.size(), "byte");
    text(count, Role::kText);
    const float used = ImGui::GetItemRectSize().x;
    const float words = std::min(after_width, std::max(all - used - px(kLeastPreview), px(60)));
    if (!composer.preview.empty()) draw_preview(composer, all - used - words - 2 * px(kSpace3));
    if (!after.empty()) {
        ImGui::SameLine();
        ImGui::SetCursorPosX(std::max(right - words, ImGui::GetCursorPosX()));
        text_elided(after, panel.refusal.empty() ? Role::kMuted : Role::kError);
    }
    ImGui::PopFont();
}

// Of the lines under the box, in pixels.
float outcome_height(const SendPanel& panel, const Recipients& to, const std::string& why_not) {
    const Composer& composer = panel.composer;
    const bool is_wrong = !composer.parsed.composition || !composer.trouble.empty();
    std::string_view wrapped;
    if (is_wrong) wrapped = why_not;
    if (!is_wrong && composer.preview.empty()) wrapped = to.why_none;
    ImGui::PushFont(nullptr, kSmallSize);
    const float height =
        std::max(ImGui::GetTextLineHeight(),
                 ImGui::CalcTextSize(wrapped.data(), wrapped.data() + wrapped.size(), false,
                                     ImGui::GetContentRegionAvail().x)
                     .y);
    ImGui::PopFont();
    return height + ImGui::GetStyle().ItemSpacing.y;
}

// ---- The middle ----

void walk_history(SendPanel& panel, const BoxTurn& box, const SendSide& side) {
    std::optional<net::bytes::ComposeText> other;
    if (box.wants_older) other = panel.walk.older(side.history, panel.composer.typed);
    if (box.wants_newer) other = panel.walk.newer(side.history);
    if (!other) return;
    put_into_box(panel, std::move(*other));
    reload_box();
}

// Placeholders have no bytes yet, and half a pair of digits is none.
void draw_editor(SendPanel& panel, float height) {
    Composer& composer = panel.composer;
    const auto bytes = net::bytes::parse_hex(composer.typed.text);
    if (!bytes) {
        begin_region("##no bytes", {0, height}, Role::kField);
        wrapped_text(composer.parsed.composition
                         ? "Placeholders stand for bytes that are made when it is sent: they are "
                           "edited as text or as hex."
                         : "This is not right yet: mend it as text or as hex.",
                     Role::kMuted);
        end_region();
        panel.has_focus = false;
        return;
    }
    set_bytes(panel.editor, *bytes);
    if (std::exchange(panel.wants_focus, false)) panel.editor.wants_focus = true;
    if (draw_hex_editor(panel.editor, {ImGui::GetContentRegionAvail().x, height})) {
        composer.typed.text = net::bytes::to_hex(panel.editor.bytes);
        composer.is_read = false;
    }
    panel.has_focus = panel.editor.has_focus;
}

}  // namespace

void put_into_box(SendPanel& panel, net::bytes::ComposeText typed) {
    take_typed(panel.composer, std::move(typed));
    if (!panel.composer.typed.is_hex) panel.edits_bytes = false;
    panel.refusal.clear();
}

void send_saved(const Session& session,
                SendPanel& panel,
                const session::SavedSend& saved,
                const Selection& selection,
                const OpenSelection& open_selection,
                const FrameInfo& frame,
                const SendSide& side,
                session::Intents& intents) {
    Recipients to =
        find_recipients(session, panel.target, selection, open_selection, frame.monotonic_ns);
    Composer composer;
    take_typed(composer, saved.what);
    composer.next_count = panel.composer.next_count;
    read_composer(composer, frame.now_ns);
    const std::string name = net::bytes::printable(saved.name, 40);
    panel.refusal = to.why_none;
    if (!composer.parsed.composition)
        panel.refusal = name + " is not right: " + composer.parsed.composition.error.message;
    if (!composer.trouble.empty()) panel.refusal = name + " can't be sent: " + composer.trouble;
    if (!panel.refusal.empty()) return;
    if (saved.repeat_ns != 0) {
        start_job(session, std::move(to),
                  net::channel::Repeat{.what = std::move(*composer.parsed.composition.value),
                                       .interval_ns = saved.repeat_ns,
                                       .count = saved.repeat_count},
                  intents);
        return;
    }
    send(session, panel, composer, std::move(to), frame, side, intents);
    panel.composer.next_count = composer.next_count;
    if (panel.composer.parsed.composition && !panel.composer.parsed.composition->is_constant())
        panel.composer.is_read = false;
}

void draw_send_panel(const Session& session,
                     SendPanel& panel,
                     const Selection& selection,
                     const OpenSelection& open_selection,
                     const FrameInfo& frame,
                     const SendSide& side,
                     session::Intents& intents) {
    Composer& composer = panel.composer;
    read_composer(composer, frame.now_ns);
    const Recipients to =
        find_recipients(session, panel.target, selection, open_selection, frame.monotonic_ns);
    std::string why_not = why_not_send(session, panel, to);
    bool wants_send = draw_heading(session, panel, to, open_selection, why_not, side);
    if (panel.shows_options) {
        const std::string_view inserted = draw_compose_options(composer);
        if (!inserted.empty()) {
            panel.edits_bytes = false;
            insert_into_box(composer, inserted);
            panel.wants_focus = true;
        }
    }
    const float height =
        std::max(ImGui::GetContentRegionAvail().y - outcome_height(panel, to, why_not),
                 ImGui::GetTextLineHeight() + px(kSpace3));
    if (panel.edits_bytes) {
        draw_editor(panel, height);
        wants_send |= panel.has_focus && ImGui::IsKeyChordPressed(ImGuiKey_Enter);
    } else {
        const BoxTurn box =
            draw_send_box(composer, height, std::exchange(panel.wants_focus, false));
        panel.has_focus = box.has_focus;
        wants_send |= box.is_entered;
        if (box.is_entered) panel.wants_focus = true;
        if (box.is_edited) panel.walk.reset();
        walk_history(panel, box, side);
    }
    if (!composer.is_read) {
        read_composer(composer, frame.now_ns);
        why_not = why_not_send(session, panel, to);
        panel.refusal.clear();
    }
    draw_outcome(session, panel, to, why_not);

    // Ctrl+Enter sends from anywhere; in the box ImGui ends the editing with it, so the box is focused again: the text stays, the next one is typed over or into it.
    if (has_keyboard() && (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_Enter) ||
                           ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_KeypadEnter))) {
        if (panel.has_focus) panel.wants_focus = true;
        wants_send = true;
    }
    if (wants_send && why_not.empty()) send(session, panel, composer, to, frame, side, intents);
}

}  // namespace app::ui
