// Numbers, sizes, rates and times as people read them.
//
// Thread: any; pure functions, except that times of day are in the local time zone (TZ).
#pragma once

#include <cstdint>
#include <string>

namespace app::ui {

// "0 B", "999 B", "1.2 KiB", "10.0 MiB": three digits at most before the point, one after it from 1 KiB.
[[nodiscard]] std::string size_text(std::uint64_t bytes);
// "0 B/s", "3.4 MiB/s".
[[nodiscard]] std::string rate_text(double bytes_per_second);
// "1,234,567".
[[nodiscard]] std::string count_text(std::uint64_t count);
// "1 connection", "2,000 connections": the plural is the word and an s.
[[nodiscard]] std::string counted(std::uint64_t count, const char* word);
// "12 ms", "3.4 s", "5 min 03 s", "2 h 07 min", "3 d 04 h"; negative counts as 0.
[[nodiscard]] std::string duration_text(std::int64_t duration_ns);
// "0.5 s", "4 s", "30 s": a wait.
[[nodiscard]] std::string seconds_text(std::int64_t duration_ns);
// Of a round trip: "0.042 ms", "12.3 ms", "1.20 s".
[[nodiscard]] std::string microseconds_text(std::uint32_t microseconds);
// "14:02:33", "14:02:33.123", "14:02:33.123456" (digits 0, 3 or 6).
[[nodiscard]] std::string time_text(std::int64_t time_ns, int digits);
// "2025-01-31 14:02:33.123456".
[[nodiscard]] std::string date_time_text(std::int64_t time_ns);

}  // namespace app::ui
