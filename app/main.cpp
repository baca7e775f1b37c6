// The wiring: what exists, in which order it is made, and who wakes whom. Everything else is in the rooms.
#include "app/command_line.h"
#include "app/demo.h"
#include "app/frame_side.h"
#include "app/headless.h"
#include "app/jobs/capture_opening.h"
#include "app/jobs/ledger_audit.h"
#include "app/session/session.h"
#include "app/window.h"
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
#include <functional>
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

net::service::ServiceConfig service_config(const app::Options& options,
                                           net::capture::FileTable& files) {
    net::service::ServiceConfig config;
    config.capture.files = &files;
    config.capture.may_overwrite = options.may_overwrite;
    // --headless reads them itself, see headless.h.
    config.handles_signals = !options.is_headless;
    const std::string here = working_directory();
    if (options.write_path.empty()) {
        config.capture.directory = app::default_capture_directory(
            std::getenv("XDG_STATE_HOME"),  // NOLINT(concurrency-mt-unsafe): no thread yet
            std::getenv("HOME"), here);     // NOLINT(concurrency-mt-unsafe)
    } else if (options.write_path == "-" || options.write_path.starts_with('/')) {
        config.capture.path = options.write_path;
    } else {
        config.capture.path = here + "/" + options.write_path;
    }
    return config;
}

int run(const app::Options& options, std::int64_t started_ns) {
    net::service::raise_descriptor_limit();
    net::capture::FileTable files;
    app::session::Session session;

    // First what may not be there, so that nothing listens when it isn't.
    std::unique_ptr<app::Window> window;
    std::optional<app::Headless> headless;
    std::function<void()> wake_frame = &app::Window::wake;
    if (options.is_headless) {
        headless.emplace(options);
        wake_frame = [&headless] { headless->wake(); };
    } else {
        std::string error;
        window = app::Window::open(error);
        if (window == nullptr) return fail(error);
    }

    // A live run, or a saved capture that tells the same way.
    net::channel::Failure failure;
    std::optional<net::service::Service> service;
    std::unique_ptr<app::jobs::CaptureOpening> opening;
    if (options.capture_path.empty()) {
        service.emplace(service_config(options, files), wake_frame);
        if (!service->start(failure)) return fail(failure.message);
    } else {
        opening =
            app::jobs::CaptureOpening::start(files, options.capture_path, wake_frame, failure);
        if (opening == nullptr) return fail(failure.message);
    }
    std::optional<app::jobs::LedgerAudit> audit;
    if (options.write_path != "-") audit.emplace(files, wake_frame);
    std::optional<app::Demo> demo;
    if (options.runs_demo) demo.emplace(options.greeting);

    session.apply(app::intents_of(options), app::realtime_ns());
    app::FrameSide side{.files = files,
                        .session = session,
                        .link = service ? service->link() : opening->link(),
                        .audit = audit ? &*audit : nullptr,
                        .opening = opening.get(),
                        .demo = demo ? &*demo : nullptr};
    return headless ? headless->run(side) : window->run(side, options, started_ns);
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
