#include "net/capture/new_file.h"

#include "net/capture/folder_reader.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace net::capture {

namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kDirectoryMode = 0700;
constexpr std::uint32_t kMostNamesTried = 1000;
constexpr int kMostOpensTried = 8;
// What /proc/sys/fs/pipe-max-size allows everybody on Linux, unless it was changed; without asking it is 64 KiB.
constexpr int kPipeBytes = 1 << 20;

std::tm utc_now() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    return parts;
}

// "/a/x" and ".pcapng" of "/a/x.pcapng". A name that begins with a dot has no ending for that.
std::pair<std::string, std::string> split_ending(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
    const std::size_t dot = path.rfind('.');
    if (dot == std::string::npos || dot <= name) return {path, ""};
    return {path.substr(0, dot), path.substr(dot)};
}

// A new file, locked; -1 with errno.
int create(const std::string& path) {
    const int fd =
        ::open(path.c_str(),
               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_APPEND | O_NOCTTY, kFileMode);
    if (fd < 0) return -1;
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    // Somebody looks at it already (another start that searches for left captures): not worth waiting for.
    const int error = errno == EWOULDBLOCK ? EBUSY : errno;
    ::unlink(path.c_str());
    ::close(fd);
    errno = error;
    return -1;
}

// An existing regular file, locked; -1 with errno.
int open_locked(const std::string& path) {
    // O_NONBLOCK: a FIFO or a device must not hold us up before fstat(2) tells what it is. It means nothing for regular files.
    const int fd =
        ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_APPEND | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return -1;
    struct stat status {};
    int error = 0;
    if (::fstat(fd, &status) != 0) {
        error = errno;
    } else if (!S_ISREG(status.st_mode)) {
        error = EINVAL;
    } else if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        error = errno == EWOULDBLOCK ? EBUSY : errno;
    }
    if (error == 0) return fd;
    ::close(fd);
    errno = error;
    return -1;
}

// The same, emptied.
int replace(const std::string& path) {
    const int fd = open_locked(path);
    if (fd < 0) return -1;
    if (::ftruncate(fd, 0) != 0) {
        const int error = errno;
        ::close(fd);
        errno = error;
        return -1;
    }
    // What we write is for its owner only, whatever was there before; not being the owner is no reason to fail.
    if (::fchmod(fd, kFileMode) != 0) errno = 0;
    return fd;
}

// The first of the names that is free; `name_of(i)` for i from 1.
template <typename Name>
int make_first_free(Name name_of, NewFile& file) {
    int error = EEXIST;
    for (std::uint32_t i = 1; i <= kMostNamesTried && (error == EEXIST || error == EBUSY); ++i)
        error = make_file(name_of(i), file);
    return error;
}

constexpr std::string_view kReplacementEnding = ".new";

// "NAME.123-4.new" of "NAME".
bool is_replacement_of(std::string_view entry, std::string_view name) {
    if (!entry.starts_with(name) || !entry.ends_with(kReplacementEnding)) return false;
    entry.remove_prefix(name.size());
    if (entry.size() < kReplacementEnding.size() + 4 || entry[0] != '.') return false;
    const std::string_view numbers = entry.substr(1, entry.size() - 1 - kReplacementEnding.size());
    const std::size_t dash = numbers.find('-');
    constexpr std::string_view kDigits = "0123456789";
    return dash != std::string_view::npos && dash != 0 && dash + 1 != numbers.size() &&
           numbers.substr(0, dash).find_first_not_of(kDigits) == std::string_view::npos &&
           numbers.substr(dash + 1).find_first_not_of(kDigits) == std::string_view::npos;
}

// Replacements of this file that a kill has left before they got its name: nobody holds their lock.
void sweep_replacements(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder =
        slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
    FolderReader reader(folder);
    while (const dirent* entry = reader.next()) {
        if (!is_replacement_of(entry->d_name, std::string_view{path}.substr(slash + 1))) continue;
        const std::string left = folder + '/' + entry->d_name;
        const int fd = open_locked(left);
        if (fd < 0) continue;
        (void)delete_file(left, fd);
        ::close(fd);
    }
}

}  // namespace

int make_directories(const std::string& directory) {
    for (std::size_t slash = directory.find('/', 1); slash != std::string::npos;
         slash = directory.find('/', slash + 1)) {
        const std::string parent = directory.substr(0, slash);
        if (::mkdir(parent.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
            // A parent we may not write to, or on a file system mounted read-only, may exist all the same.
            struct stat status {};
            const int error = errno;
            if (::stat(parent.c_str(), &status) != 0) return error;
        }
    }
    if (::mkdir(directory.c_str(), kDirectoryMode) == 0 || errno == EEXIST) return 0;
    return errno;
}

int make_file(const std::string& path, NewFile& file) {
    file.path = path;
    file.fd = create(path);
    file.is_new = file.fd >= 0;
    return file.fd >= 0 ? 0 : errno;
}

int make_or_replace_file(const std::string& path, NewFile& file) {
    // The file may come and go between the two ways of opening it.
    for (int i = 0; i < kMostOpensTried; ++i) {
        const int error = make_file(path, file);
        if (error != EEXIST) return error;
        file.fd = replace(path);
        if (file.fd >= 0) return 0;
        if (errno != ENOENT) break;
    }
    return errno;
}

int make_replacement(const std::string& path, NewFile& file) {
    const int error = make_file(path, file);
    if (error != EEXIST) return error;
    // Whether it may be replaced at all is asked now, so that a refusal comes before anything is written.
    const int replaced = open_locked(path);
    if (replaced < 0) return errno;
    ::close(replaced);
    sweep_replacements(path);
    const int failed = make_first_free(
        [&path](std::uint32_t i) {
            return path + '.' + std::to_string(::getpid()) + '-' + std::to_string(i) + ".new";
        },
        file);
    if (failed == 0) file.temporary_path = std::exchange(file.path, path);
    return failed;
}

int finish_file(NewFile& file) {
    if (file.temporary_path.empty()) return 0;
    if (::rename(file.temporary_path.c_str(), file.path.c_str()) != 0) return errno;
    file.temporary_path.clear();
    return 0;
}

void discard_file(NewFile& file) {
    if (file.fd < 0) return;
    if (file.is_new)
        ::unlink((file.temporary_path.empty() ? file.path : file.temporary_path).c_str());
    ::close(std::exchange(file.fd, -1));
}

int delete_file(const std::string& path, int fd) {
    struct stat open_one {};
    struct stat named {};
    if (::fstat(fd, &open_one) != 0 || ::lstat(path.c_str(), &named) != 0) return errno;
    if (open_one.st_dev != named.st_dev || open_one.st_ino != named.st_ino) return ESTALE;
    return ::unlink(path.c_str()) == 0 ? 0 : errno;
}

std::string path_by_time(const std::string& directory) {
    std::string path = directory;
    if (!path.ends_with('/')) path += '/';
    const std::tm now = utc_now();
    std::array<char, 32> stamp{};
    path.append(stamp.data(), std::strftime(stamp.data(), stamp.size(), "%Y%m%d-%H%M%S-", &now));
    return path + std::to_string(::getpid()) + ".pcapng";
}

int make_named_by_time(const std::string& directory, NewFile& file) {
    file.path = directory;
    const int error = make_directories(directory);
    if (error != 0) return error;
    return make_first_free(
        [&directory](std::uint32_t i) {
            const auto [stem, ending] = split_ending(path_by_time(directory));
            return i == 1 ? stem + ending : stem + '-' + std::to_string(i) + ending;
        },
        file);
}

int make_numbered(const std::string& path, std::uint32_t& number, NewFile& file) {
    const auto [stem, ending] = split_ending(path);
    const std::uint32_t first = number;
    return make_first_free(
        [&, &stem = stem, &ending = ending](std::uint32_t i) {
            number = first + i - 1;
            return stem + '-' + std::to_string(number) + ending;
        },
        file);
}

int make_in_ring(const std::string& path, std::uint32_t number, NewFile& file) {
    const auto [stem, ending] = split_ending(path);
    const std::tm now = utc_now();
    std::array<char, 32> stamp{};
    const std::size_t stamp_size = std::strftime(stamp.data(), stamp.size(), "_%Y%m%d%H%M%S", &now);
    std::string digits = std::to_string(number);
    digits.insert(0, digits.size() < 5 ? 5 - digits.size() : 0, '0');
    std::string name = stem;
    name += '_';
    name += digits;
    name.append(stamp.data(), stamp_size);
    return make_first_free(
        [&, &ending = ending](std::uint32_t i) {
            return i == 1 ? name + ending : name + '-' + std::to_string(i) + ending;
        },
        file);
}

int open_standard_output() {
    struct stat status {};
    // A pipe is opened anew, to be non-blocking without making it so for whoever shares our standard output; anything else is shared as it is.
    if (::fstat(STDOUT_FILENO, &status) == 0 && S_ISFIFO(status.st_mode)) {
        const int fd = ::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0) {
            // Room for some batches, else each of them waits for the reader three times. What the system does not allow is no loss.
            (void)::fcntl(fd, F_SETPIPE_SZ, kPipeBytes);
            return fd;
        }
    }
    return ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
}

}  // namespace net::capture
