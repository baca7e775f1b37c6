#include "net/bytes/utc_text.h"

#include <array>
#include <cstdio>

namespace net::bytes {

namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

std::string utc_text(std::int64_t seconds) {
    if (seconds < kFirstSecond || seconds > kLastSecond) return {};
    const std::int64_t since_first = seconds - kFirstSecond;
    const std::int64_t second = since_first % kSecondsPerDay;
    // Days are counted from 0000-03-01, so that the leap day ends a year; 306 of them lie before 0001-01-01. A cycle of 400 years has 146,097.
    const std::int64_t day = since_first / kSecondsPerDay + 306;
    const std::int64_t cycle = day / 146'097;
    const std::int64_t of_cycle = day % 146'097;
    const std::int64_t year_of_cycle =
        (of_cycle - of_cycle / 1'460 + of_cycle / 36'524 - of_cycle / 146'096) / 365;
    const std::int64_t of_year =
        of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    const std::int64_t month = (5 * of_year + 2) / 153;  // from March
    const std::int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
    const std::int64_t year = cycle * 400 + year_of_cycle + (month >= 10 ? 1 : 0);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d", static_cast<int>(year),
                  static_cast<int>(month < 10 ? month + 3 : month - 9), static_cast<int>(of_month),
                  static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                  static_cast<int>(second % 60));
    return text.data();
}

std::string utc_text_ms(std::int64_t time_ns) {
    std::int64_t seconds = time_ns / kNsPerSecond;
    std::int64_t rest_ns = time_ns % kNsPerSecond;
    if (rest_ns < 0) rest_ns += kNsPerSecond, --seconds;
    std::array<char, 16> rest{};
    std::snprintf(rest.data(), rest.size(), ".%03dZ", static_cast<int>(rest_ns / 1'000'000));
    // 64 bits of nanoseconds are in the years 1677 to 2262.
    return utc_text(seconds) + rest.data();
}

}  // namespace net::bytes
