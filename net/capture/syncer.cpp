#include "net/capture/syncer.h"

#include "net/capture/unique_fd.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace net::capture {

namespace {

// One fdatasync(2) of gigabytes cannot be left, not even by the end of the process. So the pages are written out in such steps first.
constexpr std::uint64_t kStepBytes = std::uint64_t{16} << 20U;

// Errors that say that this cannot be done here (a special file), and nothing about the disk.
bool is_about_the_kind(int error) {
    return error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ESPIPE ||
           error == EROFS;
}

}  // namespace

struct Syncer::Target {
    Target(FileId id, UniqueFd descriptor) : file(id), fd(std::move(descriptor)) {}

    const FileId file;
    const UniqueFd fd;  // a descriptor of our own: the table's may be released at any time
    std::atomic<std::uint64_t> end{0};
    std::atomic<bool> is_done{false};       // it does not grow any more
    std::atomic<bool> is_forgotten{false};  // nor is there any use in syncing it
    // Syncing thread only.
    std::uint64_t synced = 0;
    bool has_succeeded = false;
    bool has_failed = false;
};

struct Syncer::Shared {
    std::int64_t interval_ns = 0;
    std::function<void(Result)> tell;
    std::function<int(int)> sync;

    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::shared_ptr<Target>> targets;  // under the mutex
    bool is_ending = false;                        // under the mutex
    bool has_ended = false;                        // under the mutex
    std::atomic<bool> is_asleep{false};            // nothing is to be synced: wrote() wakes it
    std::atomic<bool> is_late{false};              // nobody waits for the last sync any more

    void run();
    [[nodiscard]] bool has_work() const;
    void sync_all();
    void sync_one(Target& target, std::uint64_t end);
    [[nodiscard]] int sync_target(Target& target, std::uint64_t end) const;
};

// Under the mutex.
bool Syncer::Shared::has_work() const {
    for (const auto& target : targets) {
        if (target->is_done || (!target->has_failed && target->end != target->synced)) return true;
    }
    return false;
}

void Syncer::Shared::run() {
    std::unique_lock lock{mutex};
    for (;;) {
        is_asleep = true;
        changed.wait(lock, [this] { return is_ending || has_work(); });
        is_asleep = false;
        if (!is_ending) {
            changed.wait_for(lock, std::chrono::nanoseconds{interval_ns},
                             [this] { return is_ending; });
        }
        const bool is_last = is_ending;
        lock.unlock();
        sync_all();
        lock.lock();
        if (is_last) break;
    }
    targets.clear();
    has_ended = true;
    changed.notify_all();
}

void Syncer::Shared::sync_all() {
    // Not to hold open what is forgotten while another one is synced.
    std::vector<std::weak_ptr<Target>> now;
    {
        const std::lock_guard lock{mutex};
        now.assign(targets.begin(), targets.end());
    }
    for (const auto& one : now) {
        const std::shared_ptr<Target> target = one.lock();
        if (target == nullptr) continue;
        const bool is_done = target->is_done.load(std::memory_order_acquire);
        const std::uint64_t end = target->end.load(std::memory_order_acquire);
        if (!target->has_failed && end != target->synced) sync_one(*target, end);
        if (is_done) {
            const std::lock_guard lock{mutex};
            std::erase(targets, target);
        }
    }
}

void Syncer::Shared::sync_one(Target& target, std::uint64_t end) {
    const int error = sync_target(target, end);
    if (error == ECANCELED || target.is_forgotten) return;
    if (error == 0) {
        target.synced = end;
        if (!std::exchange(target.has_succeeded, true)) tell({.file = target.file});
        return;
    }
    target.has_failed = true;
    if (!is_about_the_kind(error)) tell({.file = target.file, .error = error});
}

// ECANCELED: not before the end of the run's patience, or forgotten meanwhile.
int Syncer::Shared::sync_target(Target& target, std::uint64_t end) const {
    if (target.is_forgotten) return ECANCELED;
    if (sync) return sync(target.fd.get());
    constexpr unsigned kWriteAndWait =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    for (std::uint64_t at = target.synced; at < end; at += kStepBytes) {
        if (is_late || target.is_forgotten) return ECANCELED;
        if (::sync_file_range(target.fd.get(), static_cast<off64_t>(at), kStepBytes,
                              kWriteAndWait) != 0 &&
            !is_about_the_kind(errno))
            return errno;
    }
    if (is_late || target.is_forgotten) return ECANCELED;
    while (::fdatasync(target.fd.get()) != 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

Syncer::Syncer(const FileTable& files,
               std::int64_t interval_ns,
               std::function<void(Result)> tell,
               std::function<int(int fd)> sync)
    : files_(files),
      shared_(std::make_shared<Shared>()) {
    shared_->interval_ns = interval_ns;
    shared_->tell = std::move(tell);
    shared_->sync = std::move(sync);
    try {
        std::thread([shared = shared_] {
            pthread_setname_np(pthread_self(), "sync");
            shared->run();
        }).detach();
    } catch (const std::system_error& none) {
        shared_ = nullptr;  // what is written is written, only not synced
        error_ = none.code().value();
    }
}

Syncer::~Syncer() {
    if (shared_ == nullptr) return;
    std::unique_lock lock{shared_->mutex};
    shared_->is_ending = true;
    shared_->changed.notify_all();
    shared_->changed.wait_for(lock, std::chrono::nanoseconds{kLastSyncNs},
                              [this] { return shared_->has_ended; });
    shared_->is_late = true;
}

void Syncer::wrote(FileId file, std::uint64_t end_offset) {
    if (shared_ == nullptr) return;
    if (current_ == nullptr || current_->file != file) {
        if (current_ != nullptr) current_->is_done.store(true, std::memory_order_release);
        UniqueFd fd(::fcntl(files_.descriptor(file), F_DUPFD_CLOEXEC, 0));
        current_ = fd.is_open() ? std::make_shared<Target>(file, std::move(fd)) : nullptr;
        if (current_ == nullptr) return;  // out of descriptors: asked again at the next flush
        const std::lock_guard lock{shared_->mutex};
        shared_->targets.push_back(current_);
    }
    // Sequentially consistent with is_asleep: one of the two sides sees the other.
    current_->end = end_offset;
    if (!shared_->is_asleep) return;
    const std::lock_guard lock{shared_->mutex};
    shared_->changed.notify_all();
}

void Syncer::forget(FileId file) {
    if (shared_ == nullptr) return;
    if (current_ != nullptr && current_->file == file) current_ = nullptr;
    const std::lock_guard lock{shared_->mutex};
    const auto found = std::find_if(shared_->targets.begin(), shared_->targets.end(),
                                    [file](const auto& target) { return target->file == file; });
    if (found == shared_->targets.end()) return;
    (*found)->is_forgotten = true;
    shared_->targets.erase(found);
}

}  // namespace net::capture
