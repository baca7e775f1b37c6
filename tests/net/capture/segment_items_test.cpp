// Messages as a sheet against a model: found in any order of streams, of any length, pending or not, filtered or not; and from any byte back to its message.

#include "net/capture/segment_items.h"

#include "net/capture/sheet_rows.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <optional>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/sheet_model.h"

namespace {

using net::bytes::FrameStatus;
using net::capture::BytePlace;
using net::capture::ReadFilter;
using net::capture::RecordFile;
using net::capture::RowShape;
using net::capture::SegmentItems;
using net::capture::SegmentMarks;
using net::capture::SegmentRecord;
using net::capture::SheetRows;
using net::channel::ConnectionId;
using net::channel::Direction;
using tests::ModelItem;
using tests::Traffic;

// Splits streams at random places as a job would: a record is added at the read in which the message is known to end, which may be one that comes later.
class Splitter {
  public:
    Splitter(Traffic& traffic, const std::string& directory, std::uint64_t most_message_bytes)
        : traffic_(traffic),
          most_message_bytes_(most_message_bytes) {
        net::channel::Failure failure;
        records_ = RecordFile<SegmentRecord>::create(directory, failure);
        marks_ = SegmentMarks::create(directory, failure);
    }

    void walk() {
        std::vector<SegmentRecord> added;
        for (; walked_ < traffic_.reads().size(); ++walked_) {
            marks_->at_read(walked_, records_->size() + added.size());
            feed(walked_, added);
        }
        ASSERT_TRUE(records_->append(added));
        pending_.clear();
        for (auto& [key, stream] : streams_) {
            if (stream.bytes > 0)
                pending_.push_back(record(stream, stream.bytes, FrameStatus::kIncomplete));
        }
    }

    // Of all connections, in the order of the records, and then what is pending.
    [[nodiscard]] std::vector<ModelItem> items(const ReadFilter& filter) {
        std::vector<ModelItem> items;
        const auto add = [&](const SegmentRecord& segment) {
            const Traffic::Read& read = traffic_.reads()[segment.position()];
            if (!tests::passes(filter, read, segment.bytes())) return;
            items.push_back(
                {.item = {.begin = {.position = segment.position(),
                                    .offset = segment.offset_in_read()},
                          .bytes = segment.bytes(),
                          .connection = ConnectionId{read.connection},
                          .direction = read.direction,
                          .time_ns = read.time_ns,
                          .stream_offset = read.stream_offset + segment.offset_in_read(),
                          .is_gap = read.is_gap,
                          .gap_bytes = read.gap_bytes,
                          .status = segment.status(),
                          .header_bytes = segment.header_bytes(),
                          .trailer_bytes = segment.trailer_bytes()},
                 .positions = {}});
        };
        std::vector<SegmentRecord> all(static_cast<std::size_t>(records_->size()));
        EXPECT_EQ(records_->read(0, all), all.size());
        std::for_each(all.begin(), all.end(), add);
        std::sort(pending_.begin(), pending_.end(), [](const auto& a, const auto& b) {
            return std::pair{a.position(), a.offset_in_read()} <
                   std::pair{b.position(), b.offset_in_read()};
        });
        std::for_each(pending_.begin(), pending_.end(), add);
        return items;
    }

    [[nodiscard]] const RecordFile<SegmentRecord>& records() const { return *records_; }
    [[nodiscard]] const SegmentMarks& marks() const { return *marks_; }
    [[nodiscard]] const std::vector<SegmentRecord>& pending() const { return pending_; }

  private:
    struct Stream {
        BytePlace begin;
        std::uint64_t bytes = 0;
        std::uint64_t wanted = 0;
        std::optional<SegmentRecord> held;  // has ended, but that is not known yet
    };

    [[nodiscard]] SegmentRecord record(const Stream& stream,
                                       std::uint64_t bytes,
                                       FrameStatus status) const {
        return {static_cast<std::uint32_t>(stream.begin.position),
                stream.begin.offset,
                bytes,
                status,
                static_cast<std::uint32_t>(bytes % 5),
                static_cast<std::uint32_t>(bytes % 3)};
    }

    void feed(std::uint64_t position, std::vector<SegmentRecord>& added) {
        const Traffic::Read& read = traffic_.reads()[position];
        Stream& stream = streams_[{read.connection, read.direction}];
        if (stream.held) added.push_back(*stream.held);
        stream.held.reset();
        if (read.is_gap) {
            if (stream.bytes > 0)
                added.push_back(record(stream, stream.bytes, FrameStatus::kCutByGap));
            stream.bytes = 0;
            added.emplace_back(static_cast<std::uint32_t>(position), 0U, 0U,
                               FrameStatus::kCutByGap);
            return;
        }
        for (std::uint64_t at = 0; at < read.bytes;) {
            if (stream.bytes == 0) {
                stream.begin = {.position = position, .offset = static_cast<std::uint32_t>(at)};
                stream.wanted = 1 + traffic_.random()() % most_message_bytes_;
            }
            const std::uint64_t take = std::min(read.bytes - at, stream.wanted - stream.bytes);
            at += take;
            stream.bytes += take;
            if (stream.bytes < stream.wanted) continue;
            const SegmentRecord whole = record(stream, stream.bytes, FrameStatus::kWhole);
            stream.bytes = 0;
            if (at == read.bytes && traffic_.random()() % 4 == 0) {
                stream.held = whole;
            } else {
                added.push_back(whole);
            }
        }
    }

    Traffic& traffic_;
    const std::uint64_t most_message_bytes_;
    std::unique_ptr<RecordFile<SegmentRecord>> records_;
    std::unique_ptr<SegmentMarks> marks_;
    std::map<std::pair<std::uint64_t, Direction>, Stream> streams_;
    std::vector<SegmentRecord> pending_;
    std::uint64_t walked_ = 0;
};

// Of every byte that is looked at: the item that holds it, found the slow way.
void expect_finds(const SegmentItems& list,
                  const Traffic& traffic,
                  const std::vector<ModelItem>& items,
                  std::mt19937_64& random) {
    for (int i = 0; i < 400; ++i) {
        const std::uint64_t position = random() % traffic.reads().size();
        const Traffic::Read& read = traffic.reads()[position];
        if (read.bytes == 0) continue;
        const auto offset = static_cast<std::uint32_t>(random() % read.bytes);
        const auto holds = [&](const ModelItem& model) {
            return model.item.connection == ConnectionId{read.connection} &&
                   model.item.direction == read.direction &&
                   read.stream_offset + offset - model.item.stream_offset < model.item.bytes;
        };
        const auto found = std::find_if(items.begin(), items.end(), holds);
        const std::uint64_t k = list.find({.position = position, .offset = offset});
        if (found == items.end()) {
            ASSERT_LE(k, items.size()) << "it is filtered out, or held back";
        } else {
            ASSERT_EQ(k, static_cast<std::uint64_t>(found - items.begin()))
                << position << '+' << offset;
        }
    }
}

TEST(SegmentItems, AgreeWithTheModelWhateverIsShown) {
    const tests::TemporaryDirectory directory;
    for (std::uint64_t seed = 1; seed <= 24; ++seed) {
        SCOPED_TRACE(seed);
        Traffic traffic({.connections = 1 + seed % 9, .gap_in = seed % 3 == 0 ? 0U : 30U}, seed);
        std::mt19937_64& random = traffic.random();
        Splitter splitter(traffic, directory.path(""), seed % 5 == 0 ? 5000 : 500);
        const RowShape shape{.bytes_per_row = static_cast<std::uint32_t>(8 + random() % 20),
                             .has_heading_rows = random() % 2 == 0,
                             .is_one_row_an_item = random() % 3 == 0};
        const bool is_filtered = seed % 2 == 0;
        traffic.add(300);
        const ReadFilter filter = is_filtered ? random_filter(traffic, random) : ReadFilter{};
        SegmentItems list(traffic.index(), splitter.records(),
                          seed % 4 == 3 ? nullptr : &splitter.marks(), filter,
                          Traffic::endpoint_of);
        SheetRows rows(list, shape);
        for (int round = 0; round < 3; ++round) {
            splitter.walk();
            list.set_pending(splitter.records().size(), splitter.pending());
            while (!rows.advance(1 + random() % 100)) {
            }
            const std::vector<ModelItem> items = splitter.items(filter);
            expect_rows(list, rows, items);
            if (HasFatalFailure()) return;
            expect_finds(list, traffic, items, random);
            if (HasFatalFailure()) return;
            traffic.add(static_cast<int>(random() % 700));
        }
    }
}

TEST(SegmentItems, FindAMessageAmongMillionsByItsStreamsReads) {
    const tests::TemporaryDirectory directory;
    // One connection whose messages are large beside others whose are small.
    Traffic traffic({.connections = 40, .most_bytes = 400, .gap_in = 0}, 5);
    traffic.add(100'000);
    Splitter splitter(traffic, directory.path(""), 40);
    splitter.walk();
    SegmentItems list(traffic.index(), splitter.records(), &splitter.marks(), {}, {});
    list.set_pending(splitter.records().size(), splitter.pending());
    EXPECT_TRUE(list.advance(1));
    ASSERT_GT(list.size(), 500'000U);
    for (int i = 0; i < 2000; ++i) {
        const std::uint64_t k = traffic.random()() % list.size();
        const net::capture::Item item = list.item(k);
        ASSERT_EQ(list.find(item.begin), k);
    }
}

TEST(SegmentItems, APendingMessageIsNeverShownBesideItself) {
    const tests::TemporaryDirectory directory;
    Traffic traffic({.connections = 1, .gap_in = 0}, 5);
    traffic.add(10);
    net::channel::Failure failure;
    const auto records = RecordFile<SegmentRecord>::create(directory.path(""), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    const SegmentRecord first(0, 0, 10, FrameStatus::kWhole);
    const SegmentRecord begun(1, 0, 5, FrameStatus::kIncomplete);
    const SegmentRecord ended(1, 0, 9, FrameStatus::kWhole);
    ASSERT_TRUE(records->append({&first, 1}));
    SegmentItems list(traffic.index(), *records, nullptr, {}, {});
    list.advance(10);
    EXPECT_EQ(list.size(), 1U) << "nothing was said of pending ones";

    list.set_pending(1, {begun});
    list.advance(10);
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list.stable_size(), 1U);
    EXPECT_EQ(list.item(1).status, FrameStatus::kIncomplete);

    ASSERT_TRUE(records->append({&ended, 1}));
    list.advance(10);
    ASSERT_EQ(list.size(), 2U) << "as of the time of what is pending";
    EXPECT_EQ(list.item(1).status, FrameStatus::kIncomplete);
    list.set_pending(2, {});
    list.advance(10);
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list.item(1).status, FrameStatus::kWhole);

    const std::vector<SegmentRecord> many(10'000, ended);
    ASSERT_TRUE(records->append(many));
    list.advance(10);
    EXPECT_EQ(list.size(), 10'002U) << "what is pending is out of date, the records are not";
}

// A match somewhere in its stream.
struct ModelMatch {
    ConnectionId connection{};
    Direction direction{};
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

// Matches that end in some of the reads, many of which begin in earlier ones.
std::vector<ModelMatch> add_matches(Traffic& traffic, net::capture::MatchStore& matches) {
    std::vector<ModelMatch> added;
    for (std::uint32_t position = 0; position < traffic.reads().size(); ++position) {
        const Traffic::Read& read = traffic.reads()[position];
        if (read.bytes == 0 || traffic.random()() % 4 != 0) continue;
        const std::uint64_t end = read.stream_offset + 1 + traffic.random()() % read.bytes;
        const std::uint64_t begin = end - std::min<std::uint64_t>(end, 1 + traffic.random()() % 90);
        net::capture::MatchRecord record{.bytes = static_cast<std::uint32_t>(end - begin),
                                         .end_position = position};
        for (std::uint32_t other = 0; other <= position; ++other) {
            const Traffic::Read& piece = traffic.reads()[other];
            if (piece.connection != read.connection || piece.direction != read.direction ||
                piece.stream_offset >= end || piece.stream_offset + piece.bytes <= begin)
                continue;
            matches.mark(other);
            if (piece.stream_offset > begin) continue;
            record.position = other;
            record.offset_in_read = static_cast<std::uint32_t>(begin - piece.stream_offset);
        }
        matches.add(record);
        added.push_back({.connection = ConnectionId{read.connection},
                         .direction = read.direction,
                         .begin = begin,
                         .end = end});
    }
    return added;
}

bool is_inside(const ModelMatch& match, const net::capture::Item& item) {
    return match.connection == item.connection && match.direction == item.direction &&
           match.begin >= item.stream_offset && match.end <= item.stream_offset + item.bytes;
}

TEST(SegmentItems, ByContentThoseAreShownInWhichAMatchLiesWhole) {
    const tests::TemporaryDirectory directory;
    net::channel::Failure failure;
    const std::shared_ptr<net::capture::MatchStore> matches =
        net::capture::MatchStore::create(directory.path(""), failure);
    ASSERT_NE(matches, nullptr) << failure.message;
    Traffic traffic({.connections = 3, .gap_in = 0}, 8);
    traffic.add(600);
    Splitter splitter(traffic, directory.path(""), 300);
    splitter.walk();
    ReadFilter filter;
    filter.matches = matches;
    SegmentItems list(traffic.index(), splitter.records(), &splitter.marks(), filter, {});
    list.set_pending(splitter.records().size(), splitter.pending());
    EXPECT_TRUE(list.advance(UINT64_MAX)) << "waiting for the search is no reason to draw";
    EXPECT_EQ(list.size(), 0U);

    const std::vector<ModelMatch> added = add_matches(traffic, *matches);
    ASSERT_EQ(matches->publish(600), 0);
    while (!list.advance(50)) {
    }
    std::vector<std::string> expected;
    std::size_t only_touched = 0;
    for (const ModelItem& model : splitter.items({})) {
        const auto touches = [&](const ModelMatch& match) {
            return match.connection == model.item.connection &&
                   match.direction == model.item.direction &&
                   match.begin < model.item.stream_offset + model.item.bytes &&
                   match.end > model.item.stream_offset;
        };
        if (std::any_of(added.begin(), added.end(),
                        [&](const ModelMatch& match) { return is_inside(match, model.item); }))
            expected.push_back(tests::to_line(model.item));
        else if (std::any_of(added.begin(), added.end(), touches))
            ++only_touched;
    }
    std::vector<std::string> shown;
    for (std::uint64_t k = 0; k < list.size(); ++k)
        shown.push_back(tests::to_line(list.item(k)));
    EXPECT_EQ(shown, expected);
    EXPECT_GT(shown.size(), 20U);
    EXPECT_GT(only_touched, 5U) << "else this does not ask what it should";
}

// Messages of one large read full of matches: for each many have to be looked at.
TEST(SegmentItems, ACallThatHasToLookAtManyMatchesTakesInFewerRecords) {
    constexpr std::uint32_t kMessages = 500;
    constexpr std::uint32_t kBytes = 8;
    const tests::TemporaryDirectory directory;
    net::channel::Failure failure;
    const std::shared_ptr<net::capture::MatchStore> matches =
        net::capture::MatchStore::create(directory.path(""), failure);
    ASSERT_NE(matches, nullptr) << failure.message;
    net::capture::ReadIndex index;
    index.append(net::channel::Recorded{.connection = ConnectionId{1},
                                        .size = kMessages * kBytes,
                                        .file = net::channel::FileId{1},
                                        .direction = Direction::kReceived});
    for (std::uint32_t offset = 0; offset < kMessages * kBytes; offset += 2)
        matches->add({.position = 0, .offset_in_read = offset, .bytes = 1, .end_position = 0});
    matches->mark(0);
    ASSERT_EQ(matches->publish(1), 0);
    const auto records = RecordFile<SegmentRecord>::create(directory.path(""), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    for (std::uint32_t i = 0; i < kMessages; ++i) {
        const SegmentRecord one(0, i * kBytes, kBytes, FrameStatus::kWhole);
        ASSERT_TRUE(records->append({&one, 1}));
    }
    ReadFilter filter;
    filter.matches = matches;
    SegmentItems list(index, *records, nullptr, filter, {});
    EXPECT_FALSE(list.advance(1000));
    EXPECT_GT(list.size(), 0U);
    EXPECT_LT(list.size(), 32U);
    std::uint64_t size = list.size();
    while (!list.advance(1000)) {
        EXPECT_GT(list.size(), size) << "each call gets on";
        size = list.size();
    }
    EXPECT_EQ(list.size(), kMessages);
}

TEST(SegmentItems, OfMatchesThatAreOnlyCountedThoseAreShownWhoseReadsHaveOne) {
    const tests::TemporaryDirectory directory;
    net::channel::Failure failure;
    const std::shared_ptr<net::capture::MatchStore> matches =
        net::capture::MatchStore::create(directory.path(""), failure, 1);
    ASSERT_NE(matches, nullptr) << failure.message;
    Traffic traffic({.connections = 1, .gap_in = 0}, 5);
    traffic.add(3);
    const auto records = RecordFile<SegmentRecord>::create(directory.path(""), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    for (std::uint32_t position = 0; position < 3; ++position) {
        const SegmentRecord one(position, 0, traffic.reads()[position].bytes, FrameStatus::kWhole);
        ASSERT_TRUE(records->append({&one, 1}));
    }
    for (const std::uint32_t position : {0U, 2U}) {
        matches->add({.position = position, .bytes = 1, .end_position = position});
        matches->mark(position);
    }
    ASSERT_EQ(matches->publish(3), 0);
    ReadFilter filter;
    filter.matches = matches;
    SegmentItems list(traffic.index(), *records, nullptr, filter, {});
    EXPECT_TRUE(list.advance(UINT64_MAX));
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list.item(1).begin.position, 2U);
}

TEST(SegmentItems, RecordsThatNameNoReadAreEmptyItems) {
    const tests::TemporaryDirectory directory;
    net::capture::ReadIndex index;
    net::channel::Failure failure;
    const auto records = RecordFile<SegmentRecord>::create(directory.path(""), failure);
    ASSERT_NE(records, nullptr) << failure.message;
    const SegmentRecord wild(77, 3, 10, FrameStatus::kWhole);
    ASSERT_TRUE(records->append({&wild, 1}));
    SegmentItems list(index, *records, nullptr, {}, {});
    list.advance(10);
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list.item(0).bytes, 0U);
    EXPECT_EQ(list.find({.position = 77, .offset = 3}), 1U);
}

}  // namespace
