#include "app/ui/client_panel.h"

#include "app/ui/endpoint_form.h"
#include "app/ui/numbers.h"
#include "app/ui/replies_panel.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/address.h"

#include <imgui.h>

#include <algorithm>
#include <string_view>

namespace app::ui {

namespace {

using session::Endpoint;
using session::EndpointId;
using session::EndpointState;
using session::Session;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMostTimeoutSeconds = 3600;

struct Form {
    net::bytes::Parsed<std::uint16_t> port;
    net::bytes::Parsed<net::bytes::PeerName> peer;
    NumberField timeout;

    [[nodiscard]] bool is_right() const { return port && peer && timeout.value; }
};

Form read_form(const ClientCard& card) {
    Form form;
    form.port = net::bytes::parse_port(card.port);
    if (form.port && *form.port == 0)
        form.port = net::bytes::Parsed<std::uint16_t>::fail(
            {0, 1, "nobody listens on port 0; 1 to 65535 is accepted"});
    form.peer = net::bytes::parse_peer_host(card.host, form.port ? *form.port : std::uint16_t{1});
    form.timeout = parse_number(card.timeout, 1, kMostTimeoutSeconds, std::nullopt);
    return form;
}

std::int64_t rounded_seconds(std::int64_t ns) {
    return std::max<std::int64_t>((ns + kSecondNs / 2) / kSecondNs, 1);
}

// What was asked for elsewhere (the command line) and has no field here stays as it was.
void start(const ClientCard& card,
           const Form& form,
           const Endpoint* endpoint,
           session::Intents& intents) {
    net::channel::ClientConfig config;
    if (endpoint != nullptr && endpoint->client) config = *endpoint->client;
    config.peer = *form.peer;
    // A timeout that the field shows rounded stays exact while the field says the same.
    if (*form.timeout.value != rounded_seconds(config.connect_timeout_ns))
        config.connect_timeout_ns = *form.timeout.value * kSecondNs;
    config.reconnect.is_on = card.reconnects;
    config.replies = card.replies;
    intents.emplace_back(session::StartClientIntent{.name = endpoint_name(card.host, card.port),
                                                    .config = std::move(config),
                                                    .replaces = card.endpoint,
                                                    .card = card.number});
}

struct StateWords {
    Role role = Role::kMuted;
    bool is_filled = false;
    std::string words;
};

std::string attempt_words(const Endpoint& endpoint) {
    return endpoint.attempt > 1 ? ", attempt " + count_text(endpoint.attempt) : std::string{};
}

StateWords state_words(const Endpoint* endpoint, const ClientCard& card) {
    if (endpoint == nullptr) return {Role::kMuted, false, "Not connected"};
    switch (endpoint->state) {
        case EndpointState::kResolving:
            return {Role::kWarning, true, "Looking up the name" + attempt_words(*endpoint)};
        case EndpointState::kConnecting: {
            std::string words = "Connecting";
            if (endpoint->trying) words += " to " + net::bytes::to_text(*endpoint->trying);
            return {Role::kWarning, true, words + attempt_words(*endpoint)};
        }
        case EndpointState::kConnected:
            return {Role::kGood, true, "Connected to " + endpoint->name};
        case EndpointState::kWaiting:
            return {Role::kWarning, true,
                    "Waiting " + seconds_text(card.wait_ns) + " before attempt " +
                        count_text(endpoint->attempt)};
        case EndpointState::kStopping: return {Role::kWarning, true, "Disconnecting"};
        case EndpointState::kStopped:
            return {Role::kMuted, false,
                    endpoint->connections == 0 ? "Not connected" : "Disconnected"};
        case EndpointState::kFailed: return {Role::kError, true, "Could not connect"};
        default: return {Role::kWarning, true, "Starting"};
    }
}

// The wait in words that need no ticking: how long it was when it began.
void note_wait(ClientCard& card, const Endpoint* endpoint, std::int64_t now_ns) {
    if (endpoint == nullptr || endpoint->state != EndpointState::kWaiting) return;
    if (card.wait_attempt == endpoint->attempt && card.wait_until_ns == endpoint->next_attempt_ns)
        return;
    card.wait_attempt = endpoint->attempt;
    card.wait_until_ns = endpoint->next_attempt_ns;
    card.wait_ns = std::max<std::int64_t>(endpoint->next_attempt_ns - now_ns, 0);
}

void fill_from(ClientCard& card, const Endpoint& endpoint) {
    card.endpoint = endpoint.id;
    net::channel::ClientConfig config;
    if (endpoint.client) {
        config = *endpoint.client;
    } else if (const auto peer = net::bytes::parse_peer_argument(endpoint.name)) {
        config.peer = *peer;  // nobody said more
    }
    card.host = config.peer.host;
    card.port = std::to_string(config.peer.port);
    card.timeout = std::to_string(rounded_seconds(config.connect_timeout_ns));
    card.reconnects = config.reconnect.is_on;
    card.replies = config.replies;
}

std::string why_not_connect(const Form& form) {
    if (!form.peer) return "The host is not right yet: " + form.peer.error.message;
    if (!form.port) return "The port is not right yet: " + form.port.error.message;
    if (!form.timeout.value) return "The timeout is not right yet: " + form.timeout.error;
    return {};
}

void press(const ClientCard& card,
           const Form& form,
           const Endpoint* endpoint,
           session::Intents& intents) {
    if (is_at_rest(endpoint)) {
        if (form.is_right()) start(card, form, endpoint, intents);
    } else if (endpoint->state != EndpointState::kStopping) {
        intents.emplace_back(session::StopEndpointIntent{.endpoint = endpoint->id});
    }
}

const char* button_label(const Endpoint* endpoint) {
    if (is_at_rest(endpoint)) return "Connect";
    if (endpoint->state == EndpointState::kStopping) return "Disconnecting ...";
    return endpoint->state == EndpointState::kConnected ? "Disconnect" : "Cancel";
}

void draw_fields(ClientCard& card, const Form& form, bool is_still) {
    CardFields fields{.is_at_rest = is_still};
    fields.pair("Host", card.host, "name or address", wrong(form.peer), card.port,
                wrong(form.port));
    fields.field("Timeout (s)", card.timeout, "10", form.timeout.error, narrow_field());
    ImGui::SameLine();
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + ImGui::GetItemRectSize().y -
                         ImGui::GetFrameHeight());
    fields.checkbox("Reconnect", card.reconnects);
    hover_text(
        "Connects again by itself when the connection is lost or refused, after 0.5 s, 1 s, 2 s "
        "... up to 30 s");
    fields.error(form.timeout.error);
    card.is_touched = card.is_touched || fields.is_edited;
}

bool draw_card(const Session& session,
               ClientPanel& panel,
               ClientCard& card,
               const FrameInfo& frame,
               session::Intents& intents) {
    const Endpoint* endpoint = endpoint_of(session, card);
    const bool is_still = is_at_rest(endpoint);
    note_wait(card, endpoint, frame.now_ns);
    const Form form = read_form(card);
    const StateWords state = state_words(endpoint, card);
    draw_state_line(state.role, state.is_filled, state.words, {});
    const bool is_failure_news = endpoint != nullptr && !endpoint->last_failure.empty() &&
                                 endpoint->state != EndpointState::kConnected &&
                                 endpoint->state != EndpointState::kStopped;
    if (is_failure_news) notice(endpoint->last_failure, is_still ? Role::kError : Role::kWarning);

    draw_fields(card, form, is_still);

    if (draw_replies_line(card.replies, is_still ? nullptr : session.replies(card.endpoint)))
        panel.replies_card = card.number;
    const bool is_stopping = endpoint != nullptr && endpoint->state == EndpointState::kStopping;
    std::string why_not = is_still ? why_not_connect(form) : std::string{};
    if (is_stopping) why_not = "The connection is being closed";
    const bool can_go = is_still && (panel.cards.size() > 1 || endpoint != nullptr);
    const CardPress pressed = draw_card_buttons(
        {.label = button_label(endpoint),
         .is_primary = is_still,
         .why_not = why_not,
         .can_remove = can_go,
         .remove_hint = "Takes this client off the list; its bytes stay in the capture"});
    if (pressed.is_pressed) press(card, form, endpoint, intents);
    return !pressed.is_removed;
}

}  // namespace

void match_client_cards(const Session& session, ClientPanel& panel, std::uint64_t& next_card) {
    match_cards(session, session::EndpointKind::kClient, panel, next_card, fill_from);
}

bool press_client_button(const Session& session,
                         const ClientPanel& panel,
                         session::Intents& intents) {
    if (panel.cards.empty() || !session.is_live()) return false;
    const ClientCard* focused = focused_card(panel);
    if (focused == nullptr) return false;
    const std::size_t before = intents.size();
    press(*focused, read_form(*focused), endpoint_of(session, *focused), intents);
    return intents.size() != before;
}

void draw_client_panel(const Session& session,
                       ClientPanel& panel,
                       std::uint64_t& next_card,
                       const FrameInfo& frame,
                       session::Intents& intents) {
    panel.has_focus = false;
    ImGui::AlignTextToFramePadding();
    strong_text("Clients");
    if (!session.is_live()) {
        panel.wants_focus = false;  // there is nothing that could take it
        draw_saved_cards(session, session::EndpointKind::kClient);
        return;
    }
    if (draw_add_button("+ Add client")) add_card(panel, ClientCard{.number = next_card++});
    draw_cards(panel, "##client", next_card, intents,
               [&](ClientCard& card) { return draw_card(session, panel, card, frame, intents); });
}

}  // namespace app::ui
