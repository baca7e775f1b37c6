#include "app/jobs/capture_export.h"

#include "app/jobs/export_formats.h"
#include "app/jobs/export_output.h"
#include "app/jobs/export_pcapng.h"
#include "app/jobs/export_reads.h"
#include "app/jobs/file_failure.h"
#include "app/jobs/held_parts.h"
#include "app/jobs/worker.h"

#include <cerrno>
#include <deque>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

using session::ExportFormat;

constexpr char kAttempt[] = "export to";

std::vector<std::string> paths_of(const ExportRequest& request) {
    if (request.format == ExportFormat::kRaw && request.wants_received && request.wants_sent)
        return {request.path + ".received", request.path + ".sent"};
    return {request.path};
}

// One run of the job: the outputs, and what came of them.
class ExportRun {
  public:
    ExportRun(HeldParts& held, const ExportRequest& request, JobControl& control)
        : held_(held),
          request_(request),
          control_(control),
          paths_(paths_of(request)) {}

    FileMade make() {
        if (!begin() || !write() || !finish()) {
            made_.paths.clear();
            made_.bytes = 0;
            made_.remark.clear();
        }
        return std::move(made_);
    }

  private:
    bool failed(std::optional<channel::Failure> failure) {
        made_.failure = std::move(failure);
        return false;
    }
    bool cancelled() {
        made_.was_cancelled = true;
        return false;
    }

    bool begin() {
        if (control_.should_stop()) return cancelled();
        if (request_.format != ExportFormat::kPcapng && !request_.wants_received &&
            !request_.wants_sent) {
            return failed(file_failure(kAttempt, request_.path, EINVAL,
                                       "neither direction is chosen; choose received, sent or "
                                       "both"));
        }
        if (auto failure = held_.measure(kAttempt, request_.path))
            return failed(std::move(failure));
        for (const std::string& path : paths_) {
            if (held_.contains(path)) {
                return failed(file_failure(kAttempt, path, EBUSY,
                                           "it is the capture that is exported; choose another "
                                           "name"));
            }
            auto failure = outputs_.emplace_back().begin(path, request_.may_overwrite);
            if (failure) return failed(std::move(failure));
        }
        return true;
    }

    bool write() {
        std::optional<channel::Failure> failure;
        if (request_.format == ExportFormat::kPcapng) {
            PcapngExport packets{held_, request_, outputs_[0]};
            failure = packets.run(control_);
            made_.remark = packets.cut_short();
        } else {
            const auto formatter = make_formatter();
            ReadExport reads{held_, request_, *formatter};
            failure = reads.run(control_);
            made_.remark = reads.cut_short();
            if (reads.gaps() > 0)
                made_.remark += (made_.remark.empty() ? "" : "; ") + remark_about(reads);
        }
        if (failure) return failed(std::move(failure));
        if (control_.should_stop()) return cancelled();
        return true;
    }

    std::unique_ptr<ExportFormatter> make_formatter() {
        ExportOutput& first = outputs_.front();
        switch (request_.format) {
            case ExportFormat::kHexDump: return make_hex_dump_format(first);
            case ExportFormat::kCsv: return make_csv_format(first, request_.byte_text);
            case ExportFormat::kJsonLines: return make_json_lines_format(first, request_.byte_text);
            case ExportFormat::kRaw:
            case ExportFormat::kPcapng: break;
        }
        return make_raw_format(first, outputs_.back());
    }

    std::string remark_about(const ReadExport& reads) const {
        std::string text = std::to_string(reads.missing_bytes()) + " bytes are missing in " +
                           std::to_string(reads.gaps()) +
                           (reads.gaps() == 1 ? " place" : " places");
        text += " of the capture itself";
        if (request_.format == ExportFormat::kRaw)
            text += "; what is before and behind such a place follows without a mark";
        return text;
    }

    // All are on the disk before the first has its name.
    bool finish() {
        for (ExportOutput& output : outputs_) {
            output.flush();
            if (output.error() != 0) return failed(output.file().failure(output.error()));
            if (auto failure = output.file().sync()) return failed(std::move(failure));
            made_.bytes += output.bytes();
        }
        if (control_.should_stop()) return cancelled();
        for (std::size_t i = 0; i < outputs_.size(); ++i) {
            auto failure = outputs_[i].file().finish();
            if (!failure) continue;
            for (std::size_t before = 0; before < i; ++before)
                outputs_[before].file().take_back();
            return failed(std::move(failure));
        }
        control_.set_progress(1);
        made_.paths = paths_;
        return true;
    }

    HeldParts& held_;
    const ExportRequest& request_;
    JobControl& control_;
    const std::vector<std::string> paths_;
    std::deque<ExportOutput> outputs_;  // they don't move
    FileMade made_;
};

}  // namespace

class CaptureExport::Impl {
  public:
    Impl(const net::capture::FileTable& files,
         ExportRequest request,
         std::function<void()> wake_frame)
        : held_(files, request.parts),
          worker(std::move(wake_frame), [this](ExportRequest&& asked, JobControl& control) {
              return ExportRun{held_, asked, control}.make();
          }) {
        worker.ask(std::move(request));
    }

  private:
    HeldParts held_;

  public:
    Worker<ExportRequest, FileMade> worker;
};

CaptureExport::CaptureExport(const net::capture::FileTable& files,
                             ExportRequest request,
                             std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(files, std::move(request), std::move(wake_frame))) {}
CaptureExport::~CaptureExport() = default;

void CaptureExport::cancel() {
    impl_->worker.cancel();
}
double CaptureExport::progress() const {
    return impl_->worker.progress();
}
std::optional<FileMade> CaptureExport::take_result() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
