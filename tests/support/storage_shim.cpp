// Preloaded into the program under test (LD_PRELOAD): what the program asks of its disk, answered or written down.
//
//   STORAGE_FREE_MIB=N     fstatvfs(3) says that N MiB are free
//   STORAGE_KEEP=FOLDER    what unlink(2) deletes has a second name in there before it goes
//   STORAGE_LOG=FILE       every write, truncation and sync of a regular file, with its bytes, in the order in which they were done
//
// A record of the log: six 64-bit numbers (kind, inode, offset, size, error, length of what follows), then that: the bytes of a write, the path of a file when it
// is first seen. A sync is there twice, before and after it was done: what had been written before its beginning is safe at its end.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <string>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace {

enum class Kind : std::uint64_t { kSeen = 1, kWrite, kTruncate, kSyncBegins, kSyncEnds };

struct Record {
    Kind kind{};
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t error = 0;
    std::uint64_t follows = 0;
};

template <typename Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

class Log {
  public:
    Log() {
        const char* path =
            std::getenv("STORAGE_LOG");  // NOLINT(concurrency-mt-unsafe): nobody sets it
        if (path != nullptr) {
            fd_ = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path,
                                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
        }
    }

    [[nodiscard]] bool is_on() const { return fd_ >= 0; }

    void add(Record record, const void* bytes) {
        iovec parts[2] = {{&record, sizeof record}, {const_cast<void*>(bytes), record.follows}};
        if (syscall(SYS_writev, fd_, parts, record.follows > 0 ? 2 : 1) < 0) abort();
    }

    // A regular file's inode, else 0. Its path is told the first time.
    std::uint64_t inode_of(int fd, std::uint64_t& size) {
        struct stat status {};
        if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
        size = static_cast<std::uint64_t>(status.st_size);
        if (seen_.insert(status.st_ino).second) {
            std::string path(4096, '\0');
            const ssize_t length =
                readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), path.data(), path.size());
            add({.kind = Kind::kSeen,
                 .inode = status.st_ino,
                 .follows = static_cast<std::uint64_t>(length)},
                path.data());
        }
        return status.st_ino;
    }

    std::mutex mutex;

  private:
    int fd_ = -1;
    std::set<std::uint64_t> seen_;
};

Log& the_log() {
    static Log& log = *new Log;  // a thread may still write when the program ends
    return log;
}

template <typename Sync>
int logged_sync(int fd, Sync sync) {
    Log& log = the_log();
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    if (log.is_on()) {
        const std::lock_guard lock(log.mutex);
        inode = log.inode_of(fd, size);
        if (inode != 0) log.add({.kind = Kind::kSyncBegins, .inode = inode, .size = size}, nullptr);
    }
    const int result = sync(fd);
    const int error = errno;
    if (inode != 0) {
        const std::lock_guard lock(log.mutex);
        log.add({.kind = Kind::kSyncEnds,
                 .inode = inode,
                 .size = size,
                 .error = result == 0 ? 0 : static_cast<std::uint64_t>(error)},
                nullptr);
    }
    errno = error;
    return result;
}

}  // namespace

extern "C" {

int fstatvfs(int fd, struct statvfs* status) {
    static const auto kNext = next<int (*)(int, struct statvfs*)>("fstatvfs");
    const int result = kNext(fd, status);
    const char* text =
        std::getenv("STORAGE_FREE_MIB");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (result == 0 && text != nullptr && status->f_frsize > 0)
        status->f_bavail = (std::strtoull(text, nullptr, 10) << 20U) / status->f_frsize;
    return result;
}

int unlink(const char* path) {
    static const auto kNext = next<int (*)(const char*)>("unlink");
    const char* folder =
        std::getenv("STORAGE_KEEP");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (folder != nullptr) {
        const std::string whole = path;
        const std::string kept = folder + ("/" + whole.substr(whole.rfind('/') + 1));
        if (link(path, kept.c_str()) != 0 && errno != EEXIST && errno != ENOENT) abort();
    }
    return kNext(path);
}

ssize_t write(int fd, const void* data, std::size_t size) {
    static const auto kNext = next<ssize_t (*)(int, const void*, std::size_t)>("write");
    Log& log = the_log();
    if (!log.is_on()) return kNext(fd, data, size);
    const std::lock_guard lock(log.mutex);
    std::uint64_t before = 0;
    const std::uint64_t inode = log.inode_of(fd, before);
    const ssize_t written = kNext(fd, data, size);
    const int error = errno;
    if (inode != 0 && written > 0) {
        const auto count = static_cast<std::uint64_t>(written);
        log.add({.kind = Kind::kWrite,
                 .inode = inode,
                 .offset = before,
                 .size = count,
                 .follows = count},
                data);
    }
    errno = error;
    return written;
}

int ftruncate(int fd, off_t size) {
    static const auto kNext = next<int (*)(int, off_t)>("ftruncate");
    Log& log = the_log();
    if (!log.is_on()) return kNext(fd, size);
    const std::lock_guard lock(log.mutex);
    std::uint64_t before = 0;
    const std::uint64_t inode = log.inode_of(fd, before);
    const int result = kNext(fd, size);
    const int error = errno;
    if (inode != 0 && result == 0) {
        log.add({.kind = Kind::kTruncate, .inode = inode, .size = static_cast<std::uint64_t>(size)},
                nullptr);
    }
    errno = error;
    return result;
}

int fdatasync(int fd) {
    static const auto kNext = next<int (*)(int)>("fdatasync");
    return logged_sync(fd, kNext);
}

int fsync(int fd) {
    static const auto kNext = next<int (*)(int)>("fsync");
    return logged_sync(fd, kNext);
}

}  // extern "C"
