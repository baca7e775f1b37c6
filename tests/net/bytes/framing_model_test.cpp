// Framers against the model: random framings over random streams, cut at every byte and at random.
#include <algorithm>
#include <gtest/gtest.h>

#include "tests/net/bytes/framing_fixture.h"

namespace framing_test {
namespace {

// Few values, so that delimiters, lengths and escapes happen all the time.
Bytes random_stream(std::mt19937_64& random,
                    std::size_t size,
                    std::span<const std::uint8_t> often) {
    Bytes stream(size);
    for (std::uint8_t& byte : stream) {
        byte = random() % 8 == 0 || often.empty() ? static_cast<std::uint8_t>(random())
                                                  : often[random() % often.size()];
    }
    return stream;
}

Framing random_delimiters(std::mt19937_64& random) {
    Framing framing{.kind = FramingKind::kDelimiter};
    framing.delimiters.resize(1 + random() % (random() % 8 == 0 ? kMostDelimiters : 4));
    for (Bytes& delimiter : framing.delimiters) {
        delimiter.resize(1 + random() % (random() % 8 == 0 ? kMostDelimiterBytes : 5));
        for (std::uint8_t& byte : delimiter)
            byte = static_cast<std::uint8_t>('a' + random() % (1 + random() % 8));
    }
    return framing;
}

Framing random_length_prefix(std::mt19937_64& random) {
    Framing framing{.kind = FramingKind::kLengthPrefix};
    framing.length_bytes = static_cast<std::uint8_t>(1U << random() % 4);
    framing.is_big_endian = random() % 2 == 0;
    framing.counts_itself = random() % 2 == 0;
    framing.counts_before = random() % 2 == 0;
    framing.length_offset =
        random() % 2 == 0 ? 0
                          : static_cast<std::uint32_t>(random() % (random() % 8 == 0 ? 300 : 6));
    framing.most_message_bytes = random() % 4 == 0 ? 1 + random() % 10 : 1 + random() % 1000;
    return framing;
}

constexpr std::uint8_t kLetters[] = {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};
constexpr std::uint8_t kSmall[] = {0, 0, 0, 1, 2, 3, 5, 9};
constexpr std::uint8_t kSevenBits[] = {0x80, 0x81, 0xFF, 0x8F, 0x0F, 0x10, 1, 3};
constexpr std::uint8_t kSlipBytes[] = {0xC0, 0xDB, 0xDC, 0xDD, 0xDB, 0x41, 0x42, 0xC0};
constexpr std::uint8_t kCobsBytes[] = {0, 1, 2, 3, 4, 1, 2, 0};
constexpr std::uint8_t kMostlyEnds[] = {0, 0, 0, 0, 0, 0, 0, 0xC0};

struct Case {
    Framing framing;
    std::span<const std::uint8_t> often;
};

Case random_case(std::mt19937_64& random) {
    switch (random() % 8) {
        case 0:
        case 1: return {random_delimiters(random), kLetters};
        case 2: return {{.kind = FramingKind::kFixed, .fixed_bytes = 1 + random() % 70}, kLetters};
        case 3:
        case 4: return {random_length_prefix(random), kSmall};
        case 5:
            return {{.kind = FramingKind::kLeb128, .most_message_bytes = 1 + random() % 400},
                    kSevenBits};
        case 6: return {{.kind = FramingKind::kSlip}, kSlipBytes};
        default:
            return {{.kind = FramingKind::kCobs},
                    random() % 8 == 0 ? std::span<const std::uint8_t>(kMostlyEnds) : kCobsBytes};
    }
}

class FramingModelTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(FramingModelTest, FramersFindWhatTheModelFindsHoweverTheStreamIsCut) {
    std::mt19937_64 random(GetParam());
    for (int i = 0; i < 1500; ++i) {
        const Case given = random_case(random);
        ASSERT_FALSE(check(given.framing)) << *check(given.framing);
        const Bytes stream = random_stream(random, random() % 600, given.often);
        const Framed wanted = model(given.framing, stream);
        ASSERT_EQ(total_bytes(wanted), stream.size());
        const auto what = [&] { return describe(given.framing) + ", turn " + std::to_string(i); };
        ASSERT_EQ(framed(given.framing, stream), wanted) << what();
        ASSERT_EQ(framed_in_pieces(given.framing, stream, every_cut(stream.size())), wanted)
            << what();
        for (int k = 0; k < 4; ++k) {
            const auto cuts = random_cuts(stream.size(), k == 0 ? 1 : 30, random);
            ASSERT_EQ(framed_in_pieces(given.framing, stream, cuts), wanted) << what();
        }
    }
}

// Everything that held_bytes() and unseen_bytes() promise, and that gaps keep every byte.
TEST_P(FramingModelTest, NothingIsDecidedBehindItsBackAndNoByteIsLost) {
    std::mt19937_64 random(GetParam() + 1000);
    for (int i = 0; i < 1500; ++i) {
        const Case given = random_case(random);
        const Bytes stream = random_stream(random, random() % 600, given.often);
        Framer framer(given.framing);
        std::uint64_t fed = 0;
        std::uint64_t told = 0;
        std::uint64_t decided = 0;  // no frame may end before here
        const auto keep = [&](const Frame& frame) {
            told += frame.bytes;
            ASSERT_GE(told, decided);
            ASSERT_LE(told, fed);
            ASSERT_LE(std::uint64_t{frame.header_bytes} + frame.trailer_bytes, frame.bytes);
            ASSERT_LT(frame.header_bytes, 1024U);
        };
        auto cuts = random_cuts(stream.size(), 30, random);
        cuts.push_back(stream.size());
        std::size_t begin = 0;
        for (const std::size_t cut : cuts) {
            auto piece = std::span(stream).subspan(begin, cut - begin);
            begin = cut;
            fed += piece.size();
            if (const std::uint64_t unseen = framer.unseen_bytes(); unseen >= piece.size()) {
                framer.feed_unseen(piece.size(), 0, keep);
            } else {
                framer.feed(piece, 0, keep);
            }
            const std::uint64_t pending = framer.pending() ? framer.pending()->bytes : 0;
            ASSERT_EQ(told + pending, fed);
            ASSERT_LE(framer.held_bytes(), pending);
            decided = fed - framer.held_bytes();
            if (random() % 10 != 0) continue;
            const bool is_end = random() % 2 == 0;
            is_end ? framer.end(keep) : framer.gap(keep);
            ASSERT_EQ(told, fed);
            ASSERT_EQ(framer.pending(), std::nullopt);
            ASSERT_EQ(framer.held_bytes(), 0U);
            decided = fed;
        }
    }
}

// A framer that was cut by a gap is as good as a new one.
TEST_P(FramingModelTest, AfterAGapAFramerBeginsAfresh) {
    std::mt19937_64 random(GetParam() + 2000);
    for (int i = 0; i < 500; ++i) {
        const Case given = random_case(random);
        const Bytes before = random_stream(random, random() % 100, given.often);
        const Bytes after = random_stream(random, random() % 300, given.often);
        Framer framer(given.framing);
        framer.feed(before, 0, [](const Frame&) {});
        framer.gap([](const Frame&) {});
        Framed found;
        framer.feed(after, 0, [&](const Frame& frame) { found.frames.push_back(frame); });
        found.pending = framer.pending();
        ASSERT_EQ(found, framed(given.framing, after)) << describe(given.framing);
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, FramingModelTest, ::testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace framing_test
