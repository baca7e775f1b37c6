// fdatasync(2) once a second, on a thread of its own: what survives a loss of power is at most so old.
//
// Thread: constructor, wrote() and destructor on the network thread; the syncing on its own thread, which holds descriptors of its own and may outlive everything else
// where a disk keeps it.
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
    // `tell` is called on the syncing thread, at most twice a file: with error 0 at its first success, and for its failure, after which it is never synced again. It must stay
    // callable for ever. `sync` replaces fdatasync(2) (tests); it returns errno.
    Syncer(const FileTable& files,
           std::int64_t interval_ns,
           std::function<void(Result)> tell,
           std::function<int(int fd)> sync = nullptr);
    ~Syncer();  // syncs once more what was written, at most for kLastSyncNs, then leaves the thread to end by itself
    Syncer(const Syncer&) = delete;
    Syncer& operator=(const Syncer&) = delete;

    static constexpr std::int64_t kLastSyncNs = 150'000'000;

    // `file` has grown up to `end_offset`. Never blocks; cheap enough for every flush. Another file than before: that one is synced once more, and done with.
    void wrote(FileId file, std::uint64_t end_offset);
    // `file` was deleted: it is not synced any more, nothing of it is told that was not told yet, and its descriptor is closed as soon as a sync that is under way ends.
    void forget(FileId file);

    // An errno value: there is no thread to be had, and nothing is ever synced.
    [[nodiscard]] int error() const { return error_; }

  private:
    struct Target;
    struct Shared;
    const FileTable& files_;
    std::shared_ptr<Shared> shared_;
    std::shared_ptr<Target> current_;
    int error_ = 0;
};

}  // namespace net::capture
