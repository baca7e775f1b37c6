// A file that appears under its name whole or not at all.
//
// It is made without a name (O_TMPFILE, 0600), synced, and linked in or renamed at the end; the folder is synced after it. Where the file system has no such files it is a hidden one
// beside the goal (.wireloupe-PID-N.part: O_EXCL, O_NOFOLLOW, locked). Until the end the goal is what it was, and whatever goes wrong, the destructor or a kill, nothing is left; a
// hidden file that a kill has left goes with the next begin() in that folder, or sweep_hidden(). Refused before a byte is written: a goal that exists (unless it may be replaced), a
// folder, a symbolic link, anything that is no regular file, and a file whose lock (flock(2)) another program holds: it records there.
//
// Thread: one, its owner's; blocks on the disk.
#pragma once

#include "net/channel/failure.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace app::jobs {

class NewFile {
  public:
    // `attempt` begins the failures' sentences ("save").
    explicit NewFile(std::string_view attempt) : attempt_(attempt) {}
    ~NewFile() { discard(); }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    // `path` is absolute. Nothing: it may be written.
    [[nodiscard]] std::optional<net::channel::Failure> begin(std::string path, bool may_overwrite);

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int descriptor() const { return fd_; }
    // Appends all of it. errno; 0: done.
    [[nodiscard]] int write(std::span<const std::uint8_t> bytes);
    // A failure in the words of this file.
    [[nodiscard]] net::channel::Failure failure(int code) const;

    // What was written is on the disk. The file has no name yet.
    [[nodiscard]] std::optional<net::channel::Failure> sync();
    // Gives it its name. After a failure there is no such file of ours, unless only its folder could not be synced, which the failure says.
    [[nodiscard]] std::optional<net::channel::Failure> finish();
    // Takes a finished file back, unless it may have replaced another: that cannot be had back, and a whole one is better than none.
    void take_back();

  private:
    [[nodiscard]] std::optional<net::channel::Failure> check_goal() const;
    [[nodiscard]] int open_hidden();
    [[nodiscard]] int open_named();
    [[nodiscard]] std::string next_hidden_path() const;
    [[nodiscard]] int give_name();
    [[nodiscard]] int give_hidden_name();
    [[nodiscard]] int sync_folder() const;
    void discard();

    const std::string attempt_;
    std::string path_;
    std::string folder_;
    std::string hidden_path_;  // empty: it has no name yet, or its own
    bool may_overwrite_ = false;
    bool is_synced_ = false;
    int fd_ = -1;
};

// Deletes what writers that were killed have left in `folder`: files named as above, ours, that nobody holds and that have been still for a minute.
void sweep_hidden(const std::string& folder);
// mkdir(2) of `folder` and its parents, where they are missing: 0700. errno.
[[nodiscard]] int make_folders(const std::string& folder);
// "/" for "/x", "/a" for "/a/b".
[[nodiscard]] std::string folder_of(const std::string& path);

}  // namespace app::jobs
