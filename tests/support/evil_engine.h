// evil_peer's engine: many connections in one thread, each running its script.
//
// Bounded in time: what has not ended by `limit_ms` is ended with "time limit". Nothing is read but in a step that reads, so a peer that
// never reads is a script without one.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "tests/support/evil_steps.h"

namespace tests {

struct EvilOptions {
    sockaddr_storage address{};
    socklen_t address_size = 0;
    bool is_server = false;
    std::uint64_t connections = 1;
    std::uint64_t parallel = UINT64_MAX;  // open at once
    std::uint64_t connecting =
        64;  // in their handshake at once: more than a backlog holds would wait a second for a second SYN
    std::uint64_t rate =
        0;  // opened a second at most; 0: as fast as it goes, which a backlog of 128 cannot take
    std::uint64_t seed = 1;
    int receive_buffer_bytes = 0;  // SO_RCVBUF; 0: the system's
    int send_buffer_bytes = 0;
    std::int64_t limit_ms = 30'000;
    std::FILE* report = stdout;  // one JSON object a line: listening, holding, summary
};

struct EvilOutcome {
    std::string local;
    std::string peer;
    std::uint64_t sent = 0;  // what the kernel took
    std::uint64_t received = 0;
    std::uint32_t sent_crc = 0;
    std::uint32_t received_crc = 0;
    bool has_peer_ended = false;  // its end of stream was read
    std::string end;  // "closed", "reset", "reset by peer", "time limit", or errno's name
};

// False: some connection met the time limit, or the server could not listen.
bool run_evil_peer(const EvilOptions& options, const Scripts& scripts);

// "127.0.0.1:80", "[::1]:80"
[[nodiscard]] std::string to_text(const sockaddr_storage& address);
[[nodiscard]] std::int64_t monotonic_ms();

}  // namespace tests
