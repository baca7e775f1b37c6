#include "net/service/stats.h"

#include "net/service/clock.h"
#include "net/service/connection.h"
#include "net/service/recorder.h"

#include <algorithm>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace net::service {

Sampler::Sampler(Loop& loop, Recorder& recorder, std::int64_t interval_ns)
    : recorder_(recorder),
      interval_ns_(interval_ns),
      timer_(loop, [this] { is_due_ = true; }) {}

void Sampler::touch(Connection& connection) {
    SampleState& state = connection.sample;
    state.had_traffic = true;
    if (state.node.is_listed()) return;
    const std::int64_t now = steady_time_ns();
    state.due_ns = now + interval_ns_;
    list_.push_back(state.node);
    if (!timer_.is_running() && !is_due_) schedule(now);
}

void Sampler::schedule(std::int64_t now_ns) {
    const Connection* first = list_.front();
    if (first != nullptr) timer_.start(std::max(first->sample.due_ns - now_ns, kTurnSpacing_ns));
}

void Sampler::run_if_due() {
    // While nothing can be told there is nothing to sample for; the end of the pause is a turn, and brings us back here. A full disk
    // holds up bytes, not samples: the end of a connection that is not read is unknown, and this is all there is to say of it.
    if (!is_due_ || recorder_.has_overflow()) return;
    if (!recorder_.is_storage_blocked() && (recorder_.is_paused() || recorder_.has_pending()))
        return;
    is_due_ = false;
    const std::int64_t now = steady_time_ns();
    for (int i = 0; i < kMostSamplesPerTurn; ++i) {
        Connection* connection = list_.front();
        if (connection == nullptr || connection->sample.due_ns > now) break;
        (void)list_.pop_front();
        if (!sample(*connection)) continue;
        connection->sample.due_ns = now + interval_ns_;
        list_.push_back(connection->sample.node);
    }
    schedule(now);
}

bool Sampler::sample(Connection& connection) {
    SampleState& state = connection.sample;
    if (connection.opened_at_telling() >= recorder_.tellings()) return true;  // nobody knows it yet
    tcp_info info{};
    socklen_t size = sizeof info;
    int unsent = 0;
    if (::getsockopt(connection.descriptor(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return false;
    if (::ioctl(connection.descriptor(), SIOCOUTQ, &unsent) != 0) unsent = 0;

    const channel::ConnectionStats now{
        .connection = connection.id(),
        .rtt_us = info.tcpi_rtt,
        .rtt_variation_us = info.tcpi_rttvar,
        .retransmits = info.tcpi_total_retrans,
        .is_reading_paused = connection.is_reading_paused(),
        .queued_bytes = connection.queued_bytes(),
        .unsent_bytes = static_cast<std::uint64_t>(std::max(unsent, 0))};
    const bool is_changed =
        state.told_number == 0 || now.rtt_us != state.rtt_us ||
        now.rtt_variation_us != state.rtt_variation_us || now.retransmits != state.retransmits ||
        now.is_reading_paused != state.is_reading_paused ||
        now.queued_bytes != state.queued_bytes || now.unsent_bytes != state.unsent_bytes;
    const bool goes_on = state.had_traffic || is_changed || now.is_reading_paused ||
                         now.queued_bytes > 0 || now.unsent_bytes > 0;
    state.had_traffic = false;
    if (!is_changed || (state.told_number != 0 && !recorder_.was_consumed(state.told_number)))
        return goes_on;
    std::uint64_t number = 0;
    if (!recorder_.offer(now, number)) return true;
    state.told_number = number;
    state.rtt_us = now.rtt_us;
    state.rtt_variation_us = now.rtt_variation_us;
    state.retransmits = now.retransmits;
    state.is_reading_paused = now.is_reading_paused;
    state.queued_bytes = now.queued_bytes;
    state.unsent_bytes = now.unsent_bytes;
    return goes_on;
}

}  // namespace net::service
