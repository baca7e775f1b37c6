// What peers, names and error texts may contain. A failed assertion of ImGui aborts the test.
#include <gtest/gtest.h>
#include <random>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> texts{"%n%s%n%s%x%p%*d",
                                                std::string("\0begins with NUL", 16),
                                                "##",
                                                "###",
                                                "a##b",
                                                "a###b",
                                                "\xff\xfe\xfd",
                                                "\xc0\x80\xed\xa0\x80",
                                                "\xf4\x90\x80\x80",
                                                "line\nbreak\r\ttab",
                                                "\x1b[31mred\x1b[0m",
                                                "\xe2\x80\xae"
                                                "override",
                                                std::string(1 << 20, 'x'),
                                                std::string(1 << 16, '\xf0'),
                                                "",
                                                " ",
                                                "\x7f\x01\x02",
                                                "\xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80"};
    return texts;
}

TEST(HostileText, BytesOfAnyKindAreDrawn) {
    UiDriver ui;
    const ConnectionId one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    for (const std::string& text : hostile_texts()) {
        if (!text.empty()) ui.bytes(one, Direction::kReceived, text);
        if (!text.empty()) ui.bytes(one, Direction::kSent, text);
        ui.frames(2);
        ui.screen();
    }
    ui.click("Bytes");
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Home);
    EXPECT_FALSE(ui.row("%n%s%n%s").empty());
    EXPECT_FALSE(ui.row("00 62 65 67").empty()) << "what begins with NUL is not dropped";
    EXPECT_FALSE(ui.row("23 23 23").empty());
}

TEST(HostileText, RandomBytesAreDrawn) {
    std::mt19937 random(7);
    UiDriver ui;
    const ConnectionId one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    for (int i = 0; i < 200; ++i) {
        std::string bytes(random() % 200 + 1, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        ui.bytes(one, random() % 2 == 0 ? Direction::kReceived : Direction::kSent, bytes);
        ui.frames(1);
    }
}

TEST(HostileText, AnEmptyDatagramHasARow) {
    UiDriver ui;
    const ConnectionId one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.fold(channel::Recorded{
        .connection = one, .time_ns = ui.info.now_ns, .offset = 0, .size = 0, .file = ui.file()});
    ui.frames(3);
    EXPECT_FALSE(ui.row("recv").empty());
}

TEST(HostileText, NamesAndFailuresOfAnyKindAreDrawn) {
    for (const bool is_live : {true, false}) {
        UiDriver ui;
        ui.fold(channel::CaptureOpened{
            .file = ui.file(), .path = hostile_texts()[0] + "/\xff##\n", .is_live = is_live});
        std::uint64_t id = 100;
        for (const std::string& text : hostile_texts()) {
            for (const auto kind :
                 {channel::EndpointKind::kServer, channel::EndpointKind::kClient}) {
                const EndpointId endpoint{id++};
                ui.fold(channel::EndpointAdded{.endpoint = endpoint, .kind = kind, .name = text});
                channel::Failure failure;
                failure.endpoint = endpoint;
                failure.message = text;
                ui.fold(channel::Failed{failure});
                ui.facts.log(session::Severity::kError, text, ui.info.now_ns);
                ui.connect(endpoint, 50001);
                ui.frames(1);
            }
        }
        ui.frames(4);
        ui.screen();
        ui.fill("Filter", "##%s");
        if (is_live) {
            ui.click("Target");
            ui.frames(4);
        }
    }
}

TEST(HostileText, WhatIsTypedIsNeverALabel) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    for (const char* text : {"%s%n", "##x", "###y", "\\x00", "\xf0\x9f\x98\x80"}) {
        ui.fill("Send text", text);
        ui.fill("Filter", text);
        ui.frames(2);
        ui.screen();
    }
    ui.fill("Host", "%s##");
    EXPECT_FALSE(ui.is_enabled("Connect"));
}

}  // namespace
}  // namespace tests::ui
