#include "tests/support/service_fixture.h"

#include <uv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace service_test {

namespace {

std::int64_t read_clock(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

sockaddr_storage to_system(const bytes::SocketAddress& address, socklen_t& size) {
    sockaddr_storage out{};
    if (address.family == bytes::Family::kIpv6) {
        auto& a = reinterpret_cast<sockaddr_in6&>(out);
        a.sin6_family = AF_INET6;
        a.sin6_port = htons(address.port);
        std::memcpy(&a.sin6_addr, address.ip.data(), 16);
        size = sizeof a;
    } else {
        auto& a = reinterpret_cast<sockaddr_in&>(out);
        a.sin_family = AF_INET;
        a.sin_port = htons(address.port);
        std::memcpy(&a.sin_addr, address.ip.data(), 4);
        size = sizeof a;
    }
    return out;
}

bytes::SocketAddress name_of(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size);
    bytes::SocketAddress out;
    if (storage.ss_family == AF_INET6) {
        const auto& a = reinterpret_cast<const sockaddr_in6&>(storage);
        out.family = bytes::Family::kIpv6;
        out.port = ntohs(a.sin6_port);
        std::memcpy(out.ip.data(), &a.sin6_addr, 16);
    } else {
        const auto& a = reinterpret_cast<const sockaddr_in&>(storage);
        out.family = bytes::Family::kIpv4;
        out.port = ntohs(a.sin_port);
        std::memcpy(out.ip.data(), &a.sin_addr, 4);
    }
    return out;
}

std::string text_of(const channel::Event& event) {
    struct Words {
        std::string operator()(const channel::Recorded& e) const {
            return "recorded " + std::to_string(e.size) + " on " +
                   std::to_string(number(e.connection));
        }
        std::string operator()(const channel::EndpointAdded& e) const { return "added " + e.name; }
        std::string operator()(const channel::ServerListening& e) const {
            return "listening " + to_text(e.local);
        }
        std::string operator()(const channel::ClientResolving&) const { return "resolving"; }
        std::string operator()(const channel::ClientConnecting& e) const {
            return "connecting " + to_text(e.peer) + " attempt " + std::to_string(e.attempt);
        }
        std::string operator()(const channel::ClientWaiting& e) const {
            return "waiting " + std::to_string(e.delay_ns);
        }
        std::string operator()(const channel::EndpointStopped& e) const {
            return "stopped " + std::to_string(number(e.endpoint));
        }
        std::string operator()(const channel::ConnectionOpened& e) const {
            return "opened " + std::to_string(number(e.connection)) + " " + to_text(e.local) + " " +
                   to_text(e.peer);
        }
        std::string operator()(const channel::PeerEnded& e) const {
            return "peer ended " + std::to_string(number(e.connection));
        }
        std::string operator()(const channel::ConnectionClosed& e) const {
            return "closed " + std::to_string(number(e.connection)) + " reason " +
                   std::to_string(static_cast<int>(e.reason)) + " code " + std::to_string(e.code);
        }
        std::string operator()(const channel::ConnectionStats& e) const {
            return "stats " + std::to_string(number(e.connection));
        }
        std::string operator()(const channel::Failed& e) const {
            return "failed: " + e.failure.message;
        }
        std::string operator()(const channel::ReadingPaused& e) const {
            return "paused " + std::to_string(static_cast<int>(e.cause));
        }
        std::string operator()(const channel::ReadingResumed& e) const {
            return "resumed " + std::to_string(static_cast<int>(e.cause));
        }
        std::string operator()(const channel::CaptureOpened& e) const {
            return "capture " + e.path;
        }
        std::string operator()(const channel::StreamGap& e) const {
            return "gap " + std::to_string(e.bytes);
        }
        std::string operator()(const channel::CaptureFileDropped& e) const {
            return "dropped " + std::to_string(number(e.file));
        }
        std::string operator()(const channel::NoteRecorded& e) const {
            return "note " + std::to_string(number(e.note.id)) + " " + e.note.text;
        }
        std::string operator()(const channel::NoteRemoved& e) const {
            return "note " + std::to_string(number(e.note)) + " removed";
        }
        std::string operator()(const channel::SendJobProgress& e) const {
            return "job " + std::to_string(number(e.job)) + " state " +
                   std::to_string(static_cast<int>(e.state)) + " sends " + std::to_string(e.sends) +
                   " skipped " + std::to_string(e.skipped) + " bytes " + std::to_string(e.bytes);
        }
        std::string operator()(const channel::RepliesChanged& e) const {
            return "replies changed " + std::to_string(number(e.endpoint));
        }
        std::string operator()(const channel::ReplyHits& e) const {
            return "rule " + std::to_string(e.rule) + " hits " + std::to_string(e.hits);
        }
        std::string operator()(const channel::RepliesLimited& e) const {
            return "replies left out " + std::to_string(e.left_out);
        }
        std::string operator()(const channel::LedgerMark& e) const {
            return "mark " + std::to_string(e.received);
        }
        std::string operator()(const channel::SignalReceived& e) const {
            return "signal " + std::to_string(e.signal);
        }
        std::string operator()(const channel::ServiceStopped&) const { return "service stopped"; }
    };
    return std::visit(Words{}, event);
}

}  // namespace

std::int64_t now_ns() {
    return read_clock(CLOCK_MONOTONIC);
}

std::int64_t cpu_time_ns() {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

std::string pattern(std::size_t size, std::uint64_t seed) {
    std::string out(size, '\0');
    std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
    for (char& c : out) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        c = static_cast<char>(state & 0xFFU);
    }
    return out;
}

std::vector<std::uint8_t> octets(std::string_view text) {
    return {text.begin(), text.end()};
}

bytes::SocketAddress loopback(std::uint16_t port) {
    bytes::SocketAddress address;
    address.family = bytes::Family::kIpv4;
    address.ip = {127, 0, 0, 1};
    address.port = port;
    return address;
}

// ---- Peer ----

Peer::Peer(int fd) : fd_(fd) {
    const timeval patience{.tv_sec = kPatience_ns / 1'000'000'000, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Peer::~Peer() {
    close();
}

Peer& Peer::operator=(Peer&& other) noexcept {
    if (this != &other) {
        close();
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

int Peer::try_to(const bytes::SocketAddress& address, Peer& out) {
    const int fd = socket(address.family == bytes::Family::kIpv6 ? AF_INET6 : AF_INET,
                          SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    Peer peer(fd);
    socklen_t size = 0;
    const sockaddr_storage system = to_system(address, size);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&system), size) != 0) return errno;
    out = std::move(peer);
    return 0;
}

Peer Peer::to(const bytes::SocketAddress& address, int receive_buffer) {
    Peer peer(socket(address.family == bytes::Family::kIpv6 ? AF_INET6 : AF_INET,
                     SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0) {
        // Small segments too: on loopback the sender's kernel would else take 2.6 MB before it waits.
        const int segment = 536;
        setsockopt(peer.fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        setsockopt(peer.fd_, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    socklen_t size = 0;
    const sockaddr_storage system = to_system(address, size);
    if (connect(peer.fd_, reinterpret_cast<const sockaddr*>(&system), size) != 0) {
        ADD_FAILURE() << "connect to " << to_text(address) << ": " << std::strerror(errno);
    }
    return peer;
}

void Peer::send(std::string_view text) const {
    while (!text.empty()) {
        const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
        if (n <= 0) {
            ADD_FAILURE() << "peer's send: " << std::strerror(errno);
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
}

std::size_t Peer::send_without_waiting(std::string_view text) const {
    std::size_t taken = 0;
    while (taken < text.size()) {
        const ssize_t n =
            ::send(fd_, text.data() + taken, text.size() - taken, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) break;
        taken += static_cast<std::size_t>(n);
    }
    return taken;
}

void Peer::send_urgent(char byte) const {
    EXPECT_EQ(::send(fd_, &byte, 1, MSG_OOB | MSG_NOSIGNAL), 1);
}

std::string Peer::receive(std::size_t size) const {
    std::string out(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t n = recv(fd_, out.data() + filled, size - filled, 0);
        if (n <= 0) {
            if (n < 0) ADD_FAILURE() << "peer's recv: " << std::strerror(errno);
            break;
        }
        filled += static_cast<std::size_t>(n);
    }
    out.resize(filled);
    return out;
}

std::string Peer::receive_to_end(int* error) const {
    std::string out;
    std::vector<char> buffer(std::size_t{256} * 1024);
    for (;;) {
        const ssize_t n = recv(fd_, buffer.data(), buffer.size(), 0);
        if (n > 0) {
            out.append(buffer.data(), static_cast<std::size_t>(n));
            continue;
        }
        const int code = n < 0 ? errno : 0;
        if (error != nullptr) {
            *error = code;
        } else if (code != 0) {
            ADD_FAILURE() << "peer's recv: " << std::strerror(code);
        }
        return out;
    }
}

void Peer::end() const {
    EXPECT_EQ(shutdown(fd_, SHUT_WR), 0);
}

void Peer::reset() {
    const linger l{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close();
}

void Peer::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

bytes::SocketAddress Peer::local() const {
    return name_of(fd_);
}

PeerListener::PeerListener(int backlog) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    socklen_t size = 0;
    const sockaddr_storage system = to_system(loopback(), size);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&system), size), 0);
    EXPECT_EQ(listen(fd_, backlog), 0);
    address_ = name_of(fd_);
}

PeerListener::~PeerListener() {
    close();
}

void PeerListener::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

Peer PeerListener::accept() const {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&wait, 1, static_cast<int>(kPatience_ns / 1'000'000)), 1) << "nobody connects";
    return Peer(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
}

// ---- ServiceFixture ----

ServiceFixture::ServiceFixture() {
    // As main does in its first line.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    // libuv keeps two descriptors for the process from its first loop on; they are nobody's leak.
    uv_loop_t first{};
    EXPECT_EQ(uv_loop_init(&first), 0);
    EXPECT_EQ(uv_loop_close(&first), 0);
    descriptors_before_ = open_descriptors();
    std::string name =
        (std::filesystem::temp_directory_path() / "wireloupe-service-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    config.capture.files = &files;
    config.capture.path = directory_ + "/capture.pcapng";
    config.capture.bounds.least_free_bytes = 0;
}

ServiceFixture::~ServiceFixture() {
    service_.reset();
    ::close(wake_);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

void ServiceFixture::TearDown() {
    if (is_running()) {
        const channel::ServiceStopped stopped = stop();
        EXPECT_EQ(stopped.loop_close_result, 0) << "a handle was left open";
        EXPECT_EQ(stopped.connections, count<channel::ConnectionOpened>());
    }
    if (has_stopped_) {
        for (const auto& [connection, told] : told_) {
            EXPECT_TRUE(told.is_closed)
                << "connection " << number(connection) << " was never told to be closed";
        }
        service_.reset();
        // The captures' own descriptors belong to `files`, and there is `wake_`. A lookup's thread, which nobody joins, lets go of its bell a moment
        // after its answer.
        const std::size_t expected = descriptors_before_ + 1 + captures_;
        const std::int64_t deadline = now_ns() + kPatience_ns;
        while (open_descriptors() > expected && now_ns() < deadline)
            sched_yield();
        EXPECT_EQ(open_descriptors(), expected) << "descriptors are left open";
    }
}

void ServiceFixture::start() {
    service_ = std::make_unique<net::service::Service>(config, [fd = wake_] {
        const std::uint64_t one = 1;
        (void)!::write(fd, &one, sizeof one);
    });
    channel::Failure failure;
    ASSERT_TRUE(service_->start(failure)) << failure.message;
    expect<channel::CaptureOpened>();
}

void ServiceFixture::release(channel::FileId file) {
    files.release(file);
    --captures_;
}

void ServiceFixture::destroy() {
    service_.reset();
}

void ServiceFixture::destroy_and_forget() {
    service_.reset();
    events.clear();
    told_.clear();
    total_received_ = total_sent_ = reads_ = 0;
    auditor_ = std::make_unique<capture::Auditor>(files);
    has_stopped_ = false;
}

channel::ServiceStopped ServiceFixture::stop() {
    post(channel::StopService{});
    return expect<channel::ServiceStopped>();
}

void ServiceFixture::post(channel::Command command) {
    const std::int64_t deadline = now_ns() + kPatience_ns;
    while (!service_->link().try_post(std::move(command))) {
        ASSERT_LT(now_ns(), deadline) << "no command is taken";
        drain_for(1'000'000);
    }
}

bool ServiceFixture::wait_for_wake(std::int64_t patience_ns) const {
    pollfd wait{.fd = wake_, .events = POLLIN, .revents = 0};
    const std::int64_t ms = (std::max<std::int64_t>(patience_ns, 0) + 999'999) / 1'000'000;
    if (poll(&wait, 1, static_cast<int>(ms)) != 1) return false;
    std::uint64_t rings = 0;
    (void)!::read(wake_, &rings, sizeof rings);
    return true;
}

bool ServiceFixture::drain_until(const std::function<bool()>& is_so, std::int64_t patience_ns) {
    const std::int64_t deadline = now_ns() + patience_ns;
    for (;;) {
        if (is_so()) return true;
        const bool has_more =
            service_ != nullptr &&
            service_->link().drain([this](channel::Event&& event) { fold(std::move(event)); },
                                   [] { return true; });
        if (is_so()) return true;
        const std::int64_t left = deadline - now_ns();
        if (left <= 0) return false;
        if (!has_more) wait_for_wake(left);
    }
}

void ServiceFixture::drain_for(std::int64_t duration_ns) {
    (void)drain_until([] { return false; }, duration_ns);
}

void ServiceFixture::drain_some(std::size_t most) {
    service_->link().drain([this](channel::Event&& event) { fold(std::move(event)); },
                           [&most] { return most-- > 0; });
}

void ServiceFixture::fold(channel::Event&& event) {
    ASSERT_FALSE(has_stopped_) << "an event after ServiceStopped: " << text_of(event);
    if (const auto* opened = std::get_if<channel::ConnectionOpened>(&event)) {
        EXPECT_TRUE(told_.try_emplace(opened->connection).second) << "opened twice";
    } else if (const auto* recorded = std::get_if<channel::Recorded>(&event)) {
        check(*recorded);
    } else if (const auto* mark = std::get_if<channel::LedgerMark>(&event)) {
        check(*mark);
    } else if (const auto* closed = std::get_if<channel::ConnectionClosed>(&event)) {
        Told& told = told_.at(closed->connection);
        EXPECT_FALSE(told.is_closed) << "closed twice";
        told.is_closed = true;
        if (expects_whole_ledger) {  // else a full disk has kept some from being told
            EXPECT_EQ(told.received, closed->received);
            EXPECT_EQ(told.sent, closed->sent);
        }
    } else if (const auto* ended = std::get_if<channel::PeerEnded>(&event)) {
        EXPECT_FALSE(told_.at(ended->connection).is_closed);
    } else if (const auto* stats = std::get_if<channel::ConnectionStats>(&event)) {
        EXPECT_FALSE(told_.at(stats->connection).is_closed) << "a sample of a closed connection";
    } else if (std::holds_alternative<channel::ServiceStopped>(event)) {
        has_stopped_ = true;
    } else if (std::holds_alternative<channel::CaptureOpened>(event)) {
        ++captures_;
    }
    events.push_back(std::move(event));
}

void ServiceFixture::check(const channel::Recorded& event) {
    Told& told = told_.at(event.connection);
    EXPECT_FALSE(told.is_closed) << "bytes after the closing";
    EXPECT_GT(event.size, 0U);
    ++reads_;
    if (event.direction == channel::Direction::kReceived) {
        told.received += event.size;
        total_received_ += event.size;
    } else {
        told.sent += event.size;
        total_sent_ += event.size;
    }
    // Told means stored: the last byte can be read back now.
    std::uint8_t last = 0;
    EXPECT_EQ(files.read(event.file, event.offset + event.size - 1, {&last, 1}), 1)
        << "told before it was stored";
}

void ServiceFixture::check(const channel::LedgerMark& mark) {
    if (!expects_whole_ledger) return;
    EXPECT_EQ(mark.received, total_received_);
    EXPECT_EQ(mark.sent, total_sent_);
    EXPECT_EQ(mark.reads, reads_);
    std::uint8_t last = 0;
    EXPECT_EQ(files.read(mark.file, mark.end_offset - 1, {&last, 1}), 1)
        << "the file ends before the mark";
    // Counted from the files, whichever they are by now.
    EXPECT_TRUE(auditor_->advance(mark.file, mark.end_offset, UINT64_MAX));
    EXPECT_FALSE(auditor_->counts().is_damaged) << auditor_->counts().damage;
    EXPECT_EQ(auditor_->counts().received, mark.received);
    EXPECT_EQ(auditor_->counts().sent, mark.sent);
}

// ---- What is asked for ----

void ServiceFixture::post_server(channel::ServerConfig server, EndpointId endpoint) {
    if (server.address.address.family == bytes::Family::kNone && !server.address.all_interfaces)
        server.address.address = loopback();
    post(channel::StartServer{.endpoint = endpoint,
                              .name = "server " + std::to_string(number(endpoint)),
                              .config = std::move(server)});
}

bytes::SocketAddress ServiceFixture::start_server(channel::ServerConfig server,
                                                  EndpointId endpoint) {
    post_server(std::move(server), endpoint);
    return expect<channel::ServerListening>(
               [endpoint](const auto& e) { return e.endpoint == endpoint; })
        .local;
}

void ServiceFixture::post_client(channel::ClientConfig client, EndpointId endpoint) {
    post(channel::StartClient{.endpoint = endpoint,
                              .name = "client " + std::to_string(number(endpoint)),
                              .config = std::move(client)});
}

void ServiceFixture::post_client_to(const bytes::SocketAddress& peer, EndpointId endpoint) {
    channel::ClientConfig client;
    client.peer = {.host = host_text(peer), .port = peer.port};
    post_client(std::move(client), endpoint);
}

void ServiceFixture::post_send(ConnectionId connection, std::string_view text) {
    post(channel::Send{.targets = {.connections = {connection}}, .bytes = octets(text)});
}

void ServiceFixture::post_close(ConnectionId connection, channel::CloseHow how) {
    post(channel::CloseConnections{.connections = {connection}, .how = how});
}

// ---- What has happened ----

channel::ConnectionOpened ServiceFixture::expect_opened(std::size_t n) {
    return expect<channel::ConnectionOpened>([n](const auto&) mutable { return n-- == 0; });
}

channel::ConnectionClosed ServiceFixture::expect_closed(ConnectionId connection) {
    return expect<channel::ConnectionClosed>(
        [connection](const auto& e) { return e.connection == connection; });
}

channel::Failed ServiceFixture::expect_failed(Operation operation) {
    return expect<channel::Failed>(
        [operation](const auto& e) { return e.failure.operation == operation; });
}

void ServiceFixture::expect_received_bytes(ConnectionId connection, std::uint64_t size) {
    EXPECT_TRUE(drain_until([&] { return received(connection) >= size; }))
        << "received " << received(connection) << " of " << size;
    EXPECT_EQ(received(connection), size);
}

void ServiceFixture::expect_received(ConnectionId connection, std::string_view text) {
    expect_received_bytes(connection, text.size());
    EXPECT_TRUE(received_bytes(connection) == text) << "other bytes than were sent";
}

std::uint64_t ServiceFixture::received(ConnectionId connection) const {
    const auto found = told_.find(connection);
    return found == told_.end() ? 0 : found->second.received;
}

std::uint64_t ServiceFixture::sent(ConnectionId connection) const {
    const auto found = told_.find(connection);
    return found == told_.end() ? 0 : found->second.sent;
}

std::string ServiceFixture::bytes_of(ConnectionId connection, channel::Direction direction) const {
    std::string out;
    for (const channel::Event& event : events) {
        const auto* recorded = std::get_if<channel::Recorded>(&event);
        if (recorded == nullptr || recorded->connection != connection ||
            recorded->direction != direction)
            continue;
        const std::size_t begin = out.size();
        out.resize(begin + recorded->size);
        const std::int64_t n =
            files.read(recorded->file, recorded->offset,
                       {reinterpret_cast<std::uint8_t*>(out.data()) + begin, recorded->size});
        EXPECT_EQ(n, static_cast<std::int64_t>(recorded->size));
    }
    return out;
}

std::string ServiceFixture::received_bytes(ConnectionId connection) const {
    return bytes_of(connection, channel::Direction::kReceived);
}

std::string ServiceFixture::sent_bytes(ConnectionId connection) const {
    return bytes_of(connection, channel::Direction::kSent);
}

std::string ServiceFixture::story() const {
    std::string out;
    const std::size_t first = events.size() > 40 ? events.size() - 40 : 0;
    for (std::size_t i = first; i < events.size(); ++i)
        out += "  " + text_of(events[i]) + "\n";
    return out;
}

}  // namespace service_test
