// Saving a capture: the goal is whole or what it was, whatever is in the way; nothing is left behind.
#include "app/jobs/capture_saving.h"

#include "app/jobs/file_copy.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::CapturePart;
using app::jobs::CaptureSaving;
using app::jobs::CopyWay;
using app::jobs::FileCopy;
using app::jobs::FileMade;
using app::jobs::SaveRequest;

class Saving : public ::testing::Test {
  protected:
    void SetUp() override {
        std::filesystem::create_directory(folder.file("to"));
        write_bytes(source, content);
        part = {.file = add_file(files, source), .end_offset = 0};
    }
    FileMade save(bool may_overwrite = false) { return save({part}, may_overwrite); }
    FileMade save(std::vector<CapturePart> parts, bool may_overwrite = false) {
        CaptureSaving job(files,
                          {.parts = std::move(parts), .path = goal, .may_overwrite = may_overwrite},
                          [this] { frame.wake(); });
        return result_of(job, frame);
    }
    void expect_refused(std::string_view words, bool may_overwrite = false) {
        const FileMade made = save(may_overwrite);
        expect_words(made.failure, words);
        expect_words(made.failure, "save /");
        EXPECT_TRUE(made.paths.empty());
        EXPECT_FALSE(made.was_cancelled);
    }

    TemporaryFolder folder;
    std::string source = folder.file("run.pcapng");
    std::string goal = folder.file("to/saved.pcapng");
    Bytes content = some_bytes(3'000'003);
    capture::FileTable files;
    CapturePart part;
    Frame frame;
};

TEST_F(Saving, CopiesUpToTheEndThatWasAskedFor) {
    part.end_offset = 2'000'001;
    const FileMade made = save();
    EXPECT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_EQ(made.paths, std::vector<std::string>{goal});
    EXPECT_EQ(made.bytes, 2'000'001U);
    EXPECT_TRUE(read_bytes(goal) == Bytes(content.begin(), content.begin() + 2'000'001));
    EXPECT_EQ(names_in(folder.file("to")), std::vector<std::string>{"saved.pcapng"});
    struct stat status {};
    ASSERT_EQ(::stat(goal.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_LE(static_cast<std::uint64_t>(status.st_blocks) * 512, 2'000'001U + 65536)
        << "what was allocated ahead is still there";
}

TEST_F(Saving, SeveralFilesBecomeOne) {
    const std::string second = folder.file("second");
    const Bytes more = some_bytes(1'234'567, 9);
    write_bytes(second, more);
    part.end_offset = 1'000'003;
    const FileMade made = save({part, {.file = add_file(files, second), .end_offset = 0}, part});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    Bytes expected(content.begin(), content.begin() + 1'000'003);
    expected.insert(expected.end(), more.begin(), more.end());
    expected.insert(expected.end(), content.begin(), content.begin() + 1'000'003);
    EXPECT_TRUE(read_bytes(goal) == expected);
    EXPECT_EQ(made.bytes, expected.size());
}

TEST_F(Saving, EveryWayOfCopyingGivesTheSame) {
    const int from = files.descriptor(part.file);
    for (const CopyWay way : {CopyWay::kClone, CopyWay::kCopyRange, CopyWay::kReadAndWrite}) {
        SCOPED_TRACE(static_cast<int>(way));
        const std::string path = folder.file("copy");
        const int to = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        ASSERT_GE(to, 0);
        FileCopy copy{to, way};
        std::uint64_t told = 0;
        const auto go_on = [&](std::uint64_t done) {
            EXPECT_GT(done, told);
            told = done;
            return true;
        };
        EXPECT_EQ(copy.append(from, 1'000'001, go_on), 0);
        EXPECT_EQ(told, 1'000'001U);
        told = 0;
        EXPECT_EQ(copy.append(from, content.size(), go_on), 0);
        EXPECT_EQ(copy.end(), 1'000'001 + content.size());
        Bytes expected(content.begin(), content.begin() + 1'000'001);
        expected.insert(expected.end(), content.begin(), content.end());
        EXPECT_TRUE(read_bytes(path) == expected);
        // More than there is: said, not padded.
        EXPECT_EQ(copy.append(from, content.size() + 1, [](std::uint64_t) { return true; }),
                  ENODATA);
        EXPECT_EQ(copy.done_bytes(), content.size());
        EXPECT_EQ(copy.append(from, 1000, [](std::uint64_t) { return false; }), ECANCELED);
        ::close(to);
    }
}

TEST_F(Saving, AnExistingFileIsReplacedOnlyWhereThatWasSaid) {
    write_bytes(goal, {1, 2, 3});
    expect_refused("EEXIST");
    EXPECT_EQ(read_bytes(goal), (Bytes{1, 2, 3}));
    const FileMade made = save(true);
    EXPECT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_TRUE(read_bytes(goal) == content);
    EXPECT_EQ(names_in(folder.file("to")).size(), 1U);
}

TEST_F(Saving, TheCaptureItselfAndAFileThatIsRecordedIntoAreRefused) {
    goal = source;
    expect_refused("the capture itself", true);
    goal = folder.file("to/link");
    ASSERT_EQ(::link(source.c_str(), goal.c_str()), 0);
    expect_refused("the capture itself", true);
    ASSERT_EQ(::unlink(goal.c_str()), 0);

    goal = folder.file("to/other.pcapng");
    capture::WriterConfig config;
    config.files = &files;
    config.path = goal;
    int error = 0;
    std::string tried;
    const auto writer = capture::Writer::open(config, error, tried);
    ASSERT_NE(writer, nullptr);
    const Bytes before = read_bytes(goal);
    expect_refused("is being recorded into", true);
    EXPECT_TRUE(read_bytes(goal) == before);
    EXPECT_TRUE(read_bytes(source) == content);
}

TEST_F(Saving, WhatIsNoFileOrHasNoPlaceIsSaidInWords) {
    const std::string to = folder.file("to");
    goal = to;
    expect_refused("EISDIR", true);
    goal = to + "/";
    expect_refused("EISDIR", true);
    goal = to + "/fifo";
    ASSERT_EQ(::mkfifo(goal.c_str(), 0600), 0);
    expect_refused("no regular file", true);
    goal = to + "/symlink";
    ASSERT_EQ(::symlink(source.c_str(), goal.c_str()), 0);
    expect_refused("ELOOP", true);
    goal = to + "/missing/x.pcapng";
    expect_refused("ENOENT");
    goal = to + "/fifo/x.pcapng";
    expect_refused("ENOTDIR");
    goal = to + "/" + std::string(256, 'n');
    expect_refused("ENAMETOOLONG");
    goal = "relative.pcapng";
    CaptureSaving relative(files, {.parts = {part}, .path = goal}, [this] { frame.wake(); });
    expect_words(result_of(relative, frame).failure, "not absolute");
    goal = to + "/hostile\x1b[2J\n/x";
    const FileMade made = save();
    expect_words(made.failure, "ENOENT");
    EXPECT_EQ(made.failure->message.find('\x1b'), std::string::npos);
    EXPECT_EQ(made.failure->message.find('\n'), std::string::npos);
    EXPECT_EQ(names_in(to), (std::vector<std::string>{"fifo", "symlink"}));
    EXPECT_TRUE(read_bytes(source) == content);
}

TEST_F(Saving, TheLongestNameThatMayBeIsNotTooLong) {
    goal = folder.file("to/" + std::string(255, 'n'));
    const FileMade made = save();
    EXPECT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_TRUE(read_bytes(goal) == content);
}

TEST_F(Saving, AFolderThatMayNotBeWrittenIsSaidInWords) {
    if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
    ASSERT_EQ(::chmod(folder.file("to").c_str(), 0500), 0);
    expect_refused("EACCES");
    ASSERT_EQ(::chmod(folder.file("to").c_str(), 0700), 0);
}

TEST_F(Saving, ADiskOrALimitThatIsTooSmallLeavesNothingBehind) {
    const auto before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
    const rlimit small{.rlim_cur = 1'000'000, .rlim_max = old.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    expect_refused("EFBIG");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)std::signal(SIGXFSZ, before);
    EXPECT_TRUE(names_in(folder.file("to")).empty());
    EXPECT_FALSE(save().failure.has_value());
}

TEST_F(Saving, ASourceThatIsCutShortIsAFailureAndNeverAShortFile) {
    part.end_offset = content.size();
    std::filesystem::resize_file(source, 1000);
    expect_refused("cut short by another program: 1000 of 3000003");
    EXPECT_TRUE(names_in(folder.file("to")).empty());
}

TEST_F(Saving, AFileThatIsGoneOrAPartThatIsUnknownIsSaid) {
    const FileMade unknown = save({{.file = channel::FileId{77}, .end_offset = 5}});
    expect_words(unknown.failure, "ESTALE");
    const FileMade none = save(std::vector<CapturePart>{});
    expect_words(none.failure, "no capture file");
    // Deleted, but held: it can be saved.
    ASSERT_EQ(::unlink(source.c_str()), 0);
    EXPECT_FALSE(save().failure.has_value());
    EXPECT_TRUE(read_bytes(goal) == content);
}

TEST_F(Saving, CancelledItLeavesNothingBehind) {
    // Sparse: large enough to be met in the middle.
    std::filesystem::resize_file(source, std::uint64_t{1} << 32U);
    for (int i = 0; i < 4; ++i) {
        CaptureSaving job(files, {.parts = {part}, .path = goal}, [this] { frame.wake(); });
        if (i > 0) {
            ASSERT_TRUE(frame.wait_until([&] {
                EXPECT_FALSE(job.take_result().has_value());
                return job.progress() > 0.001;
            }));
        }
        job.cancel();
        const FileMade made = result_of(job, frame);
        EXPECT_TRUE(made.was_cancelled);
        EXPECT_FALSE(made.failure.has_value());
        EXPECT_TRUE(names_in(folder.file("to")).empty());
    }
    {
        const CaptureSaving dropped(files, {.parts = {part}, .path = goal},
                                    [this] { frame.wake(); });
        ASSERT_TRUE(frame.wait_until([&] { return dropped.progress() > 0.001; }));
    }
    EXPECT_TRUE(names_in(folder.file("to")).empty());
}

TEST_F(Saving, AWritersCaptureIsSavedWhileItGoesOn) {
    const std::string live = folder.file("live.pcapng");
    RecordedRun run(files, live);
    run.typical();
    const channel::LedgerMark mark = run.mark();
    const FileMade first = save({{.file = mark.file, .end_offset = mark.end_offset}});
    ASSERT_FALSE(first.failure.has_value()) << first.failure->message;
    const Bytes saved = read_bytes(goal);
    ASSERT_EQ(saved.size(), mark.end_offset);
    run.receive(3, 5000);
    const channel::LedgerMark later = run.mark();
    EXPECT_GT(later.end_offset, mark.end_offset);
    EXPECT_TRUE(read_bytes(goal) == saved);
    const FileMade second = save({{.file = later.file, .end_offset = later.end_offset}}, true);
    ASSERT_FALSE(second.failure.has_value()) << second.failure->message;
    const Bytes again = read_bytes(goal);
    EXPECT_EQ(again.size(), later.end_offset);
    EXPECT_TRUE(std::equal(saved.begin(), saved.end(), again.begin()));
}

}  // namespace
}  // namespace jobs_test
