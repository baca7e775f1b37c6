// A worker that hangs in a call that does not come back does not hold up the end of the program.
#include "app/jobs/worker.h"

#include <atomic>
#include <gtest/gtest.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::JobControl;
using app::jobs::JobEnd;
using app::jobs::JobRule;
using app::jobs::Worker;

// A file system that does not answer.
struct Stuck {
    std::atomic<bool> is_reached{false};
    std::atomic<bool> answers{false};
    std::atomic<bool> is_gone{false};
};

TEST(Worker, AnAbandonedOneHoldsNobodyUpAndWakesNobody) {
    const auto stuck = std::make_shared<Stuck>();
    // Gone with the work, so when the worker's thread has let go of it.
    std::shared_ptr<void> last(nullptr, [stuck](void*) {
        stuck->is_gone = true;
        stuck->is_gone.notify_all();
    });
    Frame frame;
    {
        auto let_go = last;
        Worker<int, int> worker([&frame] { frame.wake(); },
                                [stuck, let_go](int&& asked, JobControl&) -> std::optional<int> {
                                    stuck->is_reached = true;
                                    stuck->is_reached.notify_all();
                                    stuck->answers.wait(false);
                                    return asked;
                                },
                                JobRule::kEach, JobEnd::kAbandons);
        worker.ask(1);
        stuck->is_reached.wait(false);
    }
    EXPECT_FALSE(stuck->is_gone) << "it hangs still, and we are here";
    const std::uint64_t wakes = frame.wakes();
    stuck->answers = true;
    stuck->answers.notify_all();
    last.reset();
    stuck->is_gone.wait(false);
    EXPECT_EQ(frame.wakes(), wakes);
}

TEST(Worker, OneThatAnswersIsJoined) {
    const auto is_done = std::make_shared<std::atomic<bool>>(false);
    Frame frame;
    {
        Worker<int, int> worker([&frame] { frame.wake(); },
                                [is_done](int&&, JobControl&) -> std::optional<int> {
                                    *is_done = true;
                                    return 7;
                                },
                                JobRule::kFinishes, JobEnd::kAbandons);
        worker.ask(1);
    }
    EXPECT_TRUE(*is_done);
    EXPECT_EQ(is_done.use_count(), 1);
}

}  // namespace
}  // namespace jobs_test
