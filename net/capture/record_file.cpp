#include "net/capture/record_file.h"

#include "net/bytes/escapes.h"
#include "net/capture/new_file.h"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace net::capture {

namespace {

constexpr mode_t kFileMode = 0600;

// -1 with errno.
int open_unnamed(const std::string& directory) {
    if (const int error = make_directories(directory); error != 0) {
        errno = error;
        return -1;
    }
    const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kFileMode);
    // A file system without it says EOPNOTSUPP, a kernel without it the others (open(2)).
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
    std::string name = directory + "/.wireloupe-XXXXXX";
    const int named = ::mkostemp(name.data(), O_CLOEXEC);  // O_EXCL, 0600
    if (named >= 0) ::unlink(name.c_str());
    return named;
}

channel::Failure failure_of(const std::string& directory, int code) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    channel::Failure failure{.operation = channel::Operation::kCapture,
                             .time_ns = std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec,
                             .code = channel::errno_name(code),
                             .message = {}};
    failure.message = "make a temporary file in " + bytes::printable(directory) + ": " +
                      failure.code + " (" + channel::errno_text(code) + ")";
    if (code == ENOSPC || code == EDQUOT) failure.message += "; free some space there";
    return failure;
}

}  // namespace

std::unique_ptr<UnnamedFile> UnnamedFile::create(const std::string& directory,
                                                 channel::Failure& failure) {
    const int fd = open_unnamed(directory);
    if (fd >= 0) return std::unique_ptr<UnnamedFile>{new UnnamedFile(fd)};
    failure = failure_of(directory, errno);
    return nullptr;
}

UnnamedFile::~UnnamedFile() {
    ::close(fd_);
}

bool UnnamedFile::has_room(std::uint64_t bytes, std::uint64_t kept_free) const {
    struct statvfs status {};
    if (::fstatvfs(fd_, &status) != 0) return true;
    const std::uint64_t free = std::uint64_t{status.f_bavail} * status.f_frsize;
    return free >= kept_free && free - kept_free >= bytes;
}

int UnnamedFile::write(std::uint64_t offset, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::size_t>(n);
    }
    return 0;
}

std::size_t UnnamedFile::read(std::uint64_t offset, std::span<std::byte> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n =
            ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += static_cast<std::size_t>(n);
    }
    return done;
}

}  // namespace net::capture
