// Datagrams out of a sniffer's packets: a connection for each pair of addresses, without a closing. Who sent first is the peer, and its datagrams are received.
//
// Memory is bounded: kMostTracked pairs at once; beyond these the oldest is let go, and its next datagram begins a connection anew.
//
// Thread: the reader's.
#pragma once

#include "net/capture/address_pair.h"
#include "net/capture/packet_parse.h"
#include "net/capture/reader_events.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>

namespace net::capture {

class DatagramTracker {
  public:
    static constexpr std::size_t kMostTracked = 32768;

    explicit DatagramTracker(ReaderEvents& events) : events_(events) {}

    // One datagram: its payload lies at `offset` of `file`. `endpoint_of` is asked where it opens a connection: where that belongs.
    void take(const Segment& datagram,
              channel::FileId file,
              std::uint64_t offset,
              std::int64_t time_ns,
              const std::function<channel::EndpointId()>& endpoint_of);

    [[nodiscard]] std::size_t tracked() const { return pairs_.size(); }

  private:
    struct Pair {
        channel::ConnectionId connection{};
        bool is_peer_low = false;  // the peer is the pair's first address
    };

    ReaderEvents& events_;
    std::unordered_map<AddressPair, Pair, AddressPairHash> pairs_;
    std::deque<AddressPair> order_;
};

}  // namespace net::capture
