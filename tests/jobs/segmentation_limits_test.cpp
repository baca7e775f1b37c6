// What the segmentation does where something is missing or scarce: files that are gone, full disks, very many messages and connections.
#include "app/jobs/segmentation.h"

#include <csignal>
#include <cstdio>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/jobs/job_fixture.h"
#include "tests/jobs/segmentation_fixture.h"

namespace jobs_test {
namespace {

using SegmentationLimitsTest = SegmentationTest;

TEST_F(SegmentationLimitsTest, AReleasedFileIsShownAsMissingAndTheRestGoesOn) {
    run.open(1, 1);
    run.open(2, 1);
    record(1, "a\nb");
    record(2, "x");
    record(1, "c\n");
    tell();
    // The same reads in a file that is dropped: 3 to 5.
    const channel::FileId dropped = add_file(files, path);
    for (std::uint64_t i = 0; i < 3; ++i) {
        const capture::PlacedRead read = index.at(i);
        index.append(channel::Recorded{.connection = read.connection,
                                       .time_ns = read.entry.time_ns,
                                       .offset = read.entry.offset(),
                                       .size = read.entry.size(),
                                       .file = dropped,
                                       .direction = read.entry.direction()});
    }
    files.release(dropped);
    const capture::PlacedRead last = index.at(2);
    index.append(channel::Recorded{.connection = last.connection,
                                   .time_ns = last.entry.time_ns,
                                   .offset = last.entry.offset(),
                                   .size = last.entry.size(),
                                   .file = last.entry.file(),
                                   .direction = last.entry.direction()});
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1, 2}));
    settle(job);
    EXPECT_EQ(segments(job),
              (Segments{{.position = 0, .bytes = 2, .trailer = 1},
                        {.position = 0, .offset = 2, .bytes = 3, .trailer = 1},
                        {.position = 1, .bytes = 1, .status = FrameStatus::kCutByGap},
                        // Joined: reads 3 and 5.
                        {.position = 3, .bytes = 5, .status = FrameStatus::kCutByGap},
                        {.position = 6, .bytes = 2, .trailer = 1}}));
    EXPECT_EQ(pending(job),
              (Segments{{.position = 4, .bytes = 1, .status = FrameStatus::kCutByGap}}));
    EXPECT_NE(job.trouble().find("was dropped"), std::string::npos) << job.trouble();

    // Framings that look at no byte don't mind.
    job.start(spec(Framing{}, {1, 2}));
    settle(job);
    EXPECT_EQ(job.segments()->size(), 7U);
    EXPECT_EQ(job.trouble(), "");
}

TEST_F(SegmentationLimitsTest, AFileThatWasCutShortIsShownAsMissing) {
    run.open(1, 1);
    record(1, "a\n");
    record(1, "bcdef\n");
    tell();
    const capture::PlacedRead read = index.at(1);
    ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(read.entry.offset() + 2)), 0);
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1}));
    settle(job);
    EXPECT_EQ(segments(job),
              (Segments{{.position = 0, .bytes = 2, .trailer = 1},
                        {.position = 1, .bytes = 2, .status = FrameStatus::kCutByGap}}));
    EXPECT_EQ(
        pending(job),
        (Segments{{.position = 1, .offset = 2, .bytes = 4, .status = FrameStatus::kCutByGap}}));
    EXPECT_NE(job.trouble().find("cut short"), std::string::npos) << job.trouble();
}

TEST_F(SegmentationLimitsTest, AFullDiskIsWaitedFor) {
    run.open(1, 1);
    Bytes bytes(60000, '\n');
    for (int i = 0; i < 20; ++i)
        record(1, bytes);
    tell();
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small = before;
    small.rlim_cur = 1'000'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1}));
    EXPECT_TRUE(frame.wait_until([&] {
        job.poll();
        return !job.trouble().empty();
    }));
    EXPECT_NE(job.trouble().find("EFBIG"), std::string::npos) << job.trouble();
    EXPECT_NE(job.trouble().find("tried again"), std::string::npos) << job.trouble();
    EXPECT_FALSE(job.is_up_to_date());
    EXPECT_LE(job.segments()->size(), 1'000'000U / 16);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    settle(job);
    EXPECT_EQ(job.trouble(), "");
    EXPECT_EQ(job.segments()->size(), 20U * 60000U);
}

TEST_F(SegmentationLimitsTest, AFullDiskDoesNotKeepItFromEndingOrBeginningAnew) {
    run.open(1, 1);
    record(1, "a\n");
    tell();
    write_bytes(folder.file("wall"), {});
    Segmentation job(index, files, folder.file("wall/within"), [this] { frame.wake(); });
    for (int i = 0; i < 2; ++i) {
        job.start(spec(lines(), {1}));
        EXPECT_TRUE(frame.wait_until([&] {
            job.poll();
            return !job.trouble().empty();
        }));
        EXPECT_NE(job.trouble().find("ENOTDIR"), std::string::npos) << job.trouble();
        EXPECT_EQ(job.segments(), nullptr);
    }
    ASSERT_EQ(::unlink(folder.file("wall").c_str()), 0);
    settle(job);
    EXPECT_EQ(job.segments()->size(), 1U);
    EXPECT_EQ(job.trouble(), "");
    // Nothing of it has a name.
    EXPECT_EQ(names_in(folder.file("wall/within")), std::vector<std::string>{});
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t all = 0;
    std::size_t resident = 0;
    statm >> all >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kIsMemoryOurs = false;
#else
constexpr bool kIsMemoryOurs = true;
#endif

TEST_F(SegmentationLimitsTest, MillionsOfMessagesTakeNoMemory) {
    run.open(1, 1);
    Bytes bytes(60000);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = i % 4 == 3 ? '\n' : 'x';
    for (int i = 0; i < 200; ++i)
        run.receive(1, bytes);
    reads = 200;
    tell();
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1}));
    // What it takes at all: its buffers.
    EXPECT_TRUE(frame.wait_until([&] {
        job.poll();
        return job.segments() != nullptr && job.segments()->size() > 0;
    }));
    const std::size_t before = resident_bytes();
    settle(job);
    EXPECT_EQ(job.segments()->size(), 200U * 15000U);
    const std::size_t after = resident_bytes();
    if (kIsMemoryOurs) {
        EXPECT_LE(after, before + (std::size_t{8} << 20U));
    }
    SegmentRecord last;
    ASSERT_EQ(job.segments()->read(2'999'999, {&last, 1}), 1U);
    EXPECT_EQ(segment(last), (Segment{.position = 199, .offset = 59996, .bytes = 4, .trailer = 1}));
}

TEST_F(SegmentationLimitsTest, OfTenThousandPendingMessagesTheNewestAreTold) {
    constexpr std::uint64_t kConnections = 10'000;
    SegmentationSpec all{.splittings = {lines()}};
    for (std::uint64_t c = 1; c <= kConnections; ++c) {
        run.open(c, 1);
        run.receive(c, framing_test::bytes("ab"));
        all.streams.push_back({.connection = ConnectionId{c}});
    }
    reads = kConnections;
    tell();
    all.reads = reads;
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    const std::size_t before = resident_bytes();
    job.start(all);
    settle(job);
    const std::size_t grown = resident_bytes() - before;
    if (kIsMemoryOurs) {
        EXPECT_LE(grown, std::size_t{8} << 20U);
    }
    EXPECT_EQ(job.segments()->size(), 0U);
    ASSERT_EQ(job.pending().records.size(), app::jobs::kMostPending);
    EXPECT_EQ(job.pending().left_off, kConnections - app::jobs::kMostPending);
    for (std::size_t i = 0; i < app::jobs::kMostPending; ++i) {
        ASSERT_EQ(job.pending().records[i].position(), kConnections - app::jobs::kMostPending + i);
    }
    // They end, and nothing of them is left.
    std::vector<StreamEnd> ends;
    for (std::uint64_t c = 1; c <= kConnections; ++c)
        ends.push_back({.connection = ConnectionId{c}, .last_position = c - 1});
    job.extend(reads, {}, std::move(ends));
    settle(job);
    EXPECT_EQ(job.segments()->size(), kConnections);
    EXPECT_TRUE(job.pending().records.empty());
}

TEST_F(SegmentationLimitsTest, AMessageOfManyGigabytesIsNotRead) {
    // One read of the file again and again, 100,000 times, is one message of 6 GB.
    run.open(1, 1);
    Bytes bytes(60000, 'x');
    constexpr std::uint64_t kReads = 100'000;
    constexpr std::uint64_t kBody = kReads * 60000 - 8;
    for (unsigned i = 0; i < 8; ++i)
        bytes[i] = static_cast<std::uint8_t>(kBody >> (56 - 8 * i));
    run.receive(1, bytes);
    reads = 1;
    tell();
    const capture::PlacedRead first = index.at(0);
    for (std::uint64_t i = 1; i < kReads; ++i) {
        index.append(channel::Recorded{.connection = first.connection,
                                       .time_ns = first.entry.time_ns,
                                       .offset = first.entry.offset(),
                                       .size = first.entry.size(),
                                       .file = first.entry.file(),
                                       .direction = first.entry.direction()});
    }
    Framing framing;
    framing.kind = FramingKind::kLengthPrefix;
    framing.length_bytes = 8;
    framing.most_message_bytes = net::bytes::kMostMessageBytes;
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(framing, {1}));
    settle(job);
    EXPECT_EQ(segments(job), (Segments{{.position = 0, .bytes = kReads * 60000, .header = 8}}));
    EXPECT_TRUE(job.pending().records.empty());
}

}  // namespace
}  // namespace jobs_test
