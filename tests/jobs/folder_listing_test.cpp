// What a folder holds, for the chooser: in order, with hostile names as bytes, in bounds, errors in words.
#include "app/jobs/folder_listing.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::FolderListing;
using app::session::FolderContents;
using app::session::kMostFolderEntries;

class Listing : public ::testing::Test {
  protected:
    FolderContents list(const std::string& path) {
        listing.list(path);
        FolderContents contents = result_of(listing, frame);
        EXPECT_EQ(contents.asked, path);
        return contents;
    }
    static std::vector<std::string> names(const FolderContents& contents) {
        std::vector<std::string> found;
        for (const auto& entry : contents.entries)
            found.push_back(entry.name);
        return found;
    }

    TemporaryFolder folder;
    std::string at = std::filesystem::canonical(folder.file("")).string();
    Frame frame;
    FolderListing listing{[this] { frame.wake(); }};
};

TEST_F(Listing, FoldersComeFirstThenNamesWithoutRegardToCase) {
    for (const char* name : {"b.pcapng", "A.pcapng", "a.pcapng", ".hidden", "Zebra", "zoo"})
        write_bytes(folder.file(name), {1, 2, 3});
    std::filesystem::create_directory(folder.file("Sub"));
    std::filesystem::create_directory(folder.file("another"));
    std::filesystem::create_directory_symlink(folder.file("Sub"), folder.file("link"));
    std::filesystem::create_symlink("/nonexistent/x", folder.file("broken"));
    ASSERT_EQ(::mkfifo(folder.file("fifo").c_str(), 0600), 0);
    const FolderContents contents = list(folder.file(""));
    EXPECT_EQ(contents.path, at);
    EXPECT_EQ(contents.error, "");
    EXPECT_FALSE(contents.is_cut);
    EXPECT_EQ(names(contents),
              (std::vector<std::string>{"another", "link", "Sub", ".hidden", "A.pcapng", "a.pcapng",
                                        "b.pcapng", "broken", "fifo", "Zebra", "zoo"}));
    for (std::size_t i = 0; i < contents.entries.size(); ++i) {
        EXPECT_EQ(contents.entries[i].is_folder, i < 3) << contents.entries[i].name;
        EXPECT_GT(contents.entries[i].modified_ns, kNow - kNow / 2);
    }
    EXPECT_EQ(contents.entries[4].bytes, 3U);
    EXPECT_EQ(contents.entries[0].bytes, 0U);
}

TEST_F(Listing, NamesAreTheBytesThatTheyAre) {
    const std::vector<std::string> hostile = {
        "%n%s", "##x", "\x1b[2J", "a\nb", "\xff\xfe", std::string(255, 'x'), "-rf", " "};
    for (const std::string& name : hostile)
        write_bytes(folder.file(name), {});
    std::vector<std::string> found = names(list(folder.file("")));
    std::vector<std::string> expected = hostile;
    std::sort(found.begin(), found.end());
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(found, expected);
}

TEST_F(Listing, AFileListsTheFolderItIsInAndDotsAreResolved) {
    write_bytes(folder.file("x.pcapng"), {});
    std::filesystem::create_directory(folder.file("sub"));
    EXPECT_EQ(list(folder.file("x.pcapng")).path, at);
    EXPECT_EQ(list(folder.file("sub/../sub/./..")).path, at);
    EXPECT_EQ(list(folder.file("sub")).path, at + "/sub");
    EXPECT_EQ(list("/").path, "/");
    EXPECT_EQ(list("/..").path, "/");
}

TEST_F(Listing, TheHomeFolderIsWhereNothingElseIsSaid) {
    const char* old = std::getenv("HOME");
    const std::string before = old == nullptr ? "" : old;
    ASSERT_EQ(::setenv("HOME", at.c_str(), 1), 0);
    std::filesystem::create_directory(folder.file("sub"));
    EXPECT_EQ(list("").path, at);
    EXPECT_EQ(list("~").path, at);
    EXPECT_EQ(list("~/sub").path, at + "/sub");
    ASSERT_EQ(::setenv("HOME", "relative", 1), 0);
    EXPECT_EQ(list("").path, "/");
    ASSERT_EQ(::setenv("HOME", before.c_str(), 1), 0);
}

TEST_F(Listing, WhatCannotBeListedIsSaidInWords) {
    const FolderContents missing = list(folder.file("missing"));
    EXPECT_NE(missing.error.find("ENOENT"), std::string::npos) << missing.error;
    EXPECT_NE(missing.error.find("missing"), std::string::npos) << missing.error;
    EXPECT_TRUE(missing.entries.empty());
    EXPECT_NE(list("/nul\0x").error + list(std::string("/nul\0x", 6)).error, "");
    const FolderContents hostile = list("/\x1b[2J\n");
    EXPECT_EQ(hostile.error.find('\x1b'), std::string::npos);
    EXPECT_NE(hostile.error, "");
    if (::geteuid() != 0) {
        std::filesystem::create_directory(folder.file("closed"));
        ASSERT_EQ(::chmod(folder.file("closed").c_str(), 0), 0);
        EXPECT_NE(list(folder.file("closed")).error.find("EACCES"), std::string::npos);
    }
}

TEST_F(Listing, OfVeryManyTheFirstAreKept) {
    const std::size_t count = kMostFolderEntries + 700;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(100'000 + i);
        const int fd =
            ::open(folder.file("f" + number).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ASSERT_GE(fd, 0);
        ::close(fd);
    }
    std::filesystem::create_directory(folder.file("z-folder"));
    const FolderContents contents = list(folder.file(""));
    EXPECT_TRUE(contents.is_cut);
    ASSERT_EQ(contents.entries.size(), kMostFolderEntries);
    EXPECT_EQ(contents.entries[0].name, "z-folder");
    EXPECT_EQ(contents.entries[1].name, "f100000");
    EXPECT_EQ(contents.entries.back().name, "f" + std::to_string(100'000 + kMostFolderEntries - 2));
}

TEST_F(Listing, TheLatestWishIsTheLastToBeAnswered) {
    std::vector<std::string> paths;
    for (int i = 0; i < 50; ++i) {
        paths.push_back(at + "/" + std::to_string(i));
        std::filesystem::create_directory(paths.back());
    }
    for (const std::string& path : paths)
        listing.list(path);
    EXPECT_TRUE(frame.wait_until([&] {
        const auto contents = listing.take_result();
        return contents.has_value() && contents->path == paths.back();
    }));
    EXPECT_FALSE(listing.take_result().has_value());
}

}  // namespace
}  // namespace jobs_test
