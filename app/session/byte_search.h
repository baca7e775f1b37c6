// A search through the bytes, as values: what is wished for, and what is known of it. The window makes the one and draws the other; a job stands between them.
//
// Thread: frame. The store that a fact points to is written on by the job meanwhile; it may be read as its header says.
#pragma once

#include "net/bytes/parsed.h"
#include "net/capture/byte_pattern.h"
#include "net/capture/match_store.h"
#include "net/channel/ids.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::session {

// Look for this, from the first read on, and go on as more come. It takes the place of the one before.
struct SearchWish {
    net::capture::BytePattern pattern = {};
    std::vector<net::channel::ConnectionId> connections = {};  // empty: all
    bool wants_received = true;
    bool wants_sent = true;

    bool operator==(const SearchWish&) const = default;
};

struct SearchFacts {
    std::uint64_t generation =
        0;  // of the wish that these are about, counted from 1; 0: nothing was searched for
    bool is_running = false;     // reads are left to look at, or the expression is being compiled
    bool was_cancelled = false;  // they are left, and nobody looks at them
    double progress = 0;         // 0 to 1, of the bytes there are
    // Null while the expression is compiled, and where it is wrong.
    std::shared_ptr<const net::capture::MatchStore> matches = {};
    std::uint64_t counted = 0;  // matches so far
    std::uint64_t stored = 0;   // of which this many can be listed and jumped to: the first ones
    // The expression is wrong (then with a place in its text), or the search could not go on.
    std::optional<net::bytes::ParseError> error = {};
    // What does not hold of what was found, as a sentence: begins that are not known, bytes that could not be read. Empty: nothing.
    std::string remark = {};
};

}  // namespace app::session
