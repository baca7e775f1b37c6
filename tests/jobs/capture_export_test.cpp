// Exports: the chosen connections' bytes in each format, gaps told, ours and others' captures; whole or not at all.
#include "app/jobs/capture_export.h"

#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"

#include <gtest/gtest.h>

#include "tests/jobs/job_fixture.h"
#include "tests/net/capture/foreign_capture.h"

namespace jobs_test {
namespace {

using app::jobs::CaptureExport;
using app::jobs::ExportRequest;
using app::jobs::FileMade;
using app::session::ByteText;
using app::session::ExportFormat;
using tests::Container;
using tests::ForeignCapture;

class Export : public ::testing::Test {
  protected:
    FileMade make(ExportRequest request) {
        if (request.path.empty()) request.path = goal;
        CaptureExport job(files, std::move(request), [this] { frame.wake(); });
        return result_of(job, frame);
    }
    std::string text_of(ExportRequest request) {
        const FileMade made = make(std::move(request));
        EXPECT_FALSE(made.failure.has_value()) << made.failure->message;
        remark = made.remark;
        EXPECT_EQ(made.paths, std::vector<std::string>{goal});
        const std::string text = read_text(goal);
        EXPECT_EQ(made.bytes, text.size());
        std::filesystem::remove(goal);
        return text;
    }
    // Three connections; what was recorded is in `run`.
    void typical() {
        run.emplace(files, source);
        run->typical();
        mark = run->mark();
        parts = {{.file = mark.file, .end_offset = mark.end_offset}};
    }
    void open_source() { parts = {{.file = add_file(files, source)}}; }
    [[nodiscard]] Bytes payload(std::uint64_t connection, Direction direction) {
        return tests::payload(files, run->events, connection, direction);
    }

    TemporaryFolder folder;
    std::string source = folder.file("run.pcapng");
    std::string goal = folder.file("exported");
    capture::FileTable files;
    std::optional<RecordedRun> run;
    channel::LedgerMark mark;
    std::vector<app::jobs::CapturePart> parts;
    Frame frame;
    std::string remark;
};

std::string as_text(const Bytes& bytes) {
    return {bytes.begin(), bytes.end()};
}

TEST_F(Export, RawBytesAreOneFileADirection) {
    typical();
    const FileMade made = make({.parts = parts, .connections = {ConnectionId{1}}});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_EQ(made.paths, (std::vector<std::string>{goal + ".received", goal + ".sent"}));
    EXPECT_TRUE(read_bytes(goal + ".received") == payload(1, Direction::kReceived));
    EXPECT_TRUE(read_bytes(goal + ".sent") == payload(1, Direction::kSent));
    EXPECT_EQ(made.bytes, payload(1, Direction::kReceived).size() + 501);
    EXPECT_EQ(made.remark, "");
    // One direction is one file, under the very name.
    EXPECT_EQ(text_of({.parts = parts, .connections = {ConnectionId{3}}, .wants_received = false}),
              as_text(payload(3, Direction::kSent)));
    EXPECT_EQ(text_of({.parts = parts, .connections = {ConnectionId{3}}, .wants_sent = false}), "");
    // All: in the order in which they came.
    Bytes all;
    for (const auto& event : run->events) {
        const auto* read = std::get_if<channel::Recorded>(&event);
        if (read == nullptr || read->direction != Direction::kReceived) continue;
        all.resize(all.size() + read->size);
        ASSERT_EQ(files.read(read->file, read->offset, std::span{all}.last(read->size)),
                  read->size);
    }
    EXPECT_EQ(text_of({.parts = parts, .wants_sent = false}), as_text(all));
}

TEST_F(Export, WhatALiveCaptureHasBehindTheEndIsNotExported) {
    typical();
    run->receive(3, 1000);
    (void)run->mark();
    EXPECT_EQ(text_of({.parts = parts, .connections = {ConnectionId{3}}, .wants_sent = false}), "");
    parts[0].end_offset = 0;
    EXPECT_EQ(
        text_of({.parts = parts, .connections = {ConnectionId{3}}, .wants_sent = false}).size(),
        1000U);
}

void two_reads(RecordedRun& run) {
    run.endpoint(1, EndpointKind::kServer, "s");
    run.open(7, 1);
    run.receive(7, 20);
    run.send(7, 3);
    run.receive(7, 2);
}

TEST_F(Export, AHexDumpHasAHeadingForEachReadAndRowsAsHexdumpWritesThem) {
    run.emplace(files, source);
    two_reads(*run);
    mark = run->mark();
    parts = {{.file = mark.file, .end_offset = mark.end_offset}};
    EXPECT_EQ(text_of({.parts = parts, .format = ExportFormat::kHexDump}),
              "# 2023-11-14T22:13:20.000001000Z  #7  opened  local 127.0.0.1:9000  peer "
              "127.0.0.1:20007\n"
              "# 2023-11-14T22:13:20.000002000Z  #7  received  20 bytes  at 0\n"
              "00000000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  |................|\n"
              "00000010  10 11 12 13                                       |....|\n"
              "# 2023-11-14T22:13:20.000003000Z  #7  sent  3 bytes  at 0\n"
              "00000000  ab ab ab                                          |...|\n"
              "# 2023-11-14T22:13:20.000004000Z  #7  received  2 bytes  at 20\n"
              "00000014  14 15                                             |..|\n");
}

TEST_F(Export, CsvAndJsonLinesHaveTheReadsOneALine) {
    run.emplace(files, source);
    two_reads(*run);
    mark = run->mark();
    parts = {{.file = mark.file, .end_offset = mark.end_offset}};
    EXPECT_EQ(text_of({.parts = parts, .format = ExportFormat::kCsv}),
              "time,connection,direction,size,offset,missing,bytes\r\n"
              "2023-11-14T22:13:20.000002000Z,7,received,20,0,0,"
              "000102030405060708090a0b0c0d0e0f10111213\r\n"
              "2023-11-14T22:13:20.000003000Z,7,sent,3,0,0,ababab\r\n"
              "2023-11-14T22:13:20.000004000Z,7,received,2,20,0,1415\r\n");
    EXPECT_EQ(text_of({.parts = parts,
                       .wants_received = false,
                       .format = ExportFormat::kJsonLines,
                       .byte_text = ByteText::kBase64}),
              R"({"time":"2023-11-14T22:13:20.000003000Z","connection":7,"direction":"sent",)"
              R"("size":3,"offset":0,"missing":0,"bytes":"q6ur"})"
              "\n");
    EXPECT_EQ(text_of({.parts = parts,
                       .wants_sent = false,
                       .format = ExportFormat::kCsv,
                       .byte_text = ByteText::kBase64}),
              "time,connection,direction,size,offset,missing,bytes\r\n"
              "2023-11-14T22:13:20.000002000Z,7,received,20,0,0,AAECAwQFBgcICQoLDA0ODxAREhM=\r\n"
              "2023-11-14T22:13:20.000004000Z,7,received,2,20,0,FBU=\r\n");
}

// What a capture says of these connections, place and file number left out.
std::vector<std::string> story_of(const std::vector<channel::Event>& events,
                                  const std::vector<std::uint64_t>& connections) {
    std::vector<std::string> story;
    const auto is_chosen = [&](ConnectionId id) {
        return std::find(connections.begin(), connections.end(), channel::number(id)) !=
               connections.end();
    };
    for (channel::Event event : events) {
        const bool is_told = std::visit(
            [&](auto& fact) {
                if constexpr (requires {
                                  fact.file;
                                  fact.offset;
                              }) {
                    fact.file = {};
                    fact.offset = 0;
                }
                if constexpr (requires { fact.connection; }) return is_chosen(fact.connection);
                return false;
            },
            event);
        if (is_told) story.push_back(tests::to_line(event));
    }
    return story;
}

TEST_F(Export, ACaptureOfTheChosenConnectionsTellsTheSameStory) {
    typical();
    const FileMade made = make({.parts = parts,
                                .connections = {ConnectionId{1}, ConnectionId{2}},
                                .format = ExportFormat::kPcapng});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    const tests::ReadBack back = tests::read_back(files, goal);
    EXPECT_EQ(back.counts.why_it_ended, "");
    EXPECT_EQ(back.counts.skipped, 0U);
    EXPECT_EQ(story_of(back.events, {1, 2, 3}), story_of(run->events, {1, 2}));
    for (const std::uint64_t connection : {1U, 2U}) {
        for (const Direction direction : {Direction::kReceived, Direction::kSent}) {
            EXPECT_TRUE(tests::payload(files, back.events, connection, direction) ==
                        payload(connection, direction));
        }
    }
    // The server is there with what it did, and nobody else.
    std::size_t endpoints = 0;
    std::size_t listening = 0;
    for (const auto& event : back.events) {
        if (const auto* added = std::get_if<channel::EndpointAdded>(&event)) {
            ++endpoints;
            EXPECT_EQ(added->name, "127.0.0.1:9000");
        }
        if (std::holds_alternative<channel::ServerListening>(event)) ++listening;
        EXPECT_FALSE(std::holds_alternative<channel::ClientConnecting>(event));
        EXPECT_FALSE(std::holds_alternative<channel::Failed>(event));
    }
    EXPECT_EQ(endpoints, 1U);
    EXPECT_EQ(listening, 1U);
    // A client's alone: its interface is renumbered.
    const std::string second = folder.file("second");
    ASSERT_FALSE(make({.parts = parts,
                       .connections = {ConnectionId{3}},
                       .format = ExportFormat::kPcapng,
                       .path = second})
                     .failure.has_value());
    EXPECT_EQ(story_of(tests::read_back(files, second).events, {1, 2, 3}),
              story_of(run->events, {3}));
    if (!tests::is_installed("tshark")) return;
    EXPECT_EQ(tests::analysis_flags(goal), "");
    EXPECT_EQ(tests::analysis_flags(second), "");
    const tests::Followed followed = tests::follow(goal, 0);
    EXPECT_TRUE(followed.client == payload(1, Direction::kReceived)) << followed.errors;
    EXPECT_TRUE(followed.server == payload(1, Direction::kSent)) << followed.errors;
    EXPECT_TRUE(tests::follow(second, 0).client == payload(3, Direction::kSent));
}

TEST_F(Export, ACaptureOfAllIsTheCapture) {
    typical();
    const FileMade made = make({.parts = parts, .format = ExportFormat::kPcapng});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    const tests::ReadBack back = tests::read_back(files, goal);
    EXPECT_EQ(story_of(back.events, {1, 2, 3}), story_of(run->events, {1, 2, 3}));
    // And again: nothing changes any more.
    const std::string again = folder.file("again");
    ASSERT_FALSE(make({.parts = {{.file = add_file(files, goal)}},
                       .format = ExportFormat::kPcapng,
                       .path = again})
                     .failure.has_value());
    EXPECT_TRUE(read_bytes(again) == read_bytes(goal));
}

// ---- captures of other programs ----------------------------------------------------------------

constexpr std::uint8_t kSyn = capture::format::kTcpSyn;
constexpr std::uint8_t kAck = capture::format::kTcpAck;
constexpr std::uint8_t kFin = capture::format::kTcpFin;

// One connection with its handshake, a retransmission of the SYN and of the request, data each way, and FINs: nine packets.
void add_life(ForeignCapture& capture,
              std::uint16_t port,
              std::uint32_t sequence,
              const Bytes& request,
              const Bytes& response) {
    const auto add = [&](bool is_client, std::uint32_t at, std::uint32_t acknowledged,
                         std::uint8_t flags, const Bytes& payload = {}) {
        const auto client = tests::ipv4(port, 2);
        const auto server = tests::ipv4(80, 3);
        ForeignCapture::Tcp tcp;
        tcp.from = is_client ? client : server;
        tcp.to = is_client ? server : client;
        tcp.sequence = at;
        tcp.acknowledgement = acknowledged;
        tcp.flags = flags;
        tcp.payload = payload;
        capture.add(tcp);
    };
    const auto request_end = sequence + 1 + static_cast<std::uint32_t>(request.size());
    const auto response_end = 501 + static_cast<std::uint32_t>(response.size());
    add(true, sequence, 0, kSyn);
    add(true, sequence, 0, kSyn);
    add(false, 500, sequence + 1, kSyn | kAck);
    add(true, sequence + 1, 501, kAck);
    add(true, sequence + 1, 501, kAck, request);
    add(true, sequence + 1, 501, kAck, request);
    add(false, 501, request_end, kAck, response);
    add(true, request_end, response_end, kAck | kFin);
    add(false, response_end, request_end + 1, kAck | kFin);
}

std::size_t packets_in(const std::string& path) {
    capture::FileTable table;
    return tests::read_back(table, path).counts.packets;
}

class ForeignExport : public Export, public ::testing::WithParamInterface<Container> {
  protected:
    void write(bool is_swapped) {
        ForeignCapture capture(GetParam(), capture::format::kLinkEthernet, is_swapped);
        add_life(capture, 40001, 1000, some_bytes(700, 1), some_bytes(900, 2));
        add_life(capture, 40002, 2000, some_bytes(300, 3), some_bytes(400, 4));
        capture.add_packet(some_bytes(60, 5));  // nothing that we understand
        // The same pair again: another life.
        add_life(capture, 40001, 900'000, some_bytes(111, 6), some_bytes(222, 7));
        write_bytes(source, capture.bytes());
        open_source();
    }
    void expect_only(std::uint64_t connection, const Bytes& received, const Bytes& sent) {
        SCOPED_TRACE(connection);
        const std::string path = folder.file("only");
        const FileMade made = make({.parts = parts,
                                    .connections = {ConnectionId{connection}},
                                    .format = ExportFormat::kPcapng,
                                    .path = path,
                                    .may_overwrite = true});
        ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
        EXPECT_EQ(packets_in(path), 9U);
        const tests::ReadBack back = tests::read_back(files, path);
        EXPECT_EQ(back.counts.why_it_ended, "");
        EXPECT_TRUE(tests::payload(files, back.events, 1, Direction::kReceived) == received);
        EXPECT_TRUE(tests::payload(files, back.events, 1, Direction::kSent) == sent);
        const tests::ReadBack before = tests::read_back(files, source);
        const auto times = [](const std::vector<channel::Event>& events, std::uint64_t id) {
            std::vector<std::int64_t> found;
            for (const auto& event : events) {
                const auto* read = std::get_if<channel::Recorded>(&event);
                if (read != nullptr && channel::number(read->connection) == id)
                    found.push_back(read->time_ns);
            }
            return found;
        };
        EXPECT_EQ(times(back.events, 1), times(before.events, connection));
        if (!tests::is_installed("tshark")) return;
        const tests::Followed followed = tests::follow(path, 0);
        EXPECT_TRUE(followed.client == received) << followed.errors;
        EXPECT_TRUE(followed.server == sent) << followed.errors;
    }
};

TEST_P(ForeignExport, TheirPacketsAreCopiedWithWhatBelongsToTheConnection) {
    for (const bool is_swapped : {false, true}) {
        SCOPED_TRACE(is_swapped);
        write(is_swapped);
        expect_only(1, some_bytes(700, 1), some_bytes(900, 2));
        expect_only(2, some_bytes(300, 3), some_bytes(400, 4));
        expect_only(3, some_bytes(111, 6), some_bytes(222, 7));
    }
}

TEST_P(ForeignExport, AllOfThemAreAllThatIsUnderstood) {
    write(false);
    const FileMade made = make({.parts = parts, .format = ExportFormat::kPcapng});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_EQ(packets_in(goal), 27U);
    const tests::ReadBack back = tests::read_back(files, goal);
    EXPECT_EQ(story_of(back.events, {1, 2, 3}),
              story_of(tests::read_back(files, source).events, {1, 2, 3}));
}

INSTANTIATE_TEST_SUITE_P(Each,
                         ForeignExport,
                         ::testing::Values(Container::kPcapMicroseconds,
                                           Container::kPcapNanoseconds,
                                           Container::kPcapng));

TEST_F(Export, SectionsAndInterfacesOfOthersStayAsTheyAre) {
    ForeignCapture capture(Container::kPcapng, capture::format::kLinkEthernet);
    capture.add_interface(capture::format::kLinkRaw, 9, "lo");
    add_life(capture, 40001, 1000, some_bytes(10, 1), some_bytes(20, 2));
    capture.add_block(0x12345678, some_bytes(40));
    capture.add_section(true);
    capture.add_interface(capture::format::kLinkRaw, 6, "eth7");
    add_life(capture, 40002, 1000, some_bytes(30, 3), some_bytes(40, 4));
    write_bytes(source, capture.bytes());
    open_source();
    const FileMade made =
        make({.parts = parts, .connections = {ConnectionId{2}}, .format = ExportFormat::kPcapng});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    const tests::ReadBack back = tests::read_back(files, goal);
    EXPECT_TRUE(tests::payload(files, back.events, 1, Direction::kReceived) == some_bytes(30, 3));
    EXPECT_EQ(back.counts.packets, 9U);
    EXPECT_EQ(back.counts.skipped, 0U);
    if (!tests::is_installed("capinfos")) return;
    const tests::Output info = tests::run({"capinfos", goal});
    EXPECT_EQ(info.status, 0) << info.errors;
}

// ---- gaps, and captures of several files ------------------------------------------------------------

ForeignCapture with_gap() {
    ForeignCapture capture(Container::kPcapng, capture::format::kLinkRaw);
    const auto add = [&](bool is_client, std::uint32_t at, std::uint32_t acknowledged,
                         std::uint8_t flags, const Bytes& payload = {}) {
        ForeignCapture::Tcp tcp;
        tcp.from = is_client ? tests::ipv4(40001, 2) : tests::ipv4(80, 3);
        tcp.to = is_client ? tests::ipv4(80, 3) : tests::ipv4(40001, 2);
        tcp.sequence = at;
        tcp.acknowledgement = acknowledged;
        tcp.flags = flags;
        tcp.payload = payload;
        capture.add(tcp);
    };
    add(true, 1000, 0, kSyn);
    add(false, 500, 1001, kSyn | kAck);
    add(true, 1001, 501, kAck, {'a', 'b', 'c'});
    // 1004 to 1013 were sent and acknowledged, and nobody saw them.
    add(true, 1014, 501, kAck, {'x', 'y'});
    add(false, 501, 1016, kAck, {'o', 'k'});
    return capture;
}

TEST_F(Export, AGapIsALineOfItsOwnAndNeverJoined) {
    write_bytes(source, with_gap().bytes());
    open_source();
    const std::string dump = text_of({.parts = parts, .format = ExportFormat::kHexDump});
    EXPECT_NE(dump.find("  #1  received  3 bytes  at 0\n"), std::string::npos) << dump;
    EXPECT_NE(dump.find("  #1  received  10 bytes missing  at 3  (not captured)\n"),
              std::string::npos)
        << dump;
    EXPECT_NE(dump.find("  #1  received  2 bytes  at 13\n0000000d  78 79 "), std::string::npos)
        << dump;
    EXPECT_EQ(remark, "10 bytes are missing in 1 place of the capture itself");
    const std::string csv = text_of({.parts = parts, .format = ExportFormat::kCsv});
    EXPECT_NE(csv.find(",1,received,0,3,10,\r\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find(",1,received,2,13,0,7879\r\n"), std::string::npos) << csv;
    const std::string json = text_of({.parts = parts, .format = ExportFormat::kJsonLines});
    EXPECT_NE(json.find(R"("size":0,"offset":3,"missing":10,"bytes":""})"), std::string::npos)
        << json;
    EXPECT_EQ(text_of({.parts = parts, .wants_sent = false}), "abcxy");
    EXPECT_NE(remark.find("without a mark"), std::string::npos) << remark;
    EXPECT_EQ(text_of({.parts = parts, .wants_received = false}), "ok");
    EXPECT_EQ(remark, "");
    const FileMade made = make({.parts = parts, .format = ExportFormat::kPcapng});
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_EQ(story_of(tests::read_back(files, goal).events, {1}),
              story_of(tests::read_back(files, source).events, {1}));
}

// A note as a block, behind what a capture holds.
void append_note(Bytes& bytes, std::vector<std::uint8_t> body) {
    body.resize(capture::format::padded(body.size()));
    const std::size_t at = bytes.size();
    const auto length = static_cast<std::uint32_t>(body.size() + capture::format::kBlockLeastBytes);
    bytes.resize(at + length);
    capture::format::store32(&bytes[at], capture::format::kBlockNote);
    capture::format::store32(&bytes[at + 4], length);
    std::copy(body.begin(), body.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8);
    capture::format::store32(&bytes[at + length - 4], length);
}

TEST_F(Export, AConnectionThatGoesOnInTheNextFileKeepsItsOffsets) {
    run.emplace(files, source);
    two_reads(*run);
    mark = run->mark();
    // The next file of the ring: its header, its server, and the word that connection 7 goes on.
    const std::string second = folder.file("second.pcapng");
    {
        capture::FileTable own;
        RecordedRun next(own, second);
        next.endpoint(1, EndpointKind::kServer, "s");
        (void)next.mark();
    }
    Bytes bytes = read_bytes(second);
    capture::ContinuedConnection continued;
    continued.connection = ConnectionId{7};
    continued.endpoint = EndpointId{1};
    continued.local = loopback(9000);
    continued.peer = loopback(20007);
    continued.opened_ns = kNow + 1000;
    continued.received = 22;
    continued.sent = 3;
    std::vector<std::uint8_t> body;
    capture::encode_continued(continued, body);
    append_note(bytes, body);
    write_bytes(second, bytes);
    const app::jobs::CapturePart first{.file = mark.file, .end_offset = mark.end_offset};
    const app::jobs::CapturePart next{.file = add_file(files, second)};

    // Both files: nothing is missing, and the connection is opened once.
    const std::string dump = text_of({.parts = {first, next}, .format = ExportFormat::kHexDump});
    EXPECT_EQ(dump.find("missing"), std::string::npos) << dump;
    EXPECT_EQ(dump.find("goes on"), std::string::npos) << dump;
    EXPECT_EQ(remark, "");
    // The second alone: what went before is said.
    const std::string alone = text_of({.parts = {next}, .format = ExportFormat::kHexDump});
    EXPECT_NE(alone.find("#7  goes on  local 127.0.0.1:9000"), std::string::npos) << alone;
    EXPECT_NE(alone.find("received  22 bytes missing  at 0  (in an earlier file)"),
              std::string::npos)
        << alone;
    EXPECT_NE(alone.find("sent  3 bytes missing  at 0  (in an earlier file)"), std::string::npos)
        << alone;
    // As pcapng, the word goes with its connection and with no other.
    for (const std::uint64_t connection : {7U, 8U}) {
        const FileMade made = make({.parts = {next},
                                    .connections = {ConnectionId{connection}},
                                    .format = ExportFormat::kPcapng,
                                    .may_overwrite = true});
        ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
        EXPECT_EQ(story_of(tests::read_back(files, goal).events, {7}).empty(), connection == 8);
    }
}

// ---- what can go wrong --------------------------------------------------------------------------

TEST_F(Export, ItsGoalIsMindedAsThatOfASave) {
    typical();
    write_bytes(goal, {1});
    expect_words(make({.parts = parts, .format = ExportFormat::kCsv}).failure, "EEXIST");
    write_bytes(goal + ".sent", {2});
    expect_words(make({.parts = parts,
                       .format = ExportFormat::kPcapng,
                       .path = source,
                       .may_overwrite = true})
                     .failure,
                 "the capture that is exported");
    expect_words(make({.parts = parts, .wants_received = false, .wants_sent = false}).failure,
                 "neither direction");
    expect_words(make({.parts = {}}).failure, "no capture file");
    expect_words(make({.parts = parts, .path = folder.file("no/x")}).failure, "ENOENT");
    EXPECT_EQ(names_in(folder.file("")),
              (std::vector<std::string>{"exported", "exported.sent", "run.pcapng"}));
    EXPECT_FALSE(
        make({.parts = parts, .format = ExportFormat::kCsv, .may_overwrite = true}).failure);
}

TEST_F(Export, ACaptureThatIsCutShortIsSaid) {
    typical();
    std::filesystem::resize_file(source, 1000);
    for (const ExportFormat format :
         {ExportFormat::kRaw, ExportFormat::kHexDump, ExportFormat::kPcapng, ExportFormat::kCsv,
          ExportFormat::kJsonLines}) {
        expect_words(make({.parts = parts, .format = format}).failure, "cut short");
    }
    EXPECT_EQ(names_in(folder.file("")), std::vector<std::string>{"run.pcapng"});
    write_bytes(source, some_bytes(2000));
    open_source();
    expect_words(make({.parts = parts, .format = ExportFormat::kCsv}).failure, "not a capture");
    expect_words(make({.parts = parts, .format = ExportFormat::kPcapng}).failure, "not a capture");
}

TEST_F(Export, WhatCouldNotBeReadToItsEndSaysHowFarItGot) {
    typical();
    const std::uint64_t whole = mark.end_offset;
    run.reset();
    Bytes bytes = read_bytes(source);
    bytes.resize(whole);
    bytes.resize(whole + 50, 0xEE);
    write_bytes(source, bytes);
    open_source();
    const std::string words = "could be read up to byte " + std::to_string(whole) + " of " +
                              std::to_string(whole + 50) + " only: ";
    for (const ExportFormat format : {ExportFormat::kHexDump, ExportFormat::kPcapng}) {
        EXPECT_NE(text_of({.parts = parts, .format = format}), "");
        EXPECT_NE(remark.find(words), std::string::npos) << remark;
        // What was whole a moment ago, when it was asked for, is no longer: another program has been there.
        ExportRequest live{.parts = parts, .format = format};
        live.parts[0].end_offset = whole + 50;
        expect_words(make(std::move(live)).failure, words);
        EXPECT_FALSE(std::filesystem::exists(goal));
    }
}

TEST_F(Export, CancelledItLeavesNothingBehind) {
    run.emplace(files, source);
    run->endpoint(1, EndpointKind::kServer, "s");
    run->open(1, 1);
    for (int i = 0; i < 3000; ++i)
        run->receive(1, 60'000);
    mark = run->mark();
    parts = {{.file = mark.file, .end_offset = mark.end_offset}};
    for (const ExportFormat format :
         {ExportFormat::kRaw, ExportFormat::kHexDump, ExportFormat::kPcapng}) {
        CaptureExport job(files, {.parts = parts, .format = format, .path = goal},
                          [this] { frame.wake(); });
        ASSERT_TRUE(frame.wait_until([&] {
            EXPECT_FALSE(job.take_result().has_value());
            return job.progress() > 0.01;
        }));
        job.cancel();
        const FileMade made = result_of(job, frame);
        EXPECT_TRUE(made.was_cancelled);
        EXPECT_TRUE(made.paths.empty());
        EXPECT_EQ(names_in(folder.file("")), std::vector<std::string>{"run.pcapng"});
    }
}

TEST_F(Export, APartThatIsReleasedMeanwhileIsStillExported) {
    typical();
    const Bytes expected = payload(1, Direction::kReceived);
    run->finish();
    const channel::FileId file = add_file(files, source);
    CaptureExport job(files,
                      {.parts = {{.file = file}},
                       .connections = {ConnectionId{1}},
                       .wants_sent = false,
                       .path = goal},
                      [this] { frame.wake(); });
    files.release(file);
    std::filesystem::remove(source);
    const FileMade made = result_of(job, frame);
    ASSERT_FALSE(made.failure.has_value()) << made.failure->message;
    EXPECT_TRUE(read_bytes(goal) == expected);
}

}  // namespace
}  // namespace jobs_test
