// What can be done with selected bytes: copying in several forms, saving, and being told why not.
#include "app/ui/numbers.h"
#include "app/ui/receive_view_parts.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace app::ui {

namespace {

using net::bytes::ByteFormat;

constexpr std::int64_t kMessageNs = 4'000'000'000;

// The last frame's count may be of another selection. Of what may be copied all items are counted.
void count_to_copy(ReceiveView& view) {
    constexpr std::uint64_t kMost = kMostClipboardReads + 1;
    if (count_selected(view, kMost)) return;
    view.selected.forget();
    static_cast<void>(count_selected(view, kMost));
}

constexpr std::array<ByteFormat, net::bytes::kByteFormats> kFormats{
    ByteFormat::kText,        ByteFormat::kHex,     ByteFormat::kHexDump, ByteFormat::kCArray,
    ByteFormat::kPythonBytes, ByteFormat::kEscaped, ByteFormat::kBase64};

}  // namespace

bool count_selected(ReceiveView& view, std::uint64_t most) {
    if (view.selected_generation != view.sheet.generation()) view.selected.forget();
    view.selected_generation = view.sheet.generation();
    return view.selected.update(view.sheet.items(), view.sheet.selection, most);
}

void copy_as(const ViewTurn& turn, ReceiveView& view, ByteFormat format) {
    if (view.sheet.selection.is_empty()) return;
    count_to_copy(view);
    Copied copied = copy_selection(turn.session, turn.files, view.sheet, view.selected, format,
                                   turn.settings.encoding);
    if (!copied.refusal.empty()) {
        view.copy_refusal = std::move(copied.refusal);
        view.offers_saving = copied.is_too_large;
        return;
    }
    ImGui::SetClipboardText(copied.text.c_str());
    view.message =
        "copied " + counted(copied.bytes, "byte") + " as " + std::string(net::bytes::name(format));
    view.message_until_ns = turn.frame.monotonic_ns + kMessageNs;
}

void draw_bytes_menu(const ViewTurn& turn, ReceiveView& view) {
    if (!ImGui::BeginPopup("##bytes menu")) return;
    const bool has_bytes = !view.sheet.selection.is_empty();
    if (ImGui::MenuItem("Copy", "Ctrl+C", false, has_bytes))
        copy_as(
            turn, view,
            view.cursor_is_in_text || !view.columns.has_hex ? ByteFormat::kText : ByteFormat::kHex);
    if (ImGui::BeginMenu("Copy as", has_bytes)) {
        for (const ByteFormat format : kFormats) {
            const std::string name(net::bytes::name(format));
            const std::string label = name + "###copy " + name;
            if (ImGui::MenuItem(label.c_str())) copy_as(turn, view, format);
        }
        ImGui::EndMenu();
    }
    if (ImGui::MenuItem("Save selection ...", nullptr, false, has_bytes)) view.wants_to_save = true;
    ImGui::Separator();
    if (ImGui::MenuItem("Select all", "Ctrl+A"))
        select_all(view.sheet.selection, view.sheet.places());
    if (ImGui::MenuItem("Select nothing", "Esc", false, has_bytes)) view.sheet.selection.clear();
    ImGui::Separator();
    if (!view.sheet.selection.is_empty()) {  // it may have been let go of just now
        const ConnectionId connection =
            view.sheet.items().item(view.sheet.selection.cursor()->item).connection;
        const std::string only =
            "Only connection #" + std::to_string(net::channel::number(connection));
        if (ImGui::MenuItem(only.c_str())) {
            view.toolbar.pinned = connection;
            view.toolbar.scope = ViewScope::kPinned;
        }
    }
    if (ImGui::MenuItem("Note ...", "Ctrl+B", false, has_bytes)) note_selection(turn, view);
    if (ImGui::MenuItem("Go to ...", "Ctrl+G")) view.go_to.open();
    ImGui::EndPopup();
}

void draw_refusal(ReceiveView& view) {
    if (!view.copy_refusal.empty() && !ImGui::IsPopupOpen("##copy refused"))
        ImGui::OpenPopup("##copy refused");
    if (!ImGui::BeginPopup("##copy refused")) return;
    text("Nothing was copied", Role::kText);
    ImGui::PushTextWrapPos(px(380));
    text(view.copy_refusal, Role::kMuted);
    ImGui::PopTextWrapPos();
    ImGui::Dummy({px(380), px(kSpace1)});
    bool is_over = false;
    if (view.offers_saving) {
        if (button("Save selection ...###save refused", ButtonKind::kPrimary)) {
            view.wants_to_save = true;
            is_over = true;
        }
        ImGui::SameLine();
    }
    if (button("Close###close refusal")) is_over = true;
    if (is_over) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
    if (is_over || !ImGui::IsPopupOpen("##copy refused")) view.copy_refusal.clear();
}

std::optional<session::SaveSelectionWish> save_wish(const ReceiveView& view) {
    const Sheet& sheet = view.sheet;
    if (!sheet.is_shown() || sheet.selection.is_empty()) return std::nullopt;
    const auto begin = sheet.byte_place(sheet.selection.begin());
    const auto last = sheet.byte_place(sheet.selection.last());
    if (!begin || !last) return std::nullopt;
    session::SaveSelectionWish wish;
    wish.filter = sheet.spec().filter;
    wish.segments = sheet.spec().segments;
    wish.begin = *begin;
    wish.last = *last;
    const SheetPlace first = sheet.selection.begin();
    const SheetPlace end = sheet.selection.last();
    // What has begun and not ended may have another number when it has.
    wish.first_item = std::min(first.item, sheet.items().stable_size());
    wish.begin_item = sheet.items().item(first.item).begin;
    wish.begin_offset = first.offset;
    wish.last_item = sheet.items().item(end.item).begin;
    wish.last_offset = end.offset;
    return wish;
}

}  // namespace app::ui
