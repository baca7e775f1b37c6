// The settings on disk: whole or as they were, the latest wins, what is damaged is kept.
#include "app/jobs/settings_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::read_settings;
using app::jobs::set_aside;
using app::jobs::SettingsFile;
using app::jobs::SettingsText;

class SettingsOnDisk : public ::testing::Test {
  protected:
    TemporaryFolder folder;
    std::string path = folder.file("config/wireloupe/settings.json");
    Frame frame;
};

TEST_F(SettingsOnDisk, AreWrittenWithTheirFoldersAndReadBack) {
    const SettingsText none = read_settings(path);
    EXPECT_EQ(none.text, "");
    EXPECT_FALSE(none.failure.has_value());
    {
        SettingsFile file(path, [this] { frame.wake(); });
        file.write("first");
        file.write("second");
    }  // what was asked for is written, even at once before the end
    EXPECT_EQ(read_settings(path).text, "second");
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0600U);
    ASSERT_EQ(::stat(folder.file("config").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0700U);
    EXPECT_EQ(names_in(folder.file("config/wireloupe")), std::vector<std::string>{"settings.json"});
}

TEST_F(SettingsOnDisk, TheLatestWinsOfManyAndReadersNeverSeeAHalf) {
    const std::string a(200'000, 'a');
    const std::string b(300'000, 'b');
    SettingsFile file(path, [this] { frame.wake(); });
    file.write(b);
    EXPECT_TRUE(frame.wait_until([&] { return read_settings(path).text == b; }));
    for (int i = 0; i < 200; ++i) {
        file.write(i % 2 == 0 ? a : b);
        const std::string seen = read_settings(path).text;
        ASSERT_TRUE(seen == a || seen == b) << seen.size();
    }
    EXPECT_TRUE(frame.wait_until([&] { return read_settings(path).text == b; }));
    EXPECT_FALSE(file.take_failure().has_value());
}

TEST_F(SettingsOnDisk, ALinkStaysALink) {
    std::filesystem::create_directories(folder.file("config/wireloupe"));
    std::filesystem::create_directory(folder.file("dotfiles"));
    write_bytes(folder.file("dotfiles/s.json"), {'x'});
    std::filesystem::create_symlink(folder.file("dotfiles/s.json"), path);
    {
        SettingsFile(path, [] {}).write("new");
    }
    EXPECT_TRUE(std::filesystem::is_symlink(path));
    EXPECT_EQ(read_text(folder.file("dotfiles/s.json")), "new");
}

TEST_F(SettingsOnDisk, WhatCannotBeWrittenIsSaid) {
    write_bytes(folder.file("config"), {'x'});
    SettingsFile file(path, [this] { frame.wake(); });
    file.write("text");
    std::optional<channel::Failure> failure;
    EXPECT_TRUE(frame.wait_until([&] {
        failure = file.take_failure();
        return failure.has_value();
    }));
    expect_words(failure, "write the settings to");
    expect_words(failure, "ENOTDIR");
    EXPECT_EQ(read_text(folder.file("config")), "x");
}

TEST_F(SettingsOnDisk, WhatCannotBeReadIsSaid) {
    path = folder.file("settings.json");
    write_bytes(path, Bytes((std::size_t{1} << 20) + 1, ' '));
    const SettingsText large = read_settings(path);
    expect_words(large.failure, "larger than 1 MiB");
    EXPECT_EQ(large.text, "");
    write_bytes(path, Bytes(std::size_t{1} << 20, ' '));
    EXPECT_FALSE(read_settings(path).failure.has_value());
    EXPECT_EQ(read_settings(path).text.size(), std::size_t{1} << 20);
    expect_words(read_settings(folder.file("")).failure, "no regular file");
    const std::string fifo = folder.file("fifo");
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    expect_words(read_settings(fifo).failure, "no regular file");
    expect_words(read_settings(path + "/below").failure, "ENOTDIR");
}

TEST_F(SettingsOnDisk, ADamagedFileIsSetAsideAndNeverOverAnOlderOne) {
    path = folder.file("settings.json");
    EXPECT_EQ(set_aside(path), "");  // there is none
    for (const char* name :
         {"settings.json.damaged", "settings.json.damaged-2", "settings.json.damaged-3"}) {
        write_bytes(path, {static_cast<std::uint8_t>(name[std::string(name).size() - 1])});
        EXPECT_EQ(set_aside(path), folder.file(name));
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(read_text(folder.file("settings.json.damaged")), "d");
    EXPECT_EQ(read_text(folder.file("settings.json.damaged-2")), "2");
    EXPECT_EQ(read_text(folder.file("settings.json.damaged-3")), "3");
}

}  // namespace
}  // namespace jobs_test
