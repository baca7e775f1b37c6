#include "app/ui/replies_form.h"

#include "app/ui/endpoint_form.h"
#include "app/ui/numbers.h"
#include "net/bytes/escapes.h"
#include "net/bytes/reply_text.h"
#include "net/capture/byte_pattern.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace app::ui {

namespace {

namespace channel = net::channel;
using channel::ReplyRule;
using channel::ReplyWhen;
using net::bytes::PatternKind;
using net::bytes::ReplyPlaces;
using net::bytes::ReplyText;

constexpr std::int64_t kMillisecondNs = 1'000'000;
constexpr std::uint32_t kMostTimes = 1'000'000;

std::string error_of(const ReplyText& text, const ReplyPlaces& places) {
    const auto parsed = net::bytes::parse(text, places);
    return parsed ? std::string{} : parsed.error.message;
}

// Groups of a regular expression are counted by who compiles it; here any that can be named is let through.
ReplyPlaces places_of(const ReplyRule& rule) {
    ReplyPlaces places{.has_count = true};
    places.has_message = rule.when != ReplyWhen::kStream;
    if (rule.when == ReplyWhen::kEquals || rule.when == ReplyWhen::kContains) places.groups = 1;
    if (rule.when == ReplyWhen::kContains && rule.pattern.kind == PatternKind::kRegex)
        places.groups = net::bytes::kReplyGroups;
    return places;
}

std::optional<std::int64_t> read_ms(const std::string& text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (text.empty() || stop != end || error != std::errc{} || value < 0 ||
        value * kMillisecondNs > static_cast<double>(channel::kMostReplyDelayNs))
        return std::nullopt;
    return static_cast<std::int64_t>(value * kMillisecondNs + 0.5);
}

std::string ms_text(std::int64_t ns) {
    std::string text = std::to_string(ns / kMillisecondNs);
    if (const std::int64_t rest = ns % kMillisecondNs; rest != 0) {
        std::string digits = std::to_string(rest);
        digits.insert(0, 6 - digits.size(), '0');
        digits.erase(digits.find_last_not_of('0') + 1);
        text += "." + digits;
    }
    return text;
}

std::string pattern_error(const ReplyRule& rule) {
    if (rule.when == ReplyWhen::kEveryMessage) return {};
    if (rule.pattern.text.empty()) return "what is it compared with?";
    if (rule.when != ReplyWhen::kStream && rule.pattern.kind == PatternKind::kRegex) return {};
    const auto expression = net::capture::expression_of(rule.pattern);
    return expression ? std::string{} : expression.error.message;
}

ReplyRule rule_of(const RuleForm& form, RuleErrors& errors) {
    ReplyRule rule = form.rule;
    if (rule.name.size() > channel::kMostRuleNameBytes)
        errors.name = "at most " + counted(channel::kMostRuleNameBytes, "byte");
    errors.pattern = pattern_error(rule);
    errors.answer = error_of(rule.answer, places_of(rule));
    if (const auto delay = read_ms(form.delay_ms))
        rule.delay_ns = *delay;
    else
        errors.delay = "milliseconds, up to an hour";
    NumberField times = parse_number(form.times, 1, kMostTimes, 1);
    if (times.value) rule.times = static_cast<std::uint32_t>(*times.value);
    errors.times = std::move(times.error);
    NumberField hits = parse_number(form.most_hits, 0, std::numeric_limits<std::int64_t>::max(), 0);
    if (hits.value) rule.most_hits = static_cast<std::uint64_t>(*hits.value);
    errors.most_hits = std::move(hits.error);
    return rule;
}

void add_words(std::string& words, const std::string& one) {
    if (!words.empty()) words += ", ";
    words += one;
}

}  // namespace

std::string_view RuleErrors::any() const {
    for (const std::string* one : {&name, &pattern, &answer, &delay, &times, &most_hits})
        if (!one->empty()) return *one;
    return {};
}

std::string RepliesErrors::any() const {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const std::string_view error = rules[i].any();
        if (!error.empty()) return "Rule " + count_text(i + 1) + ": " + std::string(error);
    }
    if (framing.is_any()) return "What a message is, is not right yet";
    if (!welcome.empty()) return "The welcome: " + welcome;
    if (!relayed.empty()) return "The relayed message: " + relayed;
    if (!joined.empty()) return "The notice of joining: " + joined;
    if (!left.empty()) return "The notice of leaving: " + left;
    if (!most_per_second.empty()) return "The limit a second: " + most_per_second;
    return {};
}

RepliesForm form_of(const channel::Replies& replies) {
    RepliesForm form;
    form.replies = replies;
    form.framing = form_of(replies.framing);
    form.most_per_second = std::to_string(replies.most_per_second);
    for (const ReplyRule& rule : replies.rules)
        form.rules.push_back(
            {.rule = rule,
             .delay_ms = ms_text(rule.delay_ns),
             .times = std::to_string(rule.times),
             .most_hits = rule.most_hits == 0 ? "" : std::to_string(rule.most_hits)});
    return form;
}

std::optional<channel::Replies> replies_of(const RepliesForm& form, RepliesErrors& errors) {
    errors = {};
    channel::Replies replies = form.replies;
    replies.rules.clear();
    errors.rules.resize(form.rules.size());
    for (std::size_t i = 0; i < form.rules.size(); ++i)
        replies.rules.push_back(rule_of(form.rules[i], errors.rules[i]));
    std::size_t streams = 0;
    for (std::size_t i = 0; i < replies.rules.size(); ++i) {
        const ReplyRule& rule = replies.rules[i];
        streams += rule.is_on && rule.when == ReplyWhen::kStream ? 1 : 0;
        if (streams > channel::kMostStreamRules && errors.rules[i].pattern.empty())
            errors.rules[i].pattern = "at most " + counted(channel::kMostStreamRules, "rule") +
                                      " can be about the stream";
    }
    if (const auto framing = framing_of(form.framing, errors.framing)) replies.framing = *framing;
    errors.welcome = error_of(replies.welcome, net::bytes::kPlacesOfWelcome);
    if (replies.relay.is_on) {
        errors.relayed = error_of(replies.relay.message, net::bytes::kPlacesOfRelay);
        errors.joined = error_of(replies.relay.joined, net::bytes::kPlacesOfJoined);
        errors.left = error_of(replies.relay.left, net::bytes::kPlacesOfLeft);
    }
    NumberField most = parse_number(form.most_per_second, 0,
                                    std::numeric_limits<std::uint32_t>::max(), std::nullopt);
    if (most.value) replies.most_per_second = static_cast<std::uint32_t>(*most.value);
    errors.most_per_second = std::move(most.error);
    if (!errors.any().empty()) return std::nullopt;
    return replies;
}

std::string replies_words(const channel::Replies& replies) {
    std::string words;
    if (replies.echoes) add_words(words, "echo");
    if (!replies.welcome.text.empty()) add_words(words, "welcome");
    if (!replies.rules.empty()) add_words(words, counted(replies.rules.size(), "rule"));
    if (replies.relay.is_on) add_words(words, "relay");
    return words;
}

}  // namespace app::ui
