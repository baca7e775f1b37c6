#include "net/service/engine.h"

#include "net/service/client.h"
#include "net/service/clock.h"
#include "net/service/server.h"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

namespace net::service {

namespace {

// One turn's share; the next follows at once.
constexpr int kMostCommandsPerTurn = 256;

void silence(int bell) {
    std::uint64_t rings = 0;
    (void)!::read(bell, &rings, sizeof rings);
}

}  // namespace

Engine::Engine(const ServiceConfig& config,
               Loop& loop,
               channel::Link& link,
               std::unique_ptr<capture::Writer> writer,
               int bell,
               const std::atomic<bool>& is_abandoned)
    : config_(config),
      loop_(loop),
      link_(link),
      bell_(bell),
      is_abandoned_(is_abandoned),
      writer_(std::move(writer)),
      recorder_(loop,
                link,
                *config.capture.files,
                *writer_,
                RecorderConfig{.event_capacity = config.link.event_capacity,
                               .storage_retry_ns = config.storage_retry_ns,
                               .sync_interval_ns = config.sync_interval_ns,
                               .sync_hook = config.sync_hook},
                [this] { resume(); }),
      connections_(loop, recorder_, config),
      send_jobs_(
          loop,
          connections_,
          [this](channel::EndpointId id) { return find_endpoint(id); },
          [this](const std::function<void(Connection&)>& visit) { for_each_connection(visit); }),
      resolver_(loop, config.lookup_hook),
      turns_(loop, [this] { end_turn(); }),
      stop_timer_(loop, [this] {
          is_stop_time_up_ = true;
          connections_.abort_all();
      }) {}

Engine::~Engine() = default;

void Engine::run() {
    recorder_.begin();
    if (config_.handles_signals) {
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            signals_.push_back(std::make_unique<Signal>(loop_, number, [this](int signal) {
                // About no bytes, so a full disk must not hold it up: the user wants to leave.
                recorder_.emit(channel::SignalReceived{.signal = signal});
            }));
        }
    }
    const int error = bell_poll_.open(loop_, bell_, *this);
    if (error == 0) {
        bell_poll_.watch(UV_READABLE);
    } else {
        recorder_.note(channel::Failed{channel::make_failure(
            channel::Operation::kStart, {}, "the network loop", error, wall_time_ns())});
        begin_stop();
    }
    loop_.run();
    const int result = loop_.close();
    recorder_.emit(channel::ServiceStopped{.connections = connections_.opened_count(),
                                           .read_pauses = recorder_.pauses(),
                                           .datagrams_dropped = 0,
                                           .loop_close_result = result,
                                           .time_ns = wall_time_ns()});
    drain_at_end();
}

void Engine::drain_at_end() {
    // The frame side drains at its own pace; what did not fit waits for it, unless it has gone.
    for (;;) {
        recorder_.settle();
        recorder_.wake_frame();
        if (!recorder_.has_overflow() || is_abandoned_.load(std::memory_order_acquire)) return;
        pollfd bell{.fd = bell_, .events = POLLIN, .revents = 0};
        (void)::poll(&bell, 1, -1);
        silence(bell_);
        link_.open_network_gate();
    }
}

// ---- The turn ----

void Engine::on_poll(int /*status*/, int /*events*/) {
    silence(bell_);
    link_.open_network_gate();
    if (is_abandoned_.load(std::memory_order_acquire)) {
        abandon();
        return;
    }
    recorder_.settle();
    take_commands();
}

void Engine::end_turn() {
    if (is_closed_) return;
    connections_.begin_turn();
    // 1. What was read is stored, then told. Before that nothing goes out.
    recorder_.flush();
    recorder_.settle();
    if (has_commands_left_) take_commands();
    // 2. What is due is sent, and stored and told in turn. Going on after a pause may have read.
    recorder_.flush();
    // Asked for no reason, a recorder without room would pause anew in each turn and fill a small queue with the telling of it.
    if (send_jobs_.is_due() && recorder_.may_proceed()) send_jobs_.run();
    bool has_more =
        !connections_.due.is_empty() && recorder_.may_proceed() && connections_.run_due();
    recorder_.flush();
    recorder_.settle();
    // 3. What needs nobody's attention.
    recorder_.mark_if_due();
    connections_.sampler().run_if_due();
    connections_.reply_sampler().run_if_due();
    connections_.delete_closed();
    send_jobs_.delete_ended();
    std::erase_if(endpoints_, [](const auto& item) { return item.second->has_ended(); });
    recorder_.wake_frame();
    if (is_stopping_) end_if_stopped();
    if (is_closed_) return;
    has_more = has_more || (has_commands_left_ && recorder_.takes_commands()) ||
               (recorder_.has_pending() && !recorder_.is_storage_blocked()) ||
               ((!connections_.due.is_empty() || send_jobs_.has_due()) && !recorder_.is_paused());
    if (!recorder_.is_paused()) send_jobs_.arm();
    turns_.set_has_more(has_more);
}

void Engine::resume() {
    connections_.resume();
    for (auto& [id, endpoint] : endpoints_)
        endpoint->resume();
}

// ---- Commands ----

void Engine::take_commands() {
    has_commands_left_ = true;
    channel::Command command;
    for (int i = 0; i < kMostCommandsPerTurn; ++i) {
        if (!recorder_.takes_commands()) return;
        if (!link_.try_take(command)) {
            has_commands_left_ = false;
            return;
        }
        if (is_stopping_) continue;  // what was asked for before the stop was taken before it
        std::visit([this](auto& wish) { handle(wish); }, command);
    }
}

void Engine::tell_refused_start(channel::EndpointId endpoint, const std::string& name) {
    recorder_.note(channel::Failed{
        channel::make_failure(channel::Operation::kStart, endpoint, name, EEXIST, wall_time_ns())});
}

void Engine::handle(channel::StartServer& command) {
    const std::uint64_t key = channel::number(command.endpoint);
    if (endpoints_.contains(key)) {
        tell_refused_start(command.endpoint, command.name);
        return;
    }
    auto server = std::make_unique<Server>(connections_, std::move(command));
    server->start();
    endpoints_.emplace(key, std::move(server));
}

void Engine::handle(channel::StartClient& command) {
    const std::uint64_t key = channel::number(command.endpoint);
    if (endpoints_.contains(key)) {
        tell_refused_start(command.endpoint, command.name);
        return;
    }
    auto client = std::make_unique<Client>(connections_, resolver_, std::move(command));
    client->start();
    endpoints_.emplace(key, std::move(client));
}

void Engine::handle(channel::StopEndpoint& command) {
    const auto found = endpoints_.find(channel::number(command.endpoint));
    if (found != endpoints_.end()) found->second->stop();
}

void Engine::handle(channel::Send& command) {
    if (command.bytes.empty()) return;
    const auto bytes = std::make_shared<const std::vector<std::uint8_t>>(std::move(command.bytes));
    const auto send = [&](Connection& connection) { send_to(connection.id(), &connection, bytes); };
    if (!command.targets.connections.empty()) {
        for (const channel::ConnectionId id : command.targets.connections)
            send_to(id, connections_.find(id), bytes);
    } else if (command.targets.endpoint != channel::EndpointId::kNone) {
        Endpoint* const endpoint = find_endpoint(command.targets.endpoint);
        if (endpoint != nullptr) endpoint->connections.for_each(send);
    } else if (command.targets.is_everyone) {
        for_each_connection(send);
    }
}

Endpoint* Engine::find_endpoint(channel::EndpointId id) {
    const auto found = endpoints_.find(channel::number(id));
    return found == endpoints_.end() ? nullptr : found->second.get();
}

void Engine::for_each_connection(const std::function<void(Connection&)>& visit) {
    for (auto& [key, endpoint] : endpoints_)
        endpoint->connections.for_each(visit);
}

void Engine::send_to(channel::ConnectionId id, Connection* connection, const SharedBytes& bytes) {
    const int error = connection == nullptr ? ENOTCONN : connection->queue(bytes);
    if (error == 0) return;
    const std::string target = connection == nullptr
                                   ? "connection " + std::to_string(channel::number(id))
                                   : bytes::to_text(connection->flow().peer);
    auto failure = channel::make_failure(
        channel::Operation::kSend,
        connection == nullptr ? channel::EndpointId::kNone : connection->flow().endpoint, target,
        error, wall_time_ns());
    failure.connection = id;
    failure.is_final = false;
    recorder_.note(channel::Failed{std::move(failure)});
}

void Engine::handle(channel::CloseConnections& command) {
    for (const channel::ConnectionId id : command.connections) {
        Connection* connection = connections_.find(id);
        if (connection == nullptr) continue;  // closed by itself meanwhile, which has been told
        if (command.how == channel::CloseHow::kAbort) {
            connection->abort();
        } else {
            connection->close_in_order();
        }
    }
}

void Engine::handle(channel::SetCaptureBounds& command) {
    recorder_.set_bounds(command.bounds);
}

void Engine::handle(channel::MoveCapture& command) {
    recorder_.move(command.path, command.may_overwrite);
}

void Engine::handle(channel::DropCapture& /*command*/) {
    recorder_.drop();
}

void Engine::handle(channel::RecordNote& command) {
    recorder_.note(channel::NoteRecorded{.note = std::move(command.note)});
}

void Engine::handle(channel::RemoveNote& command) {
    recorder_.note(channel::NoteRemoved{.note = command.note, .time_ns = wall_time_ns()});
}

void Engine::handle(channel::SetReplies& command) {
    const auto found = endpoints_.find(channel::number(command.endpoint));
    if (found == endpoints_.end()) {
        auto failure = channel::make_failure(channel::Operation::kReply, command.endpoint,
                                             "an endpoint that has stopped", ESRCH, wall_time_ns());
        failure.is_final = false;
        recorder_.note(channel::Failed{std::move(failure)});
        return;
    }
    connections_.delete_closed();
    std::string wrong;
    if (found->second->set_replies(connections_, command.replies, wrong)) {
        recorder_.tell(
            channel::RepliesChanged{.endpoint = command.endpoint, .time_ns = wall_time_ns()});
    } else {
        recorder_.note(channel::Failed{found->second->reply_failure(wrong)});
    }
}

void Engine::handle(channel::StopService& /*command*/) {
    begin_stop();
}

// ---- The end ----

void Engine::begin_stop() {
    if (is_stopping_) return;
    is_stopping_ = true;
    stop_timer_.start(config_.stop_limit_ns);
    send_jobs_.stop_all();
    for (auto& [id, endpoint] : endpoints_)
        endpoint->stop();
}

void Engine::abandon() {
    if (is_closed_) return;
    recorder_.flush();
    recorder_.mute();
    begin_stop();
    is_stop_time_up_ = true;
    connections_.abort_all();  // into the capture, so that the file tells the whole story
    turns_.set_has_more(true);
}

void Engine::end_if_stopped() {
    if (is_closed_ || !endpoints_.empty() || connections_.open_count() > 0) return;
    if (recorder_.is_storage_blocked() && !is_stop_time_up_)
        return;  // the file may still get its chance
    recorder_.finish(connections_.opened_count());
    writer_.reset();  // the file is whole before the end is told
    recorder_.wake_frame();
    close();
}

void Engine::close() {
    is_closed_ = true;
    recorder_.close();
    send_jobs_.close();
    connections_.close();
    resolver_.close();
    bell_poll_.close();
    turns_.close();
    stop_timer_.close();
    signals_.clear();
}

}  // namespace net::service
