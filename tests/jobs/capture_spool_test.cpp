// Standard input is kept whole: through a disk that is full for a while, short writes, interrupted ones, and one that fails for good.
#include "app/jobs/capture_spool.h"

#include <atomic>
#include <gtest/gtest.h>
#include <limits>
#include <poll.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::CaptureSpool;

std::atomic<int> fault{0};  // what the next writes answer; 0: they write a little

int faulty_write(int fd, const void* data, std::size_t size, std::int64_t* written) {
    static std::atomic<unsigned> calls{0};
    const unsigned call = ++calls;
    if (fault != 0) return fault;
    if (call % 5 == 0) return EINTR;
    const ssize_t n = ::write(fd, data, std::min<std::size_t>(size, 1 + call % 7000));
    if (n < 0) return errno;
    *written = n;
    return 0;
}

class Spool : public ::testing::Test {
  protected:
    void SetUp() override {
        fault = 0;
        ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
        config.descriptor = pipe[0];
        config.directory = folder.file("spool");
        config.write_hook = faulty_write;
    }
    void TearDown() override {
        end();
        ::close(pipe[0]);
    }
    void end() {
        if (pipe[1] >= 0) ::close(std::exchange(pipe[1], -1));
    }
    std::unique_ptr<CaptureSpool> start() {
        int error = 0;
        auto spool = CaptureSpool::start(
            files, config, "standard input", [this] { frame.wake(); }, error);
        EXPECT_NE(spool, nullptr) << error;
        return spool;
    }
    void deliver(const Bytes& bytes) {
        ASSERT_EQ(::write(pipe[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    }
    Bytes kept(const CaptureSpool& spool) {
        Bytes bytes(spool.bytes() + 1);
        const std::int64_t n = files.read(spool.file(), 0, bytes);
        EXPECT_EQ(n, static_cast<std::int64_t>(spool.bytes()));
        bytes.resize(static_cast<std::size_t>(std::max<std::int64_t>(n, 0)));
        return bytes;
    }

    TemporaryFolder folder;
    capture::FileTable files;
    Frame frame;
    CaptureSpool::Config config;
    int pipe[2] = {-1, -1};
};

TEST_F(Spool, KeepsEveryByteThroughShortAndInterruptedWritesAndAFullDisk) {
    const auto spool = start();
    ASSERT_NE(spool, nullptr);
    Bytes all;
    for (std::uint32_t i = 0; i < 20; ++i) {
        const Bytes bytes = some_bytes(20'000, i);
        if (i % 5 == 2) {
            fault = i % 2 == 0 ? ENOSPC : EDQUOT;
            deliver(bytes);
            EXPECT_TRUE(frame.wait_until([&] { return spool->trouble() == fault; }));
            EXPECT_FALSE(spool->has_ended());
            EXPECT_LE(spool->bytes(), all.size());
            fault = 0;
            EXPECT_TRUE(frame.wait_until([&] { return spool->trouble() == 0; }));
        } else {
            deliver(bytes);
        }
        all.insert(all.end(), bytes.begin(), bytes.end());
        EXPECT_TRUE(frame.wait_until([&] { return spool->bytes() == all.size(); }));
    }
    end();
    EXPECT_TRUE(frame.wait_until([&] { return spool->has_ended(); }));
    EXPECT_EQ(spool->error(), 0);
    EXPECT_TRUE(kept(*spool) == all);
    EXPECT_TRUE(names_in(config.directory).empty());
}

TEST_F(Spool, WithTooLittleFreeNothingIsRead) {
    config.least_free_bytes = std::numeric_limits<std::uint64_t>::max();
    const auto spool = start();
    ASSERT_NE(spool, nullptr);
    deliver(some_bytes(100));
    EXPECT_TRUE(frame.wait_until([&] { return spool->trouble() == ENOSPC; }));
    EXPECT_EQ(spool->bytes(), 0U);
    int waiting = 0;
    // What was delivered is still in the pipe.
    pollfd pipe_end{.fd = pipe[0], .events = POLLIN, .revents = 0};
    waiting = ::poll(&pipe_end, 1, 0);
    EXPECT_EQ(waiting, 1);
}

TEST_F(Spool, ADiskThatFailsEndsItAndSaysWhy) {
    const auto spool = start();
    ASSERT_NE(spool, nullptr);
    deliver(some_bytes(100));
    EXPECT_TRUE(frame.wait_until([&] { return spool->bytes() == 100; }));
    fault = EIO;
    deliver(some_bytes(100));
    EXPECT_TRUE(frame.wait_until([&] { return spool->has_ended(); }));
    EXPECT_EQ(spool->error(), EIO);
    EXPECT_EQ(spool->bytes(), 100U);
}

TEST_F(Spool, IsStoppedWhateverItWaitsFor) {
    for (const int what : {0, ENOSPC}) {
        auto spool = start();
        ASSERT_NE(spool, nullptr);
        fault = what;
        if (what != 0) {
            deliver(some_bytes(100));
            EXPECT_TRUE(frame.wait_until([&] { return spool->trouble() == what; }));
        }
        const auto before = std::chrono::steady_clock::now();
        spool.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
        fault = 0;
    }
}

}  // namespace
}  // namespace jobs_test
