// Where a capture is kept: for its owner only, never over another file unasked, never through a link, never by two writers.

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using net::capture::Writer;
using net::capture::WriterConfig;

class FileOpening : public testing::Test {
  protected:
    std::unique_ptr<Writer> open(bool may_overwrite = false) {
        WriterConfig config;
        config.files = &files_;
        config.path = path_;
        config.may_overwrite = may_overwrite;
        config.bounds.least_free_bytes = 0;
        return Writer::open(config, error_, tried_);
    }
    std::unique_ptr<Writer> open_in(const std::string& directory) {
        WriterConfig config;
        config.files = &files_;
        config.directory = directory;
        config.bounds.least_free_bytes = 0;
        return Writer::open(config, error_, tried_);
    }
    static mode_t mode(const std::string& path) {
        struct stat status {};
        EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
        return status.st_mode & 07777U;
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
    int error_ = 0;
    std::string tried_;
};

TEST_F(FileOpening, MakesAFileForItsOwnerOnly) {
    const mode_t old = ::umask(0);
    const auto writer = open();
    ::umask(old);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(mode(path_), 0600U);
    EXPECT_EQ(writer->path(), path_);
    EXPECT_EQ(files_.path(writer->file()), path_);
    EXPECT_NE(::fcntl(files_.descriptor(writer->file()), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(FileOpening, RefusesAnExistingFileUnlessAsked) {
    write_file(path_, Bytes(100, 7));
    EXPECT_EQ(open(), nullptr);
    EXPECT_EQ(error_, EEXIST);
    EXPECT_EQ(tried_, path_);
    EXPECT_TRUE(read_file(path_) == Bytes(100, 7));
    ::chmod(path_.c_str(), 0644);
    const auto writer = open(true);
    ASSERT_NE(writer, nullptr);
    EXPECT_EQ(mode(path_), 0600U);
    EXPECT_EQ(std::filesystem::file_size(path_), writer->flushed_end() + writer->batched_bytes());
}

TEST_F(FileOpening, NeverFollowsALink) {
    const std::string target = directory_.path("target");
    write_file(target, Bytes(100, 7));
    ASSERT_EQ(::symlink(target.c_str(), path_.c_str()), 0);
    EXPECT_EQ(open(), nullptr);
    EXPECT_EQ(error_, EEXIST);
    EXPECT_EQ(open(true), nullptr);
    EXPECT_EQ(error_, ELOOP);
    EXPECT_TRUE(read_file(target) == Bytes(100, 7));
    ::unlink(target.c_str());  // nor one that leads nowhere
    EXPECT_EQ(open(true), nullptr);
    EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_F(FileOpening, OverwritesOnlyRegularFiles) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(open(true), nullptr);
    EXPECT_EQ(error_, EINVAL);
    ::unlink(path_.c_str());
    std::filesystem::create_directory(path_);
    EXPECT_EQ(open(true), nullptr);
    EXPECT_EQ(error_, EISDIR);
}

TEST_F(FileOpening, NeverTakesAFileThatAnotherHolds) {
    const auto first = open();
    ASSERT_NE(first, nullptr);
    const std::uint64_t size = std::filesystem::file_size(path_);
    EXPECT_EQ(open(true), nullptr);
    EXPECT_EQ(error_, EBUSY);
    EXPECT_EQ(std::filesystem::file_size(path_), size) << "locked before it is emptied";
    const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(::flock(fd, LOCK_SH | LOCK_NB), -1);
    ::close(fd);
}

TEST_F(FileOpening, MakesTheDefaultDirectoryAndNamesOfItsOwn) {
    const std::string parent = directory_.path("state");
    ASSERT_EQ(::mkdir(parent.c_str(), 0755), 0);
    const std::string directory = parent + "/a/wireloupe";
    const auto first = open_in(directory);
    ASSERT_NE(first, nullptr) << tried_;
    const auto second = open_in(directory + "/");
    ASSERT_NE(second, nullptr) << tried_;
    EXPECT_NE(first->path(), second->path());
    EXPECT_EQ(mode(directory), 0700U);
    EXPECT_EQ(mode(parent + "/a"), 0700U);
    EXPECT_EQ(mode(parent), 0755U) << "what was there stays as it was";
    const std::string name = std::filesystem::path(first->path()).filename().string();
    EXPECT_EQ(name.substr(8, 1) + name.substr(15, 1), "--") << name;
    EXPECT_NE(name.find(std::to_string(::getpid())), std::string::npos) << name;
    EXPECT_TRUE(name.ends_with(".pcapng")) << name;
}

TEST_F(FileOpening, SaysWhatItTriedWhenItCannot) {
    path_ = directory_.path("nowhere/x.pcapng");
    EXPECT_EQ(open(), nullptr);
    EXPECT_EQ(error_, ENOENT);
    EXPECT_EQ(tried_, path_);
    write_file(directory_.path("file"), {});
    EXPECT_EQ(open_in(directory_.path("file")), nullptr);
    EXPECT_NE(error_, 0);
    EXPECT_EQ(open_in(directory_.path("file/below")), nullptr);
    EXPECT_EQ(error_, ENOTDIR);
}

TEST_F(FileOpening, LeavesNoFileWhenItsHeaderCannotBeWritten) {
    WriterConfig config;
    config.files = &files_;
    config.path = path_;
    config.write_hook = [](int, const void*, std::size_t, std::int64_t*) { return ENOSPC; };
    EXPECT_EQ(Writer::open(config, error_, tried_), nullptr);
    EXPECT_EQ(error_, ENOSPC);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(FileOpening, AllocatesAheadWithoutGrowingAndGivesItBack) {
    auto writer = open();
    ASSERT_NE(writer, nullptr);
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(static_cast<std::uint64_t>(status.st_size),
              writer->flushed_end() + writer->batched_bytes());
    if (status.st_blocks * 512 < 1 << 20)
        GTEST_SKIP() << "this file system allocates nothing ahead";
    EXPECT_GE(status.st_blocks * 512, 64 << 20);
    writer.reset();
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST_F(FileOpening, CapturesAreReadFromRegularFilesOnly) {
    int error = 0;
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_EQ(net::capture::open_capture(files_, path_, error), FileId::kNone);
    EXPECT_EQ(error, EINVAL);
    EXPECT_EQ(net::capture::open_capture(files_, directory_.path(""), error), FileId::kNone);
    EXPECT_EQ(error, EISDIR);
    EXPECT_EQ(net::capture::open_capture(files_, directory_.path("none"), error), FileId::kNone);
    EXPECT_EQ(error, ENOENT);
}

TEST_F(FileOpening, AnUnknownFileIsAnError) {
    Bytes buffer(10);
    EXPECT_EQ(files_.read(FileId::kNone, 0, buffer), -EBADF);
    EXPECT_EQ(files_.read(FileId{1}, 0, buffer), -EBADF);
    EXPECT_EQ(files_.descriptor(FileId{1}), -1);
    EXPECT_EQ(files_.path(FileId{1}), "");
}

}  // namespace
}  // namespace tests
