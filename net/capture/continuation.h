// What a capture file begins with: the section header, and in a later file of a run the interfaces so far and a note for each open connection.
//
// Thread: the writer's; functions that append whole blocks to memory the caller owns.
#pragma once

#include "net/capture/block_options.h"
#include "net/capture/note_codec.h"
#include "net/channel/event.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace net::capture {

// The first file of a run that has never been before.
[[nodiscard]] RunPart new_run();

void append_section_header(const RunPart& part, std::vector<std::uint8_t>& out);
// `name` is cut at kMostNameBytes.
void append_interface(channel::EndpointId endpoint,
                      channel::EndpointKind kind,
                      std::string_view name,
                      std::vector<std::uint8_t>& out);
// A note block around `body`, which has more than four bytes.
void append_note(std::span<const std::uint8_t> body, std::vector<std::uint8_t>& out);
// A note for each, by id.
void append_continued(std::vector<ContinuedConnection>& connections,
                      std::vector<std::uint8_t>& out);

}  // namespace net::capture
