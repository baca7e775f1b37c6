// A new file has no name until it is whole, and what killed writers have left is swept away.
#include "app/jobs/new_file.h"

#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::NewFile;

class Made : public ::testing::Test {
  protected:
    void write(const std::string& name, std::string_view text, bool may_overwrite) {
        NewFile file{"save"};
        ASSERT_FALSE(file.begin(folder.file(name), may_overwrite).has_value());
        ASSERT_EQ(file.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}), 0);
        const auto failure = file.finish();
        EXPECT_FALSE(failure.has_value()) << failure->message;
    }
    // As a writer leaves it that was killed `age_s` ago.
    void leave(const std::string& name, std::int64_t age_s) {
        write_bytes(folder.file(name), {1});
        const timespec then{.tv_sec = ::time(nullptr) - age_s, .tv_nsec = 0};
        const timespec times[2] = {then, then};
        ASSERT_EQ(::utimensat(AT_FDCWD, folder.file(name).c_str(), times, 0), 0);
    }
    std::vector<std::string> names() { return names_in(folder.file("")); }

    TemporaryFolder folder;
};

TEST_F(Made, NothingIsInTheFolderUntilItIsWhole) {
    NewFile file{"save"};
    ASSERT_FALSE(file.begin(folder.file("a"), false).has_value());
    ASSERT_EQ(file.write(some_bytes(100'000)), 0);
    ASSERT_FALSE(file.sync().has_value());
    // Not on every file system; where the tests run it is so.
    EXPECT_TRUE(names().empty()) << "a kill would leave it";
    ASSERT_FALSE(file.finish().has_value());
    EXPECT_EQ(names(), std::vector<std::string>{"a"});
    EXPECT_TRUE(read_bytes(folder.file("a")) == some_bytes(100'000));
    struct stat status {};
    ASSERT_EQ(::stat(folder.file("a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    EXPECT_EQ(status.st_nlink, 1U);
}

TEST_F(Made, ItReplacesWhatMayBeReplacedAndNothingElse) {
    write("a", "first", false);
    write("a", "second", true);
    EXPECT_EQ(read_text(folder.file("a")), "second");
    EXPECT_EQ(names(), std::vector<std::string>{"a"});
    NewFile file{"save"};
    ASSERT_FALSE(file.begin(folder.file("b"), false).has_value());
    // Somebody was faster.
    write_bytes(folder.file("b"), {7});
    expect_words(file.finish(), "EEXIST");
    EXPECT_TRUE(read_bytes(folder.file("b")) == Bytes{7});
    EXPECT_EQ(names(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(Made, WhatKilledWritersHaveLeftGoesAndNothingElse) {
    leave(".wireloupe-12-3.part", 100);
    leave(".wireloupe-12-4.part", 5);
    leave(".wireloupe-12-5.part", 100);
    for (const char* name : {".wireloupe-12.part", ".wireloupe--3.part", ".wireloupe-1x-3.part",
                             ".wireloupe-12-3.part.txt", "wireloupe-12-3.part", ".part"}) {
        leave(name, 100);
    }
    std::filesystem::create_directory(folder.file(".wireloupe-12-6.part"));
    std::filesystem::create_symlink(folder.file(".part"), folder.file(".wireloupe-12-7.part"));
    const int held = ::open(folder.file(".wireloupe-12-5.part").c_str(), O_RDWR | O_CLOEXEC);
    ASSERT_EQ(::flock(held, LOCK_EX), 0);
    const std::size_t before = names().size();
    write("a", "a", false);
    EXPECT_EQ(names().size(), before) << "one less, and the new one";
    EXPECT_FALSE(std::filesystem::exists(folder.file(".wireloupe-12-3.part")));
    ::close(held);
    write("b", "b", false);
    EXPECT_FALSE(std::filesystem::exists(folder.file(".wireloupe-12-5.part")));
    EXPECT_TRUE(std::filesystem::exists(folder.file(".wireloupe-12-4.part"))) << "it is young";
}

}  // namespace
}  // namespace jobs_test
