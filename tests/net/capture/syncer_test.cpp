// What is written is synced about once an interval, off the writer's thread, once more at the end, and never again on a file that failed.

#include "net/capture/syncer.h"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <fcntl.h>
#include <memory>
#include <mutex>
#include <sys/stat.h>
#include <vector>

#include "tests/net/capture/capture_fixture.h"
#include "tests/support/folder_names.h"

namespace tests {
namespace {

using net::capture::FileTable;
using net::capture::Syncer;
using namespace std::chrono_literals;

// A disk that can be stuck, and remembers what it was asked for.
struct Disk {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<ino_t> synced;
    std::vector<Syncer::Result> failures;
    std::vector<FileId> successes;
    bool is_stuck = false;
    int error = 0;

    int sync(int fd) {
        struct stat status {};
        EXPECT_EQ(::fstat(fd, &status), 0) << "the descriptor is closed under the sync";
        std::unique_lock lock{mutex};
        synced.push_back(status.st_ino);
        changed.notify_all();
        changed.wait(lock, [this] { return !is_stuck; });
        return error;
    }
    void wait_for(std::size_t syncs) {
        std::unique_lock lock{mutex};
        EXPECT_TRUE(changed.wait_for(lock, 20s, [&] { return synced.size() >= syncs; }))
            << synced.size() << " of " << syncs;
    }
    void wait_for_failures(std::size_t n) {
        std::unique_lock lock{mutex};
        EXPECT_TRUE(changed.wait_for(lock, 20s, [&] { return failures.size() >= n; }));
    }
    std::size_t count() {
        const std::lock_guard lock{mutex};
        return synced.size();
    }
    void let_go() {
        const std::lock_guard lock{mutex};
        is_stuck = false;
        changed.notify_all();
    }
};

class Syncing : public testing::Test {
  protected:
    FileId add(const std::string& name) {
        const int fd = ::open(directory_.path(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        EXPECT_GE(fd, 0);
        return files_.add(fd, name);
    }
    std::unique_ptr<Syncer> make(std::int64_t interval_ns) {
        return std::make_unique<Syncer>(
            files_, interval_ns,
            [disk = disk_](const Syncer::Result& result) {
                const std::lock_guard lock{disk->mutex};
                if (result.error == 0) {
                    disk->successes.push_back(result.file);
                } else {
                    disk->failures.push_back(result);
                }
                disk->changed.notify_all();
            },
            [disk = disk_](int fd) { return disk->sync(fd); });
    }

    TemporaryDirectory directory_;
    FileTable files_;
    const std::shared_ptr<Disk> disk_ = std::make_shared<Disk>();
};

constexpr std::int64_t kSoon = 1'000'000;
constexpr std::int64_t kNever = 3'600'000'000'000;

TEST_F(Syncing, WhatIsWrittenIsSyncedAndNothingElse) {
    const auto syncer = make(kSoon);
    const FileId file = add("a");
    for (std::size_t i = 1; i <= 5; ++i) {
        syncer->wrote(file, i * 100);
        disk_->wait_for(i);
    }
    const std::size_t so_far = disk_->count();
    syncer->wrote(file, 500);  // no news
    const FileId other = add("b");
    syncer->wrote(other, 1);
    disk_->wait_for(so_far + 1);
    EXPECT_EQ(disk_->count(), so_far + 1) << "what has not grown is synced again";
}

TEST_F(Syncing, ManyWritesInAnIntervalAreOneSync) {
    auto syncer = make(kNever);
    const FileId file = add("a");
    for (std::uint64_t i = 1; i <= 100'000; ++i)
        syncer->wrote(file, i);
    EXPECT_EQ(disk_->count(), 0U);
    syncer.reset();  // the last one
    disk_->wait_for(1);
    EXPECT_EQ(disk_->count(), 1U);
}

TEST_F(Syncing, AFileThatIsLeftIsSyncedToItsEndThoughItIsReleasedMeanwhile) {
    auto syncer = make(kNever);
    const FileId first = add("a");
    syncer->wrote(first, 10);
    const FileId second = add("b");
    syncer->wrote(second, 10);
    files_.release(first);
    syncer.reset();
    disk_->wait_for(2);
    EXPECT_NE(disk_->synced[0], disk_->synced[1]);
}

TEST_F(Syncing, AStuckDiskHoldsUpNeitherTheWriterNorTheEnd) {
    disk_->is_stuck = true;
    auto syncer = make(kSoon);
    const FileId file = add("a");
    syncer->wrote(file, 1);
    disk_->wait_for(1);
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = 2; i <= 1000; ++i)
        syncer->wrote(file, i);
    syncer->wrote(add("b"), 1);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
    EXPECT_EQ(disk_->count(), 1U);
    syncer.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    disk_->let_go();
    disk_->wait_for(3);  // what was left behind ends by itself, with nothing of ours but the disk
}

TEST_F(Syncing, AFailureIsToldOnceAndTheFileIsNeverSyncedAgain) {
    const auto syncer = make(kSoon);
    const FileId bad = add("a");
    {
        const std::lock_guard lock{disk_->mutex};
        disk_->error = EIO;
    }
    syncer->wrote(bad, 1);
    disk_->wait_for_failures(1);
    {
        const std::lock_guard lock{disk_->mutex};
        EXPECT_EQ(disk_->failures[0].file, bad);
        EXPECT_EQ(disk_->failures[0].error, EIO);
        disk_->error = 0;
    }
    syncer->wrote(bad, 2);
    const FileId good = add("b");
    syncer->wrote(good, 1);
    disk_->wait_for(2);
    EXPECT_EQ(disk_->count(), 2U);
    EXPECT_NE(disk_->synced[0], disk_->synced[1]);
    EXPECT_EQ(disk_->failures.size(), 1U);
}

TEST_F(Syncing, AFilesFirstSuccessIsToldAndNoOther) {
    auto syncer = make(kSoon);
    const FileId first = add("a");
    for (std::size_t i = 1; i <= 3; ++i) {
        syncer->wrote(first, i);
        disk_->wait_for(i);
    }
    const FileId second = add("b");
    syncer->wrote(second, 1);
    disk_->wait_for(4);
    syncer.reset();
    const std::lock_guard lock{disk_->mutex};
    EXPECT_EQ(disk_->successes, (std::vector<FileId>{first, second}));
}

TEST_F(Syncing, WhatIsForgottenIsNotSyncedAndNotHeldOpen) {
    auto syncer = make(kNever);
    std::vector<FileId> files;
    for (int i = 0; i < 50; ++i) {
        files.push_back(add("a" + std::to_string(i)));
        syncer->wrote(files.back(), 1);
    }
    const std::size_t before = support::open_descriptors();
    for (int i = 0; i < 49; ++i)
        syncer->forget(files[static_cast<std::size_t>(i)]);
    EXPECT_EQ(support::open_descriptors(), before - 49);
    syncer->forget(FileId{12345});
    syncer.reset();
    disk_->wait_for(1);
    EXPECT_EQ(disk_->count(), 1U) << "a file that is deleted is written out";
}

TEST_F(Syncing, WhatIsForgottenWhileItIsSyncedIsToldNothingOf) {
    disk_->is_stuck = true;
    disk_->error = EIO;
    auto syncer = make(kSoon);
    std::vector<FileId> files;
    for (int i = 0; i < 10; ++i) {
        files.push_back(add("a" + std::to_string(i)));
        syncer->wrote(files.back(), 1);
        if (i == 0) disk_->wait_for(1);
    }
    const std::size_t before = support::open_descriptors();
    for (int i = 0; i < 9; ++i)
        syncer->forget(files[static_cast<std::size_t>(i)]);
    EXPECT_EQ(support::open_descriptors(), before - 8)
        << "only the one that is being synced is held";
    disk_->let_go();
    disk_->wait_for_failures(1);
    EXPECT_EQ(disk_->failures[0].file, files[9]);
    syncer.reset();
    EXPECT_EQ(disk_->failures.size(), 1U);
    EXPECT_EQ(disk_->count(), 2U);
}

TEST_F(Syncing, AKindOfFileThatCannotBeSyncedIsNoFailure) {
    const auto syncer = make(kSoon);
    {
        const std::lock_guard lock{disk_->mutex};
        disk_->error = EINVAL;
    }
    syncer->wrote(add("a"), 1);
    disk_->wait_for(1);
    {
        const std::lock_guard lock{disk_->mutex};
        disk_->error = EIO;
    }
    syncer->wrote(add("b"), 1);
    disk_->wait_for_failures(1);
    EXPECT_EQ(disk_->failures.size(), 1U);
}

TEST_F(Syncing, TheRealThingSyncsARealFile) {
    std::atomic<int> failures{0};
    auto syncer = std::make_unique<Syncer>(
        files_, kSoon,
        [&failures](const Syncer::Result& result) { failures += result.error == 0 ? 0 : 1; });
    const std::string path = directory_.path("a");
    const FileId file = add("a");
    write_file(path, random_bytes(40 << 20, 1));  // more than a step
    syncer->wrote(file, 40 << 20);
    syncer.reset();
    EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace tests
