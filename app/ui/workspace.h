// The whole window's contents: which panels there are and how they share the space.
//
// draw_workspace_here() reads the session, keeps what is only the view's (texts being typed, selection, scroll position) in Workspace, and pushes wishes into
// Intents. It does no I/O but pread of recorded bytes in sight.
//
// Thread: frame thread, between ImGui::NewFrame() and ImGui::Render().
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/frame_info.h"
#include "app/ui/send_side.h"
#include "net/capture/file_table.h"

#include <memory>

namespace app::ui {

class Workspace {
  public:
    Workspace();
    ~Workspace();
    struct State;  // the panels' view states, one struct a panel: workspace_state.h
    State& state() { return *state_; }
    [[nodiscard]] const State& state() const { return *state_; }

  private:
    std::unique_ptr<State> state_;
};

// Of the view of the bytes: what its long work has come to, what is remembered, and what it wishes for.
struct ViewSide {
    const session::ViewFacts& facts;
    const session::ViewSettings& settings;
    session::ViewWishes& wishes;
};

// Within the window that is being drawn, in what is left of it. The caller gives each document an id of its own (push_id).
void draw_workspace_here(const session::Session& session,
                         const net::capture::FileTable& files,
                         Workspace& workspace,
                         const FrameInfo& frame,
                         const ViewSide& view,
                         const SendSide& sending,
                         session::Intents& intents);

// True while the view itself moves without input or traffic (a sheet still taking reads in, a box growing to its contents, a tooltip due, a table
// to be sorted again): draw another frame. Always false again within half a second of the last change.
[[nodiscard]] bool wants_another_frame(const Workspace& workspace);

// Colours, spacing, rounding, for one scale. Call after ImGui::CreateContext() and whenever the scale changes.
void apply_theme(float scale);
// Loads the fonts (fontconfig finds them): proportional for labels, monospace for bytes. Call once, before the first frame.
void load_fonts();

}  // namespace app::ui
