// The cursor and the selection of a sheet: which bytes are meant, and how many they are. Pure: no drawing, no input.
//
// A selection is a stretch of the sheet in its own order, from one byte to another, both in it; it may span items, rows and what is out of sight.
// Thread: frame thread.
#pragma once

#include "app/ui/sheet_places.h"
#include "net/capture/sheet.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace app::ui {

class ByteSelection {
  public:
    [[nodiscard]] std::optional<SheetPlace> cursor() const { return cursor_; }
    // Where a selection that is being extended began.
    [[nodiscard]] std::optional<SheetPlace> anchor() const { return anchor_; }
    [[nodiscard]] bool is_empty() const { return !cursor_; }
    // More than the cursor alone.
    [[nodiscard]] bool is_range() const { return cursor_ && *anchor_ != *cursor_; }
    // Unless is_empty(); of a cursor alone both are the cursor.
    [[nodiscard]] SheetPlace begin() const { return std::min(*anchor_, *cursor_); }
    [[nodiscard]] SheetPlace last() const { return std::max(*anchor_, *cursor_); }
    [[nodiscard]] bool contains(SheetPlace place) const {
        return cursor_ && begin() <= place && place <= last();
    }

    // `extends` (Shift, or the mouse held): from the anchor to there.
    void move_to(SheetPlace place, bool extends);
    void select(SheetPlace anchor, SheetPlace cursor);
    void clear();

    // The column that moves up and down keep.
    [[nodiscard]] std::uint32_t wanted_column() const { return wanted_column_; }
    void want_column(std::uint32_t column) { wanted_column_ = column; }

    // Counts up with every change.
    [[nodiscard]] std::uint64_t version() const { return version_; }

  private:
    std::optional<SheetPlace> anchor_;  // there is one whenever there is a cursor
    std::optional<SheetPlace> cursor_;
    std::uint32_t wanted_column_ = 0;
    std::uint64_t version_ = 0;
};

enum class CursorMove : std::uint8_t {
    kLeft,
    kRight,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kRowBegin,
    kRowEnd,
    kFirst,
    kLast,
};
// Without a cursor nothing moves, except to the first or last byte. `page`: rows in sight.
void move_cursor(ByteSelection& selection,
                 const SheetPlaces& places,
                 CursorMove move,
                 bool extends,
                 std::uint64_t page);
void select_all(ByteSelection& selection, const SheetPlaces& places);

// How many bytes a selection is: kept up to date by what changed at its ends, some items a call, so that a selection of ten million reads costs no frame.
class SelectedBytes {
  public:
    // Counts on, at most `most_items`. True: bytes() is the selection's, else only that of a part.
    bool update(const net::capture::ItemList& items,
                const ByteSelection& selection,
                std::uint64_t most_items);
    // The items are others now.
    void forget();

    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
    // Items that have a byte in it, or stand between two that have.
    [[nodiscard]] std::uint64_t items() const { return items_; }
    [[nodiscard]] bool is_whole() const { return is_whole_; }

  private:
    // Of the items from_ .. to_ - 1, whole.
    std::uint64_t from_ = 0;
    std::uint64_t to_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t items_ = 0;
    bool is_whole_ = true;
};

}  // namespace app::ui
