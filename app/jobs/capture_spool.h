// Keeps what a pipe delivers in a temporary file without a name, so that it can be read like any capture, again and anywhere.
//
// The file has no name from the first moment (O_TMPFILE), or loses it at once: it is gone with its last descriptor, after a crash as well. A full disk stops the reading, so the pipe's
// writer waits; it is tried again every 200 ms.
//
// Thread: start() and the destructor on one; the copying on a thread of its own, which calls `has_news` after each change of what the functions below say; those on any.
#pragma once

#include "net/capture/file_table.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace app::jobs {

class CaptureSpool {
  public:
    struct Config {
        int descriptor = -1;    // read to its end; stays the caller's
        std::string directory;  // made (0700) where it is missing
        std::uint64_t least_free_bytes = 0;
        int (*write_hook)(int fd, const void* data, std::size_t size, std::int64_t* written) =
            nullptr;  // tests: replaces write(2); returns errno
    };
    // `files` outlives this; the file is added under `name`. Null: `error` is an errno value.
    [[nodiscard]] static std::unique_ptr<CaptureSpool> start(net::capture::FileTable& files,
                                                             const Config& config,
                                                             const std::string& name,
                                                             std::function<void()> has_news,
                                                             int& error);
    ~CaptureSpool();  // stops within milliseconds; the file stays in the table
    CaptureSpool(const CaptureSpool&) = delete;
    CaptureSpool& operator=(const CaptureSpool&) = delete;

    // Takes no more of the input: has_ended() soon, without an error. Any thread; blocks never.
    void stop();
    [[nodiscard]] net::capture::FileId file() const { return file_; }
    // In the file.
    [[nodiscard]] std::uint64_t bytes() const { return bytes_.load(std::memory_order_acquire); }
    // Nothing comes any more. error(): why, if it was not the end of the input.
    [[nodiscard]] bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }
    [[nodiscard]] int error() const { return error_.load(std::memory_order_acquire); }
    // Why it waits: errno of the write that failed (ENOSPC, EDQUOT); 0: it does not.
    [[nodiscard]] int trouble() const { return trouble_.load(std::memory_order_acquire); }

  private:
    CaptureSpool(
        const Config& config, int source, int spool, int bell, std::function<void()> has_news);

    void run();
    // False: stop, or an error that does not pass.
    [[nodiscard]] bool keep(const std::uint8_t* data, std::size_t size);
    [[nodiscard]] int write_some(const std::uint8_t* data, std::size_t size, std::size_t& written);
    [[nodiscard]] bool has_room();
    // True: stop was asked for. Waits for the source too, if `for_source`.
    [[nodiscard]] bool wait(bool for_source, int milliseconds) const;
    void end(int error);

    const Config config_;
    const int source_;
    const int spool_;  // the table's
    const int bell_;   // eventfd: stop
    const std::function<void()> has_news_;
    net::capture::FileId file_{};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<bool> has_ended_{false};
    std::atomic<int> error_{0};
    std::atomic<int> trouble_{0};
    std::uint64_t asked_for_room_at_ = 0;  // the worker's
    std::thread worker_;
};

}  // namespace app::jobs
