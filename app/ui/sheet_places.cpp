#include "app/ui/sheet_places.h"

#include <algorithm>

namespace app::ui {

std::optional<SheetPlace> SheetPlaces::forward(std::uint64_t item) const {
    const std::uint64_t count = rows_.item_count();
    const std::uint64_t end = item + std::min(count - std::min(item, count), kMostSteps);
    for (; item < end; ++item)
        if (items_.item(item).bytes != 0) return SheetPlace{.item = item, .offset = 0};
    return std::nullopt;
}

std::optional<SheetPlace> SheetPlaces::backward(std::uint64_t items) const {
    const std::uint64_t end = items - std::min(items, kMostSteps);
    while (items > end) {
        const std::uint64_t bytes = items_.item(--items).bytes;
        if (bytes != 0) return SheetPlace{.item = items, .offset = bytes - 1};
    }
    return std::nullopt;
}

std::optional<SheetPlace> SheetPlaces::first() const {
    return forward(0);
}

std::optional<SheetPlace> SheetPlaces::last() const {
    return backward(rows_.item_count());
}

std::optional<SheetPlace> SheetPlaces::next(SheetPlace place) const {
    if (place.offset + 1 < items_.item(place.item).bytes)
        return SheetPlace{.item = place.item, .offset = place.offset + 1};
    return forward(place.item + 1);
}

std::optional<SheetPlace> SheetPlaces::previous(SheetPlace place) const {
    if (place.offset > 0) return SheetPlace{.item = place.item, .offset = place.offset - 1};
    return backward(place.item);
}

std::uint64_t SheetPlaces::row_of(SheetPlace place) const {
    return rows_.row_of(place.item, place.offset);
}

std::uint32_t SheetPlaces::column_of(SheetPlace place) const {
    return static_cast<std::uint32_t>(place.offset - rows_.row(row_of(place)).offset_in_item);
}

std::optional<SheetPlace> SheetPlaces::at(std::uint64_t row, std::uint32_t column) const {
    if (row >= rows_.row_count()) return std::nullopt;
    const net::capture::SheetRows::Row there = rows_.row(row);
    if (there.is_heading || there.bytes == 0) return std::nullopt;
    return SheetPlace{.item = there.item,
                      .offset = there.offset_in_item + std::min(column, there.bytes - 1)};
}

std::optional<SheetPlace> SheetPlaces::row_forward(std::uint64_t row, std::uint32_t column) const {
    const std::uint64_t count = rows_.row_count();
    const std::uint64_t end = row + std::min(count - std::min(row, count), kMostSteps);
    for (; row < end; ++row)
        if (const auto place = at(row, column)) return place;
    return std::nullopt;
}

std::optional<SheetPlace> SheetPlaces::row_backward(std::uint64_t rows,
                                                    std::uint32_t column) const {
    const std::uint64_t end = rows - std::min(rows, kMostSteps);
    while (rows > end)
        if (const auto place = at(--rows, column)) return place;
    return std::nullopt;
}

std::optional<SheetPlace> SheetPlaces::near(std::uint64_t row, std::uint32_t column) const {
    row = std::min(row, rows_.row_count());
    if (const auto place = row_forward(row, column)) return place;
    return row_backward(row, column);
}

SheetPlace SheetPlaces::row_begin(SheetPlace place) const {
    return {.item = place.item, .offset = rows_.row(row_of(place)).offset_in_item};
}

SheetPlace SheetPlaces::row_end(SheetPlace place) const {
    const net::capture::SheetRows::Row row = rows_.row(row_of(place));
    return {.item = place.item,
            .offset = row.offset_in_item + std::max<std::uint32_t>(row.bytes, 1) - 1};
}

SheetPlace SheetPlaces::moved(SheetPlace place, std::int64_t rows, std::uint32_t column) const {
    const std::uint64_t from = row_of(place);
    std::optional<SheetPlace> found;
    if (rows < 0) {
        const std::uint64_t up = std::uint64_t{0} - static_cast<std::uint64_t>(rows);
        found = row_backward(from >= up ? from - up + 1 : 0, column);
        if (!found) found = row_forward(0, column);
        if (found && *found > place) return place;
    } else {
        const auto down = static_cast<std::uint64_t>(rows);
        const std::uint64_t last = std::max<std::uint64_t>(rows_.row_count(), 1) - 1;
        found = row_forward(last - std::min(from, last) > down ? from + down : last, column);
        if (!found) found = row_backward(last + 1, column);
        if (found && *found < place) return place;
    }
    return found.value_or(place);
}

}  // namespace app::ui
