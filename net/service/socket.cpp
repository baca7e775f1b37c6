#include "net/service/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

namespace net::service {

int make_stream_socket(bytes::Family family, UniqueFd& out) {
    const int domain = family == bytes::Family::kIpv6 ? AF_INET6 : AF_INET;
    UniqueFd fd(::socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
    if (!fd.is_open()) return errno;
    const int on = 1;
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_OOBINLINE, &on, sizeof on) != 0) return errno;
    if (::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return errno;
    out = std::move(fd);
    return 0;
}

SystemAddress to_system(const bytes::SocketAddress& address) {
    SystemAddress out;
    if (address.family == bytes::Family::kIpv6) {
        sockaddr_in6 a{};
        a.sin6_family = AF_INET6;
        a.sin6_port = htons(address.port);
        a.sin6_scope_id = address.scope_id;
        std::memcpy(&a.sin6_addr, address.ip.data(), 16);
        std::memcpy(&out.storage, &a, sizeof a);
        out.size = sizeof a;
    } else {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_port = htons(address.port);
        std::memcpy(&a.sin_addr, address.ip.data(), 4);
        std::memcpy(&out.storage, &a, sizeof a);
        out.size = sizeof a;
    }
    return out;
}

bytes::SocketAddress from_system(const sockaddr* address) {
    bytes::SocketAddress out;
    if (address->sa_family == AF_INET) {
        sockaddr_in a{};
        std::memcpy(&a, address, sizeof a);
        std::memcpy(out.ip.data(), &a.sin_addr, 4);
        out.port = ntohs(a.sin_port);
        out.family = bytes::Family::kIpv4;
    } else if (address->sa_family == AF_INET6) {
        sockaddr_in6 a{};
        std::memcpy(&a, address, sizeof a);
        std::memcpy(out.ip.data(), &a.sin6_addr, 16);
        out.port = ntohs(a.sin6_port);
        out.scope_id = a.sin6_scope_id;
        out.family = bytes::Family::kIpv6;
    }
    return out;
}

bytes::SocketAddress local_address(int fd) {
    SystemAddress a;
    a.size = sizeof a.storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&a.storage), &a.size) != 0) return {};
    return from_system(a.get());
}

bytes::SocketAddress peer_address(int fd) {
    SystemAddress a;
    a.size = sizeof a.storage;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&a.storage), &a.size) != 0) return {};
    return from_system(a.get());
}

int take_socket_error(int fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
    return error;
}

void reset_on_close(int fd) {
    const linger l{.l_onoff = 1, .l_linger = 0};
    (void)::setsockopt(fd, SOL_SOCKET, SO_LINGER, &l,
                       sizeof l);  // cannot fail on a TCP socket; if it did, close() ends in order
}

bool is_in_reserve(int fd, int reserved) {
    return fd >= first_reserved(reserved);
}

int first_reserved(int reserved) {
    constexpr rlim_t kMostDescriptors = std::numeric_limits<int>::max();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::numeric_limits<int>::max();
    const rlim_t most = std::min(limit.rlim_cur, kMostDescriptors);
    // A tiny limit cannot give the whole reserve away: half of it stays usable.
    const auto kept = std::min<rlim_t>(static_cast<rlim_t>(std::max(reserved, 0)), most / 2);
    return static_cast<int>(most - kept);
}

}  // namespace net::service
