#include "app/jobs/packet_blocks.h"

#include "net/capture/block_options.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <limits>

namespace app::jobs {
namespace {

namespace format = net::capture::format;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kSimpleFixedBytes = 12;

}  // namespace

PacketBlocks::PacketBlocks(const net::capture::FileTable& files, net::channel::FileId file)
    : window_(files) {
    window_.start(file);
    const std::uint8_t* head = window_.view(0, format::kPcapHeaderBytes, format::kPcapHeaderBytes);
    if (head == nullptr) return;
    for (const bool is_swapped : {false, true}) {
        const std::uint32_t magic = format::load32(head, is_swapped);
        if (magic != format::kPcapMagicMicroseconds && magic != format::kPcapMagicNanoseconds &&
            magic != format::kPcapMagicModified) {
            continue;
        }
        record_bytes_ = magic == format::kPcapMagicModified ? format::kPcapModifiedRecordBytes
                                                            : format::kPcapRecordBytes;
        begin_ = format::kPcapHeaderBytes;
        is_swapped_ = is_swapped;
        has_nanoseconds_ = magic == format::kPcapMagicNanoseconds;
        pcap_snap_length_ = format::load32(head + 16, is_swapped);
        pcap_link_ = format::load32(head + 20, is_swapped) & 0xFFFFU;
        return;
    }
}

bool PacketBlocks::look(std::uint64_t offset, std::uint64_t limit, Block& block) {
    const std::uint64_t left = limit - std::min(offset, limit);
    const std::size_t least = is_pcap() ? record_bytes_ : format::kBlockLeastBytes;
    const std::uint8_t* head = left < least ? nullptr : window_.view(offset, least, limit);
    if (head == nullptr) return false;
    block.offset = offset;
    if (is_pcap()) {
        const std::uint32_t captured = format::load32(head + 8, is_swapped_);
        if (captured > format::kMostBlockBytes || captured > left - least) return false;
        block.type = Block::kPcapRecord;
        block.length = static_cast<std::uint32_t>(least) + captured;
        block.is_swapped = is_swapped_;
        return true;
    }
    if (format::load32(head) == format::kBlockSection)
        is_swapped_ = format::load32(head + 8) == format::kByteOrderMagicSwapped;
    block.type = format::load32(head, is_swapped_);
    block.length = format::load32(head + 4, is_swapped_);
    block.is_swapped = is_swapped_;
    return block.length >= format::kBlockLeastBytes && block.length % 4 == 0 &&
           block.length <= format::kMostBlockBytes && block.length <= left;
}

std::span<const std::uint8_t> PacketBlocks::bytes(const Block& block, std::size_t size) {
    size = std::min<std::size_t>(size, block.length);
    const std::uint8_t* begin = window_.view(block.offset, size, kNoLimit);
    if (begin == nullptr) return {};
    return {begin, size};
}

std::span<const std::uint8_t> PacketBlocks::tail(const Block& block, std::size_t size) {
    size = std::min(size, block.length - format::kBlockTrailerBytes);
    const std::uint64_t at = block.offset + block.length - format::kBlockTrailerBytes - size;
    const std::uint8_t* begin = window_.view(at, size, kNoLimit);
    if (begin == nullptr) return {};
    return {begin, size};
}

PacketFields PacketBlocks::packet(const Block& block) {
    PacketFields fields;
    const auto head = bytes(block, format::kPacketFixedBytes);
    if (block.type == Block::kPcapRecord) {
        fields.packet_at = static_cast<std::uint32_t>(record_bytes_);
        fields.captured = block.length - fields.packet_at;
        fields.is_good = head.size() >= format::kPcapRecordBytes;
        if (fields.is_good) fields.original = format::load32(&head[12], block.is_swapped);
        return fields;
    }
    const bool is_simple = block.type == format::kBlockSimplePacket;
    const std::size_t fixed = is_simple ? kSimpleFixedBytes : format::kPacketFixedBytes;
    if (head.size() < fixed || block.length < fixed + format::kBlockTrailerBytes) return fields;
    const auto room = static_cast<std::uint32_t>(block.length - fixed - format::kBlockTrailerBytes);
    fields.packet_at = static_cast<std::uint32_t>(fixed);
    if (is_simple) {
        fields.original = format::load32(&head[8], block.is_swapped);
        fields.captured = std::min(fields.original, room);
    } else {
        fields.interface = block.type == format::kBlockObsoletePacket
                               ? format::load16(&head[8], block.is_swapped)
                               : format::load32(&head[8], block.is_swapped);
        fields.captured = format::load32(&head[20], block.is_swapped);
        fields.original = format::load32(&head[24], block.is_swapped);
    }
    fields.is_good = fields.captured <= room;
    return fields;
}

std::uint64_t PacketBlocks::own_connection(const Block& block) {
    const PacketFields fields = packet(block);
    if (!fields.is_good) return 0;
    const std::size_t options_at = format::padded(fields.packet_at + fields.captured);
    if (options_at + format::kBlockTrailerBytes > block.length) return 0;
    const std::size_t size = block.length - format::kBlockTrailerBytes - options_at;
    const auto options = tail(block, std::min<std::size_t>(size, format::kMostOptionBytes));
    for (net::capture::Options option{options, block.is_swapped}; option.next();) {
        if (option.code == format::kOptionConnection && option.value.size() == 8)
            return format::load64(option.value.data(), block.is_swapped);
    }
    return 0;
}

}  // namespace app::jobs
