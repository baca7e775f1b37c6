#include "app/desk_jobs.h"

#include "net/bytes/escapes.h"

#include <algorithm>
#include <utility>

namespace app {

DeskJobs::DeskJobs(net::capture::FileTable& files, std::function<void()> wake_frame)
    : files_(files),
      wake_frame_(std::move(wake_frame)) {}

DeskJobs::Job& DeskJobs::add(session::DocumentId document,
                             const std::string& path,
                             const std::vector<jobs::CapturePart>& parts) {
    Job& job = jobs_.emplace_back();
    job.id = session::JobId{next_id_++};
    job.document = document;
    job.path = path;
    job.parts = parts;
    return job;
}

session::JobId DeskJobs::save(session::DocumentId document,
                              jobs::SaveRequest request,
                              std::uint64_t notes) {
    Job& job = add(document, request.path, request.parts);
    job.notes = notes;
    job.saving = std::make_unique<jobs::CaptureSaving>(files_, std::move(request), wake_frame_);
    return job.id;
}

session::JobId DeskJobs::export_selection(session::DocumentId document,
                                          jobs::ExportRequest request) {
    Job& job = add(document, request.path, request.parts);
    job.exporting = std::make_unique<jobs::CaptureExport>(files_, std::move(request), wake_frame_);
    return job.id;
}

session::JobId DeskJobs::save_selection(session::DocumentId document,
                                        const net::capture::ReadIndex& index,
                                        session::SaveSelectionWish wish) {
    Job& job = add(document, wish.path, {});
    job.selection =
        std::make_unique<jobs::SelectionSaving>(index, files_, std::move(wish), wake_frame_);
    return job.id;
}

void DeskJobs::Job::cancel() {
    if (saving) saving->cancel();
    if (exporting) exporting->cancel();
    if (selection) selection->cancel();
}

void DeskJobs::end_selections_of(session::DocumentId document) {
    std::erase_if(jobs_, [&](const Job& job) {
        return job.document == document && job.selection != nullptr;
    });
}

void DeskJobs::cancel(session::JobId id) {
    for (Job& job : jobs_)
        if (job.id == id) job.cancel();
}

void DeskJobs::cancel_all() {
    for (Job& job : jobs_)
        job.cancel();
}

bool DeskJobs::is_making(const std::string& path) const {
    return std::any_of(jobs_.begin(), jobs_.end(),
                       [&](const Job& job) { return job.path == path; });
}

void DeskJobs::cancel_making(const std::string& path) {
    for (Job& job : jobs_)
        if (job.path == path) job.cancel();
}

std::vector<DeskJobs::Ended> DeskJobs::take_ended() {
    std::vector<Ended> ended;
    std::erase_if(jobs_, [&](Job& job) {
        auto made = job.saving      ? job.saving->take_result()
                    : job.exporting ? job.exporting->take_result()
                                    : job.selection->take_result();
        if (!made) return false;
        ended.push_back({.id = job.id,
                         .document = job.document,
                         .is_save = job.saving != nullptr,
                         .is_selection = job.selection != nullptr,
                         .path = std::move(job.path),
                         .parts = std::move(job.parts),
                         .notes = job.notes,
                         .made = std::move(*made)});
        return true;
    });
    return ended;
}

std::vector<session::JobFact> DeskJobs::facts() const {
    std::vector<session::JobFact> facts;
    facts.reserve(jobs_.size());
    for (const Job& job : jobs_) {
        facts.push_back({.id = job.id,
                         .label = (job.exporting ? "Exporting to " : "Saving to ") +
                                  net::bytes::printable(job.path),
                         .progress = job.saving      ? job.saving->progress()
                                     : job.exporting ? job.exporting->progress()
                                                     : job.selection->progress()});
    }
    return facts;
}

}  // namespace app
