#include "app/ui/send_panel.h"

#include "app/ui/fonts.h"
#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <string_view>

namespace app::ui {

namespace {

using session::EndpointId;
using session::Session;

constexpr const char* kNobody = "This capture is only shown here: there is nobody to send to.";
// Asking each of ten thousand connections how much it has queued, in every frame, is not worth a number in a corner.
constexpr std::size_t kMostAsked = 500;

bool is_a_server_listening(const Session& session) {
    const std::vector<EndpointId>& ids = session.endpoints();
    return std::any_of(ids.begin(), ids.end(), [&](EndpointId id) {
        const session::Endpoint* endpoint = session.endpoint(id);
        return endpoint != nullptr && endpoint->state == session::EndpointState::kListening;
    });
}

// To whom a press of Send would go, as of this frame.
struct Recipients {
    EndpointId endpoint{};  // kNone: `connections`
    std::vector<session::ConnectionId> connections;
    std::uint64_t count = 0;
    std::string name;      // for the list: "Selected connections (2 open)"
    std::string why_none;  // in words, with what to do, where count is 0
};

const char* kind_word(session::EndpointKind kind) {
    return kind == session::EndpointKind::kServer ? "Server " : "Client ";
}

std::string endpoint_name(const session::Endpoint& endpoint) {
    return kind_word(endpoint.kind) + endpoint.name + " (" + count_text(endpoint.open_connections) +
           " open)";
}

std::string selection_name(const OpenSelection& open_selection) {
    return "Selected connections (" + count_text(open_selection.sendable().size()) + " open)";
}

// The only endpoint with open connections; kNone when there are none or several.
EndpointId only_endpoint(const Session& session) {
    EndpointId found{};
    for (const EndpointId id : session.endpoints()) {
        const session::Endpoint* endpoint = session.endpoint(id);
        if (endpoint == nullptr || endpoint->open_connections == 0) continue;
        if (found != EndpointId::kNone) return EndpointId::kNone;
        found = id;
    }
    return found;
}

// A server that was stopped and started again is another endpoint to the session, but the same one to the user.
EndpointId latest(const Session& session, EndpointId id) {
    const session::Endpoint* endpoint = session.endpoint(id);
    while (endpoint != nullptr && endpoint->replaced_by != EndpointId::kNone) {
        id = endpoint->replaced_by;
        endpoint = session.endpoint(id);
    }
    return id;
}

Recipients find_recipients(const Session& session,
                           const SendPanel& panel,
                           const Selection& selection,
                           const OpenSelection& open_selection) {
    Recipients to;
    EndpointId target = panel.target;
    if (!panel.is_target_chosen)
        target = open_selection.sendable().empty() && selection.is_empty() ? only_endpoint(session)
                                                                           : EndpointId::kNone;
    const session::Endpoint* endpoint =
        target == EndpointId::kNone ? nullptr : session.endpoint(target);
    if (endpoint != nullptr) {
        to.endpoint = target;
        to.count = endpoint->open_connections;
        to.name = endpoint_name(*endpoint);
        if (to.count == 0) {
            to.why_none = endpoint->kind == session::EndpointKind::kServer
                              ? "Nobody is connected to this server. Wait for a client, or choose "
                                "another target."
                              : "This client is not connected. Connect it on the left, or choose "
                                "another target.";
        }
        return to;
    }
    to.connections = open_selection.sendable();
    to.count = to.connections.size();
    to.name = selection_name(open_selection);
    if (to.count != 0) return to;
    if (!session.is_live()) {
        to.why_none = kNobody;
    } else if (session.totals().open_connections == 0) {
        to.why_none = is_a_server_listening(session)
                          ? "Nobody is connected yet. Wait for a client to connect to the server, "
                            "or connect a client on the left."
                          : "Nobody is connected. Start a server or connect a client on the left.";
    } else if (selection.is_empty()) {
        to.why_none =
            "No connection is selected. Select one in the table above, or choose a server or "
            "client here.";
    } else {
        to.why_none =
            "The selected connections are closed. Select an open one, or choose a server or client "
            "here.";
    }
    return to;
}

void draw_choices(const Session& session,
                  SendPanel& panel,
                  const Recipients& to,
                  const OpenSelection& open_selection) {
    // Names go in as text, the choices are numbered.
    const auto choice = [&](std::uint64_t id, const std::string& name, bool is_chosen) {
        push_id(id);
        const ImVec2 at = ImGui::GetCursorPos();
        const bool is_picked = ImGui::Selectable("##choice", is_chosen);
        if (is_chosen) ImGui::SetItemDefaultFocus();
        ImGui::SetCursorPos(at);
        text(name);
        ImGui::PopID();
        return is_picked;
    };
    if (choice(0, selection_name(open_selection), to.endpoint == EndpointId::kNone)) {
        panel.is_target_chosen = true;
        panel.target = EndpointId::kNone;
    }
    for (const EndpointId id : session.endpoints()) {
        const session::Endpoint* endpoint = session.endpoint(id);
        if (endpoint == nullptr) continue;
        if (choice(net::channel::number(id), endpoint_name(*endpoint), to.endpoint == id)) {
            panel.is_target_chosen = true;
            panel.target = id;
        }
    }
}

void draw_target_choice(const Session& session,
                        SendPanel& panel,
                        const Recipients& to,
                        const OpenSelection& open_selection,
                        float width) {
    ImGui::SetNextItemWidth(width);
    if (ImGui::BeginCombo("##Target", "", ImGuiComboFlags_CustomPreview)) {
        draw_choices(session, panel, to, open_selection);
        ImGui::EndCombo();
    }
    name_last_item("##Target");
    if (ImGui::BeginComboPreview()) {  // a name is text, never a label
        text_elided(to.name, Role::kText, width - ImGui::GetFrameHeight() - px(kSpace2));
        ImGui::EndComboPreview();
    }
}

struct Place {
    std::size_t line = 0;  // from 0
    std::size_t line_begin = 0;
};

Place place_of(std::string_view text, std::size_t offset) {
    Place place;
    for (std::size_t i = 0; i < std::min(offset, text.size()); ++i) {
        if (text[i] != '\n') continue;
        ++place.line;
        place.line_begin = i + 1;
    }
    return place;
}

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    }));
}

// The text area of the input drawn last: a child window of its own, which scrolls.
ImGuiWindow* text_area() {
    ImGuiWindow* const panel = ImGui::GetCurrentWindow();
    return panel->DC.ChildWindows.empty() ? nullptr : panel->DC.ChildWindows.back();
}

// InputTextMultiline() has no hint of its own.
void draw_hint(std::string_view words) {
    ImGuiWindow* const area = text_area();
    if (area == nullptr) return;
    const ImVec2 padding = ImGui::GetStyle().FramePadding;
    area->DrawList->PushClipRect(area->InnerClipRect.Min, area->InnerClipRect.Max, true);
    draw_text(*area->DrawList,
              {area->InnerRect.Min.x + padding.x, area->InnerRect.Min.y + padding.y},
              color_u32(Role::kMuted), words);
    area->DrawList->PopClipRect();
}

// A mark under the wrong part, inside the input.
void mark_error(std::string_view text, const net::bytes::ParseError& error) {
    ImGuiWindow* const area = text_area();
    if (area == nullptr) return;
    const std::size_t offset = std::min(error.offset, text.size());
    const Place place = place_of(text, offset);
    const std::string_view before = text.substr(place.line_begin, offset - place.line_begin);
    std::string_view wrong = text.substr(offset, std::max<std::size_t>(error.length, 1));
    wrong = wrong.substr(0, wrong.find('\n'));
    const ImVec2 padding = ImGui::GetStyle().FramePadding;
    const float line = ImGui::GetFontSize();
    const float x = area->InnerRect.Min.x + padding.x - area->Scroll.x + text_width(before);
    const float y =
        area->InnerRect.Min.y + padding.y - area->Scroll.y + line * static_cast<float>(place.line);
    const float width = std::max(wrong.empty() ? 0.0F : text_width(wrong), px(6));
    area->DrawList->PushClipRect(area->InnerClipRect.Min, area->InnerClipRect.Max, true);
    area->DrawList->AddRectFilled({x, y}, {x + width, y + line}, tint_u32(Role::kError, 0.28F),
                                  px(2));
    area->DrawList->AddRectFilled({x, y + line - px(2)}, {x + width, y + line},
                                  color_u32(Role::kError));
    area->DrawList->PopClipRect();
}

std::string error_words(std::string_view text, const net::bytes::ParseError& error) {
    const std::size_t offset = std::min(error.offset, text.size());
    const Place place = place_of(text, offset);
    const std::size_t column =
        characters(text.substr(place.line_begin, offset - place.line_begin)) + 1;
    return "Line " + count_text(place.line + 1) + ", column " + count_text(column) + ": " +
           error.message;
}

std::uint64_t queued_bytes(const Session& session, const Recipients& to) {
    std::uint64_t queued = 0;
    const auto add = [&](session::ConnectionId id) {
        const session::Connection* connection = session.connection(id);
        if (connection != nullptr) queued += connection->queued_bytes;
    };
    if (to.endpoint == EndpointId::kNone) {
        if (to.connections.size() <= kMostAsked)
            std::for_each(to.connections.begin(), to.connections.end(), add);
        return queued;
    }
    if (session.connections().size() > kMostAsked) return 0;
    for (const session::ConnectionId id : session.connections()) {
        const session::Connection* connection = session.connection(id);
        if (connection != nullptr && connection->endpoint == to.endpoint) add(id);
    }
    return queued;
}

void send(const Session& session,
          SendPanel& panel,
          Recipients to,
          const FrameInfo& frame,
          session::Intents& intents) {
    if (to.endpoint == EndpointId::kNone) {
        // What was open a moment ago; and nobody named must never become everybody.
        std::erase_if(to.connections, [&](session::ConnectionId id) {
            return !takes_bytes(session.connection(id));
        });
        to.count = to.connections.size();
        if (to.count == 0) return;
    }
    panel.last_sent = "Queued " + counted(panel.parsed->size(), "byte") + " for " +
                      counted(to.count, "connection") + " at " + time_text(frame.now_ns, 0);
    intents.emplace_back(session::SendIntent{
        .targets = {.connections = std::move(to.connections), .endpoint = to.endpoint},
        .bytes = *panel.parsed});
}

void draw_outcome(const Session& session, const SendPanel& panel, const Recipients& to) {
    if (!panel.parsed) {
        small_wrapped_text(error_words(panel.text, panel.parsed.error), Role::kError);
        return;
    }
    if (!to.why_none.empty()) {
        small_wrapped_text(to.why_none, panel.text.empty() ? Role::kMuted : Role::kWarning);
        return;
    }
    std::string words = counted(panel.parsed->size(), "byte");
    const std::uint64_t queued = queued_bytes(session, to);
    if (queued != 0) words += "  -  " + size_text(queued) + " queued, not yet taken by the system";
    if (!panel.last_sent.empty()) words += "  -  " + panel.last_sent;
    ImGui::PushFont(nullptr, kSmallSize);
    text_elided(words, Role::kMuted);
    ImGui::PopFont();
}

std::string why_not_send(const Session& session, const SendPanel& panel, const Recipients& to) {
    if (!session.is_live()) return kNobody;
    if (!panel.parsed) return error_words(panel.text, panel.parsed.error);
    if (to.count == 0) return to.why_none;
    if (panel.parsed->empty()) return "Type something to send";
    return {};
}

}  // namespace

void draw_send_panel(const Session& session,
                     SendPanel& panel,
                     const Selection& selection,
                     const OpenSelection& open_selection,
                     const FrameInfo& frame,
                     session::Intents& intents) {
    if (!panel.is_parsed) {
        panel.parsed = panel.mode == SendPanel::Mode::kText ? net::bytes::parse_escaped(panel.text)
                                                            : net::bytes::parse_hex(panel.text);
        panel.is_parsed = true;
    }
    if (panel.target != EndpointId::kNone) panel.target = latest(session, panel.target);
    const Recipients to = find_recipients(session, panel, selection, open_selection);
    const std::string why_not = why_not_send(session, panel, to);

    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    ImGui::AlignTextToFramePadding();
    strong_text("Send");
    ImGui::SameLine(0, px(kSpace3));
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    using Mode = SendPanel::Mode;
    const auto mode = [&](const char* label, Mode value) {
        if (!segment(label, panel.mode == value) || panel.mode == value) return;
        panel.mode = value;
        panel.is_parsed = false;
    };
    mode("Text", Mode::kText);
    hover_text(
        "Text with the escapes \\r \\n \\t \\0 \\\\ \\xNN; line breaks are sent as they are (\\n)");
    ImGui::SameLine();
    mode("Hex", Mode::kHex);
    hover_text("Pairs of hex digits; spaces, commas and 0x are ignored");
    ImGui::PopStyleVar();
    ImGui::SameLine(0, px(kSpace3));
    text("to", Role::kMuted);
    ImGui::SameLine();
    const float send_width = std::max(px(88), button_width("Send"));
    ImGui::BeginDisabled(!session.is_live());
    draw_target_choice(session, panel, to, open_selection,
                       std::max(right - ImGui::GetCursorPosX() - send_width - px(kSpace2), px(80)));
    ImGui::EndDisabled();
    ImGui::SameLine();
    ImGui::SetCursorPosX(right - send_width);
    bool wants_send = button("Send", ButtonKind::kPrimary, why_not, {send_width, 0});
    if (why_not.empty()) hover_text("Ctrl+Enter");

    const float line = ImGui::GetTextLineHeight();
    ImGui::PushFont(nullptr, kSmallSize);
    const float outcome_height = ImGui::GetTextLineHeight();
    ImGui::PopFont();
    const std::string_view outcome_words =
        !panel.parsed ? std::string_view(why_not) : std::string_view(to.why_none);
    ImGui::PushFont(nullptr, kSmallSize);
    const float wrapped =
        ImGui::CalcTextSize(outcome_words.data(), outcome_words.data() + outcome_words.size(),
                            false, ImGui::GetContentRegionAvail().x)
            .y;
    ImGui::PopFont();
    const float below = std::max(outcome_height, wrapped) + ImGui::GetStyle().ItemSpacing.y;
    const float height = std::max(ImGui::GetContentRegionAvail().y - below, line + px(kSpace3));

    if (panel.wants_focus) {
        ImGui::SetKeyboardFocusHere();
        panel.wants_focus = false;
    }
    ImGui::PushFont(font(Face::kBytes), kBytesSize);
    if (!panel.parsed) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    const bool was_wrong = !panel.parsed;
    // Esc leaves the box as any other key that does; ImGui would throw away what was typed.
    if (ImGui::IsKeyPressed(ImGuiKey_Escape) && ImGui::GetActiveID() == ImGui::GetID("##Send text"))
        ImGui::ClearActiveID();
    if (ImGui::InputTextMultiline("##Send text", &panel.text, {-FLT_MIN, height}))
        panel.is_parsed = false;
    panel.has_focus = ImGui::IsItemFocused() || ImGui::IsItemActive();
    if (was_wrong) ImGui::PopStyleColor();
    if (panel.text.empty() && !ImGui::IsItemActive()) {
        draw_hint(panel.mode == Mode::kText
                      ? "Text to send; \\r \\n \\t \\0 \\\\ and \\xNN are escapes"
                      : "Pairs of hex digits to send, as in 48 65 6c 6c 6f");
    }
    if (was_wrong && panel.is_parsed) mark_error(panel.text, panel.parsed.error);
    ImGui::PopFont();
    draw_outcome(session, panel, to);

    // Ctrl+Enter sends from anywhere; in the box ImGui ends the editing with it, so the box is focused again: the text stays, the next one is typed over or into it.
    if (has_keyboard() && (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_Enter) ||
                           ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_KeypadEnter))) {
        if (panel.has_focus) panel.wants_focus = true;
        // An edit of this very frame is not parsed yet: it goes with the next one.
        wants_send = panel.is_parsed;
    }
    if (wants_send && why_not.empty()) send(session, panel, to, frame, intents);
}

}  // namespace app::ui
