#include "app/jobs/pcap_records.h"

#include "net/capture/pcapng_format.h"

#include <algorithm>

namespace app::jobs {
namespace {

namespace format = net::capture::format;

constexpr std::uint32_t kSectionBytes = 28;
constexpr std::uint32_t kInterfaceBytes = 32;
constexpr std::size_t kSectionLengthAt = 16;
constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};
constexpr std::uint8_t kNanoseconds = 9;
constexpr std::uint8_t kMicroseconds = 6;

}  // namespace

std::array<std::uint8_t, 60> pcapng_beginning(const PacketBlocks& blocks) {
    std::array<std::uint8_t, kSectionBytes + kInterfaceBytes> head{};
    std::uint8_t* at = head.data();
    format::store32(at, format::kBlockSection);
    format::store32(at + 4, kSectionBytes);
    format::store32(at + 8, format::kByteOrderMagic);
    format::store16(at + 12, 1);
    format::store64(at + kSectionLengthAt, kUnknownLength);
    format::store32(at + 24, kSectionBytes);
    at += kSectionBytes;
    format::store32(at, format::kBlockInterface);
    format::store32(at + 4, kInterfaceBytes);
    format::store16(at + 8, static_cast<std::uint16_t>(blocks.pcap_link()));
    format::store32(at + 12, blocks.pcap_snap_length());
    format::store16(at + 16, format::kOptionInterfaceResolution);
    format::store16(at + 18, 1);
    at[20] = blocks.has_pcap_nanoseconds() ? kNanoseconds : kMicroseconds;
    format::store32(at + 24, format::kOptionEnd);
    format::store32(at + 28, kInterfaceBytes);
    return head;
}

void packet_of_record(const PacketBlocks& blocks,
                      std::span<const std::uint8_t> record,
                      std::uint32_t packet_at,
                      std::span<const std::uint8_t> options,
                      std::vector<std::uint8_t>& out) {
    const bool is_swapped = blocks.is_pcap_swapped();
    const std::uint64_t second = format::load32(record.data(), is_swapped);
    const std::uint64_t fraction = format::load32(&record[4], is_swapped);
    const std::uint64_t ticks =
        second * (blocks.has_pcap_nanoseconds() ? 1'000'000'000U : 1'000'000U) + fraction;
    const auto packet = record.subspan(packet_at);
    const std::size_t options_at = format::kPacketFixedBytes + format::padded(packet.size());
    const std::size_t length = options_at + options.size() + format::kBlockTrailerBytes;
    out.assign(length, 0);
    format::store32(out.data(), format::kBlockEnhancedPacket);
    format::store32(&out[4], static_cast<std::uint32_t>(length));
    format::store32(&out[12], static_cast<std::uint32_t>(ticks >> 32U));
    format::store32(&out[16], static_cast<std::uint32_t>(ticks));
    format::store32(&out[20], static_cast<std::uint32_t>(packet.size()));
    format::store32(&out[24], format::load32(&record[12], is_swapped));
    std::copy(packet.begin(), packet.end(), out.begin() + format::kPacketFixedBytes);
    std::copy(options.begin(), options.end(),
              out.begin() + static_cast<std::ptrdiff_t>(options_at));
    format::store32(&out[length - format::kBlockTrailerBytes], static_cast<std::uint32_t>(length));
}

}  // namespace app::jobs
