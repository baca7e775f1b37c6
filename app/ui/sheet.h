// A sheet of bytes as it is shown now: its items, its rows, where it stands, what is selected; and how all that is kept when the items become others.
//
// Whatever changes (mode, width, filter, framing), the byte at the top, the cursor and the selection's other end stay the bytes they were. Thread: frame thread.
#pragma once

#include "app/session/session.h"
#include "app/session/view.h"
#include "app/ui/byte_selection.h"
#include "app/ui/row_scroll.h"
#include "app/ui/sheet_places.h"
#include "net/capture/file_table.h"
#include "net/capture/item_bytes.h"
#include "net/capture/read_filter.h"
#include "net/capture/segment_items.h"
#include "net/capture/sheet_items.h"
#include "net/capture/sheet_rows.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace app::ui {

// What decides which items and rows there are.
struct SheetSpec {
    net::capture::ReadFilter filter;
    bool is_merged = false;
    session::Segments segments;  // without records: reads
    net::capture::RowShape shape;

    bool operator==(const SheetSpec&) const = default;
};

class Sheet {
  public:
    RowScroll scroll;
    ByteSelection selection;
    std::uint64_t rows_in_sight = 1;  // of the last frame

    // Call once a frame, before anything else: takes in what came, at most so many items. Both outlive the sheet, or another session is shown next.
    void show(const session::Session& session,
              const net::capture::FileTable& files,
              const SheetSpec& spec,
              const session::SplitFact& split,
              bool is_paused);

    [[nodiscard]] bool is_shown() const { return rows_ != nullptr; }
    [[nodiscard]] const net::capture::ItemList& items() const { return *items_; }
    [[nodiscard]] const net::capture::SheetRows& rows() const { return *rows_; }
    [[nodiscard]] const SheetSpec& spec() const { return spec_; }
    [[nodiscard]] SheetPlaces places() const { return {*items_, *rows_}; }
    [[nodiscard]] bool is_up_to_date() const { return is_up_to_date_; }
    // Has all that there was when its items became others.
    [[nodiscard]] bool is_whole() const { return is_whole_; }
    // Counts up whenever the items become others: numbers of items and rows mean something else then.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

    // Between places of the sheet and bytes, for good. Nothing: it is not in the sheet (filtered out, or not taken in yet).
    [[nodiscard]] std::optional<net::capture::BytePlace> byte_place(SheetPlace place) const;
    [[nodiscard]] std::optional<SheetPlace> sheet_place(net::capture::BytePlace place) const;
    // The nearest at or after it.
    [[nodiscard]] std::optional<SheetPlace> nearest(net::capture::BytePlace place) const;

    // Has the byte in sight, and stops following; where the sheet has not come that far yet, as soon as it has.
    void go_to(net::capture::BytePlace place, bool selects, std::uint64_t bytes = 1);
    // Scrolls as little as it takes, `margin` rows from the edge.
    void reveal(std::uint64_t row, std::uint64_t in_sight, std::uint64_t margin = 0);

  private:
    struct Wanted {
        std::optional<net::capture::BytePlace> top;
        std::uint64_t top_rows = 0;  // rows that stood between the top and it
        std::optional<net::capture::BytePlace> cursor;
        std::optional<net::capture::BytePlace> anchor;
        std::uint64_t bytes = 0;  // to select from the cursor on; 0: as anchor and cursor say
        bool is_jump = false;     // the cursor is to be in sight
    };

    // The last of so many bytes of a stream, as far as its items stand one after the other: what lies between them is of others, and not meant.
    [[nodiscard]] SheetPlace last_of(SheetPlace from, std::uint64_t bytes) const;
    void remember_places();
    void find_places();
    void advance(const session::SplitFact& split);
    // What has begun and not ended: other items may have these numbers after advance().
    [[nodiscard]] bool is_selection_unsettled() const;
    void advance_under_selection(const session::SplitFact& split);
    [[nodiscard]] bool is_reached(net::capture::BytePlace place) const;

    const session::Session* session_ = nullptr;
    const net::capture::FileTable* files_ = nullptr;
    SheetSpec spec_;
    std::unique_ptr<net::capture::ItemList> items_;
    net::capture::SegmentItems* segments_ = nullptr;  // items_, where they are segments
    std::uint64_t pending_version_ = 0;
    std::unique_ptr<net::capture::SheetRows> rows_;
    bool is_up_to_date_ = true;
    // The reads that there were when the items became others; once they are in the sheet it may stand still.
    std::uint64_t wanted_reads_ = 0;
    bool is_whole_ = true;
    std::uint64_t split_reads_ = 0;  // of messages and lines: the reads that they are made of
    std::uint64_t generation_ = 0;
    std::optional<Wanted> wanted_;
};

}  // namespace app::ui
