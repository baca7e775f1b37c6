// Opening a saved capture: the same facts as live, without loss when the frame is slow, and words when it is no capture.
#include "app/jobs/capture_opening.h"

#include "app/jobs/ledger_audit.h"
#include "app/session/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>

#include "tests/jobs/recorded_run.h"

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
    RecordedRun run(files, path);
    run.typical();
    run.finish();
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
    RecordedRun run(files, path);
    run.typical();
    run.finish();
    Session saved;
    fold_all(saved);
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
        RecordedRun run(files, path);
        run.endpoint(1, EndpointKind::kServer, "s");
        run.open(1, 1);
        for (std::uint64_t i = 0; i < kReads; ++i)
            run.receive(1, 16);
        run.finish();
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
        RecordedRun run(files, path);
        run.endpoint(1, EndpointKind::kServer, "s");
        run.open(1, 1);
        for (int i = 0; i < 100'000; ++i)
            run.receive(1, 16);
        run.finish();
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
        RecordedRun run(files, path);
        run.endpoint(1, EndpointKind::kServer, "s");
        run.open(1, 1);
        for (int i = 0; i < 100'000; ++i)
            run.receive(1, 16);
        run.finish();
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
        RecordedRun run(files, path);
        run.typical();
        run.finish();
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
                   line.text.find("are not shown") != std::string::npos;
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

}  // namespace
}  // namespace jobs_test
