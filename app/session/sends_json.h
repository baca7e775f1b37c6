// The history and the library of saved sends as JSON text, one file each; the library's is also what is exported and imported.
//
// Text in, text out: files are app/jobs' (shared_file.h). Thread: any; pure functions.
#pragma once

#include "app/session/saved_sends.h"
#include "app/session/send_history.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace app::session {

// What a file of them is at most; the texts in it have bounds of their own.
inline constexpr std::size_t kMostSendsFileBytes = std::size_t{32} << 20U;

struct SavedSendsParsed {
    SavedSends sends;
    std::string
        error;  // a sentence with the path in the file: `groups[0].sends[2].checksum is not one of ...`; then `sends` is empty
    std::vector<std::string> warnings;  // unknown keys
};
[[nodiscard]] SavedSendsParsed saved_sends_from_json(std::string_view text);
[[nodiscard]] std::string to_json(const SavedSends& sends);

struct SendHistoryParsed {
    SendHistory history;
    std::string error;
};
[[nodiscard]] SendHistoryParsed send_history_from_json(std::string_view text);
[[nodiscard]] std::string to_json(const SendHistory& history);

}  // namespace app::session
