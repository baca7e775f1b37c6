// The wiring: what exists, in which order it is made, and who wakes whom. Everything else is in the rooms.
#include "app/command_line.h"
#include "app/demo.h"
#include "app/documents.h"
#include "app/frame_side.h"
#include "app/headless.h"
#include "app/jobs/ledger_audit.h"
#include "app/jobs/text_file.h"
#include "app/session/session.h"
#include "app/window.h"
#include "net/bytes/escapes.h"
#include "net/capture/file_table.h"
#include "net/channel/failure.h"
#include "net/service/service.h"

#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>

namespace {

int fail(const std::string& message) {
    std::fprintf(stderr, "wireloupe: %s\n", message.c_str());
    return app::kExitFailed;
}

// A program started with one of the three closed would get a socket or the capture under that number, and print into it. What stands there instead can't
// be written, so a closed standard output still reads as closed.
void occupy_standard_descriptors() {
    for (int descriptor = open("/dev/null", O_RDONLY); descriptor >= 0;
         descriptor = open("/dev/null", O_RDONLY)) {
        if (descriptor <= STDERR_FILENO) continue;
        close(descriptor);
        return;
    }
}

// Absolute; "." where the kernel cannot name it (removed, or outside the root).
std::string working_directory() {
    std::array<char, PATH_MAX> path{};
    return getcwd(path.data(), path.size()) != nullptr && path[0] == '/' ? path.data() : ".";
}

// An environment variable; null where it is not set.
const char* variable(const char* name) {
    return std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread yet
}

std::string default_directory() {
    return app::default_capture_directory(variable("XDG_STATE_HOME"), variable("HOME"),
                                          working_directory());
}

std::string absolute(const std::string& path) {
    return path == "-" || path.starts_with('/') ? path : working_directory() + "/" + path;
}

// The bounds are the caller's.
net::service::ServiceConfig service_config(const app::Options& options,
                                           net::capture::FileTable& files) {
    net::service::ServiceConfig config;
    config.capture.files = &files;
    config.capture.may_overwrite = options.may_overwrite;
    // --headless reads them itself, see headless.h.
    config.handles_signals = !options.is_headless;
    if (options.write_path.empty()) {
        config.capture.directory = default_directory();
    } else {
        config.capture.path = absolute(options.write_path);
    }
    return config;
}

// The exit status where it cannot be: a file that cannot be read is a failure, one that cannot be understood bad usage.
std::optional<int> read_session(const app::Options& options, app::session::SessionFile& session) {
    if (options.session_path.empty()) return std::nullopt;
    const std::string path = absolute(options.session_path);
    const std::string name = "--session " + net::bytes::printable(options.session_path) + ": ";
    const app::jobs::TextRead read = app::jobs::read_text_file(
        path, "open the session", app::session::kMostSessionFileBytes, "session files");
    if (read.failure) return fail(read.failure->message);
    if (!read.is_there) return fail(name + "there is no such file");
    app::session::SessionParsed parsed = app::session::session_from_json(read.text);
    if (!parsed.error.empty()) {
        fail(name + net::bytes::printable(parsed.error));
        return app::kExitBadUsage;
    }
    for (const std::string& warning : parsed.warnings)
        fail(name + net::bytes::printable(warning));
    session = std::move(parsed.session);
    if (options.is_headless && session.servers.empty() && session.clients.empty() &&
        options.servers.empty() && options.clients.empty() && !options.runs_demo) {
        fail(name + "nothing to do without a window: it has no servers and no clients");
        return app::kExitBadUsage;
    }
    app::add_to_session(options, session);
    return std::nullopt;
}

int run_headless(const app::Options& options) {
    app::session::SessionFile file;
    if (const std::optional<int> status = read_session(options, file)) return *status;
    net::capture::FileTable files;
    app::session::Session session;
    app::Headless headless(options);
    const auto wake_frame = [&headless] { headless.wake(); };
    net::service::ServiceConfig config = service_config(options, files);
    // The settings are the window's: what a script gets is what its command line says.
    if (options.ring) config.capture.bounds = *options.ring;
    net::service::Service service(std::move(config), wake_frame);
    net::channel::Failure failure;
    if (!service.start(failure)) return fail(failure.message);
    std::optional<app::jobs::LedgerAudit> audit;
    if (options.write_path != "-") audit.emplace(files, wake_frame);
    std::optional<app::Demo> demo;
    if (options.runs_demo) demo.emplace(options.greeting);
    session.apply(app::intents_of(options), app::realtime_ns());
    session.apply(file.intents(), app::realtime_ns());
    app::FrameSide side{.files = files,
                        .session = session,
                        .link = service.link(),
                        .audit = audit ? &*audit : nullptr,
                        .demo = demo ? &*demo : nullptr};
    return headless.run(side);
}

int run_window(const app::Options& options, std::int64_t started_ns) {
    app::session::SessionFile file;
    if (const std::optional<int> status = read_session(options, file)) return *status;
    net::capture::FileTable files;
    // First what may not be there, so that nothing listens when it isn't.
    std::string error;
    const std::unique_ptr<app::Window> window = app::Window::open(error);
    if (window == nullptr) return fail(error);

    const char* const home = variable("HOME");
    app::Documents desk(files,
                        {.service = service_config(options, files),
                         .ring = options.ring,
                         .is_capture_named = !options.write_path.empty(),
                         .place = {.directory = default_directory()},
                         .settings_path = app::settings_path(variable("XDG_CONFIG_HOME"), home),
                         .home = home != nullptr && *home == '/' ? home : "",
                         .runs_demo = options.runs_demo,
                         .demo_greeting = options.greeting,
                         .is_attended = !options.runs_demo && options.screenshot_path.empty()},
                        &app::Window::wake);
    // A live run, or a saved capture that tells the same way.
    net::channel::Failure failure;
    const bool has_started = options.capture_path.empty()
                                 ? desk.start_live(failure)
                                 : desk.start_saved(absolute(options.capture_path), failure);
    if (!has_started) return fail(failure.message);
    desk.active().session().apply(app::intents_of(options), app::realtime_ns());
    if (!options.session_path.empty())
        desk.start_session(std::move(file), absolute(options.session_path));
    return window->run(desk, options, started_ns);
}

int run(const app::Options& options, std::int64_t started_ns) {
    net::service::raise_descriptor_limit();
    return options.is_headless ? run_headless(options) : run_window(options, started_ns);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    const std::int64_t started_ns = app::monotonic_ns();
    occupy_standard_descriptors();
    // libuv 1.45 to 1.48 close the wrong descriptor with it (RELIABILITY.md, part 2).
    setenv("UV_USE_IO_URING", "0", 1);  // NOLINT(concurrency-mt-unsafe): no thread yet
    try {
        const std::span<const char* const> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
        auto parsed = app::parse_command_line(arguments);
        if (const auto* exit = std::get_if<app::EarlyExit>(&parsed)) {
            std::fputs(exit->text.c_str(), exit->status == app::kExitDone ? stdout : stderr);
            return exit->status;
        }
        return run(std::get<app::Options>(parsed), started_ns);
    } catch (const std::exception& error) {
        // Out of memory, most likely. What was recorded is in the file.
        return fail(error.what());
    }
}
