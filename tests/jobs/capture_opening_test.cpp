// Opening a saved capture: the same facts as live, without loss when the frame is slow, and words when it is no capture.
#include "app/jobs/capture_opening.h"

#include "app/jobs/ledger_audit.h"
#include "app/session/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <thread>

#include "tests/jobs/job_fixture.h"

namespace jobs_test {
namespace {

using app::jobs::CaptureOpening;
using app::jobs::LedgerAudit;
using app::session::Connection;
using app::session::Endpoint;
using app::session::EndpointState;
using app::session::LedgerState;
using app::session::Session;

class Opening : public ::testing::Test {
  protected:
    std::unique_ptr<CaptureOpening> start() {
        auto opening = CaptureOpening::start(
            files, path, [this] { frame.wake(); }, failure);
        EXPECT_NE(opening, nullptr) << failure.message;
        return opening;
    }
    // Opens the file and folds it to its end.
    void fold_all(Session& session) {
        const auto opening = start();
        ASSERT_NE(opening, nullptr);
        fold_rest(session, *opening);
        EXPECT_EQ(opening->progress(), 1.0);
    }
    void fold_rest(Session& session, CaptureOpening& opening) {
        EXPECT_TRUE(frame.wait_until([&] {
            (void)session.drain(opening.link(), kNow, [] { return true; });
            return session.is_stopped();
        }));
    }
    void expect_no_capture(std::string_view words) {
        channel::Failure why;
        EXPECT_EQ(CaptureOpening::start(
                      files, path, [] {}, why),
                  nullptr);
        EXPECT_EQ(why.operation, channel::Operation::kOpen);
        EXPECT_TRUE(why.is_final);
        EXPECT_NE(why.message.find(path), std::string::npos) << why.message;
        EXPECT_NE(why.message.find(words), std::string::npos) << why.message;
    }
    void write_file(const std::vector<std::uint8_t>& bytes) {
        std::ofstream out(path, std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
    }

    TemporaryFolder folder;
    std::string path = folder.file("run.pcapng");
    capture::FileTable files;
    // The writer's: it holds the capture's lock until the run is over.
    std::optional<capture::FileTable> writing{std::in_place};
    Frame frame;
    channel::Failure failure;
};

void expect_same(const Endpoint& saved, const Endpoint& live) {
    EXPECT_EQ(saved.kind, live.kind);
    EXPECT_EQ(saved.name, live.name);
    EXPECT_EQ(saved.state, live.state) << live.name;
    EXPECT_EQ(saved.last_failure, live.last_failure);
    EXPECT_EQ(saved.open_connections, live.open_connections);
    EXPECT_EQ(saved.connections, live.connections);
    EXPECT_EQ(saved.refused, live.refused);
}

void expect_same(const Connection& saved, const Connection& live) {
    EXPECT_EQ(saved.endpoint, live.endpoint);
    EXPECT_EQ(saved.was_opened_here, live.was_opened_here);
    EXPECT_EQ(saved.state, live.state);
    EXPECT_EQ(saved.local, live.local);
    EXPECT_EQ(saved.peer, live.peer);
    EXPECT_EQ(saved.opened_ns, live.opened_ns);
    EXPECT_EQ(saved.closed_ns, live.closed_ns);
    EXPECT_EQ(saved.received, live.received);
    EXPECT_EQ(saved.sent, live.sent);
    EXPECT_EQ(saved.reason, live.reason);
    EXPECT_EQ(saved.code, live.code);
    EXPECT_EQ(saved.not_sent, live.not_sent);
}

TEST_F(Opening, FoldsToTheSameFactsAsLive) {
    RecordedRun run(*writing, path);
    run.typical();
    run.finish();
    writing.reset();
    Session live;
    for (channel::Event event : run.events)
        live.fold(std::move(event), kNow);
    Session saved;
    fold_all(saved);

    EXPECT_FALSE(saved.is_live());
    EXPECT_EQ(saved.capture_path(), path);
    ASSERT_EQ(saved.endpoints(), live.endpoints());
    for (const EndpointId id : live.endpoints()) {
        expect_same(*saved.endpoint(id), *live.endpoint(id));
    }
    ASSERT_EQ(saved.connections(), live.connections());
    for (const ConnectionId id : live.connections()) {
        SCOPED_TRACE(channel::number(id));
        expect_same(*saved.connection(id), *live.connection(id));
    }
    EXPECT_EQ(saved.totals().received, live.totals().received);
    EXPECT_EQ(saved.totals().sent, live.totals().sent);
    EXPECT_EQ(saved.totals().reads, live.totals().reads);
    EXPECT_EQ(saved.totals().connections, live.totals().connections);
    EXPECT_EQ(saved.totals().open_connections, live.totals().open_connections);
    ASSERT_EQ(saved.reads().size(), live.reads().size());
    for (std::uint64_t i = 0; i < live.reads().size(); ++i) {
        const auto a = saved.reads().at(i);
        const auto b = live.reads().at(i);
        ASSERT_EQ(a.connection, b.connection) << i;
        ASSERT_EQ(a.stream_offset, b.stream_offset) << i;
        ASSERT_EQ(a.entry.time_ns, b.entry.time_ns) << i;
        ASSERT_EQ(a.entry.offset(), b.entry.offset()) << i;
        ASSERT_EQ(a.entry.size(), b.entry.size()) << i;
        ASSERT_EQ(a.entry.direction(), b.entry.direction()) << i;
    }
    // The story is told in the same words, but for its first and last line.
    ASSERT_EQ(saved.log_lines().size(), live.log_lines().size());
    for (std::size_t i = 1; i + 1 < live.log_lines().size(); ++i) {
        EXPECT_EQ(saved.log_lines()[i].text, live.log_lines()[i].text);
        EXPECT_EQ(saved.log_lines()[i].time_ns, live.log_lines()[i].time_ns);
    }
}

TEST_F(Opening, LedgerOfOurOwnCaptureIsCountedInTheFile) {
    RecordedRun run(*writing, path);
    run.typical();
    run.finish();
    writing.reset();
    const auto opening = start();  // the file is released with it
    ASSERT_NE(opening, nullptr);
    Session saved;
    fold_rest(saved, *opening);
    ASSERT_EQ(saved.ledger().state, LedgerState::kCounting) << saved.ledger().trouble;
    const auto request = saved.next_audit();
    ASSERT_TRUE(request.has_value());
    LedgerAudit audit(files, [this] { frame.wake(); });
    audit.request(request->file, request->end_offset);
    EXPECT_TRUE(frame.wait_until([&] {
        const auto counts = audit.take_result();
        if (counts) saved.fold_audit(*counts, kNow);
        return counts.has_value();
    }));
    EXPECT_EQ(saved.ledger().state, LedgerState::kAgrees) << saved.ledger().trouble;
    EXPECT_EQ(saved.ledger().stored, saved.totals().received + saved.totals().sent);
}

// A classic pcap file as tcpdump writes it: one raw IPv4 TCP segment with payload.
std::vector<std::uint8_t> foreign_capture(std::string_view payload) {
    std::vector<std::uint8_t> bytes;
    const auto little = [&](std::uint64_t value, int size) {
        for (int i = 0; i < size; ++i)
            bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    const auto big = [&](std::uint64_t value, int size) {
        for (int i = size - 1; i >= 0; --i) {
            bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
        }
    };
    little(0xA1B2C3D4, 4);
    little(2, 2);
    little(4, 2);
    little(0, 8);
    little(65535, 4);
    little(101, 4);  // LINKTYPE_RAW
    const std::size_t size = 40 + payload.size();
    little(1'700'000'000, 4);
    little(5, 4);
    little(size, 4);
    little(size, 4);
    big(0x4500, 2);
    big(size, 2);
    big(0, 4);
    big(64, 1);
    big(6, 1);
    big(0, 2);
    big(0x7F000001, 4);
    big(0x7F000001, 4);
    big(40000, 2);
    big(9000, 2);
    big(1000, 4);
    big(1, 4);
    big(0x5018, 2);
    big(65535, 2);
    big(0, 4);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
}

TEST_F(Opening, ACaptureOfAnotherProgramIsShownAndSaidNotToBeCounted) {
    write_file(foreign_capture("hello from elsewhere"));
    Session saved;
    fold_all(saved);
    EXPECT_EQ(saved.totals().received + saved.totals().sent, 20U);
    EXPECT_EQ(saved.connections().size(), 1U);
    EXPECT_EQ(saved.ledger().state, LedgerState::kAgrees) << saved.ledger().trouble;
    EXPECT_FALSE(saved.ledger().is_stored_checkable);
    EXPECT_FALSE(saved.next_audit().has_value());
}

TEST_F(Opening, ASlowFrameMakesItWaitAndLosesNothing) {
    constexpr std::uint64_t kReads = 200'000;
    {
        RecordedRun run(*writing, path);
        run.endpoint(1, EndpointKind::kServer, "s");
        run.open(1, 1);
        for (std::uint64_t i = 0; i < kReads; ++i)
            run.receive(1, 16);
        run.finish();
        writing.reset();
    }
    const auto opening = start();
    ASSERT_NE(opening, nullptr);
    // With nobody draining it gets to the high mark, a quarter of the file, and no further.
    ASSERT_TRUE(frame.wait_until([&] { return opening->progress() > 0.2; }));
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(100);
    while (std::chrono::steady_clock::now() < until) {
        ASSERT_LT(opening->progress(), 0.35);
        std::this_thread::yield();
    }
    // Then a frame takes a little at a time.
    Session saved;
    bool has_waited = false;
    EXPECT_TRUE(frame.wait_until([&] {
        bool is_left = true;
        while (is_left) {
            int questions = 0;
            is_left = saved.drain(opening->link(), kNow, [&] { return ++questions <= 50; });
            has_waited = has_waited || (is_left && opening->progress() < 0.9);
        }
        return saved.is_stopped();
    }));
    EXPECT_TRUE(has_waited);
    EXPECT_EQ(saved.totals().reads, kReads);
    EXPECT_EQ(saved.totals().received, kReads * 16);
    EXPECT_NE(saved.ledger().state, LedgerState::kDisagrees);
}

TEST_F(Opening, IsCancelledWhileItWaits) {
    {
        RecordedRun run(*writing, path);
        run.endpoint(1, EndpointKind::kServer, "s");
        run.open(1, 1);
        for (int i = 0; i < 100'000; ++i)
            run.receive(1, 16);
        run.finish();
        writing.reset();
    }
    for (int i = 0; i < 5; ++i) {
        auto opening = start();
        ASSERT_NE(opening, nullptr);
        if (i % 2 == 0) {
            ASSERT_TRUE(frame.wait_until([&] { return opening->progress() > 0.4; }));
        }
        const auto before = std::chrono::steady_clock::now();
        opening.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
    }
}

TEST_F(Opening, CommandsToAFileAreTakenAndForgotten) {
    {
        RecordedRun run(*writing, path);
        run.endpoint(1, EndpointKind::kServer, "s");
        run.open(1, 1);
        for (int i = 0; i < 100'000; ++i)
            run.receive(1, 16);
        run.finish();
        writing.reset();
    }
    const auto opening = start();
    ASSERT_NE(opening, nullptr);
    // Every one of them rings the gate that also says "there is room again".
    Session saved;
    EXPECT_TRUE(frame.wait_until([&] {
        for (int i = 0; i < 10; ++i) {
            (void)opening->link().try_post(channel::StopEndpoint{.endpoint = EndpointId{1}});
        }
        int questions = 0;
        (void)saved.drain(opening->link(), kNow, [&] { return ++questions <= 300; });
        return saved.is_stopped();
    }));
    EXPECT_EQ(saved.totals().reads, 100'000U);
}

TEST_F(Opening, ACutCaptureIsShownAsFarAsItGoesAndTheUserIsTold) {
    {
        RecordedRun run(*writing, path);
        run.typical();
        run.finish();
        writing.reset();
    }
    const auto size = std::filesystem::file_size(path);
    std::filesystem::resize_file(path, size / 2 + 1);
    Session saved;
    fold_all(saved);
    EXPECT_GT(saved.totals().reads, 0U);
    EXPECT_FALSE(saved.has_failed());
    EXPECT_NE(saved.ledger().state, LedgerState::kDisagrees) << saved.ledger().trouble;
    const auto told =
        std::count_if(saved.log_lines().begin(), saved.log_lines().end(), [](const auto& line) {
            return line.severity == app::session::Severity::kWarning &&
                   line.text.find("were left by a crash") != std::string::npos;
        });
    EXPECT_EQ(told, 1);
}

TEST_F(Opening, WhatIsNotThereOrNoCaptureIsSaidInWords) {
    expect_no_capture("ENOENT");
    write_file({'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd', '\n', '1', '2',
                '3', '4', '5', '6', '7', '8', '9', '0', 'a', 'b', 'c', 'd',  'e', 'f'});
    expect_no_capture("not a capture");
    write_file({});
    expect_no_capture("empty");
    path = folder.file("fifo");
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    expect_no_capture("EINVAL");
    path = folder.file("");
    expect_no_capture("EISDIR");
}

TEST_F(Opening, AHostilePathIsPrintableInItsFailure) {
    path = folder.file("no\x1b[2J\nsuch");
    EXPECT_EQ(CaptureOpening::start(
                  files, path, [] {}, failure),
              nullptr);
    EXPECT_EQ(failure.message.find('\x1b'), std::string::npos);
    EXPECT_EQ(failure.message.find('\n'), std::string::npos);
    write_file({'n', 'o', 'p', 'e', '!', '!', '!', '!'});
    EXPECT_EQ(CaptureOpening::start(
                  files, path, [] {}, failure),
              nullptr);
    EXPECT_EQ(failure.message.find('\x1b'), std::string::npos);
}

// ---- what a crash has left, and what is still being written ------------------------------------------

std::size_t lines_with(const Session& session, std::string_view words) {
    return static_cast<std::size_t>(std::count_if(
        session.log_lines().begin(), session.log_lines().end(),
        [&](const auto& line) { return line.text.find(words) != std::string::npos; }));
}

TEST_F(Opening, ATornCaptureOfOursIsRepairedAndWhatWasCutOffIsKeptAndSaid) {
    {
        RecordedRun run(*writing, path);
        run.typical();
        run.finish();
        writing.reset();
    }
    const Bytes whole = read_bytes(path);
    Bytes torn = whole;
    const Bytes garbage = some_bytes(77);
    torn.insert(torn.end(), garbage.begin(), garbage.end());
    write_bytes(path, torn);
    Session saved;
    fold_all(saved);
    EXPECT_TRUE(read_bytes(path) == whole);
    EXPECT_TRUE(read_bytes(path + ".tail") == garbage);
    EXPECT_EQ(lines_with(saved, "77 B behind its last whole block were left by a crash"), 1U);
    EXPECT_EQ(lines_with(saved, path + ".tail"), 1U);
    EXPECT_EQ(lines_with(saved, "are not shown"), 0U);
    EXPECT_FALSE(saved.has_run_failed());
    EXPECT_EQ(saved.totals().reads, 201U);
    // The second time there is nothing to say.
    Session again;
    fold_all(again);
    EXPECT_EQ(lines_with(again, "crash"), 0U);
    EXPECT_EQ(names_in(folder.file("")),
              (std::vector<std::string>{"run.pcapng", "run.pcapng.tail"}));
}

TEST_F(Opening, ACaptureThatIsStillRecordedIntoIsShownUpToWhatIsThereAndLeftAlone) {
    capture::FileTable others;
    RecordedRun run(others, path);
    run.typical();
    (void)run.mark();
    const Bytes before = read_bytes(path);
    Session saved;
    fold_all(saved);
    EXPECT_EQ(saved.totals().reads, 201U);
    EXPECT_EQ(lines_with(saved, "still being recorded into"), 1U);
    EXPECT_FALSE(saved.has_run_failed());
    run.receive(3, 100);
    (void)run.mark();
    EXPECT_GT(read_bytes(path).size(), before.size());
}

TEST_F(Opening, ATornCaptureOfAnotherProgramIsNeverChanged) {
    Bytes bytes = foreign_capture("hello from elsewhere");
    bytes.resize(bytes.size() + 7);
    write_file(bytes);
    Session saved;
    fold_all(saved);
    EXPECT_TRUE(read_bytes(path) == bytes);
    EXPECT_EQ(names_in(folder.file("")), std::vector<std::string>{"run.pcapng"});
    EXPECT_EQ(saved.totals().received + saved.totals().sent, 20U);
}

TEST_F(Opening, AClosedDocumentsFileIsReleased) {
    {
        RecordedRun run(*writing, path);
        run.typical();
        run.finish();
        writing.reset();
    }
    channel::FileId file{};
    {
        const auto opening = start();
        ASSERT_NE(opening, nullptr);
        Session saved;
        fold_rest(saved, *opening);
        ASSERT_EQ(saved.capture_files().size(), 1U);
        file = saved.capture_files()[0].file;
        std::uint8_t byte = 0;
        EXPECT_EQ(files.read(file, 0, {&byte, 1}), 1);
    }
    std::uint8_t byte = 0;
    EXPECT_EQ(files.read(file, 0, {&byte, 1}), -ESTALE);
}

// ---- a stream --------------------------------------------------------------------------------------

class Stream : public Opening {
  protected:
    void SetUp() override {
        ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
        RecordedRun run(*writing, path);
        run.typical();
        run.finish();
        writing.reset();
        whole = read_bytes(path);
    }
    void TearDown() override {
        end();
        ::close(pipe[0]);
    }
    void end() {
        if (pipe[1] >= 0) ::close(std::exchange(pipe[1], -1));
    }
    std::unique_ptr<CaptureOpening> start_stream() {
        auto opening = CaptureOpening::start_stream(
            files, pipe[0], spool, [this] { frame.wake(); }, failure, 0);
        EXPECT_NE(opening, nullptr) << failure.message;
        return opening;
    }
    void deliver(std::size_t begin, std::size_t end) {
        while (begin < end) {
            const ssize_t n = ::write(pipe[1], whole.data() + begin, end - begin);
            ASSERT_GT(n, 0);
            begin += static_cast<std::size_t>(n);
        }
    }
    template <typename IsDone>
    [[nodiscard]] bool fold_until(CaptureOpening& opening, IsDone&& is_done) {
        return frame.wait_until([&] {
            (void)session.drain(opening.link(), kNow, [] { return true; });
            return is_done();
        });
    }

    int pipe[2] = {-1, -1};
    Bytes whole;
    std::string spool = folder.file("state/spool");
    Session session;
};

TEST_F(Stream, IsShownAsItArrivesAndCountedAtItsEnd) {
    const auto opening = start_stream();
    ASSERT_NE(opening, nullptr);
    EXPECT_EQ(opening->progress(), -1);
    // A few bytes are no capture yet, and no failure either.
    deliver(0, 10);
    deliver(10, whole.size() / 2);
    EXPECT_TRUE(fold_until(*opening, [&] { return session.totals().reads > 50; }));
    EXPECT_FALSE(session.is_stopped());
    EXPECT_FALSE(session.is_live());
    EXPECT_LT(session.totals().reads, 150U);
    const std::uint64_t reads = session.totals().reads;
    // One block more is one read more, while the rest is still to come.
    deliver(whole.size() / 2, whole.size() - 1000);
    EXPECT_TRUE(fold_until(*opening, [&] { return session.totals().reads > reads; }));
    deliver(whole.size() - 1000, whole.size());
    EXPECT_TRUE(fold_until(*opening, [&] {
        return session.connections().size() == 3 && session.totals().reads == 201;
    }));
    EXPECT_FALSE(session.is_stopped());
    end();
    EXPECT_TRUE(fold_until(*opening, [&] { return session.is_stopped(); }));
    EXPECT_EQ(opening->progress(), 1);
    EXPECT_EQ(session.capture_path(), "standard input");
    EXPECT_FALSE(session.has_run_failed());
    EXPECT_TRUE(names_in(spool).empty()) << "the temporary file has a name";
    const auto request = session.next_audit();
    ASSERT_TRUE(request.has_value());
    LedgerAudit audit(files, [this] { frame.wake(); });
    audit.request(request->file, request->end_offset);
    session.fold_audit(result_of(audit, frame), kNow);
    EXPECT_EQ(session.ledger().state, LedgerState::kAgrees) << session.ledger().trouble;
}

TEST_F(Stream, ByteByByteItIsTheSame) {
    const auto opening = start_stream();
    ASSERT_NE(opening, nullptr);
    const std::size_t from = whole.size() - 3000;
    deliver(0, from);
    for (std::size_t i = from; i < whole.size(); ++i)
        deliver(i, i + 1);
    end();
    EXPECT_TRUE(fold_until(*opening, [&] { return session.is_stopped(); }));
    EXPECT_EQ(session.totals().reads, 201U);
    EXPECT_EQ(lines_with(session, "are not shown"), 0U);
}

TEST_F(Stream, ThatEndsInsideABlockIsShownUpToThere) {
    const auto opening = start_stream();
    ASSERT_NE(opening, nullptr);
    deliver(0, whole.size() / 2 + 1);
    end();
    EXPECT_TRUE(fold_until(*opening, [&] { return session.is_stopped(); }));
    EXPECT_GT(session.totals().reads, 50U);
    EXPECT_EQ(lines_with(session, "are not shown"), 1U);
    EXPECT_FALSE(session.has_run_failed());
}

TEST_F(Stream, ThatIsNoCaptureIsSaid) {
    whole = {'h', 'e', 'l', 'l', 'o'};
    const auto opening = start_stream();
    ASSERT_NE(opening, nullptr);
    deliver(0, whole.size());
    end();
    EXPECT_TRUE(fold_until(*opening, [&] { return session.is_stopped(); }));
    EXPECT_TRUE(session.has_run_failed());
    EXPECT_EQ(lines_with(session, "not a capture"), 1U);
    EXPECT_FALSE(session.is_live());
}

TEST_F(Stream, ThatEndsBeforeItBeginsIsSaid) {
    const auto opening = start_stream();
    ASSERT_NE(opening, nullptr);
    end();
    EXPECT_TRUE(fold_until(*opening, [&] { return session.is_stopped(); }));
    EXPECT_TRUE(session.has_run_failed());
    EXPECT_EQ(lines_with(session, "empty"), 1U);
}

TEST_F(Stream, IsClosedWhileItWaitsForMore) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{10}, whole.size()}) {
        auto opening = start_stream();
        ASSERT_NE(opening, nullptr);
        deliver(0, size);
        const auto before = std::chrono::steady_clock::now();
        opening.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
    }
}

TEST_F(Stream, WhatCannotBeReadOrKeptIsRefusedInWords) {
    const auto refused = [&](int descriptor, const std::string& directory) {
        failure = {};
        EXPECT_EQ(CaptureOpening::start_stream(
                      files, descriptor, directory, [] {}, failure, 0),
                  nullptr);
        return failure.message;
    };
    EXPECT_NE(refused(12345, spool).find("EBADF"), std::string::npos) << failure.message;
    EXPECT_NE(refused(pipe[0], path + "/below").find("ENOTDIR"), std::string::npos)
        << failure.message;
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) GTEST_SKIP() << "no pseudo terminal to be had";
    EXPECT_NE(refused(terminal, spool).find("it is a terminal"), std::string::npos)
        << failure.message;
    ::close(terminal);
}

}  // namespace
}  // namespace jobs_test
