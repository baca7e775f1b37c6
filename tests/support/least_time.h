// How long a piece of work takes, for ratios of two of them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tests {

// The least of several times is no matter of what else the machine does.
template <typename Work>
std::int64_t least_time_ns(Work&& work) {
    std::int64_t least = INT64_MAX;
    for (int i = 0; i < 30; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        least = std::min<std::int64_t>(
            least, (std::chrono::steady_clock::now() - begin) / std::chrono::nanoseconds(1));
    }
    return least;
}

}  // namespace tests
