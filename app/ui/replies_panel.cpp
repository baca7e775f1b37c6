#include "app/ui/replies_panel.h"

#include "app/ui/numbers.h"
#include "app/ui/reply_rules.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <numeric>
#include <utility>

namespace app::ui {

namespace {

using net::channel::Replies;
using session::ReplyFacts;

void draw_tabs(RepliesPanel& panel) {
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    const auto tab = [&](const char* label, RepliesTab value) {
        if (segment(label, panel.tab == value)) panel.tab = value;
    };
    tab("Rules", RepliesTab::kRules);
    ImGui::SameLine();
    tab("Messages###reply messages", RepliesTab::kMessages);
    ImGui::SameLine();
    tab("Echo and welcome", RepliesTab::kWelcome);
    if (!panel.is_client) {
        ImGui::SameLine();
        tab("Relay", RepliesTab::kRelay);
    }
    ImGui::PopStyleVar();
}

bool draw_messages(RepliesPanel& panel) {
    begin_region("##reply framing", {px(340), ImGui::GetContentRegionAvail().y}, Role::kPanel,
                 false);
    small_wrapped_text(
        "What is read is split into messages like this; rules and the relay are "
        "about messages.");
    const bool is_edited = draw_framing_form(panel.form.framing);
    end_region();
    return is_edited;
}

bool draw_welcome(RepliesPanel& panel, const RepliesErrors& errors) {
    Replies& replies = panel.form.replies;
    bool is_edited = ImGui::Checkbox("Echo back what arrives", &replies.echoes);
    ImGui::Dummy({0, px(kSpace1)});
    is_edited |= draw_reply_text("Welcome", "sent to each connection once it is open; empty: none",
                                 replies.welcome, errors.welcome, kWelcomePlaces);
    ImGui::Dummy({0, px(kSpace1)});
    is_edited |=
        text_field("Most answers a second", panel.form.most_per_second,
                   {.hint = "0: no limit", .error = errors.most_per_second, .width = px(180)});
    field_error(errors.most_per_second);
    small_wrapped_text(
        "Of all connections of this endpoint together, so that two servers that answer each other "
        "do not run away. Echo is not limited.");
    return is_edited;
}

bool draw_relay(RepliesPanel& panel, const RepliesErrors& errors) {
    net::channel::Relay& relay = panel.form.replies.relay;
    bool is_edited =
        ImGui::Checkbox("Relay every message to all other clients (a chat room)", &relay.is_on);
    ImGui::BeginDisabled(!relay.is_on);
    is_edited |= draw_reply_text("To the others", "the message alone", relay.message,
                                 errors.relayed, kRelayPlaces);
    is_edited |=
        draw_reply_text("When one joins", "nothing", relay.joined, errors.joined, kWelcomePlaces);
    is_edited |=
        draw_reply_text("When one leaves", "nothing", relay.left, errors.left, kLeftPlaces);
    ImGui::EndDisabled();
    small_wrapped_text("What a message is, is chosen under Messages.");
    return is_edited;
}

void draw_state(const RepliesPanel& panel, const ReplyFacts* facts, const std::string& why_not) {
    if (!why_not.empty()) return field_error(why_not);
    if (facts == nullptr)
        return panel.was_edited ? small_text("Changed, and not applied yet", Role::kWarning)
                                : small_text("It holds when the endpoint is started");
    if (!facts->trouble.empty()) return notice(facts->trouble, Role::kError);
    if (facts->asked != 0) return small_text("Being taken over");
    if (panel.was_edited) return small_text("Changed, and not applied yet", Role::kWarning);
    if (facts->left_out != 0)
        return small_text(count_text(facts->left_out) + " left out by the limit a second",
                          Role::kWarning);
    small_text("In force");
}

}  // namespace

void open_replies(RepliesPanel& panel,
                  std::uint64_t card,
                  std::string name,
                  bool is_client,
                  const Replies& replies) {
    if (panel.card != card || !panel.was_edited) {
        if (panel.was_edited) panel.drafts[panel.card] = std::move(panel.form);
        auto draft = panel.drafts.extract(card);
        panel.was_edited = !draft.empty();
        panel.form = draft.empty() ? form_of(replies) : std::move(draft.mapped());
        panel.selected = 0;
        panel.tab = RepliesTab::kRules;
    }
    panel.applied = replies;
    panel.card = card;
    panel.name = std::move(name);
    panel.is_client = is_client;
    panel.panel.open();
}

std::optional<Replies> draw_replies_panel(RepliesPanel& panel, const ReplyFacts* facts) {
    std::optional<Replies> asked;
    if (!panel.panel.is_open) return asked;
    if (begin_panel(panel.panel, {.title = "Replies###replies",
                                  .width = 680,
                                  .height = 560,
                                  .esc_leaves_fields = true})) {
        RepliesErrors errors;
        auto replies = replies_of(panel.form, errors);
        text("Of", Role::kMuted);
        ImGui::SameLine();
        text_elided(panel.name);
        draw_tabs(panel);
        const float below = ImGui::GetFrameHeight() + 2 * ImGui::GetStyle().ItemSpacing.y +
                            2 * ImGui::GetTextLineHeight();
        begin_region("##replies body", {0, -below}, Role::kPanel, false);
        bool is_edited = false;
        switch (panel.tab) {
            case RepliesTab::kRules: is_edited = draw_rules(panel, errors, facts); break;
            case RepliesTab::kMessages: is_edited = draw_messages(panel); break;
            case RepliesTab::kWelcome: is_edited = draw_welcome(panel, errors); break;
            case RepliesTab::kRelay: is_edited = draw_relay(panel, errors); break;
        }
        end_region();
        panel.was_edited |= is_edited;
        const std::string why_not = errors.any();
        if (button("Apply", ButtonKind::kPrimary, why_not) && replies) {
            asked = std::move(*replies);
            panel.applied = *asked;
            panel.was_edited = false;
        }
        ImGui::SameLine();
        const bool is_refused = facts != nullptr && !facts->trouble.empty();
        if (button(
                "Undo changes", ButtonKind::kPlain,
                panel.was_edited || is_refused ? "" : "Nothing was changed since it was applied")) {
            // What was refused is not in force: the card takes back what is.
            if (is_refused) asked = panel.applied = facts->replies;
            panel.form = form_of(panel.applied);
            panel.was_edited = false;
        }
        ImGui::SameLine();
        if (button("Close###close replies")) panel.panel.is_open = false;
        draw_state(panel, facts, why_not);
    }
    end_panel(panel.panel);
    return asked;
}

bool draw_replies_line(const Replies& replies, const ReplyFacts* facts) {
    const bool is_pressed = button("Replies ...");
    hover_text("Echo, welcome, rules that answer, relay");
    ImGui::SameLine();
    std::string words = replies_words(replies);
    if (words.empty()) words = "none";
    if (facts != nullptr) {
        const std::uint64_t hits = std::accumulate(
            facts->rules.begin(), facts->rules.end(), std::uint64_t{0},
            [](std::uint64_t sum, const session::RuleHits& rule) { return sum + rule.hits; });
        if (hits != 0) words += ", " + counted(hits, "hit");
    }
    ImGui::AlignTextToFramePadding();
    ImGui::PushFont(nullptr, kSmallSize);
    text_elided(words, Role::kMuted);
    ImGui::PopFont();
    return is_pressed;
}

}  // namespace app::ui
