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

}  // namespace

bool ReadFilter::has_conditions() const {
    ReadFilter none;
    none.connections = connections;
    return *this != none;
}

ReadPredicate::ReadPredicate(const ReadIndex& index, ReadFilter filter, EndpointOf endpoint_of)
    : index_(index),
      filter_(sorted(std::move(filter))),
      endpoint_of_(std::move(endpoint_of)),
      asks_connections_(!filter_.connections.empty() || !filter_.endpoints.empty()),
      has_size_limits_(filter_.least_bytes != 0 || filter_.most_bytes != kAnyBytes) {}

bool ReadPredicate::ask(std::uint32_t slot) {
    if (slot >= slots_.size())
        slots_.resize(std::max<std::size_t>(slot + std::size_t{1}, 2 * slots_.size()));
    const bool passes = passes_connection(index_.connection_of_slot(slot));
    slots_[slot] = passes ? Answer::kPasses : Answer::kFails;
    return passes;
}

bool ReadPredicate::passes_connection(channel::ConnectionId connection) const {
    const auto has = [](const auto& ids, auto id) {
        return ids.empty() || std::binary_search(ids.begin(), ids.end(), id);
    };
    if (!has(filter_.connections, connection)) return false;
    if (filter_.endpoints.empty()) return true;
    return endpoint_of_ && has(filter_.endpoints, endpoint_of_(connection));
}

std::uint64_t ReadPredicate::decided_reads() const {
    return filter_.matches == nullptr ? std::numeric_limits<std::uint64_t>::max()
                                      : filter_.matches->searched_reads();
}

}  // namespace net::capture
