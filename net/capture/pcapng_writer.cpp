#include "net/capture/pcapng_writer.h"

#include "net/bytes/escapes.h"
#include "net/capture/batch_file.h"
#include "net/capture/continuation.h"
#include "net/capture/new_file.h"
#include "net/capture/note_codec.h"
#include "net/capture/packet_builder.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

// A stream that goes one way only would look to Wireshark as if it were never acknowledged: after 10,000 such segments it gives up the analysis of the
// stream, and after a window's worth it reports "window full". So a pure acknowledgement goes the other way now and then. 96 bytes
// every 256 packets or 16 MiB: 0.2 % of a file of 64-byte messages, a window of 1 GiB is never near.
constexpr std::uint32_t kAcknowledgeEveryPackets = 256;
constexpr std::uint64_t kAcknowledgeEveryBytes = std::uint64_t{16} << 20U;

// What reserve() keeps free behind the payload: padding and options of the block, and an acknowledgement.
constexpr std::size_t kMostTailBytes = 3 + kPacketOptionBytes + kBlockTrailerBytes;
constexpr std::size_t kMostHeadBytes = kPacketFixedBytes + kIpv6HeaderBytes + kTcpHeaderBytes;
constexpr std::size_t kMostAcknowledgementBytes = kMostHeadBytes + kMostTailBytes;
constexpr std::size_t kMostReadBlockBytes =
    kMostHeadBytes + kMostReadBytes + kMostTailBytes + kMostAcknowledgementBytes;
// So that four of the longest reads fit a batch of 256 KiB with their headers.
constexpr std::size_t kBatchMarginBytes = 4 * (kMostReadBlockBytes - kMostReadBytes) + 512;

std::string comment_of(const channel::ConnectionClosed& how) {
    std::string text = "closed: ";
    switch (how.reason) {
        case CloseReason::kEndOfStream: text += "end of stream"; break;
        case CloseReason::kResetByPeer: text += "reset by peer"; break;
        case CloseReason::kClosedHere: text += "closed here"; break;
        case CloseReason::kTimedOut: text += "timed out"; break;
        case CloseReason::kError: text += channel::errno_text(how.code); break;
    }
    text += "; " + std::to_string(how.received) + " bytes received, " + std::to_string(how.sent) +
            " sent";
    if (how.not_sent > 0)
        text += ", " + std::to_string(how.not_sent) + " were queued and never sent";
    return text;
}

}  // namespace

struct Writer::Private {
    WriterConfig config;
    std::unique_ptr<BatchFile> file;
    std::unique_ptr<std::uint8_t[]> batch;
    std::size_t capacity = 0;  // of `batch`
    std::size_t batch_bytes =
        0;  // what a batch is to have; `capacity` grows past it for sends, and comes back
    std::size_t used = 0;
    std::uint64_t batch_number = 1;  // of the batch that is being filled
    std::size_t beginning_in_batch =
        0;  // of its bytes, those that are the file's beginning and no content

    struct Endpoint {
        EndpointId id{};
        EndpointKind kind{};
        std::string name;       // as it was given
        std::string printable;  // for comments
    };
    std::vector<Endpoint> interfaces;  // by interface number, the same in every file
    std::size_t flushed_interfaces = 0;
    std::unordered_map<std::uint64_t, std::uint32_t> interface_of;  // endpoint
    std::vector<std::uint8_t> scratch;                              // kept for its memory

    // What a later file must begin with.
    std::vector<Flow*> open_flows;
    std::vector<Flow> closed_in_batch;  // were open before it
    std::optional<RunFiles> run;        // a stream has none

    [[nodiscard]] std::vector<std::uint8_t> beginning_of_next() const;
    void say_run_goes_on() const;
    void forget_batch();

    // Before anything of the flow is put into the batch.
    void touch(Flow& flow) const {
        if (flow.batch == batch_number) return;
        flow.batch = batch_number;
        flow.at_batch = {.received = flow.received,
                         .sent = flow.sent,
                         .has_fin_received = flow.has_fin_received,
                         .has_fin_sent = flow.has_fin_sent};
    }

    void append(std::span<const std::uint8_t> block) {
        std::memcpy(room(block.size()), block.data(), block.size());
        used += block.size();
    }

    // Room for `bytes` at batch + used, whatever the batch was to have.
    std::uint8_t* room(std::size_t bytes) {
        if (capacity - used < bytes) {
            const std::size_t larger = std::max(capacity * 2, used + bytes);
            auto grown = std::make_unique_for_overwrite<std::uint8_t[]>(larger);
            std::memcpy(grown.get(), batch.get(), used);
            batch = std::move(grown);
            capacity = larger;
        }
        return batch.get() + used;
    }

    void add(Flow& flow, const Packet& packet) {
        touch(flow);
        std::uint8_t* block = room(block_bytes(flow, packet));
        used += build_packet(block, flow, packet);
    }

    // A packet without payload that stands where the flow is now.
    void add_control(Flow& flow,
                     Direction direction,
                     std::uint8_t tcp_flags,
                     std::int64_t time_ns,
                     std::span<const std::uint8_t> event = {},
                     std::string_view comment = {}) {
        add(flow, Packet{.direction = direction,
                         .tcp_flags = tcp_flags,
                         .sequence = next_sequence(flow, direction),
                         .acknowledgement = next_sequence(flow, opposite(direction)),
                         .time_ns = time_ns,
                         .event = event,
                         .comment = comment});
        flow.last_direction = direction;
        flow.unacknowledged = 0;
        flow.unacknowledged_packets = 0;
    }

    void add_fin(Flow& flow,
                 Direction direction,
                 std::int64_t time_ns,
                 std::span<const std::uint8_t> event = {}) {
        add_control(flow, direction, kTcpFin | kTcpAck, time_ns, event);
        (direction == Direction::kSent ? flow.has_fin_sent : flow.has_fin_received) = true;
    }

    // The packet around `size` bytes that lie at batch + used + head_bytes(flow) already; room for it and for an acknowledgement is there.
    Stored complete(Flow& flow, Direction direction, std::size_t size, std::int64_t time_ns) {
        const Stored stored{.file = file->file(),
                            .offset = file->end() + used + head_bytes(flow),
                            .size = static_cast<std::uint32_t>(size)};
        touch(flow);
        used += build_packet(batch.get() + used, flow,
                             Packet{.direction = direction,
                                    .tcp_flags = kTcpPsh | kTcpAck,
                                    .sequence = next_sequence(flow, direction),
                                    .acknowledgement = next_sequence(flow, opposite(direction)),
                                    .time_ns = time_ns,
                                    .payload = size});
        (direction == Direction::kSent ? flow.sent : flow.received) += size;
        if (flow.last_direction != direction) {
            flow.last_direction = direction;
            flow.unacknowledged = 0;
            flow.unacknowledged_packets = 0;
        }
        flow.unacknowledged += size;
        if (++flow.unacknowledged_packets >= kAcknowledgeEveryPackets ||
            flow.unacknowledged >= kAcknowledgeEveryBytes) {
            add_control(flow, opposite(direction), kTcpAck, time_ns);
        }
        return stored;
    }
};

Writer::Writer() : p_(std::make_unique<Private>()) {}

Writer::~Writer() {
    // After DropCapture on a disk that stayed full: a file without a beginning is none.
    if (p_->file == nullptr || p_->file->is_stream() || p_->file->end() != 0) return;
    delete_file(p_->file->path(), p_->config.files->descriptor(p_->file->file()));
}

std::unique_ptr<Writer> Writer::open(WriterConfig config, int& error, std::string& path_tried) {
    std::unique_ptr<Writer> writer{new Writer};
    Private& p = *writer->p_;
    p.config = std::move(config);
    const RunPart part = new_run();
    std::vector<std::uint8_t> header;
    append_section_header(part, header);
    if (p.config.path == "-") {
        path_tried = "-";
        p.file = BatchFile::begin_stream(p.config, error);
        if (!p.file) return nullptr;
    } else {
        p.run.emplace(*p.config.files, part, p.config.bounds, p.config.most_file_bytes);
        NewFile made;
        error = p.run->make_first(p.config.path, p.config.directory, p.config.may_overwrite, made);
        path_tried = made.path;
        if (error != 0) return nullptr;
        p.file = BatchFile::begin(std::move(made), p.config, header, false, error);
        if (!p.file) return nullptr;
        p.run->began(p.file->file(), p.file->path(), header.size());
    }
    p.batch_bytes = std::max(p.config.batch_bytes, kMostReadBlockBytes);
    p.capacity = p.batch_bytes + kBatchMarginBytes;
    p.batch = std::make_unique_for_overwrite<std::uint8_t[]>(p.capacity);
    // A stream's reader may be slow or gone: its header waits in the first batch.
    if (p.file->is_stream()) p.append(header);
    return writer;
}

channel::FileId Writer::file() const {
    return p_->file->file();
}

const std::string& Writer::path() const {
    return p_->file->path();
}

void Writer::add_endpoint(EndpointId endpoint, EndpointKind kind, std::string_view name) {
    Private& p = *p_;
    const auto interface = static_cast<std::uint32_t>(p.interfaces.size());
    if (!p.interface_of.try_emplace(channel::number(endpoint), interface).second) return;
    p.interfaces.push_back({.id = endpoint,
                            .kind = kind,
                            .name = std::string{name.substr(0, kMostNameBytes)},
                            .printable = bytes::printable(name)});
    p.scratch.clear();
    append_interface(endpoint, kind, name, p.scratch);
    p.append(p.scratch);
}

void Writer::opened(Flow& flow, std::int64_t time_ns) {
    Private& p = *p_;
    if (!p.interface_of.contains(channel::number(flow.endpoint))) {
        add_endpoint(flow.endpoint,
                     flow.was_opened_here ? EndpointKind::kClient : EndpointKind::kServer, "");
    }
    flow.interface = p.interface_of.find(channel::number(flow.endpoint))->second;
    const Private::Endpoint& endpoint = p.interfaces[flow.interface];
    flow.opened_ns = time_ns;
    flow.opened_batch = p.batch_number;
    flow.place = p.open_flows.size();
    p.open_flows.push_back(&flow);
    flow.initial_received_seq = initial_sequence(flow.connection, Direction::kReceived);
    flow.initial_sent_seq = initial_sequence(flow.connection, Direction::kSent);
    flow.address_sum = address_sum(flow.local, flow.peer);
    flow.unacknowledged = 0;
    flow.unacknowledged_packets = 0;

    std::uint8_t event[kEventOpenedBytes];
    event[0] = static_cast<std::uint8_t>(EventCode::kOpened);
    store64(event + 1, channel::number(flow.endpoint));
    event[9] = flow.was_opened_here ? 1 : 0;
    store32(event + 10, flow.local.scope_id);
    store32(event + 14, flow.peer.scope_id);
    std::string comment = endpoint.kind == EndpointKind::kServer ? "opened by the peer; server "
                                                                 : "opened here; client ";
    comment += endpoint.printable;

    // The SYN takes one number before the first byte's.
    const Direction opener = flow.was_opened_here ? Direction::kSent : Direction::kReceived;
    p.add(flow, Packet{.direction = opener,
                       .tcp_flags = kTcpSyn,
                       .sequence = next_sequence(flow, opener) - 1,
                       .time_ns = time_ns,
                       .event = event,
                       .comment = comment});
    p.add(flow, Packet{.direction = opposite(opener),
                       .tcp_flags = kTcpSyn | kTcpAck,
                       .sequence = next_sequence(flow, opposite(opener)) - 1,
                       .acknowledgement = next_sequence(flow, opener),
                       .time_ns = time_ns});
    p.add_control(flow, opener, kTcpAck, time_ns);
}

std::span<std::uint8_t> Writer::reserve(const Flow& flow, std::size_t at_most) {
    Private& p = *p_;
    const std::size_t size = std::min(at_most, kMostReadBytes);
    const std::size_t head = head_bytes(flow);
    // A batch that sends have made longer than it should be is full, however much room it has.
    const std::size_t limit = p.batch_bytes + kBatchMarginBytes;
    if (p.used + head + size + kMostTailBytes + kMostAcknowledgementBytes > limit) return {};
    return {p.batch.get() + p.used + head, size};
}

Stored Writer::commit(Flow& flow, std::size_t size, std::int64_t time_ns) {
    return p_->complete(flow, Direction::kReceived, size, time_ns);
}

Stored Writer::record_sent(Flow& flow, std::span<const std::uint8_t> bytes, std::int64_t time_ns) {
    Private& p = *p_;
    const auto sent = bytes.first(std::min(bytes.size(), kMostReadBytes));
    std::uint8_t* block = p.room(block_bytes(flow, sent.size()) + kMostAcknowledgementBytes);
    std::memcpy(block + head_bytes(flow), sent.data(), sent.size());
    return p.complete(flow, Direction::kSent, sent.size(), time_ns);
}

void Writer::ended(Flow& flow, Direction direction, std::int64_t time_ns) {
    if (direction == Direction::kReceived) {
        const std::uint8_t event[kEventPeerEndedBytes] = {
            static_cast<std::uint8_t>(EventCode::kPeerEnded)};
        p_->add_fin(flow, direction, time_ns, event);
    } else {
        p_->add_fin(flow, direction, time_ns);
    }
}

void Writer::closed(Flow& flow, const channel::ConnectionClosed& how, bool was_reset_here) {
    Private& p = *p_;
    p.touch(flow);
    // A file that goes on from before this batch must still say that the connection was open there.
    if (flow.opened_batch != p.batch_number) p.closed_in_batch.push_back(flow);
    p.open_flows.back()->place = flow.place;
    p.open_flows[flow.place] = p.open_flows.back();
    p.open_flows.pop_back();

    std::uint8_t event[kEventClosedBytes];
    event[0] = static_cast<std::uint8_t>(EventCode::kClosed);
    event[1] = static_cast<std::uint8_t>(how.reason);
    store32(event + 2, static_cast<std::uint32_t>(how.code));
    store64(event + 6, how.received);
    store64(event + 14, how.sent);
    store64(event + 22, how.not_sent);
    const std::string comment = comment_of(how);

    const bool is_in_order =
        !was_reset_here && (how.reason == CloseReason::kEndOfStream ||
                            (how.reason == CloseReason::kClosedHere && flow.has_fin_received));
    if (!is_in_order) {
        const Direction from =
            how.reason == CloseReason::kResetByPeer ? Direction::kReceived : Direction::kSent;
        p.add_control(flow, from, kTcpRst | kTcpAck, how.time_ns, event, comment);
        return;
    }
    if (!flow.has_fin_received) p.add_fin(flow, Direction::kReceived, how.time_ns);
    if (!flow.has_fin_sent) p.add_fin(flow, Direction::kSent, how.time_ns);
    // Nothing follows the later of the two FINs, so it was the last packet.
    p.add_control(flow, opposite(flow.last_direction), kTcpAck, how.time_ns, event, comment);
}

void Writer::note(const channel::Event& event) {
    std::vector<std::uint8_t> body;
    if (!encode_note(event, body)) return;
    p_->scratch.clear();
    append_note(body, p_->scratch);
    p_->append(p_->scratch);
}

void Writer::run_ended(const channel::ServiceStopped& how) {
    std::vector<std::uint8_t> body;
    encode_run_ended(how, body);
    p_->scratch.clear();
    append_note(body, p_->scratch);
    p_->append(p_->scratch);
}

std::size_t Writer::batched_bytes() const {
    return p_->used;
}

bool Writer::is_full() const {
    return p_->used + kMostReadBlockBytes > p_->batch_bytes + kBatchMarginBytes;
}

std::uint64_t Writer::flushed_end() const {
    return p_->file->end();
}

WriteResult Writer::flush() {
    Private& p = *p_;
    if (p.used == 0) return {};
    const int error = p.file->append({p.batch.get(), p.used});
    if (error != 0) return {.error = error, .is_file_bad = p.file->is_bad()};
    p.forget_batch();
    return {};
}

// What was in it is in the file.
void Writer::Private::forget_batch() {
    used = 0;
    beginning_in_batch = 0;
    ++batch_number;
    closed_in_batch.clear();
    flushed_interfaces = interfaces.size();
    if (capacity > 2 * (batch_bytes + kBatchMarginBytes)) {
        capacity = batch_bytes + kBatchMarginBytes;
        batch = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
    }
}

// ---- Going on in another file ------------------------------------------------------------------

bool Writer::is_stream() const {
    return p_->file->is_stream();
}

bool Writer::is_file_full() const {
    return p_->run && p_->run->is_full(p_->file->end());
}

// The last word in the file that is left. One with nothing in it needs none, one that cannot be trusted or has no room gets none: it then looks as if a crash had ended it.
void Writer::Private::say_run_goes_on() const {
    if (file->end() == 0 || file->is_bad()) return;
    std::vector<std::uint8_t> body;
    encode_run_goes_on(body);
    std::vector<std::uint8_t> block;
    append_note(body, block);
    if (file->append(block) != 0) file->forget_failed_batch();
}

std::vector<std::uint8_t> Writer::Private::beginning_of_next() const {
    std::vector<std::uint8_t> out;
    append_section_header(run->next_part(), out);
    for (std::size_t i = 0; i < flushed_interfaces; ++i)
        append_interface(interfaces[i].id, interfaces[i].kind, interfaces[i].name, out);
    std::vector<ContinuedConnection> connections;
    const auto add = [&](const Flow& flow) {
        if (flow.opened_batch == batch_number) return;
        const bool is_touched = flow.batch == batch_number;
        connections.push_back(
            {.connection = flow.connection,
             .endpoint = flow.endpoint,
             .local = flow.local,
             .peer = flow.peer,
             .opened_ns = flow.opened_ns,
             .received = is_touched ? flow.at_batch.received : flow.received,
             .sent = is_touched ? flow.at_batch.sent : flow.sent,
             .was_opened_here = flow.was_opened_here,
             .is_second_side = flow.is_second_side,
             .has_peer_ended = is_touched ? flow.at_batch.has_fin_received : flow.has_fin_received,
             .has_ended_here = is_touched ? flow.at_batch.has_fin_sent : flow.has_fin_sent});
    };
    for (const Flow* flow : open_flows)
        add(*flow);
    for (const Flow& flow : closed_in_batch)
        add(flow);
    append_continued(connections, out);
    return out;
}

Continuation Writer::continue_in(const NextFile& next) {
    using channel::CaptureChange;
    Private& p = *p_;
    Continuation result;
    if (!p.run) {
        result.path_tried = next.change == CaptureChange::kMoved ? next.path : p.file->path();
        result.error = EOPNOTSUPP;
        return result;
    }
    NewFile made;
    result.error = p.run->make_next(next, made);
    result.path_tried = made.path;
    if (result.error != 0) return result;

    std::vector<std::uint8_t> beginning = p.beginning_of_next();
    const std::uint64_t beginning_bytes = beginning.size();
    const std::span<const std::uint8_t> content{p.batch.get() + p.beginning_in_batch,
                                                p.used - p.beginning_in_batch};
    beginning.insert(beginning.end(), content.begin(), content.end());
    const bool is_written_now = next.change != CaptureChange::kDropped;
    p.file->forget_failed_batch();  // before the same bytes are anywhere else
    auto begun = BatchFile::begin(
        std::move(made), p.config,
        is_written_now ? std::span<const std::uint8_t>{beginning} : std::span<const std::uint8_t>{},
        true, result.error);
    if (!begun) return result;

    result.old_file = p.file->file();
    result.shift = beginning_bytes - (p.file->end() + p.beginning_in_batch);
    if (next.change == CaptureChange::kMoved && !next.is_old_bad) p.say_run_goes_on();
    result.old_end = p.file->end();
    p.file = std::move(begun);  // the old one is cut to its end here
    result.dropped =
        p.run->went_on(next, p.file->file(), p.file->path(), beginning_bytes, result.old_end);
    if (is_written_now) {
        p.forget_batch();
    } else {
        p.used = 0;
        p.append(beginning);
        p.beginning_in_batch = beginning_bytes;
    }
    return result;
}

void Writer::set_bounds(const channel::CaptureBounds& bounds) {
    Private& p = *p_;
    p.config.bounds = bounds;
    if (!p.run) return;
    p.file->set_bounds(bounds);
    p.run->set_bounds(bounds);
}

std::vector<DroppedFile> Writer::drop_beyond_ring() {
    return p_->run ? p_->run->drop_beyond_ring() : std::vector<DroppedFile>{};
}

std::vector<DroppedFile> Writer::drop_all_before() {
    return p_->run ? p_->run->drop_all_before() : std::vector<DroppedFile>{};
}

std::vector<DroppedFile> Writer::drop_for_room(channel::CaptureChange change, int error) {
    return p_->run ? p_->run->drop_for_room(change, error) : std::vector<DroppedFile>{};
}

}  // namespace net::capture
