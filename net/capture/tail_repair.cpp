#include "net/capture/tail_repair.h"

#include "net/capture/file_window.h"
#include "net/capture/note_codec.h"
#include "net/capture/pcapng_format.h"
#include "net/capture/unique_fd.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <span>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

namespace net::capture {

namespace {

using namespace format;  // NOLINT(google-build-using-namespace): this file is about the format

constexpr std::uint64_t kAskEveryBytes = std::uint64_t{16} << 20U;
// Our section header is about a hundred bytes, a note of a run's end about fifty.
constexpr std::size_t kMostLookBytes = 4096;
constexpr std::size_t kCopyBytes = std::size_t{256} * 1024;
constexpr int kMostNamesTried = 1000;
constexpr mode_t kFileMode = 0600;

// What the file's first block says, where it is a section header of ours and whole.
std::optional<RunPart> own_part(FileWindow& window, std::uint64_t size) {
    const std::uint8_t* head = window.view(0, kSectionFixedBytes, size);
    if (head == nullptr || load32(head) != kBlockSection || load32(head + 8) != kByteOrderMagic)
        return std::nullopt;
    const std::uint32_t length = load32(head + 4);
    if (length < kSectionFixedBytes + kBlockTrailerBytes || length > kMostLookBytes)
        return std::nullopt;
    const std::uint8_t* block = window.view(0, length, size);
    if (block == nullptr || load32(block + length - kBlockTrailerBytes) != length)
        return std::nullopt;
    const SectionOptions section = parse_section_options(
        {block + kSectionFixedBytes, length - kSectionFixedBytes - kBlockTrailerBytes}, false);
    if (!section.is_ours) return std::nullopt;
    return section.part;
}

bool ends_in_order(FileWindow& window, std::uint64_t size) {
    if (size < kBlockLeastBytes) return false;
    const std::uint8_t* trailer = window.view(size - kBlockTrailerBytes, kBlockTrailerBytes, size);
    if (trailer == nullptr) return false;
    const std::uint32_t length = load32(trailer);
    if (length < kBlockLeastBytes || length > kMostLookBytes || length > size) return false;
    const std::uint8_t* block = window.view(size - length, length, size);
    if (block == nullptr || load32(block) != kBlockNote || load32(block + 4) != length)
        return false;
    const std::span<const std::uint8_t> body{block + kBlockHeadBytes, length - kBlockLeastBytes};
    if (is_run_goes_on(body, /*is_swapped=*/false)) return true;
    const auto note = decode_note(body, /*is_swapped=*/false);
    return note && std::holds_alternative<channel::ServiceStopped>(*note);
}

TailState inspect_ends(const FileTable& files,
                       FileId file,
                       FileWindow& window,
                       std::uint64_t& size) {
    TailState state;
    const FileTable::Use use = files.use(file);
    struct stat status {};
    if (::fstat(use.descriptor(), &status) != 0) {
        state.error = errno;
        return state;
    }
    size = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
    window.start(file);
    const std::optional<RunPart> part = own_part(window, size);
    state.is_own = part.has_value();
    if (part) state.part = *part;
    state.ended_in_order = state.is_own && ends_in_order(window, size);
    if (state.ended_in_order) state.whole_bytes = size;
    return state;
}

// As the reader walks, but for a section's version, which it asks as well. Behind our section there may be others', in the other byte order.
bool is_whole_block(FileWindow& window,
                    std::uint64_t at,
                    std::uint64_t size,
                    bool& is_swapped,
                    std::uint32_t& length) {
    const std::uint64_t remaining = size - at;
    if (remaining < kBlockLeastBytes) return false;
    const std::uint8_t* head = window.view(at, kBlockLeastBytes, size);
    if (head == nullptr) return false;
    if (load32(head) == kBlockSection) {
        const std::uint32_t order = load32(head + 8);
        if (order != kByteOrderMagic && order != kByteOrderMagicSwapped) return false;
        is_swapped = order == kByteOrderMagicSwapped;
    }
    length = load32(head + 4, is_swapped);
    if (length < kBlockLeastBytes || length % 4 != 0 || length > kMostBlockBytes ||
        length > remaining) {
        return false;
    }
    const std::uint8_t* trailer =
        window.view(at + length - kBlockTrailerBytes, kBlockTrailerBytes, size);
    return trailer != nullptr && load32(trailer, is_swapped) == length;
}

int sync_directory_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    std::string directory = ".";
    if (slash != std::string::npos) directory = path.substr(0, std::max<std::size_t>(slash, 1));
    const UniqueFd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) return errno;
    // A file system that cannot sync a folder says so; there is nothing better to do.
    return ::fsync(folder.get()) != 0 && errno != EINVAL && errno != EROFS ? errno : 0;
}

int write_all(int fd, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0)
            return ENOSPC;  // a kernel that takes none without an error would be asked for ever
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

// Copies [begin, end) of the file to a new one; its name in `path`, an errno as the answer.
int keep_tail(const FileTable& files,
              FileId file,
              std::uint64_t begin,
              std::uint64_t end,
              std::string& path) {
    const std::string base = path + ".tail";
    int fd = -1;
    for (int number = 1; fd < 0 && number <= kMostNamesTried; ++number) {
        path = number == 1 ? base : base + "-" + std::to_string(number);
        fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode);
        if (fd < 0 && errno != EEXIST) return errno;
    }
    if (fd < 0) return EEXIST;
    const UniqueFd tail(fd);
    std::vector<std::uint8_t> buffer(
        static_cast<std::size_t>(std::min<std::uint64_t>(kCopyBytes, end - begin)));
    int error = 0;
    while (error == 0 && begin < end) {
        const auto part = std::span{buffer}.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - begin)));
        const std::int64_t n = files.read(file, begin, part);
        if (n <= 0) {
            error = n < 0 ? static_cast<int>(-n) : ESTALE;  // somebody has cut it meanwhile
        } else {
            error = write_all(tail.get(), part.first(static_cast<std::size_t>(n)));
            begin += static_cast<std::uint64_t>(n);
        }
    }
    if (error == 0 && ::fsync(tail.get()) != 0) error = errno;
    if (error == 0) error = sync_directory_of(path);
    if (error != 0) ::unlink(path.c_str());
    return error;
}

// For writing only now that it is needed; the very file that was looked at, not whatever has its name by now. -1 with errno.
int open_for_cutting(const std::string& path, int as_seen) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) return -1;
    struct stat now {};
    struct stat seen {};
    if (::fstat(file.get(), &now) != 0 || ::fstat(as_seen, &seen) != 0) return -1;
    if (now.st_dev != seen.st_dev || now.st_ino != seen.st_ino) {
        errno = ESTALE;
        return -1;
    }
    return file.release();
}

}  // namespace

TailState inspect_ends(const FileTable& files, FileId file) {
    FileWindow window(files);
    std::uint64_t size = 0;
    return inspect_ends(files, file, window, size);
}

TailState inspect_tail(const FileTable& files,
                       FileId file,
                       const std::function<bool(std::uint64_t)>& go_on) {
    FileWindow window(files);
    std::uint64_t size = 0;
    TailState state = inspect_ends(files, file, window, size);
    if (state.error != 0 || state.ended_in_order) return state;
    std::uint64_t at = 0;
    std::uint64_t asked_at = 0;
    std::uint32_t length = 0;
    bool is_swapped = false;
    while (state.is_own && is_whole_block(window, at, size, is_swapped, length)) {
        at += length;
        if (!go_on || at - asked_at < kAskEveryBytes) continue;
        asked_at = at;
        if (!go_on(at)) {
            state.error = ECANCELED;
            break;
        }
    }
    state.whole_bytes = at;
    state.left_over_bytes = size - at;
    // A block that cannot be read is no torn one.
    if (state.error == 0) state.error = window.error();
    return state;
}

Repair repair_tail(const std::string& path, const std::function<bool(std::uint64_t)>& go_on) {
    Repair repair;
    // O_NONBLOCK: a FIFO must not hold us up; it means nothing for regular files.
    UniqueFd opened(
        ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status {};
    if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
        repair.error = errno;
    } else if (!S_ISREG(status.st_mode)) {
        repair.error = EINVAL;
    } else if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) {
        repair.error = errno == EWOULDBLOCK ? EBUSY : errno;
    }
    if (repair.error != 0) return repair;

    FileTable files;
    const int fd = opened.get();
    const FileId file = files.add(opened.release(), path);
    const TailState state = inspect_tail(files, file, go_on);
    repair.error = state.error;
    if (state.error != 0 || !state.is_own || state.left_over_bytes == 0) return repair;
    repair.left_over_bytes = state.left_over_bytes;
    if (state.left_over_bytes > kMostTornBytes) return repair;
    repair.was_needed = true;

    const UniqueFd writable(open_for_cutting(path, fd));
    std::string tail_path = path;
    repair.error = writable.get() < 0
                       ? errno
                       : keep_tail(files, file, state.whole_bytes,
                                   state.whole_bytes + state.left_over_bytes, tail_path);
    if (repair.error != 0) return repair;
    if (::ftruncate(writable.get(), static_cast<off_t>(state.whole_bytes)) != 0) {
        repair.error = errno;
        ::unlink(tail_path.c_str());
        return repair;
    }
    repair.tail_path = std::move(tail_path);
    if (::fsync(writable.get()) != 0) repair.error = errno;
    return repair;
}

}  // namespace net::capture
