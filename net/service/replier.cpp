#include "net/service/replier.h"

#include "net/service/clock.h"
#include "net/service/connections.h"
#include "net/service/endpoint.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::service {

using channel::ReplyWhen;

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kSampleIntervalNs = 100'000'000;
constexpr std::int64_t kPausedRetryNs = 10'000'000;
// What an answer costs that waits for its delay, beside its bytes.
constexpr std::uint64_t kDelayedOverheadBytes = 128;

std::uint64_t cost_of(const Answer& answer) {
    return kDelayedOverheadBytes + (answer.bytes == nullptr ? 0 : answer.bytes->size());
}

// The words of the log (app/session/facts.h: reason_text).
std::string words_of(channel::CloseReason reason, int code) {
    switch (reason) {
        case channel::CloseReason::kEndOfStream: return "end of stream";
        case channel::CloseReason::kResetByPeer: return "reset by peer";
        case channel::CloseReason::kClosedHere: return "closed here";
        case channel::CloseReason::kTimedOut: return "timed out";
        case channel::CloseReason::kError: break;
    }
    return channel::errno_text(code);
}

}  // namespace

Replier::Replier(Connections& all, Endpoint& endpoint, std::unique_ptr<ReplyPlan> plan)
    : with_news(*this),
      all_(all),
      endpoint_(endpoint),
      plan_(std::move(plan)),
      rules_(plan_->rules.size()),
      delay_timer_(all.loop(), [this] { answers_are_due(); }),
      second_timer_(all.loop(), [this] { tell_limited(); }),
      idle_timer_(all.loop(), [this] { gaps_are_over(); }),
      slow_timer_(all.loop(), [this] { look_for_stuck(); }) {}

Replier::~Replier() {
    for (std::size_t i = 0; i < rules_.size(); ++i)
        if (rules_[i].hits != rules_[i].told_hits) all_.recorder().tell(sample_of(i));
    tell_limited();
}

// ---- Connections come and go ----

void Replier::opened(Connection& connection) {
    const std::string peer = bytes::to_text(connection.flow().peer);
    const bytes::ReplyValues values{.peer = peer, .time_ns = wall_time_ns()};
    if (!plan_->welcome.is_empty()) connection.answer(plan_->welcome.make(values));
    if (connection.replies() != nullptr) connection.replies()->has_joined = true;
    if (!plan_->joined.is_empty() && may_answer())
        relay_to_others(connection, plan_->joined.make(values));
}

void Replier::closed(Connection& connection, channel::CloseReason reason, int code) {
    ReplyStream* const stream = connection.replies();
    if (stream == nullptr) return;
    stream->idling.leave();
    if (stream->delayed_bytes() > 0)
        std::erase_if(delayed_, [&](const auto& item) { return item.second.stream == stream; });
    no_longer_slow(*stream);
    if (!stream->has_joined || plan_->left.is_empty() || !may_answer()) return;
    const std::string peer = bytes::to_text(connection.flow().peer);
    const std::string why = words_of(reason, code);
    relay_to_others(connection,
                    plan_->left.make({.peer = peer, .reason = why, .time_ns = wall_time_ns()}));
}

// ---- Messages ----

void Replier::message(ReplyStream& from, std::span<const std::uint8_t> payload) {
    if (plan_->replies.relay.is_on) relay(from.connection(), payload);
    bytes::ReplyValues values{.message = payload};
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const channel::ReplyRule& rule = plan_->replies.rules[i];
        if (!rule.is_on || rule.when == ReplyWhen::kStream || is_at_rest(i)) continue;
        if (!fits(from, i, payload, values)) continue;
        hit(from, i, values);
        if (!plan_->replies.all_that_fit) return;
    }
}

void Replier::stream_hit(ReplyStream& from, std::uint32_t rule) {
    bytes::ReplyValues values;
    if (!is_at_rest(rule)) hit(from, rule, values);
}

bool Replier::is_at_rest(std::size_t rule) const {
    const std::uint64_t most = plan_->replies.rules[rule].most_hits;
    return most != 0 && rules_[rule].hits >= most;
}

bool Replier::fits(ReplyStream& from,
                   std::size_t rule,
                   std::span<const std::uint8_t> payload,
                   bytes::ReplyValues& values) {
    ReplyExpression* const expression = plan_->rules[rule].expression.get();
    if (expression == nullptr) return true;
    begin_second();
    if (steps_ > kMostStepsPerSecond) {
        tell_too_costly(from, rule);
        return false;
    }
    switch (expression->match(payload, values.groups, steps_)) {
        case ReplyExpression::Fits::kYes: return true;
        case ReplyExpression::Fits::kNo: return false;
        case ReplyExpression::Fits::kTooCostly: break;
    }
    tell_too_costly(from, rule);
    return false;
}

void Replier::hit(ReplyStream& from, std::size_t rule, bytes::ReplyValues& values) {
    const channel::ReplyRule& how = plan_->replies.rules[rule];
    const PlannedText& text = plan_->rules[rule].answer;
    RuleState& state = rules_[rule];
    ++state.hits;
    state.connection = from.connection().id();
    state.time_ns = wall_time_ns();
    all_.reply_sampler().touch(*this);
    if (text.is_empty() && how.then == channel::ReplyThen::kGoOn) return;
    Answer answer{.remaining = how.times, .delay_ns = how.delay_ns, .then = how.then};
    if (!text.is_empty()) {
        const std::string peer = bytes::to_text(from.connection().flow().peer);
        values.peer = peer;
        values.count = state.hits;
        values.time_ns = state.time_ns;
        answer.bytes = text.make(values);
    }
    if (how.delay_ns > 0) {
        delay(from, std::move(answer));
    } else {
        from.push(std::move(answer));
    }
}

void Replier::too_long(ReplyStream& from) {
    tell_failed(from.connection(),
                "a message is longer than " + std::to_string(channel::kMostReplyMessageBytes) +
                    " bytes, so it is compared to no rule; said once a connection; check how "
                    "messages are told apart");
}

void Replier::tell_too_costly(ReplyStream& from, std::size_t rule) {
    if (std::exchange(rules_[rule].was_cost_told, true)) return;
    tell_failed(from.connection(),
                rule_name(plan_->replies, rule) +
                    ": to find out whether a message fits costs too much, so it counts as no hit; "
                    "said once; make the expression simpler, with fewer repeats in each other");
}

void Replier::tell_failed(const Connection& about, const std::string& message) {
    channel::Failure failure = endpoint_.reply_failure(message);
    failure.connection = about.id();
    all_.recorder().note(channel::Failed{std::move(failure)});
}

// ---- The relay ----

void Replier::relay(Connection& from, std::span<const std::uint8_t> payload) {
    if (!may_answer()) return;
    const std::string peer = bytes::to_text(from.flow().peer);
    relay_to_others(
        from, plan_->message.make({.message = payload, .peer = peer, .time_ns = wall_time_ns()}));
}

void Replier::relay_to_others(const Connection& from, const SharedBytes& bytes) {
    const bool can_wait = !from.is_lost();
    endpoint_.connections.for_each([&](Connection& to) {
        if (&to != &from) relay_to(to, bytes, can_wait);
    });
}

void Replier::relay_to(Connection& to, const SharedBytes& bytes, bool can_wait) {
    ReplyStream* const stream = to.replies();
    if (stream == nullptr || stream->is_stuck) return;
    if (!can_wait && to.answer_bytes() > kMostRelayBacklogBytes) return;
    to.answer(bytes);
    if (to.answer_bytes() <= kAnswersHighMarkBytes || stream->is_slow) return;
    stream->is_slow = true;
    stream->took_ns = steady_time_ns();
    ++slow_;
    if (!slow_timer_.is_running()) slow_timer_.start(channel::kRelayPatienceNs / 4);
}

void Replier::was_sent(ReplyStream& stream) {
    if (!stream.is_slow && !stream.is_stuck) return;
    stream.took_ns = steady_time_ns();
    if (stream.connection().answer_bytes() > kAnswersLowMarkBytes) return;
    stream.is_stuck = false;
    no_longer_slow(stream);
}

void Replier::no_longer_slow(ReplyStream& stream) {
    if (!std::exchange(stream.is_slow, false)) return;
    if (--slow_ > 0) return;
    slow_timer_.stop();
    endpoint_.connections.for_each([](Connection& connection) { connection.wake(); });
}

void Replier::look_for_stuck() {
    if (slow_ == 0) return;
    const std::int64_t now = steady_time_ns();
    const bool is_paused = all_.recorder().is_paused();
    endpoint_.connections.for_each([&](Connection& connection) {
        ReplyStream* const stream = connection.replies();
        if (stream == nullptr || !stream->is_slow) return;
        if (is_paused) stream->took_ns = now;  // nothing is sent: not its fault
        if (now - stream->took_ns < channel::kRelayPatienceNs) return;
        stream->is_stuck = true;
        tell_failed(connection,
                    bytes::to_text(connection.flow().peer) +
                        " reads nothing; it is left out of what is relayed until it has read what "
                        "waits for it");
        no_longer_slow(*stream);
    });
    if (slow_ > 0) slow_timer_.start(channel::kRelayPatienceNs / 4);
}

// ---- Time ----

void Replier::delay(ReplyStream& stream, Answer&& answer) {
    const std::int64_t delay_ns = answer.delay_ns;
    stream.delay_began(cost_of(answer));
    const auto place = delayed_.emplace(steady_time_ns() + delay_ns,
                                        Delayed{.stream = &stream, .answer = std::move(answer)});
    if (place == delayed_.begin()) delay_timer_.start(delay_ns);
}

void Replier::answers_are_due() {
    const std::int64_t now = steady_time_ns();
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        Delayed due = std::move(delayed_.begin()->second);
        delayed_.erase(delayed_.begin());
        due.stream->delay_ended(cost_of(due.answer));
        due.stream->push(std::move(due.answer));
        due.stream->connection().wake();
    }
    if (!delayed_.empty()) delay_timer_.start(delayed_.begin()->first - now);
}

void Replier::was_read(ReplyStream& stream) {
    if (plan_->replies.framing.kind != bytes::FramingKind::kIdleGap) return;
    stream.idling.leave();
    const std::int64_t gap_ns = plan_->replies.framing.idle_gap_ns;
    stream.idle_deadline_ns = steady_time_ns() + gap_ns;
    idling_.push_back(stream.idling);
    if (!idle_timer_.is_running()) idle_timer_.start(gap_ns);
}

void Replier::gaps_are_over() {
    if (all_.recorder().is_paused()) {  // what comes is not read: nobody knows of a gap
        idle_timer_.start(kPausedRetryNs);
        return;
    }
    const std::int64_t now = steady_time_ns();
    while (ReplyStream* first = idling_.front()) {
        if (first->idle_deadline_ns > now) {
            idle_timer_.start(first->idle_deadline_ns - now);
            return;
        }
        first->idle();
        first->connection().wake();
    }
}

// ---- The limit ----

void Replier::begin_second() {
    const std::int64_t now = steady_time_ns();
    if (now - second_began_ns_ < kSecondNs) return;
    second_began_ns_ = now;
    answers_ = steps_ = 0;
}

bool Replier::may_answer(std::uint64_t left) {
    begin_second();
    const std::uint32_t most = plan_->replies.most_per_second;
    if (most == 0 || answers_ < most) {
        ++answers_;
        return true;
    }
    left_out_ += left;
    if (!second_timer_.is_running())
        second_timer_.start(kSecondNs - (steady_time_ns() - second_began_ns_) % kSecondNs);
    return false;
}

void Replier::tell_limited() {
    if (left_out_ == told_left_out_) return;
    told_left_out_ = left_out_;
    all_.recorder().tell(channel::RepliesLimited{
        .endpoint = endpoint_.id(), .left_out = left_out_, .time_ns = wall_time_ns()});
}

// ---- Samples ----

channel::ReplyHits Replier::sample_of(std::size_t rule) const {
    const RuleState& state = rules_[rule];
    return {.endpoint = endpoint_.id(),
            .connection = state.connection,
            .rule = static_cast<std::uint32_t>(rule),
            .hits = state.hits,
            .time_ns = state.time_ns};
}

bool Replier::tell_hits() {
    bool is_more = false;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        RuleState& state = rules_[i];
        if (state.hits == state.told_hits) continue;
        std::uint64_t number = 0;
        if ((state.told_number != 0 && !all_.recorder().was_consumed(state.told_number)) ||
            !all_.recorder().offer(sample_of(i), number)) {
            is_more = true;
            continue;
        }
        state.told_number = number;
        state.told_hits = state.hits;
    }
    return is_more;
}

ReplySampler::ReplySampler(Loop& loop) : timer_(loop, [this] { is_due_ = true; }) {}

void ReplySampler::touch(Replier& replier) {
    list_.push_back(replier.with_news);
    if (!timer_.is_running()) is_due_ = true;
}

void ReplySampler::run_if_due() {
    if (!is_due_) return;
    is_due_ = false;
    if (list_.is_empty()) return;
    list_.for_each([](Replier& replier) {
        if (!replier.tell_hits()) replier.with_news.leave();
    });
    timer_.start(kSampleIntervalNs);
}

}  // namespace net::service
