// Times as text, in UTC.
//
// Thread: any; pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace net::bytes {

// "2025-01-31T14:02:33", of seconds since the epoch; empty outside of the years 1 to 9999.
[[nodiscard]] std::string utc_text(std::int64_t seconds);
// RFC 3339 with milliseconds, "2025-01-31T14:02:33.007Z", of nanoseconds since the epoch; what is less than a millisecond is left out.
[[nodiscard]] std::string utc_text_ms(std::int64_t time_ns);

}  // namespace net::bytes
