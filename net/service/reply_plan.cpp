#include "net/service/reply_plan.h"

#include "net/bytes/escapes.h"
#include "net/capture/byte_pattern.h"

#include <cstdint>
#include <utility>

namespace net::service {

using channel::ReplyRule;
using channel::ReplyWhen;

namespace {

std::string sentence(const std::string& where,
                     const char* what,
                     const std::string& typed,
                     const bytes::ParseError& error) {
    std::string text = where.empty() ? what : where + ", " + what;
    if (!typed.empty()) {
        text += ", at byte " + std::to_string(error.offset);
        if (error.length > 0)
            text += " (\"" + bytes::printable(typed.substr(error.offset, error.length), 40) + "\")";
    }
    return text + ": " + error.message;
}

bool plan_text(const bytes::ReplyText& text,
               const bytes::ReplyPlaces& places,
               const std::string& where,
               const char* what,
               PlannedText& planned,
               std::string& error) {
    auto parts = bytes::parse(text, places);
    if (!parts) {
        error = sentence(where, what, text.text, parts.error);
        return false;
    }
    planned.parts = std::move(*parts.value);
    if (!bytes::is_constant(planned.parts)) return true;
    auto all = std::make_shared<std::vector<std::uint8_t>>();
    bytes::fill(planned.parts, {}, *all);
    planned.constant = std::move(all);
    return true;
}

// What is wrong with its numbers; empty: nothing.
std::string check_numbers(const ReplyRule& rule) {
    if (rule.name.size() > channel::kMostRuleNameBytes)
        return "the name has " + std::to_string(rule.name.size()) + " bytes; at most " +
               std::to_string(channel::kMostRuleNameBytes) + " are accepted";
    if (rule.delay_ns < 0 || rule.delay_ns > channel::kMostReplyDelayNs)
        return "the delay is " + std::to_string(rule.delay_ns) + " ns; 0 to " +
               std::to_string(channel::kMostReplyDelayNs) + " (an hour) is accepted";
    if (rule.times == 0) return "the answer is to be sent 0 times; 1 and more is accepted";
    return {};
}

bool plan_pattern(const ReplyRule& rule, PlannedRule& planned, bytes::ParseError& error) {
    switch (rule.when) {
        case ReplyWhen::kEveryMessage: return true;
        case ReplyWhen::kEquals:
        case ReplyWhen::kContains:
            planned.expression =
                ReplyExpression::compile(rule.pattern, rule.when == ReplyWhen::kEquals, error);
            return planned.expression != nullptr;
        case ReplyWhen::kStream: break;
    }
    auto pattern = capture::StreamPattern::compile(rule.pattern, error);
    if (pattern == nullptr) return false;
    planned.matcher = capture::StreamMatcher::make(std::move(pattern));
    if (planned.matcher == nullptr)
        error = {0, 0, "the expression cannot be used: there is no memory for it"};
    return planned.matcher != nullptr;
}

bool plan_rule(const ReplyRule& rule,
               const std::string& name,
               PlannedRule& planned,
               std::string& error) {
    if (const std::string wrong = check_numbers(rule); !wrong.empty()) {
        error = name + ": " + wrong;
        return false;
    }
    bytes::ParseError at;
    if (!plan_pattern(rule, planned, at)) {
        error = sentence(name, "what it looks for", rule.pattern.text, at);
        return false;
    }
    const bytes::ReplyPlaces places{
        .has_message = rule.when != ReplyWhen::kStream,
        .groups = planned.expression == nullptr ? 0 : planned.expression->groups(),
        .has_count = true};
    return plan_text(rule.answer, places, name, "answer", planned.answer, error);
}

bool plan_rules(const channel::Replies& replies, ReplyPlan& plan, std::string& error) {
    if (replies.rules.size() > channel::kMostRules) {
        error = "there are " + std::to_string(replies.rules.size()) + " rules; at most " +
                std::to_string(channel::kMostRules) + " are accepted";
        return false;
    }
    std::size_t stream_rules = 0;
    plan.rules.resize(replies.rules.size());
    for (std::size_t i = 0; i < replies.rules.size(); ++i) {
        const ReplyRule& rule = replies.rules[i];
        if (!rule.is_on) continue;  // half-written, perhaps
        if (rule.when == ReplyWhen::kStream && ++stream_rules > channel::kMostStreamRules) {
            error = rule_name(replies, i) + ": it is one rule too many that looks at the stream; " +
                    std::to_string(channel::kMostStreamRules) + " are accepted";
            return false;
        }
        if (!plan_rule(rule, rule_name(replies, i), plan.rules[i], error)) return false;
        (rule.when == ReplyWhen::kStream ? plan.looks_at_streams : plan.looks_at_messages) = true;
    }
    return true;
}

bool plan_relay(const channel::Relay& relay, ReplyPlan& plan, std::string& error) {
    if (!relay.is_on) return true;
    plan.looks_at_messages = true;
    const bytes::ReplyText alone{.text = "\\{message}"};
    return plan_text(relay.message.text.empty() ? alone : relay.message, bytes::kPlacesOfRelay, {},
                     "relayed message", plan.message, error) &&
           plan_text(relay.joined, bytes::kPlacesOfJoined, {}, "notice of who joins", plan.joined,
                     error) &&
           plan_text(relay.left, bytes::kPlacesOfLeft, {}, "notice of who leaves", plan.left,
                     error);
}

}  // namespace

SharedBytes PlannedText::make(const bytes::ReplyValues& values) const {
    if (constant != nullptr) return constant;
    auto made = std::make_shared<std::vector<std::uint8_t>>();
    bytes::fill(parts, values, *made);
    return made;
}

std::string rule_name(const channel::Replies& replies, std::size_t rule) {
    std::string text = "rule " + std::to_string(rule + 1);
    const std::string& name = replies.rules[rule].name;
    if (!name.empty()) text += " \"" + bytes::printable(name, channel::kMostRuleNameBytes) + "\"";
    return text;
}

std::unique_ptr<ReplyPlan> ReplyPlan::make(const channel::Replies& replies, std::string& error) {
    auto plan = std::make_unique<ReplyPlan>();
    plan->replies = replies;
    if (auto wrong = bytes::check(replies.framing)) {
        error = "messages: " + *wrong;
        return nullptr;
    }
    if (!plan_text(replies.welcome, bytes::kPlacesOfWelcome, {}, "welcome", plan->welcome, error) ||
        !plan_rules(replies, *plan, error) || !plan_relay(replies.relay, *plan, error))
        return nullptr;
    plan->framer = bytes::Framer(replies.framing);
    return plan;
}

}  // namespace net::service
