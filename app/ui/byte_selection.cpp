#include "app/ui/byte_selection.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

namespace app::ui {

void ByteSelection::move_to(SheetPlace place, bool extends) {
    cursor_ = place;
    if (!extends || !anchor_) anchor_ = place;
    ++version_;
}

void ByteSelection::select(SheetPlace anchor, SheetPlace cursor) {
    anchor_ = anchor;
    cursor_ = cursor;
    ++version_;
}

void ByteSelection::clear() {
    if (!cursor_) return;
    anchor_.reset();
    cursor_.reset();
    ++version_;
}

void move_cursor(ByteSelection& selection,
                 const SheetPlaces& places,
                 CursorMove move,
                 bool extends,
                 std::uint64_t page) {
    const auto go = [&](std::optional<SheetPlace> place) {
        if (place) selection.move_to(*place, extends);
    };
    const auto go_across = [&](std::optional<SheetPlace> place) {
        if (!place) return;
        selection.move_to(*place, extends);
        selection.want_column(places.column_of(*place));
    };
    if (move == CursorMove::kFirst) return go_across(places.first());
    if (move == CursorMove::kLast) return go_across(places.last());
    if (selection.is_empty()) return;
    const SheetPlace cursor = *selection.cursor();
    const auto rows = static_cast<std::int64_t>(std::max<std::uint64_t>(page, 2) - 1);
    const auto go_rows = [&](std::int64_t by) {
        go(places.moved(cursor, by, selection.wanted_column()));
    };
    switch (move) {
        case CursorMove::kLeft: return go_across(places.previous(cursor).value_or(cursor));
        case CursorMove::kRight: return go_across(places.next(cursor).value_or(cursor));
        case CursorMove::kRowBegin: return go_across(places.row_begin(cursor));
        case CursorMove::kRowEnd: return go_across(places.row_end(cursor));
        case CursorMove::kUp: return go_rows(-1);
        case CursorMove::kDown: return go_rows(1);
        case CursorMove::kPageUp: return go_rows(-rows);
        case CursorMove::kPageDown: return go_rows(rows);
        case CursorMove::kFirst:
        case CursorMove::kLast: break;
    }
}

void select_all(ByteSelection& selection, const SheetPlaces& places) {
    const auto first = places.first();
    const auto last = places.last();
    if (first && last) selection.select(*first, *last);
}

void SelectedBytes::forget() {
    *this = SelectedBytes{};
}

bool SelectedBytes::update(const net::capture::ItemList& items,
                           const ByteSelection& selection,
                           std::uint64_t most_items) {
    if (selection.is_empty()) {
        forget();
        return true;
    }
    const SheetPlace begin = selection.begin();
    const SheetPlace last = selection.last();
    items_ = last.item - begin.item + 1;
    if (begin.item == last.item) {
        from_ = to_ = begin.item;
        sum_ = 0;
        bytes_ = last.offset - begin.offset + 1;
        return is_whole_ = true;
    }
    // Whole are only the items between the two ends: those may grow while bytes come. What is counted once and for all are those that stay what they are.
    const std::uint64_t from = begin.item + 1;
    const std::uint64_t to = std::clamp(items.stable_size(), from, last.item);
    const std::uint64_t kept =
        std::min(to, to_) - std::min(std::min(to, to_), std::max(from, from_));
    const std::uint64_t leaving = (to_ - from_) - kept;
    // Beginning anew is cheaper than taking out most of what was counted.
    if (kept == 0 || leaving > to - from) {
        from_ = to_ = from;
        sum_ = 0;
    }
    // In pieces: the items' sizes are cheaper to have side by side.
    std::array<std::uint64_t, 256> sizes{};
    std::uint64_t left = most_items;
    const auto sum_of = [&](std::uint64_t first, std::uint64_t wanted) {
        const std::uint64_t count = std::min({wanted, left, std::uint64_t{sizes.size()}});
        items.sizes(first, std::span(sizes).first(static_cast<std::size_t>(count)));
        left -= count;
        return std::pair{count, std::accumulate(sizes.begin(),
                                                sizes.begin() + static_cast<std::ptrdiff_t>(count),
                                                std::uint64_t{0})};
    };
    while (left != 0 && from_ < from) {
        const auto [count, sum] = sum_of(from_, from - from_);
        from_ += count;
        sum_ -= sum;
    }
    while (left != 0 && to_ > to) {
        const std::uint64_t wanted = std::min({to_ - to, left, std::uint64_t{256}});
        const auto [count, sum] = sum_of(to_ - wanted, wanted);
        to_ -= count;
        sum_ -= sum;
    }
    while (left != 0 && from_ > from) {
        const std::uint64_t wanted = std::min({from_ - from, left, std::uint64_t{256}});
        const auto [count, sum] = sum_of(from_ - wanted, wanted);
        from_ -= count;
        sum_ += sum;
    }
    while (left != 0 && to_ < to) {
        const auto [count, sum] = sum_of(to_, to - to_);
        to_ += count;
        sum_ += sum;
    }
    std::uint64_t unsettled = 0;
    for (std::uint64_t item = to; item < last.item; ++item)
        unsettled += items.item(item).bytes;
    bytes_ = items.item(begin.item).bytes - begin.offset + last.offset + 1 + sum_ + unsettled;
    return is_whole_ = from_ == from && to_ == to;
}

}  // namespace app::ui
