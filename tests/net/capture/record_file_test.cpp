// Records in a file without a name: what was appended is read back, by any thread, and nothing of it is left behind.

#include "net/capture/record_file.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "tests/net/capture/capture_fixture.h"

namespace {

using net::bytes::FrameStatus;
using net::capture::MatchRecord;
using net::capture::RecordFile;
using net::capture::SegmentRecord;
using net::channel::Failure;
using tests::TemporaryDirectory;

MatchRecord match(std::uint32_t i) {
    return {.position = i, .offset_in_read = i * 3, .bytes = ~i, .end_position = i + 7};
}

bool is_match(const MatchRecord& record, std::uint32_t i) {
    return record.position == i && record.offset_in_read == i * 3 && record.bytes == ~i &&
           record.end_position == i + 7;
}

// A capture pauses where little is free: that must never be a view's doing.
TEST(RecordFile, LeavesTheCaptureItsPartOfTheDisk) {
    const TemporaryDirectory directory;
    Failure failure;
    const auto file =
        RecordFile<MatchRecord>::create(directory.path("state"), failure, std::uint64_t{1} << 62U);
    ASSERT_NE(file, nullptr) << failure.message;
    const std::array<MatchRecord, 1> one{match(1)};
    EXPECT_FALSE(file->append(one));
    EXPECT_EQ(file->error(), ENOSPC);
    EXPECT_EQ(file->size(), 0U);
}

TEST(RecordFile, ReadsBackWhatWasAppendedFromAnyPlace) {
    const TemporaryDirectory directory;
    Failure failure;
    const auto file = RecordFile<MatchRecord>::create(directory.path("state"), failure);
    ASSERT_NE(file, nullptr) << failure.message;
    EXPECT_TRUE(std::filesystem::is_empty(directory.path("state"))) << "it has no name";

    constexpr std::uint32_t kRecords = 10'000;
    std::vector<MatchRecord> some;
    for (std::uint32_t i = 0; i < kRecords; ++i) {
        some.push_back(match(i));
        if (some.size() < i % 300) continue;
        ASSERT_TRUE(file->append(some));
        ASSERT_EQ(file->size(), i + 1);
        some.clear();
    }
    ASSERT_TRUE(file->append(some));
    std::array<MatchRecord, 100> out{};
    for (std::uint64_t first = 0; first < kRecords + 200; first += 37) {
        const std::size_t expected =
            first >= kRecords ? 0 : std::min<std::uint64_t>(out.size(), kRecords - first);
        ASSERT_EQ(file->read(first, out), expected);
        for (std::size_t i = 0; i < expected; ++i)
            ASSERT_TRUE(is_match(out[i], static_cast<std::uint32_t>(first + i)));
    }
    EXPECT_EQ(file->read(UINT64_MAX, out), 0U);
}

TEST(RecordFile, IsReadByOthersWhileItGrows) {
    const TemporaryDirectory directory;
    Failure failure;
    const auto file = RecordFile<MatchRecord>::create(directory.path(""), failure);
    ASSERT_NE(file, nullptr) << failure.message;
    constexpr std::uint32_t kRecords = 50'000;
    std::uint32_t good = 0;
    std::thread reader([&] {
        std::array<MatchRecord, 64> out{};
        while (good < kRecords) {
            const std::size_t n = file->read(good, out);
            for (std::size_t i = 0; i < n; ++i, ++good) {
                if (!is_match(out[i], good)) return;
            }
            if (n == 0) std::this_thread::yield();
        }
    });
    for (std::uint32_t i = 0; i < kRecords; i += 10) {
        std::array<MatchRecord, 10> some{};
        for (std::uint32_t k = 0; k < some.size(); ++k)
            some[k] = match(i + k);
        ASSERT_TRUE(file->append(some));
    }
    reader.join();
    EXPECT_EQ(good, kRecords);
}

TEST(RecordFile, AFailedAppendPublishesNothingAndTheNextOneGoesOn) {
    const TemporaryDirectory directory;
    Failure failure;
    const auto file = RecordFile<MatchRecord>::create(directory.path(""), failure);
    ASSERT_NE(file, nullptr) << failure.message;
    const std::array<MatchRecord, 3> some{match(0), match(1), match(2)};
    ASSERT_TRUE(file->append(some));

    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit small{.rlim_cur = 4 * sizeof(MatchRecord) + 5, .rlim_max = limit.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const std::array<MatchRecord, 3> more{match(3), match(4), match(5)};
    EXPECT_FALSE(file->append(more)) << "one and a bit of it fits";
    EXPECT_EQ(file->error(), EFBIG);
    EXPECT_EQ(file->size(), 3U);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    ASSERT_TRUE(file->append(more));
    std::array<MatchRecord, 10> out{};
    ASSERT_EQ(file->read(0, out), 6U);
    for (std::uint32_t i = 0; i < 6; ++i)
        EXPECT_TRUE(is_match(out[i], i));
}

TEST(RecordFile, ADirectoryThatCannotBeHadIsSaidInWords) {
    const TemporaryDirectory directory;
    tests::write_file(directory.path("file"), {});
    Failure failure;
    EXPECT_EQ(RecordFile<MatchRecord>::create(directory.path("file/state"), failure), nullptr);
    EXPECT_EQ(failure.code, "ENOTDIR");
    EXPECT_EQ(failure.message, "make a temporary file in " + directory.path("file/state") +
                                   ": ENOTDIR (not a directory)");
}

TEST(SegmentRecord, KeepsItsPartsAndCutsWhatIsLargerThanItMayBe) {
    const SegmentRecord record(0xFFFF'FFFFU, 16'777'215, 1'000'000'000'000, FrameStatus{3}, 8, 64);
    EXPECT_EQ(record.position(), 0xFFFF'FFFFU);
    EXPECT_EQ(record.offset_in_read(), 16'777'215U);
    EXPECT_EQ(record.bytes(), 1'000'000'000'000U);
    EXPECT_EQ(record.status(), FrameStatus{3});
    EXPECT_EQ(record.header_bytes(), 8U);
    EXPECT_EQ(record.trailer_bytes(), 64U);

    const SegmentRecord most(1, UINT32_MAX, UINT64_MAX, FrameStatus{255}, 1024, UINT32_MAX);
    EXPECT_EQ(most.offset_in_read(), SegmentRecord::kMostOffset);
    EXPECT_EQ(most.bytes(), SegmentRecord::kMostBytes);
    EXPECT_EQ(most.status(), FrameStatus{255});
    EXPECT_EQ(most.header_bytes(), 1023U);
    EXPECT_EQ(most.trailer_bytes(), 1023U);
}

}  // namespace
