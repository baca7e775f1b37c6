#include "app/ui/export_panel.h"

#include "app/ui/numbers.h"
#include "app/ui/theme.h"
#include "app/ui/widgets.h"

#include <imgui.h>

#include <array>
#include <string_view>

namespace app::ui {

namespace {

using session::ByteText;
using session::ExportFormat;

struct FormatLook {
    ExportFormat format;
    const char* name;
    const char* extension;
    std::string_view meaning;
};

constexpr std::array<FormatLook, 5> kFormats{{
    {ExportFormat::kRaw, "Raw bytes", ".bin",
     "The bytes alone, in the order of the stream; received and sent each in a file."},
    {ExportFormat::kHexDump, "Hex dump", ".txt",
     "Text: a heading for each read, then rows as hexdump -C writes them."},
    {ExportFormat::kPcapng, "Capture", ".pcapng",
     "The chosen connections as pcapng, which opens here and in Wireshark."},
    {ExportFormat::kCsv, "CSV", ".csv",
     "A line for each read: time, connection, direction, size, offset, bytes."},
    {ExportFormat::kJsonLines, "JSON Lines", ".jsonl",
     "The same fields as CSV, one JSON object a line."},
}};

bool has_byte_text(ExportFormat format) {
    return format == ExportFormat::kCsv || format == ExportFormat::kJsonLines;
}

void heading(std::string_view words) {
    ImGui::Dummy({0, px(2)});
    small_text(words);
}

void draw_connections(ExportPanel& panel,
                      const session::Session& session,
                      const Selection& selection) {
    heading("Connections");
    if (selection.is_empty()) panel.only_selected = false;
    const std::string all = "All (" + count_text(session.connections().size()) + ")###all";
    const std::string some = "Selected (" + count_text(selection.size()) + ")###selected";
    if (ImGui::RadioButton(all.c_str(), !panel.only_selected)) panel.only_selected = false;
    ImGui::SameLine();
    ImGui::BeginDisabled(selection.is_empty());
    if (ImGui::RadioButton(some.c_str(), panel.only_selected)) panel.only_selected = true;
    ImGui::EndDisabled();
    if (selection.is_empty()) hover_text("Select connections in the table first");
}

void draw_formats(ExportPanel& panel) {
    heading("Format");
    const float indent = ImGui::GetFrameHeight() + ImGui::GetStyle().ItemInnerSpacing.x;
    ImGui::PushStyleVarY(ImGuiStyleVar_ItemSpacing, px(2));
    for (const FormatLook& look : kFormats) {
        if (ImGui::RadioButton(look.name, panel.format == look.format)) panel.format = look.format;
        ImGui::Indent(indent);
        small_wrapped_text(look.meaning);
        ImGui::Unindent(indent);
        ImGui::Dummy({0, px(2)});
    }
    ImGui::PopStyleVar();
    if (!has_byte_text(panel.format)) return;
    ImGui::AlignTextToFramePadding();
    text("Bytes as", Role::kMuted);
    ImGui::SameLine();
    ImGui::PushStyleVarX(ImGuiStyleVar_ItemSpacing, px(2));
    if (segment("Hex", panel.byte_text == ByteText::kHex)) panel.byte_text = ByteText::kHex;
    ImGui::SameLine();
    if (segment("Base64", panel.byte_text == ByteText::kBase64))
        panel.byte_text = ByteText::kBase64;
    ImGui::PopStyleVar();
}

}  // namespace

void open_export(ExportPanel& panel, const Selection& selection) {
    if (!panel.panel.is_open) panel.only_selected = !selection.is_empty();
    panel.panel.open();
}

bool draw_export_panel(ExportPanel& panel,
                       const session::DocumentFact& document,
                       const session::Session& session,
                       const Selection& selection) {
    if (!panel.panel.is_open) return false;
    bool goes_on = false;
    if (begin_panel(panel.panel, {.title = "Export###export", .width = 460})) {
        text("From", Role::kMuted);
        ImGui::SameLine();
        text_elided(document.title, Role::kText, 0, document.path);
        draw_connections(panel, session, selection);
        heading("Direction");
        ImGui::Checkbox("Received", &panel.wants_received);
        ImGui::SameLine();
        ImGui::Checkbox("Sent", &panel.wants_sent);
        draw_formats(panel);
        ImGui::Dummy({0, px(kSpace1)});
        const bool is_nothing = !panel.wants_received && !panel.wants_sent;
        std::string_view why_not;
        if (is_nothing) why_not = "Choose a direction: received, sent or both";
        if (session.connections().empty()) why_not = "There are no connections to export";
        if (panel.panel.wants_front) ImGui::SetKeyboardFocusHere();
        goes_on = button("Choose a file ...", ButtonKind::kPrimary, why_not);
        ImGui::SameLine();
        if (button("Cancel")) panel.panel.is_open = false;
    }
    end_panel(panel.panel);
    if (goes_on) panel.panel.is_open = false;
    return goes_on;
}

const char* extension_of(ExportFormat format) {
    for (const FormatLook& look : kFormats)
        if (look.format == format) return look.extension;
    return "";
}

session::ExportWish export_wish(const ExportPanel& panel,
                                session::DocumentId document,
                                const Selection& selection) {
    session::ExportWish wish;
    wish.id = document;
    if (panel.only_selected) wish.connections = selection.ids();
    wish.wants_received = panel.wants_received;
    wish.wants_sent = panel.wants_sent;
    wish.format = panel.format;
    wish.byte_text = panel.byte_text;
    return wish;
}

std::vector<std::string> export_suffixes(const ExportPanel& panel) {
    if (panel.format == ExportFormat::kRaw && panel.wants_received && panel.wants_sent)
        return {".received", ".sent"};
    return {""};
}

}  // namespace app::ui
