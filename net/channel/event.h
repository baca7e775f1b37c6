// What the network thread tells the session: facts that have happened, as values, in the order in which they happened.
//
// The capture reader yields the very same values for a saved file, so the session never knows which of the two it folds.
// No Event carries a pointer, a view, a handle or received bytes: bytes are named by {file, offset, size} and are on disk before the event
// is told (DESIGN.md, rules 1 and 2). Times are nanoseconds since the Unix epoch (CLOCK_REALTIME), taken on the loop thread at the call that
// saw the fact; order is the order of the queue, never of the times, because clocks get set.
#pragma once

#include "net/bytes/address.h"
#include "net/channel/failure.h"
#include "net/channel/ids.h"
#include "net/channel/note.h"
#include "net/channel/replies.h"
#include "net/channel/sending.h"

#include <cstdint>
#include <string>
#include <variant>

namespace net::channel {

enum class EndpointKind : std::uint8_t { kServer, kClient };

// An endpoint exists: the first event that names it. `name` is the text the user gave ("127.0.0.1:9000").
struct EndpointAdded {
    EndpointId endpoint{};
    EndpointKind kind{};
    std::string name;
};

// listen(2) and getsockname(2) have succeeded. `*:PORT` gives two of these.
struct ServerListening {
    EndpointId endpoint{};
    bytes::SocketAddress local;  // with the port the system chose
    std::int64_t time_ns = 0;
};

// A client asks the resolver for its host (only for names).
struct ClientResolving {
    EndpointId endpoint{};
    std::int64_t time_ns = 0;
};

// connect(2) to this address has begun.
struct ClientConnecting {
    EndpointId endpoint{};
    bytes::SocketAddress peer;
    std::uint32_t attempt = 1;  // counts rounds of reconnecting, from 1
    std::int64_t time_ns = 0;
};

// A client with automatic reconnect waits before its next attempt.
struct ClientWaiting {
    EndpointId endpoint{};
    std::uint32_t next_attempt = 2;
    std::int64_t delay_ns = 0;
    std::int64_t time_ns = 0;
};

// The endpoint holds nothing any more: a server's listeners are closed, a client has ended. Its connections may live on until their own
// ConnectionClosed when a server stops listening; the service closes them too (StopEndpoint).
struct EndpointStopped {
    EndpointId endpoint{};
    std::int64_t time_ns = 0;
};

enum class Protocol : std::uint8_t { kTcp, kUdp };

// For kUdp: the first datagram between two addresses; there is no closing.
struct ConnectionOpened {
    ConnectionId connection{};
    EndpointId endpoint{};
    bytes::SocketAddress local;
    bytes::SocketAddress peer;
    std::int64_t time_ns = 0;
    Protocol protocol = Protocol::kTcp;
    // Its beginning is not in what is read: a sniffer began later, or an earlier file of the ring holds it. A StreamGap then says how many
    // bytes went before, where that is known.
    bool is_continued = false;
};

enum class GapCause : std::uint8_t {
    kNotCaptured,  // a sniffer missed these packets
    kEarlierFile,  // an earlier file of the same capture holds them, and is not read (ring, save elsewhere)
};

// Bytes of a connection's stream that were there and are not in what is read. From the reader only; a live capture has none.
struct StreamGap {
    ConnectionId connection{};
    std::int64_t time_ns = 0;
    std::uint64_t bytes = 0;
    Direction direction{};
    GapCause cause{};
};

// One read, or one send that the kernel has taken: `size` bytes of payload at `offset` of `file`, on disk and never changing.
struct Recorded {
    ConnectionId connection{};
    std::int64_t time_ns = 0;
    std::uint64_t offset = 0;
    std::uint32_t size = 0;
    FileId file{};
    Direction direction{};
};

// The peer has ended its stream in order (FIN) while we may still send.
struct PeerEnded {
    ConnectionId connection{};
    std::int64_t time_ns = 0;
};

enum class CloseReason : std::uint8_t {
    kEndOfStream,
    kResetByPeer,
    kClosedHere,
    kTimedOut,
    kError
};

struct ConnectionClosed {
    ConnectionId connection{};
    CloseReason reason{};
    std::int32_t code = 0;  // errno for kError (and kTimedOut, kResetByPeer), else 0
    std::int64_t time_ns = 0;
    std::uint64_t received = 0;  // payload bytes that recv(2) returned in this connection's life
    std::uint64_t sent = 0;      // payload bytes that send(2) took
    std::uint64_t not_sent = 0;  // bytes that were queued and never taken by the kernel
};

// A sample, latest wins: told again only after the previous one was consumed, and only when something in it changed.
struct ConnectionStats {
    ConnectionId connection{};
    std::uint32_t rtt_us = 0;            // tcpi_rtt, tcp(7)
    std::uint32_t rtt_variation_us = 0;  // tcpi_rttvar
    std::uint32_t retransmits = 0;       // tcpi_total_retrans
    bool is_reading_paused = false;      // its end is unknown while this holds
    std::uint64_t queued_bytes = 0;      // waiting in our send queue, not yet taken by the kernel
    std::uint64_t unsent_bytes = 0;  // taken by the kernel, not yet acknowledged (SIOCOUTQ, tcp(7))
};

// Something did not work. `failure.connection` is kNone where none existed.
struct Failed {
    Failure failure;
};

enum class PauseCause : std::uint8_t { kQueueFull, kStorage };

// Reading stops on every connection, nothing is lost: the peers' TCP slows down. Counted each time.
struct ReadingPaused {
    PauseCause cause{};
    std::uint64_t pauses = 0;  // of this run so far, this one included
    std::int64_t time_ns = 0;
};
struct ReadingResumed {
    PauseCause cause{};
    std::int64_t time_ns = 0;
};

enum class CaptureChange : std::uint8_t {
    kStarted,     // the first file of the run
    kRing,        // the file before is full, the ring goes on
    kAfterError,  // the file before could not be trusted any more (EIO)
    kMoved,       // MoveCapture
    kDropped,     // DropCapture
};

// A capture file has been opened for writing (or, from the reader, for reading). `path` is absolute; "-" for standard output. A second one in a live
// run: the capture goes on in this file, and everything told before it lies in the files before (if anything is in the last, a LedgerMark with its end came just before).
struct CaptureOpened {
    FileId file{};
    std::string path;
    bool is_live = true;  // false: a saved capture
    CaptureChange change = CaptureChange::kStarted;
};

// The file was deleted on purpose (the ring's oldest, DropCapture): its bytes cannot be shown any more. Its descriptor is still open, so that what
// is under way (the ledger's count) can end; the frame side then calls FileTable::release().
struct CaptureFileDropped {
    FileId file{};
    std::int64_t time_ns = 0;
};

// A note is in the capture: a new one, or in place of the one with its id.
struct NoteRecorded {
    Note note;
    // From the reader: the note stands at a packet, and the event right before this one is the Recorded of that packet's payload. note.stream_offset then counts from
    // the first byte of that read, and note.connection and note.direction are not set.
    bool is_on_last_read = false;
};

struct NoteRemoved {
    NoteId note{};
    std::int64_t time_ns = 0;
};

// The network side's own count at this place in the order of events: when the session folds it, the sizes of the Recorded events it has
// folded must add up to `received` and `sent` exactly, and the file must hold as much before `end_offset`.
struct LedgerMark {
    std::uint64_t received = 0;  // sum of what recv(2) returned
    std::uint64_t sent = 0;      // sum of what send(2) returned
    std::uint64_t reads = 0;     // how many calls returned them, both directions
    FileId file{};
    std::uint64_t end_offset = 0;  // of `file`: everything before it is whole blocks
    std::int64_t time_ns = 0;
};

// SIGINT, SIGTERM or SIGHUP came.
struct SignalReceived {
    std::int32_t signal = 0;
};

// The last event of a live run (or of a saved capture): nothing follows.
struct ServiceStopped {
    std::uint64_t connections = 0;  // that were ever opened
    std::uint64_t read_pauses = 0;
    std::uint64_t datagrams_dropped = 0;
    std::int32_t loop_close_result = 0;  // of uv_loop_close; 0 or it is a bug
    std::int64_t time_ns = 0;
};

using Event = std::variant<Recorded,
                           EndpointAdded,
                           ServerListening,
                           ClientResolving,
                           ClientConnecting,
                           ClientWaiting,
                           EndpointStopped,
                           ConnectionOpened,
                           StreamGap,
                           PeerEnded,
                           ConnectionClosed,
                           ConnectionStats,
                           Failed,
                           ReadingPaused,
                           ReadingResumed,
                           CaptureOpened,
                           CaptureFileDropped,
                           NoteRecorded,
                           NoteRemoved,
                           SendJobProgress,
                           RepliesChanged,
                           ReplyHits,
                           RepliesLimited,
                           LedgerMark,
                           SignalReceived,
                           ServiceStopped>;

// An event queue of kEventQueueCapacity of these is memory that every run pays for.
static_assert(sizeof(Event) <= 128);

}  // namespace net::channel
