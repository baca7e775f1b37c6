// A search beside the traffic: all of a capture, live as it grows, stopped and begun anew, wrong expressions, chosen streams.
#include "app/jobs/byte_search.h"

#include "net/capture/index.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <variant>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::ByteSearch;
using app::session::SearchFacts;
using app::session::SearchWish;
using capture::MatchRecord;
using capture::PatternKind;

class Searching : public ::testing::Test {
  protected:
    void SetUp() override {
        run.endpoint(1, EndpointKind::kServer, "127.0.0.1:9000");
        for (std::uint64_t id = 1; id <= 3; ++id)
            run.open(id, 1);
        take_events();
    }

    // What the frame does with what the network thread tells.
    void take_events() {
        (void)run.mark();
        for (; taken < run.events.size(); ++taken) {
            if (const auto* read = std::get_if<channel::Recorded>(&run.events[taken]))
                index.append(*read);
        }
    }
    void receive(std::uint64_t connection, std::string_view bytes) {
        run.receive(connection, Bytes(bytes.begin(), bytes.end()));
    }
    void received(std::uint64_t connection, std::string_view bytes) {
        receive(connection, bytes);
        take_events();
    }

    const SearchFacts& done() {
        EXPECT_TRUE(frame.wait_until([&] { return !search.update().is_running; }));
        return search.facts();
    }
    const SearchFacts& find(std::string text, PatternKind kind = PatternKind::kText) {
        search.start({.pattern = {.kind = kind, .text = std::move(text)}});
        return done();
    }
    std::vector<MatchRecord> found() {
        std::vector<MatchRecord> records(static_cast<std::size_t>(search.facts().stored));
        if (search.facts().matches != nullptr) {
            EXPECT_EQ(search.facts().matches->read(0, records), records.size());
        }
        return records;
    }

    TemporaryFolder folder;
    Frame frame;
    capture::FileTable files;
    RecordedRun run{files, folder.file("run.pcapng")};
    capture::ReadIndex index;
    std::size_t taken = 0;
    ByteSearch search{files, index, folder.file("state"), [this] { frame.wake(); }};
};

TEST_F(Searching, FindsAMatchThatSpansReadsOfOneConnectionOnly) {
    received(1, "hel");
    received(2, "lo");
    received(1, "lo hello");
    const SearchFacts& facts = find("hello");
    EXPECT_FALSE(facts.error);
    EXPECT_EQ(facts.counted, 2U);
    EXPECT_EQ(facts.progress, 1.0);
    EXPECT_EQ(facts.remark, "");
    const auto records = found();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].position, 0U);
    EXPECT_EQ(records[0].end_position, 2U);
    EXPECT_EQ(records[1].position, 2U);
    EXPECT_EQ(records[1].offset_in_read, 3U);
    EXPECT_TRUE(facts.matches->reads().has(0));
    EXPECT_FALSE(facts.matches->reads().has(1));
}

TEST_F(Searching, GoesOnAsMoreIsRecorded) {
    EXPECT_EQ(find("[0-9]+", PatternKind::kRegex).counted, 0U);
    received(1, "a12");
    EXPECT_TRUE(frame.wait_until([&] { return search.update().counted == 1; }));
    (void)done();
    received(1, "34");
    received(1, "b5");
    (void)search.update();
    EXPECT_EQ(done().counted, 2U);
    const auto records = found();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].bytes, 4U) << "it grew";
    EXPECT_EQ(records[0].end_position, 1U);
    EXPECT_EQ(search.facts().generation, 1U);
}

TEST_F(Searching, LooksOnlyAtChosenConnectionsAndDirections) {
    received(1, "x");
    received(2, "x");
    run.send(2, Bytes{'x'});
    run.send(3, Bytes{'x'});
    take_events();
    const auto count = [&](std::vector<std::uint64_t> ids, bool received_, bool sent) {
        SearchWish wish{.pattern = {.text = "x"}, .wants_received = received_, .wants_sent = sent};
        for (const std::uint64_t id : ids)
            wish.connections.push_back(ConnectionId{id});
        search.start(wish);
        return done().counted;
    };
    EXPECT_EQ(count({}, true, true), 4U);
    EXPECT_EQ(count({}, true, false), 2U);
    EXPECT_EQ(count({2}, true, true), 2U);
    EXPECT_EQ(count({2, 3}, false, true), 2U);
    EXPECT_EQ(count({9}, true, true), 0U);
    EXPECT_EQ(count({}, false, false), 0U);
}

TEST_F(Searching, AWrongExpressionIsAnErrorWithItsPlaceAndTheNextSearchWorks) {
    received(1, "abc");
    const SearchFacts& facts = find("ab(", PatternKind::kRegex);
    ASSERT_TRUE(facts.error.has_value());
    EXPECT_EQ(facts.error->offset, 2U);
    EXPECT_NE(facts.error->message.find("parenthesis"), std::string::npos);
    EXPECT_EQ(facts.matches, nullptr);
    EXPECT_EQ(find("abc").counted, 1U);
    EXPECT_FALSE(search.facts().error);
    EXPECT_EQ(search.facts().generation, 2U);
}

TEST_F(Searching, OfSearchesThatFollowEachOtherFastTheLastOneCounts) {
    received(1, std::string(60'000, 'a') + "b");
    for (int i = 0; i < 50; ++i) {
        search.start({.pattern = {.text = "a"}});
        if (i % 7 == 0) (void)search.update();
    }
    EXPECT_EQ(find("b").counted, 1U);
    EXPECT_EQ(search.facts().generation, 51U);
}

TEST_F(Searching, StopsWhereItIsAndKeepsWhatItHas) {
    for (int i = 0; i < 400; ++i)
        receive(1, std::string(60'000, 'a'));
    take_events();
    search.start({.pattern = {.kind = PatternKind::kHex, .text = "??"}});
    EXPECT_TRUE(frame.wait_until([&] { return search.update().counted > 0; }));
    search.cancel();
    const std::uint64_t seen = search.update().counted;
    EXPECT_FALSE(search.facts().is_running);
    EXPECT_TRUE(search.facts().was_cancelled || seen == 24'000'000U);
    received(1, "more");
    (void)search.update();
    EXPECT_FALSE(search.facts().is_running) << "nobody goes on";
    EXPECT_EQ(found().size(), search.facts().stored);
    search.clear();
    EXPECT_EQ(search.update().generation, 0U);
    EXPECT_EQ(search.facts().matches, nullptr);
    EXPECT_EQ(find("more").counted, 1U);
}

TEST_F(Searching, WhatMatchesEverythingEndsWithSoManyStored) {
    for (int i = 0; i < 80; ++i)
        receive(static_cast<std::uint64_t>(i) % 3 + 1, std::string(60'000, 'a'));
    take_events();
    EXPECT_EQ(find("??", PatternKind::kHex).counted, 80U * 60'000);
    EXPECT_EQ(search.facts().stored, capture::kMostStoredMatches);
}

TEST_F(Searching, ReadsThatAreGoneArePassedOverAndToldOf) {
    received(1, "hel");
    index.append(channel::Recorded{
        .connection = ConnectionId{1}, .offset = 1U << 30U, .size = 2, .file = channel::FileId{1}});
    received(1, "lo hello");
    const SearchFacts& facts = find("hello");
    EXPECT_EQ(facts.counted, 1U) << "no match spans what is missing";
    EXPECT_NE(facts.remark.find("1 read is not in"), std::string::npos) << facts.remark;
}

TEST_F(Searching, EndsAtOnceWithItsWindow) {
    for (int i = 0; i < 200; ++i)
        receive(1, std::string(60'000, 'a'));
    take_events();
    ByteSearch other(files, index, folder.file("state"), [] {});
    other.start({.pattern = {.kind = PatternKind::kRegex, .text = "a+"}});
}

}  // namespace
}  // namespace jobs_test
