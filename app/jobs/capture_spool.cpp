#include "app/jobs/capture_spool.h"

#include "app/jobs/new_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace app::jobs {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
constexpr int kRetryMs = 200;
// Whether there is room is asked once for so much, and at each try while there is none.
constexpr std::uint64_t kAskForRoomBytes = std::uint64_t{16} << 20;

// -1 with errno.
int open_unnamed(const std::string& directory) {
    if (const int error = make_folders(directory); error != 0) {
        errno = error;
        return -1;
    }
    const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return fd;
    std::string name = directory + "/.wireloupe-XXXXXX";
    const int named = ::mkostemp(name.data(), O_CLOEXEC);
    if (named >= 0) ::unlink(name.c_str());
    return named;
}

}  // namespace

std::unique_ptr<CaptureSpool> CaptureSpool::start(net::capture::FileTable& files,
                                                  const Config& config,
                                                  const std::string& name,
                                                  std::function<void()> has_news,
                                                  int& error) {
    error = 0;
    const int source = ::fcntl(config.descriptor, F_DUPFD_CLOEXEC, 0);
    if (source < 0) {
        error = errno;
        return nullptr;
    }
    const int bell = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    const int spool = bell < 0 ? -1 : open_unnamed(config.directory);
    if (spool < 0) error = errno;
    const net::capture::FileId file =
        spool < 0 ? net::capture::FileId::kNone : files.add(spool, name);
    if (spool >= 0 && file == net::capture::FileId::kNone) error = ENFILE;
    if (error != 0) {
        if (bell >= 0) ::close(bell);
        ::close(source);
        return nullptr;
    }
    std::unique_ptr<CaptureSpool> made{
        new CaptureSpool(config, source, spool, bell, std::move(has_news))};
    made->file_ = file;
    made->worker_ = std::thread([raw = made.get()] { raw->run(); });
    return made;
}

CaptureSpool::CaptureSpool(
    const Config& config, int source, int spool, int bell, std::function<void()> has_news)
    : config_(config),
      source_(source),
      spool_(spool),
      bell_(bell),
      has_news_(std::move(has_news)) {}

CaptureSpool::~CaptureSpool() {
    stop();
    worker_.join();
    ::close(bell_);
    ::close(source_);
}

void CaptureSpool::stop() {
    const std::uint64_t one = 1;
    // It cannot be full: it takes 2^64 - 2 of these.
    while (::write(bell_, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

void CaptureSpool::run() {
    const auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(kReadBytes);
    for (;;) {
        if (!has_room() && !keep(nullptr, 0)) return;
        if (wait(true, -1)) return end(0);
        const ssize_t n = ::read(source_, buffer.get(), kReadBytes);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n <= 0) return end(n < 0 ? errno : 0);
        if (!keep(buffer.get(), static_cast<std::size_t>(n))) return;
        has_news_();
    }
}

// With nothing to keep it waits for room.
bool CaptureSpool::keep(const std::uint8_t* data, std::size_t size) {
    bool is_waiting = size == 0;
    for (;;) {
        std::size_t written = 0;
        int error = 0;
        if (is_waiting && !has_room()) error = ENOSPC;
        if (error == 0 && size > 0) error = write_some(data, size, written);
        if (error == 0) {
            if (trouble_.exchange(0, std::memory_order_acq_rel) != 0) has_news_();
            is_waiting = false;
            bytes_.fetch_add(written, std::memory_order_release);
            data += written;
            size -= written;
            if (size == 0) return true;
            continue;
        }
        if (error != ENOSPC && error != EDQUOT) {
            end(error);
            return false;
        }
        is_waiting = true;
        if (trouble_.exchange(error, std::memory_order_acq_rel) != error) has_news_();
        if (wait(false, kRetryMs)) {
            end(0);
            return false;
        }
    }
}

int CaptureSpool::write_some(const std::uint8_t* data, std::size_t size, std::size_t& written) {
    for (;;) {
        std::int64_t n = 0;
        int error = 0;
        if (config_.write_hook != nullptr) {
            error = config_.write_hook(spool_, data, size, &n);
        } else {
            n = ::write(spool_, data, size);
            if (n < 0) error = errno;
        }
        if (error == EINTR) continue;
        if (error != 0) return error;
        if (n <= 0) return ENOSPC;
        written = static_cast<std::size_t>(n);
        return 0;
    }
}

bool CaptureSpool::has_room() {
    if (config_.least_free_bytes == 0) return true;
    const std::uint64_t kept = bytes();
    const bool is_due = kept >= asked_for_room_at_ || trouble() != 0;
    if (!is_due) return true;
    struct statvfs status {};
    // What cannot be asked, the write will say.
    if (::fstatvfs(spool_, &status) != 0) return true;
    if (std::uint64_t{status.f_bavail} * status.f_frsize < config_.least_free_bytes) return false;
    asked_for_room_at_ = kept + kAskForRoomBytes;
    return true;
}

bool CaptureSpool::wait(bool for_source, int milliseconds) const {
    std::array<pollfd, 2> waited{{{.fd = bell_, .events = POLLIN, .revents = 0},
                                  {.fd = source_, .events = POLLIN, .revents = 0}}};
    const nfds_t count = for_source ? 2 : 1;
    while (::poll(waited.data(), count, milliseconds) < 0 && errno == EINTR) {
    }
    return (waited[0].revents & POLLIN) != 0;
}

void CaptureSpool::end(int error) {
    error_.store(error, std::memory_order_release);
    has_ended_.store(true, std::memory_order_release);
    has_news_();
}

}  // namespace app::jobs
