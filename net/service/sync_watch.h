// Syncs the capture beside the loop (net/capture/syncer.h), and brings what came of it back to the loop.
//
// Thread: network thread only. The syncing thread reaches nothing of this but a mailbox that it owns a share of.
#pragma once

#include "net/capture/syncer.h"
#include "net/service/loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace net::service {

class SyncWatch final : private PollHandler {
  public:
    // `interval_ns` 0: nothing is ever synced.
    SyncWatch(Loop& loop,
              const capture::FileTable& files,
              std::int64_t interval_ns,
              std::function<int(int fd)> hook,
              std::function<void(const capture::Syncer::Result&)> on_result);
    ~SyncWatch();
    SyncWatch(const SyncWatch&) = delete;
    SyncWatch& operator=(const SyncWatch&) = delete;

    void wrote(channel::FileId file, std::uint64_t end_offset) {
        if (syncer_ != nullptr) syncer_->wrote(file, end_offset);
    }
    // A file that was deleted: see Syncer::forget(). What was on its way is not told either.
    void forget(channel::FileId file);
    // Syncs for the last time, for a moment at most. What has not been told yet.
    [[nodiscard]] std::vector<capture::Syncer::Result> finish();
    // Takes the handle off the loop.
    void close();

    [[nodiscard]] bool is_syncing() const { return syncer_ != nullptr; }
    // An errno value: syncing was asked for, and cannot be had.
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] std::string path_of(channel::FileId file) const { return files_.path(file); }

  private:
    struct Mailbox;
    void on_poll(int status, int events) override;

    const capture::FileTable& files_;
    const std::function<void(const capture::Syncer::Result&)> on_result_;
    std::shared_ptr<Mailbox> mailbox_;
    Poll poll_;
    std::unique_ptr<capture::Syncer> syncer_;
    int error_ = 0;
};

}  // namespace net::service
