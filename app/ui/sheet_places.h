// Ways through a sheet, byte by byte and row by row: what the keyboard and the mouse do to a cursor, as arithmetic.
//
// A sheet place names a byte by where it stands in one sheet (item and offset in it); it is good as long as that sheet's items are. Items without bytes (gaps, empty
// datagrams) and heading rows are stepped over. Thread: frame thread; no drawing.
#pragma once

#include "net/capture/sheet.h"
#include "net/capture/sheet_rows.h"

#include <compare>
#include <cstdint>
#include <optional>

namespace app::ui {

struct SheetPlace {
    std::uint64_t item = 0;
    std::uint64_t offset = 0;  // bytes from the item's first

    auto operator<=>(const SheetPlace&) const = default;
};

class SheetPlaces {
  public:
    // Both outlive this.
    SheetPlaces(const net::capture::ItemList& items, const net::capture::SheetRows& rows)
        : items_(items),
          rows_(rows) {}

    // Nothing: there is no byte (in that direction; kMostSteps empty items in a row count as the end).
    [[nodiscard]] std::optional<SheetPlace> first() const;
    [[nodiscard]] std::optional<SheetPlace> last() const;
    [[nodiscard]] std::optional<SheetPlace> next(SheetPlace place) const;
    [[nodiscard]] std::optional<SheetPlace> previous(SheetPlace place) const;

    [[nodiscard]] std::uint64_t row_of(SheetPlace place) const;
    // How many bytes stand before it in its row.
    [[nodiscard]] std::uint32_t column_of(SheetPlace place) const;
    // The byte in `column` of `row`, or the row's last; nothing: the row has none.
    [[nodiscard]] std::optional<SheetPlace> at(std::uint64_t row, std::uint32_t column) const;
    // The same, or of the nearest row with bytes: after it, else before it.
    [[nodiscard]] std::optional<SheetPlace> near(std::uint64_t row, std::uint32_t column) const;
    [[nodiscard]] SheetPlace row_begin(SheetPlace place) const;
    [[nodiscard]] SheetPlace row_end(SheetPlace place) const;  // the row's last byte
    // `rows` down, or up where negative, as far as there are any, to `column`.
    [[nodiscard]] SheetPlace moved(SheetPlace place, std::int64_t rows, std::uint32_t column) const;

    static constexpr std::uint64_t kMostSteps = 4096;

  private:
    [[nodiscard]] std::optional<SheetPlace> forward(std::uint64_t item) const;
    [[nodiscard]] std::optional<SheetPlace> backward(std::uint64_t items) const;  // before that one
    [[nodiscard]] std::optional<SheetPlace> row_forward(std::uint64_t row,
                                                        std::uint32_t column) const;
    [[nodiscard]] std::optional<SheetPlace> row_backward(std::uint64_t rows,
                                                         std::uint32_t column) const;

    const net::capture::ItemList& items_;
    const net::capture::SheetRows& rows_;
};

}  // namespace app::ui
