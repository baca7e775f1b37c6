#include "app/ui/server_panel.h"

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

constexpr std::int64_t kMostBacklog = 1'000'000;
constexpr std::int64_t kMostClients = 1'000'000;

// What is in the fields: a config, or what is wrong with each.
struct Form {
    net::bytes::Parsed<std::uint16_t> port;
    net::bytes::Parsed<net::bytes::ListenAddress> address;
    NumberField backlog;
    NumberField most_clients;

    [[nodiscard]] bool is_right() const {
        return port && address && backlog.value && most_clients.value;
    }
};

Form read_form(const ServerCard& card) {
    Form form;
    form.port = net::bytes::parse_port(card.port);
    form.address =
        net::bytes::parse_listen_host(card.host, form.port ? *form.port : std::uint16_t{0});
    form.backlog = parse_number(card.backlog, 1, kMostBacklog, std::nullopt);
    form.most_clients = parse_number(card.most_clients, 0, kMostClients, 0);
    return form;
}

bool leaves_loopback(const Form& form) {
    return form.address &&
           (form.address->all_interfaces || !net::bytes::is_loopback(form.address->address));
}

// What was asked for elsewhere (the command line) and has no field here stays as it was.
void start(const ServerCard& card,
           const Form& form,
           const Endpoint* endpoint,
           session::Intents& intents) {
    net::channel::ServerConfig config;
    if (endpoint != nullptr && endpoint->server) config = *endpoint->server;
    config.address = *form.address;
    config.backlog = static_cast<int>(*form.backlog.value);
    config.most_clients = static_cast<std::uint32_t>(*form.most_clients.value);
    config.replies = card.replies;
    config.replies.echoes = config.echoes = card.echoes;
    intents.emplace_back(session::StartServerIntent{.name = endpoint_name(card.host, card.port),
                                                    .config = std::move(config),
                                                    .replaces = card.endpoint,
                                                    .card = card.number});
}

struct StateWords {
    Role role = Role::kMuted;
    bool is_filled = false;
    std::string words;
    std::string detail{};
};

StateWords state_words(const Endpoint* endpoint) {
    if (endpoint == nullptr) return {Role::kMuted, false, "Not started"};
    switch (endpoint->state) {
        case EndpointState::kListening: {
            std::string words = "Listening, " + counted(endpoint->open_connections, "client");
            std::string detail = "on ";
            for (std::size_t i = 0; i < endpoint->listening_on.size(); ++i) {
                if (i != 0) detail += " and ";
                detail += net::bytes::to_text(endpoint->listening_on[i]);
            }
            if (endpoint->refused != 0) detail += ", " + count_text(endpoint->refused) + " refused";
            return {Role::kGood, true, words, detail};
        }
        case EndpointState::kStopping: return {Role::kWarning, true, "Stopping"};
        case EndpointState::kStopped: return {Role::kMuted, false, "Stopped"};
        case EndpointState::kFailed: return {Role::kError, true, "Could not listen"};
        default: return {Role::kWarning, true, "Starting"};
    }
}

// Takes over what an endpoint that was started elsewhere (the command line) was started with.
void fill_from(ServerCard& card, const Endpoint& endpoint) {
    card.endpoint = endpoint.id;
    net::channel::ServerConfig config;
    if (endpoint.server) {
        config = *endpoint.server;
    } else if (const auto address = net::bytes::parse_listen_argument(endpoint.name)) {
        config.address = *address;  // nobody said more
    }
    card.host = config.address.all_interfaces ? "*" : net::bytes::host_text(config.address.address);
    card.port = std::to_string(config.address.address.port);
    card.backlog = std::to_string(config.backlog);
    card.most_clients = config.most_clients == 0 ? "" : std::to_string(config.most_clients);
    card.echoes = config.echoes || config.replies.echoes;
    card.replies = config.replies;
    card.replies.echoes = card.echoes;
}

std::string why_not_start(const Form& form) {
    if (!form.address) return "The address is not right yet: " + form.address.error.message;
    if (!form.port) return "The port is not right yet: " + form.port.error.message;
    if (!form.backlog.value) return "The backlog is not right yet: " + form.backlog.error;
    if (!form.most_clients.value)
        return "The number of clients is not right yet: " + form.most_clients.error;
    return {};
}

void press(const ServerCard& card,
           const Form& form,
           const Endpoint* endpoint,
           session::Intents& intents) {
    if (is_at_rest(endpoint)) {
        if (form.is_right()) start(card, form, endpoint, intents);
    } else if (endpoint->state != EndpointState::kStopping) {
        intents.emplace_back(session::StopEndpointIntent{.endpoint = endpoint->id});
    }
}

void draw_fields(ServerCard& card, const Form& form, bool is_at_rest_now) {
    CardFields fields{.is_at_rest = is_at_rest_now};
    fields.pair("Address", card.host, "127.0.0.1", wrong(form.address), card.port,
                wrong(form.port));
    const float room = ImGui::GetContentRegionAvail().x;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float half = (room - spacing) / 2;
    fields.field("Backlog", card.backlog, "128", form.backlog.error, half);
    ImGui::SameLine();
    fields.field("Most clients", card.most_clients, "no limit", form.most_clients.error,
                 room - half - spacing);
    fields.error(form.backlog.error);
    fields.error(form.most_clients.error);
    fields.checkbox("Echo back what arrives", card.echoes);
    card.is_touched = card.is_touched || fields.is_edited;
}

// False: the user wants it gone.
bool draw_card(const Session& session,
               ServerPanel& panel,
               ServerCard& card,
               session::Intents& intents) {
    const Endpoint* endpoint = endpoint_of(session, card);
    const bool is_still = is_at_rest(endpoint);
    const Form form = read_form(card);
    const StateWords state = state_words(endpoint);
    draw_state_line(state.role, state.is_filled, state.words, state.detail);
    // Stopped in order: what went wrong on the way is the log's.
    if (endpoint != nullptr && endpoint->state == EndpointState::kFailed &&
        !endpoint->last_failure.empty())
        notice(endpoint->last_failure, Role::kError);
    const bool is_open_to_others =
        is_still ? leaves_loopback(form) : endpoint->is_beyond_loopback || leaves_loopback(form);

    draw_fields(card, form, is_still);
    if (is_open_to_others) notice("Other machines can connect to this server.", Role::kWarning);

    card.replies.echoes = card.echoes;
    if (draw_replies_line(card.replies, is_still ? nullptr : session.replies(card.endpoint)))
        panel.replies_card = card.number;
    const bool is_stopping = endpoint != nullptr && endpoint->state == EndpointState::kStopping;
    const char* label = is_stopping ? "Stopping ..." : is_still ? "Start" : "Stop";
    std::string why_not = is_still ? why_not_start(form) : std::string{};
    if (is_stopping) why_not = "Its connections are being closed";
    const bool can_go = is_still && (panel.cards.size() > 1 || endpoint != nullptr);
    const CardPress pressed = draw_card_buttons(
        {.label = label,
         .is_primary = is_still,
         .why_not = why_not,
         .hint = "F5",
         .can_remove = can_go,
         .remove_hint = "Takes this server off the list; its bytes stay in the capture"});
    if (pressed.is_pressed) press(card, form, endpoint, intents);
    return !pressed.is_removed;
}

}  // namespace

void match_server_cards(const Session& session, ServerPanel& panel, std::uint64_t& next_card) {
    match_cards(session, session::EndpointKind::kServer, panel, next_card, fill_from);
}

bool press_server_button(const Session& session,
                         const ServerPanel& panel,
                         session::Intents& intents) {
    if (panel.cards.empty() || !session.is_live()) return false;
    // One that was used and has been removed stands for no other: F5 must not stop a server that nobody meant.
    const ServerCard* card = panel.focused_card == 0 ? &panel.cards.front() : focused_card(panel);
    if (card == nullptr) return false;
    const std::size_t before = intents.size();
    press(*card, read_form(*card), endpoint_of(session, *card), intents);
    return intents.size() != before;
}

void draw_server_panel(const Session& session,
                       ServerPanel& panel,
                       std::uint64_t& next_card,
                       const FrameInfo& /*frame*/,
                       session::Intents& intents) {
    panel.has_focus = false;
    ImGui::AlignTextToFramePadding();
    strong_text("Servers");
    if (!session.is_live()) {
        panel.wants_focus = false;  // there is nothing that could take it
        draw_saved_cards(session, session::EndpointKind::kServer);
        return;
    }
    if (draw_add_button("+ Add server")) {
        // One that could be started at once: the next port after the highest in use here.
        ServerCard card{.number = next_card++};
        std::uint32_t port = 9000;
        for (const ServerCard& other : panel.cards) {
            const auto theirs = net::bytes::parse_port(other.port);
            if (theirs && *theirs >= port && *theirs < 65535) port = *theirs + 1U;
        }
        card.port = std::to_string(port);
        add_card(panel, std::move(card));
    }
    draw_cards(panel, "##server", next_card, intents,
               [&](ServerCard& card) { return draw_card(session, panel, card, intents); });
}

}  // namespace app::ui
