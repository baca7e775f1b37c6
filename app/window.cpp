#include "app/window.h"

#include "app/pacing.h"
#include "app/ui/workspace.h"
#include "net/bytes/escapes.h"
#include "net/channel/failure.h"

#include <GLFW/glfw3.h>
#include <imgui.h>
#include <imgui_impl_glfw.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <stb/stb_image_write.h>
#include <string_view>
#include <unistd.h>
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
// Commands that did not fit into the queue are offered again.
constexpr std::int64_t kOutboxRetryNs = 4 * kNsPerMs;
// Some builds of GLFW lose wake-ups (on Wayland, glfw #1520): there the queue is looked at this often.
constexpr std::int64_t kUnsureWakeNs = 50 * kNsPerMs;

// The last error of GLFW in its own words; empty: none.
std::string glfw_error() {
    const char* text = nullptr;
    return glfwGetError(&text) == GLFW_NO_ERROR || text == nullptr ? std::string() : text;
}

// For tests and measurements: WIRELOUPE_FRAME_LOG=FILE gets a line for each turn of the loop, see README.md.
class FrameLog {
  public:
    FrameLog() {
        if (const char* path = std::getenv(
                "WIRELOUPE_FRAME_LOG")) {  // NOLINT(concurrency-mt-unsafe): before any thread
            descriptor_ = ::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
        }
    }
    ~FrameLog() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    FrameLog(const FrameLog&) = delete;
    FrameLog& operator=(const FrameLog&) = delete;

    void note_start(std::int64_t started_ns) const {
        if (descriptor_ >= 0) put("start %lld\n", static_cast<long long>(started_ns));
    }
    // Of this thread; 0 unless somebody wants it.
    [[nodiscard]] std::int64_t cpu_ns() const {
        timespec used{};
        if (descriptor_ >= 0) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
        return std::int64_t{used.tv_sec} * 1'000'000'000 + used.tv_nsec;
    }
    void note_turn(bool has_drawn,
                   std::int64_t began_ns,
                   std::int64_t built_ns,
                   std::uint64_t bytes_shown,
                   std::int64_t cpu_ns) const {
        if (descriptor_ < 0) return;
        put("%s %lld %lld %lld %llu %lld\n", has_drawn ? "frame" : "turn",
            static_cast<long long>(began_ns), static_cast<long long>(built_ns - began_ns),
            static_cast<long long>(monotonic_ns() - began_ns),
            static_cast<unsigned long long>(bytes_shown), static_cast<long long>(cpu_ns));
    }

  private:
    [[gnu::format(printf, 2, 3)]] void put(const char* format, ...) const {
        va_list values;
        va_start(values, format);
        vdprintf(descriptor_, format, values);
        va_end(values);
    }

    int descriptor_ = -1;
};

// Writes the frame that was just rendered, before it is swapped away, as PNG. 0, or an errno value.
int write_picture(const std::string& path, int width, int height) {
    constexpr int kChannels = 3;
    const std::size_t stride = static_cast<std::size_t>(width) * kChannels;
    std::vector<unsigned char> pixels(stride * static_cast<std::size_t>(height));
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, pixels.data());
    for (int top = 0, bottom = height - 1; top < bottom; ++top, --bottom) {
        std::swap_ranges(pixels.begin() + static_cast<std::ptrdiff_t>(stride) * top,
                         pixels.begin() + static_cast<std::ptrdiff_t>(stride) * (top + 1),
                         pixels.begin() + static_cast<std::ptrdiff_t>(stride) * bottom);
    }
    // Collected in memory and written here, not by stb: only so is there an errno to show.
    std::vector<unsigned char> png;
    const auto collect = [](void* to, void* data, int size) {
        const auto* bytes = static_cast<const unsigned char*>(data);
        auto& collected = *static_cast<std::vector<unsigned char>*>(to);
        collected.insert(collected.end(), bytes, bytes + size);
    };
    if (stbi_write_png_to_func(collect, &png, width, height, kChannels, pixels.data(),
                               static_cast<int>(stride)) == 0) {
        return ENOMEM;
    }
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return errno;
    int error = 0;
    for (std::size_t written = 0; error == 0 && written < png.size();) {
        const ssize_t taken = write(descriptor, png.data() + written, png.size() - written);
        if (taken < 0 && errno != EINTR) error = errno;
        if (taken > 0) written += static_cast<std::size_t>(taken);
    }
    if (close(descriptor) != 0 && error == 0) error = errno;
    return error;
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string title_of(const session::Session& session) {
    if (!session.is_live()) {
        const std::string& path = session.capture_path();
        return "Wireloupe \xE2\x80\x94 " + path.substr(path.find_last_of('/') + 1);
    }
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
    [[nodiscard]] int run(FrameSide& side, const Options& options, std::int64_t started_ns);

  private:
    static Impl& of(GLFWwindow* window) {
        return *static_cast<Impl*>(glfwGetWindowUserPointer(window));
    }
    void watch_input();
    void watch_display();
    [[noreturn]] void end_without_display();
    void note_input() { pacing_.note_input(); }
    void note_held(int change);
    void take_scale();
    [[nodiscard]] bool is_visible() const;

    void take_turn(FrameSide& side, std::int64_t began_ns);
    void drain(FrameSide& side, std::int64_t began_ns);
    void build_frame(FrameSide& side, std::int64_t began_ns);
    void paint();
    void wait_for_next_turn(FrameSide& side);
    void wait_for_events(std::int64_t until_ns);
    [[nodiscard]] std::int64_t next_due_ns(const FrameSide& side);
    [[nodiscard]] bool take_picture(FrameSide& side, const std::string& path);
    [[nodiscard]] bool end_service(FrameSide& side);

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
    Pacing pacing_;
    ui::Workspace workspace_;
    FrameLog frame_log_;

    FrameSide* side_ = nullptr;  // during run()
    std::int64_t ends_ns_ = kNeverNs;
    std::int64_t first_frame_ns_ = 0;
    std::uint64_t drawn_version_ = 0;
    bool has_drawn_ = false;        // in the last turn
    bool has_commands_ = false;     // some did not fit into the queue
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
    take_scale();
    ui::load_fonts();
    watch_display();
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
    glfwSetFramebufferSizeCallback(window_,
                                   [](GLFWwindow* window, int, int) { of(window).note_input(); });
    glfwSetWindowRefreshCallback(window_,
                                 [](GLFWwindow* window) { of(window).pacing_.request_frame(); });
    glfwSetWindowIconifyCallback(window_, [](GLFWwindow* window, int is_iconified) {
        of(window).is_iconified_ = is_iconified == GLFW_TRUE;
        of(window).pacing_.request_frame();
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

void Window::Impl::end_without_display() {
    std::string capture;
    if (side_ != nullptr && side_->opening == nullptr) {
        static_cast<void>(stop_and_drain(*side_, kStopLimitNs));
        capture = "; the capture is kept in " + side_->session.capture_path();
    }
    std::fprintf(stderr, "wireloupe: the display has gone away%s\n", capture.c_str());
    // No way back into Xlib, GLFW or GL, whose destructors would call there.
    std::_Exit(kExitFailed);
}

bool Window::Impl::is_visible() const {
    return !is_iconified_ && glfwGetWindowAttrib(window_, GLFW_VISIBLE) == GLFW_TRUE;
}

// ---- The loop -------------------------------------------------------------------------------------

int Window::Impl::run(FrameSide& side, const Options& options, std::int64_t started_ns) {
    side_ = &side;
    frame_log_.note_start(started_ns);
    AskedFor asked_for(side.session);
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
                has_failed = !take_picture(side, options.screenshot_path);
            }
            break;
        }
        take_turn(side, now);
        asked_for.look(side.session, side.demo);
        if (side.session.signal()) break;
        if (first_frame_ns_ == 0 && has_drawn_) {
            first_frame_ns_ = monotonic_ns();
            if (wants_picture && !options.stop_after_ns) ends_ns_ = first_frame_ns_ + kPictureNs;
            side.session.log(session::Severity::kInfo,
                             "first frame after " +
                                 std::to_string((first_frame_ns_ - started_ns) / kNsPerMs) + " ms",
                             realtime_ns());
        }
        wait_for_next_turn(side);
        if (glfwWindowShouldClose(window_) == GLFW_TRUE) break;
    }
    glfwHideWindow(window_);
    has_failed |= !end_service(side);
    asked_for.look(side.session, side.demo);
    has_failed |= asked_for.has_failed() || side.session.has_run_failed();
    for (const std::string& line : asked_for.never_up()) {
        has_failed = true;
        std::fprintf(stderr, "wireloupe: %s\n", line.c_str());
    }
    side_ = nullptr;
    return has_failed ? kExitFailed : kExitDone;
}

// Drains, lets everything that is due move on, and draws if something changed.
void Window::Impl::take_turn(FrameSide& side, std::int64_t began_ns) {
    const std::int64_t began_cpu_ns = frame_log_.cpu_ns();
    drain(side, began_ns);
    if (side.session.advance(began_ns)) pacing_.request_frame();
    has_commands_ = turn(side, realtime_ns(), began_ns);
    if (side.session.version() != drawn_version_) pacing_.request_frame();
    // Asking costs two round trips to the X server.
    if (pacing_.would_want_frame(began_ns)) pacing_.set_visible(is_visible());
    has_drawn_ = pacing_.wants_frame(began_ns);
    if (has_drawn_) build_frame(side, began_ns);
    const std::int64_t built_ns = monotonic_ns();
    const std::int64_t built_cpu_ns = frame_log_.cpu_ns();
    if (has_drawn_) {
        paint();
        glfwSwapBuffers(window_);
    }
    const session::Totals& totals = side.session.totals();
    frame_log_.note_turn(has_drawn_, began_ns, built_ns, totals.received + totals.sent,
                         built_cpu_ns - began_cpu_ns);
    pacing_.end_turn(began_ns, has_drawn_);
}

void Window::Impl::drain(FrameSide& side, std::int64_t began_ns) {
    // Asked every session::kEventsAQuestion events, which is seldom enough for the clock.
    has_events_left_ = side.session.drain(
        side.link, realtime_ns(), [&] { return monotonic_ns() - began_ns < kDrainBudgetNs; });
}

// From the session to Dear ImGui's draw lists, and from what the user did back to the session.
void Window::Impl::build_frame(FrameSide& side, std::int64_t began_ns) {
    if (has_new_scale_) take_scale();
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    ImGui::NewFrame();
    drawn_version_ = side.session.version();
    session::Intents intents;
    ui::draw_workspace(
        side.session, side.files, workspace_,
        {.now_ns = realtime_ns(),
         .monotonic_ns = began_ns,
         .scale = scale_,
         .opening_progress =
             side.opening != nullptr && !side.session.is_stopped() ? side.opening->progress() : -1},
        intents);
    ImGui::Render();
    if (!intents.empty()) {
        side.session.apply(std::move(intents), realtime_ns());
        has_commands_ = side.session.post_to(side.link);
    }
    if (std::string title = title_of(side.session); title != title_) {
        title_ = std::move(title);
        glfwSetWindowTitle(window_, title_.c_str());
    }
}

namespace {

// Dear ImGui's backend lets the GPU filter what it samples. Nothing of ours needs it (app/ui/fonts.cpp), and on software GL it is a third of a frame.
void update_textures() {
    const ImVector<ImTextureData*>* const textures = ImGui::GetDrawData()->Textures;
    if (textures == nullptr) return;
    for (ImTextureData* const texture : *textures) {
        const bool is_new = texture->Status == ImTextureStatus_WantCreate;
        if (texture->Status != ImTextureStatus_OK) ImGui_ImplOpenGL3_UpdateTexture(texture);
        if (!is_new || texture->Status != ImTextureStatus_OK) continue;
        glBindTexture(GL_TEXTURE_2D, static_cast<GLuint>(texture->GetTexID()));
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
        glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
    }
}

}  // namespace

void Window::Impl::paint() {
    update_textures();
    int width = 0;
    int height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    const ImVec4& background = ImGui::GetStyle().Colors[ImGuiCol_WindowBg];
    glViewport(0, 0, width, height);
    glClearColor(background.x, background.y, background.z, 1.0F);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

// Until there is, or may be, something to do and the next slot has come. A flood is folded on meanwhile, undrawn, so that a window that was
// held up catches up.
void Window::Impl::wait_for_next_turn(FrameSide& side) {
    const std::int64_t slot = pacing_.next_slot_ns();
    while (has_events_left_ && monotonic_ns() < slot - kDrainBudgetNs) {
        drain(side, monotonic_ns());
        glfwPollEvents();
    }
    wait_for_events(has_events_left_ ? slot : next_due_ns(side));
    // Woken early: the display's events are taken, the rest waits for its slot.
    while (monotonic_ns() < slot && glfwWindowShouldClose(window_) == GLFW_FALSE)
        wait_for_events(slot);
}

std::int64_t Window::Impl::next_due_ns(const FrameSide& side) {
    // The user's own wishes have changed something since the drawing, or the view itself is moving.
    if (side.session.version() != drawn_version_ || ui::wants_another_frame(workspace_)) {
        pacing_.request_frame();
    }
    // Dear ImGui takes at most one change of a key or button a frame: what came at once needs several.
    if (!ImGui::GetCurrentContext()->InputEventsQueue.empty()) note_input();
    std::int64_t due = std::min(ends_ns_, pacing_.next_frame_ns());
    if (const auto next = side.session.next_advance_ns()) due = std::min(due, *next);
    if (side.demo != nullptr) due = std::min(due, side.demo->next_step_ns());
    if (has_commands_) due = std::min(due, monotonic_ns() + kOutboxRetryNs);
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

bool Window::Impl::take_picture(FrameSide& side, const std::string& path) {
    const std::int64_t now = monotonic_ns();
    drain(side, now);
    // The second shows what the first has laid out.
    for (int frame = 0; frame < kSettlingFrames; ++frame)
        build_frame(side, now);
    paint();
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
bool Window::Impl::end_service(FrameSide& side) {
    if (side.opening != nullptr) return true;
    bool is_whole = true;
    const auto complain = [&](const std::string& what) {
        is_whole = false;
        std::fprintf(stderr, "wireloupe: %s\n", what.c_str());
    };
    const session::Session& session = side.session;
    if (!stop_and_drain(side, kStopLimitNs)) {
        complain("the network thread has not stopped in time; the capture may lack what came last");
    }
    if (session.loop_close_result() != 0) {
        complain("the event loop was not empty at its end (uv_loop_close: " +
                 std::to_string(session.loop_close_result()) + ")");
    }
    if (session.ledger().state == session::LedgerState::kDisagrees) {
        complain("the ledger disagrees: " + session.ledger().trouble);
    }
    return is_whole;
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

int Window::run(FrameSide& side, const Options& options, std::int64_t started_ns) {
    return impl_->run(side, options, started_ns);
}

}  // namespace app
