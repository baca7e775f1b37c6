// Issue point 5: the list of all connections.
#include <algorithm>
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

std::vector<ConnectionId> first(const BusyScene& scene, std::initializer_list<std::size_t> which) {
    std::vector<ConnectionId> ids;
    for (const std::size_t i : which)
        ids.push_back(scene.connections[i]);
    return ids;
}

class ConnectionTable : public testing::Test {
  protected:
    // Wide and high enough for every column and row.
    UiDriver ui{{2400, 1400}};
    BusyScene scene;
    void SetUp() override {
        scene = busy_scene(ui);
        ui.state().layout.table_height = 600;
        ui.frames(3);
    }
};

TEST(ConnectionKinds, DatagramsAndWhatBeganEarlierAreMarked) {
    UiDriver ui;
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.fold(net::channel::ConnectionOpened{.connection = ConnectionId{7},
                                           .endpoint = server,
                                           .local = *net::bytes::parse_ip("127.0.0.1", 53),
                                           .peer = *net::bytes::parse_ip("127.0.0.1", 5353),
                                           .protocol = net::channel::Protocol::kUdp,
                                           .is_continued = true});
    ui.fold(net::channel::StreamGap{
        .connection = ConnectionId{7}, .bytes = 1234, .direction = Direction::kSent});
    ui.frames(4);
    EXPECT_NE(ui.row("127.0.0.1:5353").find("UDP, began earlier"), std::string::npos);
    ui.hover("row", 0);
    EXPECT_TRUE(ui.sees("It began before what this capture holds."));
    EXPECT_TRUE(ui.sees("1,234 bytes sent are missing here."));
}

TEST_F(ConnectionTable, ShowsWhatIsKnownOfEachConnection) {
    const std::string row = ui.row("127.0.0.1:50002");
    for (const char* wanted : {"2", "open", "127.0.0.1:9000", "64 B", "24 B", "3.2 MiB", "12.3 ms",
                               "3", "14:02:33", "peer"}) {
        EXPECT_NE(row.find(wanted), std::string::npos) << wanted << " in " << row;
    }
    for (const char* heading :
         {"State", "Peer", "Server or client", "Received", "Sent", "Rate in", "Rate out", "Queued",
          "Round trip", "Resent", "Opened at", "Duration", "Why closed", "Opened by", "Local"}) {
        EXPECT_TRUE(ui.has(heading)) << heading;
    }
}

TEST_F(ConnectionTable, AnOrderlyEndAndAResetAreToldApartInWords) {
    EXPECT_NE(ui.row("127.0.0.1:50005").find("closed: reset by peer"), std::string::npos)
        << ui.row("127.0.0.1:50005");
    EXPECT_NE(ui.row("127.0.0.1:50007").find("closed: end of stream"), std::string::npos);
    EXPECT_NE(ui.row("127.0.0.1:50004").find("peer ended"), std::string::npos);
}

TEST_F(ConnectionTable, BytesThatNeverLeftAreTold) {
    ui.fold(channel::ConnectionClosed{.connection = scene.connections[0],
                                      .reason = channel::CloseReason::kTimedOut,
                                      .not_sent = 1200});
    ui.frames(3);
    EXPECT_NE(ui.row("127.0.0.1:50001").find("timed out, 1.2 KiB not sent"), std::string::npos)
        << ui.row("127.0.0.1:50001");
}

TEST_F(ConnectionTable, AClickSelectsCtrlAddsShiftExtends) {
    ui.click("row", 1);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {1}));
    ui.click("row", 3, ImGuiMod_Ctrl);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {1, 3}));
    ui.click("row", 1, ImGuiMod_Ctrl);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {3}));
    ui.click("row", 0);
    ui.click("row", 2, ImGuiMod_Shift);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {0, 1, 2}));
    ui.click("row", 5);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {5}));
}

TEST_F(ConnectionTable, KeysMoveExtendAndSelectAll) {
    ui.click("row", 1);
    ui.press(ImGuiKey_DownArrow);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {2}));
    ui.press(ImGuiMod_Shift | ImGuiKey_DownArrow);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {2, 3}));
    ui.press(ImGuiMod_Shift | ImGuiKey_UpArrow);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {2}));
    ui.press(ImGuiKey_End);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {11}));
    ui.press(ImGuiKey_Home);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {0}));
    ui.press(ImGuiKey_UpArrow);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {0})) << "the first row is the end";
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    EXPECT_EQ(ui.state().selection.size(), 12U);
}

TEST_F(ConnectionTable, IsReachedByTabWithoutAMouse) {
    for (int i = 0; i < 40 && ui.focused() != "##Connection rows"; ++i)
        ui.press(ImGuiKey_Tab);
    ASSERT_EQ(ui.focused(), "##Connection rows");
    ui.press(ImGuiKey_DownArrow);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {0}));
    ui.press(ImGuiKey_Tab);
    EXPECT_NE(ui.focused(), "##Connection rows");
}

TEST_F(ConnectionTable, AHeadingSortsByItsColumnAndAgainTheOtherWay) {
    ui.bytes(scene.connections[9], Direction::kReceived, std::string(5000, 'x'));
    ui.frames(30);
    ui.click("Received");
    EXPECT_EQ(ui.state().table.order.ids().front(), scene.connections[9])
        << "numbers: largest first";
    ui.click("Received");
    EXPECT_EQ(ui.state().table.order.ids().back(), scene.connections[9]);
    ui.click("Peer");
    EXPECT_EQ(ui.state().table.order.ids().front(), scene.connections[0]);
    EXPECT_TRUE(
        std::is_sorted(ui.state().table.order.ids().begin(), ui.state().table.order.ids().end()));
}

TEST_F(ConnectionTable, SelectionStaysWithItsConnectionsWhenTheOrderChanges) {
    ui.click("row", 2);
    ui.click("Peer");
    ui.click("Peer");
    EXPECT_EQ(ui.state().table.order.ids().front(), scene.connections[11]);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {2}));
}

TEST_F(ConnectionTable, TheFilterLooksAtAddressEndpointStateAndReason) {
    ui.fill("Filter", "50003");
    EXPECT_EQ(ui.count("row"), 1);
    ui.fill("Filter", "RESET");
    EXPECT_EQ(ui.count("row"), 1);
    EXPECT_FALSE(ui.row("127.0.0.1:50005").empty());
    ui.fill("Filter", "*:9001");
    EXPECT_EQ(ui.count("row"), 4);
    ui.fill("Filter", "peer ended");
    EXPECT_EQ(ui.count("row"), 1);
    ui.fill("Filter", "nothing like it");
    EXPECT_EQ(ui.count("row"), 0);
    EXPECT_TRUE(ui.sees("No connection fits the filter."));
    ui.click("Clear filter");
    EXPECT_EQ(ui.count("row"), 12);
}

TEST_F(ConnectionTable, TheStateChoiceShowsOpenOrClosedOnes) {
    ui.click("Which connections");
    ui.click("Closed");
    EXPECT_EQ(ui.count("row"), 2);
    ui.click("Which connections");
    ui.click("Open");
    EXPECT_EQ(ui.count("row"), 10);
}

TEST_F(ConnectionTable, CloseAndAbortGoToTheOpenOnesOfTheSelection) {
    ui.click("row", 3);
    ui.click("row", 5, ImGuiMod_Shift);  // the middle one is closed
    ui.asked.clear();
    ui.click("Close");
    const auto close = ui.take<session::CloseIntent>();
    EXPECT_EQ(close.how, channel::CloseHow::kInOrder);
    EXPECT_EQ(close.connections, first(scene, {3, 5}));
    ui.click("Abort");
    const auto abort = ui.take<session::CloseIntent>();
    EXPECT_EQ(abort.how, channel::CloseHow::kAbort);
    EXPECT_EQ(abort.connections, first(scene, {3, 5}));
}

TEST_F(ConnectionTable, ButtonsThatCannotWorkSayWhy) {
    EXPECT_FALSE(ui.is_enabled("Close"));
    ui.hover("Close");
    EXPECT_TRUE(ui.sees("Select a connection first"));
    ui.click("row", 4);
    EXPECT_FALSE(ui.is_enabled("Abort"));
    ui.hover("Abort");
    EXPECT_TRUE(ui.sees("closed already"));
}

TEST_F(ConnectionTable, ClearClosedTakesThemOffAndOutOfTheSelection) {
    ui.click("row", 3);
    ui.click("row", 5, ImGuiMod_Shift);
    ui.asked.clear();
    ui.click("Clear closed");
    ui.take<session::ClearClosedIntent>();
    EXPECT_EQ(ui.count("row"), 10);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {3, 5}));
    EXPECT_FALSE(ui.is_enabled("Clear closed"));
}

TEST_F(ConnectionTable, TheMenuPinsTheViewToAConnection) {
    ui.right_click("row", 2);
    EXPECT_EQ(ui.state().selection.ids(), first(scene, {2}));
    ui.click("Show only this in the view");
    EXPECT_TRUE(ui.has("pinned"));
    ui.click("row", 0);
    EXPECT_TRUE(ui.sees("#3  127.0.0.1:50003")) << ui.screen();
}

TEST_F(ConnectionTable, TheMenuAndItsSortingWorkByKeyboard) {
    ui.click("row", 2);
    ui.press(ImGuiMod_Shift | ImGuiKey_F10);
    ASSERT_TRUE(ui.has("Sort by"));
    for (int i = 0; i < 10 && ui.focused() != "Sort by"; ++i)
        ui.press(ImGuiKey_DownArrow);
    ASSERT_EQ(ui.focused(), "Sort by");
    ui.press(ImGuiKey_RightArrow);
    for (int i = 0; i < 20 && ui.focused() != "Sent"; ++i)
        ui.press(ImGuiKey_DownArrow);
    ASSERT_EQ(ui.focused(), "Sent");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.state().table.query.sort, app::ui::Column::kSent);
}

TEST(ManyConnections, TheLastOfTenThousandIsReachedAndOnlyRowsInSightAreSubmitted) {
    UiDriver ui;
    many_connections(ui, 10'000);
    ui.frames(30);
    EXPECT_LT(ui.count("row"), 20);
    ui.click("row", 0);
    ui.press(ImGuiKey_End);
    EXPECT_EQ(ui.state().selection.cursor(), ConnectionId{10'000});
    EXPECT_FALSE(ui.row("| 10000 |").empty());
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    EXPECT_EQ(ui.state().selection.size(), 10'000U);
    ui.asked.clear();
    ui.click("Close");
    EXPECT_EQ(ui.take<session::CloseIntent>().connections.size(), 10'000U);
}

TEST(ManyConnections, AConnectionMayComeGoAndComeBack) {
    UiDriver ui;
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    const ConnectionId once = ui.connect(server, 50001);
    ui.close(once, channel::CloseReason::kEndOfStream);
    ui.connect(server, 50001);
    ui.frames(30);
    EXPECT_EQ(ui.count("row"), 2);
    EXPECT_TRUE(ui.sees("1 open, 1 closed"));
}

}  // namespace
}  // namespace tests::ui
