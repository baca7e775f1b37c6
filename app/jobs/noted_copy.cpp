#include "app/jobs/noted_copy.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/pcap_records.h"
#include "net/bytes/escapes.h"
#include "net/capture/block_options.h"
#include "net/capture/packet_notes.h"
#include "net/capture/packet_parse.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

namespace format = net::capture::format;

constexpr char kAttempt[] = "save";
constexpr std::uint64_t kBlocksALook = 256;
constexpr std::size_t kSectionLengthAt = 16;
constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};
constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr std::size_t kEndBytes = 4;  // what ends a list of options

void store32(std::uint8_t* at, std::uint32_t value, bool is_swapped) {
    format::store32(at, is_swapped ? __builtin_bswap32(value) : value);
}

bool is_note_on_bytes(std::span<const std::uint8_t> body, bool is_swapped) {
    if (body.size() < format::kNoteHeadBytes ||
        format::load32(body.data(), is_swapped) != format::kNoteMagic)
        return false;
    const std::uint16_t code = format::load16(&body[4], is_swapped);
    return code == format::kNoteOnBytes || code == format::kNoteOnBytesRemoved;
}

}  // namespace

NotedCopy::NotedCopy(HeldParts& held,
                     std::vector<std::vector<SavedNote>> notes,
                     ExportOutput& output)
    : held_(held),
      notes_([](std::vector<std::vector<SavedNote>> all) {
          for (std::vector<SavedNote>& part : all) {
              std::sort(part.begin(), part.end(), [](const SavedNote& a, const SavedNote& b) {
                  return std::pair{a.offset, a.note.id} < std::pair{b.offset, b.note.id};
              });
          }
          return all;
      }(std::move(notes))),
      out_(output) {}

std::optional<channel::Failure> NotedCopy::run(const std::string& goal, JobControl& control) {
    for (std::size_t i = 0; i < held_.parts().size(); ++i) {
        const HeldPart& part = held_.parts()[i];
        if (!copy(part, notes_[i], control))
            return has_changed_ ? changed(goal, part) : std::nullopt;
        before_ += part.end_offset;
    }
    return std::nullopt;
}

std::optional<channel::Failure> NotedCopy::changed(const std::string& goal,
                                                   const HeldPart& part) const {
    return file_failure(kAttempt, goal, ENODATA,
                        "the capture file " + net::bytes::printable(part.path) +
                            " was cut short or changed by another program while it was read");
}

bool NotedCopy::copy(const HeldPart& part,
                     const std::vector<SavedNote>& notes,
                     JobControl& control) {
    const auto total = static_cast<double>(std::max<std::uint64_t>(held_.total_bytes(), 1));
    blocks_.emplace(held_.files(), part.file);
    is_own_ = false;
    links_.clear();
    if (blocks_->is_pcap()) {
        out_.put(pcapng_beginning(*blocks_));
        links_.push_back(static_cast<std::uint16_t>(blocks_->pcap_link()));
    }
    auto next = notes.begin();
    std::uint64_t at = blocks_->begin();
    Block block;
    for (std::uint64_t count = 0; blocks_->look(at, part.end_offset, block); ++count) {
        if (count % kBlocksALook == 0) {
            if (control.should_stop() || out_.error() != 0) return false;
            control.set_progress(static_cast<double>(before_ + at) / total);
        }
        at += block.length;
        const auto first = next;
        while (next != notes.end() && next->offset < at)
            ++next;
        copy_block(block, {first, next});
        if (has_changed_) return false;
    }
    left_out_ += static_cast<std::size_t>(notes.end() - next);
    return at == part.end_offset || blocks_->is_pcap() || copy_rest(part, at);
}

void NotedCopy::copy_block(const Block& block, std::span<const SavedNote> notes) {
    switch (block.type) {
        case format::kBlockSection: return copy_section(block);
        case format::kBlockInterface: {
            const auto head = blocks_->bytes(block, format::kInterfaceFixedBytes);
            links_.push_back(head.size() < format::kInterfaceFixedBytes
                                 ? format::kLinkUnknown
                                 : format::load16(&head[8], block.is_swapped));
            return copy_whole(block);
        }
        case format::kBlockNote: {
            const auto head =
                blocks_->bytes(block, format::kBlockHeadBytes + format::kNoteHeadBytes);
            const bool is_left_out =
                is_own_ && head.size() > format::kBlockHeadBytes &&
                is_note_on_bytes(head.subspan(format::kBlockHeadBytes), block.is_swapped);
            if (!is_left_out) copy_whole(block);
            return;
        }
        case format::kBlockEnhancedPacket:
        case format::kBlockObsoletePacket: return copy_packet(block, notes);
        case format::kBlockSecondSide:
            if (is_own_) return copy_packet(block, notes);
            break;
        case Block::kPcapRecord: return copy_record(block, notes);
        default: break;
    }
    left_out_ += notes.size();
    copy_whole(block);
}

void NotedCopy::copy_section(const Block& block) {
    const auto bytes = blocks_->bytes(block, block.length);
    if (bytes.size() < format::kSectionFixedBytes + format::kBlockTrailerBytes) {
        has_changed_ = true;
        return;
    }
    is_own_ = net::capture::parse_section_options(bytes.subspan(format::kSectionFixedBytes),
                                                  block.is_swapped)
                  .is_ours;
    links_.clear();
    packet_.assign(bytes.begin(), bytes.end());
    // It counts the bytes of blocks that are longer now.
    format::store64(&packet_[kSectionLengthAt], kUnknownLength);
    out_.put(packet_);
}

void NotedCopy::copy_packet(const Block& block, std::span<const SavedNote> notes) {
    const auto bytes = blocks_->bytes(block, block.length);
    if (bytes.size() < block.length) {
        has_changed_ = true;
        return;
    }
    const PacketFields fields = blocks_->packet(block);
    const std::size_t end = block.length - format::kBlockTrailerBytes;
    const std::size_t options_at =
        fields.is_good ? format::padded(fields.packet_at + fields.captured) : end;
    const bool has_options = options_at < end && end - options_at <= format::kMostOptionBytes;
    const auto options =
        has_options ? bytes.subspan(options_at, end - options_at) : std::span<const std::uint8_t>{};
    const bool has_notes = net::capture::PacketNotes{options, block.is_swapped}.next();
    if (!fields.is_good || (notes.empty() && !has_notes) || (!has_options && options_at < end)) {
        left_out_ += notes.size();
        return out_.put(bytes);
    }
    options_.clear();
    net::capture::append_options_without_notes(options, block.is_swapped, options_);
    append_notes(block, fields, bytes, notes);

    const std::size_t length = options_at + options_.size() + format::kBlockTrailerBytes;
    if (length > format::kMostBlockBytes) {
        left_out_ += notes.size();
        return out_.put(bytes);
    }
    packet_.assign(length, 0);
    std::copy_n(bytes.begin(), std::min(options_at, end), packet_.begin());
    std::copy(options_.begin(), options_.end(),
              packet_.begin() + static_cast<std::ptrdiff_t>(options_at));
    store32(&packet_[4], static_cast<std::uint32_t>(length), block.is_swapped);
    store32(&packet_[length - format::kBlockTrailerBytes], static_cast<std::uint32_t>(length),
            block.is_swapped);
    out_.put(packet_);
}

void NotedCopy::append_notes(const Block& block,
                             const PacketFields& fields,
                             std::span<const std::uint8_t> bytes,
                             std::span<const SavedNote> notes) {
    // A classic pcap's packets are written in this machine's byte order.
    const bool is_swapped = block.type != Block::kPcapRecord && block.is_swapped;
    const std::uint16_t link =
        fields.interface < links_.size() ? links_[fields.interface] : format::kLinkUnknown;
    const net::capture::Packet packet = net::capture::parse_packet(
        link,
        bytes.subspan(fields.packet_at,
                      std::min<std::size_t>(fields.captured, net::capture::kMostPacketHeadBytes)),
        fields.captured, fields.original);
    const bool has_payload = packet.kind == net::capture::PacketKind::kTcp ||
                             packet.kind == net::capture::PacketKind::kUdp;
    const std::uint64_t payload_at = block.offset + fields.packet_at + packet.segment.payload_at;
    for (const SavedNote& note : notes) {
        const std::uint64_t begin = note.offset - payload_at;
        const bool has_room = options_.size() + net::capture::kMostPacketNoteBytes + kEndBytes <=
                              format::kMostOptionBytes;
        if (!has_payload || note.offset < payload_at || begin >= packet.segment.payload ||
            !has_room) {
            ++left_out_;
            continue;
        }
        net::capture::append_packet_note(note.note, static_cast<std::uint32_t>(begin),
                                         packet.segment.payload, is_swapped, options_);
    }
    options_.resize(options_.size() + kEndBytes);  // zeros: the end of the list
}

void NotedCopy::copy_record(const Block& block, std::span<const SavedNote> notes) {
    const auto record = blocks_->bytes(block, block.length);
    if (record.size() < block.length) {
        has_changed_ = true;
        return;
    }
    const PacketFields fields = blocks_->packet(block);
    options_.clear();
    if (!notes.empty()) append_notes(block, fields, record, notes);
    packet_of_record(*blocks_, record, fields.packet_at, options_, packet_);
    out_.put(packet_);
}

void NotedCopy::copy_whole(const Block& block) {
    const auto bytes = blocks_->bytes(block, block.length);
    if (bytes.size() < block.length) {
        has_changed_ = true;
        return;
    }
    out_.put(bytes);
}

bool NotedCopy::copy_rest(const HeldPart& part, std::uint64_t at) {
    std::vector<std::uint8_t> piece(kPieceBytes);
    while (at < part.end_offset && out_.error() == 0) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), part.end_offset - at));
        const std::int64_t read = held_.files().read(part.file, at, std::span{piece}.first(wanted));
        if (read <= 0) {
            has_changed_ = true;
            return false;
        }
        out_.put(std::span{piece}.first(static_cast<std::size_t>(read)));
        at += static_cast<std::uint64_t>(read);
    }
    return out_.error() == 0;
}

}  // namespace app::jobs
