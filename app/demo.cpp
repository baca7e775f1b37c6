#include "app/demo.h"

#include <array>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

namespace app {
namespace {

using session::Connection;
using session::Endpoint;

// Slow enough to read along, quick enough that a picture after three seconds has one of each kind.
constexpr std::int64_t kDemoPauseNs = 350'000'000;
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

// Numbers for Session::endpoint_of_card() that no panel counts up to.
constexpr std::uint64_t kServerCard = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kClientCard = kServerCard - 1;

std::vector<std::uint8_t> bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

// A frame as a field bus would send it: sync, length, number, four readings, checksum.
std::vector<std::uint8_t> binary_frame(std::uint32_t n) {
    std::vector<std::uint8_t> frame{0xA5, 0x5A, 0x0C, 0x01};
    const auto put_16 = [&](std::uint32_t value) {
        frame.push_back(static_cast<std::uint8_t>(value >> 8U));
        frame.push_back(static_cast<std::uint8_t>(value));
    };
    put_16(n);
    for (std::uint32_t reading = 0; reading < 4; ++reading)
        put_16(0x0190 + reading * 37 + n * 3);
    frame.push_back(std::accumulate(
        frame.begin(), frame.end(), std::uint8_t{0},
        [](std::uint8_t sum, std::uint8_t byte) { return static_cast<std::uint8_t>(sum ^ byte); }));
    frame.push_back(0x00);
    return frame;
}

const Endpoint* endpoint_of(const session::Session& session, std::uint64_t card) {
    const auto id = session.endpoint_of_card(card);
    return id ? session.endpoint(*id) : nullptr;
}

}  // namespace

std::vector<std::uint8_t> demo_message(std::uint32_t n) {
    const std::string number = std::to_string(n);
    switch (n % 6) {
        case 0: return bytes_of("hello from the demo, message " + number + "\r\n");
        case 1:
            return bytes_of(R"({"sensor":"boiler-2","sequence":)" + number + R"(,"celsius":)" +
                            std::to_string(60 + n % 17) + "." + std::to_string(n * 7 % 10) +
                            R"(,"alarm":false})" + "\n");
        case 2: return binary_frame(n);
        case 3:
            return bytes_of("GET /status?n=" + number +
                            " HTTP/1.1\r\nHost: demo.invalid\r\nAccept: application/json\r\n"
                            "Connection: keep-alive\r\n\r\n");
        case 4:
            return bytes_of(
                "Grüße aus Köln \xE2\x80\x94 \xE4\xBD\xA0\xE5\xA5\xBD, \xE4\xB8\x96\xE7\x95\x8C\n");
        default: {
            std::vector<std::uint8_t> all(256);
            std::iota(all.begin(), all.end(), std::uint8_t{0});
            return all;
        }
    }
}

Demo::Demo(std::vector<std::uint8_t> greeting)
    : greeting_(std::move(greeting)),
      next_message_ns_(kNever) {}

void Demo::step(session::Session& session, std::int64_t now_ns, std::int64_t monotonic_ns) {
    switch (stage_) {
        case Stage::kBegin: {
            session::Intents intents;
            // Port 0: whatever else runs on this machine, the demo comes up.
            intents.emplace_back(session::StartServerIntent{
                .name = "127.0.0.1:0",
                .config = {.address = {.all_interfaces = false,
                                       .address = *net::bytes::parse_ip("127.0.0.1", 0)},
                           .echoes = true,
                           .greeting = greeting_},
                .card = kServerCard});
            session.apply(std::move(intents), now_ns);
            stage_ = Stage::kServerStarting;
            break;
        }
        case Stage::kServerStarting: {
            const Endpoint* server = endpoint_of(session, kServerCard);
            if (server == nullptr || server->listening_on.empty()) break;
            start_client(session, now_ns);
            stage_ = Stage::kTalking;
            break;
        }
        case Stage::kTalking: {
            const Endpoint* const to = client(session);
            if (to == nullptr || to->open_connections == 0) {
                // Nothing to say, and no reason to wake an idle window: the event of its (next) connection brings us here again.
                next_message_ns_ = kNever;
            } else if (next_message_ns_ == kNever) {
                next_message_ns_ = monotonic_ns + kDemoPauseNs;
            } else if (monotonic_ns >= next_message_ns_) {
                next_message_ns_ = monotonic_ns + kDemoPauseNs;
                say_something(session, to->id, now_ns);
            }
            break;
        }
    }
}

const Endpoint* Demo::server(const session::Session& session) const {
    return endpoint_of(session, kServerCard);
}

const Endpoint* Demo::client(const session::Session& session) const {
    return endpoint_of(session, kClientCard);
}

void Demo::start_client(session::Session& session, std::int64_t now_ns) {
    const net::bytes::SocketAddress address =
        endpoint_of(session, kServerCard)->listening_on.front();
    session::Intents intents;
    intents.emplace_back(session::StartClientIntent{
        .name = net::bytes::to_text(address),
        .config = {.peer = {.host = net::bytes::host_text(address), .port = address.port},
                   .reconnect = {},
                   .greeting = greeting_},
        .card = kClientCard});
    session.apply(std::move(intents), now_ns);
}

void Demo::say_something(session::Session& session,
                         session::EndpointId client,
                         std::int64_t now_ns) {
    session::Intents intents;
    intents.emplace_back(session::SendIntent{.targets = {.connections = {}, .endpoint = client},
                                             .bytes = demo_message(messages_++)});
    session.apply(std::move(intents), now_ns);
}

}  // namespace app
