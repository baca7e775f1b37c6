// Our client side as the send box uses it, for more than a command line can hold: connects to ADDRESS, sends FILE with Send commands as the queue
// takes them, closes in order, and leaves the capture at CAPTURE.
//
//   file_sender ADDRESS FILE CAPTURE      prints one line: bytes sent, bytes received; exit status 0 if all was sent and the peer ended in order
#include "net/bytes/address.h"
#include "net/capture/file_table.h"
#include "net/service/service.h"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <semaphore>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace channel = net::channel;

// Below the send queue's limit of 16 MiB by a piece.
constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
constexpr std::uint64_t kMostAhead = std::uint64_t{8} << 20;

int fail(const std::string& message) {
    std::fprintf(stderr, "file_sender: %s\n", message.c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return fail("ADDRESS, FILE and CAPTURE are needed");
    std::signal(SIGPIPE, SIG_IGN);
    const auto peer = net::bytes::parse_peer_argument(argv[1]);
    if (!peer) return fail(peer.error.message);
    std::ifstream file(argv[2], std::ios::binary);
    const std::vector<std::uint8_t> data{std::istreambuf_iterator<char>(file), {}};

    net::capture::FileTable files;
    net::service::ServiceConfig config;
    config.capture.files = &files;
    config.capture.path = argv[3];
    std::counting_semaphore<> rung{0};
    net::service::Service service(config, [&rung] { rung.release(); });
    channel::Failure failure;
    if (!service.start(failure)) return fail(failure.message);
    channel::Link& link = service.link();
    channel::ClientConfig client;
    client.peer = *peer;
    if (!link.try_post(channel::StartClient{
            .endpoint = channel::EndpointId{1}, .name = argv[1], .config = std::move(client)}))
        return fail("no room for the first command");

    std::optional<channel::ConnectionId> connection;
    std::optional<channel::ConnectionClosed> closed;
    std::string trouble;
    std::uint64_t sent = 0;
    std::uint64_t queued = 0;
    bool is_close_asked = false;
    const auto fold = [&](const channel::Event& event) {
        if (const auto* opened = std::get_if<channel::ConnectionOpened>(&event)) {
            connection = opened->connection;
        } else if (const auto* recorded = std::get_if<channel::Recorded>(&event)) {
            if (recorded->direction == channel::Direction::kSent) sent += recorded->size;
        } else if (const auto* failed = std::get_if<channel::Failed>(&event)) {
            trouble = failed->failure.message;
        } else if (const auto* end = std::get_if<channel::ConnectionClosed>(&event)) {
            closed = *end;
        }
    };
    while (!closed && trouble.empty()) {
        rung.acquire();
        while (link.drain(fold, [] { return true; })) {
        }
        while (connection && queued < data.size() && queued - sent <= kMostAhead) {
            const auto from = data.begin() + static_cast<std::ptrdiff_t>(queued);
            const std::size_t size = std::min<std::size_t>(kPieceBytes, data.size() - queued);
            if (!link.try_post(
                    channel::Send{.targets = {.connections = {*connection}},
                                  .bytes = {from, from + static_cast<std::ptrdiff_t>(size)}}))
                break;
            queued += size;
        }
        if (connection && sent == data.size() && !is_close_asked)
            is_close_asked = link.try_post(channel::CloseConnections{
                .connections = {*connection}, .how = channel::CloseHow::kInOrder});
    }
    if (!trouble.empty()) return fail(trouble);
    std::printf("%llu %llu\n", static_cast<unsigned long long>(closed->sent),
                static_cast<unsigned long long>(closed->received));
    const bool is_whole = closed->reason == channel::CloseReason::kClosedHere &&
                          closed->not_sent == 0 && closed->sent == data.size();
    return is_whole ? 0 : fail("not everything was sent and ended in order");
}
