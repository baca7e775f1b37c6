#include "app/session/replies_json.h"

#include "app/session/encoding_words.h"
#include "app/session/view_json.h"
#include "net/bytes/pattern.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace app::session {

namespace {

using net::bytes::BytePattern;
using net::bytes::PatternKind;
using net::bytes::ReplyText;
using net::channel::Relay;
using net::channel::Replies;
using net::channel::ReplyRule;
using net::channel::ReplyThen;
using net::channel::ReplyWhen;
using nlohmann::json;

constexpr std::array<JsonWord<ReplyWhen>, 4> kWhens{{{"every_message", ReplyWhen::kEveryMessage},
                                                     {"equals", ReplyWhen::kEquals},
                                                     {"contains", ReplyWhen::kContains},
                                                     {"stream", ReplyWhen::kStream}}};
constexpr std::array<JsonWord<ReplyThen>, 3> kThens{
    {{"go_on", ReplyThen::kGoOn}, {"close", ReplyThen::kClose}, {"reset", ReplyThen::kReset}}};
constexpr std::array<JsonWord<PatternKind>, 3> kPatterns{
    {{"text", PatternKind::kText}, {"hex", PatternKind::kHex}, {"regex", PatternKind::kRegex}}};

// ---- Texts: "Server return : \\{message}", or {"hex": "01 02"}. ----

json text_to_json(const ReplyText& text) {
    return text.is_hex ? json{{"hex", text.text}} : json(text.text);
}

void read_text(JsonObject& object, std::string_view key, ReplyText& text) {
    const json* const value = object.find(key);
    if (value == nullptr) return;
    text = {};
    if (!value->is_object()) return object.read(key, net::bytes::kMostReplyTextBytes, text.text);
    text.is_hex = true;
    JsonObject hex(*value, object.path_of(key), object.problems());
    hex.read("hex", net::bytes::kMostReplyTextBytes, text.text);
}

// ---- Patterns: the kind is the key. ----

json pattern_to_json(const BytePattern& pattern) {
    json tree{{word_of(kPatterns, pattern.kind), pattern.text}};
    if (pattern.matches_case) tree["matches_case"] = true;
    if (pattern.encoding != net::bytes::TextEncoding::kUtf8)
        tree["encoding"] = std::string(net::bytes::name(pattern.encoding));
    return tree;
}

void read_pattern(const json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  BytePattern& pattern) {
    JsonObject object(tree, path, problems);
    for (const JsonWord<PatternKind>& kind : kPatterns) {
        if (object.find(kind.word) == nullptr) continue;
        pattern.kind = kind.value;
        object.read(kind.word, net::bytes::kMostPatternBytes, pattern.text);
    }
    object.read("matches_case", pattern.matches_case);
    object.read("encoding", encoding_words(), pattern.encoding);
}

// ---- Rules ----

json rule_to_json(const ReplyRule& rule) {
    const ReplyRule usual;
    json tree{{"name", rule.name}, {"when", word_of(kWhens, rule.when)}};
    if (!rule.is_on) tree["on"] = false;
    if (rule.pattern != usual.pattern) tree["pattern"] = pattern_to_json(rule.pattern);
    if (rule.answer != usual.answer) tree["answer"] = text_to_json(rule.answer);
    if (rule.delay_ns != 0) tree["delay_ns"] = rule.delay_ns;
    if (rule.times != usual.times) tree["times"] = rule.times;
    if (rule.most_hits != 0) tree["most_hits"] = rule.most_hits;
    if (rule.then != usual.then) tree["then"] = word_of(kThens, rule.then);
    return tree;
}

ReplyRule read_rule(const json& tree, const std::string& path, JsonProblems& problems) {
    ReplyRule rule;
    JsonObject object(tree, path, problems);
    object.read("name", net::channel::kMostRuleNameBytes, rule.name);
    object.read("on", rule.is_on);
    object.read("when", kWhens, rule.when);
    if (const json* const pattern = object.find("pattern"))
        read_pattern(*pattern, object.path_of("pattern"), problems, rule.pattern);
    read_text(object, "answer", rule.answer);
    object.read("delay_ns", 0, net::channel::kMostReplyDelayNs, rule.delay_ns);
    object.read("times", 1, std::numeric_limits<std::uint32_t>::max(), rule.times);
    object.read("most_hits", 0, std::numeric_limits<std::uint64_t>::max(), rule.most_hits);
    object.read("then", kThens, rule.then);
    return rule;
}

json relay_to_json(const Relay& relay) {
    return {{"on", relay.is_on},
            {"message", text_to_json(relay.message)},
            {"joined", text_to_json(relay.joined)},
            {"left", text_to_json(relay.left)}};
}

void read_relay(const json& tree, const std::string& path, JsonProblems& problems, Relay& relay) {
    JsonObject object(tree, path, problems);
    relay.is_on = true;  // where somebody writes one by hand
    object.read("on", relay.is_on);
    read_text(object, "message", relay.message);
    read_text(object, "joined", relay.joined);
    read_text(object, "left", relay.left);
}

}  // namespace

json replies_to_json(const Replies& replies) {
    const Replies usual;
    json tree = json::object();
    if (replies.echoes) tree["echo"] = true;
    if (replies.welcome != usual.welcome) tree["welcome"] = text_to_json(replies.welcome);
    if (replies.framing != usual.framing) tree["framing"] = framing_to_json(replies.framing);
    if (!replies.rules.empty()) {
        json rules = json::array();
        for (const ReplyRule& rule : replies.rules)
            rules.push_back(rule_to_json(rule));
        tree["rules"] = std::move(rules);
    }
    if (replies.all_that_fit) tree["all_that_fit"] = true;
    if (replies.relay != usual.relay) tree["relay"] = relay_to_json(replies.relay);
    if (replies.most_per_second != usual.most_per_second)
        tree["most_per_second"] = replies.most_per_second;
    return tree;
}

void read_replies(const json& tree,
                  const std::string& path,
                  JsonProblems& problems,
                  Replies& replies) {
    JsonObject object(tree, path, problems);
    object.read("echo", replies.echoes);
    read_text(object, "welcome", replies.welcome);
    if (const json* const framing = object.find("framing"))
        read_framing(*framing, object.path_of("framing"), problems, replies.framing);
    object.read_list("rules", net::channel::kMostRules, [&](const json& one, std::string at) {
        replies.rules.push_back(read_rule(one, at, problems));
    });
    const auto streams =
        std::count_if(replies.rules.begin(), replies.rules.end(),
                      [](const ReplyRule& rule) { return rule.when == ReplyWhen::kStream; });
    if (streams > static_cast<std::ptrdiff_t>(net::channel::kMostStreamRules))
        object.fail("rules", "a list with at most " +
                                 std::to_string(net::channel::kMostStreamRules) +
                                 " rules about the stream");
    object.read("all_that_fit", replies.all_that_fit);
    if (const json* const relay = object.find("relay"))
        read_relay(*relay, object.path_of("relay"), problems, replies.relay);
    object.read("most_per_second", 0, std::numeric_limits<std::uint32_t>::max(),
                replies.most_per_second);
}

}  // namespace app::session
