// WIRELOUPE_FRAME_LOG=FILE: a line for each turn of the window's loop, for tests and measurements (README.md).
//
// Thread: the frame thread.
#pragma once

#include "app/frame_side.h"

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

namespace app {

class FrameLog {
  public:
    FrameLog() {
        if (const char* path = std::getenv(
                "WIRELOUPE_FRAME_LOG")) {  // NOLINT(concurrency-mt-unsafe): before any thread
            descriptor_ = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        }
    }
    ~FrameLog() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    FrameLog(const FrameLog&) = delete;
    FrameLog& operator=(const FrameLog&) = delete;

    void note_start(std::int64_t started_ns) const {
        if (descriptor_ >= 0) put("start %lld\n", static_cast<long long>(started_ns));
    }
    // Of this thread; 0 unless somebody wants it.
    [[nodiscard]] std::int64_t cpu_ns() const {
        timespec used{};
        if (descriptor_ >= 0) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
    }
    void note_turn(bool has_drawn,
                   std::int64_t began_ns,
                   std::int64_t built_ns,
                   std::uint64_t bytes_shown,
                   std::int64_t cpu_ns) const {
        if (descriptor_ < 0) return;
        put("%s %lld %lld %lld %llu %lld\n", has_drawn ? "frame" : "turn",
            static_cast<long long>(began_ns), static_cast<long long>(built_ns - began_ns),
            static_cast<long long>(monotonic_ns() - began_ns),
            static_cast<unsigned long long>(bytes_shown), static_cast<long long>(cpu_ns));
    }

  private:
    [[gnu::format(printf, 2, 3)]] void put(const char* format, ...) const {
        va_list values;
        va_start(values, format);
        vdprintf(descriptor_, format, values);
        va_end(values);
    }

    int descriptor_ = -1;
};

}  // namespace app
