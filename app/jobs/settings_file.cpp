#include "app/jobs/settings_file.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/new_file.h"
#include "app/jobs/worker.h"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr int kMostNamesTried = 1000;
constexpr char kReading[] = "read the settings in";
constexpr char kWriting[] = "write the settings to";

// A link to settings that are kept elsewhere (people keep them under version control) stays one: what it leads to is written.
std::string target_of(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISLNK(status.st_mode)) return path;
    char* const resolved = ::realpath(path.c_str(), nullptr);
    if (resolved == nullptr) return path;
    std::string target = resolved;
    std::free(resolved);  // NOLINT(cppcoreguidelines-no-malloc): realpath(3)'s
    return target;
}

int read_all(int fd, std::string& text) {
    // One more than is taken: whether there is more is then known, whatever size the file says it has.
    text.resize(kMostBytes + 1);
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t n = ::read(fd, text.data() + size, text.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    text.resize(size);
    return size > kMostBytes ? EFBIG : 0;
}

std::optional<channel::Failure> write_settings(const std::string& path, const std::string& text) {
    const std::string target = target_of(path);
    if (const int error = make_folders(folder_of(target)); error != 0)
        return file_failure(kWriting, target, error);
    NewFile file{kWriting};
    if (auto failure = file.begin(target, true)) return failure;
    const int error = file.write({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    if (error != 0) return file.failure(error);
    return file.finish();
}

}  // namespace

SettingsText read_settings(const std::string& path) {
    SettingsText settings;
    const auto failed = [&](int error) {
        settings.text.clear();
        settings.failure = file_failure(kReading, path, error);
        return settings;
    };
    // O_NONBLOCK: a FIFO there must not hold up the start.
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return errno == ENOENT ? settings : failed(errno);
    struct stat status {};
    int error = ::fstat(fd, &status) != 0 ? errno : 0;
    const bool is_file = error == 0 && S_ISREG(status.st_mode);
    if (is_file) error = read_all(fd, settings.text);
    ::close(fd);
    if (error == EFBIG) {
        settings.text.clear();
        settings.failure = file_failure(kReading, path, EFBIG,
                                        "it is larger than 1 MiB, which settings never are; move "
                                        "it away");
        return settings;
    }
    if (error != 0) return failed(error);
    if (!is_file) {
        settings.failure = file_failure(kReading, path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL,
                                        "it is no regular file; move it away");
    }
    return settings;
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

class SettingsFile::Impl {
  public:
    Impl(std::string path, std::function<void()> wake_frame)
        : path_(std::move(path)),
          worker(
              std::move(wake_frame),
              [this](std::string&& text, JobControl& /*control*/) {
                  return write_settings(path_, text);
              },
              JobRule::kFinishes) {}

  private:
    const std::string path_;

  public:
    Worker<std::string, channel::Failure> worker;
};

SettingsFile::SettingsFile(std::string path, std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(wake_frame))) {}
SettingsFile::~SettingsFile() = default;

void SettingsFile::write(std::string text) {
    impl_->worker.ask(std::move(text));
}

std::optional<channel::Failure> SettingsFile::take_failure() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
