#include "app/ui/endpoint_form.h"

#include "app/ui/numbers.h"
#include "app/ui/widgets.h"

#include <imgui.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

namespace app::ui {

namespace {

void draw_saved_card(const session::Endpoint& endpoint) {
    push_id(net::channel::number(endpoint.id));
    begin_card("##saved");
    std::string detail = counted(endpoint.connections, "connection");
    if (endpoint.refused != 0) detail += ", " + count_text(endpoint.refused) + " refused";
    draw_state_line(Role::kMuted, false, endpoint.name, detail);
    if (!endpoint.last_failure.empty())
        notice(endpoint.last_failure, endpoint.has_failed ? Role::kError : Role::kWarning);
    end_card();
    ImGui::PopID();
}

}  // namespace

std::string endpoint_name(std::string_view host, std::string_view port) {
    const bool wants_brackets = host.find(':') != std::string_view::npos && !host.starts_with('[');
    std::string name;
    if (wants_brackets) name += '[';
    name += host;
    if (wants_brackets) name += ']';
    name += ':';
    name += port;
    return name;
}

NumberField parse_number(std::string_view text,
                         std::int64_t least,
                         std::int64_t most,
                         std::optional<std::int64_t> when_empty) {
    NumberField field;
    const bool has_most = most != std::numeric_limits<std::int64_t>::max();
    const std::string accepted =
        count_text(static_cast<std::uint64_t>(least)) +
        (has_most ? " to " + count_text(static_cast<std::uint64_t>(most)) : " or more") +
        " is accepted, in digits only";
    if (text.empty()) {
        field.value = when_empty;
        if (!when_empty) field.error = "a number is missing; " + accepted;
        return field;
    }
    const bool is_digits =
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    std::int64_t value = 0;
    bool is_in_range = is_digits;
    if (is_digits) {
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        is_in_range = error == std::errc{} && value >= least && value <= most;
    }
    if (!is_in_range) {
        field.error = "this is not a number that works here; " + accepted;
        return field;
    }
    field.value = value;
    return field;
}

void CardFields::field(
    const char* label, std::string& value, const char* hint, std::string_view error, float width) {
    const FieldLook look{.hint = hint,
                         .error = is_at_rest ? error : std::string_view{},
                         .is_read_only = !is_at_rest,
                         .width = width};
    is_edited = text_field(label, value, look) || is_edited;
}

void CardFields::pair(const char* label,
                      std::string& value,
                      const char* hint,
                      std::string_view error_words,
                      std::string& port,
                      std::string_view port_error) {
    const float room = ImGui::GetContentRegionAvail().x;
    field(label, value, hint, error_words, room - narrow_field() - ImGui::GetStyle().ItemSpacing.x);
    ImGui::SameLine();
    field("Port", port, "9000", port_error, narrow_field());
    error(error_words);
    error(port_error);
}

void CardFields::error(std::string_view words) const {
    if (is_at_rest) field_error(words);
}

void CardFields::checkbox(const char* label, bool& value) {
    ImGui::BeginDisabled(!is_at_rest);
    is_edited = ImGui::Checkbox(label, &value) || is_edited;
    ImGui::EndDisabled();
}

float narrow_field() {
    return px(84);
}

bool is_at_rest(const session::Endpoint* endpoint) {
    return endpoint == nullptr || endpoint->state == session::EndpointState::kStopped ||
           endpoint->state == session::EndpointState::kFailed;
}

void draw_state_line(Role role, bool is_filled, std::string_view words, std::string_view detail) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float radius = px(4);
    const ImVec2 center{at.x + radius, at.y + ImGui::GetTextLineHeight() / 2};
    if (is_filled) {
        list.AddCircleFilled(center, radius, color_u32(role));
    } else {
        list.AddCircle(center, radius - px(1) * 0.5F, color_u32(role), 0, px(1));
    }
    const float indent = radius * 2 + px(kSpace2);
    ImGui::PushStyleVarY(ImGuiStyleVar_ItemSpacing, px(2));
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + indent);
    wrapped_text(words);
    if (!detail.empty()) {
        ImGui::SetCursorPosX(ImGui::GetCursorPosX() + indent);
        small_wrapped_text(detail);
    }
    ImGui::Dummy({0, px(kSpace1)});
    ImGui::PopStyleVar();
}

void draw_saved_cards(const session::Session& session, session::EndpointKind kind) {
    bool is_any = false;
    for (const session::EndpointId id : session.endpoints()) {
        const session::Endpoint* endpoint = session.endpoint(id);
        if (endpoint == nullptr || endpoint->kind != kind) continue;
        draw_saved_card(*endpoint);
        is_any = true;
    }
    if (!is_any) small_text("There are none in this capture.");
}

bool draw_add_button(const char* label) {
    ImGui::SameLine();
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x -
                         button_width(label));
    return button(label, ButtonKind::kQuiet);
}

CardPress draw_card_buttons(const CardButtons& buttons) {
    CardPress press;
    const float remove_width =
        buttons.can_remove ? button_width("Remove") + ImGui::GetStyle().ItemSpacing.x : 0;
    const ImVec2 size{ImGui::GetContentRegionAvail().x - remove_width, 0};
    press.is_pressed =
        button(buttons.label, buttons.is_primary ? ButtonKind::kPrimary : ButtonKind::kPlain,
               buttons.why_not, size);
    if (buttons.why_not.empty() && buttons.hint[0] != '\0') hover_text(buttons.hint);
    if (buttons.can_remove) {
        ImGui::SameLine();
        press.is_removed = button("Remove", ButtonKind::kQuiet);
        hover_text(buttons.remove_hint);
    }
    return press;
}

}  // namespace app::ui
