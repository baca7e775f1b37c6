#include "app/jobs/left_captures.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/new_file.h"
#include "app/jobs/own_capture.h"
#include "app/jobs/worker.h"
#include "net/capture/folder_reader.h"
#include "net/capture/tail_repair.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace app::jobs {

namespace capture = net::capture;
namespace channel = net::channel;

namespace {

using session::LeftCapture;

constexpr char kLooking[] = "look for earlier captures in";
constexpr char kDiscarding[] = "discard";
constexpr std::string_view kExtension = ".pcapng";
constexpr std::string_view kTailExtension = ".tail";

struct Ask {
    std::string discards{};  // empty: only look
    bool counts_left_over = false;
};

struct Inspected {
    LeftCapture capture;
    capture::RunPart part;
};

// A regular file that nobody records into, opened for reading; -1 with errno. `lock` is LOCK_SH or LOCK_EX.
int open_unlocked(const std::string& path, int lock, struct stat& status) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return -1;
    int error = 0;
    if (::fstat(fd, &status) != 0) {
        error = errno;
    } else if (!S_ISREG(status.st_mode)) {
        error = EINVAL;
    } else if (::flock(fd, lock | LOCK_NB) != 0) {
        error = errno == EWOULDBLOCK ? EBUSY : errno;
    }
    if (error == 0) return fd;
    ::close(fd);
    errno = error;
    return -1;
}

std::vector<std::string> names_in(const std::string& folder, int& error) {
    std::vector<std::string> names;
    capture::FolderReader reader(folder);
    while (const dirent* entry = reader.next())
        names.emplace_back(entry->d_name);
    error = reader.error();
    return names;
}

std::optional<Inspected> inspect(const std::string& path) {
    struct stat status {};
    const int fd = open_unlocked(path, LOCK_SH, status);
    if (fd < 0) return std::nullopt;  // of this run or of another program that runs, or not for us
    // Whoever opens it now to repair it is not to be held up.
    (void)::flock(fd, LOCK_UN);
    capture::FileTable files;
    const capture::TailState state = capture::inspect_ends(files, files.add(fd, path));
    if (!state.is_own) return std::nullopt;
    Inspected found;
    found.part = state.part;
    found.capture.path = path;
    found.capture.bytes = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
    found.capture.modified_ns =
        std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    found.capture.ended_in_order = state.ended_in_order;
    return found;
}

void count_left_over(LeftCapture& left, const JobControl& control) {
    struct stat status {};
    const int fd = open_unlocked(left.path, LOCK_SH, status);
    if (fd < 0) return;
    (void)::flock(fd, LOCK_UN);
    capture::FileTable files;
    const capture::TailState state = capture::inspect_tail(
        files, files.add(fd, left.path), [&](std::uint64_t) { return !control.should_stop(); });
    if (state.is_own && state.error == 0) left.left_over_bytes = state.left_over_bytes;
}

std::vector<LeftCapture> look_in(const std::string& folder,
                                 bool counts_left_over,
                                 const JobControl& control,
                                 std::optional<channel::Failure>& failure) {
    int error = 0;
    std::vector<Inspected> found;
    for (const std::string& name : names_in(folder, error)) {
        if (control.should_stop()) return {};
        if (!name.ends_with(kExtension)) continue;
        if (auto inspected = inspect(folder + '/' + name)) found.push_back(std::move(*inspected));
    }
    // No folder yet: no run has left anything.
    if (error != 0 && error != ENOENT && !failure) failure = file_failure(kLooking, folder, error);
    std::vector<LeftCapture> captures;
    for (const Inspected& one : found) {
        captures.push_back(one.capture);
        // Of a run that went on in further files, the end stands in the last of them.
        const auto ends_it = [&](const Inspected& other) {
            return other.capture.ended_in_order && other.part.is_known && one.part.is_known &&
                   other.part.run == one.part.run && other.part.number > one.part.number;
        };
        LeftCapture& left = captures.back();
        left.ended_in_order =
            one.capture.ended_in_order || std::any_of(found.begin(), found.end(), ends_it);
        if (counts_left_over && !left.ended_in_order && !control.should_stop())
            count_left_over(left, control);
    }
    std::sort(captures.begin(), captures.end(), [](const LeftCapture& a, const LeftCapture& b) {
        return a.modified_ns != b.modified_ns ? a.modified_ns > b.modified_ns : a.path > b.path;
    });
    return captures;
}

// What was cut off behind its last whole block, once or several times: PATH.tail, PATH.tail-2 ...
void remove_tails(const std::string& folder, const std::string& path) {
    int error = 0;
    const std::string prefix = path.substr(folder.size() + 1) + std::string(kTailExtension);
    for (const std::string& name : names_in(folder, error)) {
        if (!name.starts_with(prefix)) continue;
        const std::string_view rest = std::string_view{name}.substr(prefix.size());
        const bool is_ours =
            rest.empty() || (rest.size() > 1 && rest[0] == '-' &&
                             rest.find_first_not_of("0123456789", 1) == std::string_view::npos);
        if (is_ours) ::unlink((folder + '/' + name).c_str());
    }
}

std::optional<channel::Failure> discard_in(const std::string& folder, const std::string& path) {
    if (folder_of(path) != folder || !path.ends_with(kExtension)) {
        return file_failure(kDiscarding, path, EINVAL,
                            "it is not one of the captures that earlier runs have left");
    }
    struct stat status {};
    const int fd = open_unlocked(path, LOCK_EX, status);
    if (fd < 0 && errno == EBUSY) {
        return file_failure(kDiscarding, path, EBUSY,
                            "it is being recorded into; stop the program that does so first");
    }
    if (fd < 0) return file_failure(kDiscarding, path, errno);
    std::optional<channel::Failure> failure;
    capture::FileTable files;
    const channel::FileId file = files.add(fd, path);  // holds the lock until it is gone
    struct stat named {};
    if (!is_own_capture(files, file)) {
        failure = file_failure(kDiscarding, path, EINVAL, "it is no capture of this program");
    } else if (::lstat(path.c_str(), &named) != 0 || named.st_ino != status.st_ino ||
               named.st_dev != status.st_dev) {
        failure = file_failure(kDiscarding, path, EBUSY, "another file has taken its place");
    } else if (::unlink(path.c_str()) != 0) {
        failure = file_failure(kDiscarding, path, errno);
    } else {
        remove_tails(folder, path);
    }
    return failure;
}

std::string without_trailing_slash(std::string folder) {
    while (folder.size() > 1 && folder.ends_with('/'))
        folder.pop_back();
    return folder;
}

// Works on values alone: it may outlive whoever asked.
std::optional<LeftCaptures::Found> answer(const std::string& directory,
                                          const Ask& ask,
                                          const JobControl& control) {
    LeftCaptures::Found found;
    sweep_hidden(directory);
    if (!ask.discards.empty()) found.failure = discard_in(directory, ask.discards);
    found.captures = look_in(directory, ask.counts_left_over, control, found.failure);
    return found;
}

}  // namespace

class LeftCaptures::Impl {
  public:
    Impl(std::string directory, std::function<void()> wake_frame)
        : worker(
              std::move(wake_frame),
              [directory = without_trailing_slash(std::move(directory))](
                  Ask&& ask, JobControl& control) { return answer(directory, ask, control); },
              JobRule::kEach,
              JobEnd::kAbandons) {}

    Worker<Ask, Found> worker;
};

LeftCaptures::LeftCaptures(std::string directory, std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(std::move(directory), std::move(wake_frame))) {}
LeftCaptures::~LeftCaptures() = default;

void LeftCaptures::look(bool counts_left_over) {
    impl_->worker.ask({.counts_left_over = counts_left_over});
}

void LeftCaptures::discard(std::string path) {
    impl_->worker.ask({.discards = std::move(path), .counts_left_over = true});
}

std::optional<LeftCaptures::Found> LeftCaptures::take_result() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
