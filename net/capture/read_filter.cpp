#include "net/capture/read_filter.h"

#include <algorithm>
#include <utility>

namespace net::capture {

namespace {

constexpr std::uint64_t kAnyBytes = std::numeric_limits<std::uint64_t>::max();

ReadFilter sorted(ReadFilter filter) {
    std::sort(filter.connections.begin(), filter.connections.end());
    std::sort(filter.endpoints.begin(), filter.endpoints.end());
    return filter;
}

bool has_size_limits(const ReadFilter& filter) {
    return filter.least_bytes != 0 || filter.most_bytes != kAnyBytes;
}

}  // namespace

bool ReadFilter::has_conditions() const {
    ReadFilter none;
    none.connections = connections;
    return *this != none;
}

ReadPredicate::ReadPredicate(const ReadIndex& index, ReadFilter filter, EndpointOf endpoint_of)
    : index_(index),
      filter_(sorted(std::move(filter))),
      endpoint_of_(std::move(endpoint_of)) {}

bool ReadPredicate::passes_stream(std::uint32_t slot, channel::Direction direction) {
    if (!(direction == channel::Direction::kSent ? filter_.shows_sent : filter_.shows_received))
        return false;
    if (filter_.connections.empty() && filter_.endpoints.empty()) return true;
    if (slot >= slots_.size())
        slots_.resize(std::max<std::size_t>(slot + std::size_t{1}, 2 * slots_.size()));
    Answer& answer = slots_[slot];
    if (answer == Answer::kNotAsked) answer = ask(slot) ? Answer::kPasses : Answer::kFails;
    return answer == Answer::kPasses;
}

bool ReadPredicate::ask(std::uint32_t slot) {
    const channel::ConnectionId connection = index_.connection_of_slot(slot);
    const auto has = [](const auto& ids, auto id) {
        return ids.empty() || std::binary_search(ids.begin(), ids.end(), id);
    };
    if (!has(filter_.connections, connection)) return false;
    if (filter_.endpoints.empty()) return true;
    return endpoint_of_ && has(filter_.endpoints, endpoint_of_(connection));
}

bool ReadPredicate::passes(const ReadEntry& entry, std::uint64_t bytes) {
    if (!passes_stream(entry.connection_slot, entry.direction())) return false;
    if (entry.time_ns < filter_.from_ns || entry.time_ns > filter_.to_ns) return false;
    if (entry.is_gap()) return !has_size_limits(filter_);
    return bytes >= filter_.least_bytes && bytes <= filter_.most_bytes;
}

std::uint64_t ReadPredicate::decided_reads() const {
    return filter_.matches == nullptr ? std::numeric_limits<std::uint64_t>::max()
                                      : filter_.matches->searched_reads();
}

}  // namespace net::capture
