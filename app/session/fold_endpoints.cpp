// What servers and clients are doing, as they tell it.
#include "app/session/log_text.h"
#include "app/session/session.h"
#include "net/bytes/escapes.h"

#include <limits>

namespace app::session {
namespace {

namespace channel = net::channel;

// After Stop was pressed only the end is news: what was already on its way must not make it look alive again.
bool takes_news(const Endpoint& endpoint) {
    return endpoint.state != EndpointState::kStopping &&
           endpoint.state != EndpointState::kStopped && endpoint.state != EndpointState::kFailed;
}

// Failures after which what was asked for is not there, in contrast to one that hits a single connection.
bool is_of_coming_up(channel::Operation operation) {
    switch (operation) {
        case channel::Operation::kListen:
        case channel::Operation::kResolve:
        case channel::Operation::kConnect:
        case channel::Operation::kCapture:
        case channel::Operation::kOpen:
        case channel::Operation::kStart:
        case channel::Operation::kReply: return true;
        case channel::Operation::kAccept:
        case channel::Operation::kReceive:
        case channel::Operation::kSend:
        case channel::Operation::kSendJob: return false;
    }
    return false;
}

// Only a pipe says so, and only `-w -` writes to one: who reads the capture has had enough.
bool is_of_gone_reader(const channel::Failure& failure) {
    return failure.operation == channel::Operation::kCapture && failure.code == "EPIPE";
}

}  // namespace

void Session::on(const channel::EndpointAdded& event, std::int64_t now_ns) {
    const std::uint64_t number = channel::number(event.endpoint);
    if (event.endpoint == EndpointId::kNone) {
        known_endpoint(event.endpoint, "an opening", now_ns);
        return;
    }
    // A live endpoint is here since apply(); this one comes from a saved capture, or from the command line's own hand.
    const auto [it, is_new] = endpoints_.try_emplace(number);
    if (!is_new) return;
    Endpoint& endpoint = it->second;
    endpoint.id = event.endpoint;
    endpoint.kind = event.kind;
    endpoint.name = net::bytes::printable(event.name);
    endpoint_order_.push_back(event.endpoint);
    if (number >= next_endpoint_ && number != std::numeric_limits<std::uint64_t>::max()) {
        next_endpoint_ = number + 1;
    }
    changed();
}

void Session::on(const channel::ServerListening& event, std::int64_t now_ns) {
    Endpoint* const endpoint = known_endpoint(event.endpoint, "listening", now_ns);
    if (endpoint == nullptr) return;
    endpoint->listening_on.push_back(event.local);
    has_content_ = true;
    endpoint->has_come_up = true;
    if (takes_news(*endpoint)) endpoint->state = EndpointState::kListening;
    add_line(Severity::kInfo, listening_text(*endpoint, event.local), event.time_ns, endpoint->id);
    if (!net::bytes::is_loopback(event.local) && !endpoint->is_beyond_loopback) {
        endpoint->is_beyond_loopback = true;
        add_line(Severity::kWarning, beyond_loopback_text(*endpoint, event.local), event.time_ns,
                 endpoint->id);
    }
}

void Session::on(const channel::ClientResolving& event, std::int64_t now_ns) {
    Endpoint* const endpoint = known_endpoint(event.endpoint, "resolving", now_ns);
    if (endpoint == nullptr) return;
    if (takes_news(*endpoint)) endpoint->state = EndpointState::kResolving;
    has_content_ = true;
    add_line(Severity::kInfo, endpoint->name + " resolving", event.time_ns, endpoint->id);
}

void Session::on(const channel::ClientConnecting& event, std::int64_t now_ns) {
    Endpoint* const endpoint = known_endpoint(event.endpoint, "connecting", now_ns);
    if (endpoint == nullptr) return;
    if (takes_news(*endpoint)) {
        endpoint->state = EndpointState::kConnecting;
        endpoint->trying = event.peer;
    }
    endpoint->attempt = event.attempt;
    has_content_ = true;
    add_line(Severity::kInfo, connecting_text(*endpoint, event.peer, event.attempt), event.time_ns,
             endpoint->id);
}

void Session::on(const channel::ClientWaiting& event, std::int64_t now_ns) {
    Endpoint* const endpoint = known_endpoint(event.endpoint, "waiting", now_ns);
    if (endpoint == nullptr) return;
    if (takes_news(*endpoint)) endpoint->state = EndpointState::kWaiting;
    endpoint->trying.reset();
    endpoint->attempt = event.next_attempt;
    endpoint->next_attempt_ns = event.time_ns + event.delay_ns;
    add_line(Severity::kInfo, waiting_text(*endpoint, event.delay_ns, event.next_attempt),
             event.time_ns, endpoint->id);
}

void Session::on(const channel::EndpointStopped& event, std::int64_t now_ns) {
    Endpoint* const endpoint = known_endpoint(event.endpoint, "the end", now_ns);
    if (endpoint == nullptr) return;
    endpoint->state = endpoint->has_failed ? EndpointState::kFailed : EndpointState::kStopped;
    endpoint->listening_on.clear();
    endpoint->is_beyond_loopback = false;
    endpoint->trying.reset();
    endpoint->next_attempt_ns = 0;
    add_line(Severity::kInfo, endpoint->name + " stopped", event.time_ns, endpoint->id);
}

void Session::on(const channel::Failed& event, std::int64_t now_ns) {
    const channel::Failure& failure = event.failure;
    const bool stops_what_was_asked =
        failure.is_final && is_of_coming_up(failure.operation) && !is_of_gone_reader(failure);
    if (stops_what_was_asked) has_failed_ = true;
    if (stops_what_was_asked && failure.endpoint == EndpointId::kNone) has_run_failed_ = true;
    if (failure.operation == channel::Operation::kCapture && failure.endpoint == EndpointId::kNone)
        storage_failure_ = net::bytes::printable(failure.message);
    if (SendJobFact* const job = find_send_job(failure.job); job != nullptr) {
        job->last_failure = net::bytes::printable(failure.message);
        ++job->failures;
    }
    if (failure.endpoint != EndpointId::kNone) {
        Endpoint* const endpoint = known_endpoint(failure.endpoint, "a failure", now_ns);
        if (endpoint != nullptr) {
            // A failure of one connection is that connection's story, not the endpoint's.
            if (failure.connection == ConnectionId::kNone &&
                (failure.is_final || failure.operation != channel::Operation::kReply)) {
                endpoint->last_failure = net::bytes::printable(failure.message);
            }
            if (stops_what_was_asked) endpoint->has_failed = true;
            if (failure.operation == channel::Operation::kAccept) ++endpoint->refused;
            if (failure.operation == channel::Operation::kReply) refuse_replies(failure);
        }
    }
    add_line(failure.is_final ? Severity::kError : Severity::kWarning, failure.message,
             failure.time_ns != 0 ? failure.time_ns : now_ns, failure.endpoint, failure.connection);
}

}  // namespace app::session
