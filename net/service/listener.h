// One listening socket: our own accept4, a few a turn, and a back-off when descriptors run out.
//
// libuv's own accept closes connections without a word when descriptors run out (74 of 100) and starves the loop in a storm
// (RELIABILITY.md F3, F4). Thread: network thread only.
#pragma once

#include "net/bytes/address.h"
#include "net/service/loop.h"
#include "net/service/service.h"
#include "net/service/socket.h"

#include <cstdint>
#include <functional>

namespace net::service {

class Recorder;

class Listener final : private PollHandler {
  public:
    struct Owner {
        // A connection has been accepted. The listener may be closed inside.
        std::function<void(
            UniqueFd, const bytes::SocketAddress& local, const bytes::SocketAddress& peer)>
            accepted;
        // accept4 does not work at the moment; it goes on by itself. `count` refusals of this kind so far, this and untold ones included.
        std::function<void(int code, std::uint64_t count)> refused;
        // Nobody waits to be accepted any more.
        std::function<void(const bytes::SocketAddress& local)> accepted_all;
    };
    Listener(Loop& loop, Recorder& recorder, const ServiceConfig& config, Owner owner);

    // socket, bind, listen, getsockname: 0, or the errno of the first that failed; nothing is open then. Accepts nothing before start().
    [[nodiscard]] int open(const bytes::SocketAddress& address, int backlog);
    // 0 or an errno value.
    [[nodiscard]] int start();
    // After a pause.
    void resume();
    void close();

    // As bound: with the port the system chose.
    [[nodiscard]] const bytes::SocketAddress& local() const { return local_; }

  private:
    void on_poll(int status, int events) override;
    void back_off(int code);
    [[nodiscard]] bool has_descriptors();

    Loop& loop_;
    Recorder& recorder_;
    const ServiceConfig& config_;
    const Owner owner_;
    UniqueFd fd_;
    Poll poll_;
    Timer retry_timer_;
    Timer report_timer_;  // connections that were gone before they were accepted are told together
    bytes::SocketAddress local_;
    bool is_wildcard_ = false;
    bool is_near_limit_ = true;  // look at what is left of the descriptors before each accept
    bool is_parked_ = false;
    std::uint64_t refusals_ = 0;
    std::uint64_t aborted_ = 0;
};

}  // namespace net::service
