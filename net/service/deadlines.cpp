#include "net/service/deadlines.h"

#include "net/service/clock.h"

#include <algorithm>
#include <cerrno>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace net::service {

void Timed::set(std::int64_t at_ns) {
    if (list_ == nullptr) {
        list_ = &deadlines_.times_;
        place_ = list_->emplace(at_ns, this);
        return;
    }
    auto node = list_->extract(place_);
    node.key() = at_ns;
    list_ = &deadlines_.times_;
    place_ = list_->insert(std::move(node));
}

void Timed::clear() {
    if (list_ != nullptr) std::exchange(list_, nullptr)->erase(place_);
}

Deadlines::Deadlines(Loop& loop) : loop_(loop), coarse_(loop, [this] { armed_ns_ = 0; }) {}

void Deadlines::open() {
    is_open_ = true;
    fd_ = UniqueFd{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    if (!fd_.is_open()) return;
    if (poll_.open(loop_, fd_.get(), *this) == 0) {
        poll_.watch(UV_READABLE);
    } else {
        fd_.reset();
    }
}

bool Deadlines::is_due() const {
    return !due_.empty() || (!times_.empty() && times_.begin()->first <= steady_time_ns());
}

void Deadlines::run() {
    if (times_.empty() && due_.empty()) return;
    const std::int64_t now = steady_time_ns();
    while (!times_.empty() && times_.begin()->first <= now) {
        Timed& timed = *times_.begin()->second;
        timed.place_ = due_.insert(times_.extract(times_.begin()));
        timed.list_ = &due_;
    }
    if (due_.empty()) return;
    ran_ns_ = now;
    due_count_ = std::min(due_.size(), kMostPerTurn);
    for (std::size_t i = 0; i < kMostPerTurn && !due_.empty(); ++i) {
        Timed& timed = *due_.begin()->second;
        timed.clear();
        timed.on_time_(now);
    }
    due_count_ = 0;
}

void Deadlines::arm() {
    if (times_.empty() || has_due()) return;  // what is armed still is no harm
    const std::int64_t at = std::max(times_.begin()->first, ran_ns_ + kLeastSpacingNs);
    if (at == armed_ns_) return;
    if (!is_open_) open();
    armed_ns_ = at;
    if (!fd_.is_open()) {
        coarse_.start(at - steady_time_ns());
        return;
    }
    itimerspec when{};
    when.it_value.tv_sec = at / 1'000'000'000;
    when.it_value.tv_nsec = at % 1'000'000'000;
    (void)::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Deadlines::on_poll(int /*status*/, int /*events*/) {
    std::uint64_t times = 0;
    (void)!::read(fd_.get(), &times, sizeof times);
    armed_ns_ = 0;
}

void Deadlines::close() {
    poll_.close();
    coarse_.close();
}

}  // namespace net::service
