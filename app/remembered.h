// The settings of this user: read once at the start, written when they change.
//
// Thread: the frame thread; the writing has a worker of its own.
#pragma once

#include "app/jobs/settings_file.h"
#include "app/session/settings.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace app {

class Remembered {
  public:
    // Reads `path` (absolute; empty: nothing is remembered). A damaged file is set aside; one that cannot be read is left alone, and then
    // nothing is written over it.
    Remembered(const std::string& path, const std::function<void()>& wake_frame);

    [[nodiscard]] const session::Settings& settings() const { return settings_; }
    void change(session::Settings settings);
    // What went wrong since the last call, a sentence each.
    [[nodiscard]] std::vector<std::string> take_troubles();

  private:
    session::Settings settings_;
    std::vector<std::string> troubles_;
    std::optional<jobs::SettingsFile> file_;  // nullopt: nothing is written
};

}  // namespace app
