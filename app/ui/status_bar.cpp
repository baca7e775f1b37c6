#include "app/ui/status_bar.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace app::ui {

namespace {

using session::Ledger;
using session::LedgerState;
using session::Session;

void gap() {
    ImGui::SameLine(0, px(kSpace4));
}

void draw_mark(LedgerState state) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float size = std::round(ImGui::GetTextLineHeight() * 0.62F);
    const ImVec2 at{
        ImGui::GetCursorScreenPos().x,
        ImGui::GetCursorScreenPos().y + std::round((ImGui::GetTextLineHeight() - size) / 2)};
    if (state == LedgerState::kAgrees) {
        ImGui::RenderCheckMark(&list, at, color_u32(Role::kGood), size);
    } else {  // not equal
        const ImU32 tint = color_u32(Role::kError);
        const float thick = std::max(px(2), 2.0F);
        list.AddLine({at.x, at.y + size * 0.3F}, {at.x + size, at.y + size * 0.3F}, tint, thick);
        list.AddLine({at.x, at.y + size * 0.7F}, {at.x + size, at.y + size * 0.7F}, tint, thick);
        list.AddLine({at.x + size * 0.25F, at.y + size}, {at.x + size * 0.75F, at.y}, tint, thick);
    }
    ImGui::Dummy({size, ImGui::GetTextLineHeight()});
    ImGui::SameLine(0, px(6));
}

void draw_ledger(const Session& session) {
    const Ledger& ledger = session.ledger();
    ImGui::BeginGroup();
    switch (ledger.state) {
        case LedgerState::kEmpty: text("nothing read yet", Role::kMuted); break;
        case LedgerState::kCounting:
            text("read " + size_text(ledger.read) + ", shown " + size_text(ledger.shown) +
                     ", counting the file",
                 Role::kMuted);
            break;
        case LedgerState::kAgrees:
            draw_mark(ledger.state);
            text("read " + size_text(ledger.read) +
                 (ledger.is_stored_checkable ? " = stored " + size_text(ledger.stored)
                                             : std::string{}) +
                 " = shown " + size_text(ledger.shown));
            break;
        case LedgerState::kDisagrees:
            draw_mark(ledger.state);
            text("read " + size_text(ledger.read) + ", stored " + size_text(ledger.stored) +
                     ", shown " + size_text(ledger.shown),
                 Role::kError);
            break;
    }
    ImGui::EndGroup();
    switch (ledger.state) {
        case LedgerState::kDisagrees: hover_text(ledger.trouble); break;
        case LedgerState::kEmpty:
            hover_text(
                "Here stand three independent counts: bytes read from the network, stored in the "
                "file, shown in this window");
            break;
        default:
            hover_text("Three independent counts, in bytes: read " + count_text(ledger.read) +
                       ", stored " + count_text(ledger.stored) + ", shown " +
                       count_text(ledger.shown));
    }
}

void draw_rate(bool is_sent, double rate) {
    const float size = std::round(ImGui::GetTextLineHeight() * 0.62F);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    arrow_shape(*ImGui::GetWindowDrawList(),
                {at.x, at.y + std::round((ImGui::GetTextLineHeight() - size) / 2)}, size, is_sent,
                color_u32(is_sent ? Role::kSent : Role::kReceived));
    ImGui::Dummy({size, ImGui::GetTextLineHeight()});
    ImGui::SameLine(0, px(6));
    text((is_sent ? "out " : "in ") + rate_text(rate), rate < 0.5 ? Role::kMuted : Role::kText);
}

std::string_view pause_words(net::channel::PauseCause cause) {
    return cause == net::channel::PauseCause::kStorage
               ? "PAUSED: no room for the capture; reading goes on when there is space"
               : "PAUSED: this window is catching up; nothing is lost";
}

std::string_view base_name(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

void draw_status_bar(const Session& session, const FrameInfo& frame) {
    const session::Totals& totals = session.totals();
    const float right = ImGui::GetCursorPosX() + ImGui::GetContentRegionAvail().x;
    draw_ledger(session);
    gap();
    if (totals.is_paused) {
        text(pause_words(totals.pause_cause), Role::kWarning);
        hover_text("The peers' own TCP slows them down meanwhile. Pauses so far: " +
                   count_text(totals.read_pauses));
        gap();
    }
    if (session.is_live()) {
        draw_rate(false, totals.received_rate);
        gap();
        draw_rate(true, totals.sent_rate);
        gap();
        text(count_text(totals.open_connections) + " open",
             totals.open_connections == 0 ? Role::kMuted : Role::kText);
        hover_text(counted(totals.connections, "connection") + " so far");
        if (totals.datagrams_dropped != 0) {
            gap();
            text(counted(totals.datagrams_dropped, "datagram") + " dropped by the system",
                 Role::kWarning);
        }
        const std::int64_t behind_ms = session.behind_ns() / 1'000'000;
        gap();
        text("view " +
                 count_text(static_cast<std::uint64_t>(std::max<std::int64_t>(behind_ms, 0))) +
                 " ms behind the wire",
             behind_ms > 1000 ? Role::kWarning : Role::kMuted);
        hover_text("How old the oldest of the newest reads was when it came into this window");
    } else {
        text("saved capture, not live", Role::kWarning);
        if (frame.opening_progress >= 0) {
            gap();
            text("opening", Role::kMuted);
        }
    }
    if (session.capture_path().empty()) return;
    // The name of the file, at the right edge, where there is room for a useful part of it.
    const std::string_view name = base_name(session.capture_path());
    ImGui::SameLine(0, px(kSpace4));
    const float left = ImGui::GetCursorPosX();
    const float room = right - left;
    if (room < px(60)) {
        ImGui::NewLine();
        return;
    }
    const float width = std::min(text_width(name), room);
    ImGui::SetCursorPosX(right - width);
    text_elided(name, Role::kMuted, width, session.capture_path());
}

}  // namespace app::ui
