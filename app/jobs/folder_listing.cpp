#include "app/jobs/folder_listing.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/new_file.h"
#include "app/jobs/worker.h"
#include "net/capture/folder_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <utility>

namespace app::jobs {
namespace {

using session::FolderContents;
using session::FolderEntry;
using session::kMostFolderEntries;

constexpr char kAttempt[] = "list";

// "" and "~" are the home folder, "~/x" is in it. Where there is none: the root.
std::string expanded(const std::string& path) {
    if (!path.empty() && path != "~" && !path.starts_with("~/")) return path;
    const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    const std::string at = home != nullptr && home[0] == '/' ? home : "/";
    return path.size() <= 1 ? at : at + path.substr(1);
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// As people look for names: without regard to case (of ASCII: names are bytes), and by bytes where that leaves a tie.
bool comes_before(const FolderEntry& a, const FolderEntry& b) {
    if (a.is_folder != b.is_folder) return a.is_folder;
    const auto [first, second] =
        std::mismatch(a.name.begin(), a.name.end(), b.name.begin(), b.name.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
    if (first == a.name.end() && second == b.name.end()) return a.name < b.name;
    if (first == a.name.end() || second == b.name.end()) return first == a.name.end();
    return static_cast<unsigned char>(lower(*first)) < static_cast<unsigned char>(lower(*second));
}

bool is_folder(int folder, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN && entry.d_type != DT_LNK) return entry.d_type == DT_DIR;
    struct stat status {};
    return ::fstatat(folder, entry.d_name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

void keep_the_first(std::vector<FolderEntry>& entries) {
    const auto end = entries.begin() + static_cast<std::ptrdiff_t>(kMostFolderEntries);
    std::nth_element(entries.begin(), end, entries.end(), comes_before);
    entries.erase(end, entries.end());
}

void add_sizes(int folder, std::vector<FolderEntry>& entries, const JobControl& control) {
    for (FolderEntry& entry : entries) {
        if (control.should_stop()) return;
        struct stat status {};
        // A link that leads nowhere has a size and a time of its own.
        if (::fstatat(folder, entry.name.c_str(), &status, 0) != 0 &&
            ::fstatat(folder, entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        if (!entry.is_folder && status.st_size > 0)
            entry.bytes = static_cast<std::uint64_t>(status.st_size);
        entry.modified_ns =
            std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    }
}

// `path` made absolute, and the folder that it is or is in; errno.
int find_folder(std::string& path) {
    char* const resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) return errno;
    path = resolved;
    std::free(resolved);  // NOLINT(cppcoreguidelines-no-malloc): realpath(3)'s
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) path = folder_of(path);
    return 0;
}

std::optional<FolderContents> contents_of(const std::string& asked, JobControl& control) {
    FolderContents contents;
    contents.asked = asked;
    contents.path = expanded(asked);
    const auto failed = [&](int error) {
        contents.error = file_failure(kAttempt, contents.path, error).message;
        return contents;
    };
    if (contents.path.find('\0') != std::string::npos) return failed(EINVAL);
    if (const int error = find_folder(contents.path); error != 0) return failed(error);
    net::capture::FolderReader folder(contents.path);
    if (folder.error() != 0) return failed(folder.error());
    while (!control.should_stop()) {
        const dirent* const entry = folder.next();
        if (entry == nullptr) break;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        contents.entries.push_back(
            {.name = std::string(name), .is_folder = is_folder(folder.fd(), *entry)});
        if (contents.entries.size() > 2 * kMostFolderEntries) {
            contents.is_cut = true;
            keep_the_first(contents.entries);
        }
    }
    // What could be read is shown beside the words.
    if (folder.error() != 0)
        contents.error = file_failure(kAttempt, contents.path, folder.error()).message;
    if (contents.entries.size() > kMostFolderEntries) {
        contents.is_cut = true;
        keep_the_first(contents.entries);
    }
    std::sort(contents.entries.begin(), contents.entries.end(), comes_before);
    add_sizes(folder.fd(), contents.entries, control);
    if (control.should_stop()) return std::nullopt;
    return contents;
}

}  // namespace

class FolderListing::Impl {
  public:
    explicit Impl(std::function<void()> wake_frame)
        : worker(
              std::move(wake_frame),
              [](std::string&& path, JobControl& control) { return contents_of(path, control); },
              JobRule::kLatest,
              JobEnd::kAbandons) {}

    Worker<std::string, FolderContents> worker;
};

FolderListing::FolderListing(std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(std::move(wake_frame))) {}
FolderListing::~FolderListing() = default;

void FolderListing::list(std::string path) {
    impl_->worker.ask(std::move(path));
}

std::optional<FolderContents> FolderListing::take_result() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
