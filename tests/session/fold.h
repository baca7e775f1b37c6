// The words in which the session's tests speak: events at round times, a session to fold them, and looks at its log.
#pragma once

#include "app/session/session.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace session_test {

namespace channel = net::channel;
namespace bytes = net::bytes;
using app::session::Connection;
using app::session::ConnectionState;
using app::session::Endpoint;
using app::session::EndpointState;
using app::session::Intent;
using app::session::Intents;
using app::session::LedgerState;
using app::session::LogLine;
using app::session::Session;
using app::session::Severity;
using channel::CloseReason;
using channel::ConnectionId;
using channel::Direction;
using channel::EndpointId;
using channel::EndpointKind;
using channel::FileId;

inline constexpr std::int64_t kSecond = 1'000'000'000;
inline constexpr std::int64_t kNow = 1'700'000'000 * kSecond;

inline bytes::SocketAddress ipv4(
    std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d, std::uint16_t port) {
    bytes::SocketAddress address;
    address.family = bytes::Family::kIpv4;
    address.ip[0] = a;
    address.ip[1] = b;
    address.ip[2] = c;
    address.ip[3] = d;
    address.port = port;
    return address;
}
inline bytes::SocketAddress loopback(std::uint16_t port) {
    return ipv4(127, 0, 0, 1, port);
}

// A session with short ways to tell it things. Ids are plain numbers.
class Fold {
  public:
    Session session;
    std::uint64_t offset = 0;  // of the capture, as if each Recorded were laid down without headers

    void tell(channel::Event event) { session.fold(std::move(event), kNow); }

    void server(std::uint64_t id, std::string name = "127.0.0.1:9000") {
        tell(channel::EndpointAdded{
            .endpoint = EndpointId{id}, .kind = EndpointKind::kServer, .name = std::move(name)});
    }
    void client(std::uint64_t id, std::string name = "127.0.0.1:9000") {
        tell(channel::EndpointAdded{
            .endpoint = EndpointId{id}, .kind = EndpointKind::kClient, .name = std::move(name)});
    }
    void listening(std::uint64_t id, bytes::SocketAddress local = loopback(9000)) {
        tell(channel::ServerListening{.endpoint = EndpointId{id}, .local = local, .time_ns = kNow});
    }
    void stopped(std::uint64_t id) {
        tell(channel::EndpointStopped{.endpoint = EndpointId{id}, .time_ns = kNow});
    }
    void open(std::uint64_t connection, std::uint64_t endpoint) {
        tell(channel::ConnectionOpened{
            .connection = ConnectionId{connection},
            .endpoint = EndpointId{endpoint},
            .local = loopback(9000),
            .peer = loopback(static_cast<std::uint16_t>(50000 + connection % 10000)),
            .time_ns = kNow});
    }
    void record(std::uint64_t connection, Direction direction, std::uint32_t size) {
        tell(recorded(connection, direction, size));
    }
    channel::Recorded recorded(std::uint64_t connection, Direction direction, std::uint32_t size) {
        channel::Recorded event{.connection = ConnectionId{connection},
                                .time_ns = kNow,
                                .offset = offset,
                                .size = size,
                                .file = FileId{1},
                                .direction = direction};
        offset += size;
        return event;
    }
    // Closes with the books as the session has them, unless told otherwise.
    void close(std::uint64_t connection,
               CloseReason reason = CloseReason::kEndOfStream,
               std::int32_t code = 0) {
        const Connection* const c = session.connection(ConnectionId{connection});
        tell(channel::ConnectionClosed{.connection = ConnectionId{connection},
                                       .reason = reason,
                                       .code = code,
                                       .time_ns = kNow + kSecond,
                                       .received = c != nullptr ? c->received : 0,
                                       .sent = c != nullptr ? c->sent : 0});
    }
    void failed(channel::Operation operation,
                std::uint64_t endpoint,
                bool is_final,
                std::string message,
                std::uint64_t connection = 0) {
        tell(channel::Failed{.failure = {.operation = operation,
                                         .endpoint = EndpointId{endpoint},
                                         .connection = ConnectionId{connection},
                                         .is_final = is_final,
                                         .time_ns = kNow,
                                         .code = "EWHY",
                                         .message = std::move(message)}});
    }
    void mark(std::uint64_t received, std::uint64_t sent) {
        tell(channel::LedgerMark{.received = received,
                                 .sent = sent,
                                 .reads = 0,
                                 .file = FileId{1},
                                 .end_offset = offset,
                                 .time_ns = kNow});
    }
    template <typename T>
    void want(T intent) {
        Intents intents;
        intents.emplace_back(std::move(intent));
        session.apply(std::move(intents), kNow);
    }

    [[nodiscard]] const Endpoint& endpoint(std::uint64_t id) const {
        return *session.endpoint(EndpointId{id});
    }
    [[nodiscard]] const Connection& connection(std::uint64_t id) const {
        return *session.connection(ConnectionId{id});
    }
    [[nodiscard]] const LogLine& last_line() const { return session.log_lines().back(); }
    // How many lines of the log hold this text.
    [[nodiscard]] int lines_with(std::string_view text) const {
        int count = 0;
        for (const LogLine& line : session.log_lines()) {
            if (line.text.find(text) != std::string::npos) ++count;
        }
        return count;
    }
};

// The commands that the session has to say, taken through a real Link.
inline std::vector<channel::Command> posted(Session& session) {
    channel::Link link(
        {}, [] {}, [] {});
    EXPECT_FALSE(session.post_to(link));
    std::vector<channel::Command> commands;
    channel::Command command;
    while (link.try_take(command))
        commands.push_back(std::move(command));
    return commands;
}

}  // namespace session_test
