// Which connections are selected, by id: it survives sorting, filtering and new rows.
//
// `order` is always the rows as they stand on the screen, top to bottom. Thread: frame thread; plain values.
#pragma once

#include "net/channel/ids.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_set>
#include <vector>

namespace app::ui {

using net::channel::ConnectionId;

class Selection {
  public:
    enum class How {
        kOnly,    // a plain click
        kToggle,  // with Ctrl
        kRange,   // with Shift: from the anchor to here
    };

    void click(ConnectionId id, How how, std::span<const ConnectionId> order);
    // The cursor up or down by rows, limited to the list; `extends` (Shift) selects from the anchor to there.
    void move(std::int64_t rows, bool extends, std::span<const ConnectionId> order);
    void select_all(std::span<const ConnectionId> order);
    void clear();
    // Forgets those that are gone.
    void keep(const std::function<bool(ConnectionId)>& is_kept);

    [[nodiscard]] bool contains(ConnectionId id) const {
        return ids_.count(net::channel::number(id)) != 0;
    }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }
    [[nodiscard]] bool is_empty() const { return ids_.empty(); }
    // The row that was clicked or reached last; kNone when nothing is selected.
    [[nodiscard]] ConnectionId cursor() const { return cursor_; }
    [[nodiscard]] std::vector<ConnectionId> ids() const;  // ascending
    // Counts up with every change.
    [[nodiscard]] std::uint64_t version() const { return version_; }

  private:
    void select_range(ConnectionId to, std::span<const ConnectionId> order);

    std::unordered_set<std::uint64_t> ids_;
    ConnectionId cursor_{};
    ConnectionId anchor_{};
    std::uint64_t version_ = 0;
};

}  // namespace app::ui
