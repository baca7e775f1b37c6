#include "app/jobs/shared_file.h"

#include "app/jobs/file_failure.h"
#include "app/jobs/new_file.h"
#include "app/jobs/text_file.h"
#include "app/jobs/worker.h"
#include "net/bytes/escapes.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace app::jobs {

namespace {

struct Request {
    std::string base;
    std::string text;
};

// Held by one window at a time. The file of the lock stays: deleting it would let two windows hold two of them.
class Lock {
  public:
    explicit Lock(const std::string& path)
        : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
        if (fd_ < 0) {
            error_ = errno;
            return;
        }
        // Whoever holds it writes a small file; nobody waits for a person.
        while (::flock(fd_, LOCK_EX) != 0) {
            if (errno == EINTR) continue;
            error_ = errno;
            return;
        }
    }
    ~Lock() {
        if (fd_ >= 0) ::close(fd_);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    [[nodiscard]] int error() const { return error_; }

  private:
    int fd_;
    int error_ = 0;
};

}  // namespace

class SharedFile::Impl {
  public:
    Impl(SharedFileConfig config, std::function<void()> wake_frame)
        : config_(std::move(config)),
          reading_("read " + config_.what + " in"),
          writing_("write " + config_.what + " to"),
          worker(
              std::move(wake_frame),
              [this](Request&& request, JobControl& /*control*/) {
                  return std::optional<SharedFileResult>{write(std::move(request))};
              },
              JobRule::kFinishes) {}

  private:
    // The worker's.
    SharedFileResult write(Request&& request) {
        SharedFileResult result{.text = std::move(request.text), .failure = {}, .remark = {}};
        // The folder of the lock, as well.
        if (const int error = make_folders(folder_of(config_.path)); error != 0) {
            result.failure = file_failure(writing_, config_.path, error);
            return result;
        }
        const Lock lock(config_.path + ".lock");
        if (lock.error() != 0) {
            result.failure = file_failure(writing_, config_.path + ".lock", lock.error());
            return result;
        }
        TextRead theirs = read_text_file(config_.path, reading_.c_str(), config_.most_bytes,
                                         config_.what.c_str());
        if (theirs.failure) {
            result.failure = std::move(theirs.failure);
            return result;
        }
        const bool is_as_known = !theirs.is_there || theirs.text == request.base ||
                                 (!written_.empty() && theirs.text == written_);
        if (!is_as_known && !take_theirs(request.base, theirs.text, result)) return result;
        result.failure = write_text_file(config_.path, writing_.c_str(), result.text, true);
        // What is merged is this window's only once its frame has it.
        if (!result.failure) written_ = is_as_known ? result.text : std::string{};
        return result;
    }

    // False: they can be neither read nor set aside, and are left alone.
    bool take_theirs(const std::string& base, const std::string& theirs, SharedFileResult& result) {
        if (auto merged = config_.merge(base, result.text, theirs)) {
            result.text = std::move(*merged);
            return true;
        }
        const std::string aside = set_aside(config_.path);
        if (aside.empty()) {
            result.failure = file_failure(writing_, config_.path, EEXIST,
                                          "another program has written something there that "
                                          "cannot be read, and it could not be set aside");
            return false;
        }
        result.remark = config_.what + " in " + net::bytes::printable(config_.path) +
                        " were damaged meanwhile: kept as " + net::bytes::printable(aside);
        return true;
    }

    const SharedFileConfig config_;
    const std::string reading_;
    const std::string writing_;
    std::string written_;  // the worker's; empty: nothing that is this window's alone

  public:
    Worker<Request, SharedFileResult> worker;
};

SharedFile::SharedFile(SharedFileConfig config, std::function<void()> wake_frame)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(wake_frame))) {}
SharedFile::~SharedFile() = default;

void SharedFile::write(std::string base, std::string text) {
    impl_->worker.ask({std::move(base), std::move(text)});
}

std::optional<SharedFileResult> SharedFile::take_result() {
    return impl_->worker.take_result();
}

}  // namespace app::jobs
