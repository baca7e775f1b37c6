// How a capture of ours ends, and making the end whole again after a crash.
//
// A crash leaves a file that is whole but for its last block: half a block, zeros or garbage behind the last whole one. Repair keeps what is behind it in PATH.tail (synced
// first, 0600, never over an older one: PATH.tail-2 ...) and then cuts the file back. A second repair changes nothing. Only files of ours are ever changed, and only
// while their lock (flock(2)) is ours. A file that is damaged in its middle is no torn one, and stays as it is.
//
// Thread: any (a job's worker); blocks on the disk. Speed: at least 1 GiB a second of a file in the cache.
#pragma once

#include "net/capture/block_options.h"
#include "net/capture/file_table.h"

#include <cstdint>
#include <functional>
#include <string>

namespace net::capture {

struct TailState {
    bool is_own = false;  // its section header is ours
    // Its last block says that the run ended, or went on elsewhere (kRunEnded, kRunGoesOn, note_codec.h): found without reading the rest.
    bool ended_in_order = false;
    // Of which run it is which file. Only the last file of a run can have ended in order: of a ring's earlier ones, the end is in one with a higher number.
    RunPart part;
    std::uint64_t whole_bytes = 0;
    std::uint64_t left_over_bytes = 0;  // behind them
    int error = 0;  // errno of a read that failed, or ECANCELED; then the byte counts say nothing
};

// Its beginning and its last block alone: whose it is and whether it ended in order. Of a whole file the byte counts are right as well, else they say nothing.
[[nodiscard]] TailState inspect_ends(const FileTable& files, FileId file);
// `go_on` is asked now and then, with the bytes looked at so far; false ends it.
[[nodiscard]] TailState inspect_tail(const FileTable& files,
                                     FileId file,
                                     const std::function<bool(std::uint64_t)>& go_on = {});

// A crash of the program leaves less than a batch. What is longer is the rest of a capture behind a damaged block, which may yet be worth reading.
inline constexpr std::uint64_t kMostTornBytes = std::uint64_t{64} << 20U;

struct Repair {
    // False: nothing is behind the last whole block, or more than kMostTornBytes, or the file is not ours.
    bool was_needed = false;
    std::uint64_t left_over_bytes = 0;  // behind the last whole block, as found
    std::string tail_path;              // where they are now; empty: still in the file
    int error = 0;  // errno; EBUSY: another program writes it; EROFS, EACCES ...: it stays as it is
};
[[nodiscard]] Repair repair_tail(const std::string& path,
                                 const std::function<bool(std::uint64_t)>& go_on = {});

}  // namespace net::capture
