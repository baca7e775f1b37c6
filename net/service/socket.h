// The few system calls that every part of the room makes the same way.
//
// Errors are errno values as return values; 0 is success. Thread: any; nothing is shared.
#pragma once

#include "net/bytes/address.h"
#include "net/capture/unique_fd.h"

#include <cstdint>
#include <sys/socket.h>

namespace net::service {

using capture::UniqueFd;

// A non-blocking, close-on-exec stream socket with the options every one of ours has:
// SO_OOBINLINE (urgent bytes are bytes; without it the kernel throws one away, RELIABILITY.md part 2) and TCP_NODELAY
// (a person who inspects a protocol wants each send on the wire at once). Accepted sockets inherit both from their listener.
[[nodiscard]] int make_stream_socket(bytes::Family family, UniqueFd& out);

struct SystemAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};
[[nodiscard]] SystemAddress to_system(const bytes::SocketAddress& address);
// Family::kNone for anything that is not IPv4 or IPv6.
[[nodiscard]] bytes::SocketAddress from_system(const sockaddr* address);

// getsockname(2) and getpeername(2); Family::kNone when they fail.
[[nodiscard]] bytes::SocketAddress local_address(int fd);
[[nodiscard]] bytes::SocketAddress peer_address(int fd);

// SO_ERROR, which the call clears.
[[nodiscard]] int take_socket_error(int fd);

// From now on close(2) sends a reset.
void reset_on_close(int fd);

// Whether a descriptor of this number eats into the `reserved` last ones under the soft limit. Descriptors are given lowest
// first, so the number of a new one tells how many are open at least.
[[nodiscard]] bool is_in_reserve(int fd, int reserved);
// The lowest number that does, under the soft limit as it is now.
[[nodiscard]] int first_reserved(int reserved);

}  // namespace net::service
