// What the network thread sends by itself: the wishes, and what is told of them.
#include "app/session/log_text.h"
#include "app/session/session.h"

#include <algorithm>
#include <utility>

namespace app::session {
namespace {

namespace channel = net::channel;

}  // namespace

SendJobFact* Session::find_send_job(SendJobId id) {
    const auto found = std::find_if(send_jobs_.begin(), send_jobs_.end(),
                                    [id](const SendJobFact& job) { return job.id == id; });
    return found == send_jobs_.end() ? nullptr : &*found;
}

void Session::carry_out(StartSendJobIntent&& intent, std::int64_t now_ns) {
    if (!can_start(text_of(intent.what), now_ns)) return;
    if (!keep_reachable(intent.targets)) {
        add_line(Severity::kWarning,
                 "cannot start " + text_of(intent.what) + ": nobody to send to is open", now_ns);
        return;
    }
    SendJobFact job;
    job.id = SendJobId{next_send_job_++};
    job.targets = intent.targets;
    job.what = intent.what;
    job.progress.job = job.id;
    job.started_ns = now_ns;
    add_line(Severity::kInfo, text_of(intent.what) + ": started", now_ns, intent.targets.endpoint);
    send_jobs_.push_back(std::move(job));
    outbox_.emplace_back(channel::StartSendJob{.job = send_jobs_.back().id,
                                               .targets = std::move(intent.targets),
                                               .what = std::move(intent.what)});
    changed();
}

void Session::carry_out(PauseSendJobIntent&& intent, std::int64_t /*now_ns*/) {
    SendJobFact* const job = find_send_job(intent.job);
    if (job == nullptr || job->has_ended()) return;
    const SendJobState wanted = intent.is_paused ? SendJobState::kPaused : SendJobState::kRunning;
    if (job->progress.state == wanted) return;
    job->progress.state = wanted;
    job->left_ns.reset();
    changed();
    outbox_.emplace_back(channel::PauseSendJob{.job = intent.job, .is_paused = intent.is_paused});
}

void Session::carry_out(StopSendJobIntent&& intent, std::int64_t /*now_ns*/) {
    const SendJobFact* const job = find_send_job(intent.job);
    if (job == nullptr || job->has_ended()) return;
    outbox_.emplace_back(channel::StopSendJob{.job = intent.job});
}

void Session::carry_out(ForgetSendJobIntent&& intent, std::int64_t /*now_ns*/) {
    const std::size_t gone = std::erase_if(send_jobs_, [&](const SendJobFact& job) {
        return job.has_ended() && (intent.job == SendJobId::kNone || job.id == intent.job);
    });
    if (gone != 0) changed();
}

void Session::on(const channel::SendJobProgress& event, std::int64_t now_ns) {
    SendJobFact* const job = find_send_job(event.job);
    if (job == nullptr || job->has_ended()) return;
    take_sample(*job, event);
    if (job->has_ended()) end_send_job(*job, event.time_ns != 0 ? event.time_ns : now_ns);
    changed();
}

void Session::end_send_job(SendJobFact& job, std::int64_t time_ns) {
    job.ended_ns = time_ns;
    const bool is_well = job.progress.state != SendJobState::kFailed;
    add_line(is_well ? Severity::kInfo : Severity::kWarning, send_job_ended_text(job), time_ns,
             job.targets.endpoint);
    const auto ended = std::count_if(send_jobs_.begin(), send_jobs_.end(),
                                     [](const SendJobFact& one) { return one.has_ended(); });
    if (static_cast<std::size_t>(ended) <= kMostEndedSendJobs) return;
    send_jobs_.erase(std::find_if(send_jobs_.begin(), send_jobs_.end(),
                                  [](const SendJobFact& one) { return one.has_ended(); }));
}

// The network thread is no more: nothing runs, whether or not its end was told.
void Session::end_send_jobs(std::int64_t time_ns) {
    for (SendJobFact& job : send_jobs_) {
        if (job.has_ended()) continue;
        channel::SendJobProgress last = job.progress;
        last.state = SendJobState::kStopped;
        last.time_ns = time_ns;
        take_sample(job, last);
    }
}

}  // namespace app::session
