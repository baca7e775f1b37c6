#include "net/capture/datagram_tracker.h"

namespace net::capture {

void DatagramTracker::take(const Segment& datagram,
                           channel::FileId file,
                           std::uint64_t offset,
                           std::int64_t time_ns,
                           const std::function<channel::EndpointId()>& endpoint_of) {
    const AddressPair key = AddressPair::unordered(datagram.from, datagram.to);
    const bool is_from_low = datagram.from == key.first;
    auto found = pairs_.find(key);
    if (found == pairs_.end()) {
        if (pairs_.size() >= kMostTracked) {
            pairs_.erase(order_.front());
            order_.pop_front();
        }
        order_.push_back(key);
        found = pairs_
                    .emplace(key, Pair{.connection = events_.new_connection(),
                                       .is_peer_low = is_from_low})
                    .first;
        events_.tell(channel::ConnectionOpened{.connection = found->second.connection,
                                               .endpoint = endpoint_of(),
                                               .local = datagram.to,
                                               .peer = datagram.from,
                                               .time_ns = time_ns,
                                               .protocol = channel::Protocol::kUdp});
    }
    const Pair& pair = found->second;
    const auto direction =
        is_from_low == pair.is_peer_low ? channel::Direction::kReceived : channel::Direction::kSent;
    // An empty datagram is told as well, with a place and no bytes.
    if (datagram.payload > 0 || datagram.payload_missing == 0) {
        events_.tell(channel::Recorded{.connection = pair.connection,
                                       .time_ns = time_ns,
                                       .offset = offset,
                                       .size = datagram.payload,
                                       .file = file,
                                       .direction = direction});
    }
    if (datagram.payload_missing > 0) {
        events_.tell(channel::StreamGap{.connection = pair.connection,
                                        .time_ns = time_ns,
                                        .bytes = datagram.payload_missing,
                                        .direction = direction,
                                        .cause = channel::GapCause::kNotCaptured});
    }
}

}  // namespace net::capture
