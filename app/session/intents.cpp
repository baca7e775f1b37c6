// What the user asked for, carried out: facts that are ours to set, and commands into the outbox.
#include "app/session/log_text.h"
#include "app/session/session.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace app::session {
namespace {

namespace channel = net::channel;

bool is_over(const Endpoint& endpoint) {
    return endpoint.state == EndpointState::kStopped || endpoint.state == EndpointState::kFailed;
}

bool takes_bytes(const Connection& connection) {
    return connection.state == ConnectionState::kOpen ||
           connection.state == ConnectionState::kPeerEnded;
}

}  // namespace

void Session::apply(Intents&& intents, std::int64_t now_ns) {
    for (Intent& intent : intents) {
        std::visit([&](auto& what) { carry_out(std::move(what), now_ns); }, intent);
    }
    intents.clear();
}

bool Session::can_start(const std::string& name, std::int64_t now_ns) {
    if (is_live_ && !is_stopped_ && !was_stop_asked_) return true;
    add_line(Severity::kWarning,
             "cannot start " + net::bytes::printable(name) +
                 (is_live_ ? ": the network has been stopped" : ": a saved capture is shown"),
             now_ns);
    return false;
}

Endpoint& Session::start_endpoint(EndpointKind kind,
                                  const std::string& name,
                                  EndpointId replaces,
                                  std::uint64_t card) {
    const auto replaced = endpoints_.find(channel::number(replaces));
    const EndpointId id{next_endpoint_++};
    // One that still runs must not vanish from the list while it holds a port.
    if (replaced != endpoints_.end() && is_over(replaced->second)) {
        replaced->second.is_replaced = true;
        replaced->second.replaced_by = id;
        std::erase(endpoint_order_, replaces);
    }
    Endpoint& endpoint = endpoints_[channel::number(id)];
    endpoint.id = id;
    endpoint.kind = kind;
    endpoint.name = net::bytes::printable(name);
    endpoint_order_.push_back(id);
    // Whoever holds the old one's card (the demo) goes on with the new one.
    for (auto& [holder, of_card] : cards_) {
        if (replaces != EndpointId::kNone && of_card == replaces) of_card = id;
    }
    if (card != 0) cards_[card] = id;
    changed();
    return endpoint;
}

void Session::carry_out(StartServerIntent&& intent, std::int64_t now_ns) {
    if (!can_start(intent.name, now_ns)) return;
    Endpoint& endpoint =
        start_endpoint(EndpointKind::kServer, intent.name, intent.replaces, intent.card);
    endpoint.server = intent.config;
    begin_replies(endpoint.id, intent.config.replies, intent.config.echoes);
    outbox_.emplace_back(channel::StartServer{.endpoint = endpoint.id,
                                              .name = std::move(intent.name),
                                              .config = std::move(intent.config)});
}

void Session::carry_out(StartClientIntent&& intent, std::int64_t now_ns) {
    if (!can_start(intent.name, now_ns)) return;
    Endpoint& endpoint =
        start_endpoint(EndpointKind::kClient, intent.name, intent.replaces, intent.card);
    endpoint.client = intent.config;
    begin_replies(endpoint.id, intent.config.replies, false);
    outbox_.emplace_back(channel::StartClient{.endpoint = endpoint.id,
                                              .name = std::move(intent.name),
                                              .config = std::move(intent.config)});
}

void Session::carry_out(StopEndpointIntent&& intent, std::int64_t now_ns) {
    const auto it = endpoints_.find(channel::number(intent.endpoint));
    if (it == endpoints_.end()) return;
    Endpoint& endpoint = it->second;
    if (is_over(endpoint) || endpoint.state == EndpointState::kStopping) return;
    endpoint.state = EndpointState::kStopping;
    outbox_.emplace_back(channel::StopEndpoint{.endpoint = endpoint.id});
    add_line(Severity::kInfo, endpoint.name + " stopping", now_ns, endpoint.id);
}

void Session::carry_out(RemoveEndpointIntent&& intent, std::int64_t /*now_ns*/) {
    const auto it = endpoints_.find(channel::number(intent.endpoint));
    if (it == endpoints_.end() || !is_over(it->second)) return;
    if (std::erase(endpoint_order_, intent.endpoint) == 0) return;
    std::erase_if(cards_, [&](const auto& card) { return card.second == intent.endpoint; });
    changed();
}

void Session::carry_out(SendIntent&& intent, std::int64_t /*now_ns*/) {
    if (intent.bytes.empty()) return;
    if (!keep_reachable(intent.targets)) return;
    outbox_.emplace_back(
        channel::Send{.targets = std::move(intent.targets), .bytes = std::move(intent.bytes)});
}

bool Session::keep_reachable(channel::Targets& targets) const {
    if (targets.connections.empty()) {
        if (targets.endpoint == EndpointId::kNone)
            return targets.is_everyone && totals_.open_connections != 0;
        const Endpoint* const to = endpoint(targets.endpoint);
        return to != nullptr && to->open_connections != 0;
    }
    std::erase_if(targets.connections, [&](ConnectionId id) {
        const Connection* const to = connection(id);
        return to == nullptr || !takes_bytes(*to);
    });
    // An empty list means "all of the endpoint" to the service: those who were named and have gone must not become everybody.
    return !targets.connections.empty();
}

void Session::carry_out(CloseIntent&& intent, std::int64_t /*now_ns*/) {
    std::erase_if(intent.connections, [&](ConnectionId id) {
        const Connection* const to = connection(id);
        if (to == nullptr || !to->is_open()) return true;
        // A closing may be cut short by an abort, not asked for twice.
        return intent.how == channel::CloseHow::kInOrder && to->state == ConnectionState::kClosing;
    });
    if (intent.connections.empty()) return;
    for (const ConnectionId id : intent.connections) {
        change_state(*find_connection(id), ConnectionState::kClosing);
    }
    outbox_.emplace_back(
        channel::CloseConnections{.connections = std::move(intent.connections), .how = intent.how});
}

void Session::carry_out(ClearClosedIntent&& /*intent*/, std::int64_t /*now_ns*/) {
    const auto is_closed = [&](ConnectionId id) { return !connection(id)->is_open(); };
    if (std::none_of(connection_order_.begin(), connection_order_.end(), is_closed)) return;
    std::erase_if(rated_, [](const Connection* one) { return !one->is_open(); });
    last_connection_ = nullptr;
    std::erase_if(connection_order_, is_closed);
    std::erase_if(connections_, [](const auto& one) { return !one.second.is_open(); });
    ++connections_version_;
    changed();
}

void Session::carry_out(SetCaptureBoundsIntent&& intent, std::int64_t now_ns) {
    if (!is_live_ || is_stopped_) return;
    add_line(Severity::kInfo, bounds_text(intent.bounds), now_ns);
    outbox_.emplace_back(channel::SetCaptureBounds{.bounds = intent.bounds});
}

void Session::carry_out(MoveCaptureIntent&& intent, std::int64_t /*now_ns*/) {
    if (!is_live_ || is_stopped_) return;
    outbox_.emplace_back(channel::MoveCapture{.path = std::move(intent.path),
                                              .may_overwrite = intent.may_overwrite});
}

void Session::carry_out(DropCaptureIntent&& /*intent*/, std::int64_t /*now_ns*/) {
    if (!is_live_ || is_stopped_) return;
    outbox_.emplace_back(channel::DropCapture{});
}

}  // namespace app::session
