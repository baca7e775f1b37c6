#include "net/capture/stream_tracker.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::capture {

namespace {

using channel::Direction;
using format::kTcpAck;
using format::kTcpFin;
using format::kTcpRst;
using format::kTcpSyn;

constexpr std::array<Direction, 2> kDirections{Direction::kReceived, Direction::kSent};

// Signed distance on the circle of sequence numbers (RFC 1982).
std::int32_t distance(std::uint32_t from, std::uint32_t to) {
    return static_cast<std::int32_t>(to - from);
}

bool is_beyond_window(std::uint32_t from, std::uint32_t to) {
    const std::int32_t far = distance(from, to);
    return far > StreamTracker::kMostWindow || far < -StreamTracker::kMostWindow;
}

std::size_t index_of(Direction direction) {
    return direction == Direction::kSent ? 1 : 0;
}

bool has_payload(const Segment& segment) {
    return segment.payload > 0 || segment.payload_missing > 0;
}

constexpr int kMostLivingPassedOver = 4;

}  // namespace

StreamTracker::StreamTracker(Sink tell, std::function<channel::ConnectionId()> next_connection)
    : tell_(std::move(tell)),
      next_connection_(std::move(next_connection)) {}

bool StreamTracker::take(const Segment& segment,
                         channel::FileId file,
                         std::uint64_t offset,
                         std::int64_t time_ns,
                         const EndpointOf& endpoint_of) {
    Connection* found = find_or_make(segment, endpoint_of);
    if (found == nullptr) return true;
    Connection& connection = *found;
    connection.last_ns = time_ns;
    const Direction direction =
        segment.from == connection.peer ? Direction::kReceived : Direction::kSent;
    Side& side = connection.sides[index_of(direction)];
    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    const std::uint32_t first = segment.sequence + (is_syn ? 1U : 0U);
    if (connection.is_closed) {
        const std::uint32_t end = first + segment.payload + segment.payload_missing;
        return !has_payload(segment) || distance(side.next, end) <= 0;
    }
    connection.file = file;
    note_numbers(connection, direction, segment);
    // An answer to the SYN, or any data, is a connection; a SYN alone, or one that was refused, is none.
    const bool is_answer = (segment.flags & kTcpAck) != 0 && (segment.flags & kTcpRst) == 0;
    if (!connection.is_told && (is_answer || has_payload(segment)))
        tell_opened(connection, time_ns);

    if (has_payload(segment)) {
        take_payload(connection, direction,
                     Held{.time_ns = time_ns,
                          .offset = offset,
                          .sequence = first,
                          .size = segment.payload,
                          .missing = segment.payload_missing});
    }
    if ((segment.flags & kTcpFin) != 0 && !side.has_fin) {
        side.has_fin = true;
        side.fin = first + segment.payload + segment.payload_missing;
        side.fin_ns = time_ns;
    }
    note_end(connection, direction, time_ns);
    if (!connection.is_closed) give_up_acknowledged(connection, time_ns);
    if ((segment.flags & kTcpRst) != 0 && !connection.is_closed) {
        release(connection);
        if (connection.is_told && !connection.is_closed) {
            close(connection,
                  direction == Direction::kSent ? channel::CloseReason::kClosedHere
                                                : channel::CloseReason::kResetByPeer,
                  time_ns);
        }
        connection.is_closed = true;
    }
    return true;
}

// What the packet says about where the two streams are.
void StreamTracker::note_numbers(Connection& connection,
                                 Direction direction,
                                 const Segment& segment) {
    Side& side = connection.sides[index_of(direction)];
    Side& other = connection.sides[1 - index_of(direction)];
    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    if (is_syn) {
        side.has_syn = true;
        side.syn = segment.sequence;
    }
    if (!side.is_known) {
        side.is_known = true;
        side.next = segment.sequence + (is_syn ? 1U : 0U);
    }
    if ((segment.flags & kTcpAck) == 0) return;
    const std::uint32_t acknowledged = segment.acknowledgement;
    if (!other.is_known) {
        // What the other side has acknowledged before we ever saw it send is behind us.
        other.is_known = true;
        other.next = acknowledged;
    }
    if (is_beyond_window(other.next, acknowledged)) return;
    if (!other.has_ack || distance(other.acknowledged, acknowledged) > 0) {
        other.has_ack = true;
        other.acknowledged = acknowledged;
    }
}

bool StreamTracker::is_other_life(const Connection& connection, const Segment& segment) {
    const bool is_from_peer = segment.from == connection.peer;
    const Side& side = connection.sides[is_from_peer ? 0 : 1];
    const Side& other = connection.sides[is_from_peer ? 1 : 0];
    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    if (is_syn) {
        if (side.has_syn) return side.syn != segment.sequence;
        if (connection.is_closed) return true;
        // A SYN may be captured behind its answer.
        const bool is_opening = (segment.flags & kTcpAck) == 0;
        if (is_opening) return !side.is_known || side.next != segment.sequence + 1;
        // The answer to a SYN that we have seen, or to one that we have missed.
        if (other.has_syn) return segment.acknowledgement != other.syn + 1;
        return side.is_known && side.next != segment.sequence + 1;
    }
    if (!has_payload(segment) || !side.is_known) return false;
    if (is_beyond_window(side.next, segment.sequence)) return true;
    // Nothing can follow the end of both streams.
    return connection.is_closed && side.has_ended && other.has_ended &&
           distance(side.fin, segment.sequence) > 0;
}

StreamTracker::Connection* StreamTracker::find_or_make(const Segment& segment,
                                                       const EndpointOf& endpoint_of) {
    const AddressPair key = AddressPair::unordered(segment.from, segment.to);
    const bool is_syn = (segment.flags & kTcpSyn) != 0;
    const bool is_opening = is_syn && (segment.flags & kTcpAck) == 0;

    const auto found = connections_.find(key);
    if (found != connections_.end()) {
        Connection& known = found->second;
        if (!is_other_life(known, segment)) return &known;
        release(known);
        known = Connection{};
    } else if (!is_syn && !has_payload(segment)) {
        return nullptr;  // the rest of a connection that was over before the capture began
    } else {
        make_room();
        order_.push_back(key);
    }
    Connection& made = found != connections_.end() ? found->second : connections_[key];
    made.endpoint = endpoint_of();
    bool is_from_server = is_syn && !is_opening;
    if (!is_syn) is_from_server = segment.from.port < segment.to.port;
    made.local = is_from_server ? segment.from : segment.to;
    made.peer = is_from_server ? segment.to : segment.from;
    return &made;
}

void StreamTracker::make_room() {
    int passed_over = 0;
    while (connections_.size() >= kMostTracked && !order_.empty()) {
        const AddressPair oldest = order_.front();
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
    tell_(channel::ConnectionOpened{
        .connection = connection.id,
        .endpoint = connection.endpoint,
        .local = connection.local,
        .peer = connection.peer,
        .time_ns = time_ns,
        .is_continued = !connection.sides[0].has_syn && !connection.sides[1].has_syn});
}

void StreamTracker::take_payload(Connection& connection, Direction direction, Held held) {
    Side& side = connection.sides[index_of(direction)];
    if (distance(side.next, held.sequence) <= 0) {
        tell(connection, direction, held);
        tell_held(connection, direction);
        return;
    }
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
    Side& side = connection.sides[index_of(direction)];
    if (side.held.empty()) return;
    std::size_t done = 0;
    while (done < side.held.size() && distance(side.next, side.held[done].sequence) <= 0) {
        tell(connection, direction, side.held[done]);
        ++done;
    }
    side.held.erase(side.held.begin(), side.held.begin() + static_cast<std::ptrdiff_t>(done));
    held_ -= done;
    // The bound is on what is held, so room for much more must not stay: of many connections it would be gigabytes.
    if (side.held.size() < side.held.capacity() / 2) side.held.shrink_to_fit();
}

// Bytes that the other side has, and that still do not come, were not captured.
void StreamTracker::give_up_acknowledged(Connection& connection, std::int64_t time_ns) {
    for (const Direction direction : kDirections) {
        Side& side = connection.sides[index_of(direction)];
        if (!side.has_ack || side.has_ended) continue;
        if (side.held.empty() && !side.has_fin) {
            // A direction of which nothing is captured: told before its numbers are further off than any window reaches, where they would mean nothing any more.
            if (connection.is_told && distance(side.next, side.acknowledged) > kMostWindow / 2)
                tell_gap(connection, direction, side.acknowledged - side.next, time_ns);
            continue;
        }
        const std::uint32_t goal = side.held.empty() ? side.fin : side.held.front().sequence;
        if (distance(side.next, goal) <= 0 || distance(goal, side.acknowledged) < 0) {
            side.waited = 0;
            continue;
        }
        if (++side.waited < kAckPatience) continue;
        side.waited = 0;
        if (side.held.empty()) {
            tell_gap(connection, direction, side.fin - side.next, side.fin_ns);
        } else {
            skip_gap(connection, direction);
        }
        note_end(connection, direction, time_ns);
    }
}

// Gives the bytes before the first held segment up for lost.
void StreamTracker::skip_gap(Connection& connection, Direction direction) {
    Side& side = connection.sides[index_of(direction)];
    if (side.held.empty()) return;
    const Held first = side.held.front();
    tell_gap(connection, direction, first.sequence - side.next, first.time_ns);
    tell_held(connection, direction);
}

// Nothing more will come.
void StreamTracker::release(Connection& connection) {
    std::int64_t last_ns = connection.last_ns;
    for (const Direction direction : kDirections) {
        Side& side = connection.sides[index_of(direction)];
        while (!side.held.empty()) {
            last_ns = std::max(last_ns, side.held.back().time_ns);
            skip_gap(connection, direction);
        }
    }
    if (!connection.is_told) return;
    for (const Direction direction : kDirections) {
        Side& side = connection.sides[index_of(direction)];
        if (connection.is_closed || side.has_ended || !side.is_known) continue;
        const std::int64_t time_ns = std::max(last_ns, side.fin_ns);
        if (side.has_fin) {
            // Bytes before a FIN that never came are missing as well.
            if (distance(side.next, side.fin) > 0)
                tell_gap(connection, direction, side.fin - side.next, time_ns);
            note_end(connection, direction, time_ns);
        } else if (side.has_ack && distance(side.next, side.acknowledged) > 1) {
            // The other side has got what nobody captured. One number more may be a FIN's.
            tell_gap(connection, direction, side.acknowledged - side.next, time_ns);
        }
    }
}

void StreamTracker::tell_gap(Connection& connection,
                             Direction direction,
                             std::uint32_t bytes,
                             std::int64_t time_ns) {
    Side& side = connection.sides[index_of(direction)];
    side.next += bytes;
    side.bytes += bytes;
    tell_(channel::StreamGap{.connection = connection.id,
                             .time_ns = time_ns,
                             .bytes = bytes,
                             .direction = direction,
                             .cause = channel::GapCause::kNotCaptured});
}

// What of it was not told yet; it begins at or before `next`.
void StreamTracker::tell(Connection& connection, Direction direction, Held held) {
    Side& side = connection.sides[index_of(direction)];
    const std::uint32_t old = side.next - held.sequence;
    if (old < held.size) {
        const std::uint32_t size = held.size - old;
        side.next += size;
        side.bytes += size;
        tell_(channel::Recorded{.connection = connection.id,
                                .time_ns = held.time_ns,
                                .offset = held.offset + old,
                                .size = size,
                                .file = connection.file,
                                .direction = direction});
    }
    const std::uint32_t end = held.sequence + held.size + held.missing;
    if (held.missing > 0 && distance(side.next, end) > 0)
        tell_gap(connection, direction, end - side.next, held.time_ns);
}

void StreamTracker::note_end(Connection& connection, Direction direction, std::int64_t time_ns) {
    Side& side = connection.sides[index_of(direction)];
    if (!side.has_fin || side.has_ended || side.next != side.fin || !connection.is_told) return;
    side.has_ended = true;
    if (direction == Direction::kReceived)
        tell_(channel::PeerEnded{.connection = connection.id, .time_ns = time_ns});
    if (connection.sides[0].has_ended && connection.sides[1].has_ended)
        close(connection, channel::CloseReason::kEndOfStream, time_ns);
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
        .received = connection.sides[0].bytes,
        .sent = connection.sides[1].bytes,
    });
}

bool StreamTracker::release_one() {
    while (!order_.empty()) {
        const auto found = connections_.find(order_.front());
        order_.pop_front();
        if (found == connections_.end()) continue;
        release(found->second);
        connections_.erase(found);
        return true;
    }
    return false;
}

}  // namespace net::capture
