// Everything by keyboard alone, and no frame without a reason.
#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

TEST(Keyboard, TabReachesEverythingThatCanBeUsedAndComesBack) {
    UiDriver ui({1280, 900});
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    const ConnectionId one = ui.connect(server, 50001);
    for (int i = 0; i < 50; ++i)
        ui.bytes(one, Direction::kReceived, "hello");
    ui.fill("Send text", "x");
    ui.click("row", 0);
    std::set<ImGuiID> reached;
    for (int i = 0; i < 80; ++i) {
        ui.press(ImGuiKey_Tab);
        reached.insert(ImGui::GetCurrentContext()->NavId);
    }
    for (const Item& item : ui.items()) {
        // What a mouse can press; rows and headings have their keys and their menu, menus have F10.
        const bool is_menu = item.label == "File" || item.label == "Capture";
        const bool is_usable = !item.label.empty() && !item.is_disabled && item.label != "##row" &&
                               item.window.find("##connections_") == std::string::npos;
        const bool is_dragged = item.label.find("scrollbar") != std::string::npos;
        if (is_usable && !is_dragged && !is_menu) {
            EXPECT_TRUE(reached.count(item.id)) << item.label << " in " << item.window;
        }
    }
}

TEST(Keyboard, TheFocusCanBeSeen) {
    UiDriver ui;
    ui.press(ImGuiKey_Tab);
    EXPECT_TRUE(ImGui::GetCurrentContext()->NavCursorVisible);
}

TEST(Keyboard, F6GoesRoundThePanels) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.click("Send text");
    std::vector<std::string> round;
    for (int i = 0; i < 6; ++i) {
        ui.press(ImGuiKey_F6);
        round.push_back(ui.focused());
    }
    EXPECT_EQ(round, (std::vector<std::string>{"##Log lines", "##Address", "##Host",
                                               "##Connection rows", "##Bytes", "##Send text"}));
    ui.press(ImGuiMod_Shift | ImGuiKey_F6);
    EXPECT_EQ(ui.focused(), "##Bytes");
}

TEST(Keyboard, CtrlFGoesToTheFilterAndCtrlLToTheLog) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.click("Send text");
    ui.press(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_F);
    EXPECT_EQ(ui.focused(), "##Filter");
    ui.type("500");
    EXPECT_EQ(ui.state().table.query.filter, "500");
    ui.click("Collapse");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_L);
    EXPECT_EQ(ui.focused(), "##Log lines");
}

TEST(Keyboard, FocusReachesACardThatIsScrolledOutOfSight) {
    UiDriver ui({1280, 620});
    busy_scene(ui);
    ui.click("Send text");
    for (int i = 0; i < 6 && ui.focused() != "##Host"; ++i)
        ui.press(ImGuiKey_F6);
    ASSERT_EQ(ui.focused(), "##Host");
    const Item* host = ui.find("Host");
    ASSERT_NE(host, nullptr) << "scrolled into sight";
    EXPECT_EQ(host->id, ImGui::GetCurrentContext()->NavId);
}

TEST(Idle, NothingChangesNothingIsToBeDrawn) {
    UiDriver ui;
    busy_scene(ui);
    ui.frames(20);
    EXPECT_FALSE(ui.wants_another_frame());
    ui.click("Send text");
    ui.frames(90);
    EXPECT_FALSE(ui.wants_another_frame()) << "a cursor in a field does not blink";
    ui.hover("Close");
    ui.frames(90);
    EXPECT_FALSE(ui.wants_another_frame()) << "a tooltip that stands needs no frame";
}

TEST(Idle, AChangeIsDrawnUntilItHasSettled) {
    UiDriver ui;
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.frames(1);
    EXPECT_TRUE(ui.wants_another_frame()) << "a card that grows takes a frame more";
    ui.frames(6);
    EXPECT_FALSE(ui.wants_another_frame());
    ui.connect(server, 50001);
    ui.frames(1);
    EXPECT_TRUE(ui.wants_another_frame());
}

TEST(Idle, ATooltipThatIsDueIsWaitedFor) {
    UiDriver ui;
    const Item* close = ui.find("Close");
    const ImVec2 at = close->rect.GetCenter();
    ImGui::GetIO().AddMousePosEvent(at.x, at.y);
    ui.frames(3);
    int frames = 0;
    while (ui.wants_another_frame() && frames < 200) {
        ui.frames(1);
        ++frames;
    }
    EXPECT_LT(frames, 100);
    EXPECT_TRUE(ui.sees("Select a connection first"));
}

TEST(Idle, AnIndexThatIsStillReadInAsksForFrames) {
    UiDriver ui;
    const ConnectionId one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    for (int i = 0; i < 500'000; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 16);
    ui.frames(1);
    EXPECT_TRUE(ui.wants_another_frame());
    int frames = 0;
    while (ui.wants_another_frame() && frames < 100) {
        ui.frames(1);
        ++frames;
    }
    EXPECT_LT(frames, 20);
    EXPECT_EQ(ui.state().bytes.sheet.rows().item_count(), 500'000U);
}

TEST(Idle, ASheetLeftWhileItWasReadInAsksForNothing) {
    UiDriver ui;
    const ConnectionId one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    for (int i = 0; i < 500'000; ++i)
        ui.sparse_bytes(one, Direction::kReceived, 0, 16);
    ui.frames(1);
    ASSERT_FALSE(ui.state().bytes.sheet.is_up_to_date());
    // Another sheet, when the first has had only a frame's worth of the reads.
    ui.state().selection.click(one, app::ui::Selection::How::kOnly, std::vector{one});
    ui.frames(90);
    ASSERT_EQ(ui.state().bytes.sheet.rows().item_count(), 500'000U);
    EXPECT_FALSE(ui.wants_another_frame());
}

TEST(Keyboard, F5InAClientCardNeverReachesAServer) {
    UiDriver ui;
    ui.start_server("127.0.0.1:9000");
    ui.frames(3);
    ui.fill("Host", "exa mple");
    ui.press(ImGuiKey_F5);
    EXPECT_TRUE(ui.asked.empty()) << "the client cannot start, and the server was not meant";
}

TEST(Keyboard, F5ActsOnTheCardUsedLastWhereverTheFocusIs) {
    UiDriver ui;
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.frames(3);
    ui.fill("Host", "127.0.0.1");
    ui.click("Send text");
    ui.press(ImGuiKey_F5);
    ui.take<session::StartClientIntent>();
    ui.click("Address");
    ui.click("Send text");
    ui.press(ImGuiKey_F5);
    EXPECT_EQ(ui.take<session::StopEndpointIntent>().endpoint, server);
}

TEST(Keyboard, F5StopsNothingOnceTheCardUsedLastIsGone) {
    UiDriver ui;
    ui.start_server("127.0.0.1:9000");
    ui.click("+ Add server");
    ui.click("Port", 1);
    ui.click("Remove");
    ui.click("Send text");
    ui.asked.clear();
    ui.press(ImGuiKey_F5);
    EXPECT_TRUE(ui.asked.empty());
}

TEST(Keyboard, CtrlEnterSendsAndDoesNotPressTheFocusedButton) {
    for (const ImGuiKey enter : {ImGuiKey_Enter, ImGuiKey_KeypadEnter}) {
        UiDriver ui;
        ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
        ui.fill("Send text", "x");
        for (int i = 0; i < 80 && ui.focused() != "Stop"; ++i)
            ui.press(ImGuiKey_Tab);
        ASSERT_EQ(ui.focused(), "Stop");
        ui.asked.clear();
        ui.press(ImGuiMod_Ctrl | enter);
        ASSERT_EQ(ui.asked.size(), 1U);
        EXPECT_TRUE(std::holds_alternative<session::SendIntent>(ui.asked.front()));
        ui.asked.clear();
        ui.press(enter);
        ui.take<session::StopEndpointIntent>();  // without Ctrl it is the button's
    }
}

TEST(Keyboard, F6GoesRoundASavedCapture) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.fold(net::channel::CaptureOpened{
        .file = ui.file(), .path = "/captures/old.pcapng", .is_live = false});
    ui.click("Send text");
    std::vector<std::string> round;
    for (int i = 0; i < 4; ++i) {
        ui.press(ImGuiKey_F6);
        round.push_back(ui.focused());
    }
    EXPECT_EQ(round, (std::vector<std::string>{"##Log lines", "##Connection rows", "##Bytes",
                                               "##Send text"}));
    ui.press(ImGuiMod_Shift | ImGuiKey_F6);
    EXPECT_EQ(ui.focused(), "##Bytes");
}

}  // namespace
}  // namespace tests::ui
