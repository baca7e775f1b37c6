// What the network thread is to send by itself: repeats, generated traffic, files, split-point tests. Each is a job with an id of the session's.
//
// The thread that keeps the time is the network's, by absolute deadlines: a tick that comes late does not move the ones after it. A connection whose queue is longer
// than kMostJobBacklogBytes gets nothing more from a job until it has shrunk: repeats and generators count what they leave out (`skipped`), files and split tests wait.
// What each connection got is recorded as its own. A job ends when it is through, when it is stopped, or when the last of its targets has gone; connections that open
// later belong to it where the targets are an endpoint or everyone.
#pragma once

#include "net/bytes/composition.h"
#include "net/channel/ids.h"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace net::channel {

enum class SendJobId : std::uint64_t { kNone = 0 };

inline constexpr std::uint64_t kMostJobBacklogBytes = std::uint64_t{1} << 20U;

// The first of these that is set.
struct Targets {
    std::vector<ConnectionId> connections;
    EndpointId endpoint{};     // every open connection of it
    bool is_everyone = false;  // every open connection

    bool operator==(const Targets&) const = default;
};

// Every `interval_ns` from now on (the first at once), `count` times.
struct Repeat {
    bytes::Composition what;
    std::int64_t interval_ns = 1'000'000'000;  // kLeastIntervalNs to kMostIntervalNs
    std::uint64_t count = 0;                   // 0: until stopped
};
inline constexpr std::int64_t kLeastIntervalNs = 1'000;
inline constexpr std::int64_t kMostIntervalNs = std::int64_t{24} * 3'600'000'000'000;

enum class GeneratePattern : std::uint8_t { kCounter, kRandom, kText };
struct Generate {
    std::uint64_t per_second = 1000;  // bytes, or messages; 0: as fast as they take it
    bool counts_messages = false;
    std::uint32_t least_bytes = 64;  // of a message: in this range, evenly
    std::uint32_t most_bytes = 64;
    GeneratePattern pattern{};
    std::uint64_t seed = 1;          // of kRandom and of the sizes: the same seed, the same bytes
    std::vector<std::uint8_t> text;  // of kText: repeated to fill a message
    std::int64_t duration_ns = 0;    // 0: until stopped
};
inline constexpr std::uint32_t kMostGeneratedBytes = std::uint32_t{1} << 20U;

struct SendFile {
    std::string path;                    // absolute
    std::uint64_t bytes_per_second = 0;  // to each connection; 0: as fast as it takes it
};

// The same bytes once for each way to cut them, each connection one piece after the other with a pause between, and a pause between two ways.
struct SplitTest {
    std::vector<std::uint8_t> bytes;
    std::vector<std::uint32_t>
        sizes;  // empty: at every boundary in turn; else pieces of each of these sizes in turn
    std::int64_t pause_ns = 10'000'000;
};

// Ends in a SendJobProgress with a state that is an end, in any case.
struct StartSendJob {
    SendJobId job{};
    Targets targets;
    std::variant<Repeat, Generate, SendFile, SplitTest> what;
};
struct PauseSendJob {
    SendJobId job{};
    bool is_paused = true;  // false: it goes on
};
struct StopSendJob {
    SendJobId job{};
};

enum class SendJobState : std::uint8_t { kRunning, kPaused, kDone, kStopped, kFailed };

// A sample, latest wins while it is under way (at most about ten a second); the last one, with its end, is always told. A failure is told as Failed before it.
struct SendJobProgress {
    SendJobId job{};
    SendJobState state{};
    std::uint32_t targets = 0;  // connections that it sends to now
    std::uint64_t sends =
        0;  // messages (files, split tests: pieces) that were queued, summed over the connections
    std::uint64_t skipped = 0;       // left out because a connection's backlog was full
    std::uint64_t bytes = 0;         // queued, summed over the connections
    std::uint64_t total_bytes = 0;   // of a file or a test, times connections; 0: no end is known
    std::int64_t late_ns = 0;        // how late a tick came, mean of the last second
    std::int64_t worst_late_ns = 0;  // of the last second
    std::uint32_t crc32 =
        0;  // of a file: of all of it that was sent to the connection that is furthest
    std::int64_t time_ns = 0;
};

}  // namespace net::channel
