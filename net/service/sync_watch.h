// Syncs the capture beside the loop (net/capture/syncer.h), and brings what failed there back to the loop.
//
// Thread: network thread only. The syncing thread reaches nothing of this but a mailbox that it owns a share of.
#pragma once

#include "net/capture/syncer.h"
#include "net/service/loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace net::service {

class SyncWatch final : private PollHandler {
  public:
    // `interval_ns` 0: nothing is ever synced.
    SyncWatch(Loop& loop,
              const capture::FileTable& files,
              std::int64_t interval_ns,
              std::function<int(int fd)> hook,
              std::function<void(const capture::Syncer::Result&)> on_failure);
    ~SyncWatch();
    SyncWatch(const SyncWatch&) = delete;
    SyncWatch& operator=(const SyncWatch&) = delete;

    void wrote(channel::FileId file, std::uint64_t end_offset) {
        if (syncer_ != nullptr) syncer_->wrote(file, end_offset);
    }
    // Syncs for the last time, for a moment at most.
    void finish() { syncer_.reset(); }
    // Takes the handle off the loop.
    void close();

    [[nodiscard]] std::string path_of(channel::FileId file) const { return files_.path(file); }

  private:
    struct Mailbox;
    void on_poll(int status, int events) override;

    const capture::FileTable& files_;
    const std::function<void(const capture::Syncer::Result&)> on_failure_;
    std::shared_ptr<Mailbox> mailbox_;
    Poll poll_;
    std::unique_ptr<capture::Syncer> syncer_;
};

}  // namespace net::service
