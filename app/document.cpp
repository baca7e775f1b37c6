#include "app/document.h"

#include "net/bytes/escapes.h"
#include "net/capture/new_file.h"
#include "net/channel/failure.h"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace app {

using session::CaptureFile;

bool DefaultPlace::holds(std::string_view path) const {
    const std::size_t slash = path.find_last_of('/');
    return slash != std::string_view::npos && !directory.empty() &&
           path.substr(0, slash) == directory;
}

Document::Document(session::DocumentId id,
                   net::capture::FileTable& files,
                   const std::string& directory,
                   std::unique_ptr<net::service::Service> service,
                   std::unique_ptr<Demo> demo,
                   const std::function<void()>& wake_frame)
    : id_(id),
      files_(files),
      service_(std::move(service)),
      audit_(std::make_unique<jobs::LedgerAudit>(files, wake_frame)),
      demo_(std::move(demo)),
      view_(session_, files, directory, wake_frame) {}

Document::Document(session::DocumentId id,
                   net::capture::FileTable& files,
                   const std::string& directory,
                   std::unique_ptr<jobs::CaptureOpening> opening,
                   std::string path,
                   const std::function<void()>& wake_frame)
    : id_(id),
      files_(files),
      path_(std::move(path)),
      opening_(std::move(opening)),
      audit_(std::make_unique<jobs::LedgerAudit>(files, wake_frame)),
      view_(session_, files, directory, wake_frame) {}

double Document::opening_progress() const {
    return opening_ != nullptr && !is_stream() && !session_.is_stopped() ? opening_->progress()
                                                                         : -1;
}

FrameSide Document::side() {
    return {.files = files_,
            .session = session_,
            .link = link(),
            .audit = audit_.get(),
            .opening = opening_.get(),
            .demo = demo_.get()};
}

void Document::end_input() {
    if (opening_ != nullptr) return opening_->stop_reading();
    session_.stop();
    post();
}

bool Document::shows_file(const std::string& path) const {
    struct stat wanted {};
    if (::stat(path.c_str(), &wanted) != 0) return false;
    const auto is_it = [&](net::channel::FileId file) {
        const net::capture::FileTable::Use use = files_.use(file);
        struct stat status {};
        return use.descriptor() >= 0 && ::fstat(use.descriptor(), &status) == 0 &&
               status.st_dev == wanted.st_dev && status.st_ino == wanted.st_ino;
    };
    // Before its first event a capture has no files yet.
    if (opening_ != nullptr) return is_it(opening_->file());
    return std::any_of(session_.capture_files().begin(), session_.capture_files().end(),
                       [&](const CaptureFile& file) { return is_it(file.file); });
}

std::string Document::title() const {
    if (is_live()) return "Live";
    if (is_stream()) return "Standard input";
    return net::bytes::printable(path_.substr(path_.find_last_of('/') + 1));
}

void Document::turn(std::int64_t now_ns, std::int64_t monotonic_now_ns) {
    FrameSide all = side();
    has_commands_ = app::turn(all, now_ns, monotonic_now_ns);
    view_.turn();
    // Whoever copies or exports a file holds it by a descriptor of its own.
    release_dropped(files_, session_);
}

std::vector<jobs::CapturePart> Document::parts() const {
    std::vector<jobs::CapturePart> parts;
    if (is_arriving()) {
        const std::uint64_t whole = opening_->whole_bytes();
        if (whole != 0) parts.push_back({.file = opening_->file(), .end_offset = whole});
        return parts;
    }
    const bool is_growing = is_live() && !session_.is_stopped();
    for (const CaptureFile& file : session_.capture_files()) {
        if (is_growing && file.end_offset == 0) continue;
        parts.push_back({.file = file.file, .end_offset = is_growing ? file.end_offset : 0});
    }
    return parts;
}

std::optional<std::vector<jobs::SavedNote>> Document::notes() const {
    const session::Notes& notes = session_.notes();
    if (notes.is_empty() && notes.unkept_version() == 0) return std::nullopt;
    std::vector<jobs::SavedNote> saved;
    saved.reserve(notes.size());
    for (const session::NoteFact* fact : notes.in_order())
        saved.push_back({.file = fact->file, .offset = fact->file_offset, .note = fact->note});
    return saved;
}

void Document::note_saved(std::vector<jobs::CapturePart> parts,
                          std::string path,
                          std::uint64_t bytes,
                          std::uint64_t notes) {
    saved_ = std::move(parts);
    saved_path_ = std::move(path);
    saved_bytes_ = bytes;
    saved_notes_ = notes;
}

bool Document::has_unsaved(const DefaultPlace& place) const {
    if (!session_.has_content()) return false;
    if (has_unsaved_notes()) return true;
    const auto is_covered = [&](net::channel::FileId file, std::uint64_t end_offset) {
        return std::any_of(saved_.begin(), saved_.end(), [&](const jobs::CapturePart& part) {
            return part.file == file && (part.end_offset == 0 || part.end_offset >= end_offset);
        });
    };
    if (is_stream()) return !is_covered(opening_->file(), opening_->whole_bytes());
    if (!is_live()) return false;
    return std::any_of(session_.capture_files().begin(), session_.capture_files().end(),
                       [&](const CaptureFile& file) {
                           return place.holds(file.path) && !is_covered(file.file, file.end_offset);
                       });
}

bool Document::is_kept_elsewhere(const DefaultPlace& place) const {
    if (!is_live() || saved_.empty() || has_unsaved(place)) return false;
    struct stat status {};
    return ::stat(saved_path_.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           static_cast<std::uint64_t>(status.st_size) >= saved_bytes_;
}

std::vector<std::string> Document::files_in(const DefaultPlace& place) const {
    std::vector<std::string> files;
    if (!is_live()) return files;
    for (const CaptureFile& file : session_.capture_files())
        if (place.holds(file.path)) files.push_back(file.path);
    std::reverse(files.begin(), files.end());
    return files;
}

std::vector<std::string> Document::delete_files(const DefaultPlace& place) const {
    std::vector<std::string> troubles;
    if (!is_live()) return troubles;
    for (const CaptureFile& file : session_.capture_files()) {
        if (!place.holds(file.path)) continue;
        const net::capture::FileTable::Use use = files_.use(file.file);
        const int error = net::capture::delete_file(file.path, use.descriptor());
        if (error == 0 || error == ENOENT) continue;
        troubles.push_back("delete " + net::bytes::printable(file.path) + ": " +
                           (error == ESTALE
                                ? "another file has taken its place, and stays"
                                : net::channel::errno_name(error) + " (" +
                                      net::channel::errno_text(error) + "); delete it by hand"));
    }
    return troubles;
}

}  // namespace app
