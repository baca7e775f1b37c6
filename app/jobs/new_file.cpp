#include "app/jobs/new_file.h"

#include "app/jobs/file_failure.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;
constexpr int kMostNamesTried = 1000;

// Names of hidden files differ within the process by this, and between processes by the pid.
std::atomic<unsigned> next_number{1};

// Another open description holds the file's lock: a capture is being written there (by this program or by another).
bool is_recorded_to(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;  // one that we may not read we can't ask
    const bool is_held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(fd);
    return is_held;
}

}  // namespace

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

int make_folders(const std::string& folder) {
    for (std::size_t slash = folder.find('/', 1); slash != std::string::npos;
         slash = folder.find('/', slash + 1)) {
        const std::string parent = folder.substr(0, slash);
        if (::mkdir(parent.c_str(), kFolderMode) != 0 && errno != EEXIST) {
            // One we may not write to may have it all the same.
            const int error = errno;
            struct stat status {};
            if (::stat(parent.c_str(), &status) != 0) return error;
        }
    }
    return ::mkdir(folder.c_str(), kFolderMode) == 0 || errno == EEXIST ? 0 : errno;
}

channel::Failure NewFile::failure(int code) const {
    return file_failure(attempt_, path_, code);
}

std::optional<channel::Failure> NewFile::begin(std::string path, bool may_overwrite) {
    path_ = std::move(path);
    may_overwrite_ = may_overwrite;
    folder_ = folder_of(path_);
    if (auto refused = check_goal()) return refused;
    if (const int error = open_hidden(); error != 0) return failure(error);
    return std::nullopt;
}

std::optional<channel::Failure> NewFile::check_goal() const {
    if (!path_.starts_with('/') || path_.find('\0') != std::string::npos)
        return file_failure(attempt_, path_, EINVAL, "the path is not absolute");
    if (path_.ends_with('/')) return failure(EISDIR);
    struct stat status {};
    if (::lstat(path_.c_str(), &status) != 0) {
        // A folder that is missing, a name that is too long: known now, not after an hour of copying.
        if (errno != ENOENT) return failure(errno);
        if (::stat(folder_.c_str(), &status) != 0) return failure(errno);
        return std::nullopt;
    }
    if (S_ISDIR(status.st_mode)) return failure(EISDIR);
    if (S_ISLNK(status.st_mode)) return failure(ELOOP);
    if (!S_ISREG(status.st_mode)) {
        return file_failure(attempt_, path_, EINVAL,
                            "it is no regular file (a pipe, a device or a socket); name a file");
    }
    if (!may_overwrite_) return failure(EEXIST);
    if (is_recorded_to(path_)) {
        return file_failure(attempt_, path_, EBUSY,
                            "a capture is being recorded into this file; choose another name");
    }
    return std::nullopt;
}

int NewFile::open_hidden() {
    for (int i = 0; i < kMostNamesTried; ++i) {
        std::string name = folder_;
        if (!name.ends_with('/')) name += '/';
        name += ".wireloupe-" + std::to_string(::getpid()) + '-' +
                std::to_string(next_number.fetch_add(1, std::memory_order_relaxed)) + ".part";
        fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
                     kFileMode);
        if (fd_ >= 0) {
            hidden_path_ = std::move(name);
            return 0;
        }
        if (errno != EEXIST && errno != EINTR) return errno;
    }
    return EEXIST;
}

int NewFile::write(std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0)
            return ENOSPC;  // a kernel that takes none without an error would be asked for ever
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

std::optional<channel::Failure> NewFile::sync() {
    int error = 0;
    while ((error = ::fsync(fd_) == 0 ? 0 : errno) == EINTR) {
    }
    // EINVAL: this file system has nothing to sync.
    if (error != 0 && error != EINVAL) {
        auto failed = failure(error);
        discard();
        return failed;
    }
    is_synced_ = true;
    return std::nullopt;
}

std::optional<channel::Failure> NewFile::finish() {
    if (!is_synced_) {
        if (auto failed = sync()) return failed;
    }
    // Asked again: the copying may have taken an hour.
    auto refused = check_goal();
    const int error = refused ? 0 : give_name();
    if (error != 0) refused = failure(error);
    if (refused) {
        discard();
        return refused;
    }
    hidden_path_.clear();
    discard();
    const int folder_error = sync_folder();
    if (folder_error == 0) return std::nullopt;
    return file_failure(attempt_, path_, folder_error,
                        "the file is there, but its folder could not be synced: " +
                            channel::errno_name(folder_error) + " (" +
                            channel::errno_text(folder_error) +
                            "); it may not survive a loss of power; check the disk");
}

int NewFile::give_name() const {
    if (may_overwrite_) return ::rename(hidden_path_.c_str(), path_.c_str()) == 0 ? 0 : errno;
    if (::renameat2(AT_FDCWD, hidden_path_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    // A file system without it (and most of these have no hard links either): an empty file of ours takes the name, if it is free.
    const int reserved =
        ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
    if (reserved < 0) return errno;
    ::close(reserved);
    if (::rename(hidden_path_.c_str(), path_.c_str()) == 0) return 0;
    const int error = errno;
    ::unlink(path_.c_str());
    return error;
}

int NewFile::sync_folder() const {
    const int fd = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return 0;  // a folder that we may write to but not read can't be synced
    int error = 0;
    while ((error = ::fsync(fd) == 0 ? 0 : errno) == EINTR) {
    }
    ::close(fd);
    return error == EIO || error == ENOSPC || error == EDQUOT ? error : 0;
}

void NewFile::take_back() {
    if (!may_overwrite_) ::unlink(path_.c_str());
}

void NewFile::discard() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!hidden_path_.empty()) ::unlink(hidden_path_.c_str());
    hidden_path_.clear();
}

}  // namespace app::jobs
