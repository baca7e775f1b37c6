#include "app/jobs/capture_opening.h"

#include "app/jobs/own_capture.h"
#include "app/jobs/worker_signal.h"
#include "net/bytes/escapes.h"
#include "net/capture/pcapng_reader.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <utility>
#include <variant>

namespace app::jobs {
namespace {

namespace channel = net::channel;

// The frame is woken once for so many events (and whenever this thread waits or ends), not for each.
constexpr std::size_t kEventsAWake = 2048;

std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

std::uint64_t size_of(int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || status.st_size < 0) return 0;
    return static_cast<std::uint64_t>(status.st_size);
}

// A file that was opened but is no capture has no errno.
channel::Failure not_a_capture(const std::string& path, std::string_view why) {
    return {.operation = channel::Operation::kOpen,
            .is_final = true,
            .time_ns = now_ns(),
            .code = "EINVAL",
            .message = "open " + net::bytes::printable(path) + ": " + net::bytes::printable(why)};
}

}  // namespace

class CaptureOpening::Impl {
  public:
    Impl(std::string path,
         bool is_own,
         std::uint64_t size,
         std::unique_ptr<net::capture::Reader> reader,
         std::function<void()> wake_frame)
        : path_(std::move(path)),
          is_own_(is_own),
          size_(size),
          link_({}, std::move(wake_frame), [this] { signal_.post(); }),
          reader_(std::move(reader)),
          worker_([this] { run(); }) {}

    ~Impl() {
        is_cancelled_.store(true, std::memory_order_relaxed);
        signal_.post();
        worker_.join();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    channel::Link& link() { return link_; }

    [[nodiscard]] double progress() const {
        if (is_finished_.load(std::memory_order_relaxed)) return 1;
        if (size_ == 0) return 0;
        const auto offset = static_cast<double>(offset_.load(std::memory_order_relaxed));
        return std::clamp(offset / static_cast<double>(size_), 0.0, 1.0);
    }

  private:
    // ---- Worker only. ----

    void run() {
        channel::Event event;
        bool has_ended = false;
        while (!has_ended && reader_->next(event)) {
            has_ended = std::holds_alternative<channel::ServiceStopped>(event);
            if (has_ended && !tell_what_was_wrong()) return;
            if (auto* const mark = std::get_if<channel::LedgerMark>(&event);
                mark != nullptr && !is_own_) {
                // The auditor counts by our own marks in each block: there is no second count of what another program wrote.
                mark->file = channel::FileId::kNone;
            }
            if (!push(std::move(event))) return;
            if (++told_ % kEventsAWake == 0) {
                offset_.store(reader_->offset(), std::memory_order_relaxed);
                link_.wake_frame();
            }
        }
        // Whoever waits for the last event must get it, whatever the reader met.
        if (!has_ended && (!tell_what_was_wrong() || !push(channel::ServiceStopped{}))) return;
        is_finished_.store(true, std::memory_order_relaxed);
        link_.wake_frame();
    }

    // A capture that is cut short or holds what we don't understand is shown as far as it goes, and the user is told.
    bool tell_what_was_wrong() {
        const net::capture::ReaderCounts& counts = reader_->counts();
        std::string what;
        if (!counts.why_it_ended.empty()) {
            what = counts.why_it_ended + " (the last " + std::to_string(counts.left_over_bytes) +
                   " B are not shown)";
        }
        if (counts.skipped != 0) {
            if (!what.empty()) what += "; ";
            what += std::to_string(counts.skipped) +
                    " of its blocks or packets were not understood and are not shown";
        }
        if (what.empty()) return true;
        channel::Failure failure = not_a_capture(path_, what);
        failure.is_final = false;
        return push(channel::Failed{.failure = std::move(failure)});
    }

    // False: cancelled. Below the high mark there is room, and nobody else pushes.
    bool push(channel::Event&& event) {
        return wait_for_room() && link_.try_push(std::move(event));
    }

    bool wait_for_room() {
        while (!is_cancelled() && link_.is_above_high_mark()) {
            link_.wake_frame();
            while (!is_cancelled() && link_.wait_for_low_mark()) {
                signal_.wait();
                take_commands();
            }
        }
        return !is_cancelled();
    }

    // There is no one to command in a file; but the frame side rings through the same gate, so it has to be opened.
    void take_commands() {
        link_.open_network_gate();
        channel::Command command;
        while (link_.try_take(command)) {
        }
    }

    [[nodiscard]] bool is_cancelled() const {
        return is_cancelled_.load(std::memory_order_relaxed);
    }

    const std::string path_;
    const bool is_own_;
    const std::uint64_t size_;
    WorkerSignal signal_;
    channel::Link link_;
    std::atomic<bool> is_cancelled_{false};
    std::atomic<bool> is_finished_{false};
    std::atomic<std::uint64_t> offset_{0};
    // Worker only. The thread comes last: it uses all of the above.
    std::unique_ptr<net::capture::Reader> reader_;
    std::size_t told_ = 0;
    std::thread worker_;
};

std::unique_ptr<CaptureOpening> CaptureOpening::start(net::capture::FileTable& files,
                                                      const std::string& path,
                                                      std::function<void()> wake_frame,
                                                      channel::Failure& failure) {
    int error = 0;
    const channel::FileId file = net::capture::open_capture(files, path, error);
    if (file == channel::FileId::kNone) {
        failure = channel::make_failure(channel::Operation::kOpen, {}, path, error, now_ns());
        return nullptr;
    }
    std::string message;
    std::unique_ptr<net::capture::Reader> reader = net::capture::Reader::open(files, file, message);
    if (!reader) {
        failure = not_a_capture(path, message);
        return nullptr;
    }
    return std::unique_ptr<CaptureOpening>(new CaptureOpening(
        std::make_unique<Impl>(path, is_own_capture(files, file), size_of(files.descriptor(file)),
                               std::move(reader), std::move(wake_frame))));
}

CaptureOpening::CaptureOpening(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureOpening::~CaptureOpening() = default;

channel::Link& CaptureOpening::link() {
    return impl_->link();
}
double CaptureOpening::progress() const {
    return impl_->progress();
}

}  // namespace app::jobs
