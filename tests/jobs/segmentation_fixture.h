// What tests of the segmentation share: a recorded run whose reads are in an index, and which streams they make up.
#pragma once

#include "app/jobs/segmentation.h"
#include "net/capture/index.h"

#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tests/jobs/recorded_run.h"
#include "tests/net/bytes/framing_fixture.h"

namespace jobs_test {

using app::jobs::PendingSegments;
using app::jobs::Segmentation;
using app::jobs::SegmentationSpec;
using app::jobs::Splitting;
using app::jobs::StreamChoice;
using app::jobs::StreamEnd;
using capture::SegmentRecord;
using net::bytes::FrameStatus;
using net::bytes::Framing;
using net::bytes::FramingKind;

// A record as a value that compares and prints.
struct Segment {
    std::uint32_t position = 0;
    std::uint32_t offset = 0;
    std::uint64_t bytes = 0;
    FrameStatus status = FrameStatus::kWhole;
    std::uint32_t header = 0;
    std::uint32_t trailer = 0;

    auto operator<=>(const Segment&) const = default;
};

inline Segment segment(const SegmentRecord& record) {
    return {.position = record.position(),
            .offset = record.offset_in_read(),
            .bytes = record.bytes(),
            .status = record.status(),
            .header = record.header_bytes(),
            .trailer = record.trailer_bytes()};
}

inline void PrintTo(const Segment& s, std::ostream* out) {
    *out << "{" << s.position << "/" << s.offset << ": " << s.header << "+" << s.bytes << "+"
         << s.trailer << " status " << static_cast<int>(s.status) << "}";
}

using Segments = std::vector<Segment>;

class SegmentationTest : public ::testing::Test {
  protected:
    using StreamKey = std::pair<std::uint64_t, Direction>;

    SegmentationTest() { run.endpoint(1, EndpointKind::kServer, "127.0.0.1:9000"); }

    void record(std::uint64_t connection,
                std::span<const std::uint8_t> bytes,
                Direction direction = Direction::kReceived) {
        direction == Direction::kReceived ? run.receive(connection, bytes)
                                          : run.send(connection, bytes);
        Stream& stream = streams[{connection, direction}];
        for (std::uint32_t i = 0; i < bytes.size(); ++i)
            stream.places.emplace_back(static_cast<std::uint32_t>(reads), i);
        stream.bytes.insert(stream.bytes.end(), bytes.begin(), bytes.end());
        ++reads;
    }
    void record(std::uint64_t connection,
                std::string_view text,
                Direction direction = Direction::kReceived) {
        const framing_test::Bytes bytes = framing_test::bytes(text);
        record(connection, bytes, direction);
    }
    void gap(std::uint64_t connection, std::uint64_t bytes) {
        run.events.emplace_back(channel::StreamGap{
            .connection = ConnectionId{connection}, .time_ns = kNow, .bytes = bytes});
        ++reads;
    }
    // What was recorded is on the disk and in the index.
    void tell() {
        (void)run.mark();
        for (; told < run.events.size(); ++told) {
            if (const auto* read = std::get_if<channel::Recorded>(&run.events[told]))
                index.append(*read);
            if (const auto* missing = std::get_if<channel::StreamGap>(&run.events[told]))
                index.append(*missing);
        }
        ASSERT_EQ(index.size(), reads);
    }

    SegmentationSpec spec(const Splitting& splitting,
                          std::initializer_list<std::uint64_t> connections) {
        SegmentationSpec made{.splittings = {splitting}, .reads = index.size()};
        for (const std::uint64_t connection : connections)
            made.streams.push_back({.connection = ConnectionId{connection}});
        return made;
    }
    static Framing lines(std::string_view end = "\n") {
        Framing framing;
        framing.kind = FramingKind::kDelimiter;
        framing.delimiters = {framing_test::bytes(end)};
        return framing;
    }

    void settle(Segmentation& job) {
        EXPECT_TRUE(frame.wait_until([&] {
            job.poll();
            return job.is_up_to_date();
        })) << job.trouble();
    }
    static Segments segments(const Segmentation& job) {
        std::vector<SegmentRecord> records(job.segments()->size());
        EXPECT_EQ(job.segments()->read(0, records), records.size());
        Segments found;
        for (const SegmentRecord& record : records)
            found.push_back(segment(record));
        return found;
    }
    static Segments pending(const Segmentation& job) {
        Segments found;
        for (const SegmentRecord& record : job.pending().records)
            found.push_back(segment(record));
        return found;
    }
    // Those of one stream, in order.
    [[nodiscard]] Segments of_stream(const Segments& all, const StreamKey& key) const {
        Segments found;
        for (const Segment& s : all) {
            const capture::PlacedRead read = index.at(s.position);
            if (channel::number(read.connection) == key.first &&
                read.entry.direction() == key.second) {
                found.push_back(s);
            }
        }
        return found;
    }
    // What the model of framing says of a stream, frames and what is pending.
    [[nodiscard]] std::pair<Segments, Segments> model(const Framing& framing,
                                                      const StreamKey& key) const {
        const Stream& stream = streams.at(key);
        const framing_test::Framed framed = framing_test::model(framing, stream.bytes);
        std::uint64_t begin = 0;
        const auto placed = [&](const net::bytes::Frame& f) {
            const auto [position, offset] = stream.places.at(begin);
            begin += f.bytes;
            return Segment{position, offset, f.bytes, f.status, f.header_bytes, f.trailer_bytes};
        };
        std::pair<Segments, Segments> wanted;
        for (const net::bytes::Frame& f : framed.frames)
            wanted.first.push_back(placed(f));
        if (framed.pending) wanted.second.push_back(placed(*framed.pending));
        return wanted;
    }

    struct Stream {
        framing_test::Bytes bytes;
        std::vector<std::pair<std::uint32_t, std::uint32_t>> places;  // of each byte
    };

    TemporaryFolder folder;
    std::string path = folder.file("run.pcapng");
    capture::FileTable files;
    capture::ReadIndex index;
    Frame frame;
    RecordedRun run{files, path};
    std::map<StreamKey, Stream> streams;
    std::uint64_t reads = 0;
    std::size_t told = 0;
};

}  // namespace jobs_test
