#include "app/jobs/capture_saving.h"

#include "app/jobs/export_output.h"
#include "app/jobs/file_copy.h"
#include "app/jobs/file_failure.h"
#include "app/jobs/held_parts.h"
#include "app/jobs/new_file.h"
#include "app/jobs/noted_copy.h"
#include "app/jobs/worker.h"

#include <cerrno>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr char kAttempt[] = "save";

FileMade failed(std::optional<channel::Failure> failure) {
    FileMade made;
    made.failure = std::move(failure);
    return made;
}

FileMade cancelled() {
    FileMade made;
    made.was_cancelled = true;
    return made;
}

FileMade save_with_notes(HeldParts& held, const SaveRequest& request, JobControl& control) {
    std::vector<std::vector<SavedNote>> notes(request.parts.size());
    for (const SavedNote& note : *request.notes) {
        for (std::size_t i = 0; i < notes.size(); ++i) {
            // What came later than the part's end is not in the copy, and nor are the notes on it.
            if (request.parts[i].file == note.file && note.offset < held.parts()[i].end_offset)
                notes[i].push_back(note);
        }
    }
    ExportOutput output{kAttempt};
    if (auto failure = output.begin(request.path, request.may_overwrite))
        return failed(std::move(failure));
    NotedCopy copy{held, std::move(notes), output};
    if (auto failure = copy.run(request.path, control)) return failed(std::move(failure));
    if (control.should_stop()) return cancelled();
    output.flush();
    if (output.error() != 0) return failed(output.file().failure(output.error()));
    if (auto failure = output.file().sync()) return failed(std::move(failure));
    if (control.should_stop()) return cancelled();
    if (auto failure = output.file().finish()) return failed(std::move(failure));
    control.set_progress(1);
    FileMade made;
    made.paths.push_back(request.path);
    made.bytes = output.bytes();
    if (const std::size_t left = copy.left_out(); left > 0) {
        made.remark = std::to_string(left) + (left == 1 ? " note is" : " notes are") +
                      " not in it: there is no room for more comments at that packet";
    }
    return made;
}

FileMade save(HeldParts& held, const SaveRequest& request, JobControl& control) {
    if (control.should_stop()) return cancelled();
    if (held.contains(request.path)) {
        return failed(file_failure(kAttempt, request.path, EBUSY,
                                   "it is the capture itself, which is kept there already; choose "
                                   "another name"));
    }
    if (auto failure = held.measure(kAttempt, request.path)) return failed(std::move(failure));
    if (request.notes) return save_with_notes(held, request, control);
    NewFile file{kAttempt};
    if (auto failure = file.begin(request.path, request.may_overwrite))
        return failed(std::move(failure));

    const auto total = static_cast<double>(held.total_bytes());
    FileCopy copy{file.descriptor()};
    std::uint64_t before = 0;
    for (const HeldPart& part : held.parts()) {
        const int error = copy.append(part.descriptor, part.end_offset, [&](std::uint64_t done) {
            control.set_progress(static_cast<double>(before + done) / total);
            return !control.should_stop();
        });
        if (error == ECANCELED) return cancelled();
        if (error == ENODATA) {
            return failed(
                file_failure(kAttempt, request.path, error,
                             cut_short_text(part.path, copy.done_bytes(), part.end_offset)));
        }
        if (error != 0) return failed(file.failure(error));
        before += part.end_offset;
    }
    if (auto failure = file.sync()) return failed(std::move(failure));
    if (control.should_stop()) return cancelled();
    if (auto failure = file.finish()) return failed(std::move(failure));
    control.set_progress(1);
    FileMade made;
    made.paths.push_back(request.path);
    made.bytes = copy.end();
    return made;
}

}  // namespace

class CaptureSaving::Impl {
  public:
    Impl(const net::capture::FileTable& files,
         SaveRequest request,
         std::function<void()> wake_frame)
        : held_(files, request.parts),
          worker(std::move(wake_frame), [this](SaveRequest&& asked, JobControl& control) {
              return save(held_, asked, control);
          }) {
        worker.ask(std::move(request));
    }

  private:
    HeldParts held_;

  public:
    Worker<SaveRequest, FileMade> worker;
};

CaptureSaving::CaptureSaving(const net::capture::FileTable& files,
                             SaveRequest request,
                             std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(files, std::move(request), std::move(wake_frame))) {}
CaptureSaving::~CaptureSaving() = default;

void CaptureSaving::cancel() {
    impl_->worker.cancel();
}
double CaptureSaving::progress() const {
    return impl_->worker.progress();
}
std::optional<FileMade> CaptureSaving::take_result() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
