// An endpoint's automatic replies, carried out: who gets which answer, when, and when it is enough.
//
// Its limits: answers a second (Replies::most_per_second), what comparing may cost a second (kMostStepsPerSecond), what waits for a client (Connection pauses its reading).
// Thread: network thread only. Lifetime: owned by its Endpoint, longer than the ReplyStreams of its connections.
#pragma once

#include "net/channel/event.h"
#include "net/service/intrusive_list.h"
#include "net/service/loop.h"
#include "net/service/reply_plan.h"
#include "net/service/reply_stream.h"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace net::service {

class Connection;
class Connections;
class Endpoint;

// About a quarter of a second of a processor.
inline constexpr std::uint64_t kMostStepsPerSecond = 5'000'000;
// A client to which so much is still to be sent gets nothing relayed from one that has gone already and cannot be made to wait.
inline constexpr std::uint64_t kMostRelayBacklogBytes = std::uint64_t{1} << 20U;

class Replier {
  public:
    Replier(Connections& all, Endpoint& endpoint, std::unique_ptr<ReplyPlan> plan);
    // Tells what was not told yet. The streams are gone, or are told to forget it.
    ~Replier();

    [[nodiscard]] const ReplyPlan& plan() const { return *plan_; }
    // Each connection needs a ReplyStream.
    [[nodiscard]] bool looks() const { return plan_->looks_at_messages || plan_->looks_at_streams; }

    // ---- For Connection. ----
    void opened(Connection& connection);
    void closed(Connection& connection, channel::CloseReason reason, int code);
    // A client of the relay reads slowly: nobody is read from until it has caught up, or has read nothing for too long.
    [[nodiscard]] bool waits_for_slow() const { return slow_ > 0; }
    // The kernel has taken bytes of this one.
    void was_sent(ReplyStream& stream);

    // ---- For ReplyStream. ----
    void message(ReplyStream& from, std::span<const std::uint8_t> payload);
    void stream_hit(ReplyStream& from, std::uint32_t rule);
    void too_long(ReplyStream& from);
    void was_read(ReplyStream& stream);
    // One answer is to be sent now. False: beyond the limit, and `left` of them are left out.
    [[nodiscard]] bool may_answer(std::uint64_t left = 1);
    void delay(ReplyStream& stream, Answer&& answer);

    // ---- Samples of hits (ReplySampler). ----
    // True: something is still to be told.
    [[nodiscard]] bool tell_hits();
    ListNode<Replier> with_news;

  private:
    struct RuleState {
        std::uint64_t hits = 0;
        channel::ConnectionId connection{};
        std::int64_t time_ns = 0;
        std::uint64_t told_hits = 0;
        std::uint64_t told_number = 0;
        bool was_cost_told = false;
    };
    struct Delayed {
        ReplyStream* stream = nullptr;
        Answer answer;
    };

    [[nodiscard]] bool is_at_rest(std::size_t rule) const;
    [[nodiscard]] bool fits(ReplyStream& from,
                            std::size_t rule,
                            std::span<const std::uint8_t> payload,
                            bytes::ReplyValues& values);
    void hit(ReplyStream& from, std::size_t rule, bytes::ReplyValues& values);
    void relay(Connection& from, std::span<const std::uint8_t> payload);
    void relay_to_others(const Connection& from, const SharedBytes& bytes);
    void relay_to(Connection& to, const SharedBytes& bytes, bool can_wait);
    void tell_too_costly(ReplyStream& from, std::size_t rule);
    void tell_failed(const Connection& about, const std::string& message);
    void tell_limited();
    void begin_second();
    void answers_are_due();
    void gaps_are_over();
    void look_for_stuck();
    void no_longer_slow(ReplyStream& stream);
    [[nodiscard]] channel::ReplyHits sample_of(std::size_t rule) const;

    Connections& all_;
    Endpoint& endpoint_;
    const std::unique_ptr<ReplyPlan> plan_;
    std::vector<RuleState> rules_;
    std::multimap<std::int64_t, Delayed> delayed_;  // by when they are due, on the steady clock
    Timer delay_timer_;
    Timer second_timer_;
    Timer idle_timer_;
    Timer slow_timer_;
    IntrusiveList<ReplyStream> idling_;  // by deadline: the gap is the same for all
    std::int64_t second_began_ns_ = 0;
    std::uint64_t answers_ = 0;  // in this second
    std::uint64_t steps_ = 0;    // in this second
    std::uint64_t left_out_ = 0;
    std::uint64_t told_left_out_ = 0;
    std::uint64_t slow_ = 0;
};

// Tells hits about ten times a second, when nothing else is to be told. Thread: network thread only.
class ReplySampler {
  public:
    explicit ReplySampler(Loop& loop);
    void touch(Replier& replier);
    void run_if_due();
    void close() { timer_.close(); }

  private:
    Timer timer_;
    bool is_due_ = false;
    IntrusiveList<Replier> list_;
};

}  // namespace net::service
