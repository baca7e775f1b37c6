// What one connection of evil_peer does, step after step. Read from the command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

enum class Action : std::uint8_t {
    kSend,    // send SIZE           as fast as the peer takes it
    kSlice,   // slice SIZE          1 to 7 bytes a write
    kDrip,    // drip SIZE MS        one byte every MS milliseconds
    kUrgent,  // urgent              one byte with MSG_OOB
    kStuff,  // stuff SIZE MS       send, at most SIZE, until the peer has taken nothing for MS milliseconds
    kTrade,     // trade SIZE          send SIZE and meanwhile read as many back
    kDrained,   // drained             wait until the peer's kernel has acknowledged everything
    kSettle,    // settle              read until as much was received as was sent
    kRead,      // read SIZE           exactly SIZE bytes
    kReadEnd,   // read end            until the peer's end of stream
    kEcho,      // echo end            send back what comes, until the peer's end of stream
    kShutdown,  // shutdown            our end of stream
    kWait,      // wait MS
    kHold,      // hold                until the next line on standard input
    kChatter,   // chatter             1 to 7 bytes a write, until the next line on standard input
    kReset,     // reset               SO_LINGER 0 and close
    kClose,     // close
};

struct Step {
    Action action{};
    std::uint64_t least = 0;  // SIZE: a number, or LEAST..MOST: then each connection has its own
    std::uint64_t most = 0;
    std::int64_t delay_ms = 0;

    // Of LEAST..MOST, each power of two as likely as the others.
    [[nodiscard]] std::uint64_t size(std::uint64_t seed, std::uint64_t connection) const;
};

// Connection I runs script I modulo their number. A script without a last "reset" or "close" gets "close".
using Scripts = std::vector<std::vector<Step>>;

// "send 100" reset or "send 100" close: two scripts. On failure nothing, and `trouble` names the step.
[[nodiscard]] std::optional<Scripts> parse_scripts(const std::vector<std::string_view>& words,
                                                   std::string& trouble);

}  // namespace tests
