// A capture file block by block, as bytes to be copied: where each is, what kind, and the few fields that a copy goes by. pcapng and classic pcap.
//
// Reads what net::capture::Reader has read before, so a block that makes no sense means that the file was changed meanwhile.
//
// Thread: one (a worker); blocks on the disk.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/file_window.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace app::jobs {

struct Block {
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
    std::uint32_t type = 0;  // pcap: kPcapRecord
    bool is_swapped = false;

    static constexpr std::uint32_t kPcapRecord = 0xFFFFFFFF;
};

// A packet block's own fields.
struct PacketFields {
    std::uint32_t interface = 0;
    std::uint32_t captured = 0;   // bytes of the packet
    std::uint32_t original = 0;   // the same on the wire
    std::uint32_t packet_at = 0;  // in the block
    bool is_good = false;
};

class PacketBlocks {
  public:
    PacketBlocks(const net::capture::FileTable& files, net::channel::FileId file);

    // 0, or how long the header of a classic pcap file is, which is no block.
    [[nodiscard]] std::uint64_t begin() const { return begin_; }
    [[nodiscard]] bool is_pcap() const { return begin_ != 0; }
    // Of a classic pcap file: its header's fields. Meaningless for pcapng.
    [[nodiscard]] bool is_pcap_swapped() const { return is_swapped_; }
    [[nodiscard]] bool has_pcap_nanoseconds() const { return has_nanoseconds_; }
    [[nodiscard]] std::uint32_t pcap_link() const { return pcap_link_; }
    [[nodiscard]] std::uint32_t pcap_snap_length() const { return pcap_snap_length_; }

    // The block at `offset` that ends at `limit` or before; false: there is none (any more). A section header changes the byte order of what follows.
    [[nodiscard]] bool look(std::uint64_t offset, std::uint64_t limit, Block& block);
    // Its first `size` bytes (at most its length), valid until the next call; empty: they could not be read.
    [[nodiscard]] std::span<const std::uint8_t> bytes(const Block& block, std::size_t size);
    // The last `size` bytes before its trailer.
    [[nodiscard]] std::span<const std::uint8_t> tail(const Block& block, std::size_t size);
    [[nodiscard]] PacketFields packet(const Block& block);
    // The id in our own option; 0: none.
    [[nodiscard]] std::uint64_t own_connection(const Block& block);

  private:
    net::capture::FileWindow window_;
    std::uint64_t begin_ = 0;
    std::size_t record_bytes_ = 0;  // of a record's header, in classic pcap
    bool is_swapped_ = false;
    bool has_nanoseconds_ = false;
    std::uint32_t pcap_link_ = 0;
    std::uint32_t pcap_snap_length_ = 0;
};

}  // namespace app::jobs
