// Saved sends, the history and session files on the desk: kept between runs, shared by windows, asked about where others could connect.
#include "app/session/sends_json.h"
#include "app/session/session_file.h"

#include <string>
#include <vector>

#include "tests/window/desk_fixture.h"

namespace window_test {
namespace {

app::session::SavedSends one_send(const std::string& name) {
    app::session::SavedSends sends;
    sends.add("group", {.name = name, .what = {.text = "text of " + name}});
    return sends;
}

TEST_F(Desk, SavedSendsAndWhatWasSentAreThereAtTheNextStart) {
    start_live();
    wish(app::session::ChangeSavedSendsWish{.sends = one_send("ping")});
    wish(app::session::RememberSentWish{.what = {.text = "hello"}});
    EXPECT_EQ(facts().sends, one_send("ping"));
    EXPECT_TRUE(stop());
    start_live();
    EXPECT_EQ(facts().sends, one_send("ping"));
    ASSERT_EQ(facts().history.entries().size(), 1U);
    EXPECT_EQ(facts().history.entries()[0].what.text, "hello");
    wish(app::session::ForgetSentWish{});
    EXPECT_TRUE(facts().history.entries().empty());
}

TEST_F(Desk, WhatAnotherWindowHasSavedIsNotLost) {
    start_live();
    const std::string path = folder / "config/sends.json";
    write_file(path, app::session::to_json(one_send("theirs")));
    wish(app::session::ChangeSavedSendsWish{.sends = one_send("ours")});
    ASSERT_TRUE(turn_until([&] { return facts().sends.size() == 2; }));
    EXPECT_TRUE(has_notice(Severity::kWarning, "another window has changed the saved sends"));
    const auto kept = app::session::saved_sends_from_json(contents_of(path));
    EXPECT_EQ(kept.error, "");
    EXPECT_EQ(kept.sends, facts().sends);
}

TEST_F(Desk, ADamagedLibraryIsSetAsideAndSaid) {
    write_file(folder / "config/sends.json", "{\"wireloupe_sends\": 1, \"groups\": 7}");
    start_live();
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kWarning, "sends.json.damaged"); }));
    EXPECT_TRUE(has_notice(Severity::kWarning, "groups is not a list"));
    EXPECT_EQ(contents_of(folder / "config/sends.json.damaged"),
              "{\"wireloupe_sends\": 1, \"groups\": 7}");
}

TEST_F(Desk, SavedSendsAreExportedAndImported) {
    start_live();
    wish(app::session::ChangeSavedSendsWish{.sends = one_send("ping")});
    wish(app::session::ExportSendsWish{.path = "~/out.json"});
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kInfo, "exported"); }));
    wish(app::session::ChangeSavedSendsWish{});
    EXPECT_EQ(facts().sends.size(), 0U);
    wish(app::session::ImportSendsWish{.path = folder / "out.json"});
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kInfo, "1 added"); }));
    EXPECT_EQ(facts().sends, one_send("ping"));
    write_file(folder / "bad.json", "{\"wireloupe_sends\": 1, \"groups\": [{\"name\": 3}]}");
    wish(app::session::ImportSendsWish{.path = folder / "bad.json"});
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kError, "groups[0].name"); }));
    EXPECT_EQ(facts().sends, one_send("ping"));
}

TEST_F(Desk, ASessionThatOthersCouldConnectToIsAskedAbout) {
    start_live();
    write_file(
        folder / "s.json",
        R"({"wireloupe_session": 1, "servers": [{"listen": "127.0.0.1:0"}, {"listen": "*:0"}]})");
    wish(app::session::OpenSessionWish{.path = folder / "s.json"});
    ASSERT_TRUE(turn_until([&] { return facts().session_question.has_value(); }));
    EXPECT_EQ(facts().session_question->servers, std::vector<std::string>{"*:0"});
    EXPECT_TRUE(live().session().endpoints().empty()) << "nothing is started before the answer";
    wish(app::session::AnswerSessionWish{.how = app::session::AnswerSessionWish::How::kCancel});
    EXPECT_FALSE(facts().session_question.has_value());
    EXPECT_TRUE(live().session().endpoints().empty());
    wish(app::session::OpenSessionWish{.path = folder / "s.json"});
    ASSERT_TRUE(turn_until([&] { return facts().session_question.has_value(); }));
    wish(app::session::AnswerSessionWish{
        .how = app::session::AnswerSessionWish::How::kStartOnLoopback});
    ASSERT_EQ(live().session().endpoints().size(), 1U);
    EXPECT_EQ(live().session().endpoint(live().session().endpoints()[0])->name, "127.0.0.1:0");
}

TEST_F(Desk, ASessionIsSavedAsItIsAndOpensAgain) {
    start_live();
    write_file(folder / "s.json",
               R"({"wireloupe_session": 1, "servers": [{"listen": "127.0.0.1:0", "name": "mine", )"
               R"("replies": {"echo": true, "rules": [{"name": "r", "when": "every_message", )"
               R"("answer": "ok"}]}}], "sends": [{"name": "g", "sends": [{"name": "p"}]}], )"
               R"("view": {"mode": "text"}})");
    wish(app::session::OpenSessionWish{.path = folder / "s.json"});
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kInfo, "1 server, 0 clients"); }));
    EXPECT_EQ(facts().settings.view.mode, app::session::ViewMode::kText);
    EXPECT_EQ(facts().sends.size(), 1U);
    wish(app::session::SaveSessionWish{.path = folder / "again.json"});
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kInfo, "saved the session"); }));
    const auto again = app::session::session_from_json(contents_of(folder / "again.json"));
    ASSERT_EQ(again.error, "");
    ASSERT_EQ(again.session.servers.size(), 1U);
    EXPECT_EQ(again.session.servers[0].name, "mine");
    EXPECT_TRUE(again.session.servers[0].config.replies.echoes);
    ASSERT_EQ(again.session.servers[0].config.replies.rules.size(), 1U);
    EXPECT_EQ(again.session.servers[0].config.replies.rules[0].answer.text, "ok");
    EXPECT_EQ(again.session.sends, facts().sends);
    EXPECT_EQ(again.session.view, facts().settings.view);
    write_file(folder / "bad.json", "{\"wireloupe_session\": 1, \"servers\": [{}]}");
    wish(app::session::OpenSessionWish{.path = folder / "bad.json"});
    ASSERT_TRUE(turn_until([&] { return has_notice(Severity::kError, "servers[0].listen"); }));
}

}  // namespace
}  // namespace window_test
