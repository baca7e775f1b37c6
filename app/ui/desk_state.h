// What only the view of the desk knows. Frame thread.
#pragma once

#include "app/session/view.h"
#include "app/ui/desk.h"
#include "app/ui/desk_questions.h"
#include "app/ui/desk_strip.h"
#include "app/ui/document_tabs.h"
#include "app/ui/export_panel.h"
#include "app/ui/file_chooser.h"
#include "app/ui/left_panel.h"
#include "app/ui/settings_panel.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::ui {

// What the file chooser is open for.
enum class ChooserUse : std::uint8_t {
    kNone,
    kOpen,
    kSave,
    kSaveAndQuit,
    kExport,
    kSelection,
    kMove,
    kSendFile,
    kImportSends,
    kExportSends,
    kOpenSession,
    kSaveSession,
};

struct Desk::State {
    DocumentTabs tabs;
    DeskStrip strip;
    FileChooser chooser;
    ChooserUse chooser_use = ChooserUse::kNone;
    session::DocumentId chooser_document{};  // whose capture is saved, exported, moved
    session::ExportWish exporting{};         // but for the path
    session::SaveSelectionWish saving{};     // the same
    ExportPanel export_panel;
    LeftPanel left;
    SettingsPanel settings;
    DeskQuestions questions;
    std::vector<std::string> dropped;  // files, since the last frame
    // Asked for while another document is in sight: the intents are the active one's.
    std::optional<session::MoveCaptureIntent> waiting_move;

    // As Workspace::State's.
    int frames_to_settle = 2;
    std::uint64_t drawn_version = 0;
};

}  // namespace app::ui
