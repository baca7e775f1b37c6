// What of a capture is to be written, in which form; the file is chosen afterwards.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"
#include "app/session/session.h"
#include "app/ui/panel.h"
#include "app/ui/selection.h"

#include <string>

namespace app::ui {

struct ExportPanel {
    Panel panel;
    bool only_selected = false;
    bool wants_received = true;
    bool wants_sent = true;
    session::ExportFormat format = session::ExportFormat::kRaw;
    session::ByteText byte_text = session::ByteText::kHex;
};

// Begins with what is selected, where something is.
void open_export(ExportPanel& panel, const Selection& selection);
// True: the file is to be chosen now.
[[nodiscard]] bool draw_export_panel(ExportPanel& panel,
                                     const session::DocumentFact& document,
                                     const session::Session& session,
                                     const Selection& selection);

// ".txt"
[[nodiscard]] const char* extension_of(session::ExportFormat format);
// The wish, but for the path.
[[nodiscard]] session::ExportWish export_wish(const ExportPanel& panel,
                                              session::DocumentId document,
                                              const Selection& selection);
// Raw bytes of both directions are two files: what is appended to each one's name.
[[nodiscard]] std::vector<std::string> export_suffixes(const ExportPanel& panel);

}  // namespace app::ui
