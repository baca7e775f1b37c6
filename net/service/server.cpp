#include "net/service/server.h"

#include "net/service/clock.h"

#include <cerrno>
#include <utility>

namespace net::service {

using channel::Operation;

namespace {

// How often another port is tried when the one the system chose for IPv4 is taken for IPv6.
constexpr int kPortAttempts = 16;

bytes::SocketAddress any_address(bytes::Family family, std::uint16_t port) {
    bytes::SocketAddress address;
    address.family = family;
    address.port = port;
    return address;
}

SharedBytes shared(std::vector<std::uint8_t>&& bytes) {
    return bytes.empty() ? nullptr
                         : std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

}  // namespace

Server::Server(Connections& all, channel::StartServer&& command)
    : Endpoint(command.endpoint,
               std::move(command.name),
               command.config.keeps_half_open,
               shared(std::move(command.config.greeting))),
      all_(all),
      config_(std::move(command.config)) {}

void Server::start() {
    all_.recorder().writer().add_endpoint(id(), channel::EndpointKind::kServer, name());
    all_.recorder().tell(channel::EndpointAdded{
        .endpoint = id(), .kind = channel::EndpointKind::kServer, .name = name()});
    std::string where;
    channel::Replies replies = config_.replies;
    replies.echoes = replies.echoes || config_.echoes;
    if (!set_replies(all_, replies, where)) {
        channel::Failure failure = reply_failure(where);
        failure.is_final = true;
        all_.recorder().note(channel::Failed{std::move(failure)});
        end_if_empty();
        return;
    }
    int error = open_listeners(where);
    for (std::size_t i = 0; error == 0 && i < listeners_.size(); ++i) {
        error = listeners_[i]->start();
        where = bytes::to_text(listeners_[i]->local());
    }
    if (error != 0) {
        listeners_.clear();
        tell_failed(Operation::kListen, where, error, true);
        end_if_empty();
        return;
    }
    for (const auto& listener : listeners_) {
        all_.listens_at(listener->local());
        all_.recorder().note(channel::ServerListening{
            .endpoint = id(), .local = listener->local(), .time_ns = wall_time_ns()});
    }
}

std::unique_ptr<Listener> Server::make_listener() {
    return std::make_unique<Listener>(
        all_.loop(), all_.recorder(), all_.config(),
        Listener::Owner{
            .accepted =
                [this](UniqueFd fd, const bytes::SocketAddress& local,
                       const bytes::SocketAddress& peer) { accepted(std::move(fd), local, peer); },
            .refused =
                [this](int code, std::uint64_t count) {
                    const char* what =
                        code == ECONNABORTED ? " gone before they were accepted" : " refusals";
                    tell_failed(Operation::kAccept, name(), code, false,
                                " (" + std::to_string(count) + what + " so far)");
                },
            .accepted_all =
                [this](const bytes::SocketAddress& local) { all_.accepted_all_at(local); }});
}

int Server::open_listeners(std::string& where) {
    if (config_.address.all_interfaces)
        return open_on_all_interfaces(config_.address.address.port, where);
    where = bytes::to_text(config_.address.address);
    auto listener = make_listener();
    const int error = listener->open(config_.address.address, config_.backlog);
    if (error == 0) listeners_.push_back(std::move(listener));
    return error;
}

int Server::open_on_all_interfaces(std::uint16_t port, std::string& where) {
    for (int attempt = 1;; ++attempt) {
        auto ipv4 = make_listener();
        auto ipv6 = make_listener();
        where = bytes::to_text(any_address(bytes::Family::kIpv4, port));
        int error = ipv4->open(any_address(bytes::Family::kIpv4, port), config_.backlog);
        if (error != 0) return error;
        const auto second = any_address(bytes::Family::kIpv6, ipv4->local().port);
        where = bytes::to_text(second);
        error = ipv6->open(second, config_.backlog);
        if (error == EAFNOSUPPORT || error == EADDRNOTAVAIL) {  // a machine without IPv6
            tell_failed(Operation::kListen, where, error, false);
            listeners_.push_back(std::move(ipv4));
            return 0;
        }
        if (error == EADDRINUSE && port == 0 && attempt < kPortAttempts) continue;
        if (error != 0) return error;
        listeners_.push_back(std::move(ipv4));
        listeners_.push_back(std::move(ipv6));
        return 0;
    }
}

void Server::accepted(UniqueFd fd,
                      const bytes::SocketAddress& local,
                      const bytes::SocketAddress& peer) {
    if (config_.most_clients > 0 && open_connections_ >= config_.most_clients) {
        fd.reset();
        tell_failed(Operation::kAccept, bytes::to_text(peer), EUSERS, false,
                    " (closed: " + name() + " has its " + std::to_string(config_.most_clients) +
                        " clients at once)");
        return;
    }
    ++open_connections_;
    all_.open(*this, std::move(fd), local, peer, false);
}

void Server::stop() {
    for (const auto& listener : listeners_) {
        if (!is_stopping_ && !has_ended()) all_.listens_no_more_at(listener->local());
        listener->close();
    }
    is_stopping_ = true;
    connections.for_each([](Connection& connection) { connection.close_in_order(); });
    end_if_empty();
}

void Server::resume() {
    for (const auto& listener : listeners_)
        listener->resume();
}

void Server::connection_closed(bool /*is_wish*/) {
    --open_connections_;
    if (is_stopping_) end_if_empty();
}

void Server::end_if_empty() {
    if (has_ended_ || open_connections_ > 0) return;
    has_ended_ = true;
    all_.recorder().note(channel::EndpointStopped{.endpoint = id(), .time_ns = wall_time_ns()});
}

void Server::tell_failed(Operation operation,
                         const std::string& where,
                         int code,
                         bool is_final,
                         const std::string& more) {
    channel::Failure failure = channel::make_failure(operation, id(), where, code, wall_time_ns());
    failure.is_final = is_final;
    failure.message += more;
    all_.recorder().note(channel::Failed{std::move(failure)});
}

}  // namespace net::service
