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
#include <functional>
#include <string>
#include <vector>

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

// Closes the files that were dropped from the capture and that nothing needs any more.
void release_dropped(net::capture::FileTable& files, session::Session& session);

// Asks the network thread to stop and folds what it still says, until its last event or for `limit_ns`. False: it has not stopped.
[[nodiscard]] bool stop_and_drain(FrameSide& side, std::int64_t limit_ns);

// Waits for the ledger's last count, as far as one is due; at most `limit_ns`, and only until `is_interrupted` says so. Call after the network thread
// has stopped. False: it was not counted to the end.
[[nodiscard]] bool finish_audit(FrameSide& side,
                                std::int64_t limit_ns,
                                const std::function<bool()>& is_interrupted);

// The servers and clients that the command line asked for: did each come up, and could it go on? Remembered, because in a window the user may start
// one again by hand, or take it away.
class AskedFor {
  public:
    // `session` has been told what to start.
    explicit AskedFor(const session::Session& session);
    // After each turn, and once more at the end.
    void look(const session::Session& session, const Demo* demo);
    [[nodiscard]] bool has_failed() const { return has_failed_; }
    // A line for each that has neither come up nor failed: "127.0.0.1:9000: was never connected". Any of them is a failure at the end of the run.
    [[nodiscard]] std::vector<std::string> never_up() const;

  private:
    struct Asked {
        session::EndpointId id{};
        session::EndpointKind kind{};
        std::string name;
        bool is_settled = false;  // it came up, or failed
    };
    std::vector<Asked> asked_;
    bool has_failed_ = false;
};

}  // namespace app
