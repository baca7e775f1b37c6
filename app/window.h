// The window: the only file that knows GLFW and OpenGL. It decides when a frame is drawn; app/ui decides what is in it.
//
// Thread: the frame thread (main), but for wake().
#pragma once

#include "app/command_line.h"
#include "app/documents.h"

#include <cstdint>
#include <memory>
#include <string>

namespace app {

class Window {
  public:
    // Opens the display and an OpenGL context and makes the window, still hidden. Null where that cannot be: `error` says why and what to do, in one line.
    [[nodiscard]] static std::unique_ptr<Window> open(std::string& error);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    // Any thread, between open() and the destructor: there is something to drain.
    static void wake();

    // Shows the window and runs until the user has closed it, a signal comes, --for or --screenshot is done; then stops the network thread. Returns the exit
    // status. The live document, if there is one, has been told what to start; `started_ns`: CLOCK_MONOTONIC at the program's start.
    [[nodiscard]] int run(Documents& desk, const Options& options, std::int64_t started_ns);

  private:
    class Impl;
    explicit Window(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace app
