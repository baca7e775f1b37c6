// Automatic answers of an endpoint, carried out on the network thread: they go on when the window is hidden or busy.
//
// What is read is split into messages by `framing` (bytes/framing.h), each connection for itself. A rule is about a message; its payload (without header, trailer and
// escapes) is what is compared and what {message} stands for. An answer is sent after what was read is in the capture, like every send.
#pragma once

#include "net/bytes/framing.h"
#include "net/bytes/pattern.h"
#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace net::channel {

// Bytes with places to fill in. As typed: text with the escapes of the send box; \{message} the payload, \{0} to \{9} groups of the regular expression (0: all that it
// matched), \{peer} the sender's host:port, \{count} the so-manieth hit of the rule, \{time} RFC 3339, \{reason} why it left. Text is written in UTF-8.
struct ReplyText {
    std::string text;
    bool is_hex = false;  // hex, with the same places

    bool operator==(const ReplyText&) const = default;
};

enum class ReplyWhen : std::uint8_t {
    kEveryMessage,
    kEquals,
    kContains,  // or matches, where the pattern is a regular expression
    kStream,    // anywhere in the stream of bytes, whatever the messages are: also across reads
};
enum class ReplyThen : std::uint8_t { kGoOn, kClose, kReset };

struct ReplyRule {
    std::string name;  // for the log, UTF-8, at most kMostRuleNameBytes
    bool is_on = true;
    ReplyWhen when{};
    bytes::BytePattern pattern;
    ReplyText answer;  // empty: none
    std::int64_t delay_ns = 0;
    std::uint32_t times = 1;      // so many answers for a hit, delay_ns apart
    std::uint64_t most_hits = 0;  // then the rule rests; 0: no limit
    ReplyThen then{};             // after the last answer

    bool operator==(const ReplyRule&) const = default;
};
inline constexpr std::size_t kMostRules = 256;
inline constexpr std::size_t kMostRuleNameBytes = 64;
inline constexpr std::size_t kMostReplyMessageBytes =
    std::size_t{1} << 20U;  // a longer message is no hit, and said so
inline constexpr std::int64_t kMostReplyDelayNs = 3'600'000'000'000;

// Every message goes to all other clients of the server.
struct Relay {
    bool is_on = false;
    ReplyText message{.text = "client \\{peer} says: \\{message}"};
    ReplyText joined;  // to the others, and only where it is not empty
    ReplyText left;

    bool operator==(const Relay&) const = default;
};

struct Replies {
    bool echoes = false;  // what was read, byte by byte
    ReplyText welcome;    // once a connection is open
    bytes::Framing framing;
    std::vector<ReplyRule> rules;
    bool all_that_fit = false;  // else the first that fits
    Relay relay;
    // Answers of one endpoint in a second, all connections together: two of our own servers that answer each other must not run away. Beyond it nothing is answered until
    // the second is over, which is told (RepliesLimited).
    std::uint32_t most_per_second = 10'000;

    bool operator==(const Replies&) const = default;
};

// Holds from the next message on; hit counts begin anew. Ends in RepliesChanged, or in Failed (kReply) that names the rule, and then nothing has changed.
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

// The limit of answers was reached; told once a second while it lasts.
struct RepliesLimited {
    EndpointId endpoint{};
    std::uint64_t left_out = 0;  // in all
    std::int64_t time_ns = 0;
};

}  // namespace net::channel
