#include "app/jobs/held_parts.h"

#include "app/jobs/file_failure.h"
#include "net/bytes/escapes.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace app::jobs {

namespace channel = net::channel;

HeldParts::HeldParts(const net::capture::FileTable& files, const std::vector<CapturePart>& parts) {
    parts_.reserve(parts.size());
    for (const CapturePart& part : parts) {
        HeldPart held{.path = files.path(part.file),
                      .end_offset = part.end_offset,
                      .is_end_known = part.end_offset != 0};
        const net::capture::FileTable::Use use = files.use(part.file);
        held.descriptor = use.descriptor() < 0 ? -1 : ::fcntl(use.descriptor(), F_DUPFD_CLOEXEC, 0);
        if (held.descriptor < 0) {
            error_ = use.descriptor() < 0 ? ESTALE : errno;
            error_path_ = held.path;
            return;
        }
        held.file = files_.add(held.descriptor, held.path);
        if (held.file == channel::FileId::kNone) {
            error_ = ENFILE;
            error_path_ = held.path;
            return;
        }
        parts_.push_back(std::move(held));
    }
}

std::optional<channel::Failure> HeldParts::measure(std::string_view attempt,
                                                   const std::string& goal) {
    if (error_ == 0 && parts_.empty())
        return file_failure(attempt, goal, ENODATA, "there is no capture file to read");
    if (error_ != 0) {
        return file_failure(attempt, goal, error_,
                            "the capture file " + net::bytes::printable(error_path_) +
                                " cannot be read: " + channel::errno_name(error_) + " (" +
                                channel::errno_text(error_) + ")");
    }
    for (HeldPart& part : parts_) {
        struct stat status {};
        if (::fstat(part.descriptor, &status) != 0) return file_failure(attempt, part.path, errno);
        const std::uint64_t size =
            status.st_size < 0 ? 0 : static_cast<std::uint64_t>(status.st_size);
        if (part.end_offset == 0) part.end_offset = size;
        if (size < part.end_offset) {
            return file_failure(attempt, goal, ENODATA,
                                cut_short_text(part.path, size, part.end_offset));
        }
    }
    return std::nullopt;
}

bool HeldParts::contains(const std::string& goal) const {
    struct stat there {};
    if (::lstat(goal.c_str(), &there) != 0) return false;
    for (const HeldPart& part : parts_) {
        struct stat ours {};
        if (::fstat(part.descriptor, &ours) == 0 && ours.st_dev == there.st_dev &&
            ours.st_ino == there.st_ino) {
            return true;
        }
    }
    return false;
}

std::uint64_t HeldParts::total_bytes() const {
    std::uint64_t total = 0;
    for (const HeldPart& part : parts_)
        total += part.end_offset;
    return total;
}

std::string cut_short_text(const std::string& path, std::uint64_t have, std::uint64_t wanted) {
    return "the capture file " + net::bytes::printable(path) +
           " was cut short by another program: " + std::to_string(have) + " of " +
           std::to_string(wanted) + " bytes are there";
}

std::string read_short_text(const HeldPart& part, std::uint64_t have, const std::string& why) {
    return "the capture file " + net::bytes::printable(part.path) + " could be read up to byte " +
           std::to_string(have) + " of " + std::to_string(part.end_offset) +
           " only: " + net::bytes::printable(why);
}

}  // namespace app::jobs
