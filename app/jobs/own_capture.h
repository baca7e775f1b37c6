// Whether a capture is one of ours, and which run wrote it.
//
// Thread: any. Looks at the file's first block only.
#pragma once

#include "net/capture/file_table.h"
#include "net/capture/pcapng_format.h"
#include "net/channel/ids.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace app::jobs {

struct OwnSection {
    std::array<std::uint8_t, net::capture::format::kRunIdBytes>
        run{};                 // all zero: an early version, which said none
    std::uint32_t number = 0;  // which file of the run, from 0

    [[nodiscard]] bool has_run() const { return run != decltype(run){}; }
};

// `block` is a section header from its first byte (the rest of it may be missing). Nothing: not ours, or not in this machine's byte order.
[[nodiscard]] std::optional<OwnSection> parse_own_section(std::span<const std::uint8_t> block);
[[nodiscard]] std::optional<OwnSection> own_section(const net::capture::FileTable& files,
                                                    net::channel::FileId file);

// True: its section header carries our signature, in this machine's byte order: the auditor can count it.
[[nodiscard]] inline bool is_own_capture(const net::capture::FileTable& files,
                                         net::channel::FileId file) {
    return own_section(files, file).has_value();
}

}  // namespace app::jobs
