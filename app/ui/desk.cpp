#include "app/ui/desk.h"

#include "app/ui/desk_actions.h"
#include "app/ui/desk_choosing.h"
#include "app/ui/desk_state.h"
#include "app/ui/fallback_fonts.h"
#include "app/ui/menu_bar.h"
#include "app/ui/widgets.h"
#include "app/ui/workspace_state.h"
#include "net/bytes/escapes.h"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace app::ui {

namespace {

using session::DeskFacts;
using session::DeskWishes;
using session::DocumentFact;
using session::DocumentId;

// ---- What is asked for ----

void close(DeskTurn& turn, DocumentId id) {
    const auto found =
        std::find_if(turn.facts.documents.begin(), turn.facts.documents.end(),
                     [&](const DocumentFact& document) { return document.id == id; });
    if (found == turn.facts.documents.end() || found->is_live) return;
    // The last document closes with the window, which has a question of its own.
    if (found->has_unsaved && turn.facts.documents.size() > 1) {
        turn.state.questions.document_to_close = id;
    } else {
        turn.wishes.emplace_back(session::CloseDocumentWish{.id = id});
    }
}

void perform(DeskTurn& turn, DeskAction action) {
    if (!why_not(action, turn.facts, turn.active).empty()) return;
    const DocumentFact& document = turn.document();
    switch (action) {
        case DeskAction::kOpen: choose_capture(turn); break;
        case DeskAction::kOpenSession: choose_session(turn); break;
        case DeskAction::kSaveSession: choose_where_to_save_session(turn); break;
        case DeskAction::kEarlier: open_left(turn.state.left, turn.wishes); break;
        case DeskAction::kSave:
            if (document.saved_path.empty()) {
                choose_where_to_save(turn, ChooserUse::kSave, document);
            } else {
                turn.wishes.emplace_back(session::SaveWish{
                    .id = document.id, .path = document.saved_path, .may_overwrite = true});
            }
            break;
        case DeskAction::kSaveAs: choose_where_to_save(turn, ChooserUse::kSave, document); break;
        case DeskAction::kExport:
            open_export(turn.state.export_panel, turn.workspace.state().selection);
            break;
        case DeskAction::kNewLive: turn.wishes.emplace_back(session::OpenLiveWish{}); break;
        case DeskAction::kClose: close(turn, document.id); break;
        case DeskAction::kQuit:
            turn.wishes.emplace_back(session::QuitWish{.how = session::QuitWish::How::kAsk});
            break;
        case DeskAction::kMove: choose_where_to_move(turn); break;
        case DeskAction::kDrop: turn.state.questions.asks_drop = true; break;
        case DeskAction::kSettings: open_settings(turn.state.settings, turn.facts.settings); break;
    }
}

void activate_next(DeskTurn& turn, std::size_t step) {
    const std::size_t count = turn.facts.documents.size();
    if (count < 2) return;
    const std::size_t next = (std::min(turn.facts.active, count - 1) + step) % count;
    turn.wishes.emplace_back(session::ActivateDocumentWish{.id = turn.facts.documents[next].id});
}

// Within the window that fills the display. True: the menu is to open.
bool take_keys(DeskTurn& turn) {
    if (ImGui::GetTopMostPopupModal() != nullptr) return false;
    struct Key {
        ImGuiKeyChord chord;
        DeskAction action;
    };
    constexpr std::array<Key, 5> kKeys{{
        {ImGuiMod_Ctrl | ImGuiKey_O, DeskAction::kOpen},
        {ImGuiMod_Ctrl | ImGuiKey_S, DeskAction::kSave},
        {ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_S, DeskAction::kSaveAs},
        {ImGuiMod_Ctrl | ImGuiKey_E, DeskAction::kExport},
        {ImGuiMod_Ctrl | ImGuiKey_Q, DeskAction::kQuit},
    }};
    for (const Key& key : kKeys)
        if (ImGui::IsKeyChordPressed(key.chord)) perform(turn, key.action);
    if (ImGui::IsKeyChordPressed(ImGuiKey_F10)) return true;
    // What follows is about the document, which a panel above it covers.
    if (!has_keyboard()) return false;
    const std::size_t count = turn.facts.documents.size();
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_W)) perform(turn, DeskAction::kClose);
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_Tab)) activate_next(turn, 1);
    if (ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_Tab))
        activate_next(turn, count - 1);
    return false;
}

// ---- The frame ----

// Of the library's own doing: its list of windows on Ctrl+Tab, and a dimming that takes a quarter of a second of frames.
void still_the_library() {
    ImGuiContext& context = *ImGui::GetCurrentContext();
    context.ConfigNavWindowingKeyNext = 0;
    context.ConfigNavWindowingKeyPrev = 0;
    context.DimBgRatio = ImGui::GetTopMostPopupModal() != nullptr ? 1.0F : 0.0F;
}

void draw_panels(DeskTurn& turn, const FrameInfo& frame) {
    Desk::State& state = turn.state;
    const Selection& selection = turn.workspace.state().selection;
    if (draw_export_panel(state.export_panel, turn.document(), turn.active, selection))
        choose_where_to_export(turn);
    draw_settings_panel(state.settings, turn.facts, turn.wishes);
    choose_where_to_save_selection(turn);
    choose_file_to_send(turn);
    if (std::string path = draw_left_panel(state.left, turn.facts, turn.wishes); !path.empty())
        state.questions.left_to_discard = std::move(path);
    // Quitting was called off elsewhere.
    if (state.chooser_use == ChooserUse::kSaveAndQuit &&
        turn.facts.quit != session::QuitState::kAsking)
        state.chooser.panel.is_open = false;
    if (auto chosen = draw_file_chooser(state.chooser, turn.facts, frame, turn.wishes))
        take_chosen(turn, std::move(*chosen));
    if (!state.chooser.panel.is_open) state.chooser_use = ChooserUse::kNone;
    state.questions.is_choosing_for_quit = state.chooser_use == ChooserUse::kSaveAndQuit;
}

void draw_window(DeskTurn& turn, const net::capture::FileTable& files, const FrameInfo& frame) {
    Desk::State& state = turn.state;
    if (!begin_whole_window(ImGuiWindowFlags_MenuBar)) {
        ImGui::End();
        return;
    }
    const bool opens_menu = take_keys(turn);
    if (opens_menu) ImGui::FocusWindow(ImGui::GetCurrentWindow());
    const MenuPress menu = draw_menu_bar(turn.facts, turn.active, opens_menu);
    if (menu.action) perform(turn, *menu.action);
    if (menu.recent) turn.wishes.emplace_back(session::OpenCaptureWish{.path = *menu.recent});
    if (const auto id = draw_document_tabs(state.tabs, turn.facts, turn.wishes)) close(turn, *id);
    if (const auto action = draw_desk_strip(state.strip, turn.facts, turn.active, turn.wishes))
        perform(turn, *action);

    FrameInfo inner = frame;
    inner.opening_progress = turn.document().opening_progress;
    inner.is_stream = turn.document().is_stream;
    inner.is_arriving = turn.document().is_arriving;
    push_id(static_cast<std::uint64_t>(turn.document().id));
    SendAsked asked;
    draw_workspace_here(turn.active, files, turn.workspace, inner,
                        {.facts = turn.view_facts,
                         .settings = turn.facts.settings.view,
                         .wishes = turn.view_wishes},
                        {.saved = turn.facts.sends, .history = turn.facts.history, .asked = asked},
                        turn.intents);
    ImGui::PopID();
    take_send_asked(turn, std::move(asked));

    if (draw_desk_questions(state.questions, turn.facts, turn.active, turn.intents, turn.wishes)) {
        const DocumentFact* const unsaved = unsaved_document(turn.facts);
        choose_where_to_save(turn, ChooserUse::kSaveAndQuit,
                             unsaved == nullptr ? turn.document() : *unsaved);
    }
    ImGui::End();
}

}  // namespace

Desk::Desk() : state_(std::make_unique<State>()) {}
Desk::~Desk() = default;

void draw_desk(const session::DeskFacts& facts,
               const session::Session& active,
               const session::ViewFacts& view_facts,
               const net::capture::FileTable& files,
               Workspace& workspace,
               Desk& desk,
               const FrameInfo& frame,
               session::Intents& intents,
               session::ViewWishes& view_wishes,
               session::DeskWishes& wishes) {
    Desk::State& state = desk.state();
    const bool has_input = !ImGui::GetCurrentContext()->InputEventsTrail.empty();
    const std::size_t wished = wishes.size() + view_wishes.size() + intents.size();
    state.frames_to_settle = std::max(state.frames_to_settle - 1, 0);
    if (has_input || state.drawn_version != facts.version) state.frames_to_settle = 2;
    state.drawn_version = facts.version;

    DeskTurn turn{.facts = facts,
                  .active = active,
                  .view_facts = view_facts,
                  .workspace = workspace,
                  .state = state,
                  .intents = intents,
                  .view_wishes = view_wishes,
                  .wishes = wishes};
    still_the_library();
    keep_ctrl_enter_off_buttons();
    move_waiting(turn);
    take_dropped(turn);
    draw_window(turn, files, frame);
    draw_panels(turn, frame);
    if (wishes.size() + view_wishes.size() + intents.size() != wished) state.frames_to_settle = 2;
}

void drop_files(Desk& desk, std::vector<std::string> paths) {
    Desk::State& state = desk.state();
    state.dropped.insert(state.dropped.end(), std::make_move_iterator(paths.begin()),
                         std::make_move_iterator(paths.end()));
    state.frames_to_settle = 2;
}

bool wants_another_frame(const Desk& desk, const Workspace& workspace) {
    return desk.state().frames_to_settle > 0 || wants_another_frame(workspace) ||
           wants_more_glyphs();
}

}  // namespace app::ui
