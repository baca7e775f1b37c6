#include "net/capture/batch_file.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace net::capture {

namespace {

// Where little space is left, so much is asked for at a time.
constexpr std::uint64_t kLeastAllocateAheadBytes = std::uint64_t{1} << 20;
// How long one append waits for a slow reader of a stream, holding the loop: short enough to hear a stop in between.
constexpr int kStreamWaitMs = 50;

}  // namespace

BatchFile::BatchFile(const WriterConfig& config) : write_hook_(config.write_hook) {
    set_bounds(config.bounds);
}

std::unique_ptr<BatchFile> BatchFile::begin(NewFile file,
                                            const WriterConfig& config,
                                            std::span<const std::uint8_t> beginning,
                                            bool asks_for_free_space,
                                            int& error) {
    std::unique_ptr<BatchFile> begun{new BatchFile(config)};
    begun->fd_ = file.fd;
    begun->path_ = file.path;
    if (!asks_for_free_space) begun->least_free_bytes_ = 0;
    error = begun->append(beginning);
    if (error == 0) error = finish_file(file);
    if (error != 0) {
        begun->fd_ = -1;  // nothing to cut back in a file that goes
        discard_file(file);
        return nullptr;
    }
    begun->set_bounds(config.bounds);
    begun->file_ = config.files->add(file.fd, file.path);
    if (begun->file_ != channel::FileId::kNone) return begun;
    begun->fd_ = -1;
    file.fd = -1;  // the table has closed it
    if (file.is_new) ::unlink(file.path.c_str());
    error = ENFILE;
    return nullptr;
}

std::unique_ptr<BatchFile> BatchFile::begin_stream(const WriterConfig& config, int& error) {
    error = 0;
    std::unique_ptr<BatchFile> begun{new BatchFile(config)};
    begun->is_stream_ = true;
    begun->path_ = config.path;
    begun->fd_ = open_standard_output();
    if (begun->fd_ < 0) {
        error = errno;
        return nullptr;
    }
    begun->file_ = config.files->add(begun->fd_, begun->path_);
    if (begun->file_ != channel::FileId::kNone) return begun;
    error = ENFILE;
    return nullptr;
}

BatchFile::~BatchFile() {
    if (fd_ < 0 || is_stream_) return;
    // Also where nothing is cut: truncating to the same size frees what was allocated behind it.
    if (must_cut_back_ || room_end_ > end_) (void)cut_back();
}

void BatchFile::set_bounds(const channel::CaptureBounds& bounds) {
    least_free_bytes_ = bounds.least_free_bytes;
    must_check_free_ = true;
    allocate_ahead_bytes_ = kAllocateAheadBytes;
    // A file of a ring never needs more than it is to hold.
    if (bounds.ring_files != 0)
        allocate_ahead_bytes_ =
            std::clamp(bounds.ring_file_bytes, kLeastAllocateAheadBytes, kAllocateAheadBytes);
}

void BatchFile::forget_failed_batch() {
    if (must_cut_back_) (void)cut_back();
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
        is_bad_ = is_bad_ || error == EIO;
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
        if (errno == EINTR) continue;
        is_bad_ = is_bad_ || errno == EIO;
        return errno;
    }
    must_cut_back_ = false;
    room_end_ = end_;  // truncating gave it back
    allocated_end_ = end_;
    return 0;
}

// Every so many bytes as are allocated ahead, and after each failure until one append succeeds: is there room enough on the disk, and may we have some ahead?
int BatchFile::make_room(std::size_t bytes) {
    const bool needs_room = end_ + bytes > room_end_;
    if ((needs_room || must_check_free_) && !has_least_free()) return ENOSPC;
    if (!needs_room) return 0;
    std::uint64_t ahead = std::max<std::uint64_t>(allocate_ahead_bytes_, bytes);
    while (can_allocate_) {
        const std::uint64_t begin = std::max(room_end_, end_);
        if (::fallocate(fd_, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(begin),
                        static_cast<off_t>(ahead)) == 0) {
            room_end_ = begin + ahead;
            allocated_end_ = room_end_;
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
    // What was allocated ahead for this file is not taken from anybody.
    const std::uint64_t ours = allocated_end_ > end_ ? allocated_end_ - end_ : 0;
    return std::uint64_t{status.f_bavail} * status.f_frsize + ours >= least_free_bytes_;
}

}  // namespace net::capture
