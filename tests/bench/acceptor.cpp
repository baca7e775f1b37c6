// The smallest libuv program that accepts a connection and closes it. Prints "127.0.0.1:PORT" on standard error once it listens; runs until it is ended.
#include <uv.h>

#include <cstdio>
#include <cstdlib>
#include <netinet/in.h>

namespace {

void on_connection(uv_stream_t* server, int status) {
    if (status != 0) return;
    auto* const client = new uv_tcp_t;
    uv_tcp_init(server->loop, client);
    if (uv_accept(server, reinterpret_cast<uv_stream_t*>(client)) != 0) std::abort();
    uv_close(reinterpret_cast<uv_handle_t*>(client),
             [](uv_handle_t* handle) { delete reinterpret_cast<uv_tcp_t*>(handle); });
}

}  // namespace

int main() {
    uv_loop_t* const loop = uv_default_loop();
    uv_tcp_t server{};
    sockaddr_in address{};
    int size = sizeof address;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_tcp_init(loop, &server);
    if (uv_tcp_bind(&server, reinterpret_cast<const sockaddr*>(&address), 0) != 0 ||
        uv_listen(reinterpret_cast<uv_stream_t*>(&server), 128, on_connection) != 0 ||
        uv_tcp_getsockname(&server, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::fprintf(stderr, "bench_acceptor: cannot listen\n");
        return 1;
    }
    std::fprintf(stderr, "127.0.0.1:%d\n", ntohs(address.sin_port));
    return uv_run(loop, UV_RUN_DEFAULT);
}
