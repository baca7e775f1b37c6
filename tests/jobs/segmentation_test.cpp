// Messages of recorded streams: against the model, live, started anew, with gaps and ends.
#include "app/jobs/segmentation.h"

#include <chrono>
#include <memory>
#include <random>

#include "tests/jobs/segmentation_fixture.h"

namespace jobs_test {
namespace {

using framing_test::Bytes;
using namespace std::string_view_literals;

TEST_F(SegmentationTest, MessagesSpanReadsOfInterleavedConnections) {
    run.open(1, 1);
    run.open(2, 1);
    record(1, "one\ntw");                // 0
    record(2, "A\nB");                   // 1
    record(1, "o\n", Direction::kSent);  // 2
    record(2, "B");                      // 3
    record(1, "o\nthr");                 // 4
    record(2, "\n");                     // 5
    tell();
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1, 2}));
    settle(job);
    EXPECT_EQ(segments(job), (Segments{{.position = 0, .offset = 0, .bytes = 4, .trailer = 1},
                                       {.position = 1, .offset = 0, .bytes = 2, .trailer = 1},
                                       {.position = 2, .offset = 0, .bytes = 2, .trailer = 1},
                                       {.position = 0, .offset = 4, .bytes = 4, .trailer = 1},
                                       {.position = 1, .offset = 2, .bytes = 3, .trailer = 1}}));
    EXPECT_EQ(
        pending(job),
        (Segments{{.position = 4, .offset = 2, .bytes = 3, .status = FrameStatus::kIncomplete}}));
    EXPECT_EQ(job.pending().segments, 5U);
    EXPECT_EQ(job.pending().left_off, 0U);
    EXPECT_EQ(job.trouble(), "");
    EXPECT_EQ(job.progress(), 1.0);
    EXPECT_GE(frame.wakes(), 1U);
    // The way back from a byte to its message knows all of them.
    EXPECT_EQ(job.marks()->decided_at(3).begin, 0U);
}

TEST_F(SegmentationTest, OnlyWhatWasChosenIsLookedAt) {
    run.open(1, 1);
    run.open(2, 1);
    record(1, "a\n");
    record(1, "b\n", Direction::kSent);
    record(2, "c\n");
    record(2, "d\n", Direction::kSent);
    tell();
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    SegmentationSpec chosen = spec(lines(), {});
    chosen.streams = {{.connection = ConnectionId{2}, .has_received = false}};
    job.start(chosen);
    settle(job);
    EXPECT_EQ(segments(job), (Segments{{.position = 3, .bytes = 2, .trailer = 1}}));
    // Two connections, each in its way.
    chosen.splittings.emplace_back(Framing{});
    chosen.streams = {{.connection = ConnectionId{1}, .splitting = 1, .has_sent = false},
                      {.connection = ConnectionId{2}, .has_sent = false}};
    job.start(chosen);
    settle(job);
    EXPECT_EQ(segments(job),
              (Segments{{.position = 0, .bytes = 2}, {.position = 2, .bytes = 2, .trailer = 1}}));
}

TEST_F(SegmentationTest, LinesOfTextAreSegmentsToo) {
    run.open(1, 1);
    record(1, "GET / HTTP/1.1\r");
    record(1, "\nHost: a\r\n\r\n0123456789abcdef01234567");
    tell();
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(net::bytes::LineSplit{.most_line_bytes = 16}, {1}));
    settle(job);
    EXPECT_EQ(segments(job), (Segments{{.position = 0, .bytes = 16, .trailer = 2},
                                       {.position = 1, .offset = 1, .bytes = 9, .trailer = 2},
                                       {.position = 1, .offset = 10, .bytes = 2, .trailer = 2},
                                       {.position = 1, .offset = 12, .bytes = 16}}));
    EXPECT_EQ(
        pending(job),
        (Segments{{.position = 1, .offset = 28, .bytes = 8, .status = FrameStatus::kIncomplete}}));
}

TEST_F(SegmentationTest, AnIdleTimeIsThatOfTheReads) {
    run.open(1, 1);
    record(1, "a");
    record(1, "b");
    run.let_pass(kSecond);
    record(1, "c");
    tell();
    Framing idle;
    idle.kind = FramingKind::kIdleGap;
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(idle, {1}));
    settle(job);
    EXPECT_EQ(segments(job), (Segments{{.position = 0, .bytes = 2}}));
    EXPECT_EQ(pending(job),
              (Segments{{.position = 2, .bytes = 1, .status = FrameStatus::kIncomplete}}));
}

TEST_F(SegmentationTest, AGapEndsWhatIsPendingAndIsARecordOfNoBytes) {
    run.open(1, 1);
    record(1, "a\nb");
    gap(1, 1000);
    record(1, "c\n");
    gap(1, 5);
    tell();
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1}));
    settle(job);
    EXPECT_EQ(segments(job),
              (Segments{{.position = 0, .bytes = 2, .trailer = 1},
                        {.position = 0, .offset = 2, .bytes = 1, .status = FrameStatus::kCutByGap},
                        {.position = 1, .status = FrameStatus::kCutByGap},
                        {.position = 2, .bytes = 2, .trailer = 1},
                        {.position = 3, .status = FrameStatus::kCutByGap}}));
    EXPECT_TRUE(index.at(1).entry.is_gap());
}

TEST_F(SegmentationTest, AnEndCutsWhatIsPendingWhereTheStreamEnded) {
    run.open(1, 1);
    run.open(2, 1);
    record(1, "a\nb");
    record(2, "c");
    record(1, "d", Direction::kSent);
    record(2, "e\n");
    record(2, "f");
    tell();
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    SegmentationSpec chosen = spec(lines(), {1, 2});
    chosen.ends = {{.connection = ConnectionId{1}, .last_position = 2}};
    job.start(chosen);
    settle(job);
    const Segments before{
        {.position = 0, .bytes = 2, .trailer = 1},
        {.position = 0, .offset = 2, .bytes = 1, .status = FrameStatus::kCutByEnd},
        {.position = 2, .bytes = 1, .status = FrameStatus::kCutByEnd},
        {.position = 1, .bytes = 3, .trailer = 1}};
    EXPECT_EQ(segments(job), before);
    EXPECT_EQ(pending(job),
              (Segments{{.position = 4, .bytes = 1, .status = FrameStatus::kIncomplete}}));
    // Later than its last read was walked.
    job.extend(index.size(), {}, {{.connection = ConnectionId{2}, .last_position = 4}});
    EXPECT_FALSE(job.is_up_to_date());
    settle(job);
    Segments after = before;
    after.push_back({.position = 4, .bytes = 1, .status = FrameStatus::kCutByEnd});
    EXPECT_EQ(segments(job), after);
    EXPECT_EQ(pending(job), Segments{});
}

Framing random_framing(std::mt19937_64& random) {
    Framing framing;
    switch (random() % 5) {
        case 0:
            framing.kind = FramingKind::kDelimiter;
            framing.delimiters = {{'a'}, {'a', 'b', 'c'}, {'b', 'b', 'a', 'c', 'a'}};
            break;
        case 1:
            framing.kind = FramingKind::kLengthPrefix;
            framing.length_bytes = 2;
            framing.length_offset = static_cast<std::uint32_t>(random() % 20);
            framing.most_message_bytes = 300;
            break;
        case 2:
            framing.kind = FramingKind::kLeb128;
            framing.most_message_bytes = 100;
            break;
        case 3:
            framing.kind = FramingKind::kFixed;
            framing.fixed_bytes = 1 + random() % 100;
            break;
        default: framing.kind = FramingKind::kSlip;
    }
    return framing;
}

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
    constexpr std::uint8_t kOften[] = {'a', 'b', 'c', 0, 0, 1, 2, 0xC0, 0xDB, 0xDC, 0x80, 0xFF};
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes)
        byte = kOften[random() % std::size(kOften)];
    return bytes;
}

class SegmentationModelTest : public SegmentationTest,
                              public ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(SegmentationModelTest, RandomRunsAreSplitAsTheModelSplitsThemLiveOrAtOnce) {
    std::mt19937_64 random(GetParam());
    constexpr std::uint64_t kConnections = 5;
    std::vector<Splitting> splittings;
    for (std::uint64_t c = 1; c <= kConnections; ++c)
        splittings.emplace_back(random_framing(random));
    const auto choice = [](std::uint64_t c) {
        return StreamChoice{.connection = ConnectionId{c},
                            .splitting = static_cast<std::uint32_t>(c - 1)};
    };

    Segmentation live(index, files, folder.file("."), [this] { frame.wake(); });
    live.start({.splittings = splittings});
    std::uint64_t opened = 0;
    for (int turn = 0; turn < 60; ++turn) {
        std::vector<StreamChoice> new_streams;
        if (opened < kConnections && turn % 8 == 0) {
            run.open(++opened, 1);
            new_streams.push_back(choice(opened));
        }
        for (std::uint64_t i = random() % 30; i > 0; --i) {
            const std::size_t size = 1 + random() % (random() % 30 == 0  ? 60000
                                                     : random() % 4 == 0 ? 2000
                                                                         : 6);
            record(1 + random() % opened, random_bytes(random, size),
                   random() % 2 == 0 ? Direction::kSent : Direction::kReceived);
        }
        tell();
        live.extend(index.size(), std::move(new_streams));
        if (random() % 3 == 0) settle(live);
        live.poll();
    }
    settle(live);

    SegmentationSpec all{.splittings = splittings, .reads = index.size()};
    for (std::uint64_t c = 1; c <= kConnections; ++c)
        all.streams.push_back(choice(c));
    Segmentation whole(index, files, folder.file("."), [this] { frame.wake(); });
    whole.start(all);
    settle(whole);

    const Segments found = segments(whole);
    EXPECT_EQ(segments(live), found);
    EXPECT_EQ(pending(live), pending(whole));
    for (const auto& [key, stream] : streams) {
        const auto& framing = std::get<Framing>(splittings[key.first - 1]);
        const auto [wanted, wanted_pending] = model(framing, key);
        ASSERT_EQ(of_stream(found, key), wanted) << describe(framing);
        ASSERT_EQ(of_stream(pending(whole), key), wanted_pending) << describe(framing);
    }
    EXPECT_EQ(whole.trouble(), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, SegmentationModelTest, ::testing::Range<std::uint64_t>(1, 7));

TEST_F(SegmentationTest, AnotherFramingBeginsAnewAndGivesUpWhatIsUnderWay) {
    run.open(1, 1);
    const Bytes bytes(60000, 'x');
    for (int i = 0; i < 30; ++i)
        record(1, bytes);
    tell();
    Framing each_byte;
    each_byte.kind = FramingKind::kFixed;
    each_byte.fixed_bytes = 1;
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.extend(index.size());  // nothing was asked for
    EXPECT_FALSE(job.poll());
    EXPECT_EQ(job.segments(), nullptr);
    for (int i = 0; i < 20; ++i) {
        const std::uint64_t generation = job.generation();
        job.start(spec(each_byte, {1}));
        EXPECT_GT(job.generation(), generation);
        EXPECT_EQ(job.segments(), nullptr);
        EXPECT_FALSE(job.is_up_to_date());
        job.poll();
    }
    job.start(spec(Framing{}, {1}));
    settle(job);
    EXPECT_EQ(job.segments()->size(), 30U);
    job.start(spec(each_byte, {1}));
    settle(job);
    EXPECT_EQ(job.segments()->size(), 30U * 60000U);
}

TEST_F(SegmentationTest, IsGivenUpInTheMiddleWithinMoments) {
    run.open(1, 1);
    const Bytes bytes(60000, 'x');
    for (int i = 0; i < 500; ++i)
        record(1, bytes);
    tell();
    Framing each_byte;
    each_byte.kind = FramingKind::kFixed;
    each_byte.fixed_bytes = 1;
    for (int i = 0; i < 10; ++i) {
        auto job = std::make_unique<Segmentation>(index, files, folder.file("."), [] {});
        job->start(spec(each_byte, {1}));
        const auto before = std::chrono::steady_clock::now();
        job.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
    }
}

TEST_F(SegmentationTest, WhatIsAskedWhileItIsAtWorkIsDoneAfterwards) {
    run.open(1, 1);
    Segmentation job(index, files, folder.file("."), [this] { frame.wake(); });
    job.start(spec(lines(), {1}));
    for (int i = 0; i < 2000; ++i) {
        record(1, "x\n");
        tell();
        job.extend(index.size());
        if (i % 3 == 0) job.poll();
    }
    settle(job);
    EXPECT_EQ(job.segments()->size(), 2000U);
}

}  // namespace
}  // namespace jobs_test
