// Facts that have no packet (listening, failures, pauses, the end of an endpoint), as the fields of a note block and back.
//
// Fields follow each other without padding, in the section's byte order; a text is its length (u32) and its bytes. Later versions may append
// fields to an event: a reader ignores what follows those it knows.
//
// Thread: any; pure functions.
#pragma once

#include "net/channel/event.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace net::capture {

// Texts are cut at this (a failure's sentence is far shorter).
inline constexpr std::size_t kMostNoteTextBytes = 16384;

// Appends kNoteMagic, the event's code and its fields to `body`; false, with nothing appended, for every event that kCodeOf
// (note_codec.cpp) does not name: those with packets or blocks of their own, and what is true only of a running program or of a reader.
bool encode_note(const channel::Event& event, std::vector<std::uint8_t>& body);

// Nothing where `body` is not a note of ours or is cut short.
[[nodiscard]] std::optional<channel::Event> decode_note(std::span<const std::uint8_t> body,
                                                        bool is_swapped);

// A connection that was open when the capture went on in a new file: at that file's beginning, before everything else of the connection. The reader tells it as a
// ConnectionOpened (is_continued), a StreamGap (kEarlierFile) for each direction that has bytes, and what else is set, unless it knows the connection
// from the file before (two sections of one file).
struct ContinuedConnection {
    channel::ConnectionId connection{};
    channel::EndpointId endpoint{};
    bytes::SocketAddress local;
    bytes::SocketAddress peer;
    std::int64_t opened_ns = 0;
    std::uint64_t received = 0;  // payload bytes in the files before
    std::uint64_t sent = 0;
    bool was_opened_here =
        false;  // this and the next: for whoever looks at the file; our reader does not ask
    bool is_second_side = false;
    bool has_peer_ended = false;
    bool has_ended_here = false;
};
void encode_continued(const ContinuedConnection& connection, std::vector<std::uint8_t>& body);
[[nodiscard]] std::optional<ContinuedConnection> decode_continued(
    std::span<const std::uint8_t> body, bool is_swapped);

// The run ended in order: the very last block of its last file. Its fields are those of ServiceStopped, which decode_note() gives back.
void encode_run_ended(const channel::ServiceStopped& event, std::vector<std::uint8_t>& body);

// The user has moved the capture elsewhere: the last block of the file that was left, so that nobody takes it for one that a crash has cut short.
void encode_run_goes_on(std::vector<std::uint8_t>& body);
[[nodiscard]] bool is_run_goes_on(std::span<const std::uint8_t> body, bool is_swapped);

}  // namespace net::capture
