// Saving a capture with notes: they stand at their packets as comments that tshark shows, come back exactly, and everything else is what it was.
#include "app/jobs/capture_saving.h"
#include "app/session/session.h"
#include "net/capture/auditor.h"
#include "net/capture/pcapng_format.h"
#include "net/capture/pcapng_reader.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <variant>

#include "tests/jobs/job_fixture.h"
#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/foreign_capture.h"

namespace jobs_test {
namespace {

using app::jobs::CapturePart;
using app::jobs::CaptureSaving;
using app::jobs::FileMade;
using app::jobs::SavedNote;
using app::session::AddNoteIntent;
using app::session::EditNoteIntent;
using app::session::NoteFact;
using app::session::NoteKind;
using app::session::RemoveNoteIntent;
using app::session::Session;
using net::capture::BytePlace;

class SavingNotes : public ::testing::Test {
  protected:
    // A file as the window shows it.
    struct Opened {
        std::unique_ptr<Session> session = std::make_unique<Session>();
        channel::FileId file{};
        std::string words;  // what was not understood

        void add(std::uint64_t position,
                 std::uint32_t offset,
                 std::uint64_t bytes,
                 std::string text,
                 NoteKind kind = NoteKind::kMark) const {
            app::session::Intents intents;
            intents.emplace_back(AddNoteIntent{.begin = {.position = position, .offset = offset},
                                               .bytes = bytes,
                                               .text = std::move(text),
                                               .kind = kind});
            session->apply(std::move(intents), kNow);
        }
        // "3+4 2 bytes: TEXT", a line each, in order.
        [[nodiscard]] std::vector<std::string> notes() const {
            std::vector<std::string> lines;
            for (const NoteFact* fact : session->notes().in_order()) {
                lines.push_back(std::to_string(fact->begin.position) + "+" +
                                std::to_string(fact->begin.offset) + " " +
                                std::to_string(fact->note.bytes) + " bytes, kind " +
                                std::to_string(static_cast<int>(fact->note.kind)) + ": " +
                                fact->note.text);
            }
            return lines;
        }
        [[nodiscard]] std::vector<SavedNote> saved() const {
            std::vector<SavedNote> notes;
            for (const NoteFact* fact : session->notes().in_order())
                notes.push_back(
                    {.file = fact->file, .offset = fact->file_offset, .note = fact->note});
            return notes;
        }
    };

    Opened open(const std::string& path) {
        Opened opened;
        opened.file = add_file(files, path);
        std::string message;
        const auto reader = capture::Reader::open(files, opened.file, message);
        EXPECT_NE(reader, nullptr) << message;
        channel::Event event;
        while (reader != nullptr && reader->next(event))
            opened.session->fold(std::move(event), kNow);
        if (reader != nullptr) opened.words = reader->counts().not_understood();
        return opened;
    }
    FileMade save(std::vector<CapturePart> parts, std::vector<SavedNote> notes) {
        CaptureSaving job(files,
                          {.parts = std::move(parts),
                           .notes = std::move(notes),
                           .path = goal,
                           .may_overwrite = true},
                          [this] { frame.wake(); });
        FileMade made = result_of(job, frame);
        EXPECT_FALSE(made.failure.has_value()) << made.failure->message;
        EXPECT_FALSE(made.was_cancelled);
        return made;
    }
    FileMade save(const Opened& opened) {
        return save({{.file = opened.file, .end_offset = 0}}, opened.saved());
    }
    // The bytes of every read, in order.
    std::vector<Bytes> reads(const Opened& opened) {
        std::vector<Bytes> all;
        for (std::uint64_t i = 0; i < opened.session->reads().size(); ++i) {
            const auto& entry = opened.session->reads().entry(i);
            Bytes bytes(entry.size());
            EXPECT_EQ(files.read(entry.file(), entry.offset(), bytes),
                      static_cast<std::int64_t>(bytes.size()));
            all.push_back(std::move(bytes));
        }
        return all;
    }
    void expect_whole_by_the_auditor(const std::string& path) {
        const channel::FileId file = add_file(files, path);
        capture::Auditor auditor(files);
        ASSERT_TRUE(auditor.advance(file, std::filesystem::file_size(path), UINT64_MAX));
        EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
    }
    static std::vector<std::string> comments(const std::string& path) {
        const auto output =
            tests::run({"tshark", "-r", path, "-Y", "frame.comment contains \"of the data\"", "-T",
                        "fields", "-e", "frame.comment"});
        EXPECT_EQ(output.status, 0) << output.errors;
        std::vector<std::string> lines;
        for (std::size_t at = 0; at < output.text.size();) {
            const std::size_t end = output.text.find('\n', at);
            lines.push_back(output.text.substr(at, end - at));
            at = end == std::string::npos ? output.text.size() : end + 1;
        }
        return lines;
    }

    TemporaryFolder folder;
    std::string source = folder.file("run.pcapng");
    std::string goal = folder.file("saved.pcapng");
    capture::FileTable files;
    Frame frame;
};

channel::Note note(std::uint64_t id,
                   std::uint64_t connection,
                   Direction direction,
                   std::uint64_t offset,
                   std::uint64_t bytes,
                   std::string text) {
    return {.id = channel::NoteId{id},
            .connection = ConnectionId{connection},
            .stream_offset = offset,
            .bytes = bytes,
            .time_ns = kNow,
            .text = std::move(text),
            .direction = direction};
}

void record_two(capture::FileTable& files, const std::string& path) {
    RecordedRun run(files, path);
    run.endpoint(1, EndpointKind::kServer, "127.0.0.1:9000");
    run.open(1, 1);
    run.open(2, 1);
    run.receive(1, 100);
    run.receive(2, 200);
    run.send(1, 300);
    run.receive(1, 400);
    run.note(channel::NoteRecorded{.note = note(1, 1, Direction::kReceived, 105, 4, "the length")});
    run.note(
        channel::NoteRecorded{.note = note(2, 2, Direction::kReceived, 0, 1, "to be removed")});
    run.note(channel::NoteRecorded{.note = note(3, 1, Direction::kSent, 299, 50, "")});
    run.note(
        channel::NoteRecorded{.note = note(4, 1, Direction::kReceived, 105, 2, "first words")});
    run.note(
        channel::NoteRecorded{.note = note(4, 1, Direction::kReceived, 105, 2, "second words")});
    run.note(channel::NoteRemoved{.note = channel::NoteId{2}, .time_ns = kNow});
    run.close(1, CloseReason::kEndOfStream);
    run.finish();
}

TEST_F(SavingNotes, OfALiveCaptureBecomeCommentsAndComeBackExactly) {
    record_two(files, source);
    const Opened live = open(source);
    const std::vector<std::string> expected{
        "2+299 50 bytes, kind 0: ", "3+5 4 bytes, kind 0: the length",
        "3+5 2 bytes, kind 0: second words"};
    ASSERT_EQ(live.notes(), expected);
    EXPECT_EQ(save(live).remark, "");
    const Opened saved = open(goal);
    EXPECT_EQ(saved.notes(), expected);
    EXPECT_EQ(saved.words, "");
    EXPECT_EQ(reads(saved), reads(live));
    expect_whole_by_the_auditor(goal);
    // Saved once more: the same file, byte for byte.
    const Bytes first = read_bytes(goal);
    goal = folder.file("again.pcapng");
    save(saved);
    EXPECT_EQ(read_bytes(goal), first);
}

TEST_F(SavingNotes, ThoseMadeEditedAndDeletedInAnOpenedCaptureGoIntoTheCopy) {
    record_two(files, source);
    const Opened live = open(source);
    save(live);
    const std::string second = std::exchange(goal, folder.file("second.pcapng"));
    const Bytes before = read_bytes(second);
    const Opened saved = open(second);
    app::session::Intents intents;
    const auto in_order = saved.session->notes().in_order();
    intents.emplace_back(RemoveNoteIntent{.note = in_order[0]->note.id});
    intents.emplace_back(
        EditNoteIntent{.note = in_order[1]->note.id, .text = "edited", .kind = NoteKind::kProblem});
    saved.session->apply(std::move(intents), kNow);
    saved.add(0, 99, 1, "made here", NoteKind::kQuestion);
    const auto expected = saved.notes();
    ASSERT_EQ(expected.size(), 3U);
    save(saved);
    const Opened again = open(goal);
    EXPECT_EQ(again.notes(), expected);
    EXPECT_EQ(read_bytes(second), before) << "the opened file is not changed";
    expect_whole_by_the_auditor(goal);
    // Without any: every one is gone from the copy, and the packets are as they once were.
    const Opened last = open(goal);
    goal = folder.file("without.pcapng");
    save({{.file = last.file, .end_offset = 0}}, {});
    EXPECT_TRUE(open(goal).notes().empty());
    expect_whole_by_the_auditor(goal);
}

TEST_F(SavingNotes, TsharkAndCapinfosShowThem) {
    SKIP_WITHOUT("tshark");
    record_two(files, source);
    const Opened live = open(source);
    live.add(1, 7, 3, "日本: %n%s <b> \"quoted\"");
    save(live);
    const std::vector<std::string> lines = comments(goal);
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_NE(lines[0].find("日本: %n%s <b> \"quoted\" [bytes 7 to 9 of the data]"),
              std::string::npos)
        << lines[0];
    EXPECT_NE(lines[1].find("bookmark [byte 299 of the data and 49 behind them]"),
              std::string::npos)
        << lines[1];
    EXPECT_NE(lines[2].find("the length [bytes 5 to 8 of the data]"), std::string::npos)
        << lines[2];
    EXPECT_NE(lines[2].find("second words [bytes 5 to 6 of the data]"), std::string::npos);
    const auto packets = tests::run({"tshark", "-r", goal, "-T", "fields", "-e", "frame.number"});
    const auto packets_before =
        tests::run({"tshark", "-r", source, "-T", "fields", "-e", "frame.number"});
    EXPECT_EQ(packets.text, packets_before.text);
    EXPECT_EQ(packets.status, 0) << packets.errors;
    SKIP_WITHOUT("capinfos");
    const auto infos = tests::run({"capinfos", "-c", goal});
    EXPECT_EQ(infos.status, 0) << infos.errors << infos.text;
}

TEST_F(SavingNotes, OfSeveralFilesOfARunLieInTheOneCopy) {
    tests::TemporaryDirectory directory;
    const std::string path = directory.path("ring.pcapng");
    tests::Recording recording = tests::Recording::at(files, path);
    recording.endpoint(1);
    tests::Flow& flow = recording.open(1, 1, tests::ipv4(9000), tests::ipv4(50001));
    recording.receive(flow, tests::random_bytes(100, 1));
    recording.flush();
    const auto how = recording.continue_in(
        {.change = channel::CaptureChange::kMoved, .path = directory.path("ring2.pcapng")});
    ASSERT_EQ(how.error, 0);
    recording.receive(flow, tests::random_bytes(50, 2));
    recording.note(
        channel::NoteRecorded{.note = note(1, 1, Direction::kReceived, 98, 4, "over the seam")});
    recording.note(
        channel::NoteRecorded{.note = note(2, 1, Direction::kReceived, 149, 1, "the last")});
    recording.close(flow, CloseReason::kEndOfStream);
    recording.flush();
    Session session;
    for (const channel::Event& event : recording.events()) {
        channel::Event copy = event;
        session.fold(std::move(copy), kNow);
    }
    recording.finish();
    std::vector<SavedNote> notes;
    for (const NoteFact* fact : session.notes().in_order())
        notes.push_back({.file = fact->file, .offset = fact->file_offset, .note = fact->note});
    ASSERT_EQ(notes.size(), 2U);
    EXPECT_NE(notes[0].file, notes[1].file);
    save({{.file = notes[0].file, .end_offset = 0}, {.file = notes[1].file, .end_offset = 0}},
         notes);
    EXPECT_EQ(open(goal).notes(), (std::vector<std::string>{"0+98 4 bytes, kind 0: over the seam",
                                                            "1+49 1 bytes, kind 0: the last"}));
    expect_whole_by_the_auditor(goal);
}

TEST_F(SavingNotes, WhatCameAfterThePartsEndIsNotInTheCopy) {
    RecordedRun run(files, source);
    run.endpoint(1, EndpointKind::kServer, "x");
    run.open(1, 1);
    run.receive(1, 100);
    const channel::LedgerMark mark = run.mark();
    run.receive(1, 100);
    run.finish();
    const Opened live = open(source);
    live.add(0, 1, 1, "before");
    live.add(1, 1, 1, "behind");
    const FileMade made = save({{.file = live.file, .end_offset = mark.end_offset}}, live.saved());
    EXPECT_EQ(made.remark, "");
    EXPECT_EQ(open(goal).notes(), (std::vector<std::string>{"0+1 1 bytes, kind 0: before"}));
}

TEST_F(SavingNotes, MoreThanAPacketHoldsAreLeftOutWithAWord) {
    record_two(files, source);
    const Opened live = open(source);
    for (int i = 0; i < 40; ++i)
        live.add(0, 5, 1, std::string(1990, 'w'));
    const FileMade made = save(live);
    EXPECT_NE(made.remark.find("notes are not in it"), std::string::npos) << made.remark;
    const std::size_t there = open(goal).notes().size();
    EXPECT_GT(there, 20U);
    EXPECT_LT(there, 43U);
    EXPECT_EQ(made.remark.substr(0, made.remark.find(' ')), std::to_string(43 - there));
    expect_whole_by_the_auditor(goal);
}

// Captures of other programs: pcapng in both byte orders, classic pcap, which becomes pcapng.
class ForeignNotes : public SavingNotes,
                     public ::testing::WithParamInterface<std::pair<tests::Container, bool>> {};

TEST_P(ForeignNotes, StandInACopyOfAForeignCapture) {
    const auto [container, is_swapped] = GetParam();
    tests::ForeignCapture foreign(container, 1, is_swapped);
    const auto peer = tests::ipv4(50001);
    const auto local = tests::ipv4(80, 2);
    const auto segment = [&](bool is_from_peer, std::uint32_t sequence, std::uint8_t flags,
                             std::string_view text) {
        foreign.add({.from = is_from_peer ? peer : local,
                     .to = is_from_peer ? local : peer,
                     .sequence = sequence,
                     .acknowledgement = 1,
                     .flags = flags,
                     .payload = {text.begin(), text.end()}});
    };
    segment(true, 0, 0x02, "");
    segment(false, 0, 0x12, "");
    segment(true, 1, 0x18, "first ");
    segment(true, 13, 0x18, "third");  // too early: told after the next
    segment(true, 7, 0x18, "second");
    segment(false, 1, 0x18, "answer");
    source = folder.file("foreign");
    write_bytes(source, foreign.bytes());
    const Opened opened = open(source);
    ASSERT_EQ(opened.session->reads().size(), 4U);
    opened.add(2, 1, 3, "early bird");
    opened.add(1, 0, 11, "second and third");
    opened.add(3, 5, 1, "");
    const auto expected = opened.notes();
    ASSERT_EQ(expected.size(), 3U);
    const FileMade made = save(opened);
    EXPECT_EQ(made.remark, "");
    const Opened saved = open(goal);
    EXPECT_EQ(saved.notes(), expected);
    EXPECT_EQ(saved.words, opened.words);
    EXPECT_EQ(reads(saved), reads(opened));
    for (std::uint64_t i = 0; i < saved.session->reads().size(); ++i)
        EXPECT_EQ(saved.session->reads().entry(i).time_ns,
                  opened.session->reads().entry(i).time_ns);
    const Bytes first = read_bytes(goal);
    goal = folder.file("again.pcapng");
    save(saved);
    EXPECT_EQ(read_bytes(goal), first);
    SKIP_WITHOUT("tshark");
    EXPECT_EQ(comments(goal).size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(Containers,
                         ForeignNotes,
                         ::testing::Values(std::pair{tests::Container::kPcapng, false},
                                           std::pair{tests::Container::kPcapng, true},
                                           std::pair{tests::Container::kPcapMicroseconds, false},
                                           std::pair{tests::Container::kPcapNanoseconds, true}));

}  // namespace
}  // namespace jobs_test
