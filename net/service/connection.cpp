#include "net/service/connection.h"

#include "net/service/clock.h"
#include "net/service/connections.h"
#include "net/service/recorder.h"
#include "net/service/replier.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::service {

using channel::CloseReason;
using channel::Direction;

namespace {

constexpr std::size_t kCopiedAnswerBytes = 1024;

}  // namespace

Connection::Connection(Connections& all, Endpoint& endpoint, UniqueFd fd, const capture::Flow& flow)
    : sample(*this),
      of_endpoint(*this),
      due(*this),
      parked(*this),
      closing(*this),
      all_(all),
      endpoint_(endpoint),
      fd_(std::move(fd)),
      flow_(flow) {
    if (endpoint.replier() != nullptr && endpoint.replier()->looks())
        replies_ = std::make_unique<ReplyStream>(*this, *endpoint.replier());
}

void Connection::start(int lost_with) {
    lost_with_ = lost_with;
    is_broken_ = lost_with != 0;
    Recorder& recorder = all_.recorder();
    const std::int64_t now = wall_time_ns();
    recorder.writer().opened(flow_, now);
    opened_at_telling_ = recorder.tellings();
    recorder.tell(channel::ConnectionOpened{.connection = id(),
                                            .endpoint = endpoint_.id(),
                                            .local = flow_.local,
                                            .peer = flow_.peer,
                                            .time_ns = now});
    all_.sampler().touch(*this);
    if (endpoint_.greeting() != nullptr && lost_with == 0) {
        queue_.append(endpoint_.greeting());
        want_turn();
    }
    if (endpoint_.replier() != nullptr && lost_with == 0) endpoint_.replier()->opened(*this);
    // Peers that send or leave at once are served without asking the kernel to watch the socket first.
    if (recorder.may_proceed()) {
        read();
    } else {
        park();
    }
}

// ---- Reading ----

void Connection::on_poll(int status, int events) {
    if (!is_open_) return;
    if (status < 0) is_broken_ = true;
    if ((events & UV_WRITABLE) != 0) {
        // Nothing is sent before everything that was read has been stored and told: at the end of this turn.
        waits_for_room_ = false;
        want_turn();
    }
    if (!all_.recorder().may_proceed()) {
        park();  // whatever it was: level-triggered readiness would keep the loop busy during the pause
        return;
    }
    if (is_broken_ || (events & (UV_READABLE | UV_PRIORITIZED)) != 0) read();
}

void Connection::read() {
    Recorder& recorder = all_.recorder();
    capture::Writer& writer = recorder.writer();
    const std::size_t most = all_.share();
    std::size_t taken = 0;
    if (replies_ != nullptr && !is_broken_ && has_to_wait()) {
        is_answer_paused_ = true;  // in this turn already: others have brought it about
        update_interest();
        return;
    }
    while (taken < most) {
        if (!recorder.may_proceed()) {
            park();
            return;
        }
        if (replies_ != nullptr) replies_->begin_read(steady_time_ns());
        const std::span<std::uint8_t> room = writer.reserve(flow_);
        if (room.empty()) {  // the batch is full
            if (recorder.flush()) continue;
            park();
            return;
        }
        const ssize_t n = ::recv(fd_.get(), room.data(), room.size(), 0);
        if (n > 0) {
            const auto size = static_cast<std::size_t>(n);
            const std::int64_t now = wall_time_ns();
            recorder.count_received(size);
            received_ += size;
            taken += size;
            all_.count_call(size);
            // The bytes are in the batch only until the next call of the writer, so an echo is queued first; it is sent after they are stored.
            if (endpoint_.echoes() && !is_closing_here_ && lost_with_ == 0) {
                queue_.append_copy(room.first(size));
                want_turn();
            }
            if (replies_ != nullptr && !is_closing_here_) replies_->take(room.first(size));
            recorder.tell_received(id(), writer.commit(flow_, size, now), now);
            all_.sampler().touch(*this);
            if (replies_ != nullptr && !is_closing_here_) look_at_replies();
            // A short read: empty for now, or an urgent mark. The socket is watched level-triggered, so either way nothing is lost by asking later.
            if (size < room.size() && !is_broken_) break;
            if (has_to_wait() && !is_broken_) break;
            continue;
        }
        if (n == 0) {
            read_zero();
            return;
        }
        const int error = errno;
        if (error == EINTR) continue;
        if (error != EAGAIN) {
            finish_with_error(error);
            return;
        }
        if (is_broken_) {
            const int pending_error = take_socket_error(fd_.get());
            if (pending_error != 0 || lost_with_ != 0) {
                finish_with_error(pending_error != 0 ? pending_error : lost_with_);
                return;
            }
            is_broken_ = false;  // an error that has gone again: go on as before
        }
        break;
    }
    is_answer_paused_ = has_to_wait();
    update_interest();
}

void Connection::look_at_replies() {
    replies_->go_on();
    if (endpoint_.replier() != nullptr) endpoint_.replier()->was_read(*replies_);
}

// The peer sends faster than it reads. Once we close nothing more is answered, and its end has to be read.
bool Connection::has_to_wait() const {
    if (is_closing_here_) return false;
    if (replies_ != nullptr && (replies_->has_backlog() || !may_answer())) return true;
    return (endpoint_.echoes() || replies_ != nullptr) &&
           queue_.answer_bytes() > kAnswersHighMarkBytes;
}

void Connection::read_zero() {
    if (lost_with_ != 0) {  // send(2) has taken the reset's errno away from recv(2)
        finish_with_error(lost_with_);
        return;
    }
    const bool is_second_zero = has_peer_ended_ && !is_broken_;
    if (!has_peer_ended_) {
        has_peer_ended_ = true;
        const std::int64_t now = wall_time_ns();
        all_.recorder().writer().ended(flow_, Direction::kReceived, now);
        all_.recorder().tell(channel::PeerEnded{.connection = id(), .time_ns = now});
        all_.sampler().touch(*this);
    }
    if (is_broken_ || is_second_zero) {
        // The stream ended in order and was reset after: that matters only to what we would still send.
        is_broken_ = false;
        int error = take_socket_error(fd_.get());
        if (error == 0 && is_second_zero)
            error = ECONNRESET;  // nothing but a hang-up brings us here again
        if (error != 0 && (!queue_.is_empty() || (stays_half_open() && !is_closing_here_))) {
            finish_with_error(error);
            return;
        }
    }
    if (replies_ != nullptr && !is_closing_here_) replies_->end();
    if (!is_open_) return;
    // What is queued goes out first; with an empty queue there is nothing to wait for.
    if (queue_.is_empty()) {
        queue_is_empty();
    } else {
        want_turn();
    }
    if (is_open_) update_interest();
}

// ---- Sending ----

int Connection::queue(const SharedBytes& bytes) {
    if (!can_queue()) return EPIPE;
    if (queue_.bytes() + bytes->size() > all_.config().send_queue_limit_bytes) return ENOBUFS;
    queue_.append(bytes);
    all_.sampler().touch(*this);
    want_turn();
    return 0;
}

void Connection::run_due() {
    if (!is_open_) return;
    Recorder& recorder = all_.recorder();
    const std::size_t most = all_.share();
    std::size_t taken = 0;
    waits_for_room_ = false;
    while (!queue_.is_empty()) {
        if (taken >= most) {  // others wait too
            waits_for_room_ = true;
            break;
        }
        if (!recorder.may_proceed()) {
            want_turn();
            park();
            return;
        }
        auto bytes = queue_.front();
        bytes = bytes.first(std::min(bytes.size(), capture::kMostReadBytes));
        const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n > 0) {
            const auto size = static_cast<std::size_t>(n);
            const std::int64_t now = wall_time_ns();
            recorder.count_sent(size);
            sent_ += size;
            taken += size;
            all_.count_call(size);
            recorder.tell_sent(id(), recorder.writer().record_sent(flow_, bytes.first(size), now),
                               now);
            all_.sampler().touch(*this);
            queue_.consume(size);
            if (recorder.writer().is_full())
                (void)recorder.flush();  // if it cannot, may_proceed() says so
            if (size < bytes.size()) {
                waits_for_room_ = true;
                break;
            }
            continue;
        }
        const int error = n < 0 ? errno : EAGAIN;
        if (error == EINTR) continue;
        if (error == EAGAIN) {
            waits_for_room_ = true;
            break;
        }
        send_failed(error);
        return;
    }
    if (replies_ != nullptr && taken > 0) endpoint_.replier()->was_sent(*replies_);
    if (queue_.answer_bytes() <= kAnswersLowMarkBytes) {
        if (replies_ != nullptr && !is_closing_here_) replies_->go_on();
        if (is_answer_paused_ && !has_to_wait()) is_answer_paused_ = false;
    }
    feeders_.for_each([this](QueueFeeder& feeder) { feeder.queue_moved(*this); });
    if (queue_.is_empty()) queue_is_empty();
    if (is_open_) update_interest();
}

void Connection::send_failed(int error) {
    // The errno has been taken from the socket, but what the peer sent before is still there to read.
    if (lost_with_ == 0) lost_with_ = error;
    is_broken_ = true;
    if (all_.recorder().may_proceed()) {
        read();
    } else {
        park();
    }
}

void Connection::remove_feeder(QueueFeeder& feeder) {
    feeder.of_connection.leave();
    if (has_peer_ended_) want_turn();  // perhaps it was all that it waited for
}

void Connection::queue_is_empty() {
    if (resets_once_sent_) {
        abort();
    } else if (has_peer_ended_ && is_closing_here_) {
        finish(CloseReason::kClosedHere, 0, false);
    } else if (has_peer_ended_ && !is_closing_here_ && replies_ != nullptr && replies_->is_busy()) {
        // Answers are still to come.
    } else if (has_peer_ended_ && !stays_half_open()) {
        finish(CloseReason::kEndOfStream, 0, false);
    } else if (is_closing_here_ && !has_shut_down_) {
        has_shut_down_ = true;
        if (::shutdown(fd_.get(), SHUT_WR) == 0) {
            all_.recorder().writer().ended(flow_, Direction::kSent, wall_time_ns());
        }  // ENOTCONN: reset meanwhile, which the next read says
    }
}

// ---- Closing ----

void Connection::close_in_order() {
    if (!is_open_ || is_closing_here_) return;
    is_closing_here_ = true;
    all_.limit_closing(*this);
    want_turn();
    if (is_answer_paused_) {
        is_answer_paused_ = false;  // nothing more is echoed
        update_interest();
    }
}

void Connection::begin_replies() {
    if (endpoint_.replier() != nullptr && endpoint_.replier()->looks()) {
        replies_ = std::make_unique<ReplyStream>(*this, *endpoint_.replier());
        replies_->has_joined = true;
    }
    want_turn();  // what it waited for may be gone
}

void Connection::answer(const SharedBytes& bytes) {
    if (!is_open_ || is_closing_here_ || resets_once_sent_ || lost_with_ != 0) return;
    // Many short ones are one send.
    if (bytes->size() <= kCopiedAnswerBytes) {
        queue_.append_copy(*bytes);
    } else {
        queue_.append(bytes, SendQueue::Kind::kAnswer);
    }
    want_turn();
}

bool Connection::may_answer() const {
    if (!is_open_ || is_closing_here_ || resets_once_sent_) return false;
    if (endpoint_.replier() != nullptr && endpoint_.replier()->waits_for_slow()) return false;
    const std::uint64_t delayed = replies_ == nullptr ? 0 : replies_->delayed_bytes();
    return queue_.answer_bytes() + delayed <= kAnswersHighMarkBytes;
}

void Connection::reset_once_sent() {
    if (!is_open_ || resets_once_sent_) return;
    resets_once_sent_ = true;
    all_.limit_closing(*this);
    want_turn();
}

void Connection::abort() {
    finish(CloseReason::kClosedHere, 0, true);
}

void Connection::finish_with_error(int error) {
    switch (error) {
        case EPIPE:  // a reset in a half-closed state, as send(2) and SO_ERROR call it
        case ECONNRESET: finish(CloseReason::kResetByPeer, ECONNRESET, false); break;
        case ETIMEDOUT: finish(CloseReason::kTimedOut, error, false); break;
        default: finish(CloseReason::kError, error, false); break;
    }
}

void Connection::finish(CloseReason reason, int code, bool with_reset) {
    if (!is_open_) return;
    is_open_ = false;
    // What it has sent before is relayed all the same.
    if (replies_ != nullptr && !is_closing_here_) replies_->go_on();
    const channel::ConnectionClosed closed{.connection = id(),
                                           .reason = reason,
                                           .code = code,
                                           .time_ns = wall_time_ns(),
                                           .received = received_,
                                           .sent = sent_,
                                           .not_sent = queue_.bytes()};
    all_.recorder().writer().closed(flow_, closed, with_reset);
    all_.recorder().tell(closed);
    while (QueueFeeder* const feeder = feeders_.pop_front())
        feeder->connection_ended(*this, closed);
    poll_.close();
    if (with_reset) reset_on_close(fd_.get());
    fd_.reset();
    queue_.clear();
    of_endpoint.leave();
    sample.node.leave();
    due.leave();
    parked.leave();
    closing.leave();
    if (endpoint_.replier() != nullptr) endpoint_.replier()->closed(*this, reason, code);
    all_.bury(*this);
    endpoint_.connection_closed(is_closing_here_ || reason == CloseReason::kClosedHere);
}

// ---- What is watched ----

void Connection::want_turn() {
    all_.due.push_back(due);
}

void Connection::park() {
    is_parked_ = true;
    all_.sampler().touch(*this);  // its end is unknown now: ask TCP_INFO
    all_.parked.push_back(parked);
    poll_.watch(0);
}

void Connection::resume() {
    is_parked_ = false;
    if (!queue_.is_empty()) want_turn();
    if (is_broken_) {
        read();
    } else {
        update_interest();
    }
}

void Connection::update_interest() {
    if (!is_open_ || is_parked_) return;
    int events = 0;
    if (!has_peer_ended_ && !is_answer_paused_) events |= UV_READABLE;
    if (waits_for_room_) events |= UV_WRITABLE;
    // Ended by the peer and kept half open: only a reset is of interest, and that comes with any subscription. UV_READABLE would
    // report the end of the stream without end.
    if (events == 0) events = UV_PRIORITIZED;
    if (!poll_.is_open()) {
        const int error = poll_.open(all_.loop(), fd_.get(), *this);
        if (error != 0) {
            finish_with_error(error);
            return;
        }
    }
    poll_.watch(events);
}

}  // namespace net::service
