// What a job found, as records of a fixed size in a file that has no name: an array that one thread appends to and any thread reads.
//
// So memory does not grow with what is found: any record is one pread(2) away. The file is made beside the captures, 0600, and has no name from the first moment
// (O_TMPFILE) or loses it at once: it is gone with its last descriptor, after a crash as well.
// Thread: create() and append() on the job's worker; size() and read() on any, while the object lives. A record below size() never changes.
// Errors: errno values. A failed append() publishes nothing; the next one writes over what it left.
#pragma once

#include "net/channel/failure.h"

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace net::bytes {
enum class FrameStatus : std::uint8_t;  // framing.h
}

namespace net::capture {

// The same for bytes: what the records stand in.
class UnnamedFile {
  public:
    // In `directory`, which is made (0700) where it is missing. Null: `failure` is the whole sentence.
    [[nodiscard]] static std::unique_ptr<UnnamedFile> create(const std::string& directory,
                                                             channel::Failure& failure);
    ~UnnamedFile();
    UnnamedFile(const UnnamedFile&) = delete;
    UnnamedFile& operator=(const UnnamedFile&) = delete;

    // Whether there is room for so many more bytes and `kept_free` beside them. True where that cannot be asked: then write() tells.
    [[nodiscard]] bool has_room(std::uint64_t bytes, std::uint64_t kept_free) const;
    // All of `bytes` at `offset`; 0 or an errno value.
    [[nodiscard]] int write(std::uint64_t offset, std::span<const std::byte> bytes) const;
    // How many there were of them; fewer at the end of the file or where it cannot be read.
    [[nodiscard]] std::size_t read(std::uint64_t offset, std::span<std::byte> out) const;

  private:
    explicit UnnamedFile(int fd) : fd_(fd) {}
    const int fd_;
};

inline constexpr std::uint64_t kKeptFreeBytes = std::uint64_t{512} << 20U;

template <typename T>
class RecordFile {
    static_assert(std::is_trivially_copyable_v<T>);

  public:
    // `kept_free`: what is left of the disk for the capture, which pauses below 256 MiB: what a view wants must not stop it.
    [[nodiscard]] static std::unique_ptr<RecordFile> create(
        const std::string& directory,
        channel::Failure& failure,
        std::uint64_t kept_free = kKeptFreeBytes) {
        std::unique_ptr<UnnamedFile> file = UnnamedFile::create(directory, failure);
        return file == nullptr
                   ? nullptr
                   : std::unique_ptr<RecordFile>{new RecordFile(std::move(file), kept_free)};
    }

    // All of them or none; one write(2), so the caller gathers. False: error() says why; ENOSPC also where the disk is nearly full.
    [[nodiscard]] bool append(std::span<const T> records) {
        const std::uint64_t count = count_.load(std::memory_order_relaxed);
        error_ = file_->has_room(records.size_bytes(), kept_free_)
                     ? file_->write(count * sizeof(T), std::as_bytes(records))
                     : ENOSPC;
        if (error_ == 0) count_.store(count + records.size(), std::memory_order_release);
        return error_ == 0;
    }
    // Of the last append(); its thread.
    [[nodiscard]] int error() const { return error_; }

    [[nodiscard]] std::uint64_t size() const { return count_.load(std::memory_order_acquire); }

    // Those from `first` on, as many as there are and `out` holds: how many.
    [[nodiscard]] std::size_t read(std::uint64_t first, std::span<T> out) const {
        const std::uint64_t count = size();
        if (first >= count) return 0;
        if (out.size() > count - first) out = out.first(static_cast<std::size_t>(count - first));
        return file_->read(first * sizeof(T), std::as_writable_bytes(out)) / sizeof(T);
    }

  private:
    RecordFile(std::unique_ptr<UnnamedFile> file, std::uint64_t kept_free)
        : file_(std::move(file)),
          kept_free_(kept_free) {}

    const std::unique_ptr<UnnamedFile> file_;
    const std::uint64_t kept_free_;
    int error_ = 0;
    std::atomic<std::uint64_t> count_{0};
};

// One message or line: where its first byte is, and how many follow in the stream of that connection and direction.
class SegmentRecord {
  public:
    static constexpr std::uint32_t kMostOffset =
        (1U << 24U) - 1;  // a packet block is 16 MiB at most
    static constexpr std::uint64_t kMostBytes = (std::uint64_t{1} << 44U) - 1;
    static constexpr std::uint32_t kMostEndBytes = (1U << 10U) - 1;  // of a header or a trailer

    SegmentRecord() = default;
    // What is larger than it may be is cut to the most.
    SegmentRecord(std::uint32_t position,
                  std::uint32_t offset_in_read,
                  std::uint64_t bytes,
                  bytes::FrameStatus status,
                  std::uint32_t header_bytes = 0,
                  std::uint32_t trailer_bytes = 0)
        : position_(position),
          offset_and_status_(least(offset_in_read, kMostOffset) << 8U |
                             static_cast<std::uint8_t>(status)),
          bytes_and_ends_((bytes < kMostBytes ? bytes : kMostBytes) << 20U |
                          least(header_bytes, kMostEndBytes) << 10U |
                          least(trailer_bytes, kMostEndBytes)) {}

    [[nodiscard]] std::uint32_t position() const { return position_; }  // of the read, in the index
    [[nodiscard]] std::uint32_t offset_in_read() const { return offset_and_status_ >> 8U; }
    [[nodiscard]] bytes::FrameStatus status() const {
        return static_cast<bytes::FrameStatus>(offset_and_status_ & 0xFFU);
    }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_and_ends_ >> 20U; }
    [[nodiscard]] std::uint32_t header_bytes() const {
        return static_cast<std::uint32_t>(bytes_and_ends_ >> 10U) & kMostEndBytes;
    }
    [[nodiscard]] std::uint32_t trailer_bytes() const {
        return static_cast<std::uint32_t>(bytes_and_ends_) & kMostEndBytes;
    }

  private:
    [[nodiscard]] static constexpr std::uint32_t least(std::uint32_t a, std::uint32_t b) {
        return a < b ? a : b;
    }

    std::uint32_t position_ = 0;
    std::uint32_t offset_and_status_ = 0;  // offset: upper 24 bits
    std::uint64_t bytes_and_ends_ = 0;     // bytes: upper 44 bits, header: 10, trailer: 10
};
static_assert(sizeof(SegmentRecord) == 16 && std::is_trivially_copyable_v<SegmentRecord>);

// One match of a search: its first byte, how many there are, and the read in which the last of them is.
struct MatchRecord {
    std::uint32_t position = 0;
    std::uint32_t offset_in_read = 0;
    std::uint32_t bytes = 0;
    std::uint32_t end_position = 0;
};
static_assert(sizeof(MatchRecord) == 16);

}  // namespace net::capture
