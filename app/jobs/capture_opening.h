// Opens a saved capture: reads it on a worker of its own and tells the session through a Link, exactly as the live service would.
//
// Thread: constructor, link(), counts and destructor on the frame thread; the reading on its own thread, which never calls back but by `wake_frame`.
#pragma once

#include "net/capture/file_table.h"
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
    ~CaptureOpening();  // cancels and joins
    CaptureOpening(const CaptureOpening&) = delete;
    CaptureOpening& operator=(const CaptureOpening&) = delete;

    [[nodiscard]] net::channel::Link& link();
    // 0..1, from any thread.
    [[nodiscard]] double progress() const;

  private:
    class Impl;
    explicit CaptureOpening(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
