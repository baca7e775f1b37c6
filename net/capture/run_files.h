// Which files a run's capture is in: what the next one is called, when the one that is written is full, and which of them are deleted (a ring, a drop).
//
// Policy only: it makes and deletes files through new_file.h and knows nothing of what is in them but their sizes.
//
// Of a ring, the newest `ring_files` are kept that no error of the disk has hit, and those between them: a disk that fails one new file after another costs none of
// the good ones. What is older goes when the newest has been left because it was full.
//
// Thread: the writer's.
#pragma once

#include "net/capture/block_options.h"
#include "net/capture/file_table.h"
#include "net/capture/new_file.h"
#include "net/channel/command.h"
#include "net/channel/event.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace net::capture {

// Where the capture goes on.
struct NextFile {
    // kRing, kAfterError: beside the file before, under a name that the writer chooses. kMoved: at `path`. kDropped: beside the file before, and
    // without being written first: the space may come only from what is dropped.
    channel::CaptureChange change = channel::CaptureChange::kRing;
    std::string path = {};  // absolute
    bool may_overwrite = false;
    bool is_old_bad =
        false;  // the file before cannot be trusted: not another byte is written to it
};

// A file that was deleted on purpose.
struct DroppedFile {
    channel::FileId file{};
    std::string path;
};

class RunFiles {
  public:
    // `part` is the first file's; a file is full at `most_file_bytes` whatever the bounds say.
    RunFiles(const FileTable& files,
             const RunPart& part,
             const channel::CaptureBounds& bounds,
             std::uint64_t most_file_bytes);

    // Makes the run's first file: at `path`, or where that is empty named by the time in `directory`. An errno value; made.path is what it was tried on.
    [[nodiscard]] int make_first(const std::string& path,
                                 const std::string& directory,
                                 bool may_overwrite,
                                 NewFile& made);
    // Makes the file to go on in. The number in its name is used up only by went_on().
    [[nodiscard]] int make_next(const NextFile& next, NewFile& made);

    // What make_first() made is written from now on. It begins with so many bytes that are no content.
    void began(FileId file, const std::string& path, std::uint64_t beginning_bytes);
    // What make_next() made is, and the one before will never hold more than `old_end` bytes. One that holds nothing is no capture: it is deleted, and given back.
    [[nodiscard]] std::vector<DroppedFile> went_on(const NextFile& next,
                                                   FileId file,
                                                   const std::string& path,
                                                   std::uint64_t beginning_bytes,
                                                   std::uint64_t old_end);

    // Which file of which run is being written, and which will be the next.
    [[nodiscard]] const RunPart& part() const { return part_; }
    [[nodiscard]] RunPart next_part() const;
    // Whether the file that is written is full at this size.
    [[nodiscard]] bool is_full(std::uint64_t size) const { return size >= full_at_; }

    // A ring that is switched on begins with the file that is being written.
    void set_bounds(const channel::CaptureBounds& bounds);

    // Each deletes, oldest first, never the file that is being written, and says what it has deleted.
    // What falls out of the ring.
    [[nodiscard]] std::vector<DroppedFile> drop_beyond_ring();
    [[nodiscard]] std::vector<DroppedFile> drop_all_before();
    // Making the next file has failed with `error`: what a ring can give up so that there is room for it. Of a full disk only the file that the next one pushes out in any case; without
    // descriptors, which nobody else can give back, the oldest.
    [[nodiscard]] std::vector<DroppedFile> drop_for_room(channel::CaptureChange change, int error);

  private:
    struct File {
        FileId file{};
        std::string path;
        bool is_in_ring = false;
        bool is_bad = false;  // left because the disk had failed it
    };

    [[nodiscard]] bool is_ring() const {
        return bounds_.ring_files != 0 && bounds_.ring_file_bytes != 0;
    }
    [[nodiscard]] std::size_t good_in_ring() const;
    [[nodiscard]] std::vector<DroppedFile> keep_in_ring(std::size_t good);
    [[nodiscard]] std::vector<DroppedFile> drop(std::size_t first, std::size_t count);
    void set_full_at();

    const FileTable& table_;
    RunPart part_;
    channel::CaptureBounds bounds_;
    const std::uint64_t most_file_bytes_;
    std::string base_path_;            // the run's first file, or where it was moved to
    std::uint32_t ring_number_ = 0;    // of the last file of a ring
    std::uint32_t beside_number_ = 2;  // tried first for the next file beside
    std::uint64_t beginning_bytes_ = 0;
    std::uint64_t full_at_ = ~std::uint64_t{0};
    // Not dropped, in order; the last is the one being written. Those of the ring stand together at the end.
    std::vector<File> files_;
};

}  // namespace net::capture
