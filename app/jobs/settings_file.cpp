#include "app/jobs/settings_file.h"

#include "app/jobs/worker.h"

#include <cstddef>
#include <utility>

namespace app::jobs {

namespace channel = net::channel;

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

}  // namespace

SettingsText read_settings(const std::string& path) {
    TextRead read = read_text_file(path, "read the settings in", kMostBytes, "settings");
    return {std::move(read.text), std::move(read.failure)};
}

class SettingsFile::Impl {
  public:
    Impl(std::string path, std::function<void()> wake_frame)
        : path_(std::move(path)),
          worker(
              std::move(wake_frame),
              [this](std::string&& text, JobControl& /*control*/) {
                  return write_text_file(path_, "write the settings to", text, true);
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
