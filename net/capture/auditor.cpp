#include "net/capture/auditor.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cstring>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

// The longest block that we write: a read's, with an event and a comment, or (in a copy) with as many notes as its options hold.
constexpr std::uint32_t kMostPacketBlockBytes = 65536 + 8192 + kMostOptionBytes;
constexpr std::uint32_t kMostOtherBlockBytes = 65536;
// Up to here a block is looked at whole; of longer ones only head and tail are read.
constexpr std::uint32_t kMostWholeBytes = 4096;
constexpr std::size_t kMostHeadBytes = kPacketFixedBytes + kIpv6HeaderBytes + kTcpHeaderBytes;

// What kOptionEvent must be long; 0 without one, and for those that are never written.
std::size_t event_bytes(std::uint8_t code) {
    switch (static_cast<EventCode>(code)) {
        case EventCode::kOpened: return kEventOpenedBytes;
        case EventCode::kPeerEnded: return kEventPeerEndedBytes;
        case EventCode::kClosed: return kEventClosedBytes;
    }
    return 0;
}

}  // namespace

// An option in a list of known order.
struct Auditor::OptionRule {
    std::uint16_t code = 0;
    bool is_required = true;
    bool is_text = false;
    std::size_t least_bytes = 0;
    std::size_t most_bytes = 65535;
    std::size_t goes_back = 0;  // after it, the rules so many before it may hold once more
};

// What a packet block's parts say together.
struct Auditor::Packet {
    std::uint64_t connection = 0;
    std::uint32_t flags = 0;  // epb_flags
    std::uint32_t interface = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledgement = 0;
    std::uint64_t payload = 0;
    std::uint8_t tcp_flags = 0;
    std::uint8_t event = 0;  // EventCode; 0: none
    std::size_t event_bytes = 0;
};

constexpr Auditor::OptionRule Auditor::kSectionRules[] = {
    {.code = kOptionSectionApplication, .is_text = true},
    {.code = kOptionSignature, .least_bytes = sizeof kSignature, .most_bytes = sizeof kSignature},
    {.code = kOptionRun, .is_required = false, .least_bytes = kRunBytes, .most_bytes = kRunBytes},
    {.code = kOptionEnd, .most_bytes = 0},
};
constexpr Auditor::OptionRule Auditor::kInterfaceRules[] = {
    {.code = kOptionInterfaceName, .is_text = true},
    {.code = kOptionInterfaceDescription, .is_text = true, .least_bytes = 1},
    {.code = kOptionInterfaceResolution, .least_bytes = 1, .most_bytes = 1},
    {.code = kOptionEndpoint, .least_bytes = 9, .most_bytes = 9},
    {.code = kOptionEnd, .most_bytes = 0},
};
constexpr Auditor::OptionRule Auditor::kPacketRules[] = {
    {.code = kOptionPacketFlags, .least_bytes = 4, .most_bytes = 4},
    {.code = kOptionConnection, .least_bytes = 8, .most_bytes = 8},
    {.code = kOptionEvent, .is_required = false, .least_bytes = 1, .most_bytes = kEventClosedBytes},
    {.code = kOptionComment, .is_required = false, .is_text = true},
    {.code = kOptionNote,
     .is_required = false,
     .least_bytes = kPacketNoteBytes,
     .most_bytes = kPacketNoteBytes,
     .goes_back = 1},
    {.code = kOptionEnd, .most_bytes = 0},
};

Auditor::Auditor(const FileTable& files) : window_(files) {}

bool Auditor::advance(channel::FileId file, std::uint64_t end_offset, std::uint64_t budget_bytes) {
    if (counts_.is_damaged) return true;
    if (file != counts_.file) {
        counts_.file = file;
        counts_.offset = 0;
        window_.start(file);
    }
    const std::uint64_t begin = window_.bytes_read();
    while (counts_.offset < end_offset) {
        if (window_.bytes_read() - begin >= budget_bytes) return false;
        if (!audit_block(end_offset)) return true;
        ++counts_.blocks;
    }
    return true;
}

bool Auditor::damaged(const std::string& what) {
    counts_.is_damaged = true;
    counts_.damage = "the block at byte " + std::to_string(counts_.offset) + ": " + what;
    return false;
}

bool Auditor::audit_block(std::uint64_t end_offset) {
    const std::uint64_t left = end_offset - counts_.offset;
    if (left < kBlockLeastBytes) return damaged("there is no room for one");
    const std::uint8_t* head = window_.view(counts_.offset, kBlockHeadBytes, end_offset);
    if (head == nullptr) return damaged("cannot be read back");
    const std::uint32_t type = load32(head);
    const std::uint32_t length = load32(head + 4);
    if (length < kBlockLeastBytes || length % 4 != 0)
        return damaged("a length of " + std::to_string(length));
    if (length > left)
        return damaged("longer than the file, by its length of " + std::to_string(length));
    if (counts_.offset == 0 && type != kBlockSection)
        return damaged("no section header where one belongs");
    if (has_run_ended_ && type != kBlockSection)
        return damaged("something follows the end of the run");

    bool is_good = false;
    switch (type) {
        case kBlockSection: is_good = audit_section(length, end_offset); break;
        case kBlockInterface: is_good = audit_interface(length, end_offset); break;
        case kBlockEnhancedPacket:
        case kBlockSecondSide: is_good = audit_packet(length, end_offset); break;
        case kBlockNote: is_good = audit_note(length, end_offset); break;
        default: return damaged("a type that is never written: " + std::to_string(type));
    }
    if (is_good) counts_.offset += length;
    return is_good;
}

bool Auditor::audit_section(std::uint32_t length, std::uint64_t end_offset) {
    if (length < kSectionFixedBytes + kBlockTrailerBytes || length > kMostOtherBlockBytes)
        return damaged("a length of " + std::to_string(length));
    const std::uint8_t* block = window_.view(counts_.offset, length, end_offset);
    if (block == nullptr) return damaged("cannot be read back");
    if (load32(block + length - 4) != length) return damaged("its two lengths differ");
    if (load32(block + 8) != kByteOrderMagic || load16(block + 12) != 1 ||
        load16(block + 14) != 0 || load64(block + 16) != ~std::uint64_t{0}) {
        return damaged("not the section header that was written");
    }
    std::array<std::uint8_t, kRunBytes> run{};
    std::size_t run_bytes = 0;
    const auto take = [&](std::uint16_t code, std::span<const std::uint8_t> value) {
        if (code == kOptionRun) {
            std::copy(value.begin(), value.end(), run.begin());
            run_bytes = value.size();
        }
        return code != kOptionSignature ||
               std::memcmp(value.data(), kSignature, sizeof kSignature) == 0 ||
               damaged("not signed");
    };
    return audit_options(block + kSectionFixedBytes,
                         length - kSectionFixedBytes - kBlockTrailerBytes, kSectionRules, take) &&
           begin_section(std::span{run}.first(run_bytes));
}

// `run`: the option's value; empty in files of before there was one.
bool Auditor::begin_section(std::span<const std::uint8_t> run) {
    const std::uint32_t number = run.empty() ? 0 : load32(&run[kRunIdBytes]);
    const bool goes_on =
        has_run_ && !run.empty() && std::memcmp(run_.data(), run.data(), run_.size()) == 0;
    if (goes_on) {
        if (number <= run_file_) return damaged("a file of the run that does not follow");
        knows_whole_run_ = knows_whole_run_ && number == run_file_ + 1 && !has_run_ended_;
    } else {
        // Another run, with ids of its own.
        connections_.clear();
        knows_whole_run_ = number == 0;
    }
    has_run_ = !run.empty();
    if (has_run_) std::copy_n(run.begin(), run_.size(), run_.begin());
    run_file_ = number;
    interfaces_.clear();
    has_run_ended_ = false;
    ++sections_;
    return true;
}

bool Auditor::audit_interface(std::uint32_t length, std::uint64_t end_offset) {
    if (length < kInterfaceFixedBytes + kBlockTrailerBytes || length > kMostOtherBlockBytes)
        return damaged("a length of " + std::to_string(length));
    const std::uint8_t* block = window_.view(counts_.offset, length, end_offset);
    if (block == nullptr) return damaged("cannot be read back");
    if (load32(block + length - 4) != length) return damaged("its two lengths differ");
    if (load16(block + 8) != kLinkRaw) return damaged("a link type that is never written");
    std::uint64_t endpoint = 0;
    const auto take = [&endpoint](std::uint16_t code, std::span<const std::uint8_t> value) {
        if (code == kOptionEndpoint) endpoint = load64(value.data());
        return true;
    };
    if (!audit_options(block + kInterfaceFixedBytes,
                       length - kInterfaceFixedBytes - kBlockTrailerBytes, kInterfaceRules, take)) {
        return false;
    }
    interfaces_.push_back(endpoint);
    return true;
}

bool Auditor::audit_note(std::uint32_t length, std::uint64_t end_offset) {
    if (length < kBlockLeastBytes + 8 || length > kMostOtherBlockBytes)
        return damaged("a length of " + std::to_string(length));
    const std::uint8_t* block = window_.view(counts_.offset, length, end_offset);
    if (block == nullptr) return damaged("cannot be read back");
    if (load32(block + length - 4) != length) return damaged("its two lengths differ");
    const std::span<const std::uint8_t> body{block + kBlockHeadBytes,
                                             length - kBlockHeadBytes - kBlockTrailerBytes};
    if (load32(body.data()) != kNoteMagic) return damaged("not a note");
    const std::uint16_t code = load16(&body[4]);
    if (code == kNoteRunEnded) has_run_ended_ = true;
    return code != kNoteConnectionContinues || audit_continued(body);
}

bool Auditor::audit_continued(std::span<const std::uint8_t> body) {
    if (body.size() < kContinuedLeastBytes) return damaged("a note that is cut short");
    const std::uint64_t connection = load64(&body[kNoteHeadBytes]);
    const std::array<std::uint64_t, 2> payload{load64(&body[kNoteHeadBytes + 8]),
                                               load64(&body[kNoteHeadBytes + 16])};
    const std::uint64_t endpoint = load64(&body[kNoteHeadBytes + 24]);
    const std::array<bool, 2> has_ended{body[kNoteHeadBytes + 32] != 0,
                                        body[kNoteHeadBytes + 33] != 0};
    const auto interface = std::find(interfaces_.begin(), interfaces_.end(), endpoint);
    if (interface == interfaces_.end()) return damaged("a connection of an unknown endpoint");

    const auto [it, is_new] = connections_.try_emplace(connection);
    Expected& expected = it->second;
    if (expected.section == sections_) return damaged("a connection that goes on twice");
    if (is_new && knows_whole_run_)
        return damaged("a connection goes on that was not open in the file before");
    if (!is_new && (expected.payload != payload || expected.has_ended != has_ended))
        return damaged("a connection goes on with other counts than the files before hold");
    expected.section = sections_;
    expected.interface = static_cast<std::uint32_t>(interface - interfaces_.begin());
    if (!is_new) return true;
    expected.payload = payload;
    expected.has_ended = has_ended;
    expected.is_known = {true, true};
    for (const std::size_t side : {0U, 1U}) {
        const auto direction =
            side == 1 ? channel::Direction::kSent : channel::Direction::kReceived;
        expected.next[side] = initial_sequence(channel::ConnectionId{connection}, direction) + 1 +
                              static_cast<std::uint32_t>(payload[side]) +
                              (has_ended[side] ? 1U : 0U);
    }
    return true;
}

bool Auditor::audit_packet(std::uint32_t length, std::uint64_t end_offset) {
    constexpr std::size_t kLeastBytes = kPacketFixedBytes + kIpv4HeaderBytes + kTcpHeaderBytes +
                                        kPacketOptionBytes + kBlockTrailerBytes;
    if (length < kLeastBytes || length > kMostPacketBlockBytes)
        return damaged("a length of " + std::to_string(length));
    const std::size_t head_bytes =
        std::min<std::size_t>(length <= kMostWholeBytes ? length : kMostHeadBytes, length);
    const std::uint8_t* block = window_.view(counts_.offset, head_bytes, end_offset);
    if (block == nullptr) return damaged("cannot be read back");

    const std::uint32_t captured = load32(block + 20);
    const std::uint32_t interface = load32(block + 8);
    if (interface >= interfaces_.size()) return damaged("an interface that is not there");
    if (captured != load32(block + 24)) return damaged("captured and original length differ");
    if (captured > length - kPacketFixedBytes - kPacketOptionBytes - kBlockTrailerBytes) {
        return damaged("a packet longer than its block");
    }

    const std::uint8_t* ip = block + kPacketFixedBytes;
    std::size_t ip_bytes = 0;
    std::size_t total = 0;
    if (ip[0] == 0x45) {
        ip_bytes = kIpv4HeaderBytes;
        total = load16_network(ip + 2);
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < kIpv4HeaderBytes; i += 2)
            sum += load16_network(ip + i);
        if (folded(sum) != 0xFFFF) return damaged("its IP header's checksum is wrong");
        if (ip[9] != kProtocolTcp) return damaged("a protocol that is never written");
    } else if (ip[0] == 0x60) {
        ip_bytes = kIpv6HeaderBytes;
        total = kIpv6HeaderBytes + load16_network(ip + 4);
        if (ip[6] != kProtocolTcp) return damaged("a protocol that is never written");
        // The shortest block holds less than this family's headers.
        if (captured < kIpv6HeaderBytes + kTcpHeaderBytes)
            return damaged("a packet shorter than its headers");
    } else {
        return damaged("no IP header");
    }
    const std::uint8_t* tcp = ip + ip_bytes;
    const std::size_t tcp_bytes = std::size_t{tcp[12]} / 16 * 4;
    if (total != captured) return damaged("the IP header's length is another than the packet's");
    if ((tcp[12] & 0x0FU) != 0 || tcp_bytes < kTcpHeaderBytes || ip_bytes + tcp_bytes > captured)
        return damaged("a wrong TCP header length");
    Packet packet{.interface = interface,
                  .sequence = load32_network(tcp + 4),
                  .acknowledgement = load32_network(tcp + 8),
                  .payload = captured - ip_bytes - tcp_bytes,
                  .tcp_flags = tcp[13]};

    const std::size_t options_at = padded(kPacketFixedBytes + captured);
    const std::size_t options_bytes = length - kBlockTrailerBytes - options_at;
    const std::uint8_t* tail = length <= kMostWholeBytes
                                   ? block + options_at
                                   : window_.view(counts_.offset + options_at,
                                                  options_bytes + kBlockTrailerBytes, end_offset);
    if (tail == nullptr) return damaged("cannot be read back");
    if (load32(tail + options_bytes) != length) return damaged("its two lengths differ");
    const auto take = [&packet](std::uint16_t code, std::span<const std::uint8_t> value) {
        if (code == kOptionPacketFlags) packet.flags = load32(value.data());
        if (code == kOptionConnection) packet.connection = load64(value.data());
        if (code == kOptionEvent) packet.event = value[0], packet.event_bytes = value.size();
        return true;
    };
    if (!audit_options(tail, options_bytes, kPacketRules, take)) return false;
    if (packet.event_bytes != event_bytes(packet.event))
        return damaged("an event of a wrong length");
    if (packet.connection == 0) return damaged("no connection");
    if (packet.flags != kFlagsInbound && packet.flags != kFlagsOutbound)
        return damaged("no direction");
    if (!audit_sequence(packet)) return false;
    (packet.flags == kFlagsInbound ? counts_.received : counts_.sent) += packet.payload;
    return true;
}

bool Auditor::audit_sequence(const Packet& packet) {
    const std::size_t side = packet.flags == kFlagsOutbound ? 1 : 0;
    const bool is_syn = (packet.tcp_flags & kTcpSyn) != 0;
    const bool is_fin = (packet.tcp_flags & kTcpFin) != 0;
    Expected& expected = connections_[packet.connection];
    if (!expected.is_known[0] && !expected.is_known[1]) {
        expected.interface = packet.interface;
        expected.section = sections_;
    }
    if (expected.section != sections_)
        return damaged("a connection of an earlier file that this one does not go on with");
    if (expected.interface != packet.interface)
        return damaged("another interface than its connection's");
    if (is_syn == expected.is_known[side]) {
        return damaged(is_syn ? "a connection that is opened twice"
                              : "a connection that is not open");
    }
    const std::uint32_t acknowledged = expected.is_known[1 - side] ? expected.next[1 - side] : 0;
    if (packet.acknowledgement != acknowledged)
        return damaged("it acknowledges something else than what was sent");
    if (is_syn) {
        if (packet.payload != 0) return damaged("an opening with payload");
        expected.is_known[side] = true;
        expected.next[side] = packet.sequence + 1;
        return true;
    }
    std::uint32_t& next = expected.next[side];
    if (packet.sequence != next)
        return damaged("its sequence number does not follow its connection's last");
    next += static_cast<std::uint32_t>(packet.payload) + (is_fin ? 1U : 0U);
    expected.payload[side] += packet.payload;
    expected.has_ended[side] = expected.has_ended[side] || is_fin;
    if (packet.event == static_cast<std::uint8_t>(EventCode::kClosed))
        connections_.erase(packet.connection);
    return true;
}

// The options are those of the rules, in their order, each whole, the required ones there, and nothing behind the end.
template <typename Take>
bool Auditor::audit_options(const std::uint8_t* at,
                            std::size_t size,
                            std::span<const OptionRule> rules,
                            Take take) {
    const std::uint8_t* end = at + size;
    for (std::size_t next = 0; next < rules.size();) {
        const OptionRule& rule = rules[next++];
        if (end - at < 4) return damaged("its options do not end");
        const std::uint16_t code = load16(at);
        const std::size_t bytes = load16(at + 2);
        if (code != rule.code) {
            if (rule.is_required)
                return damaged("an option that does not belong there: " + std::to_string(code));
            continue;
        }
        if (static_cast<std::size_t>(end - at) < 4 + padded(bytes))
            return damaged("an option is longer than the block");
        if (bytes < rule.least_bytes || bytes > rule.most_bytes)
            return damaged("an option of a wrong length");
        // A length that is off by as much as the padding hides shows in the padding, or in a text's last character.
        for (std::size_t i = bytes; i < padded(bytes); ++i) {
            if (at[4 + i] != 0) return damaged("padding that is not empty");
        }
        if (rule.is_text && bytes > 0 && at[4 + bytes - 1] == 0)
            return damaged("a text that ends in nothing");
        if (bytes > 0 && !take(code, std::span{at + 4, bytes})) return false;
        at += 4 + padded(bytes);
        if (rule.goes_back > 0) next -= 1 + rule.goes_back;
    }
    return at == end || damaged("something follows the options");
}

}  // namespace net::capture
