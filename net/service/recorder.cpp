#include "net/service/recorder.h"

#include "net/service/clock.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace net::service {

using channel::Event;
using channel::PauseCause;

namespace {

// A reader of `-w -` that is slow is back-pressure, no failure; the write itself has waited for it already.
constexpr std::int64_t kSlowReaderRetryNs = 1'000'000;
// Where the disk fails each new file, the next is made after twice as long: at the usual 200 ms, 51 s in the end.
constexpr std::uint32_t kMostDoublings = 8;

}  // namespace

Recorder::Recorder(Loop& loop,
                   channel::Link& link,
                   const capture::FileTable& files,
                   capture::Writer& writer,
                   const RecorderConfig& config,
                   std::function<void()> on_resumed)
    : link_(link),
      writer_(&writer),
      config_(config),
      on_resumed_(std::move(on_resumed)),
      retry_timer_(loop, [this] { retry(); }),
      mark_timer_(loop, [this] { is_mark_due_ = true; }),
      sync_(loop,
            files,
            writer.is_stream() ? 0 : config.sync_interval_ns,
            config.sync_hook,
            [this](const capture::Syncer::Result& result) { synced(result); }),
      most_pending_(std::max<std::size_t>(config.event_capacity / 4, 1)) {
    sync_.wrote(writer.file(), writer.flushed_end());
}

void Recorder::begin() {
    tell(channel::CaptureOpened{.file = writer_->file(), .path = writer_->path(), .is_live = true});
    if (sync_.error() == 0) return;
    auto failure = channel::make_failure(channel::Operation::kCapture, channel::EndpointId::kNone,
                                         writer_->path(), sync_.error(), wall_time_ns());
    failure.message +=
        "; the capture is written, but not synced: what a loss of power takes is up to the system";
    failure.is_final = false;
    note(channel::Failed{std::move(failure)});
}

void Recorder::note(Event&& event) {
    if (writer_ != nullptr) writer_->note(event);
    pending_.push_back(std::move(event));
}

void Recorder::recorded(channel::ConnectionId connection,
                        channel::Direction direction,
                        const capture::Stored& stored,
                        std::int64_t time_ns) {
    pending_.emplace_back(channel::Recorded{.connection = connection,
                                            .time_ns = time_ns,
                                            .offset = stored.offset,
                                            .size = stored.size,
                                            .file = stored.file,
                                            .direction = direction});
    if (pending_.size() >= most_pending_) must_look_ = true;
}

void Recorder::tell_received(channel::ConnectionId connection,
                             const capture::Stored& stored,
                             std::int64_t time_ns) {
    recorded(connection, channel::Direction::kReceived, stored, time_ns);
}

void Recorder::tell_sent(channel::ConnectionId connection,
                         const capture::Stored& stored,
                         std::int64_t time_ns) {
    recorded(connection, channel::Direction::kSent, stored, time_ns);
}

bool Recorder::look() {
    if (is_paused()) return false;
    if (pending_.size() >= most_pending_ && !flush()) return false;
    if (!overflow_.empty() || link_.is_above_high_mark()) {
        is_queue_paused_ = true;
        pause(PauseCause::kQueueFull);
        return false;
    }
    must_look_ = false;
    return true;
}

void Recorder::pause(PauseCause cause) {
    must_look_ = true;
    ++pauses_;
    note(channel::ReadingPaused{.cause = cause, .pauses = pauses_, .time_ns = wall_time_ns()});
}

bool Recorder::flush() {
    if (is_storage_blocked_) return false;
    if (writer_ == nullptr) {
        push_pending();
        return true;
    }
    int error = store();
    if (error == 0) {
        push_pending();
        want_mark();
        if (!writer_->is_file_full()) return true;
        error = leave_full_file();
    }
    if (error != 0) block(error);
    return error == 0;
}

// Also for what is about no bytes: whoever copies the file up to the newest mark is to have the openings and closings that are shown.
void Recorder::want_mark() {
    if (mark_timer_.is_running() || is_mark_due_ || writer_->flushed_end() == marked_end_) return;
    mark_timer_.start(config_.mark_interval_ns);
}

int Recorder::store() {
    if (bad_file_error_ == 0) {
        if (writer_->batched_bytes() == 0) return 0;
        const capture::WriteResult result = writer_->flush();
        if (result.error == 0) {
            sync_.wrote(writer_->file(), writer_->flushed_end());
            if (!sync_.is_syncing()) bad_files_in_a_row_ = 0;
            return 0;
        }
        trouble_ = {.path = writer_->path(), .because = {}};
        if (!result.is_file_bad || writer_->is_stream()) return result.error;
        bad_file_error_ = EIO;
        if (bad_files_in_a_row_ > 0) {
            trouble_.because = kNotAtOnce;
            return EIO;
        }
    }
    return leave_bad_file();
}

void Recorder::push_pending() {
    ++tellings_;
    told_counts_ = counts_;
    if (pending_.empty()) return;
    for (Event& event : pending_)
        emit(std::move(event));
    pending_.clear();
}

void Recorder::emit(Event&& event) {
    if (is_muted_) return;
    must_look_ = true;
    wants_wake_ = true;
    if (!overflow_.empty() || !link_.try_push(std::move(event)))
        overflow_.push_back(std::move(event));
}

void Recorder::block(int error) {
    is_storage_blocked_ = true;
    must_look_ = true;
    retry_timer_.start(retry_delay(error));
    ++pauses_;
    const std::int64_t now = wall_time_ns();
    storage_error_ = error;
    Event paused =
        channel::ReadingPaused{.cause = PauseCause::kStorage, .pauses = pauses_, .time_ns = now};
    writer_->note(paused);
    // What says so overtakes what cannot be stored: it is about no bytes, and the user must learn that the disk is full.
    if (error != EAGAIN) tell_failed(trouble_, error);
    emit(std::move(paused));
}

std::int64_t Recorder::retry_delay(int error) const {
    if (error == EAGAIN) return kSlowReaderRetryNs;
    if (bad_file_error_ == 0) return config_.storage_retry_ns;
    return config_.storage_retry_ns << std::min(bad_files_in_a_row_, kMostDoublings);
}

void Recorder::retry() {
    if (!is_storage_blocked_) return;
    int error = store();
    if (error == 0) {
        push_pending();
        if (writer_->is_file_full()) error = leave_full_file();
    }
    if (error == 0) {
        unblock();
        return;
    }
    if (error != storage_error_ && error != EAGAIN) {
        storage_error_ = error;
        tell_failed(trouble_, error);
        // What is told right before this is why: the pause goes on for another reason.
        emit(channel::ReadingPaused{
            .cause = PauseCause::kStorage, .pauses = pauses_, .time_ns = wall_time_ns()});
    }
    retry_timer_.start(retry_delay(error));
}

// Everything in the batch has been stored.
void Recorder::unblock() {
    is_storage_blocked_ = false;
    retry_timer_.stop();
    push_pending();
    note(channel::ReadingResumed{.cause = PauseCause::kStorage, .time_ns = wall_time_ns()});
    if (!is_paused()) on_resumed_();
}

void Recorder::settle() {
    for (;;) {
        while (!overflow_.empty() && link_.try_push(std::move(overflow_.front()))) {
            overflow_.pop_front();
            wants_wake_ = true;
        }
        if (overflow_.empty() && !is_queue_paused_) return;
        wake_frame();  // it has to know of what waits before it can drain to the low mark
        if (link_.wait_for_low_mark()) return;
        if (!overflow_.empty()) continue;
        is_queue_paused_ = false;
        note(channel::ReadingResumed{.cause = PauseCause::kQueueFull, .time_ns = wall_time_ns()});
        if (!is_paused()) on_resumed_();
        return;
    }
}

void Recorder::mark_if_due() {
    if (!is_mark_due_ || is_storage_blocked_ || !pending_.empty() || writer_ == nullptr) return;
    is_mark_due_ = false;
    if (counts_ != marked_counts_ || writer_->flushed_end() != marked_end_) push_mark();
}

void Recorder::push_mark() {
    marked_counts_ = counts_;
    marked_end_ = writer_->flushed_end();
    emit(channel::LedgerMark{.received = counts_.received,
                             .sent = counts_.sent,
                             .reads = counts_.calls,
                             .file = writer_->file(),
                             // What a full disk has kept out is not in the file.
                             .end_offset = writer_->flushed_end(),
                             .time_ns = wall_time_ns()});
}

bool Recorder::offer(Event&& event, std::uint64_t& number) {
    if (is_muted_ || is_queue_paused_ || !overflow_.empty() || link_.is_above_high_mark())
        return false;
    // A full disk holds up what is about bytes; a sample is not.
    if (!is_storage_blocked_ && !pending_.empty()) return false;
    if (!link_.try_push(std::move(event))) return false;
    number = link_.pushed();
    must_look_ = true;
    wants_wake_ = true;
    return true;
}

void Recorder::wake_frame() {
    if (!std::exchange(wants_wake_, false)) return;
    link_.wake_frame();
}

void Recorder::finish(std::uint64_t connections) {
    writer_->run_ended({.connections = connections,
                        .read_pauses = pauses_,
                        .datagrams_dropped = 0,
                        .loop_close_result = 0,
                        .time_ns = wall_time_ns()});
    int error = store();
    if (error != 0 && bad_file_error_ != 0) error = store();  // there is no later for another file
    if (error == 0) {
        is_storage_blocked_ = false;
        push_pending();
    } else {
        auto failure =
            channel::make_failure(channel::Operation::kCapture, channel::EndpointId::kNone,
                                  trouble_.path, error, wall_time_ns());
        failure.message += trouble_.because + "; not stored and not shown: " +
                           std::to_string(counts_.received - told_counts_.received) +
                           " bytes received, " + std::to_string(counts_.sent - told_counts_.sent) +
                           " bytes sent";
        emit(channel::Failed{std::move(failure)});
        // Bytes that are not stored are not told. How things ended is, for the list and the log.
        for (Event& event : pending_) {
            if (std::holds_alternative<channel::ConnectionClosed>(event) ||
                std::holds_alternative<channel::EndpointStopped>(event) ||
                std::holds_alternative<channel::Failed>(event))
                emit(std::move(event));
        }
        pending_.clear();
    }
    push_mark();
    writer_ = nullptr;
    for (const capture::Syncer::Result& result : sync_.finish()) {
        if (result.error != 0) tell_failed(trouble_of_sync(result), result.error);
    }
}

void Recorder::mute() {
    is_muted_ = true;
    overflow_.clear();
}

void Recorder::close() {
    retry_timer_.close();
    mark_timer_.close();
    sync_.close();
}

}  // namespace net::service
