// The file under the writer: made safely, appended to in whole batches, never left with half a block.
//
// A regular file is cut back to its last told end when a write fails part of the way; a stream (standard output) cannot be, so it goes on where it stopped.
// Nothing of a batch counts as written before all of it is.
//
// Thread: the writer's.
#pragma once

#include "net/capture/new_file.h"
#include "net/capture/pcapng_writer.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace net::capture {

class BatchFile {
  public:
    // Takes `file` over, made by new_file.h, and appends `beginning`, which may be empty: that is a file's condition for being one at all. With `asks_for_free_space` also
    // least_free_bytes must be free for that; without, a nearly full disk is told by the first append (reading pauses, and goes on by itself) and
    // not by a program that does not start. On failure nothing of it is left: null, with an errno value in `error`.
    [[nodiscard]] static std::unique_ptr<BatchFile> begin(NewFile file,
                                                          const WriterConfig& config,
                                                          std::span<const std::uint8_t> beginning,
                                                          bool asks_for_free_space,
                                                          int& error);
    // Standard output.
    [[nodiscard]] static std::unique_ptr<BatchFile> begin_stream(const WriterConfig& config,
                                                                 int& error);
    // Gives back what was allocated ahead, and what is left of a batch that failed.
    ~BatchFile();
    BatchFile(const BatchFile&) = delete;
    BatchFile& operator=(const BatchFile&) = delete;

    // Appends all of `batch`, or nothing of it counts: an errno value, and the next call must pass the same bytes (more may follow them).
    [[nodiscard]] int append(std::span<const std::uint8_t> batch);
    // write(2) has said EIO, or ftruncate(2).
    [[nodiscard]] bool is_bad() const { return is_bad_; }
    // Takes away what a failed append may have left behind end(), where that can be done.
    void forget_failed_batch();

    // From the next append on, which asks for free space anew.
    void set_bounds(const channel::CaptureBounds& bounds);

    // Where the next batch begins: the sum of all that was appended.
    [[nodiscard]] std::uint64_t end() const { return end_; }
    [[nodiscard]] channel::FileId file() const { return file_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool is_stream() const { return is_stream_; }

  private:
    explicit BatchFile(const WriterConfig& config);
    [[nodiscard]] int append_to_stream(std::span<const std::uint8_t> batch);
    [[nodiscard]] int write_once(std::span<const std::uint8_t> bytes, std::size_t& written) const;
    [[nodiscard]] int cut_back();
    [[nodiscard]] int make_room(std::size_t bytes);
    [[nodiscard]] bool has_least_free() const;

    int fd_ = -1;  // FileTable's, once begun
    channel::FileId file_{};
    std::string path_;
    bool is_stream_ = false;
    int (*const write_hook_)(int, const void*, std::size_t, std::int64_t*);
    std::uint64_t least_free_bytes_ = 0;
    std::uint64_t allocate_ahead_bytes_ = kAllocateAheadBytes;

    std::uint64_t end_ = 0;
    std::size_t stream_written_ = 0;   // of the batch that is under way
    bool must_cut_back_ = false;       // there may be part of a batch behind end_
    bool must_check_free_ = false;     // the last append failed, or there was none yet
    std::uint64_t allocated_end_ = 0;  // there is room on the disk for this file up to here
    std::uint64_t room_end_ = 0;  // asked to be allocated, or not to be asked again, up to here
    bool can_allocate_ = true;
    bool is_bad_ = false;
};

}  // namespace net::capture
