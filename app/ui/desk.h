// The frame around the workspace: menu bar, tabs (where there is more than one document), the file chooser, the questions, long work's progress, the settings.
//
// Draws DeskFacts, keeps what is only the view's in Desk, pushes wishes; draws the active document's workspace in the middle. Nothing is modal but a question
// whose answer can lose data, and the wait for saves and exports that the user asked to leave after.
//
// Thread: frame thread, between ImGui::NewFrame() and ImGui::Render().
#pragma once

#include "app/session/desk.h"
#include "app/session/view.h"
#include "app/ui/workspace.h"

#include <memory>
#include <string>
#include <vector>

namespace app::ui {

class Desk {
  public:
    Desk();
    ~Desk();
    struct State;
    State& state() { return *state_; }
    [[nodiscard]] const State& state() const { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

void draw_desk(const session::DeskFacts& facts,
               const session::Session& active,
               const session::ViewFacts& view_facts,  // of the active document, as what follows
               const net::capture::FileTable& files,
               Workspace& workspace,
               Desk& desk,
               const FrameInfo& frame,
               session::Intents& intents,
               session::ViewWishes& view_wishes,
               session::DeskWishes& wishes);

// Files were dropped on the window, absolute paths: in the next frame they are what it is about.
void drop_files(Desk& desk, std::vector<std::string> paths);

// As wants_another_frame(workspace), for both.
[[nodiscard]] bool wants_another_frame(const Desk& desk, const Workspace& workspace);

}  // namespace app::ui
