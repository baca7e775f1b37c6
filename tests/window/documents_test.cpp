// The desk without a window: documents beside each other, saving, what leaving asks and does, what is remembered. A real network thread, real files.
#include "app/documents.h"

#include "app/pacing.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/support/service_fixture.h"

namespace {

namespace fs = std::filesystem;
using app::DeskConfig;
using app::Document;
using app::Documents;
using app::session::DeskFacts;
using app::session::DeskWish;
using app::session::QuitState;
using app::session::QuitWish;
using app::session::SaveWish;
using app::session::Severity;
using service_test::Peer;

std::string contents_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary)
        .write(text.data(), static_cast<std::streamsize>(text.size()));
}

QuitWish quit(QuitWish::How how, std::string path = {}) {
    return {.how = how, .path = std::move(path)};
}

std::size_t files_in(const fs::path& folder) {
    if (!fs::exists(folder)) return 0;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

class Desk : public ::testing::Test {
  protected:
    Desk() {
        std::string name = (fs::temp_directory_path() / "wireloupe-desk-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        config.place.directory = folder / "state";
        config.service.capture.directory = config.place.directory;
        config.settings_path = folder / "config/settings.json";
        config.home = folder;
        wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    ~Desk() override {
        desk.reset();
        files.reset();
        ::close(wake_);
        fs::remove_all(folder);
    }

    void make() {
        desk.reset();
        files = std::make_unique<net::capture::FileTable>();
        desk = std::make_unique<Documents>(*files, config, [this] {
            const std::uint64_t one = 1;
            (void)!::write(wake_, &one, sizeof one);
        });
    }
    void start_live() {
        make();
        net::channel::Failure failure;
        ASSERT_TRUE(desk->start_live(failure)) << failure.message;
    }
    void start_saved(const std::string& path) {
        make();
        net::channel::Failure failure;
        ASSERT_TRUE(desk->start_saved(path, failure)) << failure.message;
    }

    // Turns as the window's loop does, until it is so.
    [[nodiscard]] bool turn_until(const std::function<bool()>& is_so) {
        const std::int64_t limit = app::monotonic_ns() + service_test::kPatience_ns;
        while (true) {
            const std::int64_t now = app::monotonic_ns();
            const bool is_left = desk->drain(now, 2'000'000);
            desk->turn(now);
            if (is_so()) return true;
            if (now >= limit) return false;
            if (is_left) continue;
            const std::int64_t due = std::min(desk->next_turn_ns(now), limit);
            pollfd ready{.fd = wake_, .events = POLLIN, .revents = 0};
            ::poll(&ready, 1,
                   static_cast<int>(std::max<std::int64_t>(due - now, 0) / 1'000'000) + 1);
            std::uint64_t count = 0;
            (void)!::read(wake_, &count, sizeof count);
        }
    }
    void wish(DeskWish one) {
        app::session::DeskWishes wishes;
        wishes.push_back(std::move(one));
        desk->carry_out(std::move(wishes));
    }
    const DeskFacts& facts() { return desk->facts(); }
    Document& live() { return *desk->live(); }
    const app::session::DocumentFact& live_fact() {
        return *std::find_if(facts().documents.begin(), facts().documents.end(),
                             [](const auto& fact) { return fact.is_live; });
    }
    bool has_notice(Severity severity, std::string_view words) {
        return std::any_of(facts().notices.begin(), facts().notices.end(), [&](const auto& one) {
            return one.severity == severity && one.text.find(words) != std::string::npos;
        });
    }

    // A server of the live document, and somebody who has said `text` to it.
    Peer serve_and_hear(const std::string& text) {
        app::session::Intents intents;
        net::channel::ServerConfig server;
        server.address.address = service_test::loopback();
        intents.emplace_back(
            app::session::StartServerIntent{.name = "127.0.0.1:0", .config = std::move(server)});
        live().session().apply(std::move(intents), app::realtime_ns());
        live().post();
        const auto& session = live().session();
        EXPECT_TRUE(turn_until([&] {
            return !session.endpoints().empty() &&
                   !session.endpoint(session.endpoints().back())->listening_on.empty();
        }));
        const auto address = session.endpoint(session.endpoints().back())->listening_on.front();
        Peer peer = Peer::to(address);
        say(peer, text);
        return peer;
    }
    void say(const Peer& peer, const std::string& text) {
        const std::uint64_t before = live().session().totals().received;
        peer.send(text);
        EXPECT_TRUE(
            turn_until([&] { return live().session().totals().received == before + text.size(); }));
        // It can be saved once it is known to be whole.
        EXPECT_TRUE(turn_until(
            [&] { return live().session().ledger().shown == live().session().totals().received; }));
    }
    // A whole capture, as an earlier run left it. `is_torn`: by a crash.
    fs::path capture_of_an_earlier_run(const fs::path& path,
                                       const std::string& text,
                                       bool is_torn) {
        start_live();
        const Peer peer = serve_and_hear(text);
        const std::string from = live().session().capture_path();
        fs::create_directories(path.parent_path());
        if (is_torn) fs::copy_file(from, path);
        EXPECT_TRUE(stop());
        if (!is_torn) fs::copy_file(from, path);
        fs::remove(from);
        desk.reset();
        return path;
    }
    // What the window does when its loop has ended.
    [[nodiscard]] bool stop() {
        app::FrameSide side = live().side();
        return app::stop_and_drain(side, service_test::kPatience_ns);
    }
    // The same, and what was deleted.
    void leave() {
        if (desk->live() != nullptr) {
            EXPECT_TRUE(stop());
        }
        EXPECT_EQ(desk->leave(), std::vector<std::string>{});
    }
    bool read_whole(std::size_t index = 1) {
        return turn_until([&] {
            return facts().documents.size() > index &&
                   facts().documents[index].opening_progress < 0;
        });
    }

    fs::path folder;
    DeskConfig config;
    std::unique_ptr<net::capture::FileTable> files;
    std::unique_ptr<Documents> desk;

  private:
    int wake_ = -1;
};

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
    EXPECT_EQ(service_test::open_descriptors(), before);
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

// ---- Leaving --------------------------------------------------------------------------------------

TEST_F(Desk, LeavingARunWithoutContentAsksNothingAndLeavesNoFile) {
    start_live();
    ASSERT_TRUE(turn_until([&] { return files_in(config.place.directory) == 1; }));
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 0U);
}

TEST_F(Desk, LeavingWithSomethingUnsavedAsksAndCancelGoesOn) {
    start_live();
    const Peer peer = serve_and_hear("unsaved");
    desk->ask_to_quit();
    EXPECT_FALSE(desk->is_over());
    EXPECT_EQ(facts().quit, QuitState::kAsking);
    wish(quit(QuitWish::How::kCancel));
    EXPECT_EQ(facts().quit, QuitState::kNo);
    say(peer, "still there");
    EXPECT_EQ(files_in(config.place.directory), 1U);
    wish(quit(QuitWish::How::kDiscard));
    EXPECT_FALSE(desk->is_over()) << "never without the question";
}

TEST_F(Desk, DiscardDeletesThisRunsCaptureAndNoOther) {
    capture_of_an_earlier_run(fs::path(config.place.directory) / "other.pcapng", "other", false);
    start_live();
    const Peer peer = serve_and_hear("away with it");
    wish(quit(QuitWish::How::kAsk));
    wish(quit(QuitWish::How::kDiscard));
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 1U);
    EXPECT_TRUE(fs::exists(fs::path(config.place.directory) / "other.pcapng"));
}

TEST_F(Desk, SavingAtTheEndKeepsEverythingInTheNamedFileAndOnlyThere) {
    start_live();
    const Peer peer = serve_and_hear("to the last byte");
    desk->ask_to_quit();
    wish(quit(QuitWish::How::kSave, folder / "kept.pcapng"));
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

TEST_F(Desk, ASaveAtTheEndThatFailsBringsTheQuestionBackAndDeletesNothing) {
    start_live();
    const Peer peer = serve_and_hear("precious");
    desk->ask_to_quit();
    wish(quit(QuitWish::How::kSave, folder / "no/such/folder/x.pcapng"));
    ASSERT_TRUE(turn_until([&] { return facts().quit == QuitState::kAsking; }));
    EXPECT_FALSE(desk->is_over());
    EXPECT_TRUE(has_notice(Severity::kError, "x.pcapng: ENOENT"));
    EXPECT_EQ(files_in(config.place.directory), 1U);
    // The second try knows better.
    wish(quit(QuitWish::How::kSave, folder / "x.pcapng"));
    ASSERT_TRUE(turn_until([&] { return desk->is_over(); }));
    leave();
    EXPECT_EQ(files_in(config.place.directory), 0U);
    EXPECT_NE(contents_of(folder / "x.pcapng").find("precious"), std::string::npos);
}

TEST_F(Desk, ASaveAtTheEndThatIsCancelledBringsTheQuestionBack) {
    start_live();
    const Peer peer = serve_and_hear("precious");
    desk->ask_to_quit();
    wish(quit(QuitWish::How::kSave, folder / "x.pcapng"));
    wish(quit(QuitWish::How::kCancel));
    ASSERT_TRUE(turn_until([&] { return facts().quit == QuitState::kAsking; }));
    wish(quit(QuitWish::How::kCancel));
    EXPECT_EQ(facts().quit, QuitState::kNo);
    ASSERT_TRUE(turn_until([&] { return live().session().is_stopped(); }));
    EXPECT_FALSE(desk->is_over());
    EXPECT_EQ(files_in(config.place.directory), 1U);
    EXPECT_TRUE(live_fact().has_unsaved);
}

TEST_F(Desk, ASavedCaptureAsksNothingAndStays) {
    start_live();
    Peer peer = serve_and_hear("kept");
    peer.close();
    ASSERT_TRUE(turn_until([&] { return live().session().totals().open_connections == 0; }));
    wish(SaveWish{.id = live_fact().id, .path = folder / "mine.pcapng"});
    ASSERT_TRUE(turn_until([&] { return facts().jobs.empty() && !live_fact().has_unsaved; }));
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
}

TEST_F(Desk, ACaptureThatWasNamedIsNeitherAskedAboutNorDeleted) {
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

TEST_F(Desk, AnUnattendedRunAsksNothingAndKeepsItsCapture) {
    config.is_attended = false;
    start_live();
    const Peer peer = serve_and_hear("kept");
    desk->ask_to_quit();
    EXPECT_TRUE(desk->is_over());
    leave();
    EXPECT_EQ(files_in(config.place.directory), 1U);
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
