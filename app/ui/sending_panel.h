// What is sent by itself: a form to start it, and a list of what is under way or has ended.
//
// Thread: frame thread.
#pragma once

#include "app/session/intents.h"
#include "app/session/session.h"
#include "app/ui/frame_info.h"
#include "app/ui/open_selection.h"
#include "app/ui/selection.h"
#include "app/ui/send_job_form.h"
#include "app/ui/send_panel.h"

#include <cstdint>
#include <string>

namespace app::ui {

struct SendingPanel {
    SendJobForm form;
};

// `box`: what it sends, and to whom.
void draw_sending_panel(const session::Session& session,
                        SendingPanel& panel,
                        SendPanel& box,
                        const Selection& selection,
                        const OpenSelection& open_selection,
                        const FrameInfo& frame,
                        session::Intents& intents);

// How many are under way.
[[nodiscard]] std::size_t running_jobs(const session::Session& session);

}  // namespace app::ui
