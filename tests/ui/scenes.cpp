#include "tests/ui/scenes.h"

namespace tests::ui {

namespace channel = net::channel;

BusyScene busy_scene(UiDriver& ui) {
    BusyScene scene;
    scene.echo_server = ui.start_server("127.0.0.1:9000");
    scene.open_server = ui.start_server("*:9001");
    ui.fold(channel::ServerListening{.endpoint = scene.open_server,
                                     .local = *net::bytes::parse_ip("0.0.0.0", 9001),
                                     .time_ns = ui.info.now_ns});
    scene.failed_server = ui.start_server("127.0.0.1:9002");
    ui.fold(channel::Failed{channel::make_failure(channel::Operation::kListen, scene.failed_server,
                                                  "127.0.0.1:9002", 98, ui.info.now_ns)});
    ui.fold(channel::EndpointStopped{.endpoint = scene.failed_server, .time_ns = ui.info.now_ns});
    scene.client = ui.start_client("example.org:80");
    ui.fold(channel::ClientWaiting{.endpoint = scene.client,
                                   .next_attempt = 3,
                                   .delay_ns = 4'000'000'000,
                                   .time_ns = ui.info.now_ns});
    for (std::uint16_t i = 0; i < 12; ++i) {
        const ConnectionId id = ui.connect(i % 3 == 2 ? scene.open_server : scene.echo_server,
                                           static_cast<std::uint16_t>(50001 + i));
        scene.connections.push_back(id);
        ui.bytes(id, Direction::kReceived,
                 "GET /status HTTP/1.1\r\nHost: localhost:9000\r\nUser-Agent: test\r\n\r\n");
        ui.bytes(id, Direction::kSent,
                 std::string("\x00\x00\x00\x10\x01\x7f\xff\x80temperature 21.5", 24));
    }
    ui.close(scene.connections[4], channel::CloseReason::kResetByPeer, 104);
    ui.close(scene.connections[6], channel::CloseReason::kEndOfStream);
    ui.fold(channel::PeerEnded{.connection = scene.connections[3], .time_ns = ui.info.now_ns});
    ui.fold(channel::ConnectionStats{.connection = scene.connections[1],
                                     .rtt_us = 12345,
                                     .retransmits = 3,
                                     .queued_bytes = 3'400'000});
    ui.frames(4);
    return scene;
}

EndpointId many_connections(UiDriver& ui, int count) {
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    for (int i = 0; i < count; ++i) {
        const ConnectionId id = ui.connect(server, static_cast<std::uint16_t>(10000 + i % 50000));
        ui.bytes(id, Direction::kReceived, "hello");
    }
    ui.frames(2);
    return server;
}

}  // namespace tests::ui
