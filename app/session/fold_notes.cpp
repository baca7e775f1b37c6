// Notes on bytes: those that the capture tells of, and those that the user makes.
#include "app/session/log_text.h"
#include "app/session/session.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace app::session {
namespace {

namespace channel = net::channel;

// A file may have any number of them: so many are told one by one.
constexpr std::uint64_t kMostLostTold = 20;

}  // namespace

void Session::on(const channel::NoteRecorded& event, std::int64_t now_ns) {
    std::erase_if(awaited_notes_, [&](const channel::Command& command) {
        const auto* record = std::get_if<channel::RecordNote>(&command);
        return record != nullptr && record->note == event.note;
    });
    take_note(event.note, event.is_on_last_read, true, now_ns);
}

void Session::on(const channel::NoteRemoved& event, std::int64_t /*now_ns*/) {
    std::erase_if(awaited_notes_, [&](const channel::Command& command) {
        const auto* removal = std::get_if<channel::RemoveNote>(&command);
        return removal != nullptr && removal->note == event.note;
    });
    if (notes_.remove(event.note, true)) changed();
}

void Session::take_note(Note note, bool is_on_last_read, bool is_kept, std::int64_t now_ns) {
    note.text = channel::note_text(note.text);
    note.bytes = std::max<std::uint64_t>(note.bytes, 1);
    std::optional<std::uint64_t> position;
    if (is_on_last_read) {
        // Beside what it stands at nothing in it needs to be believed, its number neither.
        if (reads_.size() == 0) return say_lost(note, "on no bytes", now_ns);
        position = reads_.size() - 1;
        const net::capture::PlacedRead read = reads_.at(*position);
        note.connection = read.connection;
        note.direction = read.entry.direction();
        note.stream_offset += read.stream_offset;
        while (note.id == NoteId::kNone || notes_.find(note.id) != nullptr)
            note.id = NoteId{next_note_++};
    } else {
        position = reads_.find(note.connection, note.direction, note.stream_offset);
    }
    if (!position || reads_.entry(*position).is_gap())
        return say_lost(note, "on bytes that are not in this capture", now_ns);
    const net::capture::PlacedRead read = reads_.at(*position);
    const std::uint64_t offset = note.stream_offset - read.stream_offset;
    if (offset >= read.entry.size())
        return say_lost(note, "on bytes that are not in this capture", now_ns);
    if (notes_.is_full() && notes_.find(note.id) == nullptr)
        return say_lost(note, "too many", now_ns);
    notes_.put({.note = std::move(note),
                .begin = {.position = *position, .offset = static_cast<std::uint32_t>(offset)},
                .file = read.entry.file(),
                .file_offset = read.entry.offset() + offset,
                .is_kept = is_kept});
    changed();
}

void Session::say_lost(const Note& note, std::string_view why, std::int64_t now_ns) {
    if (++lost_notes_ <= kMostLostTold) {
        add_line(Severity::kWarning, note_lost_text(note, why), now_ns);
    } else if (lost_notes_ == kMostLostTold + 1) {
        add_line(Severity::kWarning, "further notes that cannot be shown are not listed", now_ns);
    }
}

// ---- What the user asks for. ----

// Into the capture where there is one being written: it is shown once it is there. Else it stays here until a Save copies it.
void Session::put_note(Note&& note, std::int64_t now_ns) {
    if (!is_writing()) return take_note(std::move(note), false, false, now_ns);
    outbox_.emplace_back(channel::RecordNote{.note = note});
    awaited_notes_.emplace_back(channel::RecordNote{.note = std::move(note)});
}

void Session::carry_out(AddNoteIntent&& intent, std::int64_t now_ns) {
    if (intent.begin.position >= reads_.size()) return;
    const net::capture::PlacedRead read = reads_.at(intent.begin.position);
    if (intent.begin.offset >= read.entry.size()) return;
    if (notes_.size() + awaited_notes_.size() >= kMostNotes) {
        add_line(Severity::kWarning, too_many_notes_text(), now_ns);
        return;
    }
    while (notes_.find(NoteId{next_note_}) != nullptr)
        ++next_note_;
    put_note({.id = NoteId{next_note_++},
              .connection = read.connection,
              .stream_offset = read.stream_offset + intent.begin.offset,
              .bytes = std::max<std::uint64_t>(intent.bytes, 1),
              .time_ns = now_ns,
              .text = channel::note_text(intent.text),
              .direction = read.entry.direction(),
              .kind = intent.kind},
             now_ns);
}

void Session::carry_out(EditNoteIntent&& intent, std::int64_t now_ns) {
    const NoteFact* const fact = notes_.find(intent.note);
    if (fact == nullptr) return;
    Note note = fact->note;
    note.text = channel::note_text(intent.text);
    note.kind = intent.kind;
    if (note == fact->note) return;
    put_note(std::move(note), now_ns);
}

void Session::carry_out(RemoveNoteIntent&& intent, std::int64_t /*now_ns*/) {
    if (notes_.find(intent.note) == nullptr) return;
    if (!is_writing()) {
        if (notes_.remove(intent.note, false)) changed();
        return;
    }
    outbox_.emplace_back(channel::RemoveNote{.note = intent.note});
    awaited_notes_.emplace_back(channel::RemoveNote{.note = intent.note});
}

// Nobody takes them any more: the disk was full to the end, or the stop overtook them.
void Session::keep_awaited_notes(std::int64_t now_ns) {
    for (channel::Command& command : std::exchange(awaited_notes_, {})) {
        if (auto* record = std::get_if<channel::RecordNote>(&command)) {
            take_note(std::move(record->note), false, false, now_ns);
        } else if (const auto* removal = std::get_if<channel::RemoveNote>(&command)) {
            if (notes_.remove(removal->note, false)) changed();
        }
    }
}

}  // namespace app::session
