#include "app/ui/selection.h"

#include <algorithm>

namespace app::ui {

using net::channel::number;

void Selection::click(ConnectionId id, How how, std::span<const ConnectionId> order) {
    ++version_;
    switch (how) {
        case How::kOnly:
            ids_ = {number(id)};
            cursor_ = anchor_ = id;
            return;
        case How::kToggle:
            if (ids_.erase(number(id)) == 0) ids_.insert(number(id));
            anchor_ = id;
            cursor_ = ids_.empty() ? ConnectionId::kNone : id;
            if (!ids_.empty() && !contains(id))
                cursor_ = ConnectionId{*std::max_element(ids_.begin(), ids_.end())};
            return;
        case How::kRange: select_range(id, order); return;
    }
}

void Selection::move(std::int64_t rows, bool extends, std::span<const ConnectionId> order) {
    if (order.empty()) return;
    const auto here = std::find(order.begin(), order.end(), cursor_);
    const auto last = static_cast<std::int64_t>(order.size()) - 1;
    const std::int64_t at = here == order.end() ? (rows > 0 ? -1 : last + 1) : here - order.begin();
    // Saturated: `rows` may be the largest number there is (Home, End).
    const std::int64_t to =
        rows < 0 ? (at < -rows ? 0 : at + rows) : (last - at < rows ? last : at + rows);
    const ConnectionId id = order[static_cast<std::size_t>(std::clamp<std::int64_t>(to, 0, last))];
    click(id, extends && anchor_ != ConnectionId::kNone ? How::kRange : How::kOnly, order);
}

void Selection::select_all(std::span<const ConnectionId> order) {
    ++version_;
    ids_.clear();
    ids_.reserve(order.size());
    for (const ConnectionId id : order)
        ids_.insert(number(id));
    if (!contains(cursor_)) cursor_ = order.empty() ? ConnectionId::kNone : order.front();
    if (!contains(anchor_)) anchor_ = cursor_;
}

void Selection::clear() {
    if (ids_.empty() && cursor_ == ConnectionId::kNone) return;
    ++version_;
    ids_.clear();
    cursor_ = anchor_ = ConnectionId::kNone;
}

void Selection::keep(const std::function<bool(ConnectionId)>& is_kept) {
    const std::size_t gone =
        std::erase_if(ids_, [&](std::uint64_t id) { return !is_kept(ConnectionId{id}); });
    if (gone == 0) return;
    ++version_;
    if (!contains(cursor_))
        cursor_ = ids_.empty() ? ConnectionId::kNone
                               : ConnectionId{*std::max_element(ids_.begin(), ids_.end())};
    if (!contains(anchor_)) anchor_ = cursor_;
}

std::vector<ConnectionId> Selection::ids() const {
    std::vector<ConnectionId> all;
    all.reserve(ids_.size());
    for (const std::uint64_t id : ids_)
        all.push_back(ConnectionId{id});
    std::sort(all.begin(), all.end());
    return all;
}

void Selection::select_range(ConnectionId to, std::span<const ConnectionId> order) {
    const auto end = std::find(order.begin(), order.end(), to);
    if (end == order.end()) return;
    auto start = std::find(order.begin(), order.end(), anchor_);
    if (start == order.end()) {  // filtered away, or nothing was selected
        start = end;
        anchor_ = to;
    }
    ids_.clear();
    for (auto row = std::min(start, end); row <= std::max(start, end); ++row)
        ids_.insert(number(*row));
    cursor_ = to;
}

}  // namespace app::ui
