// Opens a saved capture: reads it on a worker of its own and tells the session through a Link, exactly as the live service would.
//
// One of ours that a crash has cut short is repaired first (net/capture/tail_repair.h), where nobody holds its lock and the place is writable; what was left over, and where it is
// now, is told as a Failed that is not final. One that another program still writes is read up to what is there, and that is told. A stream (standard input) is
// copied to an unnamed temporary file by a thread of its own (capture_spool.h) and shown as it arrives.
//
// Thread: constructor, link(), counts and destructor on the frame thread; the reading on its own thread, which never calls back but by `wake_frame`.
#pragma once

#include "net/capture/file_table.h"
#include "net/channel/command.h"
#include "net/channel/failure.h"
#include "net/channel/link.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace app::jobs {

class CaptureOpening {
  public:
    // `files` outlives this. Opens the file here (so that a wrong path is known at once), reads it on the worker.
    static std::unique_ptr<CaptureOpening> start(net::capture::FileTable& files,
                                                 const std::string& path,
                                                 std::function<void()> wake_frame,
                                                 net::channel::Failure& failure);
    // Reads `descriptor` (which stays the caller's) to its end. A terminal is refused. What arrives is kept in `directory` (made where it is missing) under no name.
    // That it is no capture is known only later: a final Failed then. While the disk has less than `least_free_bytes` left, or is full, nothing is read: told as Failed and ReadingPaused (kStorage), and as ReadingResumed when
    // it goes on by itself.
    static std::unique_ptr<CaptureOpening> start_stream(
        net::capture::FileTable& files,
        int descriptor,
        const std::string& directory,
        std::function<void()> wake_frame,
        net::channel::Failure& failure,
        std::uint64_t least_free_bytes = net::channel::CaptureBounds{}.least_free_bytes);
    // Cancels, joins, and releases the file: whatever reads it through the table (a LedgerAudit, a view) is to be gone before, or is answered ESTALE.
    ~CaptureOpening();
    CaptureOpening(const CaptureOpening&) = delete;
    CaptureOpening& operator=(const CaptureOpening&) = delete;

    [[nodiscard]] net::channel::Link& link();
    // As it was opened: under whatever name it goes by now.
    [[nodiscard]] net::channel::FileId file() const;
    // Of a stream: up to where it has been read and told, which is behind a whole block; once it has ended, all that came. From any thread.
    [[nodiscard]] std::uint64_t whole_bytes() const;
    // Of a stream: nothing more of it is taken. What came is told to its end, and then the run's.
    void stop_reading();
    // 0..1; -1: not known (a stream that has not ended). From any thread.
    [[nodiscard]] double progress() const;

  private:
    class Impl;
    explicit CaptureOpening(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
