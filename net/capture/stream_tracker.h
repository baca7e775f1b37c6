// Connections out of a sniffer's packets: address pairs and their lives, each direction's bytes told once and in order.
//
// Bytes that were seen before are not told twice (retransmits, keep-alives), overlaps are trimmed, segments that came too early are kept by reference (place and size,
// never bytes) and told in order. A gap is told as a StreamGap at its place once it is certain: the other side has acknowledged what lies behind it and kAckPatience more
// packets of the connection have not brought it, or kMostHeld segments wait for it, or the connection or the capture is over. Of a direction that is not captured at all, each 512 MiB.
// The side that sent the SYN is the peer, the other one "ours": its bytes are received, ours are sent. Without a SYN (is_continued) the lower port is the server's.
// A pair of addresses begins a new life with another SYN, with payload behind the end of both streams, or further off than any window reaches.
//
// Memory is bounded whatever the packets say: kMostTracked connections at once, kMostHeld segments a direction, kMostHeldInAll together; beyond these the
// oldest connection is let go, and a gap is given up.
//
// Thread: its owner's.
#pragma once

#include "net/capture/address_pair.h"
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
    static constexpr std::size_t kMostHeldInAll = 131072;
    static constexpr std::uint16_t kAckPatience = 16;
    // The largest window that TCP can say; what is further away belongs to another life of the address pair.
    static constexpr std::int32_t kMostWindow = 1 << 30;

    using Sink = std::function<void(channel::Event&&)>;
    using EndpointOf = std::function<channel::EndpointId()>;
    // `tell` is called for each event; `next_connection` gives a connection's number.
    StreamTracker(Sink tell, std::function<channel::ConnectionId()> next_connection);

    // One packet: its payload lies at `offset` of `file`. `endpoint_of` is asked where it opens a connection: where that belongs. False: it has payload that no stream has a place for (after a
    // reset), which is not told.
    [[nodiscard]] bool take(const Segment& segment,
                            channel::FileId file,
                            std::uint64_t offset,
                            std::int64_t time_ns,
                            const EndpointOf& endpoint_of);

    // At the end of the capture: lets one connection go, telling what it still holds. False when there is none left.
    [[nodiscard]] bool release_one();

    [[nodiscard]] std::size_t tracked() const { return connections_.size(); }

  private:
    struct Held {
        std::int64_t time_ns = 0;
        std::uint64_t offset = 0;
        std::uint32_t sequence = 0;
        std::uint32_t size = 0;     // bytes that are in the capture
        std::uint32_t missing = 0;  // and those that a snapshot length cut off behind them
    };
    struct Side {
        std::vector<Held> held;   // in order of sequence; none at or before `next`
        std::uint64_t bytes = 0;  // told, gaps counted
        std::int64_t fin_ns = 0;
        std::uint32_t next = 0;          // sequence number of the next byte to tell
        std::uint32_t syn = 0;           // of its SYN
        std::uint32_t fin = 0;           // sequence number of the FIN
        std::uint32_t acknowledged = 0;  // by the other side: the highest
        std::uint16_t waited = 0;        // packets since a gap was acknowledged
        bool is_known = false;           // `next` means something
        bool has_syn = false;
        bool has_fin = false;
        bool has_ended = false;  // everything up to the FIN was told
        bool has_ack = false;
    };
    struct Connection {
        channel::ConnectionId id{};
        channel::EndpointId endpoint{};
        channel::FileId file{};
        bytes::SocketAddress local;  // the server's side
        bytes::SocketAddress peer;
        std::array<Side, 2> sides;  // by Direction
        std::int64_t last_ns = 0;   // of its last packet
        bool is_told = false;       // ConnectionOpened
        bool is_closed = false;
    };
    using Map = std::unordered_map<AddressPair, Connection, AddressPairHash>;

    Connection* find_or_make(const Segment& segment, const EndpointOf& endpoint_of);
    [[nodiscard]] static bool is_other_life(const Connection& connection, const Segment& segment);
    void make_room();
    void note_numbers(Connection& connection, channel::Direction direction, const Segment& segment);
    void tell_opened(Connection& connection, std::int64_t time_ns);
    void take_payload(Connection& connection, channel::Direction direction, Held held);
    void tell_held(Connection& connection, channel::Direction direction);
    void give_up_acknowledged(Connection& connection, std::int64_t time_ns);
    void skip_gap(Connection& connection, channel::Direction direction);
    void release(Connection& connection);
    void tell_gap(Connection& connection,
                  channel::Direction direction,
                  std::uint32_t bytes,
                  std::int64_t time_ns);
    void tell(Connection& connection, channel::Direction direction, Held held);
    void note_end(Connection& connection, channel::Direction direction, std::int64_t time_ns);
    void close(Connection& connection, channel::CloseReason reason, std::int64_t time_ns);

    Sink tell_;
    std::function<channel::ConnectionId()> next_connection_;
    Map connections_;
    std::deque<AddressPair> order_;  // of making, for letting the oldest go
    std::size_t held_ = 0;           // of all
};

}  // namespace net::capture
