// What the network thread is to send by itself: repeats, generated traffic, files, split-point tests. Each is a job with an id of the session's.
//
// The thread that keeps the time is the network's, by absolute deadlines: a tick that comes late does not move the ones after it. Ticks that were missed are made up for
// as far as kMostLateTicks and kMostLateNs allow; what is older is counted as skipped. A connection that has more than kMostJobBacklogBytes or kMostJobBacklogSends
// waiting gets nothing more from a job until it has less: repeats and generators count what they leave out (`skipped`), files and split tests wait.
// What each connection got is recorded as its own.
//
// To whom: a repeat or a generator with a rate sends to whoever is there at each tick, so connections that open later belong to it where the targets are an endpoint or
// everyone; with nobody there its time goes on. It ends when it is through, when it is stopped, when the last of its named connections has gone or when its endpoint has.
// A file, a split test and a generator without a rate go to the connections that are open when it starts, each at its own pace, and end when none of them is left. A peer that has ended its own
// stream still gets the whole of a file or a split test.
#pragma once

#include "net/bytes/composition.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace net::channel {

// At once. What is started beyond it fails.
inline constexpr std::size_t kMostSendJobs = 256;
inline constexpr std::uint64_t kMostJobBacklogBytes = std::uint64_t{1} << 20U;
inline constexpr std::size_t kMostJobBacklogSends = 4096;  // single bytes cost more than themselves
inline constexpr std::int64_t kMostLateNs = 250'000'000;
inline constexpr std::int64_t kMostLateTicks = 1000;

// The first of these that is set.
struct Targets {
    std::vector<ConnectionId> connections = {};
    EndpointId endpoint{};     // every open connection of it
    bool is_everyone = false;  // every open connection

    bool operator==(const Targets&) const = default;
};

// Every `interval_ns` from now on (the first at once), `count` ticks.
struct Repeat {
    bytes::Composition what = {};
    std::int64_t interval_ns = 1'000'000'000;  // kLeastIntervalNs to kMostIntervalNs
    std::uint64_t count = 0;                   // 0: until stopped
};
inline constexpr std::int64_t kLeastIntervalNs = 1'000;
inline constexpr std::int64_t kMostIntervalNs = std::int64_t{24} * 3'600'000'000'000;

// kCounter: bytes 0, 1, 2 ... 255, 0 ... through all messages, so that a missing message shows. kText: the text again and again, from its beginning in each message.
enum class GeneratePattern : std::uint8_t { kCounter, kRandom, kText };
struct Generate {
    std::uint64_t per_second =
        1000;  // bytes, or messages (to each connection); 0: as fast as each takes it
    bool counts_messages = false;
    std::uint32_t least_bytes = 64;  // of a message: in this range, evenly
    std::uint32_t most_bytes = 64;
    GeneratePattern pattern{};
    std::uint64_t seed = 1;  // of kRandom and of the sizes: the same seed, the same bytes
    std::vector<std::uint8_t> text = {};  // of kText
    std::int64_t duration_ns = 0;         // 0: until stopped
};
inline constexpr std::uint32_t kMostGeneratedBytes = std::uint32_t{1} << 20U;
inline constexpr std::uint64_t kMostGeneratedPerSecond = 1'000'000'000'000;

// As many bytes as it has when it starts; what is appended later is not sent.
struct SendFile {
    std::string path = {};               // absolute; a regular file
    std::uint64_t bytes_per_second = 0;  // to each connection; 0: as fast as it takes it
};

// The same bytes once for each way to cut them, each connection one piece after the other with a pause between, and a pause between two ways.
struct SplitTest {
    std::vector<std::uint8_t> bytes = {};
    std::vector<std::uint32_t> sizes =
        {};  // empty: in two at every boundary in turn; else into pieces of each of these sizes in turn
    std::int64_t pause_ns = 10'000'000;
};
inline constexpr std::size_t kMostSplitBytes = std::size_t{1} << 16U;
inline constexpr std::size_t kMostSplitSizes = 4096;
inline constexpr std::int64_t kMostSplitPauseNs = 60'000'000'000;

using SendJobWhat = std::variant<Repeat, Generate, SendFile, SplitTest>;

// Ends in a SendJobProgress with a state that is an end, in any case.
struct StartSendJob {
    SendJobId job{};
    Targets targets;
    SendJobWhat what;
};
// The time it stands still is no time of the job's: no tick is missed.
struct PauseSendJob {
    SendJobId job{};
    bool is_paused = true;  // false: it goes on
};
// What it has queued is still sent.
struct StopSendJob {
    SendJobId job{};
};

enum class SendJobState : std::uint8_t {
    kRunning,
    kPaused,
    kDone,
    kStopped,  // as asked
    kGone,     // nobody is left to send to
    kFailed,  // it could not begin or go on, or (files, split tests) somebody did not get all of it
};
[[nodiscard]] constexpr bool is_end(SendJobState state) {
    return state >= SendJobState::kDone;
}

// A sample, latest wins while it is under way (at most about ten a second); the last one, with its end, is always told. Failures are told as Failed (kSendJob, with the
// job's id) before it, one for the job or one for each connection that did not get all of a file or a split test, with how far that got.
struct SendJobProgress {
    SendJobId job{};
    SendJobState state{};
    std::uint32_t targets = 0;  // connections that it sends to now
    // A file's CRC-32 (CRC-32/ISO-HDLC) over its first `furthest_bytes` bytes.
    std::uint32_t crc32 = 0;
    std::uint64_t ticks =
        0;  // of a repeat or a generator with a rate, those skipped for all included
    // Summed over the connections, those that have gone included. Repeats and generators count what they queue; files and split tests what the kernel has taken.
    std::uint64_t sends = 0;  // messages; pieces of a split test
    std::uint64_t bytes = 0;
    std::uint64_t skipped =
        0;  // messages left out: a connection's backlog was full, or the tick was missed by too much
    std::uint64_t total_bytes = 0;     // of a file or a test, times connections; 0: no end is known
    std::uint64_t furthest_bytes = 0;  // of a file or a test: to the connection that got most
    std::int64_t late_ns = 0;          // how late a tick came, mean of the last second
    std::int64_t worst_late_ns = 0;    // of the last second
    std::int64_t elapsed_ns = 0;       // since its start, without pauses (of a monotonic clock)
    std::int64_t time_ns = 0;

    bool operator==(const SendJobProgress&) const = default;
};

}  // namespace net::channel
