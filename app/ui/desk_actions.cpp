#include "app/ui/desk_actions.h"

#include <algorithm>

namespace app::ui {

using session::DeskFacts;
using session::DocumentFact;
using session::Session;

const DocumentFact& active_document(const DeskFacts& facts) {
    static const DocumentFact kNone{};  // for a frame without facts
    if (facts.documents.empty()) return kNone;
    return facts.documents[std::min(facts.active, facts.documents.size() - 1)];
}

std::string_view why_not(DeskAction action, const DeskFacts& facts, const Session& active) {
    const DocumentFact& document = active_document(facts);
    const bool is_here = document.is_live && !active.is_stopped();
    switch (action) {
        case DeskAction::kSave:
            if (!document.is_live && !document.has_unsaved)
                return document.is_stream
                           ? "There is nothing in it that was not saved; Save as makes a copy"
                           : "This capture is a file already; Save as makes a copy of it";
            if (active.capture_path() == "-") return "This capture goes to standard output";
            return {};
        case DeskAction::kSaveAs:
        case DeskAction::kExport:
            if (active.capture_path() == "-") return "This capture goes to standard output";
            if (document.opening_progress >= 0)
                return "The capture is still being opened; wait until it is there whole";
            return {};
        case DeskAction::kNewLive:
            if (std::any_of(facts.documents.begin(), facts.documents.end(),
                            [](const DocumentFact& one) { return one.is_live; }))
                return "There is a live session already";
            return {};
        case DeskAction::kClose:
            if (document.is_live) return "The live session ends with the window: Quit";
            return {};
        case DeskAction::kMove:
        case DeskAction::kDrop:
            if (!is_here)
                return "This capture is only shown here: nothing is being recorded into it";
            return {};
        case DeskAction::kOpen:
        case DeskAction::kOpenSession:
        case DeskAction::kSaveSession:
        case DeskAction::kEarlier:
        case DeskAction::kQuit:
        case DeskAction::kSettings: return {};
    }
    return {};
}

}  // namespace app::ui
