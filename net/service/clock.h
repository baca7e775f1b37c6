// The two clocks of the network thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace net::service {

// Nanoseconds since the Unix epoch, for what is told and recorded; it may be set back by the administrator, so nothing is ordered or timed by it.
inline std::int64_t wall_time_ns() {
    timespec t{};
    clock_gettime(CLOCK_REALTIME, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

// Nanoseconds from an arbitrary start, never set back: for limits and intervals.
inline std::int64_t steady_time_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace net::service
