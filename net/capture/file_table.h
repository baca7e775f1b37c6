// Which capture files are open, by number: the one place that owns their descriptors.
//
// A FileId, once given, means the same file for the whole run, so a capture may go on in a new file (ring, after EIO) without
// readers or the writer minding; released ones answer -ESTALE for ever. Lock-free for readers: entries are published once with release order and never move.
// Each entry counts who uses its descriptor; the last of them, or release() itself, closes it.
// Memory: 16 bytes an id ever given, in blocks of 1,024; a million of files is a ring that turned over once a second for eleven days.
// Thread: add() on the thread that opens files (network thread, or a job that opens a saved capture: any, serialised inside); everything else from any thread.
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
#include <utility>

namespace net::capture {

using channel::FileId;

// Ids are counted from 1 and kept in 22 bits by the index of reads.
inline constexpr std::size_t kMostFiles = (std::size_t{1} << 22U) - 1;

class FileTable {
  private:
    struct Entry;

  public:
    FileTable();
    ~FileTable();  // closes what is still open
    FileTable(const FileTable&) = delete;
    FileTable& operator=(const FileTable&) = delete;

    // Takes over `fd` (opened readable). `path` is for people. kNone when the table is full (the descriptor is then closed).
    [[nodiscard]] FileId add(int fd, std::string path);

    // pread(2) of up to out.size() bytes at `offset`; the number of bytes read (fewer at the end of the file), or -errno: -EBADF for an id that was never given,
    // -ESTALE for a released one. Never maps the file: a file that somebody truncates must not kill the program (SIGBUS).
    [[nodiscard]] std::int64_t read(FileId file,
                                    std::uint64_t offset,
                                    std::span<std::uint8_t> out) const;

    // The descriptor, for the writer, which ends before its file is released; -1 for an unknown or released id. Whoever is not sure of that: use().
    [[nodiscard]] int descriptor(FileId file) const;
    [[nodiscard]] std::string path(FileId file) const;  // empty for an unknown or released id

    // Holds the descriptor open for as long as it lives (copying, reflinks), whatever is released meanwhile.
    class Use {
      public:
        Use() = default;
        ~Use();
        Use(Use&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
        Use& operator=(Use&& other) noexcept {
            std::swap(entry_, other.entry_);
            return *this;
        }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        [[nodiscard]] int descriptor() const;  // -1: unknown, or released before

      private:
        friend class FileTable;
        explicit Use(Entry* entry) : entry_(entry) {}
        Entry* entry_ = nullptr;
    };
    [[nodiscard]] Use use(FileId file) const;

    // Closes the descriptor (after a read that is under way); reads then answer -ESTALE. For files that were dropped from the capture and documents that were
    // closed. The id is not used again. Again, or of an unknown id: nothing. Any thread.
    void release(FileId file);

  private:
    static constexpr std::size_t kBlockEntries = 1024;
    static constexpr std::size_t kBlocks = (kMostFiles + kBlockEntries) / kBlockEntries;
    struct Block;

    [[nodiscard]] Entry* find(FileId file) const;

    std::mutex adding_;  // add() only
    std::atomic<std::uint32_t> count_{0};
    std::array<std::atomic<Block*>, kBlocks> blocks_{};
};

}  // namespace net::capture
