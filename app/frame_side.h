// What the frame side of a run consists of, with a window or without: made by main, turned by window.cpp or headless.cpp.
//
// Thread: the frame thread (headless: main).
#pragma once

#include "app/demo.h"
#include "app/jobs/capture_opening.h"
#include "app/jobs/ledger_audit.h"
#include "app/session/session.h"
#include "net/capture/file_table.h"
#include "net/channel/link.h"

#include <cstdint>

namespace app {

// Nothing is owned here; main keeps it all alive beyond the run.
struct FrameSide {
    net::capture::FileTable& files;
    session::Session& session;
    net::channel::Link& link;
    jobs::LedgerAudit* audit = nullptr;  // null: the capture cannot be read back (standard output)
    const jobs::CaptureOpening* opening = nullptr;  // null: a live run
    Demo* demo = nullptr;                           // null: none was asked for
};

// CLOCK_REALTIME and CLOCK_MONOTONIC, in nanoseconds. Any thread.
[[nodiscard]] std::int64_t realtime_ns();
[[nodiscard]] std::int64_t monotonic_ns();

// What follows every drain: the ledger's count goes round, the demo takes its step, commands go out. True: commands are left that did not fit.
bool turn(FrameSide& side, std::int64_t now_ns, std::int64_t monotonic_now_ns);

// Asks the network thread to stop and folds what it still says, until its last event or for `limit_ns`. False: it has not stopped.
[[nodiscard]] bool stop_and_drain(FrameSide& side, std::int64_t limit_ns);

// Waits for the ledger's last count, as far as one is due; at most `limit_ns`. Call after the network thread has stopped.
void finish_audit(FrameSide& side, std::int64_t limit_ns);

}  // namespace app
