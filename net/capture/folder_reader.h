// Reads a folder's entries one by one, so that a folder of any size costs no memory.
//
// Opened by open(2) and fdopendir(3), not by opendir(3): the thread sanitizer sees neither the descriptor that opendir makes nor libuv's
// closing of one (a bare system call), and takes a number that both had, one after the other, for a race.
// Thread: one that may block.
#pragma once

#include "net/capture/unique_fd.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <string>

namespace net::capture {

class FolderReader {
  public:
    explicit FolderReader(const std::string& path) {
        UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd.is_open()) folder_ = ::fdopendir(fd.get());
        if (folder_ == nullptr) {
            error_ = errno;
            return;
        }
        (void)fd.release();  // the folder's now
    }
    ~FolderReader() {
        if (folder_ != nullptr) ::closedir(folder_);
    }
    FolderReader(const FolderReader&) = delete;
    FolderReader& operator=(const FolderReader&) = delete;

    // The next entry, "." and ".." too, in no order, good until the next call; nullptr: no more, or error().
    [[nodiscard]] const dirent* next() {
        if (folder_ == nullptr) return nullptr;
        errno = 0;
        const dirent* const entry =
            ::readdir(folder_);  // NOLINT(concurrency-mt-unsafe): this stream is ours alone
        if (entry == nullptr) error_ = errno;
        return entry;
    }
    // errno of the opening or of the reading that ended it; 0: none.
    [[nodiscard]] int error() const { return error_; }
    // For the calls that end in "at"; where it could be opened.
    [[nodiscard]] int fd() const { return ::dirfd(folder_); }

  private:
    DIR* folder_ = nullptr;
    int error_ = 0;
};

}  // namespace net::capture
