#include "net/capture/sheet_rows.h"

#include <algorithm>
#include <limits>
#include <span>

namespace net::capture {

namespace {

constexpr std::uint64_t kMostRowBytes = std::numeric_limits<std::uint32_t>::max();

RowShape made_sound(RowShape shape) {
    shape.bytes_per_row = std::max(shape.bytes_per_row, 1U);
    return shape;
}

}  // namespace

SheetRows::SheetRows(ItemList& items, RowShape shape) : items_(items), shape_(made_sound(shape)) {}

std::uint64_t SheetRows::rows_of(std::uint64_t bytes) const {
    // Nearly every size fits 32 bits, whose division takes half the time.
    const std::uint64_t full = bytes <= kMostRowBytes
                                   ? static_cast<std::uint32_t>(bytes) / shape_.bytes_per_row
                                   : bytes / shape_.bytes_per_row;
    const std::uint64_t rows = full + (full * shape_.bytes_per_row != bytes ? 1 : 0);
    return shape_.has_heading_rows ? rows + 1 : std::max<std::uint64_t>(rows, 1);
}

bool SheetRows::advance(std::uint64_t most_items) {
    const bool is_list_up_to_date = items_.advance(most_items);
    if (shape_.is_one_row_an_item) return is_list_up_to_date;

    const std::uint64_t stable = items_.stable_size();
    std::uint64_t left = std::min(most_items, stable - taken_);
    std::array<std::uint64_t, 512> sizes;
    while (left > 0) {
        const std::span some = std::span{sizes}.first(
            static_cast<std::size_t>(std::min<std::uint64_t>(left, sizes.size())));
        items_.sizes(taken_, some);
        for (const std::uint64_t bytes : some) {
            if (taken_ % kCheckpointItems == 0) checkpoints_.push_back(rows_);
            rows_ += rows_of(bytes);
            ++taken_;
        }
        left -= some.size();
    }

    tail_sizes_.clear();
    tail_ends_.clear();
    if (taken_ < stable) return false;
    tail_sizes_.resize(static_cast<std::size_t>(items_.size() - stable));
    items_.sizes(stable, tail_sizes_);
    std::uint64_t end = rows_;
    for (const std::uint64_t bytes : tail_sizes_) {
        end += rows_of(bytes);
        tail_ends_.push_back(end);
    }
    return is_list_up_to_date;
}

std::uint64_t SheetRows::item_count() const {
    return shape_.is_one_row_an_item ? items_.size() : taken_ + tail_ends_.size();
}

std::uint64_t SheetRows::row_count() const {
    if (shape_.is_one_row_an_item) return items_.size();
    return tail_ends_.empty() ? rows_ : tail_ends_.back();
}

const SheetRows::Block& SheetRows::block_of(std::uint64_t item) const {
    const std::uint64_t number = item / kCheckpointItems;
    const std::uint64_t first = number * kCheckpointItems;
    if (block_.number == number && item - first < block_.count) return block_;
    block_.number = number;
    block_.count =
        static_cast<std::size_t>(std::min<std::uint64_t>(kCheckpointItems, taken_ - first));
    items_.sizes(first, std::span{block_.sizes}.first(block_.count));
    std::uint64_t end = checkpoints_[number];
    for (std::size_t i = 0; i < block_.count; ++i) {
        end += rows_of(block_.sizes[i]);
        block_.ends[i] = end;
    }
    return block_;
}

// `row`: counted from the item's first.
SheetRows::Row SheetRows::row_in(std::uint64_t item, std::uint64_t bytes, std::uint64_t row) const {
    if (shape_.has_heading_rows) {
        if (row == 0) return {.item = item, .offset_in_item = 0, .bytes = 0, .is_heading = true};
        --row;
    }
    const std::uint64_t offset = row * shape_.bytes_per_row;
    const std::uint64_t size = std::min<std::uint64_t>(shape_.bytes_per_row, bytes - offset);
    return {.item = item,
            .offset_in_item = offset,
            .bytes = static_cast<std::uint32_t>(size),
            .is_heading = false};
}

SheetRows::Row SheetRows::row(std::uint64_t row) const {
    if (shape_.is_one_row_an_item) {
        std::uint64_t bytes = 0;
        items_.sizes(row, {&bytes, 1});
        return {.item = row,
                .offset_in_item = 0,
                .bytes = static_cast<std::uint32_t>(std::min(bytes, kMostRowBytes)),
                .is_heading = false};
    }
    if (row >= rows_) {
        const auto after = std::upper_bound(tail_ends_.begin(), tail_ends_.end(), row);
        const auto i = static_cast<std::size_t>(after - tail_ends_.begin());
        return row_in(taken_ + i, tail_sizes_[i], row - (i == 0 ? rows_ : tail_ends_[i - 1]));
    }
    // The last checkpoint at or before the row; every item has a row, so checkpoints differ.
    std::size_t low = 0;
    std::size_t high = checkpoints_.size();
    while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        if (checkpoints_[middle] <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    const std::uint64_t first = std::uint64_t{low} * kCheckpointItems;
    // All of the block, which may have grown.
    const Block& block = block_of(std::min<std::uint64_t>(first + kCheckpointItems, taken_) - 1);
    const auto* const begin = block.ends.begin();
    const auto i =
        static_cast<std::size_t>(std::upper_bound(begin, begin + block.count, row) - begin);
    return row_in(first + i, block.sizes[i],
                  row - (i == 0 ? checkpoints_[low] : block.ends[i - 1]));
}

std::uint64_t SheetRows::first_row(std::uint64_t item) const {
    if (shape_.is_one_row_an_item) return item;
    if (item > taken_) return tail_ends_[item - taken_ - 1];
    if (item == taken_) return rows_;
    const std::size_t i = item % kCheckpointItems;
    return i == 0 ? checkpoints_[item / kCheckpointItems] : block_of(item).ends[i - 1];
}

std::uint64_t SheetRows::row_of(std::uint64_t item, std::uint64_t offset_in_item) const {
    if (shape_.is_one_row_an_item) return item;
    const std::uint64_t first = first_row(item);
    const std::uint64_t end =
        item >= taken_ ? tail_ends_[item - taken_] : block_of(item).ends[item % kCheckpointItems];
    const std::uint64_t row = std::min(offset_in_item / shape_.bytes_per_row, end - first);
    return std::min(first + row + (shape_.has_heading_rows ? 1 : 0), end - 1);
}

std::uint64_t SheetRows::memory_bytes() const {
    return sizeof *this + checkpoints_.heap_bytes() +
           (tail_sizes_.capacity() + tail_ends_.capacity()) * sizeof(std::uint64_t);
}

}  // namespace net::capture
