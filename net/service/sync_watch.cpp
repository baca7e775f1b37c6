#include "net/service/sync_watch.h"

#include "net/service/socket.h"

#include <cerrno>
#include <mutex>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace net::service {

struct SyncWatch::Mailbox {
    const UniqueFd bell{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    std::mutex mutex;
    std::vector<capture::Syncer::Result> results;  // under the mutex

    void put(const capture::Syncer::Result& result) {
        {
            const std::lock_guard lock{mutex};
            results.push_back(result);
        }
        const std::uint64_t one = 1;
        (void)!::write(bell.get(), &one, sizeof one);
    }
    std::vector<capture::Syncer::Result> take() {
        std::uint64_t rings = 0;
        (void)!::read(bell.get(), &rings, sizeof rings);
        const std::lock_guard lock{mutex};
        return std::exchange(results, {});
    }
    void drop(channel::FileId file) {
        const std::lock_guard lock{mutex};
        std::erase_if(results, [file](const auto& result) { return result.file == file; });
    }
};

SyncWatch::SyncWatch(Loop& loop,
                     const capture::FileTable& files,
                     std::int64_t interval_ns,
                     std::function<int(int fd)> hook,
                     std::function<void(const capture::Syncer::Result&)> on_result)
    : files_(files),
      on_result_(std::move(on_result)) {
    if (interval_ns <= 0) return;
    errno = 0;
    mailbox_ = std::make_shared<Mailbox>();
    // Without a way back there is no use in syncing: the failure that matters could not be told.
    error_ = mailbox_->bell.is_open() ? poll_.open(loop, mailbox_->bell.get(), *this) : errno;
    if (error_ != 0) return;
    poll_.watch(UV_READABLE);
    syncer_ = std::make_unique<capture::Syncer>(
        files, interval_ns,
        [mailbox = mailbox_](const capture::Syncer::Result& result) { mailbox->put(result); },
        std::move(hook));
    error_ = syncer_->error();
    if (error_ != 0) syncer_.reset();
}

SyncWatch::~SyncWatch() = default;

void SyncWatch::forget(channel::FileId file) {
    if (syncer_ == nullptr) return;
    syncer_->forget(file);
    mailbox_->drop(file);
}

std::vector<capture::Syncer::Result> SyncWatch::finish() {
    if (syncer_ == nullptr) return {};
    syncer_.reset();
    return mailbox_->take();
}

void SyncWatch::close() {
    poll_.close();
}

void SyncWatch::on_poll(int /*status*/, int /*events*/) {
    for (const capture::Syncer::Result& result : mailbox_->take())
        on_result_(result);
}

}  // namespace net::service
