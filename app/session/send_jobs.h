// What the network thread sends by itself, as the panels read it: Session::send_jobs(), in the order of their starting.
//
// A job is in the list from the intent on; one that has ended stays until it is forgotten (ForgetSendJobIntent), at most kMostEndedSendJobs of them.
// Thread: the frame thread. Made and changed only by Session.
#pragma once

#include "net/channel/sending.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::session {

using net::channel::SendJobId;
using net::channel::SendJobState;

inline constexpr std::size_t kMostEndedSendJobs = 100;

struct SendJobFact {
    SendJobId id{};
    // As asked for: to start it again.
    net::channel::Targets targets;
    net::channel::SendJobWhat what;
    // The newest sample; `progress.state` is the state, kPaused from the intent on.
    net::channel::SendJobProgress progress;
    bool is_told = false;  // the network thread has said something of it
    // Over the last second or what there was of it: sends and bytes a second, to all connections together. 0 once it has ended or stands still.
    double sends_per_second = 0;
    double bytes_per_second = 0;
    // Over its whole life, without pauses.
    double mean_sends_per_second = 0;
    double mean_bytes_per_second = 0;
    // Of what is to be sent, where an end is known (a file, a split test; a repeat with a count; a generator with a duration): 0 to 1. Nullopt: until stopped.
    std::optional<double> done;
    // Until its end at this pace, where one is known and it moves. Nullopt: unknown.
    std::optional<std::int64_t> left_ns;
    // The steps of a split test (ways to cut) or of a repeat (ticks), of the connection that is furthest: so many of so many. 0 of 0: it has none, or no end.
    std::uint64_t steps_done = 0;
    std::uint64_t steps = 0;
    std::int64_t started_ns = 0;  // since the epoch
    std::int64_t ended_ns = 0;    // 0 while it is under way
    std::string last_failure;     // a whole sentence, printable; empty: none
    std::uint64_t failures = 0;   // told of it

    [[nodiscard]] bool has_ended() const { return net::channel::is_end(progress.state); }

    // Bookkeeping of the rates: what had been sent at these times, oldest first.
    struct Sample {
        std::int64_t elapsed_ns = 0;
        std::uint64_t sends = 0;
        std::uint64_t bytes = 0;
    };
    std::array<Sample, 16> samples{};
    std::size_t sample_count = 0;
};

// "repeat every 1 ms, 100 times", "generate 1,000 messages a second of 64 B", "send /x/y.bin", "split test of 40 B": one line, printable.
[[nodiscard]] std::string text_of(const net::channel::SendJobWhat& what);
// "running", "paused", "done", "stopped", "nobody left", "failed".
[[nodiscard]] const char* to_text(SendJobState state);
// How many ways a split test cuts its bytes.
[[nodiscard]] std::uint64_t ways_of(const net::channel::SplitTest& test);

// What is known of it changes with a sample, or with the seconds.
void take_sample(SendJobFact& job, const net::channel::SendJobProgress& progress);

}  // namespace app::session
