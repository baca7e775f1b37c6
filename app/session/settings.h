// What is remembered between runs, as a value and as JSON text. Text in, text out: reading and writing files is app/jobs' (settings_file.h).
//
// Never in it: anything that would listen or connect by itself.
#pragma once

#include "app/session/view.h"
#include "net/channel/command.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace app::session {

inline constexpr std::size_t kMostRecent = 10;
inline constexpr std::size_t kMostKnownLeft = 256;

struct Settings {
    std::vector<std::string> recent;  // captures opened or saved, the newest first; absolute paths
    std::string last_folder;          // of the file chooser
    net::channel::CaptureBounds bounds;
    ViewSettings view;
    // Names of captures in the default folder that need not be offered again, the newest last.
    std::vector<std::string> known_left;

    bool operator==(const Settings&) const = default;
    // To the front of `recent`, once; one that is not absolute, too long or holds a NUL is left out.
    void add_recent(const std::string& path);
    void add_known_left(const std::string& name);
};

struct SettingsParsed {
    Settings settings;
    std::string
        error;  // a sentence; then `settings` are the defaults, and the text is to be set aside, not overwritten
};

// Unknown keys are ignored, missing ones have their defaults; a value that cannot be is an error.
[[nodiscard]] SettingsParsed settings_from_json(std::string_view text);
[[nodiscard]] std::string to_json(const Settings& settings);

}  // namespace app::session
