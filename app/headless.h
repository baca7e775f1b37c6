// --headless: the same session as in the window, folded on the main thread and printed as JSON lines.
//
// Standard output carries the lines and nothing else; with `-w -` it carries the capture and standard error carries the lines.
//
// Thread: main, but for wake().
#pragma once

#include "app/command_line.h"
#include "app/frame_side.h"

namespace app {

class Headless {
  public:
    // Blocks SIGINT, SIGTERM and SIGHUP, so make it before any thread: they are read here and not by the network thread, because
    // a reader of our output that has stalled must not hold up Ctrl+C behind the events it has not read.
    explicit Headless(const Options& options);
    ~Headless();
    Headless(const Headless&) = delete;
    Headless& operator=(const Headless&) = delete;

    // Any thread: there is something to drain.
    void wake() const;

    // Runs until it is stopped or has nothing left to do; prints the summary; returns the exit status. `side.session` has been told what to
    // start and the network thread runs.
    [[nodiscard]] int run(FrameSide& side);

  private:
    const Options& options_;
    int wake_descriptor_ = -1;    // eventfd(2)
    int signal_descriptor_ = -1;  // signalfd(2)
};

}  // namespace app
