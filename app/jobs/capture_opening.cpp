#include "app/jobs/capture_opening.h"

#include "app/jobs/capture_spool.h"
#include "app/jobs/file_failure.h"
#include "app/jobs/own_capture.h"
#include "app/jobs/worker_signal.h"
#include "net/bytes/escapes.h"
#include "net/capture/pcapng_format.h"
#include "net/capture/pcapng_reader.h"
#include "net/capture/tail_repair.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <variant>

namespace app::jobs {
namespace {

namespace channel = net::channel;

// The frame is woken once for so many events (and whenever this thread waits or ends), not for each.
constexpr std::size_t kEventsAwake = 2048;
// What Reader::open() looks at: a shorter stream waits for more, or is no capture when it ends.
constexpr std::uint64_t kOpeningBytes = net::capture::format::kPcapHeaderBytes;
constexpr char kStreamName[] = "standard input";

std::uint64_t size_of(const net::capture::FileTable& files, channel::FileId file) {
    struct stat status {};
    if (::fstat(files.descriptor(file), &status) != 0 || status.st_size < 0) return 0;
    return static_cast<std::uint64_t>(status.st_size);
}

std::string errno_words(int code) {
    return channel::errno_name(code) + " (" + channel::errno_text(code) + ")";
}

// A file that was opened but is no capture has no errno.
channel::Failure open_failure(const std::string& path, std::string_view why, bool is_final) {
    return {.operation = channel::Operation::kOpen,
            .is_final = is_final,
            .time_ns = realtime_ns(),
            .code = "EINVAL",
            .message = "open " + net::bytes::printable(path) + ": " + std::string(why)};
}

}  // namespace

class CaptureOpening::Impl {
  public:
    Impl(net::capture::FileTable& files, std::string path, std::function<void()> wake_frame)
        : files_(files),
          path_(std::move(path)),
          link_({}, std::move(wake_frame), [this] { signal_.post(); }) {}

    ~Impl() {
        is_cancelled_.store(true, std::memory_order_relaxed);
        signal_.post();
        if (worker_.joinable()) worker_.join();
        spool_.reset();
        // Last: nobody of this job reads it any more.
        if (file_ != channel::FileId::kNone) files_.release(file_);
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // ---- Before the worker runs. ----

    [[nodiscard]] bool open_file(channel::Failure& failure) {
        int error = 0;
        file_ = net::capture::open_capture(files_, path_, error);
        if (file_ == channel::FileId::kNone) {
            failure =
                channel::make_failure(channel::Operation::kOpen, {}, path_, error, realtime_ns());
            return false;
        }
        std::string message;
        reader_ = net::capture::Reader::open(files_, file_, message);
        if (!reader_) {
            failure = open_failure(path_, net::bytes::printable(message), true);
            return false;
        }
        is_own_ = is_own_capture(files_, file_);
        size_.store(size_of(files_, file_), std::memory_order_relaxed);
        worker_ = std::thread([this] { run_file(); });
        return true;
    }

    [[nodiscard]] bool open_stream(const CaptureSpool::Config& config, channel::Failure& failure) {
        int error = 0;
        spool_ = CaptureSpool::start(
            files_, config, path_, [this] { signal_.post(); }, error);
        if (!spool_) {
            failure =
                open_failure(path_,
                             "it cannot be kept in " + net::bytes::printable(config.directory) +
                                 ": " + errno_words(error),
                             true);
            failure.code = channel::errno_name(error);
            return false;
        }
        file_ = spool_->file();
        spool_directory_ = config.directory;
        worker_ = std::thread([this] { run_stream(); });
        return true;
    }

    // ---- Any thread. ----

    channel::Link& link() { return link_; }
    [[nodiscard]] channel::FileId file() const { return file_; }
    [[nodiscard]] std::uint64_t whole_bytes() const {
        return whole_.load(std::memory_order_relaxed);
    }
    void stop_reading() {
        if (spool_) spool_->stop();
    }

    [[nodiscard]] double progress() const {
        if (is_finished_.load(std::memory_order_relaxed)) return 1;
        if (spool_) return -1;
        const std::uint64_t size = size_.load(std::memory_order_relaxed);
        if (size == 0) return 0;
        const auto offset = static_cast<double>(offset_.load(std::memory_order_relaxed));
        return std::clamp(offset / static_cast<double>(size), 0.0, 1.0);
    }

  private:
    // ---- Worker only. ----

    void run_file() {
        if (is_own_ && !repair()) return;
        if (!tell_what_is_there()) return;
        finish();
    }

    void run_stream() {
        while (spool_->bytes() < kOpeningBytes && !spool_->has_ended()) {
            if (!wait_for_more()) return;
        }
        std::string message;
        reader_ = net::capture::Reader::open(files_, file_, message);
        if (!reader_) {
            what_is_wrong_ = net::bytes::printable(message);
            if (!push(channel::CaptureOpened{.file = file_, .path = path_, .is_live = false}) ||
                !push(channel::Failed{.failure = open_failure(path_, what_is_wrong_, true)})) {
                return;
            }
            return finish();
        }
        is_own_ = is_own_capture(files_, file_);
        reader_->set_growing(true);
        for (;;) {
            // Asked first: what came before the end is then in the file.
            const bool has_ended = spool_->has_ended();
            if (has_ended) reader_->set_growing(false);
            if (!tell_what_is_there()) return;
            if (has_ended) break;
            if (!wait_for_more()) return;
        }
        if (spool_->error() != 0) {
            what_is_wrong_ = "it could not be read on: " + errno_words(spool_->error());
            if (!push(channel::Failed{.failure = open_failure(path_, what_is_wrong_, false)}))
                return;
        }
        finish();
    }

    // Waits for news of the spool. False: cancelled.
    bool wait_for_more() {
        link_.wake_frame();
        signal_.wait();
        take_commands();
        return !is_cancelled() && tell_spool_trouble();
    }

    // A disk that is full is not the stream's end.
    bool tell_spool_trouble() {
        const int trouble = spool_->trouble();
        if (trouble == told_trouble_) return true;
        told_trouble_ = trouble;
        if (trouble == 0) {
            return push(channel::ReadingResumed{.cause = channel::PauseCause::kStorage,
                                                .time_ns = realtime_ns()});
        }
        channel::Failure failure = open_failure(
            path_,
            "it cannot be kept in " + net::bytes::printable(spool_directory_) + ": " +
                errno_words(trouble) +
                "; free some space: reading goes on by itself then, and nothing is lost",
            false);
        failure.code = channel::errno_name(trouble);
        return push(channel::Failed{.failure = std::move(failure)}) &&
               push(channel::ReadingPaused{.cause = channel::PauseCause::kStorage,
                                           .pauses = ++pauses_,
                                           .time_ns = realtime_ns()});
    }

    // False: cancelled.
    bool repair() {
        const net::capture::Repair repair =
            net::capture::repair_tail(path_, [this](std::uint64_t) { return !is_cancelled(); });
        if (is_cancelled()) return false;
        if (repair.error == EBUSY) {
            what_is_wrong_ = "it is still being recorded into; what is there so far is shown";
        } else if (repair.was_needed && !repair.tail_path.empty()) {
            what_is_wrong_ =
                std::to_string(repair.left_over_bytes) +
                " B behind its last whole block were left by a crash; they are kept in " +
                net::bytes::printable(repair.tail_path);
            return open_again();
        } else if (repair.was_needed) {
            what_is_wrong_ =
                "it was cut short by a crash, and stays as it is: " + errno_words(repair.error);
        }
        return true;
    }

    // The file has become shorter.
    bool open_again() {
        std::string message;
        reader_ = net::capture::Reader::open(files_, file_, message);
        size_.store(size_of(files_, file_), std::memory_order_relaxed);
        if (reader_) return true;
        // Somebody else has taken it away in between.
        (void)push(
            channel::Failed{.failure = open_failure(path_, net::bytes::printable(message), true)});
        finish();
        return false;
    }

    // Everything that the reader has for now. False: cancelled.
    bool tell_what_is_there() {
        // The reader is another one after a repair.
        reader_->ask_to_go_on([this](std::uint64_t offset) {
            offset_.store(offset, std::memory_order_relaxed);
            return !is_cancelled();
        });
        channel::Event event;
        while (!has_ended_ && reader_->next(event)) {
            has_ended_ = std::holds_alternative<channel::ServiceStopped>(event);
            if (has_ended_ && !tell_what_was_wrong()) return false;
            if (auto* const mark = std::get_if<channel::LedgerMark>(&event);
                mark != nullptr && !is_own_) {
                // The auditor counts by our own marks in each block: there is no second count of what another program wrote.
                mark->file = channel::FileId::kNone;
            }
            const bool is_first = told_ == 0;
            if (!push(std::move(event))) return false;
            if (is_first && !what_is_wrong_.empty() &&
                !push(channel::Failed{.failure = open_failure(path_, what_is_wrong_, false)})) {
                return false;
            }
            if (++told_ % kEventsAwake == 0) {
                offset_.store(reader_->offset(), std::memory_order_relaxed);
                link_.wake_frame();
                if (spool_ && !tell_spool_trouble()) return false;
            }
        }
        whole_.store(reader_->offset(), std::memory_order_relaxed);
        return !is_cancelled();
    }

    // Whoever waits for the last event must get it, whatever the reader met.
    void finish() {
        if (spool_) whole_.store(spool_->bytes(), std::memory_order_relaxed);
        if (!has_ended_) {
            if (reader_ && !tell_what_was_wrong()) return;
            if (!push(channel::ServiceStopped{})) return;
        }
        is_finished_.store(true, std::memory_order_relaxed);
        link_.wake_frame();
    }

    // A capture that is cut short or holds what we don't understand is shown as far as it goes, and the user is told.
    bool tell_what_was_wrong() {
        const std::string what = reader_->counts().in_words();
        if (what.empty()) return true;
        return push(
            channel::Failed{.failure = open_failure(path_, net::bytes::printable(what), false)});
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

    net::capture::FileTable& files_;
    const std::string path_;
    channel::FileId file_{};
    WorkerSignal signal_;
    channel::Link link_;
    std::atomic<bool> is_cancelled_{false};
    std::atomic<bool> is_finished_{false};
    std::atomic<std::uint64_t> offset_{0};
    std::atomic<std::uint64_t> size_{0};
    std::atomic<std::uint64_t> whole_{0};
    // The worker's, once it runs.
    std::unique_ptr<CaptureSpool> spool_;  // null: a file
    std::string spool_directory_;
    std::unique_ptr<net::capture::Reader> reader_;
    bool is_own_ = false;
    bool has_ended_ = false;     // ServiceStopped was met
    std::string what_is_wrong_;  // told behind the first event
    std::size_t told_ = 0;
    int told_trouble_ = 0;
    std::uint64_t pauses_ = 0;
    std::thread worker_;
};

std::unique_ptr<CaptureOpening> CaptureOpening::start(net::capture::FileTable& files,
                                                      const std::string& path,
                                                      std::function<void()> wake_frame,
                                                      channel::Failure& failure) {
    auto impl = std::make_unique<Impl>(files, path, std::move(wake_frame));
    if (!impl->open_file(failure)) return nullptr;
    return std::unique_ptr<CaptureOpening>(new CaptureOpening(std::move(impl)));
}

std::unique_ptr<CaptureOpening> CaptureOpening::start_stream(net::capture::FileTable& files,
                                                             int descriptor,
                                                             const std::string& directory,
                                                             std::function<void()> wake_frame,
                                                             channel::Failure& failure,
                                                             std::uint64_t least_free_bytes) {
    if (::isatty(descriptor) == 1) {
        failure = open_failure(kStreamName,
                               "it is a terminal; give it a capture, as in "
                               "`wireloupe --headless --listen 9000 -w - | wireloupe -`",
                               true);
        return nullptr;
    }
    auto impl = std::make_unique<Impl>(files, kStreamName, std::move(wake_frame));
    CaptureSpool::Config config;
    config.descriptor = descriptor;
    config.directory = directory;
    config.least_free_bytes = least_free_bytes;
    if (!impl->open_stream(config, failure)) return nullptr;
    return std::unique_ptr<CaptureOpening>(new CaptureOpening(std::move(impl)));
}

CaptureOpening::CaptureOpening(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaptureOpening::~CaptureOpening() = default;

channel::Link& CaptureOpening::link() {
    return impl_->link();
}
channel::FileId CaptureOpening::file() const {
    return impl_->file();
}
std::uint64_t CaptureOpening::whole_bytes() const {
    return impl_->whole_bytes();
}
void CaptureOpening::stop_reading() {
    impl_->stop_reading();
}
double CaptureOpening::progress() const {
    return impl_->progress();
}

}  // namespace app::jobs
