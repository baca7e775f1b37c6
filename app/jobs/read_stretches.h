// The bytes of reads of the index, from long stretches of the capture file: one pread(2) for many small reads that lie near each other, and never one for what
// nobody wants.
//
// A stretch ends with a wanted read's last byte, so nothing is read that was not told (a live file's end is still being written).
// Thread: one; blocks on the disk.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/index.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace app::jobs {

class ReadStretches {
  public:
    ReadStretches(const net::capture::ReadIndex& index, const net::capture::FileTable& files)
        : index_(index),
          files_(files) {}

    // Bytes of the read at `position`, from `offset` in it, at most kPieceBytes and at least one; valid until the next call. Empty: they cannot be read, error()
    // says why. Reads up to `end` may be read along; is_wanted(entry) says which of them are worth it.
    template <typename IsWanted>
    [[nodiscard]] std::span<const std::uint8_t> bytes(std::uint64_t position,
                                                      std::uint32_t offset,
                                                      std::uint64_t end,
                                                      IsWanted&& is_wanted) {
        const net::capture::ReadEntry& entry = index_.published_entry(position);
        const std::uint64_t from = entry.offset() + offset;
        if (entry.file() != file_ || from < begin_ || from >= begin_ + size_) {
            std::uint64_t until = std::min(entry.offset() + entry.size(), from + kStretchBytes);
            for (std::uint64_t next = position + 1; next < end; ++next) {
                const net::capture::ReadEntry& ahead = index_.published_entry(next);
                if (ahead.is_gap() || ahead.size() == 0) continue;
                if (ahead.file() != entry.file() || ahead.offset() < until ||
                    ahead.offset() - until > kMostUnwantedBytes) {
                    break;
                }
                if (ahead.offset() + ahead.size() - from > kStretchBytes) break;
                if (is_wanted(ahead)) until = ahead.offset() + ahead.size();
            }
            fetch(entry.file(), from, static_cast<std::size_t>(until - from));
        }
        if (from >= begin_ + size_) return {};
        const std::uint64_t there = begin_ + size_ - from;
        const std::uint64_t left = entry.size() - offset;
        return std::span(buffer_).subspan(
            static_cast<std::size_t>(from - begin_),
            static_cast<std::size_t>(std::min({there, left, std::uint64_t{kPieceBytes}})));
    }
    // An errno value; ENODATA: the file ends before.
    [[nodiscard]] int error() const { return error_; }

    static constexpr std::size_t kStretchBytes = std::size_t{1} << 20U;
    static constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

  private:
    // Jumping over more than this is quicker than reading it along.
    static constexpr std::uint64_t kMostUnwantedBytes = std::uint64_t{32} << 10U;

    void fetch(net::channel::FileId file, std::uint64_t offset, std::size_t size);

    const net::capture::ReadIndex& index_;
    const net::capture::FileTable& files_;
    std::vector<std::uint8_t> buffer_;
    net::channel::FileId file_{};
    std::uint64_t begin_ = 0;
    std::size_t size_ = 0;
    int error_ = 0;
};

}  // namespace app::jobs
