#include "app/frame_side.h"

#include <chrono>
#include <ctime>
#include <thread>

namespace app {
namespace {

std::int64_t clock_ns(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Both waits below are ends of a run, bounded, and without a wake-up to wait for in every case (the display may be gone): looking again
// each millisecond is simple and cannot hang.
constexpr std::chrono::milliseconds kEndingTick{1};

void turn_audit(FrameSide& side, std::int64_t now_ns) {
    if (side.audit == nullptr) return;
    if (const auto counts = side.audit->take_result()) side.session.fold_audit(*counts, now_ns);
    if (side.audit->is_busy()) return;
    if (const auto request = side.session.next_audit()) {
        side.audit->request(request->file, request->end_offset);
    }
}

}  // namespace

std::int64_t realtime_ns() {
    return clock_ns(CLOCK_REALTIME);
}

std::int64_t monotonic_ns() {
    return clock_ns(CLOCK_MONOTONIC);
}

bool turn(FrameSide& side, std::int64_t now_ns, std::int64_t monotonic_now_ns) {
    turn_audit(side, now_ns);
    if (side.demo != nullptr) side.demo->step(side.session, now_ns, monotonic_now_ns);
    return side.session.post_to(side.link);
}

void release_dropped(net::capture::FileTable& files, session::Session& session) {
    for (const net::channel::FileId file : session.take_released_files())
        files.release(file);
}

bool stop_and_drain(FrameSide& side, std::int64_t limit_ns) {
    const std::int64_t limit = monotonic_ns() + limit_ns;
    side.session.stop();
    while (!side.session.is_stopped()) {
        side.session.post_to(side.link);
        const bool is_left =
            side.session.drain(side.link, realtime_ns(), [&] { return monotonic_ns() < limit; });
        if (side.session.is_stopped()) break;
        if (monotonic_ns() >= limit) return false;
        if (!is_left) std::this_thread::sleep_for(kEndingTick);
    }
    return true;
}

bool finish_audit(FrameSide& side,
                  std::int64_t limit_ns,
                  const std::function<bool()>& is_interrupted) {
    if (side.audit == nullptr) return true;
    const std::int64_t limit = monotonic_ns() + limit_ns;
    turn_audit(side, realtime_ns());
    while (side.audit->is_busy()) {
        if (monotonic_ns() >= limit || is_interrupted()) return false;
        std::this_thread::sleep_for(kEndingTick);
        turn_audit(side, realtime_ns());
    }
    return true;
}

AskedFor::AskedFor(const session::Session& session) {
    for (const auto id : session.endpoints()) {
        const session::Endpoint* endpoint = session.endpoint(id);
        asked_.push_back({.id = id, .kind = endpoint->kind, .name = endpoint->name});
    }
}

void AskedFor::look(const session::Session& session, const Demo* demo) {
    const auto has_ended_badly = [](const session::Endpoint* endpoint) {
        return endpoint != nullptr && endpoint->state == session::EndpointState::kFailed;
    };
    for (Asked& asked : asked_) {
        const session::Endpoint* endpoint = session.endpoint(asked.id);
        const bool is_bad = has_ended_badly(endpoint);
        has_failed_ |= is_bad;
        asked.is_settled |= is_bad || (endpoint != nullptr && endpoint->has_come_up);
    }
    if (demo == nullptr) return;
    has_failed_ |= has_ended_badly(demo->server(session)) || has_ended_badly(demo->client(session));
}

std::vector<std::string> AskedFor::never_up() const {
    std::vector<std::string> lines;
    for (const Asked& asked : asked_) {
        if (asked.is_settled) continue;
        lines.push_back(asked.name + (asked.kind == session::EndpointKind::kServer
                                          ? ": never listened"
                                          : ": was never connected"));
    }
    return lines;
}

}  // namespace app
