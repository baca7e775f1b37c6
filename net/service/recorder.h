// First in the file, then told: the one way from this room to the capture and to the frame side.
//
// What happens is put into the writer's batch and into `pending` in one order; flush() appends the batch to the file and only then pushes
// the events. What does not fit into the queue waits in an ordered overflow, and while that holds anything the room accepts nothing, reads nothing, sends nothing
// and takes no command, so it is bounded by what one loop turn can say.
//
// Two things stop the reading, and both are told (ReadingPaused, ReadingResumed) and counted:
//   kQueueFull  the queue reached its high mark; goes on at its low mark.
//   kStorage    the file cannot grow. Nothing of the batch is told until it can: the two events that say so are the only ones that overtake.
//
// The capture may go on in a new file (recorder_files.cpp): because the old one is full, because the disk failed it, because it was asked for. The order is
// always: everything told lies in the files before, a LedgerMark with the old file's end, CaptureOpened; what waits in the batch goes along.
//
// Thread: network thread only.
#pragma once

#include "net/capture/pcapng_writer.h"
#include "net/channel/link.h"
#include "net/service/loop.h"
#include "net/service/sync_watch.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace net::service {

// What recv(2) and send(2) returned, summed where they are called: one of the three independent counts of the ledger.
struct Counts {
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::uint64_t calls = 0;

    bool operator==(const Counts&) const = default;
};

struct RecorderConfig {
    std::size_t event_capacity = 0;  // of the link's queue
    std::int64_t storage_retry_ns = 0;
    std::int64_t mark_interval_ns =
        100'000'000;  // between LedgerMarks under traffic, and after the last of it
    std::int64_t sync_interval_ns = 0;  // 0: never
    std::function<int(int fd)> sync_hook;
};

class Recorder {
  public:
    // `on_resumed`: reading, accepting and sending may go on.
    Recorder(Loop& loop,
             channel::Link& link,
             const capture::FileTable& files,
             capture::Writer& writer,
             const RecorderConfig& config,
             std::function<void()> on_resumed);

    // Tells where the capture is, first of all, and where nothing can be synced, that.
    void begin();

    // ---- What happens. ----

    // For recording what has packets of its own: opened(), reserve(), commit(), record_sent(), ended(), closed(), add_endpoint().
    [[nodiscard]] capture::Writer& writer() { return *writer_; }

    // Told after the next flush(). The first also writes a note of it into the capture, for what has no packet of its own.
    void note(channel::Event&& event);
    void tell(channel::Event&& event) { pending_.push_back(std::move(event)); }

    // A read or a send of `size` bytes that the writer has put at `stored`: counted, and told after the next flush().
    void tell_received(channel::ConnectionId connection,
                       const capture::Stored& stored,
                       std::int64_t time_ns);
    void tell_sent(channel::ConnectionId connection,
                   const capture::Stored& stored,
                   std::int64_t time_ns);
    // The call sites of recv(2) and send(2) count here what the kernel returned.
    void count_received(std::size_t size) { counts_.received += size, ++counts_.calls; }
    void count_sent(std::size_t size) { counts_.sent += size, ++counts_.calls; }

    // ---- Whether it may go on happening. ----

    // Before each accept, read and send: false while reading is paused, or must pause now.
    [[nodiscard]] bool may_proceed() { return !must_look_ || look(); }
    [[nodiscard]] bool is_paused() const { return is_queue_paused_ || is_storage_blocked_; }
    [[nodiscard]] bool is_storage_blocked() const { return is_storage_blocked_; }
    // Commands wait only for the overflow: a stop must get through while the disk is full.
    [[nodiscard]] bool takes_commands() const { return overflow_.empty(); }

    // ---- The turn. ----

    // Appends the batch and pushes what is pending. False: storage is blocked, and nothing was told; or all of it was, and the next file, which is due, cannot be made.
    bool flush();
    // Pushes the overflow on, resumes where the queue has sunk to its low mark, else asks to be woken for it.
    void settle();
    // A LedgerMark, if one is due and everything counted has been told.
    void mark_if_due();
    // Pushes an event that nobody waits for (a sample), only where there is room below the high mark and nothing waits in front. False: not now.
    // `number` is for Link::was_consumed.
    [[nodiscard]] bool offer(channel::Event&& event, std::uint64_t& number);
    // Whether an event of this number has been consumed.
    [[nodiscard]] bool was_consumed(std::uint64_t number) const {
        return link_.was_consumed(number);
    }
    // Rings the frame side once, if anything was pushed since.
    void wake_frame();
    [[nodiscard]] bool has_pending() const { return !pending_.empty(); }
    // How often everything pending has been told.
    [[nodiscard]] std::uint64_t tellings() const { return tellings_; }

    // ---- Where the capture is (channel::SetCaptureBounds, MoveCapture, DropCapture). ----

    void set_bounds(const channel::CaptureBounds& bounds);
    void move(const std::string& path, bool may_overwrite);
    void drop();

    // ---- The end. ----

    // Tries the file once more, with the note that the run has ended in order, and syncs it for the last time; what still cannot be stored is dropped with a Failed that says how much, and
    // never told. The writer is not used after this.
    void finish(std::uint64_t connections);
    // Pushes an event at once, after the overflow. For what follows finish().
    void emit(channel::Event&& event);
    [[nodiscard]] bool has_overflow() const { return !overflow_.empty(); }
    // From now on nothing is told: the frame side is gone.
    void mute();
    // Closes the timers, so that the loop can end.
    void close();

    [[nodiscard]] std::uint64_t pauses() const { return pauses_; }
    [[nodiscard]] const Counts& counts() const { return counts_; }

  private:
    [[nodiscard]] bool look();
    void recorded(channel::ConnectionId connection,
                  channel::Direction direction,
                  const capture::Stored& stored,
                  std::int64_t time_ns);
    void push_pending();
    void pause(channel::PauseCause cause);
    // The batch into the file, or into another where this one has failed. An errno value: nothing of the batch may be told, and trouble_ says why.
    [[nodiscard]] int store();
    void block(int error);
    [[nodiscard]] std::int64_t retry_delay(int error) const;
    void retry();
    void unblock();
    void want_mark();
    void push_mark();

    // ---- recorder_files.cpp ----
    struct Trouble {
        std::string path;
        std::string because;  // added to the sentence
    };
    // Of a file that fails right after one that has failed.
    static constexpr const char* kNotAtOnce =
        "; the file before it has failed as well, so another one is tried only after a while";
    [[nodiscard]] Trouble trouble_of_sync(const capture::Syncer::Result& result) const;
    [[nodiscard]] int leave_bad_file();
    // After a flush: the file is full. Both: an errno value where no new one can be made, and trouble_ says why.
    [[nodiscard]] int leave_full_file();
    void synced(const capture::Syncer::Result& result);
    void sync_failed(const capture::Syncer::Result& result);
    // Making the next file has failed: what the ring can give up for it is given up.
    void make_room_for_next(channel::CaptureChange change, int error);
    void tell_continued(const capture::Continuation& how, channel::CaptureChange change);
    void tell_dropped(const std::vector<capture::DroppedFile>& files);
    void tell_failed(const Trouble& trouble, int error);

    channel::Link& link_;
    capture::Writer* writer_;  // null once finish() has been called
    const RecorderConfig config_;
    const std::function<void()> on_resumed_;
    Timer retry_timer_;
    Timer mark_timer_;
    SyncWatch sync_;

    std::vector<channel::Event> pending_;  // not yet in the file
    std::deque<channel::Event> overflow_;  // in the file, did not fit into the queue
    const std::size_t
        most_pending_;  // flushed beyond this, so that a small queue's marks are seen in time
    Counts counts_;
    Counts told_counts_;  // of the events that left `pending_`
    Counts marked_counts_;
    std::uint64_t marked_end_ = 0;  // of the writer's file
    std::uint64_t tellings_ = 0;
    std::uint64_t pauses_ = 0;
    int storage_error_ = 0;  // the last one told
    Trouble trouble_;        // of the storage error
    int bad_file_error_ =
        0;  // write(2) or fdatasync(2) failed with it on the file, which is never written again
    // Files left because of that, one after the other, since the last that was synced: more than one are a disk that fails, and a new file at once would be no use.
    std::uint32_t bad_files_in_a_row_ = 0;
    bool is_storage_blocked_ = false;
    bool is_queue_paused_ = false;
    bool must_look_ =
        false;  // something was pushed since the marks were last compared, or reading is paused
    bool is_mark_due_ = false;
    bool wants_wake_ = false;
    bool is_muted_ = false;
};

}  // namespace net::service
