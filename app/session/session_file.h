// A session in one JSON file: servers and clients with what they reply, the saved sends, and how the bytes are shown. What is written by hand is read as well: unknown keys
// are warned about, and a value that cannot be is named with its path (`servers[0].listen`).
//
// Text in, text out: files are app/jobs'. Thread: any; pure functions.
#pragma once

#include "app/session/intents.h"
#include "app/session/saved_sends.h"
#include "app/session/view.h"
#include "net/channel/command.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app::session {

inline constexpr std::size_t kMostSessionFileBytes = std::size_t{64} << 20U;
inline constexpr std::size_t kMostSessionEndpoints = 256;  // servers, and clients

struct SessionServer {
    std::string name;  // as a card shows it: "127.0.0.1:9000"
    net::channel::ServerConfig config;
};
struct SessionClient {
    std::string name;
    net::channel::ClientConfig config;
};

struct SessionFile {
    std::vector<SessionServer> servers;
    std::vector<SessionClient> clients;
    SavedSends sends;
    std::optional<ViewSettings> view;  // nullopt: as it is

    // The servers that other machines could connect to, by their names. Opened in the window these are asked about; on a command line the user has said it.
    [[nodiscard]] std::vector<std::string> beyond_loopback() const;
    // What starts them all, servers first.
    [[nodiscard]] Intents intents() const;
};

struct SessionParsed {
    SessionFile session;
    std::string error;  // a sentence with the path in the file; then `session` is empty
    std::vector<std::string> warnings;  // unknown keys
};
[[nodiscard]] SessionParsed session_from_json(std::string_view text);
[[nodiscard]] std::string to_json(const SessionFile& session);

}  // namespace app::session
