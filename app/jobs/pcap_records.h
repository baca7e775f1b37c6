// Classic pcap as pcapng, where a copy needs what classic pcap has no room for: what takes the place of the header, and of each record.
//
// Thread: one (a worker); functions over bytes.
#pragma once

#include "app/jobs/packet_blocks.h"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace app::jobs {

// A section header and the one interface: classic pcap has one kind of time and one link type.
[[nodiscard]] std::array<std::uint8_t, 60> pcapng_beginning(const PacketBlocks& blocks);

// An Enhanced Packet Block of the same packet, into `out` (in place of what is there). `record` is the whole one; `options`: as they stand in the block, with what ends the list;
// may be empty.
void packet_of_record(const PacketBlocks& blocks,
                      std::span<const std::uint8_t> record,
                      std::uint32_t packet_at,
                      std::span<const std::uint8_t> options,
                      std::vector<std::uint8_t>& out);

}  // namespace app::jobs
