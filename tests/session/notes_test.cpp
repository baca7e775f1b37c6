// Notes on bytes: shown once they are in the capture, found again by their place in the stream, gone with a word where their bytes are gone.
#include "app/session/notes.h"

#include <algorithm>
#include <map>
#include <random>

#include "tests/session/fold.h"
#include "tests/support/least_time.h"

namespace session_test {
namespace {

using app::session::AddNoteIntent;
using app::session::DropCaptureIntent;
using app::session::EditNoteIntent;
using app::session::kMostNotes;
using app::session::Note;
using app::session::NoteFact;
using app::session::NoteId;
using app::session::NoteKind;
using app::session::RemoveNoteIntent;
using net::capture::BytePlace;

class LiveNotes : public testing::Test {
  protected:
    void SetUp() override {
        fold.tell(channel::CaptureOpened{.file = FileId{1}, .path = "/x/a.pcapng"});
        begin();
    }
    void begin() {
        fold.server(1);
        fold.open(1, 1);
        fold.open(2, 1);
        fold.record(1, Direction::kReceived, 10);  // positions 0, 1, 2 ...
        fold.record(2, Direction::kReceived, 20);
        fold.record(1, Direction::kSent, 30);
        fold.record(1, Direction::kReceived, 40);
    }
    void add(std::uint64_t position, std::uint32_t offset, std::uint64_t bytes, std::string text) {
        fold.want(AddNoteIntent{.begin = {.position = position, .offset = offset},
                                .bytes = bytes,
                                .text = std::move(text),
                                .kind = NoteKind::kQuestion});
    }
    // What the network thread answers.
    void answer() {
        for (channel::Command& command : posted(fold.session)) {
            if (auto* record = std::get_if<channel::RecordNote>(&command))
                fold.tell(channel::NoteRecorded{.note = std::move(record->note)});
            if (const auto* removal = std::get_if<channel::RemoveNote>(&command))
                fold.tell(channel::NoteRemoved{.note = removal->note, .time_ns = kNow});
        }
    }
    [[nodiscard]] const NoteFact& only() const {
        EXPECT_EQ(fold.session.notes().size(), 1U);
        return *fold.session.notes().in_order().front();
    }

    Fold fold;
};

TEST_F(LiveNotes, ANoteIsShownOnceItIsInTheCapture) {
    add(3, 4, 6, "look \x1b[31m here");
    EXPECT_TRUE(fold.session.notes().is_empty());
    const std::uint64_t version = fold.session.version();
    answer();
    EXPECT_NE(fold.session.version(), version);
    const NoteFact& fact = only();
    EXPECT_EQ(fact.begin, (BytePlace{.position = 3, .offset = 4}));
    EXPECT_EQ(fact.note.connection, ConnectionId{1});
    EXPECT_EQ(fact.note.direction, Direction::kReceived);
    EXPECT_EQ(fact.note.stream_offset, 14U);
    EXPECT_EQ(fact.note.bytes, 6U);
    EXPECT_EQ(fact.note.time_ns, kNow);
    EXPECT_EQ(fact.note.kind, NoteKind::kQuestion);
    EXPECT_EQ(fact.note.text, "look \\x1b[31m here");
    EXPECT_EQ(fact.file, FileId{1});
    EXPECT_EQ(fact.file_offset, 64U);
    EXPECT_TRUE(fact.is_kept);
    EXPECT_EQ(fold.session.notes().unkept_version(), 0U);
}

TEST_F(LiveNotes, AnEditAndADeletionGoTheSameWay) {
    add(0, 0, 1, "one");
    add(2, 5, 2, "two");
    answer();
    ASSERT_EQ(fold.session.notes().size(), 2U);
    const NoteId one = fold.session.notes().in_order()[0]->note.id;
    fold.want(EditNoteIntent{.note = one, .text = "uno", .kind = NoteKind::kGood});
    EXPECT_EQ(fold.session.notes().find(one)->note.text, "one") << "not in the capture yet";
    answer();
    EXPECT_EQ(fold.session.notes().find(one)->note.text, "uno");
    EXPECT_EQ(fold.session.notes().find(one)->note.kind, NoteKind::kGood);
    fold.want(EditNoteIntent{.note = one, .text = "uno", .kind = NoteKind::kGood});
    EXPECT_TRUE(posted(fold.session).empty()) << "nothing changed, nothing to write";
    fold.want(RemoveNoteIntent{.note = one});
    EXPECT_EQ(fold.session.notes().size(), 2U);
    answer();
    EXPECT_EQ(only().note.text, "two");
    EXPECT_EQ(fold.session.notes().find(one), nullptr);
}

TEST_F(LiveNotes, WhatNamesNoBytesIsNoNote) {
    add(4, 0, 1, "behind the last read");
    add(0, 10, 1, "behind the read's end");
    fold.want(EditNoteIntent{.note = NoteId{77}, .text = "of nothing"});
    fold.want(RemoveNoteIntent{.note = NoteId{77}});
    EXPECT_TRUE(posted(fold.session).empty());
}

TEST_F(LiveNotes, TheyGoWithTheFileThatIsDroppedAndThatIsSaid) {
    add(0, 0, 1, "in the first file");
    add(1, 0, 1, "there too");
    answer();
    fold.tell(channel::CaptureOpened{
        .file = FileId{2}, .path = "/x/b.pcapng", .change = channel::CaptureChange::kRing});
    auto later = fold.recorded(1, Direction::kReceived, 5);
    later.file = FileId{2};
    fold.tell(later);
    add(4, 0, 1, "in the second");
    answer();
    ASSERT_EQ(fold.session.notes().size(), 3U);
    fold.tell(channel::CaptureFileDropped{.file = FileId{1}, .time_ns = kNow});
    EXPECT_EQ(only().note.text, "in the second");
    EXPECT_EQ(fold.lines_with("2 notes on bytes of that file are gone with it"), 1);
    EXPECT_EQ(fold.session.notes().unkept_version(), 0U);
}

TEST_F(LiveNotes, WhatTheNetworkThreadCannotStoreAnyMoreStaysInTheSession) {
    add(0, 0, 1, "too late for the file");
    add(1, 0, 1, "stored");
    auto commands = posted(fold.session);
    ASSERT_EQ(commands.size(), 2U);
    fold.tell(channel::NoteRecorded{.note = std::get<channel::RecordNote>(commands[1]).note});
    fold.tell(channel::ServiceStopped{.time_ns = kNow});
    ASSERT_EQ(fold.session.notes().size(), 2U);
    EXPECT_FALSE(fold.session.notes().in_order()[0]->is_kept);
    EXPECT_TRUE(fold.session.notes().in_order()[1]->is_kept);
    EXPECT_NE(fold.session.notes().unkept_version(), 0U);
    // From now on every note is the session's own.
    add(2, 0, 1, "afterwards");
    EXPECT_TRUE(posted(fold.session).empty());
    EXPECT_EQ(fold.session.notes().size(), 3U);
}

TEST_F(LiveNotes, ANoteWhileTheNetworkIsBeingStoppedIsNotLost) {
    fold.session.stop();
    add(0, 0, 1, "while stopping");
    EXPECT_EQ(only().note.text, "while stopping");
    EXPECT_FALSE(only().is_kept);
}

class SavedNotes : public LiveNotes {
  protected:
    void SetUp() override {
        fold.tell(
            channel::CaptureOpened{.file = FileId{1}, .path = "/x/a.pcapng", .is_live = false});
        begin();
    }
    static Note note(std::uint64_t id, std::uint64_t offset, std::string text) {
        return {.id = NoteId{id},
                .connection = ConnectionId{1},
                .stream_offset = offset,
                .bytes = 2,
                .time_ns = kNow,
                .text = std::move(text)};
    }
};

TEST_F(SavedNotes, OfTheFileAreShownAndThoseMadeHereStayHere) {
    fold.tell(channel::NoteRecorded{.note = note(5, 12, "of the file")});
    EXPECT_EQ(only().begin, (BytePlace{.position = 3, .offset = 2}));
    EXPECT_TRUE(only().is_kept);
    EXPECT_EQ(fold.session.notes().unkept_version(), 0U);
    add(0, 3, 1, "made here");
    ASSERT_EQ(fold.session.notes().size(), 2U);
    EXPECT_TRUE(posted(fold.session).empty());
    const NoteFact& made = *fold.session.notes().in_order()[0];
    EXPECT_EQ(made.note.text, "made here");
    EXPECT_FALSE(made.is_kept);
    EXPECT_NE(made.note.id, NoteId{5});
    const std::uint64_t version = fold.session.notes().unkept_version();
    EXPECT_NE(version, 0U);
    fold.want(EditNoteIntent{.note = NoteId{5}, .text = "edited here", .kind = NoteKind::kMark});
    EXPECT_EQ(fold.session.notes().find(NoteId{5})->note.text, "edited here");
    fold.want(RemoveNoteIntent{.note = NoteId{5}});
    EXPECT_EQ(fold.session.notes().size(), 1U);
    EXPECT_GT(fold.session.notes().unkept_version(), version + 1);
}

TEST_F(SavedNotes, OneAtAPacketIsOnTheReadRightBefore) {
    fold.tell(channel::NoteRecorded{
        .note = {.id = NoteId{1}, .stream_offset = 39, .bytes = 500, .text = "at the packet"},
        .is_on_last_read = true});
    EXPECT_EQ(only().begin, (BytePlace{.position = 3, .offset = 39}));
    EXPECT_EQ(only().note.stream_offset, 49U);
    EXPECT_EQ(only().note.connection, ConnectionId{1});
    // Its number may be taken: of two copies that were put one behind the other.
    fold.tell(channel::NoteRecorded{.note = {.id = NoteId{1}, .text = "another"},
                                    .is_on_last_read = true});
    ASSERT_EQ(fold.session.notes().size(), 2U);
    EXPECT_EQ(fold.session.notes().in_order()[0]->note.text, "another");
}

TEST_F(SavedNotes, OnBytesThatAreNotHereAreSaidAndNotShown) {
    fold.tell(channel::NoteRecorded{.note = note(1, 50, "behind the end")});
    EXPECT_EQ(fold.lines_with("behind the end"), 1);
    fold.tell(channel::StreamGap{.connection = ConnectionId{1},
                                 .time_ns = kNow,
                                 .bytes = 100,
                                 .direction = Direction::kReceived,
                                 .cause = channel::GapCause::kEarlierFile});
    fold.tell(channel::NoteRecorded{.note = note(2, 60, "in the gap")});
    EXPECT_EQ(fold.lines_with("in the gap"), 1);
    fold.tell(
        channel::NoteRecorded{.note = {.id = NoteId{3}, .stream_offset = 0, .text = "at a gap"},
                              .is_on_last_read = true});
    EXPECT_EQ(fold.lines_with("at a gap"), 1);
    EXPECT_TRUE(fold.session.notes().is_empty());
    for (std::uint64_t i = 0; i < 1000; ++i)
        fold.tell(channel::NoteRecorded{.note = note(100 + i, 1'000'000, "lost")});
    EXPECT_EQ(fold.lines_with("lost"), 17) << "twenty in all are told one by one";
    EXPECT_EQ(fold.lines_with("are not listed"), 1);
}

TEST_F(SavedNotes, AreBoundedWhateverTheFileSays) {
    for (std::uint64_t i = 0; i < kMostNotes + 50; ++i)
        fold.tell(channel::NoteRecorded{.note = note(1 + i, i % 50, std::string(100'000, 'x'))});
    EXPECT_EQ(fold.session.notes().size(), kMostNotes);
    for (const NoteFact* fact : fold.session.notes().in_order())
        ASSERT_LE(fact->note.text.size(), Note::kMostTextBytes);
    EXPECT_EQ(fold.lines_with("too many"), 20);
    // An edit still finds its note.
    fold.tell(channel::NoteRecorded{.note = note(1, 0, "edited")});
    EXPECT_EQ(fold.session.notes().find(NoteId{1})->note.text, "edited");
    add(0, 0, 1, "one more");
    EXPECT_EQ(fold.session.notes().size(), kMostNotes);
    EXPECT_EQ(fold.lines_with("no more notes"), 1);
}

TEST_F(SavedNotes, ALengthPastEveryEndIsNoTrouble) {
    Note endless = note(1, 5, "endless");
    endless.bytes = ~std::uint64_t{0};
    fold.tell(channel::NoteRecorded{.note = endless});
    std::vector<const NoteFact*> found;
    fold.session.notes().touching(ConnectionId{1}, Direction::kReceived, 40, 41, 10, found);
    EXPECT_EQ(found.size(), 1U);
}

// Against every note looked at for every question.
TEST(NotesByPlace, TouchingAndInOrderAreWhatAModelSays) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 30; ++round) {
        SCOPED_TRACE(round);
        Fold fold;
        fold.tell(
            channel::CaptureOpened{.file = FileId{1}, .path = "/x/a.pcapng", .is_live = false});
        fold.server(1);
        std::map<std::pair<std::uint64_t, Direction>, std::uint64_t> lengths;
        for (std::uint64_t id = 1; id <= 3; ++id)
            fold.open(id, 1);
        for (int i = 0; i < 400; ++i) {
            const std::uint64_t id = 1 + random() % 3;
            const auto direction = random() % 2 == 0 ? Direction::kSent : Direction::kReceived;
            const auto size = static_cast<std::uint32_t>(random() % 60);  // also empty ones
            fold.record(id, direction, size);
            lengths[{id, direction}] += size;
        }
        std::map<std::uint64_t, Note> model;
        for (int i = 0; i < 150; ++i) {
            const auto& stream =
                *std::next(lengths.begin(), static_cast<std::ptrdiff_t>(random() % lengths.size()));
            Note note{.id = NoteId{1 + random() % 100},
                      .connection = ConnectionId{stream.first.first},
                      .stream_offset = random() % stream.second,
                      .bytes = 1 + random() % (random() % 5 == 0 ? 3000 : 20),
                      .direction = stream.first.second};
            if (random() % 10 == 0) {
                model.erase(channel::number(note.id));
                fold.tell(channel::NoteRemoved{.note = note.id});
                continue;
            }
            model[channel::number(note.id)] = note;
            fold.tell(channel::NoteRecorded{.note = note});
        }
        const auto& notes = fold.session.notes();
        ASSERT_EQ(notes.size(), model.size());
        const auto in_order = notes.in_order();
        EXPECT_TRUE(std::is_sorted(
            in_order.begin(), in_order.end(),
            [](const NoteFact* a, const NoteFact* b) { return a->begin < b->begin; }));
        for (const NoteFact* fact : in_order) {
            EXPECT_EQ(fact->note, model.at(channel::number(fact->note.id)));
            const auto read = fold.session.reads().at(fact->begin.position);
            EXPECT_EQ(read.stream_offset + fact->begin.offset, fact->note.stream_offset);
            EXPECT_LT(fact->begin.offset, read.entry.size());
            EXPECT_EQ(read.connection, fact->note.connection);
            EXPECT_EQ(fact->file_offset, read.entry.offset() + fact->begin.offset);
        }
        for (int question = 0; question < 200; ++question) {
            const ConnectionId id{1 + random() % 3};
            const auto direction = random() % 2 == 0 ? Direction::kSent : Direction::kReceived;
            const std::uint64_t begin = random() % 8000;
            const std::uint64_t end = begin + random() % 100;
            std::vector<const NoteFact*> found;
            notes.touching(id, direction, begin, end, 1000, found);
            std::vector<NoteId> expected;
            for (const NoteFact* fact : in_order) {
                const Note& note = fact->note;
                if (note.connection == id && note.direction == direction &&
                    note.stream_offset < end && note.stream_offset + note.bytes > begin &&
                    begin < end)
                    expected.push_back(note.id);
            }
            std::vector<NoteId> ids;
            for (const NoteFact* fact : found)
                ids.push_back(fact->note.id);
            ASSERT_EQ(ids, expected);
            const std::uint64_t first = random() % 400;
            const std::uint64_t last = first + random() % 50;
            EXPECT_EQ(static_cast<std::ptrdiff_t>(notes.notes_in(first, last).size()),
                      std::count_if(in_order.begin(), in_order.end(), [&](const NoteFact* fact) {
                          return fact->begin.position >= first && fact->begin.position < last;
                      }));
        }
    }
}

TEST(NotesByPlace, ASelectionCountsTheBytesOfItsOwnStream) {
    std::mt19937_64 random(9);
    Fold fold;
    fold.server(1);
    fold.open(1, 1);
    fold.open(2, 1);
    struct Byte {
        BytePlace place;
        std::uint64_t connection;
        Direction direction;
    };
    std::vector<Byte> bytes;
    // More reads of a connection than lie between two checkpoints of the index.
    for (std::uint64_t position = 0; position < 300; ++position) {
        const std::uint64_t id = 1 + random() % 2;
        const auto direction = random() % 3 == 0 ? Direction::kSent : Direction::kReceived;
        const auto size = static_cast<std::uint32_t>(1 + random() % 3);
        fold.record(id, direction, size);
        for (std::uint32_t offset = 0; offset < size; ++offset)
            bytes.push_back({{.position = position, .offset = offset}, id, direction});
    }
    for (std::size_t a = 0; a < bytes.size(); ++a) {
        std::uint64_t expected = 0;
        for (std::size_t b = a; b < bytes.size(); ++b) {
            if (bytes[b].connection == bytes[a].connection &&
                bytes[b].direction == bytes[a].direction)
                ++expected;
            ASSERT_EQ(app::session::stream_bytes_up_to(fold.session.reads(), bytes[a].place,
                                                       bytes[b].place),
                      expected)
                << a << " to " << b;
        }
    }
}

// Counted in each frame while there is a selection.
TEST(NotesByPlace, ASelectionOfFewReadsAmongManyOfTheOtherDirectionIsNoWalkOverThose) {
    constexpr std::uint64_t kOthers = 100'000;
    Fold fold;
    fold.server(1);
    fold.open(1, 1);
    fold.record(1, Direction::kReceived, 10);
    for (std::uint64_t i = 0; i < kOthers; ++i)
        fold.record(1, Direction::kSent, 1);
    const net::capture::ReadIndex& reads = fold.session.reads();
    const BytePlace begin{.position = 0, .offset = 3};
    const BytePlace last{.position = kOthers, .offset = 0};
    const std::int64_t counted = tests::least_time_ns(
        [&] { EXPECT_EQ(app::session::stream_bytes_up_to(reads, begin, last), 7U); });
    std::uint64_t walked = 0;
    const std::int64_t walk = tests::least_time_ns([&] {
        for (std::uint64_t k = 0; k < reads.size(); ++k)
            walked += reads.entry(k).direction() == Direction::kSent ? 1 : 0;
    });
    EXPECT_NE(walked, 0U);
    EXPECT_LT(counted * 5, walk) << "ns; a walk over " << kOthers << " reads takes " << walk;
}

}  // namespace
}  // namespace session_test
