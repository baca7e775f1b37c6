// The ledger's second count: from the file, beside the traffic; and planted damage that must be found.
#include "app/jobs/ledger_audit.h"

#include "app/session/session.h"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>

#include "tests/jobs/recorded_run.h"

namespace jobs_test {
namespace {

using app::jobs::LedgerAudit;
using app::session::LedgerState;
using app::session::Session;

class Audit : public ::testing::Test {
  protected:
    // Lets the audit answer whatever the session asks for.
    void settle(Session& session, LedgerAudit& audit) {
        EXPECT_TRUE(frame.wait_until([&] {
            if (const auto counts = audit.take_result()) session.fold_audit(*counts, kNow);
            if (!audit.is_busy()) {
                const auto request = session.next_audit();
                if (!request) return true;
                audit.request(request->file, request->end_offset);
            }
            return false;
        }));
    }
    static void fold(Session& session, std::vector<channel::Event> events) {
        for (channel::Event& event : events)
            session.fold(std::move(event), kNow);
    }
    net::capture::AuditCounts take(LedgerAudit& audit) {
        std::optional<net::capture::AuditCounts> counts;
        EXPECT_TRUE(frame.wait_until([&] {
            counts = audit.take_result();
            return counts.has_value();
        }));
        return counts.value_or(net::capture::AuditCounts{});
    }
    static int errors_of_ledger(const Session& session) {
        int count = 0;
        for (const auto& line : session.log_lines()) {
            if (line.severity == app::session::Severity::kError &&
                line.text.find("the ledger does not agree") != std::string::npos) {
                ++count;
            }
        }
        return count;
    }

    TemporaryFolder folder;
    std::string path = folder.file("run.pcapng");
    capture::FileTable files;
    Frame frame;
};

TEST_F(Audit, CountsWhatTheFileHolds) {
    RecordedRun run(files, path);
    run.typical();
    const channel::LedgerMark mark = run.mark();
    LedgerAudit audit(files, [this] { frame.wake(); });
    EXPECT_FALSE(audit.is_busy());
    audit.request(mark.file, mark.end_offset);
    EXPECT_TRUE(audit.is_busy());
    const auto counts = take(audit);
    EXPECT_FALSE(audit.is_busy());
    EXPECT_FALSE(counts.is_damaged) << counts.damage;
    EXPECT_EQ(counts.received, mark.received);
    EXPECT_EQ(counts.sent, mark.sent);
    EXPECT_EQ(counts.file, mark.file);
    EXPECT_EQ(counts.offset, mark.end_offset);
    EXPECT_GE(frame.wakes(), 1U);
    EXPECT_FALSE(audit.take_result().has_value());  // once
}

TEST_F(Audit, LiveRunAgreesMarkByMark) {
    RecordedRun run(files, path);
    LedgerAudit audit(files, [this] { frame.wake(); });
    Session session;
    run.typical();
    for (int i = 0; i < 20; ++i) {
        run.receive(3, 1000);
        (void)run.mark();
        fold(session, std::exchange(run.events, {}));
        settle(session, audit);
        ASSERT_EQ(session.ledger().state, LedgerState::kAgrees) << session.ledger().trouble;
        EXPECT_EQ(session.ledger().stored, session.ledger().read);
        EXPECT_EQ(session.ledger().shown, session.ledger().read);
    }
    EXPECT_EQ(errors_of_ledger(session), 0);
}

TEST_F(Audit, ADroppedEventMakesTheLedgerDisagree) {
    RecordedRun run(files, path);
    LedgerAudit audit(files, [this] { frame.wake(); });
    run.typical();
    (void)run.mark();
    std::vector<channel::Event> events = run.events;
    // Planted: one read is never told.
    const auto read = std::find_if(events.begin() + 40, events.end(), [](const auto& event) {
        return std::holds_alternative<channel::Recorded>(event);
    });
    ASSERT_NE(read, events.end());
    events.erase(read);
    Session session;
    fold(session, std::move(events));
    settle(session, audit);
    EXPECT_EQ(session.ledger().state, LedgerState::kDisagrees);
    EXPECT_EQ(errors_of_ledger(session), 1);
}

// Each of these is one small thing wrong with one block of an otherwise whole file.
struct Damage {
    const char* what;
    std::int64_t at;  // from the first byte of the payload of one read
    std::vector<std::uint8_t> bytes;
};

class DamagedBlock : public Audit, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamagedBlock, MakesTheLedgerDisagreeAndTheLogSaySo) {
    RecordedRun run(files, path);
    run.typical();
    (void)run.mark();
    std::vector<std::uint64_t> payloads;
    for (const auto& event : run.events) {
        if (const auto* read = std::get_if<channel::Recorded>(&event)) {
            payloads.push_back(read->offset);
        }
    }
    const std::uint64_t payload = payloads.at(payloads.size() / 2);
    overwrite(path, static_cast<std::uint64_t>(static_cast<std::int64_t>(payload) + GetParam().at),
              GetParam().bytes);
    Session session;
    fold(session, run.events);
    LedgerAudit audit(files, [this] { frame.wake(); });
    settle(session, audit);
    EXPECT_EQ(session.ledger().state, LedgerState::kDisagrees);
    EXPECT_NE(session.ledger().trouble, "");
    EXPECT_EQ(errors_of_ledger(session), 1);
}

// IPv4 (20) and TCP (20) before the payload, the enhanced packet block's 28 bytes before those.
INSTANTIATE_TEST_SUITE_P(
    Each,
    DamagedBlock,
    ::testing::Values(Damage{"block type", -68, {0x77, 0, 0, 0}},
                      Damage{"block length, too small", -64, {8, 0, 0, 0}},
                      Damage{"block length, too large", -64, {0xFC, 0xFF, 0xFF, 0x7F}},
                      Damage{"captured length", -48, {1, 0, 0, 0}},
                      Damage{"zeros over the heads", -68, std::vector<std::uint8_t>(64, 0)},
                      Damage{"TCP header length", -8, {0xF0}},
                      Damage{"IP version", -40, {0x00}}),
    [](const auto& tested) {
        std::string name;
        for (const char c : std::string_view(tested.param.what)) {
            if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
        }
        return name;
    });

TEST_F(Audit, AFileCutBehindItsBackIsFound) {
    RecordedRun run(files, path);
    run.typical();
    const channel::LedgerMark mark = run.mark();
    ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(mark.end_offset / 2)), 0);
    Session session;
    fold(session, run.events);
    LedgerAudit audit(files, [this] { frame.wake(); });
    settle(session, audit);
    EXPECT_EQ(session.ledger().state, LedgerState::kDisagrees);
}

TEST_F(Audit, ALaterRequestReplacesAWaitingOne) {
    RecordedRun run(files, path);
    run.typical();
    std::vector<channel::LedgerMark> marks;
    for (int i = 0; i < 3; ++i) {
        run.receive(3, 1000);
        marks.push_back(run.mark());
    }
    LedgerAudit audit(files, [this] { frame.wake(); });
    for (const auto& mark : marks)
        audit.request(mark.file, mark.end_offset);
    EXPECT_EQ(take(audit).offset, marks[0].end_offset);
    EXPECT_TRUE(audit.is_busy());
    EXPECT_EQ(take(audit).offset, marks[2].end_offset);
    EXPECT_FALSE(audit.is_busy());
}

TEST_F(Audit, IsCancelledInTheMiddleWithinMoments) {
    RecordedRun run(files, path);
    run.endpoint(1, EndpointKind::kServer, "s");
    run.open(1, 1);
    for (int i = 0; i < 100'000; ++i)
        run.receive(1, 64);
    const channel::LedgerMark mark = run.mark();
    for (int i = 0; i < 20; ++i) {
        auto audit = std::make_unique<LedgerAudit>(files, [this] { frame.wake(); });
        audit->request(mark.file, mark.end_offset);
        const auto before = std::chrono::steady_clock::now();
        audit.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
    }
}

TEST_F(Audit, EndsCleanlyWhenNothingWasEverAsked) {
    const LedgerAudit audit(files, [] {});
    EXPECT_FALSE(audit.is_busy());
}

}  // namespace
}  // namespace jobs_test
