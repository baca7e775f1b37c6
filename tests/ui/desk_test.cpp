// Menu bar, keys, tabs, the strip below them, and the questions that block.
#include <gtest/gtest.h>

#include "tests/ui/desk_scenes.h"

namespace tests::ui {
namespace {

namespace channel = net::channel;
using session::DocumentId;
using session::QuitState;
using session::QuitWish;

// ---- Menus ----

TEST(MenuBar, F10OpensItAndArrowsGoOn) {
    UiDriver ui;
    ui.click("Send text");
    ui.press(ImGuiKey_F10);
    EXPECT_TRUE(ui.has("Save as ..."));
    EXPECT_EQ(ui.focused(), "Open ...");
    ui.press(ImGuiKey_RightArrow);
    EXPECT_EQ(ui.focused(), "Capture");
    ui.press(ImGuiKey_DownArrow);
    EXPECT_TRUE(ui.has("Discard and go on ..."));
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.has("Discard and go on ..."));
    ui.press(ImGuiKey_F10);
    ui.wished.clear();
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.count_wishes<session::ListFolderWish>(), 1) << "Open ... was under the keyboard";
}

TEST(MenuBar, AltReachesIt) {
    UiDriver ui;
    ui.click("Bytes");
    ImGui::GetIO().AddKeyEvent(ImGuiKey_LeftAlt, true);
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Alt, true);
    ui.frames(2);
    ImGui::GetIO().AddKeyEvent(ImGuiKey_LeftAlt, false);
    ImGui::GetIO().AddKeyEvent(ImGuiMod_Alt, false);
    ui.frames(4);
    EXPECT_EQ(ui.focused(), "File");
}

TEST(MenuBar, SaysWhatCannotBeDoneAndWhy) {
    UiDriver ui;
    ui.click("File");
    EXPECT_TRUE(ui.is_enabled("Save"));
    EXPECT_FALSE(ui.is_enabled("Close")) << "the second is the table's";
    EXPECT_FALSE(ui.has("New live session"));
    ui.hover("Close");
    EXPECT_TRUE(ui.sees("The live session ends with the window"));
}

TEST(MenuBar, ASavedCaptureHasNothingToContinue) {
    UiDriver ui;
    ui.desk_facts.documents.clear();
    ui.fold(channel::CaptureOpened{.file = ui.file(), .path = "/old/x.pcapng", .is_live = false});
    add_saved_document(ui, "x.pcapng");
    ui.click("Capture");
    EXPECT_FALSE(ui.is_enabled("Continue in another file ..."));
    EXPECT_FALSE(ui.is_enabled("Discard and go on ..."));
    ui.press(ImGuiKey_Escape);
    ui.click("File");
    EXPECT_FALSE(ui.is_enabled("Save"));
    EXPECT_TRUE(ui.is_enabled("Save as ..."));
    ui.wished.clear();
    ui.click("New live session");
    ui.take_wish<session::OpenLiveWish>();
}

TEST(MenuBar, RecentOnesOpen) {
    UiDriver ui;
    ui.desk_facts.settings.recent = {"/a/first.pcapng", "/b/%n%s##\xff.pcapng"};
    ui.click("File");
    ui.click("Open recent");
    EXPECT_TRUE(ui.sees("first.pcapng"));
    EXPECT_TRUE(ui.sees("/b"));
    ui.wished.clear();
    ui.click("path", 1);
    EXPECT_EQ(ui.take_wish<session::OpenCaptureWish>().path, "/b/%n%s##\xff.pcapng");
}

// ---- Saving ----

TEST(Saving, GoesWhereItWentBeforeWithoutAQuestion) {
    UiDriver ui;
    ui.desk_facts.documents[0].saved_path = "/home/me/\xff.pcapng";
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    const auto wish = ui.take_wish<session::SaveWish>();
    EXPECT_EQ(wish.path, "/home/me/\xff.pcapng");
    EXPECT_TRUE(wish.may_overwrite);
    EXPECT_FALSE(ui.has("Name"));
    ui.press(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_S);
    EXPECT_TRUE(ui.has("Name")) << "Save as always asks";
    EXPECT_EQ(ui.take_wish<session::ListFolderWish>().path, "/home/me");
}

TEST(Saving, OfACaptureOnStandardOutputIsRefusedInWords) {
    UiDriver ui;
    ui.fold(channel::CaptureOpened{.file = ui.file(), .path = "-", .is_live = true});
    ui.press(ImGuiMod_Ctrl | ImGuiKey_S);
    EXPECT_FALSE(ui.has("Name"));
    ui.click("File");
    ui.hover("Save");
    EXPECT_TRUE(ui.sees("standard output"));
}

TEST(Saving, WhatIsNotSavedIsMarked) {
    UiDriver ui;
    EXPECT_FALSE(ui.sees("not saved"));
    ui.desk_facts.documents[0].has_unsaved = true;
    ui.change_desk();
    ui.frames(2);
    EXPECT_TRUE(ui.sees("Live, not saved"));
}

// ---- Tabs ----

TEST(Tabs, AreThereFromTheSecondDocumentOn) {
    UiDriver ui;
    EXPECT_FALSE(ui.has("tab"));
    add_saved_document(ui, "old.pcapng");
    EXPECT_EQ(ui.count("tab"), 2);
    EXPECT_EQ(ui.count("Close tab"), 1) << "the live one ends with the window";
    ui.wished.clear();
    ui.click("tab", 0);
    EXPECT_EQ(ui.take_wish<session::ActivateDocumentWish>().id, DocumentId{1});
    ui.click("Close tab");
    EXPECT_EQ(ui.take_wish<session::CloseDocumentWish>().id, DocumentId{2});
}

TEST(Tabs, KeysGoRoundAndClose) {
    UiDriver ui;
    add_saved_document(ui, "old.pcapng");
    ui.wished.clear();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Tab);
    EXPECT_EQ(ui.take_wish<session::ActivateDocumentWish>().id, DocumentId{1});
    ui.press(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_Tab);
    EXPECT_EQ(ui.take_wish<session::ActivateDocumentWish>().id, DocumentId{1});
    ui.press(ImGuiMod_Ctrl | ImGuiKey_W);
    EXPECT_EQ(ui.take_wish<session::CloseDocumentWish>().id, DocumentId{2});
    ui.desk_facts.active = 0;
    ui.change_desk();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_W);
    EXPECT_EQ(ui.count_wishes<session::CloseDocumentWish>(), 0);
}

TEST(Tabs, AKeyForTheDocumentDoesNothingInAPanelAboveIt) {
    UiDriver ui;
    add_saved_document(ui, "old.pcapng");
    open_chooser(ui, "/captures", usual_files());
    ui.wished.clear();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_W);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Tab);
    EXPECT_TRUE(ui.wished.empty());
}

TEST(Tabs, CtrlEnterPressesNoTab) {
    UiDriver ui;
    add_saved_document(ui, "old.pcapng");
    ui.click("tab", 0);
    ui.wished.clear();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Enter);
    EXPECT_TRUE(ui.wished.empty());
}

TEST(Tabs, ManyWithHostileNames) {
    UiDriver ui({900, 600});
    for (const char* name : {"%s%n", "##", "###x", "a##b", ""})
        add_saved_document(ui, name);
    for (int i = 0; i < 20; ++i)
        add_saved_document(ui, std::string(200, 'w'));
    ui.screen();
    const ImVec2 room = ImGui::GetIO().DisplaySize;
    const Item* last = ui.find("tab", ui.count("tab") - 1);
    ASSERT_NE(last, nullptr);
    EXPECT_LE(last->visible.Max.x, room.x);
    ui.wished.clear();
    ui.click("tab", ui.count("tab") - 1);
    EXPECT_EQ(ui.take_wish<session::ActivateDocumentWish>().id, DocumentId{26})
        << "the active one is in sight";
}

TEST(Tabs, ClosingWhatLiesInNoFileAsks) {
    UiDriver ui;
    add_saved_document(ui, "standard input");
    ui.desk_facts.documents[1].has_unsaved = true;
    ui.change_desk();
    ui.wished.clear();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_W);
    EXPECT_EQ(ui.count_wishes<session::CloseDocumentWish>(), 0);
    EXPECT_EQ(ui.focused(), "Cancel");
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.has("Close and lose it"));
    ui.press(ImGuiMod_Ctrl | ImGuiKey_W);
    ui.click("Close and lose it");
    EXPECT_EQ(ui.take_wish<session::CloseDocumentWish>().id, DocumentId{2});
}

// ---- The strip ----

TEST(Strip, IsNotThereWhenThereIsNothingToSay) {
    UiDriver ui;
    const float without = ui.find("Filter")->rect.Min.y;
    ui.desk_facts.notices.push_back(
        {.id = 7, .severity = session::Severity::kInfo, .text = "Saved to /x"});
    ui.change_desk();
    ui.frames(3);
    EXPECT_GT(ui.find("Filter")->rect.Min.y, without);
    ui.wished.clear();
    ui.click("Dismiss");
    EXPECT_EQ(ui.take_wish<session::DismissNoticeWish>().id, 7U);
    ui.desk_facts.notices.clear();
    ui.change_desk();
    ui.frames(3);
    EXPECT_EQ(ui.find("Filter")->rect.Min.y, without);
}

TEST(Strip, AJobShowsHowFarItIsAndCanBeCancelled) {
    UiDriver ui;
    ui.desk_facts.jobs = {
        {.id = session::JobId{3}, .label = "Saving to /home/me/%s##.pcapng", .progress = 0.42}};
    ui.change_desk();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Saving to /home/me/%s##.pcapng"));
    EXPECT_TRUE(ui.sees("42 %"));
    ui.wished.clear();
    ui.click("Cancel");
    EXPECT_EQ(ui.take_wish<session::CancelJobWish>().id, session::JobId{3});
    for (const double wrong : {-1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
        ui.desk_facts.jobs[0].progress = wrong;
        ui.change_desk();
        ui.frames(2);
    }
}

TEST(Strip, ManyNoticesLeaveRoomForTheRest) {
    UiDriver ui({900, 600});
    for (std::uint64_t i = 0; i < 30; ++i)
        ui.desk_facts.notices.push_back({.id = i,
                                         .severity = session::Severity::kError,
                                         .text = std::string(300, 'e') + "\n%s"});
    ui.change_desk();
    ui.frames(4);
    const Item* bytes = ui.find("Bytes");
    ASSERT_NE(bytes, nullptr);
    EXPECT_GE(bytes->rect.GetHeight(), 60);
    EXPECT_GE(ui.count("Dismiss"), 1);
}

TEST(Strip, CapturesLeftByACrashAreOfferedOnce) {
    UiDriver ui;
    ui.desk_facts.offered_left = 2;
    ui.change_desk();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("2 captures were left by a crash"));
    ui.wished.clear();
    ui.click("Keep");
    ui.take_wish<session::KeepLeftWish>();
    ui.click("Later");
    EXPECT_FALSE(ui.sees("left by a crash"));
}

TEST(Strip, LookingShowsTheList) {
    UiDriver ui;
    ui.desk_facts.left = {{.path = "/state/a.pcapng", .bytes = 10}};
    ui.desk_facts.offered_left = 1;
    ui.change_desk();
    ui.frames(3);
    ui.wished.clear();
    ui.click("Look ...");
    ui.take_wish<session::LookForLeftWish>();
    EXPECT_TRUE(ui.sees("a.pcapng"));
}

// ---- Standard input ----

TEST(Stream, IsNotCalledASavedCapture) {
    UiDriver ui;
    ui.fold(channel::CaptureOpened{.file = ui.file(), .path = "standard input", .is_live = false});
    ui.desk_facts.documents.clear();
    add_saved_document(ui, "Standard input");
    ui.desk_facts.documents[0].is_stream = true;
    ui.desk_facts.documents[0].is_arriving = true;
    ui.change_desk();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("From standard input, arriving."));
    EXPECT_FALSE(ui.sees("Saved capture"));
    ui.fold(channel::ReadingPaused{.cause = channel::PauseCause::kStorage, .pauses = 1});
    ui.frames(4);
    EXPECT_TRUE(ui.sees("whoever writes there waits"));
    EXPECT_TRUE(ui.sees("PAUSED: no room for the capture"));
    EXPECT_FALSE(ui.has("Save elsewhere ...")) << "where it is kept is not the user's choice";
    ui.desk_facts.documents[0].is_arriving = false;
    ui.change_desk();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("From standard input, ended."));
    EXPECT_FALSE(ui.sees("whoever writes there waits"));
}

// ---- A full disk ----

TEST(FullDisk, SaysThatNothingIsLostAndWhatCanBeDone) {
    UiDriver ui;
    ui.fold(channel::ReadingPaused{.cause = channel::PauseCause::kStorage, .pauses = 1});
    ui.frames(4);
    EXPECT_TRUE(ui.sees("Reading is paused and nothing is lost"));
    ui.wished.clear();
    ui.click("Save elsewhere ...");
    answer_listing(ui, ui.take_wish<session::ListFolderWish>().path, "/big", {});
    ui.fill("Name", "more");
    ui.asked.clear();
    ui.click("Continue here");
    EXPECT_EQ(ui.take<session::MoveCaptureIntent>().path, "/big/more.pcapng");
    ui.click("Settings ...");
    EXPECT_TRUE(ui.has("Least free space (MiB)"));
    ui.fold(channel::ReadingResumed{.cause = channel::PauseCause::kStorage});
    ui.frames(3);
    EXPECT_FALSE(ui.has("Save elsewhere ..."));
}

TEST(FullDisk, DiscardingAsksAndEscTakesItBack) {
    UiDriver ui;
    ui.fold(channel::ReadingPaused{.cause = channel::PauseCause::kStorage, .pauses = 1});
    ui.frames(4);
    ui.asked.clear();
    ui.click("Discard the capture and go on ...");
    EXPECT_EQ(ui.focused(), "Cancel") << "what cannot be undone is not the default";
    ui.press(ImGuiKey_Escape);
    EXPECT_FALSE(ui.has("Discard and go on"));
    EXPECT_TRUE(ui.asked.empty());
    ui.click("Discard the capture and go on ...");
    ui.click("Discard and go on");
    ui.take<session::DropCaptureIntent>();
}

TEST(FullDisk, WhatIsMovedIsTheLiveCaptureWhateverIsInSightByThen) {
    UiDriver ui;
    ui.click("Capture");
    ui.click("Continue in another file ...");
    answer_listing(ui, "", "/big", {});
    add_saved_document(ui, "old.pcapng");
    ui.wished.clear();
    ui.asked.clear();
    ui.click("Continue here");
    EXPECT_EQ(ui.take_wish<session::ActivateDocumentWish>().id, DocumentId{1});
    EXPECT_TRUE(ui.asked.empty()) << "not to the saved one";
    ui.desk_facts.active = 0;
    ui.change_desk();
    ui.frames(3);
    EXPECT_EQ(ui.take<session::MoveCaptureIntent>().path, "/big/test-2.pcapng");
}

// ---- Quitting ----

void ask_to_quit(UiDriver& ui) {
    ui.desk_facts.documents[0].has_unsaved = true;
    ui.desk_facts.documents[0].at_stake = {"/captures/test.pcapng"};
    ui.desk_facts.quit = QuitState::kAsking;
    ui.change_desk();
    ui.frames(4);
    ui.wished.clear();
}

TEST(Quitting, IsAskedForByKeyAndMenu) {
    UiDriver ui;
    ui.wished.clear();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_Q);
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kAsk);
    ui.click("File");
    ui.click("Quit");
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kAsk);
}

TEST(Quitting, SaveIsTheDefaultAndAsksWhere) {
    UiDriver ui;
    ask_to_quit(ui);
    EXPECT_TRUE(ui.sees("/captures/test.pcapng"));
    EXPECT_EQ(ui.focused(), "Save ...###save");
    ui.press(ImGuiKey_Enter);
    answer_listing(ui, ui.take_wish<session::ListFolderWish>().path, "/home/me", usual_files());
    EXPECT_FALSE(ui.has("Discard")) << "the question waits behind the chooser";
    ui.fill("Name", "kept");
    ui.press(ImGuiKey_Enter);
    const auto wish = ui.take_wish<QuitWish>();
    EXPECT_EQ(wish.how, QuitWish::How::kSave);
    EXPECT_EQ(wish.path, "/home/me/kept.pcapng");
    EXPECT_EQ(wish.document, DocumentId{1});
    EXPECT_FALSE(wish.may_overwrite);
}

TEST(Quitting, LeavingTheChooserComesBackToTheQuestion) {
    UiDriver ui;
    ask_to_quit(ui);
    ui.click("save");
    answer_listing(ui, "", "/home/me", usual_files());
    ui.press(ImGuiKey_Escape);
    EXPECT_TRUE(ui.has("Discard"));
    EXPECT_EQ(ui.count_wishes<QuitWish>(), 0);
}

TEST(Quitting, SavesWhereItWasSavedBefore) {
    UiDriver ui;
    ui.desk_facts.documents[0].saved_path = "/home/me/x.pcapng";
    ask_to_quit(ui);
    ui.press(ImGuiKey_Enter);
    const auto wish = ui.take_wish<QuitWish>();
    EXPECT_EQ(wish.how, QuitWish::How::kSave);
    EXPECT_EQ(wish.path, "/home/me/x.pcapng");
    EXPECT_TRUE(wish.may_overwrite);
}

TEST(Quitting, DiscardAndCancel) {
    UiDriver ui;
    ask_to_quit(ui);
    ui.click("Discard");
    const auto discard = ui.take_wish<QuitWish>();
    EXPECT_EQ(discard.how, QuitWish::How::kDiscard);
    EXPECT_EQ(discard.document, DocumentId{1});
    ui.click("Cancel");
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kCancel);
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kCancel);
    ui.desk_facts.quit = QuitState::kNo;
    ui.change_desk();
    ui.frames(3);
    EXPECT_FALSE(ui.has("Discard"));
    ui.click("Send text");
    EXPECT_EQ(ui.focused(), "##Send text") << "nothing blocks any more";
}

TEST(Quitting, SaysWhichCaptureItIsAboutAndWhatWouldBeDeleted) {
    UiDriver ui;
    ui.desk_facts.documents[0].title = "Live %s";
    ask_to_quit(ui);
    EXPECT_TRUE(ui.sees("Live %s has not been saved. It lies in /captures/test.pcapng."));
    EXPECT_TRUE(ui.sees("Discard deletes that file."));
    ui.desk_facts.documents[0].at_stake = {"/a", "/b", "/c"};
    ui.desk_facts.documents[0].more_at_stake = 7;
    ui.change_desk();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("/a, /b, /c and 7 more files."));
    ui.desk_facts.documents[0].has_unsaved = false;
    add_saved_document(ui, "Standard input");
    ui.desk_facts.documents[1].is_stream = true;
    ui.desk_facts.documents[1].has_unsaved = true;
    ui.change_desk();
    ui.frames(3);
    EXPECT_TRUE(ui.sees("Standard input has not been saved, and lies in no file."));
    ui.wished.clear();
    ui.click("Discard");
    EXPECT_EQ(ui.take_wish<QuitWish>().document, DocumentId{2});
}

TEST(Quitting, WaitsForWhatIsUnderWayUnlessItIsGivenUp) {
    UiDriver ui;
    ui.desk_facts.quit = QuitState::kFinishing;
    ui.desk_facts.jobs = {
        {.id = session::JobId{1}, .label = "Exporting to /x.bin", .progress = 0.5}};
    ui.change_desk();
    ui.frames(4);
    EXPECT_TRUE(ui.sees("The window closes when this is done"));
    EXPECT_EQ(ui.focused(), "Back to the window");
    ui.wished.clear();
    ui.click("Cancel it and quit");
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kStopJobs);
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kCancel);
}

TEST(Quitting, TheLastStreamIsAskedAboutOnce) {
    UiDriver ui;
    ui.desk_facts.documents.clear();
    add_saved_document(ui, "Standard input");
    ui.desk_facts.documents[0].is_stream = true;
    ui.desk_facts.documents[0].has_unsaved = true;
    ui.change_desk();
    ui.wished.clear();
    ui.press(ImGuiMod_Ctrl | ImGuiKey_W);
    EXPECT_EQ(ui.take_wish<session::CloseDocumentWish>().id, DocumentId{1})
        << "which asks, as quitting does";
    EXPECT_FALSE(ui.has("Close and lose it"));
}

TEST(Quitting, BlocksEverythingElse) {
    UiDriver ui;
    ui.connect(ui.start_server("127.0.0.1:9000"), 50001);
    ui.fill("Send text", "x");
    ask_to_quit(ui);
    ui.asked.clear();
    ui.press(ImGuiKey_F5);
    ui.press(ImGuiMod_Ctrl | ImGuiKey_O);
    ui.click("Stop");
    EXPECT_TRUE(ui.asked.empty());
    EXPECT_EQ(ui.count_wishes<session::ListFolderWish>(), 0);
}

TEST(Quitting, ShowsHowFarTheSavingIsAndCanBeCalledOff) {
    UiDriver ui;
    ui.desk_facts.quit = QuitState::kSaving;
    ui.desk_facts.jobs = {
        {.id = session::JobId{1}, .label = "Saving to /x.pcapng", .progress = 0.5}};
    ui.change_desk();
    ui.frames(4);
    EXPECT_TRUE(ui.sees("Saving before quitting"));
    EXPECT_TRUE(ui.sees("50 %"));
    ui.wished.clear();
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(ui.take_wish<QuitWish>().how, QuitWish::How::kCancel);
}

TEST(Quitting, TheQuestionIsStill) {
    UiDriver ui;
    ask_to_quit(ui);
    ui.frames(90);
    EXPECT_FALSE(ui.wants_another_frame()) << "no dimming that goes on";
}

}  // namespace
}  // namespace tests::ui
