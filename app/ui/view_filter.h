// The filter of the view: what the user has asked to see, as text being typed and as the filter it means; and the chips that say so.
//
// Display only: nothing that is captured is touched. Thread: frame thread; the parsing is pure.
#pragma once

#include "app/session/session.h"
#include "app/session/view.h"
#include "net/bytes/parsed.h"
#include "net/capture/read_filter.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace app::ui {

struct ViewFilter {
    bool is_open = false;  // the fields
    bool wants_focus = false;
    std::vector<net::channel::EndpointId> endpoints;  // ascending; empty: all
    bool shows_received = true;
    bool shows_sent = true;
    std::string size;           // ">= 100", "10-200", "64"
    std::string time;           // "14:02:30-14:03", "+1.5-+3"
    bool only_matches = false;  // of the search
};

// Bounds both included. "100", "100-200", ">100", ">=100", "<100", "<=1 KiB"; empty text: no bounds.
struct SizeRange {
    std::uint64_t least = 0;
    std::uint64_t most = UINT64_MAX;
};
[[nodiscard]] net::bytes::Parsed<SizeRange> parse_size_range(std::string_view text);
// From and to, as in "Go to": one of them may be missing. "14:02-14:03", "+1.5-", "-14:03:10.5".
struct TimeRange {
    std::int64_t from_ns = INT64_MIN;
    std::int64_t to_ns = INT64_MAX;
};
[[nodiscard]] net::bytes::Parsed<TimeRange> parse_time_range(std::string_view text,
                                                             std::int64_t first_ns);

// What of it is sound, put into `filter` (whose connections are the caller's).
void apply_filter(const ViewFilter& view,
                  const session::SearchFacts& search,
                  std::int64_t first_ns,
                  net::capture::ReadFilter& filter);
[[nodiscard]] bool is_any(const ViewFilter& view);

// The fields while they are open, and a chip for each condition, with which it goes.
void draw_filter_strip(ViewFilter& view,
                       const session::Session& session,
                       const session::SearchFacts& search,
                       std::int64_t first_ns);

}  // namespace app::ui
