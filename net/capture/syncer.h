// fdatasync(2) once a second, on a thread of its own: what survives a loss of power is at most so old.
//
// Thread: constructor, watch() and destructor on the network thread; the syncing on its own thread.
#pragma once

#include "net/capture/file_table.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace net::capture {

class Syncer {
  public:
    struct Result {
        FileId file{};
        int error =
            0;  // errno of fdatasync(2); after EIO nothing of the file since the last success can be trusted (fsyncgate)
    };
    // `tell` is called on the syncing thread, for failures only.
    Syncer(const FileTable& files, std::int64_t interval_ns, std::function<void(Result)> tell);
    ~Syncer();  // syncs once more what was written, at most for a while, then leaves the thread to end by itself
    Syncer(const Syncer&) = delete;
    Syncer& operator=(const Syncer&) = delete;

    // `file` has grown up to `end_offset`. Never blocks; cheap enough for every flush.
    void wrote(FileId file, std::uint64_t end_offset);

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
};

}  // namespace net::capture
