#include "app/ui/row_scroll.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

namespace app::ui {

namespace {

constexpr float kRowsPerWheelStep = 3;

}  // namespace

std::uint64_t last_first_row(std::uint64_t rows, std::uint64_t in_sight) {
    return rows > in_sight ? rows - in_sight : 0;
}

std::uint64_t row_at(long double part, std::uint64_t last) {
    if (!(part > 0)) return 0;
    if (part >= 1) return last;
    return std::min(static_cast<std::uint64_t>(part * static_cast<long double>(last) + 0.5L), last);
}

void RowScroll::settle(std::uint64_t rows, std::uint64_t in_sight) {
    const std::uint64_t last = last_first_row(rows, in_sight);
    first_row = follows_tail ? last : std::min(first_row, last);
}

void RowScroll::move_by(std::int64_t delta, std::uint64_t rows, std::uint64_t in_sight) {
    if (delta == 0) return;
    const std::uint64_t last = last_first_row(rows, in_sight);
    if (delta < 0) {
        const std::uint64_t up = std::uint64_t{0} - static_cast<std::uint64_t>(delta);
        move_to(first_row > up ? first_row - up : 0, rows, in_sight);
    } else {
        const auto down = static_cast<std::uint64_t>(delta);
        move_to(last - std::min(first_row, last) > down ? first_row + down : last, rows, in_sight);
    }
}

void RowScroll::move_to(std::uint64_t row, std::uint64_t rows, std::uint64_t in_sight) {
    const std::uint64_t last = last_first_row(rows, in_sight);
    first_row = std::min(row, last);
    follows_tail = first_row == last;
}

void scroll_by_input(RowScroll& scroll,
                     const FocusStop& stop,
                     std::uint64_t rows,
                     std::uint64_t in_sight) {
    const ImGuiIO& io = ImGui::GetIO();
    if (stop.is_hovered && io.MouseWheel != 0.0F && !io.KeyShift && !io.KeyCtrl) {
        scroll.wheel_rest += -io.MouseWheel * kRowsPerWheelStep;  // touchpads send fractions
        const float whole = std::trunc(scroll.wheel_rest);
        scroll.wheel_rest -= whole;
        scroll.move_by(static_cast<std::int64_t>(whole), rows, in_sight);
    }
    const auto page = static_cast<std::int64_t>(std::max<std::uint64_t>(in_sight, 2) - 1);
    if (key_pressed(stop, ImGuiKey_UpArrow)) scroll.move_by(-1, rows, in_sight);
    if (key_pressed(stop, ImGuiKey_DownArrow)) scroll.move_by(1, rows, in_sight);
    if (key_pressed(stop, ImGuiKey_PageUp)) scroll.move_by(-page, rows, in_sight);
    if (key_pressed(stop, ImGuiKey_PageDown)) scroll.move_by(page, rows, in_sight);
    if (key_pressed(stop, ImGuiKey_Home)) scroll.move_to(0, rows, in_sight);
    if (key_pressed(stop, ImGuiKey_End)) scroll.move_to(rows, rows, in_sight);
}

void scroll_bar(const char* id,
                RowScroll& scroll,
                ImVec2 from,
                ImVec2 to,
                std::uint64_t rows,
                std::uint64_t in_sight) {
    const std::uint64_t last = last_first_row(rows, in_sight);
    if (last == 0 || to.y <= from.y) return;
    const ImRect track(from, to);
    const ImGuiID item = ImGui::GetID(id);
    if (!ImGui::ItemAdd(track, item, nullptr, ImGuiItemFlags_NoNav)) return;
    [[maybe_unused]] ImGuiContext& g = *ImGui::GetCurrentContext();  // for the macro
    IMGUI_TEST_ENGINE_ITEM_INFO(item, id, ImGui::GetItemStatusFlags());
    bool is_hovered = false;
    bool is_held = false;
    const bool is_pressed =
        ImGui::ButtonBehavior(track, item, &is_hovered, &is_held,
                              ImGuiButtonFlags_PressedOnClick | ImGuiButtonFlags_NoNavFocus);

    const float length = track.GetHeight();
    const auto share =
        static_cast<float>(static_cast<long double>(in_sight) / static_cast<long double>(rows));
    const float grab =
        std::clamp(length * share, std::min(ImGui::GetStyle().GrabMinSize, length), length);
    const float free = length - grab;
    const auto grab_from = [&] {
        return track.Min.y + static_cast<float>(static_cast<long double>(scroll.first_row) /
                                                static_cast<long double>(last)) *
                                 free;
    };

    const float mouse = ImGui::GetIO().MousePos.y;
    if (is_pressed) {
        const float top = grab_from();
        scroll.is_dragging = mouse >= top && mouse < top + grab;
        scroll.grabbed_at = mouse - top;
        scroll.pressed_at = mouse;
        if (!scroll.is_dragging) {
            const auto page = static_cast<std::int64_t>(std::max<std::uint64_t>(in_sight, 2) - 1);
            scroll.move_by(mouse < top ? -page : page, rows, in_sight);
        }
    } else if (is_held && scroll.is_dragging && mouse != scroll.pressed_at && free > 0) {
        scroll.pressed_at = -1;  // it has moved: from here on it goes where the mouse is
        const long double part = static_cast<long double>(mouse - scroll.grabbed_at - track.Min.y) /
                                 static_cast<long double>(free);
        scroll.move_to(row_at(part, last), rows, in_sight);
    }
    if (!is_held) scroll.is_dragging = false;

    const float top = std::round(grab_from());
    const ImGuiCol tone = is_held      ? ImGuiCol_ScrollbarGrabActive
                          : is_hovered ? ImGuiCol_ScrollbarGrabHovered
                                       : ImGuiCol_ScrollbarGrab;
    const float inset = px(3);
    ImGui::GetWindowDrawList()->AddRectFilled({track.Min.x + inset, top},
                                              {track.Max.x - inset, top + grab},
                                              ImGui::GetColorU32(tone), px(3));
}

}  // namespace app::ui
