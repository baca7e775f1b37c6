// Issue point 3: servers, as a user with a mouse meets them.
#include <gtest/gtest.h>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

TEST(ServerPanel, OffersALoopbackServerToBeginWith) {
    UiDriver ui;
    EXPECT_TRUE(ui.sees("Not started"));
    ui.click("Start");
    const auto wish = ui.take<session::StartServerIntent>();
    EXPECT_EQ(wish.name, "127.0.0.1:9000");
    EXPECT_EQ(net::bytes::to_text(wish.config.address.address), "127.0.0.1:9000");
    EXPECT_EQ(wish.config.backlog, 128);
    EXPECT_EQ(wish.config.most_clients, 0U);
    EXPECT_FALSE(wish.config.echoes);
}

TEST(ServerPanel, AsksForWhatTheFieldsSay) {
    UiDriver ui;
    ui.fill("Address", "::1");
    ui.fill("Port", "4321");
    ui.fill("Backlog", "7");
    ui.fill("Most clients", "3");
    ui.click("Echo back what arrives");
    ui.click("Start");
    const auto wish = ui.take<session::StartServerIntent>();
    EXPECT_EQ(wish.name, "[::1]:4321");
    EXPECT_EQ(net::bytes::to_text(wish.config.address.address), "[::1]:4321");
    EXPECT_EQ(wish.config.backlog, 7);
    EXPECT_EQ(wish.config.most_clients, 3U);
    EXPECT_TRUE(wish.config.echoes);
}

TEST(ServerPanel, OneButtonSaysWhatItWillDo) {
    UiDriver ui;
    ui.click("Start");
    EXPECT_FALSE(ui.has("Start"));
    ASSERT_TRUE(ui.has("Stop"));
    const EndpointId id = ui.facts.endpoints().front();
    ui.fold(channel::ServerListening{.endpoint = id,
                                     .local = *net::bytes::parse_ip("127.0.0.1", 9000)});
    ui.connect(id, 50001);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Listening, 1 client"));
    EXPECT_TRUE(ui.sees("on 127.0.0.1:9000"));
    ui.asked.clear();
    ui.click("Stop");
    EXPECT_EQ(ui.take<session::StopEndpointIntent>().endpoint, id);
    EXPECT_FALSE(ui.is_enabled("Stopping ..."));
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.frames(3);
    EXPECT_TRUE(ui.has("Start"));
    EXPECT_TRUE(ui.sees("Stopped"));
}

TEST(ServerPanel, ABadPortIsSaidInWordsAndCannotBeStarted) {
    UiDriver ui;
    ui.fill("Port", "99999");
    EXPECT_TRUE(ui.sees("\"99999\" is not a port")) << ui.screen();
    EXPECT_FALSE(ui.is_enabled("Start"));
    ui.click("Start");
    EXPECT_TRUE(ui.asked.empty());
    ui.hover("Start");
    EXPECT_TRUE(ui.sees("The port is not right yet"));
    ui.fill("Port", "");
    EXPECT_TRUE(ui.sees("the port is missing"));
    EXPECT_FALSE(ui.is_enabled("Start"));
    ui.fill("Port", "9001");
    EXPECT_TRUE(ui.is_enabled("Start"));
}

TEST(ServerPanel, ABadAddressIsSaidInWordsAndCannotBeStarted) {
    UiDriver ui;
    for (const char* bad : {"300.1.2.3", "", "127.1", "exa mple", "1.2.3.4.5", "fe80::zz"}) {
        ui.fill("Address", bad);
        EXPECT_FALSE(ui.is_enabled("Start")) << bad;
        EXPECT_TRUE(ui.sees("accepted") || ui.sees("write ") || ui.sees(" is not an "))
            << bad << "\n"
            << ui.screen();
    }
    ui.fill("Address", "localhost");
    EXPECT_TRUE(ui.is_enabled("Start"));
}

TEST(ServerPanel, BadNumbersAreSaidInWords) {
    UiDriver ui;
    ui.fill("Backlog", "0");
    EXPECT_FALSE(ui.is_enabled("Start"));
    EXPECT_TRUE(ui.sees("1 to 1,000,000 is accepted"));
    ui.fill("Backlog", "128");
    ui.fill("Most clients", "-1");
    EXPECT_FALSE(ui.is_enabled("Start"));
    ui.fill("Most clients", "99999999999999999999999");
    EXPECT_FALSE(ui.is_enabled("Start"));
    ui.fill("Most clients", "0");
    EXPECT_TRUE(ui.is_enabled("Start"));
}

TEST(ServerPanel, AFailureIsShownInTheCardAndTheLogAndItCanBeStartedAgain) {
    UiDriver ui;
    ui.click("Start");
    const EndpointId first = ui.facts.endpoints().front();
    ui.fold(channel::Failed{channel::make_failure(channel::Operation::kListen, first,
                                                  "127.0.0.1:9000", 98, ui.info.now_ns)});
    ui.fold(channel::EndpointStopped{.endpoint = first});
    ui.frames(4);
    EXPECT_TRUE(ui.sees("Could not listen"));
    const std::string screen = ui.screen();
    const std::size_t in_card = screen.find("address already in use");
    ASSERT_NE(in_card, std::string::npos);
    EXPECT_NE(screen.find("address already in use", in_card + 1), std::string::npos)
        << "in the card and in the log";
    ui.asked.clear();
    ui.fill("Port", "9005");
    ui.click("Start");
    const auto wish = ui.take<session::StartServerIntent>();
    EXPECT_EQ(wish.replaces, first);
    EXPECT_EQ(wish.name, "127.0.0.1:9005");
    EXPECT_EQ(ui.facts.endpoints().size(), 1U);
    EXPECT_FALSE(ui.sees("Could not listen"));
}

TEST(ServerPanel, SaysBeforeAndAfterThatOtherMachinesCanConnect) {
    UiDriver ui;
    const char* words = "Other machines can connect to this server.";
    EXPECT_FALSE(ui.sees(words));
    for (const char* wide : {"*", "0.0.0.0", "::", "192.0.2.1"}) {
        ui.fill("Address", wide);
        EXPECT_TRUE(ui.sees(words)) << wide;
    }
    for (const char* narrow : {"127.0.0.1", "127.9.9.9", "::1", "localhost", "::ffff:127.0.0.1"}) {
        ui.fill("Address", narrow);
        EXPECT_FALSE(ui.sees(words)) << narrow;
    }
    ui.fill("Address", "*");
    ui.click("Start");
    ui.fold(channel::ServerListening{.endpoint = ui.facts.endpoints().front(),
                                     .local = *net::bytes::parse_ip("0.0.0.0", 9000)});
    ui.frames(3);
    EXPECT_TRUE(ui.sees(words));
    EXPECT_TRUE(ui.sees("on 0.0.0.0:9000"));
}

TEST(ServerPanel, PortZeroShowsThePortThatTheSystemChose) {
    UiDriver ui;
    ui.fill("Port", "0");
    ui.click("Start");
    EXPECT_EQ(ui.take<session::StartServerIntent>().config.address.address.port, 0);
    ui.fold(channel::ServerListening{.endpoint = ui.facts.endpoints().front(),
                                     .local = *net::bytes::parse_ip("127.0.0.1", 40123)});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("on 127.0.0.1:40123"));
}

TEST(ServerPanel, FieldsCannotBeChangedWhileItRuns) {
    UiDriver ui;
    ui.click("Start");
    ui.click("Port");
    ui.type("1");
    EXPECT_EQ(ui.state().servers.cards.front().port, "9000");
    EXPECT_FALSE(ui.is_enabled("Echo back what arrives"));
}

TEST(ServerPanel, AFieldInFocusKeepsItsOwnTextWhenItMayBeEditedAgain) {
    UiDriver ui;
    ui.fill("Send text", "something else");
    ui.press(ImGuiKey_F5);
    const EndpointId id = ui.facts.endpoints().front();
    ui.fold(channel::ServerListening{.endpoint = id,
                                     .local = *net::bytes::parse_ip("127.0.0.1", 9000)});
    ui.frames(4);
    ui.click("Address");
    ui.press(ImGuiKey_Tab);
    ASSERT_EQ(ui.focused(), "##Port");
    ui.press(ImGuiKey_F5);
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.frames(4);
    EXPECT_EQ(ui.state().servers.cards.front().host, "127.0.0.1");
    EXPECT_EQ(ui.state().servers.cards.front().port, "9000");
    ui.press(ImGuiKey_End);
    ui.type("1");
    EXPECT_EQ(ui.state().servers.cards.front().port, "90001");
}

TEST(ServerPanel, OneThatIsAddedIsInSight) {
    UiDriver ui({1280, 620});
    for (int i = 0; i < 4; ++i) {
        ui.click("+ Add server");
        EXPECT_TRUE(ui.sees(std::to_string(9001 + i))) << ui.screen();
        ui.wheel("Address", 100);  // back to the button
    }
}

TEST(ServerPanel, SeveralServersAtOnce) {
    UiDriver ui({1280, 1000});
    ui.click("Start");
    ui.click("+ Add server");
    ASSERT_EQ(ui.count("Port"), 3);  // two servers, one client
    EXPECT_EQ(ui.state().servers.cards[1].port, "9001");
    ui.asked.clear();
    ui.click("Start");
    EXPECT_EQ(ui.take<session::StartServerIntent>().name, "127.0.0.1:9001");
    EXPECT_EQ(ui.facts.endpoints().size(), 2U);
    EXPECT_EQ(ui.count("Stop"), 2);
    EXPECT_FALSE(ui.has("Remove")) << "one that runs cannot be removed";
}

TEST(ServerPanel, AStoppedOneCanBeRemovedAndOneCardAlwaysStays) {
    UiDriver ui;
    ui.click("Start");
    const EndpointId id = ui.facts.endpoints().front();
    ui.click("Stop");
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.frames(3);
    ui.asked.clear();
    ui.click("Remove");
    EXPECT_EQ(ui.take<session::RemoveEndpointIntent>().endpoint, id);
    EXPECT_TRUE(ui.facts.endpoints().empty());
    EXPECT_EQ(ui.count("Start"), 1);
    EXPECT_FALSE(ui.has("Remove"));
}

TEST(ServerPanel, AServerStartedElsewhereGetsACardWithItsSettings) {
    UiDriver ui;
    session::Intents intents;
    channel::ServerConfig config;
    config.address.address = *net::bytes::parse_ip("127.0.0.2", 7777);
    config.backlog = 5;
    config.most_clients = 9;
    config.echoes = true;
    intents.emplace_back(session::StartServerIntent{.name = "127.0.0.2:7777", .config = config});
    ui.facts.apply(std::move(intents), ui.info.now_ns);
    ui.frames(3);
    ASSERT_EQ(ui.state().servers.cards.size(), 1U) << "the untouched first card makes room";
    const auto& card = ui.state().servers.cards.front();
    EXPECT_EQ(card.host, "127.0.0.2");
    EXPECT_EQ(card.port, "7777");
    EXPECT_EQ(card.backlog, "5");
    EXPECT_EQ(card.most_clients, "9");
    EXPECT_TRUE(card.echoes);
    EXPECT_TRUE(ui.has("Stop"));
}

TEST(ServerPanel, ByKeyboardAlone) {
    UiDriver ui;
    ui.press(ImGuiMod_Shift | ImGuiKey_F6);
    for (int i = 0; i < 6 && ui.focused() != "##Address"; ++i)
        ui.press(ImGuiKey_F6);
    ASSERT_EQ(ui.focused(), "##Address");
    ui.press(ImGuiKey_Tab);
    ASSERT_EQ(ui.focused(), "##Port");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_A);
    ui.type("9100");
    for (int i = 0; i < 6 && ui.focused() != "Start"; ++i)
        ui.press(ImGuiKey_Tab);
    ASSERT_EQ(ui.focused(), "Start");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take<session::StartServerIntent>().name, "127.0.0.1:9100");
}

TEST(ServerPanel, F5StartsAndStops) {
    UiDriver ui;
    ui.press(ImGuiKey_F5);
    ui.take<session::StartServerIntent>();
    ui.press(ImGuiKey_F5);
    ui.take<session::StopEndpointIntent>();
}

TEST(ServerPanel, ARestartKeepsWhatHasNoField) {
    UiDriver ui;
    session::Intents intents;
    channel::ServerConfig config;
    config.address.address = *net::bytes::parse_ip("127.0.0.1", 7777);
    config.most_clients = 9;
    config.keeps_half_open = true;
    config.greeting = {'h', 'i'};
    intents.emplace_back(session::StartServerIntent{.name = "127.0.0.1:7777", .config = config});
    ui.facts.apply(std::move(intents), ui.info.now_ns);
    ui.fold(channel::EndpointStopped{.endpoint = ui.facts.endpoints().front()});
    ui.frames(3);
    ui.fill("Most clients", "");
    ui.click("Start");
    const auto wish = ui.take<session::StartServerIntent>();
    EXPECT_EQ(wish.config.greeting, config.greeting);
    EXPECT_TRUE(wish.config.keeps_half_open);
    EXPECT_EQ(wish.config.most_clients, 0U) << "the fields win";
}

TEST(ServerPanel, AnOldTroubleIsNotShownOnceItWasStoppedInOrder) {
    UiDriver ui;
    const EndpointId id = ui.start_server("127.0.0.1:9000");
    auto failure = channel::make_failure(channel::Operation::kAccept, id, "127.0.0.1:9000", 24,
                                         ui.info.now_ns);
    failure.is_final = false;
    ui.fold(channel::Failed{failure});
    ui.fold(channel::EndpointStopped{.endpoint = id});
    ui.click("Collapse");
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Stopped"));
    ASSERT_FALSE(ui.facts.endpoint(id)->last_failure.empty());
    EXPECT_FALSE(ui.sees("too many open files")) << ui.screen();
}

}  // namespace
}  // namespace tests::ui
