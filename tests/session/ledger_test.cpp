// Three counts that must agree, and planted faults that must make them disagree.
#include "app/session/ledger.h"

#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

class Ledger : public ::testing::Test, public Fold {
  protected:
    void SetUp() override {
        server(1);
        open(1, 1);
        open(2, 1);
    }
    [[nodiscard]] LedgerState state() const { return session.ledger().state; }
    // What the file says when asked now, with what it holds given.
    void audit(std::uint64_t received, std::uint64_t sent) {
        const auto request = session.next_audit();
        ASSERT_TRUE(request.has_value());
        answer(*request, received, sent);
    }
    void answer(const Session::AuditRequest& request, std::uint64_t received, std::uint64_t sent) {
        net::capture::AuditCounts counts;
        counts.received = received;
        counts.sent = sent;
        counts.file = request.file;
        counts.offset = request.end_offset;
        session.fold_audit(counts, kNow);
    }
    void expect_trouble(std::string_view text) {
        EXPECT_EQ(state(), LedgerState::kDisagrees);
        EXPECT_NE(session.ledger().trouble.find(text), std::string::npos)
            << session.ledger().trouble;
        EXPECT_EQ(lines_with("the ledger does not agree"), 1);
        EXPECT_EQ(last_line().severity, Severity::kError);
        EXPECT_NE(last_line().text.find(text), std::string::npos);
    }
};

TEST_F(Ledger, IsEmptyUntilSomethingWasRead) {
    EXPECT_EQ(state(), LedgerState::kEmpty);
    mark(0, 0);
    EXPECT_EQ(state(), LedgerState::kEmpty);
    EXPECT_FALSE(session.next_audit().has_value());
}

TEST_F(Ledger, AgreesOnceTheFileWasCounted) {
    record(1, Direction::kReceived, 1000);
    record(2, Direction::kSent, 24);
    mark(1000, 24);
    EXPECT_EQ(state(), LedgerState::kCounting);
    EXPECT_EQ(session.ledger().read, 1024U);
    EXPECT_EQ(session.ledger().shown, 1024U);
    EXPECT_EQ(session.ledger().stored, 0U);
    audit(1000, 24);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.ledger().stored, 1024U);
    EXPECT_EQ(session.ledger().trouble, "");
    EXPECT_FALSE(session.next_audit().has_value());
}

TEST_F(Ledger, ADroppedEventIsFoundAtTheNextMark) {
    record(1, Direction::kReceived, 1000);
    recorded(1, Direction::kReceived, 500);  // planted: made, never folded
    mark(1500, 0);
    expect_trouble("received: 1,500 B read, 1,000 B shown (500 B missing)");
    EXPECT_EQ(session.ledger().read, 1500U);
    EXPECT_EQ(session.ledger().shown, 1000U);
}

TEST_F(Ledger, WhatTheFileHoldsIsCountedThoughTheVerdictIsOut) {
    record(1, Direction::kReceived, 1000);
    mark(1500, 0);  // planted: read, and neither stored nor told
    ASSERT_EQ(state(), LedgerState::kDisagrees);
    const std::string trouble = session.ledger().trouble;
    audit(1000, 0);
    EXPECT_EQ(session.ledger().read, 1500U);
    EXPECT_EQ(session.ledger().stored, 1000U);
    EXPECT_EQ(session.ledger().shown, 1000U);
    EXPECT_EQ(state(), LedgerState::kDisagrees);
    EXPECT_EQ(session.ledger().trouble, trouble);
    EXPECT_EQ(lines_with("the ledger does not agree"), 1);
}

TEST_F(Ledger, TheNumbersOfTheLastCountStandUntilTheNextOne) {
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    audit(100, 0);
    record(1, Direction::kReceived, 50);
    const std::uint64_t version = session.version();
    mark(150, 0);
    EXPECT_EQ(session.version(), version);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.ledger().read, 100U);
    EXPECT_EQ(session.ledger().stored, 100U);
    EXPECT_EQ(session.ledger().shown, 100U);
    audit(150, 0);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.ledger().read, 150U);
}

TEST_F(Ledger, ADoubledEventIsFoundAtTheNextMark) {
    const channel::Recorded event = recorded(1, Direction::kSent, 500);
    tell(event);
    tell(event);
    mark(0, 500);
    expect_trouble("sent: 500 B read, 1,000 B shown (500 B too many)");
}

TEST_F(Ledger, BytesOnTheWrongSideAreFoundThoughTheSumFits) {
    record(1, Direction::kReceived, 300);
    mark(100, 200);
    expect_trouble("received: 100 B read, 300 B shown");
    expect_trouble("sent: 200 B read, 0 B shown");
}

TEST_F(Ledger, BytesOfTheWrongConnectionAreFoundWhenItCloses) {
    record(1, Direction::kReceived, 300);  // planted: they were connection 2's
    mark(300, 0);
    EXPECT_EQ(state(), LedgerState::kCounting);
    tell(channel::ConnectionClosed{.connection = ConnectionId{2},
                                   .reason = CloseReason::kEndOfStream,
                                   .time_ns = kNow,
                                   .received = 300});
    expect_trouble("connection #2, received: 300 B read, 0 B shown (300 B missing)");
}

TEST_F(Ledger, MissingBytesInTheFileAreFound) {
    record(1, Direction::kReceived, 1000);
    mark(1000, 0);
    audit(900, 0);
    expect_trouble("received: 1,000 B read, 900 B in the file (100 B missing)");
    EXPECT_EQ(session.ledger().stored, 900U);
}

TEST_F(Ledger, DamageInTheFileIsFoundWhereverCountingStopped) {
    record(1, Direction::kReceived, 1000);
    mark(1000, 0);
    const auto request = session.next_audit();
    ASSERT_TRUE(request.has_value());
    net::capture::AuditCounts counts;
    counts.file = request->file;
    counts.offset = 12;
    counts.is_damaged = true;
    counts.damage = "block at 12: length 7";
    session.fold_audit(counts, kNow);
    expect_trouble("the capture is damaged: block at 12: length 7");
}

TEST_F(Ledger, ADisagreementStays) {
    recorded(1, Direction::kReceived, 500);
    mark(500, 0);
    ASSERT_EQ(state(), LedgerState::kDisagrees);
    const std::string trouble = session.ledger().trouble;
    record(1, Direction::kReceived, 500);  // now the sums fit again
    mark(500, 0);
    mark(900, 0);  // and now they do not
    EXPECT_EQ(state(), LedgerState::kDisagrees);
    EXPECT_EQ(session.ledger().trouble, trouble);
    EXPECT_EQ(lines_with("the ledger does not agree"), 1);
}

TEST_F(Ledger, ADisagreementWhileCountingIsNotHealedByTheCount) {
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    const auto request = session.next_audit();
    ASSERT_TRUE(request.has_value());
    mark(200, 0);
    ASSERT_EQ(state(), LedgerState::kDisagrees);
    answer(*request, 100, 0);
    EXPECT_EQ(state(), LedgerState::kDisagrees);
}

TEST_F(Ledger, OneCountIsUnderWayAtATimeAndTheNewestMarkIsNext) {
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    const auto first = session.next_audit();
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->end_offset, 100U);
    record(1, Direction::kReceived, 100);
    mark(200, 0);
    record(1, Direction::kReceived, 100);
    mark(300, 0);
    EXPECT_FALSE(session.next_audit().has_value());
    answer(*first, 100, 0);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.ledger().stored, 100U);
    EXPECT_EQ(session.ledger().shown, 100U);
    const auto second = session.next_audit();
    ASSERT_TRUE(second.has_value());
    EXPECT_EQ(second->end_offset, 300U);
    answer(*second, 300, 0);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.ledger().shown, 300U);
}

TEST_F(Ledger, TheCountIsComparedWithItsOwnMarkNotTheNewest) {
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    const auto first = session.next_audit();
    record(1, Direction::kReceived, 100);
    mark(200, 0);
    answer(*first, 90, 0);
    expect_trouble("received: 100 B read, 90 B in the file");
    EXPECT_EQ(session.ledger().read, 100U);
    EXPECT_EQ(session.ledger().shown, 100U);
}

TEST_F(Ledger, AnAnswerToAnotherQuestionIsIgnoredAndAskedAgain) {
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    ASSERT_TRUE(session.next_audit().has_value());
    answer({.file = FileId{1}, .end_offset = 50}, 100, 0);
    EXPECT_EQ(state(), LedgerState::kCounting);
    answer({.file = FileId{9}, .end_offset = 100}, 100, 0);  // nothing is under way now
    EXPECT_EQ(state(), LedgerState::kCounting);
    audit(100, 0);
    EXPECT_EQ(state(), LedgerState::kAgrees);
}

TEST_F(Ledger, AMarkThatSaysNothingNewChangesNothing) {
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    audit(100, 0);
    const std::uint64_t version = session.version();
    mark(100, 0);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.version(), version);
    EXPECT_FALSE(session.next_audit().has_value());
}

TEST_F(Ledger, ACaptureOnStandardOutputCannotBeCountedAndSaysSo) {
    tell(channel::CaptureOpened{.file = FileId{1}, .path = "-", .is_live = true});
    EXPECT_FALSE(session.ledger().is_stored_checkable);
    record(1, Direction::kReceived, 100);
    mark(100, 0);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_EQ(session.ledger().stored, 0U);
    EXPECT_FALSE(session.next_audit().has_value());
    mark(150, 0);
    expect_trouble("received: 150 B read, 100 B shown");
}

TEST_F(Ledger, AMarkWithoutAFileCannotBeCountedAndSaysSo) {
    record(1, Direction::kReceived, 100);
    tell(channel::LedgerMark{.received = 100});
    EXPECT_FALSE(session.ledger().is_stored_checkable);
    EXPECT_EQ(state(), LedgerState::kAgrees);
    EXPECT_FALSE(session.next_audit().has_value());
}

}  // namespace
}  // namespace session_test
