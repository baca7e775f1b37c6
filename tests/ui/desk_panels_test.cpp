// Export, earlier captures, settings: what they say and what they ask for.
#include <gtest/gtest.h>

#include "tests/ui/desk_scenes.h"

namespace tests::ui {
namespace {

using session::ByteText;
using session::ExportFormat;
using session::ExportWish;

// ---- Export ----

ExportWish export_to(UiDriver& ui, const char* name) {
    ui.click("Choose a file ...");
    answer_listing(ui, "", "/out", {});
    ui.fill("Name", name);
    ui.wished.clear();
    ui.click("Export");
    return ui.take_wish<ExportWish>();
}

TEST(Export, OfEverythingInBothDirections) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    const ExportWish wish = export_to(ui, "all");
    EXPECT_EQ(wish.path, "/out/all.bin");
    EXPECT_EQ(wish.id, session::DocumentId{1});
    EXPECT_TRUE(wish.connections.empty());
    EXPECT_TRUE(wish.wants_received && wish.wants_sent);
    EXPECT_EQ(wish.format, ExportFormat::kRaw);
}

TEST(Export, OfTheSelectedOnesAsText) {
    UiDriver ui;
    const EndpointId server = ui.start_server("127.0.0.1:9000");
    ui.connect(server, 50001);
    const ConnectionId two = ui.connect(server, 50002);
    ui.frames(3);
    ui.click("row", 1);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    EXPECT_TRUE(ui.sees("Selected (1)"));
    ui.click("CSV");
    ui.click("Base64");
    ui.click("Sent", 1);  // the first is the table's heading
    const ExportWish wish = export_to(ui, "some");
    EXPECT_EQ(wish.connections, std::vector<ConnectionId>{two});
    EXPECT_EQ(wish.format, ExportFormat::kCsv);
    EXPECT_EQ(wish.byte_text, ByteText::kBase64);
    EXPECT_TRUE(wish.wants_received);
    EXPECT_FALSE(wish.wants_sent);
    EXPECT_EQ(wish.path, "/out/some.csv");
}

TEST(Export, EachFormatHasItsMeaningAndExtension) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    for (const auto& [label, extension] : std::vector<std::pair<const char*, const char*>>{
             {"Hex dump", "txt"}, {"JSON Lines", "jsonl"}, {"CSV", "csv"}, {"Raw bytes", "bin"}}) {
        ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
        ui.click(label);
        EXPECT_EQ(export_to(ui, "x").path, std::string("/out/x.") + extension);
    }
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    ui.click("Capture", 1);  // the first is the menu
    EXPECT_EQ(export_to(ui, "x").path, "/out/x.pcapng");
}

TEST(Export, TwoFilesAreBothLookedFor) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    ui.click("Choose a file ...");
    answer_listing(ui, "", "/out", {{.name = "x.bin.sent", .bytes = 3}});
    EXPECT_TRUE(ui.sees("with .received and with .sent"));
    ui.fill("Name", "x.bin");
    ui.wished.clear();
    ui.click("Export");
    EXPECT_EQ(ui.count_wishes<ExportWish>(), 0);
    EXPECT_TRUE(ui.sees("\"x.bin.sent\" exists: 3 B"));
    ui.click("Replace");
    const auto wish = ui.take_wish<ExportWish>();
    EXPECT_EQ(wish.path, "/out/x.bin");
    EXPECT_TRUE(wish.may_overwrite);
}

TEST(Export, NothingChosenCannotGoOn) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    EXPECT_FALSE(ui.is_enabled("Choose a file ...")) << "no connections";
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.frames(3);
    EXPECT_TRUE(ui.is_enabled("Choose a file ..."));
    ui.click("Received", 1);
    ui.click("Sent", 1);
    EXPECT_FALSE(ui.is_enabled("Choose a file ..."));
    EXPECT_FALSE(ui.is_enabled("selected"));
}

// ---- Earlier captures ----

void open_left(UiDriver& ui) {
    ui.desk_facts.left = {{.path = "/state/new%s##\xff.pcapng",
                           .bytes = 1'000'000,
                           .modified_ns = 1'738'332'153'000'000'000,
                           .ended_in_order = false,
                           .left_over_bytes = 1234},
                          {.path = "/state/old.pcapng", .bytes = 10, .ended_in_order = true}};
    ui.change_desk();
    ui.click("File");
    ui.click("Earlier captures ...");
    ui.take_wish<session::LookForLeftWish>();
    ui.frames(4);
}

TEST(EarlierCaptures, AreListedWithHowTheyEnded) {
    UiDriver ui;
    open_left(ui);
    EXPECT_TRUE(ui.sees("left by a crash, 1,234 bytes left over"));
    EXPECT_TRUE(ui.sees("ended in order"));
    EXPECT_TRUE(ui.sees("2025-01-31 14:02"));
    EXPECT_TRUE(ui.sees("976.6 KiB"));
}

TEST(EarlierCaptures, OpenTheOneThatIsMeant) {
    UiDriver ui;
    open_left(ui);
    ui.click("Open", 1);
    EXPECT_EQ(ui.take_wish<session::OpenCaptureWish>().path, "/state/old.pcapng");
}

TEST(EarlierCaptures, DiscardingAsks) {
    UiDriver ui;
    open_left(ui);
    ui.click("Discard ...", 0);
    EXPECT_EQ(ui.count_wishes<session::DiscardLeftWish>(), 0);
    EXPECT_TRUE(ui.sees("It cannot be had back."));
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.count_wishes<session::DiscardLeftWish>(), 0) << "Cancel is the default";
    ui.click("Discard ...", 0);
    ui.click("Discard");
    EXPECT_EQ(ui.take_wish<session::DiscardLeftWish>().path, "/state/new%s##\xff.pcapng");
}

TEST(EarlierCaptures, TheQuestionGoesWithTheCapture) {
    UiDriver ui;
    open_left(ui);
    ui.click("Discard ...", 0);
    ui.desk_facts.left.clear();
    ui.change_desk();
    ui.frames(4);
    EXPECT_FALSE(ui.has("Discard"));
    EXPECT_TRUE(ui.sees("There are none."));
}

// ---- Settings ----

void open_settings(UiDriver& ui) {
    ui.click("Capture");
    ui.click("Settings ...");
    ui.wished.clear();
}

TEST(Settings, ShowWhatHoldsAndChangeIt) {
    UiDriver ui;
    ui.desk_facts.settings.recent = {"/a"};
    open_settings(ui);
    EXPECT_EQ(ui.desk_state().settings.least_free, "256");
    EXPECT_FALSE(ui.has("Files"));
    ui.fill("Least free space (MiB)", "100");
    ui.click("Keep only the newest files (a ring)");
    ui.fill("Files", "5");
    ui.fill("MiB each", "64");
    EXPECT_TRUE(ui.sees("At most about 320.0 MiB are kept."));
    ui.click("Apply");
    const auto wish = ui.take_wish<session::ChangeSettingsWish>();
    EXPECT_EQ(wish.settings.bounds.least_free_bytes, 100ULL << 20U);
    EXPECT_EQ(wish.settings.bounds.ring_files, 5U);
    EXPECT_EQ(wish.settings.bounds.ring_file_bytes, 64ULL << 20U);
    EXPECT_EQ(wish.settings.recent, std::vector<std::string>{"/a"}) << "the rest stays";
    EXPECT_FALSE(ui.has("Apply"));
}

TEST(Settings, WrongNumbersAreSaidInWordsAndNotApplied) {
    UiDriver ui;
    open_settings(ui);
    ui.click("Keep only the newest files (a ring)");
    ui.fill("Files", "1");
    EXPECT_TRUE(ui.sees("2 to 100,000 is accepted"));
    EXPECT_FALSE(ui.is_enabled("Apply"));
    ui.fill("Files", "2");
    for (const char* wrong : {"", "0", "-1", "1.5", "99999999999999999999", "x"}) {
        ui.fill("MiB each", wrong);
        EXPECT_FALSE(ui.is_enabled("Apply")) << wrong;
    }
    ui.click("Keep only the newest files (a ring)");
    EXPECT_TRUE(ui.is_enabled("Apply")) << "what is off cannot be wrong";
}

TEST(Settings, ARingIsShownAndSwitchedOff) {
    UiDriver ui;
    ui.desk_facts.settings.bounds = {
        .least_free_bytes = 0, .ring_files = 7, .ring_file_bytes = 3ULL << 20U};
    open_settings(ui);
    EXPECT_EQ(ui.desk_state().settings.ring_files, "7");
    EXPECT_EQ(ui.desk_state().settings.ring_size, "3");
    ui.click("Keep only the newest files (a ring)");
    ui.click("Apply");
    const auto bounds = ui.take_wish<session::ChangeSettingsWish>().settings.bounds;
    EXPECT_EQ(bounds, net::channel::CaptureBounds{.least_free_bytes = 0});
}

}  // namespace
}  // namespace tests::ui
