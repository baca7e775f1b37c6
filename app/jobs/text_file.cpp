#include "app/jobs/text_file.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/new_file.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr int kMostNamesTried = 1000;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;

// What a link leads to; the path itself where it is none.
std::string target_of(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
    char* const resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) return path;
    std::string target = resolved;
    std::free(resolved);  // NOLINT(cppcoreguidelines-no-malloc): realpath(3)'s
    return target;
}

// EFBIG: there is more than that, whatever size the file says it has.
int read_all(int fd, std::size_t most_bytes, std::string& text) {
    std::array<char, kPieceBytes> piece{};
    for (;;) {
        const ssize_t n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return 0;
        text.append(piece.data(), static_cast<std::size_t>(n));
        if (text.size() > most_bytes) return EFBIG;
    }
}

}  // namespace

TextRead read_text_file(const std::string& path,
                        const char* attempt,
                        std::size_t most_bytes,
                        const char* what) {
    TextRead read;
    const auto failed = [&](channel::Failure failure) {
        read.text.clear();
        read.failure = std::move(failure);
        return read;
    };
    // O_NONBLOCK: a FIFO there must not hold up the start.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno == ENOENT ? read : failed(file_failure(attempt, path, errno));
    read.is_there = true;
    struct stat status {};
    int error = ::fstat(fd, &status) != 0 ? errno : 0;
    const bool is_file = error == 0 && S_ISREG(status.st_mode);
    if (is_file) error = read_all(fd, most_bytes, read.text);
    ::close(fd);
    if (error == EFBIG) {
        return failed(file_failure(attempt, path, EFBIG,
                                   "it is larger than " + std::to_string(most_bytes >> 20U) +
                                       " MiB, which " + what + " never are; move it away"));
    }
    if (error != 0) return failed(file_failure(attempt, path, error));
    if (!is_file) {
        return failed(file_failure(attempt, path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL,
                                   "it is no regular file; move it away"));
    }
    return read;
}

std::optional<channel::Failure> write_text_file(const std::string& path,
                                                const char* attempt,
                                                const std::string& text,
                                                bool may_overwrite) {
    const std::string target = may_overwrite ? target_of(path) : path;
    if (const int error = make_folders(folder_of(target)); error != 0)
        return file_failure(attempt, target, error);
    NewFile file{attempt};
    if (auto failure = file.begin(target, may_overwrite)) return failure;
    const int error = file.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    if (error != 0) return file.failure(error);
    return file.finish();
}

std::string set_aside(const std::string& path) {
    for (int number = 1; number <= kMostNamesTried; ++number) {
        std::string aside = path + ".damaged";
        if (number > 1) aside += '-' + std::to_string(number);
        if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, aside.c_str(), RENAME_NOREPLACE) == 0)
            return aside;
        if (errno == EINVAL || errno == ENOSYS) {
            // A file system without it: only this program uses these names.
            struct stat status {};
            if (::lstat(aside.c_str(), &status) == 0) continue;
            return ::rename(path.c_str(), aside.c_str()) == 0 ? aside : std::string{};
        }
        if (errno != EEXIST) return {};
    }
    return {};
}

}  // namespace app::jobs
