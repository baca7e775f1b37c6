#include "net/service/send_job.h"

#include "net/service/clock.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::service {

using channel::SendJobState;

namespace {

// All connections' backlogs together, about; a connection still has room for a message.
constexpr std::uint64_t kMostBacklogInAllBytes = std::uint64_t{256} << 20U;
constexpr std::uint64_t kLeastBacklogBytes = std::uint64_t{16} << 10U;
constexpr std::size_t kMostBacklogSendsInAll = std::size_t{1} << 20U;
constexpr std::size_t kLeastBacklogSends = 64;

}  // namespace

std::uint64_t SendJobWorld::most_backlog_bytes() const {
    const std::size_t open = std::max<std::size_t>(connections.open_count(), 1);
    return std::clamp(kMostBacklogInAllBytes / open, kLeastBacklogBytes,
                      channel::kMostJobBacklogBytes);
}

std::size_t SendJobWorld::most_backlog_sends() const {
    const std::size_t open = std::max<std::size_t>(connections.open_count(), 1);
    return std::clamp(kMostBacklogSendsInAll / open, kLeastBacklogSends,
                      channel::kMostJobBacklogSends);
}

// ---- Lateness ----

void Lateness::add(std::int64_t now_ns, std::int64_t late_ns) {
    const std::int64_t number = now_ns / kSpanNs;
    Bucket& bucket = buckets_[static_cast<std::size_t>(number) % buckets_.size()];
    if (bucket.number != number) bucket = {.number = number};
    bucket.sum_ns += late_ns;
    bucket.worst_ns = std::max(bucket.worst_ns, late_ns);
    ++bucket.count;
}

void Lateness::look(std::int64_t now_ns, std::int64_t& mean_ns, std::int64_t& worst_ns) {
    const std::int64_t oldest = now_ns / kSpanNs - static_cast<std::int64_t>(buckets_.size());
    std::int64_t sum = 0;
    std::int64_t count = 0;
    worst_ns = 0;
    for (const Bucket& bucket : buckets_) {
        if (bucket.number <= oldest) continue;
        sum += bucket.sum_ns;
        count += bucket.count;
        worst_ns = std::max(worst_ns, bucket.worst_ns);
    }
    mean_ns = count == 0 ? 0 : sum / count;
}

// ---- SendJob ----

SendJob::SendJob(SendJobWorld& world, channel::SendJobId id, channel::Targets&& targets)
    : world_(world),
      targets_(std::move(targets)),
      telling_(world.deadlines, [this](std::int64_t now_ns) { tell(now_ns); }) {
    progress_.job = id;
}

void SendJob::begin() {
    began_ns_ = steady_time_ns();
    telling_.set(began_ns_ + kTellNs);
}

std::int64_t SendJob::elapsed_ns(std::int64_t now_ns) const {
    if (began_ns_ == 0) return 0;
    return (progress_.state == SendJobState::kPaused ? paused_at_ns_ : now_ns) - began_ns_;
}

void SendJob::pause(bool is_paused) {
    if (has_ended()) return;
    const SendJobState wanted = is_paused ? SendJobState::kPaused : SendJobState::kRunning;
    if (progress_.state == wanted) return;
    const std::int64_t now = steady_time_ns();
    if (is_paused) {
        progress_.state = wanted;
        paused_at_ns_ = now;
        paused();
    } else {
        progress_.state = wanted;
        if (began_ns_ != 0) began_ns_ += now - paused_at_ns_;
        resumed(now - paused_at_ns_);
    }
    if (has_ended() || began_ns_ == 0) return;
    tell_every_ns_ = kTellNs;
    telling_.set(now);
}

void SendJob::stop() {
    if (has_ended()) return;
    stopping();
    end(SendJobState::kStopped);
}

void SendJob::fill_in(std::int64_t now_ns) {
    lateness_.look(now_ns, progress_.late_ns, progress_.worst_late_ns);
    progress_.elapsed_ns = elapsed_ns(now_ns);
    progress_.time_ns = wall_time_ns();
}

void SendJob::tell(std::int64_t now_ns) {
    look(now_ns);
    if (has_ended()) return;
    fill_in(now_ns);
    // Time alone is no news more often than once a second; in a pause it is none at all.
    channel::SendJobProgress same = told_;
    same.elapsed_ns = progress_.elapsed_ns;
    same.time_ns = progress_.time_ns;
    const bool is_news = told_number_ == 0 || same != progress_;
    tell_every_ns_ = is_news ? kTellNs : std::min(2 * tell_every_ns_, kQuietTellNs);
    const bool is_quiet_pause = !is_news && !is_running();
    telling_.set(now_ns + tell_every_ns_);
    if (is_quiet_pause || (!is_news && tell_every_ns_ < kQuietTellNs)) return;
    if (told_number_ != 0 && !recorder().was_consumed(told_number_)) return;
    std::uint64_t number = 0;
    if (!recorder().offer(progress_, number)) return;
    told_number_ = number;
    told_ = progress_;
}

void SendJob::end(SendJobState state) {
    if (has_ended()) return;
    const std::int64_t now = steady_time_ns();
    fill_in(now);
    progress_.state = state;
    telling_.clear();
    ended();
    recorder().tell(progress_);
}

void SendJob::tell_failed(std::string_view target,
                          int code,
                          std::string_view more,
                          const Connection* connection) {
    const channel::EndpointId endpoint =
        connection != nullptr ? connection->flow().endpoint : targets_.endpoint;
    auto failure =
        channel::make_failure(channel::Operation::kSendJob, endpoint, target, code, wall_time_ns());
    if (connection != nullptr) failure.connection = connection->id();
    failure.job = progress_.job;
    failure.is_final = false;  // of the job alone: nothing that was asked to come up has failed
    failure.message += more;
    recorder().note(channel::Failed{std::move(failure)});
}

void SendJob::fail(std::string_view target, int code, std::string_view more) {
    tell_failed(target, code, more);
    end(SendJobState::kFailed);
}

bool takes_more(const Connection* connection) {
    return connection != nullptr && connection->takes_more();
}

}  // namespace net::service
