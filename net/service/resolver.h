// Host names to addresses, on threads of its own that can be abandoned.
//
// A running getaddrinfo(3) cannot be cancelled and may take minutes; libuv's pool would hold the exit until it is done (RELIABILITY.md part 2). So each
// lookup has a detached thread that shares nothing with this room but a mailbox it keeps alive. Thread: network thread only.
#pragma once

#include "net/bytes/address.h"
#include "net/service/loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace net::service {

struct Resolved {
    int code = 0;                                 // EAI_ value of getaddrinfo(3), 0: found
    int errno_value = 0;                          // for EAI_SYSTEM
    std::vector<bytes::SocketAddress> addresses;  // in getaddrinfo's order (RFC 6724), none twice
};

class Resolver final : private PollHandler {
  public:
    // 0 or an EAI_ value; on the lookup's own thread.
    using Lookup =
        std::function<int(const std::string& host, std::vector<bytes::SocketAddress>& found)>;

    // `lookup` empty: getaddrinfo(3).
    Resolver(Loop& loop, Lookup lookup);
    ~Resolver();

    // `on_resolved` is called on the loop's thread, unless cancelled. The ticket is never 0.
    [[nodiscard]] std::uint64_t start(const std::string& host,
                                      std::uint16_t port,
                                      std::function<void(const Resolved&)> on_resolved);
    // At once, whatever the lookup does.
    void cancel(std::uint64_t ticket) { waiting_.erase(ticket); }
    void close() { poll_.close(); }

  private:
    struct Mailbox;
    void on_poll(int status, int events) override;

    Loop& loop_;
    const Lookup lookup_;
    std::shared_ptr<Mailbox> mailbox_;
    Poll poll_;
    std::unordered_map<std::uint64_t, std::function<void(const Resolved&)>> waiting_;
    std::uint64_t tickets_ = 0;
};

}  // namespace net::service
