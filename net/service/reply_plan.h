// Replies made ready to be carried out: texts parsed, patterns compiled. Thread: network thread only.
#pragma once

#include "net/bytes/framing.h"
#include "net/bytes/reply_text.h"
#include "net/capture/stream_matcher.h"
#include "net/channel/replies.h"
#include "net/service/reply_expression.h"
#include "net/service/send_queue.h"

#include <memory>
#include <string>
#include <vector>

namespace net::service {

// A text that is the same for everyone is kept once, however often it is sent.
struct PlannedText {
    bytes::ReplyParts parts;
    SharedBytes constant;  // null: it has places

    [[nodiscard]] bool is_empty() const { return parts.empty(); }
    [[nodiscard]] SharedBytes make(const bytes::ReplyValues& values) const;
};

struct PlannedRule {
    PlannedText answer;
    std::unique_ptr<ReplyExpression> expression;      // kEquals, kContains
    std::unique_ptr<capture::StreamMatcher> matcher;  // kStream
};

struct ReplyPlan {
    channel::Replies replies;
    PlannedText welcome;
    PlannedText message;  // of the relay
    PlannedText joined;
    PlannedText left;
    std::vector<PlannedRule> rules;  // as replies.rules
    bytes::Framer framer{{}};        // to be copied for each connection
    bool looks_at_messages = false;
    bool looks_at_streams = false;

    // Null: `error` is a sentence that names the rule, the place and what is accepted.
    [[nodiscard]] static std::unique_ptr<ReplyPlan> make(const channel::Replies& replies,
                                                         std::string& error);
    // Something is to be done but to echo.
    [[nodiscard]] bool has_work() const {
        return looks_at_messages || looks_at_streams || !welcome.is_empty();
    }
};

// "rule 2 \"hello\"".
[[nodiscard]] std::string rule_name(const channel::Replies& replies, std::size_t rule);

}  // namespace net::service
