// What is true now: a fold over events. It holds facts only; no socket, no clock, no file, no drawing. Time comes in as an argument.
//
// One frame: drain() folds the waiting events, advance() moves the rates on, the panels read, apply() turns intents into commands,
// post_to() hands over what fits. Opening a saved capture folds the same events from another Link. One session folds one run (or one saved
// capture): ids of two runs would collide.
//
// Thread: the frame thread (headless: main). References and pointers to facts are good until the next non-const call.
#pragma once

#include "app/session/facts.h"
#include "app/session/intents.h"
#include "app/session/ledger.h"
#include "app/session/notes.h"
#include "app/session/replies.h"
#include "app/session/send_jobs.h"
#include "app/session/traffic_history.h"
#include "net/capture/auditor.h"
#include "net/capture/index.h"
#include "net/channel/link.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace app::session {

// The log in memory; older lines are dropped and counted (the capture keeps what happened).
inline constexpr std::size_t kMostLogLines = 50'000;
// Rates are means over this long, and go to zero one interval after traffic ends.
inline constexpr std::int64_t kRateIntervalNs = 500'000'000;
// A view that is further behind than this says so in the next frame, not at the end of the interval.
inline constexpr std::int64_t kBehindToldAtOnceNs = 1'000'000'000;
// drain() asks `go_on` before the first event and then once for so many: a clock read costs as much as a fold.
inline constexpr std::size_t kEventsAQuestion = 32;

class Session {
  public:
    Session();
    // Holds pointers into its own maps.
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // ---- Once a frame. `now_ns`: CLOCK_REALTIME; `monotonic_ns`: CLOCK_MONOTONIC. ----

    // Folds waiting events until none is left or `go_on()` says false (asked every kEventsAQuestion events); true: events are left, ask for another frame.
    bool drain(net::channel::Link& link, std::int64_t now_ns, const std::function<bool()>& go_on);
    // A frame that shows all that has been folded is on the screen.
    void note_shown(std::int64_t now_ns);
    // Folds one event (what drain() does for each).
    void fold(net::channel::Event&& event, std::int64_t now_ns);
    // Rates and whatever else moves with time alone. True: something visible changed.
    bool advance(std::int64_t monotonic_ns);
    // When advance() next wants to be called without traffic (a rate still to fall to zero), in the time of `monotonic_ns`; 0: at once. Nullopt: never, until an event comes.
    [[nodiscard]] std::optional<std::int64_t> next_advance_ns() const;
    // Carries out what the user asked for; commands go to the outbox.
    void apply(Intents&& intents, std::int64_t now_ns);
    // Moves commands from the outbox to the network thread, in order, as far as they fit. True: some are left. Once is_stopped(), nobody takes them: they are dropped.
    bool post_to(net::channel::Link& link);
    // Adds a line to the log from outside the fold (a job's result, a warning of the window).
    void log(Severity severity, std::string_view text, std::int64_t now_ns);
    // Asks the network thread to stop, after everything asked before; the last event is ServiceStopped, then is_stopped(). A second call does nothing.
    void stop();

    // ---- The ledger's second count comes from a job. ----

    struct AuditRequest {
        net::channel::FileId file{};
        std::uint64_t end_offset = 0;
    };
    // The mark to count up to next; nullopt: nothing new to count. At most one is under way.
    [[nodiscard]] std::optional<AuditRequest> next_audit();
    void fold_audit(const net::capture::AuditCounts& counts, std::int64_t now_ns);

    // ---- Facts. ----

    // Counts up with every change of a fact: nothing changed, nothing to draw.
    [[nodiscard]] std::uint64_t version() const { return version_; }
    // The same without reads to what has some already and without the ledger's counts: these make nothing on the screen higher or lower.
    [[nodiscard]] std::uint64_t shape_version() const { return shape_version_; }
    // Endpoints in the order of their starting, those replaced or removed left out.
    [[nodiscard]] const std::vector<EndpointId>& endpoints() const { return endpoint_order_; }
    [[nodiscard]] const Endpoint* endpoint(EndpointId id) const;
    // Null: an endpoint of a saved capture, or none.
    [[nodiscard]] const ReplyFacts* replies(EndpointId id) const;
    // Connections in the order of their opening, cleared ones left out. `connections_version()` changes when one is added or removed, or changes state.
    [[nodiscard]] const std::vector<ConnectionId>& connections() const { return connection_order_; }
    [[nodiscard]] const Connection* connection(ConnectionId id) const;
    [[nodiscard]] std::uint64_t connections_version() const { return connections_version_; }
    // In the order of their closing, cleared ones too; it only grows. All their reads are in reads() by then.
    [[nodiscard]] const std::vector<ConnectionId>& closings() const { return closings_; }
    [[nodiscard]] std::optional<EndpointId> endpoint_of_card(std::uint64_t card) const;
    [[nodiscard]] const net::capture::ReadIndex& reads() const { return reads_; }
    // Of all reads.
    [[nodiscard]] const TrafficHistory& traffic() const { return traffic_; }
    [[nodiscard]] const Notes& notes() const { return notes_; }
    // What the network thread sends by itself, in the order of starting.
    [[nodiscard]] const std::vector<SendJobFact>& send_jobs() const { return send_jobs_; }
    [[nodiscard]] const std::deque<LogLine>& log_lines() const { return log_; }
    [[nodiscard]] std::uint64_t log_lines_dropped() const { return log_dropped_; }
    [[nodiscard]] const Totals& totals() const { return totals_; }
    [[nodiscard]] const Ledger& ledger() const { return ledger_.ledger(); }
    [[nodiscard]] const std::string& capture_path() const { return capture_path_; }
    // The files of this capture in order, dropped ones left out; the last is the one being written (or, of a saved capture, the only one).
    [[nodiscard]] const std::vector<CaptureFile>& capture_files() const { return capture_files_; }
    // Files that were dropped and are not needed for the ledger any more: FileTable::release() each of them. Empties the list.
    [[nodiscard]] std::vector<net::channel::FileId> take_released_files();
    // Why the capture cannot grow, as the whole sentence that was told; empty while it can.
    [[nodiscard]] const std::string& storage_trouble() const { return storage_trouble_; }
    // Something was recorded that is in the capture: a server has listened, a connection was tried, bytes came.
    [[nodiscard]] bool has_content() const { return has_content_; }
    [[nodiscard]] bool is_live() const { return is_live_; }  // false: a saved capture is shown
    [[nodiscard]] bool is_stopped() const { return is_stopped_; }  // ServiceStopped was folded
    [[nodiscard]] std::optional<std::int32_t> signal() const { return signal_; }
    [[nodiscard]] std::int32_t loop_close_result() const { return loop_close_result_; }
    // How far the view is behind the wire: how old, from its time on the network thread, the oldest read of a frame was when that frame was on the screen. The worst
    // frame of the last finished interval of the rates; over kBehindToldAtOnceNs at once. 0 when nothing new was shown in it.
    [[nodiscard]] std::int64_t behind_ns() const { return behind_ns_; }
    // True once something asked for could not come up or go on (a final failure to listen, resolve, connect, start, capture or open): exit status 1 of a headless run.
    // A client that tries again has not failed; a reset in mid-stream is no failure.
    [[nodiscard]] bool has_failed() const { return has_failed_; }
    // The same of failures that concern the whole run (capture, open, start) and no server or client. A reader of `-w -` that has gone away ends the
    // run as a closed standard output does: neither counts it.
    [[nodiscard]] bool has_run_failed() const { return has_run_failed_; }
    [[nodiscard]] std::size_t outbox_size() const { return outbox_.size(); }

  private:
    // ---- The fold, an event each: fold_endpoints.cpp, fold_connections.cpp, fold_service.cpp, fold_notes.cpp, fold_send_jobs.cpp. ----
    void on(const net::channel::Recorded& event, std::int64_t now_ns);
    void on(const net::channel::EndpointAdded& event, std::int64_t now_ns);
    void on(const net::channel::ServerListening& event, std::int64_t now_ns);
    void on(const net::channel::ClientResolving& event, std::int64_t now_ns);
    void on(const net::channel::ClientConnecting& event, std::int64_t now_ns);
    void on(const net::channel::ClientWaiting& event, std::int64_t now_ns);
    void on(const net::channel::EndpointStopped& event, std::int64_t now_ns);
    void on(const net::channel::ConnectionOpened& event, std::int64_t now_ns);
    void on(const net::channel::StreamGap& event, std::int64_t now_ns);
    void on(const net::channel::PeerEnded& event, std::int64_t now_ns);
    void on(const net::channel::ConnectionClosed& event, std::int64_t now_ns);
    void on(const net::channel::ConnectionStats& event, std::int64_t now_ns);
    void on(const net::channel::Failed& event, std::int64_t now_ns);
    void on(const net::channel::ReadingPaused& event, std::int64_t now_ns);
    void on(const net::channel::ReadingResumed& event, std::int64_t now_ns);
    void on(const net::channel::CaptureOpened& event, std::int64_t now_ns);
    void on(const net::channel::CaptureFileDropped& event, std::int64_t now_ns);
    void on(const net::channel::NoteRecorded& event, std::int64_t now_ns);
    void on(const net::channel::NoteRemoved& event, std::int64_t now_ns);
    void on(const net::channel::SendJobProgress& event, std::int64_t now_ns);
    // fold_replies.cpp.
    void on(const net::channel::RepliesChanged& event, std::int64_t now_ns);
    void on(const net::channel::ReplyHits& event, std::int64_t now_ns);
    void on(const net::channel::RepliesLimited& event, std::int64_t now_ns);
    void on(const net::channel::LedgerMark& event, std::int64_t now_ns);
    void on(const net::channel::SignalReceived& event, std::int64_t now_ns);
    void on(const net::channel::ServiceStopped& event, std::int64_t now_ns);

    // ---- What the user asked for: intents.cpp. ----
    void carry_out(StartServerIntent&& intent, std::int64_t now_ns);
    void carry_out(StartClientIntent&& intent, std::int64_t now_ns);
    void carry_out(StopEndpointIntent&& intent, std::int64_t now_ns);
    void carry_out(RemoveEndpointIntent&& intent, std::int64_t now_ns);
    void carry_out(SendIntent&& intent, std::int64_t now_ns);
    void carry_out(CloseIntent&& intent, std::int64_t now_ns);
    void carry_out(ClearClosedIntent&& intent, std::int64_t now_ns);
    void carry_out(SetCaptureBoundsIntent&& intent, std::int64_t now_ns);
    void carry_out(MoveCaptureIntent&& intent, std::int64_t now_ns);
    void carry_out(DropCaptureIntent&& intent, std::int64_t now_ns);
    // fold_notes.cpp.
    void carry_out(AddNoteIntent&& intent, std::int64_t now_ns);
    void carry_out(EditNoteIntent&& intent, std::int64_t now_ns);
    void carry_out(RemoveNoteIntent&& intent, std::int64_t now_ns);
    // fold_send_jobs.cpp.
    void carry_out(StartSendJobIntent&& intent, std::int64_t now_ns);
    void carry_out(PauseSendJobIntent&& intent, std::int64_t now_ns);
    void carry_out(StopSendJobIntent&& intent, std::int64_t now_ns);
    void carry_out(ForgetSendJobIntent&& intent, std::int64_t now_ns);
    SendJobFact* find_send_job(SendJobId id);
    void end_send_job(SendJobFact& job, std::int64_t time_ns);
    void end_send_jobs(std::int64_t time_ns);
    // Takes those out who cannot be sent to any more. False: named ones, and none is left.
    [[nodiscard]] bool keep_reachable(net::channel::Targets& targets) const;
    // fold_replies.cpp.
    void carry_out(SetRepliesIntent&& intent, std::int64_t now_ns);
    void begin_replies(EndpointId endpoint, const net::channel::Replies& replies, bool echoes);
    // A wish was refused: nothing has changed.
    void refuse_replies(const net::channel::Failure& failure);
    // False, and a line in the log: nobody is there to start it.
    bool can_start(const std::string& name, std::int64_t now_ns);
    Endpoint& start_endpoint(EndpointKind kind,
                             const std::string& name,
                             EndpointId replaces,
                             std::uint64_t card);

    // Null, and one warning for the run, where the event names something that is not there.
    Endpoint* known_endpoint(EndpointId id, const char* event, std::int64_t now_ns);
    Connection* known_connection(ConnectionId id, const char* event, std::int64_t now_ns);
    Connection* find_connection(ConnectionId id);
    void change_state(Connection& connection, ConnectionState state);
    void add_line(Severity severity,
                  std::string_view text,
                  std::int64_t time_ns,
                  EndpointId endpoint = {},
                  ConnectionId connection = {});
    void changed() {
        ++version_;
        ++shape_version_;
    }
    // Only figures, or one more row of what has rows already.
    void moved() { ++version_; }
    // A note from a file finds its bytes, or is said to be lost.
    void take_note(Note note, bool is_on_last_read, bool is_kept, std::int64_t now_ns);
    void put_note(Note&& note, std::int64_t now_ns);
    void say_lost(const Note& note, std::string_view why, std::int64_t now_ns);
    void keep_awaited_notes(std::int64_t now_ns);
    [[nodiscard]] bool is_writing() const { return is_live_ && !is_stopped_ && !was_stop_asked_; }
    void report_ledger(std::int64_t time_ns);
    void release_counted_files();

    std::uint64_t version_ = 0;
    std::uint64_t shape_version_ = 0;
    std::uint64_t connections_version_ = 0;
    std::uint64_t next_endpoint_ = 1;
    std::vector<EndpointId> endpoint_order_;
    std::unordered_map<std::uint64_t, Endpoint> endpoints_;
    std::unordered_map<std::uint64_t, EndpointId> cards_;
    struct EndpointReplies {
        ReplyFacts facts;
        std::deque<net::channel::Replies> asked;  // answered in order
    };
    std::unordered_map<std::uint64_t, EndpointReplies> replies_;
    std::vector<ConnectionId> connection_order_;
    std::vector<ConnectionId> closings_;
    std::unordered_map<std::uint64_t, Connection>
        connections_;  // its nodes never move: last_connection_ and rated_ point at them
    Connection* last_connection_ = nullptr;  // reads come in runs
    net::capture::ReadIndex reads_;
    TrafficHistory traffic_;
    Notes notes_;
    std::uint64_t next_note_ = 1;
    // Asked of the network thread and not yet known to be in the capture: a text, or the removal of a note.
    std::vector<net::channel::Command> awaited_notes_;
    std::uint64_t lost_notes_ = 0;
    std::vector<SendJobFact> send_jobs_;
    std::uint64_t next_send_job_ = 1;
    std::deque<LogLine> log_;
    std::uint64_t log_dropped_ = 0;
    std::deque<net::channel::Command> outbox_;
    Totals totals_;
    LedgerFold ledger_;
    std::string capture_path_;
    std::vector<CaptureFile> capture_files_;
    std::vector<net::channel::FileId> dropped_files_;  // still to be counted
    std::vector<net::channel::FileId> released_files_;
    std::string storage_failure_;  // told, and not yet known to be why reading pauses
    std::string storage_trouble_;
    bool has_content_ = false;
    bool is_live_ = true;
    bool was_stop_asked_ = false;
    bool was_trouble_told_ = false;  // the ledger's, in the log
    bool is_stopped_ = false;
    std::optional<std::int32_t> signal_;
    std::int32_t loop_close_result_ = 0;
    std::int64_t behind_ns_ = 0;
    std::int64_t worst_behind_ns_ = 0;  // in the interval that goes on
    bool has_failed_ = false;
    bool has_run_failed_ = false;
    bool is_paused_by_queue_ = false;
    bool is_paused_by_storage_ = false;
    bool has_warned_of_endpoint_ = false;
    bool has_warned_of_connection_ = false;
    // The oldest read that no frame has shown yet.
    std::optional<std::int64_t> oldest_read_ns_;
    // Rates: who is to be computed at the end of this interval. Nobody loops over idle connections.
    std::vector<Connection*> rated_;
    std::optional<std::int64_t> interval_began_ns_;
    bool is_moving_ = false;  // traffic in this interval, or a figure not yet zero
    std::uint64_t received_at_last_tick_ = 0;
    std::uint64_t sent_at_last_tick_ = 0;
};

}  // namespace app::session
