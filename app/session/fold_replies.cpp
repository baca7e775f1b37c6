// Automatic replies: what is in force, how often each rule has fitted, what was left out.
#include "app/session/log_text.h"
#include "app/session/session.h"
#include "net/bytes/escapes.h"

#include <utility>

namespace app::session {

namespace channel = net::channel;

const ReplyFacts* Session::replies(EndpointId id) const {
    const auto it = replies_.find(channel::number(id));
    return it == replies_.end() ? nullptr : &it->second.facts;
}

void Session::begin_replies(EndpointId endpoint, const channel::Replies& replies, bool echoes) {
    ReplyFacts& facts = replies_[channel::number(endpoint)].facts;
    facts.replies = replies;
    facts.replies.echoes = replies.echoes || echoes;
    facts.rules.resize(replies.rules.size());
}

void Session::carry_out(SetRepliesIntent&& intent, std::int64_t /*now_ns*/) {
    const auto it = replies_.find(channel::number(intent.endpoint));
    const Endpoint* const to = endpoint(intent.endpoint);
    if (it == replies_.end() || to == nullptr || to->state == EndpointState::kStopped ||
        to->state == EndpointState::kFailed)
        return;
    it->second.asked.push_back(intent.replies);
    it->second.facts.asked = static_cast<std::uint32_t>(it->second.asked.size());
    outbox_.emplace_back(
        channel::SetReplies{.endpoint = intent.endpoint, .replies = std::move(intent.replies)});
    changed();
}

void Session::on(const channel::RepliesChanged& event, std::int64_t now_ns) {
    const Endpoint* const of = known_endpoint(event.endpoint, "new replies", now_ns);
    const auto it = replies_.find(channel::number(event.endpoint));
    if (of == nullptr || it == replies_.end() || it->second.asked.empty()) return;
    auto& [facts, asked] = it->second;
    channel::Replies replies = std::move(asked.front());
    asked.pop_front();
    facts = {.replies = std::move(replies), .asked = static_cast<std::uint32_t>(asked.size())};
    facts.rules.resize(facts.replies.rules.size());
    add_line(Severity::kInfo, of->name + " replies as asked", event.time_ns, of->id);
}

void Session::refuse_replies(const channel::Failure& failure) {
    const auto it = replies_.find(channel::number(failure.endpoint));
    if (it == replies_.end() || failure.connection != ConnectionId::kNone) return;
    auto& [facts, asked] = it->second;
    if (!failure.is_final && !asked.empty()) asked.pop_front();
    facts.asked = static_cast<std::uint32_t>(asked.size());
    facts.trouble = net::bytes::printable(failure.message);
    changed();
}

void Session::on(const channel::ReplyHits& event, std::int64_t now_ns) {
    const Endpoint* const of = known_endpoint(event.endpoint, "a reply", now_ns);
    const auto it = replies_.find(channel::number(event.endpoint));
    if (of == nullptr || it == replies_.end()) return;
    ReplyFacts& facts = it->second.facts;
    if (event.rule >= facts.rules.size()) return;
    facts.rules[event.rule] = {
        .hits = event.hits, .last_connection = event.connection, .last_ns = event.time_ns};
    add_line(Severity::kInfo, reply_text(facts.replies.rules[event.rule].name, event),
             event.time_ns, of->id, event.connection);
}

void Session::on(const channel::RepliesLimited& event, std::int64_t now_ns) {
    const Endpoint* const of = known_endpoint(event.endpoint, "the limit of replies", now_ns);
    const auto it = replies_.find(channel::number(event.endpoint));
    if (of == nullptr || it == replies_.end()) return;
    ReplyFacts& facts = it->second.facts;
    facts.left_out = event.left_out;
    facts.limited_ns = event.time_ns;
    add_line(Severity::kWarning, limited_text(*of, facts.replies.most_per_second, event.left_out),
             event.time_ns, of->id);
}

}  // namespace app::session
