// The words in which the service's tests speak: a Service on a capture of its own, the events it has told, and peers that do what the test says.
//
// The test's thread is the frame side. Each event is checked as it is drained: bytes that are told must be in the file already, counts of a LedgerMark must be the
// sum of what was told before it, every connection must be opened once and closed at most once. Every wait has a deadline.
#pragma once

#include "net/capture/auditor.h"
#include "net/capture/file_table.h"
#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/service/service.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tests/support/folder_names.h"

namespace service_test {

namespace bytes = net::bytes;
namespace capture = net::capture;
namespace channel = net::channel;
using channel::CloseReason;
using channel::ConnectionId;
using channel::EndpointId;
using channel::Operation;
using channel::PauseCause;
using net::service::ServiceConfig;
using support::open_descriptors;

// Enough for a loaded machine under a sanitizer; a test that waits so long has failed.
inline constexpr std::int64_t kPatience_ns = 20'000'000'000;

[[nodiscard]] std::int64_t now_ns();  // CLOCK_MONOTONIC

// Bytes that differ everywhere, the same for the same seed.
[[nodiscard]] std::string pattern(std::size_t size, std::uint64_t seed = 1);
[[nodiscard]] std::vector<std::uint8_t> octets(std::string_view text);
// CPU time of the whole process.
[[nodiscard]] std::int64_t cpu_time_ns();

// The other program: a blocking socket whose calls give up after kPatience_ns.
class Peer {
  public:
    Peer() = default;
    explicit Peer(int fd);
    ~Peer();
    Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Peer& operator=(Peer&& other) noexcept;

    // Fails the test if it cannot. `receive_buffer` 0: the system's; else a slow peer, with small segments.
    [[nodiscard]] static Peer to(const bytes::SocketAddress& address, int receive_buffer = 0);
    // errno of a connect that may fail; 0 with `out` connected.
    [[nodiscard]] static int try_to(const bytes::SocketAddress& address, Peer& out);

    void send(std::string_view text) const;
    void send_urgent(char byte) const;
    // Exactly `size` bytes, or what came before the end.
    [[nodiscard]] std::string receive(std::size_t size) const;
    // Until the end of the stream; `error` is 0 for FIN, else errno.
    [[nodiscard]] std::string receive_to_end(int* error = nullptr) const;
    // As much as the kernel takes without waiting for us.
    std::size_t send_without_waiting(std::string_view text) const;
    void end() const;  // FIN
    void reset();      // RST
    void close();
    [[nodiscard]] bytes::SocketAddress local() const;
    [[nodiscard]] int descriptor() const { return fd_; }

  private:
    int fd_ = -1;
};

// A listening socket of the other program.
class PeerListener {
  public:
    // `backlog` 0 on Linux: one connection waits, the next SYNs are dropped.
    explicit PeerListener(int backlog = 128);
    ~PeerListener();
    PeerListener(const PeerListener&) = delete;
    PeerListener& operator=(const PeerListener&) = delete;
    [[nodiscard]] const bytes::SocketAddress& address() const { return address_; }
    [[nodiscard]] Peer accept() const;
    void close();

  private:
    int fd_ = -1;
    bytes::SocketAddress address_;
};

[[nodiscard]] bytes::SocketAddress loopback(std::uint16_t port = 0);

class ServiceFixture : public ::testing::Test {
  protected:
    ServiceFixture();
    ~ServiceFixture() override;
    // Stops the service in order, checks the end, the ledger and the descriptors.
    void TearDown() override;

    // ---- The service. ----

    ServiceConfig config;  // set before start(); `capture` has a file of its own already
    void start();
    // Posts StopService and drains until ServiceStopped.
    channel::ServiceStopped stop();
    void post(channel::Command command);
    [[nodiscard]] bool is_running() const { return service_ != nullptr && !has_stopped_; }
    // The destructor without a drain.
    void destroy();
    // After stop(): the service goes, and the next start() begins with nothing told.
    void destroy_and_forget();

    // ---- What is asked for. ----

    // Waits until it listens. Address: 127.0.0.1, a free port.
    bytes::SocketAddress start_server(channel::ServerConfig server = {},
                                      EndpointId endpoint = EndpointId{1});
    void post_server(channel::ServerConfig server, EndpointId endpoint = EndpointId{1});
    void post_client(channel::ClientConfig client, EndpointId endpoint = EndpointId{2});
    void post_client_to(const bytes::SocketAddress& peer, EndpointId endpoint = EndpointId{2});
    void post_send(ConnectionId connection, std::string_view text);
    void post_close(ConnectionId connection, channel::CloseHow how = channel::CloseHow::kInOrder);

    // ---- What has happened: `events` so far; waits go on from the beginning of `events` unless said otherwise. ----

    std::vector<channel::Event> events;

    // Drains until `is_so` or the deadline; whether it is so.
    [[nodiscard]] bool drain_until(const std::function<bool()>& is_so,
                                   std::int64_t patience_ns = kPatience_ns);
    // Drains for so long, whatever comes.
    void drain_for(std::int64_t duration_ns);
    // Takes at most `most` events that wait now.
    void drain_some(std::size_t most);

    template <typename T>
    [[nodiscard]] std::vector<T> all() const {
        std::vector<T> found;
        for (const channel::Event& event : events) {
            if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
        }
        return found;
    }
    template <typename T>
    [[nodiscard]] std::size_t count() const {
        std::size_t n = 0;
        for (const channel::Event& event : events)
            n += std::holds_alternative<T>(event) ? 1 : 0;
        return n;
    }
    // The first T that matches, waiting for it; a failure of the test and a default one if none comes.
    template <typename T>
    T expect(const std::function<bool(const T&)>& matches = nullptr,
             std::int64_t patience_ns = kPatience_ns) {
        T found{};
        std::size_t looked = 0;
        const bool came = drain_until(
            [&] {
                for (; looked < events.size(); ++looked) {
                    const T* one = std::get_if<T>(&events[looked]);
                    if (one == nullptr || (matches && !matches(*one))) continue;
                    found = *one;
                    return true;
                }
                return false;
            },
            patience_ns);
        EXPECT_TRUE(came) << "no such event came: " << typeid(T).name() << "\n" << story();
        return found;
    }
    // The n-th connection (from 0) that has opened.
    channel::ConnectionOpened expect_opened(std::size_t n = 0);
    channel::ConnectionClosed expect_closed(ConnectionId connection);
    channel::Failed expect_failed(Operation operation);
    void expect_received(ConnectionId connection, std::string_view bytes);
    void expect_received_bytes(ConnectionId connection, std::uint64_t size);

    // Payload bytes told so far.
    [[nodiscard]] std::uint64_t received(ConnectionId connection) const;
    [[nodiscard]] std::uint64_t sent(ConnectionId connection) const;
    // The same bytes, read back from the capture.
    [[nodiscard]] std::string received_bytes(ConnectionId connection) const;
    [[nodiscard]] std::string sent_bytes(ConnectionId connection) const;
    [[nodiscard]] std::uint64_t total_received() const { return total_received_; }
    [[nodiscard]] std::uint64_t total_sent() const { return total_sent_; }

    // Events in words, for messages.
    [[nodiscard]] std::string story() const;

    // As the frame side does with a file that was dropped from the capture.
    void release(channel::FileId file);
    // Of the test's own; gone with it.
    [[nodiscard]] std::string path(std::string_view name) const {
        return directory_ + '/' + std::string{name};
    }

    capture::FileTable files;
    bool expects_whole_ledger =
        true;  // false where the test makes the capture lose bytes on purpose

  private:
    struct Told {
        std::uint64_t received = 0;
        std::uint64_t sent = 0;
        bool is_closed = false;
    };
    void fold(channel::Event&& event);
    void check(const channel::Recorded& event);
    void check(const channel::LedgerMark& mark);
    [[nodiscard]] std::string bytes_of(ConnectionId connection, channel::Direction direction) const;
    bool wait_for_wake(std::int64_t patience_ns) const;

    int wake_ = -1;
    std::string directory_;
    std::unique_ptr<net::service::Service> service_;
    std::map<ConnectionId, Told> told_;
    std::unique_ptr<capture::Auditor> auditor_ = std::make_unique<capture::Auditor>(files);
    std::uint64_t total_received_ = 0;
    std::uint64_t total_sent_ = 0;
    std::uint64_t reads_ = 0;
    bool has_stopped_ = false;
    std::size_t descriptors_before_ = 0;
    std::size_t captures_ = 0;
};

}  // namespace service_test
