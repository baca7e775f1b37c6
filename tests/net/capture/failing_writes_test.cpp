// The disk says no, in every way it can: the file holds whole blocks only, nothing is told too early, and nothing is lost when it works again.

#include "net/capture/auditor.h"

#include <csignal>
#include <fcntl.h>
#include <random>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using net::capture::Flow;
using net::capture::Writer;
using net::capture::WriterConfig;
using net::channel::CloseReason;

// What the next calls of write(2) do; the rest write everything.
struct Answer {
    int error = 0;
    std::size_t most = SIZE_MAX;  // bytes taken
    bool is_lie = false;          // says so, but writes nothing
};
std::vector<Answer> answers;  // NOLINT: the hook is a plain function
std::size_t writes_asked = 0;

int scripted_write(int fd, const void* data, std::size_t size, std::int64_t* written) {
    ++writes_asked;
    Answer answer;
    if (!answers.empty()) {
        answer = answers.front();
        answers.erase(answers.begin());
    }
    if (answer.error != 0) return answer.error;
    const std::size_t take = std::min(size, answer.most);
    if (answer.is_lie) {
        *written = static_cast<std::int64_t>(take);
        return 0;
    }
    *written = ::write(fd, data, take);
    return *written < 0 ? errno : 0;
}

class FailingWrites : public testing::Test {
  protected:
    void SetUp() override {
        answers.clear();
        writes_asked = 0;
    }

    WriterConfig config() {
        WriterConfig config;
        config.files = &files_;
        config.path = path_;
        config.bounds.least_free_bytes = 0;
        config.write_hook = scripted_write;
        return config;
    }

    // The file is whole blocks up to its end.
    void expect_whole(std::uint64_t size) {
        EXPECT_EQ(std::filesystem::file_size(path_), size);
        net::capture::Auditor auditor(files_);
        const ReadBack read = read_back(files_, path_);
        EXPECT_EQ(read.counts.left_over_bytes, 0U) << read.counts.why_it_ended;
        EXPECT_TRUE(auditor.advance(read.file, size, UINT64_MAX));
        EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
};

TEST_F(FailingWrites, AnErrorLeavesTheFileAsItWasAndTheBatchWaits) {
    Recording recording{config()};
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.flush();
    const std::uint64_t before = std::filesystem::file_size(path_);
    recording.receive(flow, random_bytes(10'000, 1));
    const std::size_t batched = recording.writer().batched_bytes();
    for (const int error : {ENOSPC, EIO, EDQUOT, EFBIG, EROFS}) {
        answers = {{.error = error}};
        EXPECT_EQ(recording.writer().flush().error, error);
        EXPECT_EQ(recording.writer().batched_bytes(), batched);
        expect_whole(before);
    }
    recording.receive(flow, random_bytes(5'000, 2));  // more may come meanwhile
    recording.finish();
    EXPECT_EQ(to_lines(facts(read_back(files_, path_), FileId{1})), to_lines(recording.events()));
}

TEST_F(FailingWrites, AShortWriteThenAnErrorIsCutBackToWholeBlocks) {
    Recording recording{config()};
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.flush();
    const std::uint64_t before = std::filesystem::file_size(path_);
    recording.receive(flow, random_bytes(60'000, 1));
    answers = {{.most = 23'936}, {.error = ENOSPC}};  // what a full ext4 was seen to do
    EXPECT_EQ(recording.writer().flush().error, ENOSPC);
    expect_whole(before);
    answers = {{.most = 1}, {.most = 100}, {.error = EIO}};
    EXPECT_EQ(recording.writer().flush().error, EIO);
    expect_whole(before);
    recording.finish();
    EXPECT_EQ(to_lines(facts(read_back(files_, path_), FileId{1})), to_lines(recording.events()));
}

TEST_F(FailingWrites, AShortWriteWithoutAnErrorIsGoneOnWithAtOnce) {
    Recording recording{config()};
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.receive(flow, random_bytes(60'000, 1));
    writes_asked = 0;
    answers = {{.most = 1}, {.error = EINTR}, {.most = 10'000}, {.error = EINTR}};
    EXPECT_EQ(recording.writer().flush().error, 0);
    EXPECT_EQ(writes_asked, 5U);
    recording.finish();
    EXPECT_EQ(to_lines(facts(read_back(files_, path_), FileId{1})), to_lines(recording.events()));
}

TEST_F(FailingWrites, AShortWriteThatWasALieIsFoundOut) {
    Recording recording{config()};
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.receive(flow, random_bytes(60'000, 1));
    answers = {{.most = 100, .is_lie = true}};  // strace -e inject=write:retval=100 does that
    EXPECT_EQ(recording.writer().flush().error, 0);
    recording.finish();
    EXPECT_EQ(to_lines(facts(read_back(files_, path_), FileId{1})), to_lines(recording.events()));
}

TEST_F(FailingWrites, ZeroBytesTakenIsNotAskedForEver) {
    Recording recording{config()};
    recording.endpoint(1);
    answers = {{.most = 0}};
    EXPECT_EQ(recording.writer().flush().error, ENOSPC);
    EXPECT_EQ(recording.writer().flush().error, 0);
}

TEST_F(FailingWrites, NothingIsLostWhateverTheDiskAnswers) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        path_ = directory_.path(std::to_string(seed));
        std::mt19937_64 random(seed);
        Recording recording{config()};
        recording.endpoint(1);
        Flow& flow = recording.open(1, 1, ipv6(9000), ipv6(1));
        Writer& writer = recording.writer();
        std::uint64_t whole = std::filesystem::file_size(path_);
        int failures = 0;
        for (int i = 0; i < 200; ++i) {
            const Bytes bytes = random_bytes(1 + random() % 3000, random());
            recording.send(flow, bytes);
            answers.clear();
            for (std::uint64_t k = random() % 4; k > 0; --k) {
                if (random() % 2 == 0) {
                    answers.push_back({.most = 1 + random() % 2000});
                } else {
                    answers.push_back({.error = random() % 2 == 0 ? ENOSPC : EIO});
                }
            }
            if (writer.flush().error == 0) {
                whole = writer.flushed_end() + writer.batched_bytes();
            } else {
                ++failures;
            }
            ASSERT_EQ(std::filesystem::file_size(path_), whole);
        }
        answers.clear();
        EXPECT_GT(failures, 20);
        recording.close(flow, CloseReason::kClosedHere);
        const FileId file = writer.file();
        recording.finish();
        ASSERT_EQ(to_lines(facts(read_back(files_, path_), file)), to_lines(recording.events()));
    }
}

TEST_F(FailingWrites, UnderTheLeastFreeSpaceNothingIsWrittenAndTheBatchIsKept) {
    WriterConfig full = config();
    full.write_hook = nullptr;
    full.bounds.least_free_bytes = UINT64_MAX;
    int error = 0;
    std::string tried;
    const auto writer = Writer::open(full, error, tried);
    ASSERT_NE(writer, nullptr) << "a nearly full disk is told by the first flush";
    const std::uint64_t before = std::filesystem::file_size(path_);
    writer->add_endpoint(EndpointId{1}, EndpointKind::kServer, "x");
    const std::size_t batched = writer->batched_bytes();
    EXPECT_EQ(writer->flush().error, ENOSPC);
    EXPECT_EQ(writer->flush().error, ENOSPC);
    EXPECT_EQ(writer->batched_bytes(), batched);
    EXPECT_EQ(std::filesystem::file_size(path_), before);
}

TEST_F(FailingWrites, AFileSizeLimitIsAnErrorAndNoSignal) {
    Recording recording = Recording::at(files_, path_);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.flush();
    const std::uint64_t before = std::filesystem::file_size(path_);
    const auto old_action = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old_limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
    rlimit limit = old_limit;
    limit.rlim_cur = 50'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    recording.receive(flow, random_bytes(60'000, 1));
    const int error = recording.writer().flush().error;
    const std::uint64_t size = std::filesystem::file_size(path_);
    ::setrlimit(RLIMIT_FSIZE, &old_limit);
    std::signal(SIGXFSZ, old_action);
    EXPECT_EQ(error, EFBIG);
    EXPECT_EQ(size, before);
    recording.finish();
    EXPECT_EQ(to_lines(facts(read_back(files_, path_), FileId{1})), to_lines(recording.events()));
}

// In a process of its own, with a tmpfs of 1 MiB: 0 as it should be, 77 when that cannot be had here.
int fill_a_disk(const std::string& directory) {
    if (::unshare(CLONE_NEWNS) != 0) return 77;
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
    if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=1m") != 0) return 77;
    const std::string ballast = directory + "/ballast";
    write_file(ballast, Bytes(300'000));
    net::capture::FileTable files;
    Recording recording = Recording::at(files, directory + "/x.pcapng");
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    const Bytes bytes = random_bytes(30'000, 1);
    std::uint64_t whole = 0;
    int error = 0;
    int rounds = 0;
    while (error == 0 && ++rounds < 100) {
        whole = recording.writer().flushed_end();
        recording.receive(flow, bytes);
        error = recording.writer().flush().error;
    }
    if (error != ENOSPC) return 1;
    if (std::filesystem::file_size(directory + "/x.pcapng") != whole) return 2;
    if (recording.writer().flush().error != ENOSPC) return 3;
    std::filesystem::remove(ballast);
    if (recording.writer().flush().error != 0) return 4;
    const FileId file = recording.writer().file();
    recording.finish();
    return to_lines(facts(read_back(files, directory + "/x.pcapng"), file)) ==
                   to_lines(recording.events())
               ? 0
               : 5;
}

TEST_F(FailingWrites, ARealFullDiskPausesAndGoesOnWhenThereIsSpace) {
    const std::string directory = directory_.path("small");
    std::filesystem::create_directory(directory);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(fill_a_disk(directory));
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "no mount namespace to be had here";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// ---- standard output -----------------------------------------------------------------------------------

class Streaming : public FailingWrites {
  protected:
    void SetUp() override {
        FailingWrites::SetUp();
        ASSERT_EQ(::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK), 0);
        ::fflush(stdout);
        const int stdout_before = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
        ASSERT_GE(::dup2(pipe_[1], STDOUT_FILENO), 0);
        WriterConfig to_stream = config();
        to_stream.path = "-";
        to_stream.write_hook = nullptr;
        recording_.emplace(to_stream);
        ::dup2(stdout_before, STDOUT_FILENO);
        ::close(stdout_before);
        ::close(pipe_[1]);
    }
    void TearDown() override {
        if (pipe_[0] >= 0) ::close(pipe_[0]);
    }
    // Everything that is in the pipe now.
    void drain() {
        std::uint8_t buffer[65536];
        for (ssize_t n = 0; (n = ::read(pipe_[0], buffer, sizeof buffer)) > 0;) {
            arrived_.insert(arrived_.end(), buffer, buffer + n);
        }
    }

    int pipe_[2] = {-1, -1};
    std::optional<Recording> recording_;
    Bytes arrived_;
};

TEST_F(Streaming, GoesOnWhereAFullPipeStoppedIt) {
    Recording& recording = *recording_;
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    constexpr std::uint64_t kSends = 250;
    int stops = 0;
    for (std::uint64_t i = 0; i < kSends; ++i) {
        recording.writer().record_sent(flow, random_bytes(50'000, i), next_time());
        int error = 0;
        while ((error = recording.writer().flush().error) == EAGAIN) {
            ++stops;
            drain();
        }
        ASSERT_EQ(error, 0);
    }
    drain();
    EXPECT_GT(stops, 5) << "a pipe holds 1 MiB at most, and these are twelve";
    EXPECT_EQ(arrived_.size(),
              recording.writer().flushed_end() + recording.writer().batched_bytes());
    write_file(path_, arrived_);
    const ReadBack read = read_back(files_, path_);
    EXPECT_EQ(read.counts.left_over_bytes, 0U);
    Bytes all;
    for (std::uint64_t i = 0; i < kSends; ++i) {
        const Bytes bytes = random_bytes(50'000, i);
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    EXPECT_TRUE(payload(files_, read.events, 1, Direction::kSent) == all);
}

TEST_F(Streaming, AReaderThatHasGoneIsAnError) {
    const auto old_action = std::signal(SIGPIPE, SIG_IGN);
    recording_->endpoint(1);
    ::close(pipe_[0]);
    pipe_[0] = -1;
    EXPECT_EQ(recording_->writer().flush().error, EPIPE);
    std::signal(SIGPIPE, old_action);
}

}  // namespace
}  // namespace tests
