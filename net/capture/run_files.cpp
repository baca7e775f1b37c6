#include "net/capture/run_files.h"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace net::capture {

using channel::CaptureChange;

RunFiles::RunFiles(const FileTable& files,
                   const RunPart& part,
                   const channel::CaptureBounds& bounds,
                   std::uint64_t most_file_bytes)
    : table_(files),
      part_(part),
      bounds_(bounds),
      most_file_bytes_(most_file_bytes) {}

int RunFiles::make_first(const std::string& path,
                         const std::string& directory,
                         bool may_overwrite,
                         NewFile& made) {
    if (!path.empty()) {
        base_path_ = path;
        made.path = path;
        if (is_ring()) return make_in_ring(base_path_, ++ring_number_, made);
        return may_overwrite ? make_or_replace_file(path, made) : make_file(path, made);
    }
    if (is_ring()) {
        made.path = directory;
        const int error = make_directories(directory);
        if (error != 0) return error;
        base_path_ = path_by_time(directory);
        return make_in_ring(base_path_, ++ring_number_, made);
    }
    const int error = make_named_by_time(directory, made);
    base_path_ = made.path;
    return error;
}

int RunFiles::make_next(const NextFile& next, NewFile& made) {
    if (next.change == CaptureChange::kMoved)
        return next.may_overwrite ? make_replacement(next.path, made) : make_file(next.path, made);
    if (is_ring()) return make_in_ring(base_path_, ring_number_ + 1, made);
    return make_numbered(base_path_, beside_number_, made);
}

void RunFiles::began(FileId file, const std::string& path, std::uint64_t beginning_bytes) {
    beginning_bytes_ = beginning_bytes;
    files_.push_back({.file = file, .path = path, .is_in_ring = is_ring()});
    set_full_at();
}

std::vector<DroppedFile> RunFiles::went_on(const NextFile& next,
                                           FileId file,
                                           const std::string& path,
                                           std::uint64_t beginning_bytes,
                                           std::uint64_t old_end) {
    std::vector<DroppedFile> dropped;
    if (old_end == 0) {
        dropped = drop(files_.size() - 1, 1);
    } else if (next.change == CaptureChange::kAfterError) {
        files_.back().is_bad = true;
    }
    if (next.change == CaptureChange::kMoved) {
        base_path_ = next.path;
        ring_number_ = 1;
        beside_number_ = 2;
        for (File& before : files_)
            before.is_in_ring = false;  // those stay as they are
    } else if (is_ring()) {
        ++ring_number_;
    } else {
        ++beside_number_;
    }
    part_ = next_part();
    began(file, path, beginning_bytes);
    return dropped;
}

RunPart RunFiles::next_part() const {
    RunPart next = part_;
    ++next.number;
    return next;
}

void RunFiles::set_bounds(const channel::CaptureBounds& bounds) {
    const bool was_ring = is_ring();
    bounds_ = bounds;
    set_full_at();
    if (is_ring() && !was_ring) {
        files_.back().is_in_ring = true;
        ring_number_ = std::max(ring_number_, 1U);
    } else if (was_ring && !is_ring()) {
        for (File& file : files_)
            file.is_in_ring = false;
    }
}

void RunFiles::set_full_at() {
    full_at_ = most_file_bytes_;
    // A beginning that is longer than a file is to be would leave no room for anything else.
    if (is_ring())
        full_at_ = std::min(full_at_, std::max(bounds_.ring_file_bytes, 2 * beginning_bytes_));
}

std::vector<DroppedFile> RunFiles::drop_beyond_ring() {
    return keep_in_ring(bounds_.ring_files);
}

std::vector<DroppedFile> RunFiles::drop_all_before() {
    return files_.empty() ? std::vector<DroppedFile>{} : drop(0, files_.size() - 1);
}

std::vector<DroppedFile> RunFiles::drop_for_room(CaptureChange change, int error) {
    const std::size_t good = good_in_ring();
    if (error == EMFILE || error == ENFILE) return keep_in_ring(good == 0 ? 0 : good - 1);
    // A bad file that is left does not count any more, so the next one takes its place.
    const bool pushes_out = change == CaptureChange::kRing && good >= bounds_.ring_files;
    if ((error == ENOSPC || error == EDQUOT) && pushes_out && is_ring())
        return keep_in_ring(bounds_.ring_files - 1);
    return {};
}

std::size_t RunFiles::good_in_ring() const {
    return static_cast<std::size_t>(
        std::count_if(files_.begin(), files_.end(),
                      [](const File& file) { return file.is_in_ring && !file.is_bad; }));
}

// The newest `good` good files of the ring stay, and all bad ones that are newer than the oldest of them.
std::vector<DroppedFile> RunFiles::keep_in_ring(std::size_t good) {
    if (!is_ring()) return {};
    std::size_t wanted = std::max<std::size_t>(good, 1);
    if (good_in_ring() < wanted) return {};
    auto kept = files_.end();
    while (wanted > 0) {
        --kept;
        if (kept->is_in_ring && !kept->is_bad) --wanted;
    }
    const auto first =
        std::find_if(files_.begin(), kept, [](const File& file) { return file.is_in_ring; });
    return drop(static_cast<std::size_t>(first - files_.begin()),
                static_cast<std::size_t>(kept - first));
}

std::vector<DroppedFile> RunFiles::drop(std::size_t first, std::size_t count) {
    std::vector<DroppedFile> dropped;
    const auto begin = files_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(count);
    for (auto it = begin; it != end; ++it) {
        delete_file(it->path, table_.descriptor(it->file));
        dropped.push_back({.file = it->file, .path = std::move(it->path)});
    }
    files_.erase(begin, end);
    return dropped;
}

}  // namespace net::capture
