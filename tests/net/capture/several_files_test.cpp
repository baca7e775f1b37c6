// A run in several files: each can be read alone, all of them together hold everything once, and a count goes on from one to the next.

#include "net/capture/auditor.h"
#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <random>
#include <set>
#include <string_view>
#include <unistd.h>

#include "tests/net/capture/capture_fixture.h"

namespace tests {
namespace {

using namespace net::capture::format;  // NOLINT(google-build-using-namespace)
using net::capture::Auditor;
using net::capture::ContinuedConnection;
using net::channel::CaptureChange;
using net::channel::CloseReason;
using net::channel::Recorded;

struct Block {
    std::uint32_t type = 0;
    std::size_t offset = 0;
    std::span<const std::uint8_t> body;
};

// A plain walk over whole blocks.
std::vector<Block> blocks(const Bytes& file) {
    std::vector<Block> found;
    for (std::size_t at = 0; at + 12 <= file.size();) {
        const std::uint32_t size = load32(&file[at + 4]);
        if (size < 12 || size > file.size() - at) break;
        found.push_back({.type = load32(&file[at]),
                         .offset = at,
                         .body = std::span{file}.subspan(at + 8, size - 12)});
        at += size;
    }
    return found;
}

std::vector<ContinuedConnection> continued_in(const Bytes& file) {
    std::vector<ContinuedConnection> found;
    for (const Block& block : blocks(file)) {
        if (block.type != kBlockNote) continue;
        if (const auto one = net::capture::decode_continued(block.body, false))
            found.push_back(*one);
    }
    return found;
}

class SeveralFiles : public testing::Test {
  protected:
    net::capture::WriterConfig config() {
        net::capture::WriterConfig config;
        config.files = &files_;
        config.path = directory_.path("x.pcapng");
        config.bounds.least_free_bytes = 0;
        return config;
    }
    // Goes on in x<N>.pcapng.
    void go_on(Recording& recording) {
        const auto how = recording.continue_in(
            {.change = CaptureChange::kMoved,
             .path = directory_.path("x" + std::to_string(paths_.size()) + ".pcapng")});
        ASSERT_EQ(how.error, 0) << std::strerror(how.error);
        ends_.push_back({how.old_file, how.old_end});
        paths_.push_back(recording.writer().path());
    }
    void begin(Recording& recording) { paths_.push_back(recording.writer().path()); }
    void end(Recording& recording) {
        recording.flush();
        ends_.push_back({recording.writer().file(), recording.writer().flushed_end()});
        recording.finish();
    }
    // Everything is found in the files, through the places that were told, in order and once.
    void expect_payload(const std::vector<Event>& events,
                        const std::map<std::uint64_t, Bytes>& all) {
        for (const auto& [key, bytes] : all) {
            const Bytes found = payload(files_, events, key / 2,
                                        key % 2 == 0 ? Direction::kReceived : Direction::kSent);
            EXPECT_TRUE(found == bytes) << "connection " << key / 2;
        }
    }
    void expect_audit(std::uint64_t received, std::uint64_t sent) {
        Auditor auditor(files_);
        for (const auto& [file, end] : ends_) {
            EXPECT_TRUE(auditor.advance(file, end, UINT64_MAX));
            ASSERT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
        }
        EXPECT_EQ(auditor.counts().received, received);
        EXPECT_EQ(auditor.counts().sent, sent);
        // Each alone, too.
        for (const auto& [file, end] : ends_) {
            Auditor alone(files_);
            EXPECT_TRUE(alone.advance(file, end, UINT64_MAX));
            EXPECT_FALSE(alone.counts().is_damaged) << alone.counts().damage;
        }
    }
    [[nodiscard]] Bytes joined() const {
        Bytes all;
        for (const std::string& path : paths_) {
            const Bytes file = read_file(path);
            all.insert(all.end(), file.begin(), file.end());
        }
        return all;
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::vector<std::string> paths_;
    std::vector<std::pair<FileId, std::uint64_t>> ends_;
};

// Random lives over several files, with what is flushed and what goes along varying.
struct RandomLives {
    std::map<std::uint64_t, Bytes> all;  // 2 * connection + (1 if sent)
    std::vector<Flow*> open;
    std::uint64_t next_id = 1;
    std::mt19937_64 random;

    explicit RandomLives(std::uint64_t seed) : random(seed) {}

    void step(Recording& recording) {
        const std::uint64_t what = random() % 16;
        if (open.empty() || what == 0) {
            const auto port = static_cast<std::uint16_t>(40000 + next_id);
            const bool is_v6 = random() % 2 == 0;
            const std::uint64_t endpoint = 1 + random() % 2;
            open.push_back(&recording.open(next_id, endpoint, is_v6 ? ipv6(9000) : ipv4(9000),
                                           is_v6 ? ipv6(port, 2) : ipv4(port, 2),
                                           random() % 5 == 0));
            ++next_id;
            return;
        }
        const std::size_t i = random() % open.size();
        Flow& flow = *open[i];
        const std::uint64_t id = number(flow.connection);
        if (what == 1 && !flow.has_fin_received) {
            recording.peer_ends(flow);
        } else if (what == 2 && !flow.has_fin_sent) {
            recording.we_end(flow);
        } else if (what == 3) {
            recording.close(
                flow, random() % 2 == 0 ? CloseReason::kEndOfStream : CloseReason::kResetByPeer);
            open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            const Bytes bytes = random_bytes(1 + random() % 3000, random());
            const bool is_sent = random() % 2 == 0;
            if (is_sent ? flow.has_fin_sent : flow.has_fin_received) return;
            if (is_sent) {
                recording.send(flow, bytes);
            } else {
                recording.receive(flow, bytes);
            }
            Bytes& to = all[2 * id + (is_sent ? 1 : 0)];
            to.insert(to.end(), bytes.begin(), bytes.end());
        }
        if (random() % 4 == 0) recording.flush();
    }
};

TEST_F(SeveralFiles, HoldEverythingOnceWhereverTheCaptureGoesOn) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        SCOPED_TRACE(seed);
        paths_.clear();
        ends_.clear();
        net::capture::WriterConfig here = config();
        here.path = directory_.path("run" + std::to_string(seed) + ".pcapng");
        Recording recording{here};
        begin(recording);
        recording.endpoint(1);
        RandomLives lives(seed);
        recording.endpoint(2, EndpointKind::kClient);
        for (int file = 0; file < 6; ++file) {
            for (int i = 0; i < 120; ++i)
                lives.step(recording);
            if (file == 2) recording.endpoint(3, EndpointKind::kServer, "late");  // in the batch
            if (file == 5) break;
            const auto how = recording.continue_in(
                {.change = CaptureChange::kMoved,
                 .path = directory_.path(std::to_string(seed) + "-" + std::to_string(file))});
            ASSERT_EQ(how.error, 0);
            ends_.push_back({how.old_file, how.old_end});
            paths_.push_back(recording.writer().path());
            // Nothing of the batch is left behind in the old one, nor told of it.
            EXPECT_EQ(std::filesystem::file_size(paths_[paths_.size() - 2]), how.old_end);
        }
        const std::vector<Event> events = recording.events();
        const auto received = recording.received;
        const auto sent = recording.sent;
        end(recording);
        expect_payload(events, lives.all);
        expect_audit(received, sent);
    }
}

// Without the places of bytes, which differ by file.
std::vector<std::string> lines_without_places(const std::vector<Event>& events) {
    std::vector<std::string> lines = to_lines(events);
    for (std::string& line : lines) {
        const std::size_t at = line.find(" at ");
        if (!line.starts_with("recorded") || at == std::string::npos) continue;
        line.erase(at, line.find(' ', at + 4) - at);
    }
    // The end of a stream is told again where a file goes on with its connection; that changes nothing.
    std::set<std::string> ended;
    std::erase_if(lines, [&ended](const std::string& line) {
        constexpr std::string_view kEnded = "peer ended ";
        return line.starts_with(kEnded) &&
               !ended.insert(line.substr(0, line.find(' ', kEnded.size()))).second;
    });
    return lines;
}

TEST_F(SeveralFiles, OneBehindTheOtherReadAsOne) {
    for (std::uint64_t seed = 21; seed <= 24; ++seed) {
        SCOPED_TRACE(seed);
        paths_.clear();
        ends_.clear();
        net::capture::WriterConfig here = config();
        here.path = directory_.path("joined" + std::to_string(seed) + ".pcapng");
        Recording recording{here};
        begin(recording);
        recording.endpoint(1);
        recording.endpoint(2, EndpointKind::kClient);
        RandomLives lives(seed);
        for (int file = 0; file < 4; ++file) {
            for (int i = 0; i < 120; ++i)
                lives.step(recording);
            if (file == 3) break;
            const auto how = recording.continue_in(
                {.change = CaptureChange::kMoved,
                 .path = directory_.path(std::to_string(seed) + "-" + std::to_string(file))});
            ASSERT_EQ(how.error, 0);
            paths_.push_back(recording.writer().path());
        }
        const std::vector<Event> events = recording.events();
        const auto received = recording.received;
        const auto sent = recording.sent;
        recording.finish();
        const std::string whole = directory_.path("whole" + std::to_string(seed));
        write_file(whole, joined());
        const ReadBack read = read_back(files_, whole);
        EXPECT_EQ(read.counts.left_over_bytes, 0U) << read.counts.why_it_ended;
        const auto found = lines_without_places(facts(read, read.file));
        const auto expected = lines_without_places(events);
        const auto differ =
            std::mismatch(found.begin(), found.end(), expected.begin(), expected.end());
        EXPECT_TRUE(differ.first == found.end() && differ.second == expected.end())
            << "line " << differ.first - found.begin() << " of " << found.size() << " and "
            << expected.size() << ": " << (differ.first == found.end() ? "nothing" : *differ.first)
            << " is not " << (differ.second == expected.end() ? "nothing" : *differ.second);
        expect_payload(read.events, lives.all);
        Auditor auditor(files_);
        EXPECT_TRUE(auditor.advance(read.file, std::filesystem::file_size(whole), UINT64_MAX));
        EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
        EXPECT_EQ(auditor.counts().received, received);
        EXPECT_EQ(auditor.counts().sent, sent);
    }
}

TEST_F(SeveralFiles, ANoteSaysOfEachOpenConnectionWhatTheFilesBeforeHold) {
    Recording recording{config()};
    begin(recording);
    recording.endpoint(1, EndpointKind::kClient);
    Flow& old = recording.open(1, 1, ipv6(40001), ipv6(9000));
    Flow& gone = recording.open(2, 1, ipv4(40002), ipv4(9000), true);
    Flow& over = recording.open(3, 1, ipv4(40003), ipv4(9000));
    recording.receive(old, random_bytes(1000, 1));
    recording.send(gone, random_bytes(500, 1));
    recording.close(over, CloseReason::kEndOfStream);
    recording.flush();
    // In the batch that goes along:
    recording.receive(old, random_bytes(100, 2));
    recording.peer_ends(old);
    recording.close(gone, CloseReason::kResetByPeer);
    Flow& young = recording.open(4, 1, ipv4(40004), ipv4(9000));
    recording.send(young, random_bytes(10, 3));
    go_on(recording);
    const auto notes = continued_in(read_file(paths_[1]));
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_EQ(notes[0].connection, ConnectionId{1});
    EXPECT_EQ(notes[0].received, 1000U);
    EXPECT_EQ(notes[0].sent, 0U);
    EXPECT_FALSE(notes[0].has_peer_ended) << "that is in the batch";
    EXPECT_TRUE(notes[0].was_opened_here);
    EXPECT_EQ(notes[0].local, ipv6(40001));
    EXPECT_EQ(notes[0].local.scope_id, 7U);
    EXPECT_NE(notes[0].opened_ns, 0);
    EXPECT_EQ(notes[1].connection, ConnectionId{2}) << "closed in the batch, open before it";
    EXPECT_EQ(notes[1].sent, 500U);
    EXPECT_TRUE(notes[1].is_second_side);

    recording.flush();
    go_on(recording);
    const auto later = continued_in(read_file(paths_[2]));
    ASSERT_EQ(later.size(), 2U);
    EXPECT_EQ(later[0].connection, ConnectionId{1});
    EXPECT_EQ(later[0].received, 1100U);
    EXPECT_TRUE(later[0].has_peer_ended);
    EXPECT_EQ(later[1].connection, ConnectionId{4});
    EXPECT_EQ(later[1].sent, 10U);
    end(recording);
    expect_audit(1100, 510);
}

TEST_F(SeveralFiles, BelongTogetherByARunAndANumber) {
    Recording recording{config()};
    begin(recording);
    go_on(recording);
    go_on(recording);
    end(recording);
    std::vector<Bytes> runs;
    for (const std::string& path : paths_) {
        const Bytes file = read_file(path);
        const auto section = blocks(file).at(0).body;
        Bytes run;
        for (auto at = section.subspan(kSectionFixedBytes - 8); at.size() >= 4;) {
            const std::size_t size = load16(&at[2]);
            if (load16(at.data()) == kOptionRun)
                run.assign(at.begin() + 4, at.begin() + static_cast<std::ptrdiff_t>(4 + size));
            at = at.subspan(4 + padded(size));
        }
        ASSERT_EQ(run.size(), kRunBytes);
        runs.push_back(run);
    }
    for (std::uint32_t i = 0; i < runs.size(); ++i) {
        EXPECT_TRUE(std::equal(runs[i].begin(), runs[i].begin() + kRunIdBytes, runs[0].begin()));
        EXPECT_EQ(load32(&runs[i][kRunIdBytes]), i);
    }
    const Recording other = Recording::at(files_, directory_.path("other.pcapng"));
    const Bytes file = read_file(directory_.path("other.pcapng"));
    EXPECT_EQ(std::search(file.begin(), file.end(), runs[0].begin(), runs[0].begin() + kRunIdBytes),
              file.end());
}

TEST_F(SeveralFiles, ADroppedCaptureGoesOnWithWhatWaitedEvenIfTheFirstWriteFails) {
    Recording recording{config()};
    begin(recording);
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.receive(flow, random_bytes(100, 1));
    recording.flush();
    const Bytes bytes = random_bytes(2000, 2);
    recording.send(flow, bytes);
    for (int i = 0; i < 3; ++i) {  // again before anything could be written
        const auto how = recording.continue_in({.change = CaptureChange::kDropped});
        ASSERT_EQ(how.error, 0);
        // A file in which nothing ever was goes at once.
        const auto dropped = i == 0 ? recording.writer().drop_all_before() : how.dropped;
        ASSERT_EQ(dropped.size(), 1U);
        EXPECT_TRUE(recording.writer().drop_all_before().empty());
        EXPECT_EQ(dropped[0].file, how.old_file);
        EXPECT_EQ(std::filesystem::file_size(recording.writer().path()), 0U);
        EXPECT_FALSE(std::filesystem::exists(dropped[0].path));
        if (i < 2) {
            // events() takes it for flushed: it goes on from where the first drop left it.
            auto* recorded =
                const_cast<Recorded*>(std::get_if<Recorded>(&recording.events().back()));
            if (i > 0) recorded->file = recording.writer().file(), recorded->offset += how.shift;
        } else {
            auto* recorded =
                const_cast<Recorded*>(std::get_if<Recorded>(&recording.events().back()));
            recorded->file = recording.writer().file(), recorded->offset += how.shift;
        }
    }
    const FileId file = recording.writer().file();
    const std::string path = recording.writer().path();
    const auto events = recording.events();
    recording.finish();
    const auto* last = std::get_if<Recorded>(&events.back());
    ASSERT_NE(last, nullptr);
    Bytes back(bytes.size());
    EXPECT_EQ(files_.read(last->file, last->offset, back), 2000);
    EXPECT_EQ(back, bytes);
    Auditor auditor(files_);
    EXPECT_TRUE(auditor.advance(file, std::filesystem::file_size(path), UINT64_MAX));
    EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
    EXPECT_EQ(auditor.counts().sent, 2000U);
    const auto notes = continued_in(read_file(path));
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_EQ(notes[0].received, 100U);
    EXPECT_EQ(notes[0].sent, 0U);
}

TEST_F(SeveralFiles, ACaptureOnStandardOutputStaysThere) {
    net::capture::WriterConfig stream = config();
    stream.path = "-";
    stream.write_hook = [](int, const void*, std::size_t size, std::int64_t* written) {
        *written = static_cast<std::int64_t>(size);
        return 0;
    };
    stream.bounds.ring_files = 2;
    stream.bounds.ring_file_bytes = 1;
    Recording recording{stream};
    recording.endpoint(1);
    recording.flush();
    EXPECT_FALSE(recording.writer().is_file_full());
    EXPECT_EQ(recording.continue_in({.change = CaptureChange::kDropped}).error, EOPNOTSUPP);
    EXPECT_TRUE(recording.writer().drop_all_before().empty());
}

TEST_F(SeveralFiles, AFileIsLeftBeforeItIsLongerThanAnIndexCanSay) {
    net::capture::WriterConfig small = config();
    small.most_file_bytes = 10'000;
    Recording recording{small};
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.flush();
    EXPECT_FALSE(recording.writer().is_file_full());
    recording.receive(flow, random_bytes(10'000, 1));
    recording.flush();
    EXPECT_TRUE(recording.writer().is_file_full());
    ASSERT_EQ(recording.continue_in({.change = CaptureChange::kRing}).error, 0);
    EXPECT_EQ(recording.writer().path(), directory_.path("x-2.pcapng"));
    EXPECT_FALSE(recording.writer().is_file_full());
    EXPECT_TRUE(recording.writer().drop_beyond_ring().empty()) << "no ring: everything is kept";
    recording.finish();
}

TEST_F(SeveralFiles, ARunThatEndsInOrderSaysSoInItsLastBlock) {
    Recording recording{config()};
    recording.endpoint(1);
    Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
    recording.close(flow, CloseReason::kEndOfStream);
    recording.writer().run_ended({.connections = 1, .read_pauses = 2, .time_ns = next_time()});
    const FileId file = recording.writer().file();
    recording.flush();
    const Bytes bytes = read_file(directory_.path("x.pcapng"));
    const Block last = blocks(bytes).back();
    ASSERT_EQ(last.type, kBlockNote);
    const auto event = net::capture::decode_note(last.body, false);
    ASSERT_TRUE(event && std::holds_alternative<net::channel::ServiceStopped>(*event));
    EXPECT_EQ(std::get<net::channel::ServiceStopped>(*event).read_pauses, 2U);

    // Whatever follows is damage.
    recording.open(2, 1, ipv4(9000), ipv4(2));
    recording.flush();
    Auditor auditor(files_);
    EXPECT_TRUE(auditor.advance(file, bytes.size(), UINT64_MAX));
    EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
    EXPECT_TRUE(auditor.advance(file, recording.writer().flushed_end(), UINT64_MAX));
    EXPECT_TRUE(auditor.counts().is_damaged);
    recording.finish();
}

// ---- planted faults ----

class SeveralFilesDamaged : public SeveralFiles {
  protected:
    void SetUp() override {
        Recording recording{config()};
        begin(recording);
        recording.endpoint(1);
        Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(1));
        recording.open(2, 1, ipv4(9000), ipv4(2));
        recording.receive(flow, random_bytes(1000, 1));
        recording.flush();
        go_on(recording);
        recording.receive(flow, random_bytes(1000, 2));
        end(recording);
    }
    // Audits the first file as it is and then `second`; what was found wrong.
    std::string damage(const Bytes& second) {
        const std::string path = directory_.path("planted" + std::to_string(++planted_));
        write_file(path, second);
        int error = 0;
        const FileId file = net::capture::open_capture(files_, path, error);
        Auditor auditor(files_);
        EXPECT_TRUE(auditor.advance(ends_[0].first, ends_[0].second, UINT64_MAX));
        EXPECT_FALSE(auditor.counts().is_damaged);
        EXPECT_TRUE(auditor.advance(file, second.size(), UINT64_MAX));
        return auditor.counts().damage;
    }
    int planted_ = 0;
};

TEST_F(SeveralFilesDamaged, WhatANoteSaysMustBeWhatWasCounted) {
    const Bytes good = read_file(paths_[1]);
    EXPECT_EQ(damage(good), "");
    const auto all = blocks(good);
    const auto first_note =
        std::find_if(all.begin(), all.end(), [](const Block& b) { return b.type == kBlockNote; });
    ASSERT_NE(first_note, all.end());
    const std::size_t note_at = first_note->offset + 8;
    // Each byte of what is counted: connection, received, sent, endpoint, ended, ended.
    for (std::size_t i = 0; i < 34; ++i) {
        Bytes bad = good;
        bad[note_at + kNoteHeadBytes + i] ^= 1;
        EXPECT_NE(damage(bad), "") << "byte " << i << " of the note";
    }
    // Left out.
    Bytes without = good;
    const std::size_t note_bytes = load32(&good[first_note->offset + 4]);
    without.erase(without.begin() + static_cast<std::ptrdiff_t>(first_note->offset),
                  without.begin() + static_cast<std::ptrdiff_t>(first_note->offset + note_bytes));
    EXPECT_NE(damage(without).find("does not go on with"), std::string::npos) << damage(without);
    // Twice.
    Bytes twice = good;
    twice.insert(twice.begin() + static_cast<std::ptrdiff_t>(first_note->offset),
                 good.begin() + static_cast<std::ptrdiff_t>(first_note->offset),
                 good.begin() + static_cast<std::ptrdiff_t>(first_note->offset + note_bytes));
    EXPECT_NE(damage(twice), "");
    // The file before, again.
    EXPECT_NE(damage(read_file(paths_[0])), "");
}

// ---- other programs ----

class SeveralFilesInTshark : public SeveralFiles {
  protected:
    void SetUp() override { SKIP_WITHOUT("tshark"); }
};

TEST_F(SeveralFilesInTshark, AreFineAloneAndTogether) {
    Recording recording{config()};
    begin(recording);
    recording.endpoint(1);
    recording.endpoint(2, EndpointKind::kClient);
    Flow& a = recording.open(1, 1, ipv4(9000), ipv4(40001));
    Flow& b = recording.open(2, 2, ipv6(40002, 2), ipv6(9000));
    Bytes a_received, a_sent, b_received, b_sent;
    const auto add = [](Bytes& to, const Bytes& bytes) {
        to.insert(to.end(), bytes.begin(), bytes.end());
    };
    std::vector<Bytes> a_received_alone(4);
    for (std::uint64_t i = 0; i < 400; ++i) {
        const Bytes bytes = random_bytes(1 + i * 217 % 3000, i);
        if (i % 3 != 0) recording.receive(a, bytes), add(a_received, bytes);
        if (i % 3 != 0) add(a_received_alone[i / 100], bytes);
        if (i % 4 != 0) recording.send(a, bytes), add(a_sent, bytes);
        if (i % 5 != 0) recording.send(b, bytes), add(b_sent, bytes);
        if (i % 7 != 0) recording.receive(b, bytes), add(b_received, bytes);
        if (i == 350) recording.peer_ends(b);
        if (i == 350) break;
        if (i % 100 == 99) {
            recording.flush();
            go_on(recording);
        }
    }
    recording.close(a, CloseReason::kResetByPeer);
    recording.close(b, CloseReason::kEndOfStream);
    end(recording);
    const std::string whole = directory_.path("whole.pcapng");
    write_file(whole, joined());
    const Followed first = follow(whole, 0);
    EXPECT_TRUE(first.client == a_received);
    EXPECT_TRUE(first.server == a_sent);
    const Followed second = follow(whole, 1);
    EXPECT_TRUE(second.client == b_sent);
    EXPECT_TRUE(second.server == b_received);
    paths_.push_back(whole);
    for (const std::string& path : paths_) {
        EXPECT_EQ(analysis_flags(path), "") << path;
        const Output read = run({"tshark", "-n", "-r", path, "-q"});
        EXPECT_EQ(read.status, 0) << path;
        EXPECT_EQ(read.errors.find("damaged"), std::string::npos) << read.errors;
        EXPECT_EQ(read.errors.find("cut short"), std::string::npos) << read.errors;
        const Output capinfos = run({"capinfos", path});
        EXPECT_EQ(capinfos.status, 0) << capinfos.errors;
    }
    for (std::size_t i = 0; i < 4; ++i) {
        // Which side is the client, and which stream comes first, cannot be seen from the middle.
        bool is_found = false;
        for (const unsigned stream : {0U, 1U}) {
            const Followed alone = follow(paths_[i], stream);
            is_found = is_found || alone.client == a_received_alone[i] ||
                       alone.server == a_received_alone[i];
        }
        EXPECT_TRUE(is_found) << "file " << i;
    }
}

}  // namespace
}  // namespace tests
