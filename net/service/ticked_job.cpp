#include "net/service/ticked_job.h"

#include "net/service/clock.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

namespace net::service {

using channel::SendJobState;

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

}  // namespace

TickedJob::TickedJob(SendJobWorld& world, channel::SendJobId id, channel::Targets&& targets)
    : SendJob(world, id, std::move(targets)),
      timed_(world.deadlines, [this](std::int64_t now_ns) { serve(now_ns); }) {}

void TickedJob::start() {
    std::string why;
    const int error = refusal(why);
    if (error != 0) {
        fail(name(), error, why);
        return;
    }
    progress_.targets = count_targets();
    if (has_lost_all()) {
        fail(name(), ENOTCONN, "; nobody that it was to go to is open");
        return;
    }
    begin();
    next_ns_ = steady_time_ns();
    timed_.set(next_ns_);
}

void TickedJob::paused() {
    timed_.clear();
}

void TickedJob::resumed(std::int64_t paused_ns) {
    if (next_ns_ == 0) return;
    next_ns_ += paused_ns;
    shifted(paused_ns);
    timed_.set(next_ns_);
}

void TickedJob::serve(std::int64_t now_ns) {
    const std::uint64_t missed = leave_out(now_ns);
    if (missed != 0) {
        progress_.ticks += missed;
        progress_.skipped += missed * progress_.targets;
    }
    const std::size_t share = std::max<std::size_t>(
        kMostTicksPerTurn / std::max<std::size_t>(world_.deadlines.due_count(), 1), 8);
    for (std::size_t i = 0; i < share && next_ns_ <= now_ns && !is_through(); ++i) {
        const SharedBytes bytes = message();
        if (bytes == nullptr) return;  // it has ended
        lateness_.add(now_ns, now_ns - next_ns_);
        send(bytes);
        ++progress_.ticks;
        advance();
    }
    if (is_through()) {
        end(SendJobState::kDone);
    } else if (has_lost_all()) {
        end(SendJobState::kGone);
    } else {
        timed_.set(next_ns_);
    }
}

void TickedJob::send(const SharedBytes& bytes) {
    progress_.targets = for_each_target([&](Connection& connection) {
        if (world_.is_full(connection) || connection.queue(bytes) != 0) {
            ++progress_.skipped;
            return;
        }
        ++progress_.sends;
        progress_.bytes += bytes->size();
    });
}

template <typename Visit>
std::uint32_t TickedJob::for_each_target(Visit&& visit) {
    std::uint32_t count = 0;
    const auto one = [&](Connection& connection) {
        if (!connection.takes_more()) return;
        ++count;
        visit(connection);
    };
    if (!targets_.connections.empty()) {
        std::erase_if(targets_.connections, [&](channel::ConnectionId id) {
            Connection* const connection = world_.connections.find(id);
            if (!takes_more(connection)) return true;
            one(*connection);
            return false;
        });
        // Nobody named must never become everybody.
        if (targets_.connections.empty()) targets_ = {};
    } else if (targets_.endpoint != channel::EndpointId::kNone) {
        Endpoint* const endpoint = world_.endpoint(targets_.endpoint);
        if (endpoint != nullptr) endpoint->connections.for_each(one);
    } else if (targets_.is_everyone) {
        world_.for_each_connection(one);
    }
    return count;
}

std::uint32_t TickedJob::count_targets() {
    return for_each_target([](Connection&) {});
}

bool TickedJob::has_lost_all() const {
    if (!targets_.connections.empty()) return false;
    if (targets_.endpoint != channel::EndpointId::kNone)
        return world_.endpoint(targets_.endpoint) == nullptr;
    return !targets_.is_everyone;
}

void TickedJob::look(std::int64_t /*now_ns*/) {
    progress_.targets = count_targets();
    if (has_lost_all()) end(SendJobState::kGone);
}

std::uint64_t TickedJob::too_old(std::uint64_t due, std::int64_t late_ns, double interval_ns) {
    if (due <= 1) return 0;
    std::uint64_t out = 0;
    if (due > static_cast<std::uint64_t>(channel::kMostLateTicks))
        out = due - static_cast<std::uint64_t>(channel::kMostLateTicks);
    if (late_ns > channel::kMostLateNs) {
        const double old =
            std::ceil(static_cast<double>(late_ns - channel::kMostLateNs) / interval_ns);
        out = std::max(out, static_cast<std::uint64_t>(old));
    }
    return std::min(out, due - 1);
}

// ---- Repeats ----

RepeatJob::RepeatJob(SendJobWorld& world,
                     channel::SendJobId id,
                     channel::Targets&& targets,
                     channel::Repeat&& repeat)
    : TickedJob(world, id, std::move(targets)),
      repeat_(std::move(repeat)),
      is_constant_(repeat_.what.is_constant()) {
    if (!is_constant_) random_.seed(std::random_device{}());
}

int RepeatJob::refusal(std::string& why) const {
    if (repeat_.interval_ns < channel::kLeastIntervalNs ||
        repeat_.interval_ns > channel::kMostIntervalNs) {
        why = "; the interval is " + std::to_string(repeat_.interval_ns) +
              " ns, and can be 1 us to 24 hours";
        return ERANGE;
    }
    return 0;
}

SharedBytes RepeatJob::message() {
    if (constant_ != nullptr) return constant_;
    std::string error;
    auto bytes = bytes::compose(
        repeat_.what, {.count = progress_.ticks + 1, .time_ns = wall_time_ns(), .random = &random_},
        error);
    if (bytes.empty()) {
        fail(name(), EINVAL,
             error.empty() ? std::string{"; there is nothing to send"} : "; " + error);
        return nullptr;
    }
    auto shared = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
    if (is_constant_) constant_ = shared;
    return shared;
}

std::uint64_t RepeatJob::leave_out(std::int64_t now_ns) {
    const std::int64_t late = now_ns - next_ns_;
    if (late < repeat_.interval_ns) return 0;
    std::uint64_t due = static_cast<std::uint64_t>(late / repeat_.interval_ns) + 1;
    if (repeat_.count != 0) due = std::min(due, repeat_.count - progress_.ticks);
    const std::uint64_t out = too_old(due, late, static_cast<double>(repeat_.interval_ns));
    next_ns_ += static_cast<std::int64_t>(out) * repeat_.interval_ns;
    return out;
}

// ---- Generators with a rate ----

GenerateJob::GenerateJob(SendJobWorld& world,
                         channel::SendJobId id,
                         channel::Targets&& targets,
                         channel::Generate&& settings)
    : TickedJob(world, id, std::move(targets)),
      settings_(std::move(settings)),
      traffic_(settings_) {}

int GenerateJob::refusal_of(const channel::Generate& settings, std::string& why) {
    if (settings.least_bytes == 0 || settings.most_bytes < settings.least_bytes ||
        settings.most_bytes > channel::kMostGeneratedBytes) {
        why = "; messages are of " + std::to_string(settings.least_bytes) + " to " +
              std::to_string(settings.most_bytes) + " bytes, and can be of 1 to " +
              std::to_string(channel::kMostGeneratedBytes);
        return ERANGE;
    }
    if (settings.per_second > channel::kMostGeneratedPerSecond || settings.duration_ns < 0) {
        why = "; the rate or the duration is beyond all limits";
        return ERANGE;
    }
    if (settings.pattern == channel::GeneratePattern::kText && settings.text.empty()) {
        why = "; there is no text to repeat";
        return EINVAL;
    }
    return 0;
}

SharedBytes GenerateJob::message() {
    // The first tick is its beginning.
    if (end_ns_ == 0 && settings_.duration_ns != 0) end_ns_ = next_ns_ + settings_.duration_ns;
    auto bytes = traffic_.next();
    size_ = static_cast<std::uint32_t>(bytes.size());
    return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
}

void GenerateJob::advance() {
    move_on(settings_.counts_messages ? 1 : size_);
}

void GenerateJob::move_on(std::uint64_t units) {
    // At most 2^20 times 10^9: far from overflowing.
    const std::uint64_t parts = units * kSecondNs + remainder_;
    next_ns_ += static_cast<std::int64_t>(parts / settings_.per_second);
    remainder_ = parts % settings_.per_second;
}

std::uint64_t GenerateJob::leave_out(std::int64_t now_ns) {
    const std::int64_t late = now_ns - next_ns_;
    const double interval = static_cast<double>(kSecondNs) *
                            (settings_.counts_messages ? 1.0 : traffic_.mean_size()) /
                            static_cast<double>(settings_.per_second);
    const auto due = static_cast<std::uint64_t>(static_cast<double>(late) / interval) + 1;
    const std::uint64_t out = too_old(due, late, interval);
    if (out == 0) return 0;
    traffic_.skip_about(out);
    next_ns_ += static_cast<std::int64_t>(static_cast<double>(out) * interval);
    return out;
}

}  // namespace net::service
