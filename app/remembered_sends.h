// The library of saved sends and the history of what was sent, kept between runs: sends.json and history.json beside the settings.
//
// Read once at the start, written when they change; what another window has written meanwhile is merged in, and said. Thread: frame; the writing has workers of its own.
#pragma once

#include "app/jobs/shared_file.h"
#include "app/session/saved_sends.h"
#include "app/session/send_history.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace app {

class RememberedSends {
  public:
    // `folder`: absolute; empty: nothing is remembered. A damaged file is set aside; one that cannot be read is left alone, and then nothing is written over it.
    RememberedSends(const std::string& folder, const std::function<void()>& wake_frame);
    ~RememberedSends();  // writes what is still to be written
    RememberedSends(const RememberedSends&) = delete;
    RememberedSends& operator=(const RememberedSends&) = delete;

    [[nodiscard]] const session::SavedSends& sends() const;
    [[nodiscard]] const session::SendHistory& history() const;
    // Empty; or why this cannot be a library, a sentence with the place in it, and then nothing has changed.
    [[nodiscard]] std::string change(session::SavedSends sends);
    void change(session::SendHistory history);

    // Once a turn. True: what another window has written came in.
    bool turn();
    // What went wrong since the last call, a sentence each.
    [[nodiscard]] std::vector<std::string> take_troubles();

  private:
    struct Kept;
    std::unique_ptr<Kept> kept_;
};

}  // namespace app
