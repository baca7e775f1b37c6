#include "app/clipboard.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <dlfcn.h>
#include <optional>
#include <poll.h>
#include <utility>

namespace app {

namespace {

using Clock = std::chrono::steady_clock;
using Atom = unsigned long;
using XWindow = unsigned long;

// Of Xlib, as its ABI has them (X.h, Xlib.h): looked up in what GLFW has loaded, so that a GLFW without X11 needs no Xlib.
constexpr int kSelectionNotify = 31;
constexpr int kPropertyNotify = 28;
constexpr int kPropertyNewValue = 0;
constexpr long kPropertyChangeMask = 1L << 22U;
constexpr Atom kAnyType = 0;
constexpr int kTrue = 1;

struct SelectionEvent {
    int type;
    unsigned long serial;
    int send_event;
    void* display;
    XWindow requestor;
    Atom selection;
    Atom target;
    Atom property;
    unsigned long time;
};
struct PropertyEvent {
    int type;
    unsigned long serial;
    int send_event;
    void* display;
    XWindow window;
    Atom atom;
    unsigned long time;
    int state;
};
union Event {
    int type;
    SelectionEvent selection;
    PropertyEvent property;
    std::array<long, 24> room;
};

template <typename Function>
void find(Function*& function, const char* name, bool& is_whole) {
    function = reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
    is_whole = is_whole && function != nullptr;
}

struct Xlib {
    void* (*open)(const char*) = nullptr;
    int (*close)(void*) = nullptr;
    XWindow (*root)(void*) = nullptr;
    XWindow (*create_window)(
        void*, XWindow, int, int, unsigned, unsigned, unsigned, unsigned long, unsigned long) =
        nullptr;
    int (*select_input)(void*, XWindow, long) = nullptr;
    Atom (*atom)(void*, const char*, int) = nullptr;
    XWindow (*owner)(void*, Atom) = nullptr;
    int (*convert)(void*, Atom, Atom, Atom, XWindow, unsigned long) = nullptr;
    int (*pending)(void*) = nullptr;
    int (*next_event)(void*, Event*) = nullptr;
    int (*descriptor)(void*) = nullptr;
    int (*get_property)(void*,
                        XWindow,
                        Atom,
                        long,
                        long,
                        int,
                        Atom,
                        Atom*,
                        int*,
                        unsigned long*,
                        unsigned long*,
                        unsigned char**) = nullptr;
    int (*release)(void*) = nullptr;
    bool is_whole = true;

    Xlib() {
        find(open, "XOpenDisplay", is_whole);
        find(close, "XCloseDisplay", is_whole);
        find(root, "XDefaultRootWindow", is_whole);
        find(create_window, "XCreateSimpleWindow", is_whole);
        find(select_input, "XSelectInput", is_whole);
        find(atom, "XInternAtom", is_whole);
        find(owner, "XGetSelectionOwner", is_whole);
        find(convert, "XConvertSelection", is_whole);
        find(pending, "XPending", is_whole);
        find(next_event, "XNextEvent", is_whole);
        find(descriptor, "XConnectionNumber", is_whole);
        find(get_property, "XGetWindowProperty", is_whole);
        find(release, "XFree", is_whole);
    }
};

const Xlib& xlib() {
    static const Xlib functions;
    return functions;
}

// A connection with a window that the answer can be given to.
class Asker {
  public:
    Asker() : display_(xlib().open(nullptr)) {
        if (display_ == nullptr) return;
        window_ = xlib().create_window(display_, xlib().root(display_), 0, 0, 1, 1, 0, 0, 0);
        xlib().select_input(display_, window_, kPropertyChangeMask);
        clipboard_ = atom("CLIPBOARD");
        property_ = atom("WIRELOUPE_PASTE");
    }
    ~Asker() {
        if (display_ != nullptr) xlib().close(display_);
    }
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    [[nodiscard]] XWindow owner() const {
        return display_ == nullptr ? 0 : xlib().owner(display_, clipboard_);
    }

    ClipboardText ask() {
        const Clock::time_point end = Clock::now() + kClipboardLimit;
        const Atom utf8 = atom("UTF8_STRING");
        xlib().convert(display_, clipboard_, utf8, property_, window_, 0);
        const std::optional<Event> answer = wait_for(end, [this](const Event& event) {
            return event.type == kSelectionNotify && event.selection.requestor == window_;
        });
        if (!answer) return no_answer();
        if (answer->selection.property == 0)
            return {.text = {}, .trouble = "paste: what is on the clipboard is not text"};
        Part part = take_part();
        if (part.type != atom("INCR")) return checked(std::move(part.bytes));
        // Too large for one answer: piece by piece, each when the one before was taken.
        std::string all;
        do {
            const auto next = wait_for(end, [this](const Event& event) {
                return event.type == kPropertyNotify && event.property.atom == property_ &&
                       event.property.state == kPropertyNewValue;
            });
            if (!next) return no_answer();
            part = take_part();
            all += part.bytes;
        } while (!part.bytes.empty() && all.size() <= kMostClipboardText);
        return checked(std::move(all));
    }

  private:
    struct Part {
        Atom type = 0;
        std::string bytes;
    };

    [[nodiscard]] Atom atom(const char* name) const { return xlib().atom(display_, name, 0); }

    static ClipboardText no_answer() {
        return {.text = {},
                .trouble =
                    "paste: the program that holds the clipboard has not answered; nothing "
                    "was pasted. Copy it there once more"};
    }
    static ClipboardText checked(std::string&& text) {
        if (text.size() > kMostClipboardText)
            return {.text = {},
                    .trouble =
                        "paste: more than 4 MiB are on the clipboard; nothing was pasted. "
                        "Send it as a file"};
        // Some programs end their text with one.
        while (!text.empty() && text.back() == '\0')
            text.pop_back();
        if (text.find('\0') != std::string::npos)
            return {.text = {},
                    .trouble =
                        "paste: the text on the clipboard has a NUL byte in it; nothing was "
                        "pasted. Write it as \\0"};
        return {.text = std::move(text), .trouble = {}};
    }

    // Taken and deleted, by which whoever gave it learns that.
    Part take_part() {
        Part part;
        int format = 0;
        unsigned long items = 0;
        unsigned long after = 0;
        unsigned char* data = nullptr;
        // In units of four bytes; one more than may be, so that more is known to be.
        constexpr long kMostUnits = static_cast<long>(kMostClipboardText / 4) + 1;
        xlib().get_property(display_, window_, property_, 0, kMostUnits, kTrue, kAnyType,
                            &part.type, &format, &items, &after, &data);
        if (data == nullptr) return part;
        if (format == 8) part.bytes.assign(reinterpret_cast<const char*>(data), items);
        // What is left of it must not be taken for all.
        if (after != 0) part.bytes.resize(kMostClipboardText + 1);
        xlib().release(data);
        return part;
    }

    template <typename Wanted>
    std::optional<Event> wait_for(Clock::time_point end, Wanted&& is_wanted) {
        for (;;) {
            while (xlib().pending(display_) > 0) {
                Event event{};
                xlib().next_event(display_, &event);
                if (is_wanted(event)) return event;
            }
            const auto left =
                std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
            if (left <= 0) return std::nullopt;
            pollfd ready{.fd = xlib().descriptor(display_), .events = POLLIN, .revents = 0};
            static_cast<void>(::poll(&ready, 1, static_cast<int>(left)));
        }
    }

    void* display_;
    XWindow window_ = 0;
    Atom clipboard_ = 0;
    Atom property_ = 0;
};

}  // namespace

bool Clipboard::is_possible() {
    using GetDisplay = void*();
    bool has_glfw = true;
    GetDisplay* get_display = nullptr;
    find(get_display, "glfwGetX11Display", has_glfw);
    return has_glfw && xlib().is_whole && get_display() != nullptr;
}

void Clipboard::note_own(const char* text) {
    own_ = text;
    own_window_ = Asker().owner();
}

ClipboardText Clipboard::read() const {
    Asker asker;
    const XWindow owner = asker.owner();
    if (owner == 0) return {};
    // This program cannot answer itself while it waits.
    if (owner == own_window_) return {.text = own_, .trouble = {}};
    return asker.ask();
}

}  // namespace app
