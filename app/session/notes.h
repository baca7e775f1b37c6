// Bookmarks and notes on bytes, as facts: which there are, in the order of their places, and which touch the bytes of a row.
//
// A note comes in as an event (live: once it is in the capture; saved: from the file). One that is made where nothing can be written any more (a capture opened from a
// file, a run that has ended) is kept here alone until a Save puts it into the copy: is_kept says which.
// Memory is bounded whatever a file says: kMostNotes of at most Note::kMostTextBytes.
//
// Thread: the frame thread. Pointers and spans are good until the next note is added, changed or removed.
#pragma once

#include "net/capture/index.h"
#include "net/capture/sheet.h"
#include "net/channel/note.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

namespace app::session {

using net::channel::Note;
using net::channel::NoteId;
using net::channel::NoteKind;

inline constexpr std::size_t kMostNotes = 10'000;

struct NoteFact {
    Note note;                      // text: printable, one line
    net::capture::BytePlace begin;  // of its first byte
    net::channel::FileId file{};    // that holds its first byte ...
    std::uint64_t file_offset = 0;  // ... here
    bool is_kept = false;           // in the capture; false: only here, until it is saved
};

class Notes {
  public:
    [[nodiscard]] bool is_empty() const { return notes_.empty(); }
    [[nodiscard]] std::size_t size() const { return notes_.size(); }
    [[nodiscard]] const NoteFact* find(NoteId id) const;
    // Counts up with every change.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    // Counts up with every change that no file holds: what a Save has and has not copied.
    [[nodiscard]] std::uint64_t unkept_version() const { return unkept_version_; }

    // All, in the order of their places: the panel's rows, marks on a scrollbar.
    [[nodiscard]] std::span<const NoteFact* const> in_order() const;
    // Of these, those whose first byte is in a read of [first, end).
    [[nodiscard]] std::span<const NoteFact* const> notes_in(std::uint64_t first,
                                                            std::uint64_t end) const;
    // Appends at most `most` notes that touch the bytes [begin, end) of a stream, in the order of their places: for the bytes of a row. With no note on the stream
    // it costs a look-up.
    void touching(net::channel::ConnectionId connection,
                  net::channel::Direction direction,
                  std::uint64_t begin,
                  std::uint64_t end,
                  std::size_t most,
                  std::vector<const NoteFact*>& out) const;

    // ---- For the session. ----

    [[nodiscard]] bool is_full() const { return notes_.size() >= kMostNotes; }
    // Adds or replaces. Not when it is new and is_full().
    void put(NoteFact fact);
    // False: there is none.
    bool remove(NoteId id, bool is_kept);
    // Those whose first byte is in `file`: how many there were.
    std::size_t remove_of(net::channel::FileId file);

  private:
    // The notes of one stream by their first bytes; `furthest`: the end of the longest up to here.
    struct OnStream {
        const NoteFact* fact = nullptr;
        std::uint64_t furthest = 0;
    };
    void arrange() const;
    void changed(bool is_kept);

    std::unordered_map<std::uint64_t, NoteFact> notes_;
    std::uint64_t version_ = 0;
    std::uint64_t unkept_version_ = 0;
    // Made from notes_ when asked for.
    mutable bool is_arranged_ = true;
    mutable std::vector<const NoteFact*> in_order_;
    mutable std::map<std::pair<std::uint64_t, net::channel::Direction>, std::vector<OnStream>>
        streams_;
};

// How many bytes of the stream of `begin` there are from it up to and with `last` (a selection may run over reads of others, which do not count); at least 1.
[[nodiscard]] std::uint64_t stream_bytes_up_to(const net::capture::ReadIndex& reads,
                                               net::capture::BytePlace begin,
                                               net::capture::BytePlace last);

}  // namespace app::session
