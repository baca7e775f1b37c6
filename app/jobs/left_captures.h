// Which captures have earlier runs left in the default folder, and which of them did a crash leave?
//
// A capture belongs here if it is ours (its section header says so), nobody holds its lock (flock(2)), and it is not of this run. Whether its run ended in order is
// read from its last block (net/capture/tail_repair.h), so a look costs two short reads a file; how many bytes a crash has left over takes reading that file whole.
//
// Each look also deletes what saves that were killed have left in the folder (new_file.h).
//
// Thread: as capture_saving.h; but the destructor waits a moment only: a worker that hangs in a file system which does not answer is left to itself (worker.h).
#pragma once

#include "app/session/desk.h"
#include "net/channel/failure.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::jobs {

class LeftCaptures {
  public:
    LeftCaptures(std::string directory, std::function<void()> wake_frame);
    ~LeftCaptures();
    LeftCaptures(const LeftCaptures&) = delete;
    LeftCaptures& operator=(const LeftCaptures&) = delete;

    // Looks again. What it found comes from take_result(), the newest first. `counts_left_over`: LeftCapture::left_over_bytes as well, else they are 0.
    void look(bool counts_left_over);
    // Deletes this one, if it still belongs here; then looks again, and counts.
    void discard(std::string path);
    struct Found {
        std::vector<session::LeftCapture> captures;
        std::optional<net::channel::Failure> failure;  // of a discard, or of reading the folder
    };
    [[nodiscard]] std::optional<Found> take_result();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
