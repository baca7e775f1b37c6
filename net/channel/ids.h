// Names of things that both threads talk about. 64-bit, counted from 1, never reused in a run; 0 means none.
#pragma once

#include <cstdint>

namespace net::channel {

enum class EndpointId : std::uint64_t { kNone = 0 };  // a server or a client; given by the session
enum class ConnectionId : std::uint64_t {
    kNone = 0
};  // one connection's life; given by the network thread (or the capture reader)
enum class FileId : std::uint32_t { kNone = 0 };  // a capture file; given by capture::FileTable
enum class NoteId : std::uint64_t {
    kNone = 0
};  // a note on bytes; given by the session (or the capture reader)
enum class SendJobId : std::uint64_t { kNone = 0 };  // a repeat, a file ...; given by the session

[[nodiscard]] constexpr std::uint64_t number(EndpointId id) {
    return static_cast<std::uint64_t>(id);
}
[[nodiscard]] constexpr std::uint64_t number(ConnectionId id) {
    return static_cast<std::uint64_t>(id);
}
[[nodiscard]] constexpr std::uint32_t number(FileId id) {
    return static_cast<std::uint32_t>(id);
}
[[nodiscard]] constexpr std::uint64_t number(NoteId id) {
    return static_cast<std::uint64_t>(id);
}
[[nodiscard]] constexpr std::uint64_t number(SendJobId id) {
    return static_cast<std::uint64_t>(id);
}

enum class Direction : std::uint8_t { kReceived, kSent };

}  // namespace net::channel
