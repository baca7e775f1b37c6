// The index is walked by other threads while the frame thread appends to it.

#include "net/capture/index.h"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

using net::capture::ReadEntry;
using net::capture::ReadIndex;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::FileId;
using net::channel::Recorded;

// Everything about the i-th read follows from i, so that a reader knows what it must see.
Recorded read_number(std::uint64_t i, std::uint64_t connections) {
    return {.connection = ConnectionId{1 + i % connections},
            .time_ns = static_cast<std::int64_t>(i),
            .offset = i * 3,
            .size = static_cast<std::uint32_t>(i % 65'536),
            .file = FileId{1},
            .direction = i % 2 == 0 ? Direction::kReceived : Direction::kSent};
}

// Returns how many it has seen; the first wrong one ends it.
std::uint64_t walk(const ReadIndex& index, std::uint64_t reads, std::uint64_t connections) {
    std::uint64_t at = 0;
    while (at < reads) {
        const std::uint64_t size = index.published_size();
        if (size == at) std::this_thread::yield();
        for (; at < size; ++at) {
            const ReadEntry& entry = index.published_entry(at);
            const Recorded expected = read_number(at, connections);
            if (entry.time_ns != expected.time_ns || entry.offset() != expected.offset ||
                entry.size() != expected.size || entry.direction() != expected.direction ||
                index.connection_of_slot(entry.connection_slot) != expected.connection) {
                return at;
            }
        }
    }
    return at;
}

TEST(ReadIndexThreads, WalkWhatIsPublishedWhileItGrows) {
    constexpr std::uint64_t kReads = 200'000;  // a dozen blocks, four parts of their directory
    constexpr std::uint64_t kConnections = 5000;
    ReadIndex index;
    std::vector<std::uint64_t> seen(3);
    std::vector<std::thread> readers;
    for (std::uint64_t& count : seen)
        readers.emplace_back([&] { count = walk(index, kReads, kConnections); });
    for (std::uint64_t i = 0; i < kReads; ++i)
        index.append(read_number(i, kConnections));
    for (std::thread& reader : readers)
        reader.join();
    for (const std::uint64_t count : seen)
        EXPECT_EQ(count, kReads);
    EXPECT_EQ(index.published_size(), index.size());
}

}  // namespace
