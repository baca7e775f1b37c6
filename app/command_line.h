// What the command line asks for, as a value. The words are a contract that scripts rely on (README.md, "Command line").
//
// Thread: any; pure functions of their arguments. Nothing is opened, resolved or printed here.
#pragma once

#include "app/session/intents.h"
#include "app/session/session_file.h"
#include "net/bytes/address.h"
#include "net/channel/command.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace app {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;  // something asked for never came up or could not go on
inline constexpr int kExitBadUsage =
    2;  // one line on standard error says which value, and what is accepted

struct Options {
    std::vector<net::bytes::ListenAddress> servers;  // --listen
    std::vector<net::bytes::PeerName> clients;       // --connect
    std::vector<std::uint8_t> greeting;              // --send, its escapes read
    bool echoes = false;
    bool runs_demo = false;
    std::string
        write_path;  // --write as it was given; "-": standard output; empty: a new file in the default place
    bool may_overwrite = false;
    std::optional<net::channel::CaptureBounds> ring;  // --ring; the free space stays the default's
    bool is_headless = false;
    bool is_verbose = false;
    std::optional<std::int64_t> stop_after_ns;  // --for; more than 0
    std::string screenshot_path;                // empty: no picture
    std::string capture_path;                   // CAPTURE; "-": standard input; empty: a live run
    std::string session_path;                   // --session; empty: none

    [[nodiscard]] bool has_endpoint() const {
        return !servers.empty() || !clients.empty() || runs_demo || !session_path.empty();
    }
};

// The run ends before it has begun: --help, --version (status 0, text for standard output), or bad usage (status 2, one line
// for standard error). `text` ends with a line break.
struct EarlyExit {
    int status = kExitDone;
    std::string text;
};

// `arguments` without the program's name.
[[nodiscard]] std::variant<Options, EarlyExit> parse_command_line(
    std::span<const char* const> arguments);

// What --send and --echo mean for the endpoints of a session: the greeting of those that have none of their own, and every server's echo.
void add_to_session(const Options& options, session::SessionFile& session);

// What --listen and --connect ask for, in the order servers, clients. The demo starts its own endpoints (app/demo.h).
[[nodiscard]] session::Intents intents_of(const Options& options);

// Where captures go that were not given a name: $XDG_STATE_HOME/wireloupe, $HOME/.local/state/wireloupe, or `working_directory` if
// neither variable holds an absolute path (a relative one is to be ignored, XDG Base Directory Specification). Null: not set.
[[nodiscard]] std::string default_capture_directory(const char* xdg_state_home,
                                                    const char* home,
                                                    std::string_view working_directory);

// Where settings are kept: $XDG_CONFIG_HOME/wireloupe/settings.json, $HOME/.config/wireloupe/settings.json; empty: nowhere.
[[nodiscard]] std::string settings_path(const char* xdg_config_home, const char* home);

}  // namespace app
