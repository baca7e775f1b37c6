// A client: resolves its host, tries each address in turn, and with automatic reconnect begins again after a growing delay.
// Thread: network thread only.
#pragma once

#include "net/channel/command.h"
#include "net/service/connections.h"
#include "net/service/endpoint.h"
#include "net/service/resolver.h"

#include <cstdint>
#include <string>
#include <vector>

namespace net::service {

class Client final : public Endpoint, private PollHandler {
  public:
    Client(Connections& all, Resolver& resolver, channel::StartClient&& command);
    ~Client() override;

    // Tells EndpointAdded and goes on its way; see channel::StartClient.
    void start();
    void stop() override;
    void resume() override;
    void connection_closed(bool is_wish) override;

  private:
    void begin_round();
    void resolved(const Resolved& resolved);
    void try_address();
    // 0: under way; else the errno of what could not even begin.
    [[nodiscard]] int dial(const bytes::SocketAddress& address);
    void on_poll(int status, int events) override;
    // `lost_with`: the errno with which the connection has been lost already, 0 if it stands.
    void dialled(int lost_with);
    void address_failed(int code);
    // The round has failed, or the connection is lost: wait, or end.
    void round_ended();
    void cancel();
    void end();

    Connections& all_;
    Resolver& resolver_;
    const channel::ClientConfig config_;

    std::vector<bytes::SocketAddress> addresses_;  // of this round
    std::size_t next_address_ = 0;                 // the one being tried
    std::uint64_t ticket_ = 0;                     // of the lookup under way, or 0
    UniqueFd fd_;                                  // being connected
    Poll poll_;
    Timer timer_;  // the limit of a connect, or the wait before the next round
    std::uint32_t attempt_ = 0;
    std::int64_t delay_ns_ = 0;
    bool is_waiting_ = false;
    bool is_held_ =
        false;  // the wait is over, but the room is paused: what nobody takes must not grow with each attempt
    bool is_stopping_ = false;
};

}  // namespace net::service
