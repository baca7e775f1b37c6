#include "app/window.h"

#include "app/clipboard.h"
#include "app/frame_log.h"
#include "app/pacing.h"
#include "app/ui/desk.h"
#include "app/ui/workspace.h"
#include "app/window_painting.h"
#include "app/window_picture.h"
#include "net/bytes/escapes.h"
#include "net/channel/failure.h"

#include <GLFW/glfw3.h>
#include <imgui.h>
#include <imgui_impl_glfw.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace app {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;

// At scale 1; clipped to what the monitor offers.
constexpr int kWidth = 1280;
constexpr int kHeight = 800;
constexpr int kLeastWidth = 720;
constexpr int kLeastHeight = 450;
// Beyond these a display is lying.
constexpr float kLeastScale = 0.5F;
constexpr float kMostScale = 4.0F;

// What one turn may spend on folding events; a flood costs latency, never the frame.
constexpr std::int64_t kDrainBudgetNs = 2 * kNsPerMs;
// The picture shows what the first second brought, unless --for names another time.
constexpr std::int64_t kPictureNs = 1'000 * kNsPerMs;
// A window that never becomes visible is never drawn: give up.
constexpr std::int64_t kNoPictureNs = 10'000 * kNsPerMs;
// Closing takes at most 2 s in all; the service itself stops within one.
constexpr std::int64_t kStopLimitNs = 1'700 * kNsPerMs;
// PATH_MAX: what is named in a last line is named whole.
constexpr std::size_t kMostPathBytes = 4096;
// Some builds of GLFW lose wake-ups (on Wayland, glfw #1520): there the queue is looked at this often.
constexpr std::int64_t kUnsureWakeNs = 50 * kNsPerMs;

// The last error of GLFW in its own words; empty: none.
std::string glfw_error() {
    const char* text = nullptr;
    return glfwGetError(&text) == GLFW_NO_ERROR || text == nullptr ? std::string() : text;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string title_of(const Document& document) {
    if (!document.is_live()) return "Wireloupe \xE2\x80\x94 " + document.title();
    const session::Session& session = document.session();
    std::size_t servers = 0;
    for (const auto id : session.endpoints()) {
        const session::Endpoint* endpoint = session.endpoint(id);
        servers += endpoint->state == session::EndpointState::kListening ? 1 : 0;
    }
    return "Wireloupe \xE2\x80\x94 " + counted(servers, "server", "servers") + ", " +
           counted(session.totals().open_connections, "connection", "connections");
}

}  // namespace

class Window::Impl {
  public:
    Impl() = default;
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] bool open(std::string& error);
    [[nodiscard]] int run(Documents& desk, const Options& options, std::int64_t started_ns);

  private:
    // What the last frame was drawn from.
    struct Drawn {
        session::DocumentId document{};
        std::uint64_t session_version = 0;
        std::uint64_t desk_version = 0;
        std::uint64_t view_version = 0;
        bool operator==(const Drawn&) const = default;
    };
    static Drawn state_of(const Documents& desk) {
        return {.document = desk.active().id(),
                .session_version = desk.active().session().version(),
                .desk_version = desk.facts().version,
                .view_version = desk.active().view().facts().version};
    }
    static Impl& of(GLFWwindow* window) {
        return *static_cast<Impl*>(glfwGetWindowUserPointer(window));
    }
    void watch_input();
    void watch_display();
    void take_clipboard();
    [[noreturn]] void end_without_display();
    void note_input() { pacing_.note_input(); }
    // What was painted can no longer be seen.
    void note_lost() {
        painting_.forget();
        pacing_.request_frame();
    }
    void note_held(int change);
    void take_scale();
    [[nodiscard]] bool is_visible() const;

    void take_turn(Documents& desk, std::int64_t began_ns);
    void build_frame(Documents& desk, std::int64_t began_ns);
    void wait_for_next_turn(Documents& desk);
    void wait_for_events(std::int64_t until_ns);
    [[nodiscard]] std::int64_t next_due_ns(const Documents& desk);
    [[nodiscard]] bool take_picture(Documents& desk, const std::string& path);
    [[nodiscard]] bool end(Documents& desk);
    [[nodiscard]] ui::Workspace& workspace_of(const Documents& desk);

    GLFWwindow* window_ = nullptr;
    bool has_glfw_ = false;
    bool has_platform_ = false;  // Dear ImGui's backends, each
    bool has_renderer_ = false;
    bool can_lose_wakes_ = false;
    bool has_new_scale_ = false;
    bool is_iconified_ = false;
    float scale_ = 1.0F;
    int held_ = 0;  // keys and buttons
    std::string title_;
    Clipboard clipboard_;
    std::string pasted_;             // what Dear ImGui was given last
    std::string clipboard_trouble_;  // told after the frame
    Pacing pacing_;
    Painting painting_;
    ui::Desk view_;
    // Of each document its own, by number.
    std::unordered_map<std::uint64_t, ui::Workspace> workspaces_;
    FrameLog frame_log_;

    Documents* desk_ = nullptr;  // during run()
    std::int64_t ends_ns_ = kNeverNs;
    std::int64_t first_frame_ns_ = 0;
    Drawn drawn_;
    bool has_drawn_ = false;        // in the last turn
    bool has_events_left_ = false;  // the budget ended before the queue did
};

// ---- The window and its context -------------------------------------------------------------------

bool Window::Impl::open(std::string& error) {
    glfwInitHint(GLFW_JOYSTICK_HAT_BUTTONS, GLFW_FALSE);
    if (glfwInit() == GLFW_FALSE) {
        error = "start the window: no display (" + glfw_error() +
                "); set DISPLAY to one, or run without a window with --headless";
        return false;
    }
    has_glfw_ = true;
    can_lose_wakes_ =
        std::string_view(glfwGetVersionString()).find("X11") == std::string_view::npos;

    float scale = 1.0F;
    int most_width = kWidth;
    int most_height = kHeight;
    if (GLFWmonitor* monitor = glfwGetPrimaryMonitor()) {
        glfwGetMonitorContentScale(monitor, &scale, nullptr);
        int x = 0;
        int y = 0;
        glfwGetMonitorWorkarea(monitor, &x, &y, &most_width, &most_height);
    }
    const auto scaled = [&](int size) {
        return static_cast<int>(static_cast<float>(size) * scale);
    };
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 0);
    glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_STENCIL_BITS, 0);
    glfwWindowHintString(GLFW_X11_CLASS_NAME, "wireloupe");
    glfwWindowHintString(GLFW_X11_INSTANCE_NAME, "wireloupe");
    window_ =
        glfwCreateWindow(std::min(scaled(kWidth), most_width),
                         std::min(scaled(kHeight), most_height), "Wireloupe", nullptr, nullptr);
    if (window_ == nullptr) {
        error = "start the window: OpenGL 3.0 is needed (" + glfw_error() +
                "); update the driver, try LIBGL_ALWAYS_SOFTWARE=1, or run without a window with "
                "--headless";
        return false;
    }
    glfwSetWindowSizeLimits(window_, std::min(scaled(kLeastWidth), most_width),
                            std::min(scaled(kLeastHeight), most_height), GLFW_DONT_CARE,
                            GLFW_DONT_CARE);
    glfwMakeContextCurrent(window_);
    // Our own pacing: software GL ignores the interval, and a hidden Wayland window would block in the swap.
    glfwSwapInterval(0);

    ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    // A blinking cursor would be two frames a second of an idle window.
    io.ConfigInputTextCursorBlink = false;
    io.ConfigErrorRecoveryEnableAssert = false;
    io.ConfigErrorRecoveryEnableTooltip = false;
    watch_input();  // before the backend, which calls whoever was there first
    has_platform_ = ImGui_ImplGlfw_InitForOpenGL(window_, true);
    has_renderer_ = ImGui_ImplOpenGL3_Init("#version 130");
    if (!has_platform_ || !has_renderer_) {
        error =
            "start the window: OpenGL 3.0 is needed (its functions were not found); update the "
            "driver, or "
            "run without a window with --headless";
        return false;
    }
    painting_.open(window_);
    take_scale();
    ui::load_fonts();
    watch_display();
    take_clipboard();
    return true;
}

Window::Impl::~Impl() {
    if (has_renderer_) ImGui_ImplOpenGL3_Shutdown();
    if (has_platform_) ImGui_ImplGlfw_Shutdown();
    if (ImGui::GetCurrentContext() != nullptr) ImGui::DestroyContext();
    if (window_ != nullptr) glfwDestroyWindow(window_);
    if (has_glfw_) glfwTerminate();
}

void Window::Impl::watch_input() {
    glfwSetWindowUserPointer(window_, this);
    glfwSetKeyCallback(window_, [](GLFWwindow* window, int, int, int action, int) {
        of(window).note_input();
        if (action != GLFW_REPEAT) of(window).note_held(action == GLFW_PRESS ? 1 : -1);
    });
    glfwSetMouseButtonCallback(window_, [](GLFWwindow* window, int, int action, int) {
        of(window).note_input();
        of(window).note_held(action == GLFW_PRESS ? 1 : -1);
    });
    glfwSetWindowFocusCallback(window_, [](GLFWwindow* window, int is_focused) {
        of(window).note_input();
        // What is released elsewhere is not told.
        if (is_focused == GLFW_FALSE) of(window).note_held(-of(window).held_);
    });
    glfwSetCharCallback(window_, [](GLFWwindow* window, unsigned) { of(window).note_input(); });
    glfwSetCursorPosCallback(window_,
                             [](GLFWwindow* window, double, double) { of(window).note_input(); });
    glfwSetCursorEnterCallback(window_, [](GLFWwindow* window, int) { of(window).note_input(); });
    glfwSetScrollCallback(window_,
                          [](GLFWwindow* window, double, double) { of(window).note_input(); });
    glfwSetDropCallback(window_, [](GLFWwindow* window, int count, const char** paths) {
        of(window).note_input();
        ui::drop_files(of(window).view_, {paths, paths + count});
    });
    glfwSetFramebufferSizeCallback(window_,
                                   [](GLFWwindow* window, int, int) { of(window).note_input(); });
    glfwSetWindowRefreshCallback(window_, [](GLFWwindow* window) { of(window).note_lost(); });
    glfwSetWindowIconifyCallback(window_, [](GLFWwindow* window, int is_iconified) {
        of(window).is_iconified_ = is_iconified == GLFW_TRUE;
        of(window).note_lost();
    });
    glfwSetWindowContentScaleCallback(window_, [](GLFWwindow* window, float, float) {
        // Not from within a frame; and the sizes that go with it may only be there by then.
        of(window).has_new_scale_ = true;
        of(window).note_input();
    });
}

void Window::Impl::note_held(int change) {
    held_ = std::max(held_ + change, 0);
    pacing_.set_held(held_ > 0);
}

void Window::Impl::take_scale() {
    float content = 1.0F;
    glfwGetWindowContentScale(window_, &content, nullptr);
    // Where the framebuffer already has more pixels than the window has points (Wayland), the backend scales by that much.
    int width = 0;
    int pixels = 0;
    glfwGetWindowSize(window_, &width, nullptr);
    glfwGetFramebufferSize(window_, &pixels, nullptr);
    const float done =
        width > 0 && pixels > 0 ? static_cast<float>(pixels) / static_cast<float>(width) : 1.0F;
    scale_ = std::clamp(content / done, kLeastScale, kMostScale);
    has_new_scale_ = false;
    ui::apply_theme(scale_);
}

// Xlib ends the program when its server goes away; here is the last word. Two hooks, because Xlib's own error handler exits before the exit handler is
// asked, and only the latter knows whom it is for. The functions are looked up in what GLFW has loaded, so that a GLFW without X11 needs no Xlib:
// glfwGetX11Display (GLFW 3.0), XSetIOErrorHandler, XSetIOErrorExitHandler (libX11 1.7).
void Window::Impl::watch_display() {
    using GetDisplay = void* (*)();
    using SetErrorHandler = void* (*)(int (*handler)(void* display));
    using SetExitHandler =
        void (*)(void* display, void (*handler)(void* display, void* user), void* user);
    const auto get_display = reinterpret_cast<GetDisplay>(dlsym(RTLD_DEFAULT, "glfwGetX11Display"));
    const auto set_error_handler =
        reinterpret_cast<SetErrorHandler>(dlsym(RTLD_DEFAULT, "XSetIOErrorHandler"));
    const auto set_exit_handler =
        reinterpret_cast<SetExitHandler>(dlsym(RTLD_DEFAULT, "XSetIOErrorExitHandler"));
    if (get_display == nullptr || set_error_handler == nullptr || set_exit_handler == nullptr ||
        get_display() == nullptr)
        return;
    set_error_handler([](void*) { return 0; });
    set_exit_handler(
        get_display(), [](void*, void* user) { static_cast<Impl*>(user)->end_without_display(); },
        this);
}

// In the place of the backend's functions, which wait for whoever has the clipboard.
void Window::Impl::take_clipboard() {
    if (!Clipboard::is_possible()) return;
    ImGuiPlatformIO& platform = ImGui::GetPlatformIO();
    platform.Platform_ClipboardUserData = this;
    platform.Platform_SetClipboardTextFn = [](ImGuiContext*, const char* text) {
        Impl& self = *static_cast<Impl*>(ImGui::GetPlatformIO().Platform_ClipboardUserData);
        glfwSetClipboardString(self.window_, text);
        self.clipboard_.note_own(text);
    };
    platform.Platform_GetClipboardTextFn = [](ImGuiContext*) -> const char* {
        Impl& self = *static_cast<Impl*>(ImGui::GetPlatformIO().Platform_ClipboardUserData);
        ClipboardText there = self.clipboard_.read();
        self.pasted_ = std::move(there.text);
        self.clipboard_trouble_ = std::move(there.trouble);
        return self.pasted_.empty() ? nullptr : self.pasted_.c_str();
    };
}

void Window::Impl::end_without_display() {
    std::string rest;
    if (Document* const document = desk_ != nullptr ? desk_->live() : nullptr) {
        FrameSide side = document->side();
        const bool has_stopped = stop_and_drain(side, kStopLimitNs);
        if (document->session().has_content()) {
            rest = "; the capture is kept in " +
                   net::bytes::printable(document->session().capture_path(), kMostPathBytes);
        }
        // One with nothing in it leaves no file; nobody was asked about any other.
        for (const std::string& trouble : desk_->leave(has_stopped))
            rest += "; " + trouble;
    }
    const bool loses_a_stream =
        desk_ != nullptr &&
        std::any_of(
            desk_->facts().documents.begin(), desk_->facts().documents.end(),
            [](const session::DocumentFact& one) { return one.is_stream && one.has_unsaved; });
    if (loses_a_stream) rest += "; what came on standard input was in no file, and is lost";
    std::fprintf(stderr, "wireloupe: the display has gone away%s\n", rest.c_str());
    // No way back into Xlib, GLFW or GL, whose destructors would call there.
    std::_Exit(kExitFailed);
}

bool Window::Impl::is_visible() const {
    return !is_iconified_ && glfwGetWindowAttrib(window_, GLFW_VISIBLE) == GLFW_TRUE;
}

// ---- The loop -------------------------------------------------------------------------------------

int Window::Impl::run(Documents& desk, const Options& options, std::int64_t started_ns) {
    desk_ = &desk;
    frame_log_.note_start(started_ns);
    // What the command line asked for; the one live document is there from the start or not part of that.
    Document* const live = desk.live();
    AskedFor asked_for(desk.active().session());
    const auto look = [&] {
        if (live != nullptr) asked_for.look(live->session(), live->demo());
    };
    glfwShowWindow(window_);
    if (options.stop_after_ns) ends_ns_ = monotonic_ns() + *options.stop_after_ns;
    const bool wants_picture = !options.screenshot_path.empty();
    if (wants_picture && !options.stop_after_ns) ends_ns_ = monotonic_ns() + kNoPictureNs;
    bool has_failed = false;
    while (true) {
        const std::int64_t now = monotonic_ns();
        if (now >= ends_ns_) {
            if (wants_picture && !options.stop_after_ns && first_frame_ns_ == 0) {
                has_failed = true;
                std::fprintf(stderr,
                             "wireloupe: take the picture: the window was not shown within %lld "
                             "s; is it on a visible workspace?\n",
                             static_cast<long long>(kNoPictureNs / 1'000 / kNsPerMs));
            } else if (wants_picture) {
                has_failed = !take_picture(desk, options.screenshot_path);
            }
            break;
        }
        take_turn(desk, now);
        look();
        if (const Document* document = desk.live(); document && document->session().signal()) break;
        if (desk.is_over()) break;
        if (first_frame_ns_ == 0 && has_drawn_) {
            first_frame_ns_ = monotonic_ns();
            if (wants_picture && !options.stop_after_ns) ends_ns_ = first_frame_ns_ + kPictureNs;
            desk.active().session().log(
                session::Severity::kInfo,
                "first frame after " + std::to_string((first_frame_ns_ - started_ns) / kNsPerMs) +
                    " ms",
                realtime_ns());
        }
        wait_for_next_turn(desk);
        if (glfwWindowShouldClose(window_) == GLFW_TRUE) {
            glfwSetWindowShouldClose(window_, GLFW_FALSE);
            desk.ask_to_quit();
            if (desk.is_over()) break;
        }
    }
    glfwHideWindow(window_);
    has_failed |= !end(desk);
    look();
    has_failed |= asked_for.has_failed();
    for (const std::string& line : asked_for.never_up()) {
        has_failed = true;
        std::fprintf(stderr, "wireloupe: %s\n", line.c_str());
    }
    desk_ = nullptr;
    return has_failed ? kExitFailed : kExitDone;
}

// Drains, lets everything that is due move on, and draws if something changed.
void Window::Impl::take_turn(Documents& desk, std::int64_t began_ns) {
    const std::int64_t began_cpu_ns = frame_log_.cpu_ns();
    has_events_left_ = desk.drain(began_ns, kDrainBudgetNs);
    desk.turn(began_ns);
    if (state_of(desk) != drawn_) pacing_.request_frame();
    // Asking costs two round trips to the X server.
    if (pacing_.would_want_frame(began_ns)) pacing_.set_visible(is_visible());
    has_drawn_ = pacing_.wants_frame(began_ns);
    if (has_drawn_) build_frame(desk, began_ns);
    const std::int64_t built_ns = monotonic_ns();
    const std::int64_t built_cpu_ns = frame_log_.cpu_ns();
    if (has_drawn_) {
        painting_.show();
        desk.active().session().note_shown(realtime_ns());
    }
    const session::Totals& totals = desk.active().session().totals();
    frame_log_.note_turn(has_drawn_, began_ns, built_ns, totals.received + totals.sent,
                         built_cpu_ns - began_cpu_ns);
    pacing_.end_turn(began_ns, monotonic_ns(), has_drawn_);
}

ui::Workspace& Window::Impl::workspace_of(const Documents& desk) {
    const auto& documents = desk.facts().documents;
    if (workspaces_.size() > documents.size()) {
        std::erase_if(workspaces_, [&](const auto& entry) {
            return std::none_of(documents.begin(), documents.end(), [&](const auto& document) {
                return static_cast<std::uint64_t>(document.id) == entry.first;
            });
        });
    }
    return workspaces_[static_cast<std::uint64_t>(desk.active().id())];
}

// From the session to Dear ImGui's draw lists, and from what the user did back to the session.
void Window::Impl::build_frame(Documents& desk, std::int64_t began_ns) {
    if (has_new_scale_) take_scale();
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    ImGui::NewFrame();
    drawn_ = state_of(desk);
    session::Intents intents;
    session::DeskWishes wishes;
    session::ViewWishes view_wishes;
    Document& document = desk.active();
    ui::draw_desk(desk.facts(), document.session(), document.view().facts(), desk.files(),
                  workspace_of(desk), view_,
                  {.now_ns = realtime_ns(),
                   .monotonic_ns = began_ns,
                   .scale = scale_,
                   .opening_progress = document.opening_progress()},
                  intents, view_wishes, wishes);
    ImGui::Render();
    if (!clipboard_trouble_.empty())
        document.session().log(session::Severity::kWarning, std::exchange(clipboard_trouble_, {}),
                               realtime_ns());
    if (!intents.empty()) {
        document.session().apply(std::move(intents), realtime_ns());
        document.post();
    }
    if (!view_wishes.empty()) desk.carry_out(std::move(view_wishes));
    if (!wishes.empty()) desk.carry_out(std::move(wishes));
    if (std::string title = title_of(desk.active()); title != title_) {
        title_ = std::move(title);
        glfwSetWindowTitle(window_, title_.c_str());
    }
}

// Until there is, or may be, something to do and the next slot has come. A flood is folded on meanwhile, undrawn, so that a window that was
// held up catches up.
void Window::Impl::wait_for_next_turn(Documents& desk) {
    const std::int64_t slot = pacing_.next_slot_ns();
    while (has_events_left_ && monotonic_ns() < slot - kDrainBudgetNs) {
        has_events_left_ = desk.drain(monotonic_ns(), kDrainBudgetNs);
        glfwPollEvents();
    }
    wait_for_events(has_events_left_ ? slot : next_due_ns(desk));
    // Woken early: the display's events are taken, the rest waits for its slot.
    while (monotonic_ns() < slot && glfwWindowShouldClose(window_) == GLFW_FALSE)
        wait_for_events(slot);
}

std::int64_t Window::Impl::next_due_ns(const Documents& desk) {
    // The user's own wishes have changed something since the drawing, or the view itself is moving.
    if (state_of(desk) != drawn_ || ui::wants_another_frame(view_, workspace_of(desk)))
        pacing_.request_frame();
    // Dear ImGui takes at most one change of a key or button a frame: what came at once needs several.
    if (!ImGui::GetCurrentContext()->InputEventsQueue.empty()) note_input();
    std::int64_t due =
        std::min({ends_ns_, pacing_.next_frame_ns(), desk.next_turn_ns(monotonic_ns())});
    if (can_lose_wakes_) due = std::min(due, monotonic_ns() + kUnsureWakeNs);
    return std::max(due, pacing_.next_slot_ns());
}

void Window::Impl::wait_for_events(std::int64_t until_ns) {
    if (until_ns == kNeverNs) {
        glfwWaitEvents();
        return;
    }
    const std::int64_t left = until_ns - monotonic_ns();
    if (left > 0) {
        glfwWaitEventsTimeout(static_cast<double>(left) * 1e-9);
    } else {
        glfwPollEvents();
    }
}

bool Window::Impl::take_picture(Documents& desk, const std::string& path) {
    const std::int64_t now = monotonic_ns();
    has_events_left_ = desk.drain(now, kDrainBudgetNs);
    desk.turn(now);
    // The second shows what the first has laid out.
    for (int frame = 0; frame < kSettlingFrames; ++frame)
        build_frame(desk, now);
    painting_.paint_whole();
    int width = 0;
    int height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    const int error = write_picture(path, width, height);
    if (error == 0) return true;
    std::fprintf(stderr, "wireloupe: write the picture to %s: %s (%s)\n",
                 net::bytes::printable(path).c_str(), net::channel::errno_name(error).c_str(),
                 net::channel::errno_text(error).c_str());
    return false;
}

// True: everything ended as it should.
bool Window::Impl::end(Documents& desk) {
    Document* const document = desk.live();
    if (document == nullptr) return !desk.active().session().has_run_failed();
    bool is_whole = true;
    const auto complain = [&](const std::string& what) {
        is_whole = false;
        std::fprintf(stderr, "wireloupe: %s\n", what.c_str());
    };
    const session::Session& session = document->session();
    FrameSide side = document->side();
    const bool has_stopped = stop_and_drain(side, kStopLimitNs);
    if (!has_stopped) {
        complain("the network thread has not stopped in time; the capture may lack what came last");
    }
    if (session.loop_close_result() != 0) {
        complain("the event loop was not empty at its end (uv_loop_close: " +
                 std::to_string(session.loop_close_result()) + ")");
    }
    if (session.ledger().state == session::LedgerState::kDisagrees) {
        complain("the ledger disagrees: " + session.ledger().trouble);
    }
    for (const std::string& trouble : desk.leave(has_stopped))
        complain(trouble);
    return is_whole && !session.has_run_failed();
}

// ---- Window ---------------------------------------------------------------------------------------

Window::Window(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Window::~Window() = default;

std::unique_ptr<Window> Window::open(std::string& error) {
    auto impl = std::make_unique<Impl>();
    if (!impl->open(error)) return nullptr;
    return std::unique_ptr<Window>(new Window(std::move(impl)));
}

void Window::wake() {
    glfwPostEmptyEvent();
}

int Window::run(Documents& desk, const Options& options, std::int64_t started_ns) {
    return impl_->run(desk, options, started_ns);
}

}  // namespace app
