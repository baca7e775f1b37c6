#include "net/service/client.h"

#include "net/service/clock.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::service {

using channel::Operation;

namespace {

SharedBytes shared(std::vector<std::uint8_t>&& bytes) {
    return bytes.empty() ? nullptr
                         : std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

}  // namespace

Client::Client(Connections& all, Resolver& resolver, channel::StartClient&& command)
    : Endpoint(command.endpoint,
               std::move(command.name),
               command.config.keeps_half_open,
               shared(std::move(command.config.greeting))),
      all_(all),
      resolver_(resolver),
      config_(std::move(command.config)),
      timer_(all.loop(),
             [this] {
                 if (is_waiting_ && all_.recorder().is_paused()) {
                     is_held_ = true;
                 } else if (is_waiting_) {
                     begin_round();
                 } else {
                     address_failed(ETIMEDOUT);
                 }
             }),
      delay_ns_(config_.reconnect.first_delay_ns) {}

Client::~Client() {
    cancel();
}

void Client::start() {
    all_.recorder().writer().add_endpoint(id(), channel::EndpointKind::kClient, name());
    all_.recorder().tell(channel::EndpointAdded{
        .endpoint = id(), .kind = channel::EndpointKind::kClient, .name = name()});
    std::string wrong;
    if (!set_replies(all_, config_.replies, wrong)) {
        channel::Failure failure = reply_failure(wrong);
        failure.is_final = true;
        all_.recorder().note(channel::Failed{std::move(failure)});
        end();
        return;
    }
    begin_round();
}

void Client::resume() {
    if (std::exchange(is_held_, false) && is_waiting_) begin_round();
}

void Client::begin_round() {
    is_waiting_ = false;
    ++attempt_;
    next_address_ = 0;
    addresses_.clear();
    if (const auto literal = bytes::parse_ip(config_.peer.host, config_.peer.port)) {
        addresses_.push_back(*literal);
        try_address();
        return;
    }
    all_.recorder().note(channel::ClientResolving{.endpoint = id(), .time_ns = wall_time_ns()});
    ticket_ = resolver_.start(config_.peer.host, config_.peer.port,
                              [this](const Resolved& found) { resolved(found); });
}

void Client::resolved(const Resolved& found) {
    ticket_ = 0;
    if (found.code != 0 || found.addresses.empty()) {
        auto failure = channel::make_resolve_failure(id(), config_.peer.host, found.code,
                                                     found.errno_value, wall_time_ns());
        failure.is_final = !config_.reconnect.is_on;
        all_.recorder().note(channel::Failed{std::move(failure)});
        round_ended();
        return;
    }
    addresses_ = found.addresses;
    try_address();
}

void Client::try_address() {
    const bytes::SocketAddress& address = addresses_[next_address_];
    all_.recorder().note(channel::ClientConnecting{
        .endpoint = id(), .peer = address, .attempt = attempt_, .time_ns = wall_time_ns()});
    const int error = dial(address);
    if (error != 0) address_failed(error);
}

int Client::dial(const bytes::SocketAddress& address) {
    int error = make_stream_socket(address.family, fd_);
    if (error != 0) return error;
    if (is_in_reserve(fd_.get(), all_.config().reserved_descriptors)) return EMFILE;
    const SystemAddress system = to_system(address);
    // Interrupted, it goes on all the same (connect(2)).
    if (::connect(fd_.get(), system.get(), system.size) != 0 && errno != EINPROGRESS &&
        errno != EINTR)
        return errno;
    // Where it is connected already the poll says so at once; there is one way for both.
    error = poll_.open(all_.loop(), fd_.get(), *this);
    if (error != 0) return error;
    poll_.watch(UV_WRITABLE);
    timer_.start(config_.connect_timeout_ns);
    return 0;
}

void Client::on_poll(int /*status*/, int /*events*/) {
    // Whatever poll says, SO_ERROR knows: a refused connect comes with a negative status (POLLERR).
    const int error = take_socket_error(fd_.get());
    // A reset in answer to a SYN is ECONNREFUSED. So these two say that the connection was there, and was reset before we looked; what
    // the peer sent before lies in the kernel still (Linux, tcp_reset()).
    if (error != 0 && error != ECONNRESET && error != EPIPE) {
        address_failed(error);
        return;
    }
    dialled(error);
}

void Client::dialled(int lost_with) {
    const bytes::SocketAddress local = local_address(fd_.get());
    bytes::SocketAddress peer = peer_address(fd_.get());
    if (peer.family == bytes::Family::kNone) {  // reset already, so the kernel has forgotten it
        peer = addresses_[next_address_];
        if (lost_with == 0) lost_with = ECONNRESET;
    }
    // A port of the ephemeral range that nobody listens on may be given to this very socket as its own: then it has connected to itself.
    if (local == peer) {
        address_failed(ECONNREFUSED);
        return;
    }
    timer_.stop();
    poll_.close();
    delay_ns_ = config_.reconnect.first_delay_ns;
    all_.open(*this, std::move(fd_), local, peer, true, lost_with);
}

void Client::address_failed(int code) {
    timer_.stop();
    poll_.close();
    fd_.reset();
    const bytes::SocketAddress address = addresses_[next_address_];
    const bool is_last = ++next_address_ >= addresses_.size();
    auto failure = channel::make_failure(Operation::kConnect, id(), bytes::to_text(address), code,
                                         wall_time_ns());
    failure.is_final = is_last && !config_.reconnect.is_on;
    all_.recorder().note(channel::Failed{std::move(failure)});
    if (is_last) {
        round_ended();
    } else {
        try_address();
    }
}

void Client::connection_closed(bool is_wish) {
    if (is_wish || is_stopping_) {
        end();
    } else {
        round_ended();
    }
}

void Client::round_ended() {
    if (!config_.reconnect.is_on || is_stopping_) {
        end();
        return;
    }
    is_waiting_ = true;
    all_.recorder().note(channel::ClientWaiting{.endpoint = id(),
                                                .next_attempt = attempt_ + 1,
                                                .delay_ns = delay_ns_,
                                                .time_ns = wall_time_ns()});
    timer_.start(delay_ns_);
    delay_ns_ = std::min(delay_ns_ * 2, std::max(config_.reconnect.longest_delay_ns,
                                                 config_.reconnect.first_delay_ns));
}

void Client::stop() {
    is_stopping_ = true;
    cancel();
    if (connections.is_empty()) {
        end();
    } else {
        connections.for_each([](Connection& connection) { connection.close_in_order(); });
    }
}

void Client::cancel() {
    is_held_ = false;
    if (ticket_ != 0) resolver_.cancel(std::exchange(ticket_, 0));
    timer_.close();
    poll_.close();
    fd_.reset();
}

void Client::end() {
    if (has_ended_) return;
    has_ended_ = true;
    cancel();
    all_.recorder().note(channel::EndpointStopped{.endpoint = id(), .time_ns = wall_time_ns()});
}

}  // namespace net::service
