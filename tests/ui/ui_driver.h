// Drives the real panels with no window: a mouse and a keyboard through Dear ImGui's own input queue, items found by the label a user reads.
//
// The session is fed with events as the network thread would; what the panels ask for is applied to it as the program would, and kept for the
// test to look at. Nothing is drawn: textures are acknowledged, draw lists thrown away. A failed IM_ASSERT aborts the test.
#pragma once

#include "app/session/desk.h"
#include "app/session/session.h"
#include "app/ui/desk.h"
#include "app/ui/desk_state.h"
#include "app/ui/workspace.h"
#include "app/ui/workspace_state.h"
#include "app/view_jobs.h"
#include "net/capture/file_table.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tests::ui {

namespace session = app::session;
using net::channel::ConnectionId;
using net::channel::Direction;
using net::channel::EndpointId;

struct Item {
    ImGuiID id = 0;
    std::string label;   // as given to ImGui, "##" and all
    std::string window;  // in which it was submitted
    ImRect rect;
    ImRect visible;  // what its window's clipping leaves of it
    bool is_disabled = false;
};

class UiDriver {
  public:
    explicit UiDriver(ImVec2 size = {1280, 800}, float scale = 1.0F);
    ~UiDriver();
    UiDriver(const UiDriver&) = delete;
    UiDriver& operator=(const UiDriver&) = delete;

    // ---- The world. ----

    session::Session facts;
    net::capture::FileTable files;
    app::ui::Workspace workspace;
    app::ui::FrameInfo info;
    std::vector<session::Intent> asked;  // since the last take<>()
    session::DeskFacts desk_facts;       // one live document, until a test says otherwise
    app::ui::Desk desk;
    session::DeskWishes wished;             // since the last take_wish<>()
    std::function<void()> instead_of_desk;  // what a frame draws, where there is one
    // The long work of the view is really done (`view`); what is remembered, is in desk_facts; what else was wished for, is kept.
    session::ViewWishes view_wished;

    void fold(net::channel::Event event);
    // Each as the service would tell it; ids count from 1.
    EndpointId start_server(std::string name);                      // asked for and listening
    EndpointId start_client(std::string name);                      // asked for, connecting
    ConnectionId connect(EndpointId endpoint, std::uint16_t port);  // a peer at 127.0.0.1:port
    void close(ConnectionId connection, net::channel::CloseReason reason, int code = 0);
    // Bytes in the capture file and the event that names them.
    void bytes(ConnectionId connection, Direction direction, std::string_view what);
    // An event that names `size` bytes at `offset` of the capture file, which is sparse there.
    void sparse_bytes(ConnectionId connection,
                      Direction direction,
                      std::uint64_t offset,
                      std::uint32_t size);
    void write_file(std::uint64_t offset, std::string_view what);
    [[nodiscard]] net::channel::FileId file() const { return file_; }

    // ---- The user. ----

    void frames(int count = 1);
    // Until what is split and searched for is up to date; fails the test where that takes a minute.
    void settle_view();
    [[nodiscard]] const session::ViewSettings& view_settings() const {
        return desk_facts.settings.view;
    }
    void set_view(session::ViewSettings settings);
    // CPU time of one frame on this thread, from NewFrame() to Render(), with the hooks off.
    std::int64_t measured_frame_ns();
    void resize(ImVec2 size);
    void click(std::string_view label, int nth = 0, ImGuiKey modifier = ImGuiKey_None);
    void right_click(std::string_view label, int nth = 0);
    void hover(std::string_view label, int nth = 0);
    void click_at(ImVec2 where,
                  ImGuiMouseButton button = ImGuiMouseButton_Left,
                  ImGuiKey modifier = ImGuiKey_None);
    void drag(ImVec2 from, ImVec2 to);
    void wheel(std::string_view label, float steps);  // negative: down
    void type(std::string_view text);                 // into whatever has the focus
    void fill(std::string_view label,
              std::string_view text,
              int nth = 0);  // click, select all, type
    void double_click(std::string_view label, int nth = 0);
    void press(ImGuiKeyChord chord);
    // As a program does that has changed them.
    void change_desk() { ++desk_facts.version; }

    // ---- What is there. ----

    // By what a user reads: "Start"; an input by its caption ("##Port" is found as "Port").
    [[nodiscard]] const Item* find(std::string_view label, int nth = 0) const;
    [[nodiscard]] bool has(std::string_view label, int nth = 0) const {
        return find(label, nth) != nullptr;
    }
    [[nodiscard]] bool is_enabled(std::string_view label, int nth = 0) const;
    [[nodiscard]] int count(std::string_view label) const;
    [[nodiscard]] const std::vector<Item>& items() const { return items_; }
    // Every text on the screen, a line each.
    std::string screen();
    [[nodiscard]] bool sees(std::string_view text);
    // The first line that contains `text`; empty: none.
    [[nodiscard]] std::string row(std::string_view text);
    // What has the keyboard: the label of the focused item.
    [[nodiscard]] std::string focused() const;
    [[nodiscard]] std::vector<std::string> duplicate_ids() const { return duplicates_; }

    // The only intent of this kind since the last call; fails the test unless there is exactly one. Forgets the others.
    template <typename T>
    T take() {
        T found{};
        int count = 0;
        for (const session::Intent& intent : asked) {
            if (const T* one = std::get_if<T>(&intent)) {
                found = *one;
                ++count;
            }
        }
        asked.clear();
        expect_one(count);
        return found;
    }

    // The same of what the desk was asked for.
    template <typename T>
    T take_wish() {
        T found{};
        int count = 0;
        for (const session::DeskWish& wish : wished) {
            if (const T* one = std::get_if<T>(&wish)) {
                found = *one;
                ++count;
            }
        }
        wished.clear();
        expect_one(count);
        return found;
    }
    template <typename T>
    [[nodiscard]] int count_wishes() const {
        return static_cast<int>(std::count_if(
            wished.begin(), wished.end(),
            [](const session::DeskWish& wish) { return std::holds_alternative<T>(wish); }));
    }

    app::ui::Workspace::State& state() { return workspace.state(); }
    app::ui::Desk::State& desk_state() { return desk.state(); }
    [[nodiscard]] bool wants_another_frame() const {
        return app::ui::wants_another_frame(desk, workspace);
    }

    // ---- For the hooks. ----
    void on_item(ImGuiContext& context,
                 ImGuiID id,
                 const ImRect& rect,
                 const ImGuiLastItemData* data);
    void on_label(ImGuiID id, const char* label);

  private:
    static void expect_one(int count);
    void carry_out(session::ChangeViewSettingsWish&& wish);
    void carry_out(session::SaveSelectionWish&& wish) { view_wished.emplace_back(std::move(wish)); }
    template <typename T>
    void carry_out(T&& wish) {
        view.carry_out(std::forward<T>(wish));
    }
    void draw(bool with_log);

    // Rung by the view's jobs.
    std::mutex waking_;
    std::condition_variable woken_;
    bool was_woken_ = false;
    ImGuiContext* context_ = nullptr;
    net::channel::FileId file_{};
    int descriptor_ = -1;
    std::uint64_t written_ = 0;
    std::uint64_t next_connection_ = 1;
    std::vector<Item> items_;
    std::vector<std::string> duplicates_;
    std::string log_;

  public:
    // Last: its workers ring until it ends.
    app::ViewJobs view;
};

}  // namespace tests::ui
