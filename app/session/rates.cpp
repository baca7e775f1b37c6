// Rates: means over the last finished interval. The cost is that of the connections with traffic, however many are idle.
#include "app/session/session.h"

#include <cstddef>
#include <utility>

namespace app::session {
namespace {

double per_second(std::uint64_t bytes, std::int64_t elapsed_ns) {
    return static_cast<double>(bytes) * 1e9 / static_cast<double>(elapsed_ns);
}

}  // namespace

bool Session::advance(std::int64_t monotonic_ns) {
    if (!is_moving_) return false;
    if (!interval_began_ns_) {
        // After a rest the interval begins with its traffic, else the first rate would be a mean over the rest as well.
        interval_began_ns_ = monotonic_ns;
        return false;
    }
    const std::int64_t elapsed_ns = monotonic_ns - *interval_began_ns_;
    if (elapsed_ns < kRateIntervalNs) return false;

    std::size_t kept = 0;
    for (Connection* const connection : rated_) {
        const std::uint64_t received = connection->received - connection->received_at_last_tick;
        const std::uint64_t sent = connection->sent - connection->sent_at_last_tick;
        connection->received_at_last_tick = connection->received;
        connection->sent_at_last_tick = connection->sent;
        connection->received_rate = per_second(received, elapsed_ns);
        connection->sent_rate = per_second(sent, elapsed_ns);
        connection->is_rated = received != 0 || sent != 0;
        if (connection->is_rated) rated_[kept++] = connection;
    }
    rated_.resize(kept);

    const std::uint64_t received = totals_.received - received_at_last_tick_;
    const std::uint64_t sent = totals_.sent - sent_at_last_tick_;
    received_at_last_tick_ = totals_.received;
    sent_at_last_tick_ = totals_.sent;
    totals_.received_rate = per_second(received, elapsed_ns);
    totals_.sent_rate = per_second(sent, elapsed_ns);

    behind_ns_ = std::exchange(worst_behind_ns_, 0);

    is_moving_ = kept != 0 || received != 0 || sent != 0 || behind_ns_ != 0;
    interval_began_ns_.reset();
    if (is_moving_) interval_began_ns_ = monotonic_ns;
    changed();  // columns are as wide as their figures: twice a second they may settle
    return true;
}

std::optional<std::int64_t> Session::next_advance_ns() const {
    if (!is_moving_) return std::nullopt;
    if (!interval_began_ns_) return 0;
    return *interval_began_ns_ + kRateIntervalNs;
}

}  // namespace app::session
