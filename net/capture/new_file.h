// Makes the capture's files: what they are called, and that each is new, locked, and ours alone.
//
// Thread: the writer's. Functions return 0 or an errno value; then nothing is left behind.
#pragma once

#include <cstdint>
#include <string>

namespace net::capture {

struct NewFile {
    int fd = -1;
    std::string path;            // where it is meant to be, and what to tell of an error
    std::string temporary_path;  // where it is until finish_file(); empty: at `path`
    bool is_new = false;         // made here, in contrast to one that was replaced
};

// mkdir -p, new ones 0700; those that exist stay as they are.
[[nodiscard]] int make_directories(const std::string& directory);

// At `path`, 0600, O_EXCL|O_NOFOLLOW|O_CLOEXEC, flock(2)ed. EEXIST where something is there already, EBUSY where somebody has locked it.
[[nodiscard]] int make_file(const std::string& path, NewFile& file);
// The same, but a regular file that nobody holds is locked and emptied.
[[nodiscard]] int make_or_replace_file(const std::string& path, NewFile& file);
// The same, but what stands at `path` stays as it is until finish_file() puts the new one into its place. Takes away what kills have
// left of earlier ones (NAME.PID-N.new that nobody has locked).
[[nodiscard]] int make_replacement(const std::string& path, NewFile& file);
[[nodiscard]] int finish_file(NewFile& file);
// Deletes what was made here (not what was replaced) and closes it.
void discard_file(NewFile& file);

// Unlinks `path` if that is still the file that `fd` is open on: whoever has put another there keeps it (ESTALE).
int delete_file(const std::string& path, int fd);

// In `directory`: "20260131-235959-1234.pcapng", in UTC.
[[nodiscard]] int make_named_by_time(const std::string& directory, NewFile& file);
// Beside `path`: "x-2.pcapng" for "/a/x.pcapng", and so on from `number`, which becomes the one taken.
[[nodiscard]] int make_numbered(const std::string& path, std::uint32_t& number, NewFile& file);
// Beside `path`, as dumpcap names the files of a ring: "x_00007_20260131235959.pcapng", in UTC.
[[nodiscard]] int make_in_ring(const std::string& path, std::uint32_t number, NewFile& file);
// Where make_named_by_time() would put it: the name that a ring in the default place goes by.
[[nodiscard]] std::string path_by_time(const std::string& directory);

// A descriptor of standard output of our own, non-blocking if it is a pipe; -1 with errno.
[[nodiscard]] int open_standard_output();

}  // namespace net::capture
