#include "app/ui/status_bar.h"

#include "app/ui/numbers.h"
#include "app/ui/paths.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace app::ui {

namespace {

using session::Ledger;
using session::LedgerState;
using session::Session;

enum class Shape { kNone, kCheck, kNotEqual, kIn, kOut };

// One thing the bar says. In the order of importance: what does not fit any more is left out whole.
struct Item {
    std::string words;
    Role role = Role::kText;
    Shape shape = Shape::kNone;
    std::string on_hover{};
};

Item ledger_item(const Ledger& ledger) {
    const std::string read = "read " + size_text(ledger.read);
    const std::string shown = "shown " + size_text(ledger.shown);
    const std::string exact = "Three independent counts, in bytes: read " +
                              count_text(ledger.read) + ", stored " + count_text(ledger.stored) +
                              ", shown " + count_text(ledger.shown);
    switch (ledger.state) {
        case LedgerState::kEmpty:
            return {.words = "nothing read yet",
                    .role = Role::kMuted,
                    .on_hover =
                        "Three independent counts will stand here: bytes read from the network, "
                        "stored in the file, shown in this window"};
        case LedgerState::kCounting:
            return {.words = read + ", " + shown + ", counting the file",
                    .role = Role::kMuted,
                    .on_hover = exact};
        case LedgerState::kAgrees: {
            const std::string stored = ledger.is_stored_checkable
                                           ? " = stored " + size_text(ledger.stored)
                                           : std::string{};
            return {
                .words = read + stored + " = " + shown, .shape = Shape::kCheck, .on_hover = exact};
        }
        case LedgerState::kDisagrees: break;
    }
    return {.words = read + ", stored " + size_text(ledger.stored) + ", " + shown,
            .role = Role::kError,
            .shape = Shape::kNotEqual,
            .on_hover = ledger.trouble};
}

Item pause_item(const session::Totals& totals, const FrameInfo& frame) {
    const bool is_storage = totals.pause_cause == net::channel::PauseCause::kStorage;
    return {
        .words = is_storage ? "PAUSED: no room for the capture" : "PAUSED: the view is catching up",
        .role = Role::kWarning,
        .on_hover =
            std::string(is_storage ? "Reading goes on by itself when there is space."
                                   : "Reading goes on by itself in a moment.") +
            (frame.is_stream
                 ? " Nothing is lost: whoever writes to standard input waits. Pauses so far: "
                 : " Nothing is lost: the peers' own TCP slows them down meanwhile. Pauses so "
                   "far: ") +
            count_text(totals.read_pauses)};
}

Item rate_item(Shape shape, double rate) {
    return {.words = (shape == Shape::kIn ? "in " : "out ") + rate_text(rate),
            .role = rate < 0.5 ? Role::kMuted : Role::kText,
            .shape = shape};
}

std::vector<Item> items_of(const Session& session, const FrameInfo& frame) {
    const session::Totals& totals = session.totals();
    std::vector<Item> items{ledger_item(session.ledger())};
    if (totals.is_paused) items.push_back(pause_item(totals, frame));
    if (!session.is_live()) {
        const char* words = "saved capture, not live";
        if (frame.is_stream) words = "from standard input, ended";
        if (frame.is_arriving) words = "from standard input, arriving";
        items.push_back({.words = words, .role = Role::kWarning});
        return items;
    }
    items.push_back(rate_item(Shape::kIn, totals.received_rate));
    items.push_back(rate_item(Shape::kOut, totals.sent_rate));
    items.push_back({.words = count_text(totals.open_connections) + " open",
                     .role = totals.open_connections == 0 ? Role::kMuted : Role::kText,
                     .on_hover = counted(totals.connections, "connection") + " so far"});
    if (totals.datagrams_dropped != 0) {
        items.push_back(
            {.words = counted(totals.datagrams_dropped, "datagram") + " dropped by the system",
             .role = Role::kWarning});
    }
    const std::int64_t behind_ms = std::max<std::int64_t>(session.behind_ns() / 1'000'000, 0);
    items.push_back(
        {.words =
             "view " + count_text(static_cast<std::uint64_t>(behind_ms)) + " ms behind the wire",
         .role = behind_ms > 1000 ? Role::kWarning : Role::kMuted,
         .on_hover =
             "How old the oldest read of the last half second was when the window showed it"});
    return items;
}

float shape_size() {
    return std::round(ImGui::GetTextLineHeight() * 0.62F);
}
float shape_width(Shape shape) {
    return shape == Shape::kNone ? 0 : shape_size() + px(6);
}

void draw_shape(Shape shape) {
    if (shape == Shape::kNone) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float size = shape_size();
    const ImVec2 at{
        ImGui::GetCursorScreenPos().x,
        ImGui::GetCursorScreenPos().y + std::round((ImGui::GetTextLineHeight() - size) / 2)};
    switch (shape) {
        case Shape::kNone: break;
        case Shape::kCheck: ImGui::RenderCheckMark(&list, at, color_u32(Role::kGood), size); break;
        case Shape::kNotEqual: {
            const ImU32 tint = color_u32(Role::kError);
            const float thick = std::max(px(2), 2.0F);
            list.AddLine({at.x, at.y + size * 0.3F}, {at.x + size, at.y + size * 0.3F}, tint,
                         thick);
            list.AddLine({at.x, at.y + size * 0.7F}, {at.x + size, at.y + size * 0.7F}, tint,
                         thick);
            list.AddLine({at.x + size * 0.25F, at.y + size}, {at.x + size * 0.75F, at.y}, tint,
                         thick);
            break;
        }
        case Shape::kIn: arrow_shape(list, at, size, false, color_u32(Role::kReceived)); break;
        case Shape::kOut: arrow_shape(list, at, size, true, color_u32(Role::kSent)); break;
    }
    ImGui::Dummy({size, ImGui::GetTextLineHeight()});
    ImGui::SameLine(0, px(6));
}

}  // namespace

void draw_status_bar(const Session& session, const FrameInfo& frame) {
    const float left = ImGui::GetCursorPosX();
    const float right = left + ImGui::GetContentRegionAvail().x;
    const float gap = px(kSpace4);
    float at = left;
    for (const Item& item : items_of(session, frame)) {
        const float width = shape_width(item.shape) + text_width(item.words);
        if (at != left && at + width > right) break;
        if (at != left) ImGui::SameLine(at);
        ImGui::BeginGroup();
        draw_shape(item.shape);
        text_elided(item.words, item.role, right - ImGui::GetCursorPosX());
        ImGui::EndGroup();
        hover_text(item.on_hover);
        at += width + gap;
    }
    // The name of the file, at the right edge, where there is room for a useful part of it.
    const std::string_view name = base_name(session.capture_path());
    if (name.empty() || right - at < px(80)) return;
    const float width = std::min(text_width(name), right - at);
    ImGui::SameLine(right - width);
    text_elided(name, Role::kMuted, width, session.capture_path());
}

}  // namespace app::ui
