// The desk without a window: documents beside each other, saving, what is remembered.
#include <array>

#include "tests/window/desk_fixture.h"

namespace window_test {
namespace {

// ---- Documents beside each other ------------------------------------------------------------------

TEST_F(Desk, OpeningACaptureLeavesTheLiveOneRunning) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_live();
    const Peer peer = serve_and_hear("before");
    wish(app::session::OpenCaptureWish{.path = saved});
    ASSERT_EQ(facts().documents.size(), 2U);
    EXPECT_EQ(facts().active, 1U);
    EXPECT_EQ(facts().documents[1].title, "saved.pcapng");
    EXPECT_FALSE(facts().documents[1].is_live);
    ASSERT_TRUE(read_whole());
    EXPECT_EQ(desk->active().session().totals().received, 6U);
    EXPECT_EQ(desk->active().session().connections().size(), 1U);
    say(peer, "and meanwhile");
    EXPECT_EQ(live().session().totals().received, 19U);
    EXPECT_EQ(live().session().connections().size(), 1U);
    EXPECT_EQ(facts().settings.recent, std::vector<std::string>{saved});
}

// The chooser of its file blocks nothing: by the time it is answered another document may be in sight, or this one be closed.
TEST_F(Desk, ASelectionIsSavedOfTheDocumentItWasMadeIn) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_live();
    const Peer peer = serve_and_hear("of the live one");
    wish(app::session::OpenCaptureWish{.path = saved});
    ASSERT_TRUE(read_whole());
    const app::session::DocumentId opened = facts().documents[1].id;
    const auto save = [&](app::session::DocumentId document, const fs::path& path) {
        app::session::SaveSelectionWish one;
        one.document = document;
        one.begin = {.position = 0, .offset = 3};
        one.last = {.position = 0, .offset = 5};
        one.path = path;
        app::session::ViewWishes wishes;
        wishes.emplace_back(std::move(one));
        desk->carry_out(std::move(wishes));
    };
    wish(app::session::ActivateDocumentWish{.id = live_fact().id});
    save(opened, folder / "of-opened.bin");
    EXPECT_TRUE(turn_until([&] { return has_notice(Severity::kInfo, "saved the selection"); }));
    EXPECT_EQ(contents_of(folder / "of-opened.bin"), "old");

    wish(app::session::CloseDocumentWish{.id = opened});
    save(opened, folder / "of-closed.bin");
    EXPECT_TRUE(has_notice(Severity::kWarning, "the capture was closed meanwhile"));
    EXPECT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_FALSE(fs::exists(folder / "of-closed.bin"));
}

TEST_F(Desk, TheSameFileIsOpenedOnce) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    fs::create_symlink(saved, folder / "alias.pcapng");
    start_live();
    wish(app::session::OpenCaptureWish{.path = saved});
    wish(app::session::ActivateDocumentWish{.id = live_fact().id});
    EXPECT_EQ(facts().active, 0U);
    wish(app::session::OpenCaptureWish{.path = folder / "alias.pcapng"});
    EXPECT_EQ(facts().documents.size(), 2U);
    EXPECT_EQ(facts().active, 1U);
    // What the live one writes is shown already.
    ASSERT_TRUE(turn_until([&] { return !live().session().capture_path().empty(); }));
    wish(app::session::OpenCaptureWish{.path = live().session().capture_path()});
    EXPECT_EQ(facts().documents.size(), 2U);
    EXPECT_EQ(facts().active, 0U);
}

TEST_F(Desk, AClosedDocumentGivesItsDescriptorBack) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_live();
    ASSERT_TRUE(turn_until([&] { return !live().session().capture_path().empty(); }));
    const std::size_t before = service_test::open_descriptors();
    for (int i = 0; i < 3; ++i) {
        wish(app::session::OpenCaptureWish{.path = saved});
        ASSERT_TRUE(read_whole());
        wish(app::session::CloseDocumentWish{.id = facts().documents[1].id});
        EXPECT_EQ(facts().documents.size(), 1U);
        EXPECT_EQ(facts().active, 0U);
    }
    // The settings are written meanwhile, by a worker.
    EXPECT_TRUE(turn_until([&] { return service_test::open_descriptors() <= before; }));
    // The live one is not closed this way.
    wish(app::session::CloseDocumentWish{.id = live_fact().id});
    EXPECT_EQ(facts().documents.size(), 1U);
    EXPECT_FALSE(desk->is_over());
}

TEST_F(Desk, AFileThatIsNoCaptureIsANoticeAndLeavesTheDeskAsItWas) {
    write_file(folder / "letter.txt", "Dear Sir or Madam, how do you do?");
    start_live();
    wish(app::session::OpenCaptureWish{.path = folder / "letter.txt"});
    EXPECT_EQ(facts().documents.size(), 1U);
    EXPECT_TRUE(has_notice(Severity::kError, "letter.txt"));
    wish(app::session::OpenCaptureWish{.path = "~/nothing.pcapng"});
    EXPECT_TRUE(has_notice(Severity::kError, "nothing.pcapng: ENOENT"));
    EXPECT_TRUE(has_notice(Severity::kError, folder.string()));
    ASSERT_EQ(facts().notices.size(), 2U);
    wish(app::session::DismissNoticeWish{.id = facts().notices[0].id});
    EXPECT_EQ(facts().notices.size(), 1U);
}

TEST_F(Desk, AFileThatHasTakenTheNameOfOneThatIsShownIsOpenedToo) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    const fs::path newer = capture_of_an_earlier_run(folder / "newer.pcapng", "the newer", false);
    start_saved(saved);
    ASSERT_TRUE(read_whole(0));
    fs::rename(newer, saved);
    wish(app::session::OpenCaptureWish{.path = saved});
    ASSERT_EQ(facts().documents.size(), 2U);
    ASSERT_TRUE(read_whole());
    EXPECT_EQ(desk->active().session().totals().received, 9U);
}

TEST_F(Desk, WithASavedCaptureAloneALiveOneIsStartedOnDemand) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_saved(saved);
    ASSERT_TRUE(read_whole(0));
    EXPECT_EQ(desk->live(), nullptr);
    EXPECT_EQ(files_in(config.place.directory), 0U);
    wish(app::session::OpenLiveWish{});
    ASSERT_EQ(facts().documents.size(), 2U);
    EXPECT_TRUE(facts().documents[0].is_live);
    EXPECT_EQ(facts().active, 0U);
    const Peer peer = serve_and_hear("hello");
    wish(app::session::OpenLiveWish{});
    EXPECT_EQ(facts().documents.size(), 2U) << "there is one already";
}

TEST_F(Desk, ClosingTheLastDocumentEndsTheWindow) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_saved(saved);
    wish(app::session::CloseDocumentWish{.id = facts().documents[0].id});
    EXPECT_TRUE(desk->is_over());
    EXPECT_EQ(facts().documents.size(), 1U) << "never empty";
}

TEST_F(Desk, AFloodOutOfSightLeavesTimeForTheDocumentInSight) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    start_live();
    const Peer peer = serve_and_hear("!");
    // Far more events than a turn folds.
    const std::string flood(std::size_t{32} << 20, 'f');
    std::size_t sent = 0;
    wish(app::session::OpenCaptureWish{.path = saved});
    ASSERT_TRUE(turn_until([&] {
        if (sent < flood.size())
            sent += peer.send_without_waiting(std::string_view(flood).substr(sent));
        return facts().documents[1].opening_progress < 0;
    }));
    EXPECT_EQ(desk->active().session().totals().received, 6U);
    ASSERT_TRUE(turn_until([&] {
        if (sent < flood.size())
            sent += peer.send_without_waiting(std::string_view(flood).substr(sent));
        return live().session().totals().received == flood.size() + 1;
    }));
}

// ---- Messages --------------------------------------------------------------------------------------

TEST_F(Desk, TheLastUnfinishedMessageOfAnOpenedCaptureIsCutByTheEnd) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "one\ntw", false);
    const fs::path torn = capture_of_an_earlier_run(folder / "torn.pcapng", "one\ntw", true);
    start_live();
    for (const fs::path& path : {saved, torn}) {
        wish(app::session::OpenCaptureWish{.path = path});
        app::session::SplitWish split;
        split.is_wanted = true;
        split.spec.other.kind = net::bytes::FramingKind::kDelimiter;
        split.spec.other.delimiters = {{'\n'}};
        app::session::ViewWishes wishes;
        wishes.emplace_back(std::move(split));
        // While it is being read.
        desk->carry_out(std::move(wishes));
        ASSERT_TRUE(read_whole(facts().documents.size() - 1));
        const app::session::SplitFact& fact = desk->active().view().facts().split;
        ASSERT_TRUE(turn_until([&] {
            return desk->active().session().is_stopped() && fact.is_up_to_date &&
                   fact.segments.records != nullptr;
        }));
        EXPECT_TRUE(fact.pending.empty()) << path;
        std::array<net::capture::SegmentRecord, 3> records{};
        ASSERT_EQ(fact.segments.records->read(0, records), 2U) << path;
        EXPECT_EQ(records[0].status(), net::bytes::FrameStatus::kWhole);
        EXPECT_EQ(records[1].status(), net::bytes::FrameStatus::kCutByEnd) << path;
        EXPECT_EQ(records[1].bytes(), 2U);
    }
}

// ---- Saving ---------------------------------------------------------------------------------------

TEST_F(Desk, SavingTheLiveCaptureCopiesWhatItHoldsAndItGoesOn) {
    start_live();
    EXPECT_FALSE(live_fact().has_unsaved) << "there is nothing in it";
    const Peer peer = serve_and_hear("to be kept");
    EXPECT_TRUE(live_fact().has_unsaved);
    EXPECT_EQ(live_fact().saved_path, "");
    const std::string goal = folder / "mine.pcapng";
    wish(SaveWish{.id = live_fact().id, .path = "~/mine.pcapng"});
    ASSERT_EQ(facts().jobs.size(), 1U);
    EXPECT_EQ(facts().jobs[0].label, "Saving to " + goal);
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_TRUE(has_notice(Severity::kInfo, "saved to " + goal));
    EXPECT_FALSE(live_fact().has_unsaved);
    EXPECT_EQ(live_fact().saved_path, goal);
    EXPECT_NE(contents_of(goal).find("to be kept"), std::string::npos);
    EXPECT_EQ(facts().settings.recent, std::vector<std::string>{goal});
    EXPECT_EQ(facts().settings.last_folder, folder);

    say(peer, "and this too");
    ASSERT_TRUE(turn_until([&] { return live_fact().has_unsaved; }));
    wish(SaveWish{.id = live_fact().id, .path = live_fact().saved_path, .may_overwrite = true});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_FALSE(live_fact().has_unsaved);
    EXPECT_NE(contents_of(goal).find("and this too"), std::string::npos);
    // The copy opens as a document of its own beside the live one.
    wish(app::session::OpenCaptureWish{.path = goal});
    ASSERT_TRUE(read_whole());
    EXPECT_EQ(desk->active().session().totals().received, live().session().totals().received);
}

TEST_F(Desk, NotesComeBackFromTheCopyAndThoseOnAnOpenedCaptureAreUnsavedUntilThen) {
    const auto add_note = [](Document& document, std::string text) {
        app::session::Intents intents;
        intents.emplace_back(app::session::AddNoteIntent{
            .begin = {.position = 0, .offset = 2}, .bytes = 3, .text = std::move(text)});
        document.session().apply(std::move(intents), app::realtime_ns());
        document.post();
    };
    const auto texts = [&] {
        std::vector<std::string> all;
        for (const auto* fact : desk->active().session().notes().in_order())
            all.push_back(fact->note.text);
        return all;
    };
    const auto active_fact = [&] { return facts().documents[facts().active]; };
    start_live();
    const Peer peer = serve_and_hear("to be noted");
    add_note(live(), "while it goes on");
    ASSERT_TRUE(turn_until([&] { return texts().size() == 1; }));
    const std::string first = folder / "first.pcapng";
    wish(SaveWish{.id = live_fact().id, .path = first});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));

    wish(app::session::OpenCaptureWish{.path = first});
    ASSERT_TRUE(read_whole());
    EXPECT_EQ(texts(), std::vector<std::string>{"while it goes on"});
    EXPECT_FALSE(active_fact().has_unsaved);
    const std::string before = contents_of(first);
    add_note(desk->active(), "afterwards");
    ASSERT_TRUE(turn_until([&] { return active_fact().has_unsaved; }));
    EXPECT_TRUE(active_fact().lacks_only_notes);
    EXPECT_EQ(contents_of(first), before) << "the opened file is not changed";
    const std::string second = folder / "second.pcapng";
    wish(SaveWish{.id = active_fact().id, .path = second});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_FALSE(active_fact().has_unsaved);
    wish(app::session::OpenCaptureWish{.path = second});
    ASSERT_TRUE(read_whole(2));
    EXPECT_EQ(texts(), (std::vector<std::string>{"while it goes on", "afterwards"}));
}

TEST_F(Desk, AnExistingFileIsReplacedOnlyWhenTheWishSaysSo) {
    start_live();
    const Peer peer = serve_and_hear("new");
    write_file(folder / "precious", "precious");
    wish(SaveWish{.id = live_fact().id, .path = folder / "precious"});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_TRUE(has_notice(Severity::kError, "precious: EEXIST"));
    EXPECT_EQ(contents_of(folder / "precious"), "precious");
    EXPECT_TRUE(live_fact().has_unsaved);
    EXPECT_EQ(live_fact().saved_path, "");
}

TEST_F(Desk, ADocumentClosedWhileItIsSavedIsSavedWhole) {
    const std::string text = service_test::pattern(std::size_t{8} << 20);
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", text, false);
    start_live();
    wish(app::session::OpenCaptureWish{.path = saved});
    ASSERT_TRUE(read_whole());
    const auto id = facts().documents[1].id;
    wish(SaveWish{.id = id, .path = folder / "copy.pcapng"});
    wish(app::session::CloseDocumentWish{.id = id});
    EXPECT_EQ(facts().documents.size(), 1U);
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_TRUE(has_notice(Severity::kInfo, "saved to"));
    EXPECT_EQ(contents_of(folder / "copy.pcapng"), contents_of(saved));
}

TEST_F(Desk, ARingGivesItsDroppedFilesBackWhileTheCaptureIsExported) {
    config.ring = {.ring_files = 2, .ring_file_bytes = 1 << 20};
    start_live();
    const Peer peer = serve_and_hear("x");
    const auto first = live().session().capture_files().front().file;
    int exports = 0;
    const std::string text = service_test::pattern(std::size_t{6} << 20);
    std::size_t sent = 0;
    // There is an export under way in every turn.
    EXPECT_TRUE(turn_until([&] {
        if (sent < text.size())
            sent += peer.send_without_waiting(std::string_view(text).substr(sent));
        wish(app::session::ExportWish{.id = live_fact().id,
                                      .connections = {},
                                      .format = app::session::ExportFormat::kHexDump,
                                      .path = folder / std::to_string(exports++)});
        return files->descriptor(first) < 0;
    }));
    EXPECT_FALSE(facts().jobs.empty());
}

TEST_F(Desk, WhatIsAskedOfAClosedDocumentIsRefusedInWords) {
    start_live();
    wish(SaveWish{.id = app::session::DocumentId{99}, .path = folder / "x.pcapng"});
    EXPECT_TRUE(has_notice(Severity::kWarning, "the capture was closed meanwhile"));
}

TEST_F(Desk, AnExportOfTheLiveCaptureHoldsItsPayload) {
    start_live();
    const Peer peer = serve_and_hear("the payload alone");
    wish(app::session::ExportWish{.id = live_fact().id,
                                  .connections = {},
                                  .wants_sent = false,
                                  .format = app::session::ExportFormat::kRaw,
                                  .path = folder / "raw.bin"});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty(); }));
    EXPECT_TRUE(has_notice(Severity::kInfo, "exported to"));
    EXPECT_EQ(contents_of(folder / "raw.bin"), "the payload alone");
    EXPECT_TRUE(live_fact().has_unsaved) << "an export is no copy of the capture";
}

// ---- What earlier runs have left, what is remembered ----------------------------------------------

TEST_F(Desk, SettingsAreRememberedForTheNextRun) {
    start_live();
    app::session::Settings settings = facts().settings;
    settings.bounds = {.least_free_bytes = 1 << 20, .ring_files = 3, .ring_file_bytes = 1 << 20};
    settings.recent = {"/a", "/b"};
    wish(app::session::ChangeSettingsWish{.settings = settings});
    EXPECT_EQ(facts().settings, settings);
    desk.reset();  // writes
    start_live();
    EXPECT_EQ(facts().settings, settings);
    // A named capture is one file unless --ring says otherwise; the settings keep what they hold.
    config.is_capture_named = true;
    make();
    EXPECT_EQ(files_in(folder / "config"), 1U);
    config.ring = {.ring_files = 7, .ring_file_bytes = 2 << 20};
    start_live();
    EXPECT_EQ(facts().settings.bounds.ring_files, 7U);
    EXPECT_EQ(facts().settings.bounds.least_free_bytes, std::uint64_t{1} << 20);
    wish(app::session::ChangeSettingsWish{.settings = facts().settings});
    desk.reset();
    config.ring.reset();
    config.is_capture_named = false;
    start_live();
    EXPECT_EQ(facts().settings.bounds.ring_files, 3U) << "--ring was for that run alone";
}

TEST_F(Desk, OnlyWhatWasChangedInTheWindowIsRememberedBesideAOneOffRing) {
    config.ring = {.ring_files = 7, .ring_file_bytes = 2 << 20};
    start_live();
    app::session::Settings settings = facts().settings;
    settings.bounds.least_free_bytes = 3 << 20;
    wish(app::session::ChangeSettingsWish{.settings = settings});
    EXPECT_EQ(facts().settings.bounds.ring_files, 7U) << "it goes on in this run";
    desk.reset();
    config.ring.reset();
    start_live();
    EXPECT_EQ(facts().settings.bounds.ring_files, 0U);
    EXPECT_EQ(facts().settings.bounds.least_free_bytes, std::uint64_t{3} << 20);
}

TEST_F(Desk, WhatAScriptOpensIsNoRecentFile) {
    const fs::path saved = capture_of_an_earlier_run(folder / "saved.pcapng", "of old", false);
    config.is_attended = false;
    start_saved(saved);
    EXPECT_TRUE(facts().settings.recent.empty());
}

// ---- What a crash has left ----

TEST_F(Desk, ACaptureLeftByACrashIsOfferedUntilSomebodyHasLookedAtItOrKeptIt) {
    const fs::path place = config.place.directory;
    const fs::path a = capture_of_an_earlier_run(place / "a.pcapng", "a", true);
    const fs::path b = capture_of_an_earlier_run(place / "b.pcapng", "b", true);
    capture_of_an_earlier_run(place / "c.pcapng", "c", false);
    start_live();
    ASSERT_TRUE(turn_until([&] { return !facts().left.empty(); }));
    EXPECT_EQ(facts().offered_left, 2U);
    wish(app::session::OpenCaptureWish{.path = a});
    EXPECT_EQ(facts().offered_left, 1U);
    start_live();
    ASSERT_TRUE(turn_until([&] { return !facts().left.empty(); }));
    EXPECT_EQ(facts().offered_left, 1U) << "it was looked at in the run before";
    wish(app::session::KeepLeftWish{});
    EXPECT_EQ(facts().offered_left, 0U);
    start_live();
    ASSERT_TRUE(turn_until([&] { return !facts().left.empty(); }));
    EXPECT_EQ(facts().offered_left, 0U);
    EXPECT_EQ(facts().settings.known_left.size(), 2U);
    fs::remove(b);
    start_live();
    ASSERT_TRUE(turn_until([&] { return !facts().left.empty(); }));
    EXPECT_EQ(facts().settings.known_left, std::vector<std::string>{"a.pcapng"});
}

TEST_F(Desk, ACaptureThatWentOnElsewhereIsNotOfferedAsLeftByACrash) {
    start_live();
    const Peer peer = serve_and_hear("before");
    app::session::Intents intents;
    intents.emplace_back(app::session::MoveCaptureIntent{.path = folder / "elsewhere.pcapng"});
    live().session().apply(std::move(intents), app::realtime_ns());
    live().post();
    ASSERT_TRUE(
        turn_until([&] { return live().session().capture_path() == folder / "elsewhere.pcapng"; }));
    EXPECT_TRUE(stop());
    start_live();
    ASSERT_TRUE(turn_until([&] { return facts().left.size() == 1; }));
    EXPECT_EQ(facts().offered_left, 0U);
}

TEST_F(Desk, DamagedSettingsAreSetAsideAndSaid) {
    write_file(config.settings_path, "{\"recent\": [");
    start_live();
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kWarning, "settings.json"); }));
    EXPECT_TRUE(has_notice(Severity::kWarning, "settings.json.damaged"));
    EXPECT_EQ(contents_of(config.settings_path + ".damaged"), "{\"recent\": [");
    EXPECT_EQ(facts().settings, app::session::Settings{});
}

TEST_F(Desk, AFolderIsListedForWhatWasAsked) {
    write_file(folder / "here/a.pcapng", "a");
    start_live();
    wish(app::session::ListFolderWish{});
    ASSERT_TRUE(turn_until([&] { return facts().folder.has_value(); }));
    EXPECT_EQ(facts().folder->asked, "");
    EXPECT_EQ(facts().folder->path, folder);
    wish(app::session::ListFolderWish{.path = folder / "here"});
    ASSERT_TRUE(turn_until([&] { return facts().folder->asked == folder / "here"; }));
    ASSERT_EQ(facts().folder->entries.size(), 1U);
    EXPECT_EQ(facts().folder->entries[0].name, "a.pcapng");
}

TEST_F(Desk, WhereNothingChangesTheFactsKeepTheirVersion) {
    start_live();
    const Peer peer = serve_and_hear("then silence");
    ASSERT_TRUE(turn_until([&] { return live_fact().has_unsaved; }));
    const std::uint64_t version = facts().version;
    for (int i = 0; i < 100; ++i)
        desk->turn(app::monotonic_ns());
    EXPECT_EQ(facts().version, version);
}

}  // namespace
}  // namespace window_test
