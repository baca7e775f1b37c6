// Automatic replies as facts: what is in force, what was refused, hits, limits, and the lines of the log.
#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using app::session::ReplyFacts;
using app::session::SetRepliesIntent;
using app::session::StartServerIntent;

class ReplyFold : public ::testing::Test {
  protected:
    Fold fold;
    EndpointId server{};

    void SetUp() override {
        StartServerIntent intent{.name = "127.0.0.1:9000", .config = {}};
        intent.config.echoes = true;
        intent.config.replies = rules({"first"});
        apply(std::move(intent));
        server = fold.session.endpoints().front();
    }
    static channel::Replies rules(const std::vector<std::string>& names) {
        channel::Replies replies;
        for (const std::string& name : names)
            replies.rules.push_back({.name = name, .answer = {.text = "x"}});
        return replies;
    }
    void apply(Intent intent) {
        Intents intents;
        intents.push_back(std::move(intent));
        fold.session.apply(std::move(intents), kNow);
    }
    void refuse(std::string message, ConnectionId connection = {}) {
        channel::Failure failure;
        failure.operation = channel::Operation::kReply;
        failure.endpoint = server;
        failure.connection = connection;
        failure.is_final = false;
        failure.message = std::move(message);
        fold.tell(channel::Failed{std::move(failure)});
    }
    [[nodiscard]] const ReplyFacts& facts() const { return *fold.session.replies(server); }
};

TEST_F(ReplyFold, WhatTheServerWasStartedWithIsInForce) {
    EXPECT_TRUE(facts().replies.echoes) << "--echo is an echo";
    ASSERT_EQ(facts().rules.size(), 1U);
    EXPECT_EQ(fold.session.replies(EndpointId{99}), nullptr);
}

TEST_F(ReplyFold, AWishHoldsOnceItIsAnswered) {
    apply(SetRepliesIntent{.endpoint = server, .replies = rules({"a", "b"})});
    EXPECT_EQ(facts().asked, 1U);
    EXPECT_EQ(facts().rules.size(), 1U);
    fold.tell(channel::RepliesChanged{.endpoint = server, .time_ns = kNow});
    EXPECT_EQ(facts().asked, 0U);
    ASSERT_EQ(facts().rules.size(), 2U);
    EXPECT_EQ(facts().replies.rules[1].name, "b");
    EXPECT_FALSE(facts().replies.echoes);
}

TEST_F(ReplyFold, ARefusedWishChangesNothingButTheTrouble) {
    apply(SetRepliesIntent{.endpoint = server, .replies = rules({"bad"})});
    apply(SetRepliesIntent{.endpoint = server, .replies = rules({"good", "better"})});
    refuse("about a connection", ConnectionId{7});
    EXPECT_EQ(facts().asked, 2U) << "that is no answer to a wish";
    refuse("reply of X: rule 1 \"bad\"");
    EXPECT_EQ(facts().asked, 1U);
    EXPECT_EQ(facts().trouble, "reply of X: rule 1 \"bad\"");
    EXPECT_EQ(facts().replies.rules[0].name, "first");
    EXPECT_EQ(fold.session.endpoint(server)->last_failure, "") << "the server goes on";
    EXPECT_FALSE(fold.session.has_failed());
    fold.tell(channel::RepliesChanged{.endpoint = server, .time_ns = kNow});
    EXPECT_EQ(facts().replies.rules[0].name, "good");
    EXPECT_EQ(facts().trouble, "");
}

TEST_F(ReplyFold, HitsAreFactsAndTheLogNamesTheRule) {
    fold.open(3, channel::number(server));
    fold.tell(channel::ReplyHits{.endpoint = server,
                                 .connection = ConnectionId{3},
                                 .rule = 0,
                                 .hits = 1234,
                                 .time_ns = kNow});
    EXPECT_EQ(facts().rules[0].hits, 1234U);
    EXPECT_EQ(facts().rules[0].last_connection, ConnectionId{3});
    EXPECT_EQ(fold.last_line().text, "reply \"first\" to #3 (1,234 hits)");
    EXPECT_EQ(fold.last_line().connection, ConnectionId{3});
    fold.tell(channel::ReplyHits{.endpoint = server, .rule = 9, .hits = 1});
    EXPECT_EQ(facts().rules.size(), 1U) << "a rule that is not there";
}

TEST_F(ReplyFold, TheLimitIsAFactAndAWarning) {
    fold.tell(channel::RepliesLimited{.endpoint = server, .left_out = 5, .time_ns = kNow});
    EXPECT_EQ(facts().left_out, 5U);
    EXPECT_EQ(facts().limited_ns, kNow);
    EXPECT_EQ(fold.last_line().severity, Severity::kWarning);
    EXPECT_NE(fold.last_line().text.find("10,000 times a second; 5 left out"), std::string::npos)
        << fold.last_line().text;
}

}  // namespace
}  // namespace session_test
