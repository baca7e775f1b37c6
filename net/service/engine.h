// What the network thread runs: takes commands, owns the endpoints, and ends every turn in the one order that keeps the promise
// "nothing is told, answered or forwarded before it is stored". Thread: network thread only, but for the constructor.
#pragma once

#include "net/capture/pcapng_writer.h"
#include "net/channel/link.h"
#include "net/service/connections.h"
#include "net/service/endpoint.h"
#include "net/service/loop.h"
#include "net/service/recorder.h"
#include "net/service/resolver.h"
#include "net/service/send_jobs.h"
#include "net/service/service.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace net::service {

class Engine final : private PollHandler {
  public:
    // `loop` is open. `bell` is the eventfd that the frame side rings; `is_abandoned` is set before the last ring.
    Engine(const ServiceConfig& config,
           Loop& loop,
           channel::Link& link,
           std::unique_ptr<capture::Writer> writer,
           int bell,
           const std::atomic<bool>& is_abandoned);
    ~Engine();

    // Until StopService or abandoned; returns after ServiceStopped was pushed.
    void run();

  private:
    void on_poll(int status, int events) override;  // the bell
    void end_turn();
    void take_commands();
    void handle(channel::StartServer& command);
    void handle(channel::StartClient& command);
    void handle(channel::StopEndpoint& command);
    void handle(channel::Send& command);
    void handle(channel::CloseConnections& command);
    void handle(channel::SetCaptureBounds& command);
    void handle(channel::MoveCapture& command);
    void handle(channel::DropCapture& command);
    void handle(channel::RecordNote& command);
    void handle(channel::RemoveNote& command);
    void handle(channel::SetReplies& command);
    void handle(channel::StartSendJob& command) { send_jobs_.handle(command); }
    void handle(channel::PauseSendJob& command) { send_jobs_.handle(command); }
    void handle(channel::StopSendJob& command) { send_jobs_.handle(command); }
    void handle(channel::StopService& command);
    [[nodiscard]] Endpoint* find_endpoint(channel::EndpointId id);
    void for_each_connection(const std::function<void(Connection&)>& visit);
    void send_to(channel::ConnectionId id, Connection* connection, const SharedBytes& bytes);
    void tell_refused_start(channel::EndpointId endpoint, const std::string& name);
    void resume();
    void begin_stop();
    void abandon();
    void end_if_stopped();
    // Everything is closed: takes the handles off the loop, so that it ends.
    void close();
    void drain_at_end();

    const ServiceConfig& config_;
    Loop& loop_;
    channel::Link& link_;
    const int bell_;
    const std::atomic<bool>& is_abandoned_;
    std::unique_ptr<capture::Writer> writer_;
    Recorder recorder_;
    Connections connections_;
    SendJobs send_jobs_;
    Resolver resolver_;
    Poll bell_poll_;
    Turns turns_;
    Timer stop_timer_;
    std::vector<std::unique_ptr<Signal>> signals_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Endpoint>> endpoints_;
    bool has_commands_left_ = false;
    bool is_stopping_ = false;
    bool is_stop_time_up_ = false;
    bool is_closed_ = false;
};

}  // namespace net::service
