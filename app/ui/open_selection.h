// Which of the selected connections are open: kept until it must be found out again.
//
// Thread: frame thread; no drawing. With thousands selected and connections coming and going, it is done again at most four times a second;
// whoever acts on it asks the session once more.
#pragma once

#include "app/session/session.h"
#include "app/ui/selection.h"

#include <cstdint>
#include <vector>

namespace app::ui {

class OpenSelection {
  public:
    // Also takes those out of `selection` that are not in the list any more.
    void update(const session::Session& session, Selection& selection, std::int64_t monotonic_ns);

    // Ascending.
    [[nodiscard]] const std::vector<ConnectionId>& open() const { return open_; }
    // Of these, the ones that still take bytes (not closing).
    [[nodiscard]] const std::vector<ConnectionId>& sendable() const { return sendable_; }
    // Connections have changed since: another frame will be needed.
    [[nodiscard]] bool is_behind() const { return is_behind_; }

  private:
    std::vector<ConnectionId> ids_;  // the selection's, ascending
    std::vector<ConnectionId> open_;
    std::vector<ConnectionId> sendable_;
    bool is_behind_ = false;
    std::uint64_t selection_version_ = ~std::uint64_t{0};
    std::uint64_t connections_version_ = 0;
    std::int64_t updated_ns_ = 0;
};

// It takes bytes: open, or only the peer's side has ended.
[[nodiscard]] bool takes_bytes(const session::Connection* connection);

}  // namespace app::ui
