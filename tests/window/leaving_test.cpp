// What leaving asks, waits for and deletes: nothing that is nowhere else goes without an answer.
#include <atomic>

#include "tests/window/desk_fixture.h"

namespace window_test {
namespace {

class Leaving : public Desk {
  protected:
    // A capture's bytes, as a stream would bring them.
    std::string stream_bytes() {
        const fs::path path = capture_of_an_earlier_run(
            folder / "streamed.pcapng", service_test::pattern(kStreamedBytes), false);
        std::string bytes = contents_of(path);
        fs::remove(path);
        return bytes;
    }
    bool is_all_told() {
        return turn_until(
            [&] { return desk->active().session().totals().received == kStreamedBytes; });
    }
    static constexpr std::size_t kStreamedBytes = 20'000;
};

// ---- Leaving --------------------------------------------------------------------------------------

TEST_F(Leaving, LeavingARunWithoutContentAsksNothingAndLeavesNoFile) {
    start_live();
    ASSERT_TRUE(turn_until([&] { return files_in(config.place.directory) == 1; }));
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 0U);
}

TEST_F(Leaving, LeavingWithSomethingUnsavedAsksAndCancelGoesOn) {
    start_live();
    const Peer peer = serve_and_hear("unsaved");
    desk->ask_to_quit();
    EXPECT_FALSE(desk->is_over());
    EXPECT_EQ(facts().quit, QuitState::kAsking);
    answer(QuitWish::How::kCancel);
    EXPECT_EQ(facts().quit, QuitState::kNo);
    say(peer, "still there");
    EXPECT_EQ(files_in(config.place.directory), 1U);
    answer(QuitWish::How::kDiscard);
    EXPECT_FALSE(desk->is_over()) << "never without the question";
    desk->ask_to_quit();
    wish(QuitWish{.how = QuitWish::How::kDiscard});
    EXPECT_FALSE(desk->is_over()) << "it says nothing of which";
}

TEST_F(Leaving, DiscardDeletesThisRunsCaptureAndNoOther) {
    capture_of_an_earlier_run(fs::path(config.place.directory) / "other.pcapng", "other", false);
    start_live();
    const Peer peer = serve_and_hear("away with it");
    desk->ask_to_quit();
    answer(QuitWish::How::kDiscard);
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 1U);
    EXPECT_TRUE(fs::exists(fs::path(config.place.directory) / "other.pcapng"));
}

TEST_F(Leaving, SavingAtTheEndKeepsEverythingInTheNamedFileAndOnlyThere) {
    start_live();
    const Peer peer = serve_and_hear("to the last byte");
    desk->ask_to_quit();
    answer(QuitWish::How::kSave, folder / "kept.pcapng");
    EXPECT_EQ(facts().quit, QuitState::kSaving);
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    const std::string original = contents_of(live().session().capture_path());
    EXPECT_EQ(contents_of(folder / "kept.pcapng"), original) << "to its end, the closing included";
    leave();
    EXPECT_EQ(files_in(config.place.directory), 0U);
    start_saved(folder / "kept.pcapng");
    ASSERT_TRUE(read_whole(0));
    const auto& session = desk->active().session();
    EXPECT_EQ(session.totals().received, 16U);
    EXPECT_EQ(session.connection(session.connections().front())->state,
              app::session::ConnectionState::kClosed);
}

TEST_F(Leaving, ASaveAtTheEndThatFailsBringsTheQuestionBackAndDeletesNothing) {
    start_live();
    const Peer peer = serve_and_hear("precious");
    desk->ask_to_quit();
    answer(QuitWish::How::kSave, folder / "no/such/folder/x.pcapng");
    ASSERT_TRUE(turn_until([&] { return facts().quit == QuitState::kAsking; }));
    EXPECT_FALSE(desk->is_over());
    EXPECT_TRUE(has_notice(Severity::kError, "x.pcapng: ENOENT"));
    EXPECT_EQ(files_in(config.place.directory), 1U);
    // The second try knows better.
    answer(QuitWish::How::kSave, folder / "x.pcapng");
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    leave();
    EXPECT_EQ(files_in(config.place.directory), 0U);
    EXPECT_NE(contents_of(folder / "x.pcapng").find("precious"), std::string::npos);
}

TEST_F(Leaving, ASaveAtTheEndThatIsCancelledBringsTheQuestionBack) {
    start_live();
    const Peer peer = serve_and_hear("precious");
    desk->ask_to_quit();
    answer(QuitWish::How::kSave, folder / "x.pcapng");
    answer(QuitWish::How::kCancel);
    ASSERT_TRUE(turn_until([&] { return facts().quit == QuitState::kAsking; }));
    answer(QuitWish::How::kCancel);
    EXPECT_EQ(facts().quit, QuitState::kNo);
    ASSERT_TRUE(turn_until([&] { return live().session().is_stopped(); }));
    EXPECT_FALSE(desk->is_over());
    EXPECT_EQ(files_in(config.place.directory), 1U);
    EXPECT_TRUE(live_fact().has_unsaved);
}

TEST_F(Leaving, ASavedCaptureAsksNothingAndStays) {
    start_live();
    Peer peer = serve_and_hear("kept");
    peer.close();
    ASSERT_TRUE(turn_until([&] { return live().session().totals().open_connections == 0; }));
    wish(SaveWish{.id = live_fact().id, .path = folder / "mine.pcapng"});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty() && !live_fact().has_unsaved; }));
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
}

TEST_F(Leaving, ACaptureThatWasNamedIsNeitherAskedAboutNorDeleted) {
    config.is_capture_named = true;
    config.service.capture.path = folder / "named.pcapng";
    config.service.capture.directory.clear();
    start_live();
    EXPECT_FALSE(live_fact().has_unsaved);
    const Peer peer = serve_and_hear("mine");
    EXPECT_FALSE(live_fact().has_unsaved);
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_NE(contents_of(folder / "named.pcapng").find("mine"), std::string::npos);
}

TEST_F(Leaving, AnUnattendedRunAsksNothingAndKeepsItsCapture) {
    config.is_attended = false;
    start_live();
    const Peer peer = serve_and_hear("kept");
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 1U);
}

// ---- What is under way ----

TEST_F(Leaving, WaitsForAnExportThatIsUnderWay) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_saved(saved);
    ASSERT_TRUE(read_whole(0));
    wish(app::session::ExportWish{
        .id = facts().documents[0].id, .connections = {}, .path = folder / "raw.bin"});
    desk->ask_to_quit();
    EXPECT_FALSE(desk->is_over());
    EXPECT_EQ(facts().quit, QuitState::kFinishing);
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    EXPECT_EQ(contents_of(folder / "raw.bin.received"), "of old");
}

TEST_F(Leaving, WhatIsUnderWayCanBeGivenUpOrGoneBackTo) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_saved(saved);
    ASSERT_TRUE(read_whole(0));
    const SaveWish save{.id = facts().documents[0].id, .path = folder / "copy.pcapng"};
    wish(save);
    desk->ask_to_quit();
    answer(QuitWish::How::kCancel);
    EXPECT_EQ(facts().quit, QuitState::kNo);
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_FALSE(desk->is_over());
    wish(SaveWish{.id = save.id, .path = folder / "other.pcapng"});
    desk->ask_to_quit();
    answer(QuitWish::How::kStopJobs);
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
}

TEST_F(Leaving, WhatFailsMeanwhileIsSeenBeforeTheWindowCloses) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_saved(saved);
    ASSERT_TRUE(read_whole(0));
    wish(SaveWish{.id = facts().documents[0].id, .path = folder / "no/such/folder/x.pcapng"});
    desk->ask_to_quit();
    ASSERT_TRUE(turn_until([&] { return facts().quit == QuitState::kNo; }));
    EXPECT_FALSE(desk->is_over());
    EXPECT_TRUE(has_notice(Severity::kError, "x.pcapng: ENOENT"));
}

TEST_F(Leaving, ASaveThatEndsWhileItIsAskedAnswersTheQuestion) {
    start_live();
    const Peer peer = serve_and_hear("saved in time");
    wish(SaveWish{.id = live_fact().id, .path = folder / "mine.pcapng"});
    desk->ask_to_quit();
    EXPECT_EQ(facts().quit, QuitState::kAsking);
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    EXPECT_NE(contents_of(folder / "mine.pcapng").find("saved in time"), std::string::npos);
    leave();
    EXPECT_EQ(files_in(config.place.directory), 1U)
        << "the connection's end came behind what was saved";
}

TEST_F(Leaving, OfTwoSavesToOneNameTheLaterOneStays) {
    start_live();
    const Peer peer = serve_and_hear("first");
    const std::string goal = folder / "mine.pcapng";
    wish(SaveWish{.id = live_fact().id, .path = goal});
    wish(SaveWish{.id = live_fact().id, .path = goal, .may_overwrite = true});
    EXPECT_EQ(facts().jobs.size(), 1U);
    EXPECT_TRUE(has_notice(Severity::kWarning, "being written already"));
    desk->ask_to_quit();
    answer(QuitWish::How::kSave, goal, true);
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    EXPECT_EQ(contents_of(goal), contents_of(live().session().capture_path()));
}

// ---- Streams ----

TEST_F(Leaving, ASavedStreamIsUnsavedAgainWhenMoreComes) {
    const std::string bytes = stream_bytes();
    const StandardInput input;
    // Half a block is under way when it is saved.
    const std::size_t half = bytes.size() - 30;
    input.feed(std::string_view(bytes).substr(0, half));
    start_saved("-");
    ASSERT_TRUE(is_all_told());
    ASSERT_TRUE(turn_until([&] { return facts().documents[0].has_unsaved; }));
    EXPECT_TRUE(facts().documents[0].is_stream);
    EXPECT_TRUE(facts().documents[0].is_arriving);
    const auto id = facts().documents[0].id;
    const std::string goal = folder / "mine.pcapng";
    wish(SaveWish{.id = id, .path = goal});
    // It comes before the copying is known to have ended.
    input.feed(std::string_view(bytes).substr(half));
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    const std::string first = contents_of(goal);
    EXPECT_LT(first.size(), half) << "whole blocks only";
    EXPECT_EQ(first, bytes.substr(0, first.size()));
    ASSERT_TRUE(turn_until([&] { return facts().documents[0].has_unsaved; }));
    wish(SaveWish{.id = id, .path = goal, .may_overwrite = true});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_EQ(contents_of(goal), bytes);
    EXPECT_FALSE(facts().documents[0].has_unsaved);
}

TEST_F(Leaving, AStreamThatIsSavedAtTheEndEndsThere) {
    const std::string bytes = stream_bytes();
    const StandardInput input;
    input.feed(bytes);
    start_saved("-");
    ASSERT_TRUE(is_all_told());
    desk->ask_to_quit();
    ASSERT_EQ(facts().quit, QuitState::kAsking);
    EXPECT_TRUE(facts().documents[0].at_stake.empty()) << "it lies in no file";
    answer(QuitWish::How::kSave, folder / "mine.pcapng");
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    EXPECT_EQ(contents_of(folder / "mine.pcapng"), bytes);
}

TEST_F(Leaving, DiscardIsAboutTheOneThatWasAskedAbout) {
    const std::string bytes = stream_bytes();
    const StandardInput input;
    input.feed(bytes);
    start_saved("-");
    ASSERT_TRUE(is_all_told());
    wish(app::session::OpenLiveWish{});
    const Peer peer = serve_and_hear("precious");
    ASSERT_TRUE(turn_until([&] { return live_fact().has_unsaved; }));
    wish(QuitWish{.how = QuitWish::How::kAsk});
    const auto live_id = live_fact().id;
    const auto stream_id = facts().documents[1].id;
    EXPECT_EQ(live_fact().at_stake, std::vector<std::string>{live().session().capture_path()});
    wish(QuitWish{.how = QuitWish::How::kDiscard, .document = stream_id});
    EXPECT_FALSE(desk->is_over()) << "the live one is still to be asked about";
    EXPECT_EQ(facts().quit, QuitState::kAsking);
    EXPECT_FALSE(facts().documents[1].has_unsaved);
    EXPECT_TRUE(live_fact().has_unsaved);
    // Back to the window: asked about both again.
    wish(QuitWish{.how = QuitWish::How::kCancel});
    EXPECT_TRUE(facts().documents[1].has_unsaved);
    desk->ask_to_quit();
    wish(QuitWish{.how = QuitWish::How::kDiscard, .document = live_id});
    wish(QuitWish{.how = QuitWish::How::kDiscard, .document = stream_id});
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 0U);
}

// ---- What is deleted ----

std::atomic<bool> is_disk_stuck{false};

int stuck_write(int fd, const void* data, std::size_t size, std::int64_t* written) {
    is_disk_stuck.wait(true);
    const ssize_t n = ::write(fd, data, size);
    if (n < 0) return errno;
    *written = n;
    return 0;
}

TEST_F(Leaving, NothingIsDeletedUnderAWriterOrThatTheCopyLacks) {
    config.service.capture.write_hook = stuck_write;
    start_live();
    Peer peer = serve_and_hear("saved");
    is_disk_stuck = true;
    peer.send("written when the disk comes back");
    desk->ask_to_quit();
    answer(QuitWish::How::kSave, folder / "mine.pcapng");
    const bool is_saved = turn_until([&] { return desk->is_over(); });
    EXPECT_EQ(desk->leave(false), std::vector<std::string>{});
    EXPECT_EQ(files_in(config.place.directory), 1U) << "the network thread may still write";
    is_disk_stuck = false;
    is_disk_stuck.notify_all();
    ASSERT_TRUE(is_saved);
    leave();
    ASSERT_EQ(files_in(config.place.directory), 1U);
    EXPECT_NE(contents_of(live().session().capture_path()).find("comes back"), std::string::npos);
    EXPECT_EQ(contents_of(folder / "mine.pcapng").find("comes back"), std::string::npos);
}

TEST_F(Leaving, ADiscardedOneIsNamedWhereItCannotBeDeletedYet) {
    start_live();
    const Peer peer = serve_and_hear("away with it");
    desk->ask_to_quit();
    answer(QuitWish::How::kDiscard);
    EXPECT_TRUE(desk->is_over());
    const auto lines = desk->leave(false);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find(live().session().capture_path()), std::string::npos);
    EXPECT_EQ(files_in(config.place.directory), 1U);
}

TEST_F(Leaving, NothingIsDeletedWhenTheCopyHasGoneMeanwhile) {
    start_live();
    const Peer peer = serve_and_hear("the only one");
    desk->ask_to_quit();
    answer(QuitWish::How::kSave, folder / "mine.pcapng");
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    fs::resize_file(folder / "mine.pcapng", 10);
    leave();
    EXPECT_EQ(files_in(config.place.directory), 1U);
}

TEST_F(Leaving, AFileThatHasTakenTheCapturesPlaceStays) {
    start_live();
    const Peer peer = serve_and_hear("away with it");
    const std::string path = live().session().capture_path();
    fs::remove(path);
    write_file(path, "somebody else's");
    desk->ask_to_quit();
    answer(QuitWish::How::kDiscard);
    EXPECT_TRUE(stop());
    const auto lines = desk->leave(true);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("another file has taken its place"), std::string::npos);
    EXPECT_EQ(contents_of(path), "somebody else's");
}

}  // namespace
}  // namespace window_test
