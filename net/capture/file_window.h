// A small window over a file that moves forward: whole stretches where the blocks are small, only the heads and tails where they are large.
//
// Never a mapping: a file that somebody truncates answers with fewer bytes, not with SIGBUS. Thread: its owner's.
#pragma once

#include "net/capture/file_table.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace net::capture {

class FileWindow {
  public:
    // Reads on from where it is are this long: about what a level 2 cache holds, so that the copy is still there when it is looked at.
    static constexpr std::size_t kStretchBytes = std::size_t{256} * 1024;
    // Reads at a place far from the last: a tail, the next block's head, and a little more.
    static constexpr std::size_t kJumpBytes = 2048;

    explicit FileWindow(const FileTable& files) : files_(files) {}

    void start(FileId file) {
        file_ = file;
        begin_ = 0;
        size_ = 0;
        error_ = 0;
    }

    // The `need` bytes at `offset`, valid until the next call; null when the file has no such bytes (any more) or cannot be read. `end` is how far
    // the file may be read at all.
    [[nodiscard]] const std::uint8_t* view(std::uint64_t offset,
                                           std::size_t need,
                                           std::uint64_t end) {
        if (offset >= begin_ && offset - begin_ <= size_ && size_ - (offset - begin_) >= need) {
            return buffer_.data() + (offset - begin_);
        }
        const bool is_next = offset >= begin_ && offset <= begin_ + size_;
        const std::uint64_t wanted =
            std::max<std::uint64_t>(need, is_next ? kStretchBytes : kJumpBytes);
        const auto size = static_cast<std::size_t>(std::min(wanted, end - std::min(offset, end)));
        error_ = 0;
        if (size < need) return nullptr;
        if (buffer_.size() < size) buffer_.resize(size);
        const std::int64_t n = files_.read(file_, offset, std::span{buffer_}.first(size));
        begin_ = offset;
        size_ = n < 0 ? 0 : static_cast<std::size_t>(n);
        bytes_read_ += size_;
        if (size_ >= need) return buffer_.data();
        // What was read before a place that cannot be read comes without its error.
        std::uint8_t next = 0;
        const std::int64_t told = n < 0 ? n : files_.read(file_, offset + size_, {&next, 1});
        if (told < 0) error_ = static_cast<int>(-told);
        return nullptr;
    }

    // After a null view(): errno, if the bytes are there and cannot be read; else 0.
    [[nodiscard]] int error() const { return error_; }

    // How much was read so far, for budgets.
    [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

  private:
    const FileTable& files_;
    FileId file_{};
    std::vector<std::uint8_t> buffer_;
    std::uint64_t begin_ = 0;
    std::size_t size_ = 0;
    std::uint64_t bytes_read_ = 0;
    int error_ = 0;
};

}  // namespace net::capture
