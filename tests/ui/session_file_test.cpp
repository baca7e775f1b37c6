// Session files: opened and saved from the menu, and asked about where other machines could connect.
#include <gtest/gtest.h>

#include "tests/ui/desk_scenes.h"

namespace tests::ui {
namespace {

using How = session::AnswerSessionWish::How;

std::vector<session::FolderEntry> session_files() {
    return {{.name = "lab.json", .bytes = 512}, {.name = "one.pcapng", .bytes = 123'456}};
}

TEST(SessionFile, IsOpenedFromTheMenu) {
    UiDriver ui;
    ui.click("File");
    ui.click("Open session file ...");
    answer_listing(ui, "", "/home/me", session_files());
    EXPECT_TRUE(ui.sees("lab.json")) << "not captures only";
    ui.wished.clear();
    ui.double_click("file", place_of(ui, "lab.json"));
    EXPECT_EQ(ui.take_wish<session::OpenSessionWish>().path, "/home/me/lab.json");
    EXPECT_EQ(ui.count_wishes<session::OpenCaptureWish>(), 0);
}

TEST(SessionFile, IsSavedUnderANameOfItsKind) {
    UiDriver ui;
    ui.click("File");
    ui.click("Save session file ...");
    answer_listing(ui, "", "/home/me", session_files());
    EXPECT_TRUE(ui.sees("session.json"));
    ui.fill("Name", "mine");
    ui.wished.clear();
    ui.press(ImGuiKey_Enter);
    const auto wish = ui.take_wish<session::SaveSessionWish>();
    EXPECT_EQ(wish.path, "/home/me/mine.json");
    EXPECT_FALSE(wish.may_overwrite);
}

TEST(SessionFile, AnotherOfThatNameIsNotReplacedUnasked) {
    UiDriver ui;
    ui.click("File");
    ui.click("Save session file ...");
    answer_listing(ui, "", "/home/me", session_files());
    ui.fill("Name", "lab.json");
    ui.wished.clear();
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(ui.count_wishes<session::SaveSessionWish>(), 0);
    ui.click("Replace");
    EXPECT_TRUE(ui.take_wish<session::SaveSessionWish>().may_overwrite);
}

class SessionQuestion : public testing::Test {
  protected:
    UiDriver ui;
    void SetUp() override {
        ui.desk_facts.session_question = session::SessionQuestion{
            .path = "/home/me/100%s##lab.json", .servers = {"0.0.0.0:9000", "*:%n###9001"}};
        ui.change_desk();
        ui.frames(4);
        ui.wished.clear();
    }
    How answered() { return ui.take_wish<session::AnswerSessionWish>().how; }
};

TEST_F(SessionQuestion, NamesTheFileAndItsServersAsText) {
    EXPECT_TRUE(ui.sees("Let other machines connect?"));
    EXPECT_TRUE(ui.sees("/home/me/100%s##lab.json")) << ui.screen();
    EXPECT_TRUE(ui.sees("0.0.0.0:9000, *:%n###9001."));
}

TEST_F(SessionQuestion, EnterStartsWhatStaysOnThisMachine) {
    ui.press(ImGuiKey_Enter);
    EXPECT_EQ(answered(), How::kStartOnLoopback);
}

TEST_F(SessionQuestion, AllAreStartedOnlyWhenThatIsSaid) {
    ui.click("Start all");
    EXPECT_EQ(answered(), How::kStartAll);
}

TEST_F(SessionQuestion, EscAndCancelStartNothing) {
    ui.press(ImGuiKey_Escape);
    EXPECT_EQ(answered(), How::kCancel);
    ui.wished.clear();
    ui.click("cancel session");
    EXPECT_EQ(answered(), How::kCancel);
    ui.desk_facts.session_question.reset();
    ui.change_desk();
    ui.frames(4);
    EXPECT_FALSE(ui.has("Start all"));
}

TEST_F(SessionQuestion, OfManyServersTheFirstAreNamed) {
    std::vector<std::string>& servers = ui.desk_facts.session_question->servers;
    for (int i = 0; i < 254; ++i)
        servers.push_back("*:" + std::to_string(10000 + i));
    ui.change_desk();
    EXPECT_TRUE(ui.sees("*:10002 and 251 more."));
    EXPECT_FALSE(ui.sees("*:10003"));
}

}  // namespace
}  // namespace tests::ui
