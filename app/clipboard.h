// What other programs have on the clipboard, asked for with a time limit.
//
// GLFW 3.3 on X11 waits for the program that owns the clipboard, for ever where that has stopped. Here it is asked over a connection of our own that is made for each paste (milliseconds), and
// after kClipboardLimit the answer is that there was none. Without X11 (Wayland) GLFW is asked, as before.
// Thread: the frame thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace app {

// RELIABILITY.md T34: no gap of the window is longer than 250 ms.
inline constexpr std::chrono::milliseconds kClipboardLimit{200};
inline constexpr std::size_t kMostClipboardText = std::size_t{4} << 20U;

struct ClipboardText {
    std::string text;  // UTF-8 as it is meant to be; without NUL
    std::string
        trouble;  // a sentence: why there is no text although there is something. Nothing is ever cut
};

class Clipboard {
  public:
    // False: there is no X11 here.
    [[nodiscard]] static bool is_possible();
    // `set` has just put `text` there for this program (glfwSetClipboardString).
    void note_own(const char* text);
    [[nodiscard]] ClipboardText read() const;

  private:
    std::string own_;
    unsigned long own_window_ = 0;  // that owns the clipboard while own_ is what is there
};

}  // namespace app
