#include "app/jobs/new_file.h"

#include "app/jobs/file_failure.h"
#include "net/capture/folder_reader.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <ctime>
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
constexpr std::string_view kHiddenStart = ".wireloupe-";
constexpr std::string_view kHiddenEnd = ".part";
// Between a hidden file's coming and its lock is a moment; nobody holds one that old.
constexpr std::int64_t kLeftForS = 60;

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

// A name for what has none: linkat(2) follows it.
std::string link_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

// errno.
int link_as(int fd, const std::string& path) {
    return ::linkat(AT_FDCWD, link_of(fd).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0
               ? 0
               : errno;
}

// -1: not on this file system, or nothing could give it a name later.
int open_unnamed(const std::string& folder) {
    const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kFileMode);
    struct stat status {};
    if (fd < 0 || ::stat(link_of(fd).c_str(), &status) == 0) return fd;
    ::close(fd);
    return -1;
}

// ".wireloupe-12-3.part"
bool is_hidden_name(std::string_view name) {
    if (!name.starts_with(kHiddenStart) || !name.ends_with(kHiddenEnd)) return false;
    name.remove_prefix(kHiddenStart.size());
    name.remove_suffix(std::min(kHiddenEnd.size(), name.size()));
    const std::size_t dash = name.find('-');
    const auto is_number = [](std::string_view digits) {
        return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return dash != std::string_view::npos && is_number(name.substr(0, dash)) &&
           is_number(name.substr(dash + 1));
}

void sweep_one(const std::string& path, int folder, const char* name) {
    const int fd = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return;
    struct stat opened {};
    struct stat named {};
    const bool is_left = ::fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) &&
                         opened.st_uid == ::geteuid() &&
                         ::time(nullptr) - opened.st_mtim.tv_sec > kLeftForS &&
                         ::flock(fd, LOCK_EX | LOCK_NB) == 0 &&
                         ::fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                         named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
    if (is_left) ::unlinkat(folder, name, 0);
    ::close(fd);
}

}  // namespace

void sweep_hidden(const std::string& folder) {
    net::capture::FolderReader reader(folder);
    while (const dirent* entry = reader.next())
        if (is_hidden_name(entry->d_name))
            sweep_one(folder + '/' + entry->d_name, reader.fd(), entry->d_name);
}

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
    sweep_hidden(folder_);
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
    fd_ = open_unnamed(folder_);
    const int error = fd_ >= 0 ? 0 : open_named();
    // Under a hidden name, now or for the moment before its own: whoever sweeps leaves it alone.
    if (error == 0) (void)::flock(fd_, LOCK_EX | LOCK_NB);
    return error;
}

int NewFile::open_named() {
    for (int i = 0; i < kMostNamesTried; ++i) {
        std::string name = next_hidden_path();
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

std::string NewFile::next_hidden_path() const {
    std::string name = folder_;
    if (!name.ends_with('/')) name += '/';
    name += kHiddenStart;
    name += std::to_string(::getpid()) + '-' +
            std::to_string(next_number.fetch_add(1, std::memory_order_relaxed));
    name += kHiddenEnd;
    return name;
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

int NewFile::give_name() {
    if (hidden_path_.empty()) {
        if (!may_overwrite_) return link_as(fd_, path_);
        // Nothing replaces a file by a link: it is renamed over it.
        if (const int error = give_hidden_name(); error != 0) return error;
    }
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

int NewFile::give_hidden_name() {
    for (int i = 0; i < kMostNamesTried; ++i) {
        std::string name = next_hidden_path();
        const int error = link_as(fd_, name);
        if (error == 0) hidden_path_ = std::move(name);
        if (error != EEXIST) return error;
    }
    return EEXIST;
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
