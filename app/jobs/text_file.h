// Text files of ours: settings, saved sends, sessions. Read in one piece and bounded, written whole or not at all, and set aside where they are damaged.
//
// Thread: any; each call blocks on the disk.
#pragma once

#include "net/channel/failure.h"

#include <cstddef>
#include <optional>
#include <string>

namespace app::jobs {

struct TextRead {
    std::string text;
    bool is_there = false;  // false, without a failure: there is no such file
    std::optional<net::channel::Failure> failure;  // then `text` is empty
};
// `attempt` begins a failure's sentence: "read the settings in". `most_bytes`, a number of MiB: a larger file is a failure, as `what` never is ("settings").
[[nodiscard]] TextRead read_text_file(const std::string& path,
                                      const char* attempt,
                                      std::size_t most_bytes,
                                      const char* what);
// Folders are made 0700, the file 0600: beside it, synced, renamed. A link stays one: what it leads to is written (people keep such files under version control).
[[nodiscard]] std::optional<net::channel::Failure> write_text_file(const std::string& path,
                                                                   const char* attempt,
                                                                   const std::string& text,
                                                                   bool may_overwrite);
// A damaged file is set aside as PATH.damaged (never over an older one: .damaged-2, ...), so that it is not overwritten. The new name; empty: it could not be.
[[nodiscard]] std::string set_aside(const std::string& path);

}  // namespace app::jobs
