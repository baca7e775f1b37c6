// What the session asks of the network thread: wishes, as values, taken in order.
#pragma once

#include "net/bytes/address.h"
#include "net/channel/ids.h"
#include "net/channel/note.h"
#include "net/channel/replies.h"
#include "net/channel/sending.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace net::channel {

struct ServerConfig {
    bytes::ListenAddress address;
    int backlog = 128;               // listen(2); the kernel caps it at net.core.somaxconn
    std::uint32_t most_clients = 0;  // at once; 0: no limit
    bool echoes = false;             // as replies.echoes: either will do
    bool keeps_half_open = false;    // do not close when the peer ends its stream
    std::vector<std::uint8_t>
        greeting;  // sent on every connection once it is open, before a welcome
    Replies replies = {};
};

struct ReconnectConfig {
    bool is_on = false;
    std::int64_t first_delay_ns = 500'000'000;  // doubled after each failure ...
    std::int64_t longest_delay_ns =
        30'000'000'000;  // ... up to this; back to the first once connected
};

struct ClientConfig {
    bytes::PeerName peer;
    std::int64_t connect_timeout_ns = 10'000'000'000;  // for each address in turn
    ReconnectConfig reconnect;
    bool keeps_half_open = false;
    std::vector<std::uint8_t> greeting;
    Replies replies = {};
};

// Ends in ServerListening (each socket) or in Failed followed by EndpointStopped. An id is started once only.
struct StartServer {
    EndpointId endpoint{};
    std::string name;
    ServerConfig config;
};

// Ends in ConnectionOpened, or in Failed (one for each address, the last is final) followed by EndpointStopped.
struct StartClient {
    EndpointId endpoint{};
    std::string name;
    ClientConfig config;
};

// Cancels whatever is under way, closes the listeners and, in order, every connection of the endpoint; ends in EndpointStopped.
struct StopEndpoint {
    EndpointId endpoint{};
};

struct Send {
    Targets targets;
    std::vector<std::uint8_t> bytes;
};

enum class CloseHow : std::uint8_t {
    kInOrder,  // send what is queued, FIN, read until the peer's end, at most 2 s, then reset
    kAbort,    // RST at once
};

struct CloseConnections {
    std::vector<ConnectionId> connections;
    CloseHow how{};
};

// How much of the disk a capture may take. Defaults: everything is kept while there is room.
struct CaptureBounds {
    std::uint64_t least_free_bytes = std::uint64_t{256}
                                     << 20;  // under this, reading pauses; 0: no such check
    std::uint32_t ring_files =
        0;  // keep the newest so many files (2 and more); 0: one file, no ring
    std::uint64_t ring_file_bytes = 0;  // a file that has reached this is full

    bool operator==(const CaptureBounds&) const = default;
};

// From the next flush on. A ring that is switched on begins with the file that is being written.
struct SetCaptureBounds {
    CaptureBounds bounds;
};

// The capture goes on in a new file at `path` (absolute); the files before stay as they are. What was waiting for space is written there. Ends
// in CaptureOpened, or in Failed (kCapture), and then nothing has changed.
struct MoveCapture {
    std::string path;
    bool may_overwrite = false;
};

// Deletes every file of this run and goes on in a new one in the same folder; what was waiting for space is kept. Ends in CaptureOpened and a
// CaptureFileDropped each, or in Failed.
struct DropCapture {};

// Puts a note into the capture, in place of the one that has its id already. Ends in NoteRecorded once it is in the file.
struct RecordNote {
    Note note;
};

// Ends in NoteRemoved once that is in the file.
struct RemoveNote {
    NoteId note{};
};

// Closes everything, ends in ServiceStopped.
struct StopService {};

using Command = std::variant<StartServer,
                             StartClient,
                             StopEndpoint,
                             Send,
                             CloseConnections,
                             SetCaptureBounds,
                             MoveCapture,
                             DropCapture,
                             RecordNote,
                             RemoveNote,
                             StartSendJob,
                             PauseSendJob,
                             StopSendJob,
                             SetReplies,
                             StopService>;

}  // namespace net::channel
