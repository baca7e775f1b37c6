#include "net/service/fed_job.h"

#include "net/service/clock.h"
#include "net/service/ticked_job.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::service {

using channel::CloseReason;
using channel::SendJobState;

// ---- One connection ----

FedJob::Course::Course(FedJob& job, Connection& connection)
    : job_(job),
      connection_(&connection),
      timed_(job.world_.deadlines, [this](std::int64_t now_ns) {
          if (job_.is_running() && job_.is_ready_) job_.feed(*this, now_ns);
      }) {
    connection.add_feeder(*this);
}

int FedJob::Course::give(const SharedBytes& bytes) {
    const int error = connection_->queue(bytes);
    if (error != 0) return error;
    given_bytes += bytes->size();
    waiting_.push_back({.end = connection_->queued_in_all(), .size = bytes->size()});
    return 0;
}

void FedJob::Course::queue_moved(Connection& connection) {
    count_taken(connection);
}

void FedJob::Course::count_taken(const Connection& connection) {
    const std::uint64_t sent = connection.sent_in_all();
    std::size_t whole = 0;
    std::uint64_t taken = taken_before_;
    for (const Piece& piece : waiting_) {
        const std::uint64_t left = std::min(piece.end - std::min(piece.end, sent), piece.size);
        taken += piece.size - left;
        if (left != 0) break;
        taken_before_ += piece.size;
        ++whole;
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(whole));
    const std::uint64_t more = taken - taken_bytes;
    if (more == 0) return;
    taken_bytes = taken;
    job_.taken(*this, more);
    const std::int64_t now = whole == 0 ? 0 : steady_time_ns();
    for (std::size_t i = 0; i < whole; ++i)
        job_.piece_taken(*this, now);
    if (whole != 0 && connection_ != nullptr && job_.is_running()) feed_soon();
}

void FedJob::Course::connection_ended(Connection& connection,
                                      const channel::ConnectionClosed& closed) {
    count_taken(connection);
    timed_.clear();
    connection_ = nullptr;
    job_.gone(*this, connection, closed);
}

// ---- The job ----

FedJob::FedJob(SendJobWorld& world, channel::SendJobId id, channel::Targets&& targets)
    : SendJob(world, id, std::move(targets)) {}

FedJob::~FedJob() = default;

void FedJob::start() {
    std::string why;
    const int error = refusal(why);
    if (error != 0) {
        fail(name(), error, why);
        return;
    }
    const auto add = [this](Connection& connection) {
        if (!connection.can_queue()) return;
        courses_.push_back(std::make_unique<Course>(*this, connection));
        courses_.back()->index = courses_.back()->number = courses_.size() - 1;
    };
    if (!targets_.connections.empty()) {
        std::sort(targets_.connections.begin(), targets_.connections.end());
        const auto twice = std::unique(targets_.connections.begin(), targets_.connections.end());
        targets_.connections.erase(twice, targets_.connections.end());
        for (const channel::ConnectionId id : targets_.connections)
            if (Connection* const one = world_.connections.find(id); one != nullptr) add(*one);
    } else if (targets_.endpoint != channel::EndpointId::kNone) {
        Endpoint* const endpoint = world_.endpoint(targets_.endpoint);
        if (endpoint != nullptr) endpoint->connections.for_each(add);
    } else if (targets_.is_everyone) {
        world_.for_each_connection(add);
    }
    if (courses_.empty()) {
        fail(name(), ENOTCONN, "; nobody that it was to go to is open");
        return;
    }
    progress_.targets = static_cast<std::uint32_t>(courses_.size());
    begin();
    opened();
}

void FedJob::ready() {
    is_ready_ = true;
    progress_.total_bytes = bytes_each() * courses_.size() + progress_.bytes;
    if (!is_running()) return;
    for (const auto& course : courses_)
        course->feed_soon();
}

void FedJob::paused() {
    for (const auto& course : courses_)
        course->feed_never();
}

void FedJob::resumed(std::int64_t paused_ns) {
    for (const auto& course : courses_) {
        if (course->next_ns != 0) course->next_ns += paused_ns;
        course->feed_soon();
    }
}

void FedJob::count_queued() {
    if (counts_queued()) return;
    for (const auto& course : courses_) {
        progress_.bytes += course->given_bytes - course->taken_bytes;
        progress_.sends += course->waiting();
        if (course->given_bytes <= progress_.furthest_bytes) continue;
        progress_.furthest_bytes = course->taken_bytes = course->given_bytes;
        came_furthest(*course);
    }
}

void FedJob::look(std::int64_t /*now_ns*/) {
    dropped_.clear();
    progress_.targets = static_cast<std::uint32_t>(courses_.size());
}

void FedJob::ended() {
    progress_.targets = 0;
    while (!courses_.empty())
        drop(*courses_.back());
}

void FedJob::taken(Course& course, std::uint64_t bytes) {
    if (counts_queued()) return;
    progress_.bytes += bytes;
    if (course.taken_bytes <= progress_.furthest_bytes) return;
    progress_.furthest_bytes = course.taken_bytes;
    came_furthest(course);
}

void FedJob::finish(Course& course) {
    drop(course);
    end_if_all_over();
}

std::string FedJob::how_far(const Course& course) const {
    return "; " + std::to_string(course.taken_bytes) + " of " + std::to_string(bytes_each()) +
           " bytes were sent";
}

void FedJob::gone(Course& course, Connection& connection, const channel::ConnectionClosed& closed) {
    // One that has all of it and could not say so yet has not been cut short.
    const bool is_whole = is_ready_ && bytes_each() != 0 && course.taken_bytes == bytes_each();
    if (!is_whole && bytes_each() != 0) {
        has_cut_short_ = true;
        int code = closed.code;
        if (code == 0) code = closed.reason == CloseReason::kClosedHere ? ECANCELED : EPIPE;
        tell_failed(name() + " to " + bytes::to_text(connection.flow().peer), code, how_far(course),
                    &connection);
    }
    drop(course);
    end_if_all_over();
}

void FedJob::drop(Course& course) {
    course_gone(course);
    if (course.of_connection.is_listed()) course.connection().remove_feeder(course);
    const std::size_t index = course.index;
    std::swap(courses_[index], courses_.back());
    courses_[index]->index = index;
    dropped_.push_back(std::move(courses_.back()));
    courses_.pop_back();
    progress_.targets = static_cast<std::uint32_t>(courses_.size());
}

void FedJob::end_if_all_over() {
    if (!courses_.empty() || has_ended()) return;
    if (has_cut_short_) {
        end(SendJobState::kFailed);
    } else {
        end(bytes_each() == 0 && !is_ready_ ? SendJobState::kGone
            : counts_queued()               ? SendJobState::kGone
                                            : SendJobState::kDone);
    }
}

// ---- Generators without a rate ----

namespace {

// Enough to keep a connection busy for a turn.
constexpr std::uint64_t kFloodBytes = std::uint64_t{256} * 1024;
// Messages queued at once: small ones would hold the turn.
constexpr int kMostAtOnce = 1024;

}  // namespace

FloodJob::FloodJob(SendJobWorld& world,
                   channel::SendJobId id,
                   channel::Targets&& targets,
                   channel::Generate&& settings)
    : FedJob(world, id, std::move(targets)),
      settings_(std::move(settings)) {}

FloodJob::~FloodJob() = default;

int FloodJob::refusal(std::string& why) const {
    return GenerateJob::refusal_of(settings_, why);
}

void FloodJob::opened() {
    traffic_.assign(course_count(), GeneratedTraffic(settings_));
    ready();
}

void FloodJob::look(std::int64_t now_ns) {
    FedJob::look(now_ns);
    if (settings_.duration_ns != 0 && elapsed_ns(now_ns) >= settings_.duration_ns)
        end(SendJobState::kDone);
}

void FloodJob::feed(Course& course, std::int64_t now_ns) {
    if (settings_.duration_ns != 0 && elapsed_ns(now_ns) >= settings_.duration_ns) {
        end(SendJobState::kDone);
        return;
    }
    GeneratedTraffic& traffic = traffic_[course.number];
    const std::uint64_t most = std::min(kFloodBytes, world_.most_backlog_bytes());
    for (int i = 0; i < kMostAtOnce; ++i) {
        Connection& connection = course.connection();
        if (connection.queued_bytes() >= most || world_.is_full(connection)) return;
        const auto bytes = std::make_shared<const std::vector<std::uint8_t>>(traffic.next());
        if (course.give(bytes) != 0) return;  // it is ending
        ++progress_.sends;
        progress_.bytes += bytes->size();
    }
}

// ---- Split tests ----

SplitTestJob::SplitTestJob(SendJobWorld& world,
                           channel::SendJobId id,
                           channel::Targets&& targets,
                           channel::SplitTest&& test)
    : FedJob(world, id, std::move(targets)),
      test_(std::move(test)) {}

SplitTestJob::~SplitTestJob() = default;

int SplitTestJob::refusal(std::string& why) const {
    if (test_.bytes.empty()) {
        why = "; there is nothing to send";
        return EINVAL;
    }
    if (test_.bytes.size() > channel::kMostSplitBytes) {
        why = "; it has " + std::to_string(test_.bytes.size()) + " bytes, and can have " +
              std::to_string(channel::kMostSplitBytes);
        return EMSGSIZE;
    }
    if (test_.sizes.size() > channel::kMostSplitSizes ||
        std::find(test_.sizes.begin(), test_.sizes.end(), 0U) != test_.sizes.end()) {
        why = "; the sizes of pieces are from 1 byte on, and at most " +
              std::to_string(channel::kMostSplitSizes) + " of them";
        return ERANGE;
    }
    if (test_.pause_ns < 0 || test_.pause_ns > channel::kMostSplitPauseNs) {
        why = "; the pause can be 0 to 60 s";
        return ERANGE;
    }
    return 0;
}

std::uint64_t SplitTestJob::ways() const {
    if (!test_.sizes.empty()) return test_.sizes.size();
    return std::max<std::uint64_t>(test_.bytes.size() - 1, 1);
}

std::size_t SplitTestJob::piece_size(std::uint64_t way, std::size_t at) const {
    const std::size_t left = test_.bytes.size() - at;
    if (!test_.sizes.empty()) return std::min<std::size_t>(left, test_.sizes[way]);
    const std::size_t cut = std::min<std::size_t>(way + 1, test_.bytes.size());
    return at < cut ? cut - at : left;
}

void SplitTestJob::feed(Course& course, std::int64_t now_ns) {
    if (course.waiting() != 0) return;  // a piece has gone before the pause begins
    const std::uint64_t size = test_.bytes.size();
    const std::uint64_t way = course.given_bytes / size;
    if (way == ways()) {
        finish(course);
        return;
    }
    if (now_ns < course.next_ns) {
        course.feed_at(course.next_ns);
        return;
    }
    // Behind others' bytes it would share their segments.
    if (course.connection().queued_bytes() != 0) {
        course.feed_at(now_ns + 1'000'000);
        return;
    }
    const std::size_t at = course.given_bytes % size;
    const auto from = test_.bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto piece = std::make_shared<const std::vector<std::uint8_t>>(
        from, from + static_cast<std::ptrdiff_t>(piece_size(way, at)));
    (void)course.give(piece);  // refused: it is ending, which is told in a moment
}

void SplitTestJob::piece_taken(Course& course, std::int64_t now_ns) {
    ++progress_.sends;
    course.next_ns = now_ns + test_.pause_ns;
}

std::string SplitTestJob::how_far(const Course& course) const {
    const std::uint64_t size = test_.bytes.size();
    const std::uint64_t way = course.taken_bytes / size;
    const std::uint64_t at = course.taken_bytes % size;
    std::string text = "; ";
    if (at == 0) {
        text += "after " + std::to_string(way) + " of " + std::to_string(ways()) + " ways";
        if (way == 0) return text;
        const std::size_t piece = piece_size(way - 1, 0);
        return text + ", the last with " + std::to_string(piece) + " bytes first";
    }
    text += "in way " + std::to_string(way + 1) + " of " + std::to_string(ways()) + " (";
    text += std::to_string(piece_size(way, 0)) + " bytes first), after " + std::to_string(at) +
            " of " + std::to_string(size) + " bytes";
    return text;
}

}  // namespace net::service
