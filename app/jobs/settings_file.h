// The settings' text on disk: $XDG_CONFIG_HOME/wireloupe/settings.json, written whole or not at all.
//
// Thread: read_settings() on any; SettingsFile as capture_saving.h.
#pragma once

#include "app/jobs/text_file.h"
#include "net/channel/failure.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace app::jobs {

struct SettingsText {
    std::string text;  // empty: there is none yet
    std::optional<net::channel::Failure> failure;
};
// At most 1 MiB; a larger one is a failure.
[[nodiscard]] SettingsText read_settings(const std::string& path);

class SettingsFile {
  public:
    SettingsFile(std::string path, std::function<void()> wake_frame);
    ~SettingsFile();  // writes what is still to be written, joins
    SettingsFile(const SettingsFile&) = delete;
    SettingsFile& operator=(const SettingsFile&) = delete;

    // The latest wins. As write_text_file().
    void write(std::string text);
    [[nodiscard]] std::optional<net::channel::Failure> take_failure();

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace app::jobs
