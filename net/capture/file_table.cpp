#include "net/capture/file_table.h"

#include <cerrno>
#include <unistd.h>

namespace net::capture {

namespace {

// An entry's state: how many use the descriptor, and two flags. Closed is set by whoever brings it to "released, nobody uses it".
constexpr std::uint32_t kReleased = 1U << 31U;
constexpr std::uint32_t kClosed = 1U << 30U;

}  // namespace

struct FileTable::Entry {
    int fd = -1;
    std::atomic<std::uint32_t> state{0};
    std::unique_ptr<const std::string> path;

    // Pairs with leave(), also where it says no: then it was released before.
    [[nodiscard]] bool enter() {
        return (state.fetch_add(1, std::memory_order_acquire) & kReleased) == 0;
    }
    void leave() {
        if (state.fetch_sub(1, std::memory_order_acq_rel) == (kReleased | 1U)) close_if_unused();
    }
    void close_if_unused() {
        std::uint32_t unused = kReleased;
        if (!state.compare_exchange_strong(unused, kReleased | kClosed, std::memory_order_acq_rel))
            return;  // somebody has just come to hear that it is released, and closes on leaving
        ::close(fd);
        path.reset();
    }
};

struct FileTable::Block {
    std::array<Entry, kBlockEntries> entries;
};

FileTable::FileTable() = default;

FileTable::~FileTable() {
    const std::uint32_t count = count_.load(std::memory_order_acquire);
    for (std::uint32_t number = 1; number <= count; ++number)
        release(FileId{number});
    for (auto& block : blocks_)
        delete block.load(std::memory_order_relaxed);
}

FileId FileTable::add(int fd, std::string path) {
    const std::lock_guard lock{adding_};
    const std::uint32_t count = count_.load(std::memory_order_relaxed);
    if (count >= kMostFiles) {
        ::close(fd);
        return FileId::kNone;
    }
    std::atomic<Block*>& block = blocks_[count / kBlockEntries];
    if (count % kBlockEntries == 0) block.store(new Block, std::memory_order_release);
    Entry& entry = block.load(std::memory_order_relaxed)->entries[count % kBlockEntries];
    entry.fd = fd;
    entry.path = std::make_unique<const std::string>(std::move(path));
    count_.store(count + 1, std::memory_order_release);
    return static_cast<FileId>(count + 1);
}

std::int64_t FileTable::read(FileId file, std::uint64_t offset, std::span<std::uint8_t> out) const {
    if (find(file) == nullptr) return -EBADF;
    const Use user = use(file);
    const int fd = user.descriptor();
    if (fd < 0) return -ESTALE;
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t n =
            ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
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
    return use(file).descriptor();
}

std::string FileTable::path(FileId file) const {
    const Use user = use(file);
    return user.entry_ == nullptr ? std::string{} : *user.entry_->path;
}

FileTable::Use FileTable::use(FileId file) const {
    Entry* entry = find(file);
    if (entry == nullptr) return Use{};
    if (entry->enter()) return Use{entry};
    entry->leave();
    return Use{};
}

FileTable::Use::~Use() {
    if (entry_ != nullptr) entry_->leave();
}

int FileTable::Use::descriptor() const {
    return entry_ == nullptr ? -1 : entry_->fd;
}

void FileTable::release(FileId file) {
    Entry* entry = find(file);
    if (entry == nullptr) return;
    if (entry->state.fetch_or(kReleased, std::memory_order_acq_rel) == 0) entry->close_if_unused();
}

FileTable::Entry* FileTable::find(FileId file) const {
    const std::uint32_t number = channel::number(file);
    if (number == 0 || number > count_.load(std::memory_order_acquire)) return nullptr;
    Block* block = blocks_[(number - 1) / kBlockEntries].load(std::memory_order_acquire);
    return &block->entries[(number - 1) % kBlockEntries];
}

}  // namespace net::capture
