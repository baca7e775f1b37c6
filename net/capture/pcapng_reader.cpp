#include "net/capture/pcapng_reader.h"

#include "net/bytes/escapes.h"
#include "net/capture/file_window.h"
#include "net/capture/note_codec.h"
#include "net/capture/packet_parse.h"
#include "net/capture/pcapng_format.h"
#include "net/capture/stream_tracker.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <optional>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

using channel::ConnectionId;
using channel::Direction;
using channel::EndpointId;

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
// ReadIndex keeps offsets in 48 bits.
constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 48U;

std::int64_t saturated(__int128 value) {
    constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
    constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
    if (value > kMost) return kMost;
    if (value < kLeast) return kLeast;
    return static_cast<std::int64_t>(value);
}

struct Interface {
    std::int64_t offset_s = 0;  // if_tsoffset
    EndpointId endpoint{};  // ours: from the file; others: given when its first connection is seen
    std::uint16_t link = 0;
    std::uint8_t resolution = 6;  // if_tsresol as it stands in the file
    bool is_told = false;         // EndpointAdded
    std::string name;             // of others, until told; cut at kMostKeptNameBytes

    // Nanoseconds since the epoch.
    [[nodiscard]] std::int64_t to_ns(std::uint64_t ticks) const {
        constexpr unsigned kMostDigits = 19;  // of 64 bits
        __int128 ns = ticks;
        const unsigned exponent = resolution & 0x7FU;
        if ((resolution & 0x80U) != 0) {  // a power of two
            ns = exponent < 64 ? (ns * kNanosecondsPerSecond) >> exponent : 0;
        } else {
            for (unsigned e = exponent; e < 9; ++e)
                ns *= 10;
            for (unsigned e = 9; e < std::min(exponent, 9 + kMostDigits); ++e)
                ns /= 10;
        }
        return saturated(ns + __int128{offset_s} * kNanosecondsPerSecond);
    }
};
// 65,536 interfaces with a name of this size each are 4 MiB.
constexpr std::size_t kMostKeptNameBytes = 64;

// One option at a time. A length that points out of the block ends the list.
class Options {
  public:
    Options(std::span<const std::uint8_t> bytes, bool is_swapped)
        : left_(bytes),
          is_swapped_(is_swapped) {}

    [[nodiscard]] bool next() {
        if (left_.size() < 4) return false;
        code = load16(left_.data(), is_swapped_);
        const std::size_t size = load16(left_.data() + 2, is_swapped_);
        if (code == kOptionEnd || size > left_.size() - 4) return false;
        value = left_.subspan(4, size);
        left_ = left_.subspan(std::min(left_.size(), 4 + padded(size)));
        return true;
    }

    std::uint16_t code = 0;
    std::span<const std::uint8_t> value;

  private:
    std::span<const std::uint8_t> left_;
    bool is_swapped_ = false;
};

}  // namespace

struct Reader::Private {
    explicit Private(FileTable& table)
        : files(table),
          window(table),
          tracker([this](channel::Event event) { tell(std::move(event)); },
                  [this] { return ConnectionId{++highest_connection}; }) {}

    FileTable& files;
    FileWindow window;
    channel::FileId file{};
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  // everything before it was read
    ReaderCounts counts;
    bool is_pcap = false;
    bool is_swapped = false;
    bool has_ended = false;  // reading: what is held may still be told
    bool is_done = false;    // ServiceStopped was told

    // The section's.
    bool is_ours = false;
    std::vector<Interface> interfaces;
    // Files that were simply put one behind the other: ids of later sections continue after those of the earlier ones.
    std::uint64_t connection_base = 0;
    std::uint64_t endpoint_base = 0;
    std::uint64_t highest_connection = 0;
    std::uint64_t highest_endpoint = 0;

    StreamTracker tracker;
    std::vector<channel::Event> pending;  // told in order from next_pending on
    std::size_t next_pending = 0;

    // For the marks at the end.
    channel::LedgerMark sums;
    std::uint64_t connections = 0;
    std::uint64_t pauses = 0;
    std::int64_t last_time = 0;

    void tell(channel::Event event) {
        if (const auto* recorded = std::get_if<channel::Recorded>(&event)) {
            (recorded->direction == Direction::kSent ? sums.sent : sums.received) += recorded->size;
            ++sums.reads;
        } else if (std::holds_alternative<channel::ConnectionOpened>(event)) {
            ++connections;
        } else if (const auto* paused = std::get_if<channel::ReadingPaused>(&event)) {
            pauses = paused->pauses;
        }
        pending.push_back(std::move(event));
    }

    void end(std::string why) {
        has_ended = true;
        counts.why_it_ended = std::move(why);
        counts.left_over_bytes = size - offset;
    }

    [[nodiscard]] const std::uint8_t* view(std::uint64_t at, std::size_t need) {
        return window.view(at, need, size);
    }
    [[nodiscard]] std::uint16_t get16(const std::uint8_t* at) const {
        return load16(at, is_swapped);
    }
    [[nodiscard]] std::uint32_t get32(const std::uint8_t* at) const {
        return load32(at, is_swapped);
    }
    [[nodiscard]] std::uint64_t get64(const std::uint8_t* at) const {
        return load64(at, is_swapped);
    }
    // Two words, the high one first whatever the byte order.
    [[nodiscard]] std::uint64_t get_time(const std::uint8_t* at) const {
        return (std::uint64_t{get32(at)} << 32U) | get32(at + 4);
    }

    [[nodiscard]] ConnectionId connection_id(std::uint64_t in_file) {
        const std::uint64_t id = connection_base + in_file;
        highest_connection = std::max(highest_connection, id);
        return ConnectionId{id};
    }
    [[nodiscard]] EndpointId endpoint_id(std::uint64_t in_file) {
        const std::uint64_t id = endpoint_base + in_file;
        highest_endpoint = std::max(highest_endpoint, id);
        return EndpointId{id};
    }

    // One block or packet further, or the end.
    void step();
    void step_pcap();
    void step_pcapng();
    void read_section(std::uint32_t length);
    void read_interface(std::uint32_t length);
    void read_enhanced(std::uint32_t type, std::uint32_t length);
    void read_simple(std::uint32_t length);
    void read_note(std::uint32_t length);
    void skip(std::uint32_t length);
    [[nodiscard]] std::span<const std::uint8_t> whole_block(std::uint32_t length);
    [[nodiscard]] bool has_right_trailer(const std::uint8_t* trailer, std::uint32_t length);
    void read_own_packet(const Segment& segment,
                         std::uint64_t payload_at,
                         std::int64_t time_ns,
                         std::span<const std::uint8_t> options);
    void read_own_event(std::span<const std::uint8_t> event,
                        ConnectionId connection,
                        Direction direction,
                        const Segment& segment,
                        std::int64_t time_ns);
    void read_foreign_packet(const std::optional<Segment>& segment,
                             std::uint64_t packet_at,
                             std::int64_t time_ns,
                             Interface& interface);
    [[nodiscard]] std::string block_at() const {
        return "the block at byte " + std::to_string(offset);
    }
};

// ---- pcapng --------------------------------------------------------------------------------------------

void Reader::Private::step_pcapng() {
    const std::uint64_t remaining = size - offset;
    if (remaining == 0) return end("");
    if (remaining < kBlockLeastBytes) return end("the file ends inside a block");
    const std::uint8_t* head = view(offset, kBlockLeastBytes);
    if (head == nullptr) return end("the file could not be read on, or was cut while it was read");
    const std::uint32_t raw_type = load32(head);
    bool swapped = is_swapped;
    if (raw_type == kBlockSection) {  // reads the same in both byte orders
        const std::uint32_t magic = load32(head + 8);
        if (magic != kByteOrderMagic && magic != kByteOrderMagicSwapped) {
            return end(block_at() + " is damaged: no byte order");
        }
        swapped = magic == kByteOrderMagicSwapped;
    }
    const std::uint32_t type = load32(head, swapped);
    const std::uint32_t length = load32(head + 4, swapped);
    if (length < kBlockLeastBytes || length % 4 != 0) {
        return end(block_at() + " is damaged: a length of " + std::to_string(length));
    }
    if (length > remaining) return end("the file ends inside a block");
    if (length > kMostBlockBytes) return end(block_at() + " is longer than 16 MiB");

    is_swapped = swapped;
    switch (type) {
        case kBlockSection: read_section(length); break;
        case kBlockInterface: read_interface(length); break;
        case kBlockEnhancedPacket:
        case kBlockObsoletePacket: read_enhanced(type, length); break;
        case kBlockSimplePacket: read_simple(length); break;
        case kBlockSecondSide:
            if (is_ours) {
                read_enhanced(type, length);
            } else {
                skip(length);
            }
            break;
        case kBlockNote:
            if (is_ours) {
                read_note(length);
            } else {
                skip(length);
            }
            break;
        default: skip(length); break;
    }
    if (!has_ended) offset += length;
}

// Nothing of a block counts before both its lengths agree.
bool Reader::Private::has_right_trailer(const std::uint8_t* trailer, std::uint32_t length) {
    if (trailer == nullptr) {
        end("the file could not be read on, or was cut while it was read");
        return false;
    }
    if (get32(trailer) != length) {
        end(block_at() + " is damaged: its two lengths differ");
        return false;
    }
    return true;
}

void Reader::Private::skip(std::uint32_t length) {
    if (has_right_trailer(view(offset + length - kBlockTrailerBytes, kBlockTrailerBytes), length))
        ++counts.skipped;
}

// A block without a packet, up to the trailer; what is longer than the longest list of options is cut there. Empty: the reading has ended.
std::span<const std::uint8_t> Reader::Private::whole_block(std::uint32_t length) {
    constexpr std::uint32_t kMostBytes = kMostOptionBytes + kSectionFixedBytes + kBlockTrailerBytes;
    if (length > kMostBytes) {
        if (!has_right_trailer(view(offset + length - kBlockTrailerBytes, kBlockTrailerBytes),
                               length))
            return {};
        const std::uint8_t* block = view(offset, kMostBytes);
        if (block == nullptr) {
            end("the file could not be read on, or was cut while it was read");
            return {};
        }
        return {block, kMostBytes};
    }
    const std::uint8_t* block = view(offset, length);
    if (!has_right_trailer(block == nullptr ? nullptr : block + length - kBlockTrailerBytes,
                           length))
        return {};
    return {block, length - kBlockTrailerBytes};
}

void Reader::Private::read_section(std::uint32_t length) {
    const auto block = whole_block(length);
    if (block.empty()) return;
    if (block.size() < kSectionFixedBytes)
        return end(block_at() + " is damaged: a section header of " + std::to_string(length) +
                   " bytes");
    if (get16(&block[12]) != 1) return end(block_at() + " has a format version that is not known");
    is_ours = false;
    interfaces.clear();
    connection_base = highest_connection;
    endpoint_base = highest_endpoint;
    for (Options option{block.subspan(kSectionFixedBytes), is_swapped}; option.next();) {
        if (option.code == kOptionSignature && option.value.size() == sizeof kSignature &&
            std::equal(option.value.begin(), option.value.end(), std::begin(kSignature))) {
            is_ours = true;
        }
    }
}

void Reader::Private::read_interface(std::uint32_t length) {
    const auto block = whole_block(length);
    if (block.empty()) return;
    if (block.size() < kInterfaceFixedBytes) {
        ++counts.skipped;
        return;
    }
    if (interfaces.size() >= kMostInterfaces) return end("more than 65536 interfaces in a section");
    Interface interface;
    interface.link = get16(&block[8]);
    std::string name;
    std::uint64_t endpoint = 0;
    std::uint8_t kind = 0;
    for (Options option{block.subspan(kInterfaceFixedBytes), is_swapped}; option.next();) {
        if (option.code == kOptionInterfaceName) {
            name.assign(option.value.begin(),
                        option.value.begin() + static_cast<std::ptrdiff_t>(
                                                   std::min(option.value.size(), kMostNameBytes)));
        } else if (option.code == kOptionInterfaceResolution && option.value.size() == 1) {
            interface.resolution = option.value[0];
        } else if (option.code == kOptionInterfaceOffset && option.value.size() == 8) {
            interface.offset_s = static_cast<std::int64_t>(get64(option.value.data()));
        } else if (is_ours && option.code == kOptionEndpoint && option.value.size() == 9) {
            endpoint = get64(option.value.data());
            kind = option.value[8];
        }
    }
    if (endpoint != 0 && kind <= static_cast<std::uint8_t>(channel::EndpointKind::kClient)) {
        interface.endpoint = endpoint_id(endpoint);
        interface.is_told = true;
        tell(channel::EndpointAdded{.endpoint = interface.endpoint,
                                    .kind = static_cast<channel::EndpointKind>(kind),
                                    .name = std::move(name)});
    } else {
        interface.name = bytes::printable(name, kMostKeptNameBytes);
    }
    interfaces.push_back(std::move(interface));
}

// Also the obsolete Packet Block, which differs only in having 16 bits for the interface, and the second side's.
void Reader::Private::read_enhanced(std::uint32_t type, std::uint32_t length) {
    if (length < kPacketFixedBytes + kBlockTrailerBytes) return skip(length);
    const std::uint8_t* fixed = view(offset, kPacketFixedBytes);
    if (fixed == nullptr) return end("the file could not be read on, or was cut while it was read");
    const std::uint32_t interface_number =
        type == kBlockObsoletePacket ? get16(fixed + 8) : get32(fixed + 8);
    const std::uint64_t ticks = get_time(fixed + 12);
    const std::uint32_t captured = get32(fixed + 20);
    if (captured > length - kPacketFixedBytes - kBlockTrailerBytes ||
        interface_number >= interfaces.size()) {
        return skip(length);
    }
    Interface& interface = interfaces[interface_number];
    const std::int64_t time_ns = interface.to_ns(ticks);

    const std::size_t head_size = std::min<std::size_t>(captured, kMostPacketHeadBytes);
    const std::uint8_t* head = view(offset, kPacketFixedBytes + head_size);
    if (head == nullptr) return end("the file could not be read on, or was cut while it was read");
    const std::optional<Segment> segment =
        parse_packet(interface.link, {head + kPacketFixedBytes, head_size}, captured);

    const std::uint64_t packet_at = offset + kPacketFixedBytes;
    const std::size_t options_at = padded(kPacketFixedBytes + captured);
    // A captured length that leaves no room for its own padding has no options either.
    std::size_t options_size =
        length - kBlockTrailerBytes > options_at ? length - kBlockTrailerBytes - options_at : 0;
    if (options_size > kMostOptionBytes) options_size = 0;
    const std::uint8_t* tail = view(offset + length - kBlockTrailerBytes - options_size,
                                    options_size + kBlockTrailerBytes);
    if (!has_right_trailer(tail == nullptr ? nullptr : tail + options_size, length)) return;

    ++counts.packets;
    last_time = time_ns;
    if (is_ours && segment) {
        read_own_packet(*segment, packet_at + segment->payload_at, time_ns, {tail, options_size});
    } else {
        read_foreign_packet(segment, packet_at, time_ns, interface);
    }
}

// Of the first interface, without a time: that of the packet before.
void Reader::Private::read_simple(std::uint32_t length) {
    constexpr std::uint32_t kFixedBytes = 12;
    if (length < kFixedBytes + kBlockTrailerBytes || interfaces.empty()) return skip(length);
    const std::uint8_t* fixed = view(offset, kFixedBytes);
    if (fixed == nullptr) return end("the file could not be read on, or was cut while it was read");
    constexpr std::uint32_t kOtherBytes = kFixedBytes + std::uint32_t{kBlockTrailerBytes};
    const std::uint32_t captured = std::min(get32(fixed + 8), length - kOtherBytes);
    const std::size_t head_size = std::min<std::size_t>(captured, kMostPacketHeadBytes);
    const std::uint8_t* head = view(offset, kFixedBytes + head_size);
    if (head == nullptr) return end("the file could not be read on, or was cut while it was read");
    const std::optional<Segment> segment =
        parse_packet(interfaces[0].link, {head + kFixedBytes, head_size}, captured);
    if (!has_right_trailer(view(offset + length - kBlockTrailerBytes, kBlockTrailerBytes), length))
        return;
    ++counts.packets;
    read_foreign_packet(segment, offset + kFixedBytes, last_time, interfaces[0]);
}

void Reader::Private::read_note(std::uint32_t length) {
    const auto block = whole_block(length);
    if (block.empty()) return;
    std::optional<channel::Event> event = decode_note(block.subspan(kBlockHeadBytes), is_swapped);
    if (!event) {
        ++counts.skipped;
        return;
    }
    std::visit(
        [this](auto& fact) {
            using E = std::decay_t<decltype(fact)>;
            if constexpr (std::is_same_v<E, channel::Failed>) {
                channel::Failure& failure = fact.failure;
                if (failure.endpoint != EndpointId::kNone)
                    failure.endpoint = endpoint_id(number(failure.endpoint));
                if (failure.connection != ConnectionId::kNone) {
                    failure.connection = connection_id(number(failure.connection));
                }
                last_time = failure.time_ns;
            } else {
                if constexpr (requires { fact.endpoint; })
                    fact.endpoint = endpoint_id(number(fact.endpoint));
                if constexpr (requires { fact.time_ns; }) last_time = fact.time_ns;
            }
        },
        *event);
    tell(std::move(*event));
}

// ---- packets -------------------------------------------------------------------------------------------

void Reader::Private::read_own_packet(const Segment& segment,
                                      std::uint64_t payload_at,
                                      std::int64_t time_ns,
                                      std::span<const std::uint8_t> options) {
    std::uint64_t in_file = 0;
    std::uint32_t flags = 0;
    std::span<const std::uint8_t> event;
    for (Options option{options, is_swapped}; option.next();) {
        if (option.code == kOptionConnection && option.value.size() == 8) {
            in_file = get64(option.value.data());
        } else if (option.code == kOptionPacketFlags && option.value.size() == 4) {
            flags = get32(option.value.data()) & kFlagsDirectionMask;
        } else if (option.code == kOptionEvent) {
            event = option.value;
        }
    }
    if (in_file == 0 || (flags != kFlagsInbound && flags != kFlagsOutbound)) {
        ++counts.skipped;
        return;
    }
    const ConnectionId connection = connection_id(in_file);
    const Direction direction = flags == kFlagsOutbound ? Direction::kSent : Direction::kReceived;
    if (segment.payload > 0) {
        tell(channel::Recorded{.connection = connection,
                               .time_ns = time_ns,
                               .offset = payload_at,
                               .size = segment.payload,
                               .file = file,
                               .direction = direction});
    }
    if (!event.empty()) read_own_event(event, connection, direction, segment, time_ns);
}

void Reader::Private::read_own_event(std::span<const std::uint8_t> event,
                                     ConnectionId connection,
                                     Direction direction,
                                     const Segment& segment,
                                     std::int64_t time_ns) {
    switch (static_cast<EventCode>(event[0])) {
        case EventCode::kOpened: {
            if (event.size() < kEventOpenedBytes) break;
            channel::ConnectionOpened opened;
            opened.connection = connection;
            opened.endpoint = endpoint_id(get64(&event[1]));
            opened.local = direction == Direction::kSent ? segment.from : segment.to;
            opened.peer = direction == Direction::kSent ? segment.to : segment.from;
            opened.local.scope_id = get32(&event[10]);
            opened.peer.scope_id = get32(&event[14]);
            opened.time_ns = time_ns;
            tell(opened);
            return;
        }
        case EventCode::kPeerEnded:
            tell(channel::PeerEnded{.connection = connection, .time_ns = time_ns});
            return;
        case EventCode::kClosed: {
            if (event.size() < kEventClosedBytes ||
                event[1] > static_cast<std::uint8_t>(channel::CloseReason::kError)) {
                break;
            }
            tell(channel::ConnectionClosed{.connection = connection,
                                           .reason = static_cast<channel::CloseReason>(event[1]),
                                           .code = static_cast<std::int32_t>(get32(&event[2])),
                                           .time_ns = time_ns,
                                           .received = get64(&event[6]),
                                           .sent = get64(&event[14]),
                                           .not_sent = get64(&event[22])});
            return;
        }
    }
    ++counts.skipped;  // of a later version, or damaged
}

void Reader::Private::read_foreign_packet(const std::optional<Segment>& segment,
                                          std::uint64_t packet_at,
                                          std::int64_t time_ns,
                                          Interface& interface) {
    if (!segment) {
        ++counts.skipped;
        return;
    }
    if (!interface.is_told) {
        interface.is_told = true;
        interface.endpoint = EndpointId{++highest_endpoint};
        tell(channel::EndpointAdded{.endpoint = interface.endpoint,
                                    .kind = channel::EndpointKind::kServer,
                                    .name = interface.name.empty() ? "capture" : interface.name});
    }
    tracker.take(*segment, file, packet_at + segment->payload_at, time_ns, interface.endpoint);
}

// ---- classic pcap ----------------------------------------------------------------------------------------

void Reader::Private::step_pcap() {
    const std::uint64_t remaining = size - offset;
    if (remaining == 0) return end("");
    if (remaining < kPcapRecordBytes) return end("the file ends inside a packet");
    const std::uint8_t* record = view(offset, kPcapRecordBytes);
    if (record == nullptr)
        return end("the file could not be read on, or was cut while it was read");
    Interface& interface = interfaces.front();
    const std::uint64_t fraction = get32(record + 4);
    const std::int64_t nanoseconds =
        static_cast<std::int64_t>(interface.resolution == 9 ? fraction : fraction * 1000);
    const std::int64_t time_ns = std::int64_t{get32(record)} * kNanosecondsPerSecond + nanoseconds;
    const std::uint32_t captured = get32(record + 8);
    if (captured > kMostBlockBytes)
        return end("the packet at byte " + std::to_string(offset) + " is longer than 16 MiB");
    if (captured > remaining - kPcapRecordBytes) return end("the file ends inside a packet");

    const std::size_t head_size = std::min<std::size_t>(captured, kMostPacketHeadBytes);
    const std::uint8_t* head = view(offset, kPcapRecordBytes + head_size);
    if (head == nullptr) return end("the file could not be read on, or was cut while it was read");
    const std::optional<Segment> segment =
        parse_packet(interface.link, {head + kPcapRecordBytes, head_size}, captured);
    ++counts.packets;
    last_time = time_ns;
    read_foreign_packet(segment, offset + kPcapRecordBytes, time_ns, interface);
    offset += kPcapRecordBytes + captured;
}

// ---- the whole -------------------------------------------------------------------------------------------

void Reader::Private::step() {
    if (!has_ended) {
        is_pcap ? step_pcap() : step_pcapng();
        return;
    }
    if (tracker.release_one()) return;
    sums.file = file;
    sums.end_offset = offset;
    sums.time_ns = last_time;
    pending.emplace_back(sums);
    pending.emplace_back(channel::ServiceStopped{
        .connections = connections, .read_pauses = pauses, .time_ns = last_time});
    is_done = true;
}

Reader::Reader() = default;

Reader::~Reader() = default;

std::unique_ptr<Reader> Reader::open(FileTable& files, channel::FileId file, std::string& message) {
    std::unique_ptr<Reader> reader{new Reader};
    reader->p_ = std::make_unique<Private>(files);
    Private& p = *reader->p_;
    p.file = file;
    struct stat status {};
    if (::fstat(files.descriptor(file), &status) != 0 || status.st_size < 0) {
        message = "cannot be read: " + channel::errno_text(errno);
        return nullptr;
    }
    // What a capture that is still written grows by is not read.
    p.size = static_cast<std::uint64_t>(status.st_size);
    if (p.size > kMostFileBytes) {
        message = "is longer than 256 TiB";
        return nullptr;
    }
    p.window.start(file);
    const auto look = static_cast<std::size_t>(std::min<std::uint64_t>(p.size, kPcapHeaderBytes));
    const std::uint8_t* head = look < 4 ? nullptr : p.view(0, look);
    if (head == nullptr) {
        message = p.size == 0 ? "is empty" : "is not a capture: it is too short";
        return nullptr;
    }
    const std::uint32_t magic = load32(head);
    if (magic == kBlockSection) {
        if (look < kBlockLeastBytes) {
            message = "is cut short inside its first block";
            return nullptr;
        }
        const std::uint32_t order = load32(head + 8);
        if (order != kByteOrderMagic && order != kByteOrderMagicSwapped) {
            message = "is not a capture: its first block has no byte order";
            return nullptr;
        }
    } else {
        const bool is_swapped = magic == __builtin_bswap32(kPcapMagicMicroseconds) ||
                                magic == __builtin_bswap32(kPcapMagicNanoseconds);
        const std::uint32_t value = is_swapped ? __builtin_bswap32(magic) : magic;
        if (value != kPcapMagicMicroseconds && value != kPcapMagicNanoseconds) {
            message = "is not a capture: it begins neither as pcapng nor as pcap";
            return nullptr;
        }
        if (look < kPcapHeaderBytes) {
            message = "is cut short inside its header";
            return nullptr;
        }
        p.is_pcap = true;
        p.is_swapped = is_swapped;
        Interface interface;
        interface.link = static_cast<std::uint16_t>(
            load32(head + 20, is_swapped) & 0xFFFFU);  // above: flags of the frame check sequence
        interface.resolution = value == kPcapMagicNanoseconds ? 9 : 6;
        p.interfaces.push_back(std::move(interface));
        p.offset = kPcapHeaderBytes;
    }
    p.tell(channel::CaptureOpened{.file = file, .path = files.path(file), .is_live = false});
    return reader;
}

bool Reader::next(channel::Event& event) {
    Private& p = *p_;
    while (p.next_pending == p.pending.size()) {
        if (p.is_done) return false;
        p.pending.clear();
        p.next_pending = 0;
        p.step();
    }
    event = std::move(p.pending[p.next_pending++]);
    return true;
}

const ReaderCounts& Reader::counts() const {
    return p_->counts;
}

std::uint64_t Reader::offset() const {
    return p_->offset;
}

channel::FileId open_capture(FileTable& files, const std::string& path, int& error) {
    error = 0;
    // O_NONBLOCK: opening a FIFO must not wait for its writer; it means nothing for regular files.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        error = errno;
        return channel::FileId::kNone;
    }
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        error = errno;
    } else if (S_ISDIR(status.st_mode)) {
        error = EISDIR;
    } else if (!S_ISREG(status.st_mode)) {
        error = EINVAL;
    }
    if (error != 0) {
        ::close(fd);
        return channel::FileId::kNone;
    }
    const channel::FileId file = files.add(fd, path);
    if (file == channel::FileId::kNone) error = ENFILE;
    return file;
}

}  // namespace net::capture
