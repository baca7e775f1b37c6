#include "app/ui/desk_choosing.h"

#include "app/ui/workspace_state.h"

#include <utility>

namespace app::ui {

namespace {

using session::DocumentFact;
using session::DocumentId;

constexpr const char* kCaptureExtension = ".pcapng";
constexpr const char* kJsonExtension = ".json";

void choose(DeskTurn& turn, ChooserUse use, DocumentId document, ChooserRequest request) {
    turn.state.chooser_use = use;
    turn.state.chooser_document = document;
    open_chooser(turn.state.chooser, std::move(request), turn.wishes);
}

std::string stem_of(const DocumentFact& document) {
    std::string name(base_name(document.path));
    const std::size_t dot = name.rfind('.');
    if (dot != std::string::npos && dot != 0) name.resize(dot);
    return name.empty() ? "capture" : name;
}

// In sight beside the box, as the file to send next.
void show_file_to_send(DeskTurn& turn, std::string path) {
    Workspace::State& workspace = turn.workspace.state();
    workspace.tab = SidebarTab::kSending;
    workspace.sending.form.kind = SendJobKind::kFile;
    workspace.sending.form.path = std::move(path);
}

void choose_sends_to_import(DeskTurn& turn) {
    choose(turn, ChooserUse::kImportSends, turn.document().id,
           {.title = "Import saved sends###chooser",
            .confirm = "Import",
            .is_for_captures = false,
            .note = {},
            .folder = {},
            .name = {},
            .extension = {}});
}

void choose_where_to_export_sends(DeskTurn& turn) {
    choose(turn, ChooserUse::kExportSends, turn.document().id,
           {.title = "Export the saved sends as###chooser",
            .confirm = "Export",
            .is_saving = true,
            .note = "One JSON file with every group.",
            .folder = {},
            .name = std::string("saved-sends") + kJsonExtension,
            .extension = kJsonExtension});
}

}  // namespace

void choose_capture(DeskTurn& turn) {
    choose(turn, ChooserUse::kOpen, turn.document().id,
           {.title = "Open a capture###chooser",
            .confirm = "Open",
            .note = {},
            .folder = {},
            .name = {},
            .extension = {}});
}

void choose_session(DeskTurn& turn) {
    choose(turn, ChooserUse::kOpenSession, turn.document().id,
           {.title = "Open a session file###chooser",
            .confirm = "Open",
            .is_for_captures = false,
            .note = "Its servers and clients are started beside those that run; its saved sends "
                    "are added.",
            .folder = {},
            .name = {},
            .extension = {}});
}

void choose_where_to_save_session(DeskTurn& turn) {
    choose(turn, ChooserUse::kSaveSession, turn.document().id,
           {.title = "Save the session as###chooser",
            .confirm = "Save",
            .is_saving = true,
            .note = "Servers and clients with what they reply, the saved sends and the view: not "
                    "the capture.",
            .folder = {},
            .name = std::string("session") + kJsonExtension,
            .extension = kJsonExtension});
}

void choose_where_to_save(DeskTurn& turn, ChooserUse use, const DocumentFact& document) {
    ChooserRequest request{
        .title = use == ChooserUse::kSaveAndQuit ? "Save the capture, then quit###chooser"
                                                 : "Save the capture as###chooser",
        .confirm = "Save",
        .is_saving = true,
        .note = use == ChooserUse::kSaveAndQuit
                    ? "The window closes when the file is whole."
                    : "The capture goes on meanwhile; this is a copy of what it "
                      "holds by now.",
        .folder = std::string(parent_of(document.saved_path)),
        .name = document.saved_path.empty() ? stem_of(document) + kCaptureExtension
                                            : std::string(base_name(document.saved_path)),
        .extension = kCaptureExtension};
    if (!document.is_live) request.note = "A copy of this capture.";
    choose(turn, use, document.id, std::move(request));
}

void choose_where_to_move(DeskTurn& turn) {
    choose(turn, ChooserUse::kMove, turn.document().id,
           {.title = "Continue the capture in another file###chooser",
            .confirm = "Continue here",
            .is_saving = true,
            .note = "What was captured so far stays where it is; from now on it is written here.",
            .folder = {},
            .name = stem_of(turn.document()) + "-2" + kCaptureExtension,
            .extension = kCaptureExtension});
}

void choose_where_to_export(DeskTurn& turn) {
    const ExportPanel& panel = turn.state.export_panel;
    const Selection& selection = turn.workspace.state().selection;
    turn.state.exporting = export_wish(panel, turn.document().id, selection);
    std::vector<std::string> suffixes = export_suffixes(panel);
    const char* extension = extension_of(panel.format);
    choose(
        turn, ChooserUse::kExport, turn.document().id,
        {.title = "Export to###chooser",
         .confirm = "Export",
         .is_saving = true,
         .note = suffixes.size() > 1 ? "Two files are made: the name with .received and with .sent."
                                     : "",
         .folder = {},
         .name = stem_of(turn.document()) +
                 (panel.format == session::ExportFormat::kPcapng ? "-export" : "") + extension,
         .extension = extension,
         .suffixes = std::move(suffixes)});
}

void choose_where_to_save_selection(DeskTurn& turn) {
    ReceiveView& bytes = turn.workspace.state().bytes;
    if (!std::exchange(bytes.wants_to_save, false)) return;
    auto wish = save_wish(bytes);
    if (!wish) return;
    turn.state.saving = std::move(*wish);
    choose(turn, ChooserUse::kSelection, turn.document().id,
           {.title = "Save the selection as###chooser",
            .confirm = "Save",
            .is_saving = true,
            .note = "The bytes alone, in the order of the view.",
            .folder = {},
            .name = stem_of(turn.document()) + "-selection.bin",
            .extension = ".bin"});
}

void choose_file_to_send(DeskTurn& turn) {
    SendJobForm& form = turn.workspace.state().sending.form;
    if (!std::exchange(form.wants_chooser, false)) return;
    choose(turn, ChooserUse::kSendFile, turn.document().id,
           {.title = "Choose a file to send###chooser",
            .confirm = "Choose",
            .is_for_captures = false,
            .note = {},
            .folder = std::string(parent_of(form.path)),
            .name = {},
            .extension = {}});
}

void take_send_asked(DeskTurn& turn, SendAsked&& asked) {
    if (asked.forgets_history) turn.wishes.emplace_back(session::ForgetSentWish{});
    for (net::bytes::ComposeText& what : asked.sent)
        turn.wishes.emplace_back(session::RememberSentWish{.what = std::move(what)});
    if (asked.saved)
        turn.wishes.emplace_back(session::ChangeSavedSendsWish{.sends = std::move(*asked.saved)});
    if (asked.wants_import) choose_sends_to_import(turn);
    if (asked.wants_export) choose_where_to_export_sends(turn);
}

// The last of several: one is sent at a time. On a capture that is only shown there is nobody to send to, so it is opened.
void take_dropped(DeskTurn& turn) {
    std::vector<std::string> dropped = std::exchange(turn.state.dropped, {});
    if (dropped.empty()) return;
    if (turn.active.is_live())
        show_file_to_send(turn, std::move(dropped.back()));
    else
        turn.wishes.emplace_back(session::OpenCaptureWish{.path = std::move(dropped.back())});
}

void take_chosen(DeskTurn& turn, Chosen chosen) {
    Desk::State& state = turn.state;
    switch (std::exchange(state.chooser_use, ChooserUse::kNone)) {
        case ChooserUse::kNone: break;
        case ChooserUse::kOpen:
            turn.wishes.emplace_back(session::OpenCaptureWish{.path = std::move(chosen.path)});
            break;
        case ChooserUse::kSave:
            turn.wishes.emplace_back(session::SaveWish{.id = state.chooser_document,
                                                       .path = std::move(chosen.path),
                                                       .may_overwrite = chosen.may_overwrite});
            break;
        case ChooserUse::kSaveAndQuit:
            turn.wishes.emplace_back(session::QuitWish{.how = session::QuitWish::How::kSave,
                                                       .document = state.chooser_document,
                                                       .path = std::move(chosen.path),
                                                       .may_overwrite = chosen.may_overwrite});
            break;
        case ChooserUse::kExport:
            state.exporting.path = std::move(chosen.path);
            state.exporting.may_overwrite = chosen.may_overwrite;
            turn.wishes.emplace_back(std::exchange(state.exporting, {}));
            break;
        case ChooserUse::kSelection:
            state.saving.document = state.chooser_document;
            state.saving.path = std::move(chosen.path);
            state.saving.may_overwrite = chosen.may_overwrite;
            turn.view_wishes.emplace_back(std::exchange(state.saving, {}));
            break;
        case ChooserUse::kSendFile:
            if (turn.document().id == state.chooser_document)
                show_file_to_send(turn, std::move(chosen.path));
            break;
        case ChooserUse::kImportSends:
            turn.wishes.emplace_back(session::ImportSendsWish{.path = std::move(chosen.path)});
            break;
        case ChooserUse::kExportSends:
            turn.wishes.emplace_back(session::ExportSendsWish{
                .path = std::move(chosen.path), .may_overwrite = chosen.may_overwrite});
            break;
        case ChooserUse::kOpenSession:
            turn.wishes.emplace_back(session::OpenSessionWish{.path = std::move(chosen.path)});
            break;
        case ChooserUse::kSaveSession:
            turn.wishes.emplace_back(session::SaveSessionWish{
                .path = std::move(chosen.path), .may_overwrite = chosen.may_overwrite});
            break;
        case ChooserUse::kMove:
            state.waiting_move = session::MoveCaptureIntent{.path = std::move(chosen.path),
                                                            .may_overwrite = chosen.may_overwrite};
            if (turn.document().id != state.chooser_document)
                turn.wishes.emplace_back(
                    session::ActivateDocumentWish{.id = state.chooser_document});
            break;
    }
}

// The capture that moves is the active document's, or will be in a moment.
void move_waiting(DeskTurn& turn) {
    Desk::State& state = turn.state;
    if (!state.waiting_move || turn.document().id != state.chooser_document) return;
    if (why_not(DeskAction::kMove, turn.facts, turn.active).empty())
        turn.intents.emplace_back(std::move(*state.waiting_move));
    state.waiting_move.reset();
}

}  // namespace app::ui
