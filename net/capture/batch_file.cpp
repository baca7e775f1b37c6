#include "net/capture/batch_file.h"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace net::capture {

namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
// Where little space is left, so much is asked for at a time.
constexpr std::uint64_t kLeastAllocateAheadBytes = std::uint64_t{1} << 20;
constexpr int kMostNamesTried = 1000;
constexpr int kMostOpensTried = 8;

// mkdir -p, new ones 0700; those that exist stay as they are.
int make_directories(const std::string& directory) {
    for (std::size_t slash = directory.find('/', 1); slash != std::string::npos;
         slash = directory.find('/', slash + 1)) {
        const std::string parent = directory.substr(0, slash);
        if (::mkdir(parent.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
            // A parent we may not write to, or on a file system mounted read-only, may exist all the same.
            struct stat status {};
            const int error = errno;
            if (::stat(parent.c_str(), &status) != 0) return error;
        }
    }
    if (::mkdir(directory.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return 0;
    return errno;
}

// "20260131-235959-1234.pcapng", in UTC; "-2" and so on before the dot for the next ones.
std::string file_name(int number) {
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char stamp[32];
    const std::size_t size = std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    std::string name{stamp, size};
    name += '-' + std::to_string(::getpid());
    if (number > 1) name += '-' + std::to_string(number);
    return name + ".pcapng";
}

// A new file, locked; -1 with errno.
int create(const std::string& path) {
    const int fd =
        ::open(path.c_str(),
               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_APPEND | O_NOCTTY, kFileMode);
    if (fd < 0) return -1;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    // Somebody looks at it already (another start that searches for left captures): not worth waiting for.
    const int error = errno == EWOULDBLOCK ? EBUSY : errno;
    ::unlink(path.c_str());
    ::close(fd);
    errno = error;
    return -1;
}

// An existing regular file, locked and then emptied; -1 with errno.
int replace(const std::string& path) {
    // O_NONBLOCK: a FIFO or a device must not hold us up before fstat(2) tells what it is. It means nothing for regular files.
    const int fd =
        ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_APPEND | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return -1;
    struct stat status {};
    int error = 0;
    if (::fstat(fd, &status) != 0) {
        error = errno;
    } else if (!S_ISREG(status.st_mode)) {
        error = EINVAL;
    } else if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        error = errno == EWOULDBLOCK ? EBUSY : errno;
    } else if (::ftruncate(fd, 0) != 0) {
        error = errno;
    }
    if (error != 0) {
        ::close(fd);
        errno = error;
        return -1;
    }
    // What we write is for its owner only, whatever was there before; not being the owner is no reason to fail.
    if (::fchmod(fd, kFileMode) != 0) errno = 0;
    return fd;
}

}  // namespace

namespace {

// How long one append waits for a slow reader of a stream, holding the loop: short enough to hear a stop in between.
constexpr int kStreamWaitMs = 50;
// What /proc/sys/fs/pipe-max-size allows everybody on Linux, unless it was changed; without asking it is 64 KiB.
constexpr int kPipeBytes = 1 << 20;

// A pipe is opened anew, to be non-blocking without making it so for whoever shares our standard output; anything else is shared as it is.
int open_standard_output() {
    struct stat status {};
    if (::fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode)) {
        const int fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0) {
            // Room for some batches, else each of them waits for the reader three times. What the system does not allow is no loss.
            (void)::fcntl(fd, F_SETPIPE_SZ, kPipeBytes);
            return fd;
        }
    }
    return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
}

}  // namespace

std::unique_ptr<BatchFile> BatchFile::open(const WriterConfig& config,
                                           std::span<const std::uint8_t> header,
                                           int& error,
                                           std::string& path_tried) {
    error = 0;
    std::unique_ptr<BatchFile> file{new BatchFile};
    file->write_hook_ = config.write_hook;
    bool is_new = false;
    int fd = -1;
    path_tried = config.path;
    if (config.path == "-") {
        file->is_stream_ = true;
        fd = open_standard_output();
    } else if (!config.path.empty()) {
        // The file may come and go between the two ways of opening it.
        for (int i = 0; i < kMostOpensTried; ++i) {
            fd = create(config.path);
            is_new = fd >= 0;
            if (fd >= 0 || errno != EEXIST || !config.may_overwrite) break;
            fd = replace(config.path);
            if (fd >= 0 || errno != ENOENT) break;
        }
    } else {
        path_tried = config.directory;
        error = make_directories(config.directory);
        if (error != 0) return nullptr;
        for (int number = 1; number <= kMostNamesTried; ++number) {
            path_tried = config.directory;
            if (!path_tried.ends_with('/')) path_tried += '/';
            path_tried += file_name(number);
            fd = create(path_tried);
            is_new = fd >= 0;
            if (fd >= 0 || (errno != EEXIST && errno != EBUSY)) break;
        }
    }
    if (fd < 0) {
        error = errno != 0 ? errno : EIO;
        return nullptr;
    }
    file->path_ = path_tried;
    file->file_ = config.files->add(fd, path_tried);
    if (file->file_ == channel::FileId::kNone) {
        error = ENFILE;
        if (is_new) ::unlink(path_tried.c_str());
        return nullptr;
    }
    file->fd_ = fd;
    if (!file->is_stream_) {
        error = file->append(header);
        if (error != 0) {
            if (is_new) ::unlink(path_tried.c_str());
            return nullptr;
        }
    }
    file->least_free_bytes_ = config.bounds.least_free_bytes;
    file->must_check_free_ = true;
    return file;
}

BatchFile::~BatchFile() {
    if (fd_ < 0 || is_stream_) return;
    // Also where nothing is cut: truncating to the same size frees what was allocated behind it.
    if (must_cut_back_ || room_end_ > end_) (void)cut_back();
}

int BatchFile::append(std::span<const std::uint8_t> batch) {
    if (batch.empty()) return 0;
    if (is_stream_) return append_to_stream(batch);
    if (must_cut_back_) {
        const int error = cut_back();
        if (error != 0) return error;
    }
    int error = make_room(batch.size());
    std::size_t done = 0;
    bool was_asked = false;
    while (error == 0 && done < batch.size()) {
        std::size_t written = 0;
        error = write_once(batch.subspan(done), written);
        if (error != 0) break;
        done += written;
        if (done < batch.size() && !was_asked) {
            // A short write is the first word of a full disk, and rare: ask the file itself how much of it is true before going on behind it.
            was_asked = true;
            struct stat status {};
            if (::fstat(fd_, &status) != 0) {
                error = errno;
            } else if (static_cast<std::uint64_t>(status.st_size) != end_ + done) {
                error = cut_back();
                done = 0;
            }
        }
    }
    if (error == 0) {
        end_ += batch.size();
        must_check_free_ = false;
        return 0;
    }
    if (done > 0) {
        must_cut_back_ = true;
        (void)cut_back();  // if it fails, the next append begins with it
    }
    must_check_free_ = true;
    return error;
}

int BatchFile::append_to_stream(std::span<const std::uint8_t> batch) {
    while (stream_written_ < batch.size()) {
        std::size_t written = 0;
        const int error = write_once(batch.subspan(stream_written_), written);
        if (error == EAGAIN) {  // full: the reader is slow
            pollfd reader{.fd = fd_, .events = POLLOUT, .revents = 0};
            if (::poll(&reader, 1, kStreamWaitMs) <= 0) return EAGAIN;
            continue;
        }
        if (error != 0) return error;
        stream_written_ += written;
    }
    end_ += batch.size();
    stream_written_ = 0;
    return 0;
}

// One write(2), again after EINTR. Nothing written at all is ENOSPC: a kernel that takes none without an error would be asked for ever.
int BatchFile::write_once(std::span<const std::uint8_t> bytes, std::size_t& written) const {
    for (;;) {
        std::int64_t n = 0;
        int error = 0;
        if (write_hook_ != nullptr) {
            error = write_hook_(fd_, bytes.data(), bytes.size(), &n);
        } else {
            n = ::write(fd_, bytes.data(), bytes.size());
            if (n < 0) error = errno;
        }
        if (error == EINTR) continue;
        if (error != 0) return error;
        if (n <= 0) return ENOSPC;
        written = static_cast<std::size_t>(n);
        return 0;
    }
}

int BatchFile::cut_back() {
    while (::ftruncate(fd_, static_cast<off_t>(end_)) != 0) {
        if (errno != EINTR) return errno;
    }
    must_cut_back_ = false;
    room_end_ = end_;  // truncating gave it back
    return 0;
}

// Every kAllocateAheadBytes, and after each failure until one append succeeds: is there room enough on the disk, and may we have some ahead?
int BatchFile::make_room(std::size_t bytes) {
    const bool needs_room = end_ + bytes > room_end_;
    if ((needs_room || must_check_free_) && !has_least_free()) return ENOSPC;
    if (!needs_room) return 0;
    std::uint64_t ahead = std::max<std::uint64_t>(kAllocateAheadBytes, bytes);
    while (can_allocate_) {
        const std::uint64_t begin = std::max(room_end_, end_);
        if (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
                        static_cast<off_t>(ahead)) == 0) {
            room_end_ = begin + ahead;
            return 0;
        }
        if (errno == EINTR) continue;
        if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL) {
            can_allocate_ =
                false;  // this file system has no such thing: write(2) will say when it is full
        } else if (ahead / 2 < std::max<std::uint64_t>(kLeastAllocateAheadBytes, bytes)) {
            break;
        } else {
            ahead /= 2;
        }
    }
    // None to be had ahead, for whatever reason: whether there is room for this batch, write(2) says. Ask again a little later.
    room_end_ = end_ + bytes + (can_allocate_ ? kLeastAllocateAheadBytes : kAllocateAheadBytes);
    return 0;
}

bool BatchFile::has_least_free() const {
    if (least_free_bytes_ == 0) return true;
    struct statvfs status {};
    if (::fstatvfs(fd_, &status) != 0) return true;  // then write(2) is the one to tell
    return std::uint64_t{status.f_bavail} * status.f_frsize >= least_free_bytes_;
}

}  // namespace net::capture
