// One capture, several files: a ring, a move, a drop, a disk that fails. Nothing is lost, doubled or told too early, and each file stands alone.
// The fixture checks at each mark that the network thread's count, what was told and what the files hold are the same.
#include "net/capture/tail_repair.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/folder_names.h"
#include "tests/support/service_fixture.h"

namespace service_test {
namespace {

using channel::CaptureChange;

// Which files' writes fail, as the test wants it. Static because the hooks are plain functions; one test runs at a time.
enum class Fails { kNothing, kFirstHit, kAllButFirst, kAllButTheFirstOfEach, kEverything };
std::atomic<Fails> fails{Fails::kNothing};
std::atomic<int> write_error{0};
std::atomic<int> writes_left{0};  // that still work before kFirstHit
std::atomic<int> first_fd{-1};    // the run's first file
std::atomic<int> hit_fd{-1};      // the file that kFirstHit has hit
std::set<int> written_once;       // of kAllButTheFirstOfEach; network thread

void fail(Fails which, int error, int after_writes = 0) {
    writes_left = after_writes;
    hit_fd = -1;
    write_error = error;
    fails = which;
}

bool is_failing(int fd) {
    switch (fails) {
        case Fails::kNothing: return false;
        case Fails::kEverything: return true;
        case Fails::kAllButFirst: return fd != first_fd;
        case Fails::kAllButTheFirstOfEach: return !written_once.insert(fd).second;
        case Fails::kFirstHit: break;
    }
    if (hit_fd < 0 && writes_left.fetch_sub(1) <= 0) hit_fd = fd;
    return fd == hit_fd;
}

int faulty_write(int fd, const void* data, std::size_t size, std::int64_t* written) {
    if (first_fd < 0) first_fd = fd;
    if (is_failing(fd)) return write_error;
    const ssize_t n = ::write(fd, data, size);
    if (n < 0) return errno;
    *written = n;
    return 0;
}

class CaptureFiles : public ServiceFixture {
  protected:
    CaptureFiles() {
        fail(Fails::kNothing, 0);
        first_fd = -1;
        written_once.clear();
        config.capture.write_hook = faulty_write;
        config.storage_retry_ns = 20'000'000;
        config.sync_interval_ns = 0;
    }
    // A peer, connected, and who it is to us.
    [[nodiscard]] std::pair<Peer, ConnectionId> connect(const bytes::SocketAddress& server) {
        const std::size_t before = count<channel::ConnectionOpened>();
        Peer peer = Peer::to(server);
        const ConnectionId id = expect_opened(before).connection;
        return {std::move(peer), id};
    }
    [[nodiscard]] channel::CaptureOpened expect_change(CaptureChange change) {
        return expect<channel::CaptureOpened>(
            [change](const auto& e) { return e.change == change; });
    }
    [[nodiscard]] std::vector<std::string> names() const { return support::names_in(path("")); }
    // Every change of file has the old file's mark right in front of it, and after it nothing lies in the old one.
    void expect_order_of_changes() const {
        channel::FileId current{};
        const channel::LedgerMark* last_mark = nullptr;
        for (const channel::Event& event : events) {
            if (const auto* mark = std::get_if<channel::LedgerMark>(&event)) {
                EXPECT_EQ(mark->file, current);
                last_mark = mark;
            } else if (const auto* recorded = std::get_if<channel::Recorded>(&event)) {
                EXPECT_EQ(recorded->file, current);
                last_mark = nullptr;
            } else if (const auto* opened = std::get_if<channel::CaptureOpened>(&event)) {
                EXPECT_TRUE(opened->change == CaptureChange::kStarted || last_mark != nullptr)
                    << "the old file's end was not told";
                EXPECT_NE(opened->file, current);
                current = opened->file;
            }
        }
    }
};

TEST_F(CaptureFiles, ARingKeepsTheNewestFilesAndLosesNothingThatIsTold) {
    config.capture.bounds.ring_files = 3;
    config.capture.bounds.ring_file_bytes = 100'000;
    config.capture.path = path("ring.pcapng");
    start();
    const auto address = start_server();
    auto [peer, id] = connect(address);
    const std::string text = pattern(2'000'000);
    std::uint64_t sent_to_us = 0;
    while (count<channel::CaptureFileDropped>() < 8 && sent_to_us < 100 * text.size()) {
        peer.send(text);
        sent_to_us += text.size();
        expect_received_bytes(id, sent_to_us);
    }
    const auto [second, second_id] = connect(address);  // two that go on
    second.send("x");
    expect_received(second_id, "x");
    peer.end();
    expect_closed(id);
    stop();
    expect_order_of_changes();

    const auto opened = all<channel::CaptureOpened>();
    const auto dropped = all<channel::CaptureFileDropped>();
    ASSERT_GE(dropped.size(), 8U);
    ASSERT_EQ(dropped.size(), opened.size() - 3);
    // The oldest go first; the newest three are there, each named as dumpcap names them.
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < opened.size(); ++i) {
        if (i < dropped.size()) {
            EXPECT_EQ(dropped[i].file, opened[i].file);
            EXPECT_FALSE(std::filesystem::exists(opened[i].path));
            release(opened[i].file);
        } else {
            expected.push_back(std::filesystem::path(opened[i].path).filename());
            struct stat status {};
            EXPECT_EQ(stat(opened[i].path.c_str(), &status), 0);
            EXPECT_EQ(status.st_mode & 0777U, 0600U);
            EXPECT_LT(status.st_size, 100'000 + 600'000) << "about its size";
        }
        char number[8];
        snprintf(number, sizeof number, "_%05u_", static_cast<unsigned>(i + 1));
        EXPECT_NE(opened[i].path.find(path("ring") + number), std::string::npos) << opened[i].path;
    }
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(names(), expected);
}

TEST_F(CaptureFiles, ARingIsSwitchedOnAndOffAndMadeSmallerWhileItRuns) {
    start();
    const std::string first = all<channel::CaptureOpened>()[0].path;
    const auto connected = connect(start_server());
    const Peer& peer = connected.first;
    const ConnectionId id = connected.second;
    std::uint64_t so_far = 0;
    const auto feed = [&](std::size_t changes) {
        const std::size_t before = count<channel::CaptureOpened>();
        for (int i = 0; i < 200 && count<channel::CaptureOpened>() < before + changes; ++i) {
            const std::string text = pattern(60'000, so_far);  // at most one change
            peer.send(text);
            expect_received_bytes(id, so_far += text.size());
        }
        EXPECT_GE(count<channel::CaptureOpened>(), before + changes);
    };
    peer.send("before");
    expect_received_bytes(id, so_far += 6);
    post(channel::SetCaptureBounds{
        {.least_free_bytes = 0, .ring_files = 5, .ring_file_bytes = 100'000}});
    feed(4);
    EXPECT_EQ(count<channel::CaptureFileDropped>(), 0U);
    EXPECT_TRUE(std::filesystem::exists(first)) << "the ring begins with the file that is written";
    feed(1);
    expect<channel::CaptureFileDropped>();
    EXPECT_FALSE(std::filesystem::exists(first));
    post(channel::SetCaptureBounds{
        {.least_free_bytes = 0, .ring_files = 2, .ring_file_bytes = 100'000}});
    EXPECT_TRUE(drain_until([&] {
        return count<channel::CaptureOpened>() == count<channel::CaptureFileDropped>() + 2;
    })) << "a smaller ring drops at once";
    post(channel::SetCaptureBounds{{.least_free_bytes = 0}});
    const std::size_t files_now = count<channel::CaptureOpened>();
    peer.send(pattern(500'000));
    expect_received_bytes(id, so_far += 500'000);
    EXPECT_EQ(count<channel::CaptureOpened>(), files_now);
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, AFileThatSomebodyPutInTheRingsPlaceIsNotDeleted) {
    config.capture.bounds.ring_files = 2;
    config.capture.bounds.ring_file_bytes = 100'000;
    start();
    const std::string first = all<channel::CaptureOpened>()[0].path;
    std::filesystem::rename(first, path("taken-away"));
    std::ofstream(first) << "somebody's";
    auto [peer, id] = connect(start_server());
    std::uint64_t so_far = 0;
    for (int i = 0; i < 100 && count<channel::CaptureFileDropped>() < 1; ++i) {
        peer.send(pattern(200'000));
        expect_received_bytes(id, so_far += 200'000);
    }
    // One send may fill several files: the ring has dropped this one first, whatever came after it.
    ASSERT_GE(count<channel::CaptureFileDropped>(), 1U);
    EXPECT_EQ(all<channel::CaptureFileDropped>()[0].file, all<channel::CaptureOpened>()[0].file);
    EXPECT_EQ(std::filesystem::file_size(first), 10U);
    EXPECT_TRUE(std::filesystem::exists(path("taken-away")));
}

TEST_F(CaptureFiles, AMoveGoesOnElsewhereAndLeavesWhatWasThere) {
    start();
    const auto address = start_server();
    auto [peer, id] = connect(address);
    peer.send("before");
    expect_received(id, "before");
    post(channel::MoveCapture{.path = path("moved.pcapng")});
    const auto opened = expect_change(CaptureChange::kMoved);
    EXPECT_EQ(opened.path, path("moved.pcapng"));
    peer.send(" and after");
    expect_received(id, "before and after");
    EXPECT_EQ(count<channel::CaptureFileDropped>(), 0U);
    const std::string left = all<channel::CaptureOpened>()[0].path;
    EXPECT_TRUE(std::filesystem::exists(left));
    expect_order_of_changes();
    capture::FileTable table;
    const capture::TailState end =
        capture::inspect_tail(table, table.add(::open(left.c_str(), O_RDONLY | O_CLOEXEC), left));
    EXPECT_TRUE(end.ended_in_order) << "it looks as if a crash had ended it";
    EXPECT_EQ(end.left_over_bytes, 0U);
}

TEST_F(CaptureFiles, AMoveOntoAFileIsRefusedUnlessItMayOverwrite) {
    start();
    auto [peer, id] = connect(start_server());
    const std::string target = path("there.pcapng");
    std::ofstream(target) << "what was there";
    std::ofstream(target + ".4711-1.new") << "what a kill has left of an earlier one";
    std::ofstream(target + ".mine.new") << "somebody's own";
    post(channel::MoveCapture{.path = target});
    const auto failed = expect_failed(Operation::kCapture);
    EXPECT_EQ(failed.failure.code, "EEXIST");
    EXPECT_FALSE(failed.failure.is_final);
    EXPECT_EQ(std::filesystem::file_size(target), 14U);
    EXPECT_EQ(count<channel::CaptureOpened>(), 1U) << "nothing has changed";
    EXPECT_EQ(count<channel::ReadingPaused>(), 0U);
    peer.send("x");
    expect_received(id, "x");

    post(
        channel::MoveCapture{.path = all<channel::CaptureOpened>()[0].path, .may_overwrite = true});
    expect<channel::Failed>([](const auto& e) { return e.failure.code == "EBUSY"; });
    post(channel::MoveCapture{.path = path("no/such/folder"), .may_overwrite = true});
    expect<channel::Failed>([](const auto& e) { return e.failure.code == "ENOENT"; });

    post(channel::MoveCapture{.path = target, .may_overwrite = true});
    EXPECT_EQ(expect_change(CaptureChange::kMoved).path, target);
    struct stat status {};
    EXPECT_EQ(stat(target.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    peer.send("y");
    expect_received(id, "xy");
    EXPECT_TRUE(std::filesystem::remove(target + ".mine.new"));
    EXPECT_EQ(names().size(), 2U) << "no temporary file is left";
}

TEST_F(CaptureFiles, AMoveThatFindsNoRoomChangesNothingAndWhatIsThereStays) {
    start();
    auto [peer, id] = connect(start_server());
    const std::string target = path("there.pcapng");
    std::ofstream(target) << "what was there";
    fail(Fails::kAllButFirst, ENOSPC);
    for (const bool may_overwrite : {true, false}) {
        const std::size_t failures = count<channel::Failed>();
        post(channel::MoveCapture{.path = may_overwrite ? target : path("new.pcapng"),
                                  .may_overwrite = may_overwrite});
        EXPECT_TRUE(drain_until([&] { return count<channel::Failed>() > failures; }));
        const auto failed = all<channel::Failed>().back();
        EXPECT_EQ(failed.failure.code, "ENOSPC");
        EXPECT_NE(failed.failure.message.find("the capture stays where it is"), std::string::npos);
    }
    EXPECT_EQ(std::filesystem::file_size(target), 14U);
    EXPECT_EQ(names().size(), 2U) << "a file that could not be begun is left";
    peer.send("x");
    expect_received(id, "x");
    EXPECT_EQ(count<channel::CaptureOpened>(), 1U);
}

// ---- A full disk ----

TEST_F(CaptureFiles, AMoveEndsThePauseOfAFullDiskAndNothingIsLost) {
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    const auto address = start_server(echo);
    auto [peer, id] = connect(address);
    auto [leaver, leaver_id] = connect(address);
    peer.send("before,");
    EXPECT_EQ(peer.receive(7), "before,");
    EXPECT_TRUE(drain_until([&, who = id] { return sent(who) == 7; }));
    fail(Fails::kFirstHit, ENOSPC);
    peer.send("during,");
    expect<channel::ReadingPaused>();
    post_close(leaver_id, channel::CloseHow::kAbort);  // closed in the batch that waits
    drain_for(50'000'000);
    EXPECT_EQ(received(id), 7U);
    post(channel::MoveCapture{.path = path("elsewhere.pcapng")});
    const auto opened = expect_change(CaptureChange::kMoved);
    expect<channel::ReadingResumed>();
    expect_closed(leaver_id);
    peer.send("after");
    EXPECT_EQ(peer.receive(12), "during,after");
    EXPECT_TRUE(drain_until([&, who = id] { return sent(who) == 19; }));
    EXPECT_EQ(received_bytes(id), "before,during,after");
    EXPECT_EQ(sent_bytes(id), "before,during,after");
    EXPECT_EQ(all<channel::Recorded>().back().file, opened.file);
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, ADropEndsThePauseOnceTheSpaceIsThere) {
    start();
    auto [peer, id] = connect(start_server());
    const std::string first = all<channel::CaptureOpened>()[0].path;
    peer.send("before,");
    expect_received_bytes(id, 7);
    const auto before = all<channel::Recorded>();
    fail(Fails::kEverything, ENOSPC);  // the space is not there before the test says so
    peer.send("during,");
    expect<channel::ReadingPaused>();
    post(channel::DropCapture{});
    const auto opened = expect_change(CaptureChange::kDropped);
    const auto dropped = expect<channel::CaptureFileDropped>();
    EXPECT_FALSE(std::filesystem::exists(first));
    EXPECT_EQ(received_bytes(id), "before,") << "still open, so that the count can end";
    release(dropped.file);
    drain_for(60'000'000);
    EXPECT_EQ(count<channel::ReadingResumed>(), 0U);
    EXPECT_EQ(received(id), 7U) << "told before it was stored";
    fail(Fails::kNothing, 0);
    expect<channel::ReadingResumed>();
    peer.send("after");
    expect_received_bytes(id, 19);
    const auto recorded = all<channel::Recorded>();
    for (std::size_t i = before.size(); i < recorded.size(); ++i)
        EXPECT_EQ(recorded[i].file, opened.file);
    EXPECT_NE(opened.path, first);
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, ADropWhileNothingIsWrongDeletesEveryFileOfTheRun) {
    start();
    auto [peer, id] = connect(start_server());
    peer.send("a");
    expect_received_bytes(id, 1);
    post(channel::MoveCapture{.path = path("second.pcapng")});
    (void)expect_change(CaptureChange::kMoved);
    peer.send("b");
    expect_received_bytes(id, 2);
    post(channel::DropCapture{});
    const auto opened = expect_change(CaptureChange::kDropped);
    EXPECT_TRUE(drain_until([&] { return count<channel::CaptureFileDropped>() == 2; }));
    peer.send("c");
    expect_received_bytes(id, 3);
    EXPECT_EQ(names(),
              std::vector<std::string>{std::filesystem::path(opened.path).filename().string()});
    EXPECT_EQ(std::filesystem::path(opened.path).parent_path(),
              std::filesystem::path(path("second.pcapng")).parent_path());
}

TEST_F(CaptureFiles, AStopRightAfterADropOnAFullDiskLeavesNoEmptyFile) {
    config.stop_limit_ns = 300'000'000;
    expects_whole_ledger = false;
    start();
    auto [peer, id] = connect(start_server());
    fail(Fails::kEverything, ENOSPC);
    peer.send("x");
    expect<channel::ReadingPaused>();
    post(channel::DropCapture{});
    expect<channel::CaptureFileDropped>();
    stop();
    EXPECT_EQ(names(), std::vector<std::string>{});
}

TEST_F(CaptureFiles, ALowerLimitOfFreeSpaceEndsThePauseAtOnce) {
    config.storage_retry_ns = 3'600'000'000'000;
    start();
    auto [peer, id] = connect(start_server());
    post(channel::SetCaptureBounds{{.least_free_bytes = UINT64_MAX}});
    peer.send("x");
    EXPECT_EQ(expect<channel::ReadingPaused>().cause, PauseCause::kStorage);
    EXPECT_EQ(received(id), 0U);
    post(channel::SetCaptureBounds{{.least_free_bytes = 0}});
    expect<channel::ReadingResumed>();
    expect_received(id, "x");
}

// ---- A disk that fails ----

TEST_F(CaptureFiles, AfterAnErrorOfTheDiskItGoesOnInANewFileWithWhatWasNotStored) {
    for (int nth = 0; nth < 6; ++nth) {
        SCOPED_TRACE(nth);
        config.capture.path = path("bad" + std::to_string(nth) + ".pcapng");
        fail(Fails::kNothing, 0);
        start();
        channel::ServerConfig echo;
        echo.echoes = true;
        auto [peer, id] = connect(start_server(echo));
        fail(Fails::kFirstHit, EIO, nth);
        std::string said;
        for (int i = 0; count<channel::CaptureOpened>() < 2 && i < 100; ++i) {
            const std::string text = "message " + std::to_string(i) + '\n';
            peer.send(text);
            EXPECT_EQ(peer.receive(text.size()), text);
            said += text;
            EXPECT_TRUE(drain_until([&, who = id] { return sent(who) == said.size(); }));
        }
        const auto opened = expect_change(CaptureChange::kAfterError);
        EXPECT_EQ(opened.path, path("bad" + std::to_string(nth) + "-2.pcapng"));
        const auto failed = expect_failed(Operation::kCapture);
        EXPECT_EQ(failed.failure.code, "EIO");
        EXPECT_FALSE(failed.failure.is_final);
        EXPECT_NE(failed.failure.message.find(config.capture.path), std::string::npos);
        EXPECT_NE(failed.failure.message.find("goes on in " + opened.path), std::string::npos)
            << failed.failure.message;
        EXPECT_EQ(count<channel::ReadingPaused>(), 0U) << "it is not held up";
        EXPECT_EQ(received_bytes(id), said);
        EXPECT_EQ(sent_bytes(id), said);
        peer.end();
        expect_closed(id);
        stop();
        expect_order_of_changes();
        destroy_and_forget();
    }
}

TEST_F(CaptureFiles, WhereNoNewFileCanBeMadeItWaitsAsOnAFullDiskAndTriesAgain) {
    start();
    auto [peer, id] = connect(start_server());
    peer.send("before,");
    expect_received_bytes(id, 7);
    fail(Fails::kEverything, EIO);
    peer.send("during,");
    expect<channel::ReadingPaused>();
    const auto failed = expect_failed(Operation::kCapture);
    EXPECT_EQ(failed.failure.code, "EIO");
    EXPECT_NE(failed.failure.message.find("a new file is needed"), std::string::npos)
        << failed.failure.message;
    drain_for(100'000'000);
    EXPECT_EQ(received(id), 7U);
    EXPECT_EQ(count<channel::Failed>(), 1U) << "every try is told";
    fail(Fails::kNothing, 0);
    expect<channel::ReadingResumed>();
    (void)expect_change(CaptureChange::kAfterError);
    expect_received(id, "before,during,");
    stop();
    EXPECT_EQ(names().size(), 2U) << "a file that could not be begun is left";
    expect_order_of_changes();
}

// ---- fdatasync ----

std::atomic<int> sync_error{0};
std::atomic<int> syncs{0};

TEST_F(CaptureFiles, AfterAnErrorOfASyncItGoesOnInANewFile) {
    sync_error = 0;
    syncs = 0;
    config.sync_interval_ns = 20'000'000;
    config.sync_hook = [](int) {
        ++syncs;
        return sync_error.exchange(0);
    };
    start();
    auto [peer, id] = connect(start_server());
    sync_error = EIO;
    peer.send("before,");
    const auto opened = expect_change(CaptureChange::kAfterError);
    const auto failed = expect_failed(Operation::kCapture);
    EXPECT_EQ(failed.failure.code, "EIO");
    EXPECT_NE(failed.failure.message.find("goes on in " + opened.path), std::string::npos);
    peer.send("after");
    expect_received(id, "before,after");
    EXPECT_EQ(all<channel::Recorded>().back().file, opened.file);
    EXPECT_EQ(count<channel::ReadingPaused>(), 0U);
    EXPECT_EQ(count<channel::CaptureOpened>(), 2U);
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, ADiskThatFailsEachSyncIsGivenTimeAndCostsNoGoodFile) {
    sync_error = 0;
    config.sync_interval_ns = 5'000'000;
    config.sync_hook = [](int) { return sync_error.load(); };
    config.capture.bounds.ring_files = 3;
    config.capture.bounds.ring_file_bytes = 100'000;
    start();
    auto [peer, id] = connect(start_server());
    std::uint64_t so_far = 0;
    // Each time a little more than a file, and on only once it has been told: never a fourth file.
    for (const std::size_t wanted : {2U, 3U}) {
        peer.send(pattern(110'000, so_far));
        expect_received_bytes(id, so_far += 110'000);
        ASSERT_TRUE(drain_until([&] { return count<channel::CaptureOpened>() >= wanted; }));
    }
    sync_error = EIO;
    const auto bad_files = [this] {
        std::size_t found = 0;
        for (const auto& opened : all<channel::CaptureOpened>())
            found += opened.change == CaptureChange::kAfterError ? 1 : 0;
        return found;
    };
    while (bad_files() < 5) {
        peer.send("x");
        expect_received_bytes(id, ++so_far);
        drain_some(1000);
    }
    EXPECT_EQ(count<channel::CaptureFileDropped>(), 0U);
    for (const auto& opened : all<channel::CaptureOpened>())
        EXPECT_TRUE(std::filesystem::exists(opened.path)) << opened.path;
    // Between two new files reading pauses: the first comes at once, each further one after twice as long.
    std::size_t pauses = 0;
    bool is_paused = false;
    bool is_first = true;
    for (const channel::Event& event : events) {
        if (const auto* paused = std::get_if<channel::ReadingPaused>(&event)) {
            is_paused = paused->cause == PauseCause::kStorage;
        } else if (const auto* opened = std::get_if<channel::CaptureOpened>(&event)) {
            if (opened->change != CaptureChange::kAfterError) continue;
            EXPECT_EQ(is_paused, !is_first);
            pauses += is_paused ? 1 : 0;
            is_first = is_paused = false;
        }
    }
    EXPECT_GE(pauses, 4U);
    // It works again: that is the end of waiting.
    sync_error = 0;
    EXPECT_TRUE(drain_until(
        [&] { return count<channel::ReadingResumed>() == count<channel::ReadingPaused>(); }));
    peer.send("after");
    expect_received_bytes(id, so_far + 5);
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, WhereEachNewFileFailsAtItsSecondWriteTheNextOneIsGivenTime) {
    start();
    auto [peer, id] = connect(start_server());
    fail(Fails::kAllButTheFirstOfEach, EIO);
    peer.send("a");
    expect_received(id, "a");
    peer.send("b");
    ASSERT_TRUE(drain_until([&] { return count<channel::ReadingPaused>() >= 3; }));
    EXPECT_LE(count<channel::CaptureOpened>(), count<channel::ReadingPaused>() + 1)
        << "only the first new one comes at once";
    fail(Fails::kNothing, 0);
    ASSERT_TRUE(drain_until(
        [&] { return count<channel::ReadingResumed>() == count<channel::ReadingPaused>(); }));
    peer.send("c");
    expect_received(id, "abc");
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, AnErrorOfTheLastSyncIsToldBeforeTheEnd) {
    config.sync_interval_ns = 3'600'000'000'000;
    config.sync_hook = [](int) { return EIO; };
    start();
    auto [peer, id] = connect(start_server());
    peer.send("x");
    expect_received(id, "x");
    peer.end();
    expect_closed(id);
    stop();
    const auto failed = all<channel::Failed>();
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(failed[0].failure.code, "EIO");
    EXPECT_FALSE(failed[0].failure.is_final);
    const auto opened = all<channel::CaptureOpened>();
    EXPECT_NE(failed[0].failure.message.find(opened[0].path), std::string::npos)
        << failed[0].failure.message;
    EXPECT_NE(failed[0].failure.message.find("may be damaged"), std::string::npos);
    ASSERT_TRUE(std::holds_alternative<channel::ServiceStopped>(events.back()));
}

TEST_F(CaptureFiles, ARingThatRunsOutOfDescriptorsGivesUpItsOldest) {
    config.capture.bounds.ring_files = 10'000;
    config.capture.bounds.ring_file_bytes = 100'000;
    start();
    auto [peer, id] = connect(start_server());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const int next = ::dup(0);
    ::close(next);
    rlimit few = before;
    few.rlim_cur = static_cast<rlim_t>(next) + 6;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::uint64_t so_far = 0;
    std::size_t released = 0;
    for (int i = 0; i < 200 && released < 3; ++i) {
        peer.send(pattern(60'000, so_far));
        so_far += 60'000;
        EXPECT_TRUE(drain_until([&] {
            for (; released < count<channel::CaptureFileDropped>(); ++released)
                release(all<channel::CaptureFileDropped>()[released].file);
            return received(id) == so_far;
        }));
    }
    EXPECT_GE(released, 3U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_GE(names().size(), 4U) << "no more is given up than has to be";
    const auto failed = expect_failed(Operation::kCapture);
    EXPECT_EQ(failed.failure.code, "EMFILE");
    EXPECT_NE(failed.failure.message.find("the ring's oldest file was deleted"), std::string::npos)
        << failed.failure.message;
    EXPECT_TRUE(drain_until(
        [&] { return count<channel::ReadingResumed>() == count<channel::ReadingPaused>(); }));
    stop();
    expect_order_of_changes();
}

TEST_F(CaptureFiles, ASyncThatTakesForEverDelaysNeitherTheLoopNorTheEnd) {
    struct Disk {
        std::mutex mutex;
        std::condition_variable changed;
        bool is_stuck = true;
        int waiting = 0;
    };
    const auto disk = std::make_shared<Disk>();
    config.sync_interval_ns = 1'000'000;
    config.sync_hook = [disk](int) {
        std::unique_lock lock{disk->mutex};
        ++disk->waiting;
        disk->changed.notify_all();
        disk->changed.wait(lock, [&] { return !disk->is_stuck; });
        return 0;
    };
    start();
    channel::ServerConfig echo;
    echo.echoes = true;
    auto [peer, id] = connect(start_server(echo));
    {
        std::unique_lock lock{disk->mutex};
        disk->changed.wait(lock, [&] { return disk->waiting > 0; });
    }
    for (int i = 0; i < 100; ++i) {
        peer.send("ping");
        EXPECT_EQ(peer.receive(4), "ping") << "answered while the disk is stuck";
    }
    expect_received_bytes(id, 400);
    const std::int64_t before = now_ns();
    stop();
    EXPECT_LT(now_ns() - before, 1'000'000'000) << "the end waits for the disk";
    {
        const std::lock_guard lock{disk->mutex};
        EXPECT_EQ(disk->waiting, 1) << "one at a time";
        disk->is_stuck = false;
        disk->changed.notify_all();
    }
}

}  // namespace
}  // namespace service_test
