// Rules that mark matches with a colour and a label: made, changed, drawn, remembered.
#include <string>

#include "tests/ui/view_fixture.h"

namespace tests::ui {
namespace {

class Highlights : public ViewScene {
  protected:
    void add_rule(const char* pattern, const char* label) {
        change_view([&](session::ViewSettings& settings) {
            session::Highlight rule;
            rule.pattern.text = pattern;
            rule.label = label;
            rule.color = static_cast<std::uint8_t>(settings.highlights.size());
            settings.highlights.push_back(rule);
        });
    }
    std::vector<app::ui::SeenTag>& tags() { return view().marks.tags; }
};

TEST_F(Highlights, AMatchIsMarkedAndItsLabelStandsBehindTheRow) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    ui.bytes(one, Direction::kReceived, "nothing is here!");
    add_rule("ERROR", "bad");
    ASSERT_EQ(view().marks.seen.size(), 1U);
    EXPECT_EQ(view().marks.seen[0].begin, 3U);
    EXPECT_EQ(view().marks.seen[0].end, 8U);
    EXPECT_NE(ui.row("an ERROR is here").find("bad"), std::string::npos) << ui.screen();
    EXPECT_EQ(ui.row("nothing is here!").find("bad"), std::string::npos);
    ASSERT_EQ(tags().size(), 1U);
    EXPECT_GT(tags()[0].rect.Min.x, at(0, 15, true).x) << "behind the text, not over it";
    EXPECT_LE(tags()[0].rect.Max.x, ui.find("Bytes")->rect.Max.x);
}

TEST_F(Highlights, TheLabelTellsItsPatternOnHover) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    add_rule("ERROR", "bad");
    EXPECT_FALSE(ui.sees("text  ERROR"));
    const ImVec2 there = tags().at(0).rect.GetCenter();
    ImGui::GetIO().AddMousePosEvent(there.x, there.y);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("text  ERROR")) << ui.screen();
}

TEST_F(Highlights, ARowHasEachLabelOnceAndALongMatchOneAtItsBegin) {
    ui.bytes(one, Direction::kReceived, "one two one two!" + std::string(64, 'x'));
    add_rule("one", "first");
    add_rule("two", "second");
    add_rule("", "nothing");
    change_view([](session::ViewSettings& settings) {
        session::Highlight rule;
        rule.pattern = {.kind = net::capture::PatternKind::kRegex, .text = "x+"};
        rule.label = "many";
        settings.highlights.push_back(rule);
    });
    ASSERT_EQ(tags().size(), 3U) << ui.screen();
    EXPECT_EQ(tags()[0].rule, 0U);
    EXPECT_EQ(tags()[1].rule, 1U);
    EXPECT_EQ(tags()[2].rule, 3U);
    EXPECT_FALSE(tags()[0].rect.Overlaps(tags()[1].rect));
}

TEST_F(Highlights, LabelsAreThereInEveryModeAndBesideWhatAMessageSays) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    add_rule("ERROR", "bad");
    frame_by_lines();
    const std::string row = ui.row("an ERROR is here");
    EXPECT_NE(row.find("bad"), std::string::npos) << row;
    EXPECT_NE(row.find("incomplete so far"), std::string::npos) << row;
    for (const char* const mode : {"mixed mode", "text mode", "hex mode"}) {
        ui.click(mode);
        ui.settle_view();
        EXPECT_NE(ui.row("ERROR is here").find("bad"), std::string::npos) << mode;
    }
}

TEST_F(Highlights, ALabelIsTextAndNothingElse) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    ui.click("text mode");  // with room for all of them
    for (const char* const label : {"%n%s##x", "\x1b[31m", "###id", "\xff\xfe"})
        add_rule("ERROR", label);
    add_rule("ERROR", std::string(64, 'W').c_str());
    EXPECT_TRUE(ui.sees("%n%s##x")) << ui.screen();
    EXPECT_TRUE(ui.sees("###id"));
    EXPECT_EQ(ui.screen().find('\x1b'), std::string::npos);
    for (const app::ui::SeenTag& tag : tags())
        EXPECT_LE(tag.rect.Max.x, ui.find("Bytes")->rect.Max.x);
}

TEST_F(Highlights, WhereALabelWouldStandOverBytesItIsAColourThatTellsTheRest) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    add_rule("ERROR", "bad");
    const float with_room = tags().at(0).rect.GetWidth();
    ui.resize({900, 1000});
    ASSERT_EQ(tags().size(), 1U);
    EXPECT_LT(tags()[0].rect.GetWidth(), with_room / 2);
    EXPECT_EQ(ui.row("65 20 69 73").find("bad"), std::string::npos);
    const ImVec2 there = tags()[0].rect.GetCenter();
    ImGui::GetIO().AddMousePosEvent(there.x, there.y);
    ui.frames(3);
    EXPECT_TRUE(ui.sees("text  ERROR")) << ui.screen();
}

TEST_F(Highlights, RulesAreMadeChangedAndRemovedInTheirPanel) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    ui.click("Layout");
    ui.click("Highlights ...");
    ui.click("Add a rule");
    ui.fill("Highlight pattern", "ERROR");
    ui.fill("Highlight label", "bad");
    ui.frames(3);
    ASSERT_EQ(ui.view_settings().highlights.size(), 1U) << "remembered";
    EXPECT_EQ(ui.view_settings().highlights[0].pattern.text, "ERROR");
    EXPECT_EQ(ui.view_settings().highlights[0].label, "bad");
    ASSERT_EQ(view().marks.seen.size(), 1U);
    const ImU32 before = view().marks.seen[0].tint;
    ui.click("color");
    EXPECT_NE(view().marks.seen.at(0).tint, before);
    ui.click("on");
    EXPECT_TRUE(view().marks.seen.empty());
    EXPECT_EQ(ui.view_settings().highlights.size(), 1U) << "off, and still there";
    ui.click("on");
    EXPECT_EQ(view().marks.seen.size(), 1U);
    ui.click("Remove");
    EXPECT_TRUE(ui.view_settings().highlights.empty());
    EXPECT_TRUE(view().marks.seen.empty());
}

TEST_F(Highlights, AWrongPatternSaysWhyAndLeavesTheOthersAlone) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    add_rule("ERROR", "bad");
    change_view([](session::ViewSettings& settings) {
        session::Highlight rule;
        rule.pattern = {.kind = net::capture::PatternKind::kHex, .text = "4 zz"};
        settings.highlights.push_back(rule);
    });
    EXPECT_EQ(view().marks.seen.size(), 1U);
    ui.click("Layout");
    ui.click("Highlights ...");
    const auto parsed = net::capture::expression_of(ui.view_settings().highlights[1].pattern);
    ASSERT_FALSE(parsed);
    EXPECT_TRUE(ui.sees(parsed.error.message.substr(0, 20))) << ui.screen();
}

TEST_F(Highlights, AnExpressionThatIsHalfTypedLeavesTheOthersMarked) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    change_view([](session::ViewSettings& settings) {
        session::Highlight rule;
        rule.pattern = {.kind = net::capture::PatternKind::kRegex, .text = "E(R"};
        settings.highlights.push_back(rule);
        rule.pattern = {.text = "ERROR"};
        rule.color = 3;
        settings.highlights.push_back(rule);
    });
    ASSERT_EQ(view().marks.seen.size(), 1U);
    EXPECT_EQ(view().marks.seen[0].tint, app::ui::highlight_tint(3, 0.38F));
    EXPECT_EQ(view().marks.wrong.find("\"E(R\": "), 0U) << view().marks.wrong;
}

TEST_F(Highlights, WhileOneIsTypedTheOthersAreNotCompiledAnew) {
    ui.bytes(one, Direction::kReceived, "an ERROR is here");
    add_rule("ERROR", "bad");
    add_rule("is", "");
    const auto finder = [&](std::size_t rule) { return view().marks.finders[rule].finder.get(); };
    const net::capture::ByteFinder* const first = finder(0);
    const net::capture::ByteFinder* const second = finder(1);
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    change_view(
        [](session::ViewSettings& settings) { settings.highlights[1].pattern.text = "her"; });
    EXPECT_EQ(finder(0), first);
    EXPECT_NE(finder(1), nullptr);
    ASSERT_EQ(view().marks.seen.size(), 2U);
    EXPECT_EQ(view().marks.seen[0].rule, 0U);
    EXPECT_EQ(view().marks.seen[1].rule, 1U);
    EXPECT_EQ(view().marks.seen[1].begin, 12U);
    // Nor where their places in the list change.
    change_view([](session::ViewSettings& settings) {
        std::swap(settings.highlights[0], settings.highlights[1]);
    });
    EXPECT_EQ(finder(1), first);
    ASSERT_EQ(view().marks.seen.size(), 2U);
    EXPECT_EQ(view().marks.seen[0].begin, 3U) << "in the order of the bytes, whichever rule";
    EXPECT_EQ(view().marks.seen[0].rule, 1U);
    change_view([](session::ViewSettings& settings) { settings.highlights[1].is_on = false; });
    EXPECT_EQ(view().marks.seen.size(), 1U);
}

}  // namespace
}  // namespace tests::ui
