// Which capture files are open, by number: the one place that owns their descriptors.
//
// Append-only: a FileId, once given, means the same file for the whole run, so a capture may go on in a new file (ring, after EIO) without
// readers or the writer minding. Lock-free for readers: entries are published once with release order and never move.
// Thread: add() on the thread that opens files (network thread, or a job that opens a saved capture: any, serialised inside); read(), size and path from any thread.
#pragma once

#include "net/channel/ids.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

namespace net::capture {

using channel::FileId;

// A ring of files that turns over once a second reaches this in eighteen hours; issue 3 (rings) releases entries.
inline constexpr std::size_t kMostFiles = 65536;

class FileTable {
  public:
    FileTable();
    ~FileTable();  // closes what is still open
    FileTable(const FileTable&) = delete;
    FileTable& operator=(const FileTable&) = delete;

    // Takes over `fd` (opened readable). `path` is for people. kNone when the table is full (the descriptor is then closed).
    [[nodiscard]] FileId add(int fd, std::string path);

    // pread(2) of up to out.size() bytes at `offset`; the number of bytes read (fewer at the end of the file), or -errno. Never maps the file:
    // a file that somebody truncates must not kill the program (SIGBUS).
    [[nodiscard]] std::int64_t read(FileId file,
                                    std::uint64_t offset,
                                    std::span<std::uint8_t> out) const;

    // The descriptor, for the writer and for copying; -1 for an unknown id. Stays valid while the table lives and the entry is not released.
    [[nodiscard]] int descriptor(FileId file) const;
    [[nodiscard]] std::string path(FileId file) const;

    // Closes the descriptor (after a read that is under way); reads then answer -ESTALE. For files that were dropped from the capture and documents that were
    // closed. The id is not used again. Any thread.
    void release(FileId file);

  private:
    struct Entry;
    [[nodiscard]] const Entry* find(FileId file) const;

    std::mutex adding_;  // add() only
    std::atomic<std::uint32_t> count_{0};
    std::unique_ptr<std::array<std::atomic<Entry*>, kMostFiles>> entries_;
};

}  // namespace net::capture
