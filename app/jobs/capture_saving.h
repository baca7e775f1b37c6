// Copies what a capture holds so far to a file of the user's choice, while the capture goes on.
//
// A reflink where the file system has it (FICLONERANGE, ioctl_ficlonerange(2)), else copy_file_range(2), else read and write, in slices. Several files (a
// ring) become one: pcapng sections follow each other. It is made as new_file.h says: the goal is either what it was or whole; 0600. Refused in words: a goal that
// exists (unless it may be replaced), one of the capture's own files, any file that is being recorded into. A source that is cut short meanwhile is a failure, never a
// short file. The parts are held (dup(2)) from the constructor on: a ring that drops a file, or a document that is closed, does not disturb the copying.
//
// Thread: constructor, functions and destructor on the frame thread; the copying on a worker of its own, which never calls back but by `wake_frame`.
#pragma once

#include "net/capture/file_table.h"
#include "net/channel/failure.h"
#include "net/channel/note.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace app::jobs {

// A part of a capture: whole blocks up to `end_offset`; 0: to the file's end (a saved capture).
struct CapturePart {
    net::channel::FileId file{};
    std::uint64_t end_offset = 0;
};

// A note on bytes of a part.
struct SavedNote {
    net::channel::FileId file{};
    std::uint64_t offset = 0;  // of its first byte
    net::channel::Note note;
};

struct SaveRequest {
    std::vector<CapturePart> parts;
    // Nothing: the copy is the files, byte for byte. Else these are the notes in it, at their packets, and no others (noted_copy.h).
    std::optional<std::vector<SavedNote>> notes = {};
    std::string path;  // absolute
    bool may_overwrite = false;
};

// How a job that makes a file has ended.
struct FileMade {
    std::optional<net::channel::Failure> failure;  // the whole sentence for the user
    bool was_cancelled = false;                    // nothing was left behind
    std::vector<std::string> paths;                // what was made
    std::uint64_t bytes = 0;                       // in all of them
    std::string
        remark;  // a sentence about what is made but is not all: gaps in raw bytes; empty: nothing to say
};

class CaptureSaving {
  public:
    // `files` and the parts in it are used here only.
    CaptureSaving(const net::capture::FileTable& files,
                  SaveRequest request,
                  std::function<void()> wake_frame);
    ~CaptureSaving();  // cancels and joins
    CaptureSaving(const CaptureSaving&) = delete;
    CaptureSaving& operator=(const CaptureSaving&) = delete;

    void cancel();                                        // take_result() says so soon
    [[nodiscard]] double progress() const;                // 0..1
    [[nodiscard]] std::optional<FileMade> take_result();  // once

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
