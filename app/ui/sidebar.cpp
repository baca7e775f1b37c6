#include "app/ui/sidebar.h"

#include "app/ui/endpoint_form.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>

#include <algorithm>
#include <array>
#include <cfloat>
#include <cstdio>
#include <string>
#include <utility>

namespace app::ui {

namespace {

using session::Session;

void draw_saved_capture_sign(const Session& session, const FrameInfo& frame) {
    if (frame.opening_progress >= 0) {
        std::array<char, 48> words{};
        std::snprintf(words.data(), words.size(), "Opening the capture: %.0f %%",
                      std::clamp(frame.opening_progress, 0.0, 1.0) * 100);
        ImGui::ProgressBar(static_cast<float>(std::clamp(frame.opening_progress, 0.0, 1.0)),
                           {-FLT_MIN, 0}, words.data());
    }
    if (session.is_live()) return;
    std::string words = "Saved capture, not live.";
    if (frame.is_stream) words = "From standard input, ended.";
    if (frame.is_arriving) words = "From standard input, arriving.";
    notice(words + " It can be looked at; servers and clients can't be started here.",
           Role::kWarning);
}

// A saved capture has endpoints only: there is nobody to send to.
void draw_sidebar_tabs(const Session& session, Workspace::State& state) {
    if (!session.is_live()) {
        state.tab = SidebarTab::kEndpoints;
        return;
    }
    const auto tab = [&](const char* label, SidebarTab value, std::string_view words) {
        if (segment(label, state.tab == value)) state.tab = value;
        hover_text(words);
    };
    ImGui::PushFont(nullptr, kSmallSize);
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    tab("Endpoints", SidebarTab::kEndpoints, "Servers and clients");
    ImGui::SameLine();
    tab("Saved###saved tab", SidebarTab::kSaved, "What is sent often, a press away");
    ImGui::SameLine();
    const std::size_t running = running_jobs(session);
    const std::string sending =
        (running == 0 ? "Sending" : "Sending (" + std::to_string(running) + ")") + "###sending tab";
    tab(sending.c_str(), SidebarTab::kSending,
        "Repeats, generated traffic, files and split tests, sent by themselves");
    ImGui::PopStyleVar();
    ImGui::PopFont();
}

void draw_endpoints(const Session& session,
                    Workspace::State& state,
                    const FrameInfo& frame,
                    session::Intents& intents) {
    const std::uint64_t server = state.servers.focused_card;
    const std::uint64_t client = state.clients.focused_card;
    draw_server_panel(session, state.servers, state.next_card, frame, intents);
    ImGui::Dummy({0, px(kSpace1)});
    draw_client_panel(session, state.clients, state.next_card, frame, intents);
    // A card that was just added has no focus yet, but is the one the user means.
    if (state.servers.has_focus || state.servers.focused_card != server)
        state.card_used_last = session::EndpointKind::kServer;
    if (state.clients.has_focus || state.clients.focused_card != client)
        state.card_used_last = session::EndpointKind::kClient;
}

void draw_saved(const Session& session,
                Workspace::State& state,
                const FrameInfo& frame,
                const SendSide& sending,
                session::Intents& intents) {
    read_composer(state.send.composer, frame.now_ns);
    SavedTurn turn = draw_saved_panel(sending.saved, state.saved, state.send.composer,
                                      repeat_times(state.sending.form));
    if (turn.changed) sending.asked.saved = std::move(turn.changed);
    sending.asked.wants_import |= turn.wants_import;
    sending.asked.wants_export |= turn.wants_export;
    if (turn.sent)
        send_saved(session, state.send, *turn.sent, state.selection, state.open_selection, frame,
                   sending, intents);
    if (!turn.put) return;
    put_into_box(state.send, std::move(turn.put->what));
    state.send.wants_focus = true;
}

// Of the card whose replies are edited, by its number: servers and clients alike.
template <typename Cards>
auto* card_of(Cards& cards, std::uint64_t number) {
    const auto found = std::find_if(cards.begin(), cards.end(),
                                    [&](const auto& card) { return card.number == number; });
    return found == cards.end() ? nullptr : &*found;
}

template <typename CardPanel>
void edit_replies(const Session& session,
                  CardPanel& cards,
                  RepliesPanel& panel,
                  bool is_client,
                  session::Intents& intents) {
    if (const std::uint64_t number = std::exchange(cards.replies_card, 0); number != 0) {
        if (const auto* const card = card_of(cards.cards, number))
            open_replies(panel, number, endpoint_name(card->host, card->port), is_client,
                         card->replies);
    }
    auto* const card = card_of(cards.cards, panel.card);
    if (card == nullptr || !panel.panel.is_open) return;
    const session::Endpoint* const endpoint = endpoint_of(session, *card);
    const bool runs = !is_at_rest(endpoint);
    const auto asked = draw_replies_panel(panel, runs ? session.replies(card->endpoint) : nullptr);
    if (!asked) return;
    card->replies = *asked;
    card->is_touched = true;
    if constexpr (requires { card->echoes; }) card->echoes = asked->echoes;
    if (runs)
        intents.emplace_back(
            session::SetRepliesIntent{.endpoint = card->endpoint, .replies = *asked});
}

}  // namespace

void draw_sidebar(const Session& session,
                  Workspace::State& state,
                  const FrameInfo& frame,
                  const SendSide& sending,
                  session::Intents& intents) {
    draw_saved_capture_sign(session, frame);
    draw_sidebar_tabs(session, state);
    begin_region("##sidebar part", ImGui::GetContentRegionAvail(), Role::kPanel, false,
                 ImGuiWindowFlags_NoBackground);
    state.servers.has_focus = state.servers.has_focus && state.tab == SidebarTab::kEndpoints;
    state.clients.has_focus = state.clients.has_focus && state.tab == SidebarTab::kEndpoints;
    switch (state.tab) {
        case SidebarTab::kEndpoints: draw_endpoints(session, state, frame, intents); break;
        case SidebarTab::kSaved: draw_saved(session, state, frame, sending, intents); break;
        case SidebarTab::kSending:
            draw_sending_panel(session, state.sending, state.send, state.selection,
                               state.open_selection, frame, intents);
            break;
    }
    end_region();
}

void draw_replies(const Session& session, Workspace::State& state, session::Intents& intents) {
    edit_replies(session, state.servers, state.replies, false, intents);
    edit_replies(session, state.clients, state.replies, true, intents);
    // The card has gone.
    const bool is_there = card_of(state.servers.cards, state.replies.card) != nullptr ||
                          card_of(state.clients.cards, state.replies.card) != nullptr;
    if (!is_there) state.replies.panel.is_open = false;
}

}  // namespace app::ui
