#include "net/capture/pcapng_writer.h"

#include "net/bytes/escapes.h"
#include "net/capture/batch_file.h"
#include "net/capture/note_codec.h"
#include "net/capture/packet_builder.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <array>
#include <cstring>
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

std::vector<std::uint8_t> section_header() {
    constexpr std::string_view kApplication = "Wireloupe " WIRELOUPE_VERSION;
    std::array<std::uint8_t, 256> block{};
    store32(block.data(), kBlockSection);
    store32(&block[8], kByteOrderMagic);
    store16(&block[12], 1);  // version 1.0
    store16(&block[14], 0);
    store64(&block[16], ~std::uint64_t{0});  // the section's length is not known
    std::uint8_t* at = put_option(
        &block[kSectionFixedBytes], kOptionSectionApplication,
        {reinterpret_cast<const std::uint8_t*>(kApplication.data()), kApplication.size()});
    at = put_option(at, kOptionSignature,
                    {reinterpret_cast<const std::uint8_t*>(kSignature), sizeof kSignature});
    store32(at, kOptionEnd);
    at += 4;
    const auto size = static_cast<std::uint32_t>(at - block.data()) + 4;
    store32(at, size);
    store32(&block[4], size);
    return {block.begin(), block.begin() + size};
}

}  // namespace

struct Writer::Private {
    std::unique_ptr<BatchFile> file;
    std::unique_ptr<std::uint8_t[]> batch;
    std::size_t capacity = 0;  // of `batch`
    std::size_t batch_bytes =
        0;  // what a batch is to have; `capacity` grows past it for sends, and comes back
    std::size_t used = 0;
    struct Endpoint {
        std::uint32_t interface = 0;
        EndpointKind kind{};
        std::string name;  // printable, for comments
    };
    std::unordered_map<std::uint64_t, Endpoint> endpoints;
    std::vector<std::uint8_t> note;  // kept for its memory

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

    void add(const Flow& flow, const Packet& packet) {
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

Writer::~Writer() = default;

std::unique_ptr<Writer> Writer::open(WriterConfig config, int& error, std::string& path_tried) {
    const std::vector<std::uint8_t> header = section_header();
    std::unique_ptr<Writer> writer{new Writer};
    Private& p = *writer->p_;
    p.file = BatchFile::open(config, header, error, path_tried);
    if (!p.file) return nullptr;
    p.batch_bytes = std::max(config.batch_bytes, kMostReadBlockBytes);
    p.capacity = p.batch_bytes + kBatchMarginBytes;
    p.batch = std::make_unique_for_overwrite<std::uint8_t[]>(p.capacity);
    if (p.file->is_stream()) {
        std::memcpy(p.room(header.size()), header.data(), header.size());
        p.used += header.size();
    }
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
    const auto interface = static_cast<std::uint32_t>(p.endpoints.size());
    const bool is_new =
        p.endpoints
            .try_emplace(channel::number(endpoint),
                         Private::Endpoint{
                             .interface = interface, .kind = kind, .name = bytes::printable(name)})
            .second;
    if (!is_new) return;

    const std::string_view shown = name.substr(0, kMostNameBytes);
    const std::string_view description =
        kind == EndpointKind::kServer ? "TCP server" : "TCP client";
    std::uint8_t own[9];
    store64(own, channel::number(endpoint));
    own[8] = static_cast<std::uint8_t>(kind);
    constexpr std::uint8_t kNanoseconds = 9;  // if_tsresol: ten to the minus nine

    std::uint8_t* block = p.room(kInterfaceFixedBytes + padded(shown.size()) + 128);
    store32(block, kBlockInterface);
    store16(block + 8, kLinkRaw);
    store16(block + 10, 0);
    store32(block + 12, 0);  // no limit to a packet's captured length
    std::uint8_t* at = block + kInterfaceFixedBytes;
    at = put_option(at, kOptionInterfaceName,
                    {reinterpret_cast<const std::uint8_t*>(shown.data()), shown.size()});
    at =
        put_option(at, kOptionInterfaceDescription,
                   {reinterpret_cast<const std::uint8_t*>(description.data()), description.size()});
    at = put_option(at, kOptionInterfaceResolution, {&kNanoseconds, 1});
    at = put_option(at, kOptionEndpoint, own);
    store32(at, kOptionEnd);
    at += 4;
    const auto size = static_cast<std::uint32_t>(at - block) + 4;
    store32(at, size);
    store32(block + 4, size);
    p.used += size;
}

void Writer::opened(Flow& flow, std::int64_t time_ns) {
    Private& p = *p_;
    auto endpoint = p.endpoints.find(channel::number(flow.endpoint));
    if (endpoint == p.endpoints.end()) {
        add_endpoint(flow.endpoint,
                     flow.was_opened_here ? EndpointKind::kClient : EndpointKind::kServer, "");
        endpoint = p.endpoints.find(channel::number(flow.endpoint));
    }
    flow.interface = endpoint->second.interface;
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
    std::string comment = endpoint->second.kind == EndpointKind::kServer
                              ? "opened by the peer; server "
                              : "opened here; client ";
    comment += endpoint->second.name;

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
    Private& p = *p_;
    p.note.clear();
    if (!encode_note(event, p.note)) return;
    const std::size_t size = kBlockHeadBytes + padded(p.note.size()) + kBlockTrailerBytes;
    std::uint8_t* block = p.room(size);
    store32(block, kBlockNote);
    store32(block + 4, static_cast<std::uint32_t>(size));
    store32(block + size - 8, 0);  // the padding; a note has more than four bytes
    std::memcpy(block + kBlockHeadBytes, p.note.data(), p.note.size());
    store32(block + size - 4, static_cast<std::uint32_t>(size));
    p.used += size;
}

std::size_t Writer::batched_bytes() const {
    return p_->used;
}

bool Writer::is_full() const {
    return p_->used + kMostReadBlockBytes > p_->batch_bytes + kBatchMarginBytes;
}

std::uint64_t Writer::end_offset() const {
    return p_->file->end() + p_->used;
}

WriteResult Writer::flush() {
    Private& p = *p_;
    if (p.used == 0) return {};
    const int error = p.file->append({p.batch.get(), p.used});
    if (error != 0) return {.error = error};
    p.used = 0;
    if (p.capacity > 2 * (p.batch_bytes + kBatchMarginBytes)) {
        p.capacity = p.batch_bytes + kBatchMarginBytes;
        p.batch = std::make_unique_for_overwrite<std::uint8_t[]>(p.capacity);
    }
    return {};
}

}  // namespace net::capture
