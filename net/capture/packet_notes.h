// People's notes on a packet's bytes as they stand in its options: in the copies that a Save makes.
//
// Each is a comment, which Wireshark shows, with the note's text and in brackets which bytes it is on; and right behind it kOptionNote, by which the note comes back exactly. The packet itself is
// what the note is on, so any program may copy, cut or merge the file.
//
// Thread: any; functions and a view over memory the caller owns.
#pragma once

#include "net/capture/block_options.h"
#include "net/channel/note.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace net::capture {

// Appends both options to `out`, padded, in the section's byte order. `begin`: the note's first byte within the packet's `payload` bytes. Of the note, what says whose stream it
// is on is not written.
void append_packet_note(const channel::Note& note,
                        std::uint32_t begin,
                        std::uint32_t payload,
                        bool is_swapped,
                        std::vector<std::uint8_t>& out);
// How many bytes that appends at most.
inline constexpr std::size_t kMostPacketNoteBytes =
    channel::Note::kMostTextBytes + format::kPacketNoteBytes + 256;

// The notes in a packet's options, one after the other.
class PacketNotes {
  public:
    PacketNotes(std::span<const std::uint8_t> options, bool is_swapped)
        : option_(options, is_swapped),
          is_swapped_(is_swapped) {}

    // False: there is none left.
    [[nodiscard]] bool next();

    channel::Note note;       // without connection and place
    std::uint32_t begin = 0;  // of its first byte in the payload
    std::size_t damaged = 0;  // that were passed over

  private:
    Options option_;
    bool is_swapped_ = false;
    std::span<const std::uint8_t> comment_;  // that the option before was
};

// The options without the notes (their comments with them) and without what ends the list.
void append_options_without_notes(std::span<const std::uint8_t> options,
                                  bool is_swapped,
                                  std::vector<std::uint8_t>& out);

}  // namespace net::capture
