#include "app/ui/reply_rules.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace app::ui {

namespace {

using net::bytes::PatternKind;
using net::channel::ReplyRule;
using net::channel::ReplyThen;
using net::channel::ReplyWhen;
using session::ReplyFacts;

struct WhenLook {
    ReplyWhen when;
    const char* name;
    std::string_view words;  // in the list
};
constexpr std::array<WhenLook, 4> kWhens{{
    {ReplyWhen::kEveryMessage, "Every message", "every message"},
    {ReplyWhen::kEquals, "A message that equals", "equals "},
    {ReplyWhen::kContains, "A message that contains", "contains "},
    {ReplyWhen::kStream, "Anywhere in the stream, across messages", "in the stream "},
}};

constexpr std::array<ReplyPlaceName, 6> kRulePlaces{{
    {"The message", "\\{message}"},
    {"What was found", "\\{0}"},
    {"First group of the expression", "\\{1}"},
    {"Peer's address", "\\{peer}"},
    {"The so-manieth hit", "\\{count}"},
    {"Time", "\\{time}"},
}};

const WhenLook& look_of(ReplyWhen when) {
    return kWhens[static_cast<std::size_t>(when)];
}

std::string rule_words(const ReplyRule& rule) {
    std::string words(look_of(rule.when).words);
    if (rule.when != ReplyWhen::kEveryMessage) {
        if (rule.pattern.kind == PatternKind::kRegex) words += "/";
        words += net::bytes::printable(rule.pattern.text, 60);
        if (rule.pattern.kind == PatternKind::kRegex) words += "/";
    }
    if (!rule.answer.text.empty()) words += ": " + net::bytes::printable(rule.answer.text, 60);
    if (rule.then == ReplyThen::kClose) words += ", then close";
    if (rule.then == ReplyThen::kReset) words += ", then reset";
    return words;
}

// ---- The list ----

// What the rules are about is chosen elsewhere.
void draw_framing_words(const FramingForm& form) {
    FramingErrors errors;
    const auto framing = framing_of(form, errors);
    small_text("A message is: " +
               (framing ? net::bytes::describe(*framing) : std::string("not right yet")) +
               ". It is chosen under Messages.");
}

struct ListTurn {
    std::optional<std::size_t> removed;
    std::optional<std::size_t> moved_up;
    bool is_edited = false;
};

void draw_row(RepliesPanel& panel,
              std::size_t i,
              const RepliesErrors& errors,
              const ReplyFacts* facts,
              ListTurn& turn) {
    RuleForm& form = panel.form.rules[i];
    push_id(i);
    turn.is_edited |= ImGui::Checkbox("##rule is on", &form.rule.is_on);
    hover_text("The rule is in use");
    ImGui::SameLine();
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    const float hits_width = px(76);
    const float right = hits_width + button_width("Up") + button_width("Remove") + 3 * spacing;
    const float room = std::max(ImGui::GetContentRegionAvail().x - right, px(80));
    const ImVec2 at = ImGui::GetCursorScreenPos();
    // As high as the buttons beside it, and no higher.
    ImGui::GetCurrentWindow()->DC.CurrLineTextBaseOffset = 0;
    ImGui::PushStyleVarY(ImGuiStyleVar_ItemSpacing, 0);
    if (ImGui::Selectable("##rule", panel.selected == i, ImGuiSelectableFlags_None,
                          {room, ImGui::GetFrameHeight()}))
        panel.selected = i;
    ImGui::PopStyleVar();
    ImGui::SetCursorScreenPos({at.x, at.y + ImGui::GetStyle().FramePadding.y});
    const bool is_wrong = i < errors.rules.size() && !errors.rules[i].any().empty();
    const std::string name = form.rule.name.empty() ? "Rule " + count_text(i + 1)
                                                    : net::bytes::printable(form.rule.name, 64);
    text_elided(name + "  -  " + rule_words(form.rule),
                is_wrong          ? Role::kError
                : form.rule.is_on ? Role::kText
                                  : Role::kMuted,
                room);
    ImGui::SetCursorScreenPos({at.x + room + spacing, at.y});
    // Counted for the rules in force, which are these until something is edited.
    const bool has_hits = facts != nullptr && !panel.was_edited && i < facts->rules.size();
    ImGui::AlignTextToFramePadding();
    text(has_hits ? counted(facts->rules[i].hits, "hit") : std::string("-"), Role::kMuted);
    ImGui::SetCursorScreenPos({at.x + room + hits_width + 2 * spacing, at.y});
    if (button("Up", ButtonKind::kQuiet, i == 0 ? "It is the first already" : ""))
        turn.moved_up = i;
    ImGui::SameLine();
    if (button("Remove", ButtonKind::kQuiet)) turn.removed = i;
    ImGui::SetCursorScreenPos({at.x, at.y + ImGui::GetFrameHeight()});
    ImGui::Dummy({0, 0});
    ImGui::PopID();
}

void draw_list(RepliesPanel& panel,
               const RepliesErrors& errors,
               const ReplyFacts* facts,
               ListTurn& turn) {
    std::vector<RuleForm>& rules = panel.form.rules;
    if (rules.empty())
        wrapped_text("No rules yet. A rule says which messages are answered, and with what.",
                     Role::kMuted);
    draw_framing_words(panel.form.framing);
    for (std::size_t i = 0; i < rules.size(); ++i)
        draw_row(panel, i, errors, facts, turn);
    if (turn.moved_up) {
        std::swap(rules[*turn.moved_up], rules[*turn.moved_up - 1]);
        if (panel.selected == *turn.moved_up) --panel.selected;
        turn.is_edited = true;
    }
    if (turn.removed) {
        rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(*turn.removed));
        if (panel.selected >= rules.size() && panel.selected > 0) --panel.selected;
        turn.is_edited = true;
    }
    const std::string_view why_not = rules.size() < net::channel::kMostRules
                                         ? std::string_view{}
                                         : std::string_view{"There are as many as there can be"};
    if (button("Add a rule", ButtonKind::kPlain, why_not)) {
        RuleForm form;
        form.rule.when = ReplyWhen::kContains;
        rules.push_back(std::move(form));
        panel.selected = rules.size() - 1;
        panel.wants_name_focus = true;
        turn.is_edited = true;
    }
    if (rules.size() < 2) return;
    ImGui::SameLine(0, px(kSpace3));
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    bool& all = panel.form.replies.all_that_fit;
    if (segment("The first that fits", !all) && all) {
        all = false;
        turn.is_edited = true;
    }
    ImGui::SameLine();
    if (segment("All that fit", all) && !all) all = turn.is_edited = true;
    ImGui::PopStyleVar();
}

// ---- One rule ----

bool draw_pattern(ReplyRule& rule, const RuleErrors& errors) {
    if (rule.when == ReplyWhen::kEveryMessage) return false;
    bool is_edited = false;
    small_text("What it is compared with");
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    const auto kind = [&](const char* label, PatternKind value, std::string_view words) {
        if (segment(label, rule.pattern.kind == value) && rule.pattern.kind != value) {
            rule.pattern.kind = value;
            is_edited = true;
        }
        hover_text(words);
        ImGui::SameLine();
    };
    kind("Text###pattern text", PatternKind::kText, "Text with the escapes of the send box");
    kind("Hex###pattern hex", PatternKind::kHex, "Bytes in hex; ? stands for any digit");
    kind("Regex###pattern regex", PatternKind::kRegex,
         "A regular expression over bytes; its groups can stand in the answer as \\{1} to \\{9}");
    ImGui::PopStyleVar();
    ImGui::BeginDisabled(rule.pattern.kind == PatternKind::kHex);
    if (segment("Aa###pattern case", rule.pattern.matches_case)) {
        rule.pattern.matches_case = !rule.pattern.matches_case;
        is_edited = true;
    }
    ImGui::EndDisabled();
    hover_text("Capital and small letters are different");
    ImGui::SameLine();
    ImGui::SetNextItemWidth(-FLT_MIN);
    keep_typed_on_escape("##Pattern");
    const bool is_wrong = !errors.pattern.empty();
    if (is_wrong) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    is_edited |= ImGui::InputTextWithHint(
        "##Pattern", rule.pattern.kind == PatternKind::kHex ? "48 ?? 6c 4?" : "hello",
        &rule.pattern.text);
    if (is_wrong) ImGui::PopStyleColor();
    field_error(errors.pattern);
    return is_edited;
}

bool draw_then(ReplyRule& rule) {
    bool is_edited = false;
    begin_captioned("Afterwards");
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    const auto then = [&](const char* label, ReplyThen value) {
        if (!segment(label, rule.then == value) || rule.then == value) return;
        rule.then = value;
        is_edited = true;
    };
    then("Go on###then go on", ReplyThen::kGoOn);
    ImGui::SameLine();
    then("Close###then close", ReplyThen::kClose);
    ImGui::SameLine();
    then("Reset###then reset", ReplyThen::kReset);
    ImGui::PopStyleVar();
    end_captioned();
    return is_edited;
}

bool draw_numbers(RuleForm& form, const RuleErrors& errors) {
    const float width = px(110);
    bool is_edited = false;
    is_edited |= text_field("After (ms)", form.delay_ms,
                            {.hint = "0", .error = errors.delay, .width = width});
    ImGui::SameLine();
    is_edited |= text_field("Answers for a hit", form.times,
                            {.hint = "1", .error = errors.times, .width = width});
    ImGui::SameLine();
    is_edited |= text_field("Most hits", form.most_hits,
                            {.hint = "no limit", .error = errors.most_hits, .width = width});
    ImGui::SameLine();
    is_edited |= draw_then(form.rule);
    field_error(errors.delay);
    field_error(errors.times);
    field_error(errors.most_hits);
    return is_edited;
}

bool draw_rule(RepliesPanel& panel, RuleForm& form, const RuleErrors& errors) {
    bool is_edited = false;
    const float half =
        std::floor((ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ItemSpacing.x) / 2);
    if (std::exchange(panel.wants_name_focus, false)) ImGui::SetKeyboardFocusHere();
    is_edited |= text_field("Name in the log", form.rule.name,
                            {.hint = "none", .error = errors.name, .width = half});
    ImGui::SameLine();
    begin_captioned("Fits", half);
    if (ImGui::BeginCombo("##Fits", look_of(form.rule.when).name)) {
        for (const WhenLook& look : kWhens) {
            if (!ImGui::Selectable(look.name, look.when == form.rule.when)) continue;
            form.rule.when = look.when;
            is_edited = true;
        }
        ImGui::EndCombo();
    }
    name_last_item("##Fits");
    end_captioned();
    field_error(errors.name);
    is_edited |= draw_pattern(form.rule, errors);
    is_edited |= draw_reply_text("Answer", "none", form.rule.answer, errors.answer, kRulePlaces);
    is_edited |= draw_numbers(form, errors);
    return is_edited;
}

}  // namespace

bool draw_reply_text(const char* label,
                     const char* hint,
                     net::channel::ReplyText& typed,
                     std::string_view error,
                     std::span<const ReplyPlaceName> places) {
    bool is_edited = false;
    ImGui::PushID(label);
    small_text(label);
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("Text###answer text", !typed.is_hex) && typed.is_hex) {
        typed.is_hex = false;
        is_edited = true;
    }
    ImGui::SameLine();
    if (segment("Hex###answer hex", typed.is_hex) && !typed.is_hex) typed.is_hex = is_edited = true;
    ImGui::PopStyleVar();
    ImGui::SameLine();
    const float insert = button_width("Insert") + ImGui::GetStyle().ItemSpacing.x;
    ImGui::SetNextItemWidth(std::max(ImGui::GetContentRegionAvail().x - insert, px(80)));
    if (!error.empty()) ImGui::PushStyleColor(ImGuiCol_Border, color(Role::kError));
    std::string id = "##";
    id += label;  // a literal of ours
    keep_typed_on_escape(id.c_str());
    is_edited |= ImGui::InputTextWithHint(id.c_str(), hint, &typed.text);
    if (!error.empty()) ImGui::PopStyleColor();
    ImGui::SameLine();
    if (button("Insert")) ImGui::OpenPopup("##places");
    hover_text("Puts in what is filled in when it is sent");
    if (ImGui::BeginPopup("##places")) {
        for (const ReplyPlaceName& place : places) {
            if (!ImGui::MenuItem(place.name)) continue;
            typed.text += place.text;
            is_edited = true;
        }
        ImGui::EndPopup();
    }
    field_error(error);
    ImGui::PopID();
    return is_edited;
}

bool draw_rules(RepliesPanel& panel, const RepliesErrors& errors, const ReplyFacts* facts) {
    ListTurn turn;
    draw_list(panel, errors, facts, turn);
    std::vector<RuleForm>& rules = panel.form.rules;
    if (panel.selected >= rules.size()) return turn.is_edited;
    ImGui::Dummy({0, px(kSpace1)});
    begin_card("##rule card");
    const RuleErrors none;
    turn.is_edited |=
        draw_rule(panel, rules[panel.selected],
                  panel.selected < errors.rules.size() ? errors.rules[panel.selected] : none);
    end_card();
    return turn.is_edited;
}

}  // namespace app::ui
