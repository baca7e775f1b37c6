#include "app/ui/sheet.h"

#include <algorithm>

namespace app::ui {

namespace {

using net::capture::BytePlace;
using net::capture::ItemBytes;
using net::capture::ReadItems;
using net::capture::SegmentItems;
using net::capture::SheetRows;

// Of a sheet that is opened late: about a millisecond a frame, a million reads in a twelfth of a second.
constexpr std::uint64_t kItemsPerFrame = 200'000;
// That a match may go over.
constexpr std::uint64_t kMostItemsSelected = 10'000;

}  // namespace

void Sheet::show(const session::Session& session,
                 const net::capture::FileTable& files,
                 const SheetSpec& spec,
                 const session::SplitFact& split,
                 bool is_paused) {
    const bool is_other_session = session_ != &session;
    if (is_other_session) {
        wanted_.reset();
        selection.clear();
        scroll = RowScroll{};
    }
    if (is_other_session || !(spec_ == spec)) {
        if (!is_other_session && rows_) remember_places();
        session_ = &session;
        files_ = &files;
        // The old items go before what their records stand in.
        rows_.reset();
        items_.reset();
        spec_ = spec;
        const auto endpoint_of = [&session](net::channel::ConnectionId id) {
            const session::Connection* const connection = session.connection(id);
            return connection == nullptr ? net::channel::EndpointId::kNone : connection->endpoint;
        };
        segments_ = nullptr;
        if (spec.segments.records != nullptr) {
            auto segments =
                std::make_unique<SegmentItems>(session.reads(), *spec.segments.records,
                                               spec.segments.marks, spec.filter, endpoint_of);
            segments_ = segments.get();
            pending_version_ = ~split.pending_version;  // to be taken in
            items_ = std::move(segments);
        } else {
            items_ = std::make_unique<ReadItems>(session.reads(), spec.filter, endpoint_of,
                                                 spec.is_merged);
        }
        rows_ = std::make_unique<SheetRows>(*items_, spec.shape);
        ++generation_;
        wanted_reads_ = session.reads().size();
        is_whole_ = false;
        advance(split);
    } else if (!is_paused || wanted_ || !is_whole_) {
        advance_under_selection(split);
    }
    if (wanted_) find_places();
}

void Sheet::advance(const session::SplitFact& split) {
    if (segments_ != nullptr && pending_version_ != split.pending_version) {
        segments_->set_pending(split.pending_segments, split.pending);
        pending_version_ = split.pending_version;
        split_reads_ = split.reads;
    }
    const bool has_all = rows_->advance(kItemsPerFrame);
    is_up_to_date_ = has_all && (segments_ == nullptr || split.is_up_to_date);
    is_whole_ = is_whole_ || (has_all && (segments_ == nullptr || split_reads_ >= wanted_reads_));
}

bool Sheet::is_selection_unsettled() const {
    return !selection.is_empty() && selection.last().item >= items_->stable_size();
}

void Sheet::advance_under_selection(const session::SplitFact& split) {
    if (segments_ == nullptr || !is_selection_unsettled()) return advance(split);
    const auto cursor = byte_place(*selection.cursor());
    const auto anchor = byte_place(*selection.anchor());
    advance(split);
    const auto is_there = [this](const std::optional<BytePlace>& byte, SheetPlace place) {
        return byte && sheet_place(*byte) == place;
    };
    if (is_there(cursor, *selection.cursor()) && is_there(anchor, *selection.anchor())) return;
    selection.clear();
    if (!wanted_) wanted_ = Wanted{};
    if (wanted_->cursor || !cursor) return;
    wanted_->bytes = 0;
    wanted_->cursor = cursor;
    wanted_->anchor = anchor;
}

std::optional<BytePlace> Sheet::byte_place(SheetPlace place) const {
    if (!rows_ || place.item >= rows_->item_count()) return std::nullopt;
    return ItemBytes(session_->reads(), *files_).place(items_->item(place.item), place.offset);
}

std::optional<SheetPlace> Sheet::sheet_place(BytePlace place) const {
    if (!rows_) return std::nullopt;
    const std::uint64_t item = items_->find(place);
    if (item >= rows_->item_count()) return std::nullopt;
    const auto offset = ItemBytes(session_->reads(), *files_).offset(items_->item(item), place);
    if (!offset) return std::nullopt;
    return SheetPlace{.item = item, .offset = *offset};
}

std::optional<SheetPlace> Sheet::nearest(BytePlace place) const {
    if (const auto exact = sheet_place(place)) return exact;
    if (!rows_ || rows_->item_count() == 0) return std::nullopt;
    const std::uint64_t item = std::min(items_->find(place), rows_->item_count() - 1);
    return SheetPlace{.item = item, .offset = 0};
}

bool Sheet::is_reached(BytePlace place) const {
    // Of messages that a job has not come to yet, some other one is the nearest.
    return is_up_to_date_ || sheet_place(place).has_value();
}

void Sheet::remember_places() {
    Wanted wanted = wanted_.value_or(Wanted{});
    if (!scroll.follows_tail && scroll.first_row < rows_->row_count() && !wanted.top &&
        !wanted.is_jump) {
        // A heading, a gap: then what stands below it.
        const std::uint64_t end = std::min(rows_->row_count(), scroll.first_row + 64);
        for (std::uint64_t row = scroll.first_row; row < end && !wanted.top; ++row) {
            const SheetRows::Row there = rows_->row(row);
            wanted.top = byte_place({.item = there.item, .offset = there.offset_in_item});
            wanted.top_rows = there.is_heading ? 0 : row - scroll.first_row;
        }
    }
    if (!selection.is_empty() && !wanted.cursor) {
        wanted.cursor = byte_place(*selection.cursor());
        wanted.anchor = byte_place(*selection.anchor());
    }
    selection.clear();
    wanted_ = wanted;
}

SheetPlace Sheet::last_of(SheetPlace from, std::uint64_t bytes) const {
    const net::capture::Item first = items_->item(from.item);
    std::uint64_t left = bytes > UINT64_MAX - from.offset ? UINT64_MAX : bytes + from.offset;
    std::uint64_t number = from.item;
    SheetPlace last = from;
    for (net::capture::Item item = first;; item = items_->item(number)) {
        const bool follows = item.connection == first.connection &&
                             item.direction == first.direction && !item.is_gap;
        if (!follows) break;
        if (item.bytes != 0) last = {.item = number, .offset = std::min(left, item.bytes) - 1};
        left -= std::min(left, item.bytes);
        if (left == 0 || ++number >= rows_->item_count() || number - from.item > kMostItemsSelected)
            break;
    }
    return last;
}

void Sheet::find_places() {
    Wanted& wanted = *wanted_;
    if (wanted.cursor && is_reached(*wanted.cursor)) {
        // A byte that is filtered out leaves no cursor, but a jump goes to what is next to it.
        const auto cursor = wanted.is_jump ? nearest(*wanted.cursor) : sheet_place(*wanted.cursor);
        if (cursor) {
            const auto anchor = wanted.anchor ? sheet_place(*wanted.anchor) : std::nullopt;
            selection.select(
                wanted.bytes > 1 ? last_of(*cursor, wanted.bytes) : anchor.value_or(*cursor),
                *cursor);
            selection.want_column(places().column_of(*cursor));
            if (wanted.is_jump) {
                scroll.follows_tail = false;
                const std::uint64_t row = rows_->row_of(cursor->item, cursor->offset);
                // A third of a small window above it, so that what led to it is in sight.
                const std::uint64_t above = std::min<std::uint64_t>(4, rows_in_sight / 3);
                if (row < scroll.first_row ||
                    row >= scroll.first_row + std::min<std::uint64_t>(8, rows_in_sight))
                    scroll.first_row = row - std::min(row, above);
            }
        }
        wanted.cursor.reset();
        wanted.is_jump = false;
    }
    if (wanted.top && is_reached(*wanted.top)) {
        if (const auto top = nearest(*wanted.top)) {
            const std::uint64_t row = rows_->row_of(top->item, top->offset);
            const std::uint64_t first = rows_->first_row(top->item);
            // Its heading, where that stands right above.
            const std::uint64_t shown =
                row > first && rows_->row(first).is_heading && row == first + 1 ? first : row;
            scroll.first_row = shown - std::min(shown, wanted.top_rows);
            scroll.follows_tail = false;
        }
        wanted.top.reset();
    }
    // Until all is there a paused view goes on as well: what it shows has become something else meanwhile.
    if (!wanted.top && !wanted.cursor && is_up_to_date_) wanted_.reset();
}

void Sheet::go_to(BytePlace place, bool selects, std::uint64_t bytes) {
    wanted_ = Wanted{.top = std::nullopt,
                     .top_rows = 0,
                     .cursor = place,
                     .anchor = std::nullopt,
                     .bytes = selects ? bytes : 0,
                     .is_jump = true};
    scroll.follows_tail = false;
    if (rows_) find_places();
}

void Sheet::reveal(std::uint64_t row, std::uint64_t in_sight, std::uint64_t margin) {
    const std::uint64_t rows = rows_->row_count();
    margin = std::min(margin, in_sight / 3);
    const std::uint64_t above = row > margin ? row - margin : 0;
    if (above < scroll.first_row) {
        scroll.move_to(above, rows, in_sight);
        scroll.follows_tail = false;
    } else if (row + margin >= scroll.first_row + in_sight) {
        scroll.move_to(row + margin + 1 - std::min(in_sight, row + margin + 1), rows, in_sight);
    }
}

}  // namespace app::ui
