#include "tests/ui/ui_driver.h"

#include <algorithm>
#include <chrono>
#include <cstdarg>
#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

tests::ui::UiDriver* driver_of(ImGuiContext* context) {
    return static_cast<tests::ui::UiDriver*>(context->TestEngine);
}

}  // namespace

// What Dear ImGui calls when it is compiled with IMGUI_ENABLE_TEST_ENGINE.
void ImGuiTestEngineHook_ItemAdd(ImGuiContext* context,
                                 ImGuiID id,
                                 const ImRect& rect,
                                 const ImGuiLastItemData* data) {
    if (tests::ui::UiDriver* driver = driver_of(context)) driver->on_item(*context, id, rect, data);
}

void ImGuiTestEngineHook_ItemInfo(ImGuiContext* context,
                                  ImGuiID id,
                                  const char* label,
                                  ImGuiItemStatusFlags /*flags*/) {
    if (tests::ui::UiDriver* driver = driver_of(context)) driver->on_label(id, label);
}

void ImGuiTestEngineHook_Log(ImGuiContext* /*context*/, const char* /*format*/, ...) {}

const char* ImGuiTestEngine_FindItemDebugLabel(ImGuiContext* /*context*/, ImGuiID /*id*/) {
    return nullptr;
}

namespace tests::ui {

namespace {

namespace channel = net::channel;

constexpr std::int64_t kStartNs = 1'738'332'153'000'000'000;  // 2025-01-31 14:02:33 UTC
constexpr std::int64_t kFrameNs = 16'666'667;
// ImGui hands out at most one change a button a frame, and boxes as high as their contents take one more.
constexpr int kSettle = 4;

bool matches(const std::string& label, std::string_view wanted) {
    const std::string_view whole = label;
    const std::size_t hash = whole.find("##");
    if (hash == std::string_view::npos) return whole == wanted;
    if (hash != 0 && whole.substr(0, hash) == wanted) return true;
    std::string_view id = whole.substr(hash + 2);
    if (id.starts_with('#')) id.remove_prefix(1);
    return id == wanted;
}

// Textures exist as soon as they are asked for: nobody looks at them.
void acknowledge_textures() {
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
        if (texture->Status == ImTextureStatus_WantCreate ||
            texture->Status == ImTextureStatus_WantUpdates) {
            texture->SetTexID(ImTextureID{1});
            texture->SetStatus(ImTextureStatus_OK);
        } else if (texture->Status == ImTextureStatus_WantDestroy) {
            texture->SetTexID(ImTextureID_Invalid);
            texture->SetStatus(ImTextureStatus_Destroyed);
        }
    }
}

net::bytes::SocketAddress loopback(std::uint16_t port) {
    return *net::bytes::parse_ip("127.0.0.1", port);
}

}  // namespace

UiDriver::UiDriver(ImVec2 size, float scale)
    : view(facts, files, testing::TempDir(), [this] {
          const std::lock_guard lock(waking_);
          was_woken_ = true;
          woken_.notify_one();
      }) {
    setenv("TZ", "UTC", 1);
    context_ = ImGui::CreateContext();
    ImGui::SetCurrentContext(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = size;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasTextures;
    context_->TestEngine = this;
    context_->TestEngineHookItems = true;
    app::ui::apply_theme(scale);
    app::ui::load_fonts();
    info.now_ns = kStartNs;
    info.monotonic_ns = 1'000'000'000;
    info.scale = scale;

    session::DocumentFact live;
    live.id = session::DocumentId{1};
    live.title = "Live";
    live.path = "/captures/test.pcapng";
    live.is_live = true;
    desk_facts.documents.push_back(std::move(live));
    desk_facts.version = 1;
    descriptor_ = memfd_create("ui_driver", MFD_CLOEXEC);
    file_ = files.add(dup(descriptor_), "/captures/test.pcapng");
    fold(channel::CaptureOpened{.file = file_, .path = "/captures/test.pcapng", .is_live = true});
    frames(kSettle);
}

UiDriver::~UiDriver() {
    EXPECT_TRUE(duplicates_.empty()) << "two items share an id: " << duplicates_.front();
    ImGui::SetCurrentContext(context_);  // there may be another driver
    for (ImTextureData* texture : ImGui::GetPlatformIO().Textures) {
        texture->SetTexID(ImTextureID_Invalid);
        texture->SetStatus(ImTextureStatus_Destroyed);
    }
    ImGui::DestroyContext(context_);
    ::close(descriptor_);
}

// ---- The world ----

void UiDriver::fold(channel::Event event) {
    facts.fold(std::move(event), info.now_ns);
}

EndpointId UiDriver::start_server(std::string name) {
    const auto address = net::bytes::parse_listen_argument(name);
    session::Intents intents;
    channel::ServerConfig config;
    config.address = *address;
    intents.emplace_back(session::StartServerIntent{.name = name, .config = config});
    facts.apply(std::move(intents), info.now_ns);
    const EndpointId id = facts.endpoints().back();
    fold(channel::ServerListening{
        .endpoint = id, .local = address->address, .time_ns = info.now_ns});
    return id;
}

EndpointId UiDriver::start_client(std::string name) {
    session::Intents intents;
    channel::ClientConfig config;
    config.peer = *net::bytes::parse_peer_argument(name);
    intents.emplace_back(session::StartClientIntent{.name = name, .config = config});
    facts.apply(std::move(intents), info.now_ns);
    return facts.endpoints().back();
}

ConnectionId UiDriver::connect(EndpointId endpoint, std::uint16_t port) {
    const ConnectionId id{next_connection_++};
    fold(channel::ConnectionOpened{.connection = id,
                                   .endpoint = endpoint,
                                   .local = loopback(9000),
                                   .peer = loopback(port),
                                   .time_ns = info.now_ns});
    return id;
}

void UiDriver::close(ConnectionId connection, channel::CloseReason reason, int code) {
    const session::Connection* known = facts.connection(connection);
    fold(channel::ConnectionClosed{.connection = connection,
                                   .reason = reason,
                                   .code = code,
                                   .time_ns = info.now_ns,
                                   .received = known == nullptr ? 0 : known->received,
                                   .sent = known == nullptr ? 0 : known->sent});
}

void UiDriver::write_file(std::uint64_t offset, std::string_view what) {
    ASSERT_EQ(pwrite(descriptor_, what.data(), what.size(), static_cast<off_t>(offset)),
              static_cast<ssize_t>(what.size()));
    written_ = std::max(written_, offset + what.size());
}

void UiDriver::bytes(ConnectionId connection, Direction direction, std::string_view what) {
    const std::uint64_t offset = written_;
    write_file(offset, what);
    sparse_bytes(connection, direction, offset, static_cast<std::uint32_t>(what.size()));
}

void UiDriver::sparse_bytes(ConnectionId connection,
                            Direction direction,
                            std::uint64_t offset,
                            std::uint32_t size) {
    if (offset + size > written_) {
        written_ = offset + size;
        ASSERT_EQ(ftruncate(descriptor_, static_cast<off_t>(written_)), 0);
    }
    fold(channel::Recorded{.connection = connection,
                           .time_ns = info.now_ns,
                           .offset = offset,
                           .size = size,
                           .file = file_,
                           .direction = direction});
}

// ---- The user ----

void UiDriver::draw(bool with_log) {
    ImGui::SetCurrentContext(context_);
    ImGui::GetIO().DeltaTime = 1.0F / 60.0F;
    info.now_ns += kFrameNs;
    info.monotonic_ns += kFrameNs;
    items_.clear();
    ImGui::NewFrame();
    if (with_log) {
        ImGui::LogToBuffer();
        context_->ItemUnclipByLog = false;  // only what is in sight
    }
    session::Intents intents;
    session::DeskWishes wishes;
    session::ViewWishes view_wishes;
    view.turn();
    if (instead_of_desk) {
        instead_of_desk();
    } else {
        app::ui::draw_desk(desk_facts, facts, view.facts(), files, workspace, desk, info, intents,
                           view_wishes, wishes);
    }
    if (with_log) {
        log_.assign(context_->LogBuffer.c_str());
        ImGui::LogFinish();
    }
    ImGui::Render();
    acknowledge_textures();
    asked.insert(asked.end(), intents.begin(), intents.end());
    wished.insert(wished.end(), wishes.begin(), wishes.end());
    facts.apply(std::move(intents), info.now_ns);
    for (session::ViewWish& wish : view_wishes)
        std::visit([this](auto& what) { carry_out(std::move(what)); }, wish);
}

void UiDriver::carry_out(session::ChangeViewSettingsWish&& wish) {
    desk_facts.settings.view = std::move(wish.settings);
    change_desk();
}

void UiDriver::set_view(session::ViewSettings settings) {
    desk_facts.settings.view = std::move(settings);
    change_desk();
    frames(kSettle);
}

void UiDriver::settle_view() {
    constexpr std::chrono::seconds kLimit{60};
    const auto end = std::chrono::steady_clock::now() + kLimit;
    frames(2);
    while (view.is_at_work() && std::chrono::steady_clock::now() < end) {
        {
            std::unique_lock lock(waking_);
            woken_.wait_for(lock, std::chrono::milliseconds(50), [this] { return was_woken_; });
            was_woken_ = false;
        }
        frames(2);
    }
    EXPECT_FALSE(view.is_at_work()) << "the work of the view has not come to its end";
    frames(kSettle);
}

void UiDriver::frames(int count) {
    for (int i = 0; i < count; ++i)
        draw(false);
}

std::int64_t UiDriver::measured_frame_ns() {
    context_->TestEngineHookItems = false;
    timespec before{};
    timespec after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    draw(false);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    context_->TestEngineHookItems = true;
    return (after.tv_sec - before.tv_sec) * 1'000'000'000 + (after.tv_nsec - before.tv_nsec);
}

void UiDriver::resize(ImVec2 size) {
    ImGui::GetIO().DisplaySize = size;
    frames(kSettle);
}

void UiDriver::click_at(ImVec2 where, ImGuiMouseButton button, ImGuiKey modifier) {
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(where.x, where.y);
    frames(2);
    if (modifier != ImGuiKey_None) io.AddKeyEvent(modifier, true);
    io.AddMouseButtonEvent(button, true);
    frames(2);
    io.AddMouseButtonEvent(button, false);
    frames(2);
    if (modifier != ImGuiKey_None) io.AddKeyEvent(modifier, false);
    frames(kSettle);
}

void UiDriver::click(std::string_view label, int nth, ImGuiKey modifier) {
    const Item* item = find(label, nth);
    ASSERT_NE(item, nullptr) << "nothing on the screen is labelled \"" << label << "\" (" << nth
                             << ")";
    click_at(item->visible.GetCenter(), ImGuiMouseButton_Left, modifier);
}

void UiDriver::double_click(std::string_view label, int nth) {
    const Item* item = find(label, nth);
    ASSERT_NE(item, nullptr) << label;
    const ImVec2 at = item->visible.GetCenter();
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(at.x, at.y);
    frames(2);
    for (int i = 0; i < 2; ++i) {
        io.AddMouseButtonEvent(ImGuiMouseButton_Left, true);
        frames(1);
        io.AddMouseButtonEvent(ImGuiMouseButton_Left, false);
        frames(1);
    }
    frames(kSettle);
}

void UiDriver::right_click(std::string_view label, int nth) {
    const Item* item = find(label, nth);
    ASSERT_NE(item, nullptr) << label;
    click_at(item->visible.GetCenter(), ImGuiMouseButton_Right);
}

void UiDriver::hover(std::string_view label, int nth) {
    const Item* item = find(label, nth);
    ASSERT_NE(item, nullptr) << label;
    const ImVec2 at = item->visible.GetCenter();
    ImGui::GetIO().AddMousePosEvent(at.x, at.y);
    frames(60);  // a second: longer than any delay of a tooltip
}

void UiDriver::drag(ImVec2 from, ImVec2 to) {
    ImGuiIO& io = ImGui::GetIO();
    io.AddMousePosEvent(from.x, from.y);
    frames(2);
    io.AddMouseButtonEvent(ImGuiMouseButton_Left, true);
    frames(2);
    constexpr int kSteps = 8;
    for (int i = 1; i <= kSteps; ++i) {
        const float part = static_cast<float>(i) / kSteps;
        io.AddMousePosEvent(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part);
        frames(2);
    }
    io.AddMouseButtonEvent(ImGuiMouseButton_Left, false);
    frames(kSettle);
}

void UiDriver::wheel(std::string_view label, float steps) {
    const Item* item = find(label);
    ASSERT_NE(item, nullptr) << label;
    const ImVec2 at = item->visible.GetCenter();
    ImGui::GetIO().AddMousePosEvent(at.x, at.y);
    frames(2);
    ImGui::GetIO().AddMouseWheelEvent(0, steps);
    frames(2);
}

void UiDriver::type(std::string_view text) {
    ImGui::GetIO().AddInputCharactersUTF8(std::string(text).c_str());
    frames(kSettle);
}

void UiDriver::fill(std::string_view label, std::string_view text, int nth) {
    click(label, nth);
    press(ImGuiMod_Ctrl | ImGuiKey_A);
    press(ImGuiKey_Delete);
    type(text);
}

void UiDriver::press(ImGuiKeyChord chord) {
    ImGuiIO& io = ImGui::GetIO();
    const auto key = static_cast<ImGuiKey>(chord & ~ImGuiMod_Mask_);
    for (const ImGuiKey modifier : {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt}) {
        if ((chord & modifier) != 0) io.AddKeyEvent(modifier, true);
    }
    io.AddKeyEvent(key, true);
    frames(2);
    io.AddKeyEvent(key, false);
    for (const ImGuiKey modifier : {ImGuiMod_Ctrl, ImGuiMod_Shift, ImGuiMod_Alt}) {
        if ((chord & modifier) != 0) io.AddKeyEvent(modifier, false);
    }
    frames(kSettle);
}

// ---- What is there ----

const Item* UiDriver::find(std::string_view label, int nth) const {
    for (const Item& item : items_) {
        if (matches(item.label, label) && item.visible.GetWidth() > 0 &&
            item.visible.GetHeight() > 0 && nth-- == 0)
            return &item;
    }
    return nullptr;
}

bool UiDriver::is_enabled(std::string_view label, int nth) const {
    const Item* item = find(label, nth);
    EXPECT_NE(item, nullptr) << "nothing on the screen is labelled \"" << label << "\" (" << nth
                             << ")";
    return item != nullptr && !item->is_disabled;
}

int UiDriver::count(std::string_view label) const {
    int found = 0;
    while (find(label, found) != nullptr)
        ++found;
    return found;
}

std::string UiDriver::screen() {
    draw(true);
    return log_;
}

bool UiDriver::sees(std::string_view text) {
    return screen().find(text) != std::string::npos;
}

std::string UiDriver::row(std::string_view text) {
    const std::string all = screen();
    const std::size_t at = all.find(text);
    if (at == std::string::npos) return {};
    const std::size_t begin = all.rfind('\n', at);
    const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
    return all.substr(from, all.find('\n', at) - from);
}

std::string UiDriver::focused() const {
    for (const Item& item : items_) {
        if (item.id == context_->NavId) return item.label;
    }
    return {};
}

void UiDriver::expect_one(int count) {
    EXPECT_EQ(count, 1) << "wishes of this kind";
}

// ---- The hooks ----

void UiDriver::on_item(ImGuiContext& context,
                       ImGuiID id,
                       const ImRect& rect,
                       const ImGuiLastItemData* data) {
    if (data == nullptr || context.CurrentWindow == nullptr)
        return;  // windows, and the second word of a button
    const ImGuiWindow& window = *context.CurrentWindow;
    const auto same =
        std::find_if(items_.begin(), items_.end(), [&](const Item& item) { return item.id == id; });
    ImRect visible = rect;
    visible.ClipWithFull(window.ClipRect);
    const bool is_disabled = (data->ItemFlags & ImGuiItemFlags_Disabled) != 0;
    if (same != items_.end()) {
        const bool is_same_place = same->rect.Min.x == rect.Min.x && same->rect.Min.y == rect.Min.y;
        if (!is_same_place && (data->ItemFlags & ImGuiItemFlags_AllowDuplicateId) == 0)
            duplicates_.push_back(same->label + " in " + window.Name);
        return;
    }
    items_.push_back({.id = id,
                      .label = {},
                      .window = window.Name,
                      .rect = rect,
                      .visible = visible,
                      .is_disabled = is_disabled});
}

void UiDriver::on_label(ImGuiID id, const char* label) {
    if (label == nullptr) return;
    const auto item =
        std::find_if(items_.rbegin(), items_.rend(), [&](const Item& one) { return one.id == id; });
    if (item != items_.rend() && item->label.empty()) item->label = label;
}

}  // namespace tests::ui
