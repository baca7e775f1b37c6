// What concerns the run as a whole: pauses, the capture, the ledger's marks, signals, the end.
#include "app/session/log_text.h"
#include "app/session/session.h"
#include "net/channel/failure.h"

#include <utility>

namespace app::session {

namespace channel = net::channel;

void Session::on(const channel::ReadingPaused& event, std::int64_t /*now_ns*/) {
    bool& is_paused =
        event.cause == channel::PauseCause::kStorage ? is_paused_by_storage_ : is_paused_by_queue_;
    totals_.read_pauses = event.pauses;
    changed();
    // The failure that comes right before says why. A pause that goes on for another reason is told again.
    if (event.cause == channel::PauseCause::kStorage && !storage_failure_.empty())
        storage_trouble_ = std::exchange(storage_failure_, {});
    if (is_paused) return;
    is_paused = true;
    totals_.is_paused = true;
    totals_.pause_cause = event.cause;
    add_line(Severity::kWarning, paused_text(event.cause), event.time_ns);
}

void Session::on(const channel::ReadingResumed& event, std::int64_t /*now_ns*/) {
    bool& is_paused =
        event.cause == channel::PauseCause::kStorage ? is_paused_by_storage_ : is_paused_by_queue_;
    if (!is_paused) return;
    is_paused = false;
    if (event.cause == channel::PauseCause::kStorage) {
        storage_failure_.clear();
        storage_trouble_.clear();
    }
    // Both causes may hold at once; the other one then goes on.
    totals_.is_paused = is_paused_by_queue_ || is_paused_by_storage_;
    if (is_paused_by_storage_) totals_.pause_cause = channel::PauseCause::kStorage;
    if (is_paused_by_queue_) totals_.pause_cause = channel::PauseCause::kQueueFull;
    add_line(Severity::kInfo, resumed_text(event.cause), event.time_ns);
}

void Session::on(const channel::CaptureOpened& event, std::int64_t now_ns) {
    capture_path_ = event.path;
    capture_files_.push_back({.file = event.file, .path = event.path});
    is_live_ = event.is_live;
    ledger_.set_stored_checkable(!(event.is_live && event.path == "-"));
    if (!event.is_live) {
        add_line(Severity::kInfo, "opened " + event.path, now_ns);
    } else if (event.path == "-") {
        add_line(Severity::kInfo, "the capture goes to standard output", now_ns);
    } else {
        add_line(Severity::kInfo, capturing_text(event), now_ns);
    }
}

void Session::on(const channel::CaptureFileDropped& event, std::int64_t /*now_ns*/) {
    std::erase_if(capture_files_, [&](const CaptureFile& file) {
        if (file.file != event.file) return false;
        add_line(Severity::kInfo, dropped_text(file), event.time_ns);
        return true;
    });
    if (const std::size_t notes = notes_.remove_of(event.file); notes != 0)
        add_line(Severity::kWarning, notes_gone_text(notes), event.time_ns);
    dropped_files_.push_back(event.file);
    release_counted_files();
    changed();
}

std::vector<net::channel::FileId> Session::take_released_files() {
    return std::exchange(released_files_, {});
}

void Session::on(const channel::LedgerMark& event, std::int64_t /*now_ns*/) {
    for (CaptureFile& file : capture_files_)
        if (file.file == event.file) file.end_offset = event.end_offset;
    if (ledger_.fold_mark(event, totals_.received, totals_.sent)) report_ledger(event.time_ns);
}

void Session::on(const channel::SignalReceived& event, std::int64_t now_ns) {
    signal_ = event.signal;
    add_line(Severity::kInfo, signal_text(event.signal) + " received", now_ns);
}

void Session::on(const channel::ServiceStopped& event, std::int64_t now_ns) {
    is_stopped_ = true;
    keep_awaited_notes(now_ns);
    end_send_jobs(now_ns);
    loop_close_result_ = event.loop_close_result;
    totals_.read_pauses = event.read_pauses;
    totals_.datagrams_dropped = event.datagrams_dropped;
    is_paused_by_queue_ = false;
    is_paused_by_storage_ = false;
    storage_trouble_.clear();
    totals_.is_paused = false;
    outbox_.clear();
    // Nothing runs any more, whether or not a crashed run's capture holds its endpoints' ends.
    for (auto& [number, endpoint] : endpoints_) {
        if (endpoint.state == EndpointState::kFailed) continue;
        endpoint.state = endpoint.has_failed ? EndpointState::kFailed : EndpointState::kStopped;
        endpoint.listening_on.clear();
        endpoint.is_beyond_loopback = false;
        endpoint.trying.reset();
        endpoint.next_attempt_ns = 0;
    }
    changed();
    const std::int64_t time_ns = is_live_ && event.time_ns != 0 ? event.time_ns : now_ns;
    if (event.loop_close_result != 0) {
        // libuv's results are negative errno values.
        add_line(Severity::kError,
                 "the network loop did not close cleanly: " +
                     channel::errno_name(-event.loop_close_result),
                 time_ns);
    }
    add_line(Severity::kInfo,
             is_live_ ? "stopped"
                      : "the whole capture has been read: " + grouped(totals_.connections) +
                            (totals_.connections == 1 ? " connection, " : " connections, ") +
                            bytes_text(totals_.received) + " received, " +
                            bytes_text(totals_.sent) + " sent",
             time_ns);
}

}  // namespace app::session
