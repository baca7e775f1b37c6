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

// Appends kNoteMagic, the event's code and its fields to `body`; false, with nothing appended, for events that are not noted: those with packets or
// blocks of their own (EndpointAdded, ConnectionOpened, Recorded, PeerEnded, ConnectionClosed), samples and marks of a running program
// (ConnectionStats, LedgerMark, SignalReceived, ServiceStopped) and CaptureOpened.
bool encode_note(const channel::Event& event, std::vector<std::uint8_t>& body);

// Nothing where `body` is not a note of ours or is cut short.
[[nodiscard]] std::optional<channel::Event> decode_note(std::span<const std::uint8_t> body,
                                                        bool is_swapped);

}  // namespace net::capture
