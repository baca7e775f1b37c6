// The meaning of packets that another program captured: streams and datagrams of the interfaces, or a count of what they were instead.
//
// Thread: the reader's.
#pragma once

#include "net/capture/datagram_tracker.h"
#include "net/capture/packet_parse.h"
#include "net/capture/reader_counts.h"
#include "net/capture/reader_events.h"
#include "net/capture/stream_tracker.h"

#include <cstdint>
#include <utility>

namespace net::capture {

class ForeignPackets {
  public:
    ForeignPackets(ReaderEvents& events, ReaderCounts& counts)
        : counts_(counts),
          streams_([&events](channel::Event&& event) { events.tell(std::move(event)); },
                   [&events] { return events.new_connection(); }),
          datagrams_(events) {}

    // A packet that begins at `packet_at` of `file`. `endpoint_of` is asked only where a connection begins: then the interface becomes an endpoint.
    void take(const Packet& packet,
              std::uint16_t link,
              channel::FileId file,
              std::uint64_t packet_at,
              std::int64_t time_ns,
              const StreamTracker::EndpointOf& endpoint_of) {
        const Segment& segment = packet.segment;
        if (packet.kind == PacketKind::kTcp) {
            if (!streams_.take(segment, file, packet_at + segment.payload_at, time_ns, endpoint_of))
                counts_.add(NotUnderstood::kAfterEnd);
        } else if (packet.kind == PacketKind::kUdp) {
            datagrams_.take(segment, file, packet_at + segment.payload_at, time_ns, endpoint_of);
        } else {
            count(packet.kind, link);
        }
    }
    // At the end: one more connection told to its end; false when there is none.
    [[nodiscard]] bool release_one() { return streams_.release_one(); }

  private:
    void count(PacketKind kind, std::uint16_t link) {
        switch (kind) {
            case PacketKind::kTcp:
            case PacketKind::kUdp: break;
            case PacketKind::kFragment: return counts_.add(NotUnderstood::kFragment);
            case PacketKind::kIcmp: return counts_.add(NotUnderstood::kIcmp);
            case PacketKind::kOtherProtocol: return counts_.add(NotUnderstood::kOtherProtocol);
            case PacketKind::kArp: return counts_.add(NotUnderstood::kArp);
            case PacketKind::kNotIp: return counts_.add(NotUnderstood::kNotIp);
            case PacketKind::kUnknownLink:
                if (counts_.unknown_link == 0) counts_.unknown_link = link;
                return counts_.add(NotUnderstood::kUnknownLink);
            case PacketKind::kCutShort: return counts_.add(NotUnderstood::kCutShort);
            case PacketKind::kMalformed: return counts_.add(NotUnderstood::kMalformed);
        }
    }

    ReaderCounts& counts_;
    StreamTracker streams_;
    DatagramTracker datagrams_;
};

}  // namespace net::capture
