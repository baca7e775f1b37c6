// Automatic answers of an endpoint, carried out on the network thread: they go on when the window is hidden or busy.
//
// What is read is split into messages by `framing` (bytes/framing.h), each connection for itself. A rule is about a message; its payload (without header, trailer and
// escapes) is what is compared and what \{message} stands for. An answer is queued in the turn in which its message was read, and sent after what was read is in the
// capture, like every send. With an idle gap a message ends when the gap has passed; the peer's end of stream ends it too. What a peer sent before it was lost by a reset
// is relayed, not answered.
//
// A peer that does not read its answers is not read from until it does (as with echo), so what waits for it is bounded, answers that wait for their delay included. Where
// a relayed message waits for a client that reads slowly, nobody of the endpoint is read from until it has caught up; a client that has taken nothing for
// kRelayPatienceNs is not waited for: it is left out of what is relayed until it reads again, which is told (Failed, kReply, naming the connection).
#pragma once

#include "net/bytes/framing.h"
#include "net/bytes/pattern.h"
#include "net/bytes/reply_text.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace net::channel {

using bytes::ReplyText;

enum class ReplyWhen : std::uint8_t {
    kEveryMessage,
    kEquals,
    kContains,  // or matches, where the pattern is a regular expression
    kStream,    // anywhere in the stream of bytes, whatever the messages are: also across reads
};
enum class ReplyThen : std::uint8_t { kGoOn, kClose, kReset };

// Patterns are what the search finds (net/capture/byte_pattern.h: `^` and `$` at lines). Regular expressions about a message are PCRE2's, with groups, look-behind and so on; of a
// stream they are Vectorscan's, without. In the answer stand \{peer}, \{count}, \{time}; of a message \{message}; where it is compared \{0}, what was found; with groups \{1} to \{9}.
struct ReplyRule {
    std::string name = {};  // for the log, UTF-8, at most kMostRuleNameBytes
    bool is_on = true;
    ReplyWhen when{};
    bytes::BytePattern pattern = {};
    ReplyText answer = {};  // empty: none; its places are filled in at the hit
    std::int64_t delay_ns = 0;
    std::uint32_t times = 1;      // so many answers for a hit, delay_ns apart; at least 1
    std::uint64_t most_hits = 0;  // then the rule rests; 0: no limit
    ReplyThen then{};             // after the last answer

    bool operator==(const ReplyRule&) const = default;
};
inline constexpr std::size_t kMostRules = 256;
inline constexpr std::size_t kMostStreamRules = 16;  // each costs every connection some memory
inline constexpr std::size_t kMostRuleNameBytes = 64;
inline constexpr std::size_t kMostReplyMessageBytes =
    std::size_t{1} << 20U;  // a longer message is no hit, and said so
inline constexpr std::int64_t kMostReplyDelayNs = 3'600'000'000'000;
inline constexpr std::int64_t kRelayPatienceNs = 2'000'000'000;

// Every message goes to all other clients of the server. Whoever has joined or left is told to the others where that text is not empty.
struct Relay {
    bool is_on = false;
    ReplyText message{.text = "client \\{peer} says: \\{message}"};  // empty: the message alone
    ReplyText joined = {};
    ReplyText left = {};  // with \{reason}

    bool operator==(const Relay&) const = default;
};

struct Replies {
    bool echoes = false;     // what was read, byte by byte; not limited
    ReplyText welcome = {};  // once a connection is open, with \{peer} and \{time}
    bytes::Framing framing = {};
    std::vector<ReplyRule> rules = {};
    bool all_that_fit =
        false;  // else the first that fits; stream rules stand beside: each whenever it fits
    Relay relay = {};
    // Answers and relayed messages of one endpoint in a second, all connections together (a relayed message counts once): two of our own servers that answer each
    // other must not run away. Beyond it nothing is answered until the second is over, which is told (RepliesLimited). 0: no limit.
    std::uint32_t most_per_second = 10'000;

    bool operator==(const Replies&) const = default;
};

// In place of what the endpoint was started with or told before (its echo included). Holds from the next byte that is read: messages that have begun, and answers that wait
// for their delay, are dropped; hit counts begin anew. Ends in RepliesChanged, or in Failed (kReply, no connection, not final) that names the rule, and then nothing has changed.
// In a ServerConfig or ClientConfig: the same from the first connection on; where they are not right, in Failed (kReply, final) followed by EndpointStopped.
struct SetReplies {
    EndpointId endpoint{};
    Replies replies;
};

struct RepliesChanged {
    EndpointId endpoint{};
    std::int64_t time_ns = 0;
};

// A sample, latest wins: how often a rule (by its place in Replies::rules) has fitted. At most about ten a second for each rule; the log names the rule.
struct ReplyHits {
    EndpointId endpoint{};
    ConnectionId connection{};  // of the last hit
    std::uint32_t rule = 0;
    std::uint64_t hits = 0;
    std::int64_t time_ns = 0;
};

// The limit of answers was reached; told at the end of each second in which something was left out.
struct RepliesLimited {
    EndpointId endpoint{};
    std::uint64_t left_out = 0;  // in all, since the replies were set
    std::int64_t time_ns = 0;
};

}  // namespace net::channel
