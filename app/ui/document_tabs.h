// The documents on the desk side by side, where there is more than one.
//
// Thread: frame thread.
#pragma once

#include "app/session/desk.h"

#include <optional>

namespace app::ui {

struct DocumentTabs {
    session::DocumentId shown{};  // the active one, when its tab was last brought into sight
};

// The document whose cross was pressed: ask or close it.
[[nodiscard]] std::optional<session::DocumentId> draw_document_tabs(DocumentTabs& tabs,
                                                                    const session::DeskFacts& facts,
                                                                    session::DeskWishes& wishes);

}  // namespace app::ui
