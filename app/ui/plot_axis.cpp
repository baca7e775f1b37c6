#include "app/ui/plot_axis.h"

#include "app/ui/numbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace app::ui {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::array<std::int64_t, 17> kLongSteps{
    kSecond, 2 * kSecond, 5 * kSecond, 10 * kSecond, 15 * kSecond, 30 * kSecond,
    kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute,
    kHour,   2 * kHour,   3 * kHour,   6 * kHour,    12 * kHour};

std::string label_of(std::int64_t time_ns, std::int64_t step_ns) {
    if (step_ns >= kDay) return date_time_text(time_ns).substr(0, 10);
    if (step_ns >= kSecond) return time_text(time_ns, 0);
    return time_text(time_ns, step_ns >= kMillisecond ? 3 : 6);
}

}  // namespace

double nice_rate(double value) {
    if (!(value > 1)) return 1;
    double unit = 1;
    while (value > 500 * unit && unit < 1e18)
        unit *= 1024;
    // 501 to 1023 of a unit are 1 of the next.
    for (const double step : {1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0}) {
        if (step * unit >= value) return step * unit;
    }
    return value;
}

std::uint64_t nice_count(std::uint64_t value) {
    std::uint64_t power = 1;
    for (;;) {
        for (const std::uint64_t step : {1U, 2U, 5U}) {
            if (step * power >= value) return step * power;
        }
        if (power > std::numeric_limits<std::uint64_t>::max() / 50) return value;
        power *= 10;
    }
}

std::int64_t time_step_ns(long double least_ns) {
    if (!(least_ns > 1)) return 1;
    for (std::int64_t power = 1; power < kSecond; power *= 10) {
        for (const std::int64_t step : {1, 2, 5}) {
            if (static_cast<long double>(step * power) >= least_ns) return step * power;
        }
    }
    for (const std::int64_t step : kLongSteps) {
        if (static_cast<long double>(step) >= least_ns) return step;
    }
    for (std::int64_t power = 1; power <= 10'000; power *= 10) {
        for (const std::int64_t step : {1, 2, 5}) {
            if (static_cast<long double>(step * power * kDay) >= least_ns)
                return step * power * kDay;
        }
    }
    return 50'000 * kDay;
}

std::vector<TimeTick> time_ticks(std::int64_t from_ns, std::int64_t to_ns, std::size_t most) {
    std::vector<TimeTick> ticks;
    if (most == 0 || to_ns < from_ns) return ticks;
    const std::int64_t step =
        time_step_ns(span_ns(from_ns, to_ns) / static_cast<long double>(most));
    std::int64_t at = from_ns - from_ns % step;
    if (at < from_ns) {
        if (at > std::numeric_limits<std::int64_t>::max() - step) return ticks;
        at += step;
    }
    while (at <= to_ns && ticks.size() <= most) {
        ticks.push_back({.time_ns = at, .label = label_of(at, step)});
        if (at > std::numeric_limits<std::int64_t>::max() - step) break;
        at += step;
    }
    return ticks;
}

long double span_ns(std::int64_t from_ns, std::int64_t to_ns) {
    return static_cast<long double>(to_ns) - static_cast<long double>(from_ns);
}

std::int64_t later_ns(std::int64_t from_ns, long double by_ns) {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    const long double at = static_cast<long double>(from_ns) + std::round(by_ns);
    if (at >= static_cast<long double>(kMost)) return kMost;
    if (at <= static_cast<long double>(kLeast)) return kLeast;
    return static_cast<std::int64_t>(at);
}

}  // namespace app::ui
