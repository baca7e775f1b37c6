// A note that a person has put on bytes of a stream: a bookmark where its text is empty.
//
// It names its bytes by connection, direction and place in the stream, which stay the same whatever file holds them (a ring, a copy, an export of some connections).
//
// Thread: a value.
#pragma once

#include "net/bytes/escapes.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace net::channel {

enum class NoteKind : std::uint8_t { kMark, kQuestion, kProblem, kGood };
inline constexpr std::size_t kNoteKinds = 4;

struct Note {
    // A text longer than this is cut where it comes in.
    static constexpr std::size_t kMostTextBytes = 2000;

    NoteId id{};
    ConnectionId connection{};
    std::uint64_t stream_offset = 0;  // of its first byte, gaps counted
    std::uint64_t bytes = 1;          // never 0
    std::int64_t time_ns = 0;         // when it was made
    std::string text = {};            // one line, printable UTF-8 (net/bytes/escapes.h)
    Direction direction{};
    NoteKind kind{};

    bool operator==(const Note&) const = default;
};

// A text as it may stand in a note; one that came from here comes back as it is.
[[nodiscard]] inline std::string note_text(std::string_view text) {
    constexpr std::size_t kCutMarkBytes = 3;  // printable() marks where it has cut
    std::string line = bytes::printable(text, Note::kMostTextBytes);
    if (line.size() <= Note::kMostTextBytes) return line;
    return bytes::printable(text, Note::kMostTextBytes - kCutMarkBytes);
}

}  // namespace net::channel
