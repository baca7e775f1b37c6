#include "app/command_line.h"

#include "net/bytes/escapes.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <exception>
#include <system_error>
#include <utility>

namespace app {
namespace {

constexpr std::string_view kUsage =
    R"(wireloupe [OPTIONS] [CAPTURE]       open the window; with CAPTURE (pcapng or pcap), show it

  --listen ADDRESS     start a server (repeatable)
  --connect ADDRESS    start a client (repeatable)
  --session FILE       start the servers and clients of FILE (JSON), with what they reply
  -w, --write FILE     keep the capture in FILE; "-" is standard output (with --headless)
  --overwrite          let --write replace an existing file
  --ring N:MIB         keep the newest N files of about MIB MiB each; older ones are deleted
  --headless           no window: one JSON object a line on standard output for each event
  --send TEXT          send TEXT (escapes as in the send box) on every connection once it is open
  --echo               servers send back what they receive
  --for SECONDS        stop by itself after SECONDS
  --screenshot FILE    draw the window, write its picture as PNG, leave (with --for: at that time)
  --demo               an echo server and a client that talks to it, so that there is something to look at
  --verbose            headless: report every read and send, not only openings, closings and failures
  --version, --help

ADDRESS   [tcp://]HOST:PORT · PORT (means 127.0.0.1:PORT) · *:PORT (all interfaces, IPv4 and IPv6) · [::1]:PORT
          port 0 asks the system for a free one, which is then reported
CAPTURE   "-" reads standard input, and shows what comes while it comes
)";

// Thirty years: far beyond any run, and far below where nanoseconds overflow.
constexpr std::int64_t kMostSeconds = 1'000'000'000;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

constexpr std::uint64_t kMostRingFiles = 100'000;  // dumpcap's limit
// 4 TiB, beyond which a capture goes on in a new file anyway.
constexpr std::uint64_t kMostRingMib = std::uint64_t{1} << 22;
constexpr unsigned kMibShift = 20;

// What makes the usage bad; it ends the parsing wherever it is thrown.
class BadUsage : public std::exception {
  public:
    explicit BadUsage(std::string line) : line_(std::move(line)) {}
    // "wireloupe: --for: "soon": is not ..." on one line, whatever the value holds.
    BadUsage(std::string_view option, std::string_view value, std::string_view what)
        : line_(std::string(option) + " \"" + net::bytes::printable(value) +
                "\": " + std::string(what)) {}
    [[nodiscard]] const char* what() const noexcept override { return line_.c_str(); }

  private:
    std::string line_;
};

// Only digits and one point, so that neither "1e9" nor "inf" nor a locale's comma is a number of seconds.
std::int64_t parse_seconds(const std::string& text) {
    constexpr std::string_view kAccepted =
        "is not a time; accepted is a number of seconds above 0, such as 10 or 0.5";
    constexpr std::size_t kMostDecimals = 9;
    const std::size_t point = text.find('.');
    const std::string whole = text.substr(0, point);
    std::string decimals = point == std::string::npos ? "" : text.substr(point + 1);
    const auto is_digits = [](const std::string& s) {
        return s.find_first_not_of("0123456789") == std::string::npos;
    };
    if ((whole.empty() && decimals.empty()) || !is_digits(whole) || !is_digits(decimals)) {
        throw BadUsage("--for", text, kAccepted);
    }
    std::int64_t seconds = 0;
    if (!whole.empty()) {
        const auto [end, error] =
            std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
        if (error != std::errc{} || seconds > kMostSeconds) {
            throw BadUsage("--for", text, "is too long; at most 1000000000 seconds are accepted");
        }
    }
    decimals.resize(kMostDecimals, '0');
    std::int64_t fraction_ns = 0;
    std::from_chars(decimals.data(), decimals.data() + decimals.size(), fraction_ns);
    const std::int64_t total_ns = seconds * kNsPerSecond + fraction_ns;
    if (total_ns <= 0) throw BadUsage("--for", text, kAccepted);
    return total_ns;
}

// "10:64": digits alone, so that neither a sign nor a unit is half understood.
net::channel::CaptureBounds parse_ring(const std::string& text) {
    constexpr std::string_view kAccepted =
        "is no ring; accepted is N:MIB, such as 10:64 (the newest 10 files of 64 MiB each), with N "
        "from 2 to 100000 and MIB from 1 to 4194304";
    const auto number = [&](std::string_view digits, std::uint64_t least, std::uint64_t most) {
        std::uint64_t value = 0;
        const char* const end = digits.data() + digits.size();
        const auto [stop, error] = std::from_chars(digits.data(), end, value);
        if (error != std::errc{} || stop != end || value < least || value > most)
            throw BadUsage("--ring", text, kAccepted);
        return value;
    };
    const std::string_view all = text;
    const std::size_t colon = all.find(':');
    if (colon == std::string_view::npos) throw BadUsage("--ring", text, kAccepted);
    net::channel::CaptureBounds bounds;
    bounds.ring_files = static_cast<std::uint32_t>(number(all.substr(0, colon), 2, kMostRingFiles));
    bounds.ring_file_bytes = number(all.substr(colon + 1), 1, kMostRingMib) << kMibShift;
    return bounds;
}

// The only value of an option that may be given once; empty if it was not given.
std::optional<std::string> value_of(const CLI::Option& option) {
    if (option.results().empty()) return std::nullopt;
    if (option.results().size() > 1) {
        throw BadUsage(option.get_name(), option.results()[1],
                       "is the second value; one is accepted");
    }
    return option.results().front();
}

// The same for a value that names a file.
std::string file_of(const CLI::Option& option, std::string_view accepted) {
    std::optional<std::string> value = value_of(option);
    if (!value) return {};
    if (value->empty()) throw BadUsage(option.get_name(), *value, accepted);
    return std::move(*value);
}

void refuse_contradictions(const Options& options, bool has_greeting) {
    if (!options.capture_path.empty()) {
        const auto refuse_if = [&](bool is_given, const std::string& option) {
            if (!is_given) return;
            throw BadUsage("CAPTURE", options.capture_path,
                           "a saved capture is shown in the window alone; accepted with it are "
                           "--for and --screenshot, not " +
                               option);
        };
        refuse_if(!options.servers.empty(), "--listen");
        refuse_if(!options.clients.empty(), "--connect");
        refuse_if(options.runs_demo, "--demo");
        refuse_if(!options.session_path.empty(), "--session");
        refuse_if(!options.write_path.empty(), "--write");
        refuse_if(options.ring.has_value(), "--ring");
        refuse_if(options.is_headless, "--headless");
    }
    if (options.is_headless && !options.screenshot_path.empty()) {
        throw BadUsage("--screenshot", options.screenshot_path,
                       "draws the window, and --headless has none; accepted is one of the two");
    }
    if (options.is_headless && !options.has_endpoint()) {
        throw BadUsage(
            "--headless: nothing to do; accepted is at least one --listen ADDRESS, --connect "
            "ADDRESS, --session FILE or --demo with it");
    }
    if (options.write_path == "-" && !options.is_headless) {
        throw BadUsage("--write", "-",
                       "standard output is accepted with --headless only; name a file");
    }
    if (options.write_path == "-" && options.ring) {
        throw BadUsage("--write", "-",
                       "a pipe keeps no ring of files; with --ring, accepted is a file, or no "
                       "--write");
    }
    if (has_greeting && !options.has_endpoint()) {
        throw BadUsage(
            "--send: nobody to send to; accepted is at least one --listen ADDRESS, --connect "
            "ADDRESS or --demo with it");
    }
}

// CLI11 takes the words apart; what they mean is read here, so that every complaint names its value in our own words.
std::variant<Options, EarlyExit> parse(std::span<const char* const> arguments) {
    CLI::App app{"wireloupe"};
    app.set_help_flag();  // ours prints the contract's own words
    app.allow_extras();   // they are named below
    const auto text_option = [&](const char* name, const char* value_name) {
        return app.add_option(name)
            ->type_name(value_name)
            ->expected(1)
            // Else "[::1]" would lose its brackets, and a second value would be eaten from what follows.
            ->allow_extra_args(false)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    };
    const CLI::Option* listen = text_option("--listen", "ADDRESS");
    const CLI::Option* connect = text_option("--connect", "ADDRESS");
    const CLI::Option* session = text_option("--session", "FILE");
    const CLI::Option* write = text_option("-w,--write", "FILE");
    const CLI::Option* ring = text_option("--ring", "N:MIB");
    const CLI::Option* send = text_option("--send", "TEXT");
    const CLI::Option* stop_after = text_option("--for", "SECONDS");
    const CLI::Option* screenshot = text_option("--screenshot", "FILE");
    const CLI::Option* capture = text_option("CAPTURE", "FILE");
    const auto flag = [&](const char* name) { return app.add_flag(name)->disable_flag_override(); };
    const CLI::Option* overwrite = flag("--overwrite");
    const CLI::Option* headless = flag("--headless");
    const CLI::Option* echo = flag("--echo");
    const CLI::Option* demo = flag("--demo");
    const CLI::Option* verbose = flag("--verbose");
    const CLI::Option* help = flag("-h,--help");
    const CLI::Option* version = flag("--version");

    std::vector<std::string> words(arguments.begin(), arguments.end());
    for (const std::string& word : words) {
        // CLI11 would take the word after "--write=" for its value.
        if (word.starts_with("--") && word.ends_with("=") &&
            app.get_option_no_throw(word.substr(0, word.size() - 1)) != nullptr) {
            throw BadUsage(
                net::bytes::printable(word) +
                " needs a value after the \"=\"; wireloupe --help says what is accepted");
        }
    }
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    try {
        app.parse(std::move(words));
    } catch (const CLI::ArgumentMismatch& mismatch) {
        // "--listen: 1 required ADDRESS missing", or "echo was given a disallowed flag override".
        const std::string what = mismatch.what();
        const std::string name = what.substr(0, what.find_first_of(": "));
        if (const CLI::Option* option = app.get_option_no_throw(name)) {
            throw BadUsage(name + " needs a value: " + option->get_type_name());
        }
        throw BadUsage("--" + net::bytes::printable(name) + " takes no value");
    } catch (const CLI::Error& error) {
        throw BadUsage(net::bytes::printable(error.what()) +
                       "; wireloupe --help says what is accepted");
    }

    if (help->count() > 0) return EarlyExit{kExitDone, std::string(kUsage)};
    if (version->count() > 0) return EarlyExit{kExitDone, "wireloupe " WIRELOUPE_VERSION "\n"};
    for (const std::string& word : app.remaining()) {
        if (word == "--") continue;
        if (word.starts_with("-") && word != "-") {
            throw BadUsage("option", word,
                           "is not known; wireloupe --help says which are accepted");
        }
        throw BadUsage("argument", word, "is one too many; one CAPTURE is accepted");
    }

    Options options;
    for (const std::string& address : listen->results()) {
        const auto parsed = net::bytes::parse_listen_argument(address);
        if (!parsed) throw BadUsage("--listen: " + parsed.error.message);
        options.servers.push_back(*parsed);
    }
    for (const std::string& address : connect->results()) {
        const auto parsed = net::bytes::parse_peer_argument(address);
        if (!parsed) throw BadUsage("--connect: " + parsed.error.message);
        options.clients.push_back(*parsed);
    }
    const std::optional<std::string> greeting = value_of(*send);
    if (greeting) {
        auto parsed = net::bytes::parse_escaped(*greeting);
        if (!parsed) throw BadUsage("--send", *greeting, parsed.error.message);
        options.greeting = std::move(*parsed.value);
    }
    if (const auto seconds = value_of(*stop_after)) options.stop_after_ns = parse_seconds(*seconds);
    options.session_path = file_of(*session, "is no file's name; accepted is a session file");
    options.write_path = file_of(*write, "is no file's name; accepted is a file, or \"-\"");
    options.screenshot_path = file_of(*screenshot, "is no file's name; accepted is a file");
    options.capture_path =
        file_of(*capture, "is no file's name; accepted is a pcapng or pcap file, or \"-\"");
    if (const auto bounds = value_of(*ring)) options.ring = parse_ring(*bounds);
    options.may_overwrite = overwrite->count() > 0;
    options.is_headless = headless->count() > 0;
    options.echoes = echo->count() > 0;
    options.runs_demo = demo->count() > 0;
    options.is_verbose = verbose->count() > 0;
    refuse_contradictions(options, greeting.has_value());
    return options;
}

bool is_absolute(const char* path) {
    return path != nullptr && *path == '/';
}

std::string name_of(const net::bytes::ListenAddress& address) {
    if (address.all_interfaces) return "*:" + std::to_string(address.address.port);
    return net::bytes::to_text(address.address);
}

std::string name_of(const net::bytes::PeerName& peer) {
    const bool is_ipv6 = peer.host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + peer.host + "]" : peer.host) + ":" + std::to_string(peer.port);
}

}  // namespace

std::variant<Options, EarlyExit> parse_command_line(std::span<const char* const> arguments) {
    try {
        return parse(arguments);
    } catch (const BadUsage& bad) {
        return EarlyExit{kExitBadUsage, std::string("wireloupe: ") + bad.what() + "\n"};
    }
}

void add_to_session(const Options& options, session::SessionFile& session) {
    for (session::SessionServer& server : session.servers) {
        if (server.config.greeting.empty()) server.config.greeting = options.greeting;
        server.config.echoes |= options.echoes;
    }
    for (session::SessionClient& client : session.clients)
        if (client.config.greeting.empty()) client.config.greeting = options.greeting;
}

session::Intents intents_of(const Options& options) {
    session::Intents intents;
    for (const auto& address : options.servers) {
        intents.emplace_back(session::StartServerIntent{
            .name = name_of(address),
            .config = {
                .address = address, .echoes = options.echoes, .greeting = options.greeting}});
    }
    for (const auto& peer : options.clients) {
        intents.emplace_back(session::StartClientIntent{
            .name = name_of(peer),
            .config = {.peer = peer, .reconnect = {}, .greeting = options.greeting}});
    }
    return intents;
}

std::string settings_path(const char* xdg_config_home, const char* home) {
    if (is_absolute(xdg_config_home))
        return std::string(xdg_config_home) + "/wireloupe/settings.json";
    if (is_absolute(home)) return std::string(home) + "/.config/wireloupe/settings.json";
    return {};
}

std::string default_capture_directory(const char* xdg_state_home,
                                      const char* home,
                                      std::string_view working_directory) {
    if (is_absolute(xdg_state_home)) return std::string(xdg_state_home) + "/wireloupe";
    if (is_absolute(home)) return std::string(home) + "/.local/state/wireloupe";
    return std::string(working_directory);
}

}  // namespace app
