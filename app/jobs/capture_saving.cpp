#include "app/jobs/capture_saving.h"

#include "app/jobs/file_copy.h"
#include "app/jobs/file_failure.h"
#include "app/jobs/held_parts.h"
#include "app/jobs/new_file.h"
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

FileMade save(HeldParts& held, const SaveRequest& request, JobControl& control) {
    if (control.should_stop()) return cancelled();
    if (held.contains(request.path)) {
        return failed(file_failure(kAttempt, request.path, EBUSY,
                                   "it is the capture itself, which is kept there already; choose "
                                   "another name"));
    }
    if (auto failure = held.measure(kAttempt, request.path)) return failed(std::move(failure));
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
