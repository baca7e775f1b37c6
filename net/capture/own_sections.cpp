#include "net/capture/own_sections.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

using channel::ConnectionId;
using channel::Direction;
using channel::EndpointId;
using channel::NoteId;

}  // namespace

void OwnSections::begin(const SectionOptions& options, bool is_swapped) {
    is_swapped_ = is_swapped;
    if (!options.is_ours) return;
    counts_.is_own = true;
    const bool goes_on = options.part.is_known && part_.is_known && options.part.run == part_.run &&
                         options.part.number > part_.number &&
                         // Else its further ids are another program's by now.
                         events_.highest_connection == own_highest_connection_ &&
                         events_.highest_endpoint == own_highest_endpoint_;
    part_ = options.part;
    run_end_.reset();
    if (goes_on) return;
    ++runs_;
    connection_base_ = events_.highest_connection;
    endpoint_base_ = events_.highest_endpoint;
    note_base_ = events_.highest_note;
    own_highest_connection_ = connection_base_;
    own_highest_endpoint_ = endpoint_base_;
    highest_opened_ = connection_base_;
    endpoints_.clear();
    connections_.clear();
    last_id_ = 0;
    last_ = nullptr;
    has_unfollowed_ = false;
}

void OwnSections::finish() {
    counts_.lacks_run_end = counts_.is_own && part_.is_known && !run_end_;
    if (runs_ > 1) run_end_.reset();
}

ConnectionId OwnSections::connection_id(std::uint64_t in_file) {
    const std::uint64_t id = connection_base_ + in_file;
    events_.highest_connection = std::max(events_.highest_connection, id);
    own_highest_connection_ = events_.highest_connection;
    return ConnectionId{id};
}

EndpointId OwnSections::endpoint_id(std::uint64_t in_file) {
    const std::uint64_t id = endpoint_base_ + in_file;
    events_.highest_endpoint = std::max(events_.highest_endpoint, id);
    own_highest_endpoint_ = events_.highest_endpoint;
    return EndpointId{id};
}

NoteId OwnSections::note_id(NoteId in_file) {
    const std::uint64_t id = note_base_ + channel::number(in_file);
    events_.highest_note = std::max(events_.highest_note, id);
    return NoteId{id};
}

OwnSections::Followed* OwnSections::find(ConnectionId connection) {
    const std::uint64_t id = channel::number(connection);
    if (id == last_id_ && last_ != nullptr) return last_;
    const auto found = connections_.find(id);
    last_id_ = id;
    last_ = found == connections_.end() ? nullptr : &found->second;  // nodes do not move
    return last_;
}

void OwnSections::follow(ConnectionId connection, Followed followed) {
    highest_opened_ = std::max(highest_opened_, channel::number(connection));
    if (connections_.size() >= kMostFollowed &&
        !connections_.contains(channel::number(connection))) {
        has_unfollowed_ = true;
        return;
    }
    connections_.insert_or_assign(channel::number(connection), followed);
    last_ = nullptr;
}

EndpointId OwnSections::add_endpoint(std::uint64_t endpoint,
                                     channel::EndpointKind kind,
                                     std::string name) {
    const EndpointId id = endpoint_id(endpoint);
    // Each file of a run names all endpoints so far.
    const bool is_new = endpoints_.size() >= kMostEndpoints || endpoints_.insert(endpoint).second;
    if (is_new)
        events_.tell(channel::EndpointAdded{.endpoint = id, .kind = kind, .name = std::move(name)});
    return id;
}

void OwnSections::take_packet(const Segment& segment,
                              channel::FileId file,
                              std::uint64_t payload_at,
                              std::int64_t time_ns,
                              std::span<const std::uint8_t> options) {
    std::uint64_t in_file = 0;
    std::uint32_t flags = 0;
    std::span<const std::uint8_t> event;
    for (Options option{options, is_swapped_}; option.next();) {
        if (option.code == kOptionConnection && option.value.size() == 8) {
            in_file = load64(option.value.data(), is_swapped_);
        } else if (option.code == kOptionPacketFlags && option.value.size() == 4) {
            flags = load32(option.value.data(), is_swapped_) & kFlagsDirectionMask;
        } else if (option.code == kOptionEvent) {
            event = option.value;
        }
    }
    run_end_.reset();
    if (in_file == 0 || (flags != kFlagsInbound && flags != kFlagsOutbound))
        return counts_.add(NotUnderstood::kDamagedBlock);
    const ConnectionId connection = connection_id(in_file);
    const Direction direction = flags == kFlagsOutbound ? Direction::kSent : Direction::kReceived;
    if (segment.payload > 0) {
        if (Followed* const followed = find(connection); followed != nullptr)
            (direction == Direction::kSent ? followed->sent : followed->received) +=
                segment.payload;
        events_.tell(channel::Recorded{.connection = connection,
                                       .time_ns = time_ns,
                                       .offset = payload_at,
                                       .size = segment.payload,
                                       .file = file,
                                       .direction = direction});
    }
    if (!event.empty()) take_event(event, connection, direction, segment, time_ns);
}

void OwnSections::take_event(std::span<const std::uint8_t> event,
                             ConnectionId connection,
                             Direction direction,
                             const Segment& segment,
                             std::int64_t time_ns) {
    const auto get64 = [&](std::size_t at) { return load64(&event[at], is_swapped_); };
    const auto get32 = [&](std::size_t at) { return load32(&event[at], is_swapped_); };
    switch (static_cast<EventCode>(event[0])) {
        case EventCode::kOpened: {
            if (event.size() < kEventOpenedBytes) break;
            channel::ConnectionOpened opened;
            opened.connection = connection;
            opened.endpoint = endpoint_id(get64(1));
            opened.local = direction == Direction::kSent ? segment.from : segment.to;
            opened.peer = direction == Direction::kSent ? segment.to : segment.from;
            opened.local.scope_id = get32(10);
            opened.peer.scope_id = get32(14);
            opened.time_ns = time_ns;
            follow(connection, {});
            events_.tell(opened);
            return;
        }
        case EventCode::kPeerEnded:
            events_.tell(channel::PeerEnded{.connection = connection, .time_ns = time_ns});
            return;
        case EventCode::kClosed: {
            if (event.size() < kEventClosedBytes ||
                event[1] > static_cast<std::uint8_t>(channel::CloseReason::kError)) {
                break;
            }
            connections_.erase(channel::number(connection));
            last_ = nullptr;
            events_.tell(
                channel::ConnectionClosed{.connection = connection,
                                          .reason = static_cast<channel::CloseReason>(event[1]),
                                          .code = static_cast<std::int32_t>(get32(2)),
                                          .time_ns = time_ns,
                                          .received = get64(6),
                                          .sent = get64(14),
                                          .not_sent = get64(22)});
            return;
        }
    }
    counts_.add(event[0] > static_cast<std::uint8_t>(EventCode::kClosed)
                    ? NotUnderstood::kLaterVersion
                    : NotUnderstood::kDamagedBlock);
}

void OwnSections::take_note(std::span<const std::uint8_t> body) {
    run_end_.reset();
    if (const auto continued = decode_continued(body, is_swapped_)) {
        take_continued(*continued);
        return;
    }
    if (is_run_goes_on(body, is_swapped_)) return;
    std::optional<channel::Event> event = decode_note(body, is_swapped_);
    if (!event) return counts_.add(NotUnderstood::kLaterVersion);
    if (const auto* stopped = std::get_if<channel::ServiceStopped>(&*event)) {
        run_end_ = *stopped;
        events_.last_time_ns = stopped->time_ns;
        return;
    }
    std::visit(
        [this](auto& fact) {
            using E = std::decay_t<decltype(fact)>;
            if constexpr (std::is_same_v<E, channel::Failed>) {
                channel::Failure& failure = fact.failure;
                if (failure.endpoint != EndpointId::kNone)
                    failure.endpoint = endpoint_id(channel::number(failure.endpoint));
                if (failure.connection != ConnectionId::kNone)
                    failure.connection = connection_id(channel::number(failure.connection));
                events_.last_time_ns = failure.time_ns;
            } else if constexpr (std::is_same_v<E, channel::NoteRecorded>) {
                fact.note.id = note_id(fact.note.id);
                fact.note.connection = connection_id(channel::number(fact.note.connection));
            } else if constexpr (std::is_same_v<E, channel::NoteRemoved>) {
                fact.note = note_id(fact.note);
            } else {
                if constexpr (requires { fact.endpoint; })
                    fact.endpoint = endpoint_id(channel::number(fact.endpoint));
                if constexpr (requires { fact.time_ns; }) events_.last_time_ns = fact.time_ns;
            }
        },
        *event);
    events_.tell(std::move(*event));
}

void OwnSections::take_continued(const ContinuedConnection& continued) {
    const ConnectionId connection = connection_id(channel::number(continued.connection));
    // The note has no time of its own: it stands where the file before ended.
    const std::int64_t time_ns = std::max(events_.last_time_ns, continued.opened_ns);
    Followed* const known = find(connection);
    if (known == nullptr) {
        if (has_unfollowed_ && channel::number(connection) <= highest_opened_) return;
        events_.tell(
            channel::ConnectionOpened{.connection = connection,
                                      .endpoint = endpoint_id(channel::number(continued.endpoint)),
                                      .local = continued.local,
                                      .peer = continued.peer,
                                      .time_ns = continued.opened_ns,
                                      .is_continued = true});
    }
    // What lies in files that are not here; nothing where the file before is.
    const Followed before = known == nullptr ? Followed{} : *known;
    if (continued.received > before.received)
        tell_gap(connection, Direction::kReceived, continued.received - before.received, time_ns);
    if (continued.sent > before.sent)
        tell_gap(connection, Direction::kSent, continued.sent - before.sent, time_ns);
    // Told again where it was known already: that changes nothing.
    if (continued.has_peer_ended)
        events_.tell(channel::PeerEnded{.connection = connection, .time_ns = time_ns});
    follow(connection, {.received = continued.received, .sent = continued.sent});
}

void OwnSections::tell_gap(ConnectionId connection,
                           Direction direction,
                           std::uint64_t bytes,
                           std::int64_t time_ns) {
    events_.tell(channel::StreamGap{.connection = connection,
                                    .time_ns = time_ns,
                                    .bytes = bytes,
                                    .direction = direction,
                                    .cause = channel::GapCause::kEarlierFile});
}

}  // namespace net::capture
