// Connections out of a sniffer's packets: address pairs and their lives, each direction's bytes told once and in order.
//
// Bytes that were seen before are not told twice, overlaps are trimmed, segments that came too early are kept by reference (place and size, never bytes) and told in
// order. A gap that does not fill is told as a Failed that says how many bytes are missing, and reading goes on behind it.
// The side that sent the SYN is the peer, the other one "ours": its bytes are received, ours are sent. Without a SYN the lower port is the server's.
//
// Memory is bounded whatever the packets say: kMostTracked connections at once, kMostHeld segments a direction, kMostHeldInAll together; beyond these the
// oldest connection is let go, and a gap is given up.
//
// Thread: its owner's.
#pragma once

#include "net/capture/packet_parse.h"
#include "net/channel/event.h"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

namespace net::capture {

class StreamTracker {
  public:
    static constexpr std::size_t kMostTracked = 65536;
    static constexpr std::size_t kMostHeld = 512;
    static constexpr std::size_t kMostHeldInAll = 262144;

    using Sink = std::function<void(channel::Event)>;
    // `tell` is called for each event; `next_connection` gives a connection's number.
    StreamTracker(Sink tell, std::function<channel::ConnectionId()> next_connection);

    // One packet: its payload lies at `offset` of `file`. `endpoint` is where a connection it opens belongs.
    void take(const Segment& segment,
              channel::FileId file,
              std::uint64_t offset,
              std::int64_t time_ns,
              channel::EndpointId endpoint);

    // At the end of the capture: lets one connection go, telling what it still holds. False when there is none left.
    [[nodiscard]] bool release_one();

    [[nodiscard]] std::size_t tracked() const { return connections_.size(); }

  private:
    struct Key {
        bytes::SocketAddress low;
        bytes::SocketAddress high;
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        std::size_t operator()(const Key& key) const;
    };
    struct Held {
        std::int64_t time_ns = 0;
        std::uint64_t offset = 0;
        std::uint32_t sequence = 0;
        std::uint32_t size = 0;
    };
    struct Side {
        std::vector<Held> held;  // in order of sequence; none at or before `next`
        std::uint64_t told = 0;
        std::uint32_t next = 0;  // sequence number of the next byte to tell
        std::uint32_t fin = 0;   // sequence number of the FIN
        bool is_known = false;   // `next` means something
        bool has_fin = false;
        bool has_ended = false;  // everything up to the FIN was told
    };
    struct Connection {
        channel::ConnectionId id{};
        channel::EndpointId endpoint{};
        channel::FileId file{};
        bytes::SocketAddress local;  // the server's side
        bytes::SocketAddress peer;
        std::array<Side, 2> sides;  // by Direction
        std::uint32_t syn = 0;      // of the opener
        bool has_syn = false;
        bool is_told = false;  // ConnectionOpened
        bool is_closed = false;
    };
    using Map = std::unordered_map<Key, Connection, KeyHash>;

    Connection* find_or_make(const Segment& segment, channel::EndpointId endpoint);
    void make_room();
    void tell_opened(Connection& connection, std::int64_t time_ns);
    void take_payload(Connection& connection, channel::Direction direction, Held held);
    void tell_held(Connection& connection, channel::Direction direction);
    void skip_gap(Connection& connection, channel::Direction direction);
    void release(Connection& connection);
    void tell_gap(const Connection& connection,
                  channel::Direction direction,
                  std::uint32_t bytes,
                  std::int64_t time_ns);
    void tell(Connection& connection, channel::Direction direction, const Held& held);
    void note_end(Connection& connection, channel::Direction direction, std::int64_t time_ns);
    void close(Connection& connection, channel::CloseReason reason, std::int64_t time_ns);

    Sink tell_;
    std::function<channel::ConnectionId()> next_connection_;
    Map connections_;
    std::deque<Key> order_;  // of making, for letting the oldest go
    std::size_t held_ = 0;   // of all
};

}  // namespace net::capture
