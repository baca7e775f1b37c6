#include "app/jobs/segmentation.h"

#include "app/jobs/segment_walk.h"
#include "app/jobs/worker.h"
#include "net/channel/wake_gate.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <variant>

namespace app::jobs {

namespace channel = net::channel;

namespace {

enum class Wish : std::uint8_t { kBegin, kGoOn };

struct Request {
    Wish wish = Wish::kGoOn;
    std::uint64_t generation = 0;
    std::vector<Splitting> splittings{};  // kBegin
    std::uint64_t reads = 0;
    std::vector<StreamChoice> streams{};
    std::vector<StreamEnd> ends{};
    std::shared_ptr<SegmentFiles>
        given_back{};  // closed on the worker: freeing a large file takes its time
};

// What the worker says, of the parts that are there.
struct News {
    std::uint64_t generation = 0;
    std::shared_ptr<SegmentFiles> files{};
    std::optional<std::string> trouble{};
    std::optional<PendingSegments> pending{};  // with it: it is up to date
    std::uint64_t reads = 0;
};

// A folder that takes no file is tried again so often.
constexpr std::chrono::milliseconds kStep{20};
constexpr int kStepsATry = 10;

}  // namespace

class Segmentation::Impl {
  public:
    Impl(const net::capture::ReadIndex& index,
         const net::capture::FileTable& files,
         std::string directory,
         std::function<void()> wake_frame)
        : index_(index),
          files_(files),
          directory_(std::move(directory)),
          gate_(wake_frame),
          worker_(std::move(wake_frame), [this](Request&& request, JobControl& control) {
              work(std::move(request), control);
              return std::optional<std::monostate>();
          }) {}

    // ---- Frame thread only. ----

    void start(SegmentationSpec&& spec) {
        begin_generation();
        reads_ = spec.reads;
        ask({.wish = Wish::kBegin,
             .generation = generation(),
             .splittings = std::move(spec.splittings),
             .reads = spec.reads,
             .streams = std::move(spec.streams),
             .ends = std::move(spec.ends),
             .given_back = std::move(into_)});
    }

    void extend(std::uint64_t reads,
                std::vector<StreamChoice>&& streams,
                std::vector<StreamEnd>&& ends) {
        if (!is_started_) return;
        reads_ = std::max(reads_, reads);
        if (!waiting_) waiting_.emplace();
        waiting_->streams.insert(waiting_->streams.end(), streams.begin(), streams.end());
        waiting_->ends.insert(waiting_->ends.end(), ends.begin(), ends.end());
        ask_waiting();
    }

    bool poll() {
        gate_.open();
        (void)worker_.take_result();
        bool has_changed = false;
        for (News& news : news_.take()) {
            if (news.generation != generation()) continue;
            has_changed = true;
            if (news.files) into_ = std::move(news.files);
            if (news.trouble) trouble_ = std::move(*news.trouble);
            if (!news.pending) continue;
            pending_ = std::move(*news.pending);
            done_reads_ = news.reads;
            is_under_way_ = false;
        }
        ask_waiting();
        return has_changed;
    }

    [[nodiscard]] const std::shared_ptr<SegmentFiles>& into() const { return into_; }
    [[nodiscard]] std::uint64_t generation() const {
        return generation_.load(std::memory_order_relaxed);
    }
    [[nodiscard]] const PendingSegments& pending() const { return pending_; }
    [[nodiscard]] std::uint64_t walked_reads() const { return done_reads_; }
    [[nodiscard]] const std::string& trouble() const { return trouble_; }
    [[nodiscard]] bool is_up_to_date() const {
        return is_started_ && !is_under_way_ && done_reads_ == reads_;
    }
    [[nodiscard]] double progress() const { return is_under_way_ ? worker_.progress() : 1.0; }

  private:
    void begin_generation() {
        generation_.fetch_add(1, std::memory_order_relaxed);
        waiting_.reset();
        pending_ = {};
        trouble_.clear();
        done_reads_ = 0;
        is_started_ = false;
    }
    void ask(Request&& request) {
        is_started_ = true;
        is_under_way_ = true;
        worker_.ask(std::move(request));
    }
    // One request under way at a time: what comes meanwhile is gathered.
    void ask_waiting() {
        if (is_under_way_ || !waiting_) return;
        waiting_->generation = generation();
        waiting_->reads = reads_;
        ask(std::move(*std::exchange(waiting_, std::nullopt)));
    }

    // ---- Worker only. ----

    void work(Request&& request, JobControl& control) {
        const std::uint64_t generation = request.generation;
        const SegmentWalk::Hooks hooks{
            .should_stop =
                [&] {
                    return control.should_stop() ||
                           generation_.load(std::memory_order_relaxed) != generation;
                },
            .set_progress = [&](double progress) { control.set_progress(progress); },
            .tell_trouble =
                [&](const std::string& trouble) {
                    tell({.generation = generation, .trouble = trouble});
                }};
        if (request.wish != Wish::kGoOn) walk_.reset();
        request.given_back.reset();
        if (hooks.should_stop()) return;
        if (request.wish == Wish::kBegin) {
            control.set_progress(0);
            begin(request, hooks);
        }
        if (walk_ == nullptr) return;
        walk_->add(request.streams);
        walk_->add(request.ends);
        if (!walk_->walk(request.reads, hooks)) return;
        tell({.generation = generation,
              .trouble = walk_->trouble(),
              .pending = walk_->pending(),
              .reads = request.reads});
    }

    // Without a walk after it: told to stop.
    void begin(const Request& request, const SegmentWalk::Hooks& hooks) {
        auto files = std::make_shared<SegmentFiles>();
        channel::Failure failure;
        std::string told;
        for (;;) {
            if (!files->records)
                files->records = SegmentFiles::Records::create(directory_, failure);
            if (files->records && !files->marks)
                files->marks = net::capture::SegmentMarks::create(directory_, failure);
            if (files->marks) break;
            if (failure.message != std::exchange(told, failure.message))
                hooks.tell_trouble(failure.message + "; it is tried again until it succeeds");
            for (int step = 0; step < kStepsATry; ++step) {
                if (hooks.should_stop()) return;
                std::this_thread::sleep_for(kStep);
            }
        }
        walk_ =
            std::make_unique<SegmentWalk>(index_, files_, files, directory_, request.splittings);
        tell({.generation = request.generation,
              .files = std::move(files),
              .trouble = std::string()});
    }

    void tell(News&& news) {
        news_.post(std::move(news));
        gate_.ring();
    }

    const net::capture::ReadIndex& index_;
    const net::capture::FileTable& files_;
    const std::string directory_;
    // Frame thread only.
    std::shared_ptr<SegmentFiles> into_;
    std::optional<Request> waiting_;
    PendingSegments pending_;
    std::string trouble_;
    std::uint64_t reads_ = 0;       // asked for
    std::uint64_t done_reads_ = 0;  // of these walked
    bool is_started_ = false;
    bool is_under_way_ = false;
    // Between the two.
    std::atomic<std::uint64_t> generation_{0};
    Mailbox<News> news_;
    channel::WakeGate gate_;
    // Worker only.
    std::unique_ptr<SegmentWalk> walk_;
    // Last: its thread uses all of the above.
    Worker<Request, std::monostate> worker_;
};

Segmentation::Segmentation(const net::capture::ReadIndex& index,
                           const net::capture::FileTable& files,
                           std::string directory,
                           std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(index, files, std::move(directory), std::move(wake_frame))) {}
Segmentation::~Segmentation() = default;

void Segmentation::start(SegmentationSpec spec) {
    impl_->start(std::move(spec));
}

void Segmentation::extend(std::uint64_t reads,
                          std::vector<StreamChoice> streams,
                          std::vector<StreamEnd> ends) {
    impl_->extend(reads, std::move(streams), std::move(ends));
}

bool Segmentation::poll() {
    return impl_->poll();
}

const net::capture::RecordFile<net::capture::SegmentRecord>* Segmentation::segments() const {
    const SegmentFiles* const into = impl_->into().get();
    return into == nullptr ? nullptr : into->records.get();
}

const net::capture::SegmentMarks* Segmentation::marks() const {
    const SegmentFiles* const into = impl_->into().get();
    return into == nullptr ? nullptr : into->marks.get();
}

std::shared_ptr<const void> Segmentation::keeper() const {
    return impl_->into();
}

std::uint64_t Segmentation::generation() const {
    return impl_->generation();
}

const PendingSegments& Segmentation::pending() const {
    return impl_->pending();
}

std::uint64_t Segmentation::walked_reads() const {
    return impl_->walked_reads();
}

double Segmentation::progress() const {
    return impl_->progress();
}

bool Segmentation::is_up_to_date() const {
    return impl_->is_up_to_date();
}

const std::string& Segmentation::trouble() const {
    return impl_->trouble();
}

}  // namespace app::jobs
