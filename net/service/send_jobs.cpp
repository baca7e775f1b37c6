#include "net/service/send_jobs.h"

#include "net/service/clock.h"
#include "net/service/file_job.h"
#include "net/service/ticked_job.h"

#include <cerrno>
#include <string>
#include <utility>
#include <variant>

namespace net::service {

SendJobs::SendJobs(Loop& loop,
                   Connections& connections,
                   std::function<Endpoint*(channel::EndpointId)> endpoint,
                   std::function<void(const std::function<void(Connection&)>&)> for_each_connection)
    : deadlines_(loop),
      world_{.loop = loop,
             .connections = connections,
             .deadlines = deadlines_,
             .endpoint = std::move(endpoint),
             .for_each_connection = std::move(for_each_connection)} {}

SendJobs::~SendJobs() = default;

std::unique_ptr<SendJob> SendJobs::make(channel::StartSendJob& command) {
    const channel::SendJobId id = command.job;
    if (auto* repeat = std::get_if<channel::Repeat>(&command.what))
        return std::make_unique<RepeatJob>(world_, id, std::move(command.targets),
                                           std::move(*repeat));
    if (auto* file = std::get_if<channel::SendFile>(&command.what))
        return std::make_unique<FileJob>(world_, id, std::move(command.targets), std::move(*file));
    if (auto* test = std::get_if<channel::SplitTest>(&command.what))
        return std::make_unique<SplitTestJob>(world_, id, std::move(command.targets),
                                              std::move(*test));
    auto& generate = std::get<channel::Generate>(command.what);
    if (generate.per_second == 0)
        return std::make_unique<FloodJob>(world_, id, std::move(command.targets),
                                          std::move(generate));
    return std::make_unique<GenerateJob>(world_, id, std::move(command.targets),
                                         std::move(generate));
}

void SendJobs::refuse(const channel::StartSendJob& command, int code, std::string_view more) {
    Recorder& recorder = world_.connections.recorder();
    const std::int64_t now = wall_time_ns();
    auto failure =
        channel::make_failure(channel::Operation::kSendJob, command.targets.endpoint,
                              "job " + std::to_string(channel::number(command.job)), code, now);
    failure.message += more;
    failure.job = command.job;
    failure.is_final = false;
    recorder.note(channel::Failed{std::move(failure)});
}

void SendJobs::handle(channel::StartSendJob& command) {
    const std::uint64_t key = channel::number(command.job);
    if (jobs_.contains(key)) {
        refuse(command, EEXIST, "; the one that has this number goes on");
        return;
    }
    if (jobs_.size() >= channel::kMostSendJobs) {
        refuse(command, EAGAIN,
               "; " + std::to_string(channel::kMostSendJobs) +
                   " are under way, which is the most; stop some");
        channel::SendJobProgress end;
        end.job = command.job;
        end.state = channel::SendJobState::kFailed;
        end.time_ns = wall_time_ns();
        world_.connections.recorder().tell(end);
        return;
    }
    auto job = make(command);
    SendJob& started = *job;
    jobs_.emplace(key, std::move(job));
    started.start();
}

SendJob* SendJobs::find(channel::SendJobId id) {
    const auto found = jobs_.find(channel::number(id));
    return found == jobs_.end() ? nullptr : found->second.get();
}

// Of one that has ended meanwhile, its end has been told.
void SendJobs::handle(const channel::PauseSendJob& command) {
    if (SendJob* const job = find(command.job); job != nullptr) job->pause(command.is_paused);
}

void SendJobs::handle(const channel::StopSendJob& command) {
    if (SendJob* const job = find(command.job); job != nullptr) job->stop();
}

void SendJobs::stop_all() {
    for (auto& [key, job] : jobs_)
        job->stop();
}

void SendJobs::delete_ended() {
    std::erase_if(jobs_, [](const auto& item) { return item.second->has_ended(); });
}

void SendJobs::close() {
    jobs_.clear();
    deadlines_.close();
}

}  // namespace net::service
