#include "app/ui/numbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace app::ui {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kSecond = 1'000'000'000;

template <typename... Values>
std::string print(const char* format, Values... values) {
    std::array<char, 96> text{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    const int length = std::snprintf(text.data(), text.size(), format, values...);
#pragma GCC diagnostic pop
    return {text.data(),
            static_cast<std::size_t>(std::clamp(length, 0, static_cast<int>(text.size()) - 1))};
}

struct LocalTime {
    std::tm tm{};
    int microseconds = 0;
};

LocalTime local_time(std::int64_t time_ns) {
    std::int64_t seconds = time_ns / kSecond;
    std::int64_t rest = time_ns % kSecond;
    if (rest < 0) {
        rest += kSecond;
        --seconds;
    }
    LocalTime local;
    const auto clock = static_cast<std::time_t>(seconds);
    localtime_r(&clock, &local.tm);
    local.microseconds = static_cast<int>(rest / 1000);
    return local;
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
    if (bytes < 1024) return print("%llu B", static_cast<unsigned long long>(bytes));
    static constexpr std::array<const char*, 6> kUnits{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = static_cast<double>(bytes) / 1024.0;
    std::size_t unit = 0;
    // 1023.95 would print as "1024.0".
    while (value >= 1023.95 && unit + 1 < kUnits.size()) {
        value /= 1024.0;
        ++unit;
    }
    return print("%.1f %s", value, kUnits[unit]);
}

std::string rate_text(double bytes_per_second) {
    const double limited =
        std::clamp(std::isfinite(bytes_per_second) ? bytes_per_second : 0.0, 0.0, 1e18);
    return size_text(static_cast<std::uint64_t>(limited + 0.5)) + "/s";
}

std::string count_text(std::uint64_t count) {
    const std::string digits = std::to_string(count);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i != 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string counted(std::uint64_t count, const char* word) {
    return count_text(count) + " " + word + (count == 1 ? "" : "s");
}

std::string duration_text(std::int64_t duration_ns) {
    const std::int64_t ns = std::max<std::int64_t>(duration_ns, 0);
    const std::int64_t seconds = ns / kSecond;
    if (ns < kSecond) return print("%lld ms", static_cast<long long>(ns / kMillisecond));
    if (seconds < 60) return print("%.1f s", std::floor(static_cast<double>(ns) / 1e8) / 10.0);
    if (seconds < 3600)
        return print("%lld min %02lld s", static_cast<long long>(seconds / 60),
                     static_cast<long long>(seconds % 60));
    if (seconds < 86400) {
        return print("%lld h %02lld min", static_cast<long long>(seconds / 3600),
                     static_cast<long long>(seconds % 3600 / 60));
    }
    return print("%lld d %02lld h", static_cast<long long>(seconds / 86400),
                 static_cast<long long>(seconds % 86400 / 3600));
}

std::string seconds_text(std::int64_t duration_ns) {
    const std::int64_t tenths =
        std::max<std::int64_t>((duration_ns + kSecond / 20) / (kSecond / 10), 0);
    if (tenths < 100 && tenths % 10 != 0)
        return print("%lld.%lld s", static_cast<long long>(tenths / 10),
                     static_cast<long long>(tenths % 10));
    return print("%lld s", static_cast<long long>((tenths + 5) / 10));
}

std::string microseconds_text(std::uint32_t microseconds) {
    if (microseconds < 1000) return print("%.3f ms", microseconds / 1e3);
    if (microseconds < 1'000'000) return print("%.1f ms", microseconds / 1e3);
    return print("%.2f s", microseconds / 1e6);
}

std::string time_text(std::int64_t time_ns, int digits) {
    const LocalTime local = local_time(time_ns);
    std::string text = print("%02d:%02d:%02d", local.tm.tm_hour, local.tm.tm_min, local.tm.tm_sec);
    if (digits == 3) text += print(".%03d", local.microseconds / 1000);
    if (digits == 6) text += print(".%06d", local.microseconds);
    return text;
}

std::string date_time_text(std::int64_t time_ns) {
    const LocalTime local = local_time(time_ns);
    return print("%04d-%02d-%02d ", local.tm.tm_year + 1900, local.tm.tm_mon + 1,
                 local.tm.tm_mday) +
           time_text(time_ns, 6);
}

}  // namespace app::ui
