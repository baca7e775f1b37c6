// Failures of making, reading and deleting files, as whole sentences: what was tried on which path, the reason, what to do.
//
// Thread: any; values.
#pragma once

#include "net/channel/failure.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace app::jobs {

// CLOCK_REALTIME, since the epoch.
[[nodiscard]] std::int64_t realtime_ns();

// `attempt` begins the sentence: "save", "export to", "list". `code` is an errno value.
[[nodiscard]] net::channel::Failure file_failure(std::string_view attempt,
                                                 std::string_view path,
                                                 int code);
// With a reason in own words, which may say more than errno's: "save /x: WHY". `code` names the kind.
[[nodiscard]] net::channel::Failure file_failure(std::string_view attempt,
                                                 std::string_view path,
                                                 int code,
                                                 std::string_view why);

}  // namespace app::jobs
