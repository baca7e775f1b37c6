// Whether a saved capture is one of ours, so that the auditor can count it.
//
// Thread: any. Looks at the file's first block only.
#pragma once

#include "net/capture/block_options.h"
#include "net/capture/file_table.h"
#include "net/channel/ids.h"

#include <cstdint>
#include <optional>
#include <span>


namespace app::jobs {

// `block` is a section header from its first byte (the rest of it may be missing). Nothing: not ours, or not in this machine's byte order.
[[nodiscard]] std::optional<net::capture::RunPart> parse_own_section(
    std::span<const std::uint8_t> block);

// True: its section header carries our signature, in this machine's byte order.
[[nodiscard]] bool is_own_capture(const net::capture::FileTable& files, net::channel::FileId file);

}  // namespace app::jobs
