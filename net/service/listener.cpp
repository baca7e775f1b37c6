#include "net/service/listener.h"

#include "net/service/recorder.h"

#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <utility>

namespace net::service {

namespace {

// So far from the reserve nobody needs to look.
constexpr int kFarFromReserve = 64;

// accept(2): what a new connection died of before it was accepted is reported here; it says nothing about the listener.
bool is_about_the_peer(int error) {
    switch (error) {
        case ECONNABORTED:
        case ENETDOWN:
        case EPROTO:
        case ENOPROTOOPT:
        case EHOSTDOWN:
        case ENONET:
        case EHOSTUNREACH:
        case EOPNOTSUPP:
        case ENETUNREACH: return true;
        default: return false;
    }
}

}  // namespace

Listener::Listener(Loop& loop, Recorder& recorder, const ServiceConfig& config, Owner owner)
    : loop_(loop),
      recorder_(recorder),
      config_(config),
      owner_(std::move(owner)),
      retry_timer_(loop, [this] { resume(); }),
      report_timer_(loop, [this] { owner_.refused(ECONNABORTED, aborted_); }) {}

int Listener::open(const bytes::SocketAddress& address, int backlog) {
    UniqueFd fd;
    int error = make_stream_socket(address.family, fd);
    if (error != 0) return error;
    if (is_in_reserve(fd.get(), config_.reserved_descriptors)) return EMFILE;
    const int on = 1;
    // On Linux this only lets a port be taken again whose old connections are in TIME_WAIT; a second listener is still refused.
    if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return errno;
    // [::] must never take IPv4 along: where both are wanted there are two sockets (RELIABILITY.md part 2, dual stack).
    if (address.family == bytes::Family::kIpv6 &&
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
        return errno;
    const SystemAddress system = to_system(address);
    if (::bind(fd.get(), system.get(), system.size) != 0) return errno;
    if (::listen(fd.get(), backlog) != 0) return errno;
    local_ = local_address(fd.get());
    if (local_.family == bytes::Family::kNone) return errno;
    is_wildcard_ = bytes::is_unspecified(local_);
    fd_ = std::move(fd);
    return 0;
}

int Listener::start() {
    const int error = poll_.open(loop_, fd_.get(), *this);
    if (error == 0) poll_.watch(UV_READABLE);
    return error;
}

void Listener::resume() {
    is_parked_ = false;
    if (!retry_timer_.is_running()) poll_.watch(UV_READABLE);
}

void Listener::close() {
    poll_.close();
    retry_timer_.close();
    report_timer_.close();
    fd_.reset();
}

bool Listener::has_descriptors() {
    if (!is_near_limit_) return true;
    // The lowest free number is what accept4 would take.
    const UniqueFd probe(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
    return probe.is_open() && !is_in_reserve(probe.get(), config_.reserved_descriptors);
}

void Listener::on_poll(int status, int /*events*/) {
    if (status < 0) {  // libuv has stopped watching
        const int error = take_socket_error(fd_.get());
        if (error != 0) {
            back_off(error);
        } else {
            poll_.watch(UV_READABLE);
        }
        return;
    }
    const int reserve = first_reserved(config_.reserved_descriptors);
    for (int i = 0; i < config_.accepts_per_turn && fd_.is_open(); ++i) {
        if (!recorder_.may_proceed()) {
            is_parked_ = true;
            poll_.watch(0);
            return;
        }
        if (!has_descriptors()) {
            back_off(EMFILE);
            return;
        }
        SystemAddress peer;
        peer.size = sizeof peer.storage;
        UniqueFd fd(::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd.is_open()) {
            const int error = errno;
            if (error == EAGAIN) {
                owner_.accepted_all(local_);
                return;
            }
            if (error == EINTR) continue;
            if (is_about_the_peer(error)) {
                ++aborted_;
                if (!report_timer_.is_running()) report_timer_.start(config_.accept_backoff_ns);
                continue;
            }
            back_off(error);
            return;
        }
        is_near_limit_ = fd.get() >= reserve - kFarFromReserve;
        const bytes::SocketAddress local = is_wildcard_ ? local_address(fd.get()) : local_;
        owner_.accepted(std::move(fd), local, from_system(peer.get()));
    }
}

void Listener::back_off(int code) {
    is_near_limit_ = true;
    poll_.watch(0);
    retry_timer_.start(config_.accept_backoff_ns);
    owner_.refused(code, ++refusals_);
}

}  // namespace net::service
