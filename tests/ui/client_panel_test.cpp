// Issue point 4: clients.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

TEST(ClientPanel, AsksForWhatTheFieldsSay) {
    UiDriver ui;
    ui.fill("Host", "example.org");
    ui.fill("Port", "8080", 1);
    ui.fill("Timeout (s)", "3");
    ui.click("Reconnect");
    ui.click("Connect");
    const auto wish = ui.take<session::StartClientIntent>();
    EXPECT_EQ(wish.name, "example.org:8080");
    EXPECT_EQ(wish.config.peer.host, "example.org");
    EXPECT_EQ(wish.config.peer.port, 8080);
    EXPECT_EQ(wish.config.connect_timeout_ns, 3'000'000'000);
    EXPECT_TRUE(wish.config.reconnect.is_on);
}

TEST(ClientPanel, TenSecondsAndNoReconnectUnlessAsked) {
    UiDriver ui;
    ui.click("Connect");
    const auto wish = ui.take<session::StartClientIntent>();
    EXPECT_EQ(wish.config.connect_timeout_ns, 10'000'000'000);
    EXPECT_FALSE(wish.config.reconnect.is_on);
}

TEST(ClientPanel, OneButtonConnectsCancelsDisconnects) {
    UiDriver ui;
    ui.click("Connect");
    const EndpointId id = ui.facts.endpoints().front();
    EXPECT_TRUE(ui.has("Cancel"));
    ui.fold(channel::ClientResolving{.endpoint = id});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Looking up the name"));
    ui.fold(channel::ClientConnecting{.endpoint = id,
                                      .peer = *net::bytes::parse_ip("127.0.0.1", 9000)});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Connecting to 127.0.0.1:9000"));
    EXPECT_TRUE(ui.has("Cancel"));
    ui.connect(id, 9000);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Connected to 127.0.0.1:9000"));
    ui.asked.clear();
    ui.click("Disconnect");
    EXPECT_EQ(ui.take<session::StopEndpointIntent>().endpoint, id);
    EXPECT_FALSE(ui.is_enabled("Disconnecting ..."));
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.frames(3);
    EXPECT_TRUE(ui.is_enabled("Connect"));
}

TEST(ClientPanel, CancelAsksToStop) {
    UiDriver ui;
    ui.click("Connect");
    ui.asked.clear();
    ui.click("Cancel");
    EXPECT_EQ(ui.take<session::StopEndpointIntent>().endpoint, ui.facts.endpoints().front());
}

TEST(ClientPanel, TheWaitBeforeTheNextAttemptIsTold) {
    UiDriver ui;
    ui.click("Reconnect");
    ui.click("Connect");
    const EndpointId id = ui.facts.endpoints().front();
    auto failure = channel::make_failure(channel::Operation::kConnect, id, "127.0.0.1:9000", 111,
                                         ui.info.now_ns);
    failure.is_final = false;
    ui.fold(channel::Failed{failure});
    ui.fold(channel::ClientWaiting{
        .endpoint = id, .next_attempt = 3, .delay_ns = 4'000'000'000, .time_ns = ui.info.now_ns});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Waiting 4 s before attempt 3")) << ui.screen();
    EXPECT_TRUE(ui.sees("connection refused"));
    EXPECT_TRUE(ui.has("Cancel"));
}

TEST(ClientPanel, TheReasonOfAFailureStaysUntilTheNextAttempt) {
    UiDriver ui;
    ui.click("Connect");
    const EndpointId id = ui.facts.endpoints().front();
    ui.fold(channel::Failed{channel::make_failure(channel::Operation::kConnect, id,
                                                  "127.0.0.1:9000", 110, ui.info.now_ns)});
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Could not connect"));
    EXPECT_TRUE(ui.sees("connection timed out"));
    ui.asked.clear();
    ui.click("Connect");
    EXPECT_EQ(ui.take<session::StartClientIntent>().replaces, id);
    EXPECT_FALSE(ui.sees("Could not connect"));
}

TEST(ClientPanel, BadFieldsAreSaidInWordsAndCannotConnect) {
    UiDriver ui;
    ui.fill("Host", "exa mple.org");
    EXPECT_TRUE(ui.sees("cannot be part of a host name"));
    EXPECT_FALSE(ui.is_enabled("Connect"));
    ui.fill("Host", "example.org");
    ui.fill("Port", "0", 1);
    EXPECT_TRUE(ui.sees("nobody listens on port 0"));
    EXPECT_FALSE(ui.is_enabled("Connect"));
    ui.fill("Port", "80", 1);
    ui.fill("Timeout (s)", "soon");
    EXPECT_FALSE(ui.is_enabled("Connect"));
    ui.fill("Timeout (s)", "0");
    EXPECT_FALSE(ui.is_enabled("Connect"));
    ui.fill("Timeout (s)", "60");
    EXPECT_TRUE(ui.is_enabled("Connect"));
}

TEST(ClientPanel, AClientStartedElsewhereGetsACard) {
    UiDriver ui;
    ui.start_client("localhost:7");
    ui.frames(3);
    ASSERT_EQ(ui.state().clients.cards.size(), 1U);
    EXPECT_EQ(ui.state().clients.cards.front().host, "localhost");
    EXPECT_EQ(ui.state().clients.cards.front().port, "7");
    EXPECT_TRUE(ui.has("Cancel"));
}

TEST(ClientPanel, SeveralClientsAndRemoval) {
    UiDriver ui({1280, 1000});
    ui.click("+ Add client");
    EXPECT_EQ(ui.count("Connect"), 2);
    ui.click("Remove", 1);
    EXPECT_EQ(ui.count("Connect"), 1);
    EXPECT_FALSE(ui.has("Remove"));
}

TEST(ClientPanel, ByKeyboardAlone) {
    UiDriver ui;
    for (int i = 0; i < 6 && ui.focused() != "##Host"; ++i)
        ui.press(ImGuiKey_F6);
    ASSERT_EQ(ui.focused(), "##Host");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    ui.type("::1");
    for (int i = 0; i < 6 && ui.focused() != "Connect"; ++i)
        ui.press(ImGuiKey_Tab);
    ui.press(ImGuiKey_Space);
    EXPECT_EQ(ui.take<session::StartClientIntent>().name, "[::1]:9000");
}

TEST(ClientPanel, ARestartKeepsWhatHasNoField) {
    UiDriver ui;
    session::Intents intents;
    channel::ClientConfig config;
    config.peer = *net::bytes::parse_peer_argument("127.0.0.1:7");
    config.connect_timeout_ns = 2'500'000'000;
    config.reconnect.longest_delay_ns = 1'000'000'000;
    config.keeps_half_open = true;
    config.greeting = {'h', 'i'};
    intents.emplace_back(session::StartClientIntent{.name = "127.0.0.1:7", .config = config});
    ui.facts.apply(std::move(intents), ui.info.now_ns);
    ui.fold(channel::EndpointStopped{.endpoint = ui.facts.endpoints().front()});
    ui.frames(3);
    ui.click("Reconnect");
    ui.click("Connect");
    const auto wish = ui.take<session::StartClientIntent>();
    EXPECT_EQ(wish.config.greeting, config.greeting);
    EXPECT_TRUE(wish.config.keeps_half_open);
    EXPECT_EQ(wish.config.reconnect.longest_delay_ns, 1'000'000'000);
    EXPECT_EQ(wish.config.connect_timeout_ns, 2'500'000'000) << "shown rounded, kept exact";
    EXPECT_TRUE(wish.config.reconnect.is_on) << "the fields win";
}

TEST(ClientPanel, AnOldTroubleIsNotShownOnceItWasStoppedInOrder) {
    UiDriver ui;
    const EndpointId id = ui.start_client("127.0.0.1:9000");
    auto failure = channel::make_failure(channel::Operation::kConnect, id, "127.0.0.1:9000", 111,
                                         ui.info.now_ns);
    failure.is_final = false;
    ui.fold(channel::Failed{failure});
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.click("Collapse");
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Not connected"));
    ASSERT_FALSE(ui.facts.endpoint(id)->last_failure.empty());
    EXPECT_FALSE(ui.sees("connection refused")) << ui.screen();
}

}  // namespace
}  // namespace tests::ui
