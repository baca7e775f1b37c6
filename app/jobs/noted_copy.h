// A copy of a capture in which people's notes stand at the packets they are on: as comments, which Wireshark shows, with what makes our reader give them back exactly
// (net/capture/packet_notes.h).
//
// Block by block: a packet with notes gets them behind its own options, notes that stood in the file (from an earlier copy, or as blocks of a live capture) are left out in favour of those that
// are given, everything else is copied as it is. Classic pcap, which has no room for them, becomes pcapng.
//
// Thread: one (a worker); blocks on the disk.
#pragma once

#include "app/jobs/capture_saving.h"
#include "app/jobs/export_output.h"
#include "app/jobs/held_parts.h"
#include "app/jobs/packet_blocks.h"
#include "app/jobs/worker.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace app::jobs {

class NotedCopy {
  public:
    // `notes[i]`: those on bytes of held.parts()[i].
    NotedCopy(HeldParts& held, std::vector<std::vector<SavedNote>> notes, ExportOutput& output);

    // Nothing: all of it was written, or it was cancelled, or the output has an error.
    [[nodiscard]] std::optional<net::channel::Failure> run(const std::string& goal,
                                                           JobControl& control);
    // Notes that have no place in the copy: their packet's kind of block has no comments, or not so many.
    [[nodiscard]] std::size_t left_out() const { return left_out_; }

  private:
    [[nodiscard]] bool copy(const HeldPart& part,
                            const std::vector<SavedNote>& notes,
                            JobControl& control);
    void copy_block(const Block& block, std::span<const SavedNote> notes);
    void copy_section(const Block& block);
    void copy_packet(const Block& block, std::span<const SavedNote> notes);
    void copy_record(const Block& block, std::span<const SavedNote> notes);
    void copy_whole(const Block& block);
    // What cannot be understood as blocks stays what it is.
    [[nodiscard]] bool copy_rest(const HeldPart& part, std::uint64_t at);
    // Appends the notes behind `options_`, with what ends the list.
    void append_notes(const Block& block,
                      const PacketFields& fields,
                      std::span<const std::uint8_t> head,
                      std::span<const SavedNote> notes);
    [[nodiscard]] std::optional<net::channel::Failure> changed(const std::string& goal,
                                                               const HeldPart& part) const;

    HeldParts& held_;
    const std::vector<std::vector<SavedNote>> notes_;
    ExportOutput& out_;
    std::optional<PacketBlocks> blocks_;
    std::size_t left_out_ = 0;
    bool has_changed_ = false;  // a block that cannot be read any more
    std::uint64_t before_ = 0;  // bytes of the parts before

    // The section's.
    bool is_own_ = false;
    std::vector<std::uint16_t> links_;  // of its interfaces

    std::vector<std::uint8_t> options_;  // kept for their memory
    std::vector<std::uint8_t> packet_;
};

}  // namespace app::jobs
