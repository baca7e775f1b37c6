// The line at the very bottom: is every byte accounted for, how fast, how late, where it is kept.
//
// Thread: frame thread.
#pragma once

#include "app/session/session.h"
#include "app/ui/frame_info.h"

namespace app::ui {

void draw_status_bar(const session::Session& session, const FrameInfo& frame);

}  // namespace app::ui
