// The history of the traffic against a slow model that keeps every read; clocks that jump; spans of any length in bounded memory.
#include "app/session/traffic_history.h"

#include <algorithm>
#include <limits>
#include <random>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using app::session::SizeHistogram;
using app::session::TrafficBucket;
using app::session::TrafficHistory;
using app::session::TrafficSample;
using app::session::TrafficScan;
using net::capture::ReadIndex;

constexpr std::int64_t kEarliest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max();

struct Read {
    std::uint64_t connection = 1;
    std::int64_t time_ns = 0;
    Direction direction{};
    std::uint32_t bytes = 0;
};

void add(TrafficHistory& history, const std::vector<Read>& reads) {
    for (std::size_t i = 0; i < reads.size(); ++i)
        history.add(i, reads[i].time_ns, reads[i].direction, reads[i].bytes);
}

void append(ReadIndex& index, const Read& read) {
    index.append(channel::Recorded{.connection = ConnectionId{read.connection},
                                   .time_ns = read.time_ns,
                                   .size = read.bytes,
                                   .file = FileId{1},
                                   .direction = read.direction});
}

// What the buckets of `sample` must hold: every read is looked at for every bucket.
template <typename IsIn>
std::vector<TrafficBucket> model(const std::vector<Read>& reads,
                                 const TrafficSample& sample,
                                 IsIn is_in) {
    std::vector<TrafficBucket> buckets(sample.buckets.size());
    for (std::size_t i = 0; i < reads.size(); ++i) {
        const Read& read = reads[i];
        const std::int64_t number = read.time_ns >> sample.shift;
        if (number < sample.first || !is_in(read)) continue;
        const auto at =
            static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(sample.first);
        if (at >= buckets.size()) continue;
        TrafficBucket& bucket = buckets[at];
        const std::size_t side = read.direction == Direction::kSent ? 1 : 0;
        bucket.bytes[side] += read.bytes;
        ++bucket.reads[side];
        bucket.first_position = std::min(bucket.first_position, static_cast<std::uint32_t>(i));
    }
    return buckets;
}

const auto kAll = [](const Read&) { return true; };

std::vector<Read> random_reads(std::mt19937_64& random, std::size_t count, bool has_jumps) {
    std::vector<Read> reads;
    std::int64_t time = kNow;
    for (std::size_t i = 0; i < count; ++i) {
        switch (random() % 8) {
            case 0: time += static_cast<std::int64_t>(random() % (20 * kSecond)); break;
            case 1: break;
            default: time += static_cast<std::int64_t>(random() % 3'000'000); break;
        }
        if (has_jumps && random() % 50 == 0) time += (random() % 2 == 0 ? -1 : 1) * 3600 * kSecond;
        reads.push_back({.connection = 1 + random() % 7,
                         .time_ns = time,
                         .direction = random() % 3 == 0 ? Direction::kSent : Direction::kReceived,
                         .bytes = static_cast<std::uint32_t>(random() % 65536)});
    }
    return reads;
}

TEST(TrafficHistory, SaysWhatASlowModelSaysOfAnySpan) {
    std::mt19937_64 random(1);
    for (int round = 0; round < 60; ++round) {
        SCOPED_TRACE(round);
        const auto reads = random_reads(random, 1 + random() % 1500, round % 2 == 1);
        TrafficHistory history;
        add(history, reads);
        for (int question = 0; question < 20; ++question) {
            const auto& a = reads[random() % reads.size()];
            const auto& b = reads[random() % reads.size()];
            const std::int64_t margin = static_cast<std::int64_t>(random() % kSecond);
            const std::int64_t from = std::min(a.time_ns, b.time_ns) - margin;
            const std::int64_t to = std::max(a.time_ns, b.time_ns) + margin;
            const std::size_t most = 2 + random() % 1500;
            const TrafficSample sample = history.sample(from, to, most);
            ASSERT_LE(sample.buckets.size(), most);
            EXPECT_EQ(sample.first, from >> sample.shift);
            EXPECT_EQ(sample.first + static_cast<std::int64_t>(sample.buckets.size()) - 1,
                      to >> sample.shift);
            ASSERT_EQ(sample.buckets, model(reads, sample, kAll))
                << from << " to " << to << " at most " << most;
        }
    }
}

TEST(TrafficHistory, TheWholeIsKnownToAThousandthAndTheNewestToAMillisecond) {
    std::mt19937_64 random(2);
    const auto reads = random_reads(random, 20'000, false);
    TrafficHistory history;
    add(history, reads);
    EXPECT_EQ(history.first_ns(), reads.front().time_ns);
    EXPECT_EQ(history.last_ns(), reads.back().time_ns);
    const TrafficSample whole = history.sample(history.first_ns(), history.last_ns(), 1024);
    EXPECT_GT(whole.buckets.size(), 500U);
    std::uint64_t bytes = 0;
    for (const TrafficBucket& bucket : whole.buckets)
        bytes += bucket.bytes[0] + bucket.bytes[1];
    std::uint64_t expected = 0;
    for (const Read& read : reads)
        expected += read.bytes;
    EXPECT_EQ(bytes, expected);
    const TrafficSample newest =
        history.sample(history.last_ns() - kSecond / 2, history.last_ns(), 1024);
    EXPECT_EQ(newest.shift, TrafficHistory::kFinestShift);
}

// RELIABILITY.md T54: no span is negative, whatever the clock does.
TEST(TrafficHistory, AClockThatIsSetBackPutsReadsWhereItsTimesAre) {
    TrafficHistory history;
    history.add(0, kNow, Direction::kReceived, 10);
    history.add(1, kNow - 3600 * kSecond, Direction::kReceived, 20);
    history.add(2, kNow - 3599 * kSecond, Direction::kSent, 30);
    history.add(3, kNow + kSecond, Direction::kReceived, 40);
    EXPECT_EQ(history.first_ns(), kNow - 3600 * kSecond);
    EXPECT_EQ(history.last_ns(), kNow + kSecond);
    const TrafficSample sample = history.sample(history.first_ns(), history.last_ns(), 1000);
    ASSERT_GT(sample.buckets.size(), 2U);
    EXPECT_GT(sample.bucket_ns(), 0);
    EXPECT_EQ(sample.buckets.front().bytes[0], 20U);
    EXPECT_EQ(history.first_position(kNow - 3600 * kSecond, kNow - 3598 * kSecond), 1U);
    EXPECT_EQ(history.first_position(history.first_ns(), history.last_ns()), 0U);
    EXPECT_EQ(history.first_position(kNow - 1800 * kSecond, kNow - 1700 * kSecond),
              TrafficBucket::kNoPosition);
}

TEST(TrafficHistory, TimesFromOneEndToTheOtherCostBoundedMemory) {
    TrafficHistory history;
    std::vector<Read> reads;
    std::mt19937_64 random(3);
    for (int i = 0; i < 5000; ++i)
        reads.push_back({.time_ns = static_cast<std::int64_t>(random()), .bytes = 1});
    reads.push_back({.time_ns = kEarliest, .bytes = 2});
    reads.push_back({.time_ns = kLatest, .direction = Direction::kSent, .bytes = 3});
    add(history, reads);
    EXPECT_LT(history.memory_bytes(), 2'500'000U);
    for (const std::size_t most : {2U, 3U, 10U, 1000U, 5000U}) {
        const TrafficSample sample = history.sample(kEarliest, kLatest, most);
        EXPECT_LE(sample.buckets.size(), most);
        EXPECT_EQ(sample.buckets, model(reads, sample, kAll));
    }
    const TrafficSample end = history.sample(kLatest, kLatest, 1000);
    EXPECT_EQ(end.buckets.back().bytes[1], 3U);
}

TEST(TrafficHistory, NothingIsThereBeforeTheFirstRead) {
    const TrafficHistory history;
    EXPECT_TRUE(history.is_empty());
    const TrafficSample sample = history.sample(0, kSecond, 100);
    for (const TrafficBucket& bucket : sample.buckets)
        EXPECT_TRUE(bucket.is_empty());
    EXPECT_EQ(history.first_position(kEarliest, kLatest), TrafficBucket::kNoPosition);
}

TEST(TrafficHistory, SizesAreCountedByPowersOfTwo) {
    TrafficHistory history;
    for (const std::uint32_t size : {0U, 1U, 2U, 3U, 4U, 1023U, 1024U, 65535U})
        history.add(0, kNow, Direction::kReceived, size);
    history.add(0, kNow, Direction::kSent, 1024);
    const auto& counts = history.sizes().counts;
    EXPECT_EQ(counts[0][0], 1U);
    EXPECT_EQ(counts[0][1], 1U);
    EXPECT_EQ(counts[0][2], 2U);
    EXPECT_EQ(counts[0][3], 1U);
    EXPECT_EQ(counts[0][10], 1U);
    EXPECT_EQ(counts[0][11], 1U);
    EXPECT_EQ(counts[0][16], 1U);
    EXPECT_EQ(counts[1][11], 1U);
    for (std::size_t i = 1; i < SizeHistogram::kBuckets; ++i) {
        SizeHistogram one;
        one.add(Direction::kSent, SizeHistogram::least_bytes(i));
        one.add(Direction::kSent, SizeHistogram::most_bytes(i));
        EXPECT_EQ(one.counts[1][i], 2U) << i;
    }
}

// A selection of connections, a span of time, or both, in steps of any length, while reads are added.
TEST(TrafficScan, ReadsOffTheIndexWhatAModelSays) {
    std::mt19937_64 random(4);
    for (int round = 0; round < 40; ++round) {
        SCOPED_TRACE(round);
        const auto reads = random_reads(random, 2000, round % 3 == 0);
        ReadIndex index;
        TrafficScan scan;
        TrafficScan::Wish wish;
        const bool is_long = round % 4 == 3;  // more than are listed: found by the index's slots
        if (round % 4 != 0) {
            for (std::uint64_t id = 1; id <= 7; ++id)
                if (random() % 2 == 0) wish.connections.push_back(ConnectionId{id});
            for (std::uint64_t id = 100; is_long && id < 200; ++id)
                wish.connections.push_back(ConnectionId{id});
        }
        if (round % 2 == 1) {
            wish.from_ns = reads[300].time_ns;
            wish.to_ns = std::max(reads[900].time_ns, wish.from_ns);
        }
        scan.want(wish);
        std::size_t next = 0;
        while (next < reads.size() || !scan.advance(index, 1 + random() % 300)) {
            for (std::size_t end = std::min(reads.size(), next + random() % 400); next < end;
                 ++next)
                append(index, reads[next]);
            (void)scan.advance(index, 1 + random() % 300);
        }
        const auto is_in = [&](const Read& read) {
            const bool is_chosen =
                wish.connections.empty() ||
                std::binary_search(wish.connections.begin(), wish.connections.end(),
                                   ConnectionId{read.connection});
            return is_chosen && read.time_ns >= wish.from_ns && read.time_ns <= wish.to_ns;
        };
        const TrafficHistory& history = scan.history();
        EXPECT_EQ(static_cast<std::ptrdiff_t>(history.reads()),
                  std::count_if(reads.begin(), reads.end(), is_in));
        const TrafficSample sample = history.sample(history.first_ns(), history.last_ns(), 1000);
        EXPECT_EQ(sample.buckets, model(reads, sample, is_in));
    }
}

TEST(TrafficScan, ASpanIsKnownFinerThanTheWholeKnowsIt) {
    std::mt19937_64 random(5);
    const auto reads = random_reads(random, 20'000, false);
    ReadIndex index;
    for (const Read& read : reads)
        append(index, read);
    TrafficHistory all;
    add(all, reads);
    const std::int64_t from = reads[5000].time_ns;
    const std::int64_t to = from + 5 * kSecond;
    TrafficScan scan;
    scan.want({.connections = {}, .from_ns = from, .to_ns = to});
    ASSERT_TRUE(scan.advance(index, UINT64_MAX));
    EXPECT_LT(scan.history().sample(from, to, 1024).shift, all.sample(from, to, 1024).shift);
    // The same wish goes on, another begins anew.
    scan.want({.connections = {}, .from_ns = from, .to_ns = to});
    EXPECT_FALSE(scan.history().is_empty());
    scan.want({.connections = {ConnectionId{3}}});
    EXPECT_TRUE(scan.history().is_empty());
}

TEST(TrafficHistory, TheSessionFoldsWhatItIsTold) {
    Fold fold;
    fold.server(1);
    fold.open(1, 1);
    fold.record(1, Direction::kReceived, 100);
    fold.record(1, Direction::kSent, 5);
    const TrafficHistory& traffic = fold.session.traffic();
    EXPECT_EQ(traffic.reads(), 2U);
    EXPECT_EQ(traffic.first_position(kNow, kNow), 0U);
    const auto sample = traffic.sample(kNow, kNow, 10);
    ASSERT_EQ(sample.buckets.size(), 1U);
    EXPECT_EQ(sample.buckets[0].bytes[0], 100U);
    EXPECT_EQ(sample.buckets[0].bytes[1], 5U);
}

}  // namespace
}  // namespace session_test
