#include "app/jobs/file_copy.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <linux/fs.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace app::jobs {
namespace {

// A cancel is seen after so much: some milliseconds of copying.
constexpr std::uint64_t kSliceBytes = std::uint64_t{8} << 20;
constexpr std::uint64_t kCloneSliceBytes = std::uint64_t{1} << 30;
constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;
// Handed to the disk at a time, and waited for one later: the sync at the end then has little left to do.
constexpr std::uint64_t kWriteBackBytes = std::uint64_t{64} << 20;

bool is_not_supported(int error) {
    return error == EOPNOTSUPP || error == EXDEV || error == EINVAL || error == ENOSYS ||
           error == ENOTTY || error == EPERM || error == EBADF || error == ETXTBSY;
}

}  // namespace

int FileCopy::append(int from, std::uint64_t bytes, const GoOn& go_on) {
    done_ = 0;
    if (way_ == CopyWay::kClone) {
        if (const int error = clone(from, bytes, go_on); error != 0) return error;
    }
    if (done_ < bytes) {
        int error = 0;
        allocate(bytes - done_, error);
        if (error != 0) return error;
    }
    while (done_ < bytes) {
        const std::uint64_t slice = std::min(kSliceBytes, bytes - done_);
        const int error = way_ == CopyWay::kReadAndWrite ? read_and_write_slice(from, slice)
                                                         : copy_slice(from, slice);
        if (error != 0) return error;
        if (const int failed = write_back(); failed != 0) return failed;
        if (!go_on(done_)) return ECANCELED;
    }
    return 0;
}

// Whole blocks only; what is left of the last one is copied. Where it cannot be, the next way is taken from here on.
int FileCopy::clone(int from, std::uint64_t bytes, const GoOn& go_on) {
    struct stat status {};
    if (::fstat(to_, &status) != 0) return errno;
    const auto block = static_cast<std::uint64_t>(std::max<blksize_t>(status.st_blksize, 512));
    if (end_ % block != 0) return 0;  // a later part begins inside a block: copied
    const std::uint64_t whole = bytes - bytes % block;
    while (done_ < whole) {
        const std::uint64_t slice =
            std::min(kCloneSliceBytes - kCloneSliceBytes % block, whole - done_);
        file_clone_range range{
            .src_fd = from, .src_offset = done_, .src_length = slice, .dest_offset = end_};
        if (::ioctl(to_, FICLONERANGE, &range) != 0) {
            if (errno == EINTR) continue;
            if (!is_not_supported(errno)) return errno;
            way_ = CopyWay::kCopyRange;
            return 0;
        }
        done_ += slice;
        end_ += slice;
        sent_to_disk_ = end_;
        if (!go_on(done_)) return ECANCELED;
    }
    return 0;
}

// Known at once, not after an hour: there is no room for all of it. What a file system cannot say is found out by writing.
void FileCopy::allocate(std::uint64_t bytes, int& error) {
    if (::fallocate(to_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(end_),
                    static_cast<off_t>(bytes)) == 0) {
        return;
    }
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) error = errno;
}

int FileCopy::copy_slice(int from, std::uint64_t bytes) {
    const std::uint64_t goal = done_ + bytes;
    while (done_ < goal) {
        auto from_at = static_cast<off64_t>(done_);
        auto to_at = static_cast<off64_t>(end_);
        const ssize_t n = ::copy_file_range(from, &from_at, to_, &to_at,
                                            static_cast<std::size_t>(goal - done_), 0);
        if (n < 0 && errno == EINTR) continue;
        // Some file systems answer 0 where they can't: reading says whether it is the end.
        if (n == 0 || (n < 0 && is_not_supported(errno))) {
            way_ = CopyWay::kReadAndWrite;
            return read_and_write_slice(from, goal - done_);
        }
        if (n < 0) return errno;
        done_ += static_cast<std::uint64_t>(n);
        end_ += static_cast<std::uint64_t>(n);
    }
    return 0;
}

int FileCopy::read_and_write_slice(int from, std::uint64_t bytes) {
    const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(kBufferBytes);
    const std::uint64_t goal = done_ + bytes;
    while (done_ < goal) {
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(kBufferBytes, goal - done_));
        const ssize_t n = ::pread(from, buffer.get(), wanted, static_cast<off_t>(done_));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return ENODATA;
        std::size_t written = 0;
        while (written < static_cast<std::size_t>(n)) {
            const ssize_t w =
                ::pwrite(to_, buffer.get() + written, static_cast<std::size_t>(n) - written,
                         static_cast<off_t>(end_));
            if (w < 0 && errno == EINTR) continue;
            if (w < 0) return errno;
            if (w == 0) return ENOSPC;
            written += static_cast<std::size_t>(w);
            end_ += static_cast<std::uint64_t>(w);
        }
        done_ += static_cast<std::uint64_t>(n);
    }
    return 0;
}

int FileCopy::write_back() {
    constexpr unsigned kWait =
        SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
    constexpr auto kBytes = static_cast<off64_t>(kWriteBackBytes);
    for (; end_ - sent_to_disk_ >= kWriteBackBytes; sent_to_disk_ += kWriteBackBytes) {
        const auto at = static_cast<off64_t>(sent_to_disk_);
        (void)::sync_file_range(to_, at, kBytes, SYNC_FILE_RANGE_WRITE);
        if (at < kBytes || ::sync_file_range(to_, at - kBytes, kBytes, kWait) == 0) continue;
        // A later fsync(2) would not say it again.
        if (errno == EIO || errno == ENOSPC || errno == EDQUOT) return errno;
    }
    return 0;
}

}  // namespace app::jobs
