#include "app/ui/send_target.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/address.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <utility>

namespace app::ui {

namespace {

using session::ConnectionId;
using session::EndpointId;
using session::Session;

constexpr const char* kNobody = "This capture is only shown here: there is nobody to send to.";
constexpr std::int64_t kLookAgainNs = 250'000'000;

bool is_a_server_listening(const Session& session) {
    const std::vector<EndpointId>& ids = session.endpoints();
    return std::any_of(ids.begin(), ids.end(), [&](EndpointId id) {
        const session::Endpoint* endpoint = session.endpoint(id);
        return endpoint != nullptr && endpoint->state == session::EndpointState::kListening;
    });
}

std::string endpoint_words(const session::Endpoint& endpoint) {
    const char* kind = endpoint.kind == session::EndpointKind::kServer ? "Server " : "Client ";
    return kind + endpoint.name + " (" + count_text(endpoint.open_connections) + " open)";
}

std::string selection_words(const OpenSelection& open_selection) {
    return "Selected connections (" + count_text(open_selection.sendable().size()) + " open)";
}

std::string everyone_words(const Session& session) {
    return "Every open connection (" + count_text(session.totals().open_connections) + ")";
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

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

void look_for_peer(const Session& session, SendTarget& target, std::int64_t monotonic_ns) {
    const bool is_other = target.found_peer != target.peer;
    const bool is_old = target.found_version != session.connections_version();
    target.is_behind = false;
    if (!is_other && !is_old) return;
    if (!is_other && monotonic_ns - target.found_ns < kLookAgainNs) {
        target.is_behind = true;
        return;
    }
    target.found_peer = target.peer;
    target.found_version = session.connections_version();
    target.found_ns = monotonic_ns;
    target.found.clear();
    const std::string wanted = trimmed(target.peer);
    if (wanted.empty()) return;
    for (const ConnectionId id : session.connections()) {
        const session::Connection* const connection = session.connection(id);
        if (takes_bytes(connection) && connection->peer_text == wanted) target.found.push_back(id);
    }
}

void fill_named(Recipients& to, const std::vector<ConnectionId>& connections) {
    to.targets.connections = connections;
    to.count = connections.size();
}

std::string why_none_selected(const Session& session, const Selection& selection) {
    if (session.totals().open_connections == 0)
        return is_a_server_listening(session)
                   ? "Nobody is connected yet. Wait for a client to connect to the server, or "
                     "connect a client on the left."
                   : "Nobody is connected. Start a server or connect a client on the left.";
    if (selection.is_empty())
        return "No connection is selected. Select one in the table above, or choose a server or "
               "client here.";
    return "The selected connections are closed. Select an open one, or choose a server or client "
           "here.";
}

Recipients to_endpoint(const session::Endpoint& endpoint) {
    Recipients to;
    to.targets.endpoint = endpoint.id;
    to.count = endpoint.open_connections;
    to.name = endpoint_words(endpoint);
    if (to.count == 0)
        to.why_none = endpoint.kind == session::EndpointKind::kServer
                          ? "Nobody is connected to this server. Wait for a client, or choose "
                            "another target."
                          : "This client is not connected. Connect it on the left, or choose "
                            "another target.";
    return to;
}

Recipients to_peer(const SendTarget& target) {
    Recipients to;
    fill_named(to, target.found);
    to.name = "One peer, by its address";
    if (to.count == 0)
        to.why_none =
            target.peer.empty()
                ? "Type the peer's address as the table shows it, such as 127.0.0.1:50001."
                : "No open connection has this peer. Its address stands in the table, "
                  "such as 127.0.0.1:50001.";
    return to;
}

void draw_choices(const Session& session,
                  SendTarget& target,
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
    const EndpointId endpoint = to.targets.endpoint;
    const bool is_selection = endpoint == EndpointId::kNone && !to.targets.is_everyone &&
                              target.kind != TargetKind::kPeer;
    if (choice(0, selection_words(open_selection), is_selection))
        target.kind = TargetKind::kSelected;
    for (const EndpointId id : session.endpoints()) {
        const session::Endpoint* one = session.endpoint(id);
        if (one == nullptr) continue;
        if (choice(net::channel::number(id), endpoint_words(*one), endpoint == id)) {
            target.kind = TargetKind::kEndpoint;
            target.endpoint = id;
        }
    }
    constexpr std::uint64_t kEveryoneId = ~std::uint64_t{0};
    if (choice(kEveryoneId, everyone_words(session), to.targets.is_everyone))
        target.kind = TargetKind::kEveryone;
    if (choice(kEveryoneId - 1, "One peer, by its address", target.kind == TargetKind::kPeer)) {
        target.kind = TargetKind::kPeer;
        target.wants_peer_focus = true;
    }
}

}  // namespace

Recipients find_recipients(const Session& session,
                           SendTarget& target,
                           const Selection& selection,
                           const OpenSelection& open_selection,
                           std::int64_t monotonic_ns) {
    if (target.endpoint != EndpointId::kNone) target.endpoint = latest(session, target.endpoint);
    TargetKind kind = target.kind;
    EndpointId endpoint = target.endpoint;
    if (kind == TargetKind::kAutomatic) {
        endpoint = open_selection.sendable().empty() && selection.is_empty()
                       ? only_endpoint(session)
                       : EndpointId::kNone;
        kind = endpoint == EndpointId::kNone ? TargetKind::kSelected : TargetKind::kEndpoint;
    }
    Recipients to;
    if (kind == TargetKind::kPeer) {
        look_for_peer(session, target, monotonic_ns);
        to = to_peer(target);
    } else if (kind == TargetKind::kEveryone) {
        to.targets.is_everyone = true;
        to.count = session.totals().open_connections;
        to.name = everyone_words(session);
        if (to.count == 0) to.why_none = why_none_selected(session, selection);
    } else if (const session::Endpoint* const one =
                   kind == TargetKind::kEndpoint ? session.endpoint(endpoint) : nullptr) {
        to = to_endpoint(*one);
    } else {
        fill_named(to, open_selection.sendable());
        to.name = selection_words(open_selection);
        if (to.count == 0) to.why_none = why_none_selected(session, selection);
    }
    if (!session.is_live()) {
        to.count = 0;
        to.why_none = kNobody;
    }
    return to;
}

void draw_target(const Session& session,
                 SendTarget& target,
                 const Recipients& to,
                 const OpenSelection& open_selection,
                 float width) {
    const bool has_field = target.kind == TargetKind::kPeer;
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float field = has_field ? std::min(px(180), (width - spacing) * 0.6F) : 0;
    const float list = has_field ? width - field - spacing : width;
    ImGui::SetNextItemWidth(list);
    if (ImGui::BeginCombo("##Target", "", ImGuiComboFlags_CustomPreview)) {
        draw_choices(session, target, to, open_selection);
        ImGui::EndCombo();
    }
    name_last_item("##Target");
    if (ImGui::BeginComboPreview()) {  // a name is text, never a label
        text_elided(to.name, Role::kText, list - ImGui::GetFrameHeight() - px(kSpace2));
        ImGui::EndComboPreview();
    }
    if (!has_field) return;
    ImGui::SameLine();
    ImGui::SetNextItemWidth(field);
    if (std::exchange(target.wants_peer_focus, false)) ImGui::SetKeyboardFocusHere();
    keep_typed_on_escape("##Peer address");
    ImGui::InputTextWithHint("##Peer address", "127.0.0.1:50001", &target.peer);
    hover_text("The peer's address and port, as the table shows them");
}

bool keep_who_takes_bytes(const Session& session, Recipients& to) {
    std::vector<ConnectionId>& named = to.targets.connections;
    if (named.empty()) return to.count != 0;
    std::erase_if(named, [&](ConnectionId id) { return !takes_bytes(session.connection(id)); });
    to.count = named.size();
    return to.count != 0;
}

void start_job(const Session& session,
               Recipients to,
               net::channel::SendJobWhat what,
               session::Intents& intents) {
    if (!keep_who_takes_bytes(session, to)) return;
    intents.emplace_back(
        session::StartSendJobIntent{.targets = std::move(to.targets), .what = std::move(what)});
}

}  // namespace app::ui
