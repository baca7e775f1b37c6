// The saves and exports under way: started, watched, cancelled, and what came of them.
//
// Thread: the frame thread; each job works on a worker of its own.
#pragma once

#include "app/jobs/capture_export.h"
#include "app/jobs/capture_saving.h"
#include "app/jobs/selection_saving.h"
#include "app/session/desk.h"
#include "net/capture/file_table.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace app {

class DeskJobs {
  public:
    // `files` outlives this. The destructor cancels what is under way and waits for it.
    DeskJobs(net::capture::FileTable& files, std::function<void()> wake_frame);

    // `notes`: comes back in Ended.
    session::JobId save(session::DocumentId document,
                        jobs::SaveRequest request,
                        std::uint64_t notes);
    session::JobId export_selection(session::DocumentId document, jobs::ExportRequest request);
    // Reads the session's index: end_selections_of() before the document goes.
    session::JobId save_selection(session::DocumentId document,
                                  const net::capture::ReadIndex& index,
                                  session::SaveSelectionWish wish);
    // Cancels them and waits for a slice of work; what was half made is gone.
    void end_selections_of(session::DocumentId document);
    void cancel(session::JobId id);
    void cancel_all();
    // A job makes this file: another one would decide by luck whose copy stays.
    [[nodiscard]] bool is_making(const std::string& path) const;
    void cancel_making(const std::string& path);

    struct Ended {
        session::JobId id{};
        session::DocumentId document{};
        bool is_save = false;
        bool is_selection = false;
        std::string path;                      // what was asked for
        std::vector<jobs::CapturePart> parts;  // what was copied
        std::uint64_t notes = 0;               // as it was given
        jobs::FileMade made;
    };
    // Those that have ended since the last call.
    [[nodiscard]] std::vector<Ended> take_ended();

    [[nodiscard]] std::vector<session::JobFact> facts() const;
    [[nodiscard]] bool is_empty() const { return jobs_.empty(); }

  private:
    struct Job {
        session::JobId id{};
        session::DocumentId document{};
        std::string path;
        std::vector<jobs::CapturePart> parts;
        std::uint64_t notes = 0;
        // One of these.
        std::unique_ptr<jobs::CaptureSaving> saving;
        std::unique_ptr<jobs::CaptureExport> exporting;
        std::unique_ptr<jobs::SelectionSaving> selection;

        void cancel();
    };
    // Its work is still to be given to it. Good until the next one.
    Job& add(session::DocumentId document,
             const std::string& path,
             const std::vector<jobs::CapturePart>& parts);

    net::capture::FileTable& files_;
    std::function<void()> wake_frame_;
    std::uint64_t next_id_ = 1;
    std::vector<Job> jobs_;  // in the order of their starting
};

}  // namespace app
