// A capture that goes on in other files: which there are, why it cannot grow, when a dropped one is not needed any more, and the ledger over all of them.
#include "app/session/session.h"

#include <gtest/gtest.h>

#include "tests/session/fold.h"

namespace session_test {
namespace {

using app::session::DropCaptureIntent;
using app::session::MoveCaptureIntent;
using app::session::SetCaptureBoundsIntent;
using channel::CaptureChange;
using channel::PauseCause;

class CaptureFiles : public ::testing::Test, public Fold {
  protected:
    void SetUp() override { opened(1, CaptureChange::kStarted); }

    void opened(std::uint32_t file, CaptureChange change) {
        tell(channel::CaptureOpened{
            .file = FileId{file}, .path = path(file), .is_live = true, .change = change});
    }
    void dropped(std::uint32_t file) {
        tell(channel::CaptureFileDropped{.file = FileId{file}, .time_ns = kNow});
    }
    void mark_in(std::uint32_t file, std::uint64_t received, std::uint64_t end_offset) {
        tell(channel::LedgerMark{.received = received,
                                 .sent = 0,
                                 .reads = 0,
                                 .file = FileId{file},
                                 .end_offset = end_offset,
                                 .time_ns = kNow});
    }
    void connection_in_server() {
        server(1);
        open(1, 1);
    }
    void fail(const std::string& message) {
        failed(channel::Operation::kCapture, 0, false, message);
    }
    void pause() { tell(channel::ReadingPaused{.cause = PauseCause::kStorage, .pauses = 1}); }
    void resume() { tell(channel::ReadingResumed{.cause = PauseCause::kStorage}); }

    static std::string path(std::uint32_t file) { return "/x/" + std::to_string(file) + ".pcapng"; }
    void answer(const Session::AuditRequest& request, std::uint64_t received) {
        net::capture::AuditCounts counts;
        counts.received = received;
        counts.file = request.file;
        counts.offset = request.end_offset;
        session.fold_audit(counts, kNow);
    }
};

TEST_F(CaptureFiles, AreListedInOrderWithTheirKnownEnds) {
    mark_in(1, 0, 100);
    opened(2, CaptureChange::kRing);
    mark_in(2, 0, 50);
    opened(3, CaptureChange::kAfterError);
    ASSERT_EQ(session.capture_files().size(), 3U);
    EXPECT_EQ(session.capture_files()[0].path, path(1));
    EXPECT_EQ(session.capture_files()[0].end_offset, 100U);
    EXPECT_EQ(session.capture_files()[1].end_offset, 50U);
    EXPECT_EQ(session.capture_path(), path(3));
    dropped(1);
    ASSERT_EQ(session.capture_files().size(), 2U);
    EXPECT_EQ(session.capture_files()[0].path, path(2));
    EXPECT_EQ(session.capture_path(), path(3));
}

TEST_F(CaptureFiles, EveryChangeIsInTheLogInPlainWords) {
    EXPECT_EQ(last_line().text, "capturing to /x/1.pcapng");
    opened(2, CaptureChange::kRing);
    EXPECT_EQ(last_line().text, "the file is full; the capture goes on in /x/2.pcapng");
    mark_in(2, 0, 1234);
    opened(3, CaptureChange::kMoved);
    EXPECT_EQ(lines_with("goes on in /x/3.pcapng; what came before stays where it is"), 1);
    opened(4, CaptureChange::kDropped);
    EXPECT_EQ(lines_with("what was captured is deleted; the capture goes on in /x/4.pcapng"), 1);
    dropped(2);
    EXPECT_EQ(last_line().text, "deleted from the capture: /x/2.pcapng (1,234 B)");
    opened(5, CaptureChange::kAfterError);
    EXPECT_EQ(lines_with("the disk failed; the capture goes on in /x/5.pcapng"), 1);
}

TEST_F(CaptureFiles, TheLastMarkOfEachFileIsCountedAndNoneIsPassedOver) {
    connection_in_server();
    record(1, Direction::kReceived, 100);
    mark_in(1, 100, 400);
    record(1, Direction::kReceived, 50);
    mark_in(1, 150, 600);  // the end of the first
    opened(2, CaptureChange::kRing);
    record(1, Direction::kReceived, 10);
    mark_in(2, 160, 300);
    opened(3, CaptureChange::kRing);
    record(1, Direction::kReceived, 1);
    mark_in(3, 161, 200);
    record(1, Direction::kReceived, 1);
    mark_in(3, 162, 300);
    const std::vector<std::pair<std::uint32_t, std::uint64_t>> expected = {
        {1, 600}, {2, 300}, {3, 300}};
    const std::uint64_t counts[] = {150, 160, 162};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto request = session.next_audit();
        ASSERT_TRUE(request.has_value());
        EXPECT_EQ(request->file, FileId{expected[i].first});
        EXPECT_EQ(request->end_offset, expected[i].second);
        answer(*request, counts[i]);
        EXPECT_EQ(session.ledger().state, LedgerState::kAgrees) << session.ledger().trouble;
    }
    EXPECT_FALSE(session.next_audit().has_value());
    EXPECT_EQ(session.ledger().stored, 162U);
}

TEST_F(CaptureFiles, AByteThatIsMissingInAnEarlierFileIsFound) {
    connection_in_server();
    record(1, Direction::kReceived, 100);
    mark_in(1, 100, 400);
    opened(2, CaptureChange::kRing);
    record(1, Direction::kReceived, 100);
    mark_in(2, 200, 300);
    answer(*session.next_audit(), 99);
    EXPECT_EQ(session.ledger().state, LedgerState::kDisagrees);
    EXPECT_NE(session.ledger().trouble.find("1 B missing"), std::string::npos);
}

TEST_F(CaptureFiles, DamageAnswersTheQuestionsAboutLaterFilesToo) {
    connection_in_server();
    record(1, Direction::kReceived, 100);
    mark_in(1, 100, 400);
    opened(2, CaptureChange::kRing);
    record(1, Direction::kReceived, 100);
    mark_in(2, 200, 300);
    dropped(1);
    net::capture::AuditCounts damaged;
    damaged.file = FileId{1};
    damaged.is_damaged = true;
    damaged.damage = "the block at byte 20: its two lengths differ";
    int questions = 0;
    while (session.next_audit() && ++questions < 10)
        session.fold_audit(damaged, kNow);
    EXPECT_EQ(questions, 2) << "asked again and again";
    EXPECT_EQ(session.ledger().state, LedgerState::kDisagrees);
    EXPECT_EQ(session.take_released_files(), std::vector<FileId>{FileId{1}});
}

TEST_F(CaptureFiles, ADroppedFileIsReleasedOnceItHasBeenCounted) {
    connection_in_server();
    record(1, Direction::kReceived, 100);
    mark_in(1, 100, 400);
    opened(2, CaptureChange::kRing);
    dropped(1);
    EXPECT_TRUE(session.take_released_files().empty()) << "waits to be counted";
    const auto request = session.next_audit();
    ASSERT_TRUE(request.has_value());
    EXPECT_TRUE(session.take_released_files().empty()) << "is being counted";
    answer(*request, 100);
    EXPECT_EQ(session.take_released_files(), std::vector<FileId>{FileId{1}});
    EXPECT_TRUE(session.take_released_files().empty()) << "once";
    opened(3, CaptureChange::kRing);
    dropped(2);
    EXPECT_EQ(session.take_released_files(), std::vector<FileId>{FileId{2}}) << "nothing in it";
}

// ---- Why the capture cannot grow ----

TEST_F(CaptureFiles, TroubleIsTheSentenceThatWasToldUntilItIsOver) {
    EXPECT_EQ(session.storage_trouble(), "");
    fail("write the capture /x: ENOSPC (no space left on device); free some space");
    EXPECT_EQ(session.storage_trouble(), "") << "nothing is held up by it";
    pause();
    EXPECT_EQ(session.storage_trouble(),
              "write the capture /x: ENOSPC (no space left on device); free some space");
    fail("write the capture /y: EEXIST (file exists)");  // a move that was refused
    EXPECT_NE(session.storage_trouble().find("ENOSPC"), std::string::npos);
    fail("write the capture /x: EIO (input/output error)");
    pause();  // goes on for another reason
    EXPECT_NE(session.storage_trouble().find("EIO"), std::string::npos);
    EXPECT_EQ(lines_with("reading paused"), 1);
    resume();
    EXPECT_EQ(session.storage_trouble(), "");
}

TEST_F(CaptureFiles, APauseOfTheQueueIsNoTroubleOfTheDisk) {
    fail("write the capture /y: EEXIST (file exists)");
    tell(channel::ReadingPaused{.cause = PauseCause::kQueueFull, .pauses = 1});
    EXPECT_EQ(session.storage_trouble(), "");
}

TEST_F(CaptureFiles, ThereIsContentOnceAnythingWasTriedThatIsInTheFile) {
    EXPECT_FALSE(session.has_content());
    server(1);
    EXPECT_FALSE(session.has_content());
    listening(1);
    EXPECT_TRUE(session.has_content());
    Fold tried;
    tried.client(1);
    EXPECT_FALSE(tried.session.has_content());
    tried.tell(channel::ClientConnecting{.endpoint = EndpointId{1}, .peer = loopback(9)});
    EXPECT_TRUE(tried.session.has_content());
    Fold connected;
    connected.server(1);
    connected.open(1, 1);
    EXPECT_TRUE(connected.session.has_content());
}

// ---- What the user asks for ----

TEST_F(CaptureFiles, WishesBecomeCommandsOfALiveRunOnly) {
    const channel::CaptureBounds ring{
        .least_free_bytes = 1 << 20, .ring_files = 5, .ring_file_bytes = 10 << 20};
    want(SetCaptureBoundsIntent{.bounds = ring});
    EXPECT_EQ(last_line().text,
              "the capture keeps the newest 5 files of 10,485,760 B; reading pauses when less than "
              "1,048,576 B are free on the disk");
    want(MoveCaptureIntent{.path = "/there", .may_overwrite = true});
    want(DropCaptureIntent{});
    const auto commands = posted(session);
    ASSERT_EQ(commands.size(), 3U);
    EXPECT_EQ(std::get<channel::SetCaptureBounds>(commands[0]).bounds, ring);
    EXPECT_EQ(std::get<channel::MoveCapture>(commands[1]).path, "/there");
    EXPECT_TRUE(std::get<channel::MoveCapture>(commands[1]).may_overwrite);
    EXPECT_TRUE(std::holds_alternative<channel::DropCapture>(commands[2]));

    Fold saved;
    saved.tell(channel::CaptureOpened{.file = FileId{1}, .path = "/x", .is_live = false});
    saved.want(DropCaptureIntent{});
    saved.want(MoveCaptureIntent{.path = "/there"});
    EXPECT_TRUE(posted(saved.session).empty());
}

}  // namespace
}  // namespace session_test
