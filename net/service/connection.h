// One TCP connection: reads into the capture, sends what is queued, and finds out truly why it ended.
//
// Reads happen when the socket is readable; sends only at the end of a turn, after everything read has been stored and told (Connections::run_due).
// The reason for an end is what recv(2) said last, never what poll or libuv said (RELIABILITY.md F1, F2).
// Thread: network thread only. Lifetime: owned by Connections; deleted at the end of the turn in which it closed.
#pragma once

#include "net/capture/pcapng_writer.h"
#include "net/service/endpoint.h"
#include "net/service/intrusive_list.h"
#include "net/service/loop.h"
#include "net/service/queue_feeder.h"
#include "net/service/reply_stream.h"
#include "net/service/send_queue.h"
#include "net/service/socket.h"
#include "net/service/stats.h"

#include <cstdint>
#include <memory>

namespace net::service {

class Connections;

// A connection whose answers (echo, replies) come to more than the first is not read from until they have sunk to the second. They may grow above it by a turn's
// reading (RELIABILITY.md T13: at most 1 MiB a socket).
inline constexpr std::uint64_t kAnswersHighMarkBytes = std::uint64_t{256} * 1024;
inline constexpr std::uint64_t kAnswersLowMarkBytes = std::uint64_t{64} * 1024;

class Connection final : private PollHandler {
  public:
    // `flow` has everything that Writer::opened() wants to be set. Tells nothing yet: start() does.
    Connection(Connections& all, Endpoint& endpoint, UniqueFd fd, const capture::Flow& flow);

    // Records and tells the opening, queues the greeting, and reads at once what is there. `lost_with`: see Connections::open().
    void start(int lost_with);

    // Queues, to be sent at the end of the turn. False: over the limit, or nothing can be sent any more; nothing is queued then.
    [[nodiscard]] int queue(const SharedBytes& bytes);  // 0, ENOBUFS, EPIPE
    // Sends what is queued, then FIN, reads until the peer's end; Connections resets it at the limit.
    void close_in_order();
    // RST at once.
    void abort();
    // The end of the turn: sends what the kernel takes, goes on with closing.
    void run_due();
    // After a pause.
    void resume();
    // Paused while it waited for the end of a turn: must not be polled for writing in the meantime.
    void park();

    // ---- Automatic replies. ----
    // Null: nothing is looked at.
    [[nodiscard]] ReplyStream* replies() const { return replies_.get(); }
    void end_replies() { replies_.reset(); }
    void begin_replies();
    // Queues; nothing, where nothing can be sent any more.
    void answer(const SharedBytes& bytes);
    [[nodiscard]] std::uint64_t answer_bytes() const { return queue_.answer_bytes(); }
    // Not more than a few answers wait, for it or for slow clients of the relay.
    [[nodiscard]] bool may_answer() const;
    [[nodiscard]] bool is_lost() const { return lost_with_ != 0 || is_broken_ || !is_open_; }
    [[nodiscard]] bool is_closing() const { return is_closing_here_; }
    // RST once everything queued has been sent, or the time to close is up.
    void reset_once_sent();
    // Looks at the end of the turn for what it may go on with.
    void wake() {
        if (is_open_) want_turn();
    }

    [[nodiscard]] channel::ConnectionId id() const { return flow_.connection; }
    [[nodiscard]] const capture::Flow& flow() const { return flow_; }
    [[nodiscard]] int descriptor() const { return fd_.get(); }
    [[nodiscard]] bool is_reading_paused() const { return is_parked_ || is_answer_paused_; }
    [[nodiscard]] std::uint64_t queued_bytes() const { return queue_.bytes(); }
    [[nodiscard]] std::size_t queued_sends() const { return queue_.pieces(); }
    // What send(2) took in its life, and what was ever queued.
    [[nodiscard]] std::uint64_t sent_in_all() const { return sent_; }
    [[nodiscard]] std::uint64_t queued_in_all() const { return sent_ + queue_.bytes(); }
    // Whether queue() takes anything.
    [[nodiscard]] bool can_queue() const {
        return is_open_ && !is_closing_here_ && !resets_once_sent_ && lost_with_ == 0;
    }
    // The same, and it is not about to close for its peer's end either.
    [[nodiscard]] bool takes_more() const {
        return can_queue() && (!has_peer_ended_ || stays_half_open());
    }
    // See queue_feeder.h.
    void add_feeder(QueueFeeder& feeder) { feeders_.push_back(feeder.of_connection); }
    void remove_feeder(QueueFeeder& feeder);
    // Recorder::tellings() at the opening: the frame side knows of this connection once that is greater.
    [[nodiscard]] std::uint64_t opened_at_telling() const { return opened_at_telling_; }

    // Of Connections and the sampler.
    SampleState sample;
    ListNode<Connection> of_endpoint;
    ListNode<Connection> due;      // has something to do at the end of the turn
    ListNode<Connection> parked;   // waits for the pause to end
    ListNode<Connection> closing;  // has until closing_deadline_ns
    std::int64_t closing_deadline_ns = 0;
    bool is_mirrored = false;  // the other end is ours too, and known

  private:
    void on_poll(int status, int events) override;
    // Reads until the kernel is empty or the turn's share is used up; with `is_broken_` until the end.
    void read();
    void read_zero();
    [[nodiscard]] bool has_to_wait() const;
    void look_at_replies();
    void send_failed(int error);
    void queue_is_empty();
    [[nodiscard]] bool stays_half_open() const {
        return endpoint_.keeps_half_open() || !feeders_.is_empty();
    }
    void finish(channel::CloseReason reason, int code, bool with_reset);
    void finish_with_error(int error);
    void want_turn();
    void update_interest();

    Connections& all_;
    Endpoint& endpoint_;
    UniqueFd fd_;
    Poll poll_;
    capture::Flow flow_;
    SendQueue queue_;
    IntrusiveList<QueueFeeder> feeders_;
    std::uint64_t opened_at_telling_ = 0;
    std::uint64_t received_ = 0;  // what recv(2) returned
    std::uint64_t sent_ = 0;      // what send(2) took
    // Taken from the socket by send(2) or SO_ERROR: it is over, but what is left to read is read before this counts.
    int lost_with_ = 0;
    std::unique_ptr<ReplyStream> replies_;
    bool is_open_ = true;
    bool is_parked_ = false;         // the room reads nothing at the moment
    bool is_answer_paused_ = false;  // its answers are many: the peer sends faster than it reads
    bool has_peer_ended_ = false;
    bool is_closing_here_ = false;
    bool has_shut_down_ = false;
    bool resets_once_sent_ = false;
    bool is_broken_ =
        false;  // the kernel reported an error: no end of waiting, only data, an end or an errno
    bool waits_for_room_ = false;  // send(2) said EAGAIN
};

}  // namespace net::service
