#include "app/session/send_jobs.h"

#include "app/session/log_text.h"
#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>

namespace app::session {

namespace channel = net::channel;

namespace {

constexpr double kSecondNs = 1e9;
// Rates are over the newest of these samples that are at least this far apart.
constexpr std::int64_t kRateSpanNs = 1'000'000'000;

std::string interval_text(std::int64_t ns) {
    const auto with_unit = [ns](std::int64_t unit_ns, const char* unit) {
        std::string text = grouped(static_cast<std::uint64_t>(ns / unit_ns));
        // Three digits at most: 1.5 ms, 33.333 ms.
        std::string fraction = std::to_string(1000 + ns % unit_ns * 1000 / unit_ns).substr(1);
        while (!fraction.empty() && fraction.back() == '0')
            fraction.pop_back();
        if (!fraction.empty()) text += "." + fraction;
        return text + " " + unit;
    };
    if (ns < 1'000'000) return with_unit(1'000, "us");
    if (ns < 1'000'000'000) return with_unit(1'000'000, "ms");
    return with_unit(1'000'000'000, "s");
}

std::string times_text(std::uint64_t count) {
    if (count == 0) return {};
    return ", " + grouped(count) + (count == 1 ? " time" : " times");
}

std::string what_text(const channel::Repeat& repeat) {
    return "repeat every " + interval_text(repeat.interval_ns) + times_text(repeat.count);
}

std::string what_text(const channel::Generate& generate) {
    std::string text = "generate ";
    if (generate.per_second == 0) {
        text += "as much as they take";
    } else if (generate.counts_messages) {
        text += grouped(generate.per_second) + " messages a second";
    } else {
        text += bytes_text(generate.per_second) + " a second";
    }
    text += ", messages of " + grouped(generate.least_bytes);
    if (generate.most_bytes != generate.least_bytes) text += " to " + grouped(generate.most_bytes);
    text += " B";
    if (generate.duration_ns != 0) text += ", for " + interval_text(generate.duration_ns);
    return text;
}

std::string what_text(const channel::SendFile& file) {
    std::string text = "send " + net::bytes::printable(file.path);
    if (file.bytes_per_second != 0)
        text += ", at most " + bytes_text(file.bytes_per_second) + " a second";
    return text;
}

std::string what_text(const channel::SplitTest& test) {
    return "split test of " + bytes_text(test.bytes.size()) + ", " + grouped(ways_of(test)) +
           (ways_of(test) == 1 ? " way" : " ways");
}

// 0: no end is known.
std::uint64_t steps_of(const channel::SendJobWhat& what) {
    if (const auto* repeat = std::get_if<channel::Repeat>(&what)) return repeat->count;
    if (const auto* test = std::get_if<channel::SplitTest>(&what)) return ways_of(*test);
    return 0;
}

std::uint64_t steps_done_of(const SendJobFact& job) {
    if (std::holds_alternative<channel::Repeat>(job.what)) return job.progress.ticks;
    if (const auto* test = std::get_if<channel::SplitTest>(&job.what))
        return test->bytes.empty() ? 0 : job.progress.furthest_bytes / test->bytes.size();
    return 0;
}

std::optional<double> done_of(const SendJobFact& job) {
    const auto share = [](double part, double whole) {
        return whole <= 0 ? 0.0 : std::clamp(part / whole, 0.0, 1.0);
    };
    const channel::SendJobProgress& progress = job.progress;
    if (const auto* repeat = std::get_if<channel::Repeat>(&job.what)) {
        if (repeat->count == 0) return std::nullopt;
        return share(static_cast<double>(progress.ticks), static_cast<double>(repeat->count));
    }
    if (const auto* generate = std::get_if<channel::Generate>(&job.what)) {
        if (generate->duration_ns == 0) return std::nullopt;
        return share(static_cast<double>(progress.elapsed_ns),
                     static_cast<double>(generate->duration_ns));
    }
    if (progress.total_bytes == 0)  // an empty file, or nothing told yet
        return progress.state == SendJobState::kDone ? 1.0 : 0.0;
    return share(static_cast<double>(progress.bytes), static_cast<double>(progress.total_bytes));
}

// What is left, at the pace of the last second where that is what limits it, else by the clock.
std::optional<std::int64_t> left_of(const SendJobFact& job) {
    if (job.progress.state != SendJobState::kRunning) return std::nullopt;
    if (const auto* repeat = std::get_if<channel::Repeat>(&job.what)) {
        if (repeat->count == 0 || job.progress.ticks > repeat->count) return std::nullopt;
        const double left = static_cast<double>(repeat->count - job.progress.ticks) *
                            static_cast<double>(repeat->interval_ns);
        if (left > 9e18) return std::nullopt;
        return static_cast<std::int64_t>(left);
    }
    if (const auto* generate = std::get_if<channel::Generate>(&job.what)) {
        if (generate->duration_ns == 0) return std::nullopt;
        return std::max<std::int64_t>(0, generate->duration_ns - job.progress.elapsed_ns);
    }
    if (job.bytes_per_second <= 0 || job.progress.total_bytes < job.progress.bytes)
        return std::nullopt;
    const double left = static_cast<double>(job.progress.total_bytes - job.progress.bytes) /
                        job.bytes_per_second * kSecondNs;
    if (left > 9e18) return std::nullopt;
    return static_cast<std::int64_t>(left);
}

void keep_sample(SendJobFact& job) {
    if (job.sample_count == job.samples.size()) {
        std::move(job.samples.begin() + 1, job.samples.end(), job.samples.begin());
        --job.sample_count;
    }
    job.samples[job.sample_count++] = {.elapsed_ns = job.progress.elapsed_ns,
                                       .sends = job.progress.sends,
                                       .bytes = job.progress.bytes};
}

void compute_rates(SendJobFact& job) {
    const channel::SendJobProgress& now = job.progress;
    const auto rate = [](std::uint64_t later, std::uint64_t earlier, std::int64_t ns) {
        return ns <= 0 || later < earlier
                   ? 0.0
                   : static_cast<double>(later - earlier) * kSecondNs / static_cast<double>(ns);
    };
    job.mean_sends_per_second = rate(now.sends, 0, now.elapsed_ns);
    job.mean_bytes_per_second = rate(now.bytes, 0, now.elapsed_ns);
    job.sends_per_second = job.bytes_per_second = 0;
    if (now.state != SendJobState::kRunning) return;
    SendJobFact::Sample from{};  // its beginning
    for (std::size_t i = job.sample_count; i-- > 0;) {
        from = job.samples[i];
        if (now.elapsed_ns - from.elapsed_ns >= kRateSpanNs) break;
        if (i == 0 && job.sample_count < job.samples.size()) from = {};
    }
    const std::int64_t span = now.elapsed_ns - from.elapsed_ns;
    job.sends_per_second = rate(now.sends, from.sends, span);
    job.bytes_per_second = rate(now.bytes, from.bytes, span);
}

}  // namespace

std::string text_of(const channel::SendJobWhat& what) {
    return std::visit([](const auto& one) { return what_text(one); }, what);
}

const char* to_text(SendJobState state) {
    switch (state) {
        case SendJobState::kRunning: return "running";
        case SendJobState::kPaused: return "paused";
        case SendJobState::kDone: return "done";
        case SendJobState::kStopped: return "stopped";
        case SendJobState::kGone: return "nobody left";
        case SendJobState::kFailed: return "failed";
    }
    return "unknown";
}

std::uint64_t ways_of(const channel::SplitTest& test) {
    if (test.bytes.empty()) return 0;
    if (!test.sizes.empty()) return test.sizes.size();
    return std::max<std::uint64_t>(test.bytes.size() - 1, 1);
}

void take_sample(SendJobFact& job, const channel::SendJobProgress& progress) {
    job.progress = progress;
    job.is_told = true;
    compute_rates(job);
    keep_sample(job);
    job.steps = steps_of(job.what);
    job.steps_done = std::min(steps_done_of(job), job.steps);
    if (job.steps == 0) job.steps_done = 0;
    job.done = done_of(job);
    job.left_ns = left_of(job);
    if (job.has_ended()) job.ended_ns = progress.time_ns;
}

}  // namespace app::session
