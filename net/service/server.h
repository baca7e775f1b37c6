// A server: one listener (two for all interfaces) and the connections they accept. Thread: network thread only.
#pragma once

#include "net/channel/command.h"
#include "net/service/connections.h"
#include "net/service/endpoint.h"
#include "net/service/listener.h"

#include <memory>
#include <string>
#include <vector>

namespace net::service {

class Server final : public Endpoint {
  public:
    Server(Connections& all, channel::StartServer&& command);

    // Tells EndpointAdded, then ServerListening for each socket, or Failed and EndpointStopped.
    void start();
    void stop() override;
    void resume() override;
    void connection_closed(bool is_wish) override;

  private:
    [[nodiscard]] std::unique_ptr<Listener> make_listener();
    // 0, or an errno value with nothing left open and `where` the address it was about.
    [[nodiscard]] int open_listeners(std::string& where);
    [[nodiscard]] int open_on_all_interfaces(std::uint16_t port, std::string& where);
    void accepted(UniqueFd fd, const bytes::SocketAddress& local, const bytes::SocketAddress& peer);
    void tell_failed(channel::Operation operation,
                     const std::string& where,
                     int code,
                     bool is_final,
                     const std::string& more = {});
    void end_if_empty();

    Connections& all_;
    const channel::ServerConfig config_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::uint32_t open_connections_ = 0;
    bool is_stopping_ = false;
};

}  // namespace net::service
