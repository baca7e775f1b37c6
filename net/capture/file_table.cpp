#include "net/capture/file_table.h"

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace net::capture {

struct FileTable::Entry {
    int fd = -1;
    std::string path;
};

FileTable::FileTable()
    : entries_(std::make_unique<std::array<std::atomic<Entry*>, kMostFiles>>()) {}

FileTable::~FileTable() {
    const std::uint32_t count = count_.load(std::memory_order_acquire);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::unique_ptr<Entry> entry{(*entries_)[i].load(std::memory_order_relaxed)};
        ::close(entry->fd);
    }
}

FileId FileTable::add(int fd, std::string path) {
    auto entry = std::make_unique<Entry>(Entry{.fd = fd, .path = std::move(path)});
    const std::lock_guard lock{adding_};
    const std::uint32_t count = count_.load(std::memory_order_relaxed);
    // Ids are counted from 1 and kept in 16 bits by the index of reads, so the last of the 65,536 is never given.
    if (count + 1 >= kMostFiles) {
        ::close(fd);
        return FileId::kNone;
    }
    (*entries_)[count].store(entry.release(), std::memory_order_release);
    count_.store(count + 1, std::memory_order_release);
    return static_cast<FileId>(count + 1);
}

std::int64_t FileTable::read(FileId file, std::uint64_t offset, std::span<std::uint8_t> out) const {
    const Entry* entry = find(file);
    if (entry == nullptr) return -EBADF;
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n = ::pread(entry->fd, out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
        if (n > 0) {
            done += static_cast<std::size_t>(n);
        } else if (n == 0) {
            break;
        } else if (errno != EINTR) {
            return done > 0 ? static_cast<std::int64_t>(done) : -errno;
        }
    }
    return static_cast<std::int64_t>(done);
}

int FileTable::descriptor(FileId file) const {
    const Entry* entry = find(file);
    return entry == nullptr ? -1 : entry->fd;
}

std::string FileTable::path(FileId file) const {
    const Entry* entry = find(file);
    return entry == nullptr ? std::string{} : entry->path;
}

const FileTable::Entry* FileTable::find(FileId file) const {
    const std::uint32_t number = channel::number(file);
    if (number == 0 || number > count_.load(std::memory_order_acquire)) return nullptr;
    return (*entries_)[number - 1].load(std::memory_order_acquire);
}

}  // namespace net::capture
