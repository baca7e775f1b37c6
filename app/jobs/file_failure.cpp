#include "app/jobs/file_failure.h"

#include "net/bytes/escapes.h"

#include <cerrno>
#include <ctime>

namespace app::jobs {

namespace channel = net::channel;

namespace {

// As net::channel::advice(), for files that a user has chosen in the window.
std::string_view advice(int code) {
    switch (code) {
        case ENOSPC:
        case EDQUOT: return "free some space, or choose another place";
        case EFBIG:
            return "the file would be larger than allowed; raise the limit (ulimit -f), or choose "
                   "another file system";
        case EACCES:
        case EPERM: return "choose a place you may write to, or change its mode";
        case EROFS: return "the file system is read-only; choose another place";
        case EEXIST: return "choose another name, or let it be replaced";
        case ENOENT: return "there is no such file or folder; check the path";
        case ENOTDIR: return "a part of the path is not a folder; check the path";
        case EISDIR: return "it is a folder; name a file";
        case ELOOP: return "it is a symbolic link, which is not followed; name the file itself";
        case ENAMETOOLONG: return "choose a shorter name";
        case EBUSY:
        case ETXTBSY: return "another program holds this file; choose another name or close it";
        case EIO: return "the disk failed; check it, and choose another place";
        case EMFILE:
        case ENFILE: return "too many files are open; close some captures, and try again";
        case ENOMEM: return "out of memory; close other programs";
        case ESTALE: return "it is no longer kept";
        default: return {};
    }
}

channel::Failure failure_of(std::string_view attempt,
                            std::string_view path,
                            int code,
                            std::string_view rest) {
    channel::Failure failure;
    failure.operation = channel::Operation::kCapture;
    failure.time_ns = realtime_ns();
    failure.code = channel::errno_name(code);
    failure.message = std::string(attempt) + ' ' + net::bytes::printable(path) + ": ";
    failure.message += rest;
    return failure;
}

}  // namespace

std::int64_t realtime_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

channel::Failure file_failure(std::string_view attempt, std::string_view path, int code) {
    std::string rest = channel::errno_name(code) + " (" + channel::errno_text(code) + ")";
    if (!advice(code).empty()) {
        rest += "; ";
        rest += advice(code);
    }
    return failure_of(attempt, path, code, rest);
}

channel::Failure file_failure(std::string_view attempt,
                              std::string_view path,
                              int code,
                              std::string_view why) {
    return failure_of(attempt, path, code, why);
}

}  // namespace app::jobs
