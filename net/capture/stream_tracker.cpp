#include "net/capture/stream_tracker.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace net::capture {

namespace {

using channel::Direction;
using format::kTcpAck;
using format::kTcpFin;
using format::kTcpRst;
using format::kTcpSyn;

// Signed distance on the circle of sequence numbers (RFC 1982).
std::int32_t distance(std::uint32_t from, std::uint32_t to) {
    return static_cast<std::int32_t>(to - from);
}

constexpr int kMostLivingPassedOver = 4;

}  // namespace

std::size_t StreamTracker::KeyHash::operator()(const Key& key) const {
    // Hostile files may choose addresses that collide; kMostTracked bounds what that costs.
    std::uint64_t mixed = 0xCBF29CE484222325ULL;
    const auto mix = [&mixed](const bytes::SocketAddress& address) {
        std::uint64_t halves[2];
        std::memcpy(halves, address.ip.data(), sizeof halves);
        for (const std::uint64_t word : {halves[0], halves[1], std::uint64_t{address.port}}) {
            mixed = (mixed ^ word) * 0x9E3779B97F4A7C15ULL;
            mixed ^= mixed >> 29U;
        }
    };
    mix(key.low);
    mix(key.high);
    return mixed;
}

StreamTracker::StreamTracker(Sink tell, std::function<channel::ConnectionId()> next_connection)
    : tell_(std::move(tell)),
      next_connection_(std::move(next_connection)) {}

void StreamTracker::take(const Segment& segment,
                         channel::FileId file,
                         std::uint64_t offset,
                         std::int64_t time_ns,
                         channel::EndpointId endpoint) {
    Connection* found = find_or_make(segment, endpoint);
    if (found == nullptr || found->is_closed) return;
    Connection& connection = *found;
    connection.file = file;
    const Direction direction =
        segment.from == connection.peer ? Direction::kReceived : Direction::kSent;
    const bool is_sent = direction == Direction::kSent;
    Side& side = connection.sides[is_sent ? 1 : 0];
    Side& other = connection.sides[is_sent ? 0 : 1];

    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    const std::uint32_t first = segment.sequence + (is_syn ? 1U : 0U);
    if (!side.is_known) {
        side.is_known = true;
        side.next = first;
    }
    // What the other side has acknowledged before we ever saw it send is behind us.
    if ((segment.flags & kTcpAck) != 0 && !other.is_known) {
        other.is_known = true;
        other.next = segment.acknowledgement;
    }
    // An answer to the SYN, or any data, is a connection; a SYN alone, or one that was refused, is none.
    const bool is_answer = (segment.flags & kTcpAck) != 0 && (segment.flags & kTcpRst) == 0;
    if (!connection.is_told && (is_answer || segment.payload > 0 || segment.payload_missing > 0)) {
        tell_opened(connection, time_ns);
    }

    if (segment.payload > 0 || segment.payload_missing > 0) {
        take_payload(
            connection, direction,
            Held{.time_ns = time_ns, .offset = offset, .sequence = first, .size = segment.payload});
        if (segment.payload_missing > 0 && side.next == first + segment.payload) {
            tell_gap(connection, direction, segment.payload_missing, time_ns);
            side.next += segment.payload_missing;
            tell_held(connection, direction);
        }
    }
    if ((segment.flags & kTcpFin) != 0 && !side.has_fin) {
        side.has_fin = true;
        side.fin = first + segment.payload + segment.payload_missing;
    }
    note_end(connection, direction, time_ns);
    if ((segment.flags & kTcpRst) != 0 && !connection.is_closed) {
        release(connection);
        if (connection.is_told) {
            close(connection,
                  is_sent ? channel::CloseReason::kClosedHere : channel::CloseReason::kResetByPeer,
                  time_ns);
        }
        connection.is_closed = true;
    }
}

StreamTracker::Connection* StreamTracker::find_or_make(const Segment& segment,
                                                       channel::EndpointId endpoint) {
    const bool is_ordered = segment.from < segment.to;
    const Key key = is_ordered ? Key{.low = segment.from, .high = segment.to}
                               : Key{.low = segment.to, .high = segment.from};
    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    const bool is_opening = is_syn && (segment.flags & kTcpAck) == 0;

    const auto found = connections_.find(key);
    if (found != connections_.end()) {
        Connection& known = found->second;
        const bool is_repeated =
            known.has_syn && known.syn == segment.sequence && known.peer == segment.from;
        if (!is_opening || is_repeated) return &known;
        release(known);  // a new life of this address pair
        known = Connection{};
    } else if (!is_syn && segment.payload == 0) {
        return nullptr;  // the rest of a connection that was over before the capture began
    } else {
        make_room();
        order_.push_back(key);
    }
    Connection& made = found != connections_.end() ? found->second : connections_[key];
    made.endpoint = endpoint;
    bool is_from_server = is_syn && !is_opening;
    if (!is_syn) is_from_server = segment.from.port < segment.to.port;
    made.local = is_from_server ? segment.from : segment.to;
    made.peer = is_from_server ? segment.to : segment.from;
    made.has_syn = is_opening;
    made.syn = segment.sequence;
    return &made;
}

void StreamTracker::make_room() {
    int passed_over = 0;
    while (connections_.size() >= kMostTracked && !order_.empty()) {
        const Key oldest = order_.front();
        order_.pop_front();
        const auto found = connections_.find(oldest);
        if (found == connections_.end()) continue;
        if (!found->second.is_closed && passed_over++ < kMostLivingPassedOver) {
            order_.push_back(oldest);
            continue;
        }
        release(found->second);
        connections_.erase(found);
    }
}

void StreamTracker::tell_opened(Connection& connection, std::int64_t time_ns) {
    connection.is_told = true;
    connection.id = next_connection_();
    tell_(channel::ConnectionOpened{.connection = connection.id,
                                    .endpoint = connection.endpoint,
                                    .local = connection.local,
                                    .peer = connection.peer,
                                    .time_ns = time_ns});
}

void StreamTracker::take_payload(Connection& connection, Direction direction, Held held) {
    Side& side = connection.sides[direction == Direction::kSent ? 1 : 0];
    const std::int32_t ahead = distance(side.next, held.sequence);
    if (ahead <= 0) {
        const std::uint32_t old = 0U - static_cast<std::uint32_t>(ahead);
        if (old >= held.size) return;  // seen before, all of it
        held.sequence += old;
        held.offset += old;
        held.size -= old;
        tell(connection, direction, held);
        tell_held(connection, direction);
        return;
    }
    if (held.size == 0) return;
    const auto place = std::upper_bound(side.held.begin(), side.held.end(), held,
                                        [&side](const Held& a, const Held& b) {
                                            return a.sequence - side.next < b.sequence - side.next;
                                        });
    // The very same segment twice would only take a place.
    if (place != side.held.begin() && std::prev(place)->sequence == held.sequence &&
        std::prev(place)->size >= held.size) {
        return;
    }
    side.held.insert(place, held);
    ++held_;
    if (side.held.size() > kMostHeld || held_ > kMostHeldInAll) skip_gap(connection, direction);
}

// Tells what has become due.
void StreamTracker::tell_held(Connection& connection, Direction direction) {
    Side& side = connection.sides[direction == Direction::kSent ? 1 : 0];
    std::size_t done = 0;
    while (done < side.held.size()) {
        Held held = side.held[done];
        const std::int32_t ahead = distance(side.next, held.sequence);
        if (ahead > 0) break;
        ++done;
        const std::uint32_t old = 0U - static_cast<std::uint32_t>(ahead);
        if (old >= held.size) continue;
        held.sequence += old;
        held.offset += old;
        held.size -= old;
        tell(connection, direction, held);
    }
    side.held.erase(side.held.begin(), side.held.begin() + static_cast<std::ptrdiff_t>(done));
    held_ -= done;
    if (side.held.empty()) side.held.shrink_to_fit();
}

// Gives the bytes before the first held segment up for lost.
void StreamTracker::skip_gap(Connection& connection, Direction direction) {
    Side& side = connection.sides[direction == Direction::kSent ? 1 : 0];
    if (side.held.empty()) return;
    const Held first = side.held.front();
    tell_gap(connection, direction, first.sequence - side.next, first.time_ns);
    side.next = first.sequence;
    tell_held(connection, direction);
}

void StreamTracker::release(Connection& connection) {
    for (const Direction direction : {Direction::kReceived, Direction::kSent}) {
        Side& side = connection.sides[direction == Direction::kSent ? 1 : 0];
        std::int64_t last_time = 0;
        while (!side.held.empty()) {
            last_time = side.held.back().time_ns;
            skip_gap(connection, direction);
        }
        // Bytes before a FIN that never came are missing as well.
        if (side.has_fin && !side.has_ended && connection.is_told && !connection.is_closed) {
            const std::uint32_t missing = side.fin - side.next;
            if (distance(side.next, side.fin) > 0)
                tell_gap(connection, direction, missing, last_time);
            side.next = side.fin;
        }
    }
}

void StreamTracker::tell_gap(const Connection& connection,
                             Direction direction,
                             std::uint32_t bytes,
                             std::int64_t time_ns) {
    channel::Failure failure;
    failure.operation = channel::Operation::kReceive;
    failure.endpoint = connection.endpoint;
    failure.connection = connection.id;
    failure.is_final = false;
    failure.time_ns = time_ns;
    failure.message = "connection " + std::to_string(channel::number(connection.id)) + ": " +
                      std::to_string(bytes) +
                      (direction == Direction::kSent ? " sent" : " received") +
                      " bytes are missing in the capture at this place";
    tell_(channel::Failed{.failure = std::move(failure)});
}

void StreamTracker::tell(Connection& connection, Direction direction, const Held& held) {
    Side& side = connection.sides[direction == Direction::kSent ? 1 : 0];
    side.next = held.sequence + held.size;
    side.told += held.size;
    tell_(channel::Recorded{.connection = connection.id,
                            .time_ns = held.time_ns,
                            .offset = held.offset,
                            .size = held.size,
                            .file = connection.file,
                            .direction = direction});
}

void StreamTracker::note_end(Connection& connection, Direction direction, std::int64_t time_ns) {
    Side& side = connection.sides[direction == Direction::kSent ? 1 : 0];
    if (!side.has_fin || side.has_ended || side.next != side.fin || !connection.is_told) return;
    side.has_ended = true;
    if (direction == Direction::kReceived) {
        tell_(channel::PeerEnded{.connection = connection.id, .time_ns = time_ns});
    }
    if (connection.sides[0].has_ended && connection.sides[1].has_ended) {
        close(connection, channel::CloseReason::kEndOfStream, time_ns);
    }
}

void StreamTracker::close(Connection& connection,
                          channel::CloseReason reason,
                          std::int64_t time_ns) {
    connection.is_closed = true;
    tell_(channel::ConnectionClosed{
        .connection = connection.id,
        .reason = reason,
        .code = reason == channel::CloseReason::kResetByPeer ? ECONNRESET : 0,
        .time_ns = time_ns,
        .received = connection.sides[0].told,
        .sent = connection.sides[1].told,
    });
}

bool StreamTracker::release_one() {
    if (connections_.empty()) return false;
    release(connections_.begin()->second);
    connections_.erase(connections_.begin());
    return true;
}

}  // namespace net::capture
