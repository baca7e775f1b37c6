// People's notes in a capture: as blocks of a live one, as options of packets in a copy; whole, cut short, hostile, in the other byte order.
#include "net/capture/auditor.h"
#include "net/capture/note_codec.h"
#include "net/capture/packet_notes.h"
#include "net/capture/pcapng_format.h"

#include <algorithm>

#include "tests/net/capture/capture_fixture.h"
#include "tests/net/capture/foreign_capture.h"

namespace tests {
namespace {

namespace format = net::capture::format;
using net::capture::append_packet_note;
using net::capture::PacketNotes;
using net::channel::Note;
using net::channel::NoteId;
using net::channel::NoteKind;
using net::channel::NoteRecorded;
using net::channel::NoteRemoved;

Note example(std::uint64_t id = 7) {
    return {.id = NoteId{id},
            .connection = ConnectionId{1},
            .stream_offset = 3,
            .bytes = 0x1122334455,
            .time_ns = next_time(),
            .text = "the length, as 日本 says it",
            .direction = Direction::kSent,
            .kind = NoteKind::kProblem};
}

class NotesInAFile : public testing::Test {
  protected:
    // A connection with ten received bytes and three sent ones, and these facts behind it.
    std::vector<Event> record(const std::vector<Event>& notes) {
        Recording recording = Recording::at(files_, path_);
        recording.endpoint(1);
        Flow& flow = recording.open(1, 1, ipv4(9000), ipv4(50001));
        recording.receive(flow, random_bytes(10, 1));
        recording.send(flow, random_bytes(3, 2));
        for (const Event& note : notes)
            recording.note(note);
        recording.close(flow, net::channel::CloseReason::kEndOfStream);
        recording.flush();
        file_ = recording.writer().file();
        recording.finish();
        return recording.events();
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
    FileId file_{};
};

TEST_F(NotesInAFile, ComeBackAsTheyWereToldAndTheAuditorDoesNotMind) {
    Note edited = example(7);
    edited.text.clear();
    edited.kind = NoteKind::kGood;
    const auto events = record({NoteRecorded{.note = example(7)}, NoteRecorded{.note = example(8)},
                                NoteRecorded{.note = edited},
                                NoteRemoved{.note = NoteId{8}, .time_ns = next_time()}});
    const ReadBack read = read_back(files_, path_);
    EXPECT_EQ(to_lines(facts(read, file_)), to_lines(events));
    EXPECT_EQ(read.counts.skipped, 0U) << read.counts.in_words();
    net::capture::Auditor auditor(files_);
    ASSERT_TRUE(auditor.advance(file_, read_file(path_).size(), UINT64_MAX));
    EXPECT_FALSE(auditor.counts().is_damaged) << auditor.counts().damage;
    SKIP_WITHOUT("tshark");
    const Output tshark = run({"tshark", "-r", path_});
    EXPECT_EQ(tshark.status, 0) << tshark.errors;
}

TEST_F(NotesInAFile, TextsAreMadeOneSafeLineOfBoundedLength) {
    Note note = example();
    note.text = "two\nlines, \x1b[1m and \xFF";
    Note longest = example(9);
    longest.text = std::string(50'000, 'x');
    record({NoteRecorded{.note = note}, NoteRecorded{.note = longest}});
    std::vector<std::string> texts;
    for (const Event& event : read_back(files_, path_).events)
        if (const auto* one = std::get_if<NoteRecorded>(&event)) texts.push_back(one->note.text);
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0].find_first_of("\n\x1b\xFF"), std::string::npos) << texts[0];
    EXPECT_LE(texts[1].size(), Note::kMostTextBytes);
    EXPECT_GT(texts[1].size(), Note::kMostTextBytes / 2);
}

TEST(NoteBlocks, NothingLessThanWholeAndNothingThatCannotBe) {
    Bytes body;
    ASSERT_TRUE(net::capture::encode_note(NoteRecorded{.note = example()}, body));
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_FALSE(net::capture::decode_note(std::span{body}.first(size), false)) << size;
    ASSERT_TRUE(net::capture::decode_note(body, false));
    body.push_back(0);  // a field of a later version
    EXPECT_TRUE(net::capture::decode_note(body, false));

    const auto is_refused = [](Note note) {
        Bytes bytes;
        EXPECT_TRUE(net::capture::encode_note(NoteRecorded{.note = std::move(note)}, bytes));
        return !net::capture::decode_note(bytes, false);
    };
    Note note = example();
    note.bytes = 0;
    EXPECT_TRUE(is_refused(note));
    note = example();
    note.direction = static_cast<Direction>(2);
    EXPECT_TRUE(is_refused(note));
    EXPECT_TRUE(is_refused(example(0)));
    // A kind of a later version is shown as a plain one.
    note = example();
    note.kind = static_cast<NoteKind>(200);
    Bytes later;
    ASSERT_TRUE(net::capture::encode_note(NoteRecorded{.note = note}, later));
    const auto back = net::capture::decode_note(later, false);
    ASSERT_TRUE(back);
    EXPECT_EQ(std::get<NoteRecorded>(*back).note.kind, NoteKind::kMark);
}

TEST(NotesOfPackets, ComeBackFromTheOptionsInBothByteOrders) {
    for (const bool is_swapped : {false, true}) {
        SCOPED_TRACE(is_swapped);
        Bytes options;
        std::vector<Note> notes;
        for (std::uint64_t id = 1; id <= 5; ++id) {
            Note note = example(id);
            note.kind = static_cast<NoteKind>(id % 4);
            if (id == 2) note.text.clear();
            note.bytes = id;
            const std::size_t before = options.size();
            append_packet_note(note, static_cast<std::uint32_t>(id * 10), 1000, is_swapped,
                               options);
            EXPECT_LE(options.size() - before, net::capture::kMostPacketNoteBytes);
            EXPECT_EQ(options.size() % 4, 0U);
            notes.push_back(note);
        }
        PacketNotes back{options, is_swapped};
        for (const Note& note : notes) {
            ASSERT_TRUE(back.next());
            EXPECT_EQ(back.note.id, note.id);
            EXPECT_EQ(back.note.text, note.text);
            EXPECT_EQ(back.note.bytes, note.bytes);
            EXPECT_EQ(back.note.time_ns, note.time_ns);
            EXPECT_EQ(back.note.kind, note.kind);
            EXPECT_EQ(back.begin, net::channel::number(note.id) * 10);
        }
        EXPECT_FALSE(back.next());
        EXPECT_EQ(back.damaged, 0U);
        // In the other order none of it is a note.
        PacketNotes turned{options, !is_swapped};
        EXPECT_FALSE(turned.next());
    }
}

TEST(NotesOfPackets, TheCommentSaysWhichBytes) {
    const auto comment = [](std::string text, std::uint32_t begin, std::uint64_t bytes,
                            NoteKind kind) {
        Note note = example();
        note.text = std::move(text);
        note.bytes = bytes;
        note.kind = kind;
        Bytes options;
        append_packet_note(note, begin, 100, false, options);
        const std::size_t size = format::load16(&options[2]);
        return std::string(options.begin() + 4,
                           options.begin() + 4 + static_cast<std::ptrdiff_t>(size));
    };
    EXPECT_EQ(comment("the length", 12, 4, NoteKind::kMark),
              "the length [bytes 12 to 15 of the data]");
    EXPECT_EQ(comment("why?", 0, 1, NoteKind::kQuestion), "why? [question; byte 0 of the data]");
    EXPECT_EQ(comment("", 98, 10, NoteKind::kProblem),
              "bookmark [problem; bytes 98 to 99 of the data and 8 behind them]");
}

TEST(NotesOfPackets, AreTakenOutAndWhatIsOfOthersStays) {
    Bytes options;
    const auto add = [&](std::uint16_t code, std::string_view text) {
        const std::size_t at = options.size();
        options.resize(at + 4 + format::padded(text.size()));
        format::store16(&options[at], code);
        format::store16(&options[at + 2], static_cast<std::uint16_t>(text.size()));
        std::copy(text.begin(), text.end(), options.begin() + static_cast<std::ptrdiff_t>(at) + 4);
    };
    add(format::kOptionComment, "somebody's own");
    add(format::kOptionPacketFlags, "flag");
    const Bytes others = options;
    append_packet_note(example(1), 0, 10, false, options);
    add(format::kOptionComment, "another of somebody's");
    append_packet_note(example(2), 5, 10, false, options);
    Bytes left;
    net::capture::append_options_without_notes(options, false, left);
    options = others;
    add(format::kOptionComment, "another of somebody's");
    EXPECT_EQ(left, options);
}

TEST(NotesOfPackets, DamagedOnesArePassedOver) {
    Bytes whole;
    append_packet_note(example(), 5, 10, false, whole);
    const std::size_t note_at = 4 + format::padded(format::load16(&whole[2]));
    const auto damaged = [&](std::size_t at, Bytes with) {
        Bytes options = whole;
        std::copy(with.begin(), with.end(),
                  options.begin() + static_cast<std::ptrdiff_t>(note_at + 4 + at));
        PacketNotes notes{options, false};
        EXPECT_FALSE(notes.next()) << at;
        return notes.damaged;
    };
    EXPECT_EQ(damaged(0, {0, 0, 0, 0}), 0U) << "another program's option";
    EXPECT_EQ(damaged(4, Bytes(8, 0)), 1U) << "no id";
    EXPECT_EQ(damaged(24, Bytes(8, 0)), 1U) << "no bytes";
    EXPECT_EQ(damaged(32, {0xFF, 0xFF}), 1U) << "more text than the comment has";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        PacketNotes cut{std::span{whole}.first(size), false};
        if (cut.next()) {
            EXPECT_GE(size, note_at + 4 + format::kPacketNoteBytes);
        }
    }
}

// A hostile file: notes on no bytes, on bytes that never come, more than are waited for.
class HostileNotes : public testing::Test {
  protected:
    // A pcapng of another program with one packet of ten bytes of payload and these options.
    ReadBack read(const Bytes& options, std::size_t payload = 10) {
        Bytes packet{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1};
        const std::size_t length = 40 + payload;
        packet[2] = static_cast<std::uint8_t>(length >> 8U);
        packet[3] = static_cast<std::uint8_t>(length);
        packet.insert(packet.end(), {0x23, 0x28, 0xC3, 0x51, 0, 0, 0, 1, 0, 0,
                                     0,    1,    0x50, 0x18, 0, 0, 0, 0, 0, 0});
        packet.resize(length, 0x41);
        Bytes body(20 + packet.size(), 0);
        format::store32(&body[12], static_cast<std::uint32_t>(packet.size()));
        format::store32(&body[16], static_cast<std::uint32_t>(packet.size()));
        std::copy(packet.begin(), packet.end(), body.begin() + 20);
        body.resize(format::padded(body.size()));
        body.insert(body.end(), options.begin(), options.end());
        ForeignCapture capture(Container::kPcapng, format::kLinkRaw);
        capture.add_block(format::kBlockEnhancedPacket, body);
        write_file(path_, capture.bytes());
        return read_back(files_, path_);
    }
    static std::size_t notes_in(const ReadBack& read) {
        return static_cast<std::size_t>(std::count_if(
            read.events.begin(), read.events.end(),
            [](const Event& event) { return std::holds_alternative<NoteRecorded>(event); }));
    }

    TemporaryDirectory directory_;
    net::capture::FileTable files_;
    std::string path_ = directory_.path("x.pcapng");
};

TEST_F(HostileNotes, OneOnAPacketOfAnotherProgramIsToldRightBehindItsRead) {
    Bytes options;
    append_packet_note(example(), 4, 10, false, options);
    const ReadBack back = read(options);
    ASSERT_EQ(notes_in(back), 1U);
    for (std::size_t i = 0; i < back.events.size(); ++i) {
        const auto* note = std::get_if<NoteRecorded>(&back.events[i]);
        if (note == nullptr) continue;
        ASSERT_GT(i, 0U);
        EXPECT_TRUE(std::holds_alternative<net::channel::Recorded>(back.events[i - 1]));
        EXPECT_TRUE(note->is_on_last_read);
        EXPECT_EQ(note->note.stream_offset, 4U);
        EXPECT_EQ(note->note.text, example().text);
    }
    EXPECT_EQ(back.counts.skipped, 0U);
}

TEST_F(HostileNotes, OnesWithoutBytesAreCounted) {
    Bytes options;
    append_packet_note(example(), 10, 11, false, options);  // behind the payload
    ReadBack back = read(options);
    EXPECT_EQ(notes_in(back), 0U);
    EXPECT_EQ(back.counts.skipped, 1U);
    back = read(options, 0);  // a packet without payload
    EXPECT_EQ(notes_in(back), 0U);
    EXPECT_EQ(back.counts.skipped, 1U);
    EXPECT_NE(back.counts.in_words().find("damaged block"), std::string::npos);
}

TEST_F(HostileNotes, AsManyAsAPacketHoldsAreReadInBoundedMemory) {
    Bytes options;
    Note note = example();
    note.text = "x";
    std::size_t count = 0;
    for (; options.size() + 200 < format::kMostOptionBytes; ++count) {
        note.id = NoteId{count + 1};
        append_packet_note(note, static_cast<std::uint32_t>(count % 10), 10, false, options);
    }
    const ReadBack back = read(options);
    EXPECT_EQ(notes_in(back) + back.counts.skipped, count);
    EXPECT_GE(notes_in(back), 500U);
}

}  // namespace
}  // namespace tests
