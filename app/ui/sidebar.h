// What stands on the left: servers and clients, saved sends, what is sent by itself; one in sight at a time. And the editor of replies that a card opens.
//
// Thread: frame thread, within a frame.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/frame_info.h"
#include "app/ui/send_side.h"
#include "app/ui/workspace_state.h"

namespace app::ui {

void draw_sidebar(const session::Session& session,
                  Workspace::State& state,
                  const FrameInfo& frame,
                  const SendSide& sending,
                  session::Intents& intents);

// Above the workspace; nothing while it is closed.
void draw_replies(const session::Session& session,
                  Workspace::State& state,
                  session::Intents& intents);

}  // namespace app::ui
