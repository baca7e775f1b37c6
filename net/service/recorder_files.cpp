// Where the capture is: going on in a new file, and deleting old ones.
#include "net/bytes/escapes.h"
#include "net/service/clock.h"
#include "net/service/recorder.h"

#include <cerrno>
#include <utility>

namespace net::service {

using channel::CaptureChange;
using channel::Event;

void Recorder::tell_failed(const Trouble& trouble, int error) {
    auto failure = channel::make_failure(channel::Operation::kCapture, channel::EndpointId::kNone,
                                         trouble.path, error, wall_time_ns());
    failure.message += trouble.because;
    failure.is_final = false;
    Event failed = channel::Failed{std::move(failure)};
    if (writer_ != nullptr) writer_->note(failed);
    emit(std::move(failed));
}

void Recorder::tell_continued(const capture::Continuation& how, CaptureChange change) {
    const std::int64_t now = wall_time_ns();
    if (how.old_end != 0) {  // else there is nothing in it to count
        marked_counts_ = told_counts_;
        emit(channel::LedgerMark{.received = told_counts_.received,
                                 .sent = told_counts_.sent,
                                 .reads = told_counts_.calls,
                                 .file = how.old_file,
                                 .end_offset = how.old_end,
                                 .time_ns = now});
    }
    // What has not been told yet has not been stored yet, so all of it lies in the new file.
    for (Event& event : pending_) {
        auto* recorded = std::get_if<channel::Recorded>(&event);
        if (recorded == nullptr) continue;
        recorded->file = writer_->file();
        recorded->offset += how.shift;
    }
    marked_end_ = 0;
    emit(channel::CaptureOpened{
        .file = writer_->file(), .path = writer_->path(), .is_live = true, .change = change});
    sync_.wrote(writer_->file(), writer_->flushed_end());
    tell_dropped(how.dropped);
}

void Recorder::tell_dropped(const std::vector<capture::DroppedFile>& files) {
    for (const capture::DroppedFile& dropped : files) {
        sync_.forget(dropped.file);
        emit(channel::CaptureFileDropped{.file = dropped.file, .time_ns = wall_time_ns()});
    }
}

void Recorder::make_room_for_next(CaptureChange change, int error) {
    const auto dropped = writer_->drop_for_room(change, error);
    if (dropped.empty()) return;
    trouble_.because += "; the ring's oldest file was deleted to make room for the next";
    tell_dropped(dropped);
}

int Recorder::leave_full_file() {
    const auto how = writer_->continue_in({.change = CaptureChange::kRing});
    if (how.error != 0) {
        trouble_ = {.path = how.path_tried, .because = {}};
        make_room_for_next(CaptureChange::kRing, how.error);
        return how.error;
    }
    tell_continued(how, CaptureChange::kRing);
    tell_dropped(writer_->drop_beyond_ring());
    return 0;
}

int Recorder::leave_bad_file() {
    const std::string bad = writer_->path();
    const auto how = writer_->continue_in({.change = CaptureChange::kAfterError});
    if (how.error != 0) {
        trouble_ = {.path = how.path_tried,
                    .because = "; a new file is needed because writing " + bytes::printable(bad) +
                               " failed: " + channel::errno_name(bad_file_error_)};
        make_room_for_next(CaptureChange::kAfterError, how.error);
        return how.error;
    }
    const int error = std::exchange(bad_file_error_, 0);
    ++bad_files_in_a_row_;
    tell_failed({.path = bad,
                 .because = "; what it got last may be damaged, nothing more is written to it; the "
                            "capture goes on in " +
                            bytes::printable(writer_->path())},
                error);
    // Nothing falls out of a ring for this: a disk that fails costs none of the files that are good.
    tell_continued(how, CaptureChange::kAfterError);
    return 0;
}

void Recorder::synced(const capture::Syncer::Result& result) {
    if (writer_ == nullptr) return;
    if (result.error != 0) {
        sync_failed(result);
    } else if (result.file == writer_->file()) {
        bad_files_in_a_row_ = 0;
    }
}

void Recorder::sync_failed(const capture::Syncer::Result& result) {
    if (result.file != writer_->file()) {
        // One that the capture has left since.
        Trouble trouble = trouble_of_sync(result);
        if (trouble.path.empty()) return;  // and that has been dropped
        trouble.because += "; the capture goes on in " + bytes::printable(writer_->path());
        tell_failed(trouble, result.error);
        return;
    }
    bad_file_error_ = result.error;
    if (bad_files_in_a_row_ > 0) {
        trouble_ = trouble_of_sync(result);
        trouble_.because += kNotAtOnce;
        if (!is_storage_blocked_) block(result.error);
    } else if (is_storage_blocked_) {
        retry();
    } else {
        (void)flush();
    }
}

Recorder::Trouble Recorder::trouble_of_sync(const capture::Syncer::Result& result) const {
    return {.path = sync_.path_of(result.file), .because = "; what it got last may be damaged"};
}

void Recorder::set_bounds(const channel::CaptureBounds& bounds) {
    if (writer_ == nullptr) return;
    writer_->set_bounds(bounds);
    tell_dropped(writer_->drop_beyond_ring());
    retry();
}

void Recorder::move(const std::string& path, bool may_overwrite) {
    if (writer_ == nullptr) return;
    (void)flush();  // if it cannot, what waits goes along
    const auto how = writer_->continue_in({.change = CaptureChange::kMoved,
                                           .path = path,
                                           .may_overwrite = may_overwrite,
                                           .is_old_bad = bad_file_error_ != 0});
    if (how.error != 0) {
        tell_failed({.path = path, .because = "; the capture stays where it is"}, how.error);
        return;
    }
    bad_file_error_ = 0;
    bad_files_in_a_row_ = 0;  // another disk, perhaps
    tell_continued(how, CaptureChange::kMoved);
    if (is_storage_blocked_) unblock();
}

void Recorder::drop() {
    if (writer_ == nullptr) return;
    (void)flush();
    const auto how = writer_->continue_in({.change = CaptureChange::kDropped});
    if (how.error != 0) {
        tell_failed({.path = how.path_tried, .because = "; nothing was dropped"}, how.error);
        return;
    }
    bad_file_error_ = 0;
    tell_continued(how, CaptureChange::kDropped);
    tell_dropped(writer_->drop_all_before());
    if (is_storage_blocked_) {
        retry();
    } else {
        (void)flush();
    }
}

}  // namespace net::service
