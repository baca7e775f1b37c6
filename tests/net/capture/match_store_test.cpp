// What a search found, read while more is added: places, numbers, marks, bounds.
#include "net/capture/match_store.h"

#include "net/capture/match_marks.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <gtest/gtest.h>
#include <random>
#include <thread>

#include "tests/net/capture/capture_fixture.h"

namespace {

using namespace net::capture;

// Below `end`.
class Random {
  public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    std::uint32_t operator()(std::uint32_t end) {
        return std::uniform_int_distribution<std::uint32_t>(0, end - 1)(engine_);
    }

  private:
    std::mt19937 engine_;
};

class Matches : public ::testing::Test {
  protected:
    std::unique_ptr<MatchStore> store(std::uint64_t most = kMostStoredMatches) {
        net::channel::Failure failure;
        auto made = MatchStore::create(directory.path("state"), failure, most);
        EXPECT_NE(made, nullptr) << failure.message;
        return made;
    }
    tests::TemporaryDirectory directory;
};

MatchRecord at(std::uint32_t position, std::uint32_t offset) {
    return {.position = position, .offset_in_read = offset, .bytes = 1, .end_position = position};
}

// The slow, obvious model: look at all of them, one by one.
std::uint64_t first_of_all(const std::vector<MatchRecord>& all,
                           std::uint32_t read,
                           std::uint32_t offset) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const MatchRecord& one) {
        return std::pair{one.position, one.offset_in_read} >= std::pair{read, offset};
    });
    return static_cast<std::uint64_t>(found - all.begin());
}

TEST_F(Matches, TheFirstFromAPlaceIsThatOfALinearLook) {
    Random random(5);
    const auto matches = store();
    std::vector<MatchRecord> all;
    std::uint32_t position = 0;
    std::uint32_t offset = 0;
    for (int i = 0; i < 30'000; ++i) {
        if (random(3) == 0) {
            // Some reads have none, some have many.
            position += 1 + random(5);
            offset = 0;
        }
        if (position > 9000 && position < 9100 && random(3) != 0) position = 9100;
        MatchRecord record = at(position, offset += 1 + random(3));
        // Of another stream: long ones, that began many reads ago, and such as end in an earlier read than the one whose bytes made it known.
        if (random(40) == 0) record = at(position - std::min(position, random(300)), random(9));
        if (random(2) == 0) record.end_position = position;
        all.push_back(record);
        EXPECT_EQ(matches->add(all.back()), all.size() - 1);
        // One that has grown since, at its end or at both.
        if (i % 70 == 69) {
            const std::size_t number = all.size() - 1 - random(60);
            MatchRecord& grown = all[number];
            grown.end_position = position;
            if (random(2) == 0) grown.offset_in_read /= 2;
            if (random(2) == 0) grown.position -= std::min(grown.position, random(20));
            matches->grow(number, grown);
        }
        // So that some grow in the file, and some before they are there.
        if (i % 100 == 0) {
            ASSERT_EQ(matches->publish(position), 0);
        }
    }
    ASSERT_EQ(matches->publish(position + 1), 0);
    for (int i = 0; i < 10'000; ++i) {
        const std::uint32_t read = random(position + 10);
        const std::uint32_t from = random(8);
        ASSERT_EQ(matches->first_from(read, from), first_of_all(all, read, from))
            << read << ", " << from;
    }
    EXPECT_EQ(matches->first_from(0, 0), 0U);
    EXPECT_EQ(matches->first_from(std::uint64_t{1} << 40U, 0), all.size());
}

// An assertion (\b) tells of a match with the next byte of its stream, which may come in a later read than others' matches.
TEST_F(Matches, AMatchThatBecameKnownLateHidesNoneBeforeIt) {
    const auto matches = store();
    const std::vector<MatchRecord> all{at(7, 0), at(5, 0), at(9, 0)};
    for (const MatchRecord& one : all)
        (void)matches->add(one);
    ASSERT_EQ(matches->publish(10), 0);
    for (std::uint32_t read = 0; read < 11; ++read)
        EXPECT_EQ(matches->first_from(read, 0), first_of_all(all, read, 0)) << read;
}

TEST_F(Matches, OneThatGrewBackwardsHidesNoneBeforeIt) {
    const auto matches = store();
    std::vector<MatchRecord> all{at(3, 10), at(3, 20), at(3, 30)};
    for (const MatchRecord& one : all)
        (void)matches->add(one);
    all[1].offset_in_read = 2;
    matches->grow(1, all[1]);
    ASSERT_EQ(matches->publish(4), 0);
    for (std::uint32_t offset = 0; offset < 40; ++offset)
        EXPECT_EQ(matches->first_from(3, offset), first_of_all(all, 3, offset)) << offset;
}

TEST_F(Matches, AGrownOneIsReadGrownWhetherItWasPublishedOrNot) {
    const auto matches = store(3);
    for (std::uint32_t i = 0; i < 5; ++i)
        (void)matches->add(at(i, 0));
    matches->grow(1, {.position = 1, .offset_in_read = 0, .bytes = 9, .end_position = 4});
    matches->grow(4, at(4, 4));  // one that is only counted
    std::array<MatchRecord, 5> out{};
    EXPECT_EQ(matches->read(0, out), 0U) << "nothing was published";
    ASSERT_EQ(matches->publish(5), 0);
    EXPECT_EQ(matches->counted(), 5U);
    EXPECT_EQ(matches->stored(), 3U);
    EXPECT_EQ(matches->searched_reads(), 5U);
    ASSERT_EQ(matches->read(0, out), 3U);
    EXPECT_EQ(out[1].bytes, 9U);
    matches->grow(0, {.position = 0, .offset_in_read = 0, .bytes = 77, .end_position = 5});
    ASSERT_EQ(matches->publish(6), 0);
    ASSERT_EQ(matches->read(0, out), 3U);
    EXPECT_EQ(out[0].bytes, 77U);
    EXPECT_EQ(out[2].position, 2U);
    EXPECT_EQ(matches->read(3, out), 0U);
}

TEST_F(Matches, MarkedReadsAreFoundOneByOne) {
    Random random(9);
    ReadMarks marks;
    std::vector<std::uint64_t> all{0, 63, 64, (1ULL << 20U) - 1, 1ULL << 20U, (1ULL << 32U) - 1};
    for (int i = 0; i < 500; ++i)
        all.push_back(random(5U << 20U));
    for (const std::uint64_t one : all)
        marks.add(one);
    marks.add(1ULL << 32U);  // no such read
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<std::uint64_t> found;
    for (std::uint64_t next = marks.next(0, UINT64_MAX); next < 1ULL << 32U;
         next = marks.next(next + 1, UINT64_MAX))
        found.push_back(next);
    EXPECT_EQ(found, all);
    EXPECT_TRUE(marks.has(64));
    EXPECT_FALSE(marks.has(65));
    EXPECT_EQ(marks.next(65, 70), 70U);
}

TEST_F(Matches, AreReadWhileMoreAreAdded) {
    const auto matches = store();
    constexpr std::uint32_t kAll = 50'000;
    std::thread worker([&] {
        for (std::uint32_t i = 0; i < kAll; ++i) {
            (void)matches->add(at(i, i));
            matches->mark(i);
            if (i % 97 == 0) {
                EXPECT_EQ(matches->publish(i + 1), 0);
            }
        }
        EXPECT_EQ(matches->publish(kAll), 0);
    });
    std::uint64_t searched = 0;
    std::array<MatchRecord, 64> out{};
    while (searched < kAll) {
        searched = matches->searched_reads();
        const std::uint64_t stored = matches->stored();
        ASSERT_LE(searched, stored);
        if (searched > 0) {
            ASSERT_TRUE(matches->reads().has(searched - 1));
        }
        const std::uint64_t first = stored / 2;
        const std::size_t n = matches->read(first, out);
        for (std::size_t i = 0; i < n; ++i)
            ASSERT_EQ(out[i].position, first + i);
        if (stored > 0) {
            ASSERT_EQ(matches->first_from(stored / 3, 0), stored / 3);
        }
    }
    worker.join();
}

// ---- marks ----

// A row for each read but those of one in `every`, which are not in the sheet (0: all are).
class Rows : public MatchMarks::Sheet {
  public:
    explicit Rows(std::uint64_t every) : every_(every) {}
    std::uint64_t reads = 0;

    [[nodiscard]] std::uint64_t rows() const override { return row_of(reads, 0); }
    [[nodiscard]] std::uint64_t row_of(std::uint64_t position, std::uint32_t) const override {
        const std::uint64_t read = std::min(position, reads);
        return every_ == 0 ? read : read - (read + every_ - 1) / every_;
    }
    [[nodiscard]] Place place_of(std::uint64_t row) const override {
        std::uint64_t read = every_ == 0 ? row : row * every_ / (every_ - 1);
        while (row_of(read, 0) > row)
            --read;
        while (row_of(read, 0) < row || !has(read, 0))
            ++read;
        return {.position = read, .offset = 0};
    }
    [[nodiscard]] bool has(std::uint64_t position, std::uint32_t) const override {
        return every_ == 0 || position % every_ != 0;
    }

  private:
    const std::uint64_t every_;
};

TEST_F(Matches, TheMarksOfAGrowingSheetAreThoseOfItsMatches) {
    for (const std::uint64_t every : {0, 3}) {
        Random random(11);
        const auto matches = store();
        Rows sheet(every);
        MatchMarks marks;
        std::vector<bool> has_match;
        for (int step = 0; step < 60; ++step) {
            for (int i = 0; i < 700; ++i) {
                const auto read = static_cast<std::uint32_t>(has_match.size());
                has_match.push_back(read > 5000 && random(50) == 0);
                if (has_match.back()) (void)matches->add(at(read, 1));
            }
            ASSERT_EQ(matches->publish(has_match.size()), 0);
            // Sometimes the sheet is behind the search.
            sheet.reads = has_match.size() - (step % 2 == 0 ? 300 : 0);
            while (!marks.advance(*matches, sheet, 7)) {
            }
        }
        sheet.reads = has_match.size();
        while (!marks.advance(*matches, sheet)) {
        }
        const std::uint64_t rows = sheet.rows();
        const std::uint64_t bucket = marks.rows_a_bucket();
        ASSERT_GT(bucket, 1U);
        for (std::uint64_t first = 0; first < rows; first += bucket) {
            bool expected = false;
            for (std::uint64_t row = first; row < std::min(first + bucket, rows); ++row)
                expected = expected || has_match[sheet.place_of(row).position];
            ASSERT_EQ(marks.any_in(first, first + bucket), expected) << first << ", " << every;
        }
        EXPECT_FALSE(marks.any_in(0, 1000));
        EXPECT_TRUE(marks.any_in(0, rows));
        EXPECT_FALSE(marks.any_in(5, 5));
        marks.reset();
        EXPECT_FALSE(marks.any_in(0, rows));
    }
}

}  // namespace
