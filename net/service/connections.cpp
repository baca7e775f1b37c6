#include "net/service/connections.h"

#include "net/service/clock.h"

#include <algorithm>
#include <utility>

namespace net::service {

using capture::AddressPair;

Connections::Connections(Loop& loop, Recorder& recorder, const ServiceConfig& config)
    : loop_(loop),
      recorder_(recorder),
      config_(config),
      sampler_(loop, recorder, config.stats_interval_ns),
      reply_sampler_(loop),
      closing_timer_(loop, [this] { closing_time_is_up(); }) {}

Connections::~Connections() = default;

void Connections::open(Endpoint& endpoint,
                       UniqueFd fd,
                       const bytes::SocketAddress& local,
                       const bytes::SocketAddress& peer,
                       bool was_opened_here,
                       int lost_with) {
    capture::Flow flow;
    flow.connection = channel::ConnectionId{++opened_};
    flow.endpoint = endpoint.id();
    flow.was_opened_here = was_opened_here;
    flow.local = local;
    flow.peer = peer;

    const auto mirror = unpaired_.find(AddressPair{.first = peer, .second = local});
    const auto gone_mirror = was_opened_here
                                 ? unaccepted_.end()
                                 : std::find(unaccepted_.begin(), unaccepted_.end(),
                                             AddressPair{.first = peer, .second = local});
    flow.is_second_side = mirror != unpaired_.end() || gone_mirror != unaccepted_.end();

    auto owned = std::make_unique<Connection>(*this, endpoint, std::move(fd), flow);
    Connection& connection = *owned;
    if (mirror != unpaired_.end()) {
        mirror->second->is_mirrored = true;
        connection.is_mirrored = true;
        unpaired_.erase(mirror);
    } else if (gone_mirror != unaccepted_.end()) {
        connection.is_mirrored = true;
        unaccepted_.erase(gone_mirror);
    } else {
        unpaired_[AddressPair{.first = local, .second = peer}] = &connection;
    }
    open_.emplace(opened_, std::move(owned));
    endpoint.connections.push_back(connection.of_endpoint);
    connection.start(lost_with);
}

Connection* Connections::find(channel::ConnectionId id) {
    const auto found = open_.find(channel::number(id));
    return found == open_.end() ? nullptr : found->second.get();
}

bool Connections::run_due() {
    for (int i = 0; i < kMostSendersPerTurn && turn_cost_ < kTurnCost && recorder_.may_proceed();
         ++i) {
        Connection* connection = due.pop_front();
        if (connection == nullptr) return false;
        connection->run_due();
    }
    if (due.is_empty()) return false;
    if (!recorder_.is_paused()) return true;
    // Nothing is sent during a pause; a socket with room must not keep the loop busy meanwhile.
    due.for_each([](Connection& connection) { connection.park(); });
    return false;
}

void Connections::resume() {
    IntrusiveList<Connection> waiting;
    waiting.take(parked);  // one that cannot go on parks again
    while (Connection* connection = waiting.pop_front())
        connection->resume();
    // A peer cannot end what we do not read: the limits of closings count from the end of the pause.
    const std::int64_t deadline = steady_time_ns() + config_.close_limit_ns;
    closing_.for_each([&](Connection& connection) { connection.closing_deadline_ns = deadline; });
    if (closing_.front() != nullptr) closing_timer_.start(config_.close_limit_ns);
}

void Connections::abort_all() {
    while (!open_.empty())
        open_.begin()->second->abort();
}

void Connections::close() {
    closing_timer_.close();
    sampler_.close();
    reply_sampler_.close();
}

void Connections::limit_closing(Connection& connection) {
    connection.closing_deadline_ns = steady_time_ns() + config_.close_limit_ns;
    closing_.push_back(connection.closing);
    if (!closing_timer_.is_running()) closing_timer_.start(config_.close_limit_ns);
}

void Connections::closing_time_is_up() {
    const std::int64_t now = steady_time_ns();
    if (recorder_.is_paused()) {  // resume() says when
        closing_.for_each([&](Connection& connection) {
            connection.closing_deadline_ns = now + config_.close_limit_ns;
        });
    }
    for (Connection* first = closing_.front(); first != nullptr; first = closing_.front()) {
        if (first->closing_deadline_ns > now) {
            closing_timer_.start(first->closing_deadline_ns - now);
            return;
        }
        first->abort();
    }
}

void Connections::bury(Connection& connection) {
    if (!connection.is_mirrored) {
        const auto found = unpaired_.find(
            AddressPair{.first = connection.flow().local, .second = connection.flow().peer});
        if (found != unpaired_.end() && found->second == &connection) unpaired_.erase(found);
        const capture::Flow& flow = connection.flow();
        const bool is_to_ourselves =
            (bytes::is_loopback(flow.peer) || flow.peer.ip == flow.local.ip) &&
            listening_.contains(door(flow.peer));
        if (flow.was_opened_here && is_to_ourselves && unaccepted_.size() < kMostUnaccepted)
            unaccepted_.push_back({.first = flow.local, .second = flow.peer});
    }
    const auto found = open_.find(channel::number(connection.id()));
    if (found == open_.end()) return;
    closed_.push_back(std::move(found->second));
    open_.erase(found);
}

void Connections::listens_no_more_at(const bytes::SocketAddress& address) {
    const auto found = listening_.find(door(address));
    if (found != listening_.end() && --found->second == 0) listening_.erase(found);
    forget_unaccepted(address);
}

void Connections::forget_unaccepted(const bytes::SocketAddress& address) {
    std::erase_if(unaccepted_, [where = door(address)](const AddressPair& pair) {
        return door(pair.second) == where;
    });
}

}  // namespace net::service
