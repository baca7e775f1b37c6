#include "net/service/sync_watch.h"

#include "net/service/socket.h"

#include <mutex>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace net::service {

struct SyncWatch::Mailbox {
    const UniqueFd bell{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    std::mutex mutex;
    std::vector<capture::Syncer::Result> failures;  // under the mutex

    void put(const capture::Syncer::Result& failure) {
        {
            const std::lock_guard lock{mutex};
            failures.push_back(failure);
        }
        const std::uint64_t one = 1;
        (void)!::write(bell.get(), &one, sizeof one);
    }
    std::vector<capture::Syncer::Result> take() {
        std::uint64_t rings = 0;
        (void)!::read(bell.get(), &rings, sizeof rings);
        const std::lock_guard lock{mutex};
        return std::exchange(failures, {});
    }
};

SyncWatch::SyncWatch(Loop& loop,
                     const capture::FileTable& files,
                     std::int64_t interval_ns,
                     std::function<int(int fd)> hook,
                     std::function<void(const capture::Syncer::Result&)> on_failure)
    : files_(files),
      on_failure_(std::move(on_failure)) {
    if (interval_ns <= 0) return;
    mailbox_ = std::make_shared<Mailbox>();
    // Without a way back there is no use in syncing: the failure that matters could not be told.
    if (!mailbox_->bell.is_open() || poll_.open(loop, mailbox_->bell.get(), *this) != 0) return;
    poll_.watch(UV_READABLE);
    syncer_ = std::make_unique<capture::Syncer>(
        files, interval_ns,
        [mailbox = mailbox_](const capture::Syncer::Result& failure) { mailbox->put(failure); },
        std::move(hook));
}

SyncWatch::~SyncWatch() = default;

void SyncWatch::close() {
    poll_.close();
}

void SyncWatch::on_poll(int /*status*/, int /*events*/) {
    for (const capture::Syncer::Result& failure : mailbox_->take())
        on_failure_(failure);
}

}  // namespace net::service
