#include "app/jobs/export_pcapng.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/pcap_records.h"
#include "net/bytes/escapes.h"
#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"
#include "net/capture/pcapng_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>
#include <variant>

namespace app::jobs {

namespace channel = net::channel;

namespace {

namespace format = net::capture::format;

constexpr char kAttempt[] = "export to";
constexpr std::uint64_t kEventsALook = 256;
constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};
constexpr std::size_t kSectionLengthAt = 16;
constexpr std::size_t kInterfaceAt = 8;  // of a packet block

template <typename T>
std::span<const std::uint8_t> bytes_of(const T& value) {
    return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

}  // namespace

std::size_t PcapngExport::PairHash::operator()(const Pair& pair) const {
    std::uint64_t mixed = 0xCBF29CE484222325ULL;
    for (const net::bytes::SocketAddress& address : {pair.low, pair.high}) {
        std::uint64_t halves[2];
        std::memcpy(halves, address.ip.data(), sizeof halves);
        for (const std::uint64_t word : {halves[0], halves[1], std::uint64_t{address.port}}) {
            mixed = (mixed ^ word) * 0x9E3779B97F4A7C15ULL;
            mixed ^= mixed >> 29U;
        }
    }
    return mixed;
}

PcapngExport::Pair PcapngExport::pair_of(const net::bytes::SocketAddress& a,
                                         const net::bytes::SocketAddress& b,
                                         bool is_udp) {
    Pair pair{.low = std::min(a, b), .high = std::max(a, b), .is_udp = is_udp};
    // A zone is known to events of ours only, never to a packet.
    pair.low.scope_id = 0;
    pair.high.scope_id = 0;
    return pair;
}

PcapngExport::PcapngExport(HeldParts& held, const ExportRequest& request, ExportOutput& output)
    : held_(held),
      request_(request),
      out_(output),
      is_chosen_(request.connections) {}

std::optional<channel::Failure> PcapngExport::run(JobControl& control) {
    total_ = 2 * static_cast<double>(std::max<std::uint64_t>(held_.total_bytes(), 1));
    for (const HeldPart& part : held_.parts()) {
        part_ = &part;
        if (!plan(part, control)) break;
        before_ += part.end_offset;
        if (!copy(part, control)) break;
        before_ += part.end_offset;
    }
    return std::move(failure_);
}

bool PcapngExport::look(JobControl& control, std::uint64_t done) const {
    control.set_progress(static_cast<double>(before_ + done) / total_);
    return !control.should_stop() && out_.error() == 0;
}

bool PcapngExport::plan(const HeldPart& part, JobControl& control) {
    pairs_.clear();
    endpoints_.clear();
    std::string message;
    const auto reader = net::capture::Reader::open(held_.files(), part.file, message);
    if (reader == nullptr) {
        failure_ = file_failure(kAttempt, request_.path, EINVAL,
                                "the capture file " + net::bytes::printable(part.path) + " " +
                                    net::bytes::printable(message));
        return false;
    }
    reader->ask_to_go_on([&](std::uint64_t offset) { return look(control, offset); });
    channel::Event event;
    for (std::uint64_t count = 0; reader->next(event); ++count) {
        if (reader->offset() > part.end_offset) break;
        if (count % kEventsALook == 0 && !look(control, reader->offset())) return false;
        const auto* opened = std::get_if<channel::ConnectionOpened>(&event);
        if (opened == nullptr) continue;
        const bool is_chosen = is_chosen_(opened->connection);
        const bool is_udp = opened->protocol == channel::Protocol::kUdp;
        pairs_[pair_of(opened->local, opened->peer, is_udp)].lives.push_back(
            {.told_at = reader->offset(), .is_chosen = is_chosen});
        if (is_chosen) endpoints_.insert(channel::number(opened->endpoint));
    }
    return look(control, part.end_offset);
}

bool PcapngExport::copy(const HeldPart& part, JobControl& control) {
    std::string message;
    const auto reader = net::capture::Reader::open(held_.files(), part.file, message);
    if (reader == nullptr) {
        fail_changed();
        return false;
    }
    blocks_.emplace(held_.files(), part.file);
    position_ = blocks_->begin();
    block_.reset();
    own_.reset();
    own_connections_.clear();
    if (blocks_->is_pcap()) begin_pcap();
    reader->ask_to_go_on([&](std::uint64_t offset) { return look(control, offset); });
    channel::Event event;
    std::uint64_t end = position_;
    for (std::uint64_t count = 0; reader->next(event); ++count) {
        end = std::min(reader->offset(), part.end_offset);
        if (reader->offset() > part.end_offset) break;
        if (!copy_blocks_up_to(end)) return false;
        hear(event);
        if (count % kEventsALook == 0 && !look(control, end)) return false;
    }
    if (!look(control, end) || !copy_blocks_up_to(end)) return false;
    if (block_) settle();
    if (!failure_ && reader->offset() < part.end_offset) {
        cut_short_ = read_short_text(part, reader->offset(), reader->counts().why_it_ended);
        // Of a live capture all of it was there a moment ago.
        if (part.is_end_known)
            failure_ = file_failure(kAttempt, request_.path, ENODATA, cut_short_);
    }
    return !failure_;
}

// Settles what was looked at before, and looks at the blocks up to `offset`. The last of them is the one whose events are told next.
bool PcapngExport::copy_blocks_up_to(std::uint64_t offset) {
    while (position_ < offset) {
        if (block_) settle();
        if (failure_) return false;
        Block block;
        if (!blocks_->look(position_, offset, block)) {
            fail_changed();
            return false;
        }
        position_ += block.length;
        block_ = block;
        verdict_ = {};
    }
    return true;
}

void PcapngExport::hear(const channel::Event& event) {
    const auto hear_connection = [this](channel::ConnectionId connection) {
        if (connection == channel::ConnectionId::kNone) return;
        verdict_.has_connection = true;
        verdict_.is_connection_chosen = verdict_.is_connection_chosen || is_chosen_(connection);
    };
    const auto hear_endpoint = [this](channel::EndpointId endpoint) {
        if (endpoint == channel::EndpointId::kNone) return;
        verdict_.has_endpoint = true;
        verdict_.is_endpoint_chosen =
            verdict_.is_endpoint_chosen || endpoints_.contains(channel::number(endpoint));
    };
    std::visit(
        [&](const auto& fact) {
            if constexpr (std::is_same_v<std::decay_t<decltype(fact)>, channel::Failed>) {
                hear_connection(fact.failure.connection);
                hear_endpoint(fact.failure.endpoint);
            } else if constexpr (std::is_same_v<std::decay_t<decltype(fact)>,
                                                channel::NoteRecorded>) {
                // One at a packet goes with its packet.
                if (!fact.is_on_last_read) hear_connection(fact.note.connection);
            } else if constexpr (requires { fact.connection; }) {
                hear_connection(fact.connection);
            } else if constexpr (requires { fact.endpoint; }) {
                hear_endpoint(fact.endpoint);
            }
        },
        event);
}

void PcapngExport::settle() {
    switch (block_->type) {
        case format::kBlockSection: begin_section(); break;
        case format::kBlockInterface: add_interface(); break;
        case format::kBlockNote:
            if (own_ && is_chosen_note()) copy_whole(*block_);
            break;
        case format::kBlockSecondSide:
            if (own_ && is_chosen_packet()) copy_packet();
            break;
        case format::kBlockEnhancedPacket:
        case format::kBlockObsoletePacket:
        case format::kBlockSimplePacket:
            if (is_chosen_packet()) copy_packet();
            break;
        case Block::kPcapRecord:
            if (is_chosen_packet()) copy_record();
            break;
        default: break;  // names, statistics, secrets, what we don't know: may be about others
    }
    block_.reset();
}

// ---- sections and interfaces --------------------------------------------------------------------

void PcapngExport::begin_section() {
    const auto block = blocks_->bytes(*block_, block_->length);
    if (block.size() < format::kSectionFixedBytes + format::kBlockTrailerBytes)
        return fail_changed();
    const auto before = std::exchange(own_, parse_own_section(block));
    // The files of one run, put one behind the other, go on with its ids.
    const bool goes_on =
        before && own_ && own_->is_known && before->is_known && before->run == own_->run;
    if (!goes_on) own_connections_.clear();
    interfaces_.clear();
    next_interface_ = 0;
    // Its length counts blocks that are left out: not known.
    out_.put(block.first(kSectionLengthAt));
    out_.put(bytes_of(kUnknownLength));
    out_.put(block.subspan(kSectionLengthAt + sizeof kUnknownLength));
}

void PcapngExport::add_interface() {
    const auto block = blocks_->bytes(*block_, format::kInterfaceFixedBytes);
    if (block.size() < format::kInterfaceFixedBytes) return fail_changed();
    interfaces_.push_back(
        {.block = *block_, .link = format::load16(&block[8], block_->is_swapped), .number = {}});
    // Ours are servers and clients, by name: those that have no chosen connection stay out. One without an event (known from an earlier section) waits for its first packet.
    if (own_ && !verdict_.is_endpoint_chosen) return;
    (void)need_interface(static_cast<std::uint32_t>(interfaces_.size() - 1));
}

std::uint32_t PcapngExport::need_interface(std::uint32_t interface) {
    Interface& needed = interfaces_[interface];
    if (!needed.number) {
        needed.number = next_interface_++;
        copy_whole(needed.block);
    }
    return *needed.number;
}

void PcapngExport::begin_pcap() {
    interfaces_.assign(
        1, {.block = {}, .link = static_cast<std::uint16_t>(blocks_->pcap_link()), .number = 0});
    out_.put(pcapng_beginning(*blocks_));
}

// ---- packets and notes -----------------------------------------------------------------------------

bool PcapngExport::is_chosen_packet() {
    const PacketFields fields = blocks_->packet(*block_);
    if (!fields.is_good || fields.interface >= interfaces_.size()) return false;
    if (!own_) return is_chosen_by_address(fields);
    const std::uint64_t id = blocks_->own_connection(*block_);
    if (id == 0) return false;
    if (verdict_.has_connection) own_connections_[id] = verdict_.is_connection_chosen;
    const auto known = own_connections_.find(id);
    return known != own_connections_.end() && known->second;
}

bool PcapngExport::is_chosen_by_address(const PacketFields& fields) {
    const std::size_t head_size =
        std::min<std::size_t>(fields.captured, net::capture::kMostPacketHeadBytes);
    const auto head = blocks_->bytes(*block_, fields.packet_at + head_size);
    if (head.size() < fields.packet_at + head_size) return false;
    const net::capture::Packet packet = net::capture::parse_packet(
        interfaces_[fields.interface].link, head.subspan(fields.packet_at), fields.captured,
        fields.original);
    if (packet.kind != net::capture::PacketKind::kTcp &&
        packet.kind != net::capture::PacketKind::kUdp) {
        return false;
    }
    const net::capture::Segment& segment = packet.segment;
    const bool is_udp = packet.kind == net::capture::PacketKind::kUdp;
    const auto found = pairs_.find(pair_of(segment.from, segment.to, is_udp));
    if (found == pairs_.end()) return false;
    Lives& pair = found->second;
    const std::uint64_t end = block_->offset + block_->length;
    const auto next =
        std::upper_bound(pair.lives.begin(), pair.lives.end(), end,
                         [](std::uint64_t at, const Life& life) { return at < life.told_at; });
    const auto told = static_cast<std::size_t>(next - pair.lives.begin());
    const bool is_opening =
        !is_udp && (segment.flags & (format::kTcpSyn | format::kTcpAck)) == format::kTcpSyn;
    if (!is_opening) return pair.lives[told == 0 ? 0 : told - 1].is_chosen;
    // A connection is told when its SYN has been answered: this one opens the next.
    if (!pair.syn || *pair.syn != segment.sequence || pair.syn_from != segment.from) {
        pair.syn = segment.sequence;
        pair.syn_from = segment.from;
        pair.syn_life = std::min(told, pair.lives.size() - 1);
    }
    return pair.lives[pair.syn_life].is_chosen;
}

bool PcapngExport::is_chosen_note() {
    const auto block = blocks_->bytes(*block_, block_->length);
    if (block.size() < format::kBlockLeastBytes) {
        fail_changed();
        return false;
    }
    const auto body =
        block.subspan(format::kBlockHeadBytes,
                      block.size() - format::kBlockHeadBytes - format::kBlockTrailerBytes);
    if (const auto continued = net::capture::decode_continued(body, block_->is_swapped)) {
        const std::uint64_t id = channel::number(continued->connection);
        if (verdict_.has_connection) own_connections_[id] = verdict_.is_connection_chosen;
        const auto known = own_connections_.find(id);
        return known != own_connections_.end() && known->second;
    }
    if (verdict_.has_connection) return verdict_.is_connection_chosen;
    return !verdict_.has_endpoint || verdict_.is_endpoint_chosen;
}

void PcapngExport::copy_packet() {
    const std::uint32_t interface = need_interface(blocks_->packet(*block_).interface);
    const auto block = blocks_->bytes(*block_, block_->length);
    if (block.size() < block_->length) return fail_changed();
    if (block_->type == format::kBlockSimplePacket) return out_.put(block);
    out_.put(block.first(kInterfaceAt));
    if (block_->type == format::kBlockObsoletePacket) {
        const auto narrow = static_cast<std::uint16_t>(interface);
        out_.put(bytes_of(block_->is_swapped ? __builtin_bswap16(narrow) : narrow));
        out_.put(block.subspan(kInterfaceAt + sizeof narrow));
    } else {
        out_.put(bytes_of(block_->is_swapped ? __builtin_bswap32(interface) : interface));
        out_.put(block.subspan(kInterfaceAt + sizeof interface));
    }
}

void PcapngExport::copy_record() {
    const std::uint32_t packet_at = blocks_->packet(*block_).packet_at;
    const auto record = blocks_->bytes(*block_, block_->length);
    if (record.size() < block_->length) return fail_changed();
    packet_of_record(*blocks_, record, packet_at, {}, packet_);
    out_.put(packet_);
}

void PcapngExport::copy_whole(const Block& block) {
    const auto bytes = blocks_->bytes(block, block.length);
    if (bytes.size() < block.length) return fail_changed();
    out_.put(bytes);
}

void PcapngExport::fail_changed() {
    if (failure_) return;
    failure_ = file_failure(kAttempt, request_.path, ENODATA,
                            "the capture file " + net::bytes::printable(part_->path) +
                                " was cut short or changed by another program while it was read");
}

}  // namespace app::jobs
