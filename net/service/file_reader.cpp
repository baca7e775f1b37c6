#include "net/service/file_reader.h"

#include "net/service/socket.h"

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace net::service {

namespace {

// Buffers that come back are filled again: fresh pages cost more than the bytes in them.
constexpr std::size_t kKeptBuffers = 16;

struct Buffers {
    std::mutex mutex;
    std::vector<std::unique_ptr<std::vector<std::uint8_t>>> kept;  // under `mutex`

    std::unique_ptr<std::vector<std::uint8_t>> take(std::size_t size) {
        {
            const std::lock_guard lock(mutex);
            while (!kept.empty()) {
                auto buffer = std::move(kept.back());
                kept.pop_back();
                if (buffer->size() == size) return buffer;
            }
        }
        return std::make_unique<std::vector<std::uint8_t>>(size);
    }
    void put(std::unique_ptr<std::vector<std::uint8_t>> buffer) {
        const std::lock_guard lock(mutex);
        if (kept.size() < kKeptBuffers) kept.push_back(std::move(buffer));
    }
};

std::string kind_of(mode_t mode) {
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    return "no file";
}

int look_at(const struct stat& status, FileReader::Opened& opened) {
    if (S_ISDIR(status.st_mode)) return EISDIR;
    if (!S_ISREG(status.st_mode)) {
        opened.because = "; it is " + kind_of(status.st_mode) + ", and only regular files are sent";
        return EINVAL;
    }
    opened.size = static_cast<std::uint64_t>(status.st_size);
    return 0;
}

// To open a device may do something to it, so it is looked at first; and again, for it may be another one by then.
UniqueFd open_regular(const std::string& path, FileReader::Opened& opened) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        opened.error = errno;
        return {};
    }
    opened.error = look_at(status, opened);
    if (opened.error != 0) return {};
    UniqueFd fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) {
        opened.error = errno;
        return {};
    }
    opened.error = look_at(status, opened);
    if (opened.error != 0) return {};
    (void)::posix_fadvise(fd.get(), 0, 0, POSIX_FADV_SEQUENTIAL);
    return fd;
}

// How many bytes came; less than `size` with `error` 0: the file ends there.
std::size_t read_at(int fd, std::uint64_t offset, std::vector<std::uint8_t>& out, int& error) {
    std::size_t got = 0;
    while (got < out.size()) {
        const ssize_t n =
            ::pread(fd, out.data() + got, out.size() - got, static_cast<off_t>(offset + got));
        if (n == 0) return got;
        if (n > 0) {
            got += static_cast<std::size_t>(n);
        } else if (errno != EINTR) {
            error = errno;
            return got;
        }
    }
    return got;
}

}  // namespace

struct FileReader::Mailbox {
    struct Wish {
        std::uint64_t offset = 0;
        std::size_t size = 0;
    };

    UniqueFd bell{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};  // open as long as it may be rung
    std::shared_ptr<Buffers> buffers = std::make_shared<Buffers>();
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Wish> wishes;       // under `mutex`, like all that follows
    std::optional<Opened> opened;  // until it has been handed over
    std::vector<Piece> pieces;
    bool is_over = false;

    void ring() const {
        const std::uint64_t one = 1;
        (void)!::write(bell.get(), &one, sizeof one);
    }
    // Nullopt: there is no more to do.
    std::optional<Wish> next() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return is_over || !wishes.empty(); });
        if (is_over) return std::nullopt;
        const Wish wish = wishes.front();
        wishes.pop_front();
        return wish;
    }
};

FileReader::FileReader(Loop& loop,
                       std::function<void(const Opened&)> on_opened,
                       std::function<void(Piece&&)> on_piece)
    : loop_(loop),
      on_opened_(std::move(on_opened)),
      on_piece_(std::move(on_piece)) {}

FileReader::~FileReader() {
    if (mailbox_ == nullptr) return;
    {
        const std::lock_guard lock(mailbox_->mutex);
        mailbox_->is_over = true;
    }
    mailbox_->changed.notify_one();
}

int FileReader::start(const std::string& path) {
    auto mailbox = std::make_shared<Mailbox>();
    if (!mailbox->bell.is_open()) return EMFILE;
    const int error = poll_.open(loop_, mailbox->bell.get(), *this);
    if (error != 0) return error;
    poll_.watch(UV_READABLE);
    mailbox_ = std::move(mailbox);
    try {
        std::thread([mailbox = mailbox_, path] {
            pthread_setname_np(pthread_self(), "file reader");
            run(mailbox, path);
        }).detach();
    } catch (const std::system_error& failure) {
        return failure.code().value();
    }
    return 0;
}

void FileReader::run(const std::shared_ptr<Mailbox>& mailbox, const std::string& path) {
    Opened opened;
    const UniqueFd fd = open_regular(path, opened);
    {
        const std::lock_guard lock(mailbox->mutex);
        mailbox->opened = std::move(opened);
    }
    mailbox->ring();
    bytes::ChecksumState crc{bytes::Checksum::kCrc32};
    std::uint64_t crc_end = 0;
    while (fd.is_open()) {
        const auto wish = mailbox->next();
        if (!wish) return;
        auto buffer = mailbox->buffers->take(wish->size);
        Piece piece;
        piece.offset = wish->offset;
        const std::size_t got = read_at(fd.get(), wish->offset, *buffer, piece.error);
        if (got < wish->size && piece.error == 0) {
            piece.error = ENODATA;
            piece.end = wish->offset + got;
        }
        const std::uint64_t end = wish->offset + wish->size;
        if (piece.error == 0 && wish->offset <= crc_end && end > crc_end) {
            piece.has_crc = true;
            piece.crc_from = crc_end;
            piece.crc_before = crc;
            crc.feed(std::span(*buffer).subspan(crc_end - wish->offset));
            crc_end = end;
            piece.crc_after = crc.value();
        }
        // Whoever lets go of it last gives the buffer back.
        piece.bytes = SharedBytes(buffer.release(),
                                  [buffers = mailbox->buffers](const std::vector<std::uint8_t>* b) {
                                      buffers->put(std::unique_ptr<std::vector<std::uint8_t>>(
                                          const_cast<std::vector<std::uint8_t>*>(b)));
                                  });
        {
            const std::lock_guard lock(mailbox->mutex);
            if (mailbox->is_over) return;
            mailbox->pieces.push_back(std::move(piece));
        }
        mailbox->ring();
    }
}

void FileReader::read(std::uint64_t offset, std::size_t size) {
    {
        const std::lock_guard lock(mailbox_->mutex);
        mailbox_->wishes.push_back({.offset = offset, .size = size});
    }
    mailbox_->changed.notify_one();
}

void FileReader::on_poll(int /*status*/, int /*events*/) {
    std::uint64_t rings = 0;
    (void)!::read(mailbox_->bell.get(), &rings, sizeof rings);
    std::optional<Opened> opened;
    std::vector<Piece> pieces;
    {
        const std::lock_guard lock(mailbox_->mutex);
        opened.swap(mailbox_->opened);
        pieces.swap(mailbox_->pieces);
    }
    if (opened) on_opened_(*opened);
    for (Piece& piece : pieces)
        on_piece_(std::move(piece));
}

}  // namespace net::service
