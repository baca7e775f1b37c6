// What stands at the axes of a plot: nice numbers, and times at nice places.
//
// Thread: any; pure functions, except that times of day are in the local time zone (TZ).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace app::ui {

// The least of 1, 2, 5, 10, 20, 50, 100, 200, 500 of B/s, KiB/s, MiB/s ... that is not below `value`; 1 for what is none.
[[nodiscard]] double nice_rate(double value);
// The least of 1, 2, 5, 10 ... that is not below `value`, at least 1.
[[nodiscard]] std::uint64_t nice_count(std::uint64_t value);

// The least of 1, 2, 5 ... ns, us, ms, of 1, 2, 5, 10, 15, 30 s or min, of 1, 2, 3, 6, 12 h, of 1, 2, 5 ... days that is not below `least_ns`.
[[nodiscard]] std::int64_t time_step_ns(long double least_ns);

struct TimeTick {
    std::int64_t time_ns = 0;
    std::string label;  // "14:02:33", "14:02:33.120", "2025-01-31": as much as the step asks for
};
// The multiples of the step in [from_ns, to_ns] that is the shortest with which there are at most `most`.
[[nodiscard]] std::vector<TimeTick> time_ticks(std::int64_t from_ns,
                                               std::int64_t to_ns,
                                               std::size_t most);

// How far `to` lies behind `from`: two 64-bit times may be further apart than a 64-bit span can say.
[[nodiscard]] long double span_ns(std::int64_t from_ns, std::int64_t to_ns);
// `from_ns` and so much, at most the last there is.
[[nodiscard]] std::int64_t later_ns(std::int64_t from_ns, long double by_ns);

}  // namespace app::ui
