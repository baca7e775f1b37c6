// Connections, and what goes over them.
#include "app/session/log_text.h"
#include "app/session/session.h"

#include <algorithm>

namespace app::session {

namespace channel = net::channel;

// The hot one: millions of these a second. No allocation but the index's own, no text, one lookup saved where reads come in runs.
void Session::on(const channel::Recorded& event, std::int64_t now_ns) {
    traffic_.add(reads_.size(), event.time_ns, event.direction, event.size);
    reads_.append(event);
    const bool is_received = event.direction == channel::Direction::kReceived;
    (is_received ? totals_.received : totals_.sent) += event.size;
    ++totals_.reads;
    moved();
    if (!oldest_read_ns_ || event.time_ns < *oldest_read_ns_) oldest_read_ns_ = event.time_ns;
    // A saved capture is folded as fast as the disk gives it; bytes a second of that would be a lie.
    is_moving_ = is_moving_ || is_live_;
    Connection* const connection = known_connection(event.connection, "a read or send", now_ns);
    if (connection == nullptr) return;
    if (connection->received + connection->sent == 0) changed();  // what had no rows has some
    (is_received ? connection->received : connection->sent) += event.size;
    if (!connection->is_rated && is_live_) {
        connection->is_rated = true;
        rated_.push_back(connection);
    }
}

void Session::on(const channel::ConnectionOpened& event, std::int64_t now_ns) {
    const auto [it, is_new] = connections_.try_emplace(channel::number(event.connection));
    if (!is_new) {
        add_line(Severity::kWarning,
                 "connection #" + std::to_string(channel::number(event.connection)) +
                     " was opened twice; the second opening is ignored",
                 event.time_ns, event.endpoint, event.connection);
        return;
    }
    Connection& connection = it->second;
    connection.id = event.connection;
    connection.endpoint = event.endpoint;
    connection.local = event.local;
    connection.peer = event.peer;
    connection.local_text = net::bytes::to_text(event.local);
    connection.peer_text = net::bytes::to_text(event.peer);
    connection.opened_ns = event.time_ns;
    connection.protocol = event.protocol;
    connection.is_continued = event.is_continued;
    connection_order_.push_back(event.connection);
    ++connections_version_;
    ++totals_.connections;
    has_content_ = true;
    ++totals_.open_connections;
    Endpoint* const endpoint = known_endpoint(event.endpoint, "a connection", now_ns);
    if (endpoint != nullptr) {
        connection.was_opened_here = endpoint->kind == EndpointKind::kClient;
        ++endpoint->connections;
        endpoint->has_come_up = true;
        ++endpoint->open_connections;
        if (endpoint->kind == EndpointKind::kClient) {
            endpoint->trying.reset();
            endpoint->last_failure.clear();
            if (endpoint->state != EndpointState::kStopping) {
                endpoint->state = EndpointState::kConnected;
            }
        }
    }
    add_line(Severity::kInfo, opened_text(connection), event.time_ns, event.endpoint,
             event.connection);
}

// Not a read: the totals and the ledger count what is there. Its place in the stream is kept by the index.
void Session::on(const channel::StreamGap& event, std::int64_t now_ns) {
    reads_.append(event);
    changed();
    Connection* const connection = known_connection(event.connection, "a gap", now_ns);
    if (connection == nullptr) return;
    connection->missing_bytes[event.direction == channel::Direction::kSent ? 1 : 0] += event.bytes;
    add_line(Severity::kWarning, gap_text(event), event.time_ns, connection->endpoint,
             event.connection);
}

void Session::on(const channel::PeerEnded& event, std::int64_t now_ns) {
    Connection* const connection = known_connection(event.connection, "an end of stream", now_ns);
    // While we are closing, the peer's end is what we wait for, not a state of its own.
    if (connection == nullptr || connection->state != ConnectionState::kOpen) return;
    change_state(*connection, ConnectionState::kPeerEnded);
    add_line(
        Severity::kInfo,
        "#" + std::to_string(channel::number(event.connection)) + ": the peer ended its stream",
        event.time_ns, connection->endpoint, event.connection);
}

void Session::on(const channel::ConnectionClosed& event, std::int64_t now_ns) {
    Connection* const connection = known_connection(event.connection, "a closing", now_ns);
    if (connection == nullptr || !connection->is_open()) return;
    connection->closed_ns = event.time_ns;
    connection->reason = event.reason;
    connection->code = event.code;
    connection->not_sent = event.not_sent;
    connection->queued_bytes = 0;
    connection->unsent_bytes = 0;
    connection->is_reading_paused = false;
    change_state(*connection, ConnectionState::kClosed);
    closings_.push_back(event.connection);
    --totals_.open_connections;
    const auto endpoint = endpoints_.find(channel::number(connection->endpoint));
    if (endpoint != endpoints_.end()) --endpoint->second.open_connections;
    add_line(Severity::kInfo, closed_text(*connection), event.time_ns, connection->endpoint,
             event.connection);
    // A closing names the whole stream's length, also what is missing here.
    if (ledger_.fold_close(event, connection->received + connection->missing_bytes[0],
                           connection->sent + connection->missing_bytes[1])) {
        report_ledger(event.time_ns);
    }
}

void Session::on(const channel::ConnectionStats& event, std::int64_t /*now_ns*/) {
    // A sample of something that was closed and cleared meanwhile is stale, not strange.
    Connection* const connection = find_connection(event.connection);
    if (connection == nullptr || !connection->is_open()) return;
    connection->has_stats = true;
    connection->rtt_us = event.rtt_us;
    connection->rtt_variation_us = event.rtt_variation_us;
    connection->retransmits = event.retransmits;
    connection->queued_bytes = event.queued_bytes;
    connection->unsent_bytes = event.unsent_bytes;
    connection->is_reading_paused = event.is_reading_paused;
    changed();
}

}  // namespace app::session
