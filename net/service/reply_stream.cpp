#include "net/service/reply_stream.h"

#include "net/service/connection.h"
#include "net/service/replier.h"

#include <algorithm>
#include <utility>

namespace net::service {

using bytes::Frame;
using bytes::FramingKind;

namespace {

// Looked at in one go. What was found in it waits, so this is a bound: as many frames as bytes, and as many hits of each stream rule.
constexpr std::size_t kPieceBytes = 4096;
// An empty stream keeps at most this much, ten thousand times.
constexpr std::size_t kKeptBytes = 4096;

}  // namespace

ReplyStream::ReplyStream(Connection& connection, Replier& replier)
    : idling(*this),
      connection_(connection),
      replier_(replier),
      framer_(replier.plan().framer) {
    for (const PlannedRule& rule : replier.plan().rules)
        if (rule.matcher != nullptr) streams_.push_back(rule.matcher->begin());
}

void ReplyStream::take(std::span<const std::uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

bool ReplyStream::may_go_on() const {
    return connection_.may_answer() || connection_.is_lost();
}

void ReplyStream::go_on() {
    // What an answer brings about may end here again (a relay to a client that is closed for it).
    if (is_in_step_) return;
    is_in_step_ = true;
    while (may_go_on() && step()) {
    }
    is_in_step_ = false;
    if (connection_.is_closing()) drop();
    forget_handled();
}

bool ReplyStream::step() {
    if (!waiting_.empty()) {
        Answer& answer = waiting_.front();
        if (answer.bytes == nullptr || connection_.is_lost() ||
            !replier_.may_answer(answer.remaining)) {
            answer.remaining = 1;  // none of them is sent
        } else {
            connection_.answer(answer.bytes);
        }
        if (answer.remaining > 1) {
            --answer.remaining;
            if (answer.delay_ns == 0) return true;
            Answer later = std::move(answer);
            waiting_.pop_front();
            replier_.delay(*this, std::move(later));
            return true;
        }
        const channel::ReplyThen then = answer.then;
        waiting_.pop_front();
        if (then == channel::ReplyThen::kClose) connection_.close_in_order();
        if (then == channel::ReplyThen::kReset) connection_.reset_once_sent();
        return true;
    }
    const bool has_frame = next_frame_ < frames_.size();
    const std::uint64_t frame_end = has_frame ? frame_begin_ + frames_[next_frame_].bytes : 0;
    if (next_hit_ < hits_.size() && (!has_frame || hits_[next_hit_].end <= frame_end)) {
        replier_.stream_hit(*this, hits_[next_hit_++].rule);
        return true;
    }
    if (has_frame) {
        const Frame frame = frames_[next_frame_++];
        handle(frame);
        frame_begin_ = frame_end;
        return true;
    }
    if (fed_ == end_offset()) return false;
    feed_some();
    return true;
}

void ReplyStream::feed_some() {
    frames_.clear();
    hits_.clear();
    next_frame_ = next_hit_ = 0;
    const bool is_whole_read = replier_.plan().replies.framing.kind == FramingKind::kNone;
    auto piece = std::span(bytes_).subspan(static_cast<std::size_t>(fed_ - base_));
    if (!is_whole_read) piece = piece.first(std::min(piece.size(), kPieceBytes));
    find_in(piece);
    if (replier_.plan().looks_at_messages) {
        // The gaps between reads are timed by idle(), on the clock that is never set back.
        framer_.feed(piece, 0, [this](const Frame& frame) { frames_.push_back(frame); });
    } else {
        frame_begin_ = fed_ + piece.size();
    }
    fed_ += piece.size();
}

void ReplyStream::find_in(std::span<const std::uint8_t> piece) {
    std::vector<std::uint64_t> ends;
    std::size_t stream = 0;
    const auto& rules = replier_.plan().rules;
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
        if (rules[i].matcher == nullptr) continue;
        const auto& own = streams_[stream++];
        if (own == nullptr) continue;
        ends.clear();
        rules[i].matcher->feed(*own, piece, ends);
        for (const std::uint64_t end : ends)
            hits_.push_back({.end = end, .rule = i});
    }
    std::stable_sort(hits_.begin(), hits_.end(),
                     [](const Hit& a, const Hit& b) { return a.end < b.end; });
}

void ReplyStream::handle(const Frame& frame) {
    if (frame.status != bytes::FrameStatus::kWhole) return;
    if (frame.bytes > channel::kMostReplyMessageBytes || frame_begin_ < base_) {
        if (!std::exchange(was_long_told_, true)) replier_.too_long(*this);
        return;
    }
    const auto whole = std::span(bytes_).subspan(static_cast<std::size_t>(frame_begin_ - base_),
                                                 static_cast<std::size_t>(frame.bytes));
    const bytes::Framing& framing = replier_.plan().replies.framing;
    if (framing.kind == FramingKind::kSlip || framing.kind == FramingKind::kCobs) {
        if (frame.header_bytes == frame.bytes) return;  // leading ends alone are no message
        replier_.message(*this, bytes::payload(framing, frame, whole));
        return;
    }
    replier_.message(*this, whole.subspan(frame.header_bytes,
                                          whole.size() - frame.header_bytes - frame.trailer_bytes));
}

void ReplyStream::forget_handled() {
    std::uint64_t keep_from = std::max(base_, frame_begin_);
    if (next_frame_ == frames_.size() && fed_ == end_offset() &&
        end_offset() - frame_begin_ > channel::kMostReplyMessageBytes) {
        // It will be too long whatever comes; what may be the begin of the next message is kept.
        keep_from = std::max(keep_from, fed_ - std::min(fed_, framer_.held_bytes()));
    }
    const auto gone = static_cast<std::ptrdiff_t>(keep_from - base_);
    if (gone == 0) return;
    bytes_.erase(bytes_.begin(), bytes_.begin() + gone);
    base_ = keep_from;
    if (bytes_.empty() && bytes_.capacity() > kKeptBytes) std::vector<std::uint8_t>{}.swap(bytes_);
    if (next_frame_ == frames_.size() && frames_.capacity() > kKeptBytes / sizeof(Frame)) {
        std::vector<Frame>{}.swap(frames_);
        next_frame_ = 0;
    }
}

void ReplyStream::end() {
    idling.leave();
    if (!replier_.plan().looks_at_messages || has_backlog()) return;
    frames_.clear();
    next_frame_ = 0;
    framer_.end([this](const Frame& frame) { frames_.push_back(frame); });
    go_on();
}

void ReplyStream::idle() {
    if (has_backlog()) {
        replier_.was_read(*this);
    } else {
        end();
    }
}

void ReplyStream::begin_read(std::int64_t now_ns) {
    if (idling.is_listed() && idle_deadline_ns <= now_ns) end();
}

void ReplyStream::drop() {
    waiting_.clear();
    frames_.clear();
    hits_.clear();
    next_frame_ = next_hit_ = 0;
    idling.leave();
    std::vector<std::uint8_t>{}.swap(bytes_);
    base_ = frame_begin_ = fed_;
}

}  // namespace net::service
