// What a frame asks of a sheet: taking in what came, the rows in sight, the way back from a byte. A million reads of four connections unless it says otherwise.

#include "net/capture/item_bytes.h"
#include "net/capture/segment_items.h"
#include "net/capture/sheet_items.h"
#include "net/capture/sheet_rows.h"

#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <vector>

namespace {

using net::capture::ReadFilter;
using net::capture::ReadIndex;
using net::capture::ReadItems;
using net::capture::RecordFile;
using net::capture::SegmentItems;
using net::capture::SegmentMarks;
using net::capture::SegmentRecord;
using net::capture::SheetRows;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::FileId;

constexpr std::uint64_t kReads = 1'000'000;
constexpr std::uint64_t kReadsPerFrame = 200'000;
constexpr std::uint64_t kRowsInSight = 60;

const ReadIndex& million() {
    static const std::unique_ptr<const ReadIndex> index = [] {
        auto made = std::make_unique<ReadIndex>();
        std::mt19937_64 random(1);
        std::uint64_t connection = 1;
        for (std::uint64_t i = 0; i < kReads; ++i) {
            if (random() % 4 == 0) connection = 1 + random() % 4;
            made->append(net::channel::Recorded{
                .connection = ConnectionId{connection},
                .time_ns = static_cast<std::int64_t>(i * 1000),
                .offset = i * 1000,
                .size = static_cast<std::uint32_t>(1 + random() % 1000),
                .file = FileId{1},
                .direction = random() % 8 == 0 ? Direction::kSent : Direction::kReceived});
        }
        return made;
    }();
    return *index;
}

enum Kind : int { kApart, kMerged, kFiltered, kOneConnection };

ReadFilter filter_of(int kind) {
    ReadFilter filter;
    if (kind == kFiltered) filter.least_bytes = 500;
    if (kind == kOneConnection) filter.connections = {ConnectionId{1}};
    return filter;
}

// As a frame does it that opens a sheet late.
void advance(benchmark::State& state) {
    const ReadIndex& index = million();
    const int kind = static_cast<int>(state.range(0));
    std::int64_t reads = 0;
    for (auto _ : state) {
        ReadItems list(index, filter_of(kind), {}, kind == kMerged);
        SheetRows rows(list, {.bytes_per_row = 16});
        benchmark::DoNotOptimize(rows.advance(kReadsPerFrame));
        reads += static_cast<std::int64_t>(kReadsPerFrame);
    }
    state.SetItemsProcessed(reads);
}
BENCHMARK(advance)
    ->Name("sheet/advance_200000")
    ->ArgName("kind")
    ->DenseRange(kApart, kOneConnection)
    ->Unit(benchmark::kMicrosecond);

void rows_in_sight(benchmark::State& state) {
    const ReadIndex& index = million();
    const int kind = static_cast<int>(state.range(0));
    ReadItems list(index, filter_of(kind), {}, kind == kMerged);
    SheetRows rows(list, {.bytes_per_row = 16, .has_heading_rows = true});
    while (!rows.advance(UINT64_MAX)) {
    }
    std::mt19937_64 random(2);
    for (auto _ : state) {
        const std::uint64_t first = random() % (rows.row_count() - kRowsInSight);
        std::uint64_t item = UINT64_MAX;
        for (std::uint64_t r = first; r < first + kRowsInSight; ++r) {
            const SheetRows::Row row = rows.row(r);
            if (row.item != item) benchmark::DoNotOptimize(list.item(row.item));
            item = row.item;
        }
    }
}
BENCHMARK(rows_in_sight)
    ->Name("sheet/60_rows_anywhere")
    ->ArgName("kind")
    ->DenseRange(kApart, kOneConnection)
    ->Unit(benchmark::kMicrosecond);

void find(benchmark::State& state) {
    const ReadIndex& index = million();
    const int kind = static_cast<int>(state.range(0));
    ReadItems list(index, filter_of(kind), {}, kind == kMerged);
    SheetRows rows(list, {.bytes_per_row = 16});
    while (!rows.advance(UINT64_MAX)) {
    }
    std::mt19937_64 random(2);
    for (auto _ : state) {
        const std::uint64_t item = list.find({.position = random() % kReads, .offset = 0});
        benchmark::DoNotOptimize(rows.row_of(std::min(item, list.size() - 1), 100));
    }
}
BENCHMARK(find)->Name("sheet/row_of_a_byte")->ArgName("kind")->DenseRange(kApart, kOneConnection);

// Ten messages a read.
struct Segments {
    std::unique_ptr<RecordFile<SegmentRecord>> records;
    std::unique_ptr<SegmentMarks> marks;
};
const Segments& segments() {
    static const Segments made = [] {
        const std::string directory = std::filesystem::temp_directory_path();
        net::channel::Failure failure;
        Segments segments{.records = RecordFile<SegmentRecord>::create(directory, failure),
                          .marks = SegmentMarks::create(directory, failure)};
        if (!segments.records || !segments.marks) std::abort();
        std::vector<SegmentRecord> some;
        for (std::uint64_t position = 0; position < kReads; ++position) {
            const std::uint32_t bytes = million().entry(position).size();
            segments.marks->at_read(position, segments.records->size() + some.size());
            for (std::uint32_t at = 0; at < bytes; at += (bytes + 9) / 10)
                some.emplace_back(static_cast<std::uint32_t>(position), at,
                                  std::min((bytes + 9) / 10, bytes - at),
                                  net::bytes::FrameStatus::kWhole);
            if (some.size() < 100'000 && position + 1 < kReads) continue;
            if (!segments.records->append(some)) std::abort();
            some.clear();
        }
        return segments;
    }();
    return made;
}

void find_message(benchmark::State& state) {
    SegmentItems list(million(), *segments().records, segments().marks.get(), {}, {});
    list.advance(UINT64_MAX);
    std::mt19937_64 random(2);
    for (auto _ : state)
        benchmark::DoNotOptimize(list.find({.position = random() % kReads, .offset = 0}));
}
BENCHMARK(find_message)->Name("sheet/message_of_a_byte")->Unit(benchmark::kMicrosecond);

void messages_in_sight(benchmark::State& state) {
    SegmentItems list(million(), *segments().records, segments().marks.get(), {}, {});
    SheetRows rows(list, {.is_one_row_an_item = true});
    rows.advance(UINT64_MAX);
    std::mt19937_64 random(2);
    for (auto _ : state) {
        const std::uint64_t first = random() % (rows.row_count() - kRowsInSight);
        for (std::uint64_t r = first; r < first + kRowsInSight; ++r) {
            const SheetRows::Row row = rows.row(r);
            benchmark::DoNotOptimize(list.item(row.item));
        }
    }
}
BENCHMARK(messages_in_sight)->Name("sheet/60_messages_anywhere")->Unit(benchmark::kMicrosecond);

void advance_messages(benchmark::State& state) {
    std::int64_t messages = 0;
    for (auto _ : state) {
        SegmentItems list(million(), *segments().records, segments().marks.get(),
                          filter_of(static_cast<int>(state.range(0))), {});
        SheetRows rows(list, {.bytes_per_row = 16});
        benchmark::DoNotOptimize(rows.advance(kReadsPerFrame));
        messages += static_cast<std::int64_t>(kReadsPerFrame);
    }
    state.SetItemsProcessed(messages);
}
BENCHMARK(advance_messages)
    ->Name("sheet/advance_200000_messages")
    ->ArgName("kind")
    ->Arg(kApart)
    ->Arg(kFiltered)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
