#include "app/jobs/ledger_audit.h"

#include "app/jobs/worker_signal.h"
#include "net/channel/bounded_queue.h"
#include "net/channel/wake_gate.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>

namespace app::jobs {
namespace {

// Read between two looks at the cancel flag: a millisecond or so.
constexpr std::uint64_t kSliceBytes = std::uint64_t{1} << 20;

struct Request {
    net::channel::FileId file{};
    std::uint64_t end_offset = 0;
};

}  // namespace

class LedgerAudit::Impl {
  public:
    Impl(const net::capture::FileTable& files, std::function<void()> wake_frame)
        : frame_gate_(std::move(wake_frame)),
          auditor_(files),
          worker_([this] { run(); }) {}

    ~Impl() {
        is_cancelled_.store(true, std::memory_order_relaxed);
        signal_.post();
        worker_.join();
    }

    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    // ---- Frame thread only. ----

    [[nodiscard]] bool is_busy() const { return is_under_way_; }

    void request(const Request& request) {
        if (is_under_way_) {
            waiting_ = request;
        } else {
            post(request);
        }
    }

    std::optional<net::capture::AuditCounts> take_result() {
        frame_gate_.open();
        net::capture::AuditCounts counts;
        if (!results_.try_pop(counts)) return std::nullopt;
        is_under_way_ = false;
        if (waiting_) post(*std::exchange(waiting_, std::nullopt));
        return counts;
    }

  private:
    void post(const Request& request) {
        // One under way at a time, so there is room.
        is_under_way_ = requests_.try_push(Request(request));
        signal_.post();
    }

    // ---- Worker only. ----

    void run() {
        while (true) {
            signal_.wait();
            Request request;
            while (!is_cancelled() && requests_.try_pop(request)) {
                if (!count(request)) return;
            }
            if (is_cancelled()) return;
        }
    }

    // False: cancelled on the way.
    bool count(const Request& request) {
        while (!auditor_.advance(request.file, request.end_offset, kSliceBytes)) {
            if (is_cancelled()) return false;
        }
        // The frame takes each result before it asks again: there is room.
        net::capture::AuditCounts counts = auditor_.counts();
        if (results_.try_push(std::move(counts))) frame_gate_.ring();
        return true;
    }

    [[nodiscard]] bool is_cancelled() const {
        return is_cancelled_.load(std::memory_order_relaxed);
    }

    // Frame thread only.
    bool is_under_way_ = false;
    std::optional<Request> waiting_;
    // Between the two.
    net::channel::BoundedQueue<Request> requests_{1};
    net::channel::BoundedQueue<net::capture::AuditCounts> results_{1};
    net::channel::WakeGate frame_gate_;
    WorkerSignal signal_;
    std::atomic<bool> is_cancelled_{false};
    // Worker only. The thread comes last: it uses all of the above.
    net::capture::Auditor auditor_;
    std::thread worker_;
};

LedgerAudit::LedgerAudit(const net::capture::FileTable& files, std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(files, std::move(wake_frame))) {}
LedgerAudit::~LedgerAudit() = default;

bool LedgerAudit::is_busy() const {
    return impl_->is_busy();
}

void LedgerAudit::request(net::channel::FileId file, std::uint64_t end_offset) {
    impl_->request({.file = file, .end_offset = end_offset});
}

std::optional<net::capture::AuditCounts> LedgerAudit::take_result() {
    return impl_->take_result();
}

}  // namespace app::jobs
