// A column of cards, one for each endpoint of a kind: what the panels of servers and clients have in common.
//
// A Card has `number`, `endpoint`, `is_touched`; what else it has is its panel's business, which says how to fill it and how to draw it.
// Thread: frame thread.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace app::ui {

template <typename Card>
struct CardPanel {
    std::vector<Card> cards;
    // Of the session, when cards and endpoints were matched.
    std::uint64_t seen_version = ~std::uint64_t{0};
    bool wants_focus = false;
    std::uint64_t focused_card = 0;  // the one used last, F5 starts or stops it; 0: none yet
    bool has_focus = false;
    std::uint64_t added_card = 0;    // to be scrolled to; 0: none
    int frames_to_added = 0;         // a card's height settles in its second frame
    std::uint64_t replies_card = 0;  // whose replies are to be edited: the workspace's; 0: nobody's
};

// What the card shows; null: never started, or forgotten.
template <typename Card>
[[nodiscard]] const session::Endpoint* endpoint_of(const session::Session& session,
                                                   const Card& card) {
    return card.endpoint == session::EndpointId::kNone ? nullptr : session.endpoint(card.endpoint);
}

// A card that the user has asked for: the one that F5 means, and in sight.
template <typename Card>
void add_card(CardPanel<Card>& panel, Card card) {
    constexpr int kFramesToSettle = 3;
    card.is_touched = true;
    panel.focused_card = panel.added_card = card.number;
    panel.frames_to_added = kFramesToSettle;
    panel.cards.push_back(std::move(card));
}

// The card used last; null: none of these.
template <typename Card>
[[nodiscard]] const Card* focused_card(const CardPanel<Card>& panel) {
    const auto found = std::find_if(panel.cards.begin(), panel.cards.end(), [&](const Card& card) {
        return card.number == panel.focused_card;
    });
    return found == panel.cards.end() ? nullptr : &*found;
}

// Gives every endpoint of `kind` a card, filled by `fill_from(card, endpoint)` where it was started elsewhere (the command line), and the
// panel at least one. `next_card` counts cards of every kind.
template <typename Card, typename FillFrom>
void match_cards(const session::Session& session,
                 session::EndpointKind kind,
                 CardPanel<Card>& panel,
                 std::uint64_t& next_card,
                 FillFrom&& fill_from) {
    if (session.is_live() && panel.seen_version != session.version()) {
        panel.seen_version = session.version();
        for (Card& card : panel.cards) {
            if (const auto id = session.endpoint_of_card(card.number)) card.endpoint = *id;
        }
        for (const session::EndpointId id : session.endpoints()) {
            const session::Endpoint* endpoint = session.endpoint(id);
            if (endpoint == nullptr || endpoint->kind != kind) continue;
            const auto shows_it = [&](const Card& card) { return card.endpoint == id; };
            if (std::any_of(panel.cards.begin(), panel.cards.end(), shows_it)) continue;
            // A card that nobody has touched makes room.
            const auto unused =
                std::find_if(panel.cards.begin(), panel.cards.end(), [](const Card& card) {
                    return card.endpoint == session::EndpointId::kNone && !card.is_touched;
                });
            if (unused != panel.cards.end()) {
                fill_from(*unused, *endpoint);
                continue;
            }
            panel.cards.push_back(Card{.number = next_card++});
            fill_from(panel.cards.back(), *endpoint);
        }
    }
    if (panel.cards.empty()) panel.cards.push_back(Card{.number = next_card++});
}

// Draws each card's frame and, by `draw_inside(card)`, what is in it; where that answers false the user wants the card gone.
template <typename Card, typename DrawInside>
void draw_cards(CardPanel<Card>& panel,
                const char* frame_id,
                std::uint64_t& next_card,
                session::Intents& intents,
                DrawInside&& draw_inside) {
    for (std::size_t i = 0; i < panel.cards.size();) {
        Card& card = panel.cards[i];
        push_id(card.number);
        // Before the card: one out of sight submits its fields only when somebody asks for the focus.
        if (panel.wants_focus) {
            ImGui::SetKeyboardFocusHere();
            panel.wants_focus = false;
        }
        begin_card(frame_id);
        const bool stays = draw_inside(card);
        if (ImGui::IsWindowFocused(ImGuiFocusedFlags_ChildWindows)) {
            panel.focused_card = card.number;
            panel.has_focus = true;
        }
        end_card();
        if (panel.added_card == card.number) {
            ImGui::ScrollToItem(ImGuiScrollFlags_KeepVisibleEdgeY);
            if (--panel.frames_to_added <= 0) panel.added_card = 0;
        }
        ImGui::PopID();
        if (stays) {
            ++i;
            continue;
        }
        if (card.endpoint != session::EndpointId::kNone)
            intents.emplace_back(session::RemoveEndpointIntent{.endpoint = card.endpoint});
        panel.cards.erase(panel.cards.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (!panel.cards.empty()) return;
    panel.cards.push_back(Card{.number = next_card++});
    if (panel.focused_card != 0) panel.focused_card = panel.cards.back().number;
}

}  // namespace app::ui
