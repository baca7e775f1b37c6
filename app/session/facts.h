// What is true now, as plain values the panels read. Made and changed only by Session.
#pragma once

#include "net/bytes/address.h"
#include "net/channel/command.h"
#include "net/channel/event.h"
#include "net/channel/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::session {

using net::channel::CloseReason;
using net::channel::ConnectionId;
using net::channel::EndpointId;
using net::channel::EndpointKind;

enum class EndpointState : std::uint8_t {
    kStarting,   // asked for, nothing heard yet
    kListening,  // server
    kResolving,  // client ...
    kConnecting,
    kConnected,
    kWaiting,  // before the next attempt
    kStopping,
    kStopped,  // by us, or because its work is done
    kFailed,   // stopped because it did not work: `last_failure` says why
};

struct Endpoint {
    EndpointId id{};
    EndpointKind kind{};
    std::string
        name;  // as the user wrote it, made printable: "127.0.0.1:9000", "example.org:80", "*:9000"
    EndpointState state = EndpointState::kStarting;
    std::vector<net::bytes::SocketAddress>
        listening_on;                 // server: the bound addresses; empty once stopped
    bool is_beyond_loopback = false;  // a bound address is not loopback: other machines can connect
    std::optional<net::bytes::SocketAddress> trying;  // client: the address under way
    std::uint32_t attempt = 1;
    std::int64_t next_attempt_ns = 0;  // kWaiting: when
    std::string
        last_failure;  // a whole sentence, printable; empty: none since the start (client: since it last connected)
    bool has_failed = false;   // it could not come up or go on; EndpointStopped then means kFailed
    bool has_come_up = false;  // ever: a server has listened, a client was connected
    std::uint32_t open_connections = 0;
    std::uint64_t connections = 0;  // ever
    std::uint64_t refused = 0;      // accept failures and clients over the limit
    bool is_replaced = false;       // restarted under another id; kept for its connections' sake
    EndpointId replaced_by{};       // that id; kNone: not replaced
    // What it was started with; empty for endpoints of a saved capture.
    std::optional<net::channel::ServerConfig> server;
    std::optional<net::channel::ClientConfig> client;
};

enum class ConnectionState : std::uint8_t { kOpen, kPeerEnded, kClosing, kClosed };

struct Connection {
    // What each read touches comes first, in one cache line.
    ConnectionId id{};
    EndpointId endpoint{};
    std::uint64_t received = 0;  // bytes folded from Recorded
    std::uint64_t sent = 0;
    bool is_rated = false;  // had traffic in this rate interval, or its rates are not yet zero
    net::channel::Protocol protocol = net::channel::Protocol::kTcp;
    bool is_continued = false;  // its beginning is not in what is read
    std::array<std::uint64_t, 2>
        missing_bytes{};           // in gaps, by Direction; not counted in received and sent
    bool was_opened_here = false;  // direction of opening: true: we connected; false: the peer did
    ConnectionState state = ConnectionState::kOpen;
    double received_rate = 0;  // bytes a second, over the last finished rate interval
    double sent_rate = 0;
    net::bytes::SocketAddress local;
    net::bytes::SocketAddress peer;
    std::string local_text;
    std::string peer_text;
    std::int64_t opened_ns = 0;  // since the epoch
    std::int64_t closed_ns = 0;  // 0 while open
    // From ConnectionStats.
    bool has_stats = false;
    bool is_reading_paused = false;
    std::uint32_t rtt_us = 0;
    std::uint32_t rtt_variation_us = 0;
    std::uint32_t retransmits = 0;
    std::uint64_t queued_bytes = 0;
    std::uint64_t unsent_bytes = 0;
    // Once closed.
    CloseReason reason{};
    std::int32_t code = 0;
    std::uint64_t not_sent = 0;
    // Bookkeeping of the rates.
    std::uint64_t received_at_last_tick = 0;
    std::uint64_t sent_at_last_tick = 0;

    [[nodiscard]] bool is_open() const { return state != ConnectionState::kClosed; }
};

// 10,000 of them, open or closed, are 4 MB.
static_assert(sizeof(Connection) <= 400);

enum class Severity : std::uint8_t { kInfo, kWarning, kError };

struct LogLine {
    std::int64_t time_ns = 0;
    Severity severity{};
    EndpointId endpoint{};
    ConnectionId connection{};
    std::string text;  // printable UTF-8
};

enum class LedgerState : std::uint8_t {
    kEmpty,      // nothing has been read or sent
    kCounting,   // no mark has been counted on all three sides yet
    kAgrees,     // read = stored = shown at the last counted mark
    kDisagrees,  // they differ, or the file is damaged: `trouble` says how
};

// Three independent counts of payload bytes at one place in the order of events (net::channel::LedgerMark), both directions together.
// A disagreement stays; the numbers go on.
struct Ledger {
    LedgerState state = LedgerState::kEmpty;
    std::uint64_t read = 0;    // what recv(2) and send(2) returned, counted by the network thread
    std::uint64_t stored = 0;  // what the file holds, counted from the file
    std::uint64_t shown = 0;   // what this session has folded
    // False: the capture cannot be read back (`-w -`), or was written by
    // another program (a mark without a file), so `stored` stays 0 and kAgrees means read = shown only. Show it so.
    bool is_stored_checkable = true;
    std::string trouble;
};

struct Totals {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    double received_rate = 0;  // bytes a second
    double sent_rate = 0;
    std::uint64_t reads = 0;
    std::uint64_t connections = 0;  // ever opened
    std::uint64_t open_connections = 0;
    std::uint64_t read_pauses = 0;
    std::uint64_t datagrams_dropped = 0;
    bool is_paused = false;
    net::channel::PauseCause pause_cause{};
};

// A file that holds a part of the capture; `end_offset`: what is known to be whole blocks (the newest LedgerMark's).
struct CaptureFile {
    net::channel::FileId file{};
    std::string path;
    std::uint64_t end_offset = 0;
};

// "end of stream", "reset by peer", "closed here", "timed out", or the error's text: the words of the command line contract.
[[nodiscard]] std::string reason_text(CloseReason reason, std::int32_t code);
// "starting", "listening", "resolving", "connecting", "connected", "waiting", "stopping", "stopped", "failed"; "open", "peer ended", "closing", "closed".
[[nodiscard]] const char* to_text(EndpointState state);
[[nodiscard]] const char* to_text(ConnectionState state);

}  // namespace app::session
