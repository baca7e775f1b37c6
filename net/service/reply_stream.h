// One connection's side of automatic replies: what it has sent us as messages, and the answers that wait for it.
//
// Bytes are taken where they are read and looked at after they are in the batch (Connection::read()), in small pieces, as long as the connection's answers are few: what is
// left is looked at when they have been sent, and until then the connection is not read from. So it holds a read, a message of at most kMostReplyMessageBytes, and little more.
// Thread: network thread only. Lifetime: owned by its Connection, while its endpoint's Replier lives.
#pragma once

#include "net/bytes/framing.h"
#include "net/capture/stream_matcher.h"
#include "net/channel/replies.h"
#include "net/service/intrusive_list.h"
#include "net/service/send_queue.h"

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace net::service {

class Connection;
class Replier;

// An answer on its way: `remaining` times, `delay_ns` apart.
struct Answer {
    SharedBytes bytes = {};  // null: none, only what comes after
    std::uint32_t remaining = 1;
    std::int64_t delay_ns = 0;
    channel::ReplyThen then{};
};

class ReplyStream {
  public:
    ReplyStream(Connection& connection, Replier& replier);

    // Before a read: the gap may have passed without anyone having looked.
    void begin_read(std::int64_t now_ns);
    // Bytes of a read: kept.
    void take(std::span<const std::uint8_t> bytes);
    // Looks at what was taken, answers what fits, sends answers that are due, until nothing is left or the connection has to wait.
    void go_on();
    // The peer has ended its stream; with an idle gap: the gap has passed.
    void end();
    void idle();
    // Nothing is answered any more: it is being closed.
    void drop();

    void push(Answer&& answer) { waiting_.push_back(std::move(answer)); }
    // Answers that wait for their delay, in Replier.
    void delay_began(std::uint64_t bytes) { delayed_bytes_ += bytes; }
    void delay_ended(std::uint64_t bytes) { delayed_bytes_ -= bytes; }
    [[nodiscard]] std::uint64_t delayed_bytes() const { return delayed_bytes_; }

    // Something is left to look at or to send: nothing may be read.
    [[nodiscard]] bool has_backlog() const {
        return !waiting_.empty() || next_frame_ < frames_.size() || next_hit_ < hits_.size() ||
               fed_ < end_offset();
    }
    // Answers are still to come: it must not be closed because the peer has ended.
    [[nodiscard]] bool is_busy() const { return has_backlog() || delayed_bytes_ > 0; }
    [[nodiscard]] Connection& connection() { return connection_; }

    // Of the relay: this one reads slowly; it has read nothing for long and is not waited for.
    bool is_slow = false;
    bool is_stuck = false;
    std::int64_t took_ns = 0;  // steady clock: when the kernel took bytes last
    // Of the idle gap.
    ListNode<ReplyStream> idling;
    std::int64_t idle_deadline_ns = 0;
    bool has_joined = false;

  private:
    struct Hit {
        std::uint64_t end = 0;  // in the stream
        std::uint32_t rule = 0;
    };
    [[nodiscard]] std::uint64_t end_offset() const { return base_ + bytes_.size(); }
    [[nodiscard]] bool may_go_on() const;
    // False: nothing is left.
    [[nodiscard]] bool step();
    void feed_some();
    void find_in(std::span<const std::uint8_t> bytes);
    void handle(const bytes::Frame& frame);
    void forget_handled();

    Connection& connection_;
    Replier& replier_;
    bytes::Framer framer_;
    std::vector<capture::StreamMatcher::OwnStream> streams_;  // of the stream rules, in their order
    std::vector<std::uint8_t> bytes_;   // from the begin of the first message that is not through
    std::uint64_t base_ = 0;            // the place of bytes_.front() in the stream
    std::uint64_t fed_ = 0;             // so far the stream was looked at
    std::uint64_t frame_begin_ = 0;     // of frames_[next_frame_], or of the one that has not ended
    std::vector<bytes::Frame> frames_;  // that have ended
    std::size_t next_frame_ = 0;
    std::vector<Hit> hits_;  // by their ends
    std::size_t next_hit_ = 0;
    std::deque<Answer> waiting_;
    std::uint64_t delayed_bytes_ = 0;
    bool was_long_told_ = false;
    bool is_in_step_ = false;
};

}  // namespace net::service
