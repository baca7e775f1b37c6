// Matches of random patterns in random captures are those of a slow model, wherever the streams were cut; never across connections, directions or gaps; within bounds.
#include "net/capture/stream_search.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <memory>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/search_model.h"

namespace {

using namespace net::capture;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::Recorded;
using net::channel::StreamGap;
using tests::FoundSpan;
using tests::RandomPatterns;
using tests::slow_matches;
using tests::SlowPattern;
using tests::Stream;

// Reads of several streams whose bytes are kept here, a search that is fed with them, and what it found by stream.
class Capture {
  public:
    void read(std::uint64_t connection, Direction direction, const Stream& bytes) {
        index.append(Recorded{.connection = ConnectionId{connection},
                              .size = static_cast<std::uint32_t>(bytes.size()),
                              .direction = direction});
        reads.push_back(bytes);
    }
    void gap(std::uint64_t connection, Direction direction) {
        index.append(
            StreamGap{.connection = ConnectionId{connection}, .bytes = 7, .direction = direction});
        reads.emplace_back();
    }

    ReadIndex index;
    std::vector<Stream> reads;
};

struct Part {
    Stream bytes;
    std::vector<std::uint64_t> positions;  // of the read of each byte
    std::vector<std::uint32_t> in_read;
};

// The streams, each from one gap to the next.
std::vector<Part> parts_of(const Capture& capture) {
    std::vector<Part> parts;
    std::map<std::pair<std::uint32_t, Direction>, std::size_t> open;
    for (std::uint64_t i = 0; i < capture.reads.size(); ++i) {
        const ReadEntry& entry = capture.index.entry(i);
        const auto key = std::pair{entry.connection_slot, entry.direction()};
        if (entry.is_gap() || !open.contains(key)) {
            open[key] = parts.size();
            parts.emplace_back();
        }
        Part& part = parts[open[key]];
        for (std::uint32_t k = 0; k < capture.reads[i].size(); ++k) {
            part.bytes.push_back(capture.reads[i][k]);
            part.positions.push_back(i);
            part.in_read.push_back(k);
        }
    }
    return parts;
}

class StreamSearching : public ::testing::Test {
  protected:
    tests::TemporaryDirectory directory;
    StreamSearchLimits limits;
    std::uint64_t most_stored = kMostStoredMatches;
    std::uint64_t forgotten = 0;
    std::size_t most_memory = 0;

    std::shared_ptr<const StreamPattern> compiled(const BytePattern& pattern) {
        net::bytes::ParseError error;
        auto made = StreamPattern::compile(pattern, error);
        EXPECT_NE(made, nullptr) << pattern.text << ": " << error.message;
        return made;
    }

    // Every `publish_after` reads what was found is published; pieces of a read are fed one after the other where `piece_bytes` is not 0.
    std::unique_ptr<MatchStore> search(const std::shared_ptr<const StreamPattern>& pattern,
                                       const Capture& capture,
                                       std::size_t publish_after = 3,
                                       std::size_t piece_bytes = 0) {
        net::channel::Failure failure;
        auto matches = MatchStore::create(directory.path("state"), failure, most_stored);
        EXPECT_NE(matches, nullptr) << failure.message;
        StreamSearch streams(pattern, capture.index, *matches, limits);
        for (std::uint64_t i = 0; i < capture.reads.size(); ++i) {
            const ReadEntry& entry = capture.index.entry(i);
            const std::span<const std::uint8_t> bytes{capture.reads[i]};
            if (entry.is_gap()) {
                streams.cut(entry);
            } else if (piece_bytes == 0) {
                streams.feed(i, entry, 0, bytes);
            } else {
                for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
                    streams.feed(i, entry, static_cast<std::uint32_t>(at),
                                 bytes.subspan(at, std::min(piece_bytes, bytes.size() - at)));
            }
            most_memory = std::max(most_memory, streams.memory_bytes());
            if (i % publish_after == 0) {
                EXPECT_EQ(matches->publish(i + 1), 0);
            }
        }
        EXPECT_EQ(matches->publish(capture.reads.size()), 0);
        forgotten = streams.forgotten();
        return matches;
    }

    static std::vector<MatchRecord> all_of(const MatchStore& matches) {
        std::vector<MatchRecord> records(static_cast<std::size_t>(matches.stored()));
        EXPECT_EQ(matches.read(0, records), records.size());
        return records;
    }

    // Against the model: the same matches, in order within each stream; the reads that have a part of one.
    static void expect_the_model(const SlowPattern& slow,
                                 const Capture& capture,
                                 const MatchStore& matches) {
        std::vector<MatchRecord> expected;
        std::vector<bool> has_part(capture.reads.size());
        for (const Part& part : parts_of(capture)) {
            for (const FoundSpan span : slow_matches(slow.matcher, part.bytes)) {
                expected.push_back(
                    {.position = static_cast<std::uint32_t>(part.positions[span.from]),
                     .offset_in_read = part.in_read[span.from],
                     .bytes = static_cast<std::uint32_t>(span.to - span.from),
                     .end_position = static_cast<std::uint32_t>(part.positions[span.to - 1])});
                for (std::size_t i = span.from; i < span.to; ++i)
                    has_part[part.positions[i]] = true;
            }
        }
        std::vector<MatchRecord> found = all_of(matches);
        const auto words = [](std::vector<MatchRecord>& records) {
            std::sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
                return std::pair{a.position, a.offset_in_read} <
                       std::pair{b.position, b.offset_in_read};
            });
            std::string text;
            for (const MatchRecord& one : records)
                text += std::to_string(one.position) + "+" + std::to_string(one.offset_in_read) +
                        ":" + std::to_string(one.bytes) + "-" + std::to_string(one.end_position) +
                        " ";
            return text;
        };
        EXPECT_EQ(words(found), words(expected)) << slow.pattern.text;
        EXPECT_EQ(matches.counted(), expected.size());
        for (std::uint64_t i = 0; i < capture.reads.size(); ++i)
            ASSERT_EQ(matches.reads().has(i), has_part[i]) << slow.pattern.text << ", read " << i;
    }
};

void make_capture(RandomPatterns& random, Capture& capture) {
    const std::uint32_t connections = random.below(3) + 1;
    const std::uint32_t most = random.below(2) == 0 ? 3 : 20;
    for (std::uint32_t i = random.below(60); i-- > 0;) {
        const std::uint64_t connection = random.below(connections) + 1;
        const Direction direction = random.below(2) == 0 ? Direction::kReceived : Direction::kSent;
        if (random.below(25) == 0) {
            capture.gap(connection, direction);
        } else {
            capture.read(connection, direction, random.stream(random.below(most)));
        }
    }
}

TEST_F(StreamSearching, FindsWhatASlowModelFindsInRandomCaptures) {
    constexpr std::uint32_t kSeeds = 240;
    std::uint32_t without_begins = 0;
    std::uint64_t found = 0;
    for (std::uint32_t seed = 0; seed < kSeeds && !HasFailure(); ++seed) {
        RandomPatterns random(seed);
        const SlowPattern slow = seed % 3 == 0   ? random.text()
                                 : seed % 3 == 1 ? random.hex()
                                                 : random.regex();
        Capture capture;
        make_capture(random, capture);
        const auto pattern = compiled(slow.pattern);
        ASSERT_NE(pattern, nullptr) << seed;
        if (!pattern->knows_begins()) {
            ++without_begins;
            continue;
        }
        SCOPED_TRACE("seed " + std::to_string(seed));
        limits = random.below(3) == 0 ? StreamSearchLimits{.state_bytes = 1} : StreamSearchLimits{};
        const auto matches = search(pattern, capture, random.below(10) + 1, random.below(4));
        expect_the_model(slow, capture, *matches);
        EXPECT_EQ(forgotten, 0U);
        found += matches->counted();
    }
    EXPECT_LT(without_begins, kSeeds / 50);
    EXPECT_GT(found, kSeeds);
}

TEST_F(StreamSearching, ACutAtAnyByteChangesNothing) {
    RandomPatterns random(7);
    for (int i = 0; i < 40; ++i) {
        const SlowPattern slow = i % 3 == 0   ? random.text()
                                 : i % 3 == 1 ? random.hex()
                                              : random.regex();
        const auto pattern = compiled(slow.pattern);
        if (!pattern->knows_begins()) continue;
        const Stream bytes = random.stream(40);
        for (std::size_t cut = 0; cut <= bytes.size() && !HasFailure(); ++cut) {
            Capture capture;
            const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(cut);
            capture.read(1, Direction::kReceived, Stream(bytes.begin(), middle));
            capture.read(1, Direction::kReceived, Stream(middle, bytes.end()));
            expect_the_model(slow, capture, *search(pattern, capture));
        }
    }
}

TEST_F(StreamSearching, AMatchSpansReadsButNeitherConnectionsNorDirectionsNorGaps) {
    Capture capture;
    const Stream he{'h', 'e'};
    const Stream llo{'l', 'l', 'o'};
    capture.read(1, Direction::kReceived, he);
    capture.read(2, Direction::kReceived, llo);
    capture.read(1, Direction::kSent, llo);
    capture.read(1, Direction::kReceived, llo);  // only with the first
    capture.read(3, Direction::kReceived, he);
    capture.gap(3, Direction::kReceived);
    capture.read(3, Direction::kReceived, llo);
    for (const auto kind : {PatternKind::kText, PatternKind::kRegex}) {
        const auto matches = search(compiled({.kind = kind, .text = "hello"}), capture);
        const auto found = all_of(*matches);
        ASSERT_EQ(found.size(), 1U);
        EXPECT_EQ(found[0].position, 0U);
        EXPECT_EQ(found[0].end_position, 3U);
        EXPECT_EQ(found[0].bytes, 5U);
    }
}

TEST_F(StreamSearching, AMatchThatBeganAThousandReadsAgoBeginsThere) {
    Capture capture;
    capture.read(1, Direction::kReceived, {'x', '<'});
    for (int i = 0; i < 1000; ++i) {
        capture.read(2, Direction::kReceived, {'<'});
        capture.read(1, Direction::kReceived, {'a'});
    }
    capture.read(1, Direction::kReceived, {'>'});
    const auto found =
        all_of(*search(compiled({.kind = PatternKind::kRegex, .text = "<[^<>]*>"}), capture));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].position, 0U);
    EXPECT_EQ(found[0].offset_in_read, 1U);
    EXPECT_EQ(found[0].bytes, 1002U);
    EXPECT_EQ(found[0].end_position, 2001U);
}

TEST_F(StreamSearching, WhatMatchesEverythingIsCountedAndKeptWithinBounds) {
    most_stored = 10'000;
    Capture capture;
    for (std::uint64_t i = 0; i < 64; ++i)
        capture.read(i % 4 + 1, Direction::kReceived, Stream(16'384, 'x'));
    const auto matches = search(compiled({.kind = PatternKind::kHex, .text = "??"}), capture);
    EXPECT_EQ(matches->counted(), 64U * 16'384);
    EXPECT_EQ(matches->stored(), most_stored);
    EXPECT_LT(most_memory, 64U * 1024);
    const auto one = search(compiled({.kind = PatternKind::kRegex, .text = "(?s).+"}), capture);
    EXPECT_EQ(one->counted(), 4U) << "each stream is one match";
    EXPECT_EQ(all_of(*one)[0].bytes, 16U * 16'384);
}

TEST_F(StreamSearching, TenThousandConnectionsStayWithinTheBoundsOfTheirStates) {
    constexpr std::uint64_t kConnections = 10'000;
    Capture capture;
    for (const char half : {'a', 'b'})
        for (std::uint64_t i = 1; i <= kConnections; ++i)
            capture.read(i, Direction::kReceived, {'x', static_cast<std::uint8_t>(half)});
    // All of them are ready, or compressed; nothing is forgotten.
    const auto pattern = compiled({.kind = PatternKind::kRegex, .text = "a[xyz]{1,5}b"});
    limits.state_bytes = 256 * 1024;
    const auto all = search(pattern, capture, 1000);
    EXPECT_EQ(all->counted(), kConnections);
    EXPECT_EQ(forgotten, 0U);
    // Neither fits: what is found no more is told.
    limits = {.state_bytes = 64 * 1024, .compressed_bytes = 64 * 1024};
    most_memory = 0;
    const auto some = search(pattern, capture, 1000);
    EXPECT_LT(some->counted(), kConnections);
    EXPECT_EQ(forgotten + some->counted(), kConnections);
    EXPECT_LT(most_memory, 2 * 64 * 1024 + 2 * 20'000 * 8 * 2);
}

}  // namespace
