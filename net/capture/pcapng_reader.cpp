#include "net/capture/pcapng_reader.h"

#include "net/bytes/escapes.h"
#include "net/capture/block_options.h"
#include "net/capture/file_window.h"
#include "net/capture/foreign_packets.h"
#include "net/capture/index.h"
#include "net/capture/interface_time.h"
#include "net/capture/own_sections.h"
#include "net/capture/packet_notes.h"
#include "net/capture/packet_parse.h"
#include "net/capture/pcapng_format.h"
#include "net/capture/reader_events.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

using channel::EndpointId;

constexpr std::uint64_t kMostFileBytes = kMostEntryOffset;
constexpr std::string_view kCutWhileRead =
    "the file could not be read on, or was cut while it was read";

struct Interface {
    InterfaceTime time;
    EndpointId
        endpoint{};  // ours: from the file; others: given when its first packet is understood
    std::uint32_t most_captured = 0;  // bytes of a packet; 0: no limit
    std::uint16_t link = 0;
    bool is_told = false;  // EndpointAdded
    std::string name;      // of others, until told; cut at kMostKeptNameBytes
};
// next() asks whether to go on after so many blocks, and after so much of the file: some milliseconds each.
constexpr std::uint32_t kAskEverySteps = 4096;
constexpr std::uint64_t kAskEveryBytes = std::uint64_t{8} << 20U;
// 65,536 interfaces with a name of this size each are 4 MiB.
constexpr std::size_t kMostKeptNameBytes = 64;

bool is_pcap_magic(std::uint32_t value) {
    return value == kPcapMagicMicroseconds || value == kPcapMagicNanoseconds ||
           value == kPcapMagicModified;
}

// A packet as its block or record describes it.
struct Captured {
    std::uint64_t at = 0;        // of the packet's first byte, in the file
    std::uint32_t bytes = 0;     // that are there
    std::uint32_t original = 0;  // that were on the wire
    std::int64_t time_ns = 0;
};

}  // namespace

struct Reader::Private {
    explicit Private(FileTable& table)
        : files(table),
          window(table),
          own(events, counts),
          foreign(events, counts) {}

    FileTable& files;
    FileWindow window;
    channel::FileId file{};
    std::uint64_t size = 0;
    std::uint64_t offset = 0;  // everything before it was read
    ReaderCounts counts;
    ReaderEvents events;
    OwnSections own;
    ForeignPackets foreign;
    bool is_pcap = false;
    bool is_swapped = false;
    bool is_growing = false;
    bool is_waiting = false;  // for more of the file
    bool has_ended = false;   // reading: what is held may still be told
    bool is_done = false;     // ServiceStopped was told

    std::function<bool(std::uint64_t)> go_on;
    std::uint32_t steps = 0;  // since it was asked, and where that was
    std::uint64_t asked_at = 0;

    // The section's.
    bool is_ours = false;
    std::vector<Interface> interfaces;
    std::size_t record_bytes = kPcapRecordBytes;  // pcap: of a record's head

    void end(std::string why) {
        has_ended = true;
        counts.why_it_ended = std::move(why);
        counts.left_over_bytes = size - offset;
    }
    void end_cut() { end(std::string{kCutWhileRead}); }

    // False, and either waiting or at the end, where less than `need` bytes are left.
    [[nodiscard]] bool has(std::uint64_t need, const char* why_not);
    void look_at_size();
    [[nodiscard]] bool may_go_on();

    [[nodiscard]] const std::uint8_t* view(std::uint64_t at, std::size_t need) {
        return window.view(at, need, size);
    }
    [[nodiscard]] std::uint16_t get16(const std::uint8_t* at) const {
        return load16(at, is_swapped);
    }
    [[nodiscard]] std::uint32_t get32(const std::uint8_t* at) const {
        return load32(at, is_swapped);
    }
    // Two words, the high one first whatever the byte order.
    [[nodiscard]] std::uint64_t get_time(const std::uint8_t* at) const {
        return (std::uint64_t{get32(at)} << 32U) | get32(at + 4);
    }

    // One block or packet further, or the end.
    void step();
    void step_pcap();
    void step_pcapng();
    void read_section(std::uint32_t length);
    void read_interface(std::uint32_t length);
    void read_enhanced(std::uint32_t type, std::uint32_t length);
    void take_notes(const Packet& packet,
                    const Captured& captured,
                    std::span<const std::uint8_t> options);
    void read_simple(std::uint32_t length);
    void read_note(std::uint32_t length);
    [[nodiscard]] bool skip(std::uint32_t length);
    void skip_damaged(std::uint32_t length) {
        if (skip(length)) counts.add(NotUnderstood::kDamagedBlock);
    }
    [[nodiscard]] std::span<const std::uint8_t> whole_block(std::uint32_t length);
    [[nodiscard]] bool has_right_trailer(const std::uint8_t* trailer, std::uint32_t length);
    void take_foreign(const Packet& packet, const Captured& captured, Interface& interface);
    [[nodiscard]] EndpointId endpoint_of(Interface& interface);
    [[nodiscard]] std::string block_at() const {
        return "the block at byte " + std::to_string(offset);
    }
};

void Reader::Private::look_at_size() {
    struct stat status {};
    const FileTable::Use use = files.use(file);
    if (::fstat(use.descriptor(), &status) == 0 && status.st_size > 0)
        size = std::max(size, static_cast<std::uint64_t>(status.st_size));
}

bool Reader::Private::may_go_on() {
    if (++steps < kAskEverySteps && offset - asked_at < kAskEveryBytes) return true;
    steps = 0;
    asked_at = offset;
    return !go_on || go_on(offset);
}

bool Reader::Private::has(std::uint64_t need, const char* why_not) {
    if (need <= size - offset) return true;
    if (is_growing) {
        look_at_size();
        is_waiting = need > size - offset;
        return !is_waiting;
    }
    // Nothing behind the last block is a clean end.
    end(size == offset ? "" : why_not);
    return false;
}

// ---- pcapng --------------------------------------------------------------------------------------------

void Reader::Private::step_pcapng() {
    constexpr const char* kInside = "the file ends inside a block";
    if (!has(kBlockLeastBytes, kInside)) return;
    const std::uint8_t* head = view(offset, kBlockLeastBytes);
    if (head == nullptr) return end_cut();
    const std::uint32_t raw_type = load32(head);
    bool swapped = is_swapped;
    if (raw_type == kBlockSection) {  // reads the same in both byte orders
        const std::uint32_t magic = load32(head + 8);
        if (magic != kByteOrderMagic && magic != kByteOrderMagicSwapped)
            return end(block_at() + " is damaged: no byte order");
        swapped = magic == kByteOrderMagicSwapped;
    }
    const std::uint32_t type = load32(head, swapped);
    const std::uint32_t length = load32(head + 4, swapped);
    if (length < kBlockLeastBytes || length % 4 != 0)
        return end(block_at() + " is damaged: a length of " + std::to_string(length));
    // What is longer than any block need not be waited for.
    if (is_growing && length > kMostBlockBytes) return end(block_at() + " is longer than 16 MiB");
    if (!has(length, kInside)) return;
    if (length > kMostBlockBytes) return end(block_at() + " is longer than 16 MiB");

    is_swapped = swapped;
    switch (type) {
        case kBlockSection: read_section(length); break;
        case kBlockInterface: read_interface(length); break;
        case kBlockEnhancedPacket:
        case kBlockObsoletePacket: read_enhanced(type, length); break;
        case kBlockSimplePacket: read_simple(length); break;
        // Known, and without a packet.
        case kBlockNames:
        case kBlockStatistics:
        case kBlockSecrets: (void)skip(length); break;
        case kBlockSecondSide:
        case kBlockNote:
            if (is_ours) {
                type == kBlockNote ? read_note(length) : read_enhanced(type, length);
                break;
            }
            [[fallthrough]];
        default:
            if (skip(length)) counts.add(NotUnderstood::kUnknownBlock);
            break;
    }
    if (!has_ended) offset += length;
}

// Nothing of a block counts before both its lengths agree.
bool Reader::Private::has_right_trailer(const std::uint8_t* trailer, std::uint32_t length) {
    if (trailer == nullptr) {
        end_cut();
        return false;
    }
    if (get32(trailer) != length) {
        end(block_at() + " is damaged: its two lengths differ");
        return false;
    }
    return true;
}

bool Reader::Private::skip(std::uint32_t length) {
    return has_right_trailer(view(offset + length - kBlockTrailerBytes, kBlockTrailerBytes),
                             length);
}

// A block without a packet, up to the trailer; what is longer than the longest list of options is cut there. Empty: the reading has ended.
std::span<const std::uint8_t> Reader::Private::whole_block(std::uint32_t length) {
    constexpr std::uint32_t kMostBytes = kMostOptionBytes + kSectionFixedBytes + kBlockTrailerBytes;
    if (length > kMostBytes) {
        if (!skip(length)) return {};
        const std::uint8_t* block = view(offset, kMostBytes);
        if (block == nullptr) {
            end_cut();
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
    const SectionOptions options =
        parse_section_options(block.subspan(kSectionFixedBytes), is_swapped);
    is_ours = options.is_ours;
    interfaces.clear();
    own.begin(options, is_swapped);
}

void Reader::Private::read_interface(std::uint32_t length) {
    const auto block = whole_block(length);
    if (block.empty()) return;
    if (interfaces.size() >= kMostInterfaces) return end("more than 65536 interfaces in a section");
    Interface interface;
    std::string name;
    std::uint64_t endpoint = 0;
    std::uint8_t kind = 0;
    if (block.size() < kInterfaceFixedBytes) {
        // It takes a number all the same.
        counts.add(NotUnderstood::kDamagedBlock);
        interface.link = kLinkUnknown;
        interfaces.push_back(std::move(interface));
        return;
    }
    interface.link = get16(&block[8]);
    interface.most_captured = get32(&block[12]);
    for (Options option{block.subspan(kInterfaceFixedBytes), is_swapped}; option.next();) {
        if (option.code == kOptionInterfaceName) {
            name.assign(option.value.begin(),
                        option.value.begin() + static_cast<std::ptrdiff_t>(
                                                   std::min(option.value.size(), kMostNameBytes)));
        } else if (option.code == kOptionInterfaceResolution && option.value.size() == 1) {
            interface.time.resolution = option.value[0];
        } else if (option.code == kOptionInterfaceOffset && option.value.size() == 8) {
            interface.time.offset_s =
                static_cast<std::int64_t>(load64(option.value.data(), is_swapped));
        } else if (is_ours && option.code == kOptionEndpoint && option.value.size() == 9) {
            endpoint = load64(option.value.data(), is_swapped);
            kind = option.value[8];
        }
    }
    if (endpoint != 0 && kind <= static_cast<std::uint8_t>(channel::EndpointKind::kClient)) {
        interface.is_told = true;
        interface.endpoint =
            own.add_endpoint(endpoint, static_cast<channel::EndpointKind>(kind), std::move(name));
    } else {
        interface.name = bytes::printable(name, kMostKeptNameBytes);
    }
    interfaces.push_back(std::move(interface));
}

// Also the obsolete Packet Block, which differs only in having 16 bits for the interface, and the second side's.
void Reader::Private::read_enhanced(std::uint32_t type, std::uint32_t length) {
    if (length < kPacketFixedBytes + kBlockTrailerBytes) return skip_damaged(length);
    const std::uint8_t* fixed = view(offset, kPacketFixedBytes);
    if (fixed == nullptr) return end_cut();
    const std::uint32_t interface_number =
        type == kBlockObsoletePacket ? get16(fixed + 8) : get32(fixed + 8);
    Captured captured{.at = offset + kPacketFixedBytes,
                      .bytes = get32(fixed + 20),
                      .original = get32(fixed + 24)};
    if (captured.bytes > length - kPacketFixedBytes - kBlockTrailerBytes ||
        interface_number >= interfaces.size()) {
        return skip_damaged(length);
    }
    Interface& interface = interfaces[interface_number];
    captured.time_ns = interface.time.to_ns(get_time(fixed + 12));

    const std::size_t head_size = std::min<std::size_t>(captured.bytes, kMostPacketHeadBytes);
    const std::uint8_t* head = view(offset, kPacketFixedBytes + head_size);
    if (head == nullptr) return end_cut();
    const Packet packet = parse_packet(interface.link, {head + kPacketFixedBytes, head_size},
                                       captured.bytes, captured.original);

    const std::size_t options_at = padded(kPacketFixedBytes + captured.bytes);
    // A captured length that leaves no room for its own padding has no options either.
    std::size_t options_size =
        length - kBlockTrailerBytes > options_at ? length - kBlockTrailerBytes - options_at : 0;
    if (options_size > kMostOptionBytes) options_size = 0;
    const std::uint8_t* tail = view(offset + length - kBlockTrailerBytes - options_size,
                                    options_size + kBlockTrailerBytes);
    if (!has_right_trailer(tail == nullptr ? nullptr : tail + options_size, length)) return;

    ++counts.packets;
    events.last_time_ns = captured.time_ns;
    if (options_size > 4) take_notes(packet, captured, {tail, options_size});
    if (is_ours && packet.kind == PacketKind::kTcp) {
        own.take_packet(packet.segment, file, captured.at + packet.segment.payload_at,
                        captured.time_ns, {tail, options_size});
    } else {
        take_foreign(packet, captured, interface);
    }
}

// Told with the payload that they are on, which of another program's packets may be later, or never.
void Reader::Private::take_notes(const Packet& packet,
                                 const Captured& captured,
                                 std::span<const std::uint8_t> options) {
    PacketNotes notes{options, is_swapped};
    while (notes.next()) {
        const bool has_bytes =
            (packet.kind == PacketKind::kTcp || packet.kind == PacketKind::kUdp) &&
            notes.begin < packet.segment.payload;
        const std::uint64_t place = captured.at + packet.segment.payload_at + notes.begin;
        if (is_ours) notes.note.id = own.note_id(notes.note.id);
        if (!has_bytes || !events.await_note(place, std::move(notes.note)))
            counts.add(NotUnderstood::kDamagedBlock);
    }
    for (std::size_t i = 0; i < notes.damaged; ++i)
        counts.add(NotUnderstood::kDamagedBlock);
}

// Of the first interface, without a time: that of the packet before.
void Reader::Private::read_simple(std::uint32_t length) {
    constexpr std::uint32_t kFixedBytes = 12;
    constexpr std::uint32_t kOtherBytes = kFixedBytes + std::uint32_t{kBlockTrailerBytes};
    if (length < kOtherBytes || interfaces.empty()) return skip_damaged(length);
    const std::uint8_t* fixed = view(offset, kFixedBytes);
    if (fixed == nullptr) return end_cut();
    Interface& interface = interfaces[0];
    Captured captured{
        .at = offset + kFixedBytes, .original = get32(fixed + 8), .time_ns = events.last_time_ns};
    // How much was captured is not said: as much as the interface's limit allows.
    captured.bytes = std::min(captured.original, length - kOtherBytes);
    if (interface.most_captured > 0)
        captured.bytes = std::min(captured.bytes, interface.most_captured);
    const std::size_t head_size = std::min<std::size_t>(captured.bytes, kMostPacketHeadBytes);
    const std::uint8_t* head = view(offset, kFixedBytes + head_size);
    if (head == nullptr) return end_cut();
    const Packet packet = parse_packet(interface.link, {head + kFixedBytes, head_size},
                                       captured.bytes, captured.original);
    if (!skip(length)) return;
    ++counts.packets;
    take_foreign(packet, captured, interface);
}

void Reader::Private::read_note(std::uint32_t length) {
    const auto block = whole_block(length);
    if (!block.empty()) own.take_note(block.subspan(kBlockHeadBytes));
}

void Reader::Private::take_foreign(const Packet& packet,
                                   const Captured& captured,
                                   Interface& interface) {
    foreign.take(packet, interface.link, file, captured.at, captured.time_ns,
                 [this, &interface] { return endpoint_of(interface); });
}

EndpointId Reader::Private::endpoint_of(Interface& interface) {
    if (!interface.is_told) {
        interface.is_told = true;
        interface.endpoint = events.new_endpoint();
        events.tell(channel::EndpointAdded{
            .endpoint = interface.endpoint,
            .kind = channel::EndpointKind::kServer,
            .name = interface.name.empty() ? "capture" : std::move(interface.name)});
    }
    return interface.endpoint;
}

// ---- classic pcap ----------------------------------------------------------------------------------------

void Reader::Private::step_pcap() {
    constexpr const char* kInside = "the file ends inside a packet";
    if (!has(record_bytes, kInside)) return;
    const std::uint8_t* record = view(offset, record_bytes);
    if (record == nullptr) return end_cut();
    Interface& interface = interfaces.front();
    const Captured captured{.at = offset + record_bytes,
                            .bytes = get32(record + 8),
                            .original = get32(record + 12),
                            .time_ns = interface.time.to_ns(get32(record), get32(record + 4))};
    if (captured.bytes > kMostBlockBytes)
        return end("the packet at byte " + std::to_string(offset) + " is longer than 16 MiB");
    if (!has(record_bytes + captured.bytes, kInside)) return;

    const std::size_t head_size = std::min<std::size_t>(captured.bytes, kMostPacketHeadBytes);
    const std::uint8_t* head = view(offset, record_bytes + head_size);
    if (head == nullptr) return end_cut();
    const Packet packet = parse_packet(interface.link, {head + record_bytes, head_size},
                                       captured.bytes, captured.original);
    ++counts.packets;
    events.last_time_ns = captured.time_ns;
    take_foreign(packet, captured, interface);
    offset += record_bytes + captured.bytes;
}

// ---- the whole -------------------------------------------------------------------------------------------

void Reader::Private::step() {
    if (!has_ended) {
        is_pcap ? step_pcap() : step_pcapng();
        return;
    }
    if (foreign.release_one()) return;
    for (std::size_t dropped = events.drop_awaiting(); dropped > 0; --dropped)
        counts.add(NotUnderstood::kDamagedBlock);
    own.finish();
    events.sums.file = file;
    events.sums.end_offset = offset;
    events.sums.time_ns = events.last_time_ns;
    events.tell(events.sums);
    events.tell(own.run_end().value_or(channel::ServiceStopped{.connections = events.connections,
                                                               .read_pauses = events.pauses,
                                                               .time_ns = events.last_time_ns}));
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
    const FileTable::Use use = files.use(file);
    if (::fstat(use.descriptor(), &status) != 0 || status.st_size < 0) {
        message = "cannot be read: " + channel::errno_text(errno);
        return nullptr;
    }
    // What a capture that is still written grows by is not read.
    p.size = static_cast<std::uint64_t>(status.st_size);
    if (p.size > kMostFileBytes) {
        message = "is longer than 4 TiB";
        return nullptr;
    }
    p.window.start(file);
    const auto look = static_cast<std::size_t>(std::min<std::uint64_t>(p.size, kOpeningBytes));
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
        const bool is_swapped = !is_pcap_magic(magic);
        const std::uint32_t value = is_swapped ? __builtin_bswap32(magic) : magic;
        if (!is_pcap_magic(value)) {
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
        interface.time.resolution = value == kPcapMagicNanoseconds ? 9 : 6;
        if (value == kPcapMagicModified) p.record_bytes = kPcapModifiedRecordBytes;
        p.interfaces.push_back(std::move(interface));
        p.offset = kPcapHeaderBytes;
    }
    p.events.tell(channel::CaptureOpened{.file = file, .path = files.path(file), .is_live = false});
    return reader;
}

bool Reader::next(channel::Event& event) {
    Private& p = *p_;
    p.is_waiting = false;
    while (!p.events.take(event)) {
        if (p.is_done || p.is_waiting || !p.may_go_on()) return false;
        p.step();
    }
    return true;
}

void Reader::set_growing(bool is_growing) {
    p_->is_growing = is_growing;
    // What came last is read as well.
    p_->look_at_size();
}

void Reader::ask_to_go_on(std::function<bool(std::uint64_t)> go_on) {
    p_->go_on = std::move(go_on);
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
