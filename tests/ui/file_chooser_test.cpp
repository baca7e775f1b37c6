// The file chooser by mouse and keyboard: what it asks of the listing, what it answers, what it says.
#include <gtest/gtest.h>

#include "tests/ui/desk_scenes.h"

namespace tests::ui {
namespace {

using session::ListFolderWish;
using session::OpenCaptureWish;
using session::SaveWish;

TEST(FileChooser, OpensWhatIsDoubleClicked) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    EXPECT_TRUE(ui.sees("one.pcapng"));
    EXPECT_FALSE(ui.sees("notes.txt")) << "captures only, at first";
    EXPECT_TRUE(ui.sees("1 other file not shown"));
    ui.wished.clear();
    ui.double_click("file", place_of(ui, "one.pcapng"));
    EXPECT_EQ(ui.take_wish<OpenCaptureWish>().path, "/captures/one.pcapng");
    EXPECT_FALSE(ui.has("Captures only")) << "the panel is closed";
}

TEST(FileChooser, TheListIsUsedByKeysAlone) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    EXPECT_EQ(ui.focused(), "##Files");
    ui.press(ImGuiKey_End);
    ui.press(ImGuiKey_UpArrow);
    ui.press(ImGuiKey_Home);
    ui.wished.clear();
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "/captures/sub");
    answer_listing(ui, "/captures/sub", "/captures/sub", {});
    EXPECT_TRUE(ui.sees("This folder is empty."));
    ui.press(ImGuiKey_Backspace);
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "/captures");
    answer_listing(ui, "/captures", "/captures", usual_files());
    EXPECT_EQ(ui.desk_state().chooser.cursor, place_of(ui, "sub")) << "stands on where it was";
    ui.type("two");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take_wish<OpenCaptureWish>().path, "/captures/two.pcapng");
}

TEST(FileChooser, APathIsTypedOrPasted) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    ui.wished.clear();
    ui.fill("Folder or file", "~/elsewhere/x.pcapng");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "~/elsewhere/x.pcapng");
    answer_listing(ui, "~/elsewhere/x.pcapng", "/home/me/elsewhere", {{.name = "x.pcapng"}});
    EXPECT_EQ(ui.take_wish<OpenCaptureWish>().path, "/home/me/elsewhere/x.pcapng");
}

TEST(FileChooser, AFolderThatIsTypedIsShown) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    ui.fill("Folder or file", "/tmp");
    ui.press(ImGuiKey_Enter);
    ui.wished.clear();
    answer_listing(ui, "/tmp", "/tmp", {{.name = "tmp", .is_folder = false}});
    EXPECT_EQ(ui.count_wishes<OpenCaptureWish>(), 0);
    EXPECT_EQ(ui.desk_state().chooser.folder, "/tmp");
}

TEST(FileChooser, AnErrorOfTheListingIsSaidInWords) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    ui.fill("Folder or file", "/root");
    ui.press(ImGuiKey_Enter);
    ui.desk_facts.folder =
        session::FolderContents{.asked = "/root",
                                .path = "/root",
                                .entries = {},
                                .error =
                                    "list /root: EACCES (permission denied); choose another "
                                    "folder"};
    ui.change_desk();
    ui.frames(4);
    EXPECT_TRUE(ui.sees("EACCES (permission denied)"));
    EXPECT_FALSE(ui.is_enabled("Open"));
}

TEST(FileChooser, HomeUpAndHiddenFiles) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    ui.wished.clear();
    ui.click("Home");
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "~");
    ui.click("Up");
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "/");
    EXPECT_FALSE(ui.sees(".hidden.pcapng"));
    ui.click("Hidden files");
    EXPECT_TRUE(ui.sees(".hidden.pcapng"));
    ui.click("Captures only");
    EXPECT_TRUE(ui.sees("notes.txt"));
}

TEST(FileChooser, RecentOnesAreOfferedThere) {
    UiDriver ui;
    ui.desk_facts.settings.recent = {"/old/%s##.pcapng"};
    open_chooser(ui, "/captures", usual_files());
    ui.click("Recent");
    EXPECT_TRUE(ui.sees("%s##.pcapng"));
    ui.wished.clear();
    ui.click("path", 0);
    EXPECT_EQ(ui.take_wish<OpenCaptureWish>().path, "/old/%s##.pcapng");
}

TEST(FileChooser, SavingAddsTheExtensionAndAsksBeforeItReplaces) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ASSERT_EQ(ui.focused(), "##Name");
    ui.wished.clear();
    ui.fill("Name", "fresh");
    ui.press(ImGuiKey_Enter);
    const auto fresh = ui.take_wish<SaveWish>();
    EXPECT_EQ(fresh.path, "/captures/fresh.pcapng");
    EXPECT_FALSE(fresh.may_overwrite);
    EXPECT_EQ(fresh.id, session::DocumentId{1});

    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.wished.clear();
    ui.fill("Name", "one");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.count_wishes<SaveWish>(), 0);
    EXPECT_TRUE(ui.sees("\"one.pcapng\" exists"));
    ui.click("Replace");
    const auto replaced = ui.take_wish<SaveWish>();
    EXPECT_EQ(replaced.path, "/captures/one.pcapng");
    EXPECT_TRUE(replaced.may_overwrite);
}

TEST(FileChooser, AnotherNameTakesTheQuestionBack) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.fill("Name", "one");
    ui.press(ImGuiKey_Enter);
    ASSERT_TRUE(ui.has("Replace"));
    ui.fill("Name", "other");
    EXPECT_FALSE(ui.has("Replace"));
    EXPECT_TRUE(ui.has("Save"));
}

TEST(FileChooser, ANameThatCannotBeSaysWhy) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.wished.clear();
    ui.fill("Name", "");
    ui.click("Save");
    EXPECT_TRUE(ui.sees("A name is missing."));
    ui.fill("Name", "sub");
    ui.desk_facts.folder->entries.push_back({.name = "sub.pcapng", .is_folder = true});
    ui.change_desk();
    ui.frames(2);
    ui.click("Save");
    EXPECT_TRUE(ui.sees("A folder has this name"));
    EXPECT_EQ(ui.count_wishes<SaveWish>(), 0);
}

TEST(FileChooser, AWholePathIsSavedAtOneEnter) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.wished.clear();
    ui.fill("Name", "/data/new.pcapng");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.count_wishes<SaveWish>(), 0) << "it is not known yet what is there";
    answer_listing(ui, "/data", "/data", {{.name = "x.pcapng", .bytes = 5}});
    ui.frames(2);
    const SaveWish saved = ui.take_wish<SaveWish>();
    EXPECT_EQ(saved.path, "/data/new.pcapng");
    EXPECT_FALSE(saved.may_overwrite);
}

TEST(FileChooser, ANameWithAFolderGoesThereFirst) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.wished.clear();
    ui.fill("Name", "/data/x.pcapng");
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "/data");
    answer_listing(ui, "/data", "/data", {{.name = "x.pcapng", .bytes = 5}});
    ui.frames(2);
    EXPECT_TRUE(ui.sees("\"x.pcapng\" exists: 5 B"));
    EXPECT_EQ(ui.focused(), "Cancel") << "Enter once more must not replace it";
    ui.press(ImGuiKey_Tab);
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.take_wish<SaveWish>().path, "/data/x.pcapng");
}

TEST(FileChooser, WhatIsSavedGoesToTheFolderThatStandsAbove) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.fill("Folder or file", "/data");
    ui.fill("Name", "new");
    ui.wished.clear();
    ui.click("Save");
    EXPECT_EQ(ui.count_wishes<SaveWish>(), 0) << "it is not known yet what is there";
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "/data");
    answer_listing(ui, "/data", "/data", {});
    ui.frames(2);
    EXPECT_EQ(ui.take_wish<SaveWish>().path, "/data/new.pcapng");
}

TEST(FileChooser, ASaveWaitsForTheFolderThatWasAskedFor) {
    UiDriver ui;
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures", usual_files());
    ui.fill("Name", "one");
    ui.click("Home");
    ui.wished.clear();
    ui.click("Save");
    EXPECT_EQ(ui.count_wishes<SaveWish>(), 0) << "/captures is still what is listed";
    answer_listing(ui, "~", "/home/me", {});
    ui.frames(2);
    const SaveWish saved = ui.take_wish<SaveWish>();
    EXPECT_EQ(saved.path, "/home/me/one.pcapng");
    EXPECT_FALSE(saved.may_overwrite);
}

TEST(FileChooser, EveryFileThatWouldBeReplacedIsNamed) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_E);
    ui.click("Choose a file ...");
    answer_listing(ui, "", "/captures",
                   {{.name = "x.bin.received", .bytes = 5}, {.name = "x.bin.sent", .bytes = 6}});
    ui.fill("Name", "x");
    ui.click("Export");
    EXPECT_TRUE(ui.sees("\"x.bin.received\" exists"));
    EXPECT_TRUE(ui.sees("\"x.bin.sent\" exists"));
    EXPECT_TRUE(ui.sees("Replace them?"));
}

TEST(FileChooser, EscClosesIt) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.has("Captures only"));
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    ASSERT_EQ(ui.focused(), "##Name");
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.has("Name")) << "from within a field as well";
}

TEST(FileChooser, TheWindowsKeysDoNothingMeanwhile) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.fill("Send text", "x");
    open_chooser(ui, "/captures", usual_files());
    ui.asked.clear();
    ui.wished.clear();
    ui.press(ImGuiKey_F5);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    EXPECT_TRUE(ui.asked.empty());
    EXPECT_EQ(ui.take_wish<ListFolderWish>().path, "/captures") << "F5 reads the folder again";
}

TEST(FileChooser, TheRestGoesOnBesideIt) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    const ConnectionId one = ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.bytes(one, Direction::kReceived, "meanwhile");
    ui.frames(4);
    ui.click("Host");
    EXPECT_EQ(ui.focused(), "##Host") << "it blocks nothing";
    EXPECT_TRUE(ui.has("Captures only"));
}

TEST(FileChooser, NamesOfAnyBytesAreDrawnAndKept) {
    std::vector<session::FolderEntry> entries;
    for (const char* name : {"%s%n.pcapng", "##.pcapng", "a###b.pcapng", "\xff\xfe.pcapng",
                             "line\nbreak.pcapng", "\x1b[31m.pcapng", "\xe2\x80\xae.pcapng"})
        entries.push_back({.name = name, .bytes = 1});
    entries.push_back({.name = std::string(255, 'x')});
    UiDriver ui;
    open_chooser(ui, "/captures/\xff%s##", entries);
    ui.frames(4);
    ui.screen();
    ui.wished.clear();
    ui.double_click("file", place_of(ui, "\xff\xfe.pcapng"));
    EXPECT_EQ(ui.take_wish<OpenCaptureWish>().path, "/captures/\xff%s##/\xff\xfe.pcapng");

    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    answer_listing(ui, "", "/captures/\xff%s##", entries);
    ui.wished.clear();
    ui.click("file", place_of(ui, "\xff\xfe.pcapng"));
    ui.click("Save");
    EXPECT_EQ(ui.count_wishes<SaveWish>(), 0) << "it exists";
    ui.click("Replace");
    EXPECT_EQ(ui.take_wish<SaveWish>().path, "/captures/\xff%s##/\xff\xfe.pcapng");
}

TEST(FileChooser, TenThousandEntriesCostTheRowsInSight) {
    std::vector<session::FolderEntry> entries;
    for (int i = 0; i < 10'000; ++i)
        entries.push_back({.name = "capture " + std::to_string(i) + ".pcapng",
                           .bytes = static_cast<std::uint64_t>(i)});
    UiDriver ui;
    open_chooser(ui, "/captures", entries);
    EXPECT_LT(ui.count("file"), 60);
    ui.press(ImGuiKey_End);
    EXPECT_TRUE(ui.sees("capture 9999.pcapng"));
    ui.type("capture 4321");
    EXPECT_TRUE(ui.sees("capture 4321.pcapng"));
    std::vector<std::int64_t> times;
    for (int i = 0; i < 51; ++i)
        times.push_back(ui.measured_frame_ns());
    std::nth_element(times.begin(), times.begin() + 25, times.end());
#if defined(NDEBUG) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(times[25], 8'000'000) << "half of a frame at 60 a second";
#endif
    ui.desk_facts.folder->is_cut = true;
    ui.change_desk();
    ui.frames(2);
    EXPECT_TRUE(ui.sees("Only 10,000 entries are shown"));
}

TEST(FileChooser, IsStillWhenNothingHappens) {
    UiDriver ui;
    open_chooser(ui, "/captures", usual_files());
    ui.frames(90);
    EXPECT_FALSE(ui.wants_another_frame());
    ui.click("Hidden files");
    ui.frames(90);
    EXPECT_FALSE(ui.wants_another_frame());
}

TEST(FileChooser, StaysInsideAWindowThatGetsSmaller) {
    UiDriver ui({1280, 800});
    open_chooser(ui, "/captures", usual_files());
    ui.resize({900, 600});
    ui.resize({420, 320});
    const Item* cancel = ui.find("Cancel");
    ASSERT_NE(cancel, nullptr);
    EXPECT_LE(cancel->rect.Max.y, 320);
    EXPECT_GE(cancel->rect.Min.x, 0);
    for (const ImVec2 size : {ImVec2{1, 1}, ImVec2{60, 40}, ImVec2{300, 100}, ImVec2{3840, 2160}})
        ui.resize(size);
}

}  // namespace
}  // namespace tests::ui
