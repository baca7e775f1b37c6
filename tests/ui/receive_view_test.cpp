// Issue point 6: the bytes.
#include "app/ui/hex_rows.h"

#include <array>
#include <cstdio>
#include <gtest/gtest.h>
#include <random>
#include <set>

#include "tests/ui/scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;

std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0) hex += i == 8 ? "  " : " ";
        std::array<char, 3> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x", static_cast<unsigned char>(bytes[i]));
        hex += digits.data();
    }
    return hex;
}

class ReceiveView : public testing::Test {
  protected:
    UiDriver ui;
    EndpointId server{};
    ConnectionId one{};
    ConnectionId two{};
    void SetUp() override {
        server = ui.start_server("127.0.0.1:9000");
        one = ui.connect(server, 50001);
        two = ui.connect(server, 50002);
        ui.frames(3);
    }
    app::ui::Sheet& all() { return ui.state().bytes.sheet; }
    // The keyboard is the sheet's, and it has no cursor.
    void focus() {
        ui.click("Bytes");
        ui.press(ImGuiKey_Escape);
    }
};

TEST_F(ReceiveView, ShowsEveryByteValueAsTheFileHasIt) {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    ui.state().layout.send_height = 108;
    ui.resize({1280, 1000});
    ui.bytes(one, Direction::kReceived, bytes);
    ui.frames(3);
    const std::string screen = ui.screen();
    for (std::size_t row = 0; row < 16; ++row) {
        std::array<char, 9> offset{};
        std::snprintf(offset.data(), offset.size(), "%08zx", row * 16);
        const std::string wanted =
            std::string(offset.data()) + " " + hex_of(std::string_view(bytes).substr(row * 16, 16));
        EXPECT_NE(screen.find(wanted), std::string::npos) << wanted;
    }
    EXPECT_NE(screen.find("0123456789:;<=>?"), std::string::npos);
    EXPECT_NE(screen.find("................"), std::string::npos);
}

TEST_F(ReceiveView, SaysOfEachReadWhenWhichWayAndWhose) {
    ui.bytes(one, Direction::kReceived, "ping");
    ui.bytes(two, Direction::kSent, "pong");
    ui.frames(3);
    const std::string ping = ui.row("ping");
    EXPECT_NE(ping.find("14:02:33."), std::string::npos) << ping;
    EXPECT_NE(ping.find("recv"), std::string::npos);
    EXPECT_NE(ping.find("#1"), std::string::npos);
    const std::string pong = ui.row("pong");
    EXPECT_NE(pong.find("sent"), std::string::npos) << pong;
    EXPECT_NE(pong.find("#2"), std::string::npos);
}

TEST_F(ReceiveView, OffsetsCountEachDirectionOfEachConnectionAlone) {
    ui.bytes(one, Direction::kReceived, "aaaaa");
    ui.bytes(one, Direction::kSent, "bbb");
    ui.bytes(two, Direction::kReceived, "ccccccc");
    ui.bytes(one, Direction::kReceived, "ddddd");
    ui.frames(3);
    EXPECT_NE(ui.row("61 61 61").find("00000000"), std::string::npos);
    EXPECT_NE(ui.row("62 62 62").find("00000000"), std::string::npos);
    EXPECT_NE(ui.row("63 63 63").find("00000000"), std::string::npos);
    EXPECT_NE(ui.row("64 64 64").find("00000005"), std::string::npos);
}

TEST_F(ReceiveView, EachReadBeginsARowOfItsOwn) {
    ui.bytes(one, Direction::kReceived, "abc");
    ui.bytes(one, Direction::kReceived, "def");
    ui.frames(3);
    EXPECT_NE(ui.row("61 62 63"), ui.row("64 65 66"));
    EXPECT_EQ(all().rows().row_count(), 2U);
}

TEST_F(ReceiveView, ShowsTheSelectedConnectionOrAllInterleaved) {
    ui.bytes(one, Direction::kReceived, "first");
    ui.bytes(two, Direction::kReceived, "second");
    ui.frames(3);
    EXPECT_TRUE(ui.sees("All connections, interleaved"));
    EXPECT_FALSE(ui.row("second").empty());
    ui.click("row", 0);
    EXPECT_TRUE(ui.sees("#1  127.0.0.1:50001"));
    EXPECT_FALSE(ui.row("first").empty());
    EXPECT_TRUE(ui.row("second").empty());
    ui.click("All", 0);
    EXPECT_FALSE(ui.row("second").empty());
    ui.click("Selected");
    EXPECT_TRUE(ui.row("second").empty());
}

TEST_F(ReceiveView, FollowsTheTailUntilTheUserScrollsUp) {
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "line");
    ui.frames(3);
    EXPECT_FALSE(ui.has("Jump to newest"));
    EXPECT_TRUE(ui.sees("following"));
    ui.bytes(one, Direction::kReceived, "NEWEST");
    ui.frames(2);
    EXPECT_FALSE(ui.row("NEWEST").empty());
    ui.wheel("Bytes", 2);
    EXPECT_TRUE(ui.sees("scrolled up"));
    EXPECT_TRUE(ui.row("NEWEST").empty());
    const std::uint64_t stood = all().scroll.first_row;
    for (int i = 0; i < 7; ++i)
        ui.bytes(one, Direction::kReceived, "later");
    ui.frames(3);
    EXPECT_EQ(all().scroll.first_row, stood) << "the place is kept while more arrives";
    EXPECT_TRUE(ui.sees("\xE2\x86\x93 35 B new")) << ui.screen();
    ui.click("Jump to newest");
    EXPECT_FALSE(ui.row("later").empty());
    EXPECT_TRUE(ui.sees("following"));
}

TEST_F(ReceiveView, WhereAllIsInSightNobodyIsToldThatHeHasScrolledUp) {
    ui.bytes(one, Direction::kReceived, "one line");
    ui.frames(3);
    all().scroll.follows_tail = false;
    ui.frames(1);
    EXPECT_TRUE(ui.sees("all in sight")) << ui.screen();
    EXPECT_FALSE(ui.sees("scrolled up"));
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "line");
    ui.frames(3);
    EXPECT_TRUE(ui.sees("scrolled up"));
}

TEST_F(ReceiveView, ScrollingDownToTheEndFollowsAgain) {
    for (int i = 0; i < 100; ++i)
        ui.bytes(one, Direction::kReceived, "line");
    ui.frames(3);
    ui.wheel("Bytes", 1);
    ASSERT_FALSE(all().scroll.follows_tail);
    ui.wheel("Bytes", -1);
    EXPECT_TRUE(all().scroll.follows_tail);
}

TEST_F(ReceiveView, KeysScrollWhenItHasTheFocus) {
    for (int i = 0; i < 200; ++i)
        ui.bytes(one, Direction::kReceived, "line");
    ui.frames(3);
    const std::uint64_t last = all().scroll.first_row;
    focus();
    ui.press(ImGuiKey_UpArrow);
    EXPECT_EQ(all().scroll.first_row, last - 1);
    ui.press(ImGuiKey_DownArrow);
    EXPECT_EQ(all().scroll.first_row, last);
    ui.press(ImGuiKey_Home);
    EXPECT_EQ(all().scroll.first_row, 0U);
    ui.press(ImGuiKey_PageDown);
    EXPECT_GT(all().scroll.first_row, 3U);
    ui.press(ImGuiKey_PageUp);
    EXPECT_EQ(all().scroll.first_row, 0U);
    ui.press(ImGuiKey_End);
    EXPECT_EQ(all().scroll.first_row, last);
    EXPECT_EQ(ui.focused(), "##Bytes") << "the arrows never left for another widget";
}

TEST_F(ReceiveView, SaysWhatToDoWhileThereIsNothing) {
    EXPECT_TRUE(ui.sees("Nothing has been received or sent yet."));
    ui.click("row", 0);
    EXPECT_TRUE(ui.sees("Nothing on this connection yet."));
}

TEST_F(ReceiveView, BytesThatCannotBeReadAreSaidSo) {
    ui.fold(channel::Recorded{.connection = one,
                              .time_ns = ui.info.now_ns,
                              .offset = 1 << 20,
                              .size = 32,
                              .file = ui.file()});
    ui.fold(channel::Recorded{.connection = one,
                              .time_ns = ui.info.now_ns,
                              .offset = 0,
                              .size = 32,
                              .file = channel::FileId{77}});
    ui.frames(3);
    EXPECT_TRUE(ui.sees("cannot be read: the capture file has been cut short")) << ui.screen();
    EXPECT_TRUE(ui.sees("cannot be read: bad file descriptor")) << ui.screen();
}

TEST_F(ReceiveView, AGapIsARowOfWordsAndMovesTheOffsetsOn) {
    ui.bytes(one, Direction::kReceived, "before");
    ui.fold(
        channel::StreamGap{.connection = one, .bytes = 1234, .direction = Direction::kReceived});
    ui.bytes(one, Direction::kReceived, "after");
    ui.frames(3);
    const std::string gap = ui.row("1,234 bytes missing: not captured");
    EXPECT_NE(gap.find("00000006"), std::string::npos) << gap;
    EXPECT_NE(ui.row(hex_of("after")).find("000004d8"), std::string::npos) << "6 + 1234";
    EXPECT_TRUE(ui.row("00 00").empty()) << "nothing that looks like data";
}

TEST_F(ReceiveView, WhatCameBeforeThisCaptureIsSaidSo) {
    const ConnectionId old{77};
    ui.fold(channel::ConnectionOpened{.connection = old,
                                      .endpoint = server,
                                      .local = *net::bytes::parse_ip("127.0.0.1", 9000),
                                      .peer = *net::bytes::parse_ip("127.0.0.1", 50077),
                                      .is_continued = true});
    ui.fold(channel::StreamGap{.connection = old,
                               .bytes = 99,
                               .direction = Direction::kSent,
                               .cause = channel::GapCause::kEarlierFile});
    ui.frames(3);
    EXPECT_FALSE(ui.row("99 bytes before this are not in this capture").empty());
}

TEST_F(ReceiveView, WhatTheRingHasDroppedIsNotZeros) {
    ui.bytes(one, Direction::kReceived, "kept no longer");
    ui.files.release(ui.file());
    ui.frames(3);
    EXPECT_FALSE(ui.row("no longer kept: the ring has deleted the file").empty());
    EXPECT_TRUE(ui.row("00 00").empty());
    EXPECT_TRUE(ui.row("cannot be read").empty()) << "it is no failure";
}

TEST_F(ReceiveView, WhatFollowsAStretchThatIsGoneIsShown) {
    ui.bytes(one, Direction::kReceived, "sixteen bytes A!");
    // Of a file of its own, that is dropped.
    ui.fold(channel::Recorded{.connection = one,
                              .time_ns = ui.info.now_ns,
                              .offset = 0,
                              .size = 32,
                              .file = channel::FileId{77}});
    ui.bytes(one, Direction::kReceived, "sixteen bytes B!");
    ui.bytes(one, Direction::kReceived, "sixteen caf\xC3\xA9s C");
    session::ViewSettings view = ui.view_settings();
    view.is_merged = true;
    ui.set_view(view);
    ASSERT_EQ(all().rows().item_count(), 1U) << "one stretch";
    EXPECT_FALSE(ui.row("sixteen bytes A!").empty()) << ui.screen();
    EXPECT_FALSE(ui.row("cannot be read").empty());
    EXPECT_NE(ui.row("sixteen bytes B!").find("00000030"), std::string::npos) << ui.screen();
    EXPECT_FALSE(ui.row("sixteen caf\xC3\xA9").empty());
}

TEST_F(ReceiveView, AClearedConnectionsBytesStayInTheInterleavedView) {
    ui.bytes(one, Direction::kReceived, "remember");
    ui.close(one, channel::CloseReason::kEndOfStream);
    ui.frames(3);
    ui.click("Clear closed");
    EXPECT_FALSE(ui.row("remember").empty());
}

// ---- More rows than a float can count ----

class HugeReceiveView : public ReceiveView {
  protected:
    static constexpr std::uint32_t kReadBytes =
        (1U << 30U) - 16;  // what an entry of the index can hold
    static constexpr int kReads = 24;
    void SetUp() override {
        ReceiveView::SetUp();
        std::uint64_t offset = 0;
        for (int i = 0; i < kReads; ++i) {
            ui.sparse_bytes(one, Direction::kReceived, offset, kReadBytes);
            offset += kReadBytes;
        }
        ui.write_file(0, "THE FIRST BYTES.");
        ui.write_file(offset - 16, "THE LAST 16 BYTE");
        ui.frames(4);
    }
};

TEST_F(HugeReceiveView, FirstAndLastRowAreReachedByKeys) {
    ASSERT_GT(all().rows().row_count(), 1'000'000'000U);
    EXPECT_FALSE(ui.row("THE LAST 16 BYTE").empty()) << ui.screen();
    focus();
    ui.press(ImGuiKey_Home);
    EXPECT_FALSE(ui.row("THE FIRST BYTES.").empty());
    ui.press(ImGuiKey_End);
    EXPECT_FALSE(ui.row("THE LAST 16 BYTE").empty());
}

TEST_F(HugeReceiveView, FirstAndLastRowAreReachedByTheScrollbar) {
    const Item bar = *ui.find("Bytes scrollbar");
    const float x = bar.rect.GetCenter().x;
    ui.drag({x, bar.rect.Max.y - 3}, {x, bar.rect.Min.y - 50});
    EXPECT_EQ(all().scroll.first_row, 0U);
    EXPECT_FALSE(ui.row("THE FIRST BYTES.").empty());
    ui.drag({x, bar.rect.Min.y + 3}, {x, bar.rect.Max.y + 50});
    EXPECT_TRUE(all().scroll.follows_tail);
    EXPECT_FALSE(ui.row("THE LAST 16 BYTE").empty());
}

TEST_F(HugeReceiveView, AHundredStepsAtTheFarEndAreAHundredRows) {
    focus();
    const std::uint64_t last = all().scroll.first_row;
    std::set<std::string> offsets;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        ui.press(ImGuiKey_UpArrow);
        ASSERT_EQ(all().scroll.first_row, last - i);
        const std::string row = ui.row("recv");  // the topmost
        offsets.insert(row);
    }
    EXPECT_EQ(offsets.size(), 100U) << "and each shows another offset";
}

TEST_F(HugeReceiveView, HoldingTheScrollbarStillMovesNothing) {
    focus();
    for (int i = 0; i < 5; ++i)
        ui.press(ImGuiKey_PageUp);
    const std::uint64_t stood = all().scroll.first_row;
    const Item bar = *ui.find("Bytes scrollbar");
    const ImVec2 at{bar.rect.GetCenter().x, bar.rect.Max.y - 4};
    ui.click_at(at);
    EXPECT_EQ(all().scroll.first_row, stood);
}

TEST_F(HugeReceiveView, OffsetsKeepAllTheirDigits) {
    const std::string row = ui.row("THE LAST 16 BYTE");
    std::array<char, 17> offset{};
    std::snprintf(offset.data(), offset.size(), "%llx",
                  static_cast<unsigned long long>(std::uint64_t{kReads} * kReadBytes - 16));
    EXPECT_NE(row.find(offset.data()), std::string::npos) << row << " lacks " << offset.data();
}

// ---- Random captures against the obvious model ----

TEST(ReceiveViewModel, WhatStandsOnTheScreenIsWhatTheModelSays) {
    std::mt19937 random(20250131);
    UiDriver ui({1280, 900});
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    const std::array<ConnectionId, 3> connections{ui.connect(server, 1), ui.connect(server, 2),
                                                  ui.connect(server, 3)};
    struct ModelRow {
        std::string offset;
        std::string hex;
    };
    std::vector<ModelRow> model;
    std::array<std::array<std::uint64_t, 2>, 3> stream{};
    for (int read = 0; read < 300; ++read) {
        const std::size_t whose = random() % 3;
        const std::size_t way = random() % 2;
        std::string bytes(random() % 70 + 1, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        ui.bytes(connections[whose], way == 0 ? Direction::kReceived : Direction::kSent, bytes);
        for (std::size_t at = 0; at < bytes.size(); at += 16) {
            const std::string part = bytes.substr(at, 16);
            model.push_back({std::string(app::ui::format_offset(stream[whose][way] + at).view()),
                             hex_of(part)});
        }
        stream[whose][way] += bytes.size();
    }
    ui.frames(3);
    app::ui::Sheet& sheet = ui.state().bytes.sheet;
    ASSERT_EQ(sheet.rows().row_count(), model.size());
    for (int probe = 0; probe < 60; ++probe) {
        const std::uint64_t first = random() % (model.size() - 20);
        sheet.scroll.move_to(first, model.size(), 10);
        const std::string screen = ui.screen();
        std::size_t at = screen.find("Offset");
        for (std::uint64_t row = first; row < first + 8; ++row) {
            const std::string wanted = model[row].offset + " " + model[row].hex;
            at = screen.find(wanted, at);
            ASSERT_NE(at, std::string::npos) << "row " << row << ": " << wanted;
        }
    }
}

// Filter with a chip, go to, search with an error under it, and the panels beside.
TEST(LowWindow, WithEveryBarOpenTheBytesKeepRowsAndTheirStatusLine) {
    UiDriver ui({900, 600});
    busy_scene(ui);
    app::ui::ReceiveView& bytes = ui.state().bytes;
    bytes.filter.is_open = true;
    bytes.filter.size = "> 0";
    bytes.go_to.open();
    bytes.search.pattern.kind = net::capture::PatternKind::kHex;
    bytes.search.pattern.text = "zz";
    session::ViewSettings view = ui.view_settings();
    view.has_side = true;
    ui.set_view(view);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_F);
    ui.frames(6);
    ASSERT_TRUE(ui.has("Bytes")) << "there are rows";
    EXPECT_GE(ui.find("Bytes")->rect.GetHeight(), 3 * bytes.row_height);
    EXPECT_FALSE(ui.row("interleaved").empty()) << ui.screen();
    EXPECT_TRUE(ui.sees("following"));
    EXPECT_TRUE(ui.has("Inspector"));
    EXPECT_NE(ui.focused().find("Search for"), std::string::npos) << ui.focused();
    EXPECT_TRUE(ui.has("Search for")) << "what has the keyboard is scrolled to";
}

}  // namespace
}  // namespace tests::ui
