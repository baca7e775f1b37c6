// The index against an obvious model that counts everything anew each time.

#include "net/capture/index.h"

#include <gtest/gtest.h>
#include <random>

namespace {

using net::capture::ReadIndex;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::FileId;
using net::channel::Recorded;
using net::channel::StreamGap;

Recorded read_of(std::uint64_t connection,
                 std::uint32_t size,
                 Direction direction,
                 std::uint64_t number) {
    return Recorded{.connection = ConnectionId{connection},
                    .time_ns = static_cast<std::int64_t>(number * 10),
                    .offset = net::capture::kMostEntryOffset - number,
                    .size = size,
                    .file = FileId{static_cast<std::uint32_t>((1U << 22U) - 1 - number % 65535)},
                    .direction = direction};
}

// All reads in a list.
class Model {
  public:
    // A gap is a read without a file.
    void append(const Recorded& read, std::uint64_t gap_bytes = 0) {
        reads_.push_back(read);
        gaps_.push_back(gap_bytes);
    }

    [[nodiscard]] std::vector<std::uint64_t> positions(std::uint64_t connection) const {
        std::vector<std::uint64_t> found;
        for (std::uint64_t i = 0; i < reads_.size(); ++i) {
            if (connection == 0 || number(reads_[i].connection) == connection) found.push_back(i);
        }
        return found;
    }
    [[nodiscard]] std::uint64_t stream_offset(std::uint64_t position) const {
        std::uint64_t bytes = 0;
        for (std::uint64_t i = 0; i < position; ++i) {
            if (reads_[i].connection == reads_[position].connection &&
                reads_[i].direction == reads_[position].direction) {
                bytes += reads_[i].size + gaps_[i];
            }
        }
        return bytes;
    }
    [[nodiscard]] const std::vector<Recorded>& reads() const { return reads_; }
    [[nodiscard]] const std::vector<std::uint64_t>& gaps() const { return gaps_; }

  private:
    std::vector<Recorded> reads_;
    std::vector<std::uint64_t> gaps_;
};

void fill(
    ReadIndex& index, Model& model, std::uint64_t seed, int reads, std::uint64_t connections) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < reads; ++i) {
        // A few connections have most of the reads, so that their arrays reach every size of block.
        const std::uint64_t connection = random() % 3 == 0 ? 1 : 1 + random() % connections;
        std::uint32_t size = static_cast<std::uint32_t>(random() % 100);
        if (random() % 50 == 0) size = 65495;
        Recorded read = read_of(connection * 1000, size,
                                random() % 2 == 0 ? Direction::kSent : Direction::kReceived,
                                static_cast<std::uint64_t>(i));
        if (random() % 20 == 0) {
            const StreamGap gap{.connection = read.connection,
                                .time_ns = read.time_ns,
                                .bytes = random() >> random() % 64U >> 16U,
                                .direction = read.direction};
            index.append(gap);
            read.size = 0;
            read.offset = 0;
            read.file = FileId::kNone;
            model.append(read, gap.bytes);
            continue;
        }
        index.append(read);
        model.append(read);
    }
}

TEST(ReadIndex, KeepsEveryReadWithItsPlaceInItsStream) {
    ReadIndex index;
    Model model;
    fill(index, model, 1, 3000, 20);
    ASSERT_EQ(index.size(), model.reads().size());
    for (std::uint64_t i = 0; i < index.size(); ++i) {
        const Recorded& read = model.reads()[i];
        const auto placed = index.at(i);
        ASSERT_EQ(placed.connection, read.connection);
        ASSERT_EQ(placed.entry.time_ns, read.time_ns);
        ASSERT_EQ(placed.entry.offset(), read.offset);
        ASSERT_EQ(placed.entry.file(), read.file);
        ASSERT_EQ(placed.entry.size(), read.size);
        ASSERT_EQ(placed.entry.direction(), read.direction);
        ASSERT_EQ(placed.entry.is_gap(), read.file == FileId::kNone);
        ASSERT_EQ(placed.entry.gap_bytes(), model.gaps()[i]);
        ASSERT_EQ(placed.stream_offset, model.stream_offset(i)) << i;
        ASSERT_EQ(&index.entry(i), &index.entry(i));
    }
    for (std::uint64_t c = 0; c <= 21; ++c) {
        const auto positions = c == 0 ? std::vector<std::uint64_t>{} : model.positions(c * 1000);
        ASSERT_EQ(index.size(ConnectionId{c * 1000}), positions.size());
        for (std::uint64_t k = 0; k < positions.size(); ++k) {
            ASSERT_EQ(index.position(ConnectionId{c * 1000}, k), positions[k]);
        }
    }
}

TEST(ReadIndex, AByteOfAStreamIsFoundAndItsBytesCountedAsByALinearLook) {
    ReadIndex index;
    Model model;
    fill(index, model, 2, 2000, 3);
    ASSERT_EQ(index.slot_count(), 3U);
    for (std::uint32_t slot = 0; slot < index.slot_count(); ++slot) {
        const ConnectionId id = index.connection_of_slot(slot);
        const auto positions = model.positions(number(id));
        for (const Direction direction : {Direction::kReceived, Direction::kSent}) {
            std::uint64_t bytes = 0;
            for (std::uint64_t k = 0; k < positions.size(); ++k) {
                ASSERT_EQ(index.stream_bytes(slot, direction, k), bytes) << k;
                const std::uint64_t position = positions[k];
                const Recorded& read = model.reads()[position];
                const std::uint64_t own = read.size + model.gaps()[position];
                if (read.direction != direction || own == 0) continue;
                for (const std::uint64_t byte : {bytes, bytes + own - 1})
                    ASSERT_EQ(index.find(id, direction, byte), position) << k;
                bytes += own;
            }
            EXPECT_EQ(index.stream_bytes(slot, direction, positions.size()), bytes);
            EXPECT_EQ(index.find(id, direction, bytes), std::nullopt);
        }
    }
    EXPECT_EQ(index.find(ConnectionId{77}, Direction::kSent, 0), std::nullopt);
}

TEST(ReadIndex, AGapMovesItsStreamOnAndNoOther) {
    ReadIndex index;
    index.append(read_of(1, 5, Direction::kReceived, 0));
    index.append(StreamGap{.connection = ConnectionId{1},
                           .bytes = std::uint64_t{5} << 40U,
                           .direction = Direction::kReceived});
    index.append(read_of(1, 6, Direction::kSent, 1));
    index.append(read_of(1, 7, Direction::kReceived, 2));
    EXPECT_TRUE(index.entry(1).is_gap());
    EXPECT_EQ(index.at(1).stream_offset, 5U);
    EXPECT_EQ(index.at(2).stream_offset, 0U) << "the other direction has no gap";
    EXPECT_EQ(index.at(3).stream_offset, 5 + (std::uint64_t{5} << 40U));
}

TEST(ReadIndex, TakesAtMost29BytesAReadOfOneLongConnection) {
    ReadIndex index;
    constexpr std::uint64_t kReads = 2'000'000;
    for (std::uint64_t i = 0; i < kReads; ++i)
        index.append(read_of(1, 64, Direction::kReceived, i));
    EXPECT_LE(index.memory_bytes(), 29 * kReads) << index.memory_bytes() / kReads;
    EXPECT_GE(index.memory_bytes(), 28 * kReads) << "counted honestly";
    EXPECT_EQ(index.at(kReads - 1).stream_offset, 64 * (kReads - 1));
}

TEST(ReadIndex, TakesAtMost200BytesAConnectionBesidesItsReads) {
    ReadIndex index;
    constexpr std::uint64_t kConnections = 100'000;
    const std::uint64_t empty = index.memory_bytes();
    for (std::uint64_t i = 1; i <= kConnections; ++i)
        index.append(read_of(i, 64, Direction::kReceived, i));
    const std::uint64_t used = index.memory_bytes() - empty;
    EXPECT_LE(used, (200 + 28) * kConnections)
        << static_cast<double>(used) / static_cast<double>(kConnections);
}

}  // namespace
