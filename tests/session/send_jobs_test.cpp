// What the network thread sends by itself, as facts: asked for, told of, ended, forgotten.
#include "app/session/send_jobs.h"

#include <variant>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using app::session::ForgetSendJobIntent;
using app::session::PauseSendJobIntent;
using app::session::SendJobFact;
using app::session::StartSendJobIntent;
using app::session::StopSendJobIntent;
using channel::SendJobId;
using channel::SendJobProgress;
using channel::SendJobState;

class SendJobs : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        open(1, 1);
        open(2, 1);
    }
    void start(channel::SendJobWhat what, channel::Targets targets = {.endpoint = EndpointId{1}}) {
        want(StartSendJobIntent{.targets = std::move(targets), .what = std::move(what)});
    }
    std::vector<channel::Command> posted() {
        channel::Link link(
            {.event_capacity = 16, .command_capacity = 64}, [] {}, [] {});
        (void)session.post_to(link);
        std::vector<channel::Command> commands;
        for (channel::Command command; link.try_take(command);)
            commands.push_back(std::move(command));
        return commands;
    }
    void sample(std::int64_t elapsed_ns,
                std::uint64_t sends,
                std::uint64_t bytes,
                SendJobState state = SendJobState::kRunning,
                std::uint64_t total_bytes = 0) {
        SendJobProgress progress;
        progress.job = SendJobId{1};
        progress.state = state;
        progress.sends = progress.ticks = sends;
        progress.bytes = progress.furthest_bytes = bytes;
        progress.total_bytes = total_bytes;
        progress.elapsed_ns = elapsed_ns;
        progress.time_ns = kNow + elapsed_ns;
        tell(progress);
    }
    [[nodiscard]] const SendJobFact& job(std::size_t i = 0) const {
        return session.send_jobs().at(i);
    }
};

channel::Repeat repeat(std::int64_t interval_ns, std::uint64_t count = 0) {
    return {.interval_ns = interval_ns, .count = count};
}

TEST_F(SendJobs, AreInTheListFromTheWishOnAndAreCommanded) {
    start(repeat(1'000'000, 100), {.connections = {ConnectionId{2}, ConnectionId{9}}});
    ASSERT_EQ(session.send_jobs().size(), 1U);
    EXPECT_EQ(job().id, SendJobId{1});
    EXPECT_FALSE(job().is_told);
    EXPECT_EQ(job().started_ns, kNow);
    const auto commands = posted();
    ASSERT_EQ(commands.size(), 1U);
    const auto& command = std::get<channel::StartSendJob>(commands[0]);
    EXPECT_EQ(command.job, SendJobId{1});
    // Who is not there any more is not named.
    EXPECT_EQ(command.targets.connections, std::vector{ConnectionId{2}});
    EXPECT_EQ(std::get<channel::Repeat>(command.what).count, 100U);
    EXPECT_EQ(last_line().text, "repeat every 1 ms, 100 times: started");
}

TEST_F(SendJobs, ToNobodyAreNotStarted) {
    start(repeat(1'000'000), {.connections = {ConnectionId{9}}});
    start(repeat(1'000'000), {.endpoint = EndpointId{7}});
    start(repeat(1'000'000), {});
    EXPECT_TRUE(session.send_jobs().empty());
    EXPECT_TRUE(posted().empty());
    EXPECT_EQ(lines_with("nobody to send to is open"), 3);
}

TEST_F(SendJobs, ToEveryoneNeedsSomebody) {
    start(repeat(1'000'000), {.is_everyone = true});
    EXPECT_EQ(session.send_jobs().size(), 1U);
    close(1);
    close(2);
    start(repeat(1'000'000), {.is_everyone = true});
    EXPECT_EQ(session.send_jobs().size(), 1U);
}

TEST_F(SendJobs, RatesAreOverTheLastSecond) {
    start(repeat(1'000'000));
    for (int i = 1; i <= 30; ++i)
        sample(i * kSecond / 10, static_cast<std::uint64_t>(i) * 100,
               static_cast<std::uint64_t>(i) * 6400);
    EXPECT_NEAR(job().sends_per_second, 1000, 1);
    EXPECT_NEAR(job().bytes_per_second, 64'000, 64);
    // Twice as fast from now on: a second later nothing of the time before is in it.
    for (int i = 1; i <= 11; ++i)
        sample(3 * kSecond + i * kSecond / 10, 3000 + static_cast<std::uint64_t>(i) * 200, 192'000);
    EXPECT_NEAR(job().sends_per_second, 2000, 1);
    EXPECT_EQ(job().bytes_per_second, 0);
    EXPECT_NEAR(job().mean_sends_per_second, 5200 / 4.1, 1);
    EXPECT_FALSE(job().done.has_value());
    EXPECT_FALSE(job().left_ns.has_value());
}

TEST_F(SendJobs, AFileSaysHowMuchIsLeft) {
    start(channel::SendFile{.path = "/x/y"});
    sample(kSecond, 4, 1'000'000, SendJobState::kRunning, 4'000'000);
    EXPECT_DOUBLE_EQ(job().done.value(), 0.25);
    EXPECT_NEAR(static_cast<double>(job().left_ns.value()), 3e9, 1e6);
    sample(4 * kSecond, 16, 4'000'000, SendJobState::kDone, 4'000'000);
    EXPECT_DOUBLE_EQ(job().done.value(), 1);
    EXPECT_TRUE(job().has_ended());
    EXPECT_EQ(job().bytes_per_second, 0);
    EXPECT_EQ(job().ended_ns, kNow + 4 * kSecond);
    EXPECT_EQ(last_line().text, "send /x/y: done, 4,000,000 B, CRC-32 00000000");
}

TEST_F(SendJobs, StepsAreTicksOrWays) {
    start(repeat(1'000'000, 50));
    sample(kSecond, 20, 20);
    EXPECT_EQ(job().steps, 50U);
    EXPECT_EQ(job().steps_done, 20U);
    EXPECT_EQ(job().left_ns.value(), 30'000'000);
    EXPECT_EQ(app::session::ways_of({.bytes = std::vector<std::uint8_t>(10)}), 9U);
    EXPECT_EQ(app::session::ways_of({.bytes = std::vector<std::uint8_t>(10), .sizes = {1, 2}}), 2U);
    EXPECT_EQ(app::session::ways_of({.bytes = {1}}), 1U);
}

TEST_F(SendJobs, PauseAndStopAreCommandedOnceAndNotAfterTheEnd) {
    start(repeat(1'000'000));
    (void)posted();
    want(PauseSendJobIntent{.job = SendJobId{1}, .is_paused = true});
    want(PauseSendJobIntent{.job = SendJobId{1}, .is_paused = true});
    EXPECT_EQ(job().progress.state, SendJobState::kPaused);
    want(PauseSendJobIntent{.job = SendJobId{1}, .is_paused = false});
    want(StopSendJobIntent{.job = SendJobId{1}});
    EXPECT_EQ(posted().size(), 3U);
    sample(kSecond, 1, 1, SendJobState::kStopped);
    want(PauseSendJobIntent{.job = SendJobId{1}, .is_paused = true});
    want(StopSendJobIntent{.job = SendJobId{1}});
    want(StopSendJobIntent{.job = SendJobId{8}});
    EXPECT_TRUE(posted().empty());
    sample(2 * kSecond, 5, 5);  // late news of one that has ended
    EXPECT_EQ(job().progress.sends, 1U);
}

TEST_F(SendJobs, AFailureIsKeptWithItsJob) {
    start(channel::SendFile{.path = "/x/y"});
    channel::Failed failed;
    failed.failure.operation = channel::Operation::kSendJob;
    failed.failure.job = SendJobId{1};
    failed.failure.is_final = false;
    failed.failure.message = "send /x/y: ENOENT (no such file or directory)\n";
    tell(failed);
    sample(0, 0, 0, SendJobState::kFailed);
    EXPECT_EQ(job().last_failure, "send /x/y: ENOENT (no such file or directory)\\x0a");
    EXPECT_EQ(job().failures, 1U);
    EXPECT_FALSE(session.has_failed());
    EXPECT_EQ(last_line().severity, Severity::kWarning);
}

TEST_F(SendJobs, EndedOnesAreForgottenOnRequestAndBounded) {
    for (std::size_t i = 0; i < app::session::kMostEndedSendJobs + 5; ++i) {
        start(repeat(1'000'000));
        SendJobProgress end;
        end.job = SendJobId{i + 1};
        end.state = SendJobState::kDone;
        tell(end);
    }
    EXPECT_EQ(session.send_jobs().size(), app::session::kMostEndedSendJobs);
    EXPECT_EQ(job().id, SendJobId{6});
    start(repeat(1'000'000));
    want(ForgetSendJobIntent{.job = SendJobId{6}});
    EXPECT_EQ(job().id, SendJobId{7});
    want(ForgetSendJobIntent{});
    ASSERT_EQ(session.send_jobs().size(), 1U);
    EXPECT_FALSE(job().has_ended());
    want(ForgetSendJobIntent{.job = job().id});
    EXPECT_EQ(session.send_jobs().size(), 1U) << "one that runs is not forgotten";
}

TEST_F(SendJobs, EndWithTheRun) {
    start(repeat(1'000'000));
    tell(channel::ServiceStopped{});
    EXPECT_EQ(job().progress.state, SendJobState::kStopped);
    start(repeat(1'000'000));
    EXPECT_EQ(session.send_jobs().size(), 1U);
}

TEST(SendJobWords, SayWhatIsSent) {
    EXPECT_EQ(app::session::text_of(repeat(1'500'000)), "repeat every 1.5 ms");
    EXPECT_EQ(app::session::text_of(repeat(1'000, 1)), "repeat every 1 us, 1 time");
    EXPECT_EQ(app::session::text_of(repeat(3'600'000'000'000)), "repeat every 3,600 s");
    EXPECT_EQ(app::session::text_of(channel::Generate{.per_second = 1000, .counts_messages = true}),
              "generate 1,000 messages a second, messages of 64 B");
    EXPECT_EQ(app::session::text_of(channel::SendFile{.path = "/a\n", .bytes_per_second = 5}),
              "send /a\\x0a, at most 5 B a second");
    EXPECT_EQ(app::session::text_of(channel::SplitTest{.bytes = {1, 2, 3}}),
              "split test of 3 B, 2 ways");
}

}  // namespace
}  // namespace session_test
